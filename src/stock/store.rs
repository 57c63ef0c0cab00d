//! The SQL of holds. What changes a hold needs the lock of its item's counters.

use std::collections::HashMap;

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{EntryState, Hold, HoldState, WaitlistEntry, rules::Shopper, waitlist::NewEntry};
use crate::kernel::{AccountId, HoldId, Result, SaleId, SaleItemId, TenantId, WaitlistId};

/// Holds a shopper may have in force and see at once.
const HELD_LIST_MAX: i64 = 100;
/// Holds and positions of one shopper at one provider, far above what the limits of rate and of sales
/// let be.
const ROWS_OF_SHOPPER_MAX: i64 = 100_000;
/// Items the sweeper takes on in one go.
const DUE_ITEMS_MAX: i64 = 200;

/// One query over holds, with their columns.
macro_rules! holds {
    ($before:literal, $columns_of:literal, $after:literal $(, $bind:expr)*) => {
        sqlx::query_as!(
            Hold,
            $before + r#" SELECT tenant_id AS "tenant: TenantId", id AS "id: HoldId", sale_id AS "sale_id: SaleId", sale_item_id AS "sale_item_id: SaleItemId",
                account_id AS "account: AccountId", visit_id, quantity, state AS "state: HoldState", created_at, expires_at FROM "# + $columns_of + " " + $after
            $(, $bind)*
        )
    };
}

/// A hold about to be made, and the key it is known by.
pub struct NewHold {
    pub hold: Hold,
    pub key: String,
}

/// New holds, or waitlist positions, as a statement takes them.
#[derive(Default)]
pub struct Columns<'a> {
    pub ids: Vec<Uuid>,
    pub accounts: Vec<Uuid>,
    pub keys: Vec<&'a str>,
    pub visits: Vec<Option<Uuid>>,
    pub quantities: Vec<i32>,
}

impl<'a> Columns<'a> {
    pub fn of_holds(holds: &'a [NewHold]) -> Self {
        let mut columns = Self::default();
        for NewHold { hold, key } in holds {
            columns.add(hold.id.0, hold.account, key, hold.visit_id, hold.quantity);
        }
        columns
    }

    pub fn of_entries(entries: &'a [NewEntry]) -> Self {
        let mut columns = Self::default();
        for NewEntry { entry, key } in entries {
            columns.add(entry.id.0, entry.account, key, entry.visit_id, entry.quantity);
        }
        columns
    }

    fn add(
        &mut self,
        id: Uuid,
        account: AccountId,
        key: &'a str,
        visit: Option<Uuid>,
        quantity: i32,
    ) {
        self.ids.push(id);
        self.accounts.push(account.0);
        self.keys.push(key);
        self.visits.push(visit);
        self.quantities.push(quantity);
    }
}

