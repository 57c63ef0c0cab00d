//! "Text me too": has messages that a shopper waits for sent by SMS as well.

use url::form_urlencoded;

use super::request::PageRequest;
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

/// Where a number is added, before one goes back to a sale.
pub fn phone_url(sale_url: &str) -> String {
    let next = form_urlencoded::byte_serialize(sale_url.as_bytes()).collect::<String>();
    format!("{}?next={next}", PublicPath::Phone)
}
