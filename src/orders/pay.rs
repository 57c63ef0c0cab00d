//! Paying an order. No transaction is open while a gateway works; its outcome is settled in one
//! transaction.

use std::collections::HashSet;

use serde_json::json;
use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{
    cancel,
    history::{self, HistoryKind},
    lines::{self, OrderLine},
    pending_events, place, refund,
    state::{CancelReason, OrderState},
    store::{self, Order},
    view::PaymentView,
};
use crate::{
    access::Actor,
    events,
    kernel::{
        AccountId, Error, FieldErrors, HoldId, Keyring, Money, OrderId, PaymentId, Result,
        limits::BANK_CODE_CHARS_MAX, validate,
    },
    payments::{self, Card, Charge, Gateway, NewPayment, Outcome, Payment, PaymentState},
    platform::{Platform, Tx, broker::Notice},
    stock,
    vouchers::{self, Buyer, VoucherLine},
};

/// Charges a card for an order. A payment that failed or requires an action is a result, not an
/// error.
pub async fn pay(
    platform: &Platform,
    account: AccountId,
    number: &str,
    gateway: &str,
    card: Card,
) -> Result<PaymentView> {
    let gateway = payments::gateway(gateway)?;
    let (order, charge) = begin(platform, account, number, gateway, card).await?;
    let outcome = gateway.charge(&charge).await?;
    finish(platform, order.id, charge.payment, outcome, true).await?;
    view(platform, &order.number, charge.payment).await
}

/// Records the attempt, if the order can be paid now.
async fn begin(
    platform: &Platform,
    account: AccountId,
    number: &str,
    gateway: &dyn Gateway,
    card: Card,
) -> Result<(Order, Charge)> {
    let now = platform.clock.now();
    let mut tx = platform.db.platform("begin payment").await?;
    let order = store::lock_of_account(&mut tx, account, number).await?;
    check_payable(&mut tx, &order, now).await?;
    cancel::close_attempts(&mut tx, &[order.id.0], now).await?;
    let charge = Charge {
        payment: PaymentId::new(),
        amount: Money::new(order.total_minor, order.currency.clone()),
        card,
    };
    let new = NewPayment {
        id: charge.payment,
        order: order.id,
        account,
        gateway: gateway.name(),
        amount: &charge.amount,
        card_brand: charge.card.brand(),
        card_last4: charge.card.last4(),
    };
    payments::create(&mut tx, &new, now).await?;
    let word = Some(("gateway", gateway.name()));
    record(&mut tx, &order, charge.payment, HistoryKind::PaymentBegun, word).await?;
    extend_holds(&mut tx, &order, now).await?;
    tx.commit().await?;
    Ok((order, charge))
}

/// Keeps the holds while a payment is in progress, even past their own expiry.
async fn extend_holds(conn: &mut PgConnection, order: &Order, now: OffsetDateTime) -> Result<()> {
    let holds: Vec<HoldId> =
        lines::of_orders(conn, &[order.id.0]).await?.into_iter().map(|line| line.hold).collect();
    stock::pause_expiry(conn, &holds, now + cancel::ATTEMPT_MAX).await
}

/// The payment has ended: the holds' own expiry applies again.
async fn end_extension(conn: &mut PgConnection, order: OrderId) -> Result<()> {
    let holds: Vec<HoldId> =
        lines::of_orders(conn, &[order.0]).await?.into_iter().map(|line| line.hold).collect();
    stock::resume_expiry(conn, &holds).await
}

/// Checks that a locked order can be paid: it is unpaid and all its units are still held. What is
/// held is sold, whatever has become of its sale.
async fn check_payable(conn: &mut PgConnection, order: &Order, now: OffsetDateTime) -> Result<()> {
    match order.state {
        OrderState::AwaitingPayment => {}
        OrderState::Cancelled => {
            return Err(Error::conflict(
                "order_cancelled",
                "This order was cancelled, so it cannot be paid. Nothing was charged.",
            ));
        }
        _ => {
            return Err(Error::conflict(
                "already_paid",
                "This order is paid already. It was not charged again.",
            ));
        }
    }
    let held: HashSet<HoldId> =
        stock::held_by(conn, order.account, now).await?.into_iter().map(|hold| hold.id).collect();
    let lines = lines::of_orders(conn, &[order.id.0]).await?;
    if !lines.iter().all(|line| held.contains(&line.hold)) {
        return Err(place::hold_expired());
    }
    Ok(())
}

