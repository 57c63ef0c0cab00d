//! The numbers of one sale.

use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::{
    figures::{self, Extent, Figures, PurchaseFigures, purchases_query},
    interactions::ShareChannel,
};
use crate::{
    kernel::{Error, Money, Result, SaleId, TenantId},
    sales::{RegistrationWindow, SaleMode},
};

/// About as many points as a time series has; its step is chosen for it.
const SERIES_POINTS: i64 = 60;
/// A time series goes back this far, at most.
const SERIES_MAX: Duration = Duration::days(60);

/// The sale a report is about.
pub struct ReportedSale {
    pub title: String,
    pub provider_name: String,
    pub mode: SaleMode,
    pub starts_at: OffsetDateTime,
    pub ends_at: OffsetDateTime,
    /// When shoppers can register, if the sale has registration.
    pub registration: Option<RegistrationWindow>,
}

/// Everything that is counted of a sale.
#[derive(Debug, Default, Clone)]
pub struct SaleTotals {
    pub figures: Figures,
    /// Seconds, over visits that reported any.
    pub average_seconds_on_page: i64,
    pub click_outs: i64,
    pub holds: i64,
    pub checkouts: i64,
    pub addresses: i64,
    pub payments: i64,
    /// Orders paid, whatever became of them.
    pub orders_paid: i64,
    pub refunds: i64,
    /// Refunded and reversed; one amount for each currency.
    pub given_back: Vec<Money>,
    /// Purchases reported by the provider, whatever became of them.
    pub conversions: i64,
    pub reversals: i64,
    /// Shoppers who are registered now.
    pub registered: i64,
    /// The most used channel first.
    pub shares_by_channel: Vec<(ShareChannel, i64)>,
}

/// What came through one access point.
pub struct AccessPointTotals {
    /// None: visits that came through no access point.
    pub access_point_id: Option<Uuid>,
    pub name: String,
    pub placement: Option<String>,
    pub visits: i64,
    pub visitors: i64,
    pub bought: PurchaseFigures,
}

/// One step of a time series.
pub struct SeriesPoint {
    pub at: OffsetDateTime,
    pub visits: i64,
    pub purchases: i64,
}

/// The stock of one item.
pub struct ItemStock {
    pub item_name: String,
    pub capacity: i32,
    pub held: i32,
    pub sold: i32,
}

impl ItemStock {
    pub fn available(&self) -> i32 {
        self.capacity - self.held - self.sold
    }
}

/// A sale of this tenant: as it is published, or the draft of one that is not.
pub async fn sale(conn: &mut PgConnection, tenant: TenantId, sale: SaleId) -> Result<ReportedSale> {
    let row = sqlx::query!(
        r#"
        SELECT coalesce(r.content->>'title', o.title) AS "title!", p.name,
               s.mode AS "mode: SaleMode",
               coalesce((r.content->>'starts_at')::timestamptz, s.starts_at) AS "starts_at!",
               coalesce((r.content->>'ends_at')::timestamptz, s.ends_at) AS "ends_at!",
               CASE WHEN r.id IS NULL THEN s.registration_opens_at
                    ELSE (r.content->>'registration_opens_at')::timestamptz
               END AS registration_opens_at,
               CASE WHEN r.id IS NULL THEN s.registration_closes_at
                    ELSE (r.content->>'registration_closes_at')::timestamptz
               END AS registration_closes_at
        FROM sales s
        JOIN offers o ON o.tenant_id = s.tenant_id AND o.id = s.offer_id
        JOIN providers p ON p.tenant_id = s.tenant_id
        LEFT JOIN revisions r ON r.tenant_id = s.tenant_id AND r.id = s.approved_revision_id
        WHERE s.tenant_id = $1 AND s.id = $2
        "#,
        tenant.0,
        sale.0,
    )
    .fetch_optional(conn)
    .await?
    .ok_or(Error::NotFound("sale"))?;
    Ok(ReportedSale {
        title: row.title,
        provider_name: row.name,
        mode: row.mode,
        starts_at: row.starts_at,
        ends_at: row.ends_at,
        registration: RegistrationWindow::of(row.registration_opens_at, row.registration_closes_at),
    })
}

