//! The two cookies behind the statistics. `smp_visitor` is a random id of a browser, kept for a
//! year. `smp_visit` lasts as long as the browser's session and keeps the current visit of each
//! sale.

use std::time::Duration;

use poem::web::cookie::CookieJar;
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
}
