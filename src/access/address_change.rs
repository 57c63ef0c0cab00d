//! Another email address for an account: confirmed by a link to the new one, told to the old one,
//! which can take it back for a week.

use serde_json::{Value, json};
use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};

use super::{
    account_mail::{self, AccountMail, UndoLink},
    account_tokens::{self, NewAccountToken, TakenToken, TokenPurpose},
    accounts::{self, Account},
    actor::Actor,
    audit,
    context::Access,
    credentials,
    devices::{self, Device},
    factor_store, recovery,
    sessions::{self, Session},
    sign_in_methods, verification,
};
use crate::{
    kernel::{AccountId, Error, FieldErrors, Result, TenantId, validate},
    platform::Platform,
};

/// How long the link to the new address works.
const CONFIRM_LIFETIME: Duration = Duration::hours(24);
/// How long the old address can take the change back.
const UNDO_LIFETIME: Duration = Duration::days(7);
/// How many links an account can have sent within a day.
const SENT_A_DAY_MAX: i64 = 5;

/// Sends a link to a new address. If that belongs to another account, its owner is told instead, and
/// the answer is the same. Errors: 422 on `email` or `current_password`, 409 `no_password`,
/// `code_sent_too_often`.
pub async fn ask(
    platform: &Platform,
    session: &Session,
    email: &str,
    password: &str,
    device: &Device<'_>,
) -> Result<()> {
    let account = &session.account;
    let mut fields = FieldErrors::default();
    let email = validate::email(&mut fields, "email", email);
    fields.check(
        email != account.email,
        "email",
        "This is your address already; enter another one",
    );
    fields.check(!password.is_empty(), "current_password", "Enter your current password");
    fields.finish()?;
    credentials::require_right(platform, account, "current_password", password, device).await?;
    let now = platform.clock.now();
    let mut tx = platform.db.platform("address change").await?;
    let purpose = TokenPurpose::ChangeEmail;
    let since = now - Duration::days(1);
    if account_tokens::issued_since(&mut tx, account.id, purpose, since).await? >= SENT_A_DAY_MAX {
        return Err(Error::conflict(
            "code_sent_too_often",
            format!("We sent {SENT_A_DAY_MAX} links within a day. Try again tomorrow."),
        ));
    }
    let details = json!({"email": email});
    let new = NewAccountToken { account: account.id, purpose, details, lifetime: CONFIRM_LIFETIME };
    let issued = account_tokens::issue(&mut tx, new, now).await?;
    let owner = accounts::by_email(&mut tx, &email).await?.filter(|owner| owner.is_verified);
    let mail = match owner {
        Some(owner) => AccountMail::SignUpKnown { account: owner.id, at: now },
        None => AccountMail::ConfirmAddress {
            account: account.id,
            email,
            token: issued.token,
            expires_at: issued.expires_at,
        },
    };
    account_mail::send(&mut tx, &mail).await?;
    tx.commit().await?;
    Ok(())
}

/// The account of a link, and the address that it gives or gives back, without using it. Errors as of
/// [`account_tokens::take`].
pub async fn address_of_link(
    platform: &Platform,
    purpose: TokenPurpose,
    token: &str,
) -> Result<(AccountId, String)> {
    let mut tx = platform.db.platform("address link").await?;
    let peeked = account_tokens::peek(&mut tx, purpose, token, platform.clock.now()).await?;
    Ok((peeked.account, address(&peeked)?))
}

