//! Refunds that a gateway refused: they are listed until they were tried again with success, or paid
//! another way.

use poem_openapi::Object;
use serde_json::json;
use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};

use super::{
    given_back,
    history::{self, HistoryKind},
    lines, number, postings,
    refund::{self, REFUND_SETTLE},
    refund_by_lines, refund_effects, refund_events, refund_history, refund_lines, refund_view,
    store::{self, Order},
    view::RefundView,
};
use crate::{
    access::{Actor, audit},
    events,
    kernel::{
        AccountId, Error, FieldErrors, Money, Page, PageQuery, RefundId, Result, TenantId,
        limits::REFUND_REASON_CHARS_MAX, validate,
    },
    payments::{
        self, NewRefund, Refund, RefundState,
        gateway::{RefundOrder, RefundOutcome},
    },
    payouts,
    platform::Platform,
};

/// A refund that its gateway refused, and that nobody has seen to yet.
#[derive(Debug, Object)]
#[oai(rename = "FailedRefund")]
pub struct FailedRefundView {
    pub id: RefundId,
    pub order_number: String,
    pub customer_name: String,
    pub email: String,
    pub amount: Money,
    /// Of the payment that the money was to go back to.
    pub gateway: String,
    pub method_brand: Option<String>,
    pub method_last4: Option<String>,
    /// For the shopper.
    pub reason: String,
    /// For SMP's team.
    pub note: String,
    /// Why the gateway refused it.
    pub failure: String,
    /// Since when the shopper has been waiting: when its first try was refused.
    pub failed_at: OffsetDateTime,
}

/// Which refused refunds are listed.
#[derive(Debug, Clone, Copy)]
pub struct FailedRefundFilter<'a> {
    pub gateway: Option<&'a str>,
    /// Part of the number of an order, of its email or of its customer's name.
    pub q: Option<&'a str>,
    /// Refused at least as many days ago.
    pub days: Option<u16>,
}

struct FailedRow {
    id: RefundId,
    order_number: String,
    customer_name: String,
    email: String,
    amount_minor: i64,
    currency: String,
    gateway: String,
    method_brand: Option<String>,
    method_last4: Option<String>,
    reason: String,
    note: String,
    failure: String,
    failed_at: OffsetDateTime,
}

/// Refused refunds, the newest first. One whose money went back by another refund, or by a
/// bank, meanwhile is left out.
pub async fn failed_refunds(
    platform: &Platform,
    filter: FailedRefundFilter<'_>,
    page: &PageQuery,
) -> Result<Page<FailedRefundView>> {
    let mut tx = platform.db.platform("failed refunds").await?;
    let until = platform.clock.now() - Duration::days(filter.days.unwrap_or_default().into());
    let rows = sqlx::query_as!(
        FailedRow,
        r#"SELECT r.id AS "id: RefundId", o.number AS order_number,
                  coalesce(o.shipping_address->>'name', '') AS "customer_name!", o.email,
                  r.amount_minor, r.currency, p.gateway, p.method_brand, p.method_last4, r.reason,
                  r.note, r.failure, r.failed_at AS "failed_at!"
           FROM refunds r JOIN orders o ON o.id = r.order_id JOIN payments p ON p.id = r.payment_id
           WHERE r.state = 'failed' AND r.retried_as IS NULL
             AND (r.surplus OR o.refunded_minor + r.amount_minor <=
                 o.total_minor - CASE WHEN o.rest_paid_at IS NULL THEN o.rest_minor ELSE 0 END
                 - coalesce((SELECT sum(d.amount_minor) FROM disputes d
                             WHERE d.order_id = o.id AND d.state = 'lost'), 0))
             AND ($1::text IS NULL OR p.gateway = $1)
             AND ($2::text IS NULL OR o.number = $3 OR strpos(lower(o.number), lower($2)) > 0
                  OR strpos(o.email, lower($2)) > 0
                  OR strpos(lower(o.shipping_address->>'name'), lower($2)) > 0)
             AND r.failed_at <= $4 AND (r.failed_at, r.id) < ($5, $6)
           ORDER BY r.failed_at DESC, r.id DESC LIMIT $7"#,
        filter.gateway,
        filter.q,
        filter.q.and_then(number::parse),
        until,
        page.before_at(),
        page.before_id(),
        page.fetch(),
    )
    .fetch_all(&mut *tx)
    .await?;
    let (rows, next_cursor) = page.cut(rows, |row| (row.failed_at, row.id.0));
    Ok(Page { items: rows.into_iter().map(FailedRefundView::from).collect(), next_cursor })
}

