//! The figures of a sale hour by hour, in UTC.

use sqlx::PgConnection;
use time::OffsetDateTime;

use super::figures::{Extent, purchases_query};
use crate::kernel::{Result, SaleId, TenantId};

/// Figures of hours in one report, at most; a sale of 60 days has fewer.
const HOUR_FIGURES_MAX: i64 = 50_000;

/// One figure of one hour. What is zero has no row.
pub struct HourFigure {
    /// When the hour begins.
    pub hour: OffsetDateTime,
    pub measure: String,
    /// Of an amount.
    pub currency: Option<String>,
    pub value: i64,
}

/// The figures of each hour in which something happened, oldest first.
pub async fn by_hour(
    conn: &mut PgConnection,
    tenant: TenantId,
    sale: SaleId,
) -> Result<Vec<HourFigure>> {
    let extent = Extent { tenant: Some(tenant), sale: Some(sale), since: None };
    let rows = purchases_query!(
        HourFigure,
        extent,
        r#", counted (at, measure, currency, value) AS (
            SELECT started_at, 'visits', NULL, 1::numeric FROM visits
            WHERE tenant_id = $1 AND sale_id = $2 AND started_at >= (SELECT visits_since($1, $2))
            UNION ALL
            SELECT hour, 'visits', NULL, visits FROM visit_archive_hours
            WHERE tenant_id = $1 AND sale_id = $2
            UNION ALL
            SELECT created_at, 'favourites', NULL, 1 FROM favourites
            WHERE tenant_id = $1 AND sale_id = $2
            UNION ALL
            SELECT created_at, CASE kind
                WHEN 'share' THEN 'shares' WHEN 'click_out' THEN 'click_outs'
                WHEN 'checkout' THEN 'checkouts' WHEN 'address' THEN 'addresses' ELSE 'payments'
            END, NULL, 1
            FROM interactions
            WHERE tenant_id = $1 AND sale_id = $2
              AND kind IN ('share', 'click_out', 'checkout', 'address', 'payment')
            UNION ALL
            SELECT bought_at, 'purchases', NULL, 1 FROM purchases
            UNION ALL
            SELECT bought_at, 'units', NULL, units FROM purchases
            UNION ALL
            SELECT bought_at,
                   CASE WHEN reported THEN 'reported_revenue_minor' ELSE 'hosted_revenue_minor' END,
                   currency, revenue
            FROM purchases WHERE currency IS NOT NULL
        )
        SELECT date_trunc('hour', at, 'UTC') AS "hour!", measure AS "measure!", currency,
               bounded_sum(sum(value)) AS "value!"
        FROM counted GROUP BY 1, 2, 3 ORDER BY 1, 2, 3 LIMIT $4
        "#,
        HOUR_FIGURES_MAX,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows)
}
