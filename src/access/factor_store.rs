//! The second factors of accounts in SQL. Platform scope.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::kernel::{AccountId, Result, SessionId, token};

/// The second factor of an account, as it is stored.
pub struct StoredFactor {
    /// Of the factor in use, if there is one.
    pub sealed_secret: Option<Vec<u8>>,
    pub confirmed_at: Option<OffsetDateTime>,
    pub last_step: i64,
    /// Of a factor that is being set up.
    pub offered_secret: Option<Vec<u8>>,
    pub offered_at: Option<OffsetDateTime>,
}

/// A sign-in that waits for its second factor.
pub struct WaitingSignIn {
    pub id: Uuid,
    pub account: AccountId,
    pub wrong_tries: i16,
}

/// Wrong codes of an account: within a time, and of them those from one network.
pub struct WrongTries {
    pub all: i64,
    pub first: Option<OffsetDateTime>,
    pub here: i64,
    pub first_here: Option<OffsetDateTime>,
}

/// The factor of an account. It is locked until the transaction ends, so that no code is accepted
/// twice and wrong ones are counted one by one.
pub async fn lock(conn: &mut PgConnection, account: AccountId) -> Result<Option<StoredFactor>> {
    Ok(sqlx::query_as!(
        StoredFactor,
        "SELECT sealed_secret, confirmed_at, last_step, offered_secret, offered_at
         FROM second_factors WHERE account_id = $1 FOR UPDATE",
        account.0,
    )
    .fetch_optional(conn)
    .await?)
}

/// The same to look at.
pub async fn find(conn: &mut PgConnection, account: AccountId) -> Result<Option<StoredFactor>> {
    Ok(sqlx::query_as!(
        StoredFactor,
        "SELECT sealed_secret, confirmed_at, last_step, offered_secret, offered_at
         FROM second_factors WHERE account_id = $1",
        account.0,
    )
    .fetch_optional(conn)
    .await?)
}

