//! Paying an order. The attempt is recorded first, then the gateway is called while no transaction is
//! open, then its outcome is applied.

use std::collections::HashSet;

use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{
    attempts::{self, AppliedOutcome},
    history::HistoryKind,
    lines::{self, OrderLine},
    look_up, outcome, place,
    state::OrderState,
    store::{self, Order},
    view::PaymentView,
};
use crate::{
    kernel::{
        AccountId, Error, FieldError, FieldErrors, HoldId, Money, PaymentId, Result,
        limits::BANK_CODE_CHARS_MAX, validate,
    },
    payments::{
        self, BankAnswer, CASH, NewPayment, Offered, Payment, PaymentState, SANDBOX,
        gateway::{Attempt, Gateway, NextAction, PayingShopper},
    },
    platform::{Platform, PublicPath},
    stock,
};

/// How a shopper wants to pay.
#[derive(Debug, Clone, Copy)]
pub struct PaymentRequest<'a> {
    pub gateway: &'a str,
    /// What a gateway of codes sends its code to; None: the phone of the address.
    pub phone: Option<&'a str>,
    /// Decides a sandbox payment at once.
    pub sandbox_answer: Option<BankAnswer>,
    /// An open payment by the same gateway that was begun since then is not ended for this one: it is
    /// another press of the same button.
    pub same_press_since: Option<OffsetDateTime>,
}

/// Begins a payment. One that failed, that needs the shopper or whose outcome is not known yet is a
/// result, not an error. An older payment that is still open is ended first, and if that one is paid,
/// the order is.
pub async fn pay(
    platform: &Platform,
    account: AccountId,
    number: &str,
    request: PaymentRequest<'_>,
) -> Result<PaymentView> {
    let gateway = payments::gateway(request.gateway)?;
    if request.sandbox_answer.is_some() && gateway.name() != SANDBOX {
        let message = "Only the sandbox takes an answer; leave it out";
        return Err(FieldError::new("sandbox_answer", message).into());
    }
    let same_press = request.same_press_since.map(|since| (gateway.name(), since));
    look_up::end_attempts(platform, account, number, same_press).await?;
    let attempt = record(platform, account, number, gateway, request).await?;
    match gateway.begin(platform, &attempt).await {
        Ok(outcome) => match outcome::apply(platform, attempt.payment, outcome).await? {
            AppliedOutcome::UnitsGone => return Err(units_gone(&attempt.amount)),
            AppliedOutcome::Over => over(platform, &attempt).await?,
            AppliedOutcome::Open | AppliedOutcome::Settled | AppliedOutcome::Failed => {}
        },
        Err(error @ (Error::Conflict { .. } | Error::Invalid(_))) => {
            // Nothing has changed at the gateway, and the error says why.
            refused(platform, attempt.payment, &error).await?;
            return Err(error);
        }
        Err(error) => tracing::warn!(
            ?error, payment = %attempt.payment,
            "it is not known whether a payment was begun; it will be asked"
        ),
    }
    payment_view(platform, account, number, attempt.payment).await
}

/// Records the attempt, if the order can be paid now and in this way.
async fn record(
    platform: &Platform,
    account: AccountId,
    number: &str,
    gateway: &dyn Gateway,
    request: PaymentRequest<'_>,
) -> Result<Attempt> {
    let now = platform.clock.now();
    let mut tx = platform.db.platform("begin payment").await?;
    let order = store::lock_of_account(&mut tx, account, number).await?;
    let lines = lines::of_orders(&mut tx, &[order.id.0]).await?;
    check_payable(&mut tx, &order, &lines, now).await?;
    if !payments::open_of_orders(&mut tx, &[order.id.0]).await?.is_empty() {
        return Err(attempts::under_way());
    }
    let method = method(platform, &order, &lines, gateway.name())?;
    let payment = PaymentId::new();
    let return_path = PublicPath::PaymentReturn { gateway: gateway.name(), payment };
    let address = &order.shipping_address.0;
    let attempt = Attempt {
        payment,
        amount: Money::new(order.payable_minor(), order.currency.clone()),
        order_number: order.number.clone(),
        shopper: PayingShopper {
            name: address.name.clone(),
            email: order.email.clone(),
            country: address.country.clone(),
        },
        return_url: platform.public_url(return_path),
        phone: phone(request.phone.or(address.phone.as_deref()), method.needs_phone)?,
    };
    let new = NewPayment {
        id: payment,
        order: order.id,
        account,
        gateway: gateway.name(),
        part: order.payable_part(),
        amount: &attempt.amount,
        wait_until: now + method.wait,
    };
    payments::create(&mut tx, &new, now).await?;
    if let Some(answer) = request.sandbox_answer {
        payments::answer_beforehand(&mut tx, &attempt, answer, now).await?;
    }
    let word = Some(("gateway", gateway.name()));
    attempts::record(&mut tx, &order, new.id, HistoryKind::PaymentBegun, word).await?;
    if order.state == OrderState::AwaitingPayment {
        extend_holds(&mut tx, &lines, now + method.wait).await?;
    }
    tx.commit().await?;
    Ok(attempt)
}

