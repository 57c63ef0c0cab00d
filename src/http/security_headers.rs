//! Security headers, added to every answer.

use poem::{
    Response,
    http::{HeaderValue, header},
};

use crate::platform::{Platform, urls::API_PREFIX};

/// The parts of the site whose headers differ.
#[derive(Clone, Copy)]
pub enum Area {
    Pages,
    Portal,
    Docs,
    Api,
}

impl Area {
    pub fn of(path: &str) -> Self {
        let areas = [("/portal", Self::Portal), ("/docs", Self::Docs), (API_PREFIX, Self::Api)];
        areas
            .into_iter()
            .find(|(start, _)| path.starts_with(start))
            .map_or(Self::Pages, |(_, area)| area)
    }
}

/// The headers, rendered once.
pub struct SecurityHeaders {
    pages_csp: HeaderValue,
    portal_csp: HeaderValue,
    docs_csp: HeaderValue,
    is_https: bool,
}

impl SecurityHeaders {
    pub fn new(platform: &Platform) -> Self {
        // The portal uploads straight to S3, which may be another origin.
        let s3 = platform.config.s3_public_endpoint.as_deref().unwrap_or("");
        let base = "default-src 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'self'";
        let value = |directives: &str| {
            HeaderValue::from_str(&format!("{base}; {directives}"))
                .unwrap_or_else(|_| HeaderValue::from_static("default-src 'self'"))
        };
        Self {
            // No form-action: in redirect mode, Buy is a form whose answer leads to the provider's
            // approved address.
            pages_csp: value("img-src 'self' data:"),
            portal_csp: value(&format!(
                "style-src 'self' 'unsafe-inline'; connect-src 'self' {s3}; \
                 img-src 'self' data: blob:; form-action 'self'"
            )),
            docs_csp: value(
                "img-src 'self' data:; script-src 'self' 'unsafe-inline'; \
                 style-src 'self' 'unsafe-inline'",
            ),
            is_https: platform.config.secure_cookies(),
        }
    }

    pub fn add(&self, area: Area, response: &mut Response) {
        let csp = match area {
            Area::Portal => &self.portal_csp,
            Area::Docs => &self.docs_csp,
            Area::Pages | Area::Api => &self.pages_csp,
        };
        let headers = response.headers_mut();
        // An email in the outbox has inline styles and brings a policy of its own, which is
        // stricter in everything else.
        headers.entry(header::CONTENT_SECURITY_POLICY).or_insert_with(|| csp.clone());
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(
            header::REFERRER_POLICY,
            HeaderValue::from_static("strict-origin-when-cross-origin"),
        );
        if self.is_https {
            headers.insert(
                header::STRICT_TRANSPORT_SECURITY,
                HeaderValue::from_static("max-age=31536000"),
            );
        }
        if matches!(area, Area::Api) {
            headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
        }
    }
}
