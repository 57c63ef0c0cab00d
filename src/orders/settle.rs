//! A payment that settles an order: every hold is sold and the order confirmed, all or nothing. Money
//! that cannot pay the order goes back in full.

use serde_json::json;
use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{
    attempts::{self, AppliedOutcome},
    history::HistoryKind,
    lines::{self, OrderLine},
    pending_events, refund, rest,
    state::{CancelReason, OrderState},
    store::{self, Order},
};
use crate::{
    access::{Actor, audit},
    events,
    kernel::{Keyring, OrderId, PaymentId, Result, TenantId},
    payments::{self, Payment, PaymentMove, PaymentPart, PaymentState, gateway::Taken},
    platform::{Platform, Tx, broker::Notice},
    stock,
    vouchers::{self, Buyer, VoucherLine},
};

/// What an order is settled with.
#[derive(Debug, Clone)]
pub(super) enum Settlement {
    Taken(Taken),
    /// The provider collects the money on delivery.
    Due {
        reference: String,
    },
}

impl Settlement {
    fn change(&self) -> PaymentMove<'_> {
        match self {
            Self::Taken(taken) => PaymentMove {
                reference: &taken.reference,
                method: taken.method.as_ref(),
                ..PaymentMove::to(PaymentState::Succeeded)
            },
            Self::Due { reference } => {
                PaymentMove { reference, ..PaymentMove::to(PaymentState::Due) }
            }
        }
    }
}

/// Settles an order with a payment. Money for an order that is settled or cancelled already, or of
/// another amount than was asked for, goes back; so does money that comes when the units are gone.
pub(super) async fn settle(
    platform: &Platform,
    id: PaymentId,
    with: Settlement,
) -> Result<AppliedOutcome> {
    let now = platform.clock.now();
    let mut tx = platform.db.platform("settle payment").await?;
    let (order, payment) = attempts::lock(&mut tx, id).await?;
    if payment.state.is_settled() {
        return Ok(AppliedOutcome::Settled);
    }
    if let Settlement::Taken(taken) = &with {
        if payments::was_returned(&mut tx, id).await? {
            return Ok(AppliedOutcome::Over);
        }
        if taken.amount != payment.amount() {
            return wrong_amount(tx, &order, &payment, taken, now).await;
        }
        if payment.part == PaymentPart::Rest && order.rest_is_due() {
            return rest::settle(platform, tx, &order, &payment, &with.change(), now).await;
        }
    }
    if order.state != OrderState::AwaitingPayment {
        return too_late(tx, &order, &payment, &with, now).await;
    }
    let lines = lines::of_orders(&mut tx, &[order.id.0]).await?;
    for line in &lines {
        if !stock::sell(&mut tx, line.tenant, line.hold, now).await?
            && !stock::revive(&mut tx, line.tenant, line.hold, now).await?
        {
            drop(tx); // rolls back what it sold
            return units_gone(platform, id, with, &lines).await;
        }
    }
    close_others(&mut tx, order.id, id, now).await?;
    let change = with.change();
    payments::move_payment(&mut tx, id, &change, true, now).await?;
    let kind = match &with {
        Settlement::Taken(_) => HistoryKind::PaymentSucceeded,
        Settlement::Due { .. } => HistoryKind::PaymentDue,
    };
    attempts::record(&mut tx, &order, id, kind, None).await?;
    store::confirm(&mut tx, order.id, now).await?;
    if order.rest_minor > 0 {
        rest::begin(&mut tx, &order, now).await?;
    } else {
        issue_vouchers(&mut tx, &platform.config.keyring, &order, &lines, now).await?;
    }
    if payment.state == PaymentState::Created {
        attempts::publish_attempt(&mut tx, order.id, change.to).await?;
    }
    publish_confirmed(&mut tx, &order, &lines).await?;
    tx.commit().await?;
    platform.broker.publish(Notice::ShoppersChanged { accounts: vec![order.account] }).await;
    Ok(AppliedOutcome::Settled)
}

/// Closes the other open payments of a locked order: one is enough.
pub(super) async fn close_others(
    conn: &mut PgConnection,
    order: OrderId,
    except: PaymentId,
    now: OffsetDateTime,
) -> Result<()> {
    for other in payments::open_of_orders(conn, &[order.0]).await? {
        if other.id != except {
            attempts::close(conn, other.id, now).await?;
        }
    }
    Ok(())
}

/// The order was settled or cancelled before.
async fn too_late(
    mut tx: Tx,
    order: &Order,
    payment: &Payment,
    with: &Settlement,
    now: OffsetDateTime,
) -> Result<AppliedOutcome> {
    match with {
        Settlement::Taken(taken) => {
            let (reason, note) = if order.state == OrderState::Cancelled {
                ("The order was cancelled when the payment came through.", "cancelled")
            } else {
                ("The order was paid already.", "settled")
            };
            let note = format!("Took {} when the order was {note}; returned.", taken.amount);
            return_money(&mut tx, order, payment, taken, reason, &note, now).await?;
        }
        Settlement::Due { reference } => {
            payments::record_reference(&mut tx, payment.id, reference, now).await?;
            if payment.state.is_open() {
                attempts::close(&mut tx, payment.id, now).await?;
            } else {
                attempts::void_later(&mut tx, payment.id).await?;
            }
        }
    }
    tx.commit().await?;
    Ok(AppliedOutcome::Over)
}

