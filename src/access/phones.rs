//! The mobile number of an account: shown to be its owner's by a code that was sent there; and numbers
//! that answered STOP, which no SMS goes to.

use std::collections::HashSet;

use serde::Serialize;
use serde_json::json;
use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::{
    account_tokens::{self, NewAccountToken, TokenPurpose},
    preferences::{self, MessageChannel, MessageChoice, MessageKind},
};
use crate::{
    events,
    kernel::{AccountId, Error, ExceededLimit, FieldErrors, Result, TenantId, mobile},
};

/// The job that sends a code. It is a job and not an event, because events are kept.
pub const PHONE_CODE: &str = "phone_code";
/// How long a code is valid.
pub const CODE_VALID: Duration = Duration::minutes(10);
/// Codes within [`PER`]: of an account, to a number, and from a network. Each costs money.
pub const CODES_MAX: u32 = 3;
pub const PER: Duration = Duration::hours(1);

/// Where an account stands with its phone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountPhone {
    /// Verified; E.164.
    pub number: Option<String>,
    pub verified_at: Option<OffsetDateTime>,
    /// The number answered STOP.
    pub is_stopped: bool,
    /// A number whose code was sent and can still be typed.
    pub pending: Option<PendingPhone>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingPhone {
    /// E.164.
    pub number: String,
    pub expires_at: OffsetDateTime,
}

/// A number as somebody typed it, and from where.
#[derive(Debug, Clone, Copy)]
pub struct TypedPhone<'a> {
    pub number: &'a str,
    /// Of a number without a country code: ISO 3166-1 alpha-2.
    pub country: Option<&'a str>,
    pub network: &'a str,
}

#[derive(Serialize)]
struct PhoneCodeJob<'a> {
    id: Uuid,
    account_id: AccountId,
    phone: &'a str,
    code: &'a str,
}

/// The phone of an account.
pub async fn of(
    conn: &mut PgConnection,
    account: AccountId,
    now: OffsetDateTime,
) -> Result<AccountPhone> {
    let row = sqlx::query!(
        r#"SELECT phone AS "phone?", phone_verified_at AS "phone_verified_at?",
                  EXISTS (SELECT FROM phone_stops s WHERE s.phone = a.phone) AS "is_stopped!"
           FROM accounts a WHERE id = $1 AND phone_verified_at IS NOT NULL"#,
        account.0
    )
    .fetch_optional(&mut *conn)
    .await?;
    let pending = sqlx::query!(
        "SELECT phone, sent_at FROM phone_code_sends
         WHERE account_id = $1 AND settled_at IS NULL AND sent_at > $2
         ORDER BY sent_at DESC LIMIT 1",
        account.0,
        now - CODE_VALID,
    )
    .fetch_optional(conn)
    .await?;
    let pending =
        pending.map(|row| PendingPhone { number: row.phone, expires_at: row.sent_at + CODE_VALID });
    let Some(row) = row else { return Ok(AccountPhone { pending, ..AccountPhone::default() }) };
    Ok(AccountPhone {
        number: row.phone,
        verified_at: row.phone_verified_at,
        is_stopped: row.is_stopped,
        pending,
    })
}

/// Sends a code to a number, which becomes the account's once it is typed. Returns the number.
pub async fn begin(
    conn: &mut PgConnection,
    account: AccountId,
    typed: TypedPhone<'_>,
    now: OffsetDateTime,
) -> Result<String> {
    let mut fields = FieldErrors::default();
    let phone = mobile(&mut fields, "number", typed.number, typed.country);
    fields.finish()?;
    if is_stopped(conn, &phone).await? {
        return Err(Error::conflict(
            "phone_stopped",
            "This number answered STOP to one of our SMS, so we may not send to it. Send START to the \
             number those SMS came from, then try again.",
        ));
    }
    check_rates(conn, account, &phone, typed.network, now).await?;
    let token = NewAccountToken {
        account,
        purpose: TokenPurpose::VerifyPhone,
        details: json!({"phone": phone}),
        lifetime: CODE_VALID,
    };
    let issued = account_tokens::issue(conn, token, now).await?;
    let id = Uuid::now_v7();
    sqlx::query!(
        "INSERT INTO phone_code_sends (id, account_id, phone, network, sent_at)
         VALUES ($1, $2, $3, $4, $5)",
        id,
        account.0,
        phone,
        typed.network,
        now,
    )
    .execute(&mut *conn)
    .await?;
    let job = PhoneCodeJob { id, account_id: account, phone: &phone, code: &issued.code };
    events::enqueue(conn, PHONE_CODE, &job).await?;
    Ok(phone)
}

