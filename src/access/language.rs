//! The language that an account chose for pages and messages.

use sqlx::PgConnection;

use crate::kernel::{AccountId, Result};

/// Keeps the language of an account, like `de`. The caller drops the account's cached sessions, which
/// have it.
pub async fn choose(conn: &mut PgConnection, account: AccountId, language: &str) -> Result<()> {
    sqlx::query!("UPDATE accounts SET locale = $2 WHERE id = $1", account.0, language)
        .execute(conn)
        .await?;
    Ok(())
}
