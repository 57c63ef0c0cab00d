//! Orders given up before they were paid: by the shopper, by the clock, or because the cart
//! changed.

use std::collections::HashSet;

use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::{OrderState, OrderView, PAYMENT_VOID, order_view, store};
use crate::{
    events,
    kernel::{AccountId, Error, OrderId, PaymentId, Result},
    payments::{self, PaymentRow, PaymentState},
    platform::Platform,
    stock,
};
use store::{OrderRow, Told};

/// A gateway that has not answered for this long never will: the attempt may be given up and
/// undone.
pub(super) const ATTEMPT_MAX: Duration = Duration::minutes(2);
/// An order past its time to pay is left alone this long, for a payment that is under way.
const OVERDUE_GRACE: Duration = Duration::minutes(5);
/// Orders cancelled by the clock in one go.
const OVERDUE_BATCH: i64 = 100;

/// Cancels an order that awaits its payment and gives its units back.
pub async fn cancel(platform: &Platform, account: AccountId, number: &str) -> Result<OrderView> {
    let now = platform.clock.now();
    let mut tx = platform.db.platform("cancel order").await?;
    let order = store::lock_of_account(&mut tx, account, number).await?;
    match order.state {
        OrderState::AwaitingPayment => {}
        OrderState::Cancelled => {
            return Err(Error::conflict("order_cancelled", "This order is cancelled already."));
        }
        _ => {
            return Err(Error::conflict(
                "already_paid",
                "This order is paid, so it cannot be cancelled here. Write to customer service for a refund.",
            ));
        }
    }
    let lines = store::lines(&mut tx, &[order.id.0]).await?;
    let told = give_up(&mut tx, std::slice::from_ref(&order), now).await?;
    store::tell(&mut tx, told).await?;
    tx.commit().await?;
    release(platform, account, &lines).await?;
    order_view(platform, account, number).await
}

/// Gives back what an order held; what is no longer held is left alone.
pub(super) async fn release(
    platform: &Platform,
    account: AccountId,
    lines: &[store::LineRow],
) -> Result<()> {
    for line in lines {
        match stock::release(platform, account, line.hold).await {
            Ok(()) | Err(Error::Conflict { .. } | Error::NotFound(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Cancels locked orders with the payments they waited for; returns what is to be told. A payment
/// under way at this moment forbids it.
pub(super) async fn give_up(
    conn: &mut PgConnection,
    orders: &[OrderRow],
    now: OffsetDateTime,
) -> Result<Vec<Told>> {
    let ids: Vec<Uuid> = orders.iter().map(|order| order.id.0).collect();
    close_attempts(conn, &ids, now).await?;
    store::cancel(conn, orders).await
}

/// Ends the open payments of locked orders, so that another may be tried: one that waits for the
/// shopper is cancelled, one whose gateway went silent has failed, and a job makes sure that
/// neither takes money. One under way is a conflict.
pub(super) async fn close_attempts(
    conn: &mut PgConnection,
    orders: &[Uuid],
    now: OffsetDateTime,
) -> Result<()> {
    for payment in payments::open_of_orders(conn, orders).await? {
        if is_under_way(&payment, now) {
            return Err(Error::conflict(
                "payment_under_way",
                "A payment for this order is under way at this moment. Wait for it; it is not charged twice.",
            ));
        }
        let (to, why) = match payment.state {
            PaymentState::RequiresAction => (PaymentState::Cancelled, None),
            _ => (PaymentState::Failed, Some("The attempt was interrupted. It takes no money.")),
        };
        payments::advance(conn, payment.id, to, None, why, now).await?;
        void_later(conn, payment.id).await?;
    }
    Ok(())
}

/// Leaves it to a job to make sure that a payment takes no money.
pub(super) async fn void_later(conn: &mut PgConnection, payment: PaymentId) -> Result<()> {
    events::enqueue(conn, PAYMENT_VOID, &serde_json::json!({"payment_id": payment})).await
}

fn is_under_way(payment: &PaymentRow, now: OffsetDateTime) -> bool {
    payment.state != PaymentState::RequiresAction && now - payment.updated_at < ATTEMPT_MAX
}

/// Cancels orders whose time to pay is over, a batch at a time; returns how many. Any number of
/// nodes at once. Their holds run out by themselves.
pub async fn cancel_overdue(platform: &Platform) -> Result<u64> {
    let now = platform.clock.now();
    let mut tx = platform.db.platform("overdue orders").await?;
    let overdue = store::lock_overdue(&mut tx, now - OVERDUE_GRACE, OVERDUE_BATCH).await?;
    let ids: Vec<Uuid> = overdue.iter().map(|order| order.id.0).collect();
    let open = payments::open_of_orders(&mut tx, &ids).await?;
    let busy: HashSet<OrderId> = open
        .iter()
        .filter(|payment| is_under_way(payment, now))
        .map(|payment| payment.order_id)
        .collect();
    let over: Vec<OrderRow> =
        overdue.into_iter().filter(|order| !busy.contains(&order.id)).collect();
    let told = give_up(&mut tx, &over, now).await?;
    store::tell(&mut tx, told).await?;
    tx.commit().await?;
    Ok(over.len() as u64)
}
