//! Accounts: one per person, with a password hashed by argon2id.

use std::collections::HashMap;

use sqlx::PgConnection;
use time::OffsetDateTime;

use super::passwords;
use crate::{
    events,
    kernel::{
        AccountId, Error, FieldErrors, Result, TenantId,
        limits::{PASSWORD_CHARS_MAX, PASSWORD_CHARS_MIN, PERSON_NAME_CHARS_MAX},
        validate,
    },
    platform::Db,
};

#[derive(Debug, Clone)]
pub struct Account {
    pub id: AccountId,
    pub email: String,
    pub name: String,
}

/// A checked sign-up.
#[derive(Debug)]
pub struct NewAccount {
    email: String,
    name: String,
    password_hash: String,
}

impl NewAccount {
    /// Checks a sign-up and hashes its password, which takes a while: not within a transaction.
    pub async fn parse(email: &str, name: &str, password: &str) -> Result<Self> {
        let mut fields = FieldErrors::default();
        let email = validate::email(&mut fields, "email", email);
        let name = validate::line(&mut fields, "name", name, 1, PERSON_NAME_CHARS_MAX);
        let length = password.chars().count();
        fields.check(
            length >= PASSWORD_CHARS_MIN,
            "password",
            &format!("Use at least {PASSWORD_CHARS_MIN} characters"),
        );
        fields.check(
            length <= PASSWORD_CHARS_MAX,
            "password",
            &format!("Use at most {PASSWORD_CHARS_MAX} characters"),
        );
        fields.finish()?;
        Ok(Self { email, name, password_hash: passwords::hash(password.to_owned()).await? })
    }
}

/// Somebody who accepts an invitation to an address: with the account they have, or a new one.
#[derive(Debug)]
pub enum Invited {
    Known(Account),
    New(NewAccount),
}

impl Invited {
    /// Checks the password of the account, or the name and password of a new one. Hashes, so not
    /// within a transaction.
    pub async fn check(db: &Db, email: &str, name: Option<&str>, password: &str) -> Result<Self> {
        let mut tx = db.platform("account of invited").await?;
        let is_known = by_email(&mut tx, email).await?.is_some();
        tx.commit().await?;
        if is_known {
            return Ok(Self::Known(verify(db, email, password.to_owned()).await?));
        }
        Ok(Self::New(NewAccount::parse(email, name.unwrap_or_default(), password).await?))
    }

    /// Their account, created if it is new.
    pub async fn account(self, conn: &mut PgConnection, now: OffsetDateTime) -> Result<Account> {
        match self {
            Self::Known(account) => Ok(account),
            Self::New(new) => create(conn, new, now).await,
        }
    }
}

/// Creates an account. An address that already has one is an error on `email`.
pub async fn create(
    conn: &mut PgConnection,
    new: NewAccount,
    now: OffsetDateTime,
) -> Result<Account> {
    let id = AccountId::new();
    sqlx::query!(
        "INSERT INTO accounts (id, email, name, password_hash, created_at)
         VALUES ($1, $2, $3, $4, $5)",
        id.0,
        new.email,
        new.name,
        new.password_hash,
        now,
    )
    .execute(conn)
    .await?;
    Ok(Account { id, email: new.email, name: new.name })
}

/// The account with this address, if any.
pub async fn by_email(conn: &mut PgConnection, email: &str) -> Result<Option<Account>> {
    let row =
        sqlx::query!("SELECT id, email, name FROM accounts WHERE email = lower($1)", email.trim())
            .fetch_optional(conn)
            .await?;
    Ok(row.map(|row| Account { id: AccountId(row.id), email: row.email, name: row.name }))
}

/// The account, by id.
pub async fn by_id(conn: &mut PgConnection, id: AccountId) -> Result<Account> {
    let row = sqlx::query!("SELECT id, email, name FROM accounts WHERE id = $1", id.0)
        .fetch_optional(conn)
        .await?;
    row.map(|row| Account { id: AccountId(row.id), email: row.email, name: row.name })
        .ok_or(Error::NotFound("account"))
}

/// The accounts of these ids that are not disabled, in no particular order.
pub async fn by_ids(conn: &mut PgConnection, ids: &[AccountId]) -> Result<Vec<Account>> {
    let ids: Vec<uuid::Uuid> = ids.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        "SELECT id, email, name FROM accounts WHERE id = ANY($1) AND disabled_at IS NULL",
        &ids
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Account { id: AccountId(row.id), email: row.email, name: row.name })
        .collect())
}

