//! API keys, by which a provider's servers authenticate. The secret is shown once; only its hash is
//! stored.

use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::{
    kernel::{AccountId, ApiKeyId, Error, Result, TenantId, token},
    platform::Platform,
};

/// The scopes a key may have.
pub const SCOPES: &[&str] = &["postbacks"];

/// A valid key: whose it is, and what it may do.
#[derive(Debug, Clone)]
pub struct ApiKeyInfo {
    pub tenant: TenantId,
    pub id: ApiKeyId,
    pub scopes: Vec<String>,
}

/// A key without its secret.
#[derive(Debug)]
pub struct ApiKey {
    pub id: ApiKeyId,
    pub name: String,
    pub prefix: String,
    pub scopes: Vec<String>,
    pub created_at: OffsetDateTime,
    pub revoked_at: Option<OffsetDateTime>,
}

/// The key with this secret, unless it is revoked or its provider was rejected.
pub async fn find(platform: &Platform, secret: &str) -> Result<Option<ApiKeyInfo>> {
    let mut tx = platform.db.platform("api key").await?;
    let row = sqlx::query!(
        "SELECT k.tenant_id, k.id, k.scopes FROM api_keys k JOIN providers p USING (tenant_id)
         WHERE k.key_hash = $1 AND k.revoked_at IS NULL AND p.state <> 'rejected'",
        token::hash(secret),
    )
    .fetch_optional(&mut *tx)
    .await?;
    Ok(row.map(|row| ApiKeyInfo {
        tenant: TenantId(row.tenant_id),
        id: ApiKeyId(row.id),
        scopes: row.scopes,
    }))
}

/// Creates a key. The second value is the secret, which cannot be read again.
pub async fn create(
    conn: &mut PgConnection,
    tenant: TenantId,
    name: &str,
    scopes: &[String],
    by: AccountId,
    now: OffsetDateTime,
) -> Result<(ApiKey, String)> {
    let secret = format!("smp_{}", token::random());
    let row = ApiKey {
        id: ApiKeyId::new(),
        name: name.to_owned(),
        prefix: secret.chars().take(10).collect(),
        scopes: scopes.to_vec(),
        created_at: now,
        revoked_at: None,
    };
    sqlx::query!(
        "INSERT INTO api_keys
             (tenant_id, id, name, prefix, key_hash, scopes, created_by, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        tenant.0,
        row.id.0,
        row.name,
        row.prefix,
        token::hash(&secret),
        scopes,
        by.0,
        now,
    )
    .execute(conn)
    .await?;
    Ok((row, secret))
}

/// A tenant's keys, revoked ones included, newest first; at most 200.
pub async fn list(conn: &mut PgConnection, tenant: TenantId) -> Result<Vec<ApiKey>> {
    let rows = sqlx::query_as!(
        ApiKey,
        r#"SELECT id AS "id: ApiKeyId", name, prefix, scopes, created_at, revoked_at
           FROM api_keys WHERE tenant_id = $1 ORDER BY created_at DESC LIMIT 200"#,
        tenant.0,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows)
}

/// Revokes a key. Unknown, or revoked already, is an error.
pub async fn revoke(
    conn: &mut PgConnection,
    tenant: TenantId,
    key: ApiKeyId,
    now: OffsetDateTime,
) -> Result<()> {
    let done = sqlx::query!(
        "UPDATE api_keys SET revoked_at = $3
         WHERE tenant_id = $1 AND id = $2 AND revoked_at IS NULL",
        tenant.0,
        key.0,
        now
    )
    .execute(conn)
    .await?;
    if done.rows_affected() == 0 { Err(Error::NotFound("API key")) } else { Ok(()) }
}
