//! SMP's answer to a dispute: evidence, which a bank takes once, or that the dispute is accepted. What is
//! asked of the gateway is noted first. An unknown outcome is looked up when somebody presses again, and
//! after a while by itself.

use serde_json::json;
use sqlx::PgConnection;

use super::{
    dispute::{self, Dispute, DisputeAnswer, DisputeState},
    dispute_look_up::keep,
    evidence::{self, SavedEvidence},
    evidence_rules::{require_acceptable, require_answerable},
    stripe::{self, refused},
};
use crate::{
    access::{Actor, audit},
    kernel::{AccountId, DisputeId, Error, Result, SeenVersion, TenantId},
    payments::{StripeApi, StripeRefusal},
    platform::Platform,
};

/// Submits the saved evidence of a dispute to the bank. `seen` is the version that `by` read. A repeat after
/// an unknown outcome asks the gateway first, and submits nothing twice.
pub async fn submit_evidence(
    platform: &Platform,
    by: AccountId,
    id: DisputeId,
    seen: SeenVersion,
) -> Result<Dispute> {
    let now = platform.clock.now();
    let mut tx = platform.db.platform("submit evidence").await?;
    let dispute = dispute::lock(&mut tx, id).await?;
    require_answerable(&dispute, now)?;
    let saved = evidence::find(&mut tx, id).await?.ok_or_else(nothing_saved)?;
    let filled = saved.evidence.filled();
    if filled.is_empty() {
        return Err(nothing_saved());
    }
    saved.last_edit().require(&mut tx, seen, &filled).await?;
    let api = StripeApi::new(platform)?;
    evidence::note_sent(&mut tx, id, by, now).await?;
    let details = json!({"version": saved.version, "fields": filled});
    record(&mut tx, by, "dispute_evidence_submit", &dispute, details).await?;
    tx.commit().await?;

    if saved.sent_at.is_some() && look_up(platform, &api, &dispute).await?.submissions > 0 {
        return get(platform, id).await;
    }
    let asked_at = platform.clock.now();
    let key = format!("smp-evidence-{id}-{}", saved.version);
    let sent = stripe::submit_evidence(&api, &dispute.reference, &saved.evidence, &key).await;
    let refusal = match sent {
        Ok(found) => {
            keep(platform, &found, asked_at).await?;
            return get(platform, id).await;
        }
        Err(refusal) => refusal,
    };
    // What the first of two calls did looks like a refusal of the second.
    if look_up(platform, &api, &dispute).await.is_ok_and(|answer| answer.submissions > 0) {
        return get(platform, id).await;
    }
    let mut tx = platform.db.platform("evidence was not submitted").await?;
    if is_unknown(&refusal) {
        dispute::look_soon(&mut tx, id, now).await?;
    } else {
        evidence::note_refused(&mut tx, id).await?;
    }
    tx.commit().await?;
    Err(refused(refusal, "evidence"))
}

/// Accepts a dispute: the gateway closes it as lost, for good. A repeat after an unknown outcome does so once.
pub async fn accept_dispute(platform: &Platform, by: AccountId, id: DisputeId) -> Result<Dispute> {
    let now = platform.clock.now();
    let mut tx = platform.db.platform("accept dispute").await?;
    let dispute = dispute::lock(&mut tx, id).await?;
    require_acceptable(&dispute)?;
    let was_sent = |saved: SavedEvidence| saved.sent_at.is_some();
    if evidence::find(&mut tx, id).await?.is_some_and(was_sent) {
        return Err(evidence::being_sent("Submit it again before you accept the dispute."));
    }
    let api = StripeApi::new(platform)?;
    dispute::set_accepted(&mut tx, id, Some(dispute.accepted_at.unwrap_or(now))).await?;
    record(&mut tx, by, "dispute_accept", &dispute, json!({})).await?;
    tx.commit().await?;

    let asked_at = platform.clock.now();
    let refusal = match stripe::close_dispute(&api, &dispute.reference, id).await {
        Ok(found) => {
            keep(platform, &found, asked_at).await?;
            return get(platform, id).await;
        }
        Err(refusal) => refusal,
    };
    let is_lost = |answer: DisputeAnswer| answer.state == DisputeState::Lost;
    if look_up(platform, &api, &dispute).await.is_ok_and(is_lost) {
        return get(platform, id).await;
    }
    let mut tx = platform.db.platform("dispute was not accepted").await?;
    if is_unknown(&refusal) {
        dispute::look_soon(&mut tx, id, now).await?;
    } else {
        dispute::set_accepted(&mut tx, id, None).await?;
    }
    tx.commit().await?;
    Err(refused(refusal, "dispute"))
}

fn nothing_saved() -> Error {
    Error::conflict("evidence_missing", "There is no evidence yet. Save it first, then submit it.")
}

fn is_unknown(refusal: &StripeRefusal) -> bool {
    matches!(refusal, StripeRefusal::Unknown { .. })
}

/// What the gateway says of a dispute now, which is kept.
async fn look_up(
    platform: &Platform,
    api: &StripeApi<'_>,
    dispute: &Dispute,
) -> Result<DisputeAnswer> {
    let asked_at = platform.clock.now();
    let found = stripe::dispute(api, &dispute.reference).await;
    keep(platform, &found.map_err(|refusal| refused(refusal, "dispute"))?, asked_at).await
}

async fn get(platform: &Platform, id: DisputeId) -> Result<Dispute> {
    let mut tx = platform.db.platform("dispute").await?;
    dispute::get(&mut tx, id).await
}

async fn record(
    conn: &mut PgConnection,
    by: AccountId,
    operation: &str,
    dispute: &Dispute,
    mut details: serde_json::Value,
) -> Result<()> {
    details["reference"] = json!(dispute.reference);
    details["order_number"] = json!(dispute.order_number);
    details["amount_minor"] = json!(dispute.amount_minor);
    details["currency"] = json!(dispute.currency);
    let subject = format!("dispute {}", dispute.id);
    let actor = Actor::Account(by);
    audit::record(conn, actor, TenantId::PLATFORM, operation, &subject, &details).await
}
