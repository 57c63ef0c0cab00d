//! The audit log: every privileged action, who did it, and what it changed. Append-only.

use serde::Serialize;
use sqlx::PgConnection;
use time::OffsetDateTime;
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
    let (kind, id) = actor.stored();
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

/// Which entries a list shows; None leaves a condition out.
#[derive(Debug, Default)]
pub struct AuditFilter {
    /// In the name or email address of the account, or in the name of the API key.
    pub by: Option<String>,
    pub action: Option<String>,
    pub tenant: Option<TenantId>,
    /// In the subject or the details.
    pub text: Option<String>,
    pub since: Option<OffsetDateTime>,
    pub until: Option<OffsetDateTime>,
}

/// An entry, with the names of the account or API key that did it, and of the provider.
#[derive(Debug)]
pub struct AuditRow {
    pub tenant_id: Uuid,
    pub id: Uuid,
    pub actor: String,
    pub actor_name: Option<String>,
    pub provider_name: Option<String>,
    pub action: String,
    pub subject: String,
    pub details: serde_json::Value,
    pub created_at: OffsetDateTime,
}

/// Entries before a position, newest first, at most `limit`. Needs the platform scope.
pub async fn list(
    conn: &mut PgConnection,
    filter: &AuditFilter,
    before: (OffsetDateTime, Uuid),
    limit: i64,
) -> Result<Vec<AuditRow>> {
    let rows = sqlx::query_as!(
        AuditRow,
        r#"
        SELECT l.tenant_id, l.id, l.actor, coalesce(a.name, k.name) AS actor_name,
               p.name AS "provider_name?", l.action, l.subject, l.details, l.created_at
        FROM audit_log l
        LEFT JOIN accounts a ON a.id = l.actor_id
        LEFT JOIN api_keys k ON k.tenant_id = l.tenant_id AND k.id = l.actor_id
        LEFT JOIN providers p ON p.tenant_id = l.tenant_id
        WHERE (l.created_at, l.id) < ($1, $2)
          AND ($3::text IS NULL OR strpos(lower(a.name), lower($3)) > 0
               OR strpos(a.email, lower($3)) > 0 OR strpos(lower(k.name), lower($3)) > 0)
          AND ($4::text IS NULL OR l.action = $4)
          AND ($5::uuid IS NULL OR l.tenant_id = $5)
          AND ($6::text IS NULL OR strpos(lower(l.subject), lower($6)) > 0
               OR strpos(lower(l.details::text), lower($6)) > 0)
          AND ($7::timestamptz IS NULL OR l.created_at >= $7)
          AND ($8::timestamptz IS NULL OR l.created_at < $8)
        ORDER BY l.created_at DESC, l.id DESC LIMIT $9
        "#,
        before.0,
        before.1,
        filter.by,
        filter.action,
        filter.tenant.map(|tenant| tenant.0),
        filter.text,
        filter.since,
        filter.until,
        limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows)
}
