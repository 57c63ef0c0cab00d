//! The language of pages: the one that the account chose, or else this browser, or else the first that the
//! browser understands.

use std::time::Duration;

use poem::{Request, Response, handler, http::header, web::Form};
use serde::Deserialize;
use url::Url;

use super::{errors::PageError, reader_locale::COOKIE, request::PageRequest, response::see_other};
use crate::{
    access::language,
    kernel::{Error, FieldError, Locale, Result},
    platform::{Cookies, site_cookie},
};

const LIFETIME: Duration = Duration::from_hours(24 * 365);

#[derive(Deserialize)]
struct LanguageForm {
    locale: String,
}

/// Keeps the language that was chosen in the footer, and leads back to the page.
#[handler]
pub async fn choose_language(
    request: &PageRequest,
    raw: &Request,
    Form(form): Form<LanguageForm>,
) -> Result<Response, PageError> {
    let offered = |locale: &Locale| {
        Locale::OFFERED.iter().any(|(offered, _)| offered.language() == locale.language())
            || (locale.is_pseudo() && !request.platform().config.production)
    };
    let Some(locale) = Locale::find(&form.locale).filter(offered) else {
        let languages = Locale::OFFERED.map(|(locale, _)| locale.language()).join(", ");
        let message = format!("Choose one of: {languages}");
        return Err(Error::Invalid(vec![FieldError::new("locale", message)]).into());
    };
    let tag = if locale.is_pseudo() { locale.tag() } else { locale.language() };
    request.jar.add(site_cookie(COOKIE, tag, Some(LIFETIME), request.secure_cookies()));
    if let Some(account) = request.account().filter(|_| !locale.is_pseudo()) {
        let mut tx = request.platform().db.shopper(Some(account)).await?;
        language::choose(&mut tx, account, tag).await?;
        tx.commit().await?;
        request.pages.access.sessions.changed(request.platform(), account).await;
    }
    let referrer = raw.header(header::REFERER).unwrap_or_default();
    Ok(see_other(&way_back(referrer, raw.header(header::HOST).unwrap_or_default())))
}

/// Keeps this browser's language for an account that has chosen none, so that its emails are written in
/// it. Done with any form but Buy, which waits for nothing.
pub async fn keep_for_account(request: &PageRequest) -> Result<()> {
    let Some(session) = request.session.as_ref().filter(|session| session.locale.is_none()) else {
        return Ok(());
    };
    let chosen = request.jar.value(COOKIE).and_then(|tag| Locale::find(&tag));
    let Some(locale) = chosen.filter(|locale| !locale.is_pseudo()) else { return Ok(()) };
    if request.path().ends_with("/buy") || request.path() == "/sign-out" {
        return Ok(());
    }
    let account = session.account.id;
    let mut tx = request.platform().db.shopper(Some(account)).await?;
    language::choose(&mut tx, account, locale.language()).await?;
    tx.commit().await?;
    request.pages.access.sessions.changed(request.platform(), account).await;
    Ok(())
}

/// A form that was opened as a page leads home.
#[handler]
pub async fn back_home() -> Response {
    see_other("/")
}

/// The path and query of the page that was left, if it is one of this host.
fn way_back(referrer: &str, host: &str) -> String {
    Url::parse(referrer)
        .ok()
        .filter(|url| url.authority() == host && url.path() != "/language")
        // Two slashes would lead to another site.
        .filter(|url| url.path().starts_with('/') && !url.path().starts_with("//"))
        .map_or_else(
            || "/".to_owned(),
            |url| {
                url.query().map_or_else(
                    || url.path().to_owned(),
                    |query| format!("{}?{query}", url.path()),
                )
            },
        )
}

#[cfg(test)]
mod tests {
    use super::way_back;

    #[test]
    fn the_way_back_keeps_path_and_query_and_stays_on_this_site() {
        let back = |referrer| way_back(referrer, "smp.example");
        assert_eq!(
            back("https://smp.example/sales/x?item=1&quantity=2#top"),
            "/sales/x?item=1&quantity=2"
        );
        assert_eq!(back("https://smp.example/"), "/");
        for elsewhere in [
            "",
            "https://evil.example/sales/x",
            "https://smp.example:8443/sales/x",
            "https://smp.example.evil.example/",
            "https://smp.example//evil.example/x",
            "https://smp.example/language",
            "javascript:alert(1)",
            "/sales/x",
        ] {
            assert_eq!(back(elsewhere), "/", "{elsewhere}");
        }
    }
}
