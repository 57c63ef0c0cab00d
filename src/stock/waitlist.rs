//! The line for what is sold out: who comes first is offered first, and an offer is a hold that
//! runs out by itself.

use std::collections::HashMap;

use futures_util::future::try_join_all;
use serde_json::json;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    EntryState, Hold, HoldState, WaitlistEntry, accounts_of,
    receipt::Move,
    rules::{self, Turn},
    stock_row::StockRow,
    store::{self, NewHold},
};
use crate::{
    access::{Actor, audit},
    events,
    kernel::{
        AccountId, Error, FieldError, HoldId, Result, SaleId, SaleItemId, TenantId, WaitlistId,
    },
    platform::{BatchLoader, Db, Platform},
    sales,
};

/// Entries one transaction offers to at most.
const SERVE_BATCH: i64 = 256;
/// Items the sweeper serves in one go.
const LINES_MAX: i64 = 200;
/// Positions of one item that are told live; who stands further back sees their own when the page is
/// loaded.
const POSITIONS_MAX: i64 = 100_000;
/// Positions a shopper may have and see at once.
const ENTRIES_MAX: i64 = 100;

/// One query over the waitlist, with its columns.
macro_rules! entries {
    ($before:literal, $columns_of:literal, $after:literal $(, $bind:expr)*) => {
        sqlx::query_as!(
            WaitlistEntry,
            $before + r#" SELECT tenant_id AS "tenant: TenantId", id AS "id: WaitlistId", sale_id AS "sale_id: SaleId", sale_item_id AS "sale_item_id: SaleItemId",
                account_id AS "account: AccountId", visit_id, quantity, accept_fewer, position, state AS "state: EntryState", hold_id AS "hold_id: HoldId",
                created_at FROM "# + $columns_of + " " + $after
            $(, $bind)*
        )
    };
}

/// An entry about to be written, and the key it is known by.
pub struct NewEntry {
    pub entry: WaitlistEntry,
    pub key: String,
}

/// Offers what is free to who is first in line, while the sale sells. Returns the holds that were
/// made.
pub async fn serve(
    conn: &mut PgConnection,
    counters: &mut StockRow,
    now: OffsetDateTime,
) -> Result<Vec<Hold>> {
    if counters.waiting == 0 || counters.available() <= 0 {
        return Ok(vec![]);
    }
    let Some(sale) = sales::published_by_id(conn, counters.tenant, counters.sale).await? else {
        return Ok(vec![]);
    };
    if sale.check_open(now).is_err() {
        return Ok(vec![]);
    }
    let offer_until = (now + time::Duration::seconds(sale.content.waitlist_offer_seconds.into()))
        .min(sale.content.ends_at);
    let mut offered = vec![];
    loop {
        let line = sqlx::query!(
            "
            SELECT id, account_id, visit_id, idempotency_key, quantity, accept_fewer FROM waitlist
            WHERE tenant_id = $1 AND sale_item_id = $2 AND state = 'waiting' AND (accept_fewer OR quantity <= $3) ORDER BY position LIMIT $4
            ",
            counters.tenant.0,
            counters.item.0,
            counters.available(),
            SERVE_BATCH,
        )
        .fetch_all(&mut *conn)
        .await?;
        let quantities = rules::serve(
            counters.available(),
            line.iter().map(|row| Turn { quantity: row.quantity, accept_fewer: row.accept_fewer }),
        );
        let mut holds = vec![];
        let mut entries = vec![];
        for (row, quantity) in
            line.into_iter().zip(quantities).filter(|(_, quantity)| *quantity > 0)
        {
            let hold = Hold {
                tenant: counters.tenant,
                id: HoldId::new(),
                sale_id: counters.sale,
                sale_item_id: counters.item,
                account: AccountId(row.account_id),
                visit_id: row.visit_id,
                quantity,
                state: HoldState::Held,
                created_at: now,
                expires_at: offer_until,
            };
            counters.count(
                hold.account,
                Move::Offered { entry: WaitlistId(row.id), hold: hold.id, quantity },
            );
            entries.push(row.id);
            holds.push(NewHold { hold, key: row.idempotency_key });
        }
        if holds.is_empty() {
            break;
        }
        store::insert(conn, &holds).await?;
        let ids: Vec<Uuid> = holds.iter().map(|new| new.hold.id.0).collect();
        sqlx::query!(
            "UPDATE waitlist w SET state = 'offered', hold_id = o.hold FROM UNNEST($2::uuid[], $3::uuid[]) AS o (entry, hold) WHERE w.tenant_id = $1 AND w.id = o.entry",
            counters.tenant.0,
            &entries,
            &ids,
        )
        .execute(&mut *conn)
        .await?;
        offered.extend(holds.into_iter().map(|new| new.hold));
    }
    if !offered.is_empty() {
        let lines: Vec<_> = offered.iter().map(Hold::event).collect();
        events::publish(
            conn,
            counters.tenant,
            "waitlist.offered",
            &json!({"sale_id": counters.sale, "expires_at": super::rfc3339(offer_until), "lines": lines}),
        )
        .await?;
    }
    Ok(offered)
}

