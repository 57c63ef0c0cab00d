//! Attempts to pay, and the holds that wait for them: told of, closed, and voided at their gateway.

use std::collections::HashMap;

use serde_json::json;
use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{
    history::{self, HistoryKind, HistoryStep},
    lines::{self, OrderLine},
    pending_events::{self, PendingEvent},
    store::{self, Order},
};
use crate::{
    access::Actor,
    events,
    kernel::{AccountId, Error, HoldId, OrderId, PaymentId, Result},
    payments::{self, Payment, PaymentMove, PaymentState},
    platform::Platform,
    stock,
};

/// The job that voids a payment that was closed: `{payment_id}`.
pub const PAYMENT_VOID: &str = "payment_void";

/// What an outcome came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppliedOutcome {
    /// The payment is still under way.
    Open,
    /// The order stands on this payment.
    Settled,
    /// Nothing was taken, and nothing will be.
    Failed,
    /// The payment had ended before. What it took is on its way back.
    Over,
    /// The units were gone: the order is cancelled, and what was taken is on its way back.
    UnitsGone,
}

/// A payment and its order, which is locked until the transaction ends.
pub(super) async fn lock(conn: &mut PgConnection, payment: PaymentId) -> Result<(Order, Payment)> {
    let found = payments::find(conn, payment).await?;
    let order = store::lock(conn, found.order_id).await?;
    Ok((order, payments::find(conn, payment).await?))
}

/// Closes an open payment; a job makes sure that it takes no money.
pub(super) async fn close(
    conn: &mut PgConnection,
    payment: PaymentId,
    now: OffsetDateTime,
) -> Result<()> {
    let change = PaymentMove::to(PaymentState::Cancelled);
    if payments::move_payment(conn, payment, &change, false, now).await? {
        record_ended(conn, payment).await?;
        void_later(conn, payment).await?;
    }
    Ok(())
}

/// Closes the other open payments of locked orders: one is enough.
pub(super) async fn close_others(
    conn: &mut PgConnection,
    orders: &[OrderId],
    except: &[PaymentId],
    now: OffsetDateTime,
) -> Result<()> {
    let ids: Vec<uuid::Uuid> = orders.iter().map(|order| order.0).collect();
    for other in payments::open_of_orders(conn, &ids).await? {
        if !except.contains(&other.id) {
            close(conn, other.id, now).await?;
        }
    }
    Ok(())
}

/// Closes a payment that its gateway has voided. Its holds wait on, as another payment is about to be begun.
pub(super) async fn close_voided(
    platform: &Platform,
    payment: PaymentId,
) -> Result<AppliedOutcome> {
    let mut tx = platform.db.platform("close payment").await?;
    let (_, row) = lock(&mut tx, payment).await?;
    if row.state.is_settled() {
        return Ok(AppliedOutcome::Settled);
    }
    let change = PaymentMove::to(PaymentState::Cancelled);
    if payments::move_payment(&mut tx, payment, &change, false, platform.clock.now()).await? {
        record_ended(&mut tx, payment).await?;
    }
    tx.commit().await?;
    Ok(AppliedOutcome::Failed)
}

/// Some payments and their orders, which are locked until the transaction ends, in the order of their
/// ids. A payment that does not exist is left out.
pub(super) async fn lock_all(
    conn: &mut PgConnection,
    ids: &[PaymentId],
) -> Result<HashMap<PaymentId, (Order, Payment)>> {
    let found = payments::find_all(conn, ids).await?;
    let orders: Vec<OrderId> = found.iter().map(|payment| payment.order_id).collect();
    let orders: HashMap<OrderId, Order> =
        store::lock_all(conn, &orders).await?.into_iter().map(|order| (order.id, order)).collect();
    let found = payments::find_all(conn, ids).await?;
    let with_order = |payment: Payment| {
        let order = orders.get(&payment.order_id)?.clone();
        Some((payment.id, (order, payment)))
    };
    Ok(found.into_iter().filter_map(with_order).collect())
}

