//! Responses of pages: HTML, and the redirect after a form.

use poem::{
    Body, Response,
    http::{HeaderValue, StatusCode, header},
};

/// Headers of a page, with those that are added around it.
const HEADERS_COUNT: usize = 12;

/// An HTML page for the browser that asked, and for no shared cache.
pub fn respond(status: StatusCode, html: impl Into<Body>) -> Response {
    let mut response = Response::from(html.into());
    response.set_status(status);
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "private, no-cache"),
        (header::VARY, "Cookie, Accept-Language, Accept-Encoding"),
    ];
    response.headers_mut().reserve(HEADERS_COUNT);
    response
        .headers_mut()
        .extend(headers.map(|(name, value)| (name, HeaderValue::from_static(value))));
    response
}

/// Redirects to the page that shows the result of a form.
pub fn see_other(location: &str) -> Response {
    Response::builder()
        .status(StatusCode::SEE_OTHER)
        .header(header::LOCATION, location)
        .header(header::CACHE_CONTROL, "no-store")
        .finish()
}
