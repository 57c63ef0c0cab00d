//! What the history of an order says about disputes of its payment, which the payouts slice tells of.

use serde::Deserialize;
use serde_json::json;

use super::history::{self, HistoryKind};
use crate::{
    access::Actor,
    events::Event,
    kernel::{DisputeId, Money, OrderId, Result},
    platform::Platform,
};

#[derive(Deserialize)]
struct DisputeNews {
    dispute_id: DisputeId,
    order_id: OrderId,
    amount: Money,
    /// Why it was opened, or how it ended.
    reason: String,
}

/// Records that a dispute was opened, answered or closed, once each.
pub async fn on_event(platform: &Platform, event: &Event) -> Result<()> {
    let kind = match event.kind.as_str() {
        "dispute.opened" => HistoryKind::DisputeOpened,
        "dispute.evidence_submitted" => HistoryKind::EvidenceSubmitted,
        "dispute.closed" => HistoryKind::DisputeClosed,
        _ => return Ok(()),
    };
    let news: DisputeNews =
        serde_json::from_value(event.payload.clone()).map_err(anyhow::Error::from)?;
    let mut tx = platform.db.platform("dispute in history").await?;
    let is_recorded = sqlx::query_scalar!(
        r#"SELECT EXISTS (
               SELECT FROM order_history WHERE order_id = $1 AND details->>'event_id' = $2
           ) AS "is!""#,
        news.order_id.0,
        event.id.to_string(),
    );
    if is_recorded.fetch_one(&mut *tx).await? {
        return Ok(());
    }
    let details = json!({
        "event_id": event.id,
        "dispute_id": news.dispute_id,
        "amount_minor": news.amount.amount,
        "currency": news.amount.currency,
        "reason": news.reason,
    });
    history::record(&mut tx, news.order_id, Actor::System, kind, details).await?;
    tx.commit().await?;
    Ok(())
}
