//! Proving an email address, by the link or the six digits that were sent to it. Before that an
//! account may hold units, and pays for none.

use poem::http::StatusCode;
use serde_json::json;
use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};

use super::{
    account_mail::{self, AccountMail},
    account_tokens::{self, NewAccountToken, TakenToken, TokenPurpose},
    accounts::{self, Account},
    context::Access,
    sessions::Session,
};
use crate::{
    kernel::{Error, Result},
    platform::Platform,
};

/// How long the link and the code work.
const LIFETIME: Duration = Duration::days(1);
/// How many are sent to an account within a day: five tries each leave a guess no chance.
const SENT_A_DAY_MAX: i64 = 10;

/// Sends a link and a code. If the address belongs to another account, its owner is told instead.
/// 409 `email_verified` when there is nothing to prove, `code_sent_too_often` past ten a day.
pub async fn send(conn: &mut PgConnection, account: &Account, now: OffsetDateTime) -> Result<()> {
    if accounts::is_verified(conn, account.id).await? {
        return Err(Error::conflict(
            "email_verified",
            "Your address is confirmed already. There is nothing more to do.",
        ));
    }
    let purpose = TokenPurpose::VerifyEmail;
    let since = now - Duration::days(1);
    if account_tokens::issued_since(conn, account.id, purpose, since).await? >= SENT_A_DAY_MAX {
        return Err(Error::conflict(
            "code_sent_too_often",
            format!(
                "We sent you {SENT_A_DAY_MAX} codes within a day. Look for the newest in your spam \
                 folder, or try again tomorrow."
            ),
        ));
    }
    let new =
        NewAccountToken { account: account.id, purpose, details: json!({}), lifetime: LIFETIME };
    let issued = account_tokens::issue(conn, new, now).await?;
    let owner = accounts::by_email(conn, &account.email).await?;
    let mail = match owner.filter(|owner| owner.is_verified) {
        Some(owner) => AccountMail::SignUpKnown { account: owner.id, at: now },
        None => AccountMail::Verification {
            account: account.id,
            token: issued.token,
            code: issued.code,
            expires_at: issued.expires_at,
        },
    };
    account_mail::send(conn, &mail).await
}

/// Confirms the address of an account with the code that was sent to it. Errors: 422 on `code` for a
/// wrong one, 410 `token_expired` for one that is too old or was tried five times. A repeat after it
/// was right changes nothing.
pub async fn confirm_code(access: &Access, account: &Account, code: &str) -> Result<()> {
    let platform = &access.platform;
    let now = platform.clock.now();
    let mut tx = platform.db.platform("verify email").await?;
    if accounts::is_verified(&mut tx, account.id).await? {
        return Ok(());
    }
    let purpose = TokenPurpose::VerifyEmail;
    let taken = account_tokens::take_code(&mut tx, account.id, purpose, code, now).await?;
    if matches!(taken, account_tokens::TakenCode::Right(_)) {
        accounts::mark_verified(&mut tx, account.id, now).await?;
    }
    tx.commit().await?;
    taken.right()?;
    access.sessions.changed(platform, account.id).await;
    Ok(())
}

/// The account whose address a link confirms, without using it. Errors as of [`account_tokens::take`].
pub async fn account_of_link(platform: &Platform, token: &str) -> Result<Account> {
    let mut tx = platform.db.platform("verify email").await?;
    let (purpose, now) = (TokenPurpose::VerifyEmail, platform.clock.now());
    let peeked = account_tokens::peek(&mut tx, purpose, token, now).await?;
    accounts::by_id(&mut tx, peeked.account).await
}

/// Uses a link that proves an address, for the session of the account that asked for it. Anybody can claim
/// an address: its owner, who opens the link, would prove it for a stranger. Errors as of
/// [`account_tokens::take`], and 401 for another session or none.
pub async fn take_own_link(
    conn: &mut PgConnection,
    purpose: TokenPurpose,
    session: Option<&Session>,
    token: &str,
    now: OffsetDateTime,
) -> Result<TakenToken> {
    let peeked = account_tokens::peek(conn, purpose, token, now).await?;
    if session.is_none_or(|session| session.account.id != peeked.account) {
        return Err(Error::Unauthenticated(
            "Sign in to the account that this link is for, and open it again. If you did not ask for \
             it, there is nothing to do.",
        ));
    }
    account_tokens::take(conn, purpose, token, now).await
}

/// Confirms the address of the session's account by its link. Returns the account. Errors as of
/// [`account_tokens::take`], and 401 for another session or none.
pub async fn confirm_link(
    access: &Access,
    session: Option<&Session>,
    token: &str,
) -> Result<Account> {
    let platform = &access.platform;
    let now = platform.clock.now();
    let mut tx = platform.db.platform("verify email").await?;
    let purpose = TokenPurpose::VerifyEmail;
    let taken = take_own_link(&mut tx, purpose, session, token, now).await?;
    accounts::mark_verified(&mut tx, taken.account, now).await?;
    let account = accounts::by_id(&mut tx, taken.account).await?;
    tx.commit().await?;
    access.sessions.changed(platform, account.id).await;
    Ok(account)
}

/// 403 `email_unverified` unless the address of the session's account is proved.
pub fn require_verified(session: &Session) -> Result<()> {
    if session.is_verified {
        return Ok(());
    }
    Err(Error::coded(
        StatusCode::FORBIDDEN,
        "email_unverified",
        format!(
            "Confirm your email address first: enter the code that we sent to {}. What you hold stays \
             held meanwhile, and no longer than before.",
            session.account.email
        ),
    ))
}
