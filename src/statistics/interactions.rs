//! Interactions: what visitors and shoppers did about a sale, one row each.

use sqlx::PgConnection;
use uuid::Uuid;

use crate::kernel::{Result, SaleId, TenantId};

/// What somebody did; the names are those of the table's CHECK.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum InteractionKind {
    Favourite,
    Unfavourite,
    Share,
    ClickOut,
    /// Opened checkout.
    Checkout,
    /// Placed an order: entered an address.
    Address,
    /// Tried to pay.
    Payment,
    Purchase,
    Refund,
    /// A purchase reported by the provider.
    Conversion,
    Reversal,
    Feedback,
}

/// One thing somebody did about a sale.
#[derive(Debug, Clone)]
pub struct Interaction {
    /// Recorded twice under the same id, an interaction counts once.
    pub id: Uuid,
    pub sale: SaleId,
    pub visit: Option<Uuid>,
    pub kind: InteractionKind,
    pub quantity: i32,
    pub amount_minor: i64,
}

/// Inserts interactions; skips those that were recorded before.
pub async fn record_interactions(
    conn: &mut PgConnection,
    tenant: TenantId,
    interactions: &[Interaction],
) -> Result<()> {
    let ids: Vec<Uuid> = interactions.iter().map(|i| i.id).collect();
    let sales: Vec<Uuid> = interactions.iter().map(|i| i.sale.0).collect();
    let visits: Vec<Option<Uuid>> = interactions.iter().map(|i| i.visit).collect();
    let kinds: Vec<&'static str> = interactions.iter().map(|i| i.kind.into()).collect();
    let quantities: Vec<i32> = interactions.iter().map(|i| i.quantity).collect();
    let amounts: Vec<i64> = interactions.iter().map(|i| i.amount_minor).collect();
    sqlx::query!(
        "INSERT INTO interactions (tenant_id, id, sale_id, visit_id, kind, quantity, amount_minor)
         SELECT $1, * FROM UNNEST($2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::int[],
                                  $7::bigint[])
         ON CONFLICT (tenant_id, id) DO NOTHING",
        tenant.0,
        &ids,
        &sales,
        &visits as &[Option<Uuid>],
        &kinds as &[&'static str],
        &quantities,
        &amounts,
    )
    .execute(conn)
    .await?;
    Ok(())
}
