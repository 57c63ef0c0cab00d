//! Invoices and credit notes in SQL. They are inserted and read, and never changed.

use poem_openapi::{Enum, Object};
use serde::{Deserialize, Serialize};
use sqlx::{PgConnection, types::Json};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::rules::InvoiceLine;
use crate::{
    kernel::{AccountId, Error, InvoiceId, OrderId, PageQuery, ParcelId, Result, TenantId},
    orders::Address,
};

#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Enum,
    Serialize,
    Deserialize,
    sqlx::Type,
    strum::IntoStaticStr,
)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum InvoiceKind {
    Invoice,
    /// Takes back an invoice, or a part of it.
    CreditNote,
}

impl InvoiceKind {
    /// For people.
    pub fn title(self) -> &'static str {
        match self {
            Self::Invoice => "Invoice",
            Self::CreditNote => "Credit note",
        }
    }
}

/// Who issued an invoice, as it was then. Texts that were not given are empty.
#[derive(Debug, Clone, PartialEq, Eq, Object, Serialize, Deserialize)]
#[oai(rename = "InvoiceIssuer")]
pub struct IssuerSnapshot {
    pub legal_name: String,
    pub line1: String,
    pub line2: String,
    pub postal_code: String,
    pub city: String,
    /// ISO 3166-1.
    pub country: String,
    /// A VAT id, or another number of the tax office.
    pub tax_id: String,
    pub register: String,
}

/// Whom an invoice is for, as the order had it then.
#[derive(Debug, Clone, PartialEq, Eq, Object, Serialize, Deserialize)]
#[oai(rename = "InvoiceBuyer")]
pub struct BuyerSnapshot {
    pub address: Address,
    /// Empty when none was given.
    pub vat_id: String,
}

/// An invoice or a credit note.
#[derive(Debug, Clone)]
pub struct Invoice {
    pub tenant: TenantId,
    pub id: InvoiceId,
    pub kind: InvoiceKind,
    pub number: String,
    /// The parcel, or the refund, that asked for it.
    pub cause: Uuid,
    pub parcel: ParcelId,
    pub order: OrderId,
    pub order_number: String,
    pub account: AccountId,
    pub issuer: Json<IssuerSnapshot>,
    pub buyer: Json<BuyerSnapshot>,
    pub lines: Json<Vec<InvoiceLine>>,
    pub currency: String,
    /// Minor units. Of a credit note: what it takes back.
    pub gross_minor: i64,
    pub tax_minor: i64,
    pub shows_tax: bool,
    /// When the order was confirmed.
    pub supplied_at: OffsetDateTime,
    pub issued_at: OffsetDateTime,
    /// In the issuer's time zone.
    pub issued_on: Date,
    /// The invoice that a credit note takes back.
    pub corrects: Option<InvoiceId>,
    pub corrects_number: Option<String>,
}

/// An invoice or a credit note that is about to be issued.
#[derive(Debug)]
pub struct NewInvoice<'a> {
    pub tenant: TenantId,
    pub id: InvoiceId,
    pub kind: InvoiceKind,
    pub number: &'a str,
    pub cause: Uuid,
    pub parcel: ParcelId,
    pub order: OrderId,
    pub order_number: &'a str,
    pub account: AccountId,
    pub issuer: &'a IssuerSnapshot,
    pub buyer: &'a BuyerSnapshot,
    pub lines: &'a [InvoiceLine],
    pub currency: &'a str,
    pub shows_tax: bool,
    pub supplied_at: OffsetDateTime,
    pub issued_at: OffsetDateTime,
    /// Of the issuer.
    pub time_zone: &'a str,
    pub corrects: Option<InvoiceId>,
}

impl NewInvoice<'_> {
    pub fn gross_minor(&self) -> i64 {
        self.lines.iter().map(|line| line.gross_minor).sum()
    }
}

/// Which invoices of a provider, or of all.
#[derive(Debug, Default)]
pub struct InvoiceFilter {
    pub kind: Option<InvoiceKind>,
    /// Text in the number of the invoice or of its order.
    pub text: Option<String>,
    /// The first and the last day on which they were issued, in the issuer's time zone.
    pub since: Option<Date>,
    pub until: Option<Date>,
}

