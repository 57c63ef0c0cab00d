//! The aggregates behind the dashboards.

use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::{
    kernel::{Error, Result, SaleId, TenantId},
    sales::{Phase, RegistrationWindow, SaleMode, phase},
};

/// Sales in an overview at most.
const OVERVIEW_SALES_MAX: i64 = 100;
/// Points of a time series, about; the step is chosen for it.
const SERIES_POINTS: i64 = 60;

/// What is counted of one sale, over all its time.
#[derive(Debug, Default, Clone, Copy)]
pub struct Totals {
    pub visits: i64,
    pub visitors: i64,
    pub favourites: i64,
    pub shares: i64,
    /// Seconds, over visits that reported any.
    pub average_seconds_on_page: i64,
    pub click_outs: i64,
    pub holds: i64,
    pub checkouts: i64,
    pub addresses: i64,
    pub payments: i64,
    /// Orders paid, or purchases reported by the provider.
    pub purchases: i64,
    pub units: i64,
    pub revenue_minor: i64,
    pub refunds: i64,
    pub refunded_minor: i64,
    pub conversions: i64,
    pub reversals: i64,
    /// Shoppers who are registered now.
    pub registered: i64,
}

pub struct SaleHead {
    pub title: String,
    pub provider_name: String,
    pub mode: SaleMode,
    pub currency: String,
    pub starts_at: OffsetDateTime,
    pub ends_at: OffsetDateTime,
    /// When one can register, if the sale has registration.
    pub registration: Option<RegistrationWindow>,
}

pub struct AccessPointRow {
    pub access_point_id: Option<Uuid>,
    pub name: String,
    pub placement: Option<String>,
    pub visits: i64,
    pub purchases: i64,
    pub units: i64,
    pub revenue_minor: i64,
}

pub struct Point {
    pub at: OffsetDateTime,
    pub visits: i64,
    pub purchases: i64,
}

