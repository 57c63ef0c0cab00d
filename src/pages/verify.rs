//! Confirming the email address: by the code, on a page of its own or in checkout, or by the link.

use poem::{Response, handler, http::StatusCode, web::Path};
use url::form_urlencoded;

use super::{
    context::{AccountLinkPage, Form, VerifyPage},
    errors::{self, PageError},
    form::{TypedForm, require},
    kept_form, payment,
    request::{PageRequest, PageSpec},
    response::see_other,
    signing::{local_path, next_path},
};
use crate::{
    access::{account_tokens::TokenPurpose, verification},
    kernel::{Error, Result},
    platform::PublicPath,
};

/// The page that asks for the code. Somebody who has confirmed it goes on.
#[handler]
pub async fn verify_page(request: &PageRequest) -> Result<Response, PageError> {
    let next = next_path(request);
    if request.signed_in()?.is_verified {
        return Ok(see_other(&next));
    }
    show(request, &next, Form::default(), StatusCode::OK).await
}

#[handler]
pub async fn submit_code(request: &PageRequest, form: TypedForm) -> Result<Response, PageError> {
    let next = local_path(form.value("next")).to_owned();
    request.signed_in()?;
    match confirm(request, &form).await {
        Ok(()) => Ok(see_other(&next)),
        Err(error) => {
            let show = |form, status| show(request, &next, form, status);
            kept_form::show_again(request, &form.values, &[], &["code"], error, show).await
        }
    }
}

#[handler]
pub async fn send_again(request: &PageRequest, form: TypedForm) -> Result<Response, PageError> {
    let next = local_path(form.value("next")).to_owned();
    request.signed_in()?;
    match send(request, &form).await {
        Ok(()) => {
            let query = errors::next_query(&next);
            Ok(see_other(&format!("/verify{query}")))
        }
        Err(error) => {
            let show = |form, status| show(request, &next, form, status);
            kept_form::show_again(request, &form.values, &[], &["code"], error, show).await
        }
    }
}

/// The code, on the payment step of a checkout.
#[handler]
pub async fn submit_code_in_checkout(
    request: &PageRequest,
    Path(number): Path<String>,
    form: TypedForm,
) -> Result<Response, PageError> {
    request.signed_in()?;
    match confirm(request, &form).await {
        Ok(()) => Ok(see_other(&payment_url(&number))),
        Err(error) => payment::show_unverified(request, &number, error).await,
    }
}

#[handler]
pub async fn send_again_in_checkout(
    request: &PageRequest,
    Path(number): Path<String>,
    form: TypedForm,
) -> Result<Response, PageError> {
    request.signed_in()?;
    match send(request, &form).await {
        Ok(()) => Ok(see_other(&payment_url(&number))),
        Err(error) => payment::show_unverified(request, &number, error).await,
    }
}

async fn confirm(request: &PageRequest, form: &TypedForm) -> Result<()> {
    form.check_limit()?;
    let code = form.value("code");
    require(&[("code", code, "Enter the code that we sent you")])?;
    let session = request.session.as_ref().ok_or(Error::Unauthenticated("Sign in first."))?;
    verification::confirm_code(&request.pages.access, &session.account, code).await?;
    request.flash().success("Your email address is confirmed.");
    Ok(())
}

async fn send(request: &PageRequest, form: &TypedForm) -> Result<()> {
    form.check_limit()?;
    let session = request.session.as_ref().ok_or(Error::Unauthenticated("Sign in first."))?;
    let mut tx = request.platform().db.platform("verification send").await?;
    verification::send(&mut tx, &session.account, request.now).await?;
    tx.commit().await?;
    request.flash().info("We have sent you another code. The one before no longer works.");
    Ok(())
}

/// Has somebody sign in to the account that a link is for, before it proves an address.
pub fn sign_in_first(request: &PageRequest, link: &str) -> Response {
    request.flash().info(
        "Sign in to confirm your address. If you did not ask for this, there is nothing to do.",
    );
    see_other(&errors::sign_in_url(link))
}

/// What follows when a link is refused: to somebody else than its account, it asks for a sign-in.
pub fn refused(
    request: &PageRequest,
    error: Error,
    link: PublicPath<'_>,
) -> Result<Response, PageError> {
    match error {
        Error::Unauthenticated(_) => Ok(sign_in_first(request, &link.to_string())),
        error => Err(error.into()),
    }
}

/// What the link in the email leads to. It asks first: programs that look at mail open links, too.
#[handler]
pub async fn link_page(
    request: &PageRequest,
    Path(token): Path<String>,
) -> Result<Response, PageError> {
    let account = verification::account_of_link(request.platform(), &token).await?;
    let action = PublicPath::VerifyEmail { token: &token }.to_string();
    if request.account() != Some(account.id) {
        return Ok(sign_in_first(request, &action));
    }
    let page = AccountLinkPage {
        kind: <&str>::from(TokenPurpose::VerifyEmail).to_owned(),
        email: account.email,
        action,
    };
    request.show(request.page("pages/account-link"), &page).await
}

#[handler]
pub async fn use_link(
    request: &PageRequest,
    Path(token): Path<String>,
) -> Result<Response, PageError> {
    let (access, session) = (&request.pages.access, request.session.as_deref());
    match verification::confirm_link(access, session, &token).await {
        Ok(account) => {
            request.flash().success(&format!("{} is confirmed.", account.email));
            Ok(see_other("/account"))
        }
        Err(error) => refused(request, error, PublicPath::VerifyEmail { token: &token }),
    }
}

fn payment_url(number: &str) -> String {
    let number = form_urlencoded::byte_serialize(number.as_bytes()).collect::<String>();
    format!("/checkout/{number}/payment")
}

async fn show(
    request: &PageRequest,
    next: &str,
    form: Form,
    status: StatusCode,
) -> Result<Response, PageError> {
    let page =
        VerifyPage { email: request.signed_in()?.account.email.clone(), next: next.to_owned() };
    request.show(PageSpec { status, form, ..request.page("pages/verify") }, &page).await
}
