//! A provider to sign in with: an issuer of OpenID Connect, and beside it one as Facebook is. It checks
//! what a client sends it, and can answer wrongly.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use openidconnect::{
    Audience, EmptyAdditionalClaims, EndUserEmail, EndUserName, IssuerUrl, JsonWebKeyId,
    JsonWebKeySet, LocalizedClaim, Nonce, PrivateSigningKey, StandardClaims, SubjectIdentifier,
    core::{
        CoreIdToken, CoreIdTokenClaims, CoreJsonWebKey, CoreJwsSigningAlgorithm,
        CoreRsaPrivateSigningKey,
    },
};
use poem::{
    EndpointExt, IntoResponse, Request, Response, Route, Server, get, handler,
    http::StatusCode,
    listener::{Acceptor, Listener, TcpListener},
    post,
    web::{Data, Form, Json},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Client, TestApp, client::Answer};

/// The client that the provider knows.
pub const CLIENT_ID: &str = "smp-test";
pub const CLIENT_SECRET: &str = "a secret of the client";

/// What is wrong with an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    Issuer,
    Audience,
    Nonce,
    Expired,
    UnknownKey,
    Truncated,
    NoIdToken,
}

/// Who signs in at the provider.
#[derive(Debug, Clone)]
pub struct Person {
    pub subject: String,
    pub email: Option<String>,
    pub is_verified: bool,
    pub name: String,
    /// Whether only the endpoint for users tells the address.
    pub is_shy: bool,
}

impl Person {
    pub fn new(subject: &str, email: &str) -> Self {
        Self {
            subject: subject.to_owned(),
            email: Some(email.to_owned()),
            is_verified: true,
            name: "Ada Lovelace".to_owned(),
            is_shy: false,
        }
    }
}

struct Grant {
    person: Person,
    nonce: String,
    challenge: String,
    flaw: Option<Flaw>,
}

/// The provider.
pub struct Provider {
    pub base: String,
    grants: Mutex<HashMap<String, Grant>>,
    signed_in: Mutex<Option<Person>>,
    now: time::OffsetDateTime,
}

/// A flow that a browser began.
pub struct Begun {
    pub state: String,
    nonce: String,
    challenge: String,
}

impl Provider {
    /// Starts a provider, and a server that offers it as `google` and `facebook`.
    pub async fn start() -> (Arc<Self>, TestApp) {
        let acceptor = TcpListener::bind("127.0.0.1:0").into_acceptor().await.unwrap();
        let address = *acceptor.local_addr()[0].as_socket_addr().unwrap();
        let provider = Arc::new(Self {
            base: format!("http://{address}"),
            grants: Mutex::default(),
            signed_in: Mutex::default(),
            now: smp::kernel::Clock::default().now(),
        });
        let routes = Route::new()
            .at("/.well-known/openid-configuration", get(configuration))
            .at("/keys", get(keys))
            .at("/token", post(give_token))
            .at("/user", get(user))
            .at("/facebook/token", post(give_token))
            .at("/facebook/me", get(facebook_user))
            .data(provider.clone());
        tokio::spawn(Server::new_with_acceptor(acceptor).run(routes));
        let file = std::env::temp_dir().join(format!("smp-providers-{}", uuid::Uuid::now_v7()));
        let base = &provider.base;
        let client = format!("id = \"{CLIENT_ID}\"\nsecret = \"{CLIENT_SECRET}\"");
        let text = format!(
            "[[provider]]\nname = \"google\"\nlabel = \"Google\"\nkind = \"oidc\"\n{client}\n\
             issuer = \"{base}\"\n\
             [[provider]]\nname = \"facebook\"\nlabel = \"Facebook\"\nkind = \"facebook\"\n{client}\n\
             authorize_url = \"{base}/facebook/authorize\"\n\
             token_url = \"{base}/facebook/token\"\nuser_url = \"{base}/facebook/me\"\n"
        );
        std::fs::write(&file, text).unwrap();
        let settings = [("smp_sign_in_providers", file.to_str().unwrap())];
        let app = TestApp::start_with(&settings).await;
        std::fs::remove_file(file).unwrap();
        (provider, app)
    }

    /// Presses a provider's button in a browser.
    pub async fn begin(&self, client: &Client, name: &str, next: &str) -> Begun {
        let answer = client.form(&format!("/sign-in/with/{name}"), &[("next", next)]).await;
        self.begun(&answer)
    }

    /// What a browser was sent to the provider with.
    pub fn begun(&self, answer: &Answer) -> Begun {
        answer.expect(303);
        let url = url::Url::parse(answer.location()).unwrap();
        let query: HashMap<String, String> = url.query_pairs().into_owned().collect();
        assert!(url.as_str().starts_with(&self.base), "{url}");
        assert_eq!(query["response_type"], "code");
        assert_eq!((&*query["client_id"], &*query["code_challenge_method"]), (CLIENT_ID, "S256"));
        Begun {
            state: query["state"].clone(),
            nonce: query.get("nonce").cloned().unwrap_or_default(),
            challenge: query["code_challenge"].clone(),
        }
    }

    /// A code for somebody who signed in at the provider.
    pub fn grant(&self, begun: &Begun, person: &Person, flaw: Option<Flaw>) -> String {
        let code = uuid::Uuid::new_v4().to_string();
        let grant = Grant {
            person: person.clone(),
            nonce: begun.nonce.clone(),
            challenge: begun.challenge.clone(),
            flaw,
        };
        self.grants.lock().unwrap().insert(code.clone(), grant);
        code
    }

