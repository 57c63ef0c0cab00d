//! An invoice or a credit note as PDF.

use std::path::Path;

use time::{Date, OffsetDateTime, UtcOffset, macros::format_description};

use super::{
    invoice::{Invoice, InvoiceKind, IssuerSnapshot},
    rules::{InvoiceLine, rate_in_words, taxes_by_rate},
};
use crate::{
    kernel::{Country, Money, Result},
    orders::Address,
    platform::{
        Platform, at_low_priority,
        paper::{Cell, Fonts, Paper, TEXT_WIDTH, TextStyle},
    },
    providers::fonts_folder,
};

/// What stands where no tax is shown.
pub const NO_TAX: &str = "Prices as charged; no tax is shown.";

/// The columns of the lines: left edge and width in points, and whether they end right.
const COLUMNS: [(f32, f32, bool); 5] = [
    (0.0, 205.0, false),
    (210.0, 40.0, true),
    (255.0, 75.0, true),
    (335.0, 45.0, true),
    (385.0, TEXT_WIDTH - 385.0, true),
];
/// Those of a sum below them.
const SUM_COLUMNS: [(f32, f32, bool); 2] =
    [(210.0, 170.0, false), (385.0, TEXT_WIDTH - 385.0, true)];

/// The PDF of an invoice.
pub async fn pdf_of(platform: &Platform, invoice: Invoice) -> Result<Vec<u8>> {
    let tenants_dir = platform.config.tenants_dir.clone();
    at_low_priority(move || write(&invoice, &tenants_dir)).await?
}

fn write(invoice: &Invoice, tenants_dir: &Path) -> Result<Vec<u8>> {
    let fonts = Fonts::read(&fonts_folder(tenants_dir))?;
    let mut paper = Paper::new(&fonts);
    let title = format!("{} {}", invoice.kind.title(), invoice.number);
    paper.set(&title, TextStyle::Title, 0.0)?;
    paper.set(&facts(invoice).join("\n"), TextStyle::Fine, 6.0)?;
    let (from, to) = (issuer_lines(&invoice.issuer), buyer_lines(invoice));
    let half = TEXT_WIDTH / 2.0 - 8.0;
    let columns = [(0.0, half, false), (half + 16.0, half, false)];
    row(&mut paper, ["From", "To"], columns, TextStyle::FineBold, 16.0)?;
    let (from, to) = (from.join("\n"), to.join("\n"));
    row(&mut paper, [from.as_str(), to.as_str()], columns, TextStyle::Fine, 0.0)?;

    let header = ["Description", "Quantity", "Unit price", tax_header(invoice), "Amount"];
    row(&mut paper, header, COLUMNS, TextStyle::FineBold, 20.0)?;
    for line in &invoice.lines.0 {
        lines_row(&mut paper, invoice, line)?;
    }
    for (nth, (label, amount)) in sums(invoice).iter().enumerate() {
        let is_total = nth == 0;
        let style = if is_total { TextStyle::FineBold } else { TextStyle::Fine };
        let space = if is_total { 12.0 } else { 0.0 };
        row(&mut paper, [label.as_str(), amount.as_str()], SUM_COLUMNS, style, space)?;
    }
    if !invoice.shows_tax {
        paper.set(NO_TAX, TextStyle::Fine, 12.0)?;
    }
    let footer = |page: usize, pages: usize| {
        format!("{} · {} · page {page} of {pages}", invoice.issuer.legal_name, invoice.number)
    };
    Ok(paper.finish(&title, footer)?)
}

fn row<const COUNT: usize>(
    paper: &mut Paper<'_>,
    texts: [&str; COUNT],
    columns: [(f32, f32, bool); COUNT],
    style: TextStyle,
    space: f32,
) -> Result<()> {
    let cell = |(text, (left, width, is_right))| Cell { text, left, width, is_right };
    let cells: Vec<Cell<'_>> = texts.into_iter().zip(columns).map(cell).collect();
    Ok(paper.row(&cells, style, space)?)
}

