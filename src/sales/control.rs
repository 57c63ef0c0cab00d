//! What its provider and SMP's managers do to a published sale: halt, resume, cancel. SMP alone
//! features one.

use serde_json::json;
use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{
    phase::Phase,
    revisions,
    sale::Sale,
    states::SaleState,
    store::{self, Stop},
    submission,
};
use crate::{
    access::{Actor, Member, audit},
    events,
    kernel::{Error, Result, SaleId, TenantId},
};

/// Who stops a sale or lets it go on.
#[derive(Debug, Clone, Copy)]
pub struct Controller {
    pub actor: Actor,
    /// A member of the sale's provider, and not SMP.
    pub is_provider: bool,
}

impl Controller {
    pub const SYSTEM: Self = Self { actor: Actor::System, is_provider: false };
}

impl From<&Member> for Controller {
    fn from(member: &Member) -> Self {
        Self { actor: member.actor(), is_provider: !member.is_staff }
    }
}

/// Stops selling at once, until the sale is resumed. SMP may take over the halt of a provider.
pub async fn halt(
    conn: &mut PgConnection,
    tenant: TenantId,
    id: SaleId,
    by: Controller,
    reason: &str,
    now: OffsetDateTime,
) -> Result<()> {
    let sale = store::get_locked(conn, tenant, id, now).await?;
    match sale.state {
        SaleState::Approved => {}
        SaleState::Halted if sale.halted_by_provider && !by.is_provider => {}
        SaleState::Halted => return Err(Error::conflict("halted", "This sale is halted already.")),
        _ => return Err(not_published()),
    }
    // A halt that is taken over goes on: the clocks of holds have stood still since its beginning.
    let stop = Stop { reason, at: sale.stopped_at.unwrap_or(now), by_provider: by.is_provider };
    change(conn, &sale, SaleState::Halted, Some(stop), by.actor, "halted").await
}

/// Sells again after a halt, unless the sale has ended. A provider resumes only what it halted
/// itself.
pub async fn resume(
    conn: &mut PgConnection,
    tenant: TenantId,
    id: SaleId,
    by: Controller,
    now: OffsetDateTime,
) -> Result<()> {
    let sale = store::get_locked(conn, tenant, id, now).await?;
    if sale.state != SaleState::Halted {
        return Err(Error::conflict(
            "not_halted",
            "This sale is not halted, so there is nothing to resume.",
        ));
    }
    if by.is_provider && !sale.halted_by_provider {
        return Err(Error::conflict(
            "halted_by_smp",
            "SMP halted this sale, so only SMP can resume it. Ask SMP what has to happen first.",
        ));
    }
    change(conn, &sale, SaleState::Approved, None, by.actor, "resumed").await
}

/// Ends a published sale for good, and withdraws a revision that is in review. `orders` refunds what was
/// paid and not shipped, when it hears of it.
pub async fn cancel(
    conn: &mut PgConnection,
    tenant: TenantId,
    id: SaleId,
    by: Controller,
    reason: &str,
    now: OffsetDateTime,
) -> Result<()> {
    let sale = store::get_locked(conn, tenant, id, now).await?;
    match sale.state {
        SaleState::Halted if by.is_provider && !sale.halted_by_provider => {
            return Err(Error::conflict(
                "halted_by_smp",
                "SMP halted this sale, so only SMP can cancel it. Ask SMP to do it.",
            ));
        }
        SaleState::Approved | SaleState::Halted => {}
        SaleState::Cancelled => {
            return Err(Error::conflict("cancelled", "This sale is cancelled already."));
        }
        _ => return Err(not_published()),
    }
    if let Some(open) = revisions::open(conn, tenant, id).await? {
        submission::close_revision(conn, &open, now).await?;
    }
    let stop = Stop { reason, at: now, by_provider: by.is_provider };
    change(conn, &sale, SaleState::Cancelled, Some(stop), by.actor, "cancelled").await
}

fn not_published() -> Error {
    Error::conflict(
        "not_published",
        "This sale is not published: it was never approved. Withdraw or delete it instead.",
    )
}

async fn change(
    conn: &mut PgConnection,
    sale: &Sale,
    state: SaleState,
    stop: Option<Stop<'_>>,
    actor: Actor,
    event: &str,
) -> Result<()> {
    store::set_state(conn, sale.tenant, sale.id, state, stop).await?;
    let reason = stop.map(|stop| stop.reason);
    events::publish(
        conn,
        sale.tenant,
        &format!("sale.{event}"),
        &json!({
            "sale_id": sale.id,
            "reason": reason,
            "by_provider": stop.is_some_and(|stop| stop.by_provider),
        }),
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

/// Features a published sale at the top of the home page, or no longer: then the one featured before
/// comes back, unless it is over. Returns the slugs of the sales that changed. Platform scope, because
/// the sale featured before may be another provider's.
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
    let mut changed = sqlx::query_as!(
        FeaturedSale,
        r#"
        UPDATE sales SET
            featured = $3 AND id = $2,
            featured_at = CASE WHEN id <> $2 THEN featured_at WHEN $3 THEN $4 END
        WHERE (tenant_id = $1 AND id = $2 AND featured <> $3) OR ($3 AND featured AND id <> $2)
        RETURNING tenant_id AS "tenant: TenantId", id AS "id: SaleId", slug, featured
        "#,
        tenant.0,
        id.0,
        featured,
        now,
    )
    .fetch_all(&mut *conn)
    .await?;
    if !featured && !changed.is_empty() {
        changed.extend(restore_featured(conn, now).await?);
    }
    for sale in &changed {
        audit::record(
            conn,
            actor,
            sale.tenant,
            "sale_feature",
            &format!("sale {}", sale.id),
            &json!({"featured": sale.featured}),
        )
        .await?;
    }
    Ok(changed.into_iter().map(|sale| sale.slug).collect())
}

struct FeaturedSale {
    tenant: TenantId,
    id: SaleId,
    slug: String,
    featured: bool,
}

/// Features the sale that was featured last, of those that can still be.
async fn restore_featured(
    conn: &mut PgConnection,
    now: OffsetDateTime,
) -> Result<Option<FeaturedSale>> {
    let restored = sqlx::query_as!(
        FeaturedSale,
        r#"
        UPDATE sales SET featured = true
        WHERE (tenant_id, id) = (
            SELECT s.tenant_id, s.id
            FROM sales s
            JOIN revisions r ON r.tenant_id = s.tenant_id AND r.id = s.approved_revision_id
            WHERE s.featured_at IS NOT NULL AND s.state = 'approved'
              AND (r.content->>'ends_at')::timestamptz > $1
            ORDER BY s.featured_at DESC LIMIT 1
        )
        RETURNING tenant_id AS "tenant: TenantId", id AS "id: SaleId", slug, featured
        "#,
        now,
    );
    Ok(restored.fetch_optional(conn).await?)
}