/// Finishes a payment with the code from the shopper's bank. A repeat after it succeeded returns
/// the same payment.
pub async fn authenticate(
    platform: &Platform,
    account: AccountId,
    number: &str,
    payment: PaymentId,
    code: &str,
) -> Result<PaymentView> {
    let mut fields = FieldErrors::default();
    let code = validate::text(&mut fields, "code", code, 1, BANK_CODE_CHARS_MAX);
    fields.finish()?;
    let now = platform.clock.now();
    let mut tx = platform.db.platform("authenticate payment").await?;
    let order = store::lock_of_account(&mut tx, account, number).await?;
    let row = payments::find(&mut tx, payment).await?;
    if row.order_id != order.id {
        return Err(Error::NotFound("payment"));
    }
    match row.state {
        PaymentState::RequiresAction => {}
        PaymentState::Succeeded => return Ok(PaymentView::new(platform, number, row)),
        PaymentState::Created | PaymentState::Processing => {
            return Err(Error::conflict(
                "payment_under_way",
                "This payment is in progress. Wait for it to finish; you are not charged twice.",
            ));
        }
        PaymentState::Failed | PaymentState::Cancelled => {
            return Err(Error::conflict(
                "payment_over",
                "This payment has ended without a charge. Go back to the order and pay again.",
            ));
        }
    }
    if let Err(error @ Error::Conflict { .. }) = check_payable(&mut tx, &order, now).await {
        payments::move_payment(&mut tx, payment, PaymentState::Cancelled, None, None, now).await?;
        cancel::void_later(&mut tx, payment).await?;
        tx.commit().await?;
        return Err(error);
    }
    payments::move_payment(&mut tx, payment, PaymentState::Processing, None, None, now).await?;
    extend_holds(&mut tx, &order, now).await?;
    tx.commit().await?;
    let outcome = payments::gateway(&row.gateway)?.confirm(payment, &row.reference, &code).await?;
    finish(platform, order.id, payment, outcome, false).await?;
    view(platform, number, payment).await
}

async fn view(platform: &Platform, number: &str, payment: PaymentId) -> Result<PaymentView> {
    let mut tx = platform.db.platform("payment").await?;
    let row = payments::find(&mut tx, payment).await?;
    Ok(PaymentView::new(platform, number, row))
}

