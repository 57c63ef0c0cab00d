//! Refunds of units of an order's lines, by SMP's team and, within limits, by the provider of a parcel.

use std::collections::BTreeSet;

use serde_json::json;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    components::{self, PricedPart},
    deposit, given_back,
    lines::{self, OrderLine},
    parcels,
    refund::{self, ApprovedRefund},
    refund_events, refund_limits,
    refund_lines::{self, RefundLine},
    refund_parts,
    refund_units::{self, ChosenUnits, LineChoice, LineStanding},
    refund_view, refused, rules, shipments,
    state::OrderState,
    store::{self, Order},
    view::RefundView,
};
use crate::{
    access::{Actor, audit},
    kernel::{
        AccountId, Error, FieldError, FieldErrors, LineId, Money, ParcelId, RefundId, Result,
        TenantId,
        limits::{IDEMPOTENCY_KEY_CHARS_MAX, REFUND_REASON_CHARS_MAX},
        validate,
    },
    payments::{self, Refund, RefundState},
    payouts,
    platform::{Platform, Tx},
    vouchers,
};

/// A refund of units.
#[derive(Debug, Clone, Copy)]
pub struct LineRefund<'a> {
    /// For the shopper, who gets it by email.
    pub reason: &'a str,
    /// For those who sell: SMP's team, or the provider's team and SMP's.
    pub note: &'a str,
    pub lines: &'a [LineChoice],
    /// The same key for the same order is the same refund.
    pub idempotency_key: Option<&'a str>,
}

/// The provider that refunds units of its own parcel.
#[derive(Debug, Clone, Copy)]
pub struct RefundingProvider {
    pub tenant: TenantId,
    pub parcel: ParcelId,
}

struct CheckedTexts {
    reason: String,
    note: String,
    key: Option<String>,
}

/// A refund of units whose texts are in order.
struct AskedRefund<'a> {
    by: AccountId,
    /// None: SMP's team.
    provider: Option<RefundingProvider>,
    lines: &'a [LineChoice],
    texts: CheckedTexts,
}

/// Refunds units of an order. `by` is the member of SMP's team who does it. What was paid in two payments
/// may be refunded in two parts; the first is returned.
pub async fn refund_lines(
    platform: &Platform,
    by: AccountId,
    number: &str,
    request: LineRefund<'_>,
) -> Result<RefundView> {
    let texts = texts(&request)?;
    let mut tx = platform.db.platform("request refund of lines").await?;
    let order = store::lock_by_number(&mut tx, number).await?;
    let asked = AskedRefund { by, provider: None, lines: request.lines, texts };
    make(platform, tx, &order, &asked).await
}

/// Refunds units of a provider's own parcel, as far as its limits allow. `by` is a member of its team.
pub async fn refund_own_lines(
    platform: &Platform,
    by: AccountId,
    provider: RefundingProvider,
    request: LineRefund<'_>,
) -> Result<RefundView> {
    let texts = texts(&request)?;
    let mut tx = platform.db.platform("request refund by provider").await?;
    let parcel = parcels::lock_parcel(&mut tx, provider.tenant, provider.parcel).await?;
    let order = store::by_id(&mut tx, parcel.order).await?;
    let asked = AskedRefund { by, provider: Some(provider), lines: request.lines, texts };
    make(platform, tx, &order, &asked).await
}

fn texts(request: &LineRefund<'_>) -> Result<CheckedTexts> {
    let mut fields = FieldErrors::default();
    let reason = validate::text(&mut fields, "reason", request.reason, 1, REFUND_REASON_CHARS_MAX);
    let note = validate::text(&mut fields, "note", request.note, 0, REFUND_REASON_CHARS_MAX);
    let key = request.idempotency_key.map(|key| {
        validate::text(&mut fields, "Idempotency-Key", key, 1, IDEMPOTENCY_KEY_CHARS_MAX)
    });
    fields.finish()?;
    Ok(CheckedTexts { reason, note, key })
}

