//! The figures of many sales at once, and of the work that is left to do.

use sqlx::PgConnection;
use time::OffsetDateTime;

use super::figures::{self, Extent, Figures};
use crate::{
    kernel::{Result, SaleId, TenantId},
    sales::{Phase, RegistrationWindow, SaleMode, phase},
};

/// Sales that an overview lists, at most. Its sums are over all.
const OVERVIEW_SALES_MAX: i64 = 100;

/// One sale in an overview.
pub struct SaleSummary {
    pub tenant: TenantId,
    pub sale: SaleId,
    pub title: String,
    pub provider_name: String,
    pub mode: SaleMode,
    pub phase: Phase,
    pub figures: Figures,
}

/// The figures of all sales of an extent: their sums, and the latest of the sales.
pub struct Overview {
    pub sum: Figures,
    pub sales: Vec<SaleSummary>,
}

/// The figures of an extent. Listed are the published sales that had not ended before it or have
/// figures in it, the latest first.
pub async fn overview(
    conn: &mut PgConnection,
    extent: Extent,
    now: OffsetDateTime,
) -> Result<Overview> {
    let mut figures = figures::by_sale(conn, extent).await?;
    let mut sum = Figures::default();
    for of_sale in figures.values() {
        sum.add(of_sale);
    }
    let with_figures: Vec<_> = figures.keys().map(|sale| sale.0).collect();
    let rows = sqlx::query!(
        r#"
        WITH published AS (
            SELECT s.tenant_id, s.id, s.mode, r.content, p.name,
                   (r.content->>'starts_at')::timestamptz AS starts_at,
                   (r.content->>'ends_at')::timestamptz AS ends_at
            FROM sales s
            JOIN revisions r ON r.tenant_id = s.tenant_id AND r.id = s.approved_revision_id
            JOIN providers p ON p.tenant_id = s.tenant_id
            WHERE ($1::uuid IS NULL OR s.tenant_id = $1) AND NOT s.rehearsal
        ), chosen AS (
            SELECT * FROM published
            WHERE $2::timestamptz IS NULL OR ends_at >= $2 OR id = ANY($3)
            ORDER BY starts_at DESC LIMIT $4
        ), stocked AS (
            SELECT k.tenant_id, k.sale_id,
                   bounded_sum(sum(k.capacity - k.held - k.sold)) AS available
            FROM stock k JOIN chosen c ON c.tenant_id = k.tenant_id AND c.id = k.sale_id
            GROUP BY 1, 2
        )
        SELECT c.tenant_id, c.id, c.mode AS "mode: SaleMode", c.name,
               c.content->>'title' AS "title!", c.starts_at AS "starts_at!",
               c.ends_at AS "ends_at!",
               (c.content->>'registration_opens_at')::timestamptz AS registration_opens_at,
               (c.content->>'registration_closes_at')::timestamptz AS registration_closes_at,
               k.available AS "available?"
        FROM chosen c
        LEFT JOIN stocked k ON k.tenant_id = c.tenant_id AND k.sale_id = c.id
        ORDER BY c.starts_at DESC
        "#,
        extent.tenant.map(|tenant| tenant.0),
        extent.since,
        &with_figures,
        OVERVIEW_SALES_MAX,
    )
    .fetch_all(conn)
    .await?;
    let sales = rows.into_iter().map(|row| SaleSummary {
        tenant: TenantId(row.tenant_id),
        sale: SaleId(row.id),
        title: row.title,
        provider_name: row.name,
        phase: phase(
            row.starts_at,
            row.ends_at,
            RegistrationWindow::of(row.registration_opens_at, row.registration_closes_at),
            now,
            row.available.filter(|_| row.mode == SaleMode::Hosted),
        ),
        mode: row.mode,
        figures: figures.remove(&SaleId(row.id)).unwrap_or_default(),
    });
    Ok(Overview { sum, sales: sales.collect() })
}

/// Published sales whose window is open now, of one tenant or of all.
pub async fn live_sales(
    conn: &mut PgConnection,
    tenant: Option<TenantId>,
    now: OffsetDateTime,
) -> Result<i64> {
    let count = sqlx::query_scalar!(
        r#"
        SELECT count(*) AS "count!"
        FROM sales s
        JOIN revisions r ON r.tenant_id = s.tenant_id AND r.id = s.approved_revision_id
        WHERE ($1::uuid IS NULL OR s.tenant_id = $1) AND NOT s.rehearsal
          AND s.state <> 'cancelled'
          AND (r.content->>'starts_at')::timestamptz <= $2
          AND (r.content->>'ends_at')::timestamptz > $2
        "#,
        tenant.map(|tenant| tenant.0),
        now,
    )
    .fetch_one(conn)
    .await?;
    Ok(count)
}

/// Submitted revisions that no manager has decided yet.
pub async fn open_reviews(conn: &mut PgConnection) -> Result<i64> {
    let count = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM revisions WHERE state = 'submitted'"#
    )
    .fetch_one(conn)
    .await?;
    Ok(count)
}

/// Parcels that are paid in full and were not handed to a carrier yet, of one tenant or of all.
pub async fn parcels_to_ship(conn: &mut PgConnection, tenant: Option<TenantId>) -> Result<i64> {
    let count = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM parcels
           WHERE state = 'to_ship' AND NOT rest_unpaid AND ($1::uuid IS NULL OR tenant_id = $1)"#,
        tenant.map(|tenant| tenant.0),
    )
    .fetch_one(conn)
    .await?;
    Ok(count)
}
