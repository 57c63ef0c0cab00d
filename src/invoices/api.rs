//! The API of invoices: a shopper's, a provider's, and those of any order for SMP's team.

use poem_openapi::{
    ApiResponse, Object, OpenApi,
    param::{Path, Query},
    payload::{Binary, Json, PlainText},
};
use time::Date;

use super::{
    invoice::{self, Invoice, InvoiceFilter, InvoiceKind},
    list::{OrderInvoices, invoices_of_order, invoices_of_shopper},
    print::pdf_of,
    view::InvoiceView,
};
use crate::{
    access::{Member, SignedIn, Staff, Tag},
    kernel::{Csv, FieldError, InvoiceId, Page, PageQuery, Result, TenantId, validate},
    platform::Platform,
};

/// Most invoices in a CSV file; the newest are in it.
const CSV_ROWS_MAX: i64 = 10_000;
const CSV_HEADER: [&str; 11] = [
    "number",
    "kind",
    "issued_on",
    "order",
    "corrects",
    "buyer",
    "buyer_vat_id",
    "currency",
    "net_minor",
    "tax_minor",
    "gross_minor",
];

pub struct InvoicesApi {
    pub platform: Platform,
}

/// The invoices of one order.
#[derive(Object)]
struct OrderInvoiceList {
    /// Oldest first, with their credit notes.
    items: Vec<InvoiceView>,
    /// Names of the providers whose invoice comes from themselves.
    by_provider: Vec<String>,
    /// Names of the providers whose invoice is issued once their data is complete.
    waiting: Vec<String>,
}

impl From<OrderInvoices> for OrderInvoiceList {
    fn from(found: OrderInvoices) -> Self {
        Self {
            items: found.issued.into_iter().map(InvoiceView::from).collect(),
            by_provider: found.by_provider,
            waiting: found.waiting,
        }
    }
}

#[derive(ApiResponse)]
enum InvoicePdf {
    /// The document.
    #[oai(status = 200, content_type = "application/pdf")]
    File(Binary<Vec<u8>>, #[oai(header = "Content-Disposition")] String),
}

#[derive(ApiResponse)]
enum InvoiceCsv {
    /// One line a document, newest first, at most 10,000. UTF-8 with a byte order mark.
    #[oai(status = 200, content_type = "text/csv")]
    Csv(PlainText<String>, #[oai(header = "Content-Disposition")] String),
}

#[OpenApi(tag = "Tag::Invoices")]
impl InvoicesApi {
    /// The invoices of one of my orders
    ///
    /// Its invoices and credit notes, oldest first, and whose invoices are still to come. An order of
    /// which a deposit alone is paid has none.
    #[oai(path = "/me/orders/:number/invoices", method = "get", operation_id = "my_invoice_list")]
    async fn my_invoice_list(
        &self,
        caller: SignedIn,
        number: Path<String>,
    ) -> Result<Json<OrderInvoiceList>> {
        let found = invoices_of_shopper(&self.platform, caller.account(), &number.0).await?;
        Ok(Json(found.into()))
    }

    /// The invoices of any order
    ///
    /// Its invoices and credit notes of every provider, oldest first, and whose are still to come.
    #[oai(
        path = "/orders/:number/invoices",
        method = "get",
        operation_id = "staff_order_invoice_list"
    )]
    async fn staff_order_invoice_list(
        &self,
        _staff: Staff,
        number: Path<String>,
    ) -> Result<Json<OrderInvoiceList>> {
        Ok(Json(invoices_of_order(&self.platform, &number.0).await?.into()))
    }

    /// A provider's invoices, newest first
    ///
    /// The invoices and credit notes that SMP issued in the provider's name.
    #[oai(path = "/providers/:tenant/invoices", method = "get", operation_id = "invoice_list")]
    #[expect(clippy::too_many_arguments, reason = "each is a filter of the address")]
    async fn invoice_list(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        kind: Query<Option<InvoiceKind>>,
        /// Text in the number of the invoice or of its order.
        q: Query<Option<String>>,
        /// The first day of issue, like 2026-01-01.
        since: Query<Option<Date>>,
        /// The last day of issue.
        until: Query<Option<Date>>,
        /// `next_cursor` of the page before; leave it out for the first page.
        cursor: Query<Option<String>>,
        /// Entries on the page: 1 to 100, 25 by default.
        limit: Query<Option<u32>>,
    ) -> Result<Json<Page<InvoiceView>>> {
        let page = PageQuery::new(cursor.0.as_deref(), limit.0)?;
        let filter = filter(kind.0, q.0.as_deref(), since.0, until.0)?;
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        let rows = invoice::list(&mut tx, member.tenant, &filter, &page, page.fetch()).await?;
        Ok(Json(page.page(rows, |row| (row.issued_at, row.id.0), InvoiceView::from)))
    }

