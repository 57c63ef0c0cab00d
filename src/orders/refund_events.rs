//! What providers are told of refunds, each of its share.

use std::collections::BTreeSet;

use serde_json::json;
use sqlx::PgConnection;

use super::{
    components::{self, PricedPart},
    deposit,
    lines::{self, OrderLine},
    rules::{self, PriorRefund},
    store::Order,
};
use crate::{
    events,
    kernel::{ParcelId, Result, TenantId},
    payments::Refund,
};

/// What a refund did to its order.
pub(super) struct RefundEffects<'r> {
    /// The lines that were refunded with all their units.
    pub returned: &'r [&'r OrderLine],
    /// The parcels that will not be sent.
    pub cancelled: &'r [ParcelId],
}

/// Publishes one event for each provider, with its share. An order that was never confirmed sold
/// nothing, so its events have no lines.
pub(super) async fn publish(
    conn: &mut PgConnection,
    order: &Order,
    refund: &Refund,
    lines: &[OrderLine],
    prior_refunds: &[&Refund],
    effects: &RefundEffects<'_>,
) -> Result<()> {
    let quote = components::of_order(conn, order.id, lines).await?;
    let mut parts = components::parts(&quote, lines);
    deposit::only_paid(order, &mut parts);
    let shares = rules::shares(
        &components::refundable(&parts),
        &prior_refunds.iter().map(|row| prior(row)).collect::<Vec<_>>(),
        prior(refund),
    );
    // What SMP charged for the order is no provider's.
    let covered = |part: &PricedPart<'_>| {
        part.parcel.is_some() && (refund.parcel.is_none() || refund.parcel == part.parcel)
    };
    let covered: Vec<(PricedPart<'_>, i64)> =
        parts.into_iter().zip(shares).filter(|(part, _)| covered(part)).collect();
    for shares in covered.chunk_by(|a, b| a.0.tenant == b.0.tenant) {
        let of_lines = shares.iter().filter_map(|(part, share)| Some((part.line?, share)));
        let refunded = of_lines.filter(|_| order.confirmed_at.is_some()).map(|(line, share)| {
            let is_returned = effects.returned.iter().any(|returned| returned.id == line.id);
            json!({
                "sale_id": line.sale,
                "visit_id": line.visit,
                "quantity": if is_returned { line.quantity } else { 0 },
                "amount_minor": share,
            })
        });
        let payload = json!({
            "order_id": order.id,
            "order_number": order.number,
            "account_id": order.account,
            "refund_id": refund.id,
            "parcel_id": refund.parcel,
            "cancelled_parcel_id": shares
                .iter()
                .filter_map(|(part, _)| part.parcel)
                .find(|parcel| effects.cancelled.contains(parcel)),
            "amount_minor": shares.iter().map(|(_, share)| share).sum::<i64>(),
            "currency": order.currency,
            "lines": refunded.collect::<Vec<_>>(),
        });
        events::publish(conn, shares[0].0.tenant, "refund.succeeded", &payload).await?;
    }
    Ok(())
}

/// Publishes that money that paid for nothing was returned: it sold nothing, so the event has no lines,
/// and stands in one provider's log.
pub(super) async fn publish_returned(
    conn: &mut PgConnection,
    order: &Order,
    refund: &Refund,
) -> Result<()> {
    let lines = lines::of_orders(conn, &[order.id.0]).await?;
    let Some(first) = lines.first() else { return Ok(()) };
    let payload = json!({
        "order_id": order.id,
        "order_number": order.number,
        "account_id": order.account,
        "refund_id": refund.id,
        "parcel_id": null,
        "cancelled_parcel_id": null,
        "amount_minor": refund.amount_minor,
        "currency": refund.currency,
        "lines": [],
    });
    events::publish(conn, first.tenant, "refund.succeeded", &payload).await
}

/// Publishes the failure to each provider's log, as the refund itself would have been.
pub(super) async fn publish_failed(
    conn: &mut PgConnection,
    order: &Order,
    refund: &Refund,
    reason: &str,
) -> Result<()> {
    let lines = lines::of_orders(conn, &[order.id.0]).await?;
    let covered = |line: &&OrderLine| refund.parcel.is_none_or(|parcel| parcel == line.parcel);
    let tenants: BTreeSet<TenantId> =
        lines.iter().filter(covered).map(|line| line.tenant).collect();
    for tenant in tenants {
        let payload = json!({
            "order_id": order.id,
            "order_number": order.number,
            "account_id": order.account,
            "refund_id": refund.id,
            "reason": reason,
        });
        events::publish(conn, tenant, "refund.failed", &payload).await?;
    }
    Ok(())
}

/// A refund, as the rules of refunds see it.
pub(super) fn prior(refund: &Refund) -> PriorRefund {
    PriorRefund { amount_minor: refund.amount_minor, parcel: refund.parcel }
}
