//! Payments in SQL.

use sqlx::{PgConnection, types::Json};
use time::{Duration, OffsetDateTime};

use super::{
    gateway::{Begun, NextAction, PaidWith},
    state::PaymentState,
};
use crate::kernel::{AccountId, Error, Money, OrderId, PaymentId, Result};

/// A payment is looked up by the clock this long after it was recorded at the earliest. The call that
/// begins it has ended by then.
pub const FIRST_LOOK: Duration = Duration::seconds(20);
/// Seconds from one look-up to the next: the n-th, then the last again and again.
pub(super) const LOOK_PAUSES: [f64; 6] = [20.0, 60.0, 120.0, 300.0, 600.0, 1800.0];

/// An attempt to pay an order.
#[derive(Debug, Clone)]
pub struct Payment {
    pub id: PaymentId,
    pub order_id: OrderId,
    pub gateway: String,
    pub state: PaymentState,
    pub amount_minor: i64,
    pub currency: String,
    /// The gateway's own id; empty until it answered.
    pub reference: String,
    pub method_brand: Option<String>,
    pub method_last4: Option<String>,
    /// Why it failed, for the shopper.
    pub failure: Option<String>,
    /// For SMP's team.
    pub note: String,
    /// What the shopper does next.
    pub next_action: Option<Json<NextAction>>,
    /// The holds wait for it until then; None for one from before they did.
    pub wait_until: Option<OffsetDateTime>,
    /// What the gateway kept, in minor units of a currency of its own; None: not known, or none.
    pub fee_minor: Option<i64>,
    pub fee_currency: Option<String>,
    pub created_at: OffsetDateTime,
    pub updated_at: OffsetDateTime,
}

impl Payment {
    /// What was asked for.
    pub fn amount(&self) -> Money {
        Money::new(self.amount_minor, &self.currency)
    }

    /// What the gateway kept; None: not known, or none.
    pub fn fee(&self) -> Option<Money> {
        let (amount, currency) = (self.fee_minor?, self.fee_currency.as_ref()?);
        Some(Money::new(amount, currency))
    }

    /// As gateways are asked about it.
    pub fn begun(&self) -> Begun {
        Begun { payment: self.id, reference: self.reference.clone(), amount: self.amount() }
    }
}

/// A payment to insert.
#[derive(Debug)]
pub struct NewPayment<'a> {
    pub id: PaymentId,
    pub order: OrderId,
    pub account: AccountId,
    pub gateway: &'a str,
    pub amount: &'a Money,
    pub wait_until: OffsetDateTime,
}

/// Where a payment moves.
#[derive(Debug)]
pub struct PaymentMove<'a> {
    pub to: PaymentState,
    /// The gateway's own id; empty: as it was.
    pub reference: &'a str,
    pub method: Option<&'a PaidWith>,
    pub action: Option<&'a NextAction>,
    pub failure: Option<&'a str>,
    /// For SMP's team; empty: as it was.
    pub note: &'a str,
}

impl PaymentMove<'_> {
    /// A move that says nothing else.
    pub fn to(to: PaymentState) -> Self {
        Self { to, reference: "", method: None, action: None, failure: None, note: "" }
    }
}

macro_rules! payment_rows {
    ($rest:tt $(, $arg:expr)* $(,)?) => {
        sqlx::query_as!(
            Payment,
            r#"SELECT id AS "id: PaymentId", order_id AS "order_id: OrderId", gateway,
               state AS "state: PaymentState", amount_minor, currency, reference, method_brand,
               method_last4, failure, note, next_action AS "next_action: Json<NextAction>",
               wait_until, fee_minor, fee_currency, created_at, updated_at FROM payments "# + $rest
            $(, $arg)*
        )
    };
}

