//! Inserting orders that were placed together: a statement for each table, however many orders there are.

use std::collections::HashSet;

use serde_json::{Value, json};
use sqlx::PgConnection;
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::{
    components,
    history::{self, HistoryKind, HistoryStep},
    lines::{self, OrderLine},
    number,
    pending_events::PendingEvent,
    store::Order,
};
use crate::{
    access::Actor,
    kernel::{OrderId, ParcelId, Result, TenantId},
    pricing::Quote,
};

/// Random numbers that are tried before an order gives up: two that are taken are less likely than a
/// fault that makes all of them so.
const NUMBER_TRIES: usize = 5;

/// A parcel to insert.
#[derive(Debug)]
pub struct NewParcel {
    pub tenant: TenantId,
    pub id: ParcelId,
    pub subtotal_minor: i64,
    /// The earliest date that one of its sales promises.
    pub promised_ship_by: Option<OffsetDateTime>,
}

/// An order to insert, with all that belongs to it.
#[derive(Debug)]
pub struct NewOrder {
    /// Its number is given when it is inserted.
    pub order: Order,
    pub quote: Quote,
    pub parcels: Vec<NewParcel>,
    pub lines: Vec<OrderLine>,
}

impl NewOrder {
    /// What each of its providers is told.
    pub fn placed_events(&self) -> impl Iterator<Item = PendingEvent> {
        let placed = |line: &OrderLine| {
            json!({
                "sale_id": line.sale,
                "visit_id": line.visit,
                "quantity": line.quantity,
            })
        };
        self.lines.chunk_by(|a, b| a.tenant == b.tenant).map(move |lines| {
            let ordered: Vec<_> = lines.iter().map(placed).collect();
            PendingEvent {
                tenant: lines[0].tenant,
                kind: "order.placed",
                payload: json!({"order_id": self.order.id, "lines": ordered}),
            }
        })
    }
}

/// Inserts orders with their parcels, lines, prices and the first step of their history; gives each a
/// number. Platform scope.
pub async fn insert_all(conn: &mut PgConnection, orders: &mut [NewOrder]) -> Result<()> {
    insert_numbered(conn, orders).await?;
    insert_parcels(conn, orders).await?;
    let all_lines: Vec<&OrderLine> = orders.iter().flat_map(|new| &new.lines).collect();
    lines::insert_all(conn, &all_lines).await?;
    let priced: Vec<(OrderId, &Quote, &[OrderLine])> =
        orders.iter().map(|new| (new.order.id, &new.quote, new.lines.as_slice())).collect();
    components::insert_all(conn, &priced).await?;
    let step = |NewOrder { order, .. }: &NewOrder| HistoryStep {
        order: order.id,
        actor: Actor::Account(order.account),
        kind: HistoryKind::Placed,
        details: json!({"amount_minor": order.total_minor, "currency": order.currency}),
    };
    history::record_all(conn, &orders.iter().map(step).collect::<Vec<_>>()).await
}

/// A value of each order, as a column of a statement.
fn column<T>(orders: &[&mut NewOrder], of: impl Fn(&Order) -> T) -> Vec<T> {
    orders.iter().map(|new| of(&new.order)).collect()
}

/// Inserts the rows of orders under numbers that no other order has.
async fn insert_numbered(conn: &mut PgConnection, orders: &mut [NewOrder]) -> Result<()> {
    let mut left: Vec<&mut NewOrder> = orders.iter_mut().collect();
    for _ in 0..NUMBER_TRIES {
        for new in &mut left {
            new.order.number = number::random();
        }
        let addresses: Vec<Value> = left
            .iter()
            .map(|new| serde_json::to_value(&new.order.shipping_address.0))
            .collect::<Result<_, _>>()
            .map_err(anyhow::Error::from)?;
        let billed: Vec<Option<Value>> = left
            .iter()
            .map(|new| new.order.billing_address.as_ref().map(serde_json::to_value).transpose())
            .collect::<Result<_, _>>()
            .map_err(anyhow::Error::from)?;
        let inserted: HashSet<OrderId> = sqlx::query_scalar!(
            r#"INSERT INTO orders (id, account_id, number, email, shipping_address, currency,
                 total_minor, pay_by, created_at, phone, billing_address, vat_id, rest_minor, rest_due_on,
                 kept_minor)
             SELECT * FROM UNNEST($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::jsonb[],
                 $6::text[], $7::bigint[], $8::timestamptz[], $9::timestamptz[], $10::text[],
                 $11::jsonb[], $12::text[], $13::bigint[], $14::date[], $15::bigint[])
             ON CONFLICT ON CONSTRAINT orders_number_key DO NOTHING
             RETURNING id AS "id: OrderId""#,
            &column(&left, |order| order.id.0),
            &column(&left, |order| order.account.0),
            &column(&left, |order| order.number.clone()),
            &column(&left, |order| order.email.clone()),
            &addresses,
            &column(&left, |order| order.currency.clone()),
            &column(&left, |order| order.total_minor),
            &column(&left, |order| order.pay_by),
            &column(&left, |order| order.created_at),
            &column(&left, |order| order.phone.clone()),
            &billed as &[Option<Value>],
            &column(&left, |order| order.vat_id.clone()),
            &column(&left, |order| order.rest_minor),
            &column(&left, |order| order.rest_due_on) as &[Option<Date>],
            &column(&left, |order| order.kept_minor),
        )
        .fetch_all(&mut *conn)
        .await?
        .into_iter()
        .collect();
        left.retain(|new| !inserted.contains(&new.order.id));
        if left.is_empty() {
            return Ok(());
        }
    }
    Err(anyhow::anyhow!("{NUMBER_TRIES} random order numbers were all taken").into())
}

async fn insert_parcels(conn: &mut PgConnection, orders: &[NewOrder]) -> Result<()> {
    let parcels: Vec<(OrderId, &NewParcel)> = orders
        .iter()
        .flat_map(|new| new.parcels.iter().map(|parcel| (new.order.id, parcel)))
        .collect();
    let order_ids: Vec<Uuid> = parcels.iter().map(|(order, _)| order.0).collect();
    let tenants: Vec<Uuid> = parcels.iter().map(|(_, parcel)| parcel.tenant.0).collect();
    let ids: Vec<Uuid> = parcels.iter().map(|(_, parcel)| parcel.id.0).collect();
    let subtotals: Vec<i64> = parcels.iter().map(|(_, parcel)| parcel.subtotal_minor).collect();
    let promises: Vec<Option<OffsetDateTime>> =
        parcels.iter().map(|(_, parcel)| parcel.promised_ship_by).collect();
    sqlx::query!(
        "INSERT INTO parcels (tenant_id, id, order_id, account_id, order_number, shipping_address,
             currency, created_at, subtotal_minor, promised_ship_by)
         SELECT p.tenant_id, p.id, o.id, o.account_id, o.number, o.shipping_address, o.currency,
             o.created_at, p.subtotal, p.promised
         FROM UNNEST($1::uuid[], $2::uuid[], $3::uuid[], $4::bigint[], $5::timestamptz[])
              AS p (order_id, tenant_id, id, subtotal, promised)
         JOIN orders o ON o.id = p.order_id",
        &order_ids,
        &tenants,
        &ids,
        &subtotals,
        &promises as &[Option<OffsetDateTime>],
    )
    .execute(conn)
    .await?;
    Ok(())
}
