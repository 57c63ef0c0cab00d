//! The audit log: every privileged action, who did it, and what it changed. Append-only.

use serde::Serialize;
use sqlx::PgConnection;
use uuid::Uuid;

use super::actor::Actor;
use crate::kernel::{Result, TenantId};

/// Writes an entry in the transaction of the action. `action` is the operation's id; `subject` is
/// what it changed: `sale 0190…`.
pub async fn record(
    conn: &mut PgConnection,
    actor: Actor,
    tenant: TenantId,
    action: &str,
    subject: &str,
    details: &impl Serialize,
) -> Result<()> {
    let (kind, id) = match actor {
        Actor::Account(id) => ("account", Some(id.0)),
        Actor::ApiKey(id) => ("api_key", Some(id.0)),
        Actor::System => ("system", None),
    };
    let details = serde_json::to_value(details).map_err(anyhow::Error::from)?;
    sqlx::query!(
        "INSERT INTO audit_log (tenant_id, id, actor_id, actor, action, subject, details)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        tenant.0,
        Uuid::now_v7(),
        id,
        kind,
        action,
        subject,
        details,
    )
    .execute(conn)
    .await?;
    Ok(())
}
