//! Switching emails of a kind off by the link in one of them, without signing in. Mail programs open links
//! ahead, so the link asks and a POST acts: from the page's form, or from the mail program itself when its
//! reader presses “Unsubscribe” (RFC 8058).

use poem::{Response, handler, web::Path};

use super::{context::UnsubscribePage, errors::PageError, request::PageRequest};
use crate::{
    access::{
        UnsubscribeLink,
        preferences::{self, MessageChannel, MessageChoice},
    },
    kernel::Error,
};

#[handler]
pub async fn ask(request: &PageRequest, Path(token): Path<String>) -> Result<Response, PageError> {
    show(request, link(request, &token)?, &token, false).await
}

/// Answers without a redirect, which mail programs do not follow.
#[handler]
pub async fn switch_off(
    request: &PageRequest,
    Path(token): Path<String>,
) -> Result<Response, PageError> {
    let link = link(request, &token)?;
    let choice = MessageChoice { kind: link.kind, channel: MessageChannel::Email, is_on: false };
    let mut tx = request.platform().db.platform("unsubscribe").await?;
    preferences::choose(&mut tx, link.account, &[choice], request.now).await?;
    tx.commit().await.map_err(Error::from)?;
    show(request, link, &token, true).await
}

fn link(request: &PageRequest, token: &str) -> Result<UnsubscribeLink, PageError> {
    let link = UnsubscribeLink::read(&request.platform().config.keyring, token);
    Ok(link.ok_or(Error::NotFound("link"))?)
}

async fn show(
    request: &PageRequest,
    link: UnsubscribeLink,
    token: &str,
    done: bool,
) -> Result<Response, PageError> {
    let page = UnsubscribePage {
        kind: link.kind.into_str().to_owned(),
        done,
        action: format!("/unsubscribe/{token}"),
    };
    request.show(request.page("pages/unsubscribe"), &page).await
}
