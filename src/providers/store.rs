//! The SQL of providers.

use serde_json::json;
use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{
    provider::{Description, Provider, ProviderState},
    rules::{NewProvider, ProviderChange},
};
use crate::{
    access::edits::LastEdit,
    events,
    kernel::{AccountId, Error, PageQuery, Result, TenantId},
};

/// The provider; unknown is an error.
pub async fn get(conn: &mut PgConnection, tenant: TenantId) -> Result<Provider> {
    let provider = sqlx::query_as!(
        Provider,
        r#"
        SELECT tenant_id AS "id: TenantId", slug, name, state AS "state: ProviderState", country,
               product_category, about, support_email, support_phone, support_url,
               registration_number, regions, cart_origins, decision_reason,
               contract_until, version,
               created_at, (
                   SELECT t.settings->>'time_zone' FROM tenant_packs t
                   WHERE t.tenant_id = providers.tenant_id
               ) AS "time_zone?"
        FROM providers WHERE tenant_id = $1
        "#,
        tenant.0,
    )
    .fetch_optional(conn)
    .await?;
    provider.ok_or(Error::NotFound("provider"))
}

/// The provider, locked until the transaction ends.
pub async fn lock(conn: &mut PgConnection, tenant: TenantId) -> Result<Provider> {
    sqlx::query!("SELECT tenant_id FROM providers WHERE tenant_id = $1 FOR UPDATE", tenant.0)
        .fetch_optional(&mut *conn)
        .await?;
    get(conn, tenant).await
}

/// The last edit of a provider's profile or cart addresses.
pub async fn last_edit(conn: &mut PgConnection, tenant: TenantId) -> Result<LastEdit> {
    let last = sqlx::query_as!(
        LastEdit,
        "SELECT version, edited_by, edited_at FROM providers WHERE tenant_id = $1",
        tenant.0,
    );
    Ok(last.fetch_one(conn).await?)
}

/// Newest first, across tenants.
pub async fn list(
    conn: &mut PgConnection,
    state: Option<ProviderState>,
    words: Option<&str>,
    page: &PageQuery,
) -> Result<Vec<Provider>> {
    let providers = sqlx::query_as!(
        Provider,
        r#"
        SELECT tenant_id AS "id: TenantId", slug, name, state AS "state: ProviderState", country,
               product_category, about, support_email, support_phone, support_url,
               registration_number, regions, cart_origins, decision_reason,
               contract_until, version,
               created_at, (
                   SELECT t.settings->>'time_zone' FROM tenant_packs t
                   WHERE t.tenant_id = providers.tenant_id
               ) AS "time_zone?"
        FROM providers
        WHERE (created_at, tenant_id) < ($1, $2) AND ($3::text IS NULL OR state = $3)
          AND ($4::text IS NULL OR strpos(lower(name), lower($4)) > 0
               OR strpos(slug, lower($4)) > 0 OR strpos(lower(product_category), lower($4)) > 0)
        ORDER BY created_at DESC, tenant_id DESC LIMIT $5
        "#,
        page.before_at(),
        page.before_id(),
        state.map(|state| state.into_str()),
        words,
        page.fetch(),
    )
    .fetch_all(conn)
    .await?;
    Ok(providers)
}

