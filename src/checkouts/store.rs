//! Checkouts in SQL.

use sqlx::{PgConnection, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{fields::TypedFields, state::CheckoutState};
use crate::kernel::{AccountId, CheckoutId, Error, HoldId, Result};

/// Open checkouts of one account, at most.
const OPEN_MAX: i64 = 10;

/// Holds that are to be ordered together, with what was typed.
#[derive(Debug, Clone)]
pub struct CheckoutRow {
    pub id: CheckoutId,
    pub state: CheckoutState,
    pub currency: String,
    /// Ascending.
    pub hold_ids: Vec<Uuid>,
    pub fields: Json<TypedFields>,
    pub version: i32,
    /// Of the order that it became.
    pub order_number: Option<String>,
    pub created_at: OffsetDateTime,
    /// When something was typed, or it was placed.
    pub updated_at: OffsetDateTime,
}

impl CheckoutRow {
    pub fn has(&self, hold: HoldId) -> bool {
        self.hold_ids.contains(&hold.0)
    }
}

macro_rules! checkout_rows {
    ($rest:tt $(, $arg:expr)* $(,)?) => {
        sqlx::query_as!(
            CheckoutRow,
            r#"SELECT id AS "id: CheckoutId", state AS "state: CheckoutState", currency, hold_ids,
               fields AS "fields: Json<TypedFields>", version, order_number, created_at, updated_at
               FROM checkouts "# + $rest
            $(, $arg)*
        )
    };
}

/// Serialises the opening of checkouts of an account, so that two clicks make one.
pub async fn lock(conn: &mut PgConnection, account: AccountId) -> Result<()> {
    sqlx::query!(
        "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))",
        format!("checkouts of {account}")
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A shopper's checkout.
pub async fn of_account(
    conn: &mut PgConnection,
    account: AccountId,
    id: CheckoutId,
) -> Result<CheckoutRow> {
    checkout_rows!("WHERE account_id = $1 AND id = $2", account.0, id.0)
        .fetch_optional(conn)
        .await?
        .ok_or(Error::NotFound("checkout"))
}

/// A shopper's checkout, locked until the transaction ends.
pub async fn lock_of_account(
    conn: &mut PgConnection,
    account: AccountId,
    id: CheckoutId,
) -> Result<CheckoutRow> {
    checkout_rows!("WHERE account_id = $1 AND id = $2 FOR UPDATE", account.0, id.0)
        .fetch_optional(conn)
        .await?
        .ok_or(Error::NotFound("checkout"))
}

/// A shopper's open checkouts, the one that was changed last first.
pub async fn list_open(conn: &mut PgConnection, account: AccountId) -> Result<Vec<CheckoutRow>> {
    Ok(checkout_rows!(
        "WHERE account_id = $1 AND state = 'open' ORDER BY updated_at DESC, id DESC LIMIT $2",
        account.0,
        OPEN_MAX
    )
    .fetch_all(conn)
    .await?)
}

/// The open checkout of exactly these holds, which ascend.
pub async fn open_with(
    conn: &mut PgConnection,
    account: AccountId,
    holds: &[Uuid],
) -> Result<Option<CheckoutRow>> {
    Ok(checkout_rows!(
        "WHERE account_id = $1 AND state = 'open' AND hold_ids = $2 LIMIT 1",
        account.0,
        holds
    )
    .fetch_optional(conn)
    .await?)
}

/// The checkout that was changed last, in any state.
pub async fn newest(conn: &mut PgConnection, account: AccountId) -> Result<Option<CheckoutRow>> {
    Ok(checkout_rows!("WHERE account_id = $1 ORDER BY updated_at DESC, id DESC LIMIT 1", account.0)
        .fetch_optional(conn)
        .await?)
}

/// Inserts an open checkout.
pub async fn insert(conn: &mut PgConnection, account: AccountId, row: &CheckoutRow) -> Result<()> {
    sqlx::query!(
        "INSERT INTO checkouts (id, account_id, currency, hold_ids, fields, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        row.id.0,
        account.0,
        row.currency,
        &row.hold_ids,
        &row.fields as &Json<TypedFields>,
        row.created_at,
        row.updated_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Abandons the account's other open checkouts: those that have one of these holds, and the oldest
/// beyond [`OPEN_MAX`].
pub async fn abandon_others(
    conn: &mut PgConnection,
    account: AccountId,
    kept: &CheckoutRow,
) -> Result<()> {
    sqlx::query!(
        "UPDATE checkouts SET state = 'abandoned'
         WHERE account_id = $1 AND state = 'open' AND id <> $2 AND (
             hold_ids && $3 OR id NOT IN (
                 SELECT id FROM checkouts WHERE account_id = $1 AND state = 'open'
                 ORDER BY created_at DESC, id DESC LIMIT $4))",
        account.0,
        kept.id.0,
        &kept.hold_ids,
        OPEN_MAX,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Adds what was typed to what was typed before, field by field, unless the checkout is placed.
pub async fn save(
    conn: &mut PgConnection,
    account: AccountId,
    id: CheckoutId,
    fields: &TypedFields,
    now: OffsetDateTime,
) -> Result<()> {
    sqlx::query!(
        "UPDATE checkouts SET fields = fields || $3, version = version + 1, updated_at = $4
         WHERE account_id = $1 AND id = $2 AND state <> 'placed'",
        account.0,
        id.0,
        Json(fields) as Json<&TypedFields>,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// → `placed`. A checkout that is placed already keeps its order.
pub async fn set_placed(
    conn: &mut PgConnection,
    account: AccountId,
    id: CheckoutId,
    order_number: &str,
    now: OffsetDateTime,
) -> Result<()> {
    sqlx::query!(
        "UPDATE checkouts SET state = 'placed', order_number = $3, version = version + 1,
             updated_at = $4
         WHERE account_id = $1 AND id = $2 AND state <> 'placed'",
        account.0,
        id.0,
        order_number,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// `open` → `abandoned`.
pub async fn set_abandoned(
    conn: &mut PgConnection,
    account: AccountId,
    id: CheckoutId,
) -> Result<()> {
    sqlx::query!(
        "UPDATE checkouts SET state = 'abandoned'
         WHERE account_id = $1 AND id = $2 AND state = 'open'",
        account.0,
        id.0
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The payment method that was typed last in a checkout of this order.
pub async fn payment_method_of(
    conn: &mut PgConnection,
    account: AccountId,
    order_number: &str,
) -> Result<Option<String>> {
    let found = sqlx::query_scalar!(
        r#"SELECT fields->>'payment_method' AS "method!" FROM checkouts
           WHERE account_id = $1 AND order_number = $2 AND fields->>'payment_method' <> ''
           ORDER BY updated_at DESC LIMIT 1"#,
        account.0,
        order_number
    );
    Ok(found.fetch_optional(conn).await?)
}
