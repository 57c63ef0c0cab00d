//! Refunds that a gateway refused, and those that a provider makes, in SQL.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::state::RefundState;
use crate::kernel::{RefundId, Result, TenantId};

/// Keeps why a gateway refused a refund. Returns whether the one it is another try of was refused too.
pub async fn refund_fail(
    conn: &mut PgConnection,
    id: RefundId,
    reason: &str,
    now: OffsetDateTime,
) -> Result<bool> {
    let again = sqlx::query_scalar!(
        r#"UPDATE refunds SET failure = $2, failed_at = coalesce(failed_at, $3)
           WHERE id = $1 RETURNING failed_at < $3 AS "again!""#,
        id.0,
        reason,
        now,
    );
    Ok(again.fetch_one(conn).await?)
}

/// Notes that a refund that was made has failed after all: its money came back. `emptied_order`: everything of its
/// order had been given back. False when it is not made.
pub async fn refund_undo(
    conn: &mut PgConnection,
    id: RefundId,
    emptied_order: bool,
    now: OffsetDateTime,
) -> Result<bool> {
    let undone = sqlx::query!(
        "UPDATE refunds SET state = 'failed', settled_at = $2, made_before = true,
             emptied_order = $3
         WHERE id = $1 AND state = 'succeeded'",
        id.0,
        now,
        emptied_order,
    )
    .execute(conn)
    .await?;
    Ok(undone.rows_affected() == 1)
}

/// Notes that a refused refund is tried again by another one, which is inserted; false when it was
/// tried again or paid another way already. The new one keeps its provider, since when it is late, and whether
/// it was made before.
pub async fn refund_retried(conn: &mut PgConnection, id: RefundId, by: RefundId) -> Result<bool> {
    let noted = sqlx::query!(
        "WITH refused AS (
             UPDATE refunds SET retried_as = $2
             WHERE id = $1 AND state = 'failed' AND retried_as IS NULL
             RETURNING failed_at, provider_id, made_before, emptied_order
         )
         UPDATE refunds r SET failed_at = refused.failed_at, provider_id = refused.provider_id,
             made_before = refused.made_before, emptied_order = refused.emptied_order
         FROM refused WHERE r.id = $2",
        id.0,
        by.0,
    )
    .execute(conn)
    .await?;
    Ok(noted.rows_affected() == 1)
}

/// Notes that a refused refund was paid after all (`to`): by its gateway, or another way, as `note`
/// says. False when it was tried again or paid already.
pub async fn refund_settle_late(
    conn: &mut PgConnection,
    id: RefundId,
    to: RefundState,
    note: &str,
    now: OffsetDateTime,
) -> Result<bool> {
    let settled = sqlx::query!(
        "UPDATE refunds SET state = $4, settled_note = $2, settled_at = $3
         WHERE id = $1 AND state = 'failed' AND retried_as IS NULL",
        id.0,
        note,
        now,
        to as RefundState,
    )
    .execute(conn)
    .await?;
    Ok(settled.rows_affected() == 1)
}

/// Notes which provider made some refunds.
pub async fn note_provider(
    conn: &mut PgConnection,
    refunds: &[RefundId],
    provider: TenantId,
) -> Result<()> {
    let ids: Vec<Uuid> = refunds.iter().map(|refund| refund.0).collect();
    sqlx::query!("UPDATE refunds SET provider_id = $2 WHERE id = ANY($1)", &ids, provider.0)
        .execute(conn)
        .await?;
    Ok(())
}

/// What a provider has refunded in a currency since a time, in minor units; what its gateway refused is
/// left out. Serialises the provider's refunds until the transaction ends.
pub async fn refunded_by_provider(
    conn: &mut PgConnection,
    provider: TenantId,
    currency: &str,
    since: OffsetDateTime,
) -> Result<i64> {
    sqlx::query!(
        "SELECT pg_advisory_xact_lock(hashtextextended('refunds of provider ' || $1, 0))",
        provider.to_string(),
    )
    .fetch_one(&mut *conn)
    .await?;
    let sum = sqlx::query_scalar!(
        r#"SELECT coalesce(sum(amount_minor), 0)::bigint AS "sum!" FROM refunds
           WHERE provider_id = $1 AND currency = $2 AND created_at > $3 AND state <> 'failed'"#,
        provider.0,
        currency,
        since,
    );
    Ok(sum.fetch_one(conn).await?)
}
