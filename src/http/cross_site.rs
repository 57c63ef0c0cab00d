//! Defence against cross-site requests.
//!
//! Browsers say where a request comes from in `Sec-Fetch-Site` and `Origin`, and pages cannot change
//! those headers. Clients that are not browsers send neither, and carry no ambient cookie to abuse.
//! With `SameSite=Lax` cookies, forms therefore need no token.

use poem::{Request, http::Method};

use crate::kernel::Error;

/// What gateways send comes from other sites: the shopper's way back by a form, and notices. Neither
/// uses a session, and both are believed only as far as the gateway confirms them.
const FROM_GATEWAYS: [(&str, &str); 2] =
    [("/payments/return/", ""), ("/api/v1/payments/", "/notices")];

/// Refuses a request that changes something unless it comes from our own pages, or is what gateways
/// send.
pub async fn refuse_cross_site(request: Request) -> poem::Result<Request> {
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS)
        || is_same_site(&request)
        || is_from_gateway(request.original_uri().path())
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

fn is_from_gateway(path: &str) -> bool {
    FROM_GATEWAYS.iter().any(|(start, end)| path.starts_with(start) && path.ends_with(end))
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
