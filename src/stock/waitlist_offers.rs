//! Offering free units to the waitlist. An offer is a hold, so it expires like one.

use serde_json::json;
use sqlx::PgConnection;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use uuid::Uuid;

use super::{
    Hold, HoldState,
    hold::accounts_of,
    holds,
    new_rows::NewHolds,
    notices,
    receipt::Move,
    rules::{self, WantedUnits},
    stock_row::StockRow,
};
use crate::{
    events,
    kernel::{AccountId, HoldId, Result, SaleItemId, TenantId, WaitlistId},
    platform::Platform,
    sales::{self, PublishedSale},
};

/// Entries offered units by one statement.
const BATCH: i64 = 256;
/// Such statements in one transaction, which has the item to itself meanwhile. What is left over goes to
/// the same people a moment later: nobody buys while somebody waits.
const BATCHES_MAX: usize = 2;
/// Transactions of an item in one run.
const ROUNDS_MAX: usize = 10;
/// Items served in one run.
const ITEMS_MAX: i64 = 200;

/// Offers free units of an item to the front of its waitlist, while its sale is open: to 512 entries
/// at most. Returns the holds it made. Publishes `waitlist.offered`.
pub async fn offer_free_units(
    conn: &mut PgConnection,
    stock: &mut StockRow,
    now: OffsetDateTime,
) -> Result<Vec<Hold>> {
    if stock.waiting == 0 || stock.available() <= 0 {
        return Ok(vec![]);
    }
    let Some(sale) = sales::published_by_id(conn, stock.tenant, stock.sale).await? else {
        return Ok(vec![]);
    };
    if sale.check_open(now).is_err() {
        return Ok(vec![]);
    }
    let expires_at = (now + time::Duration::seconds(sale.content.waitlist_offer_seconds.into()))
        .min(sale.content.ends_at);
    let mut offered = vec![];
    for _ in 0..BATCHES_MAX {
        let batch = offer_batch(conn, stock, &sale, now, expires_at).await?;
        if batch.is_empty() {
            break;
        }
        offered.extend(batch);
    }
    if !offered.is_empty() {
        let payload = json!({
            "sale_id": stock.sale,
            "expires_at": expires_at.format(&Rfc3339).unwrap_or_default(),
            "lines": offered.iter().map(Hold::event).collect::<Vec<_>>(),
        });
        events::publish(conn, stock.tenant, "waitlist.offered", &payload).await?;
    }
    Ok(offered)
}

/// One batch of offers; empty when the free units serve no entry.
async fn offer_batch(
    conn: &mut PgConnection,
    stock: &mut StockRow,
    sale: &PublishedSale,
    now: OffsetDateTime,
    expires_at: OffsetDateTime,
) -> Result<Vec<Hold>> {
    let entries = sqlx::query!(
        "
        SELECT id, account_id, visit_id, idempotency_key, quantity, accept_fewer FROM waitlist
        WHERE tenant_id = $1 AND sale_item_id = $2 AND state = 'waiting'
            AND (accept_fewer OR quantity <= $3)
        ORDER BY position LIMIT $4
        ",
        stock.tenant.0,
        stock.item.0,
        stock.available(),
        BATCH,
    )
    .fetch_all(&mut *conn)
    .await?;
    let wanted = entries
        .iter()
        .map(|row| WantedUnits { quantity: row.quantity, accept_fewer: row.accept_fewer });
    let quantities = rules::offers(stock.available(), wanted);
    let mut rows = NewHolds::default();
    let mut offered = vec![];
    let mut ids = vec![];
    for (entry, quantity) in entries.iter().zip(quantities).filter(|(_, quantity)| *quantity > 0) {
        let hold = Hold {
            tenant: stock.tenant,
            id: HoldId::new(),
            sale_id: stock.sale,
            sale_item_id: stock.item,
            account: AccountId(entry.account_id),
            visit_id: entry.visit_id,
            quantity,
            state: HoldState::Held,
            created_at: now,
            expires_at,
            stopped_at: None,
            revision: Some(sale.revision),
        };
        let id = WaitlistId(entry.id);
        stock.record(hold.account, Move::Offered { entry: id, hold: hold.id, quantity });
        rows.push(&hold, &entry.idempotency_key);
        offered.push(hold);
        ids.push(entry.id);
    }
    if offered.is_empty() {
        return Ok(offered);
    }
    holds::insert(conn, stock.tenant, stock.sale, stock.item, now, &rows).await?;
    sqlx::query!(
        "
        UPDATE waitlist w SET state = 'offered', hold_id = o.hold
        FROM UNNEST($2::uuid[], $3::uuid[]) AS o (entry, hold)
        WHERE w.tenant_id = $1 AND w.id = o.entry
        ",
        stock.tenant.0,
        &ids,
        &rows.rows.ids as &[Uuid],
    )
    .execute(conn)
    .await?;
    Ok(offered)
}

/// Offers units that came free without a shopper's doing: a sale was resumed, or a larger capacity
/// was approved. Any number of nodes may run it at once. Returns how many offers it made.
pub async fn serve_waitlists(platform: &Platform) -> Result<u64> {
    let mut tx = platform.db.platform("serve waitlists").await?;
    let items = sqlx::query!(
        "
        SELECT tenant_id, sale_item_id FROM stock
        WHERE waiting > 0 AND capacity - held - sold > 0 LIMIT $1
        ",
        ITEMS_MAX
    )
    .fetch_all(&mut *tx)
    .await?;
    drop(tx);
    let mut offers = 0;
    for row in items {
        for _ in 0..ROUNDS_MAX {
            let made =
                serve(platform, TenantId(row.tenant_id), SaleItemId(row.sale_item_id)).await?;
            if made == 0 {
                break;
            }
            offers += made;
        }
    }
    Ok(offers)
}

/// One transaction of offers of an item. Returns how many it made.
async fn serve(platform: &Platform, tenant: TenantId, item: SaleItemId) -> Result<u64> {
    let now = platform.clock.now();
    let mut tx = platform.db.tenant(tenant).await?;
    let mut stock = StockRow::lock(&mut tx, tenant, item).await?;
    let sale = stock.sale;
    let offered = offer_free_units(&mut tx, &mut stock, now).await?;
    if !offered.is_empty() {
        stock.save(&mut tx, now).await?;
        tx.commit().await?;
        notices::stock_moved(platform, tenant, sale, accounts_of(&offered).collect()).await?;
    }
    Ok(offered.len() as u64)
}
