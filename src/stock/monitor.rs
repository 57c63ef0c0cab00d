//! The check that each stock row is the sum of its holds: on demand, and as the stock monitor,
//! which halts a sale that fails it.

use serde::Serialize;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::{
    kernel::{Error, Result, SaleId, SaleItemId, TenantId},
    platform::{Platform, broker::Notice},
    sales::{self, Controller},
};

/// Items that one check covers, at most.
const ITEMS_MAX: i64 = 10_000;
/// The monitor checks a sale until this long after its end, because holds and refunds still move
/// its stock.
const WATCHED_AFTER_END: Duration = Duration::hours(2);

/// An item's stock row, and the same counted from its holds and waitlist.
#[derive(Debug, Clone, Serialize)]
pub struct ItemCheck {
    #[serde(skip)]
    pub tenant: TenantId,
    pub sale_id: SaleId,
    #[serde(rename = "sale")]
    pub slug: String,
    pub sale_item_id: SaleItemId,
    pub name: String,
    pub capacity: i64,
    pub held: i64,
    pub sold: i64,
    /// Entries on the waitlist.
    pub waiting: i64,
    pub held_recounted: i64,
    pub sold_recounted: i64,
    pub waiting_recounted: i64,
}

impl ItemCheck {
    /// Whether the stock row is the sum of the holds and the waitlist, within the capacity.
    pub fn agrees(&self) -> bool {
        (self.held, self.sold, self.waiting)
            == (self.held_recounted, self.sold_recounted, self.waiting_recounted)
            && self.held + self.sold <= self.capacity
    }
}

/// Checks the items of a sale, or of all that end after `watched_since`, without rehearsals: they
/// sell nothing, and their reports have a check of their own. One statement counts everything as of
/// one moment, so the check is exact in the middle of a rush. A slug without stock is not found.
pub async fn check(
    platform: &Platform,
    slug: Option<&str>,
    watched_since: Option<OffsetDateTime>,
) -> Result<Vec<ItemCheck>> {
    let mut tx = platform.db.platform("stock check").await?;
    let items = sales::stocked_items(&mut tx, slug, watched_since, ITEMS_MAX).await?;
    let tenants: Vec<Uuid> = items.iter().map(|item| item.tenant.0).collect();
    let ids: Vec<Uuid> = items.iter().map(|item| item.sale_item_id.0).collect();
    let rows = sqlx::query!(
        r#"
        SELECT item.n AS "n!", k.capacity::bigint AS "capacity!", k.held::bigint AS "held!",
               k.sold::bigint AS "sold!", k.waiting::bigint AS "waiting!",
               h.units AS "held_recounted!", o.units AS "sold_recounted!",
               w.waiting AS "waiting_recounted!"
        FROM UNNEST($1::uuid[], $2::uuid[])
            WITH ORDINALITY AS item (tenant_id, sale_item_id, n)
        JOIN stock k ON k.tenant_id = item.tenant_id AND k.sale_item_id = item.sale_item_id,
        LATERAL (
            SELECT coalesce(sum(quantity), 0) AS units FROM holds
            WHERE tenant_id = k.tenant_id AND sale_item_id = k.sale_item_id AND state = 'held'
        ) h,
        LATERAL (
            SELECT coalesce(sum(quantity - returned), 0) AS units FROM holds
            WHERE tenant_id = k.tenant_id AND sale_item_id = k.sale_item_id AND state = 'sold'
        ) o,
        LATERAL (
            SELECT count(*) AS waiting FROM waitlist
            WHERE tenant_id = k.tenant_id AND sale_item_id = k.sale_item_id AND state = 'waiting'
        ) w
        ORDER BY item.n
        "#,
        &tenants,
        &ids,
    )
    .fetch_all(&mut *tx)
    .await?;
    if rows.is_empty() && slug.is_some() {
        return Err(Error::NotFound("sale with stock"));
    }
    let checked = rows.into_iter().filter_map(|row| {
        let item = usize::try_from(row.n - 1).ok().and_then(|n| items.get(n))?;
        Some(ItemCheck {
            tenant: item.tenant,
            sale_id: item.sale_id,
            slug: item.slug.clone(),
            sale_item_id: item.sale_item_id,
            name: item.name.clone(),
            capacity: row.capacity,
            held: row.held,
            sold: row.sold,
            waiting: row.waiting,
            held_recounted: row.held_recounted,
            sold_recounted: row.sold_recounted,
            waiting_recounted: row.waiting_recounted,
        })
    });
    Ok(checked.collect())
}

/// Checks every sale that is on, and halts those that fail the check. Returns the slugs of the
/// sales it halted.
pub async fn watch(platform: &Platform) -> Result<Vec<String>> {
    let now = platform.clock.now();
    let mut halted = vec![];
    for item in check(platform, None, Some(now - WATCHED_AFTER_END))
        .await?
        .into_iter()
        .filter(|item| !item.agrees())
    {
        tracing::error!(?item, "the stock row of an item is not the sum of its holds");
        metrics::counter!("smp_stock_mismatch_total", "sale" => item.slug.clone()).increment(1);
        if halted.contains(&item.slug) {
            continue;
        }
        let reason = format!(
            "Halted by the stock monitor: for {}, the stock says {} held and {} sold, but its \
             holds add up to {} held and {} sold.",
            item.name, item.held, item.sold, item.held_recounted, item.sold_recounted
        );
        let mut tx = platform.db.tenant(item.tenant).await?;
        let by = Controller::SYSTEM;
        match sales::halt(&mut tx, item.tenant, item.sale_id, by, &reason, now).await {
            Ok(()) => {
                tx.commit().await?;
                platform.broker.publish(Notice::SaleChanged { slug: item.slug.clone() }).await;
                halted.push(item.slug);
            }
            // Halted or over already.
            Err(Error::Conflict { .. } | Error::NotFound(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(halted)
}
