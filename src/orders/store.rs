//! Orders in SQL.

use std::collections::BTreeSet;

use serde_json::json;
use sqlx::{PgConnection, types::Json};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::{
    address::Address,
    history::{self, HistoryKind, HistoryStep},
    lines, number,
    pending_events::PendingEvent,
    state::{CancelReason, OrderState},
};
use crate::{
    access::Actor,
    kernel::{AccountId, Error, OrderId, PageQuery, ParcelId, Result, TenantId},
};

/// Unpaid orders of one shopper that are looked at, at most. Older ones are overdue and cancelled
/// by a job.
const UNPAID_ORDERS_MAX: i64 = 20;

/// What a shopper bought, or is about to buy.
#[derive(Debug, Clone)]
pub struct Order {
    pub id: OrderId,
    pub account: AccountId,
    pub number: String,
    pub state: OrderState,
    pub email: String,
    pub shipping_address: Json<Address>,
    pub phone: String,
    pub billing_address: Option<Json<Address>>,
    pub vat_id: String,
    pub currency: String,
    pub total_minor: i64,
    /// What of it is due after the deposit. `deposit` says what follows from it.
    pub rest_minor: i64,
    pub rest_due_on: Option<Date>,
    pub rest_paid_at: Option<OffsetDateTime>,
    /// What of the deposit is not refunded when the rest is not paid.
    pub kept_minor: i64,
    pub refunded_minor: i64,
    pub pay_by: OffsetDateTime,
    pub created_at: OffsetDateTime,
    pub confirmed_at: Option<OffsetDateTime>,
    /// None for an order that was cancelled before reasons were kept.
    pub cancel_reason: Option<CancelReason>,
}

macro_rules! order_rows {
    ($rest:tt $(, $arg:expr)* $(,)?) => {
        sqlx::query_as!(
            Order,
            r#"SELECT id AS "id: OrderId", account_id AS "account: AccountId", number,
               state AS "state: OrderState", email,
               shipping_address AS "shipping_address: Json<Address>", phone,
               billing_address AS "billing_address: Json<Address>", vat_id, currency, total_minor,
               rest_minor, rest_due_on, rest_paid_at, kept_minor, refunded_minor, pay_by,
               created_at, confirmed_at,
               cancel_reason AS "cancel_reason: CancelReason" FROM orders "# + $rest
            $(, $arg)*
        )
    };
}

