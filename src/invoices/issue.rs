//! Issuing what is asked for, once the provider's data is there.

use serde_json::json;
use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{
    duty::{self, DutyState, InvoiceDuty},
    invoice::{self, BuyerSnapshot, Invoice, InvoiceKind, IssuerSnapshot, NewInvoice},
    profile,
    rules::{self, InvoiceLine},
    series,
};
use crate::{
    events,
    kernel::{InvoiceId, ParcelId, RefundId, Result, TenantId},
    orders,
};

/// The event that a document was issued.
pub const ISSUED: &str = "invoice.issued";

/// Issues the invoice of a parcel and its credit notes, as far as they wait and can be issued. Platform
/// scope.
pub async fn issue_due(
    conn: &mut PgConnection,
    tenant: TenantId,
    parcel: ParcelId,
    now: OffsetDateTime,
) -> Result<()> {
    let Some(asked) = duty::lock_of_parcel(conn, tenant, parcel).await? else { return Ok(()) };
    let profile = profile::get(conn, tenant).await?;
    let Some((issuer, prefix)) = profile.issuer() else { return Ok(()) };
    let time_zone = profile::time_zone(conn, tenant).await?;
    let writer = Writer { issuer: &issuer, prefix, time_zone: &time_zone, now };
    match asked.state {
        DutyState::Waiting => writer.invoice(conn, &asked).await?,
        DutyState::Issued => {}
        DutyState::Provider | DutyState::Before => return Ok(()),
    }
    let mut documents = invoice::of_parcel(conn, tenant, parcel).await?;
    for asked in duty::waiting_notes(conn, tenant, parcel).await? {
        let Some(original) = documents.iter().find(|one| one.kind == InvoiceKind::Invoice) else {
            break;
        };
        writer.credit_note(conn, &asked, original, &documents).await?;
        documents = invoice::of_parcel(conn, tenant, parcel).await?;
    }
    Ok(())
}

/// Issues documents in the name of one provider.
struct Writer<'a> {
    issuer: &'a IssuerSnapshot,
    prefix: &'a str,
    time_zone: &'a str,
    now: OffsetDateTime,
}

impl Writer<'_> {
    async fn invoice(&self, conn: &mut PgConnection, asked: &InvoiceDuty) -> Result<()> {
        duty::set_issued(conn, asked).await?;
        let Some(sold) = orders::sold_parcel(conn, asked.order, asked.tenant).await? else {
            return Ok(());
        };
        let (lines, shows_tax) = rules::invoice_lines(&sold.lines, asked.tax_rate_ppm);
        let buyer = BuyerSnapshot { address: sold.billed_to, vat_id: sold.vat_id };
        let number = self.number(conn, asked.tenant).await?;
        let new = NewInvoice {
            tenant: asked.tenant,
            id: InvoiceId::new(),
            kind: InvoiceKind::Invoice,
            number: &number,
            cause: asked.cause,
            parcel: asked.parcel,
            order: asked.order,
            order_number: &sold.order_number,
            account: asked.account,
            issuer: self.issuer,
            buyer: &buyer,
            lines: &lines,
            currency: &sold.currency,
            shows_tax,
            supplied_at: sold.confirmed_at.unwrap_or(asked.since),
            issued_at: self.now,
            time_zone: self.time_zone,
            corrects: None,
        };
        keep(conn, &new).await
    }

    async fn credit_note(
        &self,
        conn: &mut PgConnection,
        asked: &InvoiceDuty,
        original: &Invoice,
        documents: &[Invoice],
    ) -> Result<()> {
        duty::set_issued(conn, asked).await?;
        let notes = documents.iter().filter(|one| one.kind == InvoiceKind::CreditNote);
        let credited: Vec<InvoiceLine> =
            notes.flat_map(|note| note.lines.0.iter().cloned()).collect();
        let refund = RefundId(asked.cause);
        let named = orders::refunded_of_lines(conn, asked.order, asked.tenant, refund).await?;
        let lines = rules::credit_lines(&original.lines.0, &credited, asked.amount_minor, &named);
        if lines.is_empty() {
            // All of it was taken back already.
            return Ok(());
        }
        let number = self.number(conn, asked.tenant).await?;
        let new = NewInvoice {
            tenant: asked.tenant,
            id: InvoiceId::new(),
            kind: InvoiceKind::CreditNote,
            number: &number,
            cause: asked.cause,
            parcel: asked.parcel,
            order: asked.order,
            order_number: &original.order_number,
            account: asked.account,
            issuer: self.issuer,
            buyer: &original.buyer.0,
            lines: &lines,
            currency: &original.currency,
            shows_tax: original.shows_tax,
            supplied_at: original.supplied_at,
            issued_at: self.now,
            time_zone: self.time_zone,
            corrects: Some(original.id),
        };
        keep(conn, &new).await
    }

    async fn number(&self, conn: &mut PgConnection, issuer: TenantId) -> Result<String> {
        series::next_number(conn, issuer, self.prefix, self.time_zone, self.now).await
    }
}

/// Keeps a document, and tells of it.
async fn keep(conn: &mut PgConnection, new: &NewInvoice<'_>) -> Result<()> {
    invoice::insert(conn, new).await?;
    let payload = json!({
        "invoice_id": new.id,
        "document": new.kind,
        "invoice_number": new.number,
        "order_id": new.order,
        "order_number": new.order_number,
        "account_id": new.account,
        "parcel_id": new.parcel,
        "amount_minor": new.gross_minor(),
        "currency": new.currency,
    });
    events::publish(conn, new.tenant, ISSUED, &payload).await
}
