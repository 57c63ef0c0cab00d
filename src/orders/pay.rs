//! Paying an order. No transaction is open while a gateway is asked, and what came of it is settled
//! in one.

use std::collections::HashSet;

use serde_json::json;
use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{
    OrderState, Payment, cancel, place, refund,
    store::{self, LineRow, OrderRow},
};
use crate::{
    events,
    kernel::{AccountId, Error, FieldErrors, HoldId, Money, OrderId, PaymentId, Result, validate},
    payments::{self, Card, Charge, Gateway, NewPayment, Outcome, PaymentRow, PaymentState},
    platform::{Platform, Tx, broker::Notice},
    stock,
    vouchers::{self, BoughtVouchers, Buyer},
};

/// Charges a card for an order. A payment that failed or requires an action is an answer, not an
/// error.
pub async fn pay(
    platform: &Platform,
    account: AccountId,
    number: &str,
    gateway: &str,
    card: Card,
) -> Result<Payment> {
    let gateway = payments::gateway(gateway)?;
    let (order, charge) = begin(platform, account, number, gateway, card).await?;
    let outcome = gateway.charge(&charge).await?;
    finish(platform, order.id, charge.payment, outcome, true).await?;
    view(platform, &order.number, charge.payment).await
}

/// Writes the attempt down, when the order can be paid now.
async fn begin(
    platform: &Platform,
    account: AccountId,
    number: &str,
    gateway: &dyn Gateway,
    card: Card,
) -> Result<(OrderRow, Charge)> {
    let now = platform.clock.now();
    let mut tx = platform.db.platform("begin payment").await?;
    let order = store::lock_of_account(&mut tx, account, number).await?;
    payable(&mut tx, &order, now).await?;
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
    keep_held(&mut tx, &order, now).await?;
    tx.commit().await?;
    Ok((order, charge))
}

/// The units wait for the payment that is under way, whatever their own clock says.
async fn keep_held(conn: &mut PgConnection, order: &OrderRow, now: OffsetDateTime) -> Result<()> {
    let holds: Vec<HoldId> =
        store::lines(conn, &[order.id.0]).await?.into_iter().map(|line| line.hold).collect();
    stock::pause_expiry(conn, &holds, now + cancel::ATTEMPT_MAX).await
}

/// The payment is over: the units' own clock counts again.
async fn let_go(conn: &mut PgConnection, order: OrderId) -> Result<()> {
    let holds: Vec<HoldId> =
        store::lines(conn, &[order.0]).await?.into_iter().map(|line| line.hold).collect();
    stock::resume_expiry(conn, &holds).await
}

/// Whether a locked order can be paid: it waits for it, its units are all still held, and its sales
/// go on.
async fn payable(conn: &mut PgConnection, order: &OrderRow, now: OffsetDateTime) -> Result<()> {
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
    let lines = store::lines(conn, &[order.id.0]).await?;
    if !lines.iter().all(|line| held.contains(&line.hold)) {
        return Err(place::hold_expired());
    }
    place::for_sale(conn, &lines.iter().map(|line| line.sale).collect()).await?;
    Ok(())
}

/// Finishes a payment with the code from the shopper's bank. Asked again after it succeeded, it
/// says so again.
pub async fn authenticate(
    platform: &Platform,
    account: AccountId,
    number: &str,
    payment: PaymentId,
    code: &str,
) -> Result<Payment> {
    let mut fields = FieldErrors::default();
    let code = validate::text(&mut fields, "code", code, 1, 20);
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
        PaymentState::Succeeded => return Ok(Payment::new(platform, number, row)),
        PaymentState::Created | PaymentState::Processing => {
            return Err(Error::conflict(
                "payment_under_way",
                "This payment is under way at this moment. Wait for it; it is not charged twice.",
            ));
        }
        PaymentState::Failed | PaymentState::Cancelled => {
            return Err(Error::conflict(
                "payment_over",
                "This payment has ended without a charge. Go back to the order and pay again.",
            ));
        }
    }
    if let Err(error @ Error::Conflict { .. }) = payable(&mut tx, &order, now).await {
        payments::advance(&mut tx, payment, PaymentState::Cancelled, None, None, now).await?;
        cancel::void_later(&mut tx, payment).await?;
        tx.commit().await?;
        return Err(error);
    }
    payments::advance(&mut tx, payment, PaymentState::Processing, None, None, now).await?;
    keep_held(&mut tx, &order, now).await?;
    tx.commit().await?;
    let outcome = payments::gateway(&row.gateway)?.confirm(payment, &row.reference, &code).await?;
    finish(platform, order.id, payment, outcome, false).await?;
    view(platform, number, payment).await
}

async fn view(platform: &Platform, number: &str, payment: PaymentId) -> Result<Payment> {
    let mut tx = platform.db.platform("payment").await?;
    let row = payments::find(&mut tx, payment).await?;
    Ok(Payment::new(platform, number, row))
}

