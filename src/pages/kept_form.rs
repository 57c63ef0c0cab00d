//! What was typed into a form whose session had ended: kept in a cookie while the shopper signs in
//! again, and in the form when they come back to it.

use std::{sync::Arc, time::Duration};

use poem::web::cookie::Cookie;
use serde::{Deserialize, Serialize};
use url::form_urlencoded;

use super::{context::Form, errors::PageError, form::FormValues, request::PageRequest};
use crate::{access::Session, platform::site_cookie};

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
        let typed = Typed { path: request.path().to_owned(), values: form.clone() };
        let text = serde_json::to_string(&typed).unwrap_or_default();
        let bytes: usize = form_urlencoded::byte_serialize(text.as_bytes()).map(str::len).sum();
        if bytes <= COOKIE_BYTES_MAX {
            request.jar.add(cookie(text, LIFETIME, request));
        }
    }
    request.signed_in()
}

/// The form as it was typed before signing in, once; otherwise an empty one.
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
