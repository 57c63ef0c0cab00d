//! Waitlist entries as shoppers and managers work with them. Entries are served first come, first
//! served, by `waitlist_offers.rs`.

use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    EntryState, WaitlistEntry, errors, hold::accounts_of, notices, receipt::Move, resolve,
    stock_row::StockRow, waitlist_offers::offer_free_units,
};
use crate::{
    access::{Actor, audit},
    events,
    kernel::{
        AccountId, Error, FieldError, HoldId, Result, SaleId, SaleItemId, TenantId, WaitlistId,
    },
    platform::Platform,
};

/// Open entries of a shopper that are read at once.
const ENTRIES_MAX: i64 = 100;

/// A query over waitlist entries, with their columns.
macro_rules! entries {
    ($from:literal, $after:literal $(, $bind:expr)*) => {
        sqlx::query_as!(
            WaitlistEntry,
            r#"
            SELECT tenant_id AS "tenant: TenantId", id AS "id: WaitlistId",
                   sale_id AS "sale_id: SaleId", sale_item_id AS "sale_item_id: SaleItemId",
                   account_id AS "account: AccountId", visit_id, quantity, accept_fewer, position,
                   state AS "state: EntryState", hold_id AS "hold_id: HoldId", created_at
            FROM "# + $from + " " + $after
            $(, $bind)*
        )
    };
}

/// A shopper's waiting entries and open offers, oldest first. Shopper scope.
pub async fn entries_of(conn: &mut PgConnection, account: AccountId) -> Result<Vec<WaitlistEntry>> {
    entries_of_each(conn, &[account]).await
}

/// The same for each of several shoppers. Platform scope.
pub async fn entries_of_each(
    conn: &mut PgConnection,
    accounts: &[AccountId],
) -> Result<Vec<WaitlistEntry>> {
    let ids: Vec<Uuid> = accounts.iter().map(|account| account.0).collect();
    let entries = entries!(
        "UNNEST($1::uuid[]) AS asked (account), LATERAL (SELECT * FROM waitlist \
         WHERE account_id = asked.account AND state IN ('waiting', 'offered') \
         ORDER BY created_at, id LIMIT $2) w",
        "",
        &ids,
        ENTRIES_MAX
    );
    Ok(entries.fetch_all(conn).await?)
}

/// Which of these holds were offers to a waitlist that have lapsed. Platform scope.
pub async fn lapsed_offers(
    conn: &mut PgConnection,
    tenant: TenantId,
    holds: &[HoldId],
) -> Result<Vec<HoldId>> {
    let ids: Vec<Uuid> = holds.iter().map(|hold| hold.0).collect();
    let offers = sqlx::query_scalar!(
        r#"
        SELECT hold_id AS "hold!: HoldId" FROM waitlist
        WHERE tenant_id = $1 AND hold_id = ANY($2) AND state = 'lapsed'
        "#,
        tenant.0,
        &ids,
    );
    Ok(offers.fetch_all(conn).await?)
}

/// A page of an item's waitlist after a position, the front first. Tenant scope.
pub async fn list(
    conn: &mut PgConnection,
    tenant: TenantId,
    item: SaleItemId,
    after: i64,
    limit: i64,
) -> Result<Vec<WaitlistEntry>> {
    let entries = entries!(
        "waitlist",
        "WHERE tenant_id = $1 AND sale_item_id = $2 AND state = 'waiting' AND position > $3 \
         ORDER BY position LIMIT $4",
        tenant.0,
        item.0,
        after,
        limit
    );
    Ok(entries.fetch_all(conn).await?)
}

/// Leaves the waitlist; an entry that was offered units releases them. An entry that is over is a
/// conflict. Publishes `waitlist.left`.
pub async fn leave(platform: &Platform, account: AccountId, id: WaitlistId) -> Result<()> {
    let entry = of_account(platform, account, id).await?;
    if let (EntryState::Offered, Some(hold)) = (entry.state, entry.hold_id) {
        return resolve::release(platform, account, hold).await;
    }
    let now = platform.clock.now();
    let mut tx = platform.db.tenant(entry.tenant).await?;
    let mut stock = StockRow::lock(&mut tx, entry.tenant, entry.sale_item_id).await?;
    let left = sqlx::query!(
        "
        UPDATE waitlist SET state = 'left', resolved_at = $3
        WHERE tenant_id = $1 AND id = $2 AND state = 'waiting'
        ",
        entry.tenant.0,
        id.0,
        now,
    );
    if left.execute(&mut *tx).await?.rows_affected() == 0 {
        return Err(errors::not_waiting());
    }
    stock.record(account, Move::Left { entry: id });
    stock.save(&mut tx, now).await?;
    events::publish(&mut tx, entry.tenant, "waitlist.left", &entry.event()).await?;
    tx.commit().await?;
    notices::stock_moved(platform, entry.tenant, entry.sale_id, vec![account]).await
}

