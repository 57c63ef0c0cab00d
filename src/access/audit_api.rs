//! The API of the audit log.

use poem_openapi::{Object, OpenApi, param::Query, payload::Json};
use time::OffsetDateTime;

use super::{api::Tag, caller::Staff};
use crate::{
    kernel::{Page, PageQuery, Result, TenantId},
    platform::Platform,
};

pub struct AuditApi {
    pub platform: Platform,
}

#[derive(Object)]
struct AuditEntry {
    id: uuid::Uuid,
    /// The provider it is about; null for SMP itself.
    tenant_id: Option<TenantId>,
    /// `account`, `api_key` or `system`.
    actor: String,
    /// The account's name; null unless an account did it.
    actor_name: Option<String>,
    /// The operation, or what the system did.
    action: String,
    /// What it was done to: its kind, then its id.
    subject: String,
    /// What was set; its fields depend on the action.
    details: serde_json::Value,
    created_at: OffsetDateTime,
}

#[OpenApi(tag = "Tag::Access")]
impl AuditApi {
    /// The audit log, newest first
    ///
    /// Who did what: every change that a member of a team, an API key or the system made, across
    /// providers. `subject` names the thing by kind and id, `details` holds what was set.
    #[oai(path = "/audit", method = "get", operation_id = "audit_list")]
    async fn audit_list(
        &self,
        _staff: Staff,
        /// `next_cursor` of the page before; leave it out for the first page.
        cursor: Query<Option<String>>,
        /// Entries on the page: 1 to 100, 25 by default.
        limit: Query<Option<u32>>,
    ) -> Result<Json<Page<AuditEntry>>> {
        let page = PageQuery::new(cursor.0.as_deref(), limit.0)?;
        let mut tx = self.platform.db.platform("audit").await?;
        let rows = sqlx::query!(
            r#"
            SELECT l.tenant_id, l.id, l.actor, a.name AS "actor_name?", l.action, l.subject,
                   l.details, l.created_at
            FROM audit_log l LEFT JOIN accounts a ON a.id = l.actor_id
            WHERE (l.created_at, l.id) < ($1, $2)
            ORDER BY l.created_at DESC, l.id DESC LIMIT $3
            "#,
            page.before_at(),
            page.before_id(),
            page.fetch(),
        )
        .fetch_all(&mut *tx)
        .await?;
        Ok(Json(page.page(
            rows,
            |row| (row.created_at, row.id),
            |row| AuditEntry {
                id: row.id,
                tenant_id: Some(TenantId(row.tenant_id)).filter(|t| *t != TenantId::PLATFORM),
                actor: row.actor,
                actor_name: row.actor_name,
                action: row.action,
                subject: row.subject,
                details: row.details,
                created_at: row.created_at,
            },
        )))
    }
}
