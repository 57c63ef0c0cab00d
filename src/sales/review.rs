//! The way of a sale through review: submitted, withdrawn, decided. What is approved is what is
//! published.

use serde_json::json;
use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{
    Content, RevisionState, SaleMode, SaleState, levels,
    proof::{self, Verified},
    revisions,
    revisions::Revision,
    rounds, rules,
    store::{self, Sale},
};
use crate::{
    access::{Actor, audit},
    assets::{self, AssetState},
    events,
    kernel::{AccountId, Error, FieldError, Result, RevisionId, SaleId, TenantId},
    offers, providers,
};

/// Freezes a sale's content and puts it in the queue. Shoppers go on seeing what was approved
/// before, if anything was.
pub async fn submit(
    conn: &mut PgConnection,
    tenant: TenantId,
    id: SaleId,
    by: AccountId,
    note: &str,
    now: OffsetDateTime,
) -> Result<Revision> {
    let sale = store::get_locked(conn, tenant, id, now).await?;
    may_change(&sale)?;
    providers::require_approved(conn, tenant).await?;
    let offer = offers::get(conn, tenant, sale.offer).await?;
    let content = Content::of(&sale, &offer);
    let published = published_content(conn, &sale).await?;
    let origins = providers::get(conn, tenant).await?.cart_origins;
    rules::check_submission(&sale, &offer, &content, published.as_ref(), &origins, now)?;
    let revision = revisions::insert(conn, tenant, id, &content, note, by, now).await?;
    if sale.approved_revision.is_none() {
        store::set_state(conn, tenant, id, SaleState::Submitted, None).await?;
    }
    assets::mark_state(conn, tenant, &content.asset_ids(), AssetState::Submitted, now).await?;
    let payload = json!({"sale_id": id, "revision_id": revision, "title": content.title});
    events::publish(conn, tenant, "sale.submitted", &payload).await?;
    audit::record(
        conn,
        Actor::Account(by),
        tenant,
        "sale_submit",
        &format!("sale {id}"),
        &json!({"revision": revision, "title": content.title}),
    )
    .await?;
    revisions::revision(conn, tenant, revision).await
}

/// Whether a sale's draft may be edited and submitted: not in review, not over and done with.
pub fn may_change(sale: &Sale) -> Result<()> {
    if sale.in_review {
        return Err(Error::conflict(
            "already_submitted",
            "This sale is in review. Take the submission back first.",
        ));
    }
    match sale.state {
        SaleState::Rejected => Err(Error::conflict(
            "rejected",
            "SMP rejected this sale, and that is final. Make a new one.",
        )),
        SaleState::Cancelled => Err(Error::conflict(
            "cancelled",
            "This sale was cancelled, and that is final. Make a new one.",
        )),
        _ => Ok(()),
    }
}

/// The content that is approved, if any is.
pub async fn published_content(conn: &mut PgConnection, sale: &Sale) -> Result<Option<Content>> {
    match sale.approved_revision {
        Some(revision) => {
            Ok(Some(revisions::revision(conn, sale.tenant, revision).await?.content.0))
        }
        None => Ok(None),
    }
}

/// Takes a submission back; a sale that was never approved is a draft again.
pub async fn withdraw(
    conn: &mut PgConnection,
    tenant: TenantId,
    id: SaleId,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<()> {
    let sale = store::get_locked(conn, tenant, id, now).await?;
    let open = revisions::open(conn, tenant, id).await?;
    let open = open.ok_or_else(|| {
        Error::conflict(
            "not_submitted",
            "Nothing of this sale waits for review, so nothing was taken back.",
        )
    })?;
    close(conn, &open, now).await?;
    if sale.state == SaleState::Submitted {
        store::set_state(conn, tenant, id, SaleState::Draft, None).await?;
    }
    audit::record(
        conn,
        Actor::Account(by),
        tenant,
        "sale_withdraw",
        &format!("sale {id}"),
        &json!({"revision": open.id}),
    )
    .await
}

/// Ends a revision's wait without a decision.
pub async fn close(conn: &mut PgConnection, open: &Revision, now: OffsetDateTime) -> Result<()> {
    let alone = revisions::assets_shown_here_alone(conn, open).await?;
    assets::mark_state(conn, open.tenant, &alone, AssetState::Ready, now).await?;
    revisions::withdraw(conn, open.tenant, open.id).await?;
    let payload =
        json!({"sale_id": open.sale, "revision_id": open.id, "title": open.content.title});
    events::publish(conn, open.tenant, "sale.withdrawn", &payload).await
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Approve,
    RequestChanges,
    Reject,
}

impl Verdict {
    fn revision_state(self) -> RevisionState {
        match self {
            Self::Approve => RevisionState::Approved,
            Self::RequestChanges => RevisionState::ChangesRequested,
            Self::Reject => RevisionState::Rejected,
        }
    }
}

/// What a manager decides, and of which content.
pub struct Judgement<'a> {
    pub verdict: Verdict,
    /// Why; only an approval may do without.
    pub reason: Option<&'a str>,
    pub content_hash: &'a str,
    /// What was verified of each item, with an approval; an item left out: the capacity that was
    /// submitted.
    pub verified: &'a [Verified],
}

