//! What becomes of checkouts by the clock.

use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::{kernel::Result, platform::Platform};

/// Checkouts that one transaction abandons, at most.
const BATCH: i64 = 500;

/// Abandons open checkouts of which nothing is held any more. What was typed stays, and one whose holds
/// were paid is placed when its shopper asks again. Returns how many.
pub async fn abandon_ended(platform: &Platform) -> Result<u64> {
    let mut tx = platform.db.platform("abandon checkouts").await?;
    let abandoned = sqlx::query!(
        "UPDATE checkouts SET state = 'abandoned' WHERE state = 'open' AND id IN (
             SELECT c.id FROM checkouts c
             WHERE c.state = 'open' AND NOT EXISTS (
                 SELECT FROM holds h WHERE h.id = ANY(c.hold_ids) AND h.state IN ('held', 'sold'))
             LIMIT $1 FOR UPDATE SKIP LOCKED)",
        BATCH
    )
    .execute(&mut *tx)
    .await?
    .rows_affected();
    tx.commit().await?;
    Ok(abandoned)
}

/// Deletes checkouts that were not changed since `before`, at most `limit`. What became an order is
/// kept with it. Platform scope.
pub async fn delete_unchanged(
    conn: &mut PgConnection,
    before: OffsetDateTime,
    limit: i64,
) -> Result<u64> {
    let deleted = sqlx::query!(
        "DELETE FROM checkouts WHERE id IN (
             SELECT id FROM checkouts WHERE updated_at < $1 ORDER BY updated_at LIMIT $2)",
        before,
        limit
    );
    Ok(deleted.execute(conn).await?.rows_affected())
}
