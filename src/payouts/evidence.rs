//! The evidence of disputes, in SQL: a draft that several people edit, until it is submitted.

use serde_json::json;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    dispute,
    evidence_rules::{Evidence, require_answerable},
};
use crate::{
    access::{Actor, audit, edits::LastEdit},
    kernel::{AccountId, DisputeId, Error, Result, SeenVersion, TenantId},
};

/// Evidence that was saved.
#[derive(Debug, Clone)]
pub struct SavedEvidence {
    pub evidence: Evidence,
    pub version: i32,
    pub edited_by: Uuid,
    pub edited_at: OffsetDateTime,
    /// When it was sent; what became of that may not be known yet.
    pub sent_at: Option<OffsetDateTime>,
}

impl SavedEvidence {
    /// Who may overwrite it: those who saw it.
    pub fn last_edit(&self) -> LastEdit {
        LastEdit {
            version: self.version,
            edited_by: Some(self.edited_by),
            edited_at: Some(self.edited_at),
        }
    }
}

/// The evidence that was saved for a dispute, if any. Platform scope.
pub async fn find(conn: &mut PgConnection, id: DisputeId) -> Result<Option<SavedEvidence>> {
    let row = sqlx::query!(
        "SELECT product_description, customer_name, customer_email, shipping_carrier,
                shipping_tracking_number, shipping_date, receipt, uncategorized_text, version,
                edited_by, edited_at, sent_at
         FROM dispute_evidence WHERE dispute_id = $1",
        id.0,
    );
    Ok(row.fetch_optional(conn).await?.map(|row| SavedEvidence {
        evidence: Evidence {
            product_description: row.product_description,
            customer_name: row.customer_name,
            customer_email: row.customer_email,
            shipping_carrier: row.shipping_carrier,
            shipping_tracking_number: row.shipping_tracking_number,
            shipping_date: row.shipping_date,
            receipt: row.receipt,
            uncategorized_text: row.uncategorized_text,
        },
        version: row.version,
        edited_by: row.edited_by,
        edited_at: row.edited_at,
        sent_at: row.sent_at,
    }))
}

/// Saves evidence as the next version of the draft, for a dispute that takes it. `seen` is the version that
/// it was made from, 0 before the first. Platform scope.
pub async fn save(
    conn: &mut PgConnection,
    by: AccountId,
    id: DisputeId,
    seen: SeenVersion,
    evidence: &Evidence,
    now: OffsetDateTime,
) -> Result<()> {
    let evidence = evidence.checked()?;
    let dispute = dispute::lock(conn, id).await?;
    require_answerable(&dispute, now)?;
    let saved = find(conn, id).await?;
    if saved.as_ref().is_some_and(|saved| saved.sent_at.is_some()) {
        return Err(being_sent("Submit it again, which asks the gateway first."));
    }
    let stored = saved.as_ref().map(|saved| saved.evidence.clone()).unwrap_or_default();
    let changed = evidence.differing(&stored);
    let none = LastEdit { version: 0, edited_by: None, edited_at: None };
    let last = saved.as_ref().map_or(none, SavedEvidence::last_edit);
    last.require(conn, seen, &changed).await?;
    put(conn, by, id, &evidence, now).await?;
    let details = json!({
        "reference": dispute.reference,
        "order_number": dispute.order_number,
        "changed": changed,
    });
    let subject = format!("dispute {id}");
    let actor = Actor::Account(by);
    audit::record(conn, actor, TenantId::PLATFORM, "dispute_evidence_set", &subject, &details).await
}

/// The error of who would change what may be with the bank already.
pub fn being_sent(remedy: &str) -> Error {
    Error::conflict(
        "evidence_being_sent",
        format!("The evidence was sent, and it is not known yet whether it came through. {remedy}"),
    )
}

async fn put(
    conn: &mut PgConnection,
    by: AccountId,
    id: DisputeId,
    evidence: &Evidence,
    now: OffsetDateTime,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO dispute_evidence (dispute_id, product_description, customer_name,
             customer_email, shipping_carrier, shipping_tracking_number, shipping_date, receipt,
             uncategorized_text, edited_by, edited_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         ON CONFLICT (dispute_id) DO UPDATE SET product_description = $2, customer_name = $3,
             customer_email = $4, shipping_carrier = $5, shipping_tracking_number = $6,
             shipping_date = $7, receipt = $8, uncategorized_text = $9, edited_by = $10,
             edited_at = $11, version = dispute_evidence.version + 1",
        id.0,
        evidence.product_description,
        evidence.customer_name,
        evidence.customer_email,
        evidence.shipping_carrier,
        evidence.shipping_tracking_number,
        evidence.shipping_date,
        evidence.receipt,
        evidence.uncategorized_text,
        by.0,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes that the evidence of a locked dispute is sent.
pub async fn note_sent(
    conn: &mut PgConnection,
    id: DisputeId,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<()> {
    sqlx::query!(
        "UPDATE dispute_evidence SET sent_at = coalesce(sent_at, $2), sent_by = coalesce(sent_by, $3)
         WHERE dispute_id = $1",
        id.0,
        now,
        by.0,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes that the gateway refused the evidence: it is a draft again.
pub async fn note_refused(conn: &mut PgConnection, id: DisputeId) -> Result<()> {
    sqlx::query!(
        "UPDATE dispute_evidence SET sent_at = NULL, sent_by = NULL WHERE dispute_id = $1",
        id.0,
    )
    .execute(conn)
    .await?;
    Ok(())
}
