//! Refunds, in full or in part. The amount is reserved first, then the gateway refunds it, then the
//! outcome is settled.

use serde_json::json;
use sha2::{Digest, Sha256};
use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};

use super::{
    given_back, postings, refund_effects, refund_events, refund_history, refund_parts, refund_view,
    rest,
    store::{self, Order},
    view::RefundView,
};
use crate::{
    access::{Actor, audit},
    events,
    kernel::{
        AccountId, Error, FieldErrors, Money, ParcelId, PaymentId, RefundId, Result, TenantId,
        limits::{IDEMPOTENCY_KEY_CHARS_MAX, REFUND_REASON_CHARS_MAX},
        validate,
    },
    payments::{
        self, NewRefund, Payment, Refund, RefundState,
        gateway::{RefundOrder, RefundOutcome},
    },
    payouts,
    platform::{FaultPoint, Platform, broker::Notice, one_at_a_time},
};

/// The job that finishes a refund: `{refund_id}`. The request tries first; the job makes sure.
pub const REFUND_SETTLE: &str = "refund_settle";
/// A refund that is pending for longer has failed.
const PENDING_MAX: Duration = Duration::days(14);

/// A refund that SMP's team requests.
#[derive(Debug)]
pub struct RefundRequest<'a> {
    /// For the shopper, who gets it by email.
    pub reason: &'a str,
    /// For SMP's team alone.
    pub note: &'a str,
    /// Whether the units come back; None: those of what was never shipped. Only a refund of
    /// everything that is left returns units.
    pub restock: Option<bool>,
    /// Minor units; None: everything that is left. Less than that is goodwill, and moves no units.
    pub amount_minor: Option<i64>,
    /// The same key for the same order is the same refund.
    pub idempotency_key: Option<&'a str>,
}

/// Refunds an order. `by` is the member of SMP's team who does it. What was paid in two payments may be
/// refunded in two parts; the first is returned.
pub async fn refund(
    platform: &Platform,
    by: AccountId,
    number: &str,
    request: RefundRequest<'_>,
) -> Result<RefundView> {
    let mut fields = FieldErrors::default();
    let reason = validate::text(&mut fields, "reason", request.reason, 1, REFUND_REASON_CHARS_MAX);
    let note = validate::text(&mut fields, "note", request.note, 0, REFUND_REASON_CHARS_MAX);
    fields.check(
        request.amount_minor.is_none_or(|amount| amount > 0),
        "amount_minor",
        "Must be more than zero; leave it out to refund everything that is left",
    );
    let key = request.idempotency_key.map(|key| {
        validate::text(&mut fields, "Idempotency-Key", key, 1, IDEMPOTENCY_KEY_CHARS_MAX)
    });
    fields.finish()?;

    let now = platform.clock.now();
    let mut tx = platform.db.platform("request refund").await?;
    let order = store::lock_by_number(&mut tx, number).await?;
    let id = key.map_or_else(RefundId::new, |key| keyed(&order, &key));
    if let Some(row) = payments::refund_find(&mut tx, id).await? {
        let second = payments::refund_find(&mut tx, refund_parts::part_id(id, 1)).await?;
        check_repeat(&row, second, &reason, &note, &request)?;
        return refund_view::for_staff(&mut tx, row).await;
    }
    if payments::paid_parts(&mut tx, order.id).await?.is_empty() {
        return Err(Error::conflict(
            "not_paid",
            "This order was never paid, so there is nothing to refund.",
        ));
    }
    payouts::require_undisputed(&mut tx, order.id).await?;
    let of_order = given_back::left(&mut tx, &order).await?;
    let left = of_order.minor;
    if left == 0 {
        let refunded = "This order was refunded in full already.";
        return Err(of_order.none_left(&order.currency, refunded));
    }
    let amount = request.amount_minor.unwrap_or(left);
    if amount > left {
        let because = of_order.because(&order.currency);
        let left = Money::new(left, order.currency);
        return Err(crate::kernel::FieldError::new(
            "amount_minor",
            format!("Only {left} is left to refund{because}; enter at most {}", left.amount),
        )
        .into());
    }
    if amount < left && request.restock == Some(true) {
        let message = "Only a refund of everything that is left returns units to stock; leave it \
                       out, refund everything, or name the units in `lines`";
        return Err(crate::kernel::FieldError::new("restock", message).into());
    }
    let new = ApprovedRefund {
        id,
        amount,
        reason: &reason,
        note: &note,
        restock: request.restock,
        by,
        actor: Actor::Account(by),
        parcel: None,
    };
    let refunds = self::request(&mut tx, &order, new, now).await?;
    let details = json!({
        "refund_id": id,
        "amount_minor": amount,
        "currency": order.currency,
        "reason": reason,
        "note": note,
        "restock": request.restock,
    });
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

    for refund in refunds {
        settle_refund(platform, refund).await?;
    }
    let mut tx = platform.db.platform("refund").await?;
    let row = payments::refund_find(&mut tx, id).await?.ok_or(Error::NotFound("refund"))?;
    refund_view::for_staff(&mut tx, row).await
}

