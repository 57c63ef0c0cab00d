//! The two cookies behind the statistics. `smp_visitor` is a random id of a browser, kept for a
//! year. `smp_visit` lasts as long as the browser's session and keeps the current visit of each
//! sale.

use std::time::Duration;

use poem::{http::HeaderMap, web::cookie::CookieJar};
use uuid::Uuid;

use crate::{
    kernel::{SaleId, VisitId, VisitorId},
    platform::{Cookies, site_cookie},
};

const VISITOR_COOKIE: &str = "smp_visitor";
const VISIT_COOKIE: &str = "smp_visit";
const VISITOR_LIFETIME: Duration = Duration::from_hours(365 * 24);
/// Most sales a session remembers visits of; the oldest is forgotten first.
const VISITS_MAX: usize = 12;

/// What the user agents of crawlers, link previews and programs contain, in lower case.
const ROBOTS: [&str; 24] = [
    "bot",
    "crawl",
    "spider",
    "slurp",
    "preview",
    "scraper",
    "facebookexternalhit",
    "facebookcatalog",
    "meta-external",
    "whatsapp",
    "snapchat",
    "embedly",
    "pinterest/",
    "skypeuripreview",
    "google-inspectiontool",
    "googleother",
    "feedfetcher",
    "monitor",
    "lighthouse",
    "curl/",
    "wget/",
    "python-",
    "go-http-client",
    "okhttp",
];

/// Whether a user agent says that it is a program and not a person's browser.
pub fn is_robot(user_agent: &str) -> bool {
    let agent = user_agent.to_ascii_lowercase();
    ROBOTS.iter().any(|part| agent.contains(part))
}

/// Whether a browser fetches a page ahead, for a person who may never look at it.
pub fn is_prefetch(headers: &HeaderMap) -> bool {
    ["sec-purpose", "purpose", "x-purpose", "x-moz"].iter().any(|name| {
        let value = headers.get(*name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let value = value.to_ascii_lowercase();
        value.contains("prefetch") || value.contains("prerender") || value.contains("preview")
    })
}

/// The id of this browser, if it was here before.
pub fn visitor(cookies: &impl Cookies) -> Option<VisitorId> {
    cookies.value(VISITOR_COOKIE)?.parse().ok()
}

/// The id of this browser; a new browser gets an id and the cookie.
pub fn visitor_or_new(jar: &CookieJar, secure: bool) -> VisitorId {
    visitor(jar).unwrap_or_else(|| {
        let id = VisitorId(Uuid::new_v4());
        jar.add(site_cookie(VISITOR_COOKIE, id.to_string(), Some(VISITOR_LIFETIME), secure));
        id
    })
}

/// This session's visit of a sale.
pub fn visit(cookies: &impl Cookies, sale: SaleId) -> Option<VisitId> {
    pairs(&cookies.value(VISIT_COOKIE)?).find(|(seen, _)| *seen == sale).map(|(_, visit)| visit)
}

/// Remembers a visit for the rest of the session.
pub fn remember_visit(jar: &CookieJar, sale: SaleId, visit: VisitId, secure: bool) {
    let before = jar.value(VISIT_COOKIE).unwrap_or_default();
    let mut all: Vec<_> = pairs(&before).collect();
    all.retain(|(seen, _)| *seen != sale);
    all.insert(0, (sale, visit));
    all.truncate(VISITS_MAX);
    let value: Vec<String> = all
        .into_iter()
        .map(|(sale, visit)| format!("{}.{}", sale.0.simple(), visit.0.simple()))
        .collect();
    jar.add(site_cookie(VISIT_COOKIE, value.join("_"), None, secure));
}

fn pairs(cookie: &str) -> impl Iterator<Item = (SaleId, VisitId)> {
    let pair = |text: &str| {
        let (sale, visit) = text.split_once('.')?;
        Some((sale.parse().ok()?, visit.parse().ok()?))
    };
    cookie.split('_').take(VISITS_MAX).filter_map(pair)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_remembers_its_latest_visits() {
        let jar = CookieJar::default();
        let sales: Vec<SaleId> = (0..VISITS_MAX + 2).map(|_| SaleId::new()).collect();
        for sale in &sales {
            remember_visit(&jar, *sale, VisitId(sale.0), false);
        }
        assert_eq!(visit(&jar, sales[0]), None);
        assert_eq!(visit(&jar, sales[2]), Some(VisitId(sales[2].0)));
        let again = VisitId::new();
        remember_visit(&jar, sales[5], again, false);
        assert_eq!(
            (visit(&jar, sales[5]), visit(&jar, sales[2])),
            (Some(again), Some(VisitId(sales[2].0)))
        );
        assert_eq!(visitor(&jar), None);
        assert_eq!(visitor(&jar), visitor(&jar));
        let id = visitor_or_new(&jar, false);
        assert_eq!(visitor(&jar), Some(id));
    }

    #[test]
    fn programs_and_prefetching_are_told_from_people() {
        for program in [
            "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
            "WhatsApp/2.23.20.0",
            "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
            "Mozilla/5.0 (Windows NT 10.0) BingPreview/1.0b",
            "curl/8.5.0",
        ] {
            assert!(is_robot(program), "{program}");
        }
        for browser in [
            "",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, \
             like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) \
             HeadlessChrome/131.0.0.0 Safari/537.36",
        ] {
            assert!(!is_robot(browser), "{browser}");
        }
        let sent = |name: &'static str, value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(name, value.parse().unwrap());
            headers
        };
        assert!(is_prefetch(&sent("sec-purpose", "prefetch;prerender")));
        assert!(is_prefetch(&sent("purpose", "prefetch")));
        assert!(!is_prefetch(&sent("sec-fetch-mode", "navigate")));
    }
}