/// Refuses the fourth code within an hour, whether of the account, to the number or from the network.
async fn check_rates(
    conn: &mut PgConnection,
    account: AccountId,
    phone: &str,
    network: &str,
    now: OffsetDateTime,
) -> Result<()> {
    // Those that are asked for at the same time count each other. Everyone takes the locks in this order.
    for counted in
        [format!("phone {phone}"), format!("phone of {account}"), format!("from {network}")]
    {
        sqlx::query!("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", counted)
            .execute(&mut *conn)
            .await?;
    }
    let sent = sqlx::query!(
        r#"
        SELECT count(*) FILTER (WHERE account_id = $1) AS "of_account!",
               min(sent_at) FILTER (WHERE account_id = $1) AS of_account_since,
               count(*) FILTER (WHERE phone = $2) AS "to_phone!",
               min(sent_at) FILTER (WHERE phone = $2) AS to_phone_since,
               count(*) FILTER (WHERE network = $3) AS "from_network!",
               min(sent_at) FILTER (WHERE network = $3) AS from_network_since
        FROM phone_code_sends
        WHERE sent_at > $4 AND (account_id = $1 OR phone = $2 OR network = $3)
        "#,
        account.0,
        phone,
        network,
        now - PER,
    )
    .fetch_one(conn)
    .await?;
    for (name, count, since) in [
        ("phone-code-account", sent.of_account, sent.of_account_since),
        ("phone-code-number", sent.to_phone, sent.to_phone_since),
        ("phone-code-network", sent.from_network, sent.from_network_since),
    ] {
        if count >= i64::from(CODES_MAX) {
            let free_in = since.map_or(PER, |since| since + PER - now).whole_seconds() + 1;
            let window_seconds = PER.whole_seconds().unsigned_abs();
            return Err(Error::TooMany {
                limit: ExceededLimit { name, quota: CODES_MAX, window_seconds },
                retry_after_seconds: u32::try_from(free_in).unwrap_or(1),
            });
        }
    }
    Ok(())
}

/// What became of a typed code. Commit, so that a wrong one counts, and then ask for [`Self::right`].
#[must_use = "commit, so that a wrong code counts, and then ask whether it was right"]
#[derive(Debug)]
pub struct TypedPhoneCode(Result<String>);

impl TypedPhoneCode {
    /// The number that is the account's now.
    pub fn right(self) -> Result<String> {
        self.0
    }
}

/// Makes the number of the newest code the account's, if this is the code.
pub async fn confirm(
    conn: &mut PgConnection,
    account: AccountId,
    code: &str,
    now: OffsetDateTime,
) -> Result<TypedPhoneCode> {
    let purpose = TokenPurpose::VerifyPhone;
    let taken = match account_tokens::take_code(conn, account, purpose, code, now).await?.right() {
        Ok(taken) => taken,
        Err(error) => return Ok(TypedPhoneCode(Err(error))),
    };
    let phone = taken.details["phone"].as_str().unwrap_or_default().to_owned();
    settle(conn, account, now).await?;
    sqlx::query!(
        "UPDATE accounts SET phone = $2, phone_verified_at = $3 WHERE id = $1",
        account.0,
        phone,
        now,
    )
    .execute(&mut *conn)
    .await?;
    tell(conn, account, "account.phone_verified").await?;
    Ok(TypedPhoneCode(Ok(phone)))
}