/// What is known of these accounts and an item, by account, and which of `unknown` are registered
/// for the sale. Each is looked up by a key of its own, the state asked for outside: as one
/// condition over all of them it may be planned, on young tables, as a walk through everything the
/// provider has.
pub async fn shoppers(
    conn: &mut PgConnection,
    tenant: TenantId,
    sale: SaleId,
    item: SaleItemId,
    accounts: &[Uuid],
    unknown: &[Uuid],
) -> Result<(HashMap<AccountId, Shopper>, Vec<AccountId>)> {
    let rows = sqlx::query!(
        r#"
        SELECT h.id AS "id!", h.sale_id AS "sale_id!", h.sale_item_id AS "sale_item_id!", h.account_id AS "account_id!", h.idempotency_key AS "idempotency_key!",
               h.visit_id, h.quantity AS "quantity!", h.returned AS "returned!", h.created_at AS "created_at!", h.expires_at,
               h.state AS "hold_state: HoldState", NULL AS "entry_state: EntryState", false AS "accept_fewer!", 0::bigint AS "position!", NULL::uuid AS hold_id
        FROM UNNEST($2::uuid[]) AS asked (account_id), LATERAL (
            SELECT * FROM holds WHERE tenant_id = $1 AND account_id = asked.account_id LIMIT $3
        ) h
        UNION ALL
        SELECT w.id, w.sale_id, w.sale_item_id, w.account_id, w.idempotency_key, w.visit_id, w.quantity, 0, w.created_at, NULL,
               NULL, w.state, w.accept_fewer, w.position, w.hold_id
        FROM UNNEST($2::uuid[]) AS asked (account_id), LATERAL (
            SELECT * FROM waitlist WHERE tenant_id = $1 AND account_id = asked.account_id AND state IN ('waiting', 'offered') LIMIT $3
        ) w
        UNION ALL
        SELECT r.sale_id, r.sale_id, r.sale_id, r.account_id, '', NULL, 0, 0, r.created_at, NULL, NULL, NULL, false, 0, NULL
        FROM UNNEST($5::uuid[]) AS asked (account_id), LATERAL (
            SELECT * FROM registrations WHERE tenant_id = $1 AND sale_id = $4 AND account_id = asked.account_id LIMIT 1
        ) r
        WHERE r.state = 'registered'
        "#,
        tenant.0,
        accounts,
        ROWS_OF_SHOPPER_MAX,
        sale.0,
        unknown,
    )
    .fetch_all(conn)
    .await?;
    let mut shoppers: HashMap<AccountId, Shopper> = HashMap::with_capacity(accounts.len());
    let mut registered = vec![];
    for row in rows {
        let account = AccountId(row.account_id);
        if row.hold_state.is_none() && row.entry_state.is_none() {
            registered.push(account);
            continue;
        }
        let shopper = shoppers.entry(account).or_default();
        let (sale_id, sale_item_id) = (SaleId(row.sale_id), SaleItemId(row.sale_item_id));
        if sale_item_id != item {
            shopper.keys_elsewhere.insert(row.idempotency_key);
            continue;
        }
        let (visit_id, quantity, created_at) = (row.visit_id, row.quantity, row.created_at);
        if let (Some(state), Some(expires_at)) = (row.hold_state, row.expires_at) {
            if matches!(state, HoldState::Held | HoldState::Sold) {
                shopper.units += i64::from(quantity - row.returned);
            }
            let hold = Hold {
                tenant,
                id: HoldId(row.id),
                sale_id,
                sale_item_id,
                account,
                visit_id,
                quantity,
                state,
                created_at,
                expires_at,
            };
            shopper.holds.insert(row.idempotency_key, hold);
        } else if let Some(state) = row.entry_state {
            let (id, accept_fewer, position, hold_id) =
                (WaitlistId(row.id), row.accept_fewer, row.position, row.hold_id.map(HoldId));
            let entry = WaitlistEntry {
                tenant,
                id,
                sale_id,
                sale_item_id,
                account,
                visit_id,
                quantity,
                accept_fewer,
                position,
                state,
                hold_id,
                created_at,
            };
            shopper.entry = Some((row.idempotency_key, entry));
        }
    }
    Ok((shoppers, registered))
}

/// Writes holds, all of one item.
pub async fn insert(conn: &mut PgConnection, holds: &[NewHold]) -> Result<()> {
    let Some(NewHold { hold: first, .. }) = holds.first() else { return Ok(()) };
    let new = Columns::of_holds(holds);
    sqlx::query!(
        "
        INSERT INTO holds (tenant_id, sale_id, sale_item_id, created_at, expires_at, id, account_id, idempotency_key, visit_id, quantity)
        SELECT $1, $2, $3, $4, $5, * FROM UNNEST($6::uuid[], $7::uuid[], $8::text[], $9::uuid[], $10::int[])
        ",
        first.tenant.0,
        first.sale_id.0,
        first.sale_item_id.0,
        first.created_at,
        first.expires_at,
        &new.ids,
        &new.accounts,
        &new.keys as &[&str],
        &new.visits as &[Option<Uuid>],
        &new.quantities,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The hold an idempotency key stands for.
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
        "WHERE tenant_id = $1 AND sale_item_id = $2 AND account_id = $3 AND idempotency_key = $4",
        tenant.0,
        item.0,
        account.0,
        key
    );
    Ok(hold.fetch_optional(conn).await?)
}

/// A hold, when it is the account's own.
pub async fn of_account(
    conn: &mut PgConnection,
    account: AccountId,
    hold: HoldId,
) -> Result<Option<Hold>> {
    Ok(holds!("", "holds", "WHERE account_id = $1 AND id = $2", account.0, hold.0)
        .fetch_optional(conn)
        .await?)
}

pub async fn by_id(
    conn: &mut PgConnection,
    tenant: TenantId,
    hold: HoldId,
) -> Result<Option<Hold>> {
    Ok(holds!("", "holds", "WHERE tenant_id = $1 AND id = $2", tenant.0, hold.0)
        .fetch_optional(conn)
        .await?)
}

/// What an account holds. The state is asked for outside, here as wherever a shopper's holds are:
/// while a rush fills the table its statistics are of before, and the plan would else walk through
/// everyone's.
pub async fn held_by(
    conn: &mut PgConnection,
    account: AccountId,
    now: OffsetDateTime,
) -> Result<Vec<Hold>> {
    let holds = holds!(
        "",
        "(SELECT * FROM holds WHERE account_id = $1 OFFSET 0) AS own",
        "WHERE state = 'held' AND greatest(expires_at, paying_until) > $2 ORDER BY created_at, id LIMIT $3",
        account.0,
        now,
        HELD_LIST_MAX
    );
    Ok(holds.fetch_all(conn).await?)
}

