//! Orders and their lines, in SQL.

use std::collections::BTreeSet;

use sqlx::{PgConnection, types::Json};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::{Address, OrderState};
use crate::{
    events,
    kernel::{
        AccountId, Error, HoldId, LineId, OrderId, PageQuery, ParcelId, Result, SaleId, SaleItemId,
        TenantId,
    },
};

/// Orders of one shopper that await their payment, at most; the oldest are cancelled by the clock
/// anyway.
const OPEN_ORDERS_MAX: i64 = 20;

#[derive(Debug, Clone)]
pub struct OrderRow {
    pub id: OrderId,
    pub account: AccountId,
    pub number: String,
    pub state: OrderState,
    pub email: String,
    pub shipping_address: Json<Address>,
    pub currency: String,
    pub total_minor: i64,
    pub refunded_minor: i64,
    pub pay_by: OffsetDateTime,
    pub created_at: OffsetDateTime,
    pub confirmed_at: Option<OffsetDateTime>,
}

/// A line as the rest of the slice needs it.
#[derive(Debug, Clone)]
pub struct LineRow {
    pub tenant: TenantId,
    pub id: LineId,
    pub parcel: ParcelId,
    pub order: OrderId,
    pub sale: SaleId,
    pub sale_item: SaleItemId,
    pub hold: HoldId,
    pub visit: Option<Uuid>,
    pub title: String,
    pub item_name: String,
    pub sku: String,
    pub image_key: Option<String>,
    pub quantity: i32,
    pub unit_price_minor: i64,
    /// Of a reserved package.
    pub slot_starts_on: Option<Date>,
    pub slot_ends_on: Option<Date>,
    /// Of a voucher; None: a thing that is sent.
    pub voucher_valid_days: Option<i32>,
}

/// An event to publish at the end of a transaction.
pub struct Told {
    pub tenant: TenantId,
    pub kind: &'static str,
    pub payload: serde_json::Value,
}

impl LineRow {
    pub fn total_minor(&self) -> i64 {
        self.unit_price_minor.saturating_mul(i64::from(self.quantity))
    }
}

macro_rules! order_rows {
    ($rest:tt $(, $arg:expr)* $(,)?) => {
        sqlx::query_as!(
            OrderRow,
            r#"SELECT id AS "id: OrderId", account_id AS "account: AccountId", number, state AS "state: OrderState", email,
               shipping_address AS "shipping_address: Json<Address>", currency, total_minor, refunded_minor, pay_by, created_at, confirmed_at FROM orders "# + $rest
            $(, $arg)*
        )
    };
}

