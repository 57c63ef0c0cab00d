//! The codes of cash on delivery in SQL. A code is kept as a keyed hash, made together with what it
//! pays; what its SMS says is kept sealed until the message is queued.

use rand::Rng;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::PgConnection;
use subtle::ConstantTimeEq;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::{
    events,
    kernel::{AccountId, Error, Keyring, Money, OrderId, PaymentId, Result, TenantId},
};

/// How long a code is valid.
pub const CODE_VALID: Duration = Duration::minutes(10);
pub const CODE_DIGITS: usize = 6;
/// Wrong codes that may be typed before another has to be sent.
pub const TRIES_MAX: i32 = 5;
/// Codes of one payment: the first, and three that are sent again.
pub const CODES_MAX: usize = 4;
/// Between two codes of one payment.
pub const RESEND_AFTER: Duration = Duration::seconds(30);
/// Codes within a day, to one phone and of one account.
const PER_DAY: i64 = 10;
/// Codes of other payments that a typed code is compared with.
const OTHERS_MAX: i64 = 20;
/// Tells notifications to send the SMS of a code.
const WANTED: &str = "payment.code_wanted";
const PURPOSE: &str = "cash on delivery code";

#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum CashCodeState {
    Alive,
    Used,
    /// Another one was sent.
    Replaced,
    /// Its payment was cancelled.
    Void,
}

/// A code that was sent.
#[derive(Debug, Clone)]
pub struct CashCode {
    pub id: Uuid,
    pub phone: String,
    pub code_hash: String,
    pub wrong_tries: i32,
    pub state: CashCodeState,
    pub created_at: OffsetDateTime,
    pub expires_at: OffsetDateTime,
}

/// What a code pays. It is part of the code's hash, so that a code is of no use for anything else.
#[derive(Debug, Clone)]
pub struct CashContent {
    pub payment: PaymentId,
    pub order: OrderId,
    pub account: AccountId,
    pub amount: Money,
}

/// The SMS of a code.
pub struct CashSms {
    pub account: AccountId,
    pub phone: String,
    pub content: CashSmsContent,
}

/// What the SMS of a code says.
#[derive(Serialize, Deserialize)]
pub struct CashSmsContent {
    pub code: String,
    /// None: of a code that is sent again.
    pub order_number: Option<String>,
    pub amount: Money,
}

impl CashContent {
    fn hash(&self, keyring: &Keyring, code: &str) -> String {
        let Money { amount, currency } = &self.amount;
        let whole = format!("{} {} {amount} {currency} {code}", self.payment, self.order);
        keyring.fingerprint(PURPOSE, &whole)
    }

    /// Whether this is the code, in constant time.
    pub fn is(&self, keyring: &Keyring, code: &str, hash: &str) -> bool {
        self.hash(keyring, code).as_bytes().ct_eq(hash.as_bytes()).into()
    }
}

/// What a payment is for. Platform scope; holds off other requests about its codes until the
/// transaction ends.
pub async fn lock_content(conn: &mut PgConnection, payment: PaymentId) -> Result<CashContent> {
    lock(conn, &format!("cash payment {payment}")).await?;
    let row = sqlx::query!(
        r#"SELECT order_id AS "order: OrderId", account_id AS "account: AccountId", amount_minor,
                  currency
           FROM payments WHERE id = $1"#,
        payment.0
    )
    .fetch_optional(conn)
    .await?
    .ok_or(Error::NotFound("payment"))?;
    let amount = Money::new(row.amount_minor, row.currency);
    Ok(CashContent { payment, order: row.order, account: row.account, amount })
}

async fn lock(conn: &mut PgConnection, what: &str) -> Result<()> {
    sqlx::query!("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", what)
        .execute(conn)
        .await?;
    Ok(())
}

/// The codes of a payment, newest first.
pub async fn codes_of(conn: &mut PgConnection, payment: PaymentId) -> Result<Vec<CashCode>> {
    Ok(sqlx::query_as!(
        CashCode,
        r#"SELECT id, phone, code_hash, wrong_tries, state AS "state: CashCodeState", created_at,
                  expires_at
           FROM cash_codes WHERE payment_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2"#,
        payment.0,
        i64::try_from(CODES_MAX).unwrap_or(i64::MAX),
    )
    .fetch_all(conn)
    .await?)
}

/// Makes a code and has it sent, instead of the one before. Too many of a phone or an account within
/// a day are a conflict.
pub async fn send_code(
    conn: &mut PgConnection,
    keyring: &Keyring,
    content: &CashContent,
    phone: &str,
    order_number: Option<&str>,
    now: OffsetDateTime,
) -> Result<()> {
    check_day(conn, content.account, phone, now).await?;
    sqlx::query!(
        "UPDATE cash_codes SET state = 'replaced', sealed_text = NULL
         WHERE payment_id = $1 AND state = 'alive'",
        content.payment.0
    )
    .execute(&mut *conn)
    .await?;
    let code = format!("{:06}", rand::rng().random_range(0..1_000_000));
    let sms = serde_json::to_vec(&CashSmsContent {
        code: code.clone(),
        order_number: order_number.map(str::to_owned),
        amount: content.amount.clone(),
    });
    let sms = sms.map_err(anyhow::Error::from)?;
    let id = Uuid::now_v7();
    sqlx::query!(
        "INSERT INTO cash_codes (id, payment_id, account_id, phone, code_hash, sealed_text,
             created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        id,
        content.payment.0,
        content.account.0,
        phone,
        content.hash(keyring, &code),
        keyring.seal(PURPOSE, id.as_bytes(), &sms)?,
        now,
        now + CODE_VALID,
    )
    .execute(&mut *conn)
    .await?;
    let wanted = json!({"code_id": id, "payment_id": content.payment});
    events::publish(conn, TenantId::PLATFORM, WANTED, &wanted).await
}

