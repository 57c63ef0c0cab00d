//! "Text me too": has messages that a shopper waits for sent by SMS as well.

use poem::Response;
use url::form_urlencoded;

use super::{request::PageRequest, response::see_other};
use crate::{
    access::{phones, preferences::MessageKind},
    kernel::{AccountId, Result},
    platform::PublicPath,
};

/// Chooses SMS for a kind of messages. False when the account has no number yet that they could go to.
pub async fn ask(request: &PageRequest, account: AccountId, kind: MessageKind) -> Result<bool> {
    let mut tx = request.platform().db.platform("text me").await?;
    let has_number = phones::text_me(&mut tx, account, kind, request.now).await?;
    tx.commit().await?;
    Ok(has_number)
}

/// Does that, says so on the next page, and leads back to the sale or to where a number is added.
pub async fn ask_and_answer(
    request: &PageRequest,
    account: AccountId,
    kind: MessageKind,
    sale_url: &str,
) -> Result<Response> {
    let when = match kind {
        MessageKind::Waitlist => "when it’s your turn",
        _ => "when a sale starts that you asked to be told of",
    };
    if ask(request, account, kind).await? {
        request.flash().success(&format!("We’ll text you {when}."));
        return Ok(see_other(sale_url));
    }
    request.flash().info(&format!("Add your mobile number, and we’ll text you {when}."));
    Ok(see_other(&phone_url(sale_url)))
}

/// Where a number is added, before one goes back to a sale.
pub fn phone_url(sale_url: &str) -> String {
    let next = form_urlencoded::byte_serialize(sale_url.as_bytes()).collect::<String>();
    format!("{}?next={next}", PublicPath::Phone)
}