/// Lets one checkout of an account at a time go on, so that two presses make one order.
pub async fn one_checkout_at_a_time(conn: &mut PgConnection, account: AccountId) -> Result<()> {
    sqlx::query!(
        "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))",
        format!("checkout {account}")
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn next_number(conn: &mut PgConnection) -> Result<String> {
    let next = sqlx::query_scalar!(r#"SELECT nextval('order_numbers') AS "next!""#)
        .fetch_one(conn)
        .await?;
    Ok(format!("SMP-{next}"))
}

/// A shopper's order.
pub async fn of_account(
    conn: &mut PgConnection,
    account: AccountId,
    number: &str,
) -> Result<OrderRow> {
    order_rows!("WHERE account_id = $1 AND number = $2", account.0, number)
        .fetch_optional(conn)
        .await?
        .ok_or(Error::NotFound("order"))
}

pub async fn by_number(conn: &mut PgConnection, number: &str) -> Result<OrderRow> {
    order_rows!("WHERE number = $1", number)
        .fetch_optional(conn)
        .await?
        .ok_or(Error::NotFound("order"))
}

pub async fn by_id(conn: &mut PgConnection, id: OrderId) -> Result<OrderRow> {
    order_rows!("WHERE id = $1", id.0).fetch_optional(conn).await?.ok_or(Error::NotFound("order"))
}

/// A shopper's order, locked until the transaction ends.
pub async fn lock_of_account(
    conn: &mut PgConnection,
    account: AccountId,
    number: &str,
) -> Result<OrderRow> {
    order_rows!("WHERE account_id = $1 AND number = $2 FOR UPDATE", account.0, number)
        .fetch_optional(conn)
        .await?
        .ok_or(Error::NotFound("order"))
}

pub async fn lock_by_number(conn: &mut PgConnection, number: &str) -> Result<OrderRow> {
    order_rows!("WHERE number = $1 FOR UPDATE", number)
        .fetch_optional(conn)
        .await?
        .ok_or(Error::NotFound("order"))
}

pub async fn lock(conn: &mut PgConnection, id: OrderId) -> Result<OrderRow> {
    order_rows!("WHERE id = $1 FOR UPDATE", id.0)
        .fetch_optional(conn)
        .await?
        .ok_or(Error::NotFound("order"))
}

/// A shopper's orders that await their payment, locked.
pub async fn lock_open(conn: &mut PgConnection, account: AccountId) -> Result<Vec<OrderRow>> {
    Ok(order_rows!("WHERE account_id = $1 AND state = 'awaiting_payment' ORDER BY created_at DESC LIMIT $2 FOR UPDATE", account.0, OPEN_ORDERS_MAX)
        .fetch_all(conn)
        .await?)
}

/// Orders whose time to pay was over before `before`, locked; those another node works on are
/// skipped.
pub async fn lock_overdue(
    conn: &mut PgConnection,
    before: OffsetDateTime,
    limit: i64,
) -> Result<Vec<OrderRow>> {
    Ok(order_rows!("WHERE state = 'awaiting_payment' AND pay_by < $1 ORDER BY pay_by LIMIT $2 FOR UPDATE SKIP LOCKED", before, limit).fetch_all(conn).await?)
}

/// A shopper's orders, newest first.
pub async fn list_of_account(
    conn: &mut PgConnection,
    account: AccountId,
    page: &PageQuery,
) -> Result<Vec<OrderRow>> {
    Ok(order_rows!(
        "WHERE account_id = $1 AND (created_at, id) < ($2, $3) ORDER BY created_at DESC, id DESC LIMIT $4",
        account.0,
        page.before_at(),
        page.before_id(),
        page.fetch(),
    )
    .fetch_all(conn)
    .await?)
}

/// Orders whose number, email or name holds `q`, newest first.
pub async fn search(
    conn: &mut PgConnection,
    q: Option<&str>,
    state: Option<OrderState>,
    page: &PageQuery,
) -> Result<Vec<OrderRow>> {
    Ok(order_rows!(
        "WHERE ($1::text IS NULL OR strpos(lower(number), $1) > 0 OR strpos(email, $1) > 0 OR strpos(lower(shipping_address->>'name'), $1) > 0)
           AND ($2::text IS NULL OR state = $2) AND (created_at, id) < ($3, $4) ORDER BY created_at DESC, id DESC LIMIT $5",
        q.map(str::trim).filter(|q| !q.is_empty()).map(str::to_lowercase),
        state as Option<OrderState>,
        page.before_at(),
        page.before_id(),
        page.fetch(),
    )
    .fetch_all(conn)
    .await?)
}

/// The lines of some orders, in the order in which stock is to be locked.
pub async fn lines(conn: &mut PgConnection, orders: &[Uuid]) -> Result<Vec<LineRow>> {
    let rows = sqlx::query_as!(
        LineRow,
        r#"SELECT tenant_id AS "tenant: TenantId", id AS "id: LineId", parcel_id AS "parcel: ParcelId", order_id AS "order: OrderId", sale_id AS "sale: SaleId",
           sale_item_id AS "sale_item: SaleItemId", hold_id AS "hold: HoldId", visit_id AS visit, title, item_name, sku, image_key, quantity, unit_price_minor,
           slot_starts_on, slot_ends_on, voucher_valid_days
           FROM order_lines WHERE order_id = ANY($1) ORDER BY tenant_id, sale_item_id, id LIMIT 10000"#,
        orders,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows)
}

/// A parcel about to be written.
#[derive(Debug)]
pub struct NewParcel {
    pub tenant: TenantId,
    pub id: ParcelId,
    pub subtotal_minor: i64,
    /// The earliest that one of its sales promises.
    pub promised_ship_by: Option<OffsetDateTime>,
}

/// Writes an order with its parcels and lines.
pub async fn insert(
    conn: &mut PgConnection,
    order: &OrderRow,
    parcels: &[NewParcel],
    lines: &[LineRow],
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO orders (id, account_id, number, email, shipping_address, currency, total_minor, pay_by, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        order.id.0,
        order.account.0,
        order.number,
        order.email,
        &order.shipping_address as &Json<Address>,
        order.currency,
        order.total_minor,
        order.pay_by,
        order.created_at,
    )
    .execute(&mut *conn)
    .await?;
    let tenants: Vec<Uuid> = parcels.iter().map(|p| p.tenant.0).collect();
    let ids: Vec<Uuid> = parcels.iter().map(|p| p.id.0).collect();
    let subtotals: Vec<i64> = parcels.iter().map(|p| p.subtotal_minor).collect();
    let promises: Vec<Option<OffsetDateTime>> =
        parcels.iter().map(|p| p.promised_ship_by).collect();
    sqlx::query!(
        "INSERT INTO parcels (tenant_id, id, order_id, account_id, order_number, shipping_address, currency, created_at, subtotal_minor, promised_ship_by)
         SELECT p.tenant_id, p.id, $1, $2, $3, $4, $5, $6, p.subtotal, p.promised
         FROM UNNEST($7::uuid[], $8::uuid[], $9::bigint[], $10::timestamptz[]) AS p (tenant_id, id, subtotal, promised)",
        order.id.0,
        order.account.0,
        order.number,
        &order.shipping_address as &Json<Address>,
        order.currency,
        order.created_at,
        &tenants,
        &ids,
        &subtotals,
        &promises as &[Option<OffsetDateTime>],
    )
    .execute(&mut *conn)
    .await?;
    insert_lines(conn, order, lines).await
}

async fn insert_lines(conn: &mut PgConnection, order: &OrderRow, lines: &[LineRow]) -> Result<()> {
    fn column<T>(lines: &[LineRow], of: impl Fn(&LineRow) -> T) -> Vec<T> {
        lines.iter().map(of).collect()
    }
    sqlx::query!(
        "INSERT INTO order_lines (tenant_id, id, parcel_id, order_id, account_id, sale_id, sale_item_id, hold_id, visit_id, title, item_name, sku, image_key, quantity, unit_price_minor,
             slot_starts_on, slot_ends_on, voucher_valid_days)
         SELECT l.tenant_id, l.id, l.parcel_id, $1, $2, l.sale_id, l.sale_item_id, l.hold_id, l.visit_id, l.title, l.item_name, l.sku, l.image_key, l.quantity, l.price,
             l.first_day, l.last_day, l.valid_days
         FROM UNNEST($3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::uuid[], $8::uuid[], $9::uuid[], $10::text[], $11::text[], $12::text[], $13::text[], $14::int[], $15::bigint[],
                     $16::date[], $17::date[], $18::int[])
              AS l (tenant_id, id, parcel_id, sale_id, sale_item_id, hold_id, visit_id, title, item_name, sku, image_key, quantity, price, first_day, last_day, valid_days)",
        order.id.0,
        order.account.0,
        &column(lines, |l| l.tenant.0),
        &column(lines, |l| l.id.0),
        &column(lines, |l| l.parcel.0),
        &column(lines, |l| l.sale.0),
        &column(lines, |l| l.sale_item.0),
        &column(lines, |l| l.hold.0),
        &column(lines, |l| l.visit) as &[Option<Uuid>],
        &column(lines, |l| l.title.clone()),
        &column(lines, |l| l.item_name.clone()),
        &column(lines, |l| l.sku.clone()),
        &column(lines, |l| l.image_key.clone()) as &[Option<String>],
        &column(lines, |l| l.quantity),
        &column(lines, |l| l.unit_price_minor),
        &column(lines, |l| l.slot_starts_on) as &[Option<Date>],
        &column(lines, |l| l.slot_ends_on) as &[Option<Date>],
        &column(lines, |l| l.voucher_valid_days) as &[Option<i32>],
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Sends an order that awaits its payment elsewhere.
pub async fn readdress(
    conn: &mut PgConnection,
    id: OrderId,
    address: &Address,
    email: &str,
    pay_by: OffsetDateTime,
) -> Result<()> {
    sqlx::query!(
        "UPDATE orders SET shipping_address = $2, email = $3, pay_by = $4 WHERE id = $1 AND state = 'awaiting_payment'",
        id.0,
        Json(address) as Json<&Address>,
        email,
        pay_by,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "UPDATE parcels SET shipping_address = $2 WHERE (tenant_id, order_id) IN (SELECT tenant_id, order_id FROM order_lines WHERE order_id = $1)",
        id.0,
        Json(address) as Json<&Address>,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// `awaiting_payment` → `confirmed`, its parcels → `to_ship`. A parcel of vouchers alone has
/// nothing to send: it is delivered with its codes, and an order of nothing else is fulfilled.
pub async fn confirm(conn: &mut PgConnection, id: OrderId, now: OffsetDateTime) -> Result<()> {
    sqlx::query!("UPDATE orders SET state = 'confirmed', confirmed_at = $2 WHERE id = $1 AND state = 'awaiting_payment'", id.0, now)
        .execute(&mut *conn)
        .await?;
    sqlx::query!(
        "UPDATE parcels p SET state = CASE WHEN EXISTS (
             SELECT FROM order_lines l WHERE l.tenant_id = p.tenant_id AND l.parcel_id = p.id AND l.order_id = $1 AND l.voucher_valid_days IS NULL
         ) THEN 'to_ship' ELSE 'delivered' END
         WHERE state = 'awaiting_payment' AND (tenant_id, order_id) IN (SELECT tenant_id, order_id FROM order_lines WHERE order_id = $1)",
        id.0,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "UPDATE orders SET state = 'fulfilled' WHERE id = $1 AND NOT EXISTS (SELECT FROM order_lines WHERE order_id = $1 AND voucher_valid_days IS NULL)",
        id.0,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// `awaiting_payment` → `cancelled`; returns what is to be told. The parcels stay as they are: they
/// never became a provider's work, and no provider sees them.
pub async fn cancel(conn: &mut PgConnection, orders: &[OrderRow]) -> Result<Vec<Told>> {
    let ids: Vec<Uuid> = orders.iter().map(|order| order.id.0).collect();
    sqlx::query!(
        "UPDATE orders SET state = 'cancelled' WHERE id = ANY($1) AND state = 'awaiting_payment'",
        &ids
    )
    .execute(&mut *conn)
    .await?;
    let concerned: BTreeSet<(TenantId, OrderId)> =
        lines(conn, &ids).await?.iter().map(|line| (line.tenant, line.order)).collect();
    let told = concerned.into_iter().filter_map(|(tenant, id)| {
        let order = orders.iter().find(|order| order.id == id)?;
        let payload = serde_json::json!({"order_id": order.id, "order_number": order.number, "account_id": order.account});
        Some(Told { tenant, kind: "order.cancelled", payload })
    });
    Ok(told.collect())
}

/// Publishes what several providers are to hear, in the order of their ids: every transaction does,
/// so that none waits for another in a ring.
pub async fn tell(conn: &mut PgConnection, mut told: Vec<Told>) -> Result<()> {
    told.sort_by_key(|event| event.tenant);
    for event in told {
        events::publish(conn, event.tenant, event.kind, &event.payload).await?;
    }
    Ok(())
}

/// Refunded parcels of an order that are still to ship, or were delivered as codes → cancelled.
pub async fn cancel_unshipped(
    conn: &mut PgConnection,
    id: OrderId,
    parcels: &[ParcelId],
) -> Result<()> {
    let parcels: Vec<Uuid> = parcels.iter().map(|parcel| parcel.0).collect();
    sqlx::query!(
        "UPDATE parcels p SET state = 'cancelled' WHERE id = ANY($2) AND (tenant_id, order_id) IN (SELECT tenant_id, order_id FROM order_lines WHERE order_id = $1)
         AND (state = 'to_ship' OR (state = 'delivered' AND NOT EXISTS (
             SELECT FROM shipments s WHERE s.tenant_id = p.tenant_id AND s.parcel_id = p.id AND s.order_id = $1)))",
        id.0,
        &parcels,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Sets `amount` aside as refunded (negative: takes that back). More than was paid breaks a
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

/// The number of the shopper's newest paid order with a line of this sale; of `number` alone when
/// given.
pub async fn bought(
    conn: &mut PgConnection,
    account: AccountId,
    tenant: TenantId,
    sale: SaleId,
    number: Option<&str>,
) -> Result<Option<String>> {
    let found = sqlx::query_scalar!(
        "SELECT o.number FROM orders o JOIN order_lines l ON l.order_id = o.id
         WHERE o.account_id = $1 AND o.confirmed_at IS NOT NULL AND l.tenant_id = $2 AND l.sale_id = $3 AND ($4::text IS NULL OR o.number = $4)
         ORDER BY o.created_at DESC LIMIT 1",
        account.0,
        tenant.0,
        sale.0,
        number,
    )
    .fetch_optional(conn)
    .await?;
    Ok(found)
}

/// A shopper's order by its number, and whose it is when one provider alone sells in it.
pub async fn about(
    conn: &mut PgConnection,
    account: AccountId,
    number: &str,
) -> Result<(OrderId, Option<TenantId>)> {
    let order = of_account(conn, account, number).await?;
    let tenants: BTreeSet<TenantId> =
        lines(conn, &[order.id.0]).await?.iter().map(|line| line.tenant).collect();
    Ok((order.id, tenants.first().copied().filter(|_| tenants.len() == 1)))
}
