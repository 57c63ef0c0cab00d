//! Calendar files that emails bring.

use sqlx::PgConnection;

use crate::kernel::{Result, TenantId};

/// Attaches a calendar to messages that were queued in this transaction, by their dedupe keys.
pub async fn attach(
    conn: &mut PgConnection,
    tenant: TenantId,
    dedupe_keys: &[String],
    calendar: &str,
) -> Result<()> {
    sqlx::query!(
        "UPDATE messages SET calendar = $3
         WHERE tenant_id = $1 AND dedupe_key = ANY($2) AND state = 'queued' AND channel = 'email'",
        tenant.0,
        dedupe_keys,
        calendar,
    )
    .execute(conn)
    .await?;
    Ok(())
}