pub async fn insert(
    conn: &mut PgConnection,
    tenant: TenantId,
    new: &NewProvider,
    now: OffsetDateTime,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO providers
             (tenant_id, slug, name, country, product_category, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $6)",
        tenant.0,
        new.slug,
        new.name,
        new.country,
        new.product_category,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn update(
    conn: &mut PgConnection,
    tenant: TenantId,
    change: &ProviderChange,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<()> {
    sqlx::query!(
        r#"
        UPDATE providers
        SET about = coalesce($2, about), support_email = coalesce($3, support_email),
            support_phone = CASE WHEN $4 THEN $5 ELSE support_phone END,
            support_url = CASE WHEN $6 THEN $7 ELSE support_url END, updated_at = $8,
            version = version + 1, edited_by = $9, edited_at = $8
        WHERE tenant_id = $1
        "#,
        tenant.0,
        change.about,
        change.support_email,
        !change.support_phone.is_undefined(),
        change.support_phone.value().cloned(),
        !change.support_url.is_undefined(),
        change.support_url.value().cloned(),
        now,
        by.0,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes over what the provider said about itself in its application.
pub async fn describe(
    conn: &mut PgConnection,
    tenant: TenantId,
    description: &Description,
    now: OffsetDateTime,
) -> Result<()> {
    sqlx::query!(
        "UPDATE providers SET registration_number = $2, about = $3, regions = $4,
             support_email = $5, support_phone = $6, updated_at = $7
         WHERE tenant_id = $1",
        tenant.0,
        description.registration_number,
        description.about,
        &description.regions,
        description.support_email,
        description.support_phone,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The only place that moves a provider's state. The caller locked it and checked the old state.
pub async fn move_state(
    conn: &mut PgConnection,
    tenant: TenantId,
    to: ProviderState,
    event: &str,
    reason: Option<&str>,
    now: OffsetDateTime,
) -> Result<()> {
    sqlx::query!(
        "UPDATE providers SET state = $2, decision_reason = $3, updated_at = $4
         WHERE tenant_id = $1",
        tenant.0,
        to.into_str(),
        reason,
        now,
    )
    .execute(&mut *conn)
    .await?;
    events::publish(conn, tenant, event, &json!({"reason": reason})).await
}

pub async fn set_cart_origins(
    conn: &mut PgConnection,
    tenant: TenantId,
    origins: &[String],
    by: AccountId,
    now: OffsetDateTime,
) -> Result<()> {
    sqlx::query!(
        "UPDATE providers SET cart_origins = $2, updated_at = $3,
             version = version + 1, edited_by = $4, edited_at = $3
         WHERE tenant_id = $1",
        tenant.0,
        origins,
        now,
        by.0,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Sets until when a provider's contract is in force.
pub async fn set_contract_until(
    conn: &mut PgConnection,
    tenant: TenantId,
    until: OffsetDateTime,
) -> Result<()> {
    sqlx::query!("UPDATE providers SET contract_until = $2 WHERE tenant_id = $1", tenant.0, until)
        .execute(conn)
        .await?;
    Ok(())
}

/// Ends every provider's contract at `by` that would be in force longer. Platform scope.
pub async fn end_contracts_by(conn: &mut PgConnection, by: OffsetDateTime) -> Result<()> {
    sqlx::query!("UPDATE providers SET contract_until = $1 WHERE contract_until > $1", by)
        .execute(conn)
        .await?;
    Ok(())
}

/// Sets what keeps a provider from being paid, a sentence; None: nothing does. Returns whether that is new.
pub async fn set_payouts_blocked(
    conn: &mut PgConnection,
    tenant: TenantId,
    blocked: Option<&str>,
) -> Result<bool> {
    let set = sqlx::query!(
        "UPDATE providers SET payouts_blocked = $2
         WHERE tenant_id = $1 AND payouts_blocked IS DISTINCT FROM $2",
        tenant.0,
        blocked
    );
    Ok(set.execute(conn).await?.rows_affected() > 0)
}

/// What keeps a provider's hosted sales from going live because it could not be paid; None: nothing does.
pub async fn payouts_blocked(conn: &mut PgConnection, tenant: TenantId) -> Result<Option<String>> {
    let blocked =
        sqlx::query_scalar!("SELECT payouts_blocked FROM providers WHERE tenant_id = $1", tenant.0);
    Ok(blocked.fetch_optional(conn).await?.flatten())
}

/// What keeps each provider that was not rejected from being paid. Platform scope.
pub async fn payout_blocks(conn: &mut PgConnection) -> Result<Vec<(TenantId, Option<String>)>> {
    let rows = sqlx::query!(
        r#"SELECT tenant_id AS "tenant: TenantId", payouts_blocked FROM providers
           WHERE state <> 'rejected' ORDER BY tenant_id"#
    );
    let rows = rows.fetch_all(conn).await?;
    Ok(rows.into_iter().map(|row| (row.tenant, row.payouts_blocked)).collect())
}

/// The providers that are offered contracts: under review, approved or suspended. Platform scope.
pub async fn under_contract(conn: &mut PgConnection) -> Result<Vec<TenantId>> {
    let tenants = sqlx::query_scalar!(
        r#"SELECT tenant_id AS "tenant: TenantId" FROM providers
           WHERE state IN ('under_review', 'approved', 'suspended') ORDER BY tenant_id"#
    );
    Ok(tenants.fetch_all(conn).await?)
}