/// Everything that is counted of a sale.
pub async fn totals(conn: &mut PgConnection, tenant: TenantId, sale: SaleId) -> Result<SaleTotals> {
    let extent = Extent { tenant: Some(tenant), sale: Some(sale), since: None };
    let figures = figures::by_sale(conn, extent).await?.remove(&sale).unwrap_or_default();
    let visits = sqlx::query!(
        r#"
        SELECT coalesce(
                   (coalesce(sum(v.seconds_on_page), 0) + coalesce(max(a.seconds_on_page), 0))
                   / nullif(count(*) FILTER (WHERE v.seconds_on_page > 0)
                            + coalesce(max(a.timed_visits), 0), 0)::numeric,
                   0)::bigint AS "seconds!",
               (SELECT count(*) FROM registrations r
                WHERE r.tenant_id = $1 AND r.sale_id = $2
                  AND r.state = 'registered') AS "registered!",
               (SELECT bounded_sum(sum(holds_made)) FROM stock k
                WHERE k.tenant_id = $1 AND k.sale_id = $2) AS "holds!"
        FROM (SELECT) AS always
        LEFT JOIN visits v ON v.tenant_id = $1 AND v.sale_id = $2
            AND v.started_at >= (SELECT visits_since($1, $2))
        LEFT JOIN visit_archives a ON a.tenant_id = $1 AND a.sale_id = $2
        "#,
        tenant.0,
        sale.0,
    )
    .fetch_one(&mut *conn)
    .await?;
    let acted = sqlx::query!(
        r#"
        SELECT count(*) FILTER (WHERE kind = 'click_out') AS "click_outs!",
               count(*) FILTER (WHERE kind = 'checkout') AS "checkouts!",
               count(*) FILTER (WHERE kind = 'address') AS "addresses!",
               count(*) FILTER (WHERE kind = 'payment') AS "payments!",
               count(DISTINCT coalesce(subject_id, id))
                   FILTER (WHERE kind = 'purchase') AS "orders_paid!",
               count(*) FILTER (WHERE kind = 'refund') AS "refunds!",
               count(*) FILTER (WHERE kind = 'conversion') AS "conversions!",
               count(*) FILTER (WHERE kind = 'reversal') AS "reversals!"
        FROM interactions WHERE tenant_id = $1 AND sale_id = $2
        "#,
        tenant.0,
        sale.0,
    )
    .fetch_one(&mut *conn)
    .await?;
    let given_back = sqlx::query!(
        r#"
        SELECT currency AS "currency!", bounded_sum(sum(amount_minor)) AS "amount!"
        FROM interactions
        WHERE tenant_id = $1 AND sale_id = $2 AND kind IN ('refund', 'reversal')
          AND currency IS NOT NULL
        GROUP BY 1 ORDER BY 1
        "#,
        tenant.0,
        sale.0,
    )
    .fetch_all(&mut *conn)
    .await?;
    Ok(SaleTotals {
        figures,
        average_seconds_on_page: visits.seconds,
        click_outs: acted.click_outs,
        holds: visits.holds,
        checkouts: acted.checkouts,
        addresses: acted.addresses,
        payments: acted.payments,
        orders_paid: acted.orders_paid,
        refunds: acted.refunds,
        given_back: given_back
            .into_iter()
            .map(|row| Money::new(row.amount, row.currency))
            .collect(),
        conversions: acted.conversions,
        reversals: acted.reversals,
        registered: visits.registered,
        shares_by_channel: shares_by_channel(conn, tenant, sale).await?,
    })
}

async fn shares_by_channel(
    conn: &mut PgConnection,
    tenant: TenantId,
    sale: SaleId,
) -> Result<Vec<(ShareChannel, i64)>> {
    let rows = sqlx::query!(
        r#"
        SELECT share_channel AS "channel!: ShareChannel", count(*) AS "shares!"
        FROM interactions
        WHERE tenant_id = $1 AND sale_id = $2 AND kind = 'share' AND share_channel IS NOT NULL
        GROUP BY 1 ORDER BY 2 DESC, 1
        "#,
        tenant.0,
        sale.0,
    );
    let rows = rows.fetch_all(conn).await?.into_iter();
    Ok(rows.map(|row| (row.channel, row.shares)).collect())
}

