//! The API of a provider's API keys: creating, rotating and revoking them.

use poem_openapi::{ApiResponse, Object, OpenApi, param::Path, payload::Json};
use serde_json::json;
use time::{Duration, OffsetDateTime};

use super::{
    api::{Empty, Tag},
    api_keys::{self, ApiKey, NewApiKey},
    audit,
    caller::Member,
    permissions,
    policy::Policy,
};
use crate::{
    events,
    kernel::{
        ApiKeyId, FieldErrors, Input, Result, TenantId,
        limits::{API_KEY_NAME_CHARS_MAX, API_KEY_OVERLAP_DAYS_MAX, API_KEY_YEARS_MAX},
        validate,
    },
    platform::Platform,
};

/// How long a key goes on beside its successor, unless somebody chooses otherwise, and at most.
const OVERLAP_DEFAULT: Duration = Duration::hours(24);
const OVERLAP_MAX: Duration = Duration::days(API_KEY_OVERLAP_DAYS_MAX);

pub struct ApiKeyApi {
    pub platform: Platform,
}

#[derive(Object)]
#[oai(rename = "ApiKey")]
struct ApiKeyView {
    id: ApiKeyId,
    name: String,
    /// The first characters of the secret, to distinguish keys.
    prefix: String,
    /// What it may do.
    scopes: Vec<String>,
    created_at: OffsetDateTime,
    /// From then on it is refused; null: never.
    expires_at: Option<OffsetDateTime>,
    /// Since when it is refused; null while it works.
    revoked_at: Option<OffsetDateTime>,
    /// When it was used last, to the minute; null: never.
    last_used_at: Option<OffsetDateTime>,
    /// Its successor, once it was rotated.
    replaced_by: Option<ApiKeyId>,
}

impl From<ApiKey> for ApiKeyView {
    fn from(row: ApiKey) -> Self {
        Self {
            id: row.id,
            name: row.name,
            prefix: row.prefix,
            scopes: row.scopes,
            created_at: row.created_at,
            expires_at: row.expires_at,
            revoked_at: row.revoked_at,
            last_used_at: row.last_used_at,
            replaced_by: row.replaced_by,
        }
    }
}

/// A scope that a key can have.
#[derive(Object)]
struct ApiKeyScope {
    name: String,
    /// What it allows, as in “A key with this scope can …”.
    words: String,
}

