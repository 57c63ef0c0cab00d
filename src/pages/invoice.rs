//! An invoice of one of the shopper's orders: a page to print, and the PDF.

use poem::{
    Response, handler,
    http::{StatusCode, header},
    web::Path,
};

use super::{
    context::{InvoiceLink, InvoicePage, InvoicePageLine, InvoicePageTax},
    errors::PageError,
    request::PageRequest,
};
use crate::{
    invoices::{self, Invoice, InvoiceLine},
    kernel::Money,
};

/// What the address of a PDF ends with.
const PDF: &str = ".pdf";

/// The page of an invoice, or its PDF where the address ends with `.pdf`.
#[handler]
pub async fn invoice_page(
    request: &PageRequest,
    Path((order, number)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let account = request.signed_in()?.account.id;
    let wanted = number.strip_suffix(PDF);
    let name = wanted.unwrap_or(&number);
    let invoice = invoices::invoice_of_shopper(request.platform(), account, &order, name).await?;
    if wanted.is_some() {
        let disposition = format!("inline; filename=\"{}{PDF}\"", invoice.number);
        let file = invoices::pdf_of(request.platform(), invoice).await?;
        return Ok(Response::builder()
            .status(StatusCode::OK)
            .header(header::CONTENT_TYPE, "application/pdf")
            .header(header::CONTENT_DISPOSITION, disposition)
            .header(header::CACHE_CONTROL, "private, no-cache")
            .body(file));
    }
    request.show(request.page("pages/invoice"), &page(&invoice)).await
}

/// How the order's page names an invoice.
pub fn invoice_link(invoice: &Invoice) -> InvoiceLink {
    InvoiceLink {
        title: invoice.kind.title().to_owned(),
        number: invoice.number.clone(),
        total: Money::new(invoice.gross_minor, invoice.currency.as_str()),
    }
}

fn page(invoice: &Invoice) -> InvoicePage {
    let money = |amount: i64| Money::new(amount, invoice.currency.as_str());
    let line = |line: &InvoiceLine| InvoicePageLine {
        description: line.description.clone(),
        sku: line.sku.clone(),
        quantity: line.quantity,
        unit_price: money(line.unit_price_minor),
        discount: (line.discount_minor < 0).then(|| money(line.discount_minor)),
        tax_rate: line.tax_rate_ppm.filter(|_| invoice.shows_tax).map(invoices::rate_in_words),
        total: money(line.gross_minor),
    };
    let tax = |(rate, net, tax): (Option<i32>, i64, i64)| InvoicePageTax {
        rate: rate.map(invoices::rate_in_words),
        net: money(net),
        tax: money(tax),
    };
    let taxes = if invoice.shows_tax {
        invoices::taxes_by_rate(&invoice.lines.0).into_iter().map(tax).collect()
    } else {
        vec![]
    };
    InvoicePage {
        title: invoice.kind.title().to_owned(),
        invoice_number: invoice.number.clone(),
        order_number: invoice.order_number.clone(),
        issued_on: invoice.issued_on.to_string(),
        supplied_at: invoice.supplied_at.into(),
        corrects_number: invoice.corrects_number.clone(),
        issuer: invoices::issuer_lines(&invoice.issuer),
        buyer: invoices::buyer_lines(invoice),
        lines: invoice.lines.0.iter().map(line).collect(),
        total: money(invoice.gross_minor),
        net: invoice.shows_tax.then(|| money(invoice.gross_minor - invoice.tax_minor)),
        taxes,
    }
}
