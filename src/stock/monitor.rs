//! The check that the counters are the sum of the holds: by hand, and by the clock, which halts a
//! sale that fails it.

use serde::Serialize;
use time::Duration;

use crate::{
    access::Actor,
    kernel::{Error, Result, SaleId, SaleItemId, TenantId},
    platform::{Platform, broker::Notice},
    sales,
};

/// Items one check looks at.
const ITEMS_MAX: i64 = 10_000;
/// The clock checks a sale until this long after its end: holds and refunds still move its stock.
const WATCHED_AFTER_END: Duration = Duration::hours(2);

/// An item's counters, and the same counted anew.
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
    /// Entries in line.
    pub waiting: i64,
    pub held_recounted: i64,
    pub sold_recounted: i64,
    pub waiting_recounted: i64,
}

impl ItemCheck {
    /// Whether the counters are what the holds and the line say, and fit the capacity.
    pub fn agrees(&self) -> bool {
        (self.held, self.sold, self.waiting)
            == (self.held_recounted, self.sold_recounted, self.waiting_recounted)
            && self.held + self.sold <= self.capacity
    }
}

/// Checks the items of one sale, or of all that `watched_since` says: those that end after it and
/// sell, which rehearsals do not; their reports count anew. One statement sees one moment, so it is
/// right in the middle of a rush. An unknown slug is a 404.
pub async fn check(
    platform: &Platform,
    slug: Option<&str>,
    watched_since: Option<time::OffsetDateTime>,
) -> Result<Vec<ItemCheck>> {
    let mut tx = platform.db.platform("stock check").await?;
    let items = sqlx::query_as!(
        ItemCheck,
        r#"
        SELECT k.tenant_id AS "tenant: TenantId", k.sale_id AS "sale_id: SaleId", s.slug, k.sale_item_id AS "sale_item_id: SaleItemId", i.name,
               k.capacity::bigint AS "capacity!", k.held::bigint AS "held!", k.sold::bigint AS "sold!", k.waiting::bigint AS "waiting!",
               h.units AS "held_recounted!", o.units AS "sold_recounted!", w.waiting AS "waiting_recounted!"
        FROM stock k
        JOIN sales s ON s.tenant_id = k.tenant_id AND s.id = k.sale_id
        JOIN sale_items si ON si.tenant_id = k.tenant_id AND si.id = k.sale_item_id
        JOIN items i ON i.tenant_id = si.tenant_id AND i.id = si.item_id,
        LATERAL (SELECT coalesce(sum(quantity), 0) AS units FROM holds
                 WHERE tenant_id = k.tenant_id AND sale_item_id = k.sale_item_id AND state = 'held') h,
        LATERAL (SELECT coalesce(sum(quantity - returned), 0) AS units FROM holds
                 WHERE tenant_id = k.tenant_id AND sale_item_id = k.sale_item_id AND state = 'sold') o,
        LATERAL (SELECT count(*) AS waiting FROM waitlist
                 WHERE tenant_id = k.tenant_id AND sale_item_id = k.sale_item_id AND state = 'waiting') w
        WHERE ($1::text IS NULL OR s.slug = $1) AND ($2::timestamptz IS NULL OR s.ends_at > $2 AND NOT s.rehearsal)
        ORDER BY s.slug, si.position LIMIT $3
        "#,
        slug,
        watched_since,
        ITEMS_MAX,
    )
    .fetch_all(&mut *tx)
    .await?;
    if items.is_empty() && slug.is_some() {
        return Err(Error::NotFound("sale with stock"));
    }
    Ok(items)
}

/// Checks every sale that is on, and halts one whose counters are not the sum of its holds. Returns
/// the slugs it halted.
pub async fn watch(platform: &Platform) -> Result<Vec<String>> {
    let now = platform.clock.now();
    let mut halted = vec![];
    for item in check(platform, None, Some(now - WATCHED_AFTER_END))
        .await?
        .into_iter()
        .filter(|item| !item.agrees())
    {
        tracing::error!(?item, "the counters of an item are not the sum of its holds");
        metrics::counter!("smp_stock_mismatch_total", "sale" => item.slug.clone()).increment(1);
        if halted.contains(&item.slug) {
            continue;
        }
        let reason = format!(
            "Stopped by the stock monitor: of {} {} are counted as held and {} as sold, but its holds say {} and {}.",
            item.name, item.held, item.sold, item.held_recounted, item.sold_recounted
        );
        let mut tx = platform.db.tenant(item.tenant).await?;
        match sales::halt(&mut tx, item.tenant, item.sale_id, Actor::System, &reason, now).await {
            Ok(()) => {
                tx.commit().await?;
                platform.broker.publish(Notice::SaleChanged { slug: item.slug.clone() }).await;
                halted.push(item.slug);
            }
            // Halted already, or over: there is nothing to stop.
            Err(Error::Conflict { .. } | Error::NotFound(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(halted)
}
