//! Passwords of accounts: whose one is, whether one is right, and giving an account another.

use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{
    accounts::{self, Account, NewAccount, TypedAccount},
    devices::Device,
    factor_store,
    limits::PasswordTry,
    passwords,
};
use crate::{
    kernel::{
        AccountId, Error, FieldError, FieldErrors, Result,
        limits::{EMAIL_BYTES_MAX, PASSWORD_CHARS_MAX},
        validate,
    },
    platform::{Db, Platform},
};

/// An account that a password may belong to.
struct Candidate {
    account: Account,
    hash: Option<String>,
    knows_device: bool,
}

/// The account with this address and password; None if there is none, which takes as long whatever
/// the reason. A wrong password counts for the device or its network. The transaction ends before a
/// password is hashed.
///
/// Of the accounts that claim an address, the one that proved it is tried, and one other, rather
/// one that knows the device. Only the right password of a proved address is found by one hash;
/// everything else takes two, so that the time tells nothing.
pub async fn find(
    platform: &Platform,
    email: &str,
    password: &str,
    device: &Device<'_>,
) -> Result<Option<Account>> {
    if email.trim().len() > EMAIL_BYTES_MAX {
        let message = format!("Is longer than an email address can be ({EMAIL_BYTES_MAX} bytes)");
        return Err(FieldError::new("email", message).into());
    }
    let address = validate::email_form(email);
    let candidates = match &address {
        Some(address) => candidates(&platform.db, address, device).await?,
        None => vec![],
    };
    // Anybody can claim an address, so that only its owner's devices count for themselves.
    let knows =
        candidates.first().is_some_and(|first| first.account.is_verified && first.knows_device);
    let device_hash = device.hash().filter(|_| knows);
    let counted = address.unwrap_or_else(|| email.trim().to_lowercase());
    let attempt =
        PasswordTry::begin(platform, &counted, device.address, device_hash.as_deref()).await?;
    // Nobody has such a password, so this tells nothing about the address.
    if password.chars().count() > PASSWORD_CHARS_MAX {
        return Ok(None);
    }
    let mut candidates = candidates.into_iter();
    let (first, second) = (candidates.next(), candidates.next());
    let mut found = right_one(first, password).await?;
    if !found.as_ref().is_some_and(|account| account.is_verified) {
        let other = right_one(second, password).await?;
        found = found.or(other);
    }
    if found.is_some() {
        attempt.was_right(platform);
    }
    Ok(found)
}

async fn candidates(db: &Db, email: &str, device: &Device<'_>) -> Result<Vec<Candidate>> {
    let mut tx = db.platform("accounts of an address").await?;
    let rows = sqlx::query!(
        r#"
        SELECT a.id AS "id: AccountId", a.email, a.name, a.password_hash,
               a.email_verified_at IS NOT NULL AS "is_verified!",
               d.account_id IS NOT NULL AS "knows_device!"
        FROM accounts a
        LEFT JOIN known_devices d ON d.account_id = a.id AND d.device_hash = $2
        WHERE a.email = $1 AND a.disabled_at IS NULL
        ORDER BY a.email_verified_at IS NULL, d.account_id IS NULL, a.created_at DESC LIMIT 2
        "#,
        email,
        device.hash(),
    )
    .fetch_all(&mut *tx)
    .await?;
    tx.commit().await?;
    let candidates = rows.into_iter().map(|row| Candidate {
        account: Account {
            id: row.id,
            email: row.email,
            name: row.name,
            is_verified: row.is_verified,
        },
        hash: row.password_hash,
        knows_device: row.knows_device,
    });
    Ok(candidates.collect())
}

/// The candidate's account if the password is its own. No candidate takes as long as one.
async fn right_one(candidate: Option<Candidate>, password: &str) -> Result<Option<Account>> {
    let hash = candidate.as_ref().and_then(|candidate| candidate.hash.clone());
    let is_right = passwords::verify(password.to_owned(), hash).await?;
    Ok(candidate.filter(|_| is_right).map(|candidate| candidate.account))
}

