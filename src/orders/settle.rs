//! A payment that settles an order: every hold is sold and the order confirmed, all or nothing. Money
//! that cannot pay the order goes back in full.

use std::collections::{HashMap, HashSet};

use serde_json::json;
use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{
    attempts::{self, AppliedOutcome},
    history::{self, HistoryKind},
    issued_vouchers,
    lines::{self, OrderLine},
    pending_events::{self, PendingEvent},
    postings::{self, ConfirmedSale},
    refund, rest,
    settlement::Settlement,
    state::{CancelReason, OrderState},
    store::{self, Order},
};
use crate::{
    access::{Actor, audit},
    kernel::{Error, Keyring, OrderId, PaymentId, Result, TenantId},
    payments::{self, Payment, PaymentMove, PaymentPart, PaymentState, gateway::Taken},
    platform::{
        FaultPoint, Platform, Tx,
        broker::Notice,
        hot_path::{GroupAnswers, Grouped, submit},
    },
    stock::{self, HoldKey},
};

/// Settles an order with a payment, together with others that are paid at the same moment. Money for an
/// order that is settled or cancelled already, or of another amount than was asked for, goes back; so
/// does money that comes when the units are gone.
pub(super) async fn settle(
    platform: &Platform,
    id: PaymentId,
    with: Settlement,
) -> Result<AppliedOutcome> {
    submit(&platform.groups, platform, Settling { payment: id, with }).await
}

/// A payment that settles its order.
struct Settling {
    payment: PaymentId,
    with: Settlement,
}

impl Grouped for Settling {
    type Answer = AppliedOutcome;
    type Context = Platform;
    const NAME: &'static str = "settlements";

    async fn commit(platform: &Platform, group: &[Self]) -> Result<GroupAnswers<AppliedOutcome>> {
        settle_all(platform, group).await
    }

    async fn alone(platform: &Platform, member: &Self) -> Result<AppliedOutcome> {
        let answer = settle_all(platform, std::slice::from_ref(member)).await?.pop().flatten();
        match answer {
            Some(answer) => answer,
            None => Box::pin(cannot_settle(platform, member.payment, member.with.clone())).await,
        }
    }
}

/// What a payment is to its locked order.
#[derive(Debug, PartialEq, Eq)]
enum PaymentFit {
    /// It was dealt with before.
    Over(AppliedOutcome),
    /// It pays the order, if its units are there.
    Pays,
    /// It does not: its money goes back, unless it is for the rest of an order.
    Cannot,
}

impl Settling {
    /// `returned`: what it took for nothing is on its way back.
    fn fit(&self, order: &Order, payment: &Payment, returned: bool) -> PaymentFit {
        if payment.state.is_settled() {
            return PaymentFit::Over(AppliedOutcome::Settled);
        }
        if let Settlement::Taken(taken) = &self.with {
            if returned {
                return PaymentFit::Over(AppliedOutcome::Over);
            }
            if taken.amount != payment.amount() {
                return PaymentFit::Cannot;
            }
        }
        if order.state == OrderState::AwaitingPayment {
            PaymentFit::Pays
        } else {
            PaymentFit::Cannot
        }
    }
}

/// An order that a payment of a group settles.
struct Settled<'a> {
    order: &'a Order,
    payment: &'a Payment,
    with: &'a Settlement,
    /// As stock is locked.
    lines: Vec<OrderLine>,
}

/// Settles the orders of a group. A payment that cannot settle its order leaves the group; so does the
/// second of an order, and one whose units are gone.
async fn settle_all(
    platform: &Platform,
    group: &[Settling],
) -> Result<GroupAnswers<AppliedOutcome>> {
    let now = platform.clock.now();
    let mut answers: GroupAnswers<AppliedOutcome> = group.iter().map(|_| None).collect();
    let ids: Vec<PaymentId> = group.iter().map(|member| member.payment).collect();
    let mut tx = platform.groups.db().platform("settle payments").await?;
    let locked = attempts::lock_all(&mut tx, &ids).await?;
    let returned = payments::returned_among(&mut tx, &ids).await?;
    let (mut paying, mut orders) = (vec![], HashSet::new());
    for (nth, member) in group.iter().enumerate() {
        let Some((order, payment)) = locked.get(&member.payment) else {
            answers[nth] = Some(Err(Error::NotFound("payment")));
            continue;
        };
        match member.fit(order, payment, returned.contains(&payment.id)) {
            PaymentFit::Over(outcome) => answers[nth] = Some(Ok(outcome)),
            PaymentFit::Pays if orders.insert(order.id) => {
                paying.push((nth, Settled { order, payment, with: &member.with, lines: vec![] }));
            }
            PaymentFit::Pays | PaymentFit::Cannot => {}
        }
    }
    if paying.is_empty() {
        return Ok(answers);
    }
    let ids: Vec<uuid::Uuid> = paying.iter().map(|(_, settled)| settled.order.id.0).collect();
    let mut lines: HashMap<OrderId, Vec<OrderLine>> = HashMap::new();
    for line in lines::of_orders(&mut tx, &ids).await? {
        lines.entry(line.order).or_default().push(line);
    }
    for (_, settled) in &mut paying {
        settled.lines = lines.remove(&settled.order.id).unwrap_or_default();
    }
    let holds = |(_, settled): &(usize, Settled<'_>)| -> Vec<HoldKey> {
        settled.lines.iter().map(|line| (line.tenant, line.hold)).collect()
    };
    let baskets: Vec<Vec<HoldKey>> = paying.iter().map(holds).collect();
    let sold = stock::sell_all(&mut tx, &baskets, now).await?;
    let mut settled = vec![];
    for ((nth, paid), is_sold) in paying.into_iter().zip(sold) {
        if is_sold {
            answers[nth] = Some(Ok(AppliedOutcome::Settled));
            settled.push(paid);
        }
    }
    if settled.is_empty() {
        return Ok(answers);
    }
    confirm_all(&mut tx, &platform.config.keyring, &settled, now).await?;
    platform.fault_point(FaultPoint::OrderSettled);
    tx.commit().await?;
    platform.fault_point(FaultPoint::OrderConfirmed);
    let accounts = settled.iter().map(|settled| settled.order.account).collect();
    platform.broker.publish(Notice::ShoppersChanged { accounts }).await;
    Ok(answers)
}

