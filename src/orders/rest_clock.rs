//! What the clock does for the rest of an order: reminders, and the end when it is not paid.

use serde_json::json;
use sqlx::PgConnection;
use time::{Date, OffsetDateTime};

use super::{
    attempts, cancel,
    deposit_policy::{self, RestStep},
    given_back,
    history::{self, HistoryKind},
    lines::{self, OrderLine},
    parcels, pending_events,
    refund::{self, ApprovedRefund},
    refund_effects, rest,
    state::{CancelReason, OrderState, ParcelState},
    store::{self, Order},
    withdraw,
};
use crate::{
    access::Actor,
    events,
    kernel::{Error, OrderId, RefundId, Result},
    payments, payouts,
    platform::{Platform, broker::Notice},
};

/// Orders looked at in one run.
const BATCH: i64 = 200;
/// The reason of the refund of a deposit, for its shopper.
pub const LAPSE_REASON: &str = "The rest of the order was not paid, so it was cancelled.";

/// What follows once an order lapsed.
struct Lapsed {
    refunds: Vec<RefundId>,
    notices: Vec<Notice>,
}

/// Reminds of rests that are due, and ends the orders whose rest was not paid, a batch at a time; returns
/// how many. Any number of nodes may run it at once: each order is looked at again under its lock.
pub async fn run_rest_clock(platform: &Platform) -> Result<u64> {
    let today = rest::day_of(platform.clock.now());
    let mut tx = platform.db.platform("rests that are due").await?;
    let due = due(&mut tx, today).await?;
    drop(tx);
    let mut count = 0;
    for id in due {
        // One that fails does not keep the others waiting; it is due again in the next run.
        match run_one(platform, id, today).await {
            Ok(moved) => count += u64::from(moved),
            Err(error) => tracing::warn!(?error, order = %id, "a rest could not be seen to"),
        }
    }
    Ok(count)
}

/// Orders with something due for their rest, the longest waiting first.
async fn due(conn: &mut PgConnection, today: Date) -> Result<Vec<OrderId>> {
    let ids = sqlx::query_scalar!(
        r#"SELECT id AS "id: OrderId" FROM orders WHERE rest_next_on <= $1
           ORDER BY rest_next_on, id LIMIT $2"#,
        today,
        BATCH,
    );
    Ok(ids.fetch_all(conn).await?)
}

/// Sees to one order. False if nothing was due any more, or a payment of it is in progress.
async fn run_one(platform: &Platform, id: OrderId, today: Date) -> Result<bool> {
    let now = platform.clock.now();
    let mut tx = platform.db.platform("rest of an order").await?;
    let order = store::lock(&mut tx, id).await?;
    let Some(due_on) = order.rest_due_on.filter(|_| is_due(&order)) else {
        rest::set_next(&mut tx, id, None).await?;
        tx.commit().await?;
        return Ok(false);
    };
    if !is_still_due(&mut tx, id, today).await? {
        return Ok(false);
    }
    if !order.rest_is_due() {
        // Its deposit is on its way back. If that fails, the order still has a day on which it ends.
        let lapse_on = deposit_policy::next_after(due_on, due_on);
        let next_on = Some(lapse_on).filter(|day| *day > today);
        rest::set_next(&mut tx, id, next_on).await?;
        tx.commit().await?;
        return Ok(false);
    }
    match deposit_policy::step(today, due_on) {
        RestStep::Remind => {
            remind(&mut tx, &order, today, due_on).await?;
            tx.commit().await?;
        }
        RestStep::Lapse => {
            if cancel::is_any_in_progress(&mut tx, id, now).await? {
                return Ok(false);
            }
            let lapsed = lapse(&mut tx, &order, now).await?;
            tx.commit().await?;
            finish(platform, lapsed).await;
        }
    }
    Ok(true)
}

/// Whether the rest of an order may still be due: it is neither paid nor was the order cancelled.
fn is_due(order: &Order) -> bool {
    order.state == OrderState::Confirmed && order.rest_paid_at.is_none()
}

