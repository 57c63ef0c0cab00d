//! A parcel as the provider who packs it sees it.

use poem_openapi::Object;
use serde::Serialize;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    kernel::{Money, Page, PageQuery, ParcelId, Result, TenantId},
    orders::{
        self, Address, OrderLineView, OrderState, Parcel, ParcelState, ParcelStatus, ShipmentView,
    },
    payments::{self, CashOutcome},
    platform::{Platform, Tx},
};

/// A parcel to pack, and the address it goes to.
#[derive(Debug, Clone, Object, Serialize)]
#[oai(rename = "Parcel")]
pub struct ParcelView {
    pub id: ParcelId,
    pub order_number: String,
    pub state: ParcelState,
    /// Where it stands, with its lines and shipments.
    pub status: ParcelStatus,
    pub customer_name: String,
    pub shipping_address: Address,
    pub subtotal: Money,
    pub lines: Vec<OrderLineView>,
    /// Oldest first.
    pub shipments: Vec<ShipmentView>,
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// Until when the shopper was promised that it is shipped; null when nothing was promised.
    #[serde(with = "time::serde::rfc3339::option")]
    pub promised_ship_by: Option<OffsetDateTime>,
    /// What is collected at the door; null for what was paid before.
    pub cash: Option<ParcelCashView>,
    /// When the promised date was found to have passed; the shopper may then have the money back.
    #[serde(with = "time::serde::rfc3339::option")]
    pub promise_missed_at: Option<OffsetDateTime>,
}

/// Cash on delivery for a parcel.
#[derive(Debug, Clone, Object, Serialize)]
#[oai(rename = "ParcelCash")]
pub struct ParcelCashView {
    pub amount: Money,
    /// Null until it is noted.
    pub outcome: Option<CashOutcome>,
}

/// A provider's paid parcels, newest first.
pub async fn parcel_list(
    platform: &Platform,
    tenant: TenantId,
    state: Option<ParcelState>,
    q: Option<&str>,
    page: &PageQuery,
) -> Result<Page<ParcelView>> {
    let mut tx = platform.db.tenant(tenant).await?;
    let rows = orders::search_parcels(&mut tx, tenant, state, q, page).await?;
    let (rows, next_cursor) = page.cut(rows, |row| (row.created_at, row.id.0));
    Ok(Page { items: views(platform, tx, tenant, rows).await?, next_cursor })
}

/// A provider's paid parcel.
pub async fn parcel_view(
    platform: &Platform,
    tenant: TenantId,
    id: ParcelId,
) -> Result<ParcelView> {
    let mut tx = platform.db.tenant(tenant).await?;
    let row = orders::find_parcel(&mut tx, tenant, id).await?;
    let view = views(platform, tx, tenant, vec![row]).await?.pop();
    Ok(view.ok_or_else(|| anyhow::anyhow!("a parcel has no view"))?)
}

async fn views(
    platform: &Platform,
    mut tx: Tx,
    tenant: TenantId,
    parcels: Vec<Parcel>,
) -> Result<Vec<ParcelView>> {
    let lines = orders::lines_of_parcels(&mut tx, tenant, &parcels).await?;
    let order_ids: Vec<Uuid> = parcels.iter().map(|parcel| parcel.order.0).collect();
    let ids: Vec<Uuid> = parcels.iter().map(|parcel| parcel.id.0).collect();
    let mut shipments = orders::shipments_of_parcels(&mut tx, &order_ids, &ids).await?;
    drop(tx);
    // A tenant may not see payments, which are of whole orders.
    let mut tx = platform.db.platform("cash of parcels").await?;
    let cash = payments::cash_orders(&mut tx, &order_ids).await?;
    drop(tx);
    let to_view = |parcel: Parcel| {
        let lines: Vec<OrderLineView> = lines
            .iter()
            .filter(|line| line.parcel == parcel.id)
            .map(|line| OrderLineView::new(line.clone(), &parcel.currency))
            .collect();
        let shipments = shipments.remove(&parcel.id).unwrap_or_default();
        let outcome = cash.outcome(parcel.order, parcel.id);
        // A provider sees only parcels of confirmed orders.
        let status = match outcome {
            Some(CashOutcome::Refused) => ParcelStatus::RefusedAtDoor,
            _ => orders::status_of(OrderState::Confirmed, parcel.state, &lines, &shipments),
        };
        let subtotal = Money::new(parcel.subtotal_minor, parcel.currency);
        ParcelView {
            id: parcel.id,
            status,
            order_number: parcel.order_number,
            state: parcel.state,
            customer_name: parcel.shipping_address.name.clone(),
            shipping_address: parcel.shipping_address.0,
            lines,
            cash: cash
                .contain(parcel.order)
                .then(|| ParcelCashView { amount: subtotal.clone(), outcome }),
            subtotal,
            shipments,
            created_at: parcel.created_at,
            promised_ship_by: parcel.promised_ship_by,
            promise_missed_at: parcel.promise_missed_at,
        }
    };
    Ok(parcels.into_iter().map(to_view).collect())
}
