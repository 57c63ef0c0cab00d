//! What of an order in cash was never paid, because its parcels were refused at the door or called off: it
//! cannot be refunded.

use std::collections::BTreeSet;

use sqlx::PgConnection;

use super::{
    components::{self, PricedPart},
    lines::OrderLine,
    parcels::{self as all_parcels, Parcel},
    state::ParcelState,
};
use crate::{
    kernel::{OrderId, ParcelId, Result},
    payments::{self, CashOutcome},
};

/// The parcels of an order in cash for which nothing was and nothing will be paid: refused at the door, or
/// called off before they were sent.
pub(super) async fn parcels(conn: &mut PgConnection, order: OrderId) -> Result<BTreeSet<ParcelId>> {
    let cash = payments::cash_orders(conn, &[order.0]).await?;
    if !cash.contain(order) {
        return Ok(BTreeSet::new());
    }
    let all = all_parcels::of_orders(conn, &[order.0]).await?;
    let is_unpaid = |parcel: &&Parcel| match cash.outcome(order, parcel.id) {
        Some(outcome) => outcome == CashOutcome::Refused,
        None => parcel.state == ParcelState::Cancelled,
    };
    Ok(all.iter().filter(is_unpaid).map(|parcel| parcel.id).collect())
}

/// Leaves the price of what was never paid out of the parts of an order.
pub(super) async fn leave_out(
    conn: &mut PgConnection,
    order: OrderId,
    parts: &mut [PricedPart<'_>],
) -> Result<()> {
    let refused = parcels(conn, order).await?;
    for part in parts {
        if part.parcel.is_some_and(|parcel| refused.contains(&parcel)) {
            part.price_minor = 0;
        }
    }
    Ok(())
}

/// What the parcels of an order that were never paid would have cost, in minor units.
pub(super) async fn unpaid_minor(
    conn: &mut PgConnection,
    order: OrderId,
    lines: &[OrderLine],
    refused: &BTreeSet<ParcelId>,
) -> Result<i64> {
    if refused.is_empty() {
        return Ok(0);
    }
    let quote = components::of_order(conn, order, lines).await?;
    let parts = components::parts(&quote, lines);
    let is_refused =
        |part: &&PricedPart<'_>| part.parcel.is_some_and(|parcel| refused.contains(&parcel));
    Ok(parts.iter().filter(is_refused).map(|part| part.price_minor).sum())
}