/// The refund of an idempotency key: the key is its identity.
pub(super) fn keyed(order: &Order, key: &str) -> RefundId {
    let hash = Sha256::digest(format!("refund {} {key}", order.id));
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    RefundId(uuid::Builder::from_random_bytes(bytes).into_uuid())
}

fn check_repeat(
    row: &Refund,
    second: Option<Refund>,
    reason: &str,
    note: &str,
    request: &RefundRequest<'_>,
) -> Result<()> {
    let whole = row.amount_minor + second.map_or(0, |second| second.amount_minor);
    if row.reason == reason
        && row.note == note
        && row.restock == request.restock
        && request.amount_minor.is_none_or(|amount| amount == whole)
    {
        return Ok(());
    }
    Err(key_reused())
}

pub(super) fn key_reused() -> Error {
    Error::conflict(
        "key_reused",
        "This Idempotency-Key was used for another refund of this order. Use a new key for each \
         refund.",
    )
}

/// A refund that passed every check.
pub(super) struct ApprovedRefund<'a> {
    /// Of its first part.
    pub id: RefundId,
    /// Minor units.
    pub amount: i64,
    pub reason: &'a str,
    pub note: &'a str,
    pub restock: Option<bool>,
    pub by: AccountId,
    /// Who its history says began it.
    pub actor: Actor,
    /// The parcel it is for; None: the whole order.
    pub parcel: Option<ParcelId>,
}

/// Reserves the amount and enqueues the jobs that finish the refund, in case this process ends before it
/// does. Returns the refunds, one for each payment that the money goes back to.
pub(super) async fn request(
    conn: &mut PgConnection,
    order: &Order,
    refund: ApprovedRefund<'_>,
    now: OffsetDateTime,
) -> Result<Vec<RefundId>> {
    let ApprovedRefund { id, amount, reason, note, restock, by, actor, parcel } = refund;
    store::add_refunded(conn, order.id, amount).await?;
    let parts = refund_parts::of(conn, order, id, amount).await?;
    for part in &parts {
        let amount = Money::new(part.amount, order.currency.clone());
        let new = NewRefund {
            id: part.id,
            order: order.id,
            payment: part.payment,
            account: order.account,
            amount: &amount,
            reason,
            note,
            restock,
            requested_by: by,
            parcel,
            surplus: false,
        };
        payments::refund_create(conn, &new, now).await?;
        refund_history::record_request(conn, &new, actor).await?;
        events::enqueue(conn, REFUND_SETTLE, &json!({"refund_id": part.id})).await?;
    }
    Ok(parts.into_iter().map(|part| part.id).collect())
}

/// Requests a refund of all that was paid for an order, because its units were gone. None when it cost
/// nothing.
pub(super) async fn request_all(
    conn: &mut PgConnection,
    order: &Order,
    now: OffsetDateTime,
) -> Result<Vec<RefundId>> {
    let amount = order.paid_minor();
    if amount == 0 {
        return Ok(vec![]);
    }
    let reason = "The units were gone when the payment came through.";
    request(
        conn,
        order,
        ApprovedRefund {
            id: RefundId::new(),
            amount,
            reason,
            note: "",
            restock: None,
            by: order.account,
            actor: Actor::System,
            parcel: None,
        },
        now,
    )
    .await
}

/// Requests that money that paid for nothing is returned. It does not count as refunded of the order,
/// which was not paid with it. `reason` is for the shopper, `note` for SMP's team.
pub(super) async fn request_return(
    conn: &mut PgConnection,
    order: &Order,
    payment: PaymentId,
    amount: &Money,
    reason: &str,
    note: &str,
    now: OffsetDateTime,
) -> Result<()> {
    if amount.amount <= 0 {
        return Ok(());
    }
    let id = RefundId::new();
    let new = NewRefund {
        id,
        order: order.id,
        payment,
        account: order.account,
        amount,
        reason,
        note,
        restock: None,
        requested_by: order.account,
        parcel: None,
        surplus: true,
    };
    payments::refund_create(conn, &new, now).await?;
    events::enqueue(conn, REFUND_SETTLE, &json!({"refund_id": id})).await
}

