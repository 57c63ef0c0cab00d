//! Visits of sales that ended long ago: their figures are kept, they themselves are deleted.
//!
//! A sale's visits before `visit_archives.until` are counted once and stored as sums; reports add
//! what came later. Visits that led to a purchase stay, so that a refund still finds its buyer.

use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::kernel::{Result, ids};

/// Holds of a sale are made from this long before its start, by a wrong clock, to this long after
/// its end, for the waitlist.
const HOLDS_MARGIN: Duration = Duration::days(2);

/// Counts the visits from before this time of one sale that ended before it. Returns whether there
/// was one. Platform scope.
pub async fn archive_visits(conn: &mut PgConnection, before: OffsetDateTime) -> Result<bool> {
    let due = sqlx::query!(
        r#"
        SELECT s.tenant_id, s.id,
               coalesce((r.content->>'starts_at')::timestamptz, s.starts_at) AS "starts_at!",
               coalesce((r.content->>'ends_at')::timestamptz, s.ends_at) AS "ends_at!"
        FROM sales s
        LEFT JOIN revisions r ON r.tenant_id = s.tenant_id AND r.id = s.approved_revision_id
        LEFT JOIN visit_archives a ON a.tenant_id = s.tenant_id AND a.sale_id = s.id
        WHERE coalesce((r.content->>'ends_at')::timestamptz, s.ends_at) < $1
          AND EXISTS (
              SELECT FROM visits v
              WHERE v.tenant_id = s.tenant_id AND v.sale_id = s.id AND v.started_at < $1
                AND (a.until IS NULL OR v.started_at >= a.until)
          )
        LIMIT 1
        "#,
        before,
    )
    .fetch_optional(&mut *conn)
    .await?;
    let Some(sale) = due else { return Ok(false) };
    count_points(conn, sale.tenant_id, sale.id, before).await?;
    count_hours(conn, sale.tenant_id, sale.id, before).await?;
    // Last, because it moves the time from which visits are counted one by one.
    let holds = (sale.starts_at - HOLDS_MARGIN, sale.ends_at + HOLDS_MARGIN);
    count_visitors(conn, sale.tenant_id, sale.id, before, holds).await?;
    Ok(true)
}

