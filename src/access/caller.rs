//! Extractors that authenticate and authorise in one step: a handler's signature says who may call
//! it. `policy.csv` says which roles may, by the operation's id.

use std::sync::Arc;

use poem::{PathPattern, Request, RequestBody};
use poem_openapi::{
    ApiExtractor, ApiExtractorType, ExtractParamOptions,
    registry::{MetaSecurityScheme, Registry},
};
use time::OffsetDateTime;

use super::{
    actor::Actor,
    api_keys::{self, ApiKeyInfo},
    context::Access,
    permissions,
    policy::Policy,
    second_factor,
    sessions::{self, Role, Session},
};
use crate::{
    kernel::{AccountId, Error, Result, TenantId},
    platform::Cookies,
};

/// poem-openapi names path parameters by position; the tenant is always the first.
const TENANT_PARAM: &str = "param0";
const SESSION_SCHEME: &str = "session";
const KEY_SCHEME: &str = "api_key";

/// Anyone; with the session, if there is one.
pub struct Anyone(pub Option<Arc<Session>>);

/// A signed-in account, acting for itself.
pub struct SignedIn(pub Arc<Session>);

/// A member of SMP's team.
pub struct Staff(pub Arc<Session>);

/// A member of the tenant in the path, or of SMP's team. For anyone else, the tenant does not exist.
pub struct Member {
    pub tenant: TenantId,
    pub session: Arc<Session>,
    /// Whether the caller acts as SMP's team, and not as a member.
    pub is_staff: bool,
}

/// A provider's server, by API key.
pub struct KeyHolder(pub ApiKeyInfo);

/// A [`Member`], or a server of the tenant in the path by API key.
pub struct MemberOrKey {
    pub tenant: TenantId,
    pub actor: Actor,
}

impl KeyHolder {
    /// Who sends a request by API key. Fails if the key is no valid one of an operation's scope.
    pub async fn of(request: &Request) -> Result<Self> {
        key_holder(request).await
    }
}

impl Anyone {
    pub fn account(&self) -> Option<AccountId> {
        self.0.as_ref().map(|session| session.account.id)
    }
}

impl SignedIn {
    pub fn account(&self) -> AccountId {
        self.0.account.id
    }
}

impl Staff {
    pub fn actor(&self) -> Actor {
        Actor::Account(self.0.account.id)
    }

    /// Refuses the request unless the second factor was proved a moment ago.
    pub fn require_step_up(&self, now: OffsetDateTime) -> Result<()> {
        second_factor::require_step_up(&self.0, now)
    }
}

impl Member {
    pub fn account(&self) -> AccountId {
        self.session.account.id
    }

    pub fn actor(&self) -> Actor {
        Actor::Account(self.account())
    }

    /// Refuses the request unless the second factor was proved a moment ago.
    pub fn require_step_up(&self, now: OffsetDateTime) -> Result<()> {
        second_factor::require_step_up(&self.session, now)
    }

    /// Whether the caller may also call this operation, for this tenant.
    pub fn may(&self, operation: &str) -> bool {
        let allowed = Policy::roles_of(operation);
        let here = |role: &&Role| role.tenant.as_ref().is_none_or(|t| t.id == self.tenant);
        self.session.roles.iter().filter(here).any(|role| allowed.contains(role.name.as_str()))
    }
}

/// The session of a request, when a layer before the extractors has looked it up.
#[derive(Clone)]
pub struct ResolvedSession(pub Option<Arc<Session>>);

/// The valid session of a request, if it has one.
pub async fn session_of(request: &Request, access: &Access) -> Result<Option<Arc<Session>>> {
    if let Some(ResolvedSession(session)) = request.data() {
        return Ok(session.clone());
    }
    match request.headers().value(sessions::COOKIE) {
        Some(token) if !token.is_empty() => access.sessions.find(&access.platform, &token).await,
        _ => Ok(None),
    }
}

pub(super) async fn required_session(request: &Request, access: &Access) -> Result<Arc<Session>> {
    session_of(request, access).await?.ok_or(Error::Unauthenticated("Sign in first."))
}

pub fn access_of(request: &Request) -> Result<&Access> {
    request
        .data::<Access>()
        .ok_or_else(|| anyhow::anyhow!("Access is not among the request's data").into())
}

/// The operation that the router chose.
fn operation<'a>(request: &Request, access: &'a Access) -> Result<&'a str> {
    let pattern = request.data::<PathPattern>().map(|p| p.0.to_string()).unwrap_or_default();
    let operation = access.operations.get(&(request.method().clone(), pattern.clone()));
    Ok(operation
        .ok_or_else(|| anyhow::anyhow!("no operation at {} {pattern}", request.method()))?)
}

fn allow<'a>(
    access: &Access,
    operation: &str,
    mut roles: impl Iterator<Item = &'a str>,
) -> Result<()> {
    if roles.any(|role| access.policy.allows(role, operation)) {
        return Ok(());
    }
    let words = Policy::permission_of(operation).and_then(permissions::in_words);
    Err(Error::Forbidden(format!(
        "Your role can’t {}. Ask the owner of your shop, or SMP, for a role that can.",
        words.unwrap_or("do that")
    )))
}

fn staff_roles(session: &Session) -> impl Iterator<Item = &str> {
    session.roles.iter().filter(|role| role.tenant.is_none()).map(|role| role.name.as_str())
}

async fn anyone(request: &Request) -> Result<Anyone> {
    let access = access_of(request)?;
    allow(access, operation(request, access)?, ["anyone"].into_iter())?;
    Ok(Anyone(session_of(request, access).await?))
}

