//! Signing in with an account at another provider: the way there, the way back, and the page that asks
//! for proof before such an account is connected to one that exists.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use poem::{
    Response, handler,
    http::StatusCode,
    web::{Path, cookie::Cookie},
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{
    context::{ConnectPage, Form},
    errors::{self, PageError},
    form::TypedForm,
    kept_form, opening,
    request::{PageRequest, PageSpec},
    response::see_other,
    sign_in_failed::{self, Began},
    signing,
};
use crate::{
    access::{
        accounts::Account,
        external_identities::{self, ExternalSignIn},
        identity_providers::{ExternalPerson, FLOW_LIFETIME, ProviderAnswer, SignInFlow},
        sign_in::{self, FirstFactor, SigningDevice},
        sign_in_methods,
    },
    kernel::{AccountId, Error, FieldErrors, Result},
    platform::site_cookie,
};

/// Holds what was begun, sealed, while the browser is at the provider.
const FLOW_COOKIE: &str = "smp_sign_in_flow";
/// Holds a provider's account, sealed, while the owner of the account here proves that it is theirs.
const CONNECT_COOKIE: &str = "smp_connect";
const CONNECT_LIFETIME: Duration = Duration::from_mins(15);
const CONNECT_PURPOSE: &str = "connect account";
pub const CONNECT_PATH: &str = "/account/connect";
const SECURITY_PATH: &str = "/account/security";

/// An account at a provider that waits for the owner of the account with its address.
#[derive(Serialize, Deserialize)]
struct PendingConnection {
    person: ExternalPerson,
    account: AccountId,
    email: String,
    next: String,
    #[serde(with = "time::serde::timestamp")]
    began_at: OffsetDateTime,
}

/// Sends the browser to a provider, to sign in or sign up.
#[handler]
pub async fn begin_sign_in(
    request: &PageRequest,
    Path(provider): Path<String>,
    form: TypedForm,
) -> Result<Response, PageError> {
    let next = signing::local_path(form.value("next")).to_owned();
    begin(request, &provider, &next, None).await
}

/// Sends the browser to a provider, to connect an account there to the one that is signed in.
#[handler]
pub async fn begin_connecting(
    request: &PageRequest,
    Path(provider): Path<String>,
) -> Result<Response, PageError> {
    let session = request.session.as_ref().ok_or_else(|| PageError::sign_in(SECURITY_PATH))?;
    match sign_in_methods::require_may_add(session, request.now) {
        Ok(()) => {}
        Err(Error::Coded { code: "email_unverified", .. }) => {
            return Ok(see_other(&format!("/verify{}", errors::next_query(SECURITY_PATH))));
        }
        Err(_) => return Err(PageError::sign_in(SECURITY_PATH)),
    }
    begin(request, &provider, SECURITY_PATH, Some(session.account.id)).await
}

async fn begin(
    request: &PageRequest,
    provider: &str,
    next: &str,
    connect_to: Option<AccountId>,
) -> Result<Response, PageError> {
    let providers = &request.pages.identity_providers;
    match providers.begin(request.platform(), provider, next, connect_to).await {
        Ok((url, sealed)) => {
            let seconds = FLOW_LIFETIME.whole_seconds().unsigned_abs();
            request.jar.add(cookie(request, FLOW_COOKIE, sealed, Duration::from_secs(seconds)));
            Ok(see_other(&url))
        }
        Err(error) => sign_in_failed::show(request, began(next, connect_to), error).await,
    }
}

fn began(next: &str, connect_to: Option<AccountId>) -> Began<'_> {
    if connect_to.is_some() { Began::Connecting } else { Began::SigningIn { next } }
}

