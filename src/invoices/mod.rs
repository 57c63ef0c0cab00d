//! Invoices: what providers sold, as documents with numbers without a gap, and credit notes of what was
//! refunded. A provider issues them itself, or SMP does in its name.
//!
//! Owns the tables `invoicing_profiles`, `invoice_series`, `invoice_duties` and `invoices`. An invoice is
//! never changed: the application's role may not update or delete one. An order that is paid in full and
//! a refund each make a duty, once; a duty waits for the provider's data and is then met.

mod api;
mod duty;
mod input;
mod invoice;
mod issue;
mod list;
mod personal_data;
mod print;
mod profile;
mod profile_api;
mod profile_rules;
mod rules;
mod series;
mod subscriber;
mod view;

pub use api::InvoicesApi;
pub use invoice::{Invoice, InvoiceKind};
pub use list::{OrderInvoices, invoice_of_shopper, invoices_of_order, invoices_of_shopper};
pub use personal_data::export_of;
pub use print::{buyer_lines, issuer_lines, pdf_of};
pub use profile_api::InvoicingApi;
pub use rules::{InvoiceLine, rate_in_words, taxes_by_rate};
pub use series::next_number;
pub use subscriber::on_event;