/// The gateway took another amount, or another currency, than it was asked for.
async fn wrong_amount(
    mut tx: Tx,
    order: &Order,
    payment: &Payment,
    taken: &Taken,
    now: OffsetDateTime,
) -> Result<AppliedOutcome> {
    let asked = payment.amount();
    tracing::error!(
        payment = %payment.id, order = order.number, gateway = payment.gateway, %asked,
        taken = %taken.amount, "a gateway took another amount than it was asked for"
    );
    let reason = format!("{} was charged instead of {asked}, so we pay it back.", taken.amount);
    let note = format!(
        "{} took {} though {asked} was asked for. Nothing was confirmed; it is returned.",
        payment.gateway, taken.amount
    );
    return_money(&mut tx, order, payment, taken, &reason, &note, now).await?;
    let details = json!({
        "payment_id": payment.id,
        "gateway": payment.gateway,
        "asked": asked,
        "taken": taken.amount,
    });
    audit::record(
        &mut tx,
        Actor::System,
        TenantId::PLATFORM,
        "payment_mismatch",
        &format!("order {}", order.number),
        &details,
    )
    .await?;
    if order.state == OrderState::AwaitingPayment {
        attempts::end_extension(&mut tx, order.id).await?;
    }
    tx.commit().await?;
    Ok(AppliedOutcome::Over)
}

/// Has the refund job return what a payment took for nothing. `reason` is for the shopper.
async fn return_money(
    conn: &mut PgConnection,
    order: &Order,
    payment: &Payment,
    taken: &Taken,
    reason: &str,
    note: &str,
    now: OffsetDateTime,
) -> Result<()> {
    let to = if payment.state.is_open() { PaymentState::Failed } else { payment.state };
    let change = PaymentMove {
        reference: &taken.reference,
        method: taken.method.as_ref(),
        failure: Some(reason),
        note,
        ..PaymentMove::to(to)
    };
    payments::move_payment(conn, payment.id, &change, true, now).await?;
    if payment.state == PaymentState::Created {
        attempts::publish_attempt(conn, order.id, to).await?;
    }
    refund::request_return(conn, order, payment.id, &taken.amount, reason, note, now).await
}

/// The payment came after the holds had expired and the units were sold: cancels the order and
/// refunds the money.
async fn units_gone(
    platform: &Platform,
    id: PaymentId,
    with: Settlement,
    lines: &[OrderLine],
) -> Result<AppliedOutcome> {
    let now = platform.clock.now();
    let mut tx = platform.db.platform("units gone").await?;
    let (order, payment) = attempts::lock(&mut tx, id).await?;
    if payment.state.is_settled() {
        return Ok(AppliedOutcome::Settled);
    }
    if order.state != OrderState::AwaitingPayment {
        return too_late(tx, &order, &payment, &with, now).await;
    }
    close_others(&mut tx, order.id, id, now).await?;
    let cancelled =
        store::cancel(&mut tx, std::slice::from_ref(&order), CancelReason::UnitsGone).await?;
    pending_events::publish(&mut tx, cancelled).await?;
    let refunds = match &with {
        Settlement::Taken(_) => {
            payments::move_payment(&mut tx, id, &with.change(), true, now).await?;
            attempts::record(&mut tx, &order, id, HistoryKind::PaymentSucceeded, None).await?;
            refund::request_all(&mut tx, &order, now).await?
        }
        Settlement::Due { reference } => {
            payments::record_reference(&mut tx, id, reference, now).await?;
            attempts::close(&mut tx, id, now).await?;
            vec![]
        }
    };
    tx.commit().await?;
    attempts::release(platform, order.account, lines).await?;
    for refund in refunds {
        // The job of the refund makes sure, if this fails.
        if let Err(error) = refund::settle_refund(platform, refund).await {
            tracing::warn!(?error, %refund, "a refund was not settled at once");
        }
    }
    Ok(AppliedOutcome::UnitsGone)
}

/// Issues the vouchers that were bought, in the transaction that sells them, or in which the rest of
/// their order is paid.
pub(super) async fn issue_vouchers(
    conn: &mut PgConnection,
    keyring: &Keyring,
    order: &Order,
    lines: &[OrderLine],
    now: OffsetDateTime,
) -> Result<()> {
    let buyer = Buyer { order: order.id, order_number: &order.number, account: order.account };
    for lines in lines.chunk_by(|a, b| a.tenant == b.tenant) {
        let bought = |line: &OrderLine| {
            let valid_days = line.voucher_valid_days?;
            Some(VoucherLine {
                parcel: line.parcel,
                line: line.id,
                sale: line.sale,
                quantity: line.quantity,
                valid_days,
            })
        };
        let bought: Vec<_> = lines.iter().filter_map(bought).collect();
        if !bought.is_empty() {
            vouchers::issue(conn, keyring, lines[0].tenant, &buyer, &bought, now).await?;
        }
    }
    Ok(())
}

async fn publish_confirmed(
    conn: &mut PgConnection,
    order: &Order,
    lines: &[OrderLine],
) -> Result<()> {
    for lines in lines.chunk_by(|a, b| a.tenant == b.tenant) {
        let sold = lines.iter().map(|line| {
            json!({
                "sale_id": line.sale,
                "sale_item_id": line.sale_item,
                "visit_id": line.visit,
                "quantity": line.quantity,
                // What it was paid with; `order.rest_paid` brings the rest.
                "amount_minor": line.total_minor() - line.rest_minor(),
                "rest_minor": line.rest_minor(),
            })
        });
        let payload = json!({
            "order_id": order.id,
            "order_number": order.number,
            "account_id": order.account,
            "parcel_id": lines[0].parcel,
            "currency": order.currency,
            "rest_due_on": order.rest_due_on.map(|day| day.to_string()),
            "lines": sold.collect::<Vec<_>>(),
        });
        events::publish(conn, lines[0].tenant, "order.confirmed", &payload).await?;
    }
    Ok(())
}
