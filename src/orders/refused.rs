//! What of an order in cash was never paid, because its parcels were refused at the door: it cannot be
//! refunded.

use std::collections::BTreeSet;

use sqlx::PgConnection;

use super::{
    components::{self, PricedPart},
    lines::{self, OrderLine},
    store::Order,
};
use crate::{
    kernel::{OrderId, ParcelId, Result},
    payments::{self, CashOutcome},
};

/// The parcels of an order that were refused at the door.
pub(super) async fn parcels(
    conn: &mut PgConnection,
    order: OrderId,
    lines: &[OrderLine],
) -> Result<BTreeSet<ParcelId>> {
    let cash = payments::cash_orders(conn, &[order.0]).await?;
    let is_refused = |parcel: &ParcelId| cash.outcome(order, *parcel) == Some(CashOutcome::Refused);
    Ok(lines.iter().map(|line| line.parcel).filter(is_refused).collect())
}

/// Leaves the price of what was refused at the door out of the parts of an order.
pub(super) async fn leave_out(
    conn: &mut PgConnection,
    order: OrderId,
    lines: &[OrderLine],
    parts: &mut [PricedPart<'_>],
) -> Result<()> {
    let refused = parcels(conn, order, lines).await?;
    for part in parts {
        if part.parcel.is_some_and(|parcel| refused.contains(&parcel)) {
            part.price_minor = 0;
        }
    }
    Ok(())
}

/// What the parcels of an order that were refused at the door would have cost, in minor units.
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