/// The ways to pay what is due of an order. Cash on delivery is for whole orders only.
fn methods(platform: &Platform, order: &Order, lines: &[OrderLine]) -> Vec<Offered> {
    let is_shipped =
        |line: &OrderLine| line.voucher_valid_days.is_none() && line.slot_starts_on.is_none();
    let mut offered = payments::offered(
        &platform.config,
        &order.currency,
        &order.shipping_address.country,
        order.payable_minor(),
        lines.iter().any(is_shipped),
    );
    offered.retain(|method| method.gateway != CASH || order.rest_minor == 0);
    offered
}

/// The ways to pay a shopper's order.
pub async fn payment_methods(
    platform: &Platform,
    account: AccountId,
    number: &str,
) -> Result<Vec<Offered>> {
    let mut tx = platform.db.shopper(Some(account)).await?;
    let order = store::of_account(&mut tx, account, number).await?;
    let lines = lines::of_orders(&mut tx, &[order.id.0]).await?;
    let now = platform.clock.now();
    let cash_limit = payments::cash_limit_of(&mut tx, account, &order.currency, now).await?;
    let mut methods = methods(platform, &order, &lines);
    methods.retain(|method| method.gateway != CASH || order.total_minor <= cash_limit);
    Ok(methods)
}

fn method(
    platform: &Platform,
    order: &Order,
    lines: &[OrderLine],
    gateway: &str,
) -> Result<Offered> {
    let offered = methods(platform, order, lines);
    if let Some(method) = offered.iter().find(|method| method.gateway == gateway) {
        return Ok(method.clone());
    }
    let names: Vec<&str> = offered.iter().map(|method| method.gateway).collect();
    let message =
        format!("This order cannot be paid with {gateway:?}; use one of: {}", names.join(", "));
    Err(FieldError::new("gateway", message).into())
}

/// The phone number that a code goes to; empty where none is needed.
fn phone(given: Option<&str>, needed: bool) -> Result<String> {
    if !needed {
        return Ok(String::new());
    }
    let mut fields = FieldErrors::default();
    let phone = validate::phone(&mut fields, "phone", given.unwrap_or_default());
    fields.finish()?;
    Ok(phone)
}

/// Keeps the holds while a payment is in progress, even past their own expiry.
async fn extend_holds(
    conn: &mut PgConnection,
    lines: &[OrderLine],
    until: OffsetDateTime,
) -> Result<()> {
    let holds: Vec<HoldId> = lines.iter().map(|line| line.hold).collect();
    stock::pause_expiry(conn, &holds, until).await
}

/// Checks that a locked order can be paid: its rest is due, or it is unpaid and all its units are still
/// held. What is held is sold, whatever has become of its sale.
async fn check_payable(
    conn: &mut PgConnection,
    order: &Order,
    lines: &[OrderLine],
    now: OffsetDateTime,
) -> Result<()> {
    match order.state {
        OrderState::AwaitingPayment => {}
        OrderState::Cancelled => {
            return Err(Error::conflict(
                "order_cancelled",
                "This order was cancelled, so it cannot be paid. Nothing was charged.",
            ));
        }
        // Its units are sold.
        _ if order.rest_is_due() => return Ok(()),
        _ => {
            return Err(Error::conflict(
                "already_paid",
                "This order is paid already. It was not charged again.",
            ));
        }
    }
    let held: HashSet<HoldId> =
        stock::held_by(conn, order.account, now).await?.into_iter().map(|hold| hold.id).collect();
    if !lines.iter().all(|line| held.contains(&line.hold)) {
        return Err(place::hold_expired());
    }
    Ok(())
}

/// The gateway refused to begin a payment.
async fn refused(platform: &Platform, payment: PaymentId, error: &Error) -> Result<()> {
    let reason = match error {
        Error::Conflict { detail, .. } => detail.clone(),
        Error::Invalid(fields) => {
            fields.iter().map(|field| field.message.as_str()).collect::<Vec<_>>().join(". ")
        }
        _ => String::new(),
    };
    let failed = payments::gateway::Outcome::Failed { reference: String::new(), reason };
    outcome::apply(platform, payment, failed).await?;
    Ok(())
}