/// Has the gateway refund, and settles the outcome; the job behind [`REFUND_SETTLE`]. A refund that
/// has ended stays as it is. One call at a time asks for a refund: another's late request could be
/// carried out after this one's was refused and somebody had it tried again.
pub async fn settle_refund(platform: &Platform, id: RefundId) -> Result<()> {
    if under_way(platform, id).await?.is_none() {
        return Ok(());
    }
    one_at_a_time(&platform.db, &format!("refund {id}"), ask_and_settle(platform, id)).await
}

/// A refund that has not ended, and its payment.
async fn under_way(platform: &Platform, id: RefundId) -> Result<Option<(Refund, Payment)>> {
    let mut tx = platform.db.platform("refund under way").await?;
    let refund = payments::refund_find(&mut tx, id).await?.ok_or(Error::NotFound("refund"))?;
    if !matches!(refund.state, RefundState::Requested | RefundState::Pending) {
        return Ok(None);
    }
    let payment = payments::find(&mut tx, refund.payment_id).await?;
    Ok(Some((refund, payment)))
}

async fn ask_and_settle(platform: &Platform, id: RefundId) -> Result<()> {
    let Some((refund, payment)) = under_way(platform, id).await? else {
        return Ok(());
    };
    let order = RefundOrder {
        refund: id,
        payment: payment.begun(),
        amount: refund.amount(),
        reference: refund.reference.clone(),
    };
    platform.fault_point(FaultPoint::RefundRecorded);
    let mut outcome = payments::gateway(&payment.gateway)?.refund(platform, &order).await?;
    platform.fault_point(FaultPoint::RefundAnswered);
    if let RefundOutcome::Pending { reference } = &outcome {
        let now = platform.clock.now();
        if now - refund.created_at < PENDING_MAX {
            let mut tx = platform.db.platform("pending refund").await?;
            payments::refund_pending(&mut tx, id, reference, now).await?;
            tx.commit().await?;
            return Ok(());
        }
        let reason = format!("It was still pending after {} days.", PENDING_MAX.whole_days());
        outcome = RefundOutcome::Failed { reason };
    }
    for notice in settle(platform, &refund, &outcome).await? {
        platform.broker.publish(notice).await;
    }
    Ok(())
}

/// Returns the notices for all nodes: whose stock came back, and which shoppers were offered it.
async fn settle(
    platform: &Platform,
    refund: &Refund,
    outcome: &RefundOutcome,
) -> Result<Vec<Notice>> {
    let now = platform.clock.now();
    let mut tx = platform.db.platform("settle refund").await?;
    let order = store::lock(&mut tx, refund.order_id).await?;
    let (to, reference) = match outcome {
        RefundOutcome::Succeeded { reference } => (RefundState::Succeeded, reference.as_str()),
        RefundOutcome::Pending { .. } => return Ok(vec![]),
        RefundOutcome::Failed { .. } => (RefundState::Failed, ""),
    };
    if !payments::refund_settle(&mut tx, refund.id, to, reference, now).await? {
        return Ok(vec![]);
    }
    refund_history::record_outcome(&mut tx, refund, outcome).await?;
    if let RefundOutcome::Failed { reason } = outcome {
        tracing::warn!(refund = %refund.id, reason, "the gateway refused a refund");
        if !refund.surplus {
            store::add_refunded(&mut tx, order.id, -refund.amount_minor).await?;
            rest::wait_again(&mut tx, &order, now).await?;
        }
        let again = payments::refund_fail(&mut tx, refund.id, reason, now).await?;
        refund_events::publish_failed(&mut tx, &order, refund, reason, again).await?;
        tx.commit().await?;
        return Ok(vec![]);
    }
    if refund.surplus || refund.made_before {
        refund_events::publish_returned(&mut tx, &order, refund).await?;
        postings::refunded(&mut tx, &order, refund, false, now).await?;
        tx.commit().await?;
        return Ok(vec![]);
    }
    let notices = refund_effects::complete(&mut tx, &order, refund, now).await?;
    postings::refunded(&mut tx, &order, refund, false, now).await?;
    platform.fault_point(FaultPoint::RefundBooked);
    tx.commit().await?;
    platform.fault_point(FaultPoint::RefundSettled);
    Ok(notices)
}
