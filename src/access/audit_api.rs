//! The API of the audit log: a list that can be filtered, and the same as CSV.

use poem_openapi::{
    ApiResponse, Object, OpenApi,
    param::Query,
    payload::{Json, PlainText},
};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{
    api::Tag,
    audit::{self, AuditFilter, AuditRow},
    caller::Staff,
};
use crate::{
    kernel::{Csv, FieldError, Page, PageQuery, Result, TenantId, validate},
    platform::Platform,
};

/// Most entries in a CSV file; the newest are in it.
const CSV_ROWS_MAX: i64 = 10_000;
const CSV_HEADER: [&str; 7] = ["time", "by", "by_kind", "provider", "action", "subject", "details"];

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
    /// The name of the account or of the API key; null when the system did it.
    actor_name: Option<String>,
    /// The operation, or what the system did.
    action: String,
    /// What it was done to: its kind, then its id.
    subject: String,
    /// What was set; its fields depend on the action.
    details: serde_json::Value,
    created_at: OffsetDateTime,
}

impl From<AuditRow> for AuditEntry {
    fn from(row: AuditRow) -> Self {
        Self {
            id: row.id,
            tenant_id: Some(TenantId(row.tenant_id)).filter(|t| *t != TenantId::PLATFORM),
            actor: row.actor,
            actor_name: row.actor_name,
            action: row.action,
            subject: row.subject,
            details: row.details,
            created_at: row.created_at,
        }
    }
}

#[derive(ApiResponse)]
enum AuditCsv {
    /// One line an entry, newest first, at most 10,000. UTF-8 with a byte order mark.
    #[oai(status = 200, content_type = "text/csv")]
    Csv(PlainText<String>, #[oai(header = "Content-Disposition")] String),
}

#[OpenApi(tag = "Tag::Access")]
impl AuditApi {
    /// The audit log, newest first
    ///
    /// Who did what: every change that a member of a team, an API key or the system made, across
    /// providers. `subject` names the thing by kind and id, `details` holds what was set.
    #[oai(path = "/audit", method = "get", operation_id = "audit_list")]
    #[expect(clippy::too_many_arguments, reason = "each is a filter of the address")]
    async fn audit_list(
        &self,
        _staff: Staff,
        /// Text in the name or email address of who did it, or in the name of the API key.
        by: Query<Option<String>>,
        /// The operation's id: `sale_halt`.
        action: Query<Option<String>>,
        /// Only what was done at this provider.
        tenant: Query<Option<TenantId>>,
        /// Text in what was changed, or in the details: a title, a slug, an id.
        q: Query<Option<String>>,
        /// The earliest time.
        since: Query<Option<OffsetDateTime>>,
        /// The time before which it was done.
        until: Query<Option<OffsetDateTime>>,
        /// `next_cursor` of the page before; leave it out for the first page.
        cursor: Query<Option<String>>,
        /// Entries on the page: 1 to 100, 25 by default.
        limit: Query<Option<u32>>,
    ) -> Result<Json<Page<AuditEntry>>> {
        let page = PageQuery::new(cursor.0.as_deref(), limit.0)?;
        let filter = filter(by.0, action.0, tenant.0, q.0, since.0, until.0)?;
        let mut tx = self.platform.db.platform("audit").await?;
        let before = (page.before_at(), page.before_id());
        let rows = audit::list(&mut tx, &filter, before, page.fetch()).await?;
        Ok(Json(page.page(rows, |row| (row.created_at, row.id), AuditEntry::from)))
    }

    /// The audit log as CSV, newest first
    ///
    /// The newest 10,000 entries that match, one line each, in UTF-8 with a byte order mark. The
    /// filters are those of `audit_list`.
    #[oai(path = "/audit.csv", method = "get", operation_id = "audit_csv")]
    #[expect(clippy::too_many_arguments, reason = "each is a filter of the address")]
    async fn audit_csv(
        &self,
        _staff: Staff,
        /// Text in the name or email address of who did it, or in the name of the API key.
        by: Query<Option<String>>,
        /// The operation's id: `sale_halt`.
        action: Query<Option<String>>,
        /// Only what was done at this provider.
        tenant: Query<Option<TenantId>>,
        /// Text in what was changed, or in the details: a title, a slug, an id.
        q: Query<Option<String>>,
        /// The earliest time.
        since: Query<Option<OffsetDateTime>>,
        /// The time before which it was done.
        until: Query<Option<OffsetDateTime>>,
    ) -> Result<AuditCsv> {
        let filter = filter(by.0, action.0, tenant.0, q.0, since.0, until.0)?;
        let all = PageQuery::new(None, None)?;
        let mut tx = self.platform.db.platform("audit").await?;
        let before = (all.before_at(), all.before_id());
        let rows = audit::list(&mut tx, &filter, before, CSV_ROWS_MAX).await?;
        let mut table = Csv::new(&CSV_HEADER)?;
        for row in &rows {
            table.row([
                &row.created_at.format(&Rfc3339).map_err(anyhow::Error::from)?,
                row.actor_name.as_deref().unwrap_or(""),
                &row.actor,
                row.provider_name.as_deref().unwrap_or(""),
                &row.action,
                &row.subject,
                &row.details.to_string(),
            ])?;
        }
        Ok(AuditCsv::Csv(
            PlainText(table.finish()?),
            "attachment; filename=\"audit.csv\"".to_owned(),
        ))
    }
}

fn filter(
    by: Option<String>,
    action: Option<String>,
    tenant: Option<TenantId>,
    text: Option<String>,
    since: Option<OffsetDateTime>,
    until: Option<OffsetDateTime>,
) -> Result<AuditFilter> {
    if since.zip(until).is_some_and(|(since, until)| since >= until) {
        return Err(FieldError::new("until", "Must be after since").into());
    }
    let given = |parameter: &str, text: Option<String>| {
        validate::search(parameter, text.as_deref()).map(|text| text.map(str::to_owned))
    };
    Ok(AuditFilter {
        by: given("by", by)?,
        action: given("action", action)?,
        tenant,
        text: given("q", text)?,
        since,
        until,
    })
}