/// Sets whether a waiting entry takes fewer units rather than wait for all of them. An entry that
/// is over is a conflict.
pub async fn set_accept_fewer(
    platform: &Platform,
    account: AccountId,
    id: WaitlistId,
    accept_fewer: bool,
) -> Result<()> {
    let entry = of_account(platform, account, id).await?;
    let now = platform.clock.now();
    let mut tx = platform.db.tenant(entry.tenant).await?;
    let mut stock = StockRow::lock(&mut tx, entry.tenant, entry.sale_item_id).await?;
    let changed = sqlx::query!(
        "
        UPDATE waitlist SET accept_fewer = $3
        WHERE tenant_id = $1 AND id = $2 AND state = 'waiting'
        ",
        entry.tenant.0,
        id.0,
        accept_fewer,
    );
    if changed.execute(&mut *tx).await?.rows_affected() == 0 {
        return Err(errors::not_waiting());
    }
    stock.record(account, Move::AcceptFewerSet { entry: id, accept_fewer });
    let offered = offer_free_units(&mut tx, &mut stock, now).await?;
    stock.save(&mut tx, now).await?;
    tx.commit().await?;
    let accounts = accounts_of(&offered).chain([account]).collect();
    notices::stock_moved(platform, entry.tenant, entry.sale_id, accounts).await
}

/// Moves a waiting entry directly before another one for the same item, or to the end of the
/// waitlist. The reason goes to the audit log. Publishes `waitlist.moved`.
pub async fn move_before(
    platform: &Platform,
    actor: Actor,
    tenant: TenantId,
    sale: SaleId,
    id: WaitlistId,
    before: Option<WaitlistId>,
    reason: &str,
) -> Result<()> {
    let now = platform.clock.now();
    let mut tx = platform.db.tenant(tenant).await?;
    let entry =
        waiting(&mut tx, tenant, sale, id).await?.ok_or(Error::NotFound("waitlist entry"))?;
    let mut stock = StockRow::lock(&mut tx, tenant, entry.sale_item_id).await?;
    // Once more, under the lock.
    let entry =
        waiting(&mut tx, tenant, sale, id).await?.ok_or(Error::NotFound("waitlist entry"))?;
    let position = match before {
        None => stock.next_position(),
        Some(other) => {
            let other = waiting(&mut tx, tenant, sale, other).await?;
            let next = other
                .filter(|other| other.sale_item_id == entry.sale_item_id && other.id != id)
                .ok_or_else(|| {
                    FieldError::new("before", "Must be another entry on the same waitlist")
                })?;
            position_before(&mut tx, &entry, &next).await?
        }
    };
    sqlx::query!(
        "UPDATE waitlist SET position = $3 WHERE tenant_id = $1 AND id = $2",
        tenant.0,
        id.0,
        position
    )
    .execute(&mut *tx)
    .await?;
    stock.record(entry.account, Move::Moved { entry: id, position });
    stock.save(&mut tx, now).await?;
    let payload = json!({"sale_id": sale, "entry_id": id, "before": before});
    events::publish(&mut tx, tenant, "waitlist.moved", &payload).await?;
    let details = json!({"entry_id": id, "before": before, "reason": reason});
    let object = format!("waitlist entry {id}");
    audit::record(&mut tx, actor, tenant, "waitlist_move", &object, &details).await?;
    tx.commit().await?;
    notices::stock_moved(platform, tenant, sale, vec![entry.account]).await
}

/// A free position between `next` and the entry before it. There is none left after some twenty
/// moves to the same point, which is a conflict.
async fn position_before(
    conn: &mut PgConnection,
    entry: &WaitlistEntry,
    next: &WaitlistEntry,
) -> Result<i64> {
    let previous = sqlx::query_scalar!(
        r#"
        SELECT coalesce(max(position), 0) AS "position!" FROM waitlist
        WHERE tenant_id = $1 AND sale_item_id = $2 AND state = 'waiting' AND position < $3
            AND id <> $4
        "#,
        entry.tenant.0,
        entry.sale_item_id.0,
        next.position,
        entry.id.0,
    )
    .fetch_one(conn)
    .await?;
    let position = i64::midpoint(previous, next.position);
    if position == previous {
        return Err(Error::conflict(
            "no_room",
            "Too many entries were moved to this position. Move this one before another entry.",
        ));
    }
    Ok(position)
}

/// A waiting entry of a sale.
async fn waiting(
    conn: &mut PgConnection,
    tenant: TenantId,
    sale: SaleId,
    id: WaitlistId,
) -> Result<Option<WaitlistEntry>> {
    let entry = entries!(
        "waitlist",
        "WHERE tenant_id = $1 AND sale_id = $2 AND id = $3 AND state = 'waiting'",
        tenant.0,
        sale.0,
        id.0
    );
    Ok(entry.fetch_optional(conn).await?)
}

async fn of_account(
    platform: &Platform,
    account: AccountId,
    id: WaitlistId,
) -> Result<WaitlistEntry> {
    let mut tx = platform.db.shopper(Some(account)).await?;
    let entry = entries!("waitlist", "WHERE account_id = $1 AND id = $2", account.0, id.0)
        .fetch_optional(&mut *tx)
        .await?;
    entry.ok_or(Error::NotFound("waitlist entry"))
}
