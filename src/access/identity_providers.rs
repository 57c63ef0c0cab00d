//! Signing in with an account at another provider: where the browser is sent, and what is believed
//! of what it comes back with.
//!
//! OpenID Connect by authorization code with PKCE; issuer, audience, nonce, expiry and signature of
//! the ID token are checked. Facebook has OAuth 2 and an endpoint that tells who signed in.

use std::{sync::Arc, time::Instant};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use openidconnect::{
    AccessToken, AuthUrl, AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret,
    CsrfToken, EndpointMaybeSet, EndpointNotSet, EndpointSet, IssuerUrl, Nonce,
    OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope,
    SignatureVerificationError, TokenResponse, TokenUrl,
    core::{
        CoreAuthenticationFlow, CoreClient, CoreIdToken, CoreIdTokenClaims, CoreProviderMetadata,
        CoreUserInfoClaims,
    },
};
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};
use tokio::sync::Mutex;
use url::Url;

use super::provider_calls;
use crate::{
    kernel::{AccountId, Error, Result},
    platform::{
        Platform, PublicPath,
        config::{SignInProtocol, SignInProvider},
    },
};

/// How long somebody may take at the provider.
pub const FLOW_LIFETIME: Duration = Duration::minutes(10);
/// How long what a provider publishes about itself, its keys included, is kept.
const DISCOVERED_FOR: std::time::Duration = std::time::Duration::from_hours(1);
/// A token signed by an unknown key has the keys read again, no more often than this.
const KEYS_READ_AGAIN_AFTER: std::time::Duration = std::time::Duration::from_secs(30);
/// OpenID Connect allows no longer subject.
const SUBJECT_CHARS_MAX: usize = 255;
/// What seals a flow in its cookie.
const FLOW_PURPOSE: &str = "sign-in flow";

/// The providers of this installation. Cheap to clone.
#[derive(Clone)]
pub struct IdentityProviders(Arc<Vec<IdentityProvider>>);

struct IdentityProvider {
    settings: SignInProvider,
    discovery: Mutex<Discovery>,
}

/// What is known of a provider.
#[derive(Default)]
struct Discovery {
    found: Option<Discovered>,
    /// When it was last asked in vain.
    failed_at: Option<Instant>,
}

#[derive(Clone)]
struct Discovered {
    at: Instant,
    metadata: CoreProviderMetadata,
}

/// What somebody who was sent to a provider began here. Their browser keeps it sealed.
#[derive(Debug, Serialize, Deserialize)]
pub struct SignInFlow {
    provider: String,
    state: String,
    nonce: String,
    verifier: String,
    #[serde(with = "time::serde::timestamp")]
    began_at: OffsetDateTime,
    /// The page to go on to.
    pub next: String,
    /// The signed-in account that the provider's is to be connected to; None signs in.
    pub connect_to: Option<AccountId>,
}

/// What the browser brings back from a provider.
#[derive(Debug, Default)]
pub struct ProviderAnswer<'a> {
    pub code: Option<&'a str>,
    pub error: Option<&'a str>,
    pub issuer: Option<&'a str>,
}

/// Who signed in at a provider, as it says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExternalPerson {
    /// The provider's name in the settings.
    pub provider: String,
    /// The provider's id of the person, which never changes.
    pub subject: String,
    pub email: Option<String>,
    /// Whether the provider vouches that the address is theirs.
    pub is_email_verified: bool,
    pub name: Option<String>,
}

type OidcClient = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

type OauthClient = oauth2::basic::BasicClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

impl IdentityProviders {
    pub fn new(platform: &Platform) -> Self {
        let of = |settings: &SignInProvider| IdentityProvider {
            settings: settings.clone(),
            discovery: Mutex::default(),
        };
        Self(Arc::new(platform.config.sign_in_providers.iter().map(of).collect()))
    }

    fn named(&self, name: &str) -> Result<&IdentityProvider> {
        let found = self.0.iter().find(|provider| provider.settings.name == name);
        found.ok_or(Error::NotFound("sign-in provider"))
    }

    /// What people call a provider.
    pub fn label(&self, name: &str) -> Result<&str> {
        Ok(&self.named(name)?.settings.label)
    }

