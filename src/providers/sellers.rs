//! What other slices need to know about a provider: its name, contact, and whether it may sell.

use std::collections::HashMap;

use sqlx::PgConnection;
use time::OffsetDateTime;

use super::provider::ProviderState;
use crate::{
    kernel::{Result, TenantId},
    platform::Platform,
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seller {
    pub tenant: TenantId,
    pub slug: String,
    pub name: String,
    pub state: ProviderState,
    /// Until when its contract is in force; None without one.
    pub contract_until: Option<OffsetDateTime>,
    /// Whether what its hosted sales bring can be paid to it, or nobody asks.
    pub can_be_paid: bool,
    /// Where its customers get support.
    pub support_email: Option<String>,
    pub support_phone: Option<String>,
    pub support_url: Option<String>,
}

/// The sellers among `tenants` that the scope may see.
pub async fn sellers(
    conn: &mut PgConnection,
    tenants: &[TenantId],
) -> Result<HashMap<TenantId, Seller>> {
    let ids: Vec<_> = tenants.iter().map(|tenant| tenant.0).collect();
    let rows = sqlx::query_as!(
        Seller,
        r#"SELECT tenant_id AS "tenant: TenantId", slug, name, state AS "state: ProviderState",
                  contract_until, payouts_blocked IS NULL AS "can_be_paid!", support_email, support_phone, support_url
           FROM providers WHERE tenant_id = ANY($1)"#,
        &ids,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|seller| (seller.tenant, seller)).collect())
}

/// The sellers of `tenants` in any state, for any caller: an order keeps its provider's name after a
/// suspension. Takes a connection of its own, so call it while no transaction is open.
pub async fn behind(
    platform: &Platform,
    tenants: &[TenantId],
) -> Result<HashMap<TenantId, Seller>> {
    if tenants.is_empty() {
        return Ok(HashMap::new());
    }
    let mut tx = platform.db.platform("sellers").await?;
    sellers(&mut tx, tenants).await
}

/// Providers whose name contains this text, at most `limit`.
pub async fn search(conn: &mut PgConnection, words: &str, limit: i64) -> Result<Vec<TenantId>> {
    let ids = sqlx::query_scalar!(
        "SELECT tenant_id FROM providers WHERE strpos(lower(name), lower($1)) > 0
         ORDER BY name LIMIT $2",
        words,
        limit
    );
    Ok(ids.fetch_all(conn).await?.into_iter().map(TenantId).collect())
}
