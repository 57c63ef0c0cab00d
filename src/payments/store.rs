//! Payments and refunds in SQL.

use sqlx::PgConnection;
use time::OffsetDateTime;

use super::state::{PaymentState, RefundState};
use crate::kernel::{AccountId, Error, Money, OrderId, ParcelId, PaymentId, RefundId, Result};

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
    pub card_brand: Option<String>,
    pub card_last4: Option<String>,
    pub failure: Option<String>,
    pub created_at: OffsetDateTime,
    pub updated_at: OffsetDateTime,
}

/// A payment to insert.
#[derive(Debug)]
pub struct NewPayment<'a> {
    pub id: PaymentId,
    pub order: OrderId,
    pub account: AccountId,
    pub gateway: &'a str,
    pub amount: &'a Money,
    pub card_brand: &'a str,
    pub card_last4: &'a str,
}

/// Money that goes back from a payment.
#[derive(Debug, Clone)]
pub struct Refund {
    pub id: RefundId,
    pub order_id: OrderId,
    pub payment_id: PaymentId,
    pub amount_minor: i64,
    pub currency: String,
    pub state: RefundState,
    /// For the shopper.
    pub reason: String,
    /// For SMP's team.
    pub note: String,
    /// Whether its units come back; None: those of what was never shipped.
    pub restock: Option<bool>,
    pub created_at: OffsetDateTime,
    /// The parcel it is for; None: the whole order.
    pub parcel: Option<ParcelId>,
}

/// A refund to insert.
#[derive(Debug)]
pub struct NewRefund<'a> {
    pub id: RefundId,
    pub order: OrderId,
    pub payment: PaymentId,
    pub account: AccountId,
    pub amount: &'a Money,
    pub reason: &'a str,
    pub note: &'a str,
    pub restock: Option<bool>,
    /// The account that requested it; the shopper's own when SMP refunds automatically.
    pub requested_by: AccountId,
    /// The parcel it is for; None: the whole order.
    pub parcel: Option<ParcelId>,
}

macro_rules! payment_rows {
    ($rest:tt $(, $arg:expr)* $(,)?) => {
        sqlx::query_as!(
            Payment,
            r#"SELECT id AS "id: PaymentId", order_id AS "order_id: OrderId", gateway,
               state AS "state: PaymentState", amount_minor, currency, reference, card_brand,
               card_last4, failure, created_at, updated_at FROM payments "# + $rest
            $(, $arg)*
        )
    };
}

macro_rules! refund_rows {
    ($rest:tt $(, $arg:expr)* $(,)?) => {
        sqlx::query_as!(
            Refund,
            r#"SELECT id AS "id: RefundId", order_id AS "order_id: OrderId",
               payment_id AS "payment_id: PaymentId", amount_minor, currency,
               state AS "state: RefundState", reason, note, restock, created_at,
               parcel_id AS "parcel: ParcelId" FROM refunds "# + $rest
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
             card_brand, card_last4, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, '', $7, $8, $9, $9)",
        new.id.0,
        new.order.0,
        new.account.0,
        new.gateway,
        new.amount.amount,
        new.amount.currency,
        new.card_brand,
        new.card_last4,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Moves an open payment to another state; false when it was not open any more.
pub async fn move_payment(
    conn: &mut PgConnection,
    id: PaymentId,
    to: PaymentState,
    reference: Option<&str>,
    failure: Option<&str>,
    now: OffsetDateTime,
) -> Result<bool> {
    let done = sqlx::query!(
        "UPDATE payments SET state = $2, reference = coalesce($3, reference), failure = $4,
             updated_at = $5
         WHERE id = $1 AND state IN ('created', 'requires_action', 'processing')",
        id.0,
        to as PaymentState,
        reference,
        failure,
        now,
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
        "UPDATE payments SET reference = $2, updated_at = $3 WHERE id = $1",
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

/// The payment an order was paid with.
pub async fn succeeded_of_order(
    conn: &mut PgConnection,
    order: OrderId,
) -> Result<Option<Payment>> {
    Ok(payment_rows!("WHERE order_id = $1 AND state = 'succeeded'", order.0)
        .fetch_optional(conn)
        .await?)
}

/// The payments of some orders, oldest first.
pub async fn of_orders(conn: &mut PgConnection, orders: &[uuid::Uuid]) -> Result<Vec<Payment>> {
    Ok(payment_rows!("WHERE order_id = ANY($1) ORDER BY created_at, id LIMIT 5000", orders)
        .fetch_all(conn)
        .await?)
}

/// Inserts a refund, before the gateway is called.
pub async fn refund_create(
    conn: &mut PgConnection,
    new: &NewRefund<'_>,
    now: OffsetDateTime,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO refunds (id, order_id, payment_id, account_id, amount_minor, currency, reason,
             requested_by, created_at, parcel_id, note, restock)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        new.id.0,
        new.order.0,
        new.payment.0,
        new.account.0,
        new.amount.amount,
        new.amount.currency,
        new.reason,
        new.requested_by.0,
        now,
        new.parcel.map(|parcel| parcel.0),
        new.note,
        new.restock,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Settles a refund; false when it was settled already.
pub async fn refund_settle(
    conn: &mut PgConnection,
    id: RefundId,
    to: RefundState,
    now: OffsetDateTime,
) -> Result<bool> {
    let done = sqlx::query!(
        "UPDATE refunds SET state = $2, settled_at = $3
             WHERE id = $1 AND state IN ('requested', 'pending')",
        id.0,
        to as RefundState,
        now,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

pub async fn refund_find(conn: &mut PgConnection, id: RefundId) -> Result<Option<Refund>> {
    Ok(refund_rows!("WHERE id = $1", id.0).fetch_optional(conn).await?)
}

/// The refunds of some orders, oldest first.
pub async fn refunds_of_orders(
    conn: &mut PgConnection,
    orders: &[uuid::Uuid],
) -> Result<Vec<Refund>> {
    Ok(refund_rows!("WHERE order_id = ANY($1) ORDER BY created_at, id LIMIT 5000", orders)
        .fetch_all(conn)
        .await?)
}
