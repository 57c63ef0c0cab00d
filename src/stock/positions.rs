//! Where waitlist entries stand, and how likely their turn is.

use std::collections::HashMap;

use futures_util::future::try_join_all;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{WaitlistEntry, rules};
use crate::{
    kernel::{Error, Result, SaleId, TenantId, WaitlistId},
    platform::{BatchLoader, Db, Platform},
};

/// Ranks of one item that are sent live. A shopper further back sees theirs when a page is loaded.
const RANKS_MAX: i64 = 100_000;

/// The rank of an entry and the chance that it is offered units.
#[derive(Debug, Clone, Copy)]
pub struct Outlook {
    /// The number of entries ahead of it, and itself: 1 is next.
    pub position: i64,
    /// 0 to 1.
    pub chance: f64,
}

/// Reads the outlook of entries, those asked for meanwhile in the next batch. All shoppers who join
/// a waitlist look at it in the same second, and to count the entries ahead of each would cost the
/// square of its length. Cheap to clone.
#[derive(Clone)]
pub struct WaitlistPositions(BatchLoader<WaitlistEntry, Option<Outlook>>);

impl WaitlistPositions {
    pub fn new(platform: &Platform) -> Self {
        let db = platform.db.clone();
        let (loader, loading) =
            BatchLoader::new("waitlist positions", move |entries| outlooks(db.clone(), entries));
        tokio::spawn(loading);
        Self(loader)
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

/// The outlook of each entry; None where its item has no stock row. Each waitlist is scanned once,
/// from one of the entries to the next.
async fn outlooks(db: Db, entries: Vec<WaitlistEntry>) -> Result<Vec<Option<Outlook>>> {
    let tenants: Vec<Uuid> = entries.iter().map(|entry| entry.tenant.0).collect();
    let items: Vec<Uuid> = entries.iter().map(|entry| entry.sale_item_id.0).collect();
    let positions: Vec<i64> = entries.iter().map(|entry| entry.position).collect();
    let mut tx = db.platform_by_keys("waitlist positions").await?;
    let rows = sqlx::query!(
        r#"
        SELECT asked.n AS "n!", k.held::bigint AS "held!", k.freed::bigint AS "freed!",
               k.sold::bigint AS "sold!", (sum(ahead.entries) OVER so_far)::bigint AS "rank!",
               (sum(ahead.units) OVER so_far)::bigint AS "units!"
        FROM (
            SELECT n, tenant_id, sale_item_id, position, coalesce(lag(position) OVER (
                PARTITION BY tenant_id, sale_item_id ORDER BY position
            ), 0) AS behind
            FROM UNNEST($1::uuid[], $2::uuid[], $3::bigint[])
                WITH ORDINALITY AS asked (tenant_id, sale_item_id, position, n)
        ) asked
        JOIN stock k ON k.tenant_id = asked.tenant_id AND k.sale_item_id = asked.sale_item_id,
            LATERAL (
                SELECT count(*) AS entries, coalesce(sum(quantity), 0) AS units FROM waitlist
                WHERE tenant_id = k.tenant_id AND sale_item_id = k.sale_item_id
                    AND state = 'waiting' AND position > asked.behind
                    AND position <= asked.position
            ) ahead
        WINDOW so_far AS (
            PARTITION BY asked.tenant_id, asked.sale_item_id ORDER BY asked.position
        )
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
        // A prior with the weight of ten units: until more is known, a fifth of the units held are
        // expected to come free.
        #[expect(clippy::cast_precision_loss, reason = "counts of units, far below 2^52")]
        let lapse = (row.freed as f64 + 2.0) / ((row.freed + row.sold) as f64 + 10.0);
        let quantity = i64::from(entry.quantity);
        found[n] = Some(Outlook {
            position: row.rank,
            chance: rules::chance(row.held, lapse, row.units - quantity, quantity),
        });
    }
    Ok(found)
}

/// The ranks of all waiting entries of a sale; 1 is next for its item. Tenant scope.
pub async fn positions(
    conn: &mut PgConnection,
    tenant: TenantId,
    sale: SaleId,
) -> Result<HashMap<WaitlistId, i64>> {
    let rows = sqlx::query!(
        r#"
        SELECT w.id AS "id!: WaitlistId",
               row_number() OVER (PARTITION BY w.sale_item_id ORDER BY w.position) AS "rank!"
        FROM stock k, LATERAL (
            SELECT id, sale_item_id, position FROM waitlist
            WHERE tenant_id = $1 AND sale_item_id = k.sale_item_id AND state = 'waiting'
            ORDER BY position LIMIT $3
        ) w
        WHERE k.tenant_id = $1 AND k.sale_id = $2
        "#,
        tenant.0,
        sale.0,
        RANKS_MAX,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.rank)).collect())
}