    /// Signs in at the provider and comes back.
    pub async fn sign_in(
        &self,
        client: &Client,
        name: &str,
        next: &str,
        person: &Person,
    ) -> Answer {
        let begun = self.begin(client, name, next).await;
        let code = self.grant(&begun, person, None);
        client.get(&back(name, &code, &begun.state)).await
    }

    fn id_token(&self, grant: &Grant) -> Option<String> {
        let flaw = |wanted| grant.flaw == Some(wanted);
        if flaw(Flaw::NoIdToken) {
            return None;
        }
        let seconds = self.now.unix_timestamp();
        let at = |seconds| chrono::DateTime::from_timestamp(seconds, 0).unwrap();
        let (issuer, audience) = (
            if flaw(Flaw::Issuer) { "https://evil.example" } else { &self.base },
            if flaw(Flaw::Audience) { "another-client" } else { CLIENT_ID },
        );
        let lasts = if flaw(Flaw::Expired) { -60 } else { 3_600 };
        let nonce = if flaw(Flaw::Nonce) { "another nonce" } else { &grant.nonce };
        let claims = CoreIdTokenClaims::new(
            IssuerUrl::new(issuer.to_owned()).unwrap(),
            vec![Audience::new(audience.to_owned())],
            at(seconds + lasts),
            at(seconds - 120),
            claims_of(&grant.person),
            EmptyAdditionalClaims {},
        )
        .set_nonce(Some(Nonce::new(nonce.to_owned())));
        let key = signing_key(if flaw(Flaw::UnknownKey) { "unknown" } else { "one" });
        let algorithm = CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256;
        let token = CoreIdToken::new(claims, &key, algorithm, None, None).unwrap().to_string();
        Some(if flaw(Flaw::Truncated) { token[..token.len() - 10].to_owned() } else { token })
    }
}

/// Where a provider sends the browser back to.
pub fn back(name: &str, code: &str, state: &str) -> String {
    format!("/sign-in/with/{name}/return?code={code}&state={state}")
}

fn claims_of(person: &Person) -> StandardClaims<openidconnect::core::CoreGenderClaim> {
    let claims = StandardClaims::new(SubjectIdentifier::new(person.subject.clone()));
    if person.is_shy {
        return claims;
    }
    let mut name = LocalizedClaim::new();
    name.insert(None, EndUserName::new(person.name.clone()));
    claims
        .set_name(Some(name))
        .set_email(person.email.clone().map(EndUserEmail::new))
        .set_email_verified(Some(person.is_verified))
}

fn signing_key(id: &str) -> CoreRsaPrivateSigningKey {
    let pem = include_str!("oidc-key.pem");
    CoreRsaPrivateSigningKey::from_pem(pem, Some(JsonWebKeyId::new(id.to_owned()))).unwrap()
}

#[handler]
fn configuration(Data(provider): Data<&Arc<Provider>>) -> Json<Value> {
    let base = &provider.base;
    Json(json!({
        "issuer": base,
        "authorization_endpoint": format!("{base}/authorize"),
        "token_endpoint": format!("{base}/token"),
        "userinfo_endpoint": format!("{base}/user"),
        "jwks_uri": format!("{base}/keys"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
    }))
}

#[handler]
fn keys() -> Json<JsonWebKeySet<CoreJsonWebKey>> {
    Json(JsonWebKeySet::new(vec![signing_key("one").as_verification_key()]))
}

/// Gives a token for a code, once, to the client that has its secret and its verifier.
#[handler]
fn give_token(
    request: &Request,
    Data(provider): Data<&Arc<Provider>>,
    Form(form): Form<HashMap<String, String>>,
) -> Response {
    let refused = |error: &str| {
        Json(json!({ "error": error })).with_status(StatusCode::BAD_REQUEST).into_response()
    };
    let in_header = request.header("Authorization").and_then(|header| {
        let decoded = base64::engine::general_purpose::STANDARD
            .decode(header.strip_prefix("Basic ")?)
            .ok()?;
        String::from_utf8(decoded).ok()
    });
    let encoded: String = url::form_urlencoded::byte_serialize(CLIENT_SECRET.as_bytes()).collect();
    let knows_secret = in_header == Some(format!("{CLIENT_ID}:{encoded}"))
        || form.get("client_secret").is_some_and(|secret| secret == CLIENT_SECRET);
    if !knows_secret {
        return refused("invalid_client");
    }
    let grant = form.get("code").and_then(|code| provider.grants.lock().unwrap().remove(code));
    let Some(grant) = grant else { return refused("invalid_grant") };
    let verifier = form.get("code_verifier").cloned().unwrap_or_default();
    if URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes())) != grant.challenge {
        return refused("invalid_grant");
    }
    *provider.signed_in.lock().unwrap() = Some(grant.person.clone());
    let mut answer = json!({"access_token": "access", "token_type": "Bearer", "expires_in": 3600});
    if let Some(id_token) = provider.id_token(&grant) {
        answer["id_token"] = json!(id_token);
    }
    Json(answer).into_response()
}

#[handler]
fn user(Data(provider): Data<&Arc<Provider>>) -> Json<Value> {
    let person = provider.signed_in.lock().unwrap().clone().unwrap();
    Json(json!({
        "sub": person.subject,
        "name": person.name,
        "email": person.email,
        "email_verified": person.is_verified,
    }))
}

#[handler]
fn facebook_user(request: &Request, Data(provider): Data<&Arc<Provider>>) -> Json<Value> {
    assert_eq!(request.header("Authorization"), Some("Bearer access"));
    let query = request.uri().query().unwrap_or_default();
    assert!(query.contains("fields=id%2Cname%2Cemail") && query.contains("appsecret_proof="));
    let person = provider.signed_in.lock().unwrap().clone().unwrap();
    Json(json!({"id": person.subject, "name": person.name, "email": person.email}))
}
