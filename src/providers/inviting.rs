//! Inviting a provider, from the API or from a lead.

use serde_json::json;
use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{provider::Provider, rules::NewProvider, store, team};
use crate::{
    access::{Actor, accounts::Account, audit, members::MemberRole},
    events,
    kernel::{Result, TenantId},
};

/// Creates the provider, and invites its owner. A slug that is taken is an error of the field.
pub async fn invite(
    conn: &mut PgConnection,
    tenant: TenantId,
    new: &NewProvider,
    by: &Account,
    now: OffsetDateTime,
) -> Result<Provider> {
    store::insert(conn, tenant, new, now).await?;
    events::publish(conn, tenant, "provider.invited", &json!({"name": new.name})).await?;
    let details = json!({"name": new.name, "country": new.country, "owner_email": new.owner_email});
    audit::record(
        conn,
        Actor::Account(by.id),
        tenant,
        "provider_invite",
        &format!("provider {}", new.slug),
        &details,
    )
    .await?;
    let provider = store::get(conn, tenant).await?;
    team::invite(conn, &provider, &new.owner_email, MemberRole::Owner, by, now).await?;
    Ok(provider)
}
