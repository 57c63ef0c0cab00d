//! Promised dates: a parcel that was not shipped by its date is flagged once, and its shopper may
//! take a refund or wait.

use serde_json::json;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    components, given_back,
    history::{self, HistoryKind, HistoryStep},
    lines,
    lookup::order_view,
    parcels,
    pending_events::{self, PendingEvent},
    refund::{self, ApprovedRefund},
    refund_events, refund_lines, rules,
    state::ParcelState,
    store,
    view::OrderView,
};
use crate::{
    access::Actor,
    kernel::{AccountId, Error, OrderId, ParcelId, RefundId, Result, TenantId},
    payments::{self, RefundState},
    payouts,
    platform::Platform,
};

/// Parcels flagged in one transaction.
const MISSED_BATCH: i64 = 200;
const REFUND_REASON: &str = "The promised shipping date was missed.";

/// Flags unshipped parcels whose promised date has passed, a batch at a time; returns how many. Any
/// number of nodes may run it at once. The flag and the event `parcel.promise_missed` are one
/// transaction, so that a crash neither loses nor repeats the event.
pub async fn flag_missed_promises(platform: &Platform) -> Result<u64> {
    let mut count = 0;
    loop {
        let missed = flag_missed_batch(platform, platform.clock.now()).await?;
        count += missed;
        if missed < MISSED_BATCH.unsigned_abs() {
            return Ok(count);
        }
    }
}

async fn flag_missed_batch(platform: &Platform, now: OffsetDateTime) -> Result<u64> {
    let mut tx = platform.db.platform("missed promises").await?;
    let missed = sqlx::query!(
        r#"
        WITH due AS (
            SELECT tenant_id, id FROM parcels p
            WHERE state = 'to_ship' AND promise_missed_at IS NULL AND promised_ship_by <= $1
              AND NOT EXISTS (
                  SELECT FROM shipments s
                  WHERE s.tenant_id = p.tenant_id AND s.parcel_id = p.id
                    AND s.order_id = p.order_id)
              AND NOT rest_unpaid -- it may not be shipped before that
            ORDER BY promised_ship_by LIMIT $2 FOR UPDATE SKIP LOCKED
        )
        UPDATE parcels p SET promise_missed_at = $1
        FROM due WHERE p.tenant_id = due.tenant_id AND p.id = due.id
        RETURNING p.tenant_id AS "tenant: TenantId", p.id AS "id: ParcelId",
                  p.order_id AS "order: OrderId", p.order_number,
                  p.account_id AS "account: AccountId", p.promised_ship_by AS "promised_ship_by!"
        "#,
        now,
        MISSED_BATCH,
    )
    .fetch_all(&mut *tx)
    .await?;
    let events = missed.iter().map(|row| PendingEvent {
        tenant: row.tenant,
        kind: "parcel.promise_missed",
        payload: json!({
            "order_id": row.order,
            "order_number": row.order_number,
            "account_id": row.account,
            "parcel_id": row.id,
            "promised_ship_by": row.promised_ship_by.unix_timestamp(),
        }),
    });
    pending_events::publish(&mut tx, events.collect()).await?;
    let steps = missed.iter().map(|row| HistoryStep {
        order: row.order,
        actor: Actor::System,
        kind: HistoryKind::PromiseMissed,
        details: json!({"parcel_id": row.id}),
    });
    history::record_all(&mut tx, &steps.collect::<Vec<_>>()).await?;
    tx.commit().await?;
    Ok(missed.len() as u64)
}

/// Refunds a parcel that missed its promised date, in full. A repeat returns the same refund.
pub async fn refund_missed_parcel(
    platform: &Platform,
    account: AccountId,
    number: &str,
    parcel: ParcelId,
) -> Result<OrderView> {
    let now = platform.clock.now();
    let mut tx = platform.db.platform("refund missed promise").await?;
    let order = store::lock_of_account(&mut tx, account, number).await?;
    let rows = parcels::of_orders(&mut tx, &[order.id.0]).await?;
    let row = rows.into_iter().find(|row| row.id == parcel).ok_or(Error::NotFound("parcel"))?;
    let refunds = payments::refunds_of_orders(&mut tx, &[order.id.0]).await?;
    let valid: Vec<_> = refunds
        .iter()
        .filter(|refund| refund.state != RefundState::Failed && !refund.surplus)
        .collect();
    let rows = refund_lines::of_orders(&mut tx, &[order.id.0]).await?;
    let names_lines = |id: RefundId| rows.iter().any(|row| row.refund == id);
    let whole = valid.iter().filter(|row| row.parcel == Some(parcel) && !names_lines(row.id));
    let earlier: Vec<RefundId> = whole.map(|row| row.id).collect();
    let refunds = if earlier.is_empty() {
        if row.promise_missed_at.is_none() {
            return Err(Error::conflict(
                "promise_not_missed",
                "This parcel did not miss its promised date. Ask customer service for a refund.",
            ));
        }
        if row.state != ParcelState::ToShip {
            let detail = "This parcel was shipped, delivered or cancelled meanwhile. Ask customer \
                 service for a refund.";
            return Err(Error::conflict("not_refundable", detail));
        }
        if payments::paid_parts(&mut tx, order.id).await?.is_empty() {
            return Err(Error::conflict(
                "not_paid",
                "This order was never paid, so there is nothing to refund.",
            ));
        }
        let lines = lines::of_orders(&mut tx, &[order.id.0]).await?;
        let quote = components::of_order(&mut tx, order.id, &lines).await?;
        let parts = components::parts(&quote, &lines);
        let before = refund_events::of_each(&valid, &rows, &parts);
        let prior = refund_events::priors(&valid, &before);
        let of_parcel = rules::left_of_parcel(&components::refundable(&parts), &prior, parcel);
        payouts::require_undisputed(&mut tx, order.id).await?;
        let left = given_back::left(&mut tx, &order).await?;
        let amount = of_parcel.min(left.minor);
        if amount == 0 {
            let refunded = "This parcel was refunded in full already.";
            return Err(left.none_left(&order.currency, refunded));
        }
        let approved = ApprovedRefund {
            id: RefundId(Uuid::now_v7()),
            amount,
            reason: REFUND_REASON,
            note: "",
            restock: None,
            by: account,
            actor: Actor::Account(account),
            parcel: Some(parcel),
        };
        refund::request(&mut tx, &order, approved, now).await?
    } else {
        earlier
    };
    tx.commit().await?;
    for refund in refunds {
        refund::settle_refund(platform, refund).await?;
    }
    order_view(platform, account, number).await
}
