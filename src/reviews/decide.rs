//! A manager's decision on a revision: an approval publishes it and sets the stock of its items.

use sqlx::PgConnection;
use time::OffsetDateTime;

use super::inventory::{self, VerifiedQuantity};
use crate::{
    kernel::{AccountId, FieldError, Result, RevisionId, SaleId, TenantId},
    sales::{Decision, Revision, SaleMode, Submission},
    stock::{self, NewCapacity},
};

/// What a manager decided, and on which content.
#[derive(Debug)]
pub struct NewDecision<'a> {
    pub decision: Decision,
    /// Required unless the decision is an approval.
    pub reason: Option<&'a str>,
    pub content_hash: &'a str,
    /// With an approval: the verified quantities. For an item that is left out, the submitted
    /// capacity counts as verified.
    pub verified: &'a [VerifiedQuantity],
}

impl NewDecision<'_> {
    fn check(&self) -> Result<()> {
        if self.decision == Decision::Approve {
            return Ok(());
        }
        if self.reason.is_none() {
            let message = "Is required, so that the provider knows what to do";
            return Err(FieldError::new("reason", message).into());
        }
        if !self.verified.is_empty() {
            let message = "Only an approval verifies quantities; leave it out";
            return Err(FieldError::new("verified", message).into());
        }
        Ok(())
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
        submission.check_publishable(conn, now).await?;
        set_stock(conn, &submission.revision, by, new).await?;
    }
    submission.decide(conn, new.decision, by, new.reason, now).await
}

/// Sets the stock of the items, as far as it was verified. In redirect mode the provider keeps the
/// stock.
async fn set_stock(
    conn: &mut PgConnection,
    revision: &Revision,
    by: AccountId,
    new: &NewDecision<'_>,
) -> Result<()> {
    let content = &revision.content.0;
    let verified = inventory::verify(content, new.verified)?;
    if content.mode == SaleMode::Redirect {
        return Ok(());
    }
    let capacities: Vec<NewCapacity<'_>> = content
        .items
        .iter()
        .zip(&verified)
        .map(|(item, verified)| NewCapacity {
            sale_item_id: item.sale_item_id,
            name: &item.name,
            capacity: item.capacity,
            verified: verified.quantity,
        })
        .collect();
    stock::set_capacities(conn, revision.tenant, revision.sale, &capacities).await?;
    inventory::record(conn, revision, by, &verified, new.reason).await
}
