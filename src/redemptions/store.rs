//! Redemptions in SQL.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    access::Actor,
    kernel::{Error, PageQuery, RedemptionId, Result, TenantId, VoucherId},
};

/// A use of a voucher.
#[derive(Debug, Clone)]
pub struct Redemption {
    pub tenant: TenantId,
    pub id: RedemptionId,
    pub voucher: VoucherId,
    pub order_number: String,
    pub title: String,
    pub item_name: String,
    pub code_ending: String,
    pub reference: String,
    pub redeemed_at: OffsetDateTime,
    actor: String,
    actor_id: Option<Uuid>,
    pub reversed_at: Option<OffsetDateTime>,
    reversal_actor: Option<String>,
    reversal_actor_id: Option<Uuid>,
    pub reversal_reason: String,
}

impl Redemption {
    /// Who redeemed it.
    pub fn by(&self) -> Actor {
        Actor::of(&self.actor, self.actor_id)
    }

    /// Who reversed it.
    pub fn reversed_by(&self) -> Option<Actor> {
        self.reversal_actor.as_deref().map(|kind| Actor::of(kind, self.reversal_actor_id))
    }
}

macro_rules! redemption_rows {
    ($rest:tt $(, $arg:expr)* $(,)?) => {
        sqlx::query_as!(
            Redemption,
            r#"SELECT tenant_id AS "tenant: TenantId", id AS "id: RedemptionId",
               voucher_id AS "voucher: VoucherId", order_number, title, item_name, code_ending,
               reference, redeemed_at, actor, actor_id, reversed_at, reversal_actor,
               reversal_actor_id, reversal_reason FROM voucher_redemptions "# + $rest
            $(, $arg)*
        )
    };
}

/// A redemption that is to be inserted.
#[derive(Debug, Clone, Copy)]
pub struct NewRedemption<'a> {
    pub id: RedemptionId,
    pub order_number: &'a str,
    pub title: &'a str,
    pub item_name: &'a str,
    pub code_ending: &'a str,
    pub reference: &'a str,
    pub by: Actor,
    pub at: OffsetDateTime,
}

/// Inserts a redemption of a voucher that has none in force.
pub async fn insert(
    conn: &mut PgConnection,
    tenant: TenantId,
    voucher: VoucherId,
    new: &NewRedemption<'_>,
) -> Result<()> {
    let (actor, actor_id) = new.by.stored();
    sqlx::query!(
        "INSERT INTO voucher_redemptions (tenant_id, id, voucher_id, order_number, title, item_name,
             code_ending, reference, redeemed_at, actor, actor_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        tenant.0,
        new.id.0,
        voucher.0,
        new.order_number,
        new.title,
        new.item_name,
        new.code_ending,
        new.reference,
        new.at,
        actor,
        actor_id,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A provider's redemptions, newest first.
pub async fn list(
    conn: &mut PgConnection,
    tenant: TenantId,
    page: &PageQuery,
) -> Result<Vec<Redemption>> {
    let rows = redemption_rows!(
        "WHERE tenant_id = $1 AND (redeemed_at, id) < ($2, $3)
         ORDER BY redeemed_at DESC, id DESC LIMIT $4",
        tenant.0,
        page.before_at(),
        page.before_id(),
        page.fetch(),
    );
    Ok(rows.fetch_all(conn).await?)
}

/// A provider's redemption.
pub async fn find(
    conn: &mut PgConnection,
    tenant: TenantId,
    id: RedemptionId,
) -> Result<Redemption> {
    let row = redemption_rows!("WHERE tenant_id = $1 AND id = $2", tenant.0, id.0);
    row.fetch_optional(conn).await?.ok_or(Error::NotFound("redemption"))
}

/// The redemption of a voucher that is in force.
pub async fn of_voucher(
    conn: &mut PgConnection,
    tenant: TenantId,
    voucher: VoucherId,
) -> Result<Option<Redemption>> {
    let row = redemption_rows!(
        "WHERE tenant_id = $1 AND voucher_id = $2 AND reversed_at IS NULL",
        tenant.0,
        voucher.0,
    );
    Ok(row.fetch_optional(conn).await?)
}

/// Notes that a redemption was reversed.
pub async fn reverse(
    conn: &mut PgConnection,
    redemption: &Redemption,
    by: Actor,
    reason: &str,
    at: OffsetDateTime,
) -> Result<()> {
    let (kind, id) = by.stored();
    sqlx::query!(
        "UPDATE voucher_redemptions
         SET reversed_at = $3, reversal_actor = $4, reversal_actor_id = $5, reversal_reason = $6
         WHERE tenant_id = $1 AND id = $2",
        redemption.tenant.0,
        redemption.id.0,
        at,
        kind,
        id,
        reason,
    )
    .execute(conn)
    .await?;
    Ok(())
}