/// Where a provider sends the browser back to.
#[handler]
pub async fn return_from_provider(
    request: &PageRequest,
    Path(provider): Path<String>,
    device: SigningDevice,
) -> Result<Response, PageError> {
    let sealed = request.jar.get(FLOW_COOKIE).map(|cookie| cookie.value_str().to_owned());
    let query = |name: &str| request.query.get(name).map(String::as_str);
    let flow = SignInFlow::open(request.platform(), sealed.as_deref(), &provider, query("state"));
    let flow = match flow {
        Ok(flow) => flow,
        Err(error) => {
            return sign_in_failed::show(request, Began::SigningIn { next: "/" }, error).await;
        }
    };
    // An answer is used once.
    request.jar.add(cookie(request, FLOW_COOKIE, String::new(), Duration::ZERO));
    let answer =
        ProviderAnswer { code: query("code"), error: query("error"), issuer: query("iss") };
    let providers = &request.pages.identity_providers;
    let finished = async {
        let person = providers.finish(request.platform(), &flow, &answer).await?;
        match flow.connect_to {
            Some(account) => connect_signed_in(request, account, &person).await,
            None => sign_in_as(request, &person, &flow.next, &device).await,
        }
    };
    match finished.await {
        Ok(response) => Ok(response),
        Err(error) => {
            let began = began(&flow.next, flow.connect_to);
            sign_in_failed::show(request, began, error).await
        }
    }
}

async fn sign_in_as(
    request: &PageRequest,
    person: &ExternalPerson,
    next: &str,
    device: &SigningDevice,
) -> Result<Response> {
    let label = request.pages.identity_providers.label(&person.provider)?;
    let mut tx = request.platform().db.platform("sign in by provider").await?;
    match external_identities::sign_in(&mut tx, person, label, request.now).await? {
        ExternalSignIn::Account(account) => {
            let first = FirstFactor::Provider(person.provider.clone());
            let step = sign_in::begin(
                request.platform(),
                &mut tx,
                &account,
                first,
                &device.device(),
                request.now,
            )
            .await?;
            tx.commit().await?;
            Ok(opening::go_on(request, &account, step, next).await)
        }
        ExternalSignIn::Unproved(account) => {
            tx.commit().await?;
            keep_pending(request, person.clone(), account, next)?;
            Ok(see_other(CONNECT_PATH))
        }
    }
}

/// Connects an account at a provider to the one that began it and is still signed in.
async fn connect_signed_in(
    request: &PageRequest,
    account: AccountId,
    person: &ExternalPerson,
) -> Result<Response> {
    let session = request.session.as_ref().filter(|session| session.account.id == account);
    let session = session.ok_or(Error::Unauthenticated(
        "You are signed out, or signed in to another account. Sign in and connect it again.",
    ))?;
    sign_in_methods::require_may_add(session, request.now)?;
    let label = request.pages.identity_providers.label(&person.provider)?;
    let mut tx = request.platform().db.platform("account connect").await?;
    external_identities::connect(&mut tx, account, person, label, request.now).await?;
    tx.commit().await?;
    request.flash().success(&format!("{label} is connected. You can sign in with it from now on."));
    Ok(see_other(SECURITY_PATH))
}

fn keep_pending(
    request: &PageRequest,
    person: ExternalPerson,
    account: Account,
    next: &str,
) -> Result<()> {
    let pending = PendingConnection {
        person,
        account: account.id,
        email: account.email,
        next: next.to_owned(),
        began_at: request.now,
    };
    let text = serde_json::to_vec(&pending).map_err(anyhow::Error::from)?;
    let sealed = request.platform().config.keyring.seal(CONNECT_PURPOSE, b"", &text)?;
    let value = URL_SAFE_NO_PAD.encode(sealed);
    request.jar.add(cookie(request, CONNECT_COOKIE, value, CONNECT_LIFETIME));
    Ok(())
}

fn pending(request: &PageRequest) -> Option<PendingConnection> {
    let cookie = request.jar.get(CONNECT_COOKIE)?;
    let sealed = URL_SAFE_NO_PAD.decode(cookie.value_str()).ok()?;
    let text = request.platform().config.keyring.open(CONNECT_PURPOSE, b"", &sealed).ok()?;
    let pending: PendingConnection = serde_json::from_slice(&text).ok()?;
    (pending.began_at + CONNECT_LIFETIME > request.now).then_some(pending)
}

/// Asks the owner of an account for proof, before an account at a provider is connected to it.
#[handler]
pub async fn connect_page(request: &PageRequest) -> Result<Response, PageError> {
    match pending(request) {
        Some(pending) => show_connect(request, &pending, Form::default(), StatusCode::OK).await,
        None => Ok(nothing_pending(request)),
    }
}

fn nothing_pending(request: &PageRequest) -> Response {
    request.flash().info("There is nothing to connect, or it waited too long. Begin again.");
    see_other(if request.session.is_some() { SECURITY_PATH } else { "/sign-in" })
}