fn lines_row(paper: &mut Paper<'_>, invoice: &Invoice, line: &InvoiceLine) -> Result<()> {
    let money = |amount: i64| Money::new(amount, invoice.currency.as_str()).to_string();
    let mut description = line.description.clone();
    if !line.sku.is_empty() {
        description.push_str("\nSKU ");
        description.push_str(&line.sku);
    }
    if line.discount_minor < 0 {
        description.push_str("\nDiscount ");
        description.push_str(&money(line.discount_minor));
    }
    let rate = line.tax_rate_ppm.filter(|_| invoice.shows_tax).map(rate_in_words);
    let quantity = line.quantity.to_string();
    let (price, amount) = (money(line.unit_price_minor), money(line.gross_minor));
    let rate = rate.as_deref().unwrap_or_default();
    let texts = [description.as_str(), quantity.as_str(), price.as_str(), rate, amount.as_str()];
    row(paper, texts, COLUMNS, TextStyle::Fine, 4.0)
}

fn tax_header(invoice: &Invoice) -> &'static str {
    if invoice.shows_tax { "Tax" } else { "" }
}

/// The total first, then what it is made of.
fn sums(invoice: &Invoice) -> Vec<(String, String)> {
    let money = |amount: i64| Money::new(amount, invoice.currency.as_str()).to_string();
    let total = match invoice.kind {
        InvoiceKind::Invoice => "Total",
        InvoiceKind::CreditNote => "Total credited",
    };
    let mut sums = vec![(total.to_owned(), money(invoice.gross_minor))];
    if invoice.shows_tax {
        sums.push(("Net".to_owned(), money(invoice.gross_minor - invoice.tax_minor)));
        for (rate, net, tax) in taxes_by_rate(&invoice.lines.0) {
            let rate = rate.map(rate_in_words);
            let label = match rate {
                Some(rate) => format!("Tax, {rate} on {}", money(net)),
                None => format!("Tax on {}", money(net)),
            };
            sums.push((label, money(tax)));
        }
    }
    sums
}

fn facts(invoice: &Invoice) -> Vec<String> {
    let issued = format!("Issued on {}", day(invoice.issued_on));
    let order = format!("Order {} of {}", invoice.order_number, day_of(invoice.supplied_at));
    let corrects = invoice.corrects_number.as_ref();
    let corrects = corrects.map(|number| format!("Corrects the invoice {number}"));
    [issued, order].into_iter().chain(corrects).collect()
}

/// Who issued an invoice, line by line.
pub fn issuer_lines(issuer: &IssuerSnapshot) -> Vec<String> {
    let labelled = |label: &str, text: &str| {
        if text.is_empty() { String::new() } else { format!("{label} {text}") }
    };
    let lines = [
        issuer.legal_name.clone(),
        issuer.line1.clone(),
        issuer.line2.clone(),
        format!("{} {}", issuer.postal_code, issuer.city).trim().to_owned(),
        Country::name_of(&issuer.country).to_owned(),
        labelled("Tax number", &issuer.tax_id),
        labelled("Register", &issuer.register),
    ];
    lines.into_iter().filter(|line| !line.is_empty()).collect()
}

/// Whom an invoice is for, line by line.
pub fn buyer_lines(invoice: &Invoice) -> Vec<String> {
    let Address {
        name, company, line1, line2, district, city, postal_code, region, country, ..
    } = &invoice.buyer.address;
    let vat_id = &invoice.buyer.vat_id;
    let lines = [
        company.clone().unwrap_or_default(),
        name.clone(),
        line1.clone(),
        line2.clone().unwrap_or_default(),
        district.clone().unwrap_or_default(),
        format!("{postal_code} {city}").trim().to_owned(),
        region.clone().unwrap_or_default(),
        Country::name_of(country).to_owned(),
        if vat_id.is_empty() { String::new() } else { format!("VAT ID {vat_id}") },
    ];
    lines.into_iter().filter(|line| !line.is_empty()).collect()
}

fn day(day: Date) -> String {
    let format = format_description!("[day padding:none] [month repr:long] [year]");
    day.format(format).unwrap_or_default()
}

/// The day of UTC.
fn day_of(at: OffsetDateTime) -> String {
    day(at.to_offset(UtcOffset::UTC).date())
}
