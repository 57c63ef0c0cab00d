//! The error page, and the layer around all pages that shows it: every failure on a page's route
//! becomes a page with the right status that says what happened and what to do.

use std::sync::Arc;

use poem::{
    Endpoint, IntoResponse, Request, Response,
    http::{Method, StatusCode, header},
    web::cookie::CookieJar,
};

use super::{
    compression::compress,
    context::{ErrorContext, ErrorPage},
    errors::{self, PageError},
    language,
    request::{PageRequest, PageSpec},
    response::{respond, see_other},
    state::Pages,
};
use crate::{
    kernel::{Error, token},
    sales,
};

/// Characters of the reference that a shopper can quote to customer service.
const REFERENCE_CHARS: usize = 8;

/// Wraps every page: gives it its [`PageRequest`], turns errors into pages, and compresses the
/// answer.
pub async fn show_errors_as_pages<E: Endpoint>(
    endpoint: Arc<E>,
    raw: Request,
    pages: Pages,
) -> poem::Result<Response> {
    let accept_encoding = raw.header("Accept-Encoding").unwrap_or_default().to_owned();
    Ok(compress(answer(&*endpoint, raw, &pages).await?, &accept_encoding))
}

async fn answer<E: Endpoint>(
    endpoint: &E,
    mut raw: Request,
    pages: &Pages,
) -> poem::Result<Response> {
    let request = match PageRequest::of(&raw, raw.cookie().clone(), pages).await {
        Ok(request) => Arc::new(request),
        // The session cannot be read, so the error is shown as to somebody who is not signed in.
        Err(error) => {
            let anonymous = Request::builder().uri(raw.uri().clone()).finish();
            let request = PageRequest::of(&anonymous, CookieJar::default(), pages).await?;
            return Ok(error_page(&request, &error.into()).await);
        }
    };
    raw.set_data(request.clone());
    let changes = *raw.method() != Method::GET;
    if changes && let Err(error) = language::keep_for_account(&request).await {
        tracing::warn!(?error, "the language of an account cannot be kept");
    }
    let mut response = endpoint
        .call(raw)
        .await
        .map_or_else(poem::Error::into_response, IntoResponse::into_response);
    if changes {
        // The next page may be requested before the notice of this change arrives.
        if let Some(account) = request.account() {
            pages.shoppers.forget(account);
        }
        if let Some(visitor) = sales::visitor(&request.jar) {
            pages.shoppers.forget_visitor(visitor);
        }
    }
    match errors::take_error(&mut response) {
        Some(page_error) => Ok(error_page(&request, &page_error).await),
        None => Ok(response),
    }
}

async fn error_page(request: &PageRequest, page_error: &PageError) -> Response {
    if let Some(location) = page_error.redirect() {
        return see_other(location);
    }
    let (error, notes) = (page_error.error(), page_error.notes());
    let status = error.status();
    if status == StatusCode::UNAUTHORIZED {
        return see_other(&errors::sign_in_url(request.path()));
    }
    let code = page_code(error);
    let reference = (status.is_server_error() && code == "internal")
        .then(|| token::short_code(REFERENCE_CHARS));
    if let Some(reference) = &reference {
        tracing::error!(reference, path = request.path(), ?error, "a page failed");
    }
    let retry_after_seconds = error.retry_after_seconds();
    let context = ErrorContext {
        status: status.as_u16(),
        code: code.to_owned(),
        detail: detail(error, code),
        reference,
        money: notes.money,
        stock: notes.stock,
        expires_at: notes.expires_at.map(Into::into),
        retry_after_seconds,
    };
    let spec = PageSpec { status, ..request.page("pages/error") };
    // The badge is left out on a server error: reading the cart may be what failed.
    let cart =
        if status.is_server_error() { None } else { request.cart().await.unwrap_or_default() };
    let page = ErrorPage { error: context, sale: notes.sale.clone() };
    let mut response = match request.render(&spec, &page, cart, None) {
        Ok(html) => respond(status, html),
        Err(error) => {
            tracing::error!(?error, "the error page cannot be rendered");
            Response::builder()
                .status(status)
                .content_type("text/plain; charset=utf-8")
                .body("Something went wrong. Please try again.")
        }
    };
    if let Some(seconds) = retry_after_seconds {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

/// The error's own text, where it says more than the page does. The other texts say the same as the
/// page, or are for programs.
fn detail(error: &Error, code: &str) -> Option<String> {
    let tells_more = matches!(error, Error::Coded { .. })
        || matches!(
            error.status(),
            StatusCode::CONFLICT
                | StatusCode::FORBIDDEN
                | StatusCode::PAYLOAD_TOO_LARGE
                | StatusCode::UNPROCESSABLE_ENTITY
        );
    if !tells_more || code == "not_registered" {
        return None;
    }
    let Error::Invalid(fields) = error else {
        return Some(error.problem().detail).filter(|detail| !detail.is_empty());
    };
    let sentences = fields
        .iter()
        .map(|error| format!("{}: {}.", error.field, error.message.trim_end_matches('.')));
    Some(sentences.collect::<Vec<_>>().join(" "))
}

/// The error page's name for an error; its templates choose their text by it.
fn page_code(error: &Error) -> &'static str {
    if let Error::Coded { code, .. } | Error::Conflict { code, .. } = error
        && ["token_unknown", "token_expired", "token_used"].contains(code)
    {
        return "link";
    }
    match error.status().as_u16() {
        404 => "not_found",
        403 => "forbidden",
        409 => match error {
            Error::Conflict { code, .. } => conflict_code(code),
            _ => "conflict",
        },
        422 => "invalid",
        429 => "too_many",
        503 => "too_busy",
        400..=499 => "bad_request",
        _ => "internal",
    }
}

fn conflict_code(code: &str) -> &'static str {
    match code {
        "sold_out" => "sold_out",
        "hold_expired" | "not_held" => "hold_expired",
        "hold_lost" => "hold_lost",
        "order_cancelled" => "order_cancelled",
        "payment_under_way" => "payment_under_way",
        "not_started" | "ended" | "cancelled" => "not_live",
        "halted" => "halted",
        "limit_reached" => "limit_reached",
        "not_bought" => "not_bought",
        "not_registered" => "not_registered",
        _ => "conflict",
    }
}