async fn show_connect(
    request: &PageRequest,
    pending: &PendingConnection,
    form: Form,
    status: StatusCode,
) -> Result<Response, PageError> {
    let page = ConnectPage {
        label: request.pages.identity_providers.label(&pending.person.provider)?.to_owned(),
        email: pending.email.clone(),
        is_signed_in: request.account() == Some(pending.account),
        sign_in_url: errors::sign_in_url(CONNECT_PATH),
    };
    request.show(PageSpec { status, form, ..request.page("pages/connect") }, &page).await
}

/// Connects an account at a provider, after its owner has typed the password of the account here or
/// is signed in to it.
#[handler]
pub async fn connect_account(
    request: &PageRequest,
    form: TypedForm,
    device: SigningDevice,
) -> Result<Response, PageError> {
    let Some(pending) = pending(request) else { return Ok(nothing_pending(request)) };
    let connected = async {
        form.check_limit()?;
        connect(request, &pending, &form, &device).await
    };
    match connected.await {
        Ok(response) => {
            request.jar.add(cookie(request, CONNECT_COOKIE, String::new(), Duration::ZERO));
            Ok(response)
        }
        Err(error) => {
            let show = |form, status| show_connect(request, &pending, form, status);
            let fields = ["password", "code"];
            kept_form::show_again(request, &form.values, &[], &fields, error, show).await
        }
    }
}

/// Emails the code that proves the address.
#[handler]
pub async fn send_code(request: &PageRequest) -> Result<Response, PageError> {
    let Some(pending) = pending(request) else { return Ok(nothing_pending(request)) };
    let mut tx = request.platform().db.platform("connect code").await?;
    match external_identities::send_code(&mut tx, pending.account, request.now).await {
        Ok(()) => {
            tx.commit().await?;
            request.flash().success(&format!("We’ve emailed a code to {}.", pending.email));
        }
        Err(Error::Conflict { detail, .. }) => request.flash().info(&detail),
        Err(error) => return Err(error.into()),
    }
    Ok(see_other(CONNECT_PATH))
}

async fn connect(
    request: &PageRequest,
    pending: &PendingConnection,
    form: &TypedForm,
    device: &SigningDevice,
) -> Result<Response> {
    let platform = request.platform();
    let label = request.pages.identity_providers.label(&pending.person.provider)?;
    let session = request.session.as_ref().filter(|open| open.account.id == pending.account);
    let proved = match session {
        Some(session) => {
            sign_in_methods::require_recent(session, request.now)?;
            None
        }
        None => Some(prove(request, pending, form, device).await?),
    };
    let mut tx = platform.db.platform("account connect").await?;
    external_identities::connect(&mut tx, pending.account, &pending.person, label, request.now)
        .await?;
    let Some(account) = proved else {
        tx.commit().await?;
        request.flash().success(&format!("{label} is connected."));
        return Ok(opening::finish_pressed(request, pending.account, &pending.next).await);
    };
    let first = FirstFactor::Provider(pending.person.provider.clone());
    let device = device.device();
    let step = sign_in::begin(platform, &mut tx, &account, first, &device, request.now).await?;
    tx.commit().await?;
    request.flash().success(&format!("{label} is connected."));
    Ok(opening::go_on(request, &account, step, &pending.next).await)
}

/// The account that a provider's is to be connected to, whose owner proves that it is theirs: by the
/// emailed code, or by its password.
async fn prove(
    request: &PageRequest,
    pending: &PendingConnection,
    form: &TypedForm,
    device: &SigningDevice,
) -> Result<Account> {
    let platform = request.platform();
    let (password, code) = (form.value("password"), form.value("code").trim());
    if !code.is_empty() {
        return external_identities::prove_by_code(platform, pending.account, code).await;
    }
    let mut fields = FieldErrors::default();
    fields.check(!password.is_empty(), "password", "Enter your password, or the code");
    fields.finish()?;
    let account =
        sign_in::by_password(platform, &pending.email, password, &device.device()).await?;
    if account.id != pending.account {
        return Err(Error::conflict(
            "address_moved",
            "The address belongs to another account by now. Begin again.",
        ));
    }
    Ok(account)
}

fn cookie(request: &PageRequest, name: &str, value: String, lifetime: Duration) -> Cookie {
    site_cookie(name, value, Some(lifetime), request.secure_cookies())
}