/// Forgets the number of an account, and one that waits for its code.
pub async fn remove(
    conn: &mut PgConnection,
    account: AccountId,
    now: OffsetDateTime,
) -> Result<()> {
    account_tokens::end(conn, account, TokenPurpose::VerifyPhone, now).await?;
    settle(conn, account, now).await?;
    let removed = sqlx::query!(
        "UPDATE accounts SET phone = NULL, phone_verified_at = NULL
         WHERE id = $1 AND phone IS NOT NULL",
        account.0,
    )
    .execute(&mut *conn)
    .await?;
    if removed.rows_affected() == 1 {
        tell(conn, account, "account.phone_removed").await?;
    }
    Ok(())
}

/// No number of the account waits for a code any more.
async fn settle(conn: &mut PgConnection, account: AccountId, now: OffsetDateTime) -> Result<()> {
    sqlx::query!(
        "UPDATE phone_code_sends SET settled_at = $2 WHERE account_id = $1 AND settled_at IS NULL",
        account.0,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn tell(conn: &mut PgConnection, account: AccountId, what: &str) -> Result<()> {
    events::publish(conn, TenantId::PLATFORM, what, &json!({"account_id": account})).await
}

/// Has an account sent a kind of messages by SMS as well. Returns whether it has a number for them.
pub async fn text_me(
    conn: &mut PgConnection,
    account: AccountId,
    kind: MessageKind,
    now: OffsetDateTime,
) -> Result<bool> {
    let choice = MessageChoice { kind, channel: MessageChannel::Sms, is_on: true };
    preferences::choose(conn, account, &[choice], now).await?;
    let phone = of(conn, account, now).await?;
    Ok(phone.number.is_some() && !phone.is_stopped)
}

/// A number answered STOP: nothing is sent to it any more, and the accounts that have it want no SMS.
pub async fn stop(conn: &mut PgConnection, phone: &str, now: OffsetDateTime) -> Result<()> {
    sqlx::query!(
        "INSERT INTO phone_stops (phone, stopped_at) VALUES ($1, $2) ON CONFLICT (phone) DO NOTHING",
        phone,
        now,
    )
    .execute(&mut *conn)
    .await?;
    let accounts = sqlx::query_scalar!(
        r#"SELECT id AS "id: AccountId" FROM accounts
           WHERE phone = $1 AND phone_verified_at IS NOT NULL ORDER BY id"#,
        phone,
    )
    .fetch_all(&mut *conn)
    .await?;
    let off = <MessageKind as strum::IntoEnumIterator>::iter()
        .map(|kind| MessageChoice { kind, channel: MessageChannel::Sms, is_on: false })
        .collect::<Vec<_>>();
    for account in accounts {
        preferences::choose(conn, account, &off, now).await?;
        tell(conn, account, "account.sms_stopped").await?;
    }
    Ok(())
}

/// A number answered START: it may be sent to again. What is sent to it, its owner chooses again.
pub async fn start(conn: &mut PgConnection, phone: &str) -> Result<()> {
    sqlx::query!("DELETE FROM phone_stops WHERE phone = $1", phone).execute(conn).await?;
    Ok(())
}

/// Whether a number answered STOP.
pub async fn is_stopped(conn: &mut PgConnection, phone: &str) -> Result<bool> {
    Ok(stopped_of(conn, &[phone]).await?.contains(phone))
}

/// Those of the numbers that answered STOP.
pub async fn stopped_of(conn: &mut PgConnection, phones: &[&str]) -> Result<HashSet<String>> {
    let stopped = sqlx::query_scalar!(
        "SELECT phone FROM phone_stops WHERE phone = ANY($1)",
        phones as &[&str],
    );
    Ok(stopped.fetch_all(conn).await?.into_iter().collect())
}

/// Deletes notes of codes that were sent before this time, with the phone numbers. Returns how many,
/// `max` at most. Platform scope.
pub async fn delete_code_sends(
    conn: &mut PgConnection,
    before: OffsetDateTime,
    max: i64,
) -> Result<u64> {
    let deleted = sqlx::query!(
        "DELETE FROM phone_code_sends WHERE id IN (
             SELECT id FROM phone_code_sends WHERE sent_at < $1
             ORDER BY sent_at LIMIT $2 FOR UPDATE SKIP LOCKED
         )",
        before,
        max,
    );
    Ok(deleted.execute(conn).await?.rows_affected())
}
