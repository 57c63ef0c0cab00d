//! Giving money back, in full or in part. The amount is set aside first, then the gateway is asked,
//! then it is settled.

use std::collections::BTreeSet;

use serde_json::json;
use sha2::{Digest, Sha256};
use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{
    REFUND_SETTLE, Refund, rules,
    store::{self, LineRow, OrderRow},
};
use crate::{
    access::{Actor, audit},
    events,
    kernel::{
        AccountId, Error, FieldErrors, Money, ParcelId, PaymentId, RefundId, Result, SaleId,
        TenantId, validate,
    },
    payments::{self, NewRefund, RefundOutcome, RefundRow, RefundState},
    platform::{Platform, broker::Notice},
    sales, stock, vouchers,
};

/// Longest idempotency key, in characters.
const KEY_MAX_CHARS: usize = 120;

/// What SMP's team asks for.
#[derive(Debug)]
pub struct RefundRequest<'a> {
    pub reason: &'a str,
    /// None: all that is left.
    pub amount_minor: Option<i64>,
    /// The same key for the same order is the same refund.
    pub idempotency_key: Option<&'a str>,
}

/// Gives money of an order back. `by` is who of SMP's team does it.
pub async fn refund(
    platform: &Platform,
    by: AccountId,
    number: &str,
    request: RefundRequest<'_>,
) -> Result<Refund> {
    let mut fields = FieldErrors::default();
    let reason = validate::text(&mut fields, "reason", request.reason, 1, 500);
    fields.check(
        request.amount_minor.is_none_or(|amount| amount > 0),
        "amount_minor",
        "Must be more than zero; leave it out to refund all that is left",
    );
    let key = request
        .idempotency_key
        .map(|key| validate::text(&mut fields, "Idempotency-Key", key, 1, KEY_MAX_CHARS));
    fields.finish()?;

    let now = platform.clock.now();
    let mut tx = platform.db.platform("request refund").await?;
    let order = store::lock_by_number(&mut tx, number).await?;
    let id = key.map_or_else(RefundId::new, |key| keyed(&order, &key));
    if let Some(row) = payments::refund_find(&mut tx, id).await? {
        return repeat(row, &reason, request.amount_minor);
    }
    let Some(payment) = payments::succeeded_of_order(&mut tx, order.id).await? else {
        return Err(Error::conflict(
            "not_paid",
            "This order was never paid, so there is nothing to give back.",
        ));
    };
    let left = order.total_minor - order.refunded_minor;
    if left == 0 {
        return Err(Error::conflict(
            "already_refunded",
            "All of this order was given back already.",
        ));
    }
    let amount = request.amount_minor.unwrap_or(left);
    if amount > left {
        let left = Money::new(left, order.currency);
        return Err(crate::kernel::FieldError::new(
            "amount_minor",
            format!("Only {left} is left to refund; give at most {}", left.amount),
        )
        .into());
    }
    let new = Asked { id, payment: payment.id, amount, reason: &reason, by, parcel: None };
    ask(&mut tx, &order, new, now).await?;
    let details = json!({"refund_id": id, "amount_minor": amount, "currency": order.currency, "reason": reason});
    audit::record(
        &mut tx,
        Actor::Account(by),
        TenantId::PLATFORM,
        "refund_create",
        &format!("order {number}"),
        &details,
    )
    .await?;
    tx.commit().await?;

    settle_refund(platform, id).await?;
    let mut tx = platform.db.platform("refund").await?;
    let row = payments::refund_find(&mut tx, id).await?;
    Ok(row.ok_or(Error::NotFound("refund"))?.into())
}

/// The refund of an idempotency key: the key is its identity.
fn keyed(order: &OrderRow, key: &str) -> RefundId {
    let hash = Sha256::digest(format!("refund {} {key}", order.id));
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    RefundId(uuid::Builder::from_random_bytes(bytes).into_uuid())
}

fn repeat(row: RefundRow, reason: &str, amount: Option<i64>) -> Result<Refund> {
    if row.reason == reason && amount.is_none_or(|amount| amount == row.amount_minor) {
        return Ok(row.into());
    }
    Err(Error::conflict(
        "key_reused",
        "This Idempotency-Key was used for another refund of this order. Use a new key for a new refund.",
    ))
}