/// Records a step of a payment in its order's history. `word`: a further field of the details.
pub(super) async fn record(
    conn: &mut PgConnection,
    order: &Order,
    payment: PaymentId,
    kind: HistoryKind,
    word: Option<(&str, &str)>,
) -> Result<()> {
    history::record_all(conn, &[step(order, payment, kind, word)]).await
}

/// A step of a payment in its order's history.
pub(super) fn step(
    order: &Order,
    payment: PaymentId,
    kind: HistoryKind,
    word: Option<(&str, &str)>,
) -> HistoryStep {
    let mut details = json!({
        "payment_id": payment,
        "amount_minor": order.payable_minor(),
        "currency": order.currency,
        "part": order.payable_part(),
    });
    if let Some((field, text)) = word {
        details[field] = text.into();
    }
    HistoryStep { order: order.id, actor: Actor::Account(order.account), kind, details }
}

/// Records that a payment ended without a charge.
async fn record_ended(conn: &mut PgConnection, id: PaymentId) -> Result<()> {
    let payment = payments::find(conn, id).await?;
    let details = json!({"payment_id": id, "gateway": payment.gateway});
    history::record(conn, payment.order_id, Actor::System, HistoryKind::PaymentEnded, details).await
}

/// Enqueues the job that makes sure that a payment takes no money.
pub(super) async fn void_later(conn: &mut PgConnection, payment: PaymentId) -> Result<()> {
    events::enqueue(conn, PAYMENT_VOID, &json!({"payment_id": payment})).await
}

/// A payment whose outcome is not known yet.
pub(super) fn under_way() -> Error {
    Error::conflict(
        "payment_under_way",
        "A payment for this order is in progress. Wait for it to finish; you are not charged twice.",
    )
}

/// Releases the holds of an order. Holds that ended already are skipped.
pub(super) async fn release(
    platform: &Platform,
    account: AccountId,
    lines: &[OrderLine],
) -> Result<()> {
    for line in lines {
        match stock::release(platform, account, line.hold).await {
            Ok(()) | Err(Error::Conflict { .. } | Error::NotFound(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// The payment has ended: the holds' own expiry applies again.
pub(super) async fn end_extension(conn: &mut PgConnection, order: OrderId) -> Result<()> {
    let holds: Vec<HoldId> =
        lines::of_orders(conn, &[order.0]).await?.into_iter().map(|line| line.hold).collect();
    stock::resume_expiry(conn, &holds).await
}

/// Tells each provider of the first outcome of an attempt.
pub(super) async fn publish_attempt(
    conn: &mut PgConnection,
    order: OrderId,
    state: PaymentState,
) -> Result<()> {
    let lines = lines::of_orders(conn, &[order.0]).await?;
    pending_events::publish(conn, attempted(order, state, &lines)).await
}

/// Has the shopper told that a payment failed: the event is in the log of the first provider.
pub(super) async fn publish_failure(
    conn: &mut PgConnection,
    order: &Order,
    payment: PaymentId,
) -> Result<()> {
    let lines = lines::of_orders(conn, &[order.id.0]).await?;
    let Some(first) = lines.first() else { return Ok(()) };
    let payload = json!({
        "order_id": order.id,
        "order_number": order.number,
        "account_id": order.account,
        "payment_id": payment,
    });
    events::publish(conn, first.tenant, "payment.failed", &payload).await
}

/// The events of the first outcome of an attempt, one for each provider of an order's lines.
pub(super) fn attempted(
    order: OrderId,
    state: PaymentState,
    lines: &[OrderLine],
) -> Vec<PendingEvent> {
    let of_tenant = |lines: &[OrderLine]| {
        let attempted: Vec<_> = lines
            .iter()
            .map(|line| json!({"sale_id": line.sale, "visit_id": line.visit}))
            .collect();
        PendingEvent {
            tenant: lines[0].tenant,
            kind: "payment.attempted",
            payload: json!({"order_id": order, "state": state, "lines": attempted}),
        }
    };
    lines.chunk_by(|a, b| a.tenant == b.tenant).map(of_tenant).collect()
}
