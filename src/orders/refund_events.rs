//! What providers are told of refunds, each of its share.

use std::collections::BTreeSet;

use serde_json::json;
use sqlx::PgConnection;

use super::{
    components::{self, PricedPart},
    deposit,
    lines::{self, OrderLine},
    refund_lines::RefundLine,
    refund_units::{self, MovedUnits},
    refused,
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
    /// The units that were refunded.
    pub moved: &'r [MovedUnits<'r>],
    /// The parcels that will not be sent.
    pub cancelled: &'r [ParcelId],
    /// The lines of all refunds of the order.
    pub rows: &'r [RefundLine],
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
    refused::leave_out(conn, order.id, &mut parts).await?;
    let before = of_each(prior_refunds, effects.rows, &parts);
    let own = refund_units::of_parts(refund.id, effects.rows, &parts);
    let shares = rules::shares(
        &components::refundable(&parts),
        &priors(prior_refunds, &before),
        prior(refund, &own),
    );
    let is_named = |part: &PricedPart<'_>| {
        let id = part.line.map(|line| line.id);
        let is_of = |row: &RefundLine| row.refund == refund.id && Some(row.line) == id;
        own.is_empty()
            || effects.rows.iter().any(is_of)
            || effects.moved.iter().any(|units| Some(units.line.id) == id)
    };
    // What SMP charged for the order is no provider's.
    let covered = |part: &PricedPart<'_>| {
        part.parcel.is_some()
            && (refund.parcel.is_none() || refund.parcel == part.parcel)
            && is_named(part)
    };
    let covered: Vec<(PricedPart<'_>, i64)> =
        parts.into_iter().zip(shares).filter(|(part, _)| covered(part)).collect();
    for shares in covered.chunk_by(|a, b| a.0.tenant == b.0.tenant) {
        let of_lines = shares.iter().filter_map(|(part, share)| Some((part.line?, share)));
        let refunded = of_lines.filter(|_| order.confirmed_at.is_some()).map(|(line, share)| {
            json!({
                "sale_id": line.sale,
                "visit_id": line.visit,
                "quantity": effects.units_of(line),
                "amount_minor": share,
            })
        });
        let units = shares.iter().filter_map(|(part, _)| Some(effects.units_of(part.line?)));
        let payload = json!({
            "order_id": order.id,
            "order_number": order.number,
            "account_id": order.account,
            "refund_id": refund.id,
            "parcel_id": refund.parcel,
            // Of the provider, in which units were refunded; it may have to be packed all the same.
            "units_parcel_id": shares.iter().find_map(|(part, _)| part.parcel),
            "units": units.sum::<i32>(),
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

/// Publishes that money went back and nothing follows: it had paid for nothing, or the refund was made once
/// before. The event has no lines, and stands in one provider's log.
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

/// Publishes the failure to each provider's log, as the refund itself would have been. `again`: it was
/// another try of a refund that had failed.
pub(super) async fn publish_failed(
    conn: &mut PgConnection,
    order: &Order,
    refund: &Refund,
    reason: &str,
    again: bool,
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
            "again": again,
        });
        events::publish(conn, tenant, "refund.failed", &payload).await?;
    }
    Ok(())
}

impl RefundEffects<'_> {
    /// Units of a line that were refunded.
    fn units_of(&self, line: &OrderLine) -> i32 {
        let own = self.moved.iter().filter(|units| units.line.id == line.id);
        own.map(|units| units.quantity).sum()
    }
}

/// What each of some refunds takes of each part, when it names its lines.
pub(super) fn of_each(
    refunds: &[&Refund],
    rows: &[RefundLine],
    parts: &[PricedPart<'_>],
) -> Vec<Vec<i64>> {
    refunds.iter().map(|refund| refund_units::of_parts(refund.id, rows, parts)).collect()
}

/// Refunds, as the rules of refunds see them, with what [`of_each`] says.
pub(super) fn priors<'p>(refunds: &[&Refund], of_parts: &'p [Vec<i64>]) -> Vec<PriorRefund<'p>> {
    refunds.iter().zip(of_parts).map(|(refund, of_parts)| prior(refund, of_parts)).collect()
}

fn prior<'p>(refund: &Refund, of_parts: &'p [i64]) -> PriorRefund<'p> {
    PriorRefund { amount_minor: refund.amount_minor, parcel: refund.parcel, of_parts }
}
