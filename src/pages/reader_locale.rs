//! In which language somebody reads pages.

use super::state::Pages;
use crate::kernel::Locale;

/// The cookie that keeps the language chosen in the footer.
pub const COOKIE: &str = "smp_locale";

/// In which language somebody reads: by their account, their cookie, their browser, or the
/// installation. A pseudo-locale is for development.
pub fn of_reader(
    account: Option<&str>,
    cookie: Option<&str>,
    accept_language: &str,
    pages: &Pages,
) -> Locale {
    let chosen = |tag: &str| {
        Locale::find(tag).filter(|locale| !locale.is_pseudo() || !pages.platform.config.production)
    };
    // A region says how dates are written, which an account does not choose.
    let of_browser = Locale::of_browser(accept_language);
    let with_region = |locale: Locale| {
        of_browser.filter(|of_browser| of_browser.language() == locale.language()).unwrap_or(locale)
    };
    let settings = &pages.themes.default_branding().settings;
    account
        .and_then(chosen)
        .or_else(|| cookie.and_then(chosen))
        .map(|locale| if locale.is_pseudo() { locale } else { with_region(locale) })
        .or(of_browser)
        .or_else(|| Locale::find(&settings.locale))
        .unwrap_or(Locale::British)
}
