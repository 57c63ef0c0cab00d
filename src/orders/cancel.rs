//! Cancelling orders: the shopper does, or the cart changed, or the time to pay is over.

use std::collections::HashSet;

use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::{
    attempts,
    clocks::OrderClocks,
    lines, look_up,
    lookup::order_view,
    pending_events::{self, PendingEvent},
    refund,
    state::{CancelReason, OrderState},
    store::{self, Order},
    view::OrderView,
    withdraw,
};
use crate::{
    kernel::{AccountId, Error, OrderId, Result},
    payments::{self, Payment, PaymentState},
    platform::Platform,
};

/// An order is cancelled this long after its time to pay, so that a payment in progress can end.
const OVERDUE_GRACE: Duration = Duration::minutes(5);
/// Overdue orders cancelled in one transaction.
const OVERDUE_BATCH: i64 = 100;

/// Cancels an unpaid order for its shopper and releases its units. Its gateway first cancels a payment
/// that waits for the shopper. A paid one, also one that is paid meanwhile, is a conflict: a press from
/// before the payment must not undo it.
pub async fn cancel(platform: &Platform, account: AccountId, number: &str) -> Result<OrderView> {
    cancel_order(platform, account, number, false).await
}

/// Cancels an order for its shopper, paid or not. A paid one is refunded, if nothing of it was
/// shipped (`withdraw`).
pub async fn cancel_even_paid(
    platform: &Platform,
    account: AccountId,
    number: &str,
) -> Result<OrderView> {
    cancel_order(platform, account, number, true).await
}

async fn cancel_order(
    platform: &Platform,
    account: AccountId,
    number: &str,
    even_paid: bool,
) -> Result<OrderView> {
    look_up::end_attempts(platform, account, number, None).await?;
    let now = platform.clock.now();
    let mut tx = platform.db.platform("cancel order").await?;
    let order = store::lock_of_account(&mut tx, account, number).await?;
    match order.state {
        OrderState::AwaitingPayment => {}
        OrderState::Cancelled => {
            return Err(Error::conflict("order_cancelled", "This order is cancelled already."));
        }
        _ if !even_paid => {
            return Err(Error::conflict(
                "already_paid",
                "This order is paid. As long as nothing of it is shipped, you can cancel it on its \
                 page.",
            ));
        }
        OrderState::Confirmed | OrderState::Fulfilled | OrderState::Closed => {
            let withdrawn = withdraw::withdraw(platform, tx, &order).await?;
            for notice in withdrawn.notices {
                platform.broker.publish(notice).await;
            }
            for refund in withdrawn.refunds {
                refund::settle_refund(platform, refund).await?;
            }
            return order_view(platform, account, number).await;
        }
    }
    let lines = lines::of_orders(&mut tx, &[order.id.0]).await?;
    let cancelled =
        cancel_locked(&mut tx, std::slice::from_ref(&order), CancelReason::Shopper, now).await?;
    pending_events::publish(&mut tx, cancelled).await?;
    tx.commit().await?;
    attempts::release(platform, account, &lines).await?;
    order_view(platform, account, number).await
}

/// Cancels locked orders and their open payments; returns the events to publish. A payment in
/// progress is a conflict.
pub(super) async fn cancel_locked(
    conn: &mut PgConnection,
    orders: &[Order],
    reason: CancelReason,
    now: OffsetDateTime,
) -> Result<Vec<PendingEvent>> {
    let ids: Vec<Uuid> = orders.iter().map(|order| order.id.0).collect();
    for payment in payments::open_of_orders(conn, &ids).await? {
        if is_in_progress(&payment, now) {
            return Err(attempts::under_way());
        }
        attempts::close(conn, payment.id, now).await?;
    }
    store::cancel(conn, orders, reason).await
}

/// Refuses to change a locked order while a payment of it is in progress.
pub(super) async fn refuse_in_progress(
    conn: &mut PgConnection,
    order: OrderId,
    now: OffsetDateTime,
) -> Result<()> {
    if is_any_in_progress(conn, order, now).await? { Err(attempts::under_way()) } else { Ok(()) }
}

/// Whether a gateway works on a payment of a locked order.
pub(super) async fn is_any_in_progress(
    conn: &mut PgConnection,
    order: OrderId,
    now: OffsetDateTime,
) -> Result<bool> {
    let open = payments::open_of_orders(conn, &[order.0]).await?;
    Ok(open.iter().any(|payment| is_in_progress(payment, now)))
}

/// Whether a gateway works on a payment, as far as anybody knows. One that waits for the shopper is
/// not in progress, nor is one that nothing waits for any more.
fn is_in_progress(payment: &Payment, now: OffsetDateTime) -> bool {
    payment.state != PaymentState::RequiresAction
        && payment.wait_until.is_some_and(|until| now < until)
}

/// Cancels a batch of orders whose time to pay is over; returns how many. An order whose clock stood
/// still has more time than was noted with it, which is corrected. Any number of nodes may run it
/// at once. The orders' holds expire on their own.
pub async fn cancel_overdue(platform: &Platform) -> Result<u64> {
    let now = platform.clock.now();
    let mut tx = platform.db.platform("overdue orders").await?;
    let overdue = store::lock_overdue(&mut tx, now - OVERDUE_GRACE, OVERDUE_BATCH).await?;
    let ids: Vec<Uuid> = overdue.iter().map(|order| order.id.0).collect();
    let open = payments::open_of_orders(&mut tx, &ids).await?;
    let in_progress: HashSet<OrderId> = open
        .iter()
        .filter(|payment| is_in_progress(payment, now))
        .map(|payment| payment.order_id)
        .collect();
    let lines = lines::of_orders(&mut tx, &ids).await?;
    let clocks = OrderClocks::read(&mut tx, &overdue, &lines).await?;
    let mut lapsed = vec![];
    for order in overdue.into_iter().filter(|order| !in_progress.contains(&order.id)) {
        let clock = clocks.of(&order);
        if clock.stopped {
            store::set_pay_by(&mut tx, order.id, now).await?;
        } else if clock.pay_by >= now - OVERDUE_GRACE {
            store::set_pay_by(&mut tx, order.id, clock.pay_by).await?;
        } else {
            lapsed.push(order);
        }
    }
    let cancelled = cancel_locked(&mut tx, &lapsed, CancelReason::Lapsed, now).await?;
    pending_events::publish(&mut tx, cancelled).await?;
    tx.commit().await?;
    Ok(lapsed.len() as u64)
}
