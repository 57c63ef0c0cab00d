//! The kind of cookie that SMP sets.

use std::time::Duration;

use poem::web::cookie::{Cookie, SameSite};

/// A cookie for every page. Scripts cannot read it, and other sites' forms do not send it. It lasts
/// for `lifetime`, or as long as the browser's session; a lifetime of zero removes it. Browsers send
/// a `secure` one over HTTPS only.
pub fn site_cookie(
    name: &str,
    value: impl Into<String>,
    lifetime: Option<Duration>,
    secure: bool,
) -> Cookie {
    let mut cookie = Cookie::new_with_str(name, value);
    cookie.set_http_only(true);
    cookie.set_same_site(SameSite::Lax);
    cookie.set_secure(secure);
    cookie.set_path("/");
    if let Some(lifetime) = lifetime {
        cookie.set_max_age(lifetime);
    }
    cookie
}
