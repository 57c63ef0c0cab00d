//! Submitting a sale for review, and withdrawing the submission.

use serde_json::json;
use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{
    content::Content,
    revisions::{self, Revision},
    rules,
    sale::Sale,
    states::SaleState,
    store,
};
use crate::{
    access::{Actor, audit},
    assets::{self, AssetState},
    events,
    kernel::{AccountId, Error, Result, SaleId, TenantId},
    offers, providers,
};

/// Freezes a sale's content and puts it into the review queue. Shoppers still see what was approved
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
    let content = sale.content(&offer);
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

/// Checks that a sale's draft may be edited and submitted: it is neither in review nor in a final
/// state.
pub fn may_change(sale: &Sale) -> Result<()> {
    if sale.in_review {
        return Err(Error::conflict(
            "already_submitted",
            "This sale is in review. Withdraw the submission first.",
        ));
    }
    match sale.state {
        SaleState::Rejected => Err(Error::conflict(
            "rejected",
            "SMP rejected this sale, which is final. Make a new one.",
        )),
        SaleState::Cancelled => Err(Error::conflict(
            "cancelled",
            "This sale was cancelled, which is final. Make a new one.",
        )),
        _ => Ok(()),
    }
}

/// The approved content, if there is any.
pub async fn published_content(conn: &mut PgConnection, sale: &Sale) -> Result<Option<Content>> {
    match sale.approved_revision {
        Some(revision) => {
            Ok(Some(revisions::revision(conn, sale.tenant, revision).await?.content.0))
        }
        None => Ok(None),
    }
}

/// Withdraws a submission; a sale that was never approved becomes a draft again.
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
            "This sale is not in review, so there is no submission to withdraw.",
        )
    })?;
    close_revision(conn, &open, now).await?;
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

/// Withdraws a revision from review without a decision.
pub async fn close_revision(
    conn: &mut PgConnection,
    open: &Revision,
    now: OffsetDateTime,
) -> Result<()> {
    let unshared = revisions::unshared_assets(conn, open).await?;
    assets::mark_state(conn, open.tenant, &unshared, AssetState::Ready, now).await?;
    revisions::withdraw(conn, open.tenant, open.id).await?;
    let payload =
        json!({"sale_id": open.sale, "revision_id": open.id, "title": open.content.title});
    events::publish(conn, open.tenant, "sale.withdrawn", &payload).await
}
