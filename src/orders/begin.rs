//! Recording payments before their gateways are called, those that are begun at the same moment together.

use std::collections::{BTreeMap, HashMap, HashSet};

use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{
    attempts,
    history::{self, HistoryKind},
    lines::{self, OrderLine},
    place, rest,
    state::OrderState,
    store::{self, Order},
};
use crate::{
    kernel::{
        AccountId, Error, FieldError, FieldErrors, HoldId, Money, OrderId, PaymentId, Result,
        validate,
    },
    payments::{
        self, BankAnswer, CASH, NewPayment, Offered,
        gateway::{Attempt, PayingShopper},
    },
    platform::{
        Platform, PublicPath,
        hot_path::{GroupAnswers, Grouped, firsts, refusal, submit},
    },
    stock::{self, Hold},
};

/// Records the attempt, if the order can be paid now and in this way. None while another is open.
pub(super) async fn begin(platform: &Platform, beginning: &Beginning) -> Result<Option<Attempt>> {
    submit(&platform.groups, platform, beginning.clone()).await
}

/// A payment to begin.
#[derive(Clone)]
pub(super) struct Beginning {
    /// Its id: by it, an attempt whose record was not answered for is found again.
    pub payment: PaymentId,
    pub account: AccountId,
    /// As orders are stored.
    pub number: String,
    pub gateway: &'static str,
    /// What a gateway of codes sends its code to; None: the phone of the address.
    pub phone: Option<String>,
    /// Decides a sandbox payment at once.
    pub sandbox_answer: Option<BankAnswer>,
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
    /// The shopper's word for the way to pay.
    label: &'static str,
    sandbox_answer: Option<BankAnswer>,
    look_at: OffsetDateTime,
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
    let mut tx = platform.groups.db().platform("begin payments").await?;
    let orders = store::lock_of_accounts(&mut tx, &accounts, &numbers).await?;
    let orders: HashMap<&str, &Order> =
        orders.iter().map(|order| (order.number.as_str(), order)).collect();
    let ids: Vec<uuid::Uuid> = orders.values().map(|order| order.id.0).collect();
    let open = payments::open_of_orders(&mut tx, &ids).await?;
    let known: HashSet<PaymentId> = open.iter().map(|payment| payment.id).collect();
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
        let lines = lines.get(&order.id).map(Vec::as_slice).unwrap_or_default();
        if known.contains(&member.payment) {
            let again = member.attempt(platform, order, lines, now);
            answers[nth] = Some(again.map(|begun| Some(begun.attempt)));
            continue;
        }
        if open.contains(&order.id) {
            answers[nth] = Some(Ok(None));
            continue;
        }
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
        if order.state == OrderState::AwaitingPayment
            && order.rest_due_on.is_some_and(|due| rest::day_of(now) > due)
        {
            return Err(Error::conflict(
                "ended",
                "The date for the rest of this order has passed, so its deposit is not taken any \
                 more. Nothing was charged.",
            ));
        }
        let method = method(platform, order, lines, self.gateway)?;
        let payment = self.payment;
        let return_path = PublicPath::PaymentReturn { gateway: self.gateway, payment };
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
            phone: phone(self.phone.as_deref().or(address.phone.as_deref()), method.needs_phone)?,
        };
        Ok(BegunPayment {
            order,
            lines,
            attempt,
            gateway: self.gateway,
            label: method.label,
            sandbox_answer: self.sandbox_answer,
            look_at: now + platform.config.first_look,
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
    let new: Vec<NewPayment<'_>> = begun
        .iter()
        .map(|(_, begun)| NewPayment {
            id: begun.attempt.payment,
            order: begun.order.id,
            account: begun.order.account,
            gateway: begun.gateway,
            part: begun.order.payable_part(),
            amount: &begun.attempt.amount,
            look_at: begun.look_at,
            wait_until: begun.wait_until,
        })
        .collect();
    payments::create_all(conn, &new, now).await?;
    let answered: Vec<(&Attempt, BankAnswer)> = begun
        .iter()
        .filter_map(|(_, begun)| Some((&begun.attempt, begun.sandbox_answer?)))
        .collect();
    if !answered.is_empty() {
        payments::answer_beforehand(conn, &answered, now).await?;
    }
    let step = |(_, begun): &(usize, BegunPayment<'_>)| {
        let word = Some(("method", begun.label));
        attempts::step(begun.order, begun.attempt.payment, HistoryKind::PaymentBegun, word)
    };
    history::record_all(conn, &begun.iter().map(step).collect::<Vec<_>>()).await?;
    // One statement for each gateway, as each has a time of its own.
    let mut waiting: BTreeMap<OffsetDateTime, Vec<HoldId>> = BTreeMap::new();
    let unpaid = |begun: &&BegunPayment<'_>| begun.order.state == OrderState::AwaitingPayment;
    for begun in begun.iter().map(|(_, begun)| begun).filter(unpaid) {
        let holds = begun.lines.iter().map(|line| line.hold);
        waiting.entry(begun.wait_until).or_default().extend(holds);
    }
    for (until, holds) in waiting {
        stock::pause_expiry(conn, &holds, until).await?;
    }
    Ok(())
}

/// The ways to pay what is due of an order. Cash on delivery is for whole orders only.
pub(super) fn methods(platform: &Platform, order: &Order, lines: &[OrderLine]) -> Vec<Offered> {
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

/// An error unless an order can be paid: its rest is due, or it is unpaid, and all its units are among
/// what its shopper holds. What is held is sold, whatever has become of its sale.
pub(super) fn payable(order: &Order, lines: &[OrderLine], held: &[Hold]) -> Result<()> {
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
    let held: HashSet<HoldId> = held.iter().map(|hold| hold.id).collect();
    if !lines.iter().all(|line| held.contains(&line.hold)) {
        return Err(place::hold_expired());
    }
    Ok(())
}
