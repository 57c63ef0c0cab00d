//! A word shown once, on the page after a redirect.

use std::time::Duration;

use poem::web::cookie::{Cookie, SameSite};

use super::{context::Flash, view::View};
use crate::platform::Cookies;

const COOKIE: &str = "smp_flash";
const LIFETIME: Duration = Duration::from_mins(1);
/// The flash that makes an order's page say thank you.
const PAID: &str = "paid";

/// Says it on the next page.
pub fn success(view: &View, text: &str) {
    put(view, "success", text);
}

/// Says it on the next page, as a matter of fact.
pub fn info(view: &View, text: &str) {
    put(view, "info", text);
}

/// Notes that an order has just been paid.
pub fn paid(view: &View, order_number: &str) {
    put(view, PAID, order_number);
}

/// Whether an order has just been paid; asks once.
pub fn take_paid(view: &View, order_number: &str) -> bool {
    let paid = read(view).is_some_and(|flash| flash.kind == PAID && flash.text == order_number);
    if paid {
        view.jar.add(cookie(String::new(), Duration::ZERO, view));
    }
    paid
}

/// What there is to say, once.
pub fn take(view: &View) -> Option<Flash> {
    let flash = read(view)?;
    view.jar.add(cookie(String::new(), Duration::ZERO, view));
    Some(flash).filter(|flash| matches!(flash.kind.as_str(), "success" | "info"))
}

/// Whether there is something to say.
pub fn is_set(cookies: &impl Cookies) -> bool {
    cookies.value(COOKIE).is_some_and(|word| word.contains('.'))
}

fn read(view: &View) -> Option<Flash> {
    let cookie = view.jar.value(COOKIE)?;
    let (kind, text) = cookie.split_once('.')?;
    Some(Flash { kind: kind.to_owned(), text: text.to_owned() })
}

fn put(view: &View, kind: &str, text: &str) {
    view.jar.add(cookie(format!("{kind}.{text}"), LIFETIME, view));
}

fn cookie(value: String, lifetime: Duration, view: &View) -> Cookie {
    let mut cookie = Cookie::new_with_str(COOKIE, value);
    cookie.set_http_only(true);
    cookie.set_same_site(SameSite::Lax);
    cookie.set_secure(view.platform().config.secure_cookies());
    cookie.set_path("/");
    cookie.set_max_age(lifetime);
    cookie
}