    /// A provider's invoices as CSV, newest first
    ///
    /// The newest 10,000 that match, one line each, in UTF-8 with a byte order mark. Amounts are in minor
    /// units; those of credit notes are negative.
    #[oai(path = "/providers/:tenant/invoices.csv", method = "get", operation_id = "invoice_csv")]
    async fn invoice_csv(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        kind: Query<Option<InvoiceKind>>,
        /// Text in the number of the invoice or of its order.
        q: Query<Option<String>>,
        /// The first day of issue, like 2026-01-01.
        since: Query<Option<Date>>,
        /// The last day of issue.
        until: Query<Option<Date>>,
    ) -> Result<InvoiceCsv> {
        let all = PageQuery::new(None, None)?;
        let filter = filter(kind.0, q.0.as_deref(), since.0, until.0)?;
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        let rows = invoice::list(&mut tx, member.tenant, &filter, &all, CSV_ROWS_MAX).await?;
        drop(tx);
        Ok(InvoiceCsv::Csv(
            PlainText(table(&rows)?),
            "attachment; filename=\"invoices.csv\"".to_owned(),
        ))
    }

    /// One of a provider's invoices
    ///
    /// An invoice or a credit note with its lines, as it was issued.
    #[oai(
        path = "/providers/:tenant/invoices/:invoice",
        method = "get",
        operation_id = "invoice_get"
    )]
    async fn invoice_get(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        invoice: Path<InvoiceId>,
    ) -> Result<Json<InvoiceView>> {
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        Ok(Json(invoice::get(&mut tx, member.tenant, invoice.0).await?.into()))
    }

    /// One of a provider's invoices as PDF
    ///
    /// The document that the shopper gets.
    #[oai(
        path = "/providers/:tenant/invoices/:invoice/pdf",
        method = "get",
        operation_id = "invoice_pdf"
    )]
    async fn invoice_pdf(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        invoice: Path<InvoiceId>,
    ) -> Result<InvoicePdf> {
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        let found = invoice::get(&mut tx, member.tenant, invoice.0).await?;
        drop(tx);
        let disposition = format!("attachment; filename=\"{}.pdf\"", found.number);
        Ok(InvoicePdf::File(Binary(pdf_of(&self.platform, found).await?), disposition))
    }
}

fn filter(
    kind: Option<InvoiceKind>,
    text: Option<&str>,
    since: Option<Date>,
    until: Option<Date>,
) -> Result<InvoiceFilter> {
    if since.zip(until).is_some_and(|(since, until)| since > until) {
        return Err(FieldError::new("until", "Must not be before since").into());
    }
    let text = validate::search("q", text)?.map(str::to_owned);
    Ok(InvoiceFilter { kind, text, since, until })
}

/// Invoices as a table. A credit note's amounts are below zero, so that columns can be summed.
fn table(rows: &[Invoice]) -> Result<String> {
    let mut table = Csv::new(&CSV_HEADER)?;
    for row in rows {
        let sign = if row.kind == InvoiceKind::CreditNote { -1 } else { 1 };
        let buyer = &row.buyer.0;
        table.row([
            &row.number,
            row.kind.into_str(),
            &row.issued_on.to_string(),
            &row.order_number,
            row.corrects_number.as_deref().unwrap_or_default(),
            buyer.address.company.as_deref().unwrap_or(&buyer.address.name),
            &buyer.vat_id,
            &row.currency,
            &(sign * (row.gross_minor - row.tax_minor)).to_string(),
            &(sign * row.tax_minor).to_string(),
            &(sign * row.gross_minor).to_string(),
        ])?;
    }
    table.finish()
}
