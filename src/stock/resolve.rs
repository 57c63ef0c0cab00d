//! How a hold ends without being sold: released or expired; and how sold units come back. Units that come
//! free are offered to the waitlist in the same transaction.

use serde_json::json;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    Hold, errors, hold::accounts_of, holds, notices, receipt::Move, standing::follow_sales,
    stock_row::StockRow, waitlist_offers::offer_free_units,
};
use crate::{
    events,
    kernel::{AccountId, Error, FieldError, HoldId, Result, SaleItemId, TenantId, wording},
    platform::Platform,
};

/// Holds that one transaction expires at most.
const EXPIRY_BATCH: i64 = 500;

/// Releases a shopper's hold before it expires. A hold that is over is a conflict. Publishes
/// `hold.released`.
pub async fn release(platform: &Platform, account: AccountId, hold: HoldId) -> Result<()> {
    let mut tx = platform.db.shopper(Some(account)).await?;
    let found = holds::of_account(&mut tx, account, hold).await?.ok_or(Error::NotFound("hold"))?;
    drop(tx);
    let now = platform.clock.now();
    let mut tx = platform.db.tenant(found.tenant).await?;
    let mut stock = StockRow::lock(&mut tx, found.tenant, found.sale_item_id).await?;
    let Some(released) = holds::release(&mut tx, found.tenant, hold, now).await? else {
        return Err(errors::not_held());
    };
    stock.record(released.account, Move::Released { hold, quantity: released.quantity });
    let offered = offer_free_units(&mut tx, &mut stock, now).await?;
    stock.save(&mut tx, now).await?;
    events::publish(&mut tx, found.tenant, "hold.released", &found.event()).await?;
    tx.commit().await?;
    notices::stock_moved(
        platform,
        found.tenant,
        found.sale_id,
        accounts_of(&offered).chain([account]).collect(),
    )
    .await
}

/// Locks an item's stock row until the transaction ends. Who moves the stock of several items locks them
/// first, in the order of their ids.
pub async fn lock(conn: &mut PgConnection, tenant: TenantId, item: SaleItemId) -> Result<()> {
    StockRow::lock(conn, tenant, item).await.map(drop)
}

/// Returns `quantity` sold units of a hold to stock, after a refund, and offers them to the
/// waitlist. More than were sold is a conflict. Locks the item's stock row until the
/// transaction ends, so return several holds in the order of their `sale_item_id`. Returns the accounts
/// that were offered units.
pub async fn return_units(
    conn: &mut PgConnection,
    tenant: TenantId,
    hold: HoldId,
    quantity: i32,
    now: OffsetDateTime,
) -> Result<Vec<AccountId>> {
    if quantity < 1 {
        return Err(FieldError::new("quantity", "Must be 1 or more").into());
    }
    let mut stock = StockRow::lock_of(conn, tenant, hold).await?;
    let account = holds::return_units(conn, tenant, hold, quantity).await?;
    let too_many = || {
        Error::conflict(
            "not_sold",
            format!(
                "This hold has not {} that were sold and not returned yet.",
                wording::count(quantity.into(), "unit")
            ),
        )
    };
    stock.record(account.ok_or_else(too_many)?, Move::Returned { hold, quantity });
    let offered = offer_free_units(conn, &mut stock, now).await?;
    stock.save(conn, now).await?;
    Ok(accounts_of(&offered).collect())
}

/// Keeps holds from expiring until a time, while a payment for them is under way.
pub async fn pause_expiry(
    conn: &mut PgConnection,
    holds: &[HoldId],
    until: OffsetDateTime,
) -> Result<()> {
    let ids: Vec<Uuid> = holds.iter().map(|hold| hold.0).collect();
    holds::keep_until(conn, &ids, Some(until)).await
}

/// Lets holds expire at their own time again: the payment is over.
pub async fn resume_expiry(conn: &mut PgConnection, holds: &[HoldId]) -> Result<()> {
    let ids: Vec<Uuid> = holds.iter().map(|hold| hold.0).collect();
    holds::keep_until(conn, &ids, None).await
}

/// Expires all due holds, a batch at a time, and returns how many. First the clocks follow their
/// sales, so that a hold whose sale was just halted does not expire. Any number of nodes may run it
/// at once. Publishes `hold.expired`.
pub async fn expire_due(platform: &Platform) -> Result<u64> {
    follow_sales(platform).await?;
    let now = platform.clock.now();
    let mut tx = platform.db.platform("expire holds").await?;
    let due = holds::due(&mut tx, now).await?;
    drop(tx);
    let mut count = 0;
    // A transaction for each batch, so that a popular item is not locked for longer than one takes.
    for (tenant, item, sale) in due {
        loop {
            let mut tx = platform.db.tenant(tenant).await?;
            let mut stock = StockRow::lock(&mut tx, tenant, item).await?;
            let expired = holds::expire(&mut tx, tenant, item, now, EXPIRY_BATCH).await?;
            for hold in &expired {
                stock
                    .record(hold.account, Move::Expired { hold: hold.id, quantity: hold.quantity });
            }
            let offered = offer_free_units(&mut tx, &mut stock, now).await?;
            if stock.has_moves() {
                stock.save(&mut tx, now).await?;
            }
            if !expired.is_empty() {
                let lines: Vec<_> = expired.iter().map(Hold::event).collect();
                events::publish(
                    &mut tx,
                    tenant,
                    "hold.expired",
                    &json!({"sale_id": sale, "lines": lines}),
                )
                .await?;
            }
            tx.commit().await?;
            count += expired.len() as u64;
            if !expired.is_empty() {
                notices::stock_moved(
                    platform,
                    tenant,
                    sale,
                    accounts_of(&expired).chain(accounts_of(&offered)).collect(),
                )
                .await?;
            }
            if (expired.len() as u64) < EXPIRY_BATCH.unsigned_abs() {
                break;
            }
        }
    }
    Ok(count)
}
