//! The SQL of holds and counters. The stock row is locked by a statement of its own, before the one that decides: a
//! statement that waited for a lock still reads other rows by the snapshot it began with.

use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{Hold, HoldRequest};
use crate::kernel::{AccountId, Error, HoldId, Result, SaleId, SaleItemId, TenantId};

/// Holds a shopper may have in force and see at once.
const HELD_LIST_MAX: i64 = 100;
/// Items the sweeper takes on in one go.
const DUE_ITEMS_MAX: i64 = 200;

/// One query over holds, with their columns.
macro_rules! holds {
    ($before:literal, $columns_of:literal, $after:literal $(, $bind:expr)*) => {
        sqlx::query_as!(
            Hold,
            $before + r#" SELECT tenant_id AS "tenant: TenantId", id AS "id: HoldId", sale_id AS "sale_id: SaleId", sale_item_id AS "sale_item_id: SaleItemId",
                account_id AS "account: AccountId", visit_id, quantity, state, created_at, expires_at FROM "# + $columns_of + " " + $after
            $(, $bind)*
        )
    };
}

/// Locks an item's counters until the transaction ends.
pub async fn lock(conn: &mut PgConnection, tenant: TenantId, item: SaleItemId) -> Result<()> {
    let row = sqlx::query!("SELECT capacity FROM stock WHERE tenant_id = $1 AND sale_item_id = $2 FOR UPDATE", tenant.0, item.0).fetch_optional(conn).await?;
    row.map(drop).ok_or_else(|| anyhow::anyhow!("item {item} of tenant {tenant} is sold without stock").into())
}

/// Locks the counters of the item a hold is of.
pub async fn lock_of(conn: &mut PgConnection, tenant: TenantId, hold: HoldId) -> Result<()> {
    let row = sqlx::query!(
        "SELECT capacity FROM stock WHERE tenant_id = $1 AND sale_item_id = (SELECT sale_item_id FROM holds WHERE tenant_id = $1 AND id = $2) FOR UPDATE",
        tenant.0,
        hold.0,
    )
    .fetch_optional(conn)
    .await?;
    row.map(drop).ok_or(Error::NotFound("hold"))
}

/// What came of trying to hold, and what it was decided on.
pub struct Take {
    pub made: bool,
    /// The key had been used before.
    pub earlier: bool,
    /// Units the shopper has of this item, held or bought and kept.
    pub mine: i64,
    /// Units neither held nor sold, before.
    pub left: i32,
}

/// Inserts the hold and moves the counter, while stock and the shopper's limit last. Needs the lock.
pub async fn take(conn: &mut PgConnection, hold: &Hold, key: &str, limit: i32) -> Result<Take> {
    let take = sqlx::query_as!(
        Take,
        r#"
        WITH earlier AS (
            SELECT 1 FROM holds WHERE tenant_id = $1 AND sale_item_id = $2 AND account_id = $3 AND idempotency_key = $4
        ), mine AS (
            SELECT coalesce(sum(quantity - returned), 0) AS units FROM holds
            WHERE tenant_id = $1 AND sale_item_id = $2 AND account_id = $3 AND state IN ('held', 'sold')
        ), taken AS (
            UPDATE stock SET held = held + $5
            WHERE tenant_id = $1 AND sale_item_id = $2 AND capacity - held - sold >= $5
              AND (SELECT units FROM mine) + $5::int <= $6::int AND NOT EXISTS (SELECT FROM earlier)
            RETURNING 1
        ), made AS (
            INSERT INTO holds (tenant_id, id, sale_id, sale_item_id, account_id, idempotency_key, visit_id, quantity, created_at, expires_at)
            SELECT $1, $7, $8, $2, $3, $4, $9, $5, $10, $11 FROM taken
            RETURNING 1
        )
        SELECT EXISTS (SELECT FROM made) AS "made!", EXISTS (SELECT FROM earlier) AS "earlier!",
               (SELECT units FROM mine) AS "mine!", capacity - held - sold AS "left!"
        FROM stock WHERE tenant_id = $1 AND sale_item_id = $2
        "#,
        hold.tenant.0,
        hold.sale_item_id.0,
        hold.account.0,
        key,
        hold.quantity,
        limit,
        hold.id.0,
        hold.sale_id.0,
        hold.visit_id,
        hold.created_at,
        hold.expires_at,
    )
    .fetch_one(conn)
    .await?;
    Ok(take)
}

/// The hold an idempotency key stands for.
pub async fn by_key(conn: &mut PgConnection, tenant: TenantId, request: &HoldRequest) -> Result<Option<Hold>> {
    let hold = holds!(
        "",
        "holds",
        "WHERE tenant_id = $1 AND sale_item_id = $2 AND account_id = $3 AND idempotency_key = $4",
        tenant.0,
        request.sale_item_id.0,
        request.account.0,
        request.idempotency_key
    );
    Ok(hold.fetch_optional(conn).await?)
}

/// A hold, when it is the account's own.
pub async fn of_account(conn: &mut PgConnection, account: AccountId, hold: HoldId) -> Result<Option<Hold>> {
    Ok(holds!("", "holds", "WHERE account_id = $1 AND id = $2", account.0, hold.0).fetch_optional(conn).await?)
}

