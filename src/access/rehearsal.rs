//! Accounts made up for a rehearsal: signed in while it runs, removed after it.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::kernel::{AccountId, Result, SessionId, token};

/// A made-up shopper.
#[derive(Debug, Clone)]
pub struct RehearsalShopper {
    pub account: AccountId,
    /// The token of its session.
    pub token: String,
}

/// Makes up accounts and signs them in until `until`. Platform scope.
pub async fn create_rehearsal_shoppers(
    conn: &mut PgConnection,
    count: usize,
    now: OffsetDateTime,
    until: OffsetDateTime,
) -> Result<Vec<RehearsalShopper>> {
    let shoppers: Vec<RehearsalShopper> = (0..count)
        .map(|_| RehearsalShopper { account: AccountId::new(), token: token::random() })
        .collect();
    let accounts: Vec<Uuid> = shoppers.iter().map(|shopper| shopper.account.0).collect();
    let sessions: Vec<Uuid> = shoppers.iter().map(|_| SessionId::new().0).collect();
    let hashes: Vec<Vec<u8>> = shoppers.iter().map(|shopper| token::hash(&shopper.token)).collect();
    sqlx::query!(
        "
        INSERT INTO accounts (id, email, name, created_at, email_verified_at, rehearsal)
        SELECT id, id || '@rehearsal.invalid', 'Rehearsal', $2, $2, true FROM UNNEST($1::uuid[]) AS id
        ",
        &accounts,
        now,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "
        INSERT INTO sessions (account_id, id, token_hash, user_agent, created_at, expires_at)
        SELECT account, session, hash, 'rehearsal', $4, $5
        FROM UNNEST($1::uuid[], $2::uuid[], $3::bytea[]) AS s (account, session, hash)
        ",
        &accounts,
        &sessions,
        &hashes,
        now,
        until,
    )
    .execute(conn)
    .await?;
    Ok(shoppers)
}

/// Removes made-up accounts that were made before `before`, at most `count`, and their sessions.
/// Returns how many. Platform scope.
pub async fn remove_rehearsal_shoppers_before(
    conn: &mut PgConnection,
    before: OffsetDateTime,
    count: usize,
) -> Result<usize> {
    let removed = sqlx::query!(
        "
        DELETE FROM accounts WHERE id IN (
            SELECT id FROM accounts WHERE rehearsal AND created_at < $1
            ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED
        )
        ",
        before,
        i64::try_from(count).unwrap_or(i64::MAX),
    )
    .execute(conn)
    .await?;
    Ok(usize::try_from(removed.rows_affected()).unwrap_or(usize::MAX))
}

/// Removes made-up accounts and their sessions. Platform scope.
pub async fn remove_rehearsal_shoppers(
    conn: &mut PgConnection,
    accounts: &[AccountId],
) -> Result<()> {
    let ids: Vec<Uuid> = accounts.iter().map(|account| account.0).collect();
    sqlx::query!("DELETE FROM accounts WHERE id = ANY($1) AND rehearsal", &ids)
        .execute(conn)
        .await?;
    Ok(())
}
