//! Vetting: the checklist, the application that answers it, the decisions on requirements and on the
//! provider.

use poem_openapi::Enum;
use serde_json::json;
use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{provider::ProviderState, rules::CheckedApplication, store};
use crate::{
    access::{Actor, audit},
    events,
    kernel::{AccountId, Error, Result, TenantId},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, sqlx::Type, strum::IntoStaticStr)]
#[oai(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum RequirementKind {
    BusinessRegistration,
    References,
    ProductCategory,
    Regions,
}

impl RequirementKind {
    pub const ALL: [Self; 4] =
        [Self::BusinessRegistration, Self::References, Self::ProductCategory, Self::Regions];
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, sqlx::Type)]
#[oai(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
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
    pub kind: RequirementKind,
    pub state: RequirementState,
    pub evidence: String,
    pub note: String,
    pub decided_at: Option<OffsetDateTime>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, strum::IntoStaticStr)]
#[oai(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum RequirementDecision {
    Met,
    Refused,
    Waived,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, strum::IntoStaticStr)]
#[oai(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum ProviderDecision {
    Approve,
    Reject,
    Suspend,
    Reinstate,
}

/// Creates the checklist of a new provider.
pub async fn open(conn: &mut PgConnection, tenant: TenantId) -> Result<()> {
    let kinds: Vec<String> =
        RequirementKind::ALL.iter().map(|kind| kind.into_str().to_owned()).collect();
    sqlx::query!(
        "INSERT INTO requirements (tenant_id, kind) SELECT $1, kind FROM UNNEST($2::text[]) AS kind",
        tenant.0,
        &kinds
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn list(conn: &mut PgConnection, tenant: TenantId) -> Result<Vec<Requirement>> {
    let requirements = sqlx::query_as!(
        Requirement,
        r#"
        SELECT kind AS "kind: RequirementKind", state AS "state: RequirementState", evidence, note,
               decided_at
        FROM requirements WHERE tenant_id = $1
        ORDER BY array_position(
            ARRAY['business_registration', 'references', 'product_category', 'regions'], kind)
        "#,
        tenant.0,
    )
    .fetch_all(conn)
    .await?;
    Ok(requirements)
}

/// invited → applied → under review: keeps what the owner tells and hands it in as evidence.
pub async fn apply(
    conn: &mut PgConnection,
    tenant: TenantId,
    application: &CheckedApplication,
    actor: Actor,
    now: OffsetDateTime,
) -> Result<()> {
    let provider = store::lock(conn, tenant).await?;
    if provider.state != ProviderState::Invited {
        return Err(Error::conflict(
            "already_applied",
            "The application was sent already; SMP decides on it.",
        ));
    }
    sqlx::query!(
        r#"
        UPDATE providers SET registration_number = $2, about = $3, regions = $4, support_email = $5, support_phone = $6, updated_at = $7
        WHERE tenant_id = $1
        "#,
        tenant.0,
        application.registration_number,
        application.about,
        &application.regions,
        application.support_email,
        application.support_phone,
        now,
    )
    .execute(&mut *conn)
    .await?;
    let evidence = |kind: &RequirementKind| match kind {
        RequirementKind::BusinessRegistration => application.registration_number.clone(),
        RequirementKind::References => application.references.clone(),
        RequirementKind::ProductCategory => provider.product_category.clone(),
        RequirementKind::Regions => application.regions.join(", "),
    };
    let kinds: Vec<String> =
        RequirementKind::ALL.iter().map(|kind| kind.into_str().to_owned()).collect();
    let evidence: Vec<String> = RequirementKind::ALL.iter().map(evidence).collect();
    sqlx::query!(
        r#"
        UPDATE requirements r SET state = 'submitted', evidence = given.evidence
        FROM UNNEST($2::text[], $3::text[]) AS given (kind, evidence)
        WHERE r.tenant_id = $1 AND r.kind = given.kind AND r.state = 'open'
        "#,
        tenant.0,
        &kinds,
        &evidence,
    )
    .execute(&mut *conn)
    .await?;
    move_state(conn, tenant, ProviderState::Applied, "provider.applied", None, now).await?;
    move_state(conn, tenant, ProviderState::UnderReview, "provider.under_review", None, now)
        .await?;
    audit::record(
        conn,
        actor,
        tenant,
        "provider_apply",
        &format!("provider {}", provider.slug),
        &json!({"regions": application.regions}),
    )
    .await
}

/// submitted → met, refused or waived. Until the provider is approved or rejected, each of them can
/// become another.
pub async fn decide_requirement(
    conn: &mut PgConnection,
    tenant: TenantId,
    kind: RequirementKind,
    decision: RequirementDecision,
    note: &str,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<Requirement> {
    let provider = store::lock(conn, tenant).await?;
    if provider.state != ProviderState::UnderReview {
        let detail = format!(
            "The provider is {}. Its requirements can only be decided while it is under review.",
            provider.state.words()
        );
        return Err(Error::conflict("not_under_review", detail));
    }
    let decided = sqlx::query_as!(
        Requirement,
        r#"
        UPDATE requirements SET state = $3, note = $4, decided_by = $5, decided_at = $6
        WHERE tenant_id = $1 AND kind = $2 AND state IN ('submitted', 'met', 'refused', 'waived')
        RETURNING kind AS "kind: RequirementKind", state AS "state: RequirementState", evidence,
                  note, decided_at
        "#,
        tenant.0,
        kind.into_str(),
        decision.into_str(),
        note,
        by.0,
        now,
    )
    .fetch_optional(&mut *conn)
    .await?;
    let decided = decided.ok_or_else(|| {
        Error::conflict(
            "requirement_not_submitted",
            "The provider has not submitted this requirement, so it cannot be decided yet.",
        )
    })?;
    let details = json!({"decision": decision.into_str(), "note": note});
    events::publish(
        conn,
        tenant,
        &format!("requirement.{}", decision.into_str()),
        &json!({"kind": kind.into_str(), "note": note}),
    )
    .await?;
    audit::record(
        conn,
        Actor::Account(by),
        tenant,
        "requirement_decide",
        &format!("requirement {}", kind.into_str()),
        &details,
    )
    .await?;
    Ok(decided)
}

/// Decides on a provider: under review → approved or rejected; approved ⇄ suspended.
pub async fn decide(
    conn: &mut PgConnection,
    tenant: TenantId,
    decision: ProviderDecision,
    reason: Option<&str>,
    actor: Actor,
    now: OffsetDateTime,
) -> Result<()> {
    let provider = store::lock(conn, tenant).await?;
    let (from, to, kind) = match decision {
        ProviderDecision::Approve => {
            (ProviderState::UnderReview, ProviderState::Approved, "provider.approved")
        }
        ProviderDecision::Reject => {
            (ProviderState::UnderReview, ProviderState::Rejected, "provider.rejected")
        }
        ProviderDecision::Suspend => {
            (ProviderState::Approved, ProviderState::Suspended, "provider.suspended")
        }
        ProviderDecision::Reinstate => {
            (ProviderState::Suspended, ProviderState::Approved, "provider.reinstated")
        }
    };
    if provider.state != from {
        let detail = format!(
            "The provider is {}. This decision needs a provider that is {}.",
            provider.state.words(),
            from.words()
        );
        return Err(Error::conflict("not_in_state", detail));
    }
    if decision == ProviderDecision::Approve {
        require_checklist(conn, tenant).await?;
    }
    move_state(conn, tenant, to, kind, reason, now).await?;
    let details = json!({"decision": decision.into_str(), "reason": reason});
    audit::record(
        conn,
        actor,
        tenant,
        "provider_decide",
        &format!("provider {}", provider.slug),
        &details,
    )
    .await
}

async fn require_checklist(conn: &mut PgConnection, tenant: TenantId) -> Result<()> {
    let lines = list(conn, tenant).await?;
    let open = lines
        .iter()
        .filter(|line| !matches!(line.state, RequirementState::Met | RequirementState::Waived));
    let open: Vec<String> = open.map(|line| line.kind.into_str().replace('_', " ")).collect();
    if open.is_empty() {
        return Ok(());
    }
    Err(Error::conflict(
        "requirements_open",
        format!(
            "These requirements are neither met nor waived: {}. Decide them first.",
            open.join(", ")
        ),
    ))
}

/// The only place that moves a provider's state. The row is locked and the old state was checked.
async fn move_state(
    conn: &mut PgConnection,
    tenant: TenantId,
    to: ProviderState,
    kind: &str,
    reason: Option<&str>,
    now: OffsetDateTime,
) -> Result<()> {
    sqlx::query!(
        "UPDATE providers SET state = $2, decision_reason = $3, updated_at = $4
         WHERE tenant_id = $1",
        tenant.0,
        to.into_str(),
        reason,
        now,
    )
    .execute(&mut *conn)
    .await?;
    events::publish(conn, tenant, kind, &json!({"reason": reason})).await
}