/// How many refunds have been waiting as failed since a time, and since when the oldest; None: none.
pub async fn failed_refunds_since(
    conn: &mut PgConnection,
    since: OffsetDateTime,
) -> Result<Option<(i64, OffsetDateTime)>> {
    let row = sqlx::query!(
        r#"SELECT count(*) AS "count!", min(r.failed_at) AS oldest
           FROM refunds r JOIN orders o ON o.id = r.order_id
           WHERE r.state = 'failed' AND r.retried_as IS NULL AND r.failed_at <= $1
             AND (r.surplus OR o.refunded_minor + r.amount_minor <=
                 o.total_minor - CASE WHEN o.rest_paid_at IS NULL THEN o.rest_minor ELSE 0 END
                 - coalesce((SELECT sum(d.amount_minor) FROM disputes d
                             WHERE d.order_id = o.id AND d.state = 'lost'), 0))"#,
        since,
    )
    .fetch_one(conn)
    .await?;
    Ok(row.oldest.map(|oldest| (row.count, oldest)))
}

/// Has the gateway try a refused refund again, as a refund of its own, which is returned.
pub async fn retry_refund(platform: &Platform, by: AccountId, id: RefundId) -> Result<RefundView> {
    if is_made(platform, id).await? {
        return finish(platform, by, id, RefundState::Succeeded, "").await;
    }
    let now = platform.clock.now();
    let mut tx = platform.db.platform("retry refund").await?;
    let (order, row) = lock(&mut tx, id).await?;
    reserve(&mut tx, &order, &row).await?;
    let again = RefundId::new();
    let amount = row.amount();
    let new = NewRefund {
        id: again,
        order: order.id,
        payment: row.payment_id,
        account: order.account,
        amount: &amount,
        reason: &row.reason,
        note: &row.note,
        restock: row.restock,
        requested_by: by,
        parcel: row.parcel,
        surplus: row.surplus,
    };
    payments::refund_create(&mut tx, &new, now).await?;
    if !payments::refund_retried(&mut tx, id, again).await? {
        return Err(not_failed());
    }
    refund_lines::copy(&mut tx, id, again).await?;
    refund_history::record_request(&mut tx, &new, Actor::Account(by)).await?;
    events::enqueue(&mut tx, REFUND_SETTLE, &json!({"refund_id": again})).await?;
    let details = json!({"refund_id": id, "retried_as": again, "amount": amount});
    record(&mut tx, by, "refund_retry", &order, &details).await?;
    tx.commit().await?;

    refund::settle_refund(platform, again).await?;
    view(platform, again).await
}

/// Notes that the money of a refused refund was paid another way, which `note` describes.
pub async fn settle_elsewhere(
    platform: &Platform,
    by: AccountId,
    id: RefundId,
    note: &str,
) -> Result<RefundView> {
    let mut fields = FieldErrors::default();
    let note = validate::text(&mut fields, "note", note, 1, REFUND_REASON_CHARS_MAX);
    fields.finish()?;
    if is_made(platform, id).await? {
        return Err(Error::conflict(
            "refund_under_way",
            "The gateway says that this refund was made after all. Choose to try it again: it is then \
             noted as refunded, and nothing is paid twice.",
        ));
    }
    finish(platform, by, id, RefundState::SettledElsewhere, &note).await
}

/// Notes that the money of a refused refund was paid after all, and does what follows from that.
async fn finish(
    platform: &Platform,
    by: AccountId,
    id: RefundId,
    to: RefundState,
    note: &str,
) -> Result<RefundView> {
    let now = platform.clock.now();
    let mut tx = platform.db.platform("settle refund late").await?;
    let (order, row) = lock(&mut tx, id).await?;
    reserve(&mut tx, &order, &row).await?;
    if !payments::refund_settle_late(&mut tx, id, to, note, now).await? {
        return Err(not_failed());
    }
    let mut details = json!({
        "refund_id": id,
        "amount_minor": row.amount_minor,
        "currency": row.currency,
    });
    if let Some(parcel) = row.parcel {
        details["parcel_id"] = json!(parcel);
    }
    let (kind, operation) = match to {
        RefundState::SettledElsewhere => {
            (HistoryKind::RefundedElsewhere, "refund_settle_elsewhere")
        }
        _ => (HistoryKind::Refunded, "refund_retry"),
    };
    history::record(&mut tx, order.id, Actor::Account(by), kind, details).await?;
    let details = json!({"refund_id": id, "amount": row.amount(), "note": note});
    record(&mut tx, by, operation, &order, &details).await?;
    let notices = if row.surplus || row.made_before {
        refund_events::publish_returned(&mut tx, &order, &row).await?;
        vec![]
    } else {
        refund_effects::complete(&mut tx, &order, &row, now).await?
    };
    let elsewhere = to == RefundState::SettledElsewhere;
    postings::refunded(&mut tx, &order, &row, elsewhere, now).await?;
    tx.commit().await?;
    for notice in notices {
        platform.broker.publish(notice).await;
    }
    view(platform, id).await
}

fn not_failed() -> Error {
    Error::conflict(
        "refund_not_failed",
        "This refund is not waiting as failed: it was made, tried again or paid another way. Reload \
         the list.",
    )
}

