//! Promised dates: a parcel that was not shipped by then is told of once, and its shopper may have
//! the money back or wait.

use serde_json::json;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    OrderView, order_view, parcels,
    refund::{self, Asked},
    rules,
    store::{self, Told},
};
use crate::{
    kernel::{AccountId, Error, OrderId, ParcelId, RefundId, Result, TenantId},
    payments::{self, RefundState},
    platform::Platform,
};

/// Parcels told of in one transaction.
const MISSED_BATCH: i64 = 200;
const REFUND_REASON: &str = "The promised shipping date was missed.";

/// Finds parcels whose promised date has passed unshipped, a batch at a time; returns how many. Any
/// number of nodes at once. The note on the parcel and its event `parcel.promise_missed` are one
/// transaction, so each is told of once, whatever crashes when.
pub async fn miss_due(platform: &Platform) -> Result<u64> {
    let mut count = 0;
    loop {
        let missed = miss_batch(platform, platform.clock.now()).await?;
        count += missed;
        if missed < MISSED_BATCH.unsigned_abs() {
            return Ok(count);
        }
    }
}

async fn miss_batch(platform: &Platform, now: OffsetDateTime) -> Result<u64> {
    let mut tx = platform.db.platform("missed promises").await?;
    let missed = sqlx::query!(
        r#"
        WITH due AS (
            SELECT tenant_id, id FROM parcels p
            WHERE state = 'to_ship' AND promise_missed_at IS NULL AND promised_ship_by <= $1
              AND NOT EXISTS (SELECT FROM shipments s WHERE s.tenant_id = p.tenant_id AND s.parcel_id = p.id AND s.order_id = p.order_id)
            ORDER BY promised_ship_by LIMIT $2 FOR UPDATE SKIP LOCKED
        )
        UPDATE parcels p SET promise_missed_at = $1 FROM due WHERE p.tenant_id = due.tenant_id AND p.id = due.id
        RETURNING p.tenant_id AS "tenant: TenantId", p.id AS "id: ParcelId", p.order_id AS "order: OrderId", p.order_number, p.account_id AS "account: AccountId",
                  p.promised_ship_by AS "promised_ship_by!"
        "#,
        now,
        MISSED_BATCH,
    )
    .fetch_all(&mut *tx)
    .await?;
    let told = missed.iter().map(|row| Told {
        tenant: row.tenant,
        kind: "parcel.promise_missed",
        payload: json!({
            "order_id": row.order, "order_number": row.order_number, "account_id": row.account, "parcel_id": row.id,
            "promised_ship_by": row.promised_ship_by.unix_timestamp(),
        }),
    });
    store::tell(&mut tx, told.collect()).await?;
    tx.commit().await?;
    Ok(missed.len() as u64)
}

/// Gives the shopper all the money of a parcel back whose promised date was missed. Asked again, it
/// is the same refund.
pub async fn refund_missed(
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
    let counted: Vec<_> =
        refunds.iter().filter(|refund| refund.state != RefundState::Failed).collect();
    let id = if let Some(asked) = counted.iter().find(|refund| refund.parcel == Some(parcel)) {
        asked.id
    } else {
        if row.promise_missed_at.is_none() {
            return Err(Error::conflict(
                "promise_not_missed",
                "The promised date of this parcel was not missed. Write to customer service about a refund.",
            ));
        }
        if row.state != super::ParcelState::ToShip {
            let detail = "This parcel was sent, delivered or cancelled meanwhile. Write to customer service about a refund.";
            return Err(Error::conflict("not_refundable", detail));
        }
        let payment = payments::succeeded_of_order(&mut tx, order.id).await?;
        let payment = payment.ok_or_else(|| {
            Error::conflict(
                "not_paid",
                "This order was never paid, so there is nothing to give back.",
            )
        })?;
        let lines = store::lines(&mut tx, &[order.id.0]).await?;
        let before: Vec<rules::Given> =
            counted.iter().map(|refund| rules::Given::of(refund)).collect();
        let amount = rules::left_of(&rules::parts(&lines), &before, parcel);
        if amount == 0 {
            return Err(Error::conflict(
                "already_refunded",
                "All of this parcel was given back already.",
            ));
        }
        let asked = Asked {
            id: RefundId(Uuid::now_v7()),
            payment: payment.id,
            amount,
            reason: REFUND_REASON,
            by: account,
            parcel: Some(parcel),
        };
        let id = asked.id;
        refund::ask(&mut tx, &order, asked, now).await?;
        id
    };
    tx.commit().await?;
    refund::settle_refund(platform, id).await?;
    order_view(platform, account, number).await
}
