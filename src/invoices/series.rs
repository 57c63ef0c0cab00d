//! Numbers of invoices: without a gap and without a twin, per issuer and year.

use sqlx::PgConnection;
use time::OffsetDateTime;

use super::rules;
use crate::kernel::{Result, TenantId};

/// The next number of an issuer, in the year of its time zone. The issuer's series is locked until the
/// transaction ends: if it is rolled back, the next one gets this number.
pub async fn next_number(
    conn: &mut PgConnection,
    issuer: TenantId,
    prefix: &str,
    time_zone: &str,
    at: OffsetDateTime,
) -> Result<String> {
    let series = sqlx::query!(
        r#"INSERT INTO invoice_series AS s (tenant_id, year, next_number)
           VALUES ($1, extract(year FROM $2::timestamptz AT TIME ZONE $3)::int, 2)
           ON CONFLICT (tenant_id, year) DO UPDATE SET next_number = s.next_number + 1
           RETURNING year, next_number - 1 AS "nth!""#,
        issuer.0,
        at,
        time_zone,
    );
    let series = series.fetch_one(conn).await?;
    Ok(rules::number(prefix, series.year, series.nth))
}
