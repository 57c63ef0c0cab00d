//! An order as people see it: its parcels, lines, shipments, payments and refunds. The same shape
//! for API, pages and emails.

use std::collections::HashMap;

use poem_openapi::Object;
use serde::Serialize;
use sqlx::PgConnection;
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::{
    Address, OrderState, ParcelState, ShipmentState, parcels,
    store::{self, LineRow, OrderRow},
};
use crate::{
    kernel::{
        AccountId, LineId, Money, OrderId, Page, PageQuery, ParcelId, PaymentId, RefundId, Result,
        SaleId, ShipmentId, TenantId, VoucherId, iso_date,
    },
    payments::{self, PaymentRow, PaymentState, RefundRow, RefundState},
    platform::{Platform, Tx},
    providers::sellers,
    vouchers::{self, Voucher, VoucherState},
};

/// An order.
#[derive(Debug, Clone, Object, Serialize)]
#[oai(rename = "Order")]
pub struct OrderView {
    pub number: String,
    pub state: OrderState,
    pub email: String,
    pub shipping_address: Address,
    pub total: Money,
    /// What was given back, or is on its way back.
    pub refunded: Money,
    /// When the first of its holds runs out.
    #[serde(with = "time::serde::rfc3339")]
    pub pay_by: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339::option")]
    pub confirmed_at: Option<OffsetDateTime>,
    /// One for each provider.
    pub parcels: Vec<OrderParcel>,
    /// Oldest first.
    pub payments: Vec<Payment>,
    /// Oldest first.
    pub refunds: Vec<Refund>,
    /// One for each unit of its voucher lines; their codes are shown to the shopper alone.
    pub vouchers: Vec<OrderVoucher>,
}

/// A provider's part of an order.
#[derive(Debug, Clone, Object, Serialize)]
pub struct OrderParcel {
    pub id: ParcelId,
    pub provider_name: String,
    pub provider_slug: String,
    pub state: ParcelState,
    pub subtotal: Money,
    pub lines: Vec<OrderLine>,
    pub shipments: Vec<Shipment>,
    /// Until when it is promised to be shipped; null when nothing was promised.
    #[serde(with = "time::serde::rfc3339::option")]
    pub promised_ship_by: Option<OffsetDateTime>,
    /// When the promised date was found to have passed.
    #[serde(with = "time::serde::rfc3339::option")]
    pub promise_missed_at: Option<OffsetDateTime>,
    /// The promise was missed, and the shopper may have the money of this parcel back.
    pub refund_offered: bool,
}

/// A line of an order.
#[derive(Debug, Clone, Object, Serialize)]
pub struct OrderLine {
    pub id: LineId,
    pub sale_id: SaleId,
    /// Of the sale, as approved when it was ordered.
    pub title: String,
    pub item_name: String,
    pub sku: String,
    pub quantity: i32,
    pub unit_price: Money,
    /// A path on this server.
    pub image_url: Option<String>,
    /// The days of a reserved package.
    #[serde(with = "iso_date::option")]
    pub slot_starts_on: Option<Date>,
    #[serde(with = "iso_date::option")]
    pub slot_ends_on: Option<Date>,
    /// Of a voucher: days its codes are valid. Null: a thing that is sent.
    pub voucher_valid_days: Option<i32>,
}

/// A voucher that was bought, without its code.
#[derive(Debug, Clone, Object, Serialize)]
pub struct OrderVoucher {
    pub id: VoucherId,
    pub line_id: LineId,
    pub state: VoucherState,
    #[serde(with = "time::serde::rfc3339")]
    pub issued_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    pub valid_until: OffsetDateTime,
}

/// A sending of a parcel or a part of it.
#[derive(Debug, Clone, Object, Serialize)]
pub struct Shipment {
    pub id: ShipmentId,
    pub carrier: String,
    pub tracking_number: String,
    pub tracking_url: Option<String>,
    pub state: ShipmentState,
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// Newest first.
    pub events: Vec<ShipmentEvent>,
}

/// What happened to a shipment.
#[derive(Debug, Clone, Object, Serialize)]
pub struct ShipmentEvent {
    pub state: ShipmentState,
    pub note: String,
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
}

/// A try to pay.
#[derive(Debug, Clone, Object, Serialize)]
pub struct Payment {
    pub id: PaymentId,
    pub gateway: String,
    pub state: PaymentState,
    pub amount: Money,
    /// `visa`, `mastercard`, `amex` or `card`.
    pub card_brand: Option<String>,
    pub card_last4: Option<String>,
    /// Why it failed, for the shopper.
    pub failure: Option<String>,
    /// Where the shopper proves that the card is theirs, while that is required.
    pub action_url: Option<String>,
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
}