/// Checks the current password of an account that is signed in; `field` is where it was typed. A
/// wrong one counts as on signing in.
pub async fn require_right(
    platform: &Platform,
    account: &Account,
    field: &str,
    password: &str,
    device: &Device<'_>,
) -> Result<()> {
    let mut tx = platform.db.platform("own password").await?;
    let row = sqlx::query!(
        r#"
        SELECT password_hash,
               EXISTS (SELECT FROM known_devices WHERE account_id = $1 AND device_hash = $2)
                   AS "knows_device!"
        FROM accounts WHERE id = $1
        "#,
        account.id.0,
        device.hash(),
    )
    .fetch_one(&mut *tx)
    .await?;
    tx.commit().await?;
    if row.password_hash.is_none() {
        return Err(Error::conflict(
            "no_password",
            "Your account has no password yet. Choose “Forgot your password?” on the sign-in page, \
             and set one by the link that we email you.",
        ));
    }
    let known = device.hash().filter(|_| row.knows_device);
    let key = account.id.to_string();
    let attempt = PasswordTry::begin(platform, &key, device.address, known.as_deref()).await?;
    let can_be = password.chars().count() <= PASSWORD_CHARS_MAX;
    if !can_be || !passwords::verify(password.to_owned(), row.password_hash).await? {
        return Err(FieldError::new(field, "This is not your current password").into());
    }
    attempt.was_right(platform);
    Ok(())
}

/// Whether an account has a password.
pub async fn has_password(conn: &mut PgConnection, account: AccountId) -> Result<bool> {
    let has = sqlx::query_scalar!(
        r#"SELECT password_hash IS NOT NULL AS "has!" FROM accounts WHERE id = $1"#,
        account.0
    );
    Ok(has.fetch_optional(conn).await?.unwrap_or(false))
}

/// A new password for an account, checked and hashed.
#[derive(Debug)]
pub struct NewPassword {
    hash: String,
}

impl NewPassword {
    /// Checks and hashes it, which takes a while: not within a transaction. `field` is where it was
    /// typed.
    pub async fn parse(account: &Account, field: &'static str, password: &str) -> Result<Self> {
        let mut fields = FieldErrors::default();
        let person = [account.name.as_str(), account.email.as_str()];
        passwords::check_new(&mut fields, field, password, &person).await?;
        fields.finish()?;
        Ok(Self { hash: passwords::hash(password.to_owned()).await? })
    }
}

/// Gives an account a password. Who signed in with the one before, and waits for the second factor,
/// waits for nothing.
pub async fn set_password(
    conn: &mut PgConnection,
    account: AccountId,
    password: NewPassword,
) -> Result<()> {
    sqlx::query!("UPDATE accounts SET password_hash = $2 WHERE id = $1", account.0, password.hash)
        .execute(&mut *conn)
        .await?;
    factor_store::end_all_pending(conn, account).await
}

/// Takes an account's password away, because somebody else may know it.
pub async fn remove_password(conn: &mut PgConnection, account: AccountId) -> Result<()> {
    sqlx::query!("UPDATE accounts SET password_hash = NULL WHERE id = $1", account.0)
        .execute(&mut *conn)
        .await?;
    factor_store::end_all_pending(conn, account).await
}

/// Somebody who accepts an invitation to an address: with the account they have, or a new one. The
/// invitation came by email, so it proves the address.
#[derive(Debug)]
pub enum Invited {
    Known(Account),
    New(NewAccount),
}

impl Invited {
    /// Checks the password of the account that owns the address, or the name and password of a new
    /// one. An account that only claims the address is used if its password is given. Hashes, so not
    /// within a transaction.
    pub async fn check(
        platform: &Platform,
        email: &str,
        name: Option<&str>,
        password: &str,
        device: &Device<'_>,
    ) -> Result<Self> {
        let mut tx = platform.db.platform("account of invited").await?;
        let owner = accounts::by_email(&mut tx, email).await?;
        tx.commit().await?;
        if let Some(owner) = owner {
            if let Some(account) = find(platform, email, password, device).await? {
                return Ok(Self::Known(account));
            }
            if owner.is_verified {
                return Err(wrong());
            }
        }
        let typed = TypedAccount::check(email, name.unwrap_or_default(), password).await?;
        Ok(Self::New(typed.hash().await?))
    }

    /// Their account, created if it is new; its address is proved.
    pub async fn account(self, conn: &mut PgConnection, now: OffsetDateTime) -> Result<Account> {
        match self {
            Self::Known(account) => {
                accounts::mark_verified(conn, account.id, now).await?;
                Ok(Account { is_verified: true, ..account })
            }
            Self::New(new) => accounts::create(conn, new, now).await,
        }
    }
}

/// The one answer to an unknown address and a wrong password.
pub fn wrong() -> Error {
    Error::Unauthenticated("Email or password is wrong.")
}
