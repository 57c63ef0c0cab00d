//! Invoices as the API shows them.

use poem_openapi::Object;
use time::{Date, OffsetDateTime};

use super::{
    invoice::{BuyerSnapshot, Invoice, InvoiceKind, IssuerSnapshot},
    rules::InvoiceLine,
};
use crate::kernel::{InvoiceId, Money, ParcelId, TenantId};

/// An invoice or a credit note. It is never changed.
#[derive(Debug, Clone, Object)]
#[oai(rename = "Invoice")]
pub struct InvoiceView {
    pub id: InvoiceId,
    pub kind: InvoiceKind,
    /// `KILN-2026-000123`: without a gap per issuer and year.
    pub number: String,
    pub order_number: String,
    /// The provider that sold what it states.
    pub tenant_id: TenantId,
    pub parcel_id: ParcelId,
    pub issuer: IssuerSnapshot,
    pub buyer: BuyerSnapshot,
    pub lines: Vec<InvoiceLine>,
    /// Of a credit note: what it takes back.
    pub total: Money,
    pub net: Money,
    pub tax: Money,
    /// Without it the amounts are as charged, and say nothing of a tax.
    pub shows_tax: bool,
    /// When the order was confirmed.
    pub supplied_at: OffsetDateTime,
    pub issued_at: OffsetDateTime,
    /// The day in the issuer's time zone.
    pub issued_on: Date,
    /// The number of the invoice that a credit note takes back.
    pub corrects_number: Option<String>,
}

impl From<Invoice> for InvoiceView {
    fn from(row: Invoice) -> Self {
        let money = |amount: i64| Money::new(amount, row.currency.as_str());
        Self {
            total: money(row.gross_minor),
            net: money(row.gross_minor - row.tax_minor),
            tax: money(row.tax_minor),
            id: row.id,
            kind: row.kind,
            number: row.number,
            order_number: row.order_number,
            tenant_id: row.tenant,
            parcel_id: row.parcel,
            issuer: row.issuer.0,
            buyer: row.buyer.0,
            lines: row.lines.0,
            shows_tax: row.shows_tax,
            supplied_at: row.supplied_at,
            issued_at: row.issued_at,
            issued_on: row.issued_on,
            corrects_number: row.corrects_number,
        }
    }
}