pub async fn held_by(conn: &mut PgConnection, account: AccountId, now: OffsetDateTime) -> Result<Vec<Hold>> {
    let holds =
        holds!("", "holds", "WHERE account_id = $1 AND state = 'held' AND expires_at > $2 ORDER BY created_at, id LIMIT $3", account.0, now, HELD_LIST_MAX);
    Ok(holds.fetch_all(conn).await?)
}

/// Ends a hold that is still held as `state` and moves the counters with it; false when it was no longer held. Needs the lock.
pub async fn settle(conn: &mut PgConnection, tenant: TenantId, hold: HoldId, state: &str, now: OffsetDateTime) -> Result<bool> {
    let done = sqlx::query!(
        r#"
        WITH settled AS (
            UPDATE holds SET state = $3, resolved_at = $4 WHERE tenant_id = $1 AND id = $2 AND state = 'held'
            RETURNING sale_item_id, quantity
        )
        UPDATE stock s SET held = s.held - settled.quantity, sold = s.sold + CASE WHEN $3 = 'sold' THEN settled.quantity ELSE 0 END
        FROM settled WHERE s.tenant_id = $1 AND s.sale_item_id = settled.sale_item_id
        "#,
        tenant.0,
        hold.0,
        state,
        now,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Returns sold units to stock; false when that many were not sold and kept. Needs the lock.
pub async fn give_back(conn: &mut PgConnection, tenant: TenantId, hold: HoldId, quantity: i32) -> Result<bool> {
    let done = sqlx::query!(
        r#"
        WITH returned AS (
            UPDATE holds SET returned = returned + $3 WHERE tenant_id = $1 AND id = $2 AND state = 'sold' AND quantity - returned >= $3
            RETURNING sale_item_id
        )
        UPDATE stock s SET sold = s.sold - $3 FROM returned WHERE s.tenant_id = $1 AND s.sale_item_id = returned.sale_item_id
        "#,
        tenant.0,
        hold.0,
        quantity,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Items with holds past their time. Platform scope.
pub async fn due(conn: &mut PgConnection, now: OffsetDateTime) -> Result<Vec<(TenantId, SaleItemId, SaleId)>> {
    let rows =
        sqlx::query!("SELECT DISTINCT tenant_id, sale_item_id, sale_id FROM holds WHERE state = 'held' AND expires_at <= $1 LIMIT $2", now, DUE_ITEMS_MAX,)
            .fetch_all(conn)
            .await?;
    Ok(rows.into_iter().map(|row| (TenantId(row.tenant_id), SaleItemId(row.sale_item_id), SaleId(row.sale_id))).collect())
}

/// Expires an item's holds past their time, at most `batch`, and gives their units back. Needs the lock.
pub async fn expire(conn: &mut PgConnection, tenant: TenantId, item: SaleItemId, now: OffsetDateTime, batch: i64) -> Result<Vec<Hold>> {
    let expired = holds!(
        "
        WITH due AS (
            SELECT id FROM holds WHERE tenant_id = $1 AND sale_item_id = $2 AND state = 'held' AND expires_at <= $3 ORDER BY expires_at LIMIT $4
        ), expired AS (
            UPDATE holds h SET state = 'expired', resolved_at = $3 FROM due WHERE h.tenant_id = $1 AND h.id = due.id RETURNING h.*
        ), moved AS (
            UPDATE stock SET held = held - (SELECT coalesce(sum(quantity), 0)::int FROM expired) WHERE tenant_id = $1 AND sale_item_id = $2
        )",
        "expired",
        "ORDER BY expires_at, id",
        tenant.0,
        item.0,
        now,
        batch
    );
    Ok(expired.fetch_all(conn).await?)
}

/// What is held and sold of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counters {
    pub held: i64,
    pub sold: i64,
}

/// Each item's counters, and the same counted anew from its holds; the two must be equal, always.
pub async fn recount(conn: &mut PgConnection, tenant: TenantId, sale: SaleId) -> Result<Vec<(SaleItemId, Counters, Counters)>> {
    let rows = sqlx::query!(
        r#"
        SELECT s.sale_item_id, s.held::bigint AS "held!", s.sold::bigint AS "sold!",
               coalesce(sum(h.quantity) FILTER (WHERE h.state = 'held'), 0) AS "held_again!",
               coalesce(sum(h.quantity - h.returned) FILTER (WHERE h.state = 'sold'), 0) AS "sold_again!"
        FROM stock s LEFT JOIN holds h ON h.tenant_id = s.tenant_id AND h.sale_item_id = s.sale_item_id
        WHERE s.tenant_id = $1 AND s.sale_id = $2
        GROUP BY s.tenant_id, s.sale_item_id ORDER BY s.sale_item_id
        "#,
        tenant.0,
        sale.0,
    )
    .fetch_all(conn)
    .await?;
    let counted = rows
        .into_iter()
        .map(|row| (SaleItemId(row.sale_item_id), Counters { held: row.held, sold: row.sold }, Counters { held: row.held_again, sold: row.sold_again }));
    Ok(counted.collect())
}
