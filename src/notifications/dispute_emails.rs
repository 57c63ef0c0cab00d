//! The email about a dispute, to SMP's finance.

use serde_json::json;

use super::{
    email_contexts as contexts,
    emails::{self, GroupEmail},
    payload::{EventPayload, required},
};
use crate::{
    access::accounts,
    events::Event,
    kernel::{Result, TenantId},
    payouts,
    platform::{Platform, PortalPath},
    providers::Themes,
};

/// A dispute was opened: who has to answer it learns until when.
pub async fn opened(
    platform: &Platform,
    themes: &Themes,
    event: &Event,
    payload: &EventPayload,
) -> Result<()> {
    let id = required(payload.dispute_id, "dispute")?;
    let mut tx = platform.db.platform("dispute opened").await?;
    let dispute = payouts::get_dispute(&mut tx, id).await?;
    let team = accounts::of_staff(&mut tx, &["finance", "admin"]).await?;
    let email = GroupEmail {
        tenant: TenantId::PLATFORM,
        to: &team,
        template: "dispute_opened",
        context: json!({
            "dispute": {
                "order_number": dispute.order_number,
                "amount": dispute.amount(),
                "reason": dispute.reason.replace('_', " "),
                "evidence_due_at": dispute.evidence_due_at.map(contexts::rfc3339),
                "needs_response": dispute.state.needs_response(),
            },
            "url": platform.portal_url(PortalPath::StaffDispute { dispute: id }),
        }),
        dedupe_key: event.id.to_string(),
    };
    emails::queue_each(platform, themes, &mut tx, email).await?;
    tx.commit().await?;
    Ok(())
}
