//! A manager's decision on a revision: an approval publishes it, sets the stock of its items and puts
//! their proofs into force.

use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{inventory, proof};
use crate::{
    kernel::{AccountId, FieldError, Result, RevisionId, SaleId, TenantId},
    sales::{Decision, Revision, Submission},
    vetting,
};

/// What a manager decided, and on which content.
#[derive(Debug)]
pub struct NewDecision<'a> {
    pub decision: Decision,
    /// Required unless the decision is an approval.
    pub reason: Option<&'a str>,
    pub content_hash: &'a str,
}

impl NewDecision<'_> {
    fn check(&self) -> Result<()> {
        if self.decision == Decision::Approve || self.reason.is_some() {
            return Ok(());
        }
        let message = "Is required, so that the provider knows what to do";
        Err(FieldError::new("reason", message).into())
    }
}

/// Decides on a revision.
pub async fn decide(
    conn: &mut PgConnection,
    tenant: TenantId,
    sale: SaleId,
    revision: RevisionId,
    by: AccountId,
    new: &NewDecision<'_>,
    now: OffsetDateTime,
) -> Result<Revision> {
    let submission = Submission::lock(conn, tenant, sale, revision, new.content_hash, now).await?;
    new.check()?;
    submission.check_undecided()?;
    if new.decision == Decision::Approve {
        vetting::require_in_force(conn, tenant, now).await?;
        submission.check_publishable(conn, now).await?;
        let revision = &submission.revision;
        let verified = inventory::require_verified(conn, revision, now).await?;
        inventory::set_stock(conn, revision, &verified).await?;
        proof::put_into_force(conn, revision).await?;
        inventory::record(conn, revision, by, &verified, new.reason).await?;
    }
    submission.decide(conn, new.decision, by, new.reason, now).await
}
