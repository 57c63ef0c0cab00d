//! The second step of signing in: the code of the authenticator app.

use poem::{Response, handler, http::StatusCode};

use super::{
    context::{Form, SignCodePage},
    errors::{self, PageError},
    form::TypedForm,
    kept_form, opening,
    request::{PageRequest, PageSpec},
    response::see_other,
    signing::{local_path, next_path},
};
use crate::{
    access::{
        second_step::{self, PENDING_COOKIE},
        sign_in::SigningDevice,
    },
    kernel::Error,
};

#[handler]
pub async fn code_page(request: &PageRequest) -> Result<Response, PageError> {
    let next = next_path(request);
    if pending(request).is_none() {
        return Ok(see_other(&errors::sign_in_url(&next)));
    }
    show(request, &next, Form::default(), StatusCode::OK).await
}

#[handler]
pub async fn submit_code(
    request: &PageRequest,
    device: SigningDevice,
    form: TypedForm,
) -> Result<Response, PageError> {
    let next = local_path(form.value("next")).to_owned();
    let Some(pending_token) = pending(request) else {
        request.flash().info("The sign-in took too long. Sign in again.");
        return Ok(see_other(&errors::sign_in_url(&next)));
    };
    let finished = async {
        form.check_limit()?;
        let (platform, code) = (request.platform(), form.value("code"));
        second_step::finish(platform, &pending_token, code, &device.device(), request.now).await
    };
    match finished.await {
        Ok((account, opened)) => {
            end_wait(request);
            opened.add_cookies(&request.jar, request.platform());
            Ok(opening::finish_pressed(request, account.id, &next).await)
        }
        Err(Error::Conflict { code: "sign_in_over", detail }) => {
            end_wait(request);
            request.flash().info(&detail);
            Ok(see_other(&errors::sign_in_url(&next)))
        }
        Err(error) => {
            let show = |form, status| show(request, &next, form, status);
            kept_form::show_again(request, &form.values, &[], &["code"], error, show).await
        }
    }
}

fn pending(request: &PageRequest) -> Option<String> {
    let cookie = request.jar.get(PENDING_COOKIE)?;
    Some(cookie.value_str().to_owned()).filter(|token| !token.is_empty())
}

fn end_wait(request: &PageRequest) {
    if pending(request).is_some() {
        request.jar.add(second_step::pending_cookie("", request.secure_cookies()));
    }
}

async fn show(
    request: &PageRequest,
    next: &str,
    form: Form,
    status: StatusCode,
) -> Result<Response, PageError> {
    let page = SignCodePage { next: next.to_owned(), next_query: errors::next_query(next) };
    request.show(PageSpec { status, form, ..request.page("pages/sign-in-code") }, &page).await
}
