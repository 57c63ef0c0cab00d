//! Signing in, signing up, signing out.

use poem::{Response, handler, http::StatusCode};
use url::Url;

use super::{
    context::{Form, SignPage},
    errors::{self, PageError},
    following,
    form::{FormValues, TypedForm},
    kept_form, opening, press, register,
    request::{PageRequest, PageSpec},
    response::see_other,
    sign_in_choices,
};
use crate::{
    access::{
        FirstFactor, SignInStep, SigningDevice,
        accounts::{Account, TypedAccount},
        sessions, sign_in as access_sign_in,
        sign_up::{self as access_sign_up, SignedUp},
    },
    kernel::{Error, FieldError, FieldErrors, Locale, Result},
};

/// The requested page if it is one of ours, else the home page.
pub fn local_path(next: &str) -> &str {
    // A browser reads `//host`, `/\host` and a tab between the slashes as another site, so the URL
    // is resolved as a browser would.
    let base = "https://smp.invalid";
    let ours = next.starts_with('/')
        && !next.contains(['\\', '\r', '\n', '\t', '\0'])
        && Url::parse(base).and_then(|url| url.join(next)).is_ok_and(|url| {
            url.origin().ascii_serialization() == base && url.username().is_empty()
        });
    // Signing in must not lead back to signing in.
    let is_loop = ["/sign-in", "/sign-up", "/sign-out", "/forgot", "/reset"]
        .iter()
        .any(|path| next.starts_with(path));
    if ours && !is_loop { next } else { "/" }
}

/// Why the shopper has to sign in, judged by the page they come from.
fn reason(next: &str) -> Option<String> {
    let path = next.split('?').next().unwrap_or_default();
    let reason = match path.split('/').nth(1) {
        Some("sales") if !path.ends_with("/feedback") => "buy",
        Some("cart" | "checkout" | "orders" | "account" | "conversations" | "sales") => "account",
        _ => return None,
    };
    Some(reason.to_owned())
}

#[handler]
pub async fn sign_in_page(request: &PageRequest) -> Result<Response, PageError> {
    let next = next_path(request);
    show(request, "pages/sign-in", &next, kept_form::take(request), StatusCode::OK).await
}

#[handler]
pub async fn sign_up_page(request: &PageRequest) -> Result<Response, PageError> {
    let next = next_path(request);
    show(request, "pages/sign-up", &next, kept_form::take(request), StatusCode::OK).await
}

#[handler]
pub async fn sign_in(
    request: &PageRequest,
    device: SigningDevice,
    form: TypedForm,
) -> Result<Response, PageError> {
    let next = local_path(form.value("next")).to_owned();
    let verified = async {
        form.check_limit()?;
        verify(request, &device, form.value("email"), form.value("password")).await
    };
    match verified.await {
        Ok(account) => begin(request, &device, &account, &next, None).await,
        Err(error) => show_sign_in_again(request, &form.values, &next, error).await,
    }
}

/// Shows the sign-in page again, with what was wrong.
pub async fn show_sign_in_again(
    request: &PageRequest,
    values: &FormValues,
    next: &str,
    error: Error,
) -> Result<Response, PageError> {
    let fields = ["email", "password"];
    let show = |form, status| show(request, "pages/sign-in", next, form, status);
    kept_form::show_again(request, values, &["email"], &fields, error, show).await
}

async fn verify(
    request: &PageRequest,
    device: &SigningDevice,
    email: &str,
    password: &str,
) -> Result<Account> {
    let mut fields = FieldErrors::default();
    fields.check(!email.trim().is_empty(), "email", "Enter your email address");
    fields.check(!password.is_empty(), "password", "Enter your password");
    fields.finish()?;
    access_sign_in::by_password(request.platform(), email, password, &device.device()).await
}

/// Goes on after the password: with a session, and what is told about it, or to the second factor.
async fn begin(
    request: &PageRequest,
    device: &SigningDevice,
    account: &Account,
    next: &str,
    told: Option<&str>,
) -> Result<Response, PageError> {
    let platform = request.platform();
    let mut tx = platform.db.platform("sign in").await?;
    let (first, device) = (FirstFactor::Password, device.device());
    let step =
        access_sign_in::begin(platform, &mut tx, account, first, &device, request.now).await?;
    tx.commit().await.map_err(Error::from)?;
    if let (SignInStep::Opened(_), Some(text)) = (&step, told) {
        request.flash().success(text);
    }
    Ok(opening::go_on(request, account, step, next).await)
}

