//! A press of Buy before signing in. It is kept in a cookie while the shopper signs in, and made for
//! them afterwards, once. Only the form's own POST sets the cookie, so a link presses nothing.

use std::time::Duration;

use poem::{Response, web::cookie::Cookie};
use url::form_urlencoded;

use super::{
    context::PressedUnits,
    form::{FormValues, form_value, new_idempotency_key},
    request::PageRequest,
    response::see_other,
    sale_snapshot::SaleSnapshot,
    text_me,
};
use crate::{
    access::preferences::MessageKind,
    kernel::{AccountId, Error, Result, SaleItemId},
    platform::site_cookie,
    sales,
    stock::{HoldInput, HoldOutcome, HoldRequest, HoldState},
};

const COOKIE: &str = "smp_press";
const LIFETIME: Duration = Duration::from_mins(15);
/// A longer key is not kept; the press gets a new one.
const KEY_BYTES_MAX: usize = 200;

/// What was pressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Press {
    pub slug: String,
    pub item: SaleItemId,
    pub quantity: i32,
    pub accept_fewer: bool,
    /// Tell of an offer by SMS as well.
    pub text_me: bool,
    /// The same for a repetition of the press.
    pub key: String,
}

impl Press {
    /// The page that signing in leads back to: the sale with the same choice.
    pub fn next(&self) -> String {
        format!("/sales/{}?item={}&quantity={}", self.slug, self.item, self.quantity)
    }

    fn write(&self) -> String {
        form_urlencoded::Serializer::new(String::new())
            .append_pair("slug", &self.slug)
            .append_pair("item", &self.item.to_string())
            .append_pair("quantity", &self.quantity.to_string())
            .append_pair("accept_fewer", if self.accept_fewer { "true" } else { "" })
            .append_pair("text_me", if self.text_me { "true" } else { "" })
            .append_pair("key", &self.key)
            .finish()
    }

    fn read(text: &str) -> Option<Self> {
        let form: FormValues = form_urlencoded::parse(text.as_bytes()).into_owned().collect();
        Some(Self {
            slug: form_value(&form, "slug").to_owned(),
            item: form_value(&form, "item").parse().ok()?,
            quantity: form_value(&form, "quantity").parse().ok()?,
            accept_fewer: form_value(&form, "accept_fewer") == "true",
            text_me: form_value(&form, "text_me") == "true",
            key: form_value(&form, "key").to_owned(),
        })
    }
}

/// Keeps a press while the shopper signs in.
pub fn keep(request: &PageRequest, mut press: Press) {
    if press.key.is_empty() || press.key.len() > KEY_BYTES_MAX {
        press.key = new_idempotency_key();
    }
    request.jar.add(cookie(press.write(), LIFETIME, request));
}

/// The press that waits for the shopper to sign in, if `next` leads back to its sale.
fn pending(request: &PageRequest, next: &str) -> Option<Press> {
    let press = Press::read(request.jar.get(COOKIE)?.value_str())?;
    (press.next() == next).then_some(press)
}

/// What will be pressed once the shopper has signed in.
pub async fn pressed_units(request: &PageRequest, next: &str) -> Result<Option<PressedUnits>> {
    let Some(press) = pending(request, next) else { return Ok(None) };
    let Some(snapshot) = request.pages.snapshots.get(&press.slug).await? else { return Ok(None) };
    let item = snapshot.sale.item(press.item);
    Ok(item.map(|item| PressedUnits {
        quantity: press.quantity,
        title: snapshot.sale.content.title.clone(),
        item_name: item.name.clone(),
    }))
}

/// Makes the press that waited for the shopper to sign in, and redirects to where Buy leads. None if
/// nothing was pressed. What cannot be held is said on the sale's page; it never stops anyone from
/// signing in.
pub async fn finish(request: &PageRequest, account: AccountId, next: &str) -> Option<Response> {
    let press = pending(request, next)?;
    request.jar.add(cookie(String::new(), Duration::ZERO, request));
    match make(request, account, &press).await {
        Ok(response) => Some(response),
        Err(error) => {
            tracing::info!(?error, slug = press.slug, "a press was refused after signing in");
            let why = match &error {
                Error::Invalid(fields) => {
                    fields.first().map_or_else(String::new, |field| format!("{}.", field.message))
                }
                other if other.status().is_client_error() => other.problem().detail,
                _ => "We’re very busy right now. Press Buy again in a moment.".to_owned(),
            };
            request.flash().info(&format!("You are signed in, but no item is held yet. {why}"));
            Some(see_other(next))
        }
    }
}

async fn make(request: &PageRequest, account: AccountId, press: &Press) -> Result<Response> {
    let snapshot = request.pages.snapshots.get(&press.slug).await?;
    let snapshot: &SaleSnapshot = snapshot.as_deref().ok_or(Error::NotFound("sale"))?;
    hold(request, snapshot, account, press).await
}

/// Holds the units of a press or joins the waitlist, and redirects to the page that shows it.
pub async fn hold(
    request: &PageRequest,
    snapshot: &SaleSnapshot,
    account: AccountId,
    press: &Press,
) -> Result<Response> {
    let visit = sales::visit(&request.jar, snapshot.sale.id).map(|visit| visit.0);
    let input = HoldInput {
        sale_item_id: press.item,
        quantity: press.quantity,
        wait: true,
        accept_fewer: press.accept_fewer,
    };
    let (slug, key) = (press.slug.clone(), press.key.clone());
    let hold_request = HoldRequest::new(account, slug, &input, Some(key), visit);
    match request.pages.allocator.hold(hold_request).await {
        Ok(HoldOutcome::Held(hold)) if hold.state == HoldState::Held => Ok(see_other("/cart")),
        // The page is older than what became of its first press.
        Ok(HoldOutcome::Held(_)) | Err(Error::Conflict { code: "idempotency_conflict", .. }) => {
            request.flash().info(
                "You had pressed Buy on this page before, so nothing more was put in your cart. \
                 Press Buy again to add what is chosen here now.",
            );
            Ok(see_other(&press.next()))
        }
        Ok(HoldOutcome::Waiting(entry, position)) => {
            let name = snapshot.sale.item(press.item).map_or("", |item| item.name.as_str());
            let position = position
                .map(|position| format!(" Your position is {position}."))
                .unwrap_or_default();
            request.flash().info(&format!(
                "{name} is sold out, so you’re on the waitlist for {}.{position} We’ll email you \
                 when it’s your turn.",
                entry.quantity
            ));
            let lacks_number =
                press.text_me && !text_me::ask(request, account, MessageKind::Waitlist).await?;
            let url = snapshot.url();
            Ok(see_other(&if lacks_number { text_me::phone_url(&url) } else { url }))
        }
        Err(error) => Err(error),
    }
}

fn cookie(value: String, lifetime: Duration, request: &PageRequest) -> Cookie {
    site_cookie(COOKIE, value, Some(lifetime), request.secure_cookies())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_press_is_read_as_it_was_written() {
        let press = Press {
            slug: "three-cups".to_owned(),
            item: SaleItemId::new(),
            quantity: 2,
            accept_fewer: true,
            text_me: true,
            key: "a key; with=signs & more".to_owned(),
        };
        assert_eq!(Press::read(&press.write()), Some(press.clone()));
        assert_eq!(Press::read(&press.write().replace("quantity=2", "quantity=many")), None);
        assert_eq!((Press::read(""), Press::read("slug=x")), (None, None));
    }
}
