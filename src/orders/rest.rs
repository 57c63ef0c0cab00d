//! The rest of an order after its deposit: waited for, and paid.

use std::collections::HashMap;

use serde_json::{Value, json};
use sqlx::PgConnection;
use time::{Date, Duration, OffsetDateTime, UtcOffset};
use uuid::Uuid;

use super::{
    attempts::{self, AppliedOutcome},
    deposit_policy,
    history::HistoryKind,
    issued_vouchers,
    lines::{self, OrderLine},
    pending_events::{self, PendingEvent},
    postings,
    state::OrderState,
    store::{self, Order},
};
use crate::{
    kernel::{Error, Money, OrderId, Result},
    payments::{self, Payment, PaymentMove},
    platform::{FaultPoint, Platform, Tx, broker::Notice},
};

/// The rest of an order, for the providers of its parcels.
#[derive(Debug, Clone, Copy)]
pub struct RestOfOrder {
    pub due_on: Date,
    /// The deposit is paid, and this is not.
    pub is_due: bool,
    pub is_unpaid: bool,
    pub paid_at: Option<OffsetDateTime>,
}

/// The rests of those of some orders that have one. Platform scope.
pub async fn rests_of_orders(
    conn: &mut PgConnection,
    orders: &[Uuid],
) -> Result<HashMap<OrderId, RestOfOrder>> {
    let rest = |order: Order| {
        let rest = RestOfOrder {
            due_on: order.rest_due_on?,
            is_due: order.rest_is_due(),
            is_unpaid: order.rest_is_unpaid(),
            paid_at: order.rest_paid_at,
        };
        Some((order.id, rest))
    };
    Ok(store::by_ids(conn, orders).await?.into_iter().filter_map(rest).collect())
}

/// Refuses to ship a parcel of a locked order whose rest is not paid.
pub async fn refuse_unpaid_rest(conn: &mut PgConnection, order: OrderId) -> Result<()> {
    let order = store::by_id(conn, order).await?;
    let Some(due_on) = order.rest_due_on.filter(|_| order.rest_is_unpaid()) else {
        return Ok(());
    };
    let rest = Money::new(order.rest_minor, order.currency);
    let detail = format!(
        "Only the deposit of this order is paid. The rest of {rest} is due by {due_on}. Ship the parcel \
         once the rest is paid; you are told by email and by the event order.rest_paid."
    );
    Err(Error::conflict("rest_due", detail))
}