/// Keeps the sealed secret of a factor that is being set up, instead of an earlier one.
pub async fn offer(
    conn: &mut PgConnection,
    account: AccountId,
    sealed: &[u8],
    now: OffsetDateTime,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO second_factors (account_id, offered_secret, offered_at) VALUES ($1, $2, $3)
         ON CONFLICT (account_id)
         DO UPDATE SET offered_secret = excluded.offered_secret, offered_at = excluded.offered_at",
        account.0,
        sealed,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Makes the factor that was being set up the one in use.
pub async fn confirm(
    conn: &mut PgConnection,
    account: AccountId,
    step: i64,
    now: OffsetDateTime,
) -> Result<()> {
    sqlx::query!(
        "UPDATE second_factors
         SET sealed_secret = offered_secret, confirmed_at = $3, last_step = $2,
             offered_secret = NULL, offered_at = NULL
         WHERE account_id = $1 AND offered_secret IS NOT NULL",
        account.0,
        step,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Removes the factor with its recovery codes, and the sign-ins that wait for it. Returns whether one
/// was in use. A role that needs a factor has its grace again.
pub async fn remove(conn: &mut PgConnection, account: AccountId) -> Result<bool> {
    let removed = sqlx::query_scalar!(
        r#"DELETE FROM second_factors WHERE account_id = $1
           RETURNING confirmed_at IS NOT NULL AS "was_in_use!""#,
        account.0,
    )
    .fetch_optional(&mut *conn)
    .await?;
    sqlx::query!("DELETE FROM recovery_codes WHERE account_id = $1", account.0)
        .execute(&mut *conn)
        .await?;
    end_all_pending(conn, account).await?;
    sqlx::query!("UPDATE sessions SET factor_at = NULL WHERE account_id = $1", account.0)
        .execute(&mut *conn)
        .await?;
    sqlx::query!("UPDATE accounts SET factor_due_at = NULL WHERE id = $1", account.0)
        .execute(conn)
        .await?;
    Ok(removed.unwrap_or(false))
}

/// Notes the half minute of a code that was accepted: no code of it or before it is accepted again.
pub async fn note_step(conn: &mut PgConnection, account: AccountId, step: i64) -> Result<()> {
    sqlx::query!("UPDATE second_factors SET last_step = $2 WHERE account_id = $1", account.0, step)
        .execute(conn)
        .await?;
    Ok(())
}

/// Replaces the recovery codes of an account.
pub async fn set_recovery_codes(
    conn: &mut PgConnection,
    account: AccountId,
    codes: &[String],
) -> Result<()> {
    let hashes: Vec<Vec<u8>> = codes.iter().map(|code| token::hash(code)).collect();
    sqlx::query!("DELETE FROM recovery_codes WHERE account_id = $1", account.0)
        .execute(&mut *conn)
        .await?;
    sqlx::query!(
        "INSERT INTO recovery_codes (account_id, code_hash)
         SELECT $1, code_hash FROM UNNEST($2::bytea[]) AS codes (code_hash)",
        account.0,
        &hashes,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Uses up a recovery code; false if it is none, or was used before.
pub async fn use_recovery_code(
    conn: &mut PgConnection,
    account: AccountId,
    code: &str,
    now: OffsetDateTime,
) -> Result<bool> {
    let Some(hash) = token::hash_of_sent(code) else { return Ok(false) };
    let used = sqlx::query!(
        "UPDATE recovery_codes SET used_at = $3
         WHERE account_id = $1 AND code_hash = $2 AND used_at IS NULL",
        account.0,
        hash,
        now,
    )
    .execute(conn)
    .await?;
    Ok(used.rows_affected() == 1)
}

/// How many recovery codes were not used yet.
pub async fn recovery_codes_left(conn: &mut PgConnection, account: AccountId) -> Result<i64> {
    Ok(sqlx::query_scalar!(
        r#"SELECT count(*) AS "left!" FROM recovery_codes
           WHERE account_id = $1 AND used_at IS NULL"#,
        account.0,
    )
    .fetch_one(conn)
    .await?)
}

/// Notes a wrong code.
pub async fn note_wrong(
    conn: &mut PgConnection,
    account: AccountId,
    network: &str,
    now: OffsetDateTime,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO second_factor_tries (id, account_id, network, tried_at)
         VALUES ($1, $2, $3, $4)",
        Uuid::now_v7(),
        account.0,
        network,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The wrong codes of an account since a time, and those from this network since a later one.
pub async fn wrong_tries(
    conn: &mut PgConnection,
    account: AccountId,
    since: OffsetDateTime,
    network: &str,
    here_since: OffsetDateTime,
) -> Result<WrongTries> {
    Ok(sqlx::query_as!(
        WrongTries,
        r#"SELECT count(*) AS "all!", min(tried_at) AS first,
                  count(*) FILTER (WHERE network = $3 AND tried_at > $4) AS "here!",
                  min(tried_at) FILTER (WHERE network = $3 AND tried_at > $4) AS first_here
           FROM second_factor_tries WHERE account_id = $1 AND tried_at > $2"#,
        account.0,
        since,
        network,
        here_since,
    )
    .fetch_one(conn)
    .await?)
}

/// Keeps a sign-in until its second factor comes. Returns its token, of which only the hash is stored.
pub async fn add_pending(
    conn: &mut PgConnection,
    account: AccountId,
    now: OffsetDateTime,
    expires_at: OffsetDateTime,
) -> Result<String> {
    let token = token::random();
    sqlx::query!(
        "INSERT INTO pending_sign_ins (id, account_id, token_hash, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5)",
        Uuid::now_v7(),
        account.0,
        token::hash(&token),
        now,
        expires_at,
    )
    .execute(conn)
    .await?;
    Ok(token)
}

/// The sign-in with this token, if it still waits; locked until the transaction ends.
pub async fn pending(
    conn: &mut PgConnection,
    token: &str,
    now: OffsetDateTime,
) -> Result<Option<WaitingSignIn>> {
    let Some(hash) = token::hash_of_sent(token) else { return Ok(None) };
    Ok(sqlx::query_as!(
        WaitingSignIn,
        r#"SELECT id, account_id AS "account: AccountId", wrong_tries
           FROM pending_sign_ins WHERE token_hash = $1 AND expires_at > $2 FOR UPDATE"#,
        hash,
        now,
    )
    .fetch_optional(conn)
    .await?)
}

pub async fn note_wrong_pending(conn: &mut PgConnection, id: Uuid) -> Result<()> {
    sqlx::query!("UPDATE pending_sign_ins SET wrong_tries = wrong_tries + 1 WHERE id = $1", id)
        .execute(conn)
        .await?;
    Ok(())
}

/// Ends a wait: its token is of no use any more.
pub async fn end_pending(conn: &mut PgConnection, id: Uuid) -> Result<()> {
    sqlx::query!("DELETE FROM pending_sign_ins WHERE id = $1", id).execute(conn).await?;
    Ok(())
}

/// Ends every wait of an account, because its first factor is no longer right.
pub async fn end_all_pending(conn: &mut PgConnection, account: AccountId) -> Result<()> {
    sqlx::query!("DELETE FROM pending_sign_ins WHERE account_id = $1", account.0)
        .execute(conn)
        .await?;
    Ok(())
}

/// Notes that a session proved the second factor.
pub async fn note_proved(
    conn: &mut PgConnection,
    session: SessionId,
    now: OffsetDateTime,
) -> Result<()> {
    sqlx::query!("UPDATE sessions SET factor_at = $2 WHERE id = $1", session.0, now)
        .execute(conn)
        .await?;
    Ok(())
}

/// The same for a session that has just been opened, by its token.
pub async fn note_proved_at_sign_in(
    conn: &mut PgConnection,
    session_token: &str,
    now: OffsetDateTime,
) -> Result<()> {
    sqlx::query!(
        "UPDATE sessions SET factor_at = $2 WHERE token_hash = $1",
        token::hash(session_token),
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Deletes sign-ins that stopped waiting before this time. Returns how many, `max` at most.
pub async fn delete_expired_pending(
    conn: &mut PgConnection,
    before: OffsetDateTime,
    max: i64,
) -> Result<u64> {
    let deleted = sqlx::query!(
        "DELETE FROM pending_sign_ins WHERE id IN (
             SELECT id FROM pending_sign_ins WHERE expires_at < $1
             ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED
         )",
        before,
        max,
    );
    Ok(deleted.execute(conn).await?.rows_affected())
}

/// Deletes wrong tries of before this time. Returns how many, `max` at most.
pub async fn delete_old_tries(
    conn: &mut PgConnection,
    before: OffsetDateTime,
    max: i64,
) -> Result<u64> {
    let deleted = sqlx::query!(
        "DELETE FROM second_factor_tries WHERE id IN (
             SELECT id FROM second_factor_tries WHERE tried_at < $1
             ORDER BY tried_at LIMIT $2 FOR UPDATE SKIP LOCKED
         )",
        before,
        max,
    );
    Ok(deleted.execute(conn).await?.rows_affected())
}