    /// Begins to sign in, or to connect an account. Returns the provider's address for the browser,
    /// and the flow, sealed.
    pub async fn begin(
        &self,
        platform: &Platform,
        name: &str,
        next: &str,
        connect_to: Option<AccountId>,
    ) -> Result<(String, String)> {
        let provider = self.named(name)?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let scopes = provider.settings.scopes.iter().cloned().map(Scope::new);
        let (url, state, nonce) = match &provider.settings.protocol {
            SignInProtocol::Oidc { issuer } => {
                let metadata = provider.discover(issuer, DISCOVERED_FOR).await?;
                provider
                    .oidc_client(platform, metadata)?
                    .authorize_url(
                        CoreAuthenticationFlow::AuthorizationCode,
                        CsrfToken::new_random,
                        Nonce::new_random,
                    )
                    .add_scopes(scopes)
                    .set_pkce_challenge(challenge)
                    .url()
            }
            SignInProtocol::Facebook { authorize_url, token_url, .. } => {
                let (url, state) = provider
                    .oauth_client(platform, authorize_url, token_url)?
                    .authorize_url(CsrfToken::new_random)
                    .add_scopes(scopes)
                    .set_pkce_challenge(challenge)
                    .url();
                (url, state, Nonce::new_random())
            }
        };
        let flow = SignInFlow {
            provider: name.to_owned(),
            state: state.secret().clone(),
            nonce: nonce.secret().clone(),
            verifier: verifier.secret().clone(),
            began_at: platform.clock.now(),
            next: next.to_owned(),
            connect_to,
        };
        Ok((url.into(), flow.seal(platform)?))
    }

    /// Checks what the browser brought back against the flow that it began, and asks the provider who
    /// it is.
    pub async fn finish(
        &self,
        platform: &Platform,
        flow: &SignInFlow,
        answer: &ProviderAnswer<'_>,
    ) -> Result<ExternalPerson> {
        let provider = self.named(&flow.provider)?;
        let label = &provider.settings.label;
        if answer.error.is_some() {
            return Err(refused(label, answer.error));
        }
        let code = answer.code.filter(|code| !code.is_empty());
        let code = code.ok_or_else(|| not_believed(label, "it has no code"))?.to_owned();
        match &provider.settings.protocol {
            SignInProtocol::Oidc { issuer } => {
                // Says which provider answered, so that one cannot pass another's code on (RFC 9207).
                if answer.issuer.is_some_and(|from| from != issuer) {
                    return Err(not_believed(label, "it is of another issuer"));
                }
                provider.oidc_person(platform, issuer, flow, code).await
            }
            SignInProtocol::Facebook { authorize_url, token_url, user_url } => {
                let client = provider.oauth_client(platform, authorize_url, token_url)?;
                let token = client
                    .exchange_code(AuthorizationCode::new(code))
                    .set_pkce_verifier(PkceCodeVerifier::new(flow.verifier.clone()))
                    .request_async(&provider_calls::call)
                    .await
                    .map_err(|error| no_token(label, error))?;
                provider.facebook_person(user_url, token.access_token()).await
            }
        }
    }
}

impl IdentityProvider {
    /// What the issuer publishes about itself, read less than `max_age` ago.
    async fn discover(
        &self,
        issuer: &str,
        max_age: std::time::Duration,
    ) -> Result<CoreProviderMetadata> {
        let (label, came) = (&self.settings.label, Instant::now());
        let mut discovery = self.discovery.lock().await;
        if let Some(found) = discovery.found.as_ref().filter(|found| found.at.elapsed() < max_age) {
            return Ok(found.metadata.clone());
        }
        // Those who waited for an answer that did not come do not wait for it one after the other.
        if discovery.failed_at.is_some_and(|at| at >= came) {
            return Err(unreachable_now(label, &std::io::Error::other("asked in vain just now")));
        }
        let url = IssuerUrl::new(issuer.to_owned()).map_err(anyhow::Error::from)?;
        match CoreProviderMetadata::discover_async(url, &provider_calls::call).await {
            Ok(metadata) => {
                let found = Discovered { at: Instant::now(), metadata: metadata.clone() };
                discovery.found = Some(found);
                Ok(metadata)
            }
            Err(error) => {
                discovery.failed_at = Some(Instant::now());
                Err(unreachable_now(label, &error))
            }
        }
    }

    fn return_url(&self, platform: &Platform) -> Result<RedirectUrl> {
        let url = platform.public_url(PublicPath::SignInReturn { provider: &self.settings.name });
        Ok(RedirectUrl::new(url).map_err(anyhow::Error::from)?)
    }