/// A refund that passed every check.
pub(super) struct Asked<'a> {
    pub id: RefundId,
    pub payment: PaymentId,
    /// Minor units.
    pub amount: i64,
    pub reason: &'a str,
    pub by: AccountId,
    /// The one parcel it is for.
    pub parcel: Option<ParcelId>,
}

/// Sets the money aside and leaves the rest to a job, in case this process ends before it is done.
pub(super) async fn ask(
    conn: &mut PgConnection,
    order: &OrderRow,
    asked: Asked<'_>,
    now: OffsetDateTime,
) -> Result<()> {
    let Asked { id, payment, amount, reason, by, parcel } = asked;
    store::add_refunded(conn, order.id, amount).await?;
    let amount = Money::new(amount, order.currency.clone());
    let new = NewRefund {
        id,
        order: order.id,
        payment,
        account: order.account,
        amount: &amount,
        reason,
        requested_by: by,
        parcel,
    };
    payments::refund_create(conn, &new, now).await?;
    events::enqueue(conn, REFUND_SETTLE, &json!({"refund_id": id})).await
}

/// Asks for all the money of an order back, because its units were gone. None when it cost nothing.
pub(super) async fn request_all(
    conn: &mut PgConnection,
    order: &OrderRow,
    payment: PaymentId,
    now: OffsetDateTime,
) -> Result<Option<RefundId>> {
    if order.total_minor == 0 {
        return Ok(None);
    }
    let id = RefundId::new();
    let reason = "The units were gone when the payment came through.";
    ask(
        conn,
        order,
        Asked { id, payment, amount: order.total_minor, reason, by: order.account, parcel: None },
        now,
    )
    .await?;
    Ok(Some(id))
}

/// Asks the gateway and keeps what came of it; the job behind [`REFUND_SETTLE`]. A refund that has
/// ended is left alone.
pub async fn settle_refund(platform: &Platform, id: RefundId) -> Result<()> {
    let mut tx = platform.db.platform("settle refund").await?;
    let refund = payments::refund_find(&mut tx, id).await?.ok_or(Error::NotFound("refund"))?;
    if !matches!(refund.state, RefundState::Requested | RefundState::Pending) {
        return Ok(());
    }
    let payment = payments::find(&mut tx, refund.payment_id).await?;
    drop(tx);
    let amount = Money::new(refund.amount_minor, refund.currency.clone());
    let outcome =
        payments::gateway(&payment.gateway)?.refund(id, &payment.reference, &amount).await?;
    for notice in settle(platform, &refund, &outcome).await? {
        platform.broker.publish(notice).await;
    }
    Ok(())
}

/// Returns what every node should hear: whose stock came back, and who was offered it.
async fn settle(
    platform: &Platform,
    refund: &RefundRow,
    outcome: &RefundOutcome,
) -> Result<Vec<Notice>> {
    let now = platform.clock.now();
    let mut tx = platform.db.platform("settle refund").await?;
    let order = store::lock(&mut tx, refund.order_id).await?;
    let to = if *outcome == RefundOutcome::Succeeded {
        RefundState::Succeeded
    } else {
        RefundState::Failed
    };
    if !payments::refund_settle(&mut tx, refund.id, to, now).await? {
        return Ok(vec![]);
    }
    if let RefundOutcome::Failed { reason } = outcome {
        tracing::warn!(refund = %refund.id, reason, "the gateway refused a refund");
        store::add_refunded(&mut tx, order.id, -refund.amount_minor).await?;
        tx.commit().await?;
        return Ok(vec![]);
    }
    let all = payments::refunds_of_orders(&mut tx, &[order.id.0]).await?;
    let succeeded: Vec<&RefundRow> =
        all.iter().filter(|row| row.state == RefundState::Succeeded).collect();
    let settled: i64 = succeeded.iter().map(|row| row.amount_minor).sum();
    let full = order.confirmed_at.is_some() && settled == order.total_minor;
    let before: Vec<&RefundRow> = succeeded.into_iter().filter(|row| row.id != refund.id).collect();
    let lines = store::lines(&mut tx, &[order.id.0]).await?;
    // A parcel that was refunded by itself came back already.
    let is_back = |line: &LineRow| before.iter().any(|earlier| earlier.parcel == Some(line.parcel));
    let comes_back =
        |line: &&LineRow| (full || refund.parcel == Some(line.parcel)) && !is_back(line);
    let back: Vec<&LineRow> = lines.iter().filter(comes_back).collect();
    let offered = take_back(&mut tx, &order, &back, now).await?;
    tell(&mut tx, &order, refund, &lines, &before, &back).await?;
    let slugs = if back.is_empty() { vec![] } else { slugs(&mut tx, &back).await? };
    tx.commit().await?;
    let moved = slugs.into_iter().map(|slug| Notice::StockChanged { slug });
    Ok(moved.chain([Notice::ShoppersChanged { accounts: offered }]).collect())
}

