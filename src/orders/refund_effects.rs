//! What follows from a refund that is done: units go back on sale, parcels that are empty are not sent,
//! vouchers are void, and everyone is told.

use std::collections::BTreeSet;

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    given_back,
    lines::{self, OrderLine},
    refund_events::{self, RefundEffects},
    refund_lines::{self, LineRestock},
    refund_units::{self, MovedUnits},
    refused, shipments,
    state::CancelReason,
    store::{self, Order},
};
use crate::{
    kernel::{ParcelId, Result, SaleId},
    payments::{self, Refund},
    platform::broker::Notice,
    sales::{self, NotOpen},
    stock, vouchers,
};

/// Units of a line, to be returned to stock.
pub type Units<'l> = (&'l OrderLine, i32);

/// Does what follows from a refund that is done; the order is locked. Returns the notices for all nodes:
/// whose stock came back, and which shoppers were offered it.
pub async fn complete(
    conn: &mut PgConnection,
    order: &Order,
    refund: &Refund,
    now: OffsetDateTime,
) -> Result<Vec<Notice>> {
    let all = payments::refunds_of_orders(conn, &[order.id.0]).await?;
    let done: Vec<&Refund> = all.iter().filter(|row| row.state.is_done() && !row.surplus).collect();
    let lines = lines::of_orders(conn, &[order.id.0]).await?;
    let refused = refused::parcels(conn, order.id).await?;
    let is_full = is_all_back(conn, order).await?;
    let prior: Vec<&Refund> = done.into_iter().filter(|row| row.id != refund.id).collect();
    let rows = refund_lines::of_orders(conn, &[order.id.0]).await?;
    // The units of a refund whose money came back were moved when it was made.
    let has_units = |row: &&Refund| row.has_units() && !row.surplus && row.id != refund.id;
    let moved_before: Vec<&Refund> = all.iter().filter(has_units).collect();
    let mut moved = refund_units::moved(&lines, refund, is_full, &moved_before, &rows);
    moved.retain(|units| !refused.contains(&units.line.parcel));
    if all.iter().any(|row| row.emptied_order) {
        moved.clear();
    }
    // The units of an order that lapsed, or that its shopper cancelled without getting everything back, came
    // back when it was cancelled, and its event said so.
    let came_back = match order.cancel_reason {
        Some(CancelReason::RestUnpaid) => true,
        Some(CancelReason::Shopper) => order.keeps_when_cancelled(),
        _ => false,
    };
    let restocked =
        if came_back { vec![] } else { restocked(conn, order, refund, &moved, now).await? };
    let emptied = refund_units::emptied(&lines, &moved, &moved_before, &rows);
    let cancelled = store::cancel_unshipped(conn, order.id, &emptied).await?;
    // Stock is locked before the providers' logs, as everywhere.
    let notices = return_units_to_stock(conn, &restocked, now).await?;
    void_vouchers(conn, order, &moved, now).await?;
    let told: &[MovedUnits<'_>] =
        if came_back && order.keeps_when_cancelled() { &[] } else { &moved };
    let effects = RefundEffects { moved: told, cancelled: &cancelled, rows: &rows };
    refund_events::publish(conn, order, refund, &lines, &prior, &effects).await?;
    Ok(notices)
}

/// Whether all that was paid for a confirmed order, which is locked, has been given back.
pub(super) async fn is_all_back(conn: &mut PgConnection, order: &Order) -> Result<bool> {
    let all = payments::refunds_of_orders(conn, &[order.id.0]).await?;
    let done = all.iter().filter(|row| row.state.is_done() && !row.surplus);
    let settled: i64 = done.map(|row| row.amount_minor).sum();
    let lines = lines::of_orders(conn, &[order.id.0]).await?;
    let refused = refused::parcels(conn, order.id).await?;
    let paid = order.paid_minor() - refused::unpaid_minor(conn, order.id, &lines, &refused).await?;
    let lost = given_back::lost_minor(conn, order).await?;
    Ok(order.confirmed_at.is_some() && settled + lost >= paid)
}

/// Does what follows when a parcel is called off for which nothing is given back: it is not sent, its units go
/// back to stock, and its vouchers are void. The order is locked. Returns the notices for all nodes.
pub async fn call_off(
    conn: &mut PgConnection,
    order: &Order,
    units: &[MovedUnits<'_>],
    now: OffsetDateTime,
) -> Result<Vec<Notice>> {
    let mut parcels: Vec<ParcelId> = units.iter().map(|units| units.line.parcel).collect();
    parcels.dedup();
    store::cancel_unshipped(conn, order.id, &parcels).await?;
    let returned: Vec<Units<'_>> = units.iter().map(|units| (units.line, units.quantity)).collect();
    let notices = return_units_to_stock(conn, &returned, now).await?;
    void_vouchers(conn, order, units, now).await?;
    Ok(notices)
}

/// The units that go back on sale, of those that were refunded: as their line or the refund says, or else
/// those that were never shipped. What was shipped never goes back on sale by itself.
async fn restocked<'l>(
    conn: &mut PgConnection,
    order: &Order,
    refund: &Refund,
    moved: &[MovedUnits<'l>],
    now: OffsetDateTime,
) -> Result<Vec<Units<'l>>> {
    let parcels: Vec<Uuid> = moved.iter().map(|units| units.line.parcel.0).collect();
    let shipped = shipments::shipments_of_parcels(conn, &[order.id.0], &parcels).await?;
    let came_back = moved.iter().filter(|units| units.restock == Some(LineRestock::CameBack));
    let running = running(conn, came_back.map(|units| units.line.sale).collect(), now).await?;
    let goes_back = |units: &&MovedUnits<'l>| {
        let was_shipped = shipped.contains_key(&units.line.parcel);
        match (units.restock, refund.restock) {
            // It may have left the house since the refund was requested.
            (Some(LineRestock::NeverSold), _) | (None, None) => !was_shipped,
            (Some(LineRestock::CameBack), _) => running.contains(&units.line.sale),
            (Some(LineRestock::Lost), _) => false,
            (None, Some(restock)) => restock,
        }
    };
    let units = |units: &MovedUnits<'l>| (units.line, units.quantity);
    Ok(moved.iter().filter(goes_back).map(units).collect())
}