pub struct SaleRow {
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

fn mode(text: &str) -> SaleMode {
    if text == "redirect" { SaleMode::Redirect } else { SaleMode::Hosted }
}

/// The sale a report is about.
pub async fn head(conn: &mut PgConnection, tenant: TenantId, sale: SaleId) -> Result<SaleHead> {
    let row = sqlx::query!(
        r#"
        SELECT coalesce(r.content->>'title', o.title) AS "title!", p.name, s.mode, o.currency, s.starts_at, s.ends_at,
               s.registration_opens_at, s.registration_closes_at
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
    Ok(SaleHead {
        title: row.title,
        provider_name: row.name,
        mode: mode(&row.mode),
        currency: row.currency,
        starts_at: row.starts_at,
        ends_at: row.ends_at,
        registration: RegistrationWindow::of(row.registration_opens_at, row.registration_closes_at),
    })
}

/// Everything counted of a sale.
pub async fn totals(conn: &mut PgConnection, tenant: TenantId, sale: SaleId) -> Result<Totals> {
    let visits = sqlx::query!(
        r#"
        SELECT count(*) AS "visits!", count(DISTINCT visitor_id) AS "visitors!",
               coalesce(avg(seconds_on_page) FILTER (WHERE seconds_on_page > 0), 0)::bigint AS "seconds!",
               (SELECT count(*) FROM favourites f WHERE f.tenant_id = $1 AND f.sale_id = $2) AS "favourites!",
               (SELECT count(*) FROM registrations r WHERE r.tenant_id = $1 AND r.sale_id = $2 AND r.state = 'registered') AS "registered!",
               (SELECT coalesce(sum(holds_made), 0)::bigint FROM stock k WHERE k.tenant_id = $1 AND k.sale_id = $2) AS "holds!"
        FROM visits WHERE tenant_id = $1 AND sale_id = $2
        "#,
        tenant.0,
        sale.0,
    )
    .fetch_one(&mut *conn)
    .await?;
    let kinds = sqlx::query!(
        r#"
        SELECT kind, count(*) AS "count!", sum(quantity)::bigint AS "units!", sum(amount_minor)::bigint AS "amount!"
        FROM interactions WHERE tenant_id = $1 AND sale_id = $2 GROUP BY kind
        "#,
        tenant.0,
        sale.0,
    )
    .fetch_all(conn)
    .await?;
    let mut totals = Totals {
        visits: visits.visits,
        visitors: visits.visitors,
        favourites: visits.favourites,
        average_seconds_on_page: visits.seconds,
        registered: visits.registered,
        holds: visits.holds,
        ..Totals::default()
    };
    for row in kinds {
        match row.kind.as_str() {
            "share" => totals.shares = row.count,
            "click_out" => totals.click_outs = row.count,
            "checkout" => totals.checkouts = row.count,
            "address" => totals.addresses = row.count,
            "payment" => totals.payments = row.count,
            "refund" => {
                (totals.refunds, totals.refunded_minor) =
                    (row.count, totals.refunded_minor + row.amount)
            }
            "reversal" => {
                (totals.reversals, totals.refunded_minor) =
                    (row.count, totals.refunded_minor + row.amount)
            }
            "purchase" | "conversion" => {
                totals.purchases += row.count;
                totals.units += row.units;
                totals.revenue_minor += row.amount;
                if row.kind == "conversion" {
                    totals.conversions = row.count;
                }
            }
            _ => {}
        }
    }
    Ok(totals)
}

/// Visits and what came of them, by the access point they came through.
pub async fn by_access_point(
    conn: &mut PgConnection,
    tenant: TenantId,
    sale: SaleId,
) -> Result<Vec<AccessPointRow>> {
    let rows = sqlx::query!(
        r#"
        WITH came AS (
            SELECT access_point_id, count(*) AS visits FROM visits WHERE tenant_id = $1 AND sale_id = $2 GROUP BY 1
        ), bought AS (
            SELECT v.access_point_id, count(*) AS purchases, sum(i.quantity)::bigint AS units, sum(i.amount_minor)::bigint AS amount
            FROM interactions i LEFT JOIN visits v ON v.tenant_id = i.tenant_id AND v.id = i.visit_id
            WHERE i.tenant_id = $1 AND i.sale_id = $2 AND i.kind IN ('purchase', 'conversion') GROUP BY 1
        ), points AS (
            SELECT id, name, placement FROM access_points WHERE tenant_id = $1 AND sale_id = $2
            UNION ALL SELECT NULL, 'Direct', NULL
        )
        SELECT p.id, p.name AS "name!", p.placement, coalesce(c.visits, 0) AS "visits!", coalesce(b.purchases, 0) AS "purchases!",
               coalesce(b.units, 0) AS "units!", coalesce(b.amount, 0) AS "amount!"
        FROM points p
        LEFT JOIN came c ON c.access_point_id IS NOT DISTINCT FROM p.id
        LEFT JOIN bought b ON b.access_point_id IS NOT DISTINCT FROM p.id
        ORDER BY 4 DESC, 2 LIMIT 200
        "#,
        tenant.0,
        sale.0,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| AccessPointRow {
            access_point_id: r.id,
            name: r.name,
            placement: r.placement,
            visits: r.visits,
            purchases: r.purchases,
            units: r.units,
            revenue_minor: r.amount,
        })
        .collect())
}

/// Visits and purchases over the time of a sale, from its first visit, in equal steps that divide
/// an hour or a day.
pub async fn series(
    conn: &mut PgConnection,
    tenant: TenantId,
    sale: SaleId,
    head: &SaleHead,
    now: OffsetDateTime,
) -> Result<Vec<Point>> {
    let first = sqlx::query_scalar!(
        "SELECT min(started_at) FROM visits WHERE tenant_id = $1 AND sale_id = $2",
        tenant.0,
        sale.0
    )
    .fetch_one(&mut *conn)
    .await?;
    let Some(first) = first else { return Ok(vec![]) };
    let from = first.min(head.starts_at).max(now - Duration::days(60));
    let to = now.min(head.ends_at).max(from + Duration::minutes(1));
    let step = step_seconds((to - from).whole_seconds());
    let rows = sqlx::query!(
        r#"
        WITH steps AS (
            SELECT at FROM generate_series(date_bin(make_interval(secs => $5), $3, 'epoch'), $4, make_interval(secs => $5)) AS at
        ), came AS (
            SELECT date_bin(make_interval(secs => $5), started_at, 'epoch') AS at, count(*) AS visits
            FROM visits WHERE tenant_id = $1 AND sale_id = $2 AND started_at >= $3 GROUP BY 1
        ), bought AS (
            SELECT date_bin(make_interval(secs => $5), created_at, 'epoch') AS at, count(*) AS purchases
            FROM interactions WHERE tenant_id = $1 AND sale_id = $2 AND kind IN ('purchase', 'conversion') AND created_at >= $3 GROUP BY 1
        )
        SELECT s.at AS "at!", coalesce(c.visits, 0) AS "visits!", coalesce(b.purchases, 0) AS "purchases!"
        FROM steps s LEFT JOIN came c USING (at) LEFT JOIN bought b USING (at) ORDER BY 1 LIMIT 500
        "#,
        tenant.0,
        sale.0,
        from,
        to,
        step,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| Point { at: r.at, visits: r.visits, purchases: r.purchases })
        .collect())
}

/// The step of a series over `span` seconds: the smallest even one that needs no more than about
/// `SERIES_POINTS`.
fn step_seconds(span: i64) -> f64 {
    const STEPS: [u32; 9] = [60, 300, 900, 1800, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 24 * 3600];
    let step = STEPS.into_iter().find(|step| span / i64::from(*step) <= SERIES_POINTS);
    f64::from(step.unwrap_or(24 * 3600))
}