    fn oidc_client(
        &self,
        platform: &Platform,
        metadata: CoreProviderMetadata,
    ) -> Result<OidcClient> {
        let client = CoreClient::from_provider_metadata(
            metadata,
            ClientId::new(self.settings.client_id.clone()),
            Some(ClientSecret::new(self.settings.client_secret.clone())),
        );
        Ok(client.set_redirect_uri(self.return_url(platform)?))
    }

    fn oauth_client(
        &self,
        platform: &Platform,
        authorize_url: &str,
        token_url: &str,
    ) -> Result<OauthClient> {
        let client =
            oauth2::basic::BasicClient::new(ClientId::new(self.settings.client_id.clone()))
                .set_client_secret(ClientSecret::new(self.settings.client_secret.clone()))
                .set_auth_type(oauth2::AuthType::RequestBody)
                .set_auth_uri(AuthUrl::new(authorize_url.to_owned()).map_err(anyhow::Error::from)?)
                .set_token_uri(TokenUrl::new(token_url.to_owned()).map_err(anyhow::Error::from)?);
        Ok(client.set_redirect_uri(self.return_url(platform)?))
    }

    async fn oidc_person(
        &self,
        platform: &Platform,
        issuer: &str,
        flow: &SignInFlow,
        code: String,
    ) -> Result<ExternalPerson> {
        let label = &self.settings.label;
        let metadata = self.discover(issuer, DISCOVERED_FOR).await?;
        let client = self.oidc_client(platform, metadata)?;
        let token = client
            .exchange_code(AuthorizationCode::new(code))
            .map_err(|error| unreachable_now(label, &error))?
            .set_pkce_verifier(PkceCodeVerifier::new(flow.verifier.clone()))
            .request_async(&provider_calls::call)
            .await
            .map_err(|error| no_token(label, error))?;
        let id_token = token.id_token();
        let id_token = id_token.ok_or_else(|| not_believed(label, "there is no ID token"))?;
        let nonce = Nonce::new(flow.nonce.clone());
        let claims = match verified(platform, &client, id_token, &nonce) {
            Err(ClaimsVerificationError::SignatureVerification(
                SignatureVerificationError::NoMatchingKey,
            )) => {
                // The provider may have changed its keys since they were read.
                let metadata = self.discover(issuer, KEYS_READ_AGAIN_AFTER).await?;
                let client = self.oidc_client(platform, metadata)?;
                verified(platform, &client, id_token, &nonce).cloned()
            }
            other => other.cloned(),
        };
        let claims = claims.map_err(|error| not_believed(label, &error.to_string()))?;
        self.person(&client, &claims, token.access_token()).await
    }

    /// Who an ID token is about. What it leaves out is asked for.
    async fn person(
        &self,
        client: &OidcClient,
        claims: &CoreIdTokenClaims,
        access_token: &AccessToken,
    ) -> Result<ExternalPerson> {
        let label = &self.settings.label;
        let subject = claims.subject();
        let mut person = ExternalPerson {
            provider: self.settings.name.clone(),
            subject: checked_subject(label, subject.as_str())?,
            email: claims.email().map(|email| email.as_str().to_owned()),
            is_email_verified: claims.email_verified() == Some(true),
            name: claims
                .name()
                .and_then(|name| name.get(None))
                .map(|name| name.as_str().to_owned()),
        };
        if person.email.is_none()
            && let Ok(asked) = client.user_info(access_token.clone(), Some(subject.clone()))
        {
            let user: CoreUserInfoClaims = asked
                .request_async(&provider_calls::call)
                .await
                .map_err(|error| not_believed(label, &error.to_string()))?;
            person.email = user.email().map(|email| email.as_str().to_owned());
            person.is_email_verified = user.email_verified() == Some(true);
            let name = user.name().and_then(|name| name.get(None));
            person.name = person.name.or_else(|| name.map(|name| name.as_str().to_owned()));
        }
        Ok(person)
    }

