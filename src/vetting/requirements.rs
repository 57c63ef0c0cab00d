//! A provider's checklist: which requirements apply to it, and where each stands.

use poem_openapi::Enum;
use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{
    application::{self, Application},
    definitions::{self, Definition},
    rules,
    steps::{self, RequirementStep, Step},
};
use crate::{
    kernel::{Error, Result, TenantId},
    providers::{self, Provider},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, sqlx::Type, strum::IntoStaticStr)]
#[oai(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum RequirementState {
    Open,
    Submitted,
    Met,
    Refused,
    Waived,
    Expired,
}

/// One requirement of a provider's checklist.
#[derive(Debug, Clone)]
pub struct Requirement {
    /// The version that the provider answered; the one in force while it is open.
    pub definition: Definition,
    pub state: RequirementState,
    /// Until when it stays met.
    pub expires_at: Option<OffsetDateTime>,
    /// Whether SMP asks it of this provider now: it is in force and applies.
    pub asked: bool,
    /// Oldest first.
    pub history: Vec<Step>,
}

impl Requirement {
    /// Whether nothing is left to do about it.
    pub fn is_settled(&self) -> bool {
        matches!(self.state, RequirementState::Met | RequirementState::Waived)
    }

    pub fn last_answer(&self) -> Option<&Step> {
        self.history.iter().rev().find(|step| step.kind == RequirementStep::Answered)
    }

    pub fn last_decision(&self) -> Option<&Step> {
        self.history.iter().rev().find(|step| step.kind != RequirementStep::Answered)
    }
}

/// A provider with its application and its checklist.
pub struct Checklist {
    pub provider: Provider,
    pub application: Application,
    /// By title. Those that no longer apply are among them once something happened to them.
    pub requirements: Vec<Requirement>,
}

impl Checklist {
    /// The requirement of this code; unknown is an error.
    pub fn requirement(&self, code: &str) -> Result<&Requirement> {
        let found = self.requirements.iter().find(|entry| entry.definition.code == code);
        found.ok_or(Error::NotFound("requirement"))
    }

    /// What the application lacks before it can be handed in.
    pub fn missing(&self) -> Vec<rules::MissingField> {
        let mut missing = rules::missing_fields(&self.application);
        let unanswered = self.requirements.iter().filter(|requirement| {
            let definition = &requirement.definition;
            requirement.state == RequirementState::Open
                && requirement.asked
                && definition.application_field.is_none()
                && definition.method != definitions::RequirementMethod::Review
        });
        missing.extend(unanswered.map(|requirement| rules::MissingField {
            field: format!("requirements.{}", requirement.definition.code),
            message: format!("Answer the requirement “{}”", requirement.definition.title),
        }));
        missing
    }
}

/// Where a provider stands. Its row is locked first if `lock` says so.
pub async fn checklist(conn: &mut PgConnection, tenant: TenantId, lock: bool) -> Result<Checklist> {
    let provider = if lock {
        providers::lock(conn, tenant).await?
    } else {
        providers::get(conn, tenant).await?
    };
    let application = application::find(conn, tenant).await?;
    let known = definitions::known_to(conn, tenant).await?;
    let rows = sqlx::query!(
        r#"SELECT code, version, state AS "state: RequirementState", expires_at
           FROM requirements WHERE tenant_id = $1"#,
        tenant.0,
    )
    .fetch_all(&mut *conn)
    .await?;
    let steps = steps::list(conn, tenant).await?;
    let mut requirements = vec![];
    for definition in &known {
        let newest = newest_of(&known, definition);
        let asked =
            newest.active && rules::applies(newest, &provider.product_category, &application);
        let row = rows.iter().find(|row| row.code == definition.code);
        let (state, expires_at) = match row {
            Some(row) if row.version == definition.version => (row.state, row.expires_at),
            None if asked && newest.version == definition.version => (RequirementState::Open, None),
            _ => continue,
        };
        requirements.push(Requirement {
            definition: definition.clone(),
            state,
            expires_at,
            asked,
            history: steps.iter().filter(|step| step.code == definition.code).cloned().collect(),
        });
    }
    Ok(Checklist { provider, application, requirements })
}

fn newest_of<'a>(known: &'a [Definition], definition: &'a Definition) -> &'a Definition {
    let same = known.iter().filter(|other| other.code == definition.code);
    same.max_by_key(|other| other.version).unwrap_or(definition)
}

/// Writes where a requirement stands, and the step that brought it there.
pub async fn advance(
    conn: &mut PgConnection,
    tenant: TenantId,
    state: RequirementState,
    expires_at: Option<OffsetDateTime>,
    step: &Step,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO requirements (tenant_id, code, version, state, expires_at)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (tenant_id, code) DO UPDATE
         SET version = $3, state = $4, expires_at = $5,
             warned_at = CASE WHEN $4 IN ('met', 'waived') THEN NULL
                              ELSE requirements.warned_at END,
             lapsed_at = CASE WHEN $4 IN ('met', 'waived') THEN NULL
                              ELSE requirements.lapsed_at END",
        tenant.0,
        step.code,
        step.version,
        state.into_str(),
        expires_at,
    )
    .execute(&mut *conn)
    .await?;
    steps::append(conn, tenant, step).await
}
