//! A forgotten password is set anew by a link; a known one is changed. Either way the other sessions
//! of the account end, and its owner is told.

use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};

use super::{
    account_mail::{self, AccountMail},
    account_tokens::{self, NewAccountToken, TokenPurpose},
    accounts::{self, Account},
    actor::Actor,
    audit,
    context::Access,
    credentials::{self, NewPassword},
    devices::{self, Device},
    factor_store, phones,
    sessions::{self, Session},
    sign_in_methods,
};
use crate::{
    events,
    kernel::{AccountId, FieldErrors, Result, TenantId, validate},
    platform::Platform,
};

/// The job that looks for the account of a forgotten password. It is a job so that an answer takes
/// as long for an address that nobody has.
pub const FORGOTTEN: &str = "password_forgotten";

/// How long the link works.
const LIFETIME: Duration = Duration::minutes(30);
/// How many links an account is sent within a day without a pause. After them there is another once
/// the last has expired, so that a stranger who asks for them leaves its owner one that works.
const SENT_A_DAY_MAX: i64 = 5;

/// The payload of the job [`FORGOTTEN`].
#[derive(Debug, Serialize, Deserialize)]
pub struct ForgottenPassword {
    email: String,
}

/// Has a link sent to the address if it has an account. Answers the same if not.
pub async fn forget(platform: &Platform, email: &str) -> Result<()> {
    let mut fields = FieldErrors::default();
    let email = validate::email(&mut fields, "email", email);
    fields.finish()?;
    let mut tx = platform.db.platform("password forgotten").await?;
    events::enqueue(&mut tx, FORGOTTEN, &ForgottenPassword { email }).await?;
    tx.commit().await?;
    Ok(())
}

/// Sends the link.
pub async fn send_link(platform: &Platform, forgotten: &ForgottenPassword) -> Result<()> {
    let now = platform.clock.now();
    let mut tx = platform.db.platform("password link").await?;
    let Some(account) = accounts::by_email(&mut tx, &forgotten.email).await? else {
        return Ok(());
    };
    let is_active = !accounts::by_ids(&mut tx, &[account.id]).await?.is_empty();
    let purpose = TokenPurpose::ResetPassword;
    let day = now - Duration::days(1);
    let sent = account_tokens::issued_since(&mut tx, account.id, purpose, day).await?;
    let open = account_tokens::issued_since(&mut tx, account.id, purpose, now - LIFETIME).await?;
    if !is_active || (sent >= SENT_A_DAY_MAX && open > 0) {
        return Ok(());
    }
    let issued = issue(&mut tx, account.id, now).await?;
    let mail = AccountMail::PasswordReset {
        account: account.id,
        token: issued.token,
        expires_at: issued.expires_at,
    };
    account_mail::send(&mut tx, &mail).await?;
    tx.commit().await?;
    Ok(())
}

/// A link that sets the password of an account anew.
pub(super) async fn issue(
    conn: &mut PgConnection,
    account: AccountId,
    now: OffsetDateTime,
) -> Result<account_tokens::IssuedToken> {
    let new = NewAccountToken {
        account,
        purpose: TokenPurpose::ResetPassword,
        details: json!({}),
        lifetime: LIFETIME,
    };
    account_tokens::issue(conn, new, now).await
}

/// The account whose password a link sets, without using it. Errors as of [`account_tokens::take`].
pub async fn account_of_link(platform: &Platform, token: &str) -> Result<Account> {
    let mut tx = platform.db.platform("password link").await?;
    let purpose = TokenPurpose::ResetPassword;
    let peeked = account_tokens::peek(&mut tx, purpose, token, platform.clock.now()).await?;
    accounts::by_id(&mut tx, peeked.account).await
}

/// Sets a password by a link, which proves the address as well. All sessions end, and no device is
/// known any more. Of an account that only claimed the address, nothing else signs in, is asked for or is
/// texted any more: somebody else may have made it. Errors as of [`account_tokens::take`], and 422 on `password`.
pub async fn reset(access: &Access, token: &str, password: &str) -> Result<Account> {
    let platform = &access.platform;
    let account = account_of_link(platform, token).await?;
    let password = NewPassword::parse(&account, "password", password).await?;
    let now = platform.clock.now();
    let mut tx = platform.db.platform("password reset").await?;
    account_tokens::take(&mut tx, TokenPurpose::ResetPassword, token, now).await?;
    credentials::set_password(&mut tx, account.id, password).await?;
    if !accounts::is_verified(&mut tx, account.id).await? {
        sign_in_methods::erase(&mut tx, account.id).await?;
        factor_store::remove(&mut tx, account.id).await?;
        phones::remove(&mut tx, account.id, now).await?;
    }
    accounts::mark_verified(&mut tx, account.id, now).await?;
    devices::forget_all(&mut tx, account.id).await?;
    account_tokens::end(&mut tx, account.id, TokenPurpose::ChangeEmail, now).await?;
    let ended = sessions::end_all(&mut tx, account.id, None, now).await?;
    note_change(&mut tx, account.id, "password_reset", ended).await?;
    tx.commit().await?;
    access.sessions.changed(platform, account.id).await;
    Ok(account)
}

/// Changes the password of a signed-in account. The other sessions end unless they are kept. Errors:
/// 422 on `current_password` or `new_password`, 409 `no_password`.
pub async fn change(
    access: &Access,
    session: &Session,
    current: &str,
    new: &str,
    keep_others: bool,
    device: &Device<'_>,
) -> Result<()> {
    let platform = &access.platform;
    let account = &session.account;
    credentials::require_right(platform, account, "current_password", current, device).await?;
    let password = NewPassword::parse(account, "new_password", new).await?;
    let now = platform.clock.now();
    let mut tx = platform.db.platform("password change").await?;
    credentials::set_password(&mut tx, account.id, password).await?;
    // Somebody else who knew the old one may have asked for another address.
    for purpose in [TokenPurpose::ResetPassword, TokenPurpose::ChangeEmail] {
        account_tokens::end(&mut tx, account.id, purpose, now).await?;
    }
    let ended = if keep_others {
        0
    } else {
        sessions::end_all(&mut tx, account.id, Some(session.id), now).await?
    };
    note_change(&mut tx, account.id, "password_change", ended).await?;
    tx.commit().await?;
    access.sessions.changed(platform, account.id).await;
    Ok(())
}

async fn note_change(
    conn: &mut PgConnection,
    account: AccountId,
    action: &str,
    ended_sessions: u64,
) -> Result<()> {
    let payload = json!({"account_id": account, "ended_sessions": ended_sessions});
    events::publish(conn, TenantId::PLATFORM, "account.password_changed", &payload).await?;
    let subject = format!("account {account}");
    let details = json!({"ended_sessions": ended_sessions});
    audit::record(conn, Actor::Account(account), TenantId::PLATFORM, action, &subject, &details)
        .await
}
