//! API keys, by which a provider's servers authenticate. The secret is shown once; only its hash is
//! stored. A key is looked up at each request, so that revoking one works on every node at once.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
};

use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::{
    kernel::{AccountId, ApiKeyId, Error, Result, TenantId, token},
    platform::Platform,
};

/// How exact the time is at which a key was used last.
const USED_GRAIN: Duration = Duration::MINUTE;

/// A valid key: whose it is, and what it may do.
#[derive(Debug, Clone)]
pub struct ApiKeyInfo {
    pub tenant: TenantId,
    pub id: ApiKeyId,
    pub scopes: Vec<String>,
    last_used_at: Option<OffsetDateTime>,
}

/// A key without its secret.
#[derive(Debug)]
pub struct ApiKey {
    pub id: ApiKeyId,
    pub name: String,
    pub prefix: String,
    pub scopes: Vec<String>,
    pub created_at: OffsetDateTime,
    /// From then on it is refused; None: never.
    pub expires_at: Option<OffsetDateTime>,
    pub revoked_at: Option<OffsetDateTime>,
    /// To the minute; None: never used.
    pub last_used_at: Option<OffsetDateTime>,
    /// The key that a rotation made in its place.
    pub replaced_by: Option<ApiKeyId>,
}

impl ApiKey {
    /// Whether it is refused at `now`.
    fn has_ended(&self, now: OffsetDateTime) -> bool {
        self.revoked_at.is_some() || self.expires_at.is_some_and(|end| end <= now)
    }
}

/// What a key is created with.
#[derive(Debug, Clone, Copy)]
pub struct NewApiKey<'a> {
    pub name: &'a str,
    pub scopes: &'a [String],
    pub expires_at: Option<OffsetDateTime>,
}

/// The key with this secret, unless it is revoked, has expired, its provider was rejected, or the owner
/// who made it is suspended. The key of a suspended provider is refused until it is reinstated.
pub async fn find(platform: &Platform, secret: &str) -> Result<Option<ApiKeyInfo>> {
    let Some(hash) = token::hash_of_sent(secret) else { return Ok(None) };
    let mut tx = platform.db.platform("api key").await?;
    let row = sqlx::query!(
        r#"SELECT k.tenant_id, k.id, k.scopes, k.last_used_at,
                  p.state = 'suspended' AS "is_suspended!"
           FROM api_keys k JOIN providers p USING (tenant_id)
           WHERE k.key_hash = $1 AND k.revoked_at IS NULL AND p.state <> 'rejected'
             AND (k.expires_at IS NULL OR k.expires_at > $2)
             AND NOT EXISTS (
                 SELECT FROM members m WHERE m.tenant_id = k.tenant_id
                   AND m.account_id = k.created_by AND m.role = 'owner' AND m.state = 'suspended'
             )"#,
        hash,
        platform.clock.now(),
    )
    .fetch_optional(&mut *tx)
    .await?;
    if row.as_ref().is_some_and(|row| row.is_suspended) {
        return Err(Error::conflict(
            "provider_suspended",
            "The provider of this API key is suspended, so nothing was recorded. Ask SMP to \
             reinstate it, and send the request again then.",
        ));
    }
    Ok(row.map(|row| ApiKeyInfo {
        tenant: TenantId(row.tenant_id),
        id: ApiKeyId(row.id),
        scopes: row.scopes,
        last_used_at: row.last_used_at,
    }))
}

/// Notes when keys were used, beside the requests and at most once a minute for each key.
#[derive(Clone, Default)]
pub struct KeyUses {
    /// Keys whose note this node is writing.
    under_way: Arc<Mutex<HashSet<ApiKeyId>>>,
}

impl KeyUses {
    /// Notes that a key was used now. Returns at once.
    pub fn note(&self, platform: &Platform, key: &ApiKeyInfo) {
        let now = platform.clock.now();
        if key.last_used_at.is_some_and(|last| now - last < USED_GRAIN) {
            return;
        }
        let (tenant, id) = (key.tenant, key.id);
        if !self.under_way.lock().unwrap_or_else(PoisonError::into_inner).insert(id) {
            return;
        }
        let (uses, platform) = (self.clone(), platform.clone());
        tokio::spawn(async move {
            if let Err(error) = write_use(&platform, tenant, id, now).await {
                tracing::warn!(error = error.causes(), "the use of an API key was not noted");
            }
            uses.under_way.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
        });
    }
}