/// Those of some sales that are not over.
async fn running(
    conn: &mut PgConnection,
    wanted: Vec<SaleId>,
    now: OffsetDateTime,
) -> Result<BTreeSet<SaleId>> {
    if wanted.is_empty() {
        return Ok(BTreeSet::new());
    }
    let found = sales::published_by_ids(conn, &wanted).await?;
    let is_over = |sale: &sales::PublishedSale| {
        matches!(sale.check_open(now), Err(NotOpen::Ended | NotOpen::Cancelled))
    };
    Ok(found.iter().filter(|sale| !is_over(sale)).map(|sale| sale.id).collect())
}

/// Returns all units of some lines to stock; returns the notices for all nodes: whose stock came back,
/// and which shoppers were offered it.
pub async fn return_to_stock(
    conn: &mut PgConnection,
    lines: &[&OrderLine],
    now: OffsetDateTime,
) -> Result<Vec<Notice>> {
    let units: Vec<Units<'_>> = lines.iter().map(|line| (*line, line.quantity)).collect();
    return_units_to_stock(conn, &units, now).await
}

/// Returns units to stock; returns the notices for all nodes, as above.
pub async fn return_units_to_stock(
    conn: &mut PgConnection,
    units: &[Units<'_>],
    now: OffsetDateTime,
) -> Result<Vec<Notice>> {
    let mut accounts = vec![];
    // All of it before anything is published, as what comes free is offered to the waitlist.
    for (line, _) in units {
        stock::lock(conn, line.tenant, line.sale_item).await?;
    }
    for (line, quantity) in units {
        accounts.extend(stock::return_units(conn, line.tenant, line.hold, *quantity, now).await?);
    }
    let slugs = if units.is_empty() { vec![] } else { slugs(conn, units).await? };
    let moved = slugs.into_iter().map(|slug| Notice::StockChanged { slug });
    Ok(moved.chain([Notice::ShoppersChanged { accounts }]).collect())
}

async fn slugs(conn: &mut PgConnection, units: &[Units<'_>]) -> Result<Vec<String>> {
    let wanted: Vec<SaleId> = units.iter().map(|(line, _)| line.sale).collect();
    Ok(sales::published_by_ids(conn, &wanted).await?.into_iter().map(|sale| sale.slug).collect())
}

async fn void_vouchers(
    conn: &mut PgConnection,
    order: &Order,
    moved: &[MovedUnits<'_>],
    now: OffsetDateTime,
) -> Result<()> {
    for units in moved.iter().filter(|units| units.line.voucher_valid_days.is_some()) {
        let line = units.line;
        vouchers::void_units(conn, line.tenant, order.id, line.id, units.quantity, now).await?;
    }
    Ok(())
}
