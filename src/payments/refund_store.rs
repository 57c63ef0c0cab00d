//! Refunds in SQL.

use std::collections::HashSet;

use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::{state::RefundState, store::LOOK_PAUSES};
use crate::kernel::{AccountId, Money, OrderId, ParcelId, PaymentId, RefundId, Result};

/// A refund that its gateway works on is looked up after this.
const PENDING_LOOK: Duration = Duration::seconds(20);

/// Money that goes back from a payment.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts about a refund")]
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
    /// When it succeeded, failed or was paid another way.
    pub settled_at: Option<OffsetDateTime>,
    /// The parcel it is for; None: the whole order.
    pub parcel: Option<ParcelId>,
    /// The gateway's own id; empty until it gave one.
    pub reference: String,
    /// Of money that paid for nothing: the order was not paid with it.
    pub surplus: bool,
    /// It was refused, and another refund is the next try of it.
    pub retried: bool,
    /// It, or the one it is another try of, was made once, and the money came back. Its units, vouchers, credit
    /// notes and figures followed then, so nothing but its money moves now.
    pub made_before: bool,
    /// Everything of its order had been given back when its money came back, so all units had been moved.
    pub emptied_order: bool,
}

impl Refund {
    pub fn amount(&self) -> Money {
        Money::new(self.amount_minor, &self.currency)
    }

    /// Whether its units are refunded: it was made, though its money may have come back. Of several tries of one
    /// refund the last counts.
    pub fn has_units(&self) -> bool {
        (self.state.is_done() || self.made_before) && !self.retried
    }
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
    /// Of money that paid for nothing: the order was not paid with it.
    pub surplus: bool,
}

macro_rules! refund_rows {
    ($rest:tt $(, $arg:expr)* $(,)?) => {
        sqlx::query_as!(
            Refund,
            r#"SELECT id AS "id: RefundId", order_id AS "order_id: OrderId",
               payment_id AS "payment_id: PaymentId", amount_minor, currency,
               state AS "state: RefundState", reason, note, restock, created_at, settled_at,
               parcel_id AS "parcel: ParcelId", reference, surplus,
               retried_as IS NOT NULL AS "retried!", made_before,
               emptied_order FROM refunds "# + $rest
            $(, $arg)*
        )
    };
}

/// Inserts a refund, before the gateway is called.
pub async fn refund_create(
    conn: &mut PgConnection,
    new: &NewRefund<'_>,
    now: OffsetDateTime,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO refunds (id, order_id, payment_id, account_id, amount_minor, currency, reason,
             requested_by, created_at, parcel_id, note, restock, surplus)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
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
        new.surplus,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Settles a refund; false when it was settled already. An empty reference leaves it as it was.
pub async fn refund_settle(
    conn: &mut PgConnection,
    id: RefundId,
    to: RefundState,
    reference: &str,
    now: OffsetDateTime,
) -> Result<bool> {
    let done = sqlx::query!(
        "UPDATE refunds SET state = $2, settled_at = $3, check_at = NULL,
             reference = CASE WHEN $4 = '' THEN reference ELSE $4 END
         WHERE id = $1 AND state IN ('requested', 'pending')",
        id.0,
        to as RefundState,
        now,
        reference,
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

/// Notes that the gateway works on a refund: it is looked up again.
pub async fn refund_pending(
    conn: &mut PgConnection,
    id: RefundId,
    reference: &str,
    now: OffsetDateTime,
) -> Result<()> {
    sqlx::query!(
        "UPDATE refunds SET state = 'pending', check_at = CASE WHEN check_at > $3 THEN check_at ELSE $4 END,
             reference = CASE WHEN $2 = '' THEN reference ELSE $2 END
         WHERE id = $1 AND state IN ('requested', 'pending')",
        id.0,
        reference,
        now,
        now + PENDING_LOOK,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Pending refunds that are due to be looked up, at most `limit`. Each is due again later. Skips those
/// that another node is taking.
pub async fn claim_pending_refunds(
    conn: &mut PgConnection,
    now: OffsetDateTime,
    limit: i64,
) -> Result<Vec<RefundId>> {
    let ids = sqlx::query_scalar!(
        r#"WITH due AS (
             SELECT id FROM refunds WHERE check_at <= $1 AND state = 'pending'
             ORDER BY check_at LIMIT $2 FOR UPDATE SKIP LOCKED
         )
         UPDATE refunds r SET looks = looks + 1, check_at =
             $1 + make_interval(secs => ($3::float8[])[least(looks + 1, cardinality($3::float8[]))])
         FROM due WHERE r.id = due.id RETURNING r.id AS "id: RefundId""#,
        now,
        limit,
        &LOOK_PAUSES[..],
    );
    Ok(ids.fetch_all(conn).await?)
}

/// Has a pending refund looked up at once.
pub async fn look_at_refund_now(
    conn: &mut PgConnection,
    id: RefundId,
    now: OffsetDateTime,
) -> Result<()> {
    sqlx::query!("UPDATE refunds SET check_at = $2 WHERE id = $1 AND check_at > $2", id.0, now)
        .execute(conn)
        .await?;
    Ok(())
}

/// Those of some payments whose money, taken for nothing, was returned, or is on its way.
pub async fn returned_among(
    conn: &mut PgConnection,
    payments: &[PaymentId],
) -> Result<HashSet<PaymentId>> {
    let ids: Vec<Uuid> = payments.iter().map(|payment| payment.0).collect();
    let returned = sqlx::query_scalar!(
        r#"SELECT payment_id AS "payment: PaymentId" FROM refunds
           WHERE payment_id = ANY($1) AND surplus"#,
        &ids,
    );
    Ok(returned.fetch_all(conn).await?.into_iter().collect())
}