/// Makes a refund of units of a locked order in its transaction, ends that, and has the gateway refund.
async fn make(
    platform: &Platform,
    mut tx: Tx,
    order: &Order,
    asked: &AskedRefund<'_>,
) -> Result<RefundView> {
    let now = platform.clock.now();
    let id = refund_id(order, asked);
    let all = payments::refunds_of_orders(&mut tx, &[order.id.0]).await?;
    let rows = refund_lines::of_orders(&mut tx, &[order.id.0]).await?;
    if let Some(row) = all.iter().find(|row| row.id == id) {
        check_repeat(row, &rows, asked)?;
        return refund_view::for_staff(&mut tx, row.clone()).await;
    }
    require_refundable(&mut tx, order).await?;
    let lines = lines::of_orders(&mut tx, &[order.id.0]).await?;
    let of_parcel = |line: &&OrderLine| asked.provider.is_none_or(|own| own.parcel == line.parcel);
    let standings = standings(&mut tx, order, &lines, &all, &rows).await?;
    let own: Vec<LineStanding<'_>> =
        standings.into_iter().filter(|standing| of_parcel(&standing.line)).collect();
    let refused = refused::parcels(&mut tx, order.id).await?;
    check_paid(asked.lines, &own, &refused)?;
    let chosen = refund_units::choose(asked.lines, &own, &order.currency)?;
    let amount: i64 = chosen.iter().map(|units| units.amount_minor).sum();
    let of_order = given_back::left(&mut tx, order).await?;
    if amount > of_order.minor {
        let left = Money::new(of_order.minor, &order.currency);
        let because = of_order.because(&order.currency);
        let message = format!(
            "Only {left} of the order is left to refund{because}; name fewer units, or an amount"
        );
        return Err(FieldError::new("lines", message).into());
    }
    if let Some(provider) = asked.provider {
        check_limits(&mut tx, provider.tenant, &Money::new(amount, &order.currency), now).await?;
    }
    let parts = refund_parts::of(&mut tx, order, id, amount).await?;
    let approved = ApprovedRefund {
        id,
        amount,
        reason: &asked.texts.reason,
        note: &asked.texts.note,
        restock: None,
        by: asked.by,
        actor: Actor::Account(asked.by),
        parcel: only_parcel(&chosen),
    };
    let refunds = refund::request(&mut tx, order, approved, now).await?;
    let amounts: Vec<(RefundId, i64)> = parts.iter().map(|part| (part.id, part.amount)).collect();
    let new = refund_units::rows_of(&chosen, &amounts);
    refund_lines::insert_all(&mut tx, order.account, &new).await?;
    if let Some(provider) = asked.provider {
        payments::note_provider(&mut tx, &refunds, provider.tenant).await?;
    }
    record(&mut tx, order, asked, id, &new).await?;
    tx.commit().await?;

    for refund in refunds {
        refund::settle_refund(platform, refund).await?;
    }
    let mut tx = platform.db.platform("refund").await?;
    let row = payments::refund_find(&mut tx, id).await?.ok_or(Error::NotFound("refund"))?;
    refund_view::for_staff(&mut tx, row).await
}

/// The refund of the request's key, which is its identity. A provider's keys are its own.
fn refund_id(order: &Order, asked: &AskedRefund<'_>) -> RefundId {
    let key = asked.texts.key.as_ref().map(|key| match asked.provider {
        Some(provider) => format!("{} {key}", provider.tenant),
        None => key.clone(),
    });
    key.map_or_else(RefundId::new, |key| refund::keyed(order, &key))
}

