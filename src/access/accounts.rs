//! Accounts: one per person, with a password hashed by argon2id. An address belongs to the account
//! that proved it; until then any number may claim it.

use std::collections::HashMap;

use sqlx::PgConnection;
use time::OffsetDateTime;

use super::passwords;
use crate::{
    events,
    kernel::{
        AccountId, Error, FieldErrors, Result, TenantId, limits::PERSON_NAME_CHARS_MAX, validate,
    },
};

#[derive(Debug, Clone)]
pub struct Account {
    pub id: AccountId,
    pub email: String,
    pub name: String,
    /// Whether the address is proved to be the person's own.
    pub is_verified: bool,
}

/// An account to be made, checked, its password not hashed yet.
#[derive(Debug)]
pub struct TypedAccount {
    pub email: String,
    name: String,
    password: String,
}

impl TypedAccount {
    /// Checks what was typed; all wrong fields at once.
    pub async fn check(email: &str, name: &str, password: &str) -> Result<Self> {
        let mut fields = FieldErrors::default();
        let email = validate::email(&mut fields, "email", email);
        let name = validate::line(&mut fields, "name", name, 1, PERSON_NAME_CHARS_MAX);
        passwords::check_new(&mut fields, "password", password, &[name.as_str(), &email]).await?;
        fields.finish()?;
        Ok(Self { email, name, password: password.to_owned() })
    }

    /// Hashes the password, which takes a while: not within a transaction.
    pub async fn hash(self) -> Result<NewAccount> {
        let password_hash = passwords::hash(self.password).await?;
        Ok(NewAccount { email: self.email, name: self.name, password_hash })
    }
}

/// A checked account to be made.
#[derive(Debug)]
pub struct NewAccount {
    email: String,
    name: String,
    password_hash: String,
}

impl NewAccount {
    /// Checks what was typed and hashes the password, which takes a while: not within a transaction.
    pub async fn parse(email: &str, name: &str, password: &str) -> Result<Self> {
        TypedAccount::check(email, name, password).await?.hash().await
    }
}

/// Creates an account whose address is proved, as by an invitation, or vouched for by who runs the
/// server. An address that already belongs to one is an error on `email`.
pub async fn create(
    conn: &mut PgConnection,
    new: NewAccount,
    now: OffsetDateTime,
) -> Result<Account> {
    insert(conn, new, Some(now), now).await
}

/// Creates an account that claims its address, and publishes the event.
pub async fn claim(
    conn: &mut PgConnection,
    new: NewAccount,
    now: OffsetDateTime,
) -> Result<Account> {
    let account = insert(conn, new, None, now).await?;
    publish(conn, "account.created", account.id).await?;
    Ok(account)
}

async fn insert(
    conn: &mut PgConnection,
    new: NewAccount,
    verified_at: Option<OffsetDateTime>,
    now: OffsetDateTime,
) -> Result<Account> {
    let id = AccountId::new();
    sqlx::query!(
        "INSERT INTO accounts (id, email, name, password_hash, email_verified_at, created_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
        id.0,
        new.email,
        new.name,
        new.password_hash,
        verified_at,
        now,
    )
    .execute(conn)
    .await?;
    Ok(Account { id, email: new.email, name: new.name, is_verified: verified_at.is_some() })
}

/// Publishes what happened to an account and needs no more words.
pub async fn publish(conn: &mut PgConnection, kind: &str, account: AccountId) -> Result<()> {
    let payload = serde_json::json!({"account_id": account});
    events::publish(conn, TenantId::PLATFORM, kind, &payload).await
}

/// Notes that an account has proved its address, and publishes that once. An error on `email` if the
/// address belongs to another account by now.
pub async fn mark_verified(
    conn: &mut PgConnection,
    account: AccountId,
    now: OffsetDateTime,
) -> Result<()> {
    let marked = sqlx::query!(
        "UPDATE accounts SET email_verified_at = $2 WHERE id = $1 AND email_verified_at IS NULL",
        account.0,
        now,
    )
    .execute(&mut *conn)
    .await?;
    if marked.rows_affected() > 0 {
        publish(conn, "account.verified", account).await?;
    }
    Ok(())
}

/// Whether an account has proved its address.
pub async fn is_verified(conn: &mut PgConnection, account: AccountId) -> Result<bool> {
    let verified = sqlx::query_scalar!(
        r#"SELECT email_verified_at IS NOT NULL AS "verified!" FROM accounts WHERE id = $1"#,
        account.0
    );
    Ok(verified.fetch_optional(conn).await?.unwrap_or(false))
}

/// Gives an account another address, which is proved. An error on `email` if it belongs to another
/// account.
pub async fn set_email(
    conn: &mut PgConnection,
    account: AccountId,
    email: &str,
    now: OffsetDateTime,
) -> Result<()> {
    sqlx::query!(
        "UPDATE accounts SET email = $2, email_verified_at = $3 WHERE id = $1",
        account.0,
        email,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The account with this address: the one that proved it, else the newest that claims it.
pub async fn by_email(conn: &mut PgConnection, email: &str) -> Result<Option<Account>> {
    let Some(email) = validate::email_form(email) else { return Ok(None) };
    let account = sqlx::query_as!(
        Account,
        r#"
        SELECT id AS "id: AccountId", email, name, email_verified_at IS NOT NULL AS "is_verified!"
        FROM accounts WHERE email = $1
        ORDER BY email_verified_at IS NULL, created_at DESC LIMIT 1
        "#,
        email,
    );
    Ok(account.fetch_optional(conn).await?)
}

/// The account, by id.
pub async fn by_id(conn: &mut PgConnection, id: AccountId) -> Result<Account> {
    let account = sqlx::query_as!(
        Account,
        r#"
        SELECT id AS "id: AccountId", email, name, email_verified_at IS NOT NULL AS "is_verified!"
        FROM accounts WHERE id = $1
        "#,
        id.0,
    );
    account.fetch_optional(conn).await?.ok_or(Error::NotFound("account"))
}

/// The accounts of these ids that are not disabled, in no particular order.
pub async fn by_ids(conn: &mut PgConnection, ids: &[AccountId]) -> Result<Vec<Account>> {
    let ids: Vec<uuid::Uuid> = ids.iter().map(|id| id.0).collect();
    let accounts = sqlx::query_as!(
        Account,
        r#"
        SELECT id AS "id: AccountId", email, name, email_verified_at IS NOT NULL AS "is_verified!"
        FROM accounts WHERE id = ANY($1) AND disabled_at IS NULL
        "#,
        &ids,
    );
    Ok(accounts.fetch_all(conn).await?)
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
    let accounts = sqlx::query_as!(
        Account,
        r#"
        SELECT DISTINCT a.id AS "id: AccountId", a.email, a.name,
               a.email_verified_at IS NOT NULL AS "is_verified!"
        FROM staff s JOIN accounts a ON a.id = s.account_id
        WHERE s.role = ANY($1) AND s.suspended_at IS NULL AND a.disabled_at IS NULL LIMIT 100
        "#,
        roles as &[&str],
    );
    Ok(accounts.fetch_all(conn).await?)
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
    let accounts = sqlx::query_as!(
        Account,
        r#"
        SELECT DISTINCT a.id AS "id: AccountId", a.email, a.name,
               a.email_verified_at IS NOT NULL AS "is_verified!"
        FROM members m JOIN accounts a ON a.id = m.account_id
        WHERE m.tenant_id = $1 AND m.role = ANY($2) AND m.state = 'active'
          AND a.disabled_at IS NULL LIMIT 100
        "#,
        tenant.0,
        &roles,
    );
    Ok(accounts.fetch_all(conn).await?)
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
