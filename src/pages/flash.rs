//! A message shown once, on the page after a redirect.

use std::time::Duration;

use poem::web::cookie::{Cookie, CookieJar};

use super::context::Flash;
use crate::platform::{Cookies, site_cookie};

const COOKIE: &str = "smp_flash";
const LIFETIME: Duration = Duration::from_mins(1);
/// The kind of flash that makes an order's page say thank you.
const PAID: &str = "paid";

/// The flash cookie of a request.
#[derive(Clone, Copy)]
pub struct FlashCookie<'a> {
    pub jar: &'a CookieJar,
    /// Whether browsers may send it over HTTPS only.
    pub secure: bool,
}

impl FlashCookie<'_> {
    /// Shows a success on the next page.
    pub fn success(self, text: &str) {
        self.set("success", text);
    }

    /// Shows a neutral message on the next page.
    pub fn info(self, text: &str) {
        self.set("info", text);
    }

    /// Notes that an order has just been paid.
    pub fn paid(self, order_number: &str) {
        self.set(PAID, order_number);
    }

    /// Whether this order has just been paid; true once.
    pub fn take_paid(self, order_number: &str) -> bool {
        let paid = self.read().is_some_and(|(kind, text)| kind == PAID && text == order_number);
        if paid {
            self.clear();
        }
        paid
    }

    /// The message to show, once.
    pub fn take(self) -> Option<Flash> {
        let (kind, text) = self.read()?;
        self.clear();
        matches!(kind.as_str(), "success" | "info").then_some(Flash { kind, text })
    }

    fn read(self) -> Option<(String, String)> {
        let value = self.jar.value(COOKIE)?;
        let (kind, text) = value.split_once('.')?;
        Some((kind.to_owned(), text.to_owned()))
    }

    fn set(self, kind: &str, text: &str) {
        self.jar.add(self.cookie(format!("{kind}.{text}"), LIFETIME));
    }

    fn clear(self) {
        self.jar.add(self.cookie(String::new(), Duration::ZERO));
    }

    fn cookie(self, value: String, lifetime: Duration) -> Cookie {
        site_cookie(COOKIE, value, Some(lifetime), self.secure)
    }
}

/// Whether there is a message to show.
pub fn is_set(cookies: &impl Cookies) -> bool {
    cookies.value(COOKIE).is_some_and(|value| value.contains('.'))
}
