//! Paying an order. The attempt is recorded first, then the gateway is called while no transaction is
//! open, then its outcome is applied.

use std::collections::{BTreeMap, HashMap, HashSet};

use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{
    attempts::{self, AppliedOutcome},
    history::{self, HistoryKind},
    lines::{self, OrderLine},
    look_up, number, outcome, place,
    state::OrderState,
    store::{self, Order},
    view::PaymentView,
};
use crate::{
    kernel::{
        AccountId, Error, FieldError, FieldErrors, HoldId, Money, OrderId, PaymentId, Result,
        limits::BANK_CODE_CHARS_MAX, validate,
    },
    payments::{
        self, BankAnswer, CASH, NewPayment, Offered, Payment, PaymentState, SANDBOX,
        gateway::{Attempt, Gateway, NextAction, PayingShopper},
    },
    platform::{
        Platform, PublicPath,
        hot_path::{GroupAnswers, Grouped, firsts, refusal, submit},
    },
    stock::{self, Hold},
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
    let attempt = match record(platform, account, number, gateway, request).await? {
        Some(attempt) => attempt,
        None => {
            look_up::end_attempts(platform, account, number, same_press).await?;
            let recorded = record(platform, account, number, gateway, request).await?;
            recorded.ok_or_else(attempts::under_way)?
        }
    };
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

/// Records the attempt, if the order can be paid now and in this way. None while another is open.
async fn record(
    platform: &Platform,
    account: AccountId,
    number: &str,
    gateway: &dyn Gateway,
    request: PaymentRequest<'_>,
) -> Result<Option<Attempt>> {
    let beginning = Beginning {
        account,
        number: number::stored(number),
        gateway: gateway.name(),
        phone: request.phone.map(str::to_owned),
        sandbox_answer: request.sandbox_answer,
    };
    submit(&platform.groups, platform, beginning).await
}

/// A payment to begin.
struct Beginning {
    account: AccountId,
    /// As orders are stored.
    number: String,
    gateway: &'static str,
    phone: Option<String>,
    sandbox_answer: Option<BankAnswer>,
}

impl Grouped for Beginning {
    /// None while another payment of the order is open.
    type Answer = Option<Attempt>;
    type Context = Platform;
    const NAME: &'static str = "payments to begin";

    async fn commit(platform: &Platform, group: &[Self]) -> Result<GroupAnswers<Option<Attempt>>> {
        record_all(platform, group).await
    }

    async fn alone(platform: &Platform, member: &Self) -> Result<Option<Attempt>> {
        let answer = record_all(platform, std::slice::from_ref(member)).await?.pop().flatten();
        answer.unwrap_or_else(|| Err(anyhow::anyhow!("a payment has no answer").into()))
    }
}

/// A payment that is about to be recorded.
struct BegunPayment<'a> {
    order: &'a Order,
    lines: &'a [OrderLine],
    attempt: Attempt,
    gateway: &'static str,
    sandbox_answer: Option<BankAnswer>,
    wait_until: OffsetDateTime,
}

