//! The SQL of holds. Whatever changes a hold needs the lock of its item's stock row.

use std::collections::{HashMap, HashSet};

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Hold, HoldClock, HoldState, hold::HoldKey, new_rows::NewHolds};
use crate::kernel::{
    AccountId, HoldId, Result, RevisionId, SaleId, SaleItemId, TenantId, limits::ORDER_LINES_MAX,
};

/// Items with holds to expire that are read at once.
const DUE_ITEMS_MAX: i64 = 200;

/// A query over holds, with their columns.
macro_rules! holds {
    ($before:literal, $from:literal, $after:literal $(, $bind:expr)*) => {
        sqlx::query_as!(
            Hold,
            $before + r#"
            SELECT tenant_id AS "tenant: TenantId", id AS "id: HoldId",
                   sale_id AS "sale_id: SaleId", sale_item_id AS "sale_item_id: SaleItemId",
                   account_id AS "account: AccountId", visit_id, quantity,
                   state AS "state: HoldState", created_at, expires_at, stopped_at,
                   revision_id AS "revision: RevisionId"
            FROM "# + $from + " " + $after
            $(, $bind)*
        )
    };
}

/// Inserts holds of one item.
pub async fn insert(
    conn: &mut PgConnection,
    tenant: TenantId,
    sale: SaleId,
    item: SaleItemId,
    created_at: OffsetDateTime,
    holds: &NewHolds<'_>,
) -> Result<()> {
    let NewHolds { rows, expires_at, revision } = holds;
    sqlx::query!(
        "
        INSERT INTO holds (tenant_id, sale_id, sale_item_id, created_at, expires_at, revision_id,
                           id, account_id, idempotency_key, visit_id, quantity)
        SELECT $1, $2, $3, $4, $5, $6, *
        FROM UNNEST($7::uuid[], $8::uuid[], $9::text[], $10::uuid[], $11::int[])
        ",
        tenant.0,
        sale.0,
        item.0,
        created_at,
        expires_at.unwrap_or(created_at),
        revision.map(|revision| revision.0),
        &rows.ids,
        &rows.accounts,
        &rows.keys as &[&str],
        &rows.visits as &[Option<Uuid>],
        &rows.quantities,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The hold that an idempotency key made.
pub async fn by_key(
    conn: &mut PgConnection,
    tenant: TenantId,
    item: SaleItemId,
    account: AccountId,
    key: &str,
) -> Result<Option<Hold>> {
    let hold = holds!(
        "",
        "holds",
        "WHERE tenant_id = $1 AND sale_item_id = $2 AND account_id = $3 \
         AND idempotency_key = $4",
        tenant.0,
        item.0,
        account.0,
        key
    );
    Ok(hold.fetch_optional(conn).await?)
}

/// A hold of an account.
pub async fn of_account(
    conn: &mut PgConnection,
    account: AccountId,
    hold: HoldId,
) -> Result<Option<Hold>> {
    Ok(holds!("", "holds", "WHERE account_id = $1 AND id = $2", account.0, hold.0)
        .fetch_optional(conn)
        .await?)
}

/// Some holds, in no order.
pub async fn by_keys(conn: &mut PgConnection, keys: &[HoldKey]) -> Result<Vec<Hold>> {
    let (tenants, ids) = columns(keys);
    let holds = holds!("", "holds", "WHERE id = ANY($2) AND tenant_id = ANY($1)", &tenants, &ids);
    Ok(holds.fetch_all(conn).await?)
}

fn columns(keys: &[HoldKey]) -> (Vec<Uuid>, Vec<Uuid>) {
    keys.iter().map(|(tenant, hold)| (tenant.0, hold.0)).unzip()
}

/// A shopper's open holds, oldest first. A hold whose clock stands still is open.
pub async fn held_by(
    conn: &mut PgConnection,
    account: AccountId,
    now: OffsetDateTime,
) -> Result<Vec<Hold>> {
    Ok(held_by_each(conn, &[account], now).await?.remove(&account).unwrap_or_default())
}

/// The open holds of each of some shoppers, oldest first. The state is filtered outside, as in every
/// query for a shopper's holds: in a rush the table grows faster than its statistics are renewed,
/// and a plan that begins with the state would scan the holds of everyone.
pub async fn held_by_each(
    conn: &mut PgConnection,
    accounts: &[AccountId],
    now: OffsetDateTime,
) -> Result<HashMap<AccountId, Vec<Hold>>> {
    let mut accounts: Vec<Uuid> = accounts.iter().map(|account| account.0).collect();
    accounts.sort_unstable();
    accounts.dedup(); // each is asked once
    let holds = holds!(
        "",
        "UNNEST($1::uuid[]) AS asked (account), LATERAL ( \
            SELECT own.* FROM (SELECT * FROM holds WHERE account_id = asked.account OFFSET 0) AS own \
            WHERE own.state = 'held' \
                AND (own.stopped_at IS NOT NULL OR greatest(own.expires_at, own.paying_until) > $2) \
            ORDER BY own.created_at, own.id LIMIT $3 \
         ) AS open",
        "ORDER BY account_id, created_at, id",
        &accounts,
        now,
        ORDER_LINES_MAX
    );
    let mut of_each: HashMap<AccountId, Vec<Hold>> = HashMap::new();
    for hold in holds.fetch_all(conn).await? {
        of_each.entry(hold.account).or_default().push(hold);
    }
    Ok(of_each)
}

/// The states of those of these holds that an account has or had.
pub async fn states_of(
    conn: &mut PgConnection,
    account: AccountId,
    holds: &[HoldId],
) -> Result<HashMap<HoldId, HoldState>> {
    let ids: Vec<Uuid> = holds.iter().map(|hold| hold.0).collect();
    let rows = sqlx::query!(
        r#"SELECT id AS "id: HoldId", state AS "state: HoldState" FROM holds
           WHERE account_id = $1 AND id = ANY($2)"#,
        account.0,
        &ids,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.state)).collect())
}