/// Moves a hold from one state to another, and the waitlist position it was offered at with it; false
/// when it was not in `from`.
pub async fn turn(
    conn: &mut PgConnection,
    tenant: TenantId,
    hold: HoldId,
    from: &[&str],
    to: &str,
    now: OffsetDateTime,
) -> Result<Option<Hold>> {
    let turned = holds!(
        "
        WITH turned AS (
            UPDATE holds SET state = $4, resolved_at = $5, paying_until = NULL WHERE tenant_id = $1 AND id = $2 AND state = ANY($3) RETURNING *
        ), offered AS (
            UPDATE waitlist SET state = CASE WHEN $4 = 'sold' THEN 'taken' ELSE 'lapsed' END, resolved_at = $5
            WHERE tenant_id = $1 AND hold_id = $2 AND state IN ('offered', 'lapsed') AND EXISTS (SELECT FROM turned)
        )",
        "turned",
        "",
        tenant.0,
        hold.0,
        from as &[&str],
        to,
        now
    );
    Ok(turned.fetch_optional(conn).await?)
}

/// Returns sold units to stock, and tells whose they were; None when that many were not sold and
/// kept.
pub async fn give_back(
    conn: &mut PgConnection,
    tenant: TenantId,
    hold: HoldId,
    quantity: i32,
) -> Result<Option<AccountId>> {
    let account = sqlx::query_scalar!(
        "UPDATE holds SET returned = returned + $3 WHERE tenant_id = $1 AND id = $2 AND state = 'sold' AND quantity - returned >= $3 RETURNING account_id",
        tenant.0,
        hold.0,
        quantity,
    )
    .fetch_optional(conn)
    .await?;
    Ok(account.map(AccountId))
}

/// Keeps holds from running out while a payment for them is under way, until a time; None lets
/// their own clock count again.
pub async fn keep(
    conn: &mut PgConnection,
    holds: &[Uuid],
    until: Option<OffsetDateTime>,
) -> Result<()> {
    sqlx::query!(
        "UPDATE holds SET paying_until = $2 WHERE id = ANY($1) AND state = 'held'",
        holds,
        until
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Items with holds past their time. Platform scope.
pub async fn due(
    conn: &mut PgConnection,
    now: OffsetDateTime,
) -> Result<Vec<(TenantId, SaleItemId, SaleId)>> {
    let rows = sqlx::query!(
        r#"
        WITH RECURSIVE items AS (
            (SELECT tenant_id, sale_item_id, sale_id FROM holds WHERE state = 'held' ORDER BY tenant_id, sale_item_id LIMIT 1)
            UNION ALL
            SELECT next.* FROM items, LATERAL (
                SELECT tenant_id, sale_item_id, sale_id FROM holds
                WHERE state = 'held' AND (tenant_id, sale_item_id) > (items.tenant_id, items.sale_item_id) ORDER BY tenant_id, sale_item_id LIMIT 1
            ) next
        )
        SELECT tenant_id AS "tenant_id!", sale_item_id AS "sale_item_id!", sale_id AS "sale_id!" FROM items i WHERE EXISTS (
            SELECT FROM holds h WHERE h.tenant_id = i.tenant_id AND h.sale_item_id = i.sale_item_id AND h.state = 'held'
                AND h.expires_at <= $1 AND (h.paying_until IS NULL OR h.paying_until <= $1)
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

/// Expires an item's holds past their time, at most `batch`, and lapses the offers that they were.
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
            SELECT id FROM holds WHERE tenant_id = $1 AND sale_item_id = $2 AND state = 'held' AND expires_at <= $3
                AND (paying_until IS NULL OR paying_until <= $3) ORDER BY expires_at LIMIT $4
        ), expired AS (
            UPDATE holds h SET state = 'expired', resolved_at = $3, paying_until = NULL FROM due WHERE h.tenant_id = $1 AND h.id = due.id RETURNING h.*
        ), lapsed AS (
            UPDATE waitlist w SET state = 'lapsed', resolved_at = $3 FROM expired WHERE w.tenant_id = $1 AND w.hold_id = expired.id AND w.state = 'offered'
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

/// Whether a hold of this shopper ran out after `since`, swept already or not.
pub async fn expired_since(
    conn: &mut PgConnection,
    account: AccountId,
    since: OffsetDateTime,
    now: OffsetDateTime,
) -> Result<bool> {
    let expired = sqlx::query_scalar!(
        r#"
        SELECT EXISTS (
            SELECT FROM (SELECT * FROM holds WHERE account_id = $1 OFFSET 0) AS own
            WHERE expires_at > $2 AND (state = 'expired' OR (state = 'held' AND expires_at <= $3))
        ) AS "expired!"
        "#,
        account.0,
        since,
        now,
    )
    .fetch_one(conn)
    .await?;
    Ok(expired)
}