#[derive(Object)]
struct ApiKeyList {
    items: Vec<ApiKeyView>,
    /// The scopes to choose from.
    scopes: Vec<ApiKeyScope>,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct ApiKeyInput {
    /// What uses the key, to tell it from others: 1 to 80 characters.
    name: String,
    /// At least one of those that `api_key_list` names.
    scopes: Vec<String>,
    /// From then on it is refused; leave it out for a key that does not expire.
    expires_at: Option<OffsetDateTime>,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct ApiKeyRotation {
    /// Until when the old key works: at most 30 days from now, in 24 hours when absent.
    ends_at: Option<OffsetDateTime>,
}

#[derive(Object)]
struct ApiKeyCreated {
    key: ApiKeyView,
    /// Shown only here.
    secret: String,
}

#[derive(ApiResponse)]
enum ApiKeyCreatedResponse {
    /// Created.
    #[oai(status = 201)]
    Created(Json<ApiKeyCreated>),
}

#[OpenApi(tag = "Tag::Access")]
impl ApiKeyApi {
    /// A provider's API keys
    ///
    /// The provider's API keys, newest first, revoked and expired ones included; at most 200. A
    /// secret is never shown again; `prefix` tells keys apart. `scopes` are those that a new key can
    /// have.
    #[oai(path = "/providers/:tenant/api-keys", method = "get", operation_id = "api_key_list")]
    async fn api_key_list(
        &self,
        member: Member,
        tenant: Path<TenantId>,
    ) -> Result<Json<ApiKeyList>> {
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        let items = api_keys::list(&mut tx, member.tenant)
            .await?
            .into_iter()
            .map(ApiKeyView::from)
            .collect();
        let scope = |name: &str| ApiKeyScope {
            name: name.to_owned(),
            words: permissions::in_words(name).unwrap_or_default().to_owned(),
        };
        Ok(Json(ApiKeyList { items, scopes: Policy::scopes().map(scope).collect() }))
    }

    /// Create an API key
    ///
    /// Makes a key for the provider's servers (`Authorization: Bearer …`), which may do what its
    /// scopes say. The answer shows the secret, once: SMP keeps only its hash. The owners are told by
    /// email. Written to the audit log.
    ///
    /// A name has 1 to 80 characters. Not idempotent: each request makes another key.
    #[oai(path = "/providers/:tenant/api-keys", method = "post", operation_id = "api_key_create")]
    async fn api_key_create(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        body: Input<ApiKeyInput>,
    ) -> Result<ApiKeyCreatedResponse> {
        let now = self.platform.clock.now();
        member.require_step_up(now)?;
        let mut fields = FieldErrors::default();
        let name = validate::text(&mut fields, "name", &body.name, 1, API_KEY_NAME_CHARS_MAX);
        check_scopes(&mut fields, &body.scopes);
        if let Some(end) = body.expires_at {
            fields.check(end > now, "expires_at", "Is in the past; choose a later time");
            let latest = now + Duration::days(365 * API_KEY_YEARS_MAX);
            let message = format!("Must be within {API_KEY_YEARS_MAX} years");
            fields.check(end <= latest, "expires_at", &message);
        }
        fields.finish()?;
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        let new = NewApiKey { name: &name, scopes: &body.scopes, expires_at: body.expires_at };
        let (key, secret) =
            api_keys::create(&mut tx, member.tenant, new, member.account(), now).await?;
        let details = json!({"name": name, "scopes": key.scopes, "expires_at": key.expires_at});
        note(&mut tx, &member, "api_key_create", key.id, &details).await?;
        let payload = json!({"key_name": name, "scopes": key.scopes, "by": member.account()});
        events::publish(&mut tx, member.tenant, "api_key.created", &payload).await?;
        tx.commit().await?;
        Ok(ApiKeyCreatedResponse::Created(Json(ApiKeyCreated { key: key.into(), secret })))
    }

    /// Rotate an API key
    ///
    /// Makes a successor with the same name, scopes and lifetime, and shows its secret once. The old
    /// key goes on until `ends_at` and then ends by itself, so that the servers can change over one
    /// by one. The owners are told by email. Written to the audit log.
    ///
    /// A key that is revoked or has expired is a 404; one that has a successor already is a 409
    /// `urn:smp:already_rotated`.
    #[oai(
        path = "/providers/:tenant/api-keys/:key/rotation",
        method = "post",
        operation_id = "api_key_rotate"
    )]
    async fn api_key_rotate(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        key: Path<ApiKeyId>,
        body: Input<ApiKeyRotation>,
    ) -> Result<ApiKeyCreatedResponse> {
        let now = self.platform.clock.now();
        member.require_step_up(now)?;
        let ends_at = body.ends_at.unwrap_or(now + OVERLAP_DEFAULT);
        let mut fields = FieldErrors::default();
        fields.check(
            ends_at > now,
            "ends_at",
            "Is in the past; choose a later time, or revoke the key to end it now",
        );
        let message = format!("Must be at most {} days from now", OVERLAP_MAX.whole_days());
        fields.check(ends_at <= now + OVERLAP_MAX, "ends_at", &message);
        fields.finish()?;
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        let by = member.account();
        let (made, secret) =
            api_keys::rotate(&mut tx, member.tenant, key.0, ends_at, by, now).await?;
        let details = json!({"name": made.name, "successor": made.id, "ends_at": ends_at});
        note(&mut tx, &member, "api_key_rotate", key.0, &details).await?;
        let payload = json!({"key_name": made.name, "scopes": made.scopes, "by": by});
        events::publish(&mut tx, member.tenant, "api_key.rotated", &payload).await?;
        tx.commit().await?;
        Ok(ApiKeyCreatedResponse::Created(Json(ApiKeyCreated { key: made.into(), secret })))
    }

    /// Revoke an API key
    ///
    /// Makes a key invalid at once and for good, on every node. Written to the audit log. A key that
    /// is revoked already is a 404.
    #[oai(
        path = "/providers/:tenant/api-keys/:key",
        method = "delete",
        operation_id = "api_key_revoke"
    )]
    async fn api_key_revoke(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        key: Path<ApiKeyId>,
    ) -> Result<Empty> {
        let now = self.platform.clock.now();
        member.require_step_up(now)?;
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        api_keys::revoke(&mut tx, member.tenant, key.0, now).await?;
        note(&mut tx, &member, "api_key_revoke", key.0, &()).await?;
        tx.commit().await?;
        Ok(Empty::Done)
    }
}

fn check_scopes(fields: &mut FieldErrors, given: &[String]) {
    let known: Vec<&str> = Policy::scopes().collect();
    let all = known.join(", ");
    fields.check(!given.is_empty(), "scopes", &format!("Choose at least one scope of {all}"));
    for (index, scope) in given.iter().take(known.len() + 1).enumerate() {
        let field = format!("scopes.{index}");
        let message = format!("{scope:?} is not a scope; choose from {all}");
        fields.check(known.contains(&scope.as_str()), &field, &message);
        fields.check(!given[..index].contains(scope), &field, "Is listed twice; keep one");
    }
}

async fn note(
    conn: &mut sqlx::PgConnection,
    member: &Member,
    action: &str,
    key: ApiKeyId,
    details: &impl serde::Serialize,
) -> Result<()> {
    let subject = format!("api_key {key}");
    audit::record(conn, member.actor(), member.tenant, action, &subject, details).await
}