/// Releases an open hold, and lapses the offer that it was. None when it was not open.
pub async fn release(
    conn: &mut PgConnection,
    tenant: TenantId,
    hold: HoldId,
    now: OffsetDateTime,
) -> Result<Option<Hold>> {
    let released = holds!(
        "
        WITH released AS (
            UPDATE holds
            SET state = 'released', resolved_at = $3, paying_until = NULL, stopped_at = NULL
            WHERE tenant_id = $1 AND id = $2 AND state = 'held' RETURNING *
        ), lapsed AS (
            UPDATE waitlist SET state = 'lapsed', resolved_at = $3
            WHERE tenant_id = $1 AND hold_id = $2 AND state IN ('offered', 'lapsed')
                AND EXISTS (SELECT FROM released)
        )",
        "released",
        "",
        tenant.0,
        hold.0,
        now
    );
    Ok(released.fetch_optional(conn).await?)
}

/// Sells holds that are not sold, and takes the offers that they were.
pub async fn mark_sold(
    conn: &mut PgConnection,
    keys: &[HoldKey],
    now: OffsetDateTime,
) -> Result<()> {
    let (tenants, ids) = columns(keys);
    sqlx::query!(
        "
        WITH sold AS (
            UPDATE holds
            SET state = 'sold', resolved_at = $3, paying_until = NULL, stopped_at = NULL
            WHERE id = ANY($2) AND tenant_id = ANY($1) AND state <> 'sold' RETURNING tenant_id, id
        )
        UPDATE waitlist w SET state = 'taken', resolved_at = $3 FROM sold
        WHERE w.tenant_id = sold.tenant_id AND w.hold_id = sold.id
            AND w.state IN ('offered', 'lapsed')
        ",
        &tenants,
        &ids,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Returns sold units of a hold to stock, and says whose they were. None when fewer were sold and
/// not returned yet.
pub async fn return_units(
    conn: &mut PgConnection,
    tenant: TenantId,
    hold: HoldId,
    quantity: i32,
) -> Result<Option<AccountId>> {
    let account = sqlx::query_scalar!(
        "
        UPDATE holds SET returned = returned + $3
        WHERE tenant_id = $1 AND id = $2 AND state = 'sold' AND quantity - returned >= $3
        RETURNING account_id
        ",
        tenant.0,
        hold.0,
        quantity,
    )
    .fetch_optional(conn)
    .await?;
    Ok(account.map(AccountId))
}

/// The clocks of those holds that are open.
pub async fn clocks(
    conn: &mut PgConnection,
    holds: &[HoldId],
) -> Result<HashMap<HoldId, HoldClock>> {
    let ids: Vec<Uuid> = holds.iter().map(|hold| hold.0).collect();
    let rows = sqlx::query!(
        r#"
        SELECT id AS "id: HoldId", greatest(expires_at, paying_until) AS "expires_at!", stopped_at
        FROM holds WHERE id = ANY($1) AND state = 'held'
        "#,
        &ids,
    );
    let clock = |expires_at, stopped_at| HoldClock { expires_at, stopped_at };
    let rows = rows.fetch_all(conn).await?.into_iter();
    Ok(rows.map(|row| (row.id, clock(row.expires_at, row.stopped_at))).collect())
}

/// How long a hold waits for payments after its own time, however many are attempted.
const PAYMENT_GRACE: time::Duration = time::Duration::minutes(15);

/// Keeps holds from expiring until a time, while a payment for them is under way, but no longer than
/// [`PAYMENT_GRACE`] after their own; None lets them expire as before.
pub async fn keep_until(
    conn: &mut PgConnection,
    holds: &[Uuid],
    until: Option<OffsetDateTime>,
) -> Result<()> {
    sqlx::query!(
        "
        UPDATE holds SET paying_until = CASE WHEN $2::timestamptz IS NOT NULL
            THEN least($2, expires_at + make_interval(secs => $3)) END
        WHERE id IN (
            SELECT id FROM holds WHERE id = ANY($1) AND state = 'held' ORDER BY id FOR UPDATE)
        ",
        holds,
        until,
        PAYMENT_GRACE.as_seconds_f64()
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Items with holds to expire. Platform scope.
pub async fn due(
    conn: &mut PgConnection,
    now: OffsetDateTime,
) -> Result<Vec<(TenantId, SaleItemId, SaleId)>> {
    let rows = sqlx::query!(
        r#"
        WITH RECURSIVE items AS (
            (SELECT tenant_id, sale_item_id, sale_id FROM holds WHERE state = 'held'
             ORDER BY tenant_id, sale_item_id LIMIT 1)
            UNION ALL
            SELECT next.* FROM items, LATERAL (
                SELECT tenant_id, sale_item_id, sale_id FROM holds
                WHERE state = 'held'
                    AND (tenant_id, sale_item_id) > (items.tenant_id, items.sale_item_id)
                ORDER BY tenant_id, sale_item_id LIMIT 1
            ) next
        )
        SELECT tenant_id AS "tenant_id!", sale_item_id AS "sale_item_id!", sale_id AS "sale_id!"
        FROM items i WHERE EXISTS (
            SELECT FROM holds h
            WHERE h.tenant_id = i.tenant_id AND h.sale_item_id = i.sale_item_id
                AND h.state = 'held' AND h.expires_at <= $1 AND h.stopped_at IS NULL
                AND (h.paying_until IS NULL OR h.paying_until <= $1)
        ) LIMIT $2
        "#,
        now,
        DUE_ITEMS_MAX,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (TenantId(row.tenant_id), SaleItemId(row.sale_item_id), SaleId(row.sale_id)))
        .collect())
}

/// Expires an item's due holds, at most `batch`, and lapses the offers among them.
pub async fn expire(
    conn: &mut PgConnection,
    tenant: TenantId,
    item: SaleItemId,
    now: OffsetDateTime,
    batch: i64,
) -> Result<Vec<Hold>> {
    let expired = holds!(
        "
        WITH due AS (
            SELECT id FROM holds
            WHERE tenant_id = $1 AND sale_item_id = $2 AND state = 'held' AND expires_at <= $3
                AND stopped_at IS NULL AND (paying_until IS NULL OR paying_until <= $3)
            ORDER BY expires_at LIMIT $4
        ), expired AS (
            UPDATE holds h SET state = 'expired', resolved_at = $3, paying_until = NULL FROM due
            WHERE h.tenant_id = $1 AND h.id = due.id RETURNING h.*
        ), lapsed AS (
            UPDATE waitlist w SET state = 'lapsed', resolved_at = $3 FROM expired
            WHERE w.tenant_id = $1 AND w.hold_id = expired.id AND w.state = 'offered'
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

/// The items among `stopped` of which the clock of an open hold runs, and those among `running` of which
/// one stands still: it is asked every second while a hundred thousand clocks run, so an index answers for
/// each item. Platform scope.
pub async fn with_clocks_to_turn(
    conn: &mut PgConnection,
    stopped: &[(TenantId, SaleItemId)],
    running: &[(TenantId, SaleItemId)],
) -> Result<HashSet<SaleItemId>> {
    let columns = |items: &[(TenantId, SaleItemId)]| -> (Vec<Uuid>, Vec<Uuid>) {
        items.iter().map(|(tenant, item)| (tenant.0, item.0)).unzip()
    };
    let (stopped, running) = (columns(stopped), columns(running));
    let items = sqlx::query_scalar!(
        r#"
        SELECT i.item AS "item!: SaleItemId"
        FROM UNNEST($1::uuid[], $2::uuid[]) AS i (tenant, item)
        CROSS JOIN LATERAL (
            SELECT FROM holds
            WHERE tenant_id = i.tenant AND sale_item_id = i.item AND state = 'held'
                AND stopped_at IS NULL
            LIMIT 1
        ) h
        UNION ALL
        SELECT i.item
        FROM UNNEST($3::uuid[], $4::uuid[]) AS i (tenant, item)
        CROSS JOIN LATERAL (
            SELECT FROM holds
            WHERE tenant_id = i.tenant AND sale_item_id = i.item AND stopped_at IS NOT NULL
            LIMIT 1
        ) h
        "#,
        &stopped.0,
        &stopped.1,
        &running.0,
        &running.1,
    )
    .fetch_all(conn)
    .await?;
    Ok(items.into_iter().collect())
}

/// Stops the clocks of an item's open holds as of `since`. Returns whose holds they are.
pub async fn stop_clocks(
    conn: &mut PgConnection,
    tenant: TenantId,
    item: SaleItemId,
    since: OffsetDateTime,
) -> Result<Vec<AccountId>> {
    let accounts = sqlx::query_scalar!(
        r#"
        UPDATE holds SET stopped_at = greatest($3, created_at)
        WHERE tenant_id = $1 AND sale_item_id = $2 AND state = 'held' AND stopped_at IS NULL
        RETURNING account_id AS "account: AccountId"
        "#,
        tenant.0,
        item.0,
        since,
    );
    Ok(accounts.fetch_all(conn).await?)
}

/// Lets the clocks of an item's open holds run again: each has the time left that it had when its
/// clock was stopped. Returns them.
pub async fn run_clocks(
    conn: &mut PgConnection,
    tenant: TenantId,
    item: SaleItemId,
    now: OffsetDateTime,
) -> Result<Vec<ResumedHold>> {
    let resumed = sqlx::query_as!(
        ResumedHold,
        r#"
        UPDATE holds SET expires_at = expires_at + ($3 - stopped_at), stopped_at = NULL
        WHERE tenant_id = $1 AND sale_item_id = $2 AND state = 'held' AND stopped_at IS NOT NULL
        RETURNING id AS "id: HoldId", account_id AS "account: AccountId", quantity
        "#,
        tenant.0,
        item.0,
        now,
    );
    Ok(resumed.fetch_all(conn).await?)
}

/// A hold whose clock runs again.
pub struct ResumedHold {
    pub id: HoldId,
    pub account: AccountId,
    pub quantity: i32,
}

/// Whether a hold of this shopper expired after `since`, marked as expired or not yet.
pub async fn expired_since(
    conn: &mut PgConnection,
    account: AccountId,
    since: OffsetDateTime,
    now: OffsetDateTime,
) -> Result<bool> {
    Ok(!with_expired_since(conn, &[account], since, now).await?.is_empty())
}

/// Which of some shoppers have a hold that expired after `since`, marked as expired or not yet.
pub async fn with_expired_since(
    conn: &mut PgConnection,
    accounts: &[AccountId],
    since: OffsetDateTime,
    now: OffsetDateTime,
) -> Result<HashSet<AccountId>> {
    let accounts: Vec<Uuid> = accounts.iter().map(|account| account.0).collect();
    let expired = sqlx::query_scalar!(
        r#"
        SELECT account AS "account!: AccountId" FROM UNNEST($1::uuid[]) AS asked (account)
        WHERE EXISTS (
            SELECT FROM (SELECT * FROM holds WHERE account_id = asked.account OFFSET 0) AS own
            WHERE expires_at > $2 AND (
                state = 'expired'
                OR (state = 'held' AND expires_at <= $3 AND stopped_at IS NULL))
        )
        "#,
        &accounts,
        since,
        now,
    );
    Ok(expired.fetch_all(conn).await?.into_iter().collect())
}