/// Serves the lines of items that have units free: after a sale was resumed, or more was approved
/// for sale. Any number of nodes at once; returns how many offers were made.
pub async fn serve_all(platform: &Platform) -> Result<u64> {
    let mut tx = platform.db.platform("serve lines").await?;
    let items = sqlx::query!("SELECT tenant_id, sale_item_id FROM stock WHERE waiting > 0 AND capacity - held - sold > 0 LIMIT $1", LINES_MAX)
        .fetch_all(&mut *tx)
        .await?;
    drop(tx);
    let mut offers = 0;
    for row in items {
        let (tenant, now) = (TenantId(row.tenant_id), platform.clock.now());
        let mut tx = platform.db.tenant(tenant).await?;
        let mut counters = StockRow::lock(&mut tx, tenant, SaleItemId(row.sale_item_id)).await?;
        let sale = counters.sale;
        let offered = serve(&mut tx, &mut counters, now).await?;
        if !offered.is_empty() {
            offers += offered.len() as u64;
            counters.save(&mut tx, now).await?;
            tx.commit().await?;
            super::tell(platform, tenant, sale, accounts_of(&offered).collect()).await?;
        }
    }
    Ok(offers)
}

/// A shopper's waitlist positions and open offers, oldest first. Shopper scope.
pub async fn entries_of(conn: &mut PgConnection, account: AccountId) -> Result<Vec<WaitlistEntry>> {
    entries_of_each(conn, &[account]).await
}

/// The same of each of many. Platform scope.
pub async fn entries_of_each(
    conn: &mut PgConnection,
    accounts: &[AccountId],
) -> Result<Vec<WaitlistEntry>> {
    let ids: Vec<Uuid> = accounts.iter().map(|account| account.0).collect();
    let entries = entries!(
        "",
        "UNNEST($1::uuid[]) AS asked (account), LATERAL (SELECT * FROM waitlist \
         WHERE account_id = asked.account AND state IN ('waiting', 'offered') ORDER BY created_at, id LIMIT $2) w",
        "",
        &ids,
        ENTRIES_MAX
    );
    Ok(entries.fetch_all(conn).await?)
}

/// Where an entry stands and what it may hope for.
#[derive(Debug, Clone, Copy)]
pub struct Outlook {
    /// 1 is next; the entries before it, and itself.
    pub position: i64,
    /// 0 to 1.
    pub chance: f64,
}

/// Tells where entries stand. Whoever asks meanwhile is answered with the next: all who are put in
/// line look in the same second, and to count for each who is ahead costs the square of the line.
/// Cheap to clone.
#[derive(Clone)]
pub struct WaitlistPositions(BatchLoader<WaitlistEntry, Option<Outlook>>);

impl WaitlistPositions {
    pub fn new(platform: &Platform) -> Self {
        let db = platform.db.clone();
        let (lines, counting) =
            BatchLoader::new("waitlist positions", move |entries| outlooks(db.clone(), entries));
        tokio::spawn(counting);
        Self(lines)
    }

    /// The outlook of entries, by entry.
    pub async fn outlooks(
        &self,
        entries: &[WaitlistEntry],
    ) -> Result<HashMap<WaitlistId, Outlook>> {
        let asked = entries
            .iter()
            .map(async |entry| Ok::<_, Error>((entry.id, self.0.load(entry.clone()).await?)));
        Ok(try_join_all(asked)
            .await?
            .into_iter()
            .filter_map(|(id, outlook)| Some((id, outlook?)))
            .collect())
    }
}

