//! A parcel as the provider who packs it sees it.

use poem_openapi::Object;
use serde::Serialize;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    kernel::{Money, Page, PageQuery, ParcelId, Result, TenantId},
    orders::{
        self, Address, OrderLine, ParcelState, Shipment,
        parcels::{self, ParcelRow},
    },
    platform::{Platform, Tx},
};

/// What to pack, and for whom.
#[derive(Debug, Clone, Object, Serialize)]
pub struct Parcel {
    pub id: ParcelId,
    pub order_number: String,
    pub state: ParcelState,
    pub customer_name: String,
    pub shipping_address: Address,
    pub subtotal: Money,
    pub lines: Vec<OrderLine>,
    /// Oldest first.
    pub shipments: Vec<Shipment>,
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// Until when the shopper was promised that it is shipped; null when nothing was promised.
    #[serde(with = "time::serde::rfc3339::option")]
    pub promised_ship_by: Option<OffsetDateTime>,
    /// When the promised date was found to have passed; the shopper may then have the money back.
    #[serde(with = "time::serde::rfc3339::option")]
    pub promise_missed_at: Option<OffsetDateTime>,
}

/// A provider's paid parcels, newest first.
pub async fn parcel_list(
    platform: &Platform,
    tenant: TenantId,
    state: Option<ParcelState>,
    q: Option<&str>,
    page: &PageQuery,
) -> Result<Page<Parcel>> {
    let mut tx = platform.db.tenant(tenant).await?;
    let rows = parcels::list(&mut tx, tenant, state, q, page).await?;
    let (rows, next_cursor) = page.cut(rows, |row| (row.created_at, row.id.0));
    Ok(Page { items: views(tx, tenant, rows).await?, next_cursor })
}

/// A provider's paid parcel.
pub async fn parcel_view(platform: &Platform, tenant: TenantId, id: ParcelId) -> Result<Parcel> {
    let mut tx = platform.db.tenant(tenant).await?;
    let row = parcels::get(&mut tx, tenant, id).await?;
    let view = views(tx, tenant, vec![row]).await?.pop();
    Ok(view.ok_or_else(|| anyhow::anyhow!("a parcel has no view"))?)
}

async fn views(mut tx: Tx, tenant: TenantId, rows: Vec<ParcelRow>) -> Result<Vec<Parcel>> {
    let lines = parcels::lines(&mut tx, tenant, &rows).await?;
    let orders: Vec<Uuid> = rows.iter().map(|row| row.order.0).collect();
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id.0).collect();
    let mut shipments = orders::shipments_of(&mut tx, &orders, &ids).await?;
    let view = |row: ParcelRow| Parcel {
        id: row.id,
        order_number: row.order_number,
        state: row.state,
        customer_name: row.shipping_address.name.clone(),
        shipping_address: row.shipping_address.0,
        subtotal: Money::new(row.subtotal_minor, row.currency),
        lines: lines
            .iter()
            .filter(|(parcel, _)| *parcel == row.id)
            .map(|(_, line)| line.clone())
            .collect(),
        shipments: shipments.remove(&row.id).unwrap_or_default(),
        created_at: row.created_at,
        promised_ship_by: row.promised_ship_by,
        promise_missed_at: row.promise_missed_at,
    };
    Ok(rows.into_iter().map(view).collect())
}