/// Money given back.
#[derive(Debug, Clone, Object, Serialize)]
pub struct Refund {
    pub id: RefundId,
    pub amount: Money,
    pub state: RefundState,
    pub reason: String,
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// The one parcel it is for; null: the order.
    pub parcel_id: Option<ParcelId>,
}

/// One of the shopper's own orders.
pub async fn order_view(
    platform: &Platform,
    account: AccountId,
    number: &str,
) -> Result<OrderView> {
    let mut tx = platform.db.shopper(Some(account)).await?;
    let row = store::of_account(&mut tx, account, number).await?;
    one(platform, tx, row).await
}

/// A shopper's orders, newest first.
pub async fn order_list(
    platform: &Platform,
    account: AccountId,
    page: &PageQuery,
) -> Result<Page<OrderView>> {
    let mut tx = platform.db.shopper(Some(account)).await?;
    let rows = store::list_of_account(&mut tx, account, page).await?;
    let (rows, next_cursor) = page.cut(rows, |row| (row.created_at, row.id.0));
    Ok(Page { items: views(platform, tx, rows).await?, next_cursor })
}

/// Any order, for SMP's team.
pub async fn staff_order_view(platform: &Platform, number: &str) -> Result<OrderView> {
    let mut tx = platform.db.platform("order").await?;
    let row = store::by_number(&mut tx, number).await?;
    one(platform, tx, row).await
}

/// Any order, for what follows from an event.
pub async fn order_view_by_id(platform: &Platform, id: OrderId) -> Result<OrderView> {
    let mut tx = platform.db.platform("order").await?;
    let row = store::by_id(&mut tx, id).await?;
    one(platform, tx, row).await
}

async fn one(platform: &Platform, tx: Tx, row: OrderRow) -> Result<OrderView> {
    let view = views(platform, tx, vec![row]).await?.pop();
    Ok(view.ok_or_else(|| anyhow::anyhow!("an order has no view"))?)
}

/// Dresses rows; ends the transaction before it asks for the providers' names, which a shopper's
/// scope may not show.
pub async fn views(platform: &Platform, mut tx: Tx, rows: Vec<OrderRow>) -> Result<Vec<OrderView>> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id.0).collect();
    let parcels = parcels::of_orders(&mut tx, &ids).await?;
    let mut lines = by(store::lines(&mut tx, &ids).await?, |line| line.parcel);
    let parcel_ids: Vec<Uuid> = parcels.iter().map(|parcel| parcel.id.0).collect();
    let mut shipments = shipments_of(&mut tx, &ids, &parcel_ids).await?;
    let mut payments = by(payments::of_orders(&mut tx, &ids).await?, |payment| payment.order_id);
    let mut refunds =
        by(payments::refunds_of_orders(&mut tx, &ids).await?, |refund| refund.order_id);
    let mut vouchers = by(vouchers::of_orders(&mut tx, &ids).await?, |voucher| voucher.order);
    drop(tx);
    let tenants: Vec<TenantId> = parcels.iter().map(|parcel| parcel.tenant).collect();
    let providers = sellers::behind(platform, &tenants).await?;
    let mut parcels = by(parcels, |parcel| parcel.order);

    let view = |row: OrderRow| {
        let money = |amount: i64| Money::new(amount, row.currency.clone());
        let refunds = refunds.remove(&row.id).unwrap_or_default();
        let is_asked = |id: ParcelId| {
            refunds
                .iter()
                .any(|refund| refund.parcel == Some(id) && refund.state != RefundState::Failed)
        };
        let has_left = row.refunded_minor < row.total_minor;
        let parcels = parcels.remove(&row.id).unwrap_or_default().into_iter().map(|parcel| {
            let provider = providers.get(&parcel.tenant);
            // The parcels of an order that was never paid never moved.
            let cancelled =
                row.state == OrderState::Cancelled && parcel.state == ParcelState::AwaitingPayment;
            OrderParcel {
                refund_offered: parcel.state == ParcelState::ToShip
                    && parcel.promise_missed_at.is_some()
                    && has_left
                    && !is_asked(parcel.id),
                promised_ship_by: parcel.promised_ship_by,
                promise_missed_at: parcel.promise_missed_at,
                id: parcel.id,
                provider_name: provider.map(|p| p.name.clone()).unwrap_or_default(),
                provider_slug: provider.map(|p| p.slug.clone()).unwrap_or_default(),
                state: if cancelled { ParcelState::Cancelled } else { parcel.state },
                subtotal: money(parcel.subtotal_minor),
                lines: lines
                    .remove(&parcel.id)
                    .unwrap_or_default()
                    .into_iter()
                    .map(|line| OrderLine::new(line, &row.currency))
                    .collect(),
                shipments: shipments.remove(&parcel.id).unwrap_or_default(),
            }
        });
        let parcels = parcels.collect();
        let vouchers = vouchers.remove(&row.id).unwrap_or_default();
        let payments = payments.remove(&row.id).unwrap_or_default();
        OrderView {
            state: row.state,
            total: money(row.total_minor),
            refunded: money(row.refunded_minor),
            pay_by: row.pay_by,
            created_at: row.created_at,
            confirmed_at: row.confirmed_at,
            parcels,
            payments: payments
                .into_iter()
                .map(|payment| Payment::new(platform, &row.number, payment))
                .collect(),
            refunds: refunds.into_iter().map(Refund::from).collect(),
            vouchers: vouchers.into_iter().map(OrderVoucher::from).collect(),
            email: row.email,
            shipping_address: row.shipping_address.0,
            number: row.number,
        }
    };
    Ok(rows.into_iter().map(view).collect())
}

