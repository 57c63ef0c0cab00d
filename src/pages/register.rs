//! Registering for a sale on its product page, and withdrawing.

use std::time::Duration;

use poem::{
    Response, handler,
    web::{Form as Posted, Path, cookie::Cookie},
};

use super::{
    context::ListedSale,
    errors::PageError,
    form::{FormValues, form_value},
    present,
    request::PageRequest,
    response::see_other,
    text_me,
};
use crate::{
    access::preferences::MessageKind,
    kernel::{AccountId, Error, PageQuery, Result},
    platform::site_cookie,
    sales::{self, NotOpen},
};

/// Remembers for which sale Register was pressed, while the shopper signs in.
const COOKIE: &str = "smp_register";
/// At the end of the cookie of a shopper who wants to be texted; no slug has a full stop.
const TEXT: &str = ".text";
const LIFETIME: Duration = Duration::from_mins(15);
/// The newest registrations are shown on the account page, at most this many.
const REGISTRATIONS_MAX: u32 = 50;

/// Registers the shopper, after sending them to sign in if necessary.
#[handler]
pub async fn register_shopper(
    request: &PageRequest,
    Path(slug): Path<String>,
    Posted(form): Posted<FormValues>,
) -> Result<Response, PageError> {
    let snapshot = request.pages.snapshots.get(&slug).await?.ok_or(Error::NotFound("sale"))?;
    let wants_text = form_value(&form, "text_me") == "true";
    let Some(account) = request.account() else {
        let text = if wants_text { TEXT } else { "" };
        request.jar.add(cookie(format!("{}{text}", snapshot.sale.slug), LIFETIME, request));
        return Err(PageError::sign_in(&snapshot.url()));
    };
    match register(request, &slug, account, wants_text).await {
        Ok(RegisterOutcome::ButHasNoPhone) => Ok(see_other(&text_me::phone_url(&snapshot.url()))),
        Ok(_) => Ok(see_other(&snapshot.url())),
        Err(error) => Err(PageError::from(error).with_sale(present::card(&snapshot, request.now))),
    }
}

/// What became of a press of Register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RegisterOutcome {
    Yes,
    /// The shopper wants to be texted, and has no number yet.
    ButHasNoPhone,
    /// The next page says why.
    No,
}

/// Registers the shopper and shows the result on the next page, also when registration is not open.
async fn register(
    request: &PageRequest,
    slug: &str,
    account: AccountId,
    wants_text: bool,
) -> Result<RegisterOutcome> {
    match sales::register(request.platform(), slug, account).await {
        Ok(_) => {
            if wants_text && !text_me::ask(request, account, MessageKind::Reminders).await? {
                request.flash().success(
                    "You are registered. Add your mobile number, and we’ll also text you at the \
                     start.",
                );
                return Ok(RegisterOutcome::ButHasNoPhone);
            }
            request.flash().success("You are registered. We’ve sent you a confirmation email.");
            return Ok(RegisterOutcome::Yes);
        }
        Err(Error::Conflict { code: "registration_not_open", .. }) => {
            request.flash().info("Registration has not opened yet; this page shows when it does.");
        }
        Err(Error::Conflict { code: "registration_closed", .. }) => {
            request.flash().info("Registration is closed, so you could not be registered.");
        }
        Err(Error::Conflict { code: "no_registration", .. }) => {
            request.flash().info("This sale needs no registration. Just come back when it starts.");
        }
        Err(error) => return Err(error),
    }
    Ok(RegisterOutcome::No)
}

/// Withdraws the shopper's registration.
#[handler]
pub async fn withdraw_shopper(
    request: &PageRequest,
    Path(slug): Path<String>,
) -> Result<Response, PageError> {
    let snapshot = request.pages.snapshots.get(&slug).await?.ok_or(Error::NotFound("sale"))?;
    let Some(account) = request.account() else { return Err(PageError::sign_in(&snapshot.url())) };
    sales::withdraw_registration(request.platform(), &slug, account).await?;
    request.flash().info("Your registration has been cancelled.");
    Ok(see_other(&snapshot.url()))
}

/// Whether the shopper signs in because they pressed Register for the sale at `next`.
pub fn is_pending(request: &PageRequest, next: &str) -> bool {
    pending_sale(request).is_some_and(|(slug, _)| next == format!("/sales/{slug}"))
}

/// The sale, and whether the shopper wants to be texted as well.
fn pending_sale(request: &PageRequest) -> Option<(String, bool)> {
    let value = request.jar.get(COOKIE)?.value_str().to_owned();
    Some(match value.strip_suffix(TEXT) {
        Some(slug) => (slug.to_owned(), true),
        None => (value, false),
    })
}

/// Registers the shopper if they pressed Register before signing in. A failure does not stop them
/// from signing in.
pub async fn finish(request: &PageRequest, account: AccountId, next: &str) {
    if let Some((slug, wants_text)) = pending_sale(request).filter(|_| is_pending(request, next)) {
        request.jar.add(cookie(String::new(), Duration::ZERO, request));
        if let Err(error) = register(request, &slug, account, wants_text).await {
            tracing::info!(?error, slug, "the shopper could not be registered after signing in");
        }
    }
}

fn cookie(value: String, lifetime: Duration, request: &PageRequest) -> Cookie {
    site_cookie(COOKIE, value, Some(lifetime), request.secure_cookies())
}

/// The sales the shopper is registered for that are not over, soonest first.
pub async fn upcoming(request: &PageRequest, account: AccountId) -> Result<Vec<ListedSale>> {
    let mut tx = request.platform().db.shopper(Some(account)).await?;
    let registrations = sales::registrations_of_account(
        &mut tx,
        account,
        &PageQuery { cursor: None, limit: REGISTRATIONS_MAX },
    )
    .await?;
    let ids: Vec<_> = registrations.iter().map(|registration| registration.sale).collect();
    let mut sales = sales::published_by_ids(&mut tx, &ids).await?;
    sales.retain(|sale| {
        !matches!(sale.check_open(request.now), Err(NotOpen::Ended | NotOpen::Cancelled))
    });
    sales.sort_by_key(|sale| sale.content.starts_at);
    Ok(sales.into_iter().map(|sale| present::row(sale, request.now)).collect())
}
