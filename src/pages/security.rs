//! The security of an account: its password, its address, where it is signed in; with the parts about
//! the second factor and other ways to sign in.

use poem::{Response, handler, http::StatusCode, web::Path};

use super::{
    context::{AccountLinkPage, Form, SecurityPage, SecuritySession},
    errors::PageError,
    form::{TypedForm, require},
    kept_form,
    request::{PageRequest, PageSpec},
    response::see_other,
    second_factor, sign_in_methods, verify,
};
use crate::{
    access::{
        Device, SigningDevice, account_tokens::TokenPurpose, address_change, credentials, recovery,
        sessions,
    },
    kernel::{Error, Result},
    platform::PublicPath,
};

const PATH: &str = "/account/security";
/// The fields of the page's forms, in their order.
const FIELDS: [&str; 4] = ["current_password", "new_password", "email", "address_password"];

#[handler]
pub async fn security_page(request: &PageRequest) -> Result<Response, PageError> {
    show(request, Form::default(), StatusCode::OK).await
}

/// Redirects a link to a form's address to the page.
#[handler]
pub fn back_to_security() -> Response {
    see_other(PATH)
}

#[handler]
pub async fn change_password(
    request: &PageRequest,
    device: SigningDevice,
    form: TypedForm,
) -> Result<Response, PageError> {
    let session = request.signed_in()?;
    let (current, new) = (form.value("current_password"), form.value("new_password"));
    let keep_others = form.value("keep_others") == "true";
    let changed = async {
        form.check_limit()?;
        require(&[
            ("current_password", current, "Enter your current password"),
            ("new_password", new, "Enter a new password"),
        ])?;
        let (access, device) = (&request.pages.access, device.device());
        recovery::change(access, session, current, new, keep_others, &device).await
    };
    match changed.await {
        Ok(()) => {
            request.flash().success(if keep_others {
                "Your password is changed."
            } else {
                "Your password is changed. You are signed out on all other devices."
            });
            Ok(see_other(PATH))
        }
        Err(error) => show_again(request, &form, error).await,
    }
}

#[handler]
pub async fn change_address(
    request: &PageRequest,
    device: SigningDevice,
    form: TypedForm,
) -> Result<Response, PageError> {
    let session = request.signed_in()?;
    let (email, password) = (form.value("email").trim(), form.value("address_password"));
    let asked = async {
        form.check_limit()?;
        require(&[
            ("email", email, "Enter the new address"),
            ("address_password", password, "Enter your current password"),
        ])?;
        address_change::ask(request.platform(), session, email, password, &device.device())
            .await
            .map_err(at_its_field)
    };
    match asked.await {
        Ok(()) => {
            request.flash().info(&format!(
                "We sent a link to {email}. Your address changes when you open it. If nothing comes, \
                 look in the spam folder: that address may also belong to another account."
            ));
            Ok(see_other(PATH))
        }
        Err(error) => show_again(request, &form, error).await,
    }
}

/// The page has two fields for the current password; this is the one of the address.
fn at_its_field(error: Error) -> Error {
    let Error::Invalid(mut wrong) = error else { return error };
    for field in &mut wrong {
        if field.field == "current_password" {
            "address_password".clone_into(&mut field.field);
        }
    }
    Error::Invalid(wrong)
}

#[handler]
pub async fn end_session(
    request: &PageRequest,
    Path(session): Path<String>,
) -> Result<Response, PageError> {
    let own = request.signed_in()?;
    let id = session.parse().map_err(|_| Error::NotFound("session"))?;
    let platform = request.platform();
    let mut tx = platform.db.platform("session end").await?;
    match sessions::revoke(&mut tx, own.account.id, id, request.now).await {
        // It was pressed twice, or has ended meanwhile.
        Ok(()) | Err(Error::NotFound(_)) => {}
        Err(error) => return Err(error.into()),
    }
    tx.commit().await.map_err(Error::from)?;
    request.pages.access.sessions.changed(platform, own.account.id).await;
    request.flash().success("That device is signed out.");
    Ok(see_other(PATH))
}

