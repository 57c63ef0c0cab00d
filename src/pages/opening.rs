//! What follows a right first factor on any sign-in page: the session's cookies and what was pressed
//! before, or the page that asks for the second factor.

use poem::Response;

use super::{errors, following, press, register, request::PageRequest, response::see_other};
use crate::{
    access::{accounts::Account, second_step, sign_in::SignInStep},
    kernel::AccountId,
};

/// Goes on after the first factor: to `next`, to where the press of before leads, or to the second
/// factor.
pub async fn go_on(
    request: &PageRequest,
    account: &Account,
    step: SignInStep,
    next: &str,
) -> Response {
    match step {
        SignInStep::Opened(opened) => {
            opened.add_cookies(&request.jar, request.platform());
            finish_pressed(request, account.id, next).await
        }
        SignInStep::SecondFactor { pending_token } => {
            let secure = request.secure_cookies();
            request.jar.add(second_step::pending_cookie(&pending_token, secure));
            see_other(&format!("/sign-in/code{}", errors::next_query(next)))
        }
    }
}

/// Does what somebody who is signed in by now pressed before, and redirects to where that leads, or
/// to `next`.
pub async fn finish_pressed(request: &PageRequest, account: AccountId, next: &str) -> Response {
    register::finish(request, account, next).await;
    following::finish(request, account, next).await;
    let pressed = press::finish(request, account, next).await;
    // This node may remember the shopper from before.
    request.pages.shoppers.forget(account);
    pressed.unwrap_or_else(|| see_other(next))
}