/// Inserts a payment, before the gateway is called.
pub async fn create(
    conn: &mut PgConnection,
    new: &NewPayment<'_>,
    now: OffsetDateTime,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO payments (id, order_id, account_id, gateway, amount_minor, currency, reference,
             created_at, updated_at, check_at, wait_until)
         VALUES ($1, $2, $3, $4, $5, $6, '', $7, $7, $8, $9)",
        new.id.0,
        new.order.0,
        new.account.0,
        new.gateway,
        new.amount.amount,
        new.amount.currency,
        now,
        now + FIRST_LOOK,
        new.wait_until,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Moves a payment that is neither settled nor, unless `over` says so, over; false when it was. The
/// order's lock is held.
pub async fn move_payment(
    conn: &mut PgConnection,
    id: PaymentId,
    change: &PaymentMove<'_>,
    over: bool,
    now: OffsetDateTime,
) -> Result<bool> {
    let done = sqlx::query!(
        "UPDATE payments SET state = $2, reference = CASE WHEN $3 = '' THEN reference ELSE $3 END,
             failure = $4, method_brand = coalesce($5, method_brand),
             method_last4 = coalesce($6, method_last4), next_action = $7,
             note = CASE WHEN $8 = '' THEN note ELSE $8 END, updated_at = $9,
             check_at = CASE WHEN $2 IN ('created', 'requires_action', 'processing')
                 THEN check_at END
         WHERE id = $1 AND (state IN ('created', 'requires_action', 'processing')
             OR $10 AND state IN ('failed', 'cancelled'))",
        id.0,
        change.to as PaymentState,
        change.reference,
        change.failure,
        change.method.map(|method| method.brand.as_str()),
        change.method.map(|method| method.last4.as_str()).filter(|last4| !last4.is_empty()),
        change.action.map(Json) as Option<Json<&NextAction>>,
        change.note,
        now,
        over,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Records the gateway's id of a payment that was abandoned before the gateway answered, so that it
/// can be voided.
pub async fn record_reference(
    conn: &mut PgConnection,
    id: PaymentId,
    reference: &str,
    now: OffsetDateTime,
) -> Result<()> {
    sqlx::query!(
        "UPDATE payments SET reference = $2, updated_at = $3 WHERE id = $1 AND $2 <> ''",
        id.0,
        reference,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn find(conn: &mut PgConnection, id: PaymentId) -> Result<Payment> {
    payment_rows!("WHERE id = $1", id.0)
        .fetch_optional(conn)
        .await?
        .ok_or(Error::NotFound("payment"))
}

/// The open payments of some orders.
pub async fn open_of_orders(
    conn: &mut PgConnection,
    orders: &[uuid::Uuid],
) -> Result<Vec<Payment>> {
    Ok(payment_rows!(
        "WHERE order_id = ANY($1) AND state IN ('created', 'requires_action', 'processing')
         ORDER BY created_at LIMIT 5000",
        orders
    )
    .fetch_all(conn)
    .await?)
}

/// The payment that a gateway knows by this id of its own.
pub async fn by_reference(
    conn: &mut PgConnection,
    gateway: &str,
    reference: &str,
) -> Result<Option<Payment>> {
    Ok(payment_rows!(
        "WHERE reference = $2 AND gateway = $1 ORDER BY created_at LIMIT 1",
        gateway,
        reference
    )
    .fetch_optional(conn)
    .await?)
}

/// The payment whose money an order was paid with.
pub async fn succeeded_of_order(
    conn: &mut PgConnection,
    order: OrderId,
) -> Result<Option<Payment>> {
    Ok(payment_rows!("WHERE order_id = $1 AND state IN ('succeeded', 'collected')", order.0)
        .fetch_optional(conn)
        .await?)
}

/// The payments of some orders, oldest first.
pub async fn of_orders(conn: &mut PgConnection, orders: &[uuid::Uuid]) -> Result<Vec<Payment>> {
    Ok(payment_rows!("WHERE order_id = ANY($1) ORDER BY created_at, id LIMIT 5000", orders)
        .fetch_all(conn)
        .await?)
}

/// Open payments that are due to be looked up, at most `limit`. Each is due again later, so that one
/// that this process does not get to is another's. Skips those that another node is taking.
pub async fn claim_due(
    conn: &mut PgConnection,
    now: OffsetDateTime,
    limit: i64,
) -> Result<Vec<Payment>> {
    let ids = sqlx::query_scalar!(
        "WITH due AS (
             SELECT id FROM payments
             WHERE check_at <= $1 AND state IN ('created', 'requires_action', 'processing')
             ORDER BY check_at LIMIT $2 FOR UPDATE SKIP LOCKED
         )
         UPDATE payments p SET looks = looks + 1, check_at =
             $1 + make_interval(secs => ($3::float8[])[least(looks + 1, cardinality($3::float8[]))])
         FROM due WHERE p.id = due.id RETURNING p.id",
        now,
        limit,
        &LOOK_PAUSES[..],
    )
    .fetch_all(&mut *conn)
    .await?;
    Ok(payment_rows!("WHERE id = ANY($1) ORDER BY created_at LIMIT 5000", &ids)
        .fetch_all(conn)
        .await?)
}

/// Has an open payment looked up at once.
pub async fn look_at_now(
    conn: &mut PgConnection,
    id: PaymentId,
    now: OffsetDateTime,
) -> Result<()> {
    sqlx::query!("UPDATE payments SET check_at = $2 WHERE id = $1 AND check_at > $2", id.0, now)
        .execute(conn)
        .await?;
    Ok(())
}
