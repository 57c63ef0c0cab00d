//! What follows a right first factor on any sign-in page: the session's cookies and what was pressed
//! before, or the page that asks for the second factor.

use poem::Response;

use super::{press, register, request::PageRequest, response::see_other};
use crate::{
    access::{SignInStep, accounts::Account, device_cookie, pending_cookie, sessions},
    kernel::{AccountId, Result},
};

/// Goes on after the first factor: to `next`, to where the press of before leads, or to the second
/// factor.
pub async fn go_on(
    request: &PageRequest,
    account: &Account,
    step: SignInStep,
    next: &str,
) -> Result<Response> {
    let secure = request.secure_cookies();
    match step {
        SignInStep::Opened(opened) => {
            request.jar.add(sessions::cookie(&opened.session_token, secure));
            request.jar.add(device_cookie(&opened.device_token, secure));
            Ok(finish_pressed(request, account.id, next).await)
        }
        SignInStep::SecondFactor { pending_token } => {
            request.jar.add(pending_cookie(&pending_token, secure));
            let query = super::errors::next_query(next);
            Ok(see_other(&format!("/sign-in/code{query}")))
        }
    }
}

/// Does what the shopper pressed before signing in, and redirects to where that leads, or to `next`.
pub async fn finish_pressed(request: &PageRequest, account: AccountId, next: &str) -> Response {
    register::finish(request, account, next).await;
    let pressed = press::finish(request, account, next).await;
    // This node may remember the shopper from before.
    request.pages.shoppers.forget(account);
    pressed.unwrap_or_else(|| see_other(next))
}
