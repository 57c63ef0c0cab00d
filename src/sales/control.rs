//! What SMP's managers do to a published sale: halt, resume, cancel, feature.

use serde_json::json;
use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{phase::Phase, revisions, sale::Sale, states::SaleState, store, submission};
use crate::{
    access::{Actor, audit},
    events,
    kernel::{Error, Result, SaleId, TenantId},
};

/// Stops selling at once, until the sale is resumed.
pub async fn halt(
    conn: &mut PgConnection,
    tenant: TenantId,
    id: SaleId,
    actor: Actor,
    reason: &str,
    now: OffsetDateTime,
) -> Result<()> {
    let sale = store::get_locked(conn, tenant, id, now).await?;
    match sale.state {
        SaleState::Approved => {}
        SaleState::Halted => return Err(Error::conflict("halted", "This sale is halted already.")),
        _ => return Err(not_published()),
    }
    change(conn, &sale, SaleState::Halted, Some(reason), actor, "halted").await
}

/// Sells again after a halt, unless the sale has ended.
pub async fn resume(
    conn: &mut PgConnection,
    tenant: TenantId,
    id: SaleId,
    actor: Actor,
    now: OffsetDateTime,
) -> Result<()> {
    let sale = store::get_locked(conn, tenant, id, now).await?;
    if sale.state != SaleState::Halted {
        return Err(Error::conflict(
            "not_halted",
            "This sale is not halted, so there is nothing to resume.",
        ));
    }
    change(conn, &sale, SaleState::Approved, None, actor, "resumed").await
}

/// Ends a published sale for good, and withdraws a revision that is in review.
pub async fn cancel(
    conn: &mut PgConnection,
    tenant: TenantId,
    id: SaleId,
    actor: Actor,
    reason: &str,
    now: OffsetDateTime,
) -> Result<()> {
    let sale = store::get_locked(conn, tenant, id, now).await?;
    match sale.state {
        SaleState::Approved | SaleState::Halted => {}
        SaleState::Cancelled => {
            return Err(Error::conflict("cancelled", "This sale is cancelled already."));
        }
        _ => return Err(not_published()),
    }
    if let Some(open) = revisions::open(conn, tenant, id).await? {
        submission::close_revision(conn, &open, now).await?;
    }
    change(conn, &sale, SaleState::Cancelled, Some(reason), actor, "cancelled").await
}

fn not_published() -> Error {
    Error::conflict(
        "not_published",
        "This sale was never approved, so it is not published. Decide on it in the review queue.",
    )
}

async fn change(
    conn: &mut PgConnection,
    sale: &Sale,
    state: SaleState,
    reason: Option<&str>,
    actor: Actor,
    event: &str,
) -> Result<()> {
    store::set_state(conn, sale.tenant, sale.id, state, reason).await?;
    events::publish(
        conn,
        sale.tenant,
        &format!("sale.{event}"),
        &json!({"sale_id": sale.id, "reason": reason}),
    )
    .await?;
    let operation = match state {
        SaleState::Halted => "sale_halt",
        SaleState::Cancelled => "sale_cancel",
        _ => "sale_resume",
    };
    audit::record(
        conn,
        actor,
        sale.tenant,
        operation,
        &format!("sale {}", sale.id),
        &json!({"reason": reason}),
    )
    .await
}

/// Features a published sale at the top of the home page, or no longer; returns the slugs of the
/// sales that changed. Platform scope, because the sale featured before may be another provider's.
pub async fn feature(
    conn: &mut PgConnection,
    tenant: TenantId,
    id: SaleId,
    featured: bool,
    actor: Actor,
    now: OffsetDateTime,
) -> Result<Vec<String>> {
    // One transaction at a time, because only one sale may be featured.
    sqlx::query!("SELECT pg_advisory_xact_lock(hashtext('smp featured sale'))")
        .fetch_one(&mut *conn)
        .await?;
    let sale = store::get_locked(conn, tenant, id, now).await?;
    if featured && (sale.state != SaleState::Approved || sale.phase == Some(Phase::Ended)) {
        return Err(Error::conflict(
            "not_published",
            "Only an approved sale that has not ended can be featured.",
        ));
    }
    let slugs = sqlx::query_scalar!(
        "
        UPDATE sales SET featured = $3 AND id = $2
        WHERE (tenant_id = $1 AND id = $2 AND featured <> $3) OR ($3 AND featured AND id <> $2)
        RETURNING slug
        ",
        tenant.0,
        id.0,
        featured,
    )
    .fetch_all(&mut *conn)
    .await?;
    audit::record(
        conn,
        actor,
        tenant,
        "sale_feature",
        &format!("sale {id}"),
        &json!({"featured": featured}),
    )
    .await?;
    Ok(slugs)
}
