//! Whether aggregated sales reached their target: compared once, after the end of each.

use serde_json::json;
use sqlx::PgConnection;
use time::Duration;
use uuid::Uuid;

use crate::{
    events,
    kernel::{Result, SaleId, TenantId},
    platform::Platform,
};

/// Units that are held at the end of a sale can be paid for a while; only then is it known what was sold.
const SETTLED_AFTER: Duration = Duration::hours(1);
/// Sales compared in one transaction.
const BATCH: i64 = 100;

/// A sale whose orders are refunded.
#[derive(Debug, Clone, Copy)]
pub struct RefundedSale {
    pub id: SaleId,
    /// It ended below its target; otherwise it was cancelled.
    pub target_missed: bool,
}

/// Compares the aggregated sales that ended and refund below their target with what was sold. Publishes
/// `sale.target_missed` for those that missed it. Any number of nodes may run it at once.
pub async fn check_targets(platform: &Platform) -> Result<()> {
    let now = platform.clock.now();
    let mut tx = platform.db.platform("targets of sales").await?;
    let checked = sqlx::query!(
        r#"WITH due AS (
             SELECT s.tenant_id, s.id, (r.content->>'target_quantity')::int > coalesce((
                 SELECT sum(k.sold) FROM stock k WHERE k.tenant_id = s.tenant_id AND k.sale_id = s.id
             ), 0) AS missed
             FROM sales s
             JOIN revisions r ON r.tenant_id = s.tenant_id AND r.id = s.approved_revision_id
             WHERE s.kind = 'aggregated' AND s.state = 'approved' AND s.target_checked_at IS NULL
               AND NOT s.rehearsal AND r.content->>'when_target_missed' = 'refund'
               AND (r.content->>'ends_at')::timestamptz <= $2
             ORDER BY s.tenant_id, s.id LIMIT $3 FOR UPDATE OF s SKIP LOCKED
         )
         UPDATE sales s SET target_checked_at = $1, target_missed = due.missed
         FROM due WHERE s.tenant_id = due.tenant_id AND s.id = due.id
         RETURNING s.tenant_id AS "tenant: TenantId", s.id AS "id: SaleId", s.target_missed"#,
        now,
        now - SETTLED_AFTER,
        BATCH,
    )
    .fetch_all(&mut *tx)
    .await?;
    let mut missed: Vec<(TenantId, SaleId)> =
        checked.iter().filter(|row| row.target_missed).map(|row| (row.tenant, row.id)).collect();
    // In the order in which every transaction locks the providers' logs.
    missed.sort_unstable();
    for (tenant, sale) in missed {
        let payload = json!({"sale_id": sale});
        events::publish(&mut tx, tenant, "sale.target_missed", &payload).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Those of some sales of a provider whose orders are refunded: they were cancelled, or missed a target
/// below which they refund.
pub async fn refunded_among(
    conn: &mut PgConnection,
    tenant: TenantId,
    ids: &[SaleId],
) -> Result<Vec<RefundedSale>> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let refunded = sqlx::query_as!(
        RefundedSale,
        r#"SELECT id AS "id: SaleId", target_missed FROM sales
           WHERE tenant_id = $1 AND id = ANY($2) AND (state = 'cancelled' OR target_missed)"#,
        tenant.0,
        &ids,
    );
    Ok(refunded.fetch_all(conn).await?)
}