/// One row a published sale, the latest first; of one tenant, or of all.
pub async fn overview(
    conn: &mut PgConnection,
    tenant: Option<TenantId>,
    since: OffsetDateTime,
    now: OffsetDateTime,
) -> Result<Vec<SaleRow>> {
    let rows = sqlx::query!(
        r#"
        WITH chosen AS (
            SELECT s.tenant_id, s.id, s.mode, s.starts_at, s.ends_at, s.registration_opens_at, s.registration_closes_at, r.content->>'title' AS title, r.content->>'currency' AS currency, p.name
            FROM sales s
            JOIN revisions r ON r.tenant_id = s.tenant_id AND r.id = s.approved_revision_id
            JOIN providers p ON p.tenant_id = s.tenant_id
            WHERE ($1::uuid IS NULL OR s.tenant_id = $1) AND s.ends_at >= $2 AND NOT s.rehearsal
            ORDER BY s.starts_at DESC LIMIT $3
        ), came AS (
            SELECT v.tenant_id, v.sale_id, count(*) AS visits FROM visits v JOIN chosen c ON c.tenant_id = v.tenant_id AND c.id = v.sale_id GROUP BY 1, 2
        ), liked AS (
            SELECT f.tenant_id, f.sale_id, count(*) AS favourites FROM favourites f JOIN chosen c ON c.tenant_id = f.tenant_id AND c.id = f.sale_id GROUP BY 1, 2
        ), did AS (
            SELECT i.tenant_id, i.sale_id,
                   count(*) FILTER (WHERE i.kind = 'share') AS shares,
                   count(*) FILTER (WHERE i.kind IN ('purchase', 'conversion')) AS purchases,
                   coalesce(sum(i.quantity) FILTER (WHERE i.kind IN ('purchase', 'conversion')), 0)::bigint AS units,
                   coalesce(sum(i.amount_minor) FILTER (WHERE i.kind IN ('purchase', 'conversion')), 0)::bigint AS amount
            FROM interactions i JOIN chosen c ON c.tenant_id = i.tenant_id AND c.id = i.sale_id GROUP BY 1, 2
        ), stocked AS (
            SELECT k.tenant_id, k.sale_id, sum(k.capacity - k.held - k.sold)::bigint AS available
            FROM stock k JOIN chosen c ON c.tenant_id = k.tenant_id AND c.id = k.sale_id GROUP BY 1, 2
        )
        SELECT c.tenant_id, c.id, c.mode, c.starts_at, c.ends_at, c.registration_opens_at, c.registration_closes_at, c.title AS "title!", c.currency AS "currency!", c.name, k.available AS "available?",
               coalesce(v.visits, 0) AS "visits!", coalesce(l.favourites, 0) AS "favourites!", coalesce(d.shares, 0) AS "shares!",
               coalesce(d.purchases, 0) AS "purchases!", coalesce(d.units, 0) AS "units!", coalesce(d.amount, 0) AS "amount!"
        FROM chosen c
        LEFT JOIN came v ON v.tenant_id = c.tenant_id AND v.sale_id = c.id
        LEFT JOIN liked l ON l.tenant_id = c.tenant_id AND l.sale_id = c.id
        LEFT JOIN did d ON d.tenant_id = c.tenant_id AND d.sale_id = c.id
        LEFT JOIN stocked k ON k.tenant_id = c.tenant_id AND k.sale_id = c.id
        ORDER BY c.starts_at DESC
        "#,
        tenant.map(|t| t.0),
        since,
        OVERVIEW_SALES_MAX,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| SaleRow {
            tenant: TenantId(r.tenant_id),
            sale: SaleId(r.id),
            title: r.title,
            provider_name: r.name,
            phase: phase(
                r.starts_at,
                r.ends_at,
                RegistrationWindow::of(r.registration_opens_at, r.registration_closes_at),
                now,
                r.available.filter(|_| r.mode == "hosted"),
            ),
            mode: mode(&r.mode),
            currency: r.currency,
            visits: r.visits,
            favourites: r.favourites,
            shares: r.shares,
            purchases: r.purchases,
            units: r.units,
            revenue_minor: r.amount,
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::step_seconds;

    #[test]
    fn a_series_stays_readable_whatever_its_length() {
        for span in [0, 59, 3_600, 86_400, 7 * 86_400, 60 * 86_400_i64] {
            let step = step_seconds(span);
            #[expect(clippy::cast_precision_loss, reason = "small numbers")]
            let points = span as f64 / step;
            assert!((0.0..=61.0).contains(&points), "{span} s in steps of {step} s");
        }
    }
}