async fn check_day(
    conn: &mut PgConnection,
    account: AccountId,
    phone: &str,
    now: OffsetDateTime,
) -> Result<()> {
    // Two that are sent at the same time count each other.
    lock(conn, &format!("cash phone {phone}")).await?;
    lock(conn, &format!("cash account {account}")).await?;
    let since = now - Duration::DAY;
    let sent = sqlx::query!(
        r#"SELECT (SELECT count(*) FROM cash_codes WHERE phone = $1 AND created_at > $3)
                      AS "to_phone!",
                  (SELECT count(*) FROM cash_codes WHERE account_id = $2 AND created_at > $3)
                      AS "of_account!""#,
        phone,
        account.0,
        since,
    )
    .fetch_one(conn)
    .await?;
    if sent.to_phone >= PER_DAY || sent.of_account >= PER_DAY {
        return Err(Error::conflict(
            "too_many_codes",
            format!(
                "At most {PER_DAY} codes are sent to a phone, and for an account, within a day. Choose \
                 another way to pay, or try again tomorrow."
            ),
        ));
    }
    Ok(())
}

/// Counts a wrong code.
pub async fn count_wrong(conn: &mut PgConnection, code: Uuid) -> Result<()> {
    sqlx::query!("UPDATE cash_codes SET wrong_tries = wrong_tries + 1 WHERE id = $1", code)
        .execute(conn)
        .await?;
    Ok(())
}

/// Ends a code that is alive.
pub async fn end_code(
    conn: &mut PgConnection,
    payment: PaymentId,
    to: CashCodeState,
) -> Result<()> {
    sqlx::query!(
        "UPDATE cash_codes SET state = $2, sealed_text = NULL
         WHERE payment_id = $1 AND state = 'alive'",
        payment.0,
        to as CashCodeState,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether a typed code is one of the same shopper's for another payment.
pub async fn is_of_another(
    conn: &mut PgConnection,
    keyring: &Keyring,
    content: &CashContent,
    code: &str,
    now: OffsetDateTime,
) -> Result<bool> {
    let others = sqlx::query!(
        r#"SELECT c.payment_id AS "payment: PaymentId", p.order_id AS "order: OrderId",
                  p.amount_minor, p.currency, c.code_hash
           FROM cash_codes c JOIN payments p ON p.id = c.payment_id
           WHERE c.account_id = $1 AND c.payment_id <> $2 AND c.created_at > $3
           ORDER BY c.created_at DESC LIMIT $4"#,
        content.account.0,
        content.payment.0,
        now - Duration::DAY,
        OTHERS_MAX,
    )
    .fetch_all(conn)
    .await?;
    Ok(others.into_iter().any(|row| {
        let other = CashContent {
            payment: row.payment,
            order: row.order,
            account: content.account,
            amount: Money::new(row.amount_minor, row.currency),
        };
        other.is(keyring, code, &row.code_hash)
    }))
}

/// The SMS of a code that is still to be sent, which from then on is kept as a message alone. None when
/// that was done, or the code is no use any more. Platform scope.
pub async fn take_cash_sms(
    conn: &mut PgConnection,
    keyring: &Keyring,
    code: Uuid,
) -> Result<Option<CashSms>> {
    let row = sqlx::query!(
        r#"SELECT account_id AS "account: AccountId", phone, sealed_text FROM cash_codes
           WHERE id = $1 AND state = 'alive' FOR UPDATE"#,
        code
    )
    .fetch_optional(&mut *conn)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let Some(sealed) = row.sealed_text else { return Ok(None) };
    sqlx::query!("UPDATE cash_codes SET sealed_text = NULL WHERE id = $1", code)
        .execute(conn)
        .await?;
    let sms = keyring.open(PURPOSE, code.as_bytes(), &sealed).map_err(anyhow::Error::from)?;
    let content = serde_json::from_slice(&sms).map_err(anyhow::Error::from)?;
    Ok(Some(CashSms { account: row.account, phone: row.phone, content }))
}

/// Deletes codes that were sent before this time, with the phone numbers. Returns how many, `max` at
/// most. Platform scope.
pub async fn delete_cash_codes(
    conn: &mut PgConnection,
    before: OffsetDateTime,
    max: i64,
) -> Result<u64> {
    let deleted = sqlx::query!(
        "DELETE FROM cash_codes WHERE id IN (
             SELECT id FROM cash_codes WHERE created_at < $1
             ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED
         )",
        before,
        max,
    );
    Ok(deleted.execute(conn).await?.rows_affected())
}
