//! Paying an order. The attempt is recorded first, then the gateway is called while no transaction is
//! open, then its outcome is applied.

use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{
    attempts::{self, AppliedOutcome},
    begin::{self, Beginning, payable},
    lines::{self, OrderLine},
    look_up, number, outcome, shown,
    store::{self, Order},
    view::PaymentView,
};
use crate::{
    kernel::{
        AccountId, Error, FieldError, FieldErrors, Money, PaymentId, Result,
        limits::BANK_CODE_CHARS_MAX, validate,
    },
    payments::{
        self, BankAnswer, CASH, Offered, Payment, PaymentState, SANDBOX,
        gateway::{Attempt, NextAction},
    },
    platform::{FaultPoint, Platform},
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
    let mut beginning = Beginning {
        payment: PaymentId::new(),
        account,
        number: number::stored(number),
        gateway: gateway.name(),
        phone: request.phone.map(str::to_owned),
        sandbox_answer: request.sandbox_answer,
    };
    let attempt = match begin::begin(platform, &beginning).await? {
        Some(attempt) => attempt,
        None => {
            look_up::end_attempts(platform, account, number, same_press).await?;
            beginning.payment = PaymentId::new();
            let recorded = begin::begin(platform, &beginning).await?;
            recorded.ok_or_else(attempts::under_way)?
        }
    };
    platform.fault_point(FaultPoint::AttemptRecorded);
    let begun = gateway.begin(platform, &attempt).await;
    platform.fault_point(FaultPoint::GatewayAnswered);
    match begun {
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
    shown::payment(platform, number, attempt.payment).await
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
    let mut methods = begin::methods(platform, &order, &lines);
    methods.retain(|method| method.gateway != CASH || order.total_minor <= cash_limit);
    Ok(methods)
}

/// Checks that a locked order can be paid.
async fn check_payable(
    conn: &mut PgConnection,
    order: &Order,
    lines: &[OrderLine],
    now: OffsetDateTime,
) -> Result<()> {
    payable(order, lines, &stock::held_by(conn, order.account, now).await?)
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