async fn count_points(
    conn: &mut PgConnection,
    tenant: Uuid,
    sale: Uuid,
    before: OffsetDateTime,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO visit_archive_points AS a
             (tenant_id, sale_id, access_point_id, visits, visitors)
         SELECT $1, $2, coalesce(access_point_id, '00000000-0000-0000-0000-000000000000'),
                count(*), count(DISTINCT visitor_id)
         FROM visits
         WHERE tenant_id = $1 AND sale_id = $2 AND started_at < $3
           AND started_at >= (SELECT visits_since($1, $2))
         GROUP BY 3
         ON CONFLICT (tenant_id, sale_id, access_point_id) DO UPDATE SET
             visits = a.visits + excluded.visits, visitors = a.visitors + excluded.visitors",
        tenant,
        sale,
        before,
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn count_hours(
    conn: &mut PgConnection,
    tenant: Uuid,
    sale: Uuid,
    before: OffsetDateTime,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO visit_archive_hours AS a (tenant_id, sale_id, hour, visits)
         SELECT $1, $2, date_trunc('hour', started_at, 'UTC'), count(*)
         FROM visits
         WHERE tenant_id = $1 AND sale_id = $2 AND started_at < $3
           AND started_at >= (SELECT visits_since($1, $2))
         GROUP BY 3
         ON CONFLICT (tenant_id, sale_id, hour) DO UPDATE SET visits = a.visits + excluded.visits",
        tenant,
        sale,
        before,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The steps are those of `funnel`. A visitor who bought has taken all of them. `holds` is the time in
/// which the sale's holds were made.
async fn count_visitors(
    conn: &mut PgConnection,
    tenant: Uuid,
    sale: Uuid,
    before: OffsetDateTime,
    holds: (OffsetDateTime, OffsetDateTime),
) -> Result<()> {
    sqlx::query!(
        "
        WITH taken AS (
            SELECT visit_id, CASE kind
                WHEN 'click_out' THEN 1 WHEN 'checkout' THEN 2 WHEN 'address' THEN 3 ELSE 4
            END AS step
            FROM interactions
            WHERE tenant_id = $1 AND sale_id = $2
              AND kind IN
                  ('click_out', 'checkout', 'address', 'payment', 'purchase', 'conversion')
            UNION ALL
            SELECT visit_id, 1 FROM holds
            WHERE tenant_id = $1 AND sale_id = $2 AND id BETWEEN $4 AND $5
        ), steps AS (
            SELECT visit_id, max(step) AS step FROM taken GROUP BY 1
        ), furthest AS (
            SELECT v.visitor_id, count(*) AS visits, coalesce(max(t.step), 0) AS step,
                   sum(v.seconds_on_page) AS seconds,
                   count(*) FILTER (WHERE v.seconds_on_page > 0) AS timed
            FROM visits v LEFT JOIN steps t ON t.visit_id = v.id
            WHERE v.tenant_id = $1 AND v.sale_id = $2 AND v.started_at < $3
              AND v.started_at >= (SELECT visits_since($1, $2))
            GROUP BY 1
        )
        INSERT INTO visit_archives AS a (
            tenant_id, sale_id, until, visits, visitors, chose, began, addressed, paid,
            seconds_on_page, timed_visits
        )
        SELECT $1, $2, $3, sum(visits), count(*), count(*) FILTER (WHERE step >= 1),
               count(*) FILTER (WHERE step >= 2), count(*) FILTER (WHERE step >= 3),
               count(*) FILTER (WHERE step >= 4), sum(seconds), sum(timed)
        FROM furthest
        ON CONFLICT (tenant_id, sale_id) DO UPDATE SET
            until = excluded.until, is_cleared = false,
            visits = a.visits + excluded.visits, visitors = a.visitors + excluded.visitors,
            chose = a.chose + excluded.chose, began = a.began + excluded.began,
            addressed = a.addressed + excluded.addressed, paid = a.paid + excluded.paid,
            seconds_on_page = a.seconds_on_page + excluded.seconds_on_page,
            timed_visits = a.timed_visits + excluded.timed_visits
        ",
        tenant,
        sale,
        before,
        ids::lowest_at(holds.0),
        ids::lowest_at(holds.1),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Deletes visits that are counted in an archive and led to no purchase. Returns how many, `max` at
/// most. Platform scope.
pub async fn delete_archived_visits(conn: &mut PgConnection, max: i64) -> Result<u64> {
    let sale = sqlx::query!(
        "SELECT tenant_id, sale_id, until FROM visit_archives WHERE NOT is_cleared LIMIT 1"
    )
    .fetch_optional(&mut *conn)
    .await?;
    let Some(sale) = sale else { return Ok(0) };
    let deleted = sqlx::query!(
        "
        DELETE FROM visits WHERE (tenant_id, id) IN (
            SELECT v.tenant_id, v.id FROM visits v
            WHERE v.tenant_id = $1 AND v.sale_id = $2 AND v.started_at < $3 AND NOT EXISTS (
                SELECT FROM interactions i
                WHERE i.tenant_id = $1 AND i.sale_id = $2 AND i.visit_id = v.id
                  AND i.kind IN ('purchase', 'conversion')
            )
            ORDER BY v.started_at LIMIT $4
        )
        ",
        sale.tenant_id,
        sale.sale_id,
        sale.until,
        max,
    )
    .execute(&mut *conn)
    .await?
    .rows_affected();
    if deleted < max.unsigned_abs() {
        sqlx::query!(
            "UPDATE visit_archives SET is_cleared = true WHERE tenant_id = $1 AND sale_id = $2",
            sale.tenant_id,
            sale.sale_id,
        )
        .execute(conn)
        .await?;
        // There may be another sale.
        return Ok(deleted.max(1));
    }
    Ok(deleted)
}
