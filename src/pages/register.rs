//! The product page's registration: registering and withdrawing, with or without being signed in
//! before.

use std::time::Duration;

use poem::{
    Response, handler,
    web::{
        Path,
        cookie::{Cookie, SameSite},
    },
};

use super::{
    board::Board,
    context::{Registration, RegistrationRow},
    failure::Failure,
    flash, present,
    view::{View, see_other},
    words::stage_word,
};
use crate::{
    kernel::{AccountId, Error, PageQuery, Result},
    sales::{self, Content, NotOpen},
};

/// Remembers, for as long as signing in may take, which sale one pressed Register for.
const COOKIE: &str = "smp_register";
const LIFETIME: Duration = Duration::from_mins(15);
/// Registrations on the account's page at most, the newest.
const REGISTRATIONS_MAX: u32 = 50;

impl Registration {
    /// What pages say of a sale's registration at `now`.
    pub fn of(content: &Content, now: time::OffsetDateTime) -> Option<Self> {
        content.registration().map(|window| Self {
            stage: stage_word(window.stage(now)).to_owned(),
            stage_live: stage_word(window.stage(now.max(content.starts_at))).to_owned(),
            opens_at: window.opens_at.into(),
            closes_at: window.closes_at.into(),
            only: content.registered_only,
        })
    }
}

/// Registers, or first sends to sign in and registers on the way back.
#[handler]
pub async fn register_shopper(view: &View, Path(slug): Path<String>) -> Result<Response, Failure> {
    let board = view.pages.boards.get(&slug).await?.ok_or(Error::NotFound("sale"))?;
    let Some(account) = view.account() else {
        view.jar.add(cookie(board.sale.slug.clone(), LIFETIME, view));
        return Err(Failure::sign_in(&board.url()));
    };
    match register(view, &slug, account).await {
        Ok(()) => Ok(see_other(&board.url())),
        Err(error) => Err(Failure::from(error).about(present::card(&board, view.now))),
    }
}

/// Registers and says so on the next page; what the clock forbids is said there too, beside what
/// the page itself says of it.
async fn register(view: &View, slug: &str, account: AccountId) -> Result<()> {
    match sales::register(view.platform(), slug, account).await {
        Ok(_) => flash::success(view, "You are registered. A letter that says so is on its way."),
        Err(Error::Conflict { code: "registration_not_open", .. }) => {
            flash::info(view, "Registration has not opened yet; this page says when it does.")
        }
        Err(Error::Conflict { code: "registration_closed", .. }) => {
            flash::info(view, "Registration is closed, so nothing was changed.")
        }
        Err(Error::Conflict { code: "no_registration", .. }) => {
            flash::info(view, "This sale needs no registration: come when it starts.")
        }
        Err(error) => return Err(error),
    }
    Ok(())
}

/// Withdraws one's registration.
#[handler]
pub async fn withdraw_shopper(view: &View, Path(slug): Path<String>) -> Result<Response, Failure> {
    let board = view.pages.boards.get(&slug).await?.ok_or(Error::NotFound("sale"))?;
    let Some(account) = view.account() else { return Err(Failure::sign_in(&board.url())) };
    sales::withdraw_registration(view.platform(), &slug, account).await?;
    flash::info(view, "Your registration is withdrawn.");
    Ok(see_other(&board.url()))
}

/// Whether one is signing in because one pressed Register, on the way back to `next`.
pub fn is_wanted(view: &View, next: &str) -> bool {
    wanted(view).is_some_and(|slug| next == format!("/sales/{slug}"))
}

fn wanted(view: &View) -> Option<String> {
    Some(view.jar.get(COOKIE)?.value_str().to_owned())
}

/// Finishes what one pressed before signing in. Whatever comes of it, one is signed in.
pub async fn finish(view: &View, account: AccountId, next: &str) {
    if let Some(slug) = wanted(view).filter(|_| is_wanted(view, next)) {
        view.jar.add(cookie(String::new(), Duration::ZERO, view));
        if let Err(error) = register(view, &slug, account).await {
            tracing::info!(?error, slug, "not registered after signing in");
        }
    }
}

fn cookie(value: String, lifetime: Duration, view: &View) -> Cookie {
    let mut cookie = Cookie::new_with_str(COOKIE, value);
    cookie.set_http_only(true);
    cookie.set_same_site(SameSite::Lax);
    cookie.set_secure(view.platform().config.secure_cookies());
    cookie.set_path("/");
    cookie.set_max_age(lifetime);
    cookie
}

/// The sales one is registered for that are not over, the soonest first.
pub async fn mine(view: &View, account: AccountId) -> Result<Vec<RegistrationRow>> {
    let mut tx = view.platform().db.shopper(Some(account)).await?;
    let registrations = sales::registrations_of_account(
        &mut tx,
        account,
        &PageQuery { cursor: None, limit: REGISTRATIONS_MAX },
    )
    .await?;
    let ids: Vec<_> = registrations.iter().map(|registration| registration.sale).collect();
    let mut sales = sales::published_by_ids(&mut tx, &ids).await?;
    sales.retain(|sale| {
        !matches!(sale.check_open(view.now), Err(NotOpen::Ended | NotOpen::Cancelled))
    });
    sales.sort_by_key(|sale| sale.content.starts_at);
    let row = |sale: sales::PublishedSale| RegistrationRow {
        url: format!("/sales/{}", sale.slug),
        phase: Board::phase_of(&sale, view.now, None).to_owned(),
        image: present::thumbnail(&sale.content),
        starts_at: sale.content.starts_at.into(),
        ends_at: sale.content.ends_at.into(),
        provider_name: sale.provider_name,
        title: sale.content.title,
    };
    Ok(sales.into_iter().map(row).collect())
}