/// Serialises the checkouts of each of some accounts, so that two clicks make one order. They are
/// locked in the order of their ids.
pub async fn lock_checkouts(conn: &mut PgConnection, accounts: &[AccountId]) -> Result<()> {
    let mut keys: Vec<String> = accounts.iter().map(|id| format!("checkout {id}")).collect();
    keys.sort_unstable();
    sqlx::query!(
        "SELECT pg_advisory_xact_lock(hashtextextended(key, 0))
         FROM UNNEST($1::text[]) WITH ORDINALITY AS sorted (key, nth) ORDER BY nth",
        &keys,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A shopper's order.
pub async fn of_account(
    conn: &mut PgConnection,
    account: AccountId,
    number: &str,
) -> Result<Order> {
    order_rows!("WHERE account_id = $1 AND number = $2", account.0, number::stored(number))
        .fetch_optional(conn)
        .await?
        .ok_or(Error::NotFound("order"))
}

pub async fn by_number(conn: &mut PgConnection, number: &str) -> Result<Order> {
    order_rows!("WHERE number = $1", number::stored(number))
        .fetch_optional(conn)
        .await?
        .ok_or(Error::NotFound("order"))
}

pub async fn by_id(conn: &mut PgConnection, id: OrderId) -> Result<Order> {
    order_rows!("WHERE id = $1", id.0).fetch_optional(conn).await?.ok_or(Error::NotFound("order"))
}

/// Some orders.
pub async fn by_ids(conn: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<Order>> {
    Ok(order_rows!("WHERE id = ANY($1) LIMIT 1000", ids).fetch_all(conn).await?)
}

/// A shopper's order, locked until the transaction ends.
pub async fn lock_of_account(
    conn: &mut PgConnection,
    account: AccountId,
    number: &str,
) -> Result<Order> {
    order_rows!(
        "WHERE account_id = $1 AND number = $2 FOR UPDATE",
        account.0,
        number::stored(number)
    )
    .fetch_optional(conn)
    .await?
    .ok_or(Error::NotFound("order"))
}

pub async fn lock_by_number(conn: &mut PgConnection, number: &str) -> Result<Order> {
    order_rows!("WHERE number = $1 FOR UPDATE", number::stored(number))
        .fetch_optional(conn)
        .await?
        .ok_or(Error::NotFound("order"))
}

pub async fn lock(conn: &mut PgConnection, id: OrderId) -> Result<Order> {
    order_rows!("WHERE id = $1 FOR UPDATE", id.0)
        .fetch_optional(conn)
        .await?
        .ok_or(Error::NotFound("order"))
}

/// Orders with these numbers, as far as they are of these accounts, locked in the order of their ids.
pub async fn lock_of_accounts(
    conn: &mut PgConnection,
    accounts: &[AccountId],
    numbers: &[String],
) -> Result<Vec<Order>> {
    let ids: Vec<Uuid> = accounts.iter().map(|account| account.0).collect();
    Ok(order_rows!(
        "WHERE number = ANY($2) AND account_id = ANY($1) ORDER BY id FOR UPDATE",
        &ids,
        numbers
    )
    .fetch_all(conn)
    .await?)
}

/// Some orders, locked in the order of their ids. One that does not exist is left out.
pub async fn lock_all(conn: &mut PgConnection, orders: &[OrderId]) -> Result<Vec<Order>> {
    let ids: Vec<Uuid> = orders.iter().map(|order| order.0).collect();
    Ok(order_rows!("WHERE id = ANY($1) ORDER BY id FOR UPDATE", &ids).fetch_all(conn).await?)
}

/// The unpaid orders of some shoppers, the newest of each, locked in the order of their ids.
pub async fn lock_unpaid(conn: &mut PgConnection, accounts: &[AccountId]) -> Result<Vec<Order>> {
    let ids: Vec<Uuid> = accounts.iter().map(|account| account.0).collect();
    Ok(order_rows!(
        "WHERE state = 'awaiting_payment' AND id IN (
             SELECT newest.id FROM UNNEST($1::uuid[]) AS asked (account), LATERAL (
                 SELECT o.id FROM orders o
                 WHERE o.account_id = asked.account AND o.state = 'awaiting_payment'
                 ORDER BY o.created_at DESC LIMIT $2
             ) AS newest
         ) ORDER BY id FOR UPDATE",
        &ids,
        UNPAID_ORDERS_MAX
    )
    .fetch_all(conn)
    .await?)
}

/// Unpaid orders whose time to pay ended before `before`, locked. Skips those that another node has
/// locked.
pub async fn lock_overdue(
    conn: &mut PgConnection,
    before: OffsetDateTime,
    limit: i64,
) -> Result<Vec<Order>> {
    Ok(order_rows!(
        "WHERE state = 'awaiting_payment' AND pay_by < $1
         ORDER BY pay_by LIMIT $2 FOR UPDATE SKIP LOCKED",
        before,
        limit
    )
    .fetch_all(conn)
    .await?)
}

/// A shopper's orders, newest first.
pub async fn list_of_account(
    conn: &mut PgConnection,
    account: AccountId,
    page: &PageQuery,
) -> Result<Vec<Order>> {
    Ok(order_rows!(
        "WHERE account_id = $1 AND (created_at, id) < ($2, $3)
         ORDER BY created_at DESC, id DESC LIMIT $4",
        account.0,
        page.before_at(),
        page.before_id(),
        page.fetch(),
    )
    .fetch_all(conn)
    .await?)
}

/// Orders whose number, email or customer name contains `q`, newest first. A whole number is found
/// however it is typed.
pub async fn search(
    conn: &mut PgConnection,
    q: Option<&str>,
    state: Option<OrderState>,
    page: &PageQuery,
) -> Result<Vec<Order>> {
    Ok(order_rows!(
        "WHERE ($1::text IS NULL OR strpos(lower(number), $1) > 0 OR strpos(email, $1) > 0
                OR strpos(lower(shipping_address->>'name'), $1) > 0 OR number = $6)
           AND ($2::text IS NULL OR state = $2) AND (created_at, id) < ($3, $4)
         ORDER BY created_at DESC, id DESC LIMIT $5",
        q.map(str::trim).filter(|q| !q.is_empty()).map(str::to_lowercase),
        state as Option<OrderState>,
        page.before_at(),
        page.before_id(),
        page.fetch(),
        q.and_then(number::parse),
    )
    .fetch_all(conn)
    .await?)
}

/// `awaiting_payment` → `confirmed`, their parcels → `to_ship`. A parcel of vouchers and reservations
/// has nothing to ship: it is delivered with its confirmation, and an order of such parcels only is
/// fulfilled. An error unless all of them were awaiting payment; they are locked.
pub async fn confirm(
    conn: &mut PgConnection,
    orders: &[OrderId],
    now: OffsetDateTime,
) -> Result<()> {
    let ids: Vec<Uuid> = orders.iter().map(|order| order.0).collect();
    let confirmed = sqlx::query!(
        "UPDATE orders o SET confirmed_at = $2, state = CASE WHEN EXISTS (
             SELECT FROM order_lines l
             WHERE l.order_id = o.id AND l.voucher_valid_days IS NULL AND l.slot_starts_on IS NULL
         ) THEN 'confirmed' ELSE 'fulfilled' END
         WHERE id = ANY($1) AND state = 'awaiting_payment'",
        &ids,
        now
    )
    .execute(&mut *conn)
    .await?;
    if confirmed.rows_affected() != ids.len() as u64 {
        return Err(anyhow::anyhow!("an order was confirmed without its lock").into());
    }
    sqlx::query!(
        "UPDATE parcels p SET state = CASE WHEN EXISTS (
             SELECT FROM order_lines l
             WHERE l.order_id = p.order_id AND l.tenant_id = p.tenant_id AND l.parcel_id = p.id
               AND l.voucher_valid_days IS NULL AND l.slot_starts_on IS NULL
         ) THEN 'to_ship' ELSE 'delivered' END
         WHERE state = 'awaiting_payment' AND (tenant_id, order_id) IN (
             SELECT tenant_id, order_id FROM order_lines WHERE order_id = ANY($1))",
        &ids,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Corrects until when an unpaid order can be paid.
pub async fn set_pay_by(
    conn: &mut PgConnection,
    id: OrderId,
    pay_by: OffsetDateTime,
) -> Result<()> {
    sqlx::query!(
        "UPDATE orders SET pay_by = $2 WHERE id = $1 AND state = 'awaiting_payment'",
        id.0,
        pay_by
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// `awaiting_payment` → `cancelled`; returns the events to publish. The parcels keep their state:
/// no provider ever saw them.
pub async fn cancel(
    conn: &mut PgConnection,
    orders: &[Order],
    reason: CancelReason,
) -> Result<Vec<PendingEvent>> {
    let ids: Vec<Uuid> = orders.iter().map(|order| order.id.0).collect();
    sqlx::query!(
        "UPDATE orders SET state = 'cancelled', cancel_reason = $2
         WHERE id = ANY($1) AND state = 'awaiting_payment'",
        &ids,
        reason as CancelReason,
    )
    .execute(&mut *conn)
    .await?;
    record_cancelled(conn, orders, reason).await?;
    let parcels: BTreeSet<(TenantId, OrderId)> =
        lines::of_orders(conn, &ids).await?.iter().map(|line| (line.tenant, line.order)).collect();
    let cancelled = parcels.into_iter().filter_map(|(tenant, id)| {
        let order = orders.iter().find(|order| order.id == id)?;
        let payload = json!({
            "order_id": order.id,
            "order_number": order.number,
            "account_id": order.account,
            "reason": <&str>::from(reason),
        });
        Some(PendingEvent { tenant, kind: "order.cancelled", payload })
    });
    Ok(cancelled.collect())
}

/// Records that orders were cancelled, by the one who is behind the reason.
pub async fn record_cancelled(
    conn: &mut PgConnection,
    orders: &[Order],
    reason: CancelReason,
) -> Result<()> {
    let step = |order: &Order| HistoryStep {
        order: order.id,
        actor: match reason {
            CancelReason::Shopper | CancelReason::Replaced => Actor::Account(order.account),
            CancelReason::Lapsed
            | CancelReason::UnitsGone
            | CancelReason::RestUnpaid
            | CancelReason::SaleCancelled
            | CancelReason::TargetMissed => Actor::System,
        },
        kind: HistoryKind::Cancelled,
        details: json!({"reason": <&str>::from(reason)}),
    };
    history::record_all(conn, &orders.iter().map(step).collect::<Vec<_>>()).await
}

/// Refunded parcels → `cancelled`, if they were not shipped. Parcels with nothing to ship are
/// cancelled though they count as delivered. Returns the parcels that changed.
pub async fn cancel_unshipped(
    conn: &mut PgConnection,
    id: OrderId,
    parcels: &[ParcelId],
) -> Result<Vec<ParcelId>> {
    let parcels: Vec<Uuid> = parcels.iter().map(|parcel| parcel.0).collect();
    let cancelled = sqlx::query_scalar!(
        r#"UPDATE parcels p SET state = 'cancelled'
         WHERE id = ANY($2)
           AND (tenant_id, order_id) IN (
               SELECT tenant_id, order_id FROM order_lines WHERE order_id = $1)
           AND (state = 'to_ship' OR (state = 'delivered' AND NOT EXISTS (
               SELECT FROM shipments s
               WHERE s.tenant_id = p.tenant_id AND s.parcel_id = p.id AND s.order_id = $1)))
         RETURNING id AS "id: ParcelId""#,
        id.0,
        &parcels,
    )
    .fetch_all(conn)
    .await?;
    Ok(cancelled)
}

/// Adds `amount` to what counts as refunded (negative: subtracts it). More than was paid violates a
/// constraint.
pub async fn add_refunded(conn: &mut PgConnection, id: OrderId, amount: i64) -> Result<()> {
    sqlx::query!(
        "UPDATE orders SET refunded_minor = refunded_minor + $2 WHERE id = $1",
        id.0,
        amount
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A shopper's order by its number, and its provider when there is only one.
pub async fn order_and_sole_provider(
    conn: &mut PgConnection,
    account: AccountId,
    number: &str,
) -> Result<(OrderId, Option<TenantId>)> {
    let order = of_account(conn, account, number).await?;
    let tenants: BTreeSet<TenantId> =
        lines::of_orders(conn, &[order.id.0]).await?.iter().map(|line| line.tenant).collect();
    Ok((order.id, tenants.first().copied().filter(|_| tenants.len() == 1)))
}
