//! Parcels in SQL: one provider's part of an order. `fulfilment` works on them through these
//! functions.

use sqlx::{PgConnection, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    address::Address,
    lines::{self, OrderLine},
    number,
    state::ParcelState,
    store,
};
use crate::kernel::{AccountId, Error, OrderId, PageQuery, ParcelId, Result, TenantId};

/// One provider's part of an order.
#[derive(Debug, Clone)]
pub struct Parcel {
    pub tenant: TenantId,
    pub id: ParcelId,
    pub order: OrderId,
    pub account: AccountId,
    pub order_number: String,
    pub state: ParcelState,
    pub shipping_address: Json<Address>,
    pub subtotal_minor: i64,
    pub currency: String,
    pub created_at: OffsetDateTime,
    pub promised_ship_by: Option<OffsetDateTime>,
    /// When the promised date was found to have passed.
    pub promise_missed_at: Option<OffsetDateTime>,
}

macro_rules! parcel_rows {
    ($rest:tt $(, $arg:expr)* $(,)?) => {
        sqlx::query_as!(
            Parcel,
            r#"SELECT tenant_id AS "tenant: TenantId", id AS "id: ParcelId",
               order_id AS "order: OrderId", account_id AS "account: AccountId", order_number,
               state AS "state: ParcelState",
               shipping_address AS "shipping_address: Json<Address>", subtotal_minor, currency,
               created_at, promised_ship_by, promise_missed_at FROM parcels "# + $rest
            $(, $arg)*
        )
    };
}

/// The parcels of some orders.
pub async fn of_orders(conn: &mut PgConnection, orders: &[Uuid]) -> Result<Vec<Parcel>> {
    Ok(parcel_rows!(
        "WHERE (tenant_id, order_id) IN (
             SELECT tenant_id, order_id FROM order_lines WHERE order_id = ANY($1))
         ORDER BY id LIMIT 5000",
        orders,
    )
    .fetch_all(conn)
    .await?)
}

/// A provider's paid parcels, newest first. `q` is looked for in order numbers and customers'
/// names; a whole number is found however it is typed.
pub async fn search_parcels(
    conn: &mut PgConnection,
    tenant: TenantId,
    state: Option<ParcelState>,
    q: Option<&str>,
    page: &PageQuery,
) -> Result<Vec<Parcel>> {
    Ok(parcel_rows!(
        "WHERE tenant_id = $1 AND state <> 'awaiting_payment'
           AND ($2::text IS NULL OR state = $2)
           AND ($3::text IS NULL OR order_number = $7 OR strpos(lower(order_number), $3) > 0
                OR strpos(lower(shipping_address->>'name'), $3) > 0)
           AND (created_at, id) < ($4, $5) ORDER BY created_at DESC, id DESC LIMIT $6",
        tenant.0,
        state as Option<ParcelState>,
        q.map(str::trim).filter(|q| !q.is_empty()).map(str::to_lowercase),
        page.before_at(),
        page.before_id(),
        page.fetch(),
        q.and_then(number::parse),
    )
    .fetch_all(conn)
    .await?)
}

/// A provider's paid parcel.
pub async fn find_parcel(
    conn: &mut PgConnection,
    tenant: TenantId,
    id: ParcelId,
) -> Result<Parcel> {
    parcel_rows!("WHERE tenant_id = $1 AND id = $2 AND state <> 'awaiting_payment'", tenant.0, id.0)
        .fetch_optional(conn)
        .await?
        .ok_or(Error::NotFound("parcel"))
}

/// A provider's paid parcel of an order; None when the provider has no part in it.
pub async fn parcel_of_order(
    conn: &mut PgConnection,
    tenant: TenantId,
    order: OrderId,
) -> Result<Option<Parcel>> {
    Ok(parcel_rows!(
        "WHERE tenant_id = $1 AND order_id = $2 AND state <> 'awaiting_payment'",
        tenant.0,
        order.0,
    )
    .fetch_optional(conn)
    .await?)
}

/// A provider's paid parcel, with its order locked. Every transaction locks the order first, so
/// that a refund and a shipment cannot deadlock.
pub async fn lock_parcel(
    conn: &mut PgConnection,
    tenant: TenantId,
    id: ParcelId,
) -> Result<Parcel> {
    let order = find_parcel(&mut *conn, tenant, id).await?.order;
    store::lock(&mut *conn, order).await?;
    find_parcel(conn, tenant, id).await
}

/// The lines of a provider's parcels.
pub async fn lines_of_parcels(
    conn: &mut PgConnection,
    tenant: TenantId,
    parcels: &[Parcel],
) -> Result<Vec<OrderLine>> {
    let orders: Vec<Uuid> = parcels.iter().map(|parcel| parcel.order.0).collect();
    let lines = lines::of_orders(conn, &orders).await?;
    Ok(lines.into_iter().filter(|line| line.tenant == tenant).collect())
}

/// Moves a locked parcel to another state. When the last parcel of an order is delivered, the
/// order is fulfilled.
pub async fn move_parcel(conn: &mut PgConnection, parcel: &Parcel, to: ParcelState) -> Result<()> {
    sqlx::query!(
        "UPDATE parcels SET state = $3 WHERE tenant_id = $1 AND id = $2",
        parcel.tenant.0,
        parcel.id.0,
        to as ParcelState
    )
    .execute(&mut *conn)
    .await?;
    if to == ParcelState::Delivered {
        sqlx::query!(
            "UPDATE orders SET state = 'fulfilled'
             WHERE id = $1 AND state = 'confirmed' AND NOT EXISTS (
                 SELECT FROM parcels WHERE (tenant_id, order_id) IN (
                     SELECT tenant_id, order_id FROM order_lines WHERE order_id = $1)
                 AND state NOT IN ('delivered', 'cancelled'))",
            parcel.order.0,
        )
        .execute(conn)
        .await?;
    }
    Ok(())
}
