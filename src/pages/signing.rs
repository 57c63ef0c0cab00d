//! Signing in, up and out.

use poem::{Response, handler, http::StatusCode, web::Form as Posted};
use url::{Url, form_urlencoded};

use super::{
    buy::{Typed, typed},
    context::{Form, SignPage},
    failure::Failure,
    flash, register,
    view::{Sheet, View, see_other},
};
use crate::{
    access::{
        accounts::{self, Account, NewAccount},
        sessions,
    },
    kernel::{Error, FieldError, FieldErrors, Result},
    platform::{broker::Notice, limits::SIGN_IN_PER_ACCOUNT},
};

/// `?next=…` for links to sign in and up; nothing when there is nowhere to go back to.
pub fn next_query(next: &str) -> String {
    if next.is_empty() || next == "/" {
        return String::new();
    }
    format!("?next={}", form_urlencoded::byte_serialize(next.as_bytes()).collect::<String>())
}

/// Where to go on: a path of ours, whatever is asked for.
fn local(next: &str) -> &str {
    // A browser reads `//host`, `/\host` and a tab between the slashes as another site; what it
    // resolves decides.
    let base = "https://smp.invalid";
    let ours = next.starts_with('/')
        && !next.contains(['\\', '\r', '\n', '\t', '\0'])
        && Url::parse(base).and_then(|url| url.join(next)).is_ok_and(|url| {
            url.origin().ascii_serialization() == base && url.username().is_empty()
        });
    // Signing in and then signing in again would be a circle.
    let circle = ["/sign-in", "/sign-up", "/sign-out"].iter().any(|path| next.starts_with(path));
    if ours && !circle { next } else { "/" }
}

/// Why one was sent here, from where one was.
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
pub async fn sign_in_page(view: &View) -> Result<Response, Failure> {
    let next = asked_for(view);
    show(view, "pages/sign-in", &next, Form::default(), StatusCode::OK).await
}

#[handler]
pub async fn sign_up_page(view: &View) -> Result<Response, Failure> {
    let next = asked_for(view);
    show(view, "pages/sign-up", &next, Form::default(), StatusCode::OK).await
}

#[handler]
pub async fn sign_in(view: &View, Posted(form): Typed) -> Result<Response, Failure> {
    let next = local(typed(&form, "next")).to_owned();
    match verify(view, typed(&form, "email"), typed(&form, "password")).await {
        Ok(account) => enter(view, account, &next).await,
        Err(error @ (Error::Unauthenticated(_) | Error::Invalid(_))) => {
            let refused =
                Form::refused([("email", typed(&form, "email"))], &error, &["email", "password"]);
            show(view, "pages/sign-in", &next, refused, error.status()).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn verify(view: &View, email: &str, password: &str) -> Result<Account> {
    let mut fields = FieldErrors::default();
    fields.check(!email.trim().is_empty(), "email", "Enter your email address");
    fields.check(!password.is_empty(), "password", "Enter your password");
    fields.finish()?;
    view.platform().limits.check(SIGN_IN_PER_ACCOUNT, &email.trim().to_lowercase()).await?;
    let mut tx = view.platform().db.platform("sign in").await?;
    accounts::verify(&mut tx, email, password.to_owned()).await
}

#[handler]
pub async fn sign_up(view: &View, Posted(form): Typed) -> Result<Response, Failure> {
    let next = local(typed(&form, "next")).to_owned();
    match create(view, typed(&form, "email"), typed(&form, "name"), typed(&form, "password")).await
    {
        Ok(account) => {
            flash::success(view, &format!("Welcome, {}. You are signed in.", account.name));
            enter(view, account, &next).await
        }
        Err(error @ Error::Invalid(_)) => {
            let values = [("name", typed(&form, "name")), ("email", typed(&form, "email"))];
            let refused = Form::refused(values, &error, &["name", "email", "password"]);
            show(view, "pages/sign-up", &next, refused, StatusCode::UNPROCESSABLE_ENTITY).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn create(view: &View, email: &str, name: &str, password: &str) -> Result<Account> {
    if name.trim().is_empty() {
        // The kernel's words serve every kind of text; a person's name deserves its own.
        let mut wrong = vec![FieldError::new("name", "Enter your name")];
        if let Err(Error::Invalid(others)) = NewAccount::parse(email, name, password) {
            wrong.extend(others.into_iter().filter(|other| other.field != "name"));
        }
        return Err(Error::Invalid(wrong));
    }
    let new = NewAccount::parse(email, name, password)?;
    let mut tx = view.platform().db.platform("sign up").await?;
    let account = accounts::sign_up(&mut tx, new, view.now).await?;
    tx.commit().await?;
    Ok(account)
}

/// Opens a session and goes on.
async fn enter(view: &View, account: Account, next: &str) -> Result<Response, Failure> {
    let mut tx = view.platform().db.platform("session open").await?;
    let token = sessions::open(&mut tx, account.id, view.user_agent(), view.now).await?;
    tx.commit().await.map_err(Error::from)?;
    view.jar.add(sessions::cookie(&token, view.platform().config.secure_cookies()));
    register::finish(view, account.id, next).await;
    Ok(see_other(next))
}

#[handler]
pub async fn sign_out(view: &View) -> Result<Response, Failure> {
    if let Some(session) = &view.session {
        let mut tx = view.platform().db.platform("sign out").await?;
        match sessions::revoke(&mut tx, session.account.id, session.id, view.now).await {
            Ok(()) | Err(Error::NotFound(_)) => {}
            Err(error) => return Err(error.into()),
        }
        tx.commit().await.map_err(Error::from)?;
        view.platform()
            .broker
            .publish(Notice::SessionsChanged { account: session.account.id })
            .await;
        flash::success(view, "You are signed out.");
    }
    view.jar.add(sessions::cookie("", view.platform().config.secure_cookies()));
    Ok(see_other("/"))
}

fn asked_for(view: &View) -> String {
    local(view.query.get("next").map_or("/", String::as_str)).to_owned()
}

async fn show(
    view: &View,
    template: &'static str,
    next: &str,
    form: Form,
    status: StatusCode,
) -> Result<Response, Failure> {
    let reason =
        if register::is_wanted(view, next) { Some("register".to_owned()) } else { reason(next) };
    let page = SignPage { next: next.to_owned(), next_query: next_query(next), reason };
    view.show(Sheet { status, form, ..view.sheet(template) }, &page).await
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
            assert_eq!(local(ours), ours);
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
            assert_eq!(local(theirs), "/", "{theirs:?}");
        }
        assert_eq!(local("/sign-in?next=/cart"), "/");
    }

    #[test]
    fn one_is_told_why_one_is_asked() {
        assert_eq!(reason("/sales/x?item=1").as_deref(), Some("buy"));
        assert_eq!(reason("/sales/x/feedback").as_deref(), Some("account"));
        assert_eq!(reason("/orders/1").as_deref(), Some("account"));
        assert_eq!((reason("/"), reason("/help")), (None, None));
        assert_eq!(
            next_query("/sales/x?item=1&quantity=2"),
            "?next=%2Fsales%2Fx%3Fitem%3D1%26quantity%3D2"
        );
    }
}
