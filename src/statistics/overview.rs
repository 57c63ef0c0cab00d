//! The numbers of many sales at once, and of the work that is left to do.

use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::{
    kernel::{Result, SaleId, TenantId},
    sales::{Phase, RegistrationWindow, SaleMode, phase},
};

/// Sales in an overview, at most.
const OVERVIEW_SALES_MAX: i64 = 100;

/// What is counted of one sale in an overview.
pub struct SaleSummary {
    pub tenant: TenantId,
    pub sale: SaleId,
    pub title: String,
    pub provider_name: String,
    pub mode: SaleMode,
    pub phase: Phase,
    pub currency: String,
    pub visits: i64,
    pub favourites: i64,
    pub shares: i64,
    pub purchases: i64,
    pub units: i64,
    pub revenue_minor: i64,
}

/// Published sales of one tenant, or of all, the latest first.
pub async fn sales(
    conn: &mut PgConnection,
    tenant: Option<TenantId>,
    since: OffsetDateTime,
    now: OffsetDateTime,
) -> Result<Vec<SaleSummary>> {
    let rows = sqlx::query!(
        r#"
        WITH chosen AS (
            SELECT s.tenant_id, s.id, s.mode, s.starts_at, s.ends_at, s.registration_opens_at,
                   s.registration_closes_at, r.content->>'title' AS title,
                   r.content->>'currency' AS currency, p.name
            FROM sales s
            JOIN revisions r ON r.tenant_id = s.tenant_id AND r.id = s.approved_revision_id
            JOIN providers p ON p.tenant_id = s.tenant_id
            WHERE ($1::uuid IS NULL OR s.tenant_id = $1) AND s.ends_at >= $2 AND NOT s.rehearsal
            ORDER BY s.starts_at DESC LIMIT $3
        ), visited AS (
            SELECT v.tenant_id, v.sale_id, count(*) AS visits
            FROM visits v JOIN chosen c ON c.tenant_id = v.tenant_id AND c.id = v.sale_id
            GROUP BY 1, 2
        ), liked AS (
            SELECT f.tenant_id, f.sale_id, count(*) AS favourites
            FROM favourites f JOIN chosen c ON c.tenant_id = f.tenant_id AND c.id = f.sale_id
            GROUP BY 1, 2
        ), acted AS (
            SELECT i.tenant_id, i.sale_id,
                   count(*) FILTER (WHERE i.kind = 'share') AS shares,
                   count(*) FILTER (WHERE i.kind IN ('purchase', 'conversion')) AS purchases,
                   coalesce(sum(i.quantity)
                       FILTER (WHERE i.kind IN ('purchase', 'conversion')), 0)::bigint AS units,
                   coalesce(sum(i.amount_minor)
                       FILTER (WHERE i.kind IN ('purchase', 'conversion')), 0)::bigint AS amount
            FROM interactions i JOIN chosen c ON c.tenant_id = i.tenant_id AND c.id = i.sale_id
            GROUP BY 1, 2
        ), stocked AS (
            SELECT k.tenant_id, k.sale_id,
                   sum(k.capacity - k.held - k.sold)::bigint AS available
            FROM stock k JOIN chosen c ON c.tenant_id = k.tenant_id AND c.id = k.sale_id
            GROUP BY 1, 2
        )
        SELECT c.tenant_id, c.id, c.mode AS "mode: SaleMode", c.starts_at, c.ends_at,
               c.registration_opens_at, c.registration_closes_at, c.title AS "title!",
               c.currency AS "currency!", c.name, k.available AS "available?",
               coalesce(v.visits, 0) AS "visits!", coalesce(l.favourites, 0) AS "favourites!",
               coalesce(a.shares, 0) AS "shares!", coalesce(a.purchases, 0) AS "purchases!",
               coalesce(a.units, 0) AS "units!", coalesce(a.amount, 0) AS "amount!"
        FROM chosen c
        LEFT JOIN visited v ON v.tenant_id = c.tenant_id AND v.sale_id = c.id
        LEFT JOIN liked l ON l.tenant_id = c.tenant_id AND l.sale_id = c.id
        LEFT JOIN acted a ON a.tenant_id = c.tenant_id AND a.sale_id = c.id
        LEFT JOIN stocked k ON k.tenant_id = c.tenant_id AND k.sale_id = c.id
        ORDER BY c.starts_at DESC
        "#,
        tenant.map(|tenant| tenant.0),
        since,
        OVERVIEW_SALES_MAX,
    )
    .fetch_all(conn)
    .await?;
    let summaries = rows.into_iter().map(|row| SaleSummary {
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
        currency: row.currency,
        visits: row.visits,
        favourites: row.favourites,
        shares: row.shares,
        purchases: row.purchases,
        units: row.units,
        revenue_minor: row.amount,
    });
    Ok(summaries.collect())
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

/// Paid parcels that were not handed to a carrier yet, of one tenant or of all.
pub async fn parcels_to_ship(conn: &mut PgConnection, tenant: Option<TenantId>) -> Result<i64> {
    let count = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM parcels
           WHERE state = 'to_ship' AND ($1::uuid IS NULL OR tenant_id = $1)"#,
        tenant.map(|tenant| tenant.0),
    )
    .fetch_one(conn)
    .await?;
    Ok(count)
}
