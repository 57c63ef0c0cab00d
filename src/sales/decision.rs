//! The decision on a submitted revision: an approval publishes it. The reviews slice calls it, and
//! sets the stock.

use poem_openapi::Enum;
use serde_json::json;
use sqlx::PgConnection;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{
    guaranteed_units,
    mailings::RegistrationMailing,
    revisions::{self, Revision},
    rules,
    sale::Sale,
    states::{RevisionState, SaleMode, SaleState},
    store,
};
use crate::{
    access::{Actor, audit},
    assets::{self, AssetState},
    contracts, events,
    kernel::{AccountId, Error, Result, RevisionId, SaleId, TenantId},
    providers,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case", rename = "ReviewDecisionWord")]
pub enum Decision {
    Approve,
    RequestChanges,
    Reject,
}

impl Decision {
    fn revision_state(self) -> RevisionState {
        match self {
            Self::Approve => RevisionState::Approved,
            Self::RequestChanges => RevisionState::ChangesRequested,
            Self::Reject => RevisionState::Rejected,
        }
    }
}

/// A revision to be decided on. Its sale is locked until the transaction ends.
#[derive(Debug)]
pub struct Submission {
    sale: Sale,
    pub revision: Revision,
}

impl Submission {
    /// Locks a sale and reads one of its revisions. `content_hash` names the content that the
    /// reviewer read.
    pub async fn lock(
        conn: &mut PgConnection,
        tenant: TenantId,
        sale: SaleId,
        revision: RevisionId,
        content_hash: &str,
        now: OffsetDateTime,
    ) -> Result<Self> {
        let sale = store::get_locked(conn, tenant, sale, now).await?;
        let revision = revisions::revision(conn, tenant, revision).await?;
        if revision.sale != sale.id {
            return Err(Error::NotFound("revision"));
        }
        if revision.content_hash != content_hash {
            return Err(Error::conflict(
                "content_changed",
                "This is not the content you looked at. Load the review again and read it.",
            ));
        }
        Ok(Self { sale, revision })
    }

    /// Checks that the revision is waiting for a decision.
    pub fn check_undecided(&self) -> Result<()> {
        if self.revision.state == RevisionState::Submitted {
            return Ok(());
        }
        let state = <&str>::from(self.revision.state).replace('_', " ");
        Err(Error::conflict(
            "already_decided",
            format!("This revision is {state} already; nothing was changed."),
        ))
    }

    /// Whether the revision is what shoppers see.
    pub fn is_published(&self) -> bool {
        self.sale.approved_revision == Some(self.revision.id)
    }

    /// Checks that the revision may be published now.
    pub async fn check_publishable(
        &self,
        conn: &mut PgConnection,
        now: OffsetDateTime,
    ) -> Result<()> {
        let content = &self.revision.content;
        providers::require_approved(conn, self.sale.tenant).await?;
        contracts::require_in_force(conn, self.sale.tenant, now).await?;
        if content.mode == SaleMode::Hosted
            && let Some(missing) = providers::payouts_blocked(conn, self.sale.tenant).await?
        {
            let detail = format!(
                "{missing} Its hosted sales cannot go live before. Its owner sets payouts up in the \
                 portal; then approve this again."
            );
            return Err(Error::conflict("payouts_not_ready", detail));
        }
        if content.ends_at <= now {
            return Err(Error::conflict(
                "window_over",
                "This sale would be over already. Request changes, so that the provider moves it.",
            ));
        }
        if let Some(url) = &content.redirect_url {
            let origins = providers::get(conn, self.sale.tenant).await?.cart_origins;
            let url = url::Url::parse(url).map_err(anyhow::Error::from)?;
            if let Some(message) = rules::foreign_origin(&url, &origins) {
                return Err(Error::conflict("origin_not_approved", format!("{message}.")));
            }
        }
        Ok(())
    }

    /// Decides on the revision, after the checks above. An approval publishes it; any other
    /// decision leaves what is published as it is.
    pub async fn decide(
        self,
        conn: &mut PgConnection,
        decision: Decision,
        by: AccountId,
        reason: Option<&str>,
        now: OffsetDateTime,
    ) -> Result<Revision> {
        let Self { sale, revision } = self;
        let state = decision.revision_state();
        let moved_from = match decision {
            Decision::Approve => window_before(conn, &sale, &revision, now).await?,
            Decision::RequestChanges | Decision::Reject => None,
        };
        revisions::decide(conn, sale.tenant, revision.id, state, by, reason, now).await?;
        match decision {
            Decision::Approve => publish(conn, &sale, &revision, now).await?,
            Decision::RequestChanges => {
                let states = (SaleState::ChangesRequested, AssetState::ChangesRequested);
                turn_down(conn, &sale, &revision, states, now).await?;
            }
            Decision::Reject => {
                let states = (SaleState::Rejected, AssetState::Rejected);
                turn_down(conn, &sale, &revision, states, now).await?;
            }
        }
        let state = <&str>::from(state);
        let mut payload = json!({
            "sale_id": sale.id,
            "revision_id": revision.id,
            "title": revision.content.title,
            "reason": reason,
            "submitted_by": revision.submitted_by,
        });
        if let Some(window) = moved_from {
            payload["moved_from"] = window;
        }
        events::publish(conn, sale.tenant, &format!("sale.{state}"), &payload).await?;
        let details = json!({
            "revision": revision.id,
            "decision": state,
            "reason": reason,
            "content_hash": revision.content_hash,
        });
        audit::record(
            conn,
            Actor::Account(by),
            sale.tenant,
            "review_decide",
            &format!("sale {}", sale.id),
            &details,
        )
        .await?;
        revisions::revision(conn, sale.tenant, revision.id).await
    }
}

/// The times of a sale that shoppers know, if an approval of this revision changes them while it is not
/// over yet.
async fn window_before(
    conn: &mut PgConnection,
    sale: &Sale,
    revision: &Revision,
    now: OffsetDateTime,
) -> Result<Option<serde_json::Value>> {
    let Some(published) = sale.approved_revision.filter(|id| *id != revision.id) else {
        return Ok(None);
    };
    let before = revisions::revision(conn, sale.tenant, published).await?;
    let (before, after) = (&before.content, &revision.content);
    let is_same = (before.starts_at, before.ends_at) == (after.starts_at, after.ends_at);
    if is_same || before.ends_at <= now {
        return Ok(None);
    }
    let write = |at: OffsetDateTime| at.format(&Rfc3339).unwrap_or_default();
    Ok(Some(json!({"starts_at": write(before.starts_at), "ends_at": write(before.ends_at)})))
}

async fn publish(
    conn: &mut PgConnection,
    sale: &Sale,
    revision: &Revision,
    now: OffsetDateTime,
) -> Result<()> {
    let content = &revision.content.0;
    sqlx::query!(
        "UPDATE sales SET approved_revision_id = $3 WHERE tenant_id = $1 AND id = $2",
        sale.tenant.0,
        sale.id.0,
        revision.id.0
    )
    .execute(&mut *conn)
    .await?;
    guaranteed_units::publish(conn, sale.tenant, sale.id, content).await?;
    RegistrationMailing::schedule(conn, sale.tenant, sale.id, content).await?;
    // A halted sale stays halted: resuming it is a decision of its own.
    if sale.state == SaleState::Submitted {
        store::set_state(conn, sale.tenant, sale.id, SaleState::Approved, None).await?;
    }
    assets::mark_state(conn, sale.tenant, &content.asset_ids(), AssetState::Approved, now).await
}

/// Changes the state of the sale only if it was never published.
async fn turn_down(
    conn: &mut PgConnection,
    sale: &Sale,
    revision: &Revision,
    (sale_state, asset_state): (SaleState, AssetState),
    now: OffsetDateTime,
) -> Result<()> {
    if sale.state == SaleState::Submitted {
        store::set_state(conn, sale.tenant, sale.id, sale_state, None).await?;
    }
    let unshared = revisions::unshared_assets(conn, revision).await?;
    assets::mark_state(conn, sale.tenant, &unshared, asset_state, now).await
}