/// Whether no other node has seen to a locked order.
async fn is_still_due(conn: &mut PgConnection, id: OrderId, today: Date) -> Result<bool> {
    let is_due = sqlx::query_scalar!(
        r#"SELECT coalesce(rest_next_on <= $2, false) AS "due!" FROM orders WHERE id = $1"#,
        id.0,
        today,
    );
    Ok(is_due.fetch_one(conn).await?)
}

/// Has the shopper reminded, once: the event is in the log of the first provider.
async fn remind(conn: &mut PgConnection, order: &Order, today: Date, due_on: Date) -> Result<()> {
    rest::set_next(conn, order.id, Some(deposit_policy::next_after(today, due_on))).await?;
    let lines = lines::of_orders(conn, &[order.id.0]).await?;
    let Some(first) = lines.first() else { return Ok(()) };
    let payload = json!({
        "order_id": order.id,
        "order_number": order.number,
        "account_id": order.account,
        "rest_due_on": due_on.to_string(),
        "days_left": (due_on - today).whole_days(),
    });
    events::publish(conn, first.tenant, "order.rest_reminder_due", &payload).await?;
    let details = json!({"amount_minor": order.rest_minor, "currency": order.currency});
    history::record(conn, order.id, Actor::System, HistoryKind::RestReminded, details).await
}

/// Cancels a locked order whose rest is due. Its units go back to stock, and of its deposit what its
/// terms do not keep goes back to the shopper.
async fn lapse(conn: &mut PgConnection, order: &Order, now: OffsetDateTime) -> Result<Lapsed> {
    for payment in payments::open_of_orders(conn, &[order.id.0]).await? {
        attempts::close(conn, payment.id, now).await?;
    }
    let lines = lines::of_orders(conn, &[order.id.0]).await?;
    let rows = parcels::of_orders(conn, &[order.id.0]).await?;
    let was_open = |line: &&OrderLine| {
        rows.iter().any(|row| row.id == line.parcel && row.state != ParcelState::Cancelled)
    };
    let open: Vec<&OrderLine> = lines.iter().filter(was_open).collect();
    withdraw::cancel_confirmed(conn, order, CancelReason::RestUnpaid).await?;
    let notices = refund_effects::return_to_stock(conn, &open, now).await?;
    let lost = given_back::lost_minor(conn, order).await?;
    // What the shopper's bank takes back is not paid back as well.
    let amount = match payouts::require_undisputed(conn, order.id).await {
        Ok(()) => (order.refunded_on_lapse_minor() - lost).max(0),
        Err(Error::Conflict { .. }) => 0,
        Err(error) => return Err(error),
    };
    let mut refunds = vec![];
    if amount > 0 {
        let approved = ApprovedRefund {
            id: RefundId::new(),
            amount,
            reason: LAPSE_REASON,
            note: "",
            // They are back already.
            restock: Some(false),
            by: order.account,
            actor: Actor::System,
            parcel: None,
        };
        refunds = refund::request(conn, order, approved, now).await?;
    }
    // A refund of everything says by itself that the units came back.
    let says_units = amount == 0 || order.refunded_minor + amount + lost < order.paid_minor();
    let told = rest::events(order, "order.lapsed", &lines, |line| {
        let came_back = says_units && open.iter().any(|row| row.id == line.id);
        json!({
            "sale_id": line.sale,
            "visit_id": line.visit,
            "quantity": if came_back { line.quantity } else { 0 },
            "amount_minor": 0,
        })
    });
    pending_events::publish(conn, told).await?;
    Ok(Lapsed { refunds, notices })
}

/// Tells all nodes, and settles the refunds. Their jobs make sure, if this fails.
async fn finish(platform: &Platform, lapsed: Lapsed) {
    for notice in lapsed.notices {
        platform.broker.publish(notice).await;
    }
    for refund in lapsed.refunds {
        if let Err(error) = refund::settle_refund(platform, refund).await {
            tracing::warn!(?error, %refund, "a refund was not settled at once");
        }
    }
}
