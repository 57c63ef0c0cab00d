//! Links and codes of an account that work once: each has a purpose, an end, and only its hashes are
//! kept. A code of six digits stands for the same as its link, and takes five tries.

use poem::http::StatusCode;
use rand::Rng;
use serde_json::Value;
use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::kernel::{AccountId, Error, FieldError, Result, token};

/// Wrong codes after which a code is dead.
pub const CODE_TRIES_MAX: i16 = 5;
const CODE_DIGITS: usize = 6;

/// What a link or a code is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum TokenPurpose {
    VerifyEmail,
    ResetPassword,
    ChangeEmail,
    UndoEmailChange,
    ConfirmErasure,
    VerifyPhone,
}

impl TokenPurpose {
    /// Whether a newer one ends those before it. Each change of an address can be undone.
    fn replaces_earlier(self) -> bool {
        matches!(
            self,
            Self::VerifyEmail
                | Self::ResetPassword
                | Self::ChangeEmail
                | Self::ConfirmErasure
                | Self::VerifyPhone
        )
    }
}

/// A link or code to be made.
#[derive(Debug)]
pub struct NewAccountToken {
    pub account: AccountId,
    pub purpose: TokenPurpose,
    /// What using it needs to know.
    pub details: Value,
    pub lifetime: Duration,
}

/// What is sent; only here, because the database has hashes.
#[derive(Debug)]
pub struct IssuedToken {
    pub token: String,
    /// Six digits.
    pub code: String,
    pub expires_at: OffsetDateTime,
}

/// A token that was used now.
#[derive(Debug)]
pub struct TakenToken {
    pub account: AccountId,
    pub details: Value,
}

/// What became of a typed code. A wrong one is counted: commit, then ask for [`Self::right`].
#[must_use = "commit, so that a wrong code counts, and then ask whether it was right"]
#[derive(Debug)]
pub enum TakenCode {
    Right(TakenToken),
    Wrong(Error),
}

impl TakenCode {
    /// What the code was good for. An error if it was wrong, expired or dead.
    pub fn right(self) -> Result<TakenToken> {
        match self {
            Self::Right(taken) => Ok(taken),
            Self::Wrong(error) => Err(error),
        }
    }
}