/// Units go back on sale, parcels are not sent any more, vouchers are void. Returns who was offered
/// the units.
async fn take_back(
    conn: &mut PgConnection,
    order: &OrderRow,
    lines: &[&LineRow],
    now: OffsetDateTime,
) -> Result<Vec<AccountId>> {
    let mut offered = vec![];
    for line in lines {
        offered
            .extend(stock::return_units(conn, line.tenant, line.hold, line.quantity, now).await?);
    }
    let parcels: BTreeSet<ParcelId> = lines.iter().map(|line| line.parcel).collect();
    store::cancel_unshipped(conn, order.id, &parcels.into_iter().collect::<Vec<_>>()).await?;
    for lines in lines.chunk_by(|a, b| a.tenant == b.tenant) {
        let vouchers: Vec<ParcelId> = lines
            .iter()
            .filter(|line| line.voucher_valid_days.is_some())
            .map(|line| line.parcel)
            .collect();
        if !vouchers.is_empty() {
            vouchers::void(conn, lines[0].tenant, order.id, &vouchers, now).await?;
        }
    }
    Ok(offered)
}

/// One event for each provider, with its own share. An order that was never confirmed sold nothing,
/// so no line is told of.
async fn tell(
    conn: &mut PgConnection,
    order: &OrderRow,
    refund: &RefundRow,
    lines: &[LineRow],
    before: &[&RefundRow],
    back: &[&LineRow],
) -> Result<()> {
    let shares = rules::shares(
        &rules::parts(lines),
        &before.iter().map(|row| rules::Given::of(row)).collect::<Vec<_>>(),
        rules::Given::of(refund),
    );
    let concerned = |line: &LineRow| refund.parcel.is_none_or(|parcel| parcel == line.parcel);
    let parts: Vec<(&LineRow, i64)> =
        lines.iter().zip(shares).filter(|(line, _)| concerned(line)).collect();
    for part in parts.chunk_by(|a, b| a.0.tenant == b.0.tenant) {
        let told = part.iter().filter(|_| order.confirmed_at.is_some()).map(|(line, share)| {
            let units = if back.iter().any(|returned| returned.id == line.id) { line.quantity } else { 0 };
            json!({"sale_id": line.sale, "visit_id": line.visit, "quantity": units, "amount_minor": share})
        });
        let payload = json!({
            "order_id": order.id,
            "order_number": order.number,
            "account_id": order.account,
            "refund_id": refund.id,
            "parcel_id": refund.parcel,
            "amount_minor": part.iter().map(|(_, share)| share).sum::<i64>(),
            "currency": order.currency,
            "lines": told.collect::<Vec<_>>(),
        });
        events::publish(conn, part[0].0.tenant, "refund.succeeded", &payload).await?;
    }
    Ok(())
}

async fn slugs(conn: &mut PgConnection, lines: &[&LineRow]) -> Result<Vec<String>> {
    let wanted: Vec<SaleId> = lines.iter().map(|line| line.sale).collect();
    Ok(sales::published_by_ids(conn, &wanted).await?.into_iter().map(|sale| sale.slug).collect())
}
