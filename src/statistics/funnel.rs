//! The funnel of a sale: how many visitors got how far. A visitor who took a step counts in every step
//! before it, so that no step has more than the one before.

use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};

use super::figures::{Extent, purchases_query};
use crate::{
    kernel::{Result, SaleId, TenantId, ids},
    sales::SaleMode,
};

/// A node's clock may be behind by this much, at most, when it gives an id to a hold.
const CLOCK_MARGIN: Duration = Duration::days(1);

/// One step, with the visitors who took it or one after it.
pub struct FunnelStep {
    pub step: &'static str,
    pub label: &'static str,
    pub visitors: i64,
}

/// Visitors who got to a step or beyond.
struct Reached {
    visited: i64,
    chose: i64,
    began: i64,
    addressed: i64,
    paid: i64,
    bought: i64,
}

/// The steps from a visit to a purchase, in order; they differ by the sale's mode.
pub async fn funnel(
    conn: &mut PgConnection,
    tenant: TenantId,
    sale: SaleId,
    mode: SaleMode,
    starts_at: OffsetDateTime,
) -> Result<Vec<FunnelStep>> {
    let reached = reached(conn, tenant, sale, starts_at).await?;
    let steps: &[(&str, &str, i64)] = match mode {
        SaleMode::Hosted => &[
            ("visit", "Visited", reached.visited),
            ("hold", "Added to cart", reached.chose),
            ("checkout", "Started checkout", reached.began),
            ("address", "Entered address", reached.addressed),
            ("payment", "Tried to pay", reached.paid),
            ("purchase", "Bought", reached.bought),
        ],
        SaleMode::Redirect => &[
            ("visit", "Visited", reached.visited),
            ("click_out", "Went to the provider", reached.chose),
            ("conversion", "Bought there", reached.bought),
        ],
    };
    Ok(steps
        .iter()
        .map(|(step, label, visitors)| FunnelStep { step, label, visitors: *visitors })
        .collect())
}

async fn reached(
    conn: &mut PgConnection,
    tenant: TenantId,
    sale: SaleId,
    starts_at: OffsetDateTime,
) -> Result<Reached> {
    let extent = Extent { tenant: Some(tenant), sale: Some(sale), since: None };
    // Ids of holds ascend with time, and their index is led by the id: those before the sale are not
    // read.
    let first_hold = ids::lowest_at(starts_at - CLOCK_MARGIN);
    let row = purchases_query!(
        Reached,
        extent,
        r#", taken AS (
            SELECT i.visit_id, CASE i.kind
                WHEN 'click_out' THEN 1 WHEN 'checkout' THEN 2 WHEN 'address' THEN 3 ELSE 4
            END AS step
            FROM interactions i
            WHERE i.tenant_id = $1 AND i.sale_id = $2
              AND i.kind IN ('click_out', 'checkout', 'address', 'payment')
            UNION ALL
            SELECT h.visit_id, 1 FROM holds h
            WHERE h.tenant_id = $1 AND h.sale_id = $2 AND h.id >= $4
            UNION ALL
            SELECT p.visit_id, 5 FROM purchases p
        ), furthest AS (
            -- Visits that are archived stay only if they led to a purchase.
            SELECT v.visitor_id, coalesce(max(t.step), 0) AS step,
                   bool_or(v.started_at >= (SELECT visits_since($1, $2))) AS counted
            FROM visits v LEFT JOIN taken t ON t.visit_id = v.id
            WHERE v.tenant_id = $1 AND v.sale_id = $2 GROUP BY 1
        )
        SELECT count(*) FILTER (WHERE counted) + coalesce(max(a.visitors), 0) AS "visited!",
               count(*) FILTER (WHERE counted AND step >= 1) + coalesce(max(a.chose), 0)
                   AS "chose!",
               count(*) FILTER (WHERE counted AND step >= 2) + coalesce(max(a.began), 0)
                   AS "began!",
               count(*) FILTER (WHERE counted AND step >= 3) + coalesce(max(a.addressed), 0)
                   AS "addressed!",
               count(*) FILTER (WHERE counted AND step >= 4) + coalesce(max(a.paid), 0)
                   AS "paid!",
               count(*) FILTER (WHERE step >= 5) AS "bought!"
        FROM (SELECT) AS always
        LEFT JOIN furthest ON true
        LEFT JOIN visit_archives a ON a.tenant_id = $1 AND a.sale_id = $2
        "#,
        first_hold,
    )
    .fetch_one(conn)
    .await?;
    Ok(row)
}
