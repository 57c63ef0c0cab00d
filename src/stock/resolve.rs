//! How a hold ends: sold, released, run out; and how sold units come back. What becomes free goes
//! to the first in line, in the same transaction.

use serde_json::json;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Hold, accounts_of, receipt::Move, stock_row::StockRow, store, tell, waitlist};
use crate::{
    events,
    kernel::{AccountId, Error, FieldError, HoldId, Result, TenantId},
    platform::Platform,
};

/// Holds one transaction expires at most.
const EXPIRY_BATCH: i64 = 500;

/// Gives a hold back before its time. A hold that is no longer held is a 409. Publishes
/// `hold.released`.
pub async fn release(platform: &Platform, account: AccountId, hold: HoldId) -> Result<()> {
    let mut tx = platform.db.shopper(Some(account)).await?;
    let found = store::of_account(&mut tx, account, hold).await?.ok_or(Error::NotFound("hold"))?;
    drop(tx);
    let now = platform.clock.now();
    let mut tx = platform.db.tenant(found.tenant).await?;
    let mut counters = StockRow::lock(&mut tx, found.tenant, found.sale_item_id).await?;
    let Some(released) =
        store::turn(&mut tx, found.tenant, hold, &["held"], "released", now).await?
    else {
        return Err(Error::conflict(
            "not_held",
            "This hold is over already: it was bought, released, or ran out.",
        ));
    };
    counters.count(released.account, Move::Released { hold, quantity: released.quantity });
    let offered = waitlist::serve(&mut tx, &mut counters, now).await?;
    counters.save(&mut tx, now).await?;
    events::publish(&mut tx, found.tenant, "hold.released", &found.event()).await?;
    tx.commit().await?;
    tell(platform, found.tenant, found.sale_id, accounts_of(&offered).chain([account]).collect())
        .await
}

/// Turns a hold that is still held into a sale, whatever its clock says; false when it is no longer
/// held. Locks the item's counters until the transaction ends: sell several holds in the order of
/// their `sale_item_id`.
pub async fn sell(
    conn: &mut PgConnection,
    tenant: TenantId,
    hold: HoldId,
    now: OffsetDateTime,
) -> Result<bool> {
    let mut counters = StockRow::lock_of(conn, tenant, hold).await?;
    let Some(sold) = store::turn(conn, tenant, hold, &["held"], "sold", now).await? else {
        return Ok(false);
    };
    counters.count(sold.account, Move::Sold { hold, quantity: sold.quantity });
    counters.save(conn, now).await?;
    Ok(true)
}

/// Sells a hold that has run out or was released, when its units are still free and nobody waits
/// for them: a payment came in late. False when they are not. Locks like [`sell`].
pub async fn revive(
    conn: &mut PgConnection,
    tenant: TenantId,
    hold: HoldId,
    now: OffsetDateTime,
) -> Result<bool> {
    let mut counters = StockRow::lock_of(conn, tenant, hold).await?;
    let Some(found) = store::by_id(conn, tenant, hold).await? else { return Ok(false) };
    if counters.waiting > 0 || counters.available() < found.quantity {
        return Ok(false);
    }
    if store::turn(conn, tenant, hold, &["released", "expired"], "sold", now).await?.is_none() {
        return Ok(false);
    }
    counters.count(found.account, Move::Revived { hold, quantity: found.quantity });
    counters.save(conn, now).await?;
    Ok(true)
}

/// Takes back `quantity` units of a sold hold (a refund); the first in line is offered them.
/// Locks like [`sell`]. More than were sold is a 409. Returns who was offered them.
pub async fn give_back(
    conn: &mut PgConnection,
    tenant: TenantId,
    hold: HoldId,
    quantity: i32,
    now: OffsetDateTime,
) -> Result<Vec<AccountId>> {
    if quantity < 1 {
        return Err(FieldError::new("quantity", "Must be 1 or more").into());
    }
    let mut counters = StockRow::lock_of(conn, tenant, hold).await?;
    let account = store::give_back(conn, tenant, hold, quantity).await?;
    let too_many = || {
        Error::conflict(
            "not_sold",
            format!("There are no {quantity} sold units of this hold to take back."),
        )
    };
    counters.count(account.ok_or_else(too_many)?, Move::Returned { hold, quantity });
    let offered = waitlist::serve(conn, &mut counters, now).await?;
    counters.save(conn, now).await?;
    Ok(accounts_of(&offered).collect())
}

/// Keeps holds from running out until a time, while a payment for them is under way.
pub async fn keep(conn: &mut PgConnection, holds: &[HoldId], until: OffsetDateTime) -> Result<()> {
    let ids: Vec<Uuid> = holds.iter().map(|hold| hold.0).collect();
    store::keep(conn, &ids, Some(until)).await
}

/// Lets the holds' own clocks count again: the payment is over.
pub async fn let_go(conn: &mut PgConnection, holds: &[HoldId]) -> Result<()> {
    let ids: Vec<Uuid> = holds.iter().map(|hold| hold.0).collect();
    store::keep(conn, &ids, None).await
}

/// Expires holds past their time, a batch at a time; returns how many. Any number of nodes at once.
/// Publishes `hold.expired`.
pub async fn expire_due(platform: &Platform) -> Result<u64> {
    let now = platform.clock.now();
    let mut tx = platform.db.platform("expire holds").await?;
    let due = store::due(&mut tx, now).await?;
    drop(tx);
    let mut count = 0;
    // One item at a time, each in a transaction of its own: a hot item is locked no longer than its
    // batch takes.
    for (tenant, item, sale) in due {
        loop {
            let mut tx = platform.db.tenant(tenant).await?;
            let mut counters = StockRow::lock(&mut tx, tenant, item).await?;
            let expired = store::expire(&mut tx, tenant, item, now, EXPIRY_BATCH).await?;
            for hold in &expired {
                counters
                    .count(hold.account, Move::Expired { hold: hold.id, quantity: hold.quantity });
            }
            let offered = waitlist::serve(&mut tx, &mut counters, now).await?;
            if counters.moved() {
                counters.save(&mut tx, now).await?;
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
                tell(
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
