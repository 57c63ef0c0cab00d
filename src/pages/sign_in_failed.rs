//! The page that says why somebody is not signed in, or why nothing was connected.

use poem::Response;

use super::{
    context::SignInFailedPage,
    errors::{self, PageError},
    request::{PageRequest, PageSpec},
};
use crate::kernel::Error;

/// Where somebody came from whose sign-in failed.
#[derive(Debug, Clone, Copy)]
pub enum Began<'a> {
    /// At a sign-in page that leads on to `next`.
    SigningIn { next: &'a str },
    /// At the account's security page.
    Connecting,
}

/// Says what failed, with its status. What is a fault of ours becomes the error page.
pub async fn show(
    request: &PageRequest,
    began: Began<'_>,
    error: Error,
) -> Result<Response, PageError> {
    if matches!(error, Error::Internal(_) | Error::NotFound(_) | Error::Unavailable { .. }) {
        return Err(error.into());
    }
    let (is_connecting, back_url) = match began {
        Began::SigningIn { next } => (false, errors::sign_in_url(next)),
        Began::Connecting => (true, "/account/security".to_owned()),
    };
    let page = SignInFailedPage { is_connecting, detail: in_words(&error), back_url };
    let status = error.status();
    request.show(PageSpec { status, ..request.page("pages/sign-in-failed") }, &page).await
}

fn in_words(error: &Error) -> String {
    match error {
        Error::Invalid(fields) => {
            fields.iter().map(|field| format!("{}.", field.message)).collect::<Vec<_>>().join(" ")
        }
        other => other.problem().detail,
    }
}
