//! A change of the ways in which an account can be signed in to: one at a time, written down, and its
//! owner is told.

use poem::http::StatusCode;
use serde_json::json;
use sqlx::PgConnection;

use super::{actor::Actor, audit, sessions::Session};
use crate::{
    events,
    kernel::{AccountId, Error, Result, TenantId},
};

/// What happened to a way to sign in.
#[derive(Debug, Clone, Copy, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum MethodChange {
    Added,
    Removed,
}

/// Refuses to an account that only claims its address what would stay when the address's owner comes:
/// another way to sign in, or a second factor. 403 `email_unverified`.
pub fn require_own_address(session: &Session) -> Result<()> {
    if session.is_verified {
        return Ok(());
    }
    Err(Error::coded(
        StatusCode::FORBIDDEN,
        "email_unverified",
        "Confirm your email address first, on the page Security of your account: until then it may be \
         somebody else’s, and nothing can be added that signs in to the account.",
    ))
}

/// Has changes of an account's ways to sign in wait for each other.
pub async fn lock(conn: &mut PgConnection, account: AccountId) -> Result<()> {
    let locked = sqlx::query_scalar!("SELECT id FROM accounts WHERE id = $1 FOR UPDATE", account.0);
    locked.fetch_optional(conn).await?.map(|_| ()).ok_or(Error::NotFound("account"))
}

/// Writes down that a way to sign in was added or removed, and has the account's owner told. `method`
/// is the provider's label, or the passkey in words.
pub async fn announce(
    conn: &mut PgConnection,
    account: AccountId,
    change: MethodChange,
    method: &str,
) -> Result<()> {
    let change = change.into_str();
    audit::record(
        conn,
        Actor::Account(account),
        TenantId::PLATFORM,
        "sign_in_method_change",
        &format!("account {account}"),
        &json!({"change": change, "method": method}),
    )
    .await?;
    events::publish(
        conn,
        TenantId::PLATFORM,
        "account.sign_in_method_changed",
        &json!({"account_id": account, "change": change, "method": method}),
    )
    .await
}
