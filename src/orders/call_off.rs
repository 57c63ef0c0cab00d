//! What a cancelled sale calls off without a refund, because nothing is to be given back for it: it is to be
//! paid in cash at the door, it cost nothing, or the shopper's bank has paid it back.

use serde_json::json;
use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{
    history::{self, HistoryKind},
    parcels::{self, Parcel},
    pending_events::{self, PendingEvent},
    postings, refund_effects,
    refund_units::{LineStanding, MovedUnits},
    state::{CancelReason, ParcelState},
    store::Order,
    withdraw,
};
use crate::{
    access::Actor,
    kernel::{ParcelId, Result},
    ledger::CashNotDue,
    payments,
    platform::broker::Notice,
};

/// What is called off of a locked order.
#[derive(Debug)]
pub(super) struct CalledOff<'l> {
    /// All units that are left of one parcel; none of them was shipped.
    pub units: &'l [LineStanding<'l>],
    pub reason: CancelReason,
    /// It had been paid, and the shopper's bank has paid it back.
    pub was_charged: bool,
}

/// Cancels a parcel, and with the last one its order. Its units go back to stock, and its cash is not to be
/// collected any more. Those who sell it and the shopper are told by `order.called_off`. A parcel that is
/// cancelled already stays as it is. Returns the notices for all nodes.
pub(super) async fn call_off(
    conn: &mut PgConnection,
    order: &Order,
    called_off: &CalledOff<'_>,
    now: OffsetDateTime,
) -> Result<Vec<Notice>> {
    let Some(first) = called_off.units.first() else { return Ok(vec![]) };
    let parcel = first.line.parcel;
    let rows = parcels::of_orders(conn, &[order.id.0]).await?;
    if !rows.iter().any(|row| row.id == parcel && row.state != ParcelState::Cancelled) {
        return Ok(vec![]);
    }
    let units: Vec<MovedUnits<'_>> = called_off.units.iter().map(moved).collect();
    let notices = refund_effects::call_off(conn, order, &units, now).await?;
    let ends_order = ends_order(conn, order, parcel, &rows).await?;
    if ends_order {
        withdraw::cancel_confirmed(conn, order, called_off.reason).await?;
        payments::cancel_due(conn, order.id, now).await?;
    } else {
        let details = json!({"reason": <&str>::from(called_off.reason), "parcel_id": parcel});
        history::record(conn, order.id, Actor::System, HistoryKind::Cancelled, details).await?;
        settle_cash(conn, order, parcel, &rows, now).await?;
    }
    pending_events::publish(conn, vec![event(order, called_off, first)]).await?;
    let why = if ends_order { CashNotDue::Cancelled } else { CashNotDue::CalledOff(parcel) };
    postings::cash_withdrawn(conn, order, why, now).await?;
    Ok(notices)
}

fn moved<'l>(standing: &LineStanding<'l>) -> MovedUnits<'l> {
    MovedUnits { line: standing.line, quantity: standing.units_left, restock: None }
}

/// Whether nothing else of the order was sent, or will be.
async fn ends_order(
    conn: &mut PgConnection,
    order: &Order,
    parcel: ParcelId,
    rows: &[Parcel],
) -> Result<bool> {
    let cash = payments::cash_orders(conn, &[order.id.0]).await?;
    let is_over = |row: &Parcel| {
        row.state == ParcelState::Cancelled && cash.outcome(order.id, row.id).is_none()
    };
    Ok(rows.iter().all(|row| row.id == parcel || is_over(row)))
}

/// Settles the payment in cash when the parcel was the last that waited for the door.
async fn settle_cash(
    conn: &mut PgConnection,
    order: &Order,
    parcel: ParcelId,
    rows: &[Parcel],
    now: OffsetDateTime,
) -> Result<()> {
    let Some(payment) = payments::cash_payment_of(conn, order.id).await? else { return Ok(()) };
    let cash = payments::cash_orders(conn, &[order.id.0]).await?;
    let waits = |row: &Parcel| {
        row.id != parcel
            && row.state != ParcelState::Cancelled
            && cash.outcome(order.id, row.id).is_none()
    };
    if rows.iter().any(waits) {
        return Ok(());
    }
    payments::settle_cash(conn, payment, now).await
}

/// Tells the parcel's provider, and by it the shopper.
fn event(order: &Order, called_off: &CalledOff<'_>, first: &LineStanding<'_>) -> PendingEvent {
    let line = |standing: &LineStanding<'_>| {
        json!({
            "sale_id": standing.line.sale,
            "visit_id": standing.line.visit,
            "quantity": standing.units_left,
            "amount_minor": standing.left_minor,
        })
    };
    PendingEvent {
        tenant: first.line.tenant,
        kind: "order.called_off",
        payload: json!({
            "order_id": order.id,
            "order_number": order.number,
            "account_id": order.account,
            "parcel_id": first.line.parcel,
            "title": first.line.title,
            "reason": <&str>::from(called_off.reason),
            "was_charged": called_off.was_charged,
            "currency": order.currency,
            "lines": called_off.units.iter().map(line).collect::<Vec<_>>(),
        }),
    }
}