/// The email addresses of those of these accounts that are not disabled.
pub async fn emails_of(
    conn: &mut PgConnection,
    accounts: &[AccountId],
) -> Result<HashMap<AccountId, String>> {
    if accounts.is_empty() {
        return Ok(HashMap::new());
    }
    let found = by_ids(conn, accounts).await?;
    Ok(found.into_iter().map(|account| (account.id, account.email)).collect())
}

/// The members of SMP's team with one of these roles, at most 100.
pub async fn of_staff(conn: &mut PgConnection, roles: &[&str]) -> Result<Vec<Account>> {
    let rows = sqlx::query!(
        "SELECT DISTINCT a.id, a.email, a.name
         FROM staff s JOIN accounts a ON a.id = s.account_id
         WHERE s.role = ANY($1) AND s.suspended_at IS NULL AND a.disabled_at IS NULL LIMIT 100",
        roles as &[&str],
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Account { id: AccountId(row.id), email: row.email, name: row.name })
        .collect())
}

/// The names of some accounts.
pub async fn names(
    conn: &mut PgConnection,
    ids: &[AccountId],
) -> Result<HashMap<AccountId, String>> {
    let ids: Vec<uuid::Uuid> = ids.iter().map(|id| id.0).collect();
    let rows = sqlx::query!("SELECT id, name FROM accounts WHERE id = ANY($1)", &ids)
        .fetch_all(conn)
        .await?;
    Ok(rows.into_iter().map(|row| (AccountId(row.id), row.name)).collect())
}

/// Accounts whose name or address contains `q`, at most `limit`.
pub async fn search(conn: &mut PgConnection, q: &str, limit: i64) -> Result<Vec<AccountId>> {
    let ids = sqlx::query_scalar!(
        "SELECT id FROM accounts
         WHERE strpos(lower(name), lower($1)) > 0 OR strpos(email, lower($1)) > 0 LIMIT $2",
        q,
        limit
    )
    .fetch_all(conn)
    .await?;
    Ok(ids.into_iter().map(AccountId).collect())
}

/// The active members of a provider with one of these roles, at most 100.
pub async fn of_members(
    conn: &mut PgConnection,
    tenant: TenantId,
    roles: &[&str],
) -> Result<Vec<Account>> {
    let roles: Vec<String> = roles.iter().map(|role| (*role).to_owned()).collect();
    let rows = sqlx::query!(
        r#"
        SELECT DISTINCT a.id, a.email, a.name FROM members m JOIN accounts a ON a.id = m.account_id
        WHERE m.tenant_id = $1 AND m.role = ANY($2) AND m.state = 'active'
          AND a.disabled_at IS NULL LIMIT 100
        "#,
        tenant.0,
        &roles,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Account { id: AccountId(row.id), email: row.email, name: row.name })
        .collect())
}

/// Signs up a shopper: creates the account and publishes the event.
pub async fn sign_up(
    conn: &mut PgConnection,
    new: NewAccount,
    now: OffsetDateTime,
) -> Result<Account> {
    let account = create(conn, new, now).await?;
    events::publish(
        conn,
        TenantId::PLATFORM,
        "account.created",
        &serde_json::json!({"account_id": account.id}),
    )
    .await?;
    Ok(account)
}

/// The account with this address and password. An unknown address takes as long as a wrong password.
/// Its transaction ends before the password is hashed.
pub async fn verify(db: &Db, email: &str, password: String) -> Result<Account> {
    let wrong = Error::Unauthenticated("Email or password is wrong.");
    // Nobody has such a password, so this tells nothing about the address.
    if password.chars().count() > PASSWORD_CHARS_MAX {
        return Err(wrong);
    }
    let mut tx = db.platform("verify password").await?;
    let row = sqlx::query!(
        "SELECT id, email, name, password_hash FROM accounts
         WHERE email = lower($1) AND disabled_at IS NULL",
        email.trim(),
    )
    .fetch_optional(&mut *tx)
    .await?;
    tx.commit().await?;
    let hash = row.as_ref().and_then(|row| row.password_hash.clone());
    if !passwords::verify(password, hash).await? {
        return Err(wrong);
    }
    row.map(|row| Account { id: AccountId(row.id), email: row.email, name: row.name }).ok_or(wrong)
}

/// Gives an account a role of SMP's team.
pub async fn grant_staff_role(
    conn: &mut PgConnection,
    account: AccountId,
    role: &str,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO staff (account_id, role) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        account.0,
        role
    )
    .execute(conn)
    .await?;
    Ok(())
}