fn by<K: std::hash::Hash + Eq, R>(rows: Vec<R>, key: impl Fn(&R) -> K) -> HashMap<K, Vec<R>> {
    let mut map: HashMap<K, Vec<R>> = HashMap::new();
    for row in rows {
        map.entry(key(&row)).or_default().push(row);
    }
    map
}

/// The shipments of some parcels of some orders, oldest first, with their events.
pub async fn shipments_of(
    conn: &mut PgConnection,
    orders: &[Uuid],
    parcels: &[Uuid],
) -> Result<HashMap<ParcelId, Vec<Shipment>>> {
    let rows = sqlx::query!(
        r#"SELECT id, parcel_id, carrier, tracking_number, tracking_url, state AS "state: ShipmentState", created_at
           FROM shipments WHERE order_id = ANY($1) AND parcel_id = ANY($2) ORDER BY created_at, id LIMIT 5000"#,
        orders,
        parcels,
    )
    .fetch_all(&mut *conn)
    .await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let mut events: HashMap<Uuid, Vec<ShipmentEvent>> = HashMap::new();
    let event_rows = sqlx::query!(
        r#"SELECT e.shipment_id, e.state AS "state: ShipmentState", e.note, e.created_at
           FROM shipments s JOIN shipment_events e ON e.tenant_id = s.tenant_id AND e.shipment_id = s.id
           WHERE s.order_id = ANY($1) AND s.id = ANY($2) ORDER BY e.created_at DESC, e.id DESC LIMIT 20000"#,
        orders,
        &ids,
    )
    .fetch_all(conn)
    .await?;
    for row in event_rows {
        events.entry(row.shipment_id).or_default().push(ShipmentEvent {
            state: row.state,
            note: row.note,
            created_at: row.created_at,
        });
    }
    let mut map: HashMap<ParcelId, Vec<Shipment>> = HashMap::new();
    for row in rows {
        let shipment = Shipment {
            id: ShipmentId(row.id),
            carrier: row.carrier,
            tracking_number: row.tracking_number,
            tracking_url: row.tracking_url,
            state: row.state,
            created_at: row.created_at,
            events: events.remove(&row.id).unwrap_or_default(),
        };
        map.entry(ParcelId(row.parcel_id)).or_default().push(shipment);
    }
    Ok(map)
}

impl OrderLine {
    pub fn new(line: LineRow, currency: &str) -> Self {
        Self {
            id: line.id,
            sale_id: line.sale,
            title: line.title,
            item_name: line.item_name,
            sku: line.sku,
            quantity: line.quantity,
            unit_price: Money::new(line.unit_price_minor, currency),
            image_url: line.image_key.map(|key| format!("/media/{key}")),
            slot_starts_on: line.slot_starts_on,
            slot_ends_on: line.slot_ends_on,
            voucher_valid_days: line.voucher_valid_days,
        }
    }
}

impl From<Voucher> for OrderVoucher {
    fn from(voucher: Voucher) -> Self {
        Self {
            id: voucher.id,
            line_id: voucher.line,
            state: voucher.state,
            issued_at: voucher.issued_at,
            valid_until: voucher.valid_until,
        }
    }
}

impl Payment {
    pub fn new(platform: &Platform, number: &str, row: PaymentRow) -> Self {
        let action = (row.state == PaymentState::RequiresAction)
            .then(|| platform.url(&format!("/checkout/{number}/authenticate/{}", row.id)));
        Self {
            id: row.id,
            gateway: row.gateway,
            state: row.state,
            amount: Money::new(row.amount_minor, row.currency),
            card_brand: row.card_brand,
            card_last4: row.card_last4,
            failure: row.failure,
            action_url: action,
            created_at: row.created_at,
        }
    }
}

impl From<RefundRow> for Refund {
    fn from(row: RefundRow) -> Self {
        Self {
            id: row.id,
            amount: Money::new(row.amount_minor, row.currency),
            state: row.state,
            reason: row.reason,
            created_at: row.created_at,
            parcel_id: row.parcel,
        }
    }
}