/// Every read of invoices is this query; `$rest` is its condition.
macro_rules! invoice_rows {
    ($rest:literal $(, $bind:expr)* $(,)?) => {
        sqlx::query_as!(
            Invoice,
            r#"SELECT i.tenant_id AS "tenant: TenantId", i.id AS "id: InvoiceId",
                      i.kind AS "kind: InvoiceKind", i.number, i.cause_id AS cause,
                      i.parcel_id AS "parcel: ParcelId", i.order_id AS "order: OrderId",
                      i.order_number, i.account_id AS "account: AccountId",
                      i.issuer AS "issuer: Json<IssuerSnapshot>",
                      i.buyer AS "buyer: Json<BuyerSnapshot>",
                      i.lines AS "lines: Json<Vec<InvoiceLine>>", i.currency, i.gross_minor,
                      i.tax_minor, i.shows_tax, i.supplied_at, i.issued_at, i.issued_on,
                      i.corrects_id AS "corrects: InvoiceId", (
                          SELECT c.number FROM invoices c
                          WHERE c.tenant_id = i.tenant_id AND c.id = i.corrects_id
                      ) AS "corrects_number?"
               FROM invoices i "# + $rest
            $(, $bind)*
        )
    };
}

/// Invoices and credit notes of one order that the scope may see, oldest first.
pub async fn of_order(conn: &mut PgConnection, order: OrderId) -> Result<Vec<Invoice>> {
    let rows =
        invoice_rows!("WHERE i.order_id = $1 ORDER BY i.issued_at, i.id LIMIT 1000", order.0);
    Ok(rows.fetch_all(conn).await?)
}

/// The invoice and the credit notes of a parcel, oldest first.
pub async fn of_parcel(
    conn: &mut PgConnection,
    tenant: TenantId,
    parcel: ParcelId,
) -> Result<Vec<Invoice>> {
    let rows = invoice_rows!(
        "WHERE i.tenant_id = $1 AND i.parcel_id = $2 ORDER BY i.issued_at, i.id LIMIT 1000",
        tenant.0,
        parcel.0
    );
    Ok(rows.fetch_all(conn).await?)
}

/// One of a provider's invoices.
pub async fn get(conn: &mut PgConnection, tenant: TenantId, id: InvoiceId) -> Result<Invoice> {
    invoice_rows!("WHERE i.tenant_id = $1 AND i.id = $2", tenant.0, id.0)
        .fetch_optional(conn)
        .await?
        .ok_or(Error::NotFound("invoice"))
}

/// A provider's invoices and credit notes from before a time and id, newest first.
pub async fn list(
    conn: &mut PgConnection,
    tenant: TenantId,
    filter: &InvoiceFilter,
    page: &PageQuery,
    max: i64,
) -> Result<Vec<Invoice>> {
    let rows = invoice_rows!(
        "WHERE i.tenant_id = $1 AND (i.issued_at, i.id) < ($2, $3)
           AND ($4::text IS NULL OR i.kind = $4)
           AND ($5::text IS NULL OR strpos(lower(i.number), lower($5)) > 0
                OR strpos(lower(i.order_number), lower($5)) > 0)
           AND ($6::date IS NULL OR i.issued_on >= $6) AND ($7::date IS NULL OR i.issued_on <= $7)
         ORDER BY i.issued_at DESC, i.id DESC LIMIT $8",
        tenant.0,
        page.before_at(),
        page.before_id(),
        filter.kind.map(|kind| kind.into_str()),
        filter.text.as_deref(),
        filter.since,
        filter.until,
        max,
    );
    Ok(rows.fetch_all(conn).await?)
}

/// Whether a provider has an invoice.
pub async fn has_any(conn: &mut PgConnection, tenant: TenantId) -> Result<bool> {
    let has = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM invoices WHERE tenant_id = $1) AS "has!""#,
        tenant.0
    );
    Ok(has.fetch_one(conn).await?)
}

pub async fn insert(conn: &mut PgConnection, new: &NewInvoice<'_>) -> Result<()> {
    let tax: i64 = new.lines.iter().map(|line| line.tax_minor).sum();
    sqlx::query!(
        "INSERT INTO invoices (tenant_id, id, kind, number, cause_id, parcel_id, order_id,
             order_number, account_id, issuer, buyer, lines, currency, gross_minor, tax_minor,
             shows_tax, supplied_at, issued_at, issued_on, corrects_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
             ($18::timestamptz AT TIME ZONE $19)::date, $20)",
        new.tenant.0,
        new.id.0,
        new.kind.into_str(),
        new.number,
        new.cause,
        new.parcel.0,
        new.order.0,
        new.order_number,
        new.account.0,
        Json(new.issuer) as _,
        Json(new.buyer) as _,
        Json(new.lines) as _,
        new.currency,
        new.gross_minor(),
        tax,
        new.shows_tax,
        new.supplied_at,
        new.issued_at,
        new.time_zone,
        new.corrects.map(|id| id.0),
    )
    .execute(conn)
    .await?;
    Ok(())
}
