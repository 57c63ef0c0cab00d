//! What the history of an order says about its refunds.

use serde_json::json;
use sqlx::PgConnection;

use super::history::{self, HistoryKind};
use crate::{
    access::Actor,
    kernel::{Money, ParcelId, RefundId, Result},
    payments::{NewRefund, Refund, gateway::RefundOutcome},
};

/// Records that a refund was requested.
pub async fn record_request(
    conn: &mut PgConnection,
    refund: &NewRefund<'_>,
    actor: Actor,
) -> Result<()> {
    let details = details(refund.id, refund.parcel, refund.amount, Some(refund.reason));
    history::record(conn, refund.order, actor, HistoryKind::RefundRequested, details).await
}

/// Records how a refund ended; why the gateway refused it is for SMP's team.
pub async fn record_outcome(
    conn: &mut PgConnection,
    refund: &Refund,
    outcome: &RefundOutcome,
) -> Result<()> {
    let (kind, refused) = match outcome {
        RefundOutcome::Failed { reason } => (HistoryKind::RefundFailed, Some(reason.as_str())),
        RefundOutcome::Succeeded { .. } => (HistoryKind::Refunded, None),
        RefundOutcome::Pending { .. } => return Ok(()),
    };
    let amount = Money::new(refund.amount_minor, refund.currency.clone());
    let details = details(refund.id, refund.parcel, &amount, refused);
    history::record(conn, refund.order_id, Actor::System, kind, details).await
}

/// What the history keeps of a refund.
fn details(
    id: RefundId,
    parcel: Option<ParcelId>,
    amount: &Money,
    reason: Option<&str>,
) -> serde_json::Value {
    let mut details = json!({
        "refund_id": id,
        "amount_minor": amount.amount,
        "currency": amount.currency,
    });
    if let Some(parcel) = parcel {
        details["parcel_id"] = json!(parcel);
    }
    if let Some(reason) = reason {
        details["reason"] = json!(reason);
    }
    details
}