/// Begins to wait for the rests of orders that were just confirmed: their parcels are kept, and nothing
/// of them is booked yet.
pub(super) async fn begin(
    conn: &mut PgConnection,
    orders: &[&Order],
    now: OffsetDateTime,
) -> Result<()> {
    let today = day_of(now);
    let (ids, next_on): (Vec<Uuid>, Vec<Date>) = orders
        .iter()
        .filter_map(|order| {
            let next_on = deposit_policy::next_after(today, order.rest_due_on?);
            // A payment that took until after that day still leaves a day for the rest.
            Some((order.id.0, next_on.max(today.saturating_add(Duration::DAY))))
        })
        .unzip();
    if ids.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "UPDATE parcels SET state = 'to_ship', rest_unpaid = true
         WHERE state IN ('to_ship', 'delivered') AND (tenant_id, order_id) IN (
             SELECT tenant_id, order_id FROM order_lines WHERE order_id = ANY($1))",
        &ids,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "UPDATE orders o SET rest_next_on = next.day,
             state = CASE o.state WHEN 'fulfilled' THEN 'confirmed' ELSE o.state END
         FROM UNNEST($1::uuid[], $2::date[]) AS next (id, day) WHERE o.id = next.id",
        &ids,
        &next_on,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Waits for the rest again after the refund of a deposit failed. The order is as it was before that.
pub(super) async fn wait_again(
    conn: &mut PgConnection,
    order: &Order,
    now: OffsetDateTime,
) -> Result<()> {
    let waits = order.state == OrderState::Confirmed && order.rest_is_unpaid();
    let Some(due_on) = order.rest_due_on.filter(|_| waits) else { return Ok(()) };
    let next_on = deposit_policy::next_after(day_of(now), due_on);
    set_next(conn, order.id, Some(next_on)).await
}

/// The day of UTC.
pub(super) fn day_of(at: OffsetDateTime) -> Date {
    at.to_offset(UtcOffset::UTC).date()
}

/// Sets the day on which something is next due for the rest; None: never.
pub(super) async fn set_next(
    conn: &mut PgConnection,
    id: OrderId,
    next_on: Option<Date>,
) -> Result<()> {
    sqlx::query!("UPDATE orders SET rest_next_on = $2 WHERE id = $1", id.0, next_on)
        .execute(conn)
        .await?;
    Ok(())
}

/// Settles the rest of a locked order, whose rest is due, with a payment that took its amount. What was
/// reserved is booked now, and vouchers are issued.
pub(super) async fn settle(
    platform: &Platform,
    mut tx: Tx,
    order: &Order,
    payment: &Payment,
    change: &PaymentMove<'_>,
    now: OffsetDateTime,
) -> Result<AppliedOutcome> {
    attempts::close_others(&mut tx, &[order.id], &[payment.id], now).await?;
    payments::move_payment(&mut tx, payment.id, change, true, now).await?;
    attempts::record(&mut tx, order, payment.id, HistoryKind::PaymentSucceeded, None).await?;
    note_paid(&mut tx, order.id, now).await?;
    let lines = lines::of_orders(&mut tx, &[order.id.0]).await?;
    let keyring = &platform.config.keyring;
    let mut told = issued_vouchers::issue(&mut tx, keyring, &[(order, &lines)], now).await?;
    told.extend(events(order, "order.rest_paid", &lines, |line| {
        json!({
            "sale_id": line.sale,
            "visit_id": line.visit,
            // Its units were counted when the deposit was paid.
            "quantity": 0,
            "amount_minor": line.rest_minor(),
        })
    }));
    pending_events::publish(&mut tx, told).await?;
    postings::rest_paid(&mut tx, order, payment, &lines, now).await?;
    platform.fault_point(FaultPoint::OrderSettled);
    tx.commit().await?;
    platform.fault_point(FaultPoint::OrderConfirmed);
    platform.broker.publish(Notice::ShoppersChanged { accounts: vec![order.account] }).await;
    Ok(AppliedOutcome::Settled)
}

/// One event for each provider of an order, with what `of_line` says of each of its lines.
pub(super) fn events(
    order: &Order,
    kind: &'static str,
    lines: &[OrderLine],
    of_line: impl Fn(&OrderLine) -> Value,
) -> Vec<PendingEvent> {
    let event = |lines: &[OrderLine]| PendingEvent {
        tenant: lines[0].tenant,
        kind,
        payload: json!({
            "order_id": order.id,
            "order_number": order.number,
            "account_id": order.account,
            "parcel_id": lines[0].parcel,
            "currency": order.currency,
            "rest_due_on": order.rest_due_on.map(|day| day.to_string()),
            "lines": lines.iter().map(&of_line).collect::<Vec<_>>(),
        }),
    };
    lines.chunk_by(|a, b| a.tenant == b.tenant).map(event).collect()
}

/// The rest is paid: parcels with nothing to ship are delivered with that, and an order of such parcels
/// only is fulfilled.
async fn note_paid(conn: &mut PgConnection, id: OrderId, now: OffsetDateTime) -> Result<()> {
    sqlx::query!(
        "UPDATE parcels p SET rest_unpaid = false, state = CASE
             WHEN state <> 'to_ship' OR EXISTS (
                 SELECT FROM order_lines l
                 WHERE l.tenant_id = p.tenant_id AND l.parcel_id = p.id AND l.order_id = $1
                   AND l.voucher_valid_days IS NULL AND l.slot_starts_on IS NULL
             ) THEN state ELSE 'delivered' END
         WHERE (tenant_id, order_id) IN (
             SELECT tenant_id, order_id FROM order_lines WHERE order_id = $1)",
        id.0,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "UPDATE orders SET rest_paid_at = $2, rest_next_on = NULL,
             state = CASE WHEN EXISTS (
                 SELECT FROM order_lines
                 WHERE order_id = $1 AND voucher_valid_days IS NULL AND slot_starts_on IS NULL
             ) THEN state ELSE 'fulfilled' END
         WHERE id = $1",
        id.0,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}