/// Decides on a revision. An approval publishes it and sets the stock of its items.
pub async fn decide(
    conn: &mut PgConnection,
    tenant: TenantId,
    sale: SaleId,
    revision: RevisionId,
    by: AccountId,
    judgement: &Judgement<'_>,
    now: OffsetDateTime,
) -> Result<Revision> {
    let sale = store::get_locked(conn, tenant, sale, now).await?;
    let open = revisions::revision(conn, tenant, revision).await?;
    if open.sale != sale.id {
        return Err(Error::NotFound("revision"));
    }
    if open.content_hash != judgement.content_hash {
        return Err(Error::conflict(
            "content_changed",
            "This is not the content you looked at. Load the review again and read it.",
        ));
    }
    if judgement.reason.is_none() && judgement.verdict != Verdict::Approve {
        return Err(
            FieldError::new("reason", "Say why, so that the provider knows what to do").into()
        );
    }
    if judgement.verdict != Verdict::Approve && !judgement.verified.is_empty() {
        return Err(FieldError::new(
            "verified",
            "Only an approval verifies quantities; leave it out",
        )
        .into());
    }
    let state = judgement.verdict.revision_state();
    let decision = revisions::Decision { state, by, reason: judgement.reason, at: now };
    if !revisions::decide(conn, tenant, revision, &decision).await? {
        let was = open.state.as_str().replace('_', " ");
        return Err(Error::conflict(
            "already_decided",
            format!("This revision is {was} already; nothing was changed."),
        ));
    }
    match judgement.verdict {
        Verdict::Approve => approve(conn, &sale, &open, by, judgement, now).await?,
        Verdict::RequestChanges => {
            turn_down(
                conn,
                &sale,
                &open,
                SaleState::ChangesRequested,
                AssetState::ChangesRequested,
                now,
            )
            .await?
        }
        Verdict::Reject => {
            turn_down(conn, &sale, &open, SaleState::Rejected, AssetState::Rejected, now).await?
        }
    }
    let payload = json!({
        "sale_id": sale.id, "revision_id": revision, "title": open.content.title, "reason": judgement.reason, "submitted_by": open.submitted_by,
    });
    events::publish(conn, tenant, &format!("sale.{}", state.as_str()), &payload).await?;
    let details = json!({"revision": revision, "decision": state.as_str(), "reason": judgement.reason, "content_hash": open.content_hash});
    audit::record(
        conn,
        Actor::Account(by),
        tenant,
        "review_decide",
        &format!("sale {}", sale.id),
        &details,
    )
    .await?;
    revisions::revision(conn, tenant, revision).await
}

async fn approve(
    conn: &mut PgConnection,
    sale: &Sale,
    open: &Revision,
    by: AccountId,
    judgement: &Judgement<'_>,
    now: OffsetDateTime,
) -> Result<()> {
    let content = &open.content.0;
    providers::require_approved(conn, sale.tenant).await?;
    if content.ends_at <= now {
        return Err(Error::conflict(
            "window_over",
            "The window of this sale is over. Ask for changes, so that the provider moves it.",
        ));
    }
    if let Some(url) = &content.redirect_url {
        let origins = providers::get(conn, sale.tenant).await?.cart_origins;
        let foreign = url::Url::parse(url)
            .map_err(anyhow::Error::from)
            .map(|url| rules::foreign_origin(&url, &origins))?;
        if let Some(message) = foreign {
            return Err(Error::conflict("origin_not_approved", format!("{message}.")));
        }
    }
    let verified = proof::verified(content, judgement.verified)?;
    if content.mode == SaleMode::Hosted {
        levels::set_capacities(conn, sale.tenant, sale.id, &content.items, &verified).await?;
        proof::tell(conn, open, by, &verified, judgement.reason).await?;
    }
    sqlx::query!(
        "UPDATE sales SET approved_revision_id = $3 WHERE tenant_id = $1 AND id = $2",
        sale.tenant.0,
        sale.id.0,
        open.id.0
    )
    .execute(&mut *conn)
    .await?;
    rounds::schedule(conn, sale.tenant, sale.id, content).await?;
    // A halted sale stays halted; resuming it is a decision of its own.
    if sale.state == SaleState::Submitted {
        store::set_state(conn, sale.tenant, sale.id, SaleState::Approved, None).await?;
    }
    assets::mark_state(conn, sale.tenant, &content.asset_ids(), AssetState::Approved, now).await
}

/// The first submission takes the sale along; a later one leaves what is published as it is.
async fn turn_down(
    conn: &mut PgConnection,
    sale: &Sale,
    open: &Revision,
    state: SaleState,
    assets_to: AssetState,
    now: OffsetDateTime,
) -> Result<()> {
    if sale.state == SaleState::Submitted {
        store::set_state(conn, sale.tenant, sale.id, state, None).await?;
    }
    let alone = revisions::assets_shown_here_alone(conn, open).await?;
    assets::mark_state(conn, sale.tenant, &alone, assets_to, now).await
}