/// The outlook of each, none where there is no such item. A line is walked through once, from one
/// of the asked to the next.
async fn outlooks(db: Db, entries: Vec<WaitlistEntry>) -> Result<Vec<Option<Outlook>>> {
    let tenants: Vec<Uuid> = entries.iter().map(|entry| entry.tenant.0).collect();
    let items: Vec<Uuid> = entries.iter().map(|entry| entry.sale_item_id.0).collect();
    let positions: Vec<i64> = entries.iter().map(|entry| entry.position).collect();
    let mut tx = db.platform_by_keys("waitlist positions").await?;
    let rows = sqlx::query!(
        r#"
        SELECT asked.n AS "n!", k.held::bigint AS "held!", k.freed::bigint AS "freed!", k.sold::bigint AS "sold!",
               (sum(l.positions) OVER so_far)::bigint AS "position!", (sum(l.units) OVER so_far)::bigint AS "units!"
        FROM (
            SELECT n, tenant_id, sale_item_id, position, coalesce(lag(position) OVER (PARTITION BY tenant_id, sale_item_id ORDER BY position), 0) AS behind
            FROM UNNEST($1::uuid[], $2::uuid[], $3::bigint[]) WITH ORDINALITY AS asked (tenant_id, sale_item_id, position, n)
        ) asked
        JOIN stock k ON k.tenant_id = asked.tenant_id AND k.sale_item_id = asked.sale_item_id,
            LATERAL (SELECT count(*) AS positions, coalesce(sum(quantity), 0) AS units FROM waitlist
                     WHERE tenant_id = k.tenant_id AND sale_item_id = k.sale_item_id AND state = 'waiting' AND position > asked.behind AND position <= asked.position) l
        WINDOW so_far AS (PARTITION BY asked.tenant_id, asked.sale_item_id ORDER BY asked.position)
        "#,
        &tenants,
        &items,
        &positions,
    )
    .fetch_all(&mut *tx)
    .await?;
    drop(tx);
    let mut found = vec![None; entries.len()];
    for row in rows {
        let Some((n, entry)) =
            usize::try_from(row.n - 1).ok().and_then(|n| Some((n, entries.get(n)?)))
        else {
            continue;
        };
        // Before anything is known, a fifth of all units held is taken to be let go, with the
        // weight of ten units.
        #[expect(clippy::cast_precision_loss, reason = "counts of units, far below 2^52")]
        let lapse = (row.freed as f64 + 2.0) / ((row.freed + row.sold) as f64 + 10.0);
        let quantity = i64::from(entry.quantity);
        found[n] = Some(Outlook {
            position: row.position,
            chance: rules::chance(row.held, lapse, row.units - quantity, quantity),
        });
    }
    Ok(found)
}

/// The positions of all who wait for an item of a sale; 1 is next. Tenant scope.
pub async fn positions(
    conn: &mut PgConnection,
    tenant: TenantId,
    sale: SaleId,
) -> Result<HashMap<WaitlistId, i64>> {
    let rows = sqlx::query!(
        r#"
        SELECT w.id AS "id!: WaitlistId", row_number() OVER (PARTITION BY w.sale_item_id ORDER BY w.position) AS "position!"
        FROM stock k, LATERAL (
            SELECT id, sale_item_id, position FROM waitlist
            WHERE tenant_id = $1 AND sale_item_id = k.sale_item_id AND state = 'waiting' ORDER BY position LIMIT $3
        ) w
        WHERE k.tenant_id = $1 AND k.sale_id = $2
        "#,
        tenant.0,
        sale.0,
        POSITIONS_MAX,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.position)).collect())
}

/// Leaves the line; an open offer is given back with it. Publishes `waitlist.left`.
pub async fn leave(platform: &Platform, account: AccountId, id: WaitlistId) -> Result<()> {
    let mut tx = platform.db.shopper(Some(account)).await?;
    let found = entries!("", "waitlist", "WHERE account_id = $1 AND id = $2", account.0, id.0)
        .fetch_optional(&mut *tx)
        .await?;
    let found = found.ok_or(Error::NotFound("waitlist position"))?;
    drop(tx);
    if let (EntryState::Offered, Some(hold)) = (found.state, found.hold_id) {
        return super::release(platform, account, hold).await;
    }
    let now = platform.clock.now();
    let mut tx = platform.db.tenant(found.tenant).await?;
    let mut counters = StockRow::lock(&mut tx, found.tenant, found.sale_item_id).await?;
    let left = sqlx::query!(
        "UPDATE waitlist SET state = 'left', resolved_at = $3 WHERE tenant_id = $1 AND id = $2 AND state = 'waiting'",
        found.tenant.0,
        id.0,
        now,
    );
    if left.execute(&mut *tx).await?.rows_affected() == 0 {
        return Err(Error::conflict(
            "not_waiting",
            "This waitlist position is over already: it was offered, taken, or left.",
        ));
    }
    counters.count(account, Move::Left { entry: id });
    counters.save(&mut tx, now).await?;
    events::publish(&mut tx, found.tenant, "waitlist.left", &found.event()).await?;
    tx.commit().await?;
    super::tell(platform, found.tenant, found.sale_id, vec![account]).await
}

