//! Defence against cross-site requests.
//!
//! Browsers say where a request comes from in `Sec-Fetch-Site` and `Origin`, and pages cannot change
//! those headers. Clients that are not browsers send neither, and carry no ambient cookie to abuse.
//! With `SameSite=Lax` cookies, forms therefore need no token.

use poem::{Request, http::Method};

use crate::kernel::Error;

/// Refuses a request that changes something unless it comes from our own pages.
pub async fn refuse_cross_site(request: Request) -> poem::Result<Request> {
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS)
        || is_same_site(&request)
    {
        return Ok(request);
    }
    Err(Error::Forbidden(
        "This request came from another site, so nothing was done. \
         Open the page on SMP and try again."
            .to_owned(),
    )
    .into())
}

/// Whether a request comes from our own pages, or from a client that is not a browser.
pub fn is_same_site(request: &Request) -> bool {
    match (request.header("Sec-Fetch-Site"), request.header("Origin")) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => {
            origin.split_once("://").map(|(_, host)| host) == request.header("Host")
        }
        (None, None) => true,
    }
}
