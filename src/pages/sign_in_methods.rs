//! The section of the account's security page with accounts at other providers and passkeys, its
//! forms, and signing in by a passkey.

use poem::{Response, Route, get, handler, post, web::Path};

use super::{
    context::{ConnectedRow, PasskeyRow, SignInMethodsPanel},
    errors::{self, PageError},
    form::TypedForm,
    opening,
    request::PageRequest,
    response::see_other,
    sign_in_choices::choices,
    sign_in_failed::{self, Began},
    signing, social,
};
use crate::{
    access::{
        limits::{limit_sign_in, limit_sign_in_form},
        passkeys,
        sign_in::{self, FirstFactor, SigningDevice},
        sign_in_methods,
    },
    kernel::{Error, FieldError, PasskeyId, Result},
};

const SECURITY_PATH: &str = "/account/security";

/// Adds the pages of other ways to sign in.
pub fn add_routes(routes: Route) -> Route {
    routes
        .at(
            "/sign-in/with/:provider",
            post(limit_sign_in(social::begin_sign_in)).get(back_to_sign_in),
        )
        .at("/sign-in/with/:provider/return", get(limit_sign_in(social::return_from_provider)))
        .at("/sign-in/passkey", post(limit_sign_in_form(sign_in_by_passkey)).get(back_to_sign_in))
        .at(
            social::CONNECT_PATH,
            get(social::connect_page).post(limit_sign_in_form(social::connect_account)),
        )
        .at(
            "/account/connect/code",
            post(limit_sign_in(social::send_code)).get(social::connect_page),
        )
        .at(
            "/account/sign-in-methods/:provider/connect",
            post(limit_sign_in(social::begin_connecting)).get(back_to_security),
        )
        .at("/account/sign-in-methods/:provider/disconnect", post(disconnect).get(back_to_security))
        .at("/account/passkeys/:passkey/remove", post(remove_passkey).get(back_to_security))
}

/// Redirects a link to a form's address to the sign-in page.
#[handler]
fn back_to_sign_in() -> Response {
    see_other("/sign-in")
}

/// Redirects a link to a form's address to the page that has the form.
#[handler]
fn back_to_security() -> Response {
    see_other(SECURITY_PATH)
}

/// The section of the security page.
pub async fn panel(request: &PageRequest) -> Result<SignInMethodsPanel> {
    let session =
        request.session.as_ref().ok_or(Error::Unauthenticated("Sign in to see this page."))?;
    let config = &request.platform().config;
    let mut tx = request.platform().db.platform("sign-in methods").await?;
    let methods = sign_in_methods::of(&mut tx, config, session.account.id).await?;
    tx.commit().await?;
    let may_lose_one = methods.may_lose_one(config);
    let passkeys_offered = passkeys::are_offered(config);
    let available = choices(request)
        .providers
        .into_iter()
        .filter(|choice| methods.identities.iter().all(|mine| mine.provider != choice.name));
    Ok(SignInMethodsPanel {
        has_password: methods.has_password,
        available: available.collect(),
        connected: methods
            .identities
            .iter()
            .map(|identity| ConnectedRow {
                name: identity.provider.clone(),
                label: identity.label.clone(),
                email: identity.email.clone(),
                connected_at: identity.created_at.into(),
                used_at: identity.used_at.map(Into::into),
                may_go: may_lose_one || !identity.is_usable,
            })
            .collect(),
        passkeys: methods
            .passkeys
            .iter()
            .map(|passkey| PasskeyRow {
                id: passkey.id.to_string(),
                name: passkey.name.clone(),
                created_at: passkey.created_at.into(),
                used_at: passkey.used_at.map(Into::into),
                may_go: may_lose_one || !passkeys_offered,
            })
            .collect(),
        passkeys_offered,
        is_recent: sign_in_methods::is_recent(session, request.now),
        sign_in_url: errors::sign_in_url(SECURITY_PATH),
    })
}

#[handler]
async fn disconnect(
    request: &PageRequest,
    Path(provider): Path<String>,
) -> Result<Response, PageError> {
    let session = request.session.as_ref().ok_or_else(|| PageError::sign_in(SECURITY_PATH))?;
    let done = async {
        sign_in_methods::require_recent(session, request.now)?;
        let platform = request.platform();
        let mut tx = platform.db.platform("account disconnect").await?;
        let account = session.account.id;
        sign_in_methods::disconnect(&mut tx, &platform.config, account, &provider).await?;
        Ok::<_, Error>(tx.commit().await?)
    };
    answer(request, done.await, "It is disconnected. It does not sign you in any more.")
}

#[handler]
async fn remove_passkey(
    request: &PageRequest,
    Path(passkey): Path<PasskeyId>,
) -> Result<Response, PageError> {
    let session = request.session.as_ref().ok_or_else(|| PageError::sign_in(SECURITY_PATH))?;
    let done = async {
        sign_in_methods::require_recent(session, request.now)?;
        let platform = request.platform();
        let mut tx = platform.db.platform("passkey remove").await?;
        let account = session.account.id;
        sign_in_methods::remove_passkey(&mut tx, &platform.config, account, passkey).await?;
        Ok::<_, Error>(tx.commit().await?)
    };
    answer(request, done.await, "The passkey is removed. Delete it on your device, too.")
}

/// Goes back to the security page and says there what was done, or why not. An old sign-in leads to
/// the sign-in page first.
fn answer(request: &PageRequest, done: Result<()>, success: &str) -> Result<Response, PageError> {
    match done {
        Ok(()) => request.flash().success(success),
        Err(Error::Conflict { code: "sign_in_again", .. }) => {
            return Err(PageError::sign_in(SECURITY_PATH));
        }
        Err(Error::Conflict { detail, .. }) => request.flash().info(&detail),
        Err(error) => return Err(error.into()),
    }
    Ok(see_other(SECURITY_PATH))
}

/// Signs in by a passkey, which the page's script asked the browser for.
#[handler]
async fn sign_in_by_passkey(
    request: &PageRequest,
    form: TypedForm,
    device: SigningDevice,
) -> Result<Response, PageError> {
    let next = signing::local_path(form.value("next")).to_owned();
    match enter(request, &form, &device, &next).await {
        Ok(response) => Ok(response),
        Err(error) => sign_in_failed::show(request, Began::SigningIn { next: &next }, error).await,
    }
}

async fn enter(
    request: &PageRequest,
    form: &TypedForm,
    device: &SigningDevice,
    next: &str,
) -> Result<Response> {
    form.check_limit()?;
    let platform = request.platform();
    let credential = serde_json::from_str(form.value("credential"))
        .map_err(|_| FieldError::new("credential", "The browser sent no passkey. Try again"))?;
    let account = passkeys::sign_in(platform, form.value("challenge"), credential).await?;
    let mut tx = platform.db.platform("sign in by passkey").await?;
    let (first, device) = (FirstFactor::Passkey, device.device());
    let step = sign_in::begin(platform, &mut tx, &account, first, &device, request.now).await?;
    tx.commit().await?;
    Ok(opening::go_on(request, &account, step, next).await)
}
