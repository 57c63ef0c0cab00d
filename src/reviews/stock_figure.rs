//! Stock figures: what a provider's server, or its team, says is in stock of an item. A fresh one is
//! evidence for a guarantee.

use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};

use crate::{
    access::Actor,
    kernel::{Result, TenantId, limits::STOCK_FIGURE_DAYS_MAX},
};

/// A figure older than this proves nothing.
pub const FRESH_FOR: Duration = Duration::days(STOCK_FIGURE_DAYS_MAX);

#[derive(Debug, Clone)]
pub struct StockFigure {
    pub sku: String,
    /// Units in stock.
    pub quantity: i32,
    pub by: Actor,
    pub reported_at: OffsetDateTime,
}

impl StockFigure {
    /// Whether it still proves something.
    pub fn is_fresh(&self, now: OffsetDateTime) -> bool {
        now - self.reported_at < FRESH_FOR
    }
}

/// The figures of these SKUs, or of all, by SKU; at most 1000.
pub async fn list(
    conn: &mut PgConnection,
    tenant: TenantId,
    skus: Option<&[String]>,
) -> Result<Vec<StockFigure>> {
    let rows = sqlx::query!(
        "SELECT sku, quantity, actor, actor_id, reported_at FROM stock_figures
         WHERE tenant_id = $1 AND ($2::text[] IS NULL OR sku = ANY($2)) ORDER BY sku LIMIT 1000",
        tenant.0,
        skus,
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| StockFigure {
        sku: row.sku,
        quantity: row.quantity,
        by: Actor::of(&row.actor, row.actor_id),
        reported_at: row.reported_at,
    });
    Ok(rows.collect())
}

/// The figure of a SKU.
pub async fn of_sku(
    conn: &mut PgConnection,
    tenant: TenantId,
    sku: &str,
) -> Result<Option<StockFigure>> {
    Ok(list(conn, tenant, Some(&[sku.to_owned()])).await?.pop())
}

/// Keeps a figure in place of the last.
pub async fn keep(conn: &mut PgConnection, tenant: TenantId, figure: &StockFigure) -> Result<()> {
    let (actor, actor_id) = figure.by.stored();
    sqlx::query!(
        "INSERT INTO stock_figures (tenant_id, sku, quantity, actor, actor_id, reported_at)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (tenant_id, sku) DO UPDATE SET quantity = excluded.quantity,
             actor = excluded.actor, actor_id = excluded.actor_id,
             reported_at = excluded.reported_at",
        tenant.0,
        figure.sku,
        figure.quantity,
        actor,
        actor_id,
        figure.reported_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}
