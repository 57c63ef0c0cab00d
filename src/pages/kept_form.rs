//! What was typed into a form that could not be accepted is not lost: its page shows the form again.
//! Where it cannot, because the session has ended or something failed, what was typed is kept in a
//! cookie and is in the form when the shopper comes back to it.

use std::{sync::Arc, time::Duration};

use poem::{
    Response,
    http::{StatusCode, header},
    web::cookie::Cookie,
};
use serde::{Deserialize, Serialize};
use url::form_urlencoded;

use super::{
    context::Form,
    errors::PageError,
    form::{FormValues, form_value},
    request::PageRequest,
};
use crate::{access::Session, kernel::Error, platform::site_cookie};

const COOKIE: &str = "smp_typed";
const LIFETIME: Duration = Duration::from_mins(15);
/// Browsers keep cookies of 4096 bytes, attributes included. A longer text is not kept.
const COOKIE_BYTES_MAX: usize = 3_900;

#[derive(Serialize, Deserialize)]
struct Typed {
    path: String,
    values: FormValues,
}

/// The session of somebody who submits a form. Without one, what they typed is kept, and they are
/// sent to sign in and come back. Not for forms with passwords or card numbers.
pub fn signed_in<'a>(
    request: &'a PageRequest,
    form: &FormValues,
) -> Result<&'a Arc<Session>, PageError> {
    if request.session.is_none() {
        keep(request, form.clone());
    }
    request.signed_in()
}

/// Keeps what was typed for the next time that the form is opened.
pub fn keep(request: &PageRequest, values: FormValues) {
    let typed = Typed { path: request.path().to_owned(), values };
    let text = serde_json::to_string(&typed).unwrap_or_default();
    let bytes: usize = form_urlencoded::byte_serialize(text.as_bytes()).map(str::len).sum();
    if bytes <= COOKIE_BYTES_MAX {
        request.jar.add(cookie(text, LIFETIME, request));
    }
}

/// Shows a form again, with what was typed into `kept` and why it was not accepted; `fields` are all
/// that it has, in their order. `show` answers with the form's page. If it cannot, or the error is
/// one of ours, which the error page logs, what was typed is kept.
pub async fn show_again<'a, F>(
    request: &PageRequest,
    form: &'a FormValues,
    kept: &[&'a str],
    fields: &[&str],
    error: Error,
    show: impl FnOnce(Form, StatusCode) -> F,
) -> Result<Response, PageError>
where
    F: Future<Output = Result<Response, PageError>>,
{
    let values = || kept.iter().map(|field| (*field, form_value(form, field)));
    let shown = match &error {
        Error::Internal(_) => None,
        error => Some(show(Form::rejected(values(), error, fields), error.status()).await),
    };
    match shown {
        // A page that redirects or refuses instead has nothing of what was typed.
        Some(Ok(mut response)) if response.status() == error.status() => {
            if let Some(seconds) = error.retry_after_seconds() {
                response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
            }
            Ok(response)
        }
        shown => {
            keep(request, values().map(|(k, v)| (k.to_owned(), v.to_owned())).collect());
            shown.unwrap_or_else(|| Err(error.into()))
        }
    }
}

/// The form as it was typed before, once; otherwise an empty one.
pub fn take(request: &PageRequest) -> Form {
    let typed = request.jar.get(COOKIE);
    let typed = typed.and_then(|cookie| serde_json::from_str::<Typed>(cookie.value_str()).ok());
    let Some(typed) = typed.filter(|typed| typed.path == request.path()) else {
        return Form::default();
    };
    request.jar.add(cookie(String::new(), Duration::ZERO, request));
    Form { values: typed.values, ..Form::default() }
}

fn cookie(value: String, lifetime: Duration, request: &PageRequest) -> Cookie {
    site_cookie(COOKIE, value, Some(lifetime), request.secure_cookies())
}