/// Gives the session's account the new address. Links that were sent to the old one end, but for the one that
/// takes this back. An error on `email` if the address belongs to another account by now,
/// and 401 for another session or none.
pub async fn confirm(access: &Access, session: Option<&Session>, token: &str) -> Result<Account> {
    let platform = &access.platform;
    let now = platform.clock.now();
    let mut tx = platform.db.platform("address change").await?;
    let purpose = TokenPurpose::ChangeEmail;
    let taken = verification::take_own_link(&mut tx, purpose, session, token, now).await?;
    let email = address(&taken)?;
    let old = accounts::by_id(&mut tx, taken.account).await?;
    accounts::set_email(&mut tx, old.id, &email, now).await?;
    end_links(&mut tx, old.id, now).await?;
    if old.is_verified {
        let factor = factor_store::find(&mut tx, old.id).await?;
        let had_factor = factor.is_some_and(|factor| factor.confirmed_at.is_some());
        let new = NewAccountToken {
            account: old.id,
            purpose: TokenPurpose::UndoEmailChange,
            details: json!({"email": old.email, "had_factor": had_factor}),
            lifetime: UNDO_LIFETIME,
        };
        let issued = account_tokens::issue(&mut tx, new, now).await?;
        let undo = UndoLink { token: issued.token, expires_at: issued.expires_at };
        let mail = AccountMail::AddressChanged {
            account: old.id,
            email: old.email.clone(),
            undo: Some(undo),
            at: now,
        };
        account_mail::send(&mut tx, &mail).await?;
    }
    let mail =
        AccountMail::AddressChanged { account: old.id, email: email.clone(), undo: None, at: now };
    account_mail::send(&mut tx, &mail).await?;
    accounts::publish(&mut tx, "account.email_changed", old.id).await?;
    record(&mut tx, old.id, "email_change_confirm", &old.email, &email).await?;
    let account = accounts::by_id(&mut tx, old.id).await?;
    tx.commit().await?;
    access.sessions.changed(platform, account.id).await;
    Ok(account)
}

/// Gives the account its old address back, as its owner did not change it: all sessions end, the
/// password and all other ways to sign in are removed, so is a second factor that was set up since, and
/// later changes cannot be undone. Returns the link that sets a password.
pub async fn undo(access: &Access, token: &str) -> Result<account_tokens::IssuedToken> {
    let platform = &access.platform;
    let now = platform.clock.now();
    let mut tx = platform.db.platform("address undo").await?;
    let taken = account_tokens::take(&mut tx, TokenPurpose::UndoEmailChange, token, now).await?;
    let email = address(&taken)?;
    let changed = accounts::by_id(&mut tx, taken.account).await?;
    accounts::set_email(&mut tx, changed.id, &email, now).await?;
    end_links(&mut tx, changed.id, now).await?;
    account_tokens::end_later(&mut tx, TokenPurpose::UndoEmailChange, token, now).await?;
    credentials::remove_password(&mut tx, changed.id).await?;
    sign_in_methods::erase(&mut tx, changed.id).await?;
    if taken.details.get("had_factor").and_then(Value::as_bool) == Some(false) {
        factor_store::remove(&mut tx, changed.id).await?;
    }
    devices::forget_all(&mut tx, changed.id).await?;
    sessions::end_all(&mut tx, changed.id, None, now).await?;
    let reset = recovery::issue(&mut tx, changed.id, now).await?;
    accounts::publish(&mut tx, "account.email_changed", changed.id).await?;
    record(&mut tx, changed.id, "email_change_undo", &changed.email, &email).await?;
    tx.commit().await?;
    access.sessions.changed(platform, changed.id).await;
    Ok(reset)
}

fn address(taken: &TakenToken) -> Result<String> {
    let email = taken.details.get("email").and_then(Value::as_str);
    Ok(email.ok_or_else(|| anyhow::anyhow!("a link for an address has none"))?.to_owned())
}

/// Ends what was sent to an address that the account no longer has.
async fn end_links(conn: &mut PgConnection, account: AccountId, now: OffsetDateTime) -> Result<()> {
    for purpose in [
        TokenPurpose::ChangeEmail,
        TokenPurpose::ResetPassword,
        TokenPurpose::VerifyEmail,
        TokenPurpose::ConfirmErasure,
    ] {
        account_tokens::end(conn, account, purpose, now).await?;
    }
    Ok(())
}

async fn record(
    conn: &mut PgConnection,
    account: AccountId,
    action: &str,
    from: &str,
    to: &str,
) -> Result<()> {
    let subject = format!("account {account}");
    let details = json!({"from": from, "to": to});
    audit::record(conn, Actor::Account(account), TenantId::PLATFORM, action, &subject, &details)
        .await
}