/// Makes a link with its code.
pub async fn issue(
    conn: &mut PgConnection,
    new: NewAccountToken,
    now: OffsetDateTime,
) -> Result<IssuedToken> {
    if new.purpose.replaces_earlier() {
        end(conn, new.account, new.purpose, now).await?;
    }
    let id = Uuid::now_v7();
    let issued = IssuedToken {
        token: token::random(),
        code: format!("{:06}", rand::rng().random_range(0..1_000_000_u32)),
        expires_at: now + new.lifetime,
    };
    sqlx::query!(
        "INSERT INTO account_tokens
             (id, account_id, purpose, token_hash, code_hash, details, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        id,
        new.account.0,
        new.purpose.into_str(),
        token::hash(&issued.token),
        code_hash(id, &issued.code),
        new.details,
        now,
        issued.expires_at,
    )
    .execute(conn)
    .await?;
    Ok(issued)
}

/// Ends the unused links and codes of an account for a purpose.
pub async fn end(
    conn: &mut PgConnection,
    account: AccountId,
    purpose: TokenPurpose,
    now: OffsetDateTime,
) -> Result<()> {
    sqlx::query!(
        "UPDATE account_tokens SET expires_at = $3
         WHERE account_id = $1 AND purpose = $2 AND used_at IS NULL AND expires_at > $3",
        account.0,
        purpose.into_str(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends the links of this one's account and purpose that were made after it.
pub async fn end_later(
    conn: &mut PgConnection,
    purpose: TokenPurpose,
    token: &str,
    now: OffsetDateTime,
) -> Result<()> {
    sqlx::query!(
        "UPDATE account_tokens t SET expires_at = $3
         FROM account_tokens used
         WHERE used.token_hash = $1 AND used.purpose = $2 AND t.account_id = used.account_id
           AND t.purpose = used.purpose AND t.created_at >= used.created_at AND t.id <> used.id
           AND t.used_at IS NULL AND t.expires_at > $3",
        token::hash(token),
        purpose.into_str(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// How many an account was sent for a purpose since then.
pub async fn issued_since(
    conn: &mut PgConnection,
    account: AccountId,
    purpose: TokenPurpose,
    since: OffsetDateTime,
) -> Result<i64> {
    let count = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM account_tokens
           WHERE account_id = $1 AND purpose = $2 AND created_at > $3"#,
        account.0,
        purpose.into_str(),
        since,
    );
    Ok(count.fetch_one(conn).await?)
}

/// Uses a link. Of two uses at the same time, one succeeds. Errors: 400 `token_unknown` for one that
/// was cut off, made up or meant for something else, 410 `token_expired`, 409 `token_used`.
pub async fn take(
    conn: &mut PgConnection,
    purpose: TokenPurpose,
    token: &str,
    now: OffsetDateTime,
) -> Result<TakenToken> {
    let hash = token::hash_of_sent(token).ok_or_else(unknown)?;
    let taken = sqlx::query!(
        "UPDATE account_tokens SET used_at = $3
         WHERE token_hash = $1 AND purpose = $2 AND used_at IS NULL AND expires_at > $3
         RETURNING account_id, details",
        hash,
        purpose.into_str(),
        now,
    )
    .fetch_optional(&mut *conn)
    .await?;
    if let Some(taken) = taken {
        return Ok(TakenToken { account: AccountId(taken.account_id), details: taken.details });
    }
    // It cannot be used; this says why.
    peek(conn, purpose, token, now).await?;
    Err(used())
}

/// What a link is good for, without using it. Errors as of [`take`].
pub async fn peek(
    conn: &mut PgConnection,
    purpose: TokenPurpose,
    token: &str,
    now: OffsetDateTime,
) -> Result<TakenToken> {
    let hash = token::hash_of_sent(token).ok_or_else(unknown)?;
    let row = sqlx::query!(
        "SELECT account_id, details, used_at, expires_at FROM account_tokens
         WHERE token_hash = $1 AND purpose = $2",
        hash,
        purpose.into_str(),
    )
    .fetch_optional(conn)
    .await?
    .ok_or_else(unknown)?;
    if row.used_at.is_some() {
        return Err(used());
    }
    if row.expires_at <= now {
        return Err(Error::coded(
            StatusCode::GONE,
            "token_expired",
            "This link has expired, or a newer one replaced it. Use the link in the newest email, or \
             ask for another one.",
        ));
    }
    Ok(TakenToken { account: AccountId(row.account_id), details: row.details })
}

/// Uses the code of the newest link. A wrong code is counted in this transaction: commit it before
/// [`TakenCode::right`]. After five the code is dead, and so is its link.
pub async fn take_code(
    conn: &mut PgConnection,
    account: AccountId,
    purpose: TokenPurpose,
    code: &str,
    now: OffsetDateTime,
) -> Result<TakenCode> {
    let code: String = code.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    if code.len() != CODE_DIGITS || !code.bytes().all(|byte| byte.is_ascii_digit()) {
        let message = format!("Enter the {CODE_DIGITS} digits that we sent you");
        return Ok(TakenCode::Wrong(FieldError::new("code", message).into()));
    }
    let newest = sqlx::query!(
        "SELECT id, code_hash, details, expires_at, used_at, tries FROM account_tokens
         WHERE account_id = $1 AND purpose = $2 ORDER BY created_at DESC, id DESC LIMIT 1
         FOR UPDATE",
        account.0,
        purpose.into_str(),
    )
    .fetch_optional(&mut *conn)
    .await?;
    let Some(newest) = newest else { return Ok(TakenCode::Wrong(expired_code())) };
    if newest.used_at.is_some() {
        return Ok(TakenCode::Wrong(used()));
    }
    if newest.expires_at <= now || newest.tries >= CODE_TRIES_MAX {
        return Ok(TakenCode::Wrong(expired_code()));
    }
    if newest.code_hash.as_deref() == Some(&code_hash(newest.id, &code)[..]) {
        sqlx::query!("UPDATE account_tokens SET used_at = $2 WHERE id = $1", newest.id, now)
            .execute(conn)
            .await?;
        return Ok(TakenCode::Right(TakenToken { account, details: newest.details }));
    }
    let tries = newest.tries + 1;
    sqlx::query!(
        "UPDATE account_tokens
         SET tries = $2, expires_at = CASE WHEN $3 THEN $4 ELSE expires_at END
         WHERE id = $1",
        newest.id,
        tries,
        tries >= CODE_TRIES_MAX,
        now,
    )
    .execute(conn)
    .await?;
    let remedy = match CODE_TRIES_MAX - tries {
        ..=0 => "That was the last try: send another code".to_owned(),
        1 => "1 try left".to_owned(),
        left => format!("{left} tries left"),
    };
    let message = format!("The code is not right. Compare it with our newest message. {remedy}");
    Ok(TakenCode::Wrong(FieldError::new("code", message).into()))
}

/// Deletes links and codes that expired before this time. Returns how many, `max` at most.
pub async fn delete_expired(
    conn: &mut PgConnection,
    before: OffsetDateTime,
    max: i64,
) -> Result<u64> {
    let deleted = sqlx::query!(
        "DELETE FROM account_tokens WHERE id IN (
             SELECT id FROM account_tokens WHERE expires_at < $1
             ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED
         )",
        before,
        max,
    );
    Ok(deleted.execute(conn).await?.rows_affected())
}

fn code_hash(id: Uuid, code: &str) -> Vec<u8> {
    token::hash(&format!("{id} {code}"))
}

fn unknown() -> Error {
    Error::coded(
        StatusCode::BAD_REQUEST,
        "token_unknown",
        "This link is not complete, or is none of ours. Copy the whole address from the email, or ask \
         for another one.",
    )
}

fn used() -> Error {
    Error::conflict("token_used", "This link or code was used already. It works once.")
}

fn expired_code() -> Error {
    Error::coded(
        StatusCode::GONE,
        "token_expired",
        "This code has expired, or was typed wrongly too often. Send another one.",
    )
}
