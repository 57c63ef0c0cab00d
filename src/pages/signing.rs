//! Signing in, signing up, signing out.

use poem::{Response, handler, http::StatusCode};
use url::Url;

use super::{
    context::{Form, SignPage},
    errors::{self, PageError},
    form::TypedForm,
    kept_form, press, register,
    request::{PageRequest, PageSpec},
    response::see_other,
};
use crate::{
    access::{
        accounts::{self, Account, NewAccount},
        limits, sessions,
    },
    kernel::{EMAIL_TAKEN, Error, FieldError, FieldErrors, Result},
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
    let is_loop = ["/sign-in", "/sign-up", "/sign-out"].iter().any(|path| next.starts_with(path));
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
pub async fn sign_in(request: &PageRequest, form: TypedForm) -> Result<Response, PageError> {
    let next = local_path(form.value("next")).to_owned();
    let verified = async {
        form.check_limit()?;
        verify(request, form.value("email"), form.value("password")).await
    };
    match verified.await {
        Ok(account) => open_session(request, account, &next).await,
        Err(error) => {
            let fields = ["email", "password"];
            let show = |form, status| show(request, "pages/sign-in", &next, form, status);
            kept_form::show_again(request, &form.values, &["email"], &fields, error, show).await
        }
    }
}

async fn verify(request: &PageRequest, email: &str, password: &str) -> Result<Account> {
    let mut fields = FieldErrors::default();
    fields.check(!email.trim().is_empty(), "email", "Enter your email address");
    fields.check(!password.is_empty(), "password", "Enter your password");
    fields.finish()?;
    limits::check_sign_in(request.platform(), email).await?;
    accounts::verify(&request.platform().db, email, password.to_owned()).await
}

#[handler]
pub async fn sign_up(request: &PageRequest, form: TypedForm) -> Result<Response, PageError> {
    let next = local_path(form.value("next")).to_owned();
    let created = async {
        form.check_limit()?;
        create(request, form.value("email"), form.value("name"), form.value("password")).await
    };
    match created.await {
        Ok(account) => {
            request.flash().success(&format!("Welcome, {}. You are signed in.", account.name));
            open_session(request, account, &next).await
        }
        Err(error) => {
            let (kept, fields) = (["name", "email"], ["name", "email", "password"]);
            let show = |mut form: Form, status| {
                for problem in &mut form.summary {
                    if problem.message == EMAIL_TAKEN {
                        problem.url = Some(errors::sign_in_url(&next));
                    }
                }
                show(request, "pages/sign-up", &next, form, status)
            };
            kept_form::show_again(request, &form.values, &kept, &fields, error, show).await
        }
    }
}

async fn create(request: &PageRequest, email: &str, name: &str, password: &str) -> Result<Account> {
    if name.trim().is_empty() {
        // The kernel's message suits any text; this one is about a name.
        let mut wrong = vec![FieldError::new("name", "Enter your name")];
        if let Err(Error::Invalid(others)) = NewAccount::parse(email, name, password).await {
            wrong.extend(others.into_iter().filter(|other| other.field != "name"));
        }
        return Err(Error::Invalid(wrong));
    }
    let new = NewAccount::parse(email, name, password).await?;
    let mut tx = request.platform().db.platform("sign up").await?;
    let account = accounts::sign_up(&mut tx, new, request.now).await?;
    tx.commit().await?;
    Ok(account)
}

/// Opens a session, does what the shopper pressed before, and redirects to the page they came from or
/// to where the press leads.
async fn open_session(
    request: &PageRequest,
    account: Account,
    next: &str,
) -> Result<Response, PageError> {
    let mut tx = request.platform().db.platform("session open").await?;
    let token = sessions::open(&mut tx, account.id, request.user_agent(), request.now).await?;
    tx.commit().await.map_err(Error::from)?;
    request.jar.add(sessions::cookie(&token, request.secure_cookies()));
    register::finish(request, account.id, next).await;
    let pressed = press::finish(request, account.id, next).await;
    // This node may remember the shopper from before.
    request.pages.shoppers.forget(account.id);
    Ok(pressed.unwrap_or_else(|| see_other(next)))
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
        reason(next)
    };
    let page = SignPage {
        next: next.to_owned(),
        next_query: errors::next_query(next),
        reason,
        pressed: press::pressed_units(request, next).await?,
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
