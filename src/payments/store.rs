//! Payments in SQL.

use std::collections::HashSet;

use sqlx::{PgConnection, types::Json};
use time::OffsetDateTime;

use super::{
    gateway::{Begun, NextAction, PaidWith},
    state::{PaymentPart, PaymentState},
};
use crate::kernel::{AccountId, Error, Money, OrderId, PaymentId, Result};

/// Seconds from one look-up to the next: the n-th, then the last again and again.
pub(super) const LOOK_PAUSES: [f64; 6] = [20.0, 60.0, 120.0, 300.0, 600.0, 1800.0];

/// An attempt to pay an order.
#[derive(Debug, Clone)]
pub struct Payment {
    pub id: PaymentId,
    pub order_id: OrderId,
    pub gateway: String,
    pub state: PaymentState,
    /// What of the order it is for.
    pub part: PaymentPart,
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
    pub part: PaymentPart,
    pub amount: &'a Money,
    /// When it is looked up first. The call that begins it has ended by then.
    pub look_at: OffsetDateTime,
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
               state AS "state: PaymentState", part AS "part: PaymentPart", amount_minor, currency, reference, method_brand,
               method_last4, failure, note, next_action AS "next_action: Json<NextAction>",
               wait_until, fee_minor, fee_currency, created_at, updated_at FROM payments "# + $rest
            $(, $arg)*
        )
    };
}

/// Inserts payments, before their gateways are called.
pub async fn create_all(
    conn: &mut PgConnection,
    new: &[NewPayment<'_>],
    now: OffsetDateTime,
) -> Result<()> {
    fn column<T>(new: &[NewPayment<'_>], of: impl Fn(&NewPayment<'_>) -> T) -> Vec<T> {
        new.iter().map(of).collect()
    }
    sqlx::query!(
        "INSERT INTO payments (id, order_id, account_id, gateway, amount_minor, currency, reference,
             created_at, updated_at, check_at, wait_until, part)
         SELECT p.id, p.order_id, p.account_id, p.gateway, p.amount, p.currency, '', $1, $1,
             p.look_at, p.wait_until, p.part
         FROM UNNEST($2::timestamptz[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::bigint[],
                     $8::text[], $9::timestamptz[], $10::text[])
              AS p (look_at, id, order_id, account_id, gateway, amount, currency, wait_until, part)",
        now,
        &column(new, |new| new.look_at),
        &column(new, |new| new.id.0),
        &column(new, |new| new.order.0),
        &column(new, |new| new.account.0),
        &column(new, |new| new.gateway.to_owned()),
        &column(new, |new| new.amount.amount),
        &column(new, |new| new.amount.currency.clone()),
        &column(new, |new| new.wait_until),
        &column(new, |new| new.part) as &[PaymentPart],
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

/// Moves payments that are not settled to a settled state. Takes state, reference and method of each
/// move. An error unless all of them moved; their
/// orders' locks are held.
pub async fn settle_payments(
    conn: &mut PgConnection,
    moves: &[(PaymentId, PaymentMove<'_>)],
    now: OffsetDateTime,
) -> Result<()> {
    let ids: Vec<uuid::Uuid> = moves.iter().map(|(id, _)| id.0).collect();
    let states: Vec<&str> = moves.iter().map(|(_, change)| change.to.into()).collect();
    let references: Vec<&str> = moves.iter().map(|(_, change)| change.reference).collect();
    let brands: Vec<Option<String>> =
        moves.iter().map(|(_, change)| change.method.map(|method| method.brand.clone())).collect();
    let last4s: Vec<Option<String>> = moves
        .iter()
        .map(|(_, change)| change.method.map(|method| method.last4.clone()))
        .map(|last4| last4.filter(|last4| !last4.is_empty()))
        .collect();
    let done = sqlx::query!(
        "UPDATE payments p SET state = m.state,
             reference = CASE WHEN m.reference = '' THEN p.reference ELSE m.reference END,
             failure = NULL, method_brand = coalesce(m.brand, p.method_brand),
             method_last4 = coalesce(m.last4, p.method_last4), next_action = NULL,
             updated_at = $6, check_at = NULL
         FROM UNNEST($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[])
              AS m (id, state, reference, brand, last4)
         WHERE p.id = m.id
           AND p.state IN ('created', 'requires_action', 'processing', 'failed', 'cancelled')",
        &ids,
        &states as &[&str],
        &references as &[&str],
        &brands as &[Option<String>],
        &last4s as &[Option<String>],
        now,
    )
    .execute(conn)
    .await?;
    if done.rows_affected() != moves.len() as u64 {
        return Err(anyhow::anyhow!("a payment was settled without its order's lock").into());
    }
    Ok(())
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

/// Some payments, in no order. One that does not exist is left out.
pub async fn find_all(conn: &mut PgConnection, ids: &[PaymentId]) -> Result<Vec<Payment>> {
    let ids: Vec<uuid::Uuid> = ids.iter().map(|id| id.0).collect();
    Ok(payment_rows!("WHERE id = ANY($1) LIMIT 5000", &ids).fetch_all(conn).await?)
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

/// A payment whose money an order was paid with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PaidPart {
    pub payment: PaymentId,
    /// What is not refunded of it, nor on its way back; in minor units.
    pub left_minor: i64,
}

/// The payments whose money an order was paid with, newest first: two when the rest of it was paid
/// after a deposit.
pub async fn paid_parts(conn: &mut PgConnection, order: OrderId) -> Result<Vec<PaidPart>> {
    let rows = sqlx::query_as!(
        PaidPart,
        r#"SELECT p.id AS "payment: PaymentId", (p.amount_minor - coalesce((
               SELECT sum(r.amount_minor) FROM refunds r
               WHERE r.payment_id = p.id AND r.state <> 'failed' AND NOT r.surplus
           ), 0))::bigint AS "left_minor!"
           FROM payments p
           WHERE p.order_id = $1 AND p.state IN ('succeeded', 'collected')
           ORDER BY p.part = 'rest' DESC, p.created_at DESC, p.id"#,
        order.0,
    );
    Ok(rows.fetch_all(conn).await?)
}

/// Those of some orders of which anything was paid, by a gateway or at the door. Platform scope.
pub async fn paid_orders(
    conn: &mut PgConnection,
    orders: &[uuid::Uuid],
) -> Result<HashSet<OrderId>> {
    let found = sqlx::query_scalar!(
        r#"SELECT DISTINCT order_id AS "order: OrderId" FROM payments
           WHERE order_id = ANY($1) AND state IN ('succeeded', 'collected')"#,
        orders,
    );
    Ok(found.fetch_all(conn).await?.into_iter().collect())
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