/// Lets a waiting shopper take fewer than they want rather than wait for all, or no longer.
pub async fn accept_fewer(
    platform: &Platform,
    account: AccountId,
    id: WaitlistId,
    accept: bool,
) -> Result<()> {
    let mut tx = platform.db.shopper(Some(account)).await?;
    let found = entries!("", "waitlist", "WHERE account_id = $1 AND id = $2", account.0, id.0)
        .fetch_optional(&mut *tx)
        .await?;
    let found = found.ok_or(Error::NotFound("waitlist position"))?;
    drop(tx);
    let now = platform.clock.now();
    let mut tx = platform.db.tenant(found.tenant).await?;
    let mut counters = StockRow::lock(&mut tx, found.tenant, found.sale_item_id).await?;
    let changed = sqlx::query!(
        "UPDATE waitlist SET accept_fewer = $3 WHERE tenant_id = $1 AND id = $2 AND state = 'waiting'",
        found.tenant.0,
        id.0,
        accept,
    );
    if changed.execute(&mut *tx).await?.rows_affected() == 0 {
        return Err(Error::conflict(
            "not_waiting",
            "This waitlist position is over already: it was offered, taken, or left.",
        ));
    }
    counters.count(account, Move::Wished { entry: id, accept_fewer: accept });
    let offered = serve(&mut tx, &mut counters, now).await?;
    counters.save(&mut tx, now).await?;
    tx.commit().await?;
    super::tell(
        platform,
        found.tenant,
        found.sale_id,
        accounts_of(&offered).chain([account]).collect(),
    )
    .await
}

/// A page of an item's line, the front first, after a position. Tenant scope.
pub async fn list(
    conn: &mut PgConnection,
    tenant: TenantId,
    item: SaleItemId,
    after: i64,
    limit: i64,
) -> Result<Vec<WaitlistEntry>> {
    let entries = entries!(
        "",
        "waitlist",
        "WHERE tenant_id = $1 AND sale_item_id = $2 AND state = 'waiting' AND position > $3 ORDER BY position LIMIT $4",
        tenant.0,
        item.0,
        after,
        limit
    );
    Ok(entries.fetch_all(conn).await?)
}

/// Moves an entry to directly before another of the same line, or to its end. A manager's deed,
/// with its reason.
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
    let waiting = |found: Option<WaitlistEntry>| {
        found.filter(|entry| entry.sale_id == sale && entry.state == EntryState::Waiting)
    };
    let entry =
        waiting(by_id(&mut tx, tenant, id).await?).ok_or(Error::NotFound("waitlist position"))?;
    let mut counters = StockRow::lock(&mut tx, tenant, entry.sale_item_id).await?;
    waiting(by_id(&mut tx, tenant, id).await?).ok_or(Error::NotFound("waitlist position"))?;
    let position = match before {
        None => counters.next_position(),
        Some(other) => {
            let wrong =
                || FieldError::new("before", "Must be another entry that waits in the same line");
            let other = waiting(by_id(&mut tx, tenant, other).await?)
                .filter(|other| other.sale_item_id == entry.sale_item_id && other.id != id)
                .ok_or_else(wrong)?;
            let previous = sqlx::query_scalar!(
                r#"SELECT coalesce(max(position), 0) AS "position!" FROM waitlist WHERE tenant_id = $1 AND sale_item_id = $2 AND state = 'waiting' AND position < $3 AND id <> $4"#,
                tenant.0,
                entry.sale_item_id.0,
                other.position,
                id.0,
            )
            .fetch_one(&mut *tx)
            .await?;
            let position = i64::midpoint(previous, other.position);
            if position == previous {
                return Err(Error::conflict(
                    "no_room",
                    "Too many were moved to this position already. Move this one before another entry.",
                ));
            }
            position
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
    counters.count(entry.account, Move::Placed { entry: id, position });
    counters.save(&mut tx, now).await?;
    let details = json!({"entry_id": id, "before": before, "reason": reason});
    events::publish(
        &mut tx,
        tenant,
        "waitlist.moved",
        &json!({"sale_id": sale, "entry_id": id, "before": before}),
    )
    .await?;
    audit::record(
        &mut tx,
        actor,
        tenant,
        "waitlist_move",
        &format!("waitlist entry {id}"),
        &details,
    )
    .await?;
    tx.commit().await?;
    super::tell(platform, tenant, sale, vec![entry.account]).await
}

async fn by_id(
    conn: &mut PgConnection,
    tenant: TenantId,
    id: WaitlistId,
) -> Result<Option<WaitlistEntry>> {
    Ok(entries!("", "waitlist", "WHERE tenant_id = $1 AND id = $2", tenant.0, id.0)
        .fetch_optional(conn)
        .await?)
}
