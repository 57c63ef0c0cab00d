//! A forgotten password: asking for the link, and setting another one by it.

use poem::{Response, handler, http::StatusCode, web::Path};

use super::{
    context::{ForgotPage, Form, ResetPage},
    errors::PageError,
    form::{TypedForm, require},
    kept_form,
    request::{PageRequest, PageSpec},
    response::see_other,
};
use crate::{access::recovery, platform::PublicPath};

#[handler]
pub async fn forgot_page(request: &PageRequest) -> Result<Response, PageError> {
    show_forgot(request, None, Form::default(), StatusCode::OK).await
}

#[handler]
pub async fn send_link(request: &PageRequest, form: TypedForm) -> Result<Response, PageError> {
    let email = form.value("email").trim();
    let sent = async {
        form.check_limit()?;
        require(&[("email", email, "Enter your email address")])?;
        recovery::forget(request.platform(), email).await
    };
    match sent.await {
        Ok(()) => {
            show_forgot(request, Some(email.to_owned()), Form::default(), StatusCode::OK).await
        }
        Err(error) => {
            let show = |form, status| show_forgot(request, None, form, status);
            kept_form::show_again(request, &form.values, &["email"], &["email"], error, show).await
        }
    }
}

#[handler]
pub async fn reset_page(
    request: &PageRequest,
    Path(token): Path<String>,
) -> Result<Response, PageError> {
    show_reset(request, &token, Form::default(), StatusCode::OK).await
}

#[handler]
pub async fn set_password(
    request: &PageRequest,
    Path(token): Path<String>,
    form: TypedForm,
) -> Result<Response, PageError> {
    let password = form.value("password");
    let set = async {
        form.check_limit()?;
        require(&[("password", password, "Enter a new password")])?;
        recovery::reset(&request.pages.access, &token, password).await
    };
    match set.await {
        Ok(_) => {
            request.flash().success("Your password is set. You are signed out everywhere.");
            Ok(see_other(&PublicPath::SignIn.to_string()))
        }
        Err(error) => {
            let show = |form, status| show_reset(request, &token, form, status);
            kept_form::show_again(request, &form.values, &[], &["password"], error, show).await
        }
    }
}

async fn show_forgot(
    request: &PageRequest,
    sent_to: Option<String>,
    form: Form,
    status: StatusCode,
) -> Result<Response, PageError> {
    let page = ForgotPage { sent_to };
    request.show(PageSpec { status, form, ..request.page("pages/forgot") }, &page).await
}

async fn show_reset(
    request: &PageRequest,
    token: &str,
    form: Form,
    status: StatusCode,
) -> Result<Response, PageError> {
    let account = recovery::account_of_link(request.platform(), token).await?;
    let page =
        ResetPage { email: account.email, action: PublicPath::ResetPassword { token }.to_string() };
    request.show(PageSpec { status, form, ..request.page("pages/reset") }, &page).await
}