/// Confirms orders whose units were sold, with the payments that paid them.
async fn confirm_all(
    conn: &mut PgConnection,
    keyring: &Keyring,
    settled: &[Settled<'_>],
    now: OffsetDateTime,
) -> Result<()> {
    let orders: Vec<OrderId> = settled.iter().map(|settled| settled.order.id).collect();
    let paying: Vec<PaymentId> = settled.iter().map(|settled| settled.payment.id).collect();
    attempts::close_others(conn, &orders, &paying, now).await?;
    let changes: Vec<(PaymentId, PaymentMove<'_>)> =
        settled.iter().map(|settled| (settled.payment.id, settled.with.change())).collect();
    payments::settle_payments(conn, &changes, now).await?;
    let step = |settled: &Settled<'_>| {
        let kind = match settled.with {
            Settlement::Taken(_) => HistoryKind::PaymentSucceeded,
            Settlement::Due { .. } => HistoryKind::PaymentDue,
        };
        attempts::step(settled.order, settled.payment.id, kind, None)
    };
    history::record_all(conn, &settled.iter().map(step).collect::<Vec<_>>()).await?;
    store::confirm(conn, &orders, now).await?;
    let (with_rest, whole): (Vec<_>, Vec<_>) =
        settled.iter().partition(|settled| settled.order.rest_minor > 0);
    let with_rest: Vec<&Order> = with_rest.into_iter().map(|settled| settled.order).collect();
    rest::begin(conn, &with_rest, now).await?;
    let bought: Vec<(&Order, &[OrderLine])> =
        whole.into_iter().map(|settled| (settled.order, settled.lines.as_slice())).collect();
    let mut events = issued_vouchers::issue(conn, keyring, &bought, now).await?;
    for Settled { order, payment, with, lines } in settled {
        if payment.state == PaymentState::Created {
            events.extend(attempts::attempted(order.id, with.change().to, lines));
        }
        events.extend(confirmed_events(order, lines));
    }
    pending_events::publish(conn, events).await?;
    let sales = settled.iter().map(|settled| ConfirmedSale {
        order: settled.order,
        payment: settled.payment,
        lines: &settled.lines,
        money: settled.with.money(),
    });
    postings::confirmed(conn, &sales.collect::<Vec<_>>(), now).await
}

/// Deals with a payment that did not settle its order, by itself.
async fn cannot_settle(
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
        if payments::returned_among(&mut tx, &[id]).await?.contains(&id) {
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
    drop(tx);
    units_gone(platform, id, with).await
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
    payments::expect_fee(conn, payment.id, now).await?;
    refund::request_return(conn, order, payment.id, &taken.amount, reason, note, now).await?;
    postings::taken(conn, order, payment, &taken.amount, now).await
}

/// The payment came after the holds had expired and the units were sold: cancels the order and
/// refunds the money.
async fn units_gone(
    platform: &Platform,
    id: PaymentId,
    with: Settlement,
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
    attempts::close_others(&mut tx, &[order.id], &[id], now).await?;
    let lines = lines::of_orders(&mut tx, &[order.id.0]).await?;
    let cancelled =
        store::cancel(&mut tx, std::slice::from_ref(&order), CancelReason::UnitsGone).await?;
    pending_events::publish(&mut tx, cancelled).await?;
    let refunds = match &with {
        Settlement::Taken(_) => {
            payments::move_payment(&mut tx, id, &with.change(), true, now).await?;
            attempts::record(&mut tx, &order, id, HistoryKind::PaymentSucceeded, None).await?;
            let refunds = refund::request_all(&mut tx, &order, now).await?;
            postings::taken(&mut tx, &order, &payment, &payment.amount(), now).await?;
            refunds
        }
        Settlement::Due { reference } => {
            payments::record_reference(&mut tx, id, reference, now).await?;
            attempts::close(&mut tx, id, now).await?;
            vec![]
        }
    };
    tx.commit().await?;
    attempts::release(platform, order.account, &lines).await?;
    // Others that left the same group do not wait for the gateway.
    let platform = platform.clone();
    tokio::spawn(async move {
        for refund in refunds {
            // The job of the refund makes sure, if this fails.
            if let Err(error) = refund::settle_refund(&platform, refund).await {
                tracing::warn!(?error, %refund, "a refund was not settled at once");
            }
        }
    });
    Ok(AppliedOutcome::UnitsGone)
}

/// What each provider of a confirmed order is told.
fn confirmed_events(order: &Order, lines: &[OrderLine]) -> impl Iterator<Item = PendingEvent> {
    lines.chunk_by(|a, b| a.tenant == b.tenant).map(move |lines| {
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
        PendingEvent { tenant: lines[0].tenant, kind: "order.confirmed", payload }
    })
}