/// A repeat of a request is the same refund; another request with its key is a conflict.
fn check_repeat(row: &Refund, rows: &[RefundLine], asked: &AskedRefund<'_>) -> Result<()> {
    let parts = [row.id, refund_parts::part_id(row.id, 1)];
    let of_line = |choice: &LineChoice| {
        let own =
            || rows.iter().filter(|row| parts.contains(&row.refund) && row.line == choice.line);
        let units: i32 = own().map(|row| row.quantity).sum();
        let amount: i64 = own().map(|row| row.amount_minor).sum();
        units == choice.quantity
            && own().all(|row| row.restock == choice.restock)
            && choice.amount_minor.is_none_or(|asked| asked == amount)
    };
    let named = rows.iter().filter(|line| parts.contains(&line.refund)).map(|line| line.line);
    let named: BTreeSet<LineId> = named.collect();
    let is_same = row.reason == asked.texts.reason
        && row.note == asked.texts.note
        && named.len() == asked.lines.len()
        && asked.lines.iter().all(of_line);
    if is_same { Ok(()) } else { Err(refund::key_reused()) }
}

/// Checks that no units are of a parcel for which nothing was paid.
fn check_paid(
    choices: &[LineChoice],
    standings: &[LineStanding<'_>],
    refused: &BTreeSet<ParcelId>,
) -> Result<()> {
    let mut fields = FieldErrors::default();
    for (nth, choice) in choices.iter().enumerate() {
        let standing = standings.iter().find(|standing| standing.line.id == choice.line);
        if standing.is_some_and(|standing| refused.contains(&standing.line.parcel)) {
            let message = "Its parcel was refused at the door or called off, so nothing was paid for it; \
                           leave the line out";
            fields.add(format!("lines.{nth}.line_id"), message);
        }
    }
    fields.finish()
}

/// Checks that units of an order can be refunded at all.
async fn require_refundable(conn: &mut PgConnection, order: &Order) -> Result<()> {
    if payments::paid_parts(conn, order.id).await?.is_empty() {
        return Err(Error::conflict(
            "not_paid",
            "This order was never paid, so there is nothing to refund.",
        ));
    }
    if order.state == OrderState::Cancelled {
        return Err(Error::conflict(
            "order_cancelled",
            "This order was cancelled, and its units came back then. Refund an amount instead.",
        ));
    }
    if order.rest_is_unpaid() {
        return Err(Error::conflict(
            "rest_due",
            "Only the deposit of this order is paid. Refund an amount, or everything that was paid.",
        ));
    }
    let left = given_back::left(conn, order).await?;
    if left.minor == 0 {
        return Err(left.none_left(&order.currency, "This order was refunded in full already."));
    }
    payouts::require_undisputed(conn, order.id).await
}

/// Where the lines of a locked order stand, after its refunds with these lines.
pub(super) async fn standings<'l>(
    conn: &mut PgConnection,
    order: &Order,
    lines: &'l [OrderLine],
    refunds: &[Refund],
    rows: &[RefundLine],
) -> Result<Vec<LineStanding<'l>>> {
    let counts = |row: &&Refund| row.state != RefundState::Failed && !row.surplus;
    let valid: Vec<&Refund> = refunds.iter().filter(counts).collect();
    // The money of one that failed after it was made came back, and its units did not.
    let has_units = |row: &&Refund| counts(row) || (row.has_units() && !row.surplus);
    let with_units: Vec<&Refund> = refunds.iter().filter(has_units).collect();
    let is_emptied = refunds.iter().any(|row| row.emptied_order);
    let quote = components::of_order(conn, order.id, lines).await?;
    let mut parts = components::parts(&quote, lines);
    deposit::only_paid(order, &mut parts);
    refused::leave_out(conn, order.id, &mut parts).await?;
    let before = refund_events::of_each(&valid, rows, &parts);
    let prior = refund_events::priors(&valid, &before);
    let left = rules::left(&components::refundable(&parts), &prior);
    let parcels: Vec<Uuid> = lines.iter().map(|line| line.parcel.0).collect();
    let shipped = shipments::shipments_of_parcels(conn, &[order.id.0], &parcels).await?;
    let redeemed = vouchers::redeemed_units(conn, order.id).await?;
    let standing = |(part, left_minor): (&PricedPart<'l>, i64)| {
        let line = part.line?;
        let units_left =
            if is_emptied { 0 } else { refund_units::units_left(line, &with_units, rows) };
        let was_shipped = shipped.contains_key(&line.parcel);
        let redeemed = redeemed.get(&line.id).copied().unwrap_or(0);
        Some(LineStanding { line, units_left, redeemed, left_minor, was_shipped })
    };
    Ok(parts.iter().zip(left).filter_map(standing).collect())
}

