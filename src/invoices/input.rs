//! What the API takes: how a provider's invoices are made.

use poem_openapi::Object;

use super::profile::InvoicedBy;

/// What a provider's invoices say of it. A text that is left out or null is empty.
#[derive(Object)]
#[oai(rename = "InvoicingUpdate", deny_unknown_fields)]
pub struct InvoicingInput {
    pub invoiced_by: InvoicedBy,
    pub legal_name: Option<String>,
    pub line1: Option<String>,
    pub line2: Option<String>,
    pub postal_code: Option<String>,
    pub city: Option<String>,
    /// ISO 3166-1.
    pub country: Option<String>,
    /// A VAT id, or another number of the tax office. Required with a tax rate.
    pub tax_id: Option<String>,
    /// The register's entry, such as `HRB 12345, Berlin`.
    pub register: Option<String>,
    /// 2 to 12 letters and digits that no other provider has. It stays once an invoice has it.
    pub number_prefix: Option<String>,
    /// Millionths, contained in its prices: 190000 is 19 %. Null: invoices show no tax.
    pub tax_rate_ppm: Option<i32>,
}