/// Records a gateway's outcome. `first`: it is the first outcome of this payment.
async fn finish(
    platform: &Platform,
    order: OrderId,
    payment: PaymentId,
    outcome: Outcome,
    first: bool,
) -> Result<()> {
    let now = platform.clock.now();
    let (to, reference, failure) = match &outcome {
        Outcome::Succeeded { reference } => {
            return settle(platform, order, payment, reference, first).await;
        }
        Outcome::RequiresAction { reference } => {
            (PaymentState::RequiresAction, Some(reference.as_str()), None)
        }
        Outcome::Failed { reason } => (PaymentState::Failed, None, Some(reason.as_str())),
    };
    let mut tx = platform.db.platform("payment outcome").await?;
    let row = store::lock(&mut tx, order).await?;
    if !payments::move_payment(&mut tx, payment, to, reference, failure, now).await? {
        return abandoned(tx, payment, reference, now).await;
    }
    if first {
        publish_attempt(&mut tx, order, to).await?;
    }
    if to == PaymentState::Failed {
        let word = failure.map(|reason| ("reason", reason));
        record(&mut tx, &row, payment, HistoryKind::PaymentFailed, word).await?;
        end_extension(&mut tx, order).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// The order or the attempt was cancelled while the gateway worked: a job voids what it charged.
async fn abandoned(
    mut tx: Tx,
    payment: PaymentId,
    reference: Option<&str>,
    now: OffsetDateTime,
) -> Result<()> {
    if let Some(reference) = reference {
        payments::record_reference(&mut tx, payment, reference, now).await?;
        cancel::void_later(&mut tx, payment).await?;
    }
    tx.commit().await?;
    Err(Error::conflict(
        "payment_over",
        "The order was cancelled while the payment was in progress. If anything was charged, it is \
         refunded automatically.",
    ))
}

/// The charge succeeded: sells every hold and confirms the order, all or nothing. If a unit is
/// gone, the money is refunded.
async fn settle(
    platform: &Platform,
    id: OrderId,
    payment: PaymentId,
    reference: &str,
    first: bool,
) -> Result<()> {
    let now = platform.clock.now();
    let mut tx = platform.db.platform("settle payment").await?;
    let order = store::lock(&mut tx, id).await?;
    let unpaid = order.state == OrderState::AwaitingPayment;
    if !unpaid
        || !payments::move_payment(
            &mut tx,
            payment,
            PaymentState::Succeeded,
            Some(reference),
            None,
            now,
        )
        .await?
    {
        return abandoned(tx, payment, Some(reference), now).await;
    }
    let lines = lines::of_orders(&mut tx, &[id.0]).await?;
    for line in &lines {
        if !stock::sell(&mut tx, line.tenant, line.hold, now).await?
            && !stock::revive(&mut tx, line.tenant, line.hold, now).await?
        {
            drop(tx); // rolls back what it sold
            return units_gone(platform, order, payment, reference, &lines).await;
        }
    }
    record(&mut tx, &order, payment, HistoryKind::PaymentSucceeded, None).await?;
    store::confirm(&mut tx, id, now).await?;
    issue_vouchers(&mut tx, &platform.config.keyring, &order, &lines, now).await?;
    if first {
        publish_attempt(&mut tx, id, PaymentState::Succeeded).await?;
    }
    publish_confirmed(&mut tx, &order, &lines).await?;
    tx.commit().await?;
    platform.broker.publish(Notice::ShoppersChanged { accounts: vec![order.account] }).await;
    Ok(())
}

/// Issues the vouchers that were bought, in the transaction that sells them.
async fn issue_vouchers(
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

/// The charge succeeded after the holds had expired and the units were sold: cancels the order and
/// refunds the money.
async fn units_gone(
    platform: &Platform,
    order: Order,
    payment: PaymentId,
    reference: &str,
    lines: &[OrderLine],
) -> Result<()> {
    let now = platform.clock.now();
    let mut tx = platform.db.platform("units gone").await?;
    let order = store::lock(&mut tx, order.id).await?;
    if order.state != OrderState::AwaitingPayment
        || !payments::move_payment(
            &mut tx,
            payment,
            PaymentState::Succeeded,
            Some(reference),
            None,
            now,
        )
        .await?
    {
        return abandoned(tx, payment, Some(reference), now).await;
    }
    record(&mut tx, &order, payment, HistoryKind::PaymentSucceeded, None).await?;
    let cancelled =
        store::cancel(&mut tx, std::slice::from_ref(&order), CancelReason::UnitsGone).await?;
    pending_events::publish(&mut tx, cancelled).await?;
    let refund = refund::request_all(&mut tx, &order, payment, now).await?;
    tx.commit().await?;
    cancel::release(platform, order.account, lines).await?;
    if let Some(refund) = refund {
        refund::settle_refund(platform, refund).await?;
    }
    let total = Money::new(order.total_minor, order.currency);
    Err(Error::conflict(
        "hold_lost",
        format!(
            "Your units were gone by the time the payment came through. The order is cancelled and \
             {total} is refunded to your card automatically."
        ),
    ))
}

/// Voids an abandoned payment; the job behind [`cancel::PAYMENT_VOID`].
pub async fn void_payment(platform: &Platform, payment: PaymentId) -> Result<()> {
    let mut tx = platform.db.platform("void payment").await?;
    let row: Payment = payments::find(&mut tx, payment).await?;
    drop(tx);
    if row.state == PaymentState::Succeeded {
        return Ok(());
    }
    payments::gateway(&row.gateway)?.void(row.id, &row.reference).await
}

/// Records a step of a payment by the order's shopper, with a word about it.
async fn record(
    conn: &mut PgConnection,
    order: &Order,
    payment: PaymentId,
    kind: HistoryKind,
    word: Option<(&str, &str)>,
) -> Result<()> {
    let mut details = json!({
        "payment_id": payment,
        "amount_minor": order.total_minor,
        "currency": order.currency,
    });
    if let Some((field, text)) = word {
        details[field] = text.into();
    }
    history::record(conn, order.id, Actor::Account(order.account), kind, details).await
}

async fn publish_attempt(
    conn: &mut PgConnection,
    order: OrderId,
    state: PaymentState,
) -> Result<()> {
    let lines = lines::of_orders(conn, &[order.0]).await?;
    for lines in lines.chunk_by(|a, b| a.tenant == b.tenant) {
        let attempted: Vec<_> = lines
            .iter()
            .map(|line| json!({"sale_id": line.sale, "visit_id": line.visit}))
            .collect();
        events::publish(
            conn,
            lines[0].tenant,
            "payment.attempted",
            &json!({"order_id": order, "state": state, "lines": attempted}),
        )
        .await?;
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
                "amount_minor": line.total_minor(),
            })
        });
        let payload = json!({
            "order_id": order.id,
            "order_number": order.number,
            "account_id": order.account,
            "parcel_id": lines[0].parcel,
            "currency": order.currency,
            "lines": sold.collect::<Vec<_>>(),
        });
        events::publish(conn, lines[0].tenant, "order.confirmed", &payload).await?;
    }
    Ok(())
}
