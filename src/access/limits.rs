//! Refuses who comes too often, before anything is done for them: by address, and by account where
//! there is one.

use poem::{Request, http::Method};

use super::{
    Access,
    caller::{self, Known},
};
use crate::{
    kernel::Result,
    platform::limits::{BUY_PER_ACCOUNT, BUY_PER_ADDRESS, SIGN_IN_PER_ADDRESS},
};

/// Counts a request against the limits of what it wants. Returns the session, when it had to be
/// looked for.
pub async fn limit_rate(request: &Request, access: &Access) -> Result<Option<Known>> {
    if *request.method() != Method::POST {
        return Ok(None);
    }
    let limits = &access.platform.limits;
    let path = request.uri().path();
    if path.ends_with("/holds") || path.ends_with("/buy") {
        let session = caller::session_of(request, access).await?;
        // A rehearsal's shoppers all press from one place, and are there to press.
        if session.as_ref().is_some_and(|session| session.is_rehearsal) {
            return Ok(Some(Known(session)));
        }
        if let Some(session) = &session {
            limits.check(BUY_PER_ACCOUNT, &session.account.id.to_string()).await?;
        }
        limits.check(BUY_PER_ADDRESS, &address(request, access)).await?;
        return Ok(Some(Known(session)));
    }
    if ["/session", "/sign-in", "/accounts", "/sign-up"].iter().any(|end| path.ends_with(end)) {
        limits.check(SIGN_IN_PER_ADDRESS, &address(request, access)).await?;
    }
    Ok(None)
}

/// Where a request comes from: the last entry that a trusted proxy wrote, or the other end of the
/// connection.
fn address(request: &Request, access: &Access) -> String {
    let forwarded = request
        .header("X-Forwarded-For")
        .and_then(|list| list.rsplit(',').next())
        .map(|last| last.trim().to_owned());
    let peer = || {
        request
            .remote_addr()
            .as_socket_addr()
            .map_or_else(String::new, |address| address.ip().to_string())
    };
    forwarded.filter(|_| access.platform.config.trust_forwarded).unwrap_or_else(peer)
}