async fn signed_in(request: &Request) -> Result<SignedIn> {
    let access = access_of(request)?;
    let session = required_session(request, access).await?;
    allow(access, operation(request, access)?, ["account"].into_iter())?;
    Ok(SignedIn(session))
}

async fn staff(request: &Request) -> Result<Staff> {
    let access = access_of(request)?;
    let session = required_session(request, access).await?;
    allow(access, operation(request, access)?, staff_roles(&session))?;
    second_factor::require_set_up(&access.platform, &session)?;
    access.last_seen.note(&access.platform, session.account.id);
    Ok(Staff(session))
}

fn tenant_of_path(request: &Request) -> Result<TenantId> {
    let tenant = request.raw_path_param(TENANT_PARAM).and_then(|t| t.parse().ok());
    tenant.ok_or(Error::NotFound("provider"))
}

async fn member(request: &Request) -> Result<Member> {
    let access = access_of(request)?;
    let session = required_session(request, access).await?;
    let tenant = tenant_of_path(request)?;
    let is_member = |role: &&Role| role.tenant.as_ref().is_some_and(|t| t.id == tenant);
    let roles: Vec<&str> =
        session.roles.iter().filter(is_member).map(|role| role.name.as_str()).collect();
    let is_staff = roles.is_empty();
    if is_staff && staff_roles(&session).next().is_none() {
        return Err(Error::NotFound("provider"));
    }
    allow(access, operation(request, access)?, roles.into_iter().chain(staff_roles(&session)))?;
    second_factor::require_set_up(&access.platform, &session)?;
    if is_staff {
        access.last_seen.note(&access.platform, session.account.id);
    }
    Ok(Member { tenant, session, is_staff })
}

fn bearer(request: &Request) -> Option<&str> {
    request.header("Authorization")?.strip_prefix("Bearer ")
}

async fn key_holder(request: &Request) -> Result<KeyHolder> {
    let access = access_of(request)?;
    let secret = bearer(request)
        .ok_or(Error::Unauthenticated("Send the API key as `Authorization: Bearer smp_…`."))?;
    let key = api_keys::find(&access.platform, secret).await?.ok_or(Error::Unauthenticated(
        "This API key is unknown or revoked, or has expired, or the owner who made it is \
             suspended.",
    ))?;
    access.key_uses.note(&access.platform, &key);
    let operation = operation(request, access)?;
    if !key.scopes.iter().any(|scope| access.policy.allows_scope(scope, operation)) {
        let scope = Policy::scope_of(operation).unwrap_or("none");
        return Err(Error::Forbidden(format!(
            "This API key lacks the scope {scope}. Create one that has it."
        )));
    }
    Ok(KeyHolder(key))
}

async fn member_or_key(request: &Request) -> Result<MemberOrKey> {
    if bearer(request).is_none() {
        let member = member(request).await?;
        return Ok(MemberOrKey { tenant: member.tenant, actor: member.actor() });
    }
    let KeyHolder(key) = key_holder(request).await?;
    let tenant = tenant_of_path(request)?;
    if key.tenant != tenant {
        return Err(Error::NotFound("provider"));
    }
    Ok(MemberOrKey { tenant, actor: Actor::ApiKey(key.id) })
}

fn session_scheme(registry: &mut Registry) {
    registry.create_security_scheme(
        SESSION_SCHEME,
        MetaSecurityScheme {
            ty: "apiKey",
            description: Some("The cookie that session_create sets."),
            name: Some(sessions::COOKIE),
            key_in: Some("cookie"),
            scheme: None,
            bearer_format: None,
            flows: None,
            openid_connect_url: None,
        },
    );
}

fn key_scheme(registry: &mut Registry) {
    registry.create_security_scheme(
        KEY_SCHEME,
        MetaSecurityScheme {
            ty: "http",
            description: Some("An API key created by a provider's owner."),
            name: None,
            key_in: None,
            scheme: Some("bearer"),
            bearer_format: None,
            flows: None,
            openid_connect_url: None,
        },
    );
}

macro_rules! extractor {
    ($type:ty, $from:path, [$(($scheme:expr, $register:path)),+], $fallback:literal) => {
        impl<'a> ApiExtractor<'a> for $type {
            const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::SecurityScheme];
            type ParamType = ();
            type ParamRawType = ();

            fn register(registry: &mut Registry) {
                $($register(registry);)+
            }

            fn security_schemes() -> Vec<&'static str> {
                vec![$($scheme),+]
            }

            fn has_security_fallback() -> bool {
                $fallback
            }

            async fn from_request(
                request: &'a Request,
                _body: &mut RequestBody,
                _options: ExtractParamOptions<()>,
            ) -> poem::Result<Self> {
                Ok($from(request).await?)
            }
        }
    };
}

extractor!(Anyone, anyone, [(SESSION_SCHEME, session_scheme)], true);
extractor!(SignedIn, signed_in, [(SESSION_SCHEME, session_scheme)], false);
extractor!(Staff, staff, [(SESSION_SCHEME, session_scheme)], false);
extractor!(Member, member, [(SESSION_SCHEME, session_scheme)], false);
extractor!(KeyHolder, key_holder, [(KEY_SCHEME, key_scheme)], false);
extractor!(
    MemberOrKey,
    member_or_key,
    [(SESSION_SCHEME, session_scheme), (KEY_SCHEME, key_scheme)],
    false
);
