//! The ways in which an account can be signed in to. The last one cannot be removed.

use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};

use super::{
    method_changes::{MethodChange, announce, lock, require_own_address},
    passkeys::{self, PasskeyInfo},
    sessions::{self, Session},
};
use crate::{
    kernel::{AccountId, Error, PasskeyId, Result},
    platform::Config,
};

/// Ways to sign in are changed only this soon after signing in.
const RECENT: Duration = Duration::minutes(15);

/// How an account can be signed in to.
#[derive(Debug)]
pub struct SignInMethods {
    pub has_password: bool,
    pub identities: Vec<ConnectedIdentity>,
    pub passkeys: Vec<PasskeyInfo>,
}

/// An account at a provider.
#[derive(Debug)]
pub struct ConnectedIdentity {
    pub provider: String,
    /// As people know the provider; its name, if it is no longer set up.
    pub label: String,
    /// Whether the provider is set up, so that it opens the account.
    pub is_usable: bool,
    pub email: Option<String>,
    pub created_at: OffsetDateTime,
    pub used_at: Option<OffsetDateTime>,
}

impl SignInMethods {
    /// How many ways there are that work.
    fn usable(&self, config: &Config) -> usize {
        let passkeys = if passkeys::are_offered(config) { self.passkeys.len() } else { 0 };
        let identities = self.identities.iter().filter(|identity| identity.is_usable).count();
        usize::from(self.has_password) + identities + passkeys
    }

    /// Whether one that works may be removed.
    pub fn may_lose_one(&self, config: &Config) -> bool {
        self.usable(config) > 1
    }
}

/// Fails unless the session was opened a short time ago, with the second factor if the account has one.
pub fn require_recent(session: &Session, now: OffsetDateTime) -> Result<()> {
    if is_recent(session, now) {
        return Ok(());
    }
    Err(Error::conflict(
        "sign_in_again",
        "Sign in again to change how you sign in: that takes a sign-in of the last 15 minutes.",
    ))
}

/// Fails unless the session may add a way to sign in: soon after signing in, to an account whose
/// address is proved.
pub fn require_may_add(session: &Session, now: OffsetDateTime) -> Result<()> {
    require_own_address(session)?;
    require_recent(session, now)
}

pub fn is_recent(session: &Session, now: OffsetDateTime) -> bool {
    let opened_at = session.expires_at - sessions::LIFETIME;
    // A passkey passes the second factor, so a session from before there was one adds none.
    let proved_at = if session.has_factor { session.factor_at } else { Some(opened_at) };
    opened_at + RECENT > now && proved_at.is_some_and(|at| at + RECENT > now)
}

/// The ways in which an account can be signed in to, oldest first.
pub async fn of(
    conn: &mut PgConnection,
    config: &Config,
    account: AccountId,
) -> Result<SignInMethods> {
    let has_password = sqlx::query_scalar!(
        r#"SELECT password_hash IS NOT NULL AS "has_password!" FROM accounts WHERE id = $1"#,
        account.0
    )
    .fetch_optional(&mut *conn)
    .await?
    .ok_or(Error::NotFound("account"))?;
    let rows = sqlx::query!(
        "SELECT provider, email, created_at, used_at FROM external_identities
         WHERE account_id = $1 ORDER BY created_at, provider",
        account.0
    )
    .fetch_all(&mut *conn)
    .await?;
    let identities = rows.into_iter().map(|row| {
        let set_up = config.sign_in_providers.iter().find(|known| known.name == row.provider);
        ConnectedIdentity {
            label: set_up.map_or_else(|| row.provider.clone(), |known| known.label.clone()),
            is_usable: set_up.is_some(),
            provider: row.provider,
            email: row.email,
            created_at: row.created_at,
            used_at: row.used_at,
        }
    });
    Ok(SignInMethods {
        has_password,
        identities: identities.collect(),
        passkeys: passkeys::of(conn, account).await?,
    })
}

/// Disconnects an account from its account at a provider.
pub async fn disconnect(
    conn: &mut PgConnection,
    config: &Config,
    account: AccountId,
    provider: &str,
) -> Result<()> {
    lock(conn, account).await?;
    let methods = of(conn, config, account).await?;
    let identity = methods.identities.iter().find(|identity| identity.provider == provider);
    let identity = identity.ok_or(Error::NotFound("connected account"))?;
    if identity.is_usable && !methods.may_lose_one(config) {
        return Err(last_one());
    }
    sqlx::query!(
        "DELETE FROM external_identities WHERE account_id = $1 AND provider = $2",
        account.0,
        provider
    )
    .execute(&mut *conn)
    .await?;
    announce(conn, account, MethodChange::Removed, &identity.label).await
}

/// Removes a passkey of an account.
pub async fn remove_passkey(
    conn: &mut PgConnection,
    config: &Config,
    account: AccountId,
    passkey: PasskeyId,
) -> Result<()> {
    lock(conn, account).await?;
    let methods = of(conn, config, account).await?;
    let found = methods.passkeys.iter().find(|found| found.id == passkey);
    let found = found.ok_or(Error::NotFound("passkey"))?;
    if passkeys::are_offered(config) && !methods.may_lose_one(config) {
        return Err(last_one());
    }
    passkeys::delete(conn, account, passkey).await?;
    announce(conn, account, MethodChange::Removed, &passkeys::in_words(&found.name)).await
}

/// Deletes an account's connected accounts and passkeys, when the account is erased, or becomes that of
/// somebody who did not add them. Nobody is told.
pub async fn erase(conn: &mut PgConnection, account: AccountId) -> Result<()> {
    sqlx::query!("DELETE FROM external_identities WHERE account_id = $1", account.0)
        .execute(&mut *conn)
        .await?;
    sqlx::query!("DELETE FROM passkey_challenges WHERE account_id = $1", account.0)
        .execute(&mut *conn)
        .await?;
    sqlx::query!("DELETE FROM passkeys WHERE account_id = $1", account.0).execute(conn).await?;
    Ok(())
}

fn last_one() -> Error {
    Error::conflict(
        "last_sign_in_method",
        "This is the only way to sign in to your account. Set a password or add another way first.",
    )
}
