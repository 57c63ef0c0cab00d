//! "Remind me" on a sale and "Follow" on a seller's page. What was pressed before signing in is kept in
//! a cookie and done afterwards. Only the form's own POST sets the cookie, so a link presses nothing.

use std::time::Duration;

use poem::{
    Response, handler,
    web::{Form as Posted, Path, cookie::Cookie},
};

use super::{
    errors::PageError,
    form::{FormValues, form_value},
    request::PageRequest,
    response::see_other,
};
use crate::{
    access::{
        accounts,
        preferences::{self, MessageChannel, MessageKind},
    },
    kernel::{AccountId, Error, Result},
    platform::site_cookie,
    sales::{self, SLUG_BYTES_MAX},
};

const COOKIE: &str = "smp_wish";
const LIFETIME: Duration = Duration::from_mins(15);

/// What somebody wants to hear of.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Wish {
    Remind(String),
    Follow(String),
}

impl Wish {
    /// The page that has its button.
    fn url(&self) -> String {
        match self {
            Self::Remind(slug) => format!("/sales/{slug}"),
            Self::Follow(slug) => format!("/sellers/{slug}"),
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Remind(_) => "remind",
            Self::Follow(_) => "follow",
        }
    }

    fn write(&self) -> String {
        let (Self::Remind(slug) | Self::Follow(slug)) = self;
        format!("{}:{slug}", self.name())
    }

    fn read(text: &str) -> Option<Self> {
        match text.split_once(':')? {
            ("remind", slug) => Some(Self::Remind(slug.to_owned())),
            ("follow", slug) => Some(Self::Follow(slug.to_owned())),
            _ => None,
        }
    }
}

/// Redirects a link to a form's address to the seller.
#[handler]
pub fn back_to_seller(Path(slug): Path<String>) -> Response {
    see_other(&Wish::Follow(slug).url())
}

/// Reminds the shopper of a sale, or no more.
#[handler]
pub async fn remind_shopper(
    request: &PageRequest,
    Path(slug): Path<String>,
    Posted(form): Posted<FormValues>,
) -> Result<Response, PageError> {
    let snapshot = request.pages.snapshots.get(&slug).await?.ok_or(Error::NotFound("sale"))?;
    press(request, Wish::Remind(snapshot.sale.slug.clone()), &form).await
}

/// Follows a seller, or no more.
#[handler]
pub async fn follow_seller(
    request: &PageRequest,
    Path(slug): Path<String>,
    Posted(form): Posted<FormValues>,
) -> Result<Response, PageError> {
    if slug.len() > SLUG_BYTES_MAX {
        return Err(Error::NotFound("seller").into());
    }
    press(request, Wish::Follow(slug), &form).await
}

/// Does what was pressed, after sending the shopper to sign in if necessary, and leads back to the page
/// whose button it was.
async fn press(
    request: &PageRequest,
    wish: Wish,
    form: &FormValues,
) -> Result<Response, PageError> {
    let on = form_value(form, "on") != "false";
    let Some(account) = request.account() else {
        if on {
            request.jar.add(cookie(wish.write(), LIFETIME, request));
        }
        return Err(PageError::sign_in(&wish.url()));
    };
    if on {
        fulfil(request, &wish, account).await?;
    } else {
        drop_wish(request, &wish, account).await?;
    }
    let back = form_value(form, "back") == "favourites";
    Ok(see_other(&if back { "/account/favourites".to_owned() } else { wish.url() }))
}

/// Does what was pressed and says so on the next page, also when it is not possible.
async fn fulfil(request: &PageRequest, wish: &Wish, account: AccountId) -> Result<()> {
    let platform = request.platform();
    let (done, kind) = match wish {
        Wish::Remind(slug) => {
            let reminded = sales::remind(platform, slug, account).await;
            request.pages.shoppers.forget(account);
            let text = "We’ll email you 15 minutes before the sale starts.".to_owned();
            (reminded.map(|_| text), MessageKind::Reminders)
        }
        Wish::Follow(slug) => {
            let followed = sales::follow(platform, slug, account).await;
            let text = |name: &str| {
                format!("You follow {name}. We’ll email you when a new sale is announced.")
            };
            (followed.map(|followed| text(&followed.name)), MessageKind::Launches)
        }
    };
    match done {
        Ok(text) => {
            let mut tx = platform.db.platform("message choices").await?;
            let is_follow = matches!(wish, Wish::Follow(_));
            if is_follow && !accounts::is_verified(&mut tx, account).await? {
                request.flash().info(
                    "Saved. Confirm your email address under Security in your account: until then, \
                     we don’t write to it about new sales.",
                );
            } else if preferences::wants(&mut tx, account, kind, MessageChannel::Email).await? {
                request.flash().success(&text);
            } else {
                request.flash().info(
                    "Saved. But you have switched such emails off: switch them on under Messages in \
                     your account, or none is sent.",
                );
            }
            Ok(())
        }
        Err(Error::Conflict { detail, .. }) => {
            request.flash().info(&detail);
            Ok(())
        }
        Err(error) => Err(error),
    }
}

async fn drop_wish(request: &PageRequest, wish: &Wish, account: AccountId) -> Result<()> {
    match wish {
        Wish::Remind(slug) => {
            sales::forget_reminder(request.platform(), slug, account).await?;
            request.pages.shoppers.forget(account);
            request.flash().success("We won’t remind you of this sale.");
        }
        Wish::Follow(slug) => {
            sales::unfollow(request.platform(), slug, account).await?;
            request.flash().success("You no longer follow this seller.");
        }
    }
    Ok(())
}

fn pending(request: &PageRequest, next: &str) -> Option<Wish> {
    let wish = Wish::read(request.jar.get(COOKIE)?.value_str())?;
    (wish.url() == next).then_some(wish)
}

/// Why somebody signs in who pressed a button of the page at `next`.
pub fn pending_reason(request: &PageRequest, next: &str) -> Option<String> {
    Some(pending(request, next)?.name().to_owned())
}

/// Does what was pressed before signing in. A failure does not stop anyone from signing in.
pub async fn finish(request: &PageRequest, account: AccountId, next: &str) {
    let Some(wish) = pending(request, next) else { return };
    request.jar.add(cookie(String::new(), Duration::ZERO, request));
    if let Err(error) = fulfil(request, &wish, account).await {
        tracing::info!(?error, ?wish, "what was pressed before signing in could not be done");
    }
}

fn cookie(value: String, lifetime: Duration, request: &PageRequest) -> Cookie {
    site_cookie(COOKIE, value, Some(lifetime), request.secure_cookies())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_is_read_as_it_was_written() {
        for wish in [Wish::Remind("cups".to_owned()), Wish::Follow("kiln".to_owned())] {
            assert_eq!(Wish::read(&wish.write()), Some(wish.clone()));
        }
        for bad in ["", "remind", "buy:cups"] {
            assert_eq!(Wish::read(bad), None, "{bad}");
        }
    }
}