/// Records the attempts of a group. The second of an order leaves it.
async fn record_all(
    platform: &Platform,
    group: &[Beginning],
) -> Result<GroupAnswers<Option<Attempt>>> {
    let now = platform.clock.now();
    let mut answers: GroupAnswers<Option<Attempt>> = group.iter().map(|_| None).collect();
    let accounts: Vec<AccountId> = group.iter().map(|member| member.account).collect();
    let numbers: Vec<String> = group.iter().map(|member| member.number.clone()).collect();
    let mut tx = platform.db.platform("begin payments").await?;
    let orders = store::lock_of_accounts(&mut tx, &accounts, &numbers).await?;
    let orders: HashMap<&str, &Order> =
        orders.iter().map(|order| (order.number.as_str(), order)).collect();
    let ids: Vec<uuid::Uuid> = orders.values().map(|order| order.id.0).collect();
    let open = payments::open_of_orders(&mut tx, &ids).await?;
    let open: HashSet<OrderId> = open.into_iter().map(|payment| payment.order_id).collect();
    let mut lines: HashMap<OrderId, Vec<OrderLine>> = HashMap::new();
    for line in lines::of_orders(&mut tx, &ids).await? {
        lines.entry(line.order).or_default().push(line);
    }
    let held = stock::held_by_each(&mut tx, &accounts, now).await?;
    let firsts = firsts(group.iter().map(|member| (member.account, &member.number)));
    let mut begun: Vec<(usize, BegunPayment<'_>)> = vec![];
    for (nth, member) in group.iter().enumerate().filter(|(nth, _)| firsts[*nth]) {
        let order = orders.get(member.number.as_str()).copied();
        let Some(order) = order.filter(|order| order.account == member.account) else {
            answers[nth] = Some(Err(Error::NotFound("order")));
            continue;
        };
        if open.contains(&order.id) {
            answers[nth] = Some(Ok(None));
            continue;
        }
        let lines = lines.get(&order.id).map(Vec::as_slice).unwrap_or_default();
        let held = held.get(&order.account).map(Vec::as_slice).unwrap_or_default();
        let checked =
            payable(order, lines, held).and_then(|()| member.attempt(platform, order, lines, now));
        match refusal(checked)? {
            Ok(member) => begun.push((nth, member)),
            Err(refused) => answers[nth] = Some(Err(refused)),
        }
    }
    if begun.is_empty() {
        return Ok(answers);
    }
    insert_all(&mut tx, &begun, now).await?;
    tx.commit().await?;
    for (nth, member) in begun {
        answers[nth] = Some(Ok(Some(member.attempt)));
    }
    Ok(answers)
}

impl Beginning {
    /// The attempt on a locked order that can be paid, if it can be paid in this way.
    fn attempt<'a>(
        &self,
        platform: &Platform,
        order: &'a Order,
        lines: &'a [OrderLine],
        now: OffsetDateTime,
    ) -> Result<BegunPayment<'a>> {
        let method = method(platform, order, lines, self.gateway)?;
        let payment = PaymentId::new();
        let return_path = PublicPath::PaymentReturn { gateway: self.gateway, payment };
        let address = &order.shipping_address.0;
        let attempt = Attempt {
            payment,
            amount: Money::new(order.total_minor, order.currency.clone()),
            order_number: order.number.clone(),
            shopper: PayingShopper {
                name: address.name.clone(),
                email: order.email.clone(),
                country: address.country.clone(),
            },
            return_url: platform.public_url(return_path),
            phone: phone(self.phone.as_deref().or(address.phone.as_deref()), method.needs_phone)?,
        };
        Ok(BegunPayment {
            order,
            lines,
            attempt,
            gateway: self.gateway,
            sandbox_answer: self.sandbox_answer,
            wait_until: now + method.wait,
        })
    }
}

/// Inserts attempts, and keeps the holds while they are in progress, even past their own expiry.
async fn insert_all(
    conn: &mut PgConnection,
    begun: &[(usize, BegunPayment<'_>)],
    now: OffsetDateTime,
) -> Result<()> {
    let new = |(_, begun): &(usize, BegunPayment<'_>)| NewPayment {
        id: begun.attempt.payment,
        order: begun.order.id,
        account: begun.order.account,
        gateway: begun.gateway,
        amount: &begun.attempt.amount,
        wait_until: begun.wait_until,
    };
    payments::create_all(conn, &begun.iter().map(new).collect::<Vec<_>>(), now).await?;
    let answered: Vec<(&Attempt, BankAnswer)> = begun
        .iter()
        .filter_map(|(_, begun)| Some((&begun.attempt, begun.sandbox_answer?)))
        .collect();
    if !answered.is_empty() {
        payments::answer_beforehand(conn, &answered, now).await?;
    }
    let step = |(_, begun): &(usize, BegunPayment<'_>)| {
        let word = Some(("gateway", begun.gateway));
        attempts::step(begun.order, begun.attempt.payment, HistoryKind::PaymentBegun, word)
    };
    history::record_all(conn, &begun.iter().map(step).collect::<Vec<_>>()).await?;
    // One statement for each gateway, as each has a time of its own.
    let mut waiting: BTreeMap<OffsetDateTime, Vec<HoldId>> = BTreeMap::new();
    for (_, begun) in begun {
        let holds = begun.lines.iter().map(|line| line.hold);
        waiting.entry(begun.wait_until).or_default().extend(holds);
    }
    for (until, holds) in waiting {
        stock::pause_expiry(conn, &holds, until).await?;
    }
    Ok(())
}

/// The ways to pay an order.
fn methods(platform: &Platform, order: &Order, lines: &[OrderLine]) -> Vec<Offered> {
    let is_shipped =
        |line: &OrderLine| line.voucher_valid_days.is_none() && line.slot_starts_on.is_none();
    payments::offered(
        &platform.config,
        &order.currency,
        &order.shipping_address.country,
        order.total_minor,
        lines.iter().any(is_shipped),
    )
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

/// Checks that a locked order can be paid.
async fn check_payable(
    conn: &mut PgConnection,
    order: &Order,
    lines: &[OrderLine],
    now: OffsetDateTime,
) -> Result<()> {
    payable(order, lines, &stock::held_by(conn, order.account, now).await?)
}

/// An error unless an order can be paid: it is unpaid, and all its units are among what its shopper
/// holds. What is held is sold, whatever has become of its sale.
fn payable(order: &Order, lines: &[OrderLine], held: &[Hold]) -> Result<()> {
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
    let held: HashSet<HoldId> = held.iter().map(|hold| hold.id).collect();
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
