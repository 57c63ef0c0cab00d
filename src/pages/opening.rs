//! What follows a right first factor on any sign-in page: the session with what was pressed before, or
//! the page that asks for the second factor.

use poem::Response;

use super::{press, register, request::PageRequest, response::see_other, sign_in_code};
use crate::{
    access::{accounts::Account, sign_in::SignInStep},
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
            sign_in_code::entered(request, account.id, &opened, next).await
        }
        SignInStep::SecondFactor { pending_token } => {
            sign_in_code::ask(request, &pending_token, next)
        }
    }
}

/// Does what somebody who is signed in by now pressed before, and redirects to where that leads, or
/// to `next`.
pub async fn finish_pressed(request: &PageRequest, account: AccountId, next: &str) -> Response {
    register::finish(request, account, next).await;
    let pressed = press::finish(request, account, next).await;
    // This node may remember the shopper from before.
    request.pages.shoppers.forget(account);
    pressed.unwrap_or_else(|| see_other(next))
}