/// What is left to refund for a parcel of a locked order, in minor units, with its shipping.
pub(super) async fn left_of_parcel(
    conn: &mut PgConnection,
    order: &Order,
    lines: &[OrderLine],
    refunds: &[Refund],
    parcel: ParcelId,
) -> Result<i64> {
    let counts = |row: &&Refund| row.state != RefundState::Failed && !row.surplus;
    let valid: Vec<&Refund> = refunds.iter().filter(counts).collect();
    let rows = refund_lines::of_orders(conn, &[order.id.0]).await?;
    let quote = components::of_order(conn, order.id, lines).await?;
    let mut parts = components::parts(&quote, lines);
    deposit::only_paid(order, &mut parts);
    refused::leave_out(conn, order.id, &mut parts).await?;
    let before = refund_events::of_each(&valid, &rows, &parts);
    let prior = refund_events::priors(&valid, &before);
    Ok(rules::left_of_parcel(&components::refundable(&parts), &prior, parcel))
}

/// Checks what a provider may refund by itself.
async fn check_limits(
    conn: &mut PgConnection,
    tenant: TenantId,
    amount: &Money,
    now: OffsetDateTime,
) -> Result<()> {
    let limits = refund_limits::of_currency(&amount.currency);
    let since = now - refund_limits::COUNTED;
    let before = payments::refunded_by_provider(conn, tenant, &amount.currency, since).await?;
    let money = |minor: i64| Money::new(minor, &amount.currency);
    if amount.amount > limits.at_once_minor {
        let limit = money(limits.at_once_minor);
        return Err(Error::conflict(
            "refund_limit",
            format!(
                "You can refund at most {limit} at once, and this is {amount}. Refund fewer units, \
                 or ask SMP’s customer service to make this refund."
            ),
        ));
    }
    if before + amount.amount > limits.counted_minor {
        let (limit, days) = (money(limits.counted_minor), refund_limits::COUNTED.whole_days());
        let left = money((limits.counted_minor - before).max(0));
        return Err(Error::conflict(
            "refund_limit",
            format!(
                "You can refund at most {limit} within {days} days, of which {left} is left. Ask \
                 SMP’s customer service to make this refund."
            ),
        ));
    }
    Ok(())
}

/// The parcel that all of the units are of; None: there are several.
fn only_parcel(chosen: &[ChosenUnits<'_>]) -> Option<ParcelId> {
    let first = chosen.first()?.line.parcel;
    chosen.iter().all(|units| units.line.parcel == first).then_some(first)
}

/// Records in the audit log who refunded what.
async fn record(
    conn: &mut PgConnection,
    order: &Order,
    asked: &AskedRefund<'_>,
    id: RefundId,
    rows: &[RefundLine],
) -> Result<()> {
    let lines = rows.iter().map(|row| {
        json!({
            "line_id": row.line,
            "quantity": row.quantity,
            "amount_minor": row.amount_minor,
            "restock": row.restock,
        })
    });
    let details = json!({
        "refund_id": id,
        "order_number": order.number,
        "amount_minor": rows.iter().map(|row| row.amount_minor).sum::<i64>(),
        "currency": order.currency,
        "reason": asked.texts.reason,
        "note": asked.texts.note,
        "lines": lines.collect::<Vec<_>>(),
    });
    let by = Actor::Account(asked.by);
    match asked.provider {
        Some(RefundingProvider { tenant, parcel }) => {
            let subject = format!("parcel {parcel}");
            audit::record(conn, by, tenant, "parcel_refund_create", &subject, &details).await
        }
        None => {
            let subject = format!("order {}", order.number);
            audit::record(conn, by, TenantId::PLATFORM, "refund_create", &subject, &details).await
        }
    }
}
