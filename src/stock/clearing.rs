//! Deleting what holds and the waitlist leave behind. The receipt stays, and so does what was sold.

use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::kernel::{Result, ids};

/// Deletes holds from before this time whose units were given back. Returns how many, `max` at most.
/// The counters stay: they count held and sold units only from holds in those states. Platform scope.
pub async fn delete_freed_holds(
    conn: &mut PgConnection,
    before: OffsetDateTime,
    max: i64,
) -> Result<u64> {
    let deleted = sqlx::query!(
        "DELETE FROM holds WHERE (id, tenant_id) IN (
             SELECT id, tenant_id FROM holds
             WHERE state IN ('released', 'expired') AND id < $1 AND resolved_at < $2
             ORDER BY id LIMIT $3 FOR UPDATE SKIP LOCKED
         )",
        ids::lowest_at(before),
        before,
        max,
    );
    Ok(deleted.execute(conn).await?.rows_affected())
}

/// Deletes waitlist entries from before this time that wait for nothing more. Returns how many, `max`
/// at most. Platform scope.
pub async fn delete_resolved_entries(
    conn: &mut PgConnection,
    before: OffsetDateTime,
    max: i64,
) -> Result<u64> {
    let deleted = sqlx::query!(
        "DELETE FROM waitlist WHERE (id, tenant_id) IN (
             SELECT id, tenant_id FROM waitlist
             WHERE state NOT IN ('waiting', 'offered') AND id < $1 AND resolved_at < $2
             ORDER BY id LIMIT $3 FOR UPDATE SKIP LOCKED
         )",
        ids::lowest_at(before),
        before,
        max,
    );
    Ok(deleted.execute(conn).await?.rows_affected())
}