#[handler]
pub async fn end_other_sessions(request: &PageRequest) -> Result<Response, PageError> {
    let own = request.signed_in()?;
    let platform = request.platform();
    let mut tx = platform.db.platform("session end others").await?;
    sessions::end_all(&mut tx, own.account.id, Some(own.id), request.now).await?;
    tx.commit().await.map_err(Error::from)?;
    request.pages.access.sessions.changed(platform, own.account.id).await;
    request.flash().success("You are signed out on all other devices.");
    Ok(see_other(PATH))
}

/// What the link to a new address leads to. It asks first: programs that look at mail open links, too.
#[handler]
pub async fn confirm_address_page(
    request: &PageRequest,
    Path(token): Path<String>,
) -> Result<Response, PageError> {
    let action = PublicPath::ConfirmAddress { token: &token }.to_string();
    show_link(request, TokenPurpose::ChangeEmail, &token, action).await
}

#[handler]
pub async fn confirm_address(
    request: &PageRequest,
    Path(token): Path<String>,
) -> Result<Response, PageError> {
    let (access, session) = (&request.pages.access, request.session.as_deref());
    match address_change::confirm(access, session, &token).await {
        Ok(account) => {
            request.flash().success(&format!("{} is your address now.", account.email));
            Ok(see_other(PATH))
        }
        Err(error) => verify::refused(request, error, PublicPath::ConfirmAddress { token: &token }),
    }
}

#[handler]
pub async fn undo_address_page(
    request: &PageRequest,
    Path(token): Path<String>,
) -> Result<Response, PageError> {
    let action = PublicPath::UndoAddress { token: &token }.to_string();
    show_link(request, TokenPurpose::UndoEmailChange, &token, action).await
}

#[handler]
pub async fn undo_address(
    request: &PageRequest,
    Path(token): Path<String>,
) -> Result<Response, PageError> {
    let reset = address_change::undo(&request.pages.access, &token).await?;
    request.flash().success(
        "Your address is back as it was, and everybody is signed out. Set another password now.",
    );
    Ok(see_other(&PublicPath::ResetPassword { token: &reset.token }.to_string()))
}

async fn show_link(
    request: &PageRequest,
    purpose: TokenPurpose,
    token: &str,
    action: String,
) -> Result<Response, PageError> {
    let (account, email) =
        address_change::address_of_link(request.platform(), purpose, token).await?;
    if purpose == TokenPurpose::ChangeEmail && request.account() != Some(account) {
        return Ok(verify::sign_in_first(request, &action));
    }
    let page = AccountLinkPage { kind: <&str>::from(purpose).to_owned(), email, action };
    request.show(request.page("pages/account-link"), &page).await
}

async fn show_again(
    request: &PageRequest,
    form: &TypedForm,
    error: Error,
) -> Result<Response, PageError> {
    let show = |form, status| show(request, form, status);
    kept_form::show_again(request, &form.values, &["email"], &FIELDS, error, show).await
}

async fn show(
    request: &PageRequest,
    form: Form,
    status: StatusCode,
) -> Result<Response, PageError> {
    let session = request.signed_in()?;
    let mut tx = request.platform().db.platform("account security").await?;
    let open = sessions::open_of(&mut tx, session.account.id, request.now).await?;
    let has_password = credentials::has_password(&mut tx, session.account.id).await?;
    tx.commit().await.map_err(Error::from)?;
    let page = SecurityPage {
        email: session.account.email.clone(),
        is_verified: session.is_verified,
        has_password,
        has_other_sessions: open.len() > 1,
        sessions: open
            .into_iter()
            .map(|other| SecuritySession {
                device: device_in_words(&other.user_agent),
                created_at: other.created_at.into(),
                is_current: other.id == session.id,
                end_url: format!("{PATH}/sessions/{}/end", other.id),
            })
            .collect(),
        second_factor: second_factor::panel(request).await?,
        sign_in_methods: sign_in_methods::panel(request).await?,
    };
    let spec = PageSpec { status, form, ..request.page("pages/account/security") };
    request.show(spec, &page).await
}

fn device_in_words(user_agent: &str) -> String {
    Device { user_agent, address: "", token: None }.in_words()
}