async fn write_use(
    platform: &Platform,
    tenant: TenantId,
    key: ApiKeyId,
    now: OffsetDateTime,
) -> Result<()> {
    let mut tx = platform.db.tenant(tenant).await?;
    sqlx::query!(
        "UPDATE api_keys SET last_used_at = date_trunc('minute', $3::timestamptz)
         WHERE tenant_id = $1 AND id = $2
           AND (last_used_at IS NULL OR last_used_at < date_trunc('minute', $3::timestamptz))",
        tenant.0,
        key.0,
        now,
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(())
}

/// Creates a key. The second value is the secret, which cannot be read again.
pub async fn create(
    conn: &mut PgConnection,
    tenant: TenantId,
    new: NewApiKey<'_>,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<(ApiKey, String)> {
    let secret = format!("smp_{}", token::random());
    let row = ApiKey {
        id: ApiKeyId::new(),
        name: new.name.to_owned(),
        prefix: secret.chars().take(10).collect(),
        scopes: new.scopes.to_vec(),
        created_at: now,
        expires_at: new.expires_at,
        revoked_at: None,
        last_used_at: None,
        replaced_by: None,
    };
    sqlx::query!(
        "INSERT INTO api_keys
             (tenant_id, id, name, prefix, key_hash, scopes, created_by, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        tenant.0,
        row.id.0,
        row.name,
        row.prefix,
        token::hash(&secret),
        new.scopes,
        by.0,
        now,
        row.expires_at,
    )
    .execute(conn)
    .await?;
    Ok((row, secret))
}

/// Makes a successor of a key, with the same name, scopes and lifetime, and its secret. The key
/// itself ends at `ends_at`, or earlier where it would have expired earlier.
pub async fn rotate(
    conn: &mut PgConnection,
    tenant: TenantId,
    key: ApiKeyId,
    ends_at: OffsetDateTime,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<(ApiKey, String)> {
    let old = sqlx::query_as!(
        ApiKey,
        r#"SELECT id AS "id: ApiKeyId", name, prefix, scopes, created_at, expires_at, revoked_at,
                  last_used_at, replaced_by AS "replaced_by: ApiKeyId"
           FROM api_keys WHERE tenant_id = $1 AND id = $2 FOR UPDATE"#,
        tenant.0,
        key.0,
    )
    .fetch_optional(&mut *conn)
    .await?;
    let old = old.filter(|key| !key.has_ended(now)).ok_or(Error::NotFound("API key"))?;
    if old.replaced_by.is_some() {
        return Err(Error::conflict(
            "already_rotated",
            "This key has a successor already. Rotate the successor, or revoke this key.",
        ));
    }
    let new = NewApiKey {
        name: &old.name,
        scopes: &old.scopes,
        expires_at: old.expires_at.map(|end| now + (end - old.created_at)),
    };
    let made = create(conn, tenant, new, by, now).await?;
    sqlx::query!(
        "UPDATE api_keys SET replaced_by = $3, expires_at = least(expires_at, $4)
         WHERE tenant_id = $1 AND id = $2",
        tenant.0,
        key.0,
        made.0.id.0,
        ends_at,
    )
    .execute(conn)
    .await?;
    Ok(made)
}

/// A tenant's keys, revoked and expired ones included, newest first; at most 200.
pub async fn list(conn: &mut PgConnection, tenant: TenantId) -> Result<Vec<ApiKey>> {
    let rows = sqlx::query_as!(
        ApiKey,
        r#"SELECT id AS "id: ApiKeyId", name, prefix, scopes, created_at, expires_at, revoked_at,
                  last_used_at, replaced_by AS "replaced_by: ApiKeyId"
           FROM api_keys WHERE tenant_id = $1 ORDER BY created_at DESC LIMIT 200"#,
        tenant.0,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows)
}

/// The names of some keys.
pub async fn names(conn: &mut PgConnection, ids: &[ApiKeyId]) -> Result<HashMap<ApiKeyId, String>> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let rows = sqlx::query!("SELECT id, name FROM api_keys WHERE id = ANY($1)", &ids)
        .fetch_all(conn)
        .await?;
    Ok(rows.into_iter().map(|row| (ApiKeyId(row.id), row.name)).collect())
}

/// Revokes the keys that an account made at a provider. Returns how many.
pub async fn revoke_made_by(
    conn: &mut PgConnection,
    tenant: TenantId,
    account: AccountId,
    now: OffsetDateTime,
) -> Result<u64> {
    let revoked = sqlx::query!(
        "UPDATE api_keys SET revoked_at = $3
         WHERE tenant_id = $1 AND created_by = $2 AND revoked_at IS NULL",
        tenant.0,
        account.0,
        now,
    );
    Ok(revoked.execute(conn).await?.rows_affected())
}

/// Revokes the keys that an account made at any provider. Platform scope.
pub async fn revoke_all_made_by(
    conn: &mut PgConnection,
    account: AccountId,
    now: OffsetDateTime,
) -> Result<()> {
    sqlx::query!(
        "UPDATE api_keys SET revoked_at = $2 WHERE created_by = $1 AND revoked_at IS NULL",
        account.0,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
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