/// Signs up. The answer is the same for an address that has an account already; with that account's
/// own password it signs in.
#[handler]
pub async fn sign_up(
    request: &PageRequest,
    device: SigningDevice,
    form: TypedForm,
) -> Result<Response, PageError> {
    let next = local_path(form.value("next")).to_owned();
    let created = async {
        form.check_limit()?;
        create(request, &device, &form).await
    };
    match created.await {
        Ok(SignedUp::Known(account)) => {
            let told = Some("You have an account already, and are signed in to it.");
            begin(request, &device, &account, &next, told).await
        }
        Ok(SignedUp::New(account)) => {
            request.flash().success(&format!(
                "Welcome, {}. You are signed in. We sent a code to {}: you need it when you pay.",
                account.name, account.email
            ));
            let platform = request.platform();
            let mut tx = platform.db.platform("sign up").await?;
            let from = device.device();
            let opened = access_sign_in::open(&mut tx, &account, &from, request.now).await?;
            tx.commit().await.map_err(Error::from)?;
            let step = SignInStep::Opened(opened);
            Ok(opening::go_on(request, &account, step, &next).await)
        }
        Err(error) => {
            let (kept, fields) = (["name", "email"], ["name", "email", "password"]);
            let show = |form, status| show(request, "pages/sign-up", &next, form, status);
            kept_form::show_again(request, &form.values, &kept, &fields, error, show).await
        }
    }
}

async fn create(
    request: &PageRequest,
    device: &SigningDevice,
    form: &TypedForm,
) -> Result<SignedUp> {
    let (email, name, password) = (form.value("email"), form.value("name"), form.value("password"));
    if name.trim().is_empty() {
        // The kernel's message suits any text; this one is about a name.
        let mut wrong = vec![FieldError::new("name", "Enter your name")];
        if let Err(Error::Invalid(others)) = TypedAccount::check(email, name, password).await {
            wrong.extend(others.into_iter().filter(|other| other.field != "name"));
        }
        return Err(Error::Invalid(wrong));
    }
    let locale = Locale::find(request.locale).filter(|locale| !locale.is_pseudo());
    let locale = locale.map(Locale::language);
    let (platform, device) = (request.platform(), device.device());
    access_sign_up::sign_up(platform, email, name, password, &device, locale).await
}

#[handler]
pub async fn sign_out(request: &PageRequest) -> Result<Response, PageError> {
    if let Some(session) = &request.session {
        let mut tx = request.platform().db.platform("sign out").await?;
        match sessions::revoke(&mut tx, session.account.id, session.id, request.now).await {
            Ok(()) | Err(Error::NotFound(_)) => {}
            Err(error) => return Err(error.into()),
        }
        tx.commit().await.map_err(Error::from)?;
        let sessions = &request.pages.access.sessions;
        sessions.changed(request.platform(), session.account.id).await;
        request.flash().success("You are signed out.");
    }
    request.jar.add(sessions::cookie("", request.secure_cookies()));
    Ok(see_other("/"))
}

pub fn next_path(request: &PageRequest) -> String {
    local_path(request.query.get("next").map_or("/", String::as_str)).to_owned()
}

async fn show(
    request: &PageRequest,
    template: &'static str,
    next: &str,
    form: Form,
    status: StatusCode,
) -> Result<Response, PageError> {
    let reason = if register::is_pending(request, next) {
        Some("register".to_owned())
    } else {
        following::pending_reason(request, next).or_else(|| reason(next))
    };
    let page = SignPage {
        next: next.to_owned(),
        next_query: errors::next_query(next),
        reason,
        pressed: press::pressed_units(request, next).await?,
        choices: sign_in_choices::choices(request),
    };
    request.show(PageSpec { status, form, ..request.page(template) }, &page).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_never_goes_on_to_another_site() {
        for ours in [
            "/",
            "/cart",
            "/sales/x?item=1&quantity=2",
            "/orders/SMP-1#top",
            "/sales/x?url=https://shop.example",
        ] {
            assert_eq!(local_path(ours), ours);
        }
        for theirs in [
            "",
            "cart",
            "//evil.example",
            "/\\evil.example",
            "/\t/evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "/\n/evil.example",
            "///evil.example",
            "\\/evil.example",
        ] {
            assert_eq!(local_path(theirs), "/", "{theirs:?}");
        }
        assert_eq!(local_path("/sign-in?next=/cart"), "/");
    }

    #[test]
    fn the_reason_follows_from_the_page() {
        assert_eq!(reason("/sales/x?item=1").as_deref(), Some("buy"));
        assert_eq!(reason("/sales/x/feedback").as_deref(), Some("account"));
        assert_eq!(reason("/orders/1").as_deref(), Some("account"));
        assert_eq!((reason("/"), reason("/help")), (None, None));
    }
}
