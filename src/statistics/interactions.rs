//! Interactions: what visitors and shoppers did about a sale, one row each.

use poem_openapi::Enum;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::kernel::{Money, Result, SaleId, TenantId};

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

// The names are those of the column's CHECK.
/// By what a visitor shared a sale.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Enum,
    sqlx::Type,
    strum::IntoStaticStr,
    strum::EnumString,
    strum::EnumIter,
)]
#[oai(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ShareChannel {
    /// Copied the link.
    Copy,
    /// The browser's own dialog.
    Native,
    Email,
    Facebook,
    X,
}

/// One thing somebody did about a sale.
#[derive(Debug, Clone)]
pub struct Interaction {
    /// Recorded twice under the same id, an interaction counts once.
    pub id: Uuid,
    pub sale: SaleId,
    pub visit: Option<Uuid>,
    pub kind: InteractionKind,
    pub at: OffsetDateTime,
    pub quantity: i32,
    /// The order or the conversion it is about: a refund belongs to the purchase of the same subject.
    pub subject: Option<Uuid>,
    pub amount: Option<Money>,
    /// Of a share.
    pub channel: Option<ShareChannel>,
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
    let times: Vec<OffsetDateTime> = interactions.iter().map(|i| i.at).collect();
    let quantities: Vec<i32> = interactions.iter().map(|i| i.quantity).collect();
    let subjects: Vec<Option<Uuid>> = interactions.iter().map(|i| i.subject).collect();
    let (amounts, currencies): (Vec<i64>, Vec<Option<&str>>) = interactions
        .iter()
        .map(|i| i.amount.as_ref().map_or((0, None), |of| (of.amount, Some(of.currency.as_str()))))
        .unzip();
    let channels: Vec<Option<&str>> =
        interactions.iter().map(|i| i.channel.map(<&str>::from)).collect();
    sqlx::query!(
        "INSERT INTO interactions (tenant_id, id, sale_id, visit_id, kind, created_at, quantity,
             subject_id, amount_minor, currency, share_channel)
         SELECT $1, * FROM UNNEST($2::uuid[], $3::uuid[], $4::uuid[], $5::text[],
                                  $6::timestamptz[], $7::int[], $8::uuid[], $9::bigint[],
                                  $10::text[], $11::text[])
         ON CONFLICT (tenant_id, id) DO NOTHING",
        tenant.0,
        &ids,
        &sales,
        &visits as &[Option<Uuid>],
        &kinds as &[&'static str],
        &times,
        &quantities,
        &subjects as &[Option<Uuid>],
        &amounts,
        &currencies as &[Option<&str>],
        &channels as &[Option<&str>],
    )
    .execute(conn)
    .await?;
    Ok(())
}
