//! The decision on a provider.

use poem_openapi::Enum;
use serde_json::json;
use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{
    applying,
    requirements::{Requirement, checklist},
};
use crate::{
    access::{Actor, audit},
    kernel::{Error, Result, TenantId},
    providers::{self, ProviderState},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, strum::IntoStaticStr)]
#[oai(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum ProviderDecision {
    Approve,
    Reject,
    Suspend,
    Reinstate,
    /// A rejected provider is under review again.
    Reopen,
}

impl ProviderDecision {
    pub fn needs_reason(self) -> bool {
        matches!(self, Self::Reject | Self::Suspend | Self::Reopen)
    }

    /// From which state, to which, and the event that tells it.
    fn path(self) -> (ProviderState, ProviderState, &'static str) {
        match self {
            Self::Approve => {
                (ProviderState::UnderReview, ProviderState::Approved, "provider.approved")
            }
            Self::Reject => {
                (ProviderState::UnderReview, ProviderState::Rejected, "provider.rejected")
            }
            Self::Suspend => {
                (ProviderState::Approved, ProviderState::Suspended, "provider.suspended")
            }
            Self::Reinstate => {
                (ProviderState::Suspended, ProviderState::Approved, "provider.reinstated")
            }
            Self::Reopen => {
                (ProviderState::Rejected, ProviderState::UnderReview, "provider.reopened")
            }
        }
    }
}

/// Decides on a provider. Notify the nodes after the commit.
pub async fn decide(
    conn: &mut PgConnection,
    tenant: TenantId,
    decision: ProviderDecision,
    reason: Option<&str>,
    actor: Actor,
    now: OffsetDateTime,
) -> Result<()> {
    let list = checklist(conn, tenant, true).await?;
    let (from, to, event) = decision.path();
    let state = list.provider.state;
    if state != from {
        let detail = format!(
            "The provider is {}. This decision needs a provider that is {}.",
            state.words(),
            from.words()
        );
        return Err(Error::conflict("not_in_state", detail));
    }
    if decision == ProviderDecision::Approve {
        require_settled(&list.requirements)?;
    }
    applying::settle(conn, tenant).await?;
    providers::move_state(conn, tenant, to, event, reason, now).await?;
    let details = json!({"decision": decision.into_str(), "reason": reason});
    let subject = format!("provider {}", list.provider.slug);
    audit::record(conn, actor, tenant, "provider_decide", &subject, &details).await
}

fn require_settled(requirements: &[Requirement]) -> Result<()> {
    let open: Vec<String> = requirements
        .iter()
        .filter(|requirement| requirement.asked && !requirement.is_settled())
        .map(|requirement| requirement.definition.title.to_lowercase())
        .collect();
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