/// Keeps what the gateway said; `first` when it is its first word on this payment.
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
    store::lock(&mut tx, order).await?;
    if !payments::advance(&mut tx, payment, to, reference, failure, now).await? {
        return given_up(tx, payment, reference, now).await;
    }
    if first {
        tell_attempt(&mut tx, order, to).await?;
    }
    if to == PaymentState::Failed {
        let_go(&mut tx, order).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// The order was cancelled, or the attempt given up, while the gateway was at it: whatever it took
/// goes back.
async fn given_up(
    mut tx: Tx,
    payment: PaymentId,
    reference: Option<&str>,
    now: OffsetDateTime,
) -> Result<()> {
    if let Some(reference) = reference {
        payments::note_reference(&mut tx, payment, reference, now).await?;
        cancel::void_later(&mut tx, payment).await?;
    }
    tx.commit().await?;
    Err(Error::conflict(
        "payment_over",
        "The order was cancelled while the payment was under way. If anything was charged, it goes back to your card by itself.",
    ))
}

/// The money is in: sells every hold and confirms the order, all or nothing. A unit that is gone
/// sends the money back.
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
    let awaited = order.state == OrderState::AwaitingPayment;
    if !awaited
        || !payments::advance(&mut tx, payment, PaymentState::Succeeded, Some(reference), None, now)
            .await?
    {
        return given_up(tx, payment, Some(reference), now).await;
    }
    let lines = store::lines(&mut tx, &[id.0]).await?;
    for line in &lines {
        if !stock::sell(&mut tx, line.tenant, line.hold, now).await?
            && !stock::revive(&mut tx, line.tenant, line.hold, now).await?
        {
            drop(tx); // what was sold in it is held again
            return units_gone(platform, order, payment, reference, &lines).await;
        }
    }
    store::confirm(&mut tx, id, now).await?;
    issue_vouchers(&mut tx, &platform.config.secret, &order, &lines, now).await?;
    if first {
        tell_attempt(&mut tx, id, PaymentState::Succeeded).await?;
    }
    tell_confirmed(&mut tx, &order, &lines).await?;
    tx.commit().await?;
    platform.broker.publish(Notice::ShoppersChanged { accounts: vec![order.account] }).await;
    Ok(())
}

/// Issues the vouchers that were bought, in the transaction that sells them.
async fn issue_vouchers(
    conn: &mut PgConnection,
    secret: &[u8],
    order: &OrderRow,
    lines: &[LineRow],
    now: OffsetDateTime,
) -> Result<()> {
    let buyer = Buyer { order: order.id, order_number: &order.number, account: order.account };
    for lines in lines.chunk_by(|a, b| a.tenant == b.tenant) {
        let bought = |line: &LineRow| {
            let valid_days = line.voucher_valid_days?;
            Some(BoughtVouchers {
                parcel: line.parcel,
                line: line.id,
                sale: line.sale,
                quantity: line.quantity,
                valid_days,
            })
        };
        let bought: Vec<_> = lines.iter().filter_map(bought).collect();
        if !bought.is_empty() {
            vouchers::issue(conn, secret, lines[0].tenant, &buyer, &bought, now).await?;
        }
    }
    Ok(())
}

/// The money came in after the units went: the order is cancelled and the money goes back by
/// itself.
async fn units_gone(
    platform: &Platform,
    order: OrderRow,
    payment: PaymentId,
    reference: &str,
    lines: &[LineRow],
) -> Result<()> {
    let now = platform.clock.now();
    let mut tx = platform.db.platform("units gone").await?;
    let order = store::lock(&mut tx, order.id).await?;
    if order.state != OrderState::AwaitingPayment
        || !payments::advance(&mut tx, payment, PaymentState::Succeeded, Some(reference), None, now)
            .await?
    {
        return given_up(tx, payment, Some(reference), now).await;
    }
    let told = store::cancel(&mut tx, std::slice::from_ref(&order)).await?;
    store::tell(&mut tx, told).await?;
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
            "Your units were gone by the time the payment came through. The order is cancelled and {total} goes back to your card by itself."
        ),
    ))
}

/// Undoes a payment that was given up; the job behind [`super::PAYMENT_VOID`].
pub async fn void_payment(platform: &Platform, payment: PaymentId) -> Result<()> {
    let mut tx = platform.db.platform("void payment").await?;
    let row: PaymentRow = payments::find(&mut tx, payment).await?;
    drop(tx);
    if row.state == PaymentState::Succeeded {
        return Ok(());
    }
    payments::gateway(&row.gateway)?.void(row.id, &row.reference).await
}

async fn tell_attempt(conn: &mut PgConnection, order: OrderId, state: PaymentState) -> Result<()> {
    let lines = store::lines(conn, &[order.0]).await?;
    for lines in lines.chunk_by(|a, b| a.tenant == b.tenant) {
        let told: Vec<_> = lines
            .iter()
            .map(|line| json!({"sale_id": line.sale, "visit_id": line.visit}))
            .collect();
        events::publish(
            conn,
            lines[0].tenant,
            "payment.attempted",
            &json!({"order_id": order, "state": state, "lines": told}),
        )
        .await?;
    }
    Ok(())
}

async fn tell_confirmed(
    conn: &mut PgConnection,
    order: &OrderRow,
    lines: &[LineRow],
) -> Result<()> {
    for lines in lines.chunk_by(|a, b| a.tenant == b.tenant) {
        let told = lines.iter().map(|line| {
            json!({"sale_id": line.sale, "sale_item_id": line.sale_item, "visit_id": line.visit, "quantity": line.quantity, "amount_minor": line.total_minor()})
        });
        let payload = json!({
            "order_id": order.id,
            "order_number": order.number,
            "account_id": order.account,
            "parcel_id": lines[0].parcel,
            "currency": order.currency,
            "lines": told.collect::<Vec<_>>(),
        });
        events::publish(conn, lines[0].tenant, "order.confirmed", &payload).await?;
    }
    Ok(())
}
