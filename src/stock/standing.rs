//! What follows for holds and waitlists from the standing of their sale. While a sale is halted or
//! its provider suspended, without a contract or not to be paid, the clocks of its holds stand still, and run again afterwards. When it
//! is over or cancelled, its waitlists are closed.

use std::collections::HashMap;

use serde_json::json;
use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{
    holds::{self, ResumedHold},
    notices,
    receipt::Move,
    stock_row::StockRow,
};
use crate::{
    events,
    kernel::{AccountId, Result, SaleId, SaleItemId, TenantId, WaitlistId},
    platform::Platform,
    sales::{self, NotOpen, PublishedSale},
};

/// Items looked at in one run.
const ITEMS_MAX: i64 = 1_000;
/// Holds that one event names.
const RESUMED_BATCH: usize = 500;
/// Waitlist entries closed in one transaction.
const CLOSED_BATCH: i64 = 500;

/// An item of which units are held or waited for.
struct ItemInUse {
    tenant: TenantId,
    item: SaleItemId,
    sale: SaleId,
    held: i32,
    waiting: i32,
}

/// Stops clocks, lets them run again, and closes waitlists, as the sales stand now. Any number of
/// nodes may run it at once. Publishes `hold.resumed` and `waitlist.closed`.
pub async fn follow_sales(platform: &Platform) -> Result<()> {
    let now = platform.clock.now();
    let mut tx = platform.db.platform("follow sales").await?;
    let items = sqlx::query_as!(
        ItemInUse,
        r#"
        SELECT tenant_id AS "tenant: TenantId", sale_item_id AS "item: SaleItemId",
               sale_id AS "sale: SaleId", held, waiting
        FROM stock k
        WHERE (held > 0 OR waiting > 0) AND NOT EXISTS (
            SELECT FROM sales s
            WHERE s.tenant_id = k.tenant_id AND s.id = k.sale_id AND s.rehearsal
        )
        LIMIT $1
        "#,
        ITEMS_MAX
    )
    .fetch_all(&mut *tx)
    .await?;
    let ids: Vec<SaleId> = items.iter().map(|item| item.sale).collect();
    let sales: HashMap<SaleId, PublishedSale> = sales::published_by_ids(&mut tx, &ids)
        .await?
        .into_iter()
        .map(|sale| (sale.id, sale))
        .collect();
    let held = items.iter().filter(|item| item.held > 0);
    let (stopped, running): (Vec<_>, Vec<_>) = held
        .filter_map(|item| Some((sales.get(&item.sale)?, (item.tenant, item.item))))
        .partition(|(sale, _)| stopped_since(sale, now).is_some());
    let ids = |of: Vec<(_, _)>| of.into_iter().map(|(_, id)| id).collect::<Vec<_>>();
    let to_turn = holds::with_clocks_to_turn(&mut tx, &ids(stopped), &ids(running)).await?;
    drop(tx);
    for item in items {
        let Some(sale) = sales.get(&item.sale) else { continue };
        if to_turn.contains(&item.item) {
            turn_clocks(platform, &item, sale, now).await?;
        }
        if item.waiting > 0
            && let Err(reason @ (NotOpen::Ended | NotOpen::Cancelled)) = sale.check_open(now)
        {
            close_waitlist(platform, &item, reason, now).await?;
        }
    }
    Ok(())
}

/// Since when the clocks of a sale's holds stand still; None while they run.
fn stopped_since(sale: &PublishedSale, now: OffsetDateTime) -> Option<OffsetDateTime> {
    match sale.check_not_stopped(now) {
        Err(NotOpen::Halted) => Some(sale.stopped_at.unwrap_or(now)),
        Err(NotOpen::ProviderNotSelling | NotOpen::NoContract | NotOpen::NoPayouts) => Some(now),
        _ => None,
    }
}

/// Stops the clocks of an item's holds, or lets them run again.
async fn turn_clocks(
    platform: &Platform,
    item: &ItemInUse,
    sale: &PublishedSale,
    now: OffsetDateTime,
) -> Result<()> {
    let mut tx = platform.db.tenant(item.tenant).await?;
    StockRow::lock(&mut tx, item.tenant, item.item).await?;
    let accounts = match stopped_since(sale, now) {
        Some(since) => holds::stop_clocks(&mut tx, item.tenant, item.item, since).await?,
        None => {
            let resumed = holds::run_clocks(&mut tx, item.tenant, item.item, now).await?;
            publish_resumed(&mut tx, item, &resumed).await?;
            resumed.iter().map(|hold| hold.account).collect()
        }
    };
    tx.commit().await?;
    notices::stock_moved(platform, item.tenant, item.sale, accounts).await
}

async fn publish_resumed(
    conn: &mut PgConnection,
    item: &ItemInUse,
    resumed: &[ResumedHold],
) -> Result<()> {
    for batch in resumed.chunks(RESUMED_BATCH) {
        let lines: Vec<_> = batch
            .iter()
            .map(|hold| {
                json!({
                    "hold_id": hold.id,
                    "account_id": hold.account,
                    "sale_item_id": item.item,
                    "quantity": hold.quantity,
                })
            })
            .collect();
        let payload = json!({"sale_id": item.sale, "lines": lines});
        events::publish(&mut *conn, item.tenant, "hold.resumed", &payload).await?;
    }
    Ok(())
}

/// Closes the waitlist of an item, a batch at a time.
async fn close_waitlist(
    platform: &Platform,
    item: &ItemInUse,
    reason: NotOpen,
    now: OffsetDateTime,
) -> Result<()> {
    loop {
        let mut tx = platform.db.tenant(item.tenant).await?;
        let mut stock = StockRow::lock(&mut tx, item.tenant, item.item).await?;
        let closed = close_batch(&mut tx, item, now).await?;
        if closed.is_empty() {
            return Ok(());
        }
        for (entry, account, _) in &closed {
            stock.record(*account, Move::Closed { entry: *entry });
        }
        stock.save(&mut tx, now).await?;
        let lines: Vec<_> = closed
            .iter()
            .map(|(entry, account, quantity)| {
                json!({"entry_id": entry, "account_id": account, "quantity": quantity})
            })
            .collect();
        let payload = json!({
            "sale_id": item.sale,
            "sale_item_id": item.item,
            "reason": reason.code(),
            "lines": lines,
        });
        events::publish(&mut tx, item.tenant, "waitlist.closed", &payload).await?;
        tx.commit().await?;
        let accounts = closed.iter().map(|(_, account, _)| *account).collect();
        notices::stock_moved(platform, item.tenant, item.sale, accounts).await?;
    }
}

async fn close_batch(
    conn: &mut PgConnection,
    item: &ItemInUse,
    now: OffsetDateTime,
) -> Result<Vec<(WaitlistId, AccountId, i32)>> {
    let rows = sqlx::query!(
        r#"
        UPDATE waitlist w SET state = 'closed', resolved_at = $3
        FROM (
            SELECT id FROM waitlist
            WHERE tenant_id = $1 AND sale_item_id = $2 AND state = 'waiting'
            ORDER BY position LIMIT $4
        ) next
        WHERE w.tenant_id = $1 AND w.id = next.id
        RETURNING w.id AS "id: WaitlistId", w.account_id AS "account: AccountId", w.quantity
        "#,
        item.tenant.0,
        item.item.0,
        now,
        CLOSED_BATCH,
    );
    let rows = rows.fetch_all(conn).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.account, row.quantity)).collect())
}