/// Whether a refused refund was made after all: asks the gateway once more about one that it knows by an id
/// of its own, so that nothing is paid twice. A conflict while it is on its way.
async fn is_made(platform: &Platform, id: RefundId) -> Result<bool> {
    let mut tx = platform.db.platform("failed refund").await?;
    let row = payments::refund_find(&mut tx, id).await?.ok_or(Error::NotFound("refund"))?;
    if row.state != RefundState::Failed {
        return Err(not_failed());
    }
    let payment = payments::find(&mut tx, row.payment_id).await?;
    drop(tx);
    if row.reference.is_empty() {
        return Ok(false);
    }
    let asked = RefundOrder {
        refund: id,
        payment: payment.begun(),
        amount: row.amount(),
        reference: row.reference,
    };
    match payments::gateway(&payment.gateway)?.refund(platform, &asked).await? {
        RefundOutcome::Failed { .. } => Ok(false),
        RefundOutcome::Succeeded { .. } => Ok(true),
        RefundOutcome::Pending { .. } => Err(Error::conflict(
            "refund_under_way",
            "The gateway says that this refund is on its way after all. Look again tomorrow before \
             you pay anything.",
        )),
    }
}

/// A refused refund, with its order locked.
async fn lock(conn: &mut PgConnection, id: RefundId) -> Result<(Order, Refund)> {
    let order = payments::refund_find(conn, id).await?.ok_or(Error::NotFound("refund"))?.order_id;
    let order = store::lock(conn, order).await?;
    let row = payments::refund_find(conn, id).await?.ok_or(Error::NotFound("refund"))?;
    if row.state != RefundState::Failed {
        return Err(not_failed());
    }
    Ok((order, row))
}

/// Reserves the amount of a refused refund again, if neither its money nor its units went elsewhere
/// meanwhile.
async fn reserve(conn: &mut PgConnection, order: &Order, row: &Refund) -> Result<()> {
    payouts::require_undisputed(conn, order.id).await?;
    let lost = given_back::lost_of_payment(conn, order, row.payment_id).await?;
    let payment = payments::find(conn, row.payment_id).await?;
    if lost > 0 && payment.amount_minor - lost < row.amount_minor {
        return Err(Error::conflict(
            "disputed",
            "The shopper’s bank has paid this back in a dispute meanwhile, so the refund would pay it \
             twice. Refund what is left from the page of the order.",
        ));
    }
    if row.surplus {
        return Ok(());
    }
    let gone = || {
        Error::conflict(
            "refunded_meanwhile",
            "Other refunds of this order have taken the money or the units of this one. Refund what \
             is left from the page of the order.",
        )
    };
    let parts = given_back::paid_parts(conn, order).await?;
    let part = parts.iter().find(|part| part.payment == row.payment_id);
    let is_left = part.is_some_and(|part| part.left_minor >= row.amount_minor);
    if !is_left || given_back::left(conn, order).await?.minor < row.amount_minor {
        return Err(gone());
    }
    if row.made_before {
        return store::add_refunded(conn, order.id, row.amount_minor).await;
    }
    let lines = lines::of_orders(conn, &[order.id.0]).await?;
    let all = payments::refunds_of_orders(conn, &[order.id.0]).await?;
    let rows = refund_lines::of_orders(conn, &[order.id.0]).await?;
    let standings = refund_by_lines::standings(conn, order, &lines, &all, &rows).await?;
    let has_units = |line: &refund_lines::RefundLine| {
        let standing = standings.iter().find(|standing| standing.line.id == line.line);
        standing.is_some_and(|standing| standing.unredeemed() >= line.quantity)
    };
    if !rows.iter().filter(|line| line.refund == row.id).all(has_units) {
        return Err(gone());
    }
    store::add_refunded(conn, order.id, row.amount_minor).await
}

async fn record(
    conn: &mut PgConnection,
    by: AccountId,
    operation: &str,
    order: &Order,
    details: &serde_json::Value,
) -> Result<()> {
    let subject = format!("order {}", order.number);
    audit::record(conn, Actor::Account(by), TenantId::PLATFORM, operation, &subject, details).await
}

async fn view(platform: &Platform, id: RefundId) -> Result<RefundView> {
    let mut tx = platform.db.platform("refund").await?;
    let row = payments::refund_find(&mut tx, id).await?.ok_or(Error::NotFound("refund"))?;
    refund_view::for_staff(&mut tx, row).await
}

impl From<FailedRow> for FailedRefundView {
    fn from(row: FailedRow) -> Self {
        Self {
            id: row.id,
            order_number: row.order_number,
            customer_name: row.customer_name,
            email: row.email,
            amount: Money::new(row.amount_minor, row.currency),
            gateway: row.gateway,
            method_brand: row.method_brand,
            method_last4: row.method_last4,
            reason: row.reason,
            note: row.note,
            failure: row.failure,
            failed_at: row.failed_at,
        }
    }
}