/// Visits and purchases by the access point they came through, the most visited first.
pub async fn by_access_point(
    conn: &mut PgConnection,
    tenant: TenantId,
    sale: SaleId,
) -> Result<Vec<AccessPointTotals>> {
    let extent = Extent { tenant: Some(tenant), sale: Some(sale), since: None };
    let mut bought = figures::purchases_by_access_point(conn, extent).await?;
    let rows = sqlx::query!(
        r#"
        WITH visited AS (
            SELECT access_point_id, count(*) AS visits, count(DISTINCT visitor_id) AS visitors
            FROM visits
            WHERE tenant_id = $1 AND sale_id = $2 AND started_at >= (SELECT visits_since($1, $2))
            GROUP BY 1
        ), archived AS (
            SELECT nullif(access_point_id, '00000000-0000-0000-0000-000000000000')
                       AS access_point_id, visits, visitors
            FROM visit_archive_points WHERE tenant_id = $1 AND sale_id = $2
        ), points AS (
            SELECT id, name, placement FROM access_points WHERE tenant_id = $1 AND sale_id = $2
            UNION ALL SELECT NULL, 'Direct', NULL
        )
        SELECT p.id, p.name AS "name!", p.placement,
               coalesce(v.visits, 0) + coalesce(a.visits, 0) AS "visits!",
               coalesce(v.visitors, 0) + coalesce(a.visitors, 0) AS "visitors!"
        FROM points p
        LEFT JOIN visited v ON v.access_point_id IS NOT DISTINCT FROM p.id
        LEFT JOIN archived a ON a.access_point_id IS NOT DISTINCT FROM p.id
        ORDER BY 4 DESC, 2 LIMIT 201
        "#,
        tenant.0,
        sale.0,
    )
    .fetch_all(conn)
    .await?;
    let points = rows.into_iter().map(|row| AccessPointTotals {
        bought: bought.remove(&row.id).unwrap_or_default(),
        access_point_id: row.id,
        name: row.name,
        placement: row.placement,
        visits: row.visits,
        visitors: row.visitors,
    });
    Ok(points.collect())
}

/// Visits and purchases over the time of a sale, from its first visit, in equal steps that divide
/// an hour or a day.
pub async fn series(
    conn: &mut PgConnection,
    tenant: TenantId,
    id: SaleId,
    sale: &ReportedSale,
    now: OffsetDateTime,
) -> Result<Vec<SeriesPoint>> {
    let first = sqlx::query_scalar!(
        "SELECT min(started_at) FROM visits WHERE tenant_id = $1 AND sale_id = $2",
        tenant.0,
        id.0
    )
    .fetch_one(&mut *conn)
    .await?;
    let Some(first) = first else { return Ok(vec![]) };
    let from = first.min(sale.starts_at).max(now - SERIES_MAX);
    let to = now.min(sale.ends_at).max(from + Duration::minutes(1));
    let step = step_seconds((to - from).whole_seconds());
    let extent = Extent { tenant: Some(tenant), sale: Some(id), since: None };
    let rows = purchases_query!(
        SeriesPoint,
        extent,
        r#", steps AS (
            SELECT at FROM generate_series(
                date_bin(make_interval(secs => $6), $4, 'epoch'), $5, make_interval(secs => $6)
            ) AS at
        ), visited AS (
            SELECT date_bin(make_interval(secs => $6), started_at, 'epoch') AS at,
                   count(*) AS visits
            FROM visits WHERE tenant_id = $1 AND sale_id = $2 AND started_at >= $4 GROUP BY 1
        ), bought AS (
            SELECT date_bin(make_interval(secs => $6), bought_at, 'epoch') AS at,
                   count(*) AS purchases
            FROM purchases WHERE bought_at >= $4 GROUP BY 1
        )
        SELECT s.at AS "at!", coalesce(v.visits, 0) AS "visits!",
               coalesce(b.purchases, 0) AS "purchases!"
        FROM steps s LEFT JOIN visited v USING (at) LEFT JOIN bought b USING (at)
        ORDER BY 1 LIMIT 500
        "#,
        from,
        to,
        step,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows)
}

/// The step of a series over `span` seconds: the smallest even one that needs no more than about
/// `SERIES_POINTS`.
fn step_seconds(span: i64) -> f64 {
    const STEPS: [u32; 9] = [60, 300, 900, 1800, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 24 * 3600];
    let step = STEPS.into_iter().find(|step| span / i64::from(*step) <= SERIES_POINTS);
    f64::from(step.unwrap_or(24 * 3600))
}

/// The stock of a hosted sale, item by item.
pub async fn stock(
    conn: &mut PgConnection,
    tenant: TenantId,
    sale: SaleId,
) -> Result<Vec<ItemStock>> {
    let rows = sqlx::query_as!(
        ItemStock,
        r#"
        SELECT i.name AS item_name, k.capacity, k.held, k.sold
        FROM stock k
        JOIN sale_items si ON si.tenant_id = k.tenant_id AND si.id = k.sale_item_id
        JOIN items i ON i.tenant_id = si.tenant_id AND i.id = si.item_id
        WHERE k.tenant_id = $1 AND k.sale_id = $2 ORDER BY si.position LIMIT 200
        "#,
        tenant.0,
        sale.0,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::step_seconds;

    #[test]
    fn a_series_of_any_length_has_at_most_61_points() {
        for span in [0, 59, 3_600, 86_400, 7 * 86_400, 60 * 86_400_i64] {
            let step = step_seconds(span);
            #[expect(clippy::cast_precision_loss, reason = "small numbers")]
            let points = span as f64 / step;
            assert!((0.0..=61.0).contains(&points), "{span} s in steps of {step} s");
        }
    }
}
