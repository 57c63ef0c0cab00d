//! Deleting old messages: first what they say, then that they were sent.

use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::kernel::Result;

/// In place of a body that was removed.
const REMOVED: &str = "(removed: the message is old)";

/// Removes the bodies of messages that were written before this time and are not waiting. Returns how
/// many, `max` at most. Platform scope.
pub async fn remove_bodies(
    conn: &mut PgConnection,
    before: OffsetDateTime,
    now: OffsetDateTime,
    max: i64,
) -> Result<u64> {
    let removed = sqlx::query!(
        "UPDATE messages SET body_text = $4, body_html = NULL, body_removed_at = $3
         WHERE (tenant_id, id) IN (
             SELECT tenant_id, id FROM messages
             WHERE body_removed_at IS NULL AND created_at < $1 AND state <> 'queued'
             ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED
         )",
        before,
        max,
        now,
        REMOVED,
    );
    Ok(removed.execute(conn).await?.rows_affected())
}

/// Deletes messages that were written before this time, whatever became of them. Returns how many,
/// `max` at most. Platform scope.
pub async fn delete_messages(
    conn: &mut PgConnection,
    before: OffsetDateTime,
    max: i64,
) -> Result<u64> {
    let deleted = sqlx::query!(
        "DELETE FROM messages WHERE (tenant_id, id) IN (
             SELECT tenant_id, id FROM messages WHERE created_at < $1
             ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED
         )",
        before,
        max,
    );
    Ok(deleted.execute(conn).await?.rows_affected())
}

/// Deletes notices of the mail service that were received before this time. Returns how many, `max` at
/// most. Platform scope.
pub async fn delete_mail_notices(
    conn: &mut PgConnection,
    before: OffsetDateTime,
    max: i64,
) -> Result<u64> {
    let deleted = sqlx::query!(
        "DELETE FROM mail_notices WHERE id IN (
             SELECT id FROM mail_notices WHERE received_at < $1
             ORDER BY received_at LIMIT $2 FOR UPDATE SKIP LOCKED
         )",
        before,
        max,
    );
    Ok(deleted.execute(conn).await?.rows_affected())
}