fn units_gone(amount: &Money) -> Error {
    Error::conflict(
        "hold_lost",
        format!(
            "Your units were gone by the time the payment came through. The order is cancelled and \
             {amount} is refunded automatically."
        ),
    )
}

/// An error if the order or the attempt ended while the gateway worked. One that took another amount
/// than was asked for has failed, and says so itself.
async fn over(platform: &Platform, attempt: &Attempt) -> Result<()> {
    let mut tx = platform.db.platform("ended payment").await?;
    let row = payments::find(&mut tx, attempt.payment).await?;
    if row.state == PaymentState::Failed {
        return Ok(());
    }
    Err(Error::conflict(
        "payment_over",
        "The payment was ended while it was in progress. If anything was charged, it is refunded \
         automatically.",
    ))
}

/// One of the shopper's payments, with what to do next.
pub async fn payment_view(
    platform: &Platform,
    account: AccountId,
    number: &str,
    payment: PaymentId,
) -> Result<PaymentView> {
    let mut tx = platform.db.shopper(Some(account)).await?;
    let order = store::of_account(&mut tx, account, number).await?;
    let row = of_order(&mut tx, &order, payment).await?;
    Ok(PaymentView::with_action(platform, number, row))
}

async fn of_order(conn: &mut PgConnection, order: &Order, id: PaymentId) -> Result<Payment> {
    let row = payments::find(conn, id).await?;
    if row.order_id == order.id { Ok(row) } else { Err(Error::NotFound("payment")) }
}

/// Gives the gateway the code that the shopper typed. A repeat after it was right returns the same
/// payment.
pub async fn submit_code(
    platform: &Platform,
    account: AccountId,
    number: &str,
    payment: PaymentId,
    code: &str,
) -> Result<PaymentView> {
    let mut fields = FieldErrors::default();
    let code = validate::text(&mut fields, "code", code, 1, BANK_CODE_CHARS_MAX);
    fields.finish()?;
    let row = awaiting_code(platform, account, number, payment).await?;
    if row.state.is_settled() {
        return Ok(PaymentView::with_action(platform, number, row));
    }
    let gateway = payments::gateway(&row.gateway)?;
    let outcome = gateway.submit_code(platform, &row.begun(), &code).await?;
    if outcome::apply(platform, payment, outcome).await? == AppliedOutcome::UnitsGone {
        return Err(units_gone(&row.amount()));
    }
    payment_view(platform, account, number, payment).await
}

/// Has the gateway send another code.
pub async fn resend_code(
    platform: &Platform,
    account: AccountId,
    number: &str,
    payment: PaymentId,
) -> Result<PaymentView> {
    let row = awaiting_code(platform, account, number, payment).await?;
    if !row.state.is_settled() {
        let gateway = payments::gateway(&row.gateway)?;
        let outcome = gateway.resend_code(platform, &row.begun()).await?;
        outcome::apply(platform, payment, outcome).await?;
    }
    payment_view(platform, account, number, payment).await
}

/// A payment that waits for a code, or was settled by it. One whose order cannot be paid any more is
/// closed.
async fn awaiting_code(
    platform: &Platform,
    account: AccountId,
    number: &str,
    payment: PaymentId,
) -> Result<Payment> {
    let now = platform.clock.now();
    let mut tx = platform.db.platform("payment code").await?;
    let order = store::lock_of_account(&mut tx, account, number).await?;
    let row = of_order(&mut tx, &order, payment).await?;
    match row.state {
        PaymentState::RequiresAction => {}
        state if state.is_settled() => return Ok(row),
        state if state.is_open() => return Err(attempts::under_way()),
        _ => {
            return Err(Error::conflict(
                "payment_over",
                "This payment has ended without a charge. Go back to the order and pay again.",
            ));
        }
    }
    if !matches!(row.next_action.as_deref(), Some(NextAction::Code { .. })) {
        let message = "This payment takes no code; follow its `action` instead";
        return Err(FieldError::new("code", message).into());
    }
    let lines = lines::of_orders(&mut tx, &[order.id.0]).await?;
    if let Err(error @ Error::Conflict { .. }) = check_payable(&mut tx, &order, &lines, now).await {
        attempts::close(&mut tx, payment, now).await?;
        tx.commit().await?;
        return Err(error);
    }
    Ok(row)
}