    /// Who an access token of Facebook is about. It does not say whether the address was verified.
    async fn facebook_person(&self, user_url: &str, token: &AccessToken) -> Result<ExternalPerson> {
        #[derive(Deserialize)]
        struct FacebookUser {
            id: String,
            name: Option<String>,
            email: Option<String>,
        }
        let label = &self.settings.label;
        let proof = provider_calls::app_secret_proof(&self.settings.client_secret, token.secret());
        let mut url = Url::parse(user_url).map_err(anyhow::Error::from)?;
        url.query_pairs_mut()
            .append_pair("fields", "id,name,email")
            .append_pair("appsecret_proof", &proof);
        let answer = provider_calls::get(url, token.secret())
            .await
            .map_err(|error| unreachable_now(label, &error))?;
        let user: FacebookUser = serde_json::from_slice(&answer)
            .map_err(|error| not_believed(label, &error.to_string()))?;
        Ok(ExternalPerson {
            provider: self.settings.name.clone(),
            subject: checked_subject(label, &user.id)?,
            email: user.email.filter(|email| !email.is_empty()),
            is_email_verified: false,
            name: user.name,
        })
    }
}

impl SignInFlow {
    fn seal(&self, platform: &Platform) -> Result<String> {
        let text = serde_json::to_vec(self).map_err(anyhow::Error::from)?;
        let sealed = platform.config.keyring.seal(FLOW_PURPOSE, b"", &text)?;
        Ok(URL_SAFE_NO_PAD.encode(sealed))
    }

    /// The flow that a browser began with this provider, if its cookie has one and the state that came
    /// back is that flow's.
    pub fn open(
        platform: &Platform,
        sealed: Option<&str>,
        provider: &str,
        state: Option<&str>,
    ) -> Result<Self> {
        let began = sealed.and_then(|sealed| {
            let sealed = URL_SAFE_NO_PAD.decode(sealed).ok()?;
            let text = platform.config.keyring.open(FLOW_PURPOSE, b"", &sealed).ok()?;
            serde_json::from_slice::<Self>(&text).ok()
        });
        let now = platform.clock.now();
        let flow = began.filter(|flow| {
            flow.provider == provider
                && flow.began_at + FLOW_LIFETIME > now
                && state.is_some_and(|state| is_same(state, &flow.state))
        });
        flow.ok_or_else(|| {
            Error::BadRequest(
                "This answer belongs to no sign-in that this browser began in the last ten minutes, \
                 so you were not signed in. Start again."
                    .to_owned(),
            )
        })
    }
}

fn is_same(one: &str, other: &str) -> bool {
    use subtle::ConstantTimeEq;
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

fn verified<'a>(
    platform: &Platform,
    client: &OidcClient,
    token: &'a CoreIdToken,
    nonce: &Nonce,
) -> Result<&'a CoreIdTokenClaims, ClaimsVerificationError> {
    let now = platform.clock.now().unix_timestamp();
    let verifier = client
        .id_token_verifier()
        .set_time_fn(move || chrono::DateTime::from_timestamp(now, 0).unwrap_or_default());
    token.claims(&verifier, nonce)
}

fn checked_subject(label: &str, subject: &str) -> Result<String> {
    let length = subject.chars().count();
    if subject.contains('\0') || !(1..=SUBJECT_CHARS_MAX).contains(&length) {
        return Err(not_believed(label, "its subject is empty or too long"));
    }
    Ok(subject.to_owned())
}

/// The provider did not sign the person in.
fn refused(label: &str, error: Option<&str>) -> Error {
    tracing::info!(provider = label, error, "a sign-in was refused by its provider");
    Error::conflict(
        "sign_in_refused",
        format!(
            "{label} did not sign you in, or you did not agree to it. Nothing was changed. Try \
             again, or sign in another way."
        ),
    )
}

/// What a provider answered cannot be trusted.
fn not_believed(label: &str, why: &str) -> Error {
    tracing::warn!(provider = label, why, "the answer of a sign-in provider was refused");
    Error::BadRequest(format!(
        "The answer from {label} could not be verified, so you were not signed in. Start again."
    ))
}

/// A provider cannot be asked now.
fn unreachable_now(label: &str, error: &dyn std::error::Error) -> Error {
    tracing::warn!(provider = label, %error, "a sign-in provider cannot be asked");
    Error::Http {
        status: poem::http::StatusCode::BAD_GATEWAY,
        detail: format!(
            "{label} cannot be reached at the moment. Try again later, or sign in another way."
        ),
    }
}

/// The provider gave no token for the code.
fn no_token<T: openidconnect::ErrorResponse + std::fmt::Display + 'static>(
    label: &str,
    error: openidconnect::RequestTokenError<provider_calls::CallError, T>,
) -> Error {
    match error {
        openidconnect::RequestTokenError::Request(error) => unreachable_now(label, &error),
        other => not_believed(label, &other.to_string()),
    }
}
