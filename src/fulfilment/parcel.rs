//! A parcel as the provider who packs it sees it.

use poem_openapi::Object;
use serde::Serialize;
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use crate::{
    kernel::{Money, Page, PageQuery, ParcelId, Result, TenantId, iso_date},
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
    /// What is left to pay for the parcel after its deposit; null when the whole price was due at once.
    pub rest: Option<ParcelRestView>,
    /// When the promised date was found to have passed; the shopper may then have the money back.
    #[serde(with = "time::serde::rfc3339::option")]
    pub promise_missed_at: Option<OffsetDateTime>,
}

/// The rest of the price of a parcel, after its deposit. The parcel must not be shipped before it is paid.
#[derive(Debug, Clone, Object, Serialize)]
#[oai(rename = "ParcelRest")]
pub struct ParcelRestView {
    /// Of this parcel; zero when only another parcel of the order has a deposit.
    pub amount: Money,
    #[serde(with = "iso_date")]
    pub due_on: Date,
    /// The deposit is paid, and the rest is not. False once the order is cancelled.
    pub is_due: bool,
    /// Null until it is paid.
    #[serde(with = "time::serde::rfc3339::option")]
    pub paid_at: Option<OffsetDateTime>,
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

/// Parcels as their provider sees them, in the same order.
pub(super) async fn views(
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
    let paid = payments::paid_orders(&mut tx, &order_ids).await?;
    let rests = orders::rests_of_orders(&mut tx, &order_ids).await?;
    let refunded_units = orders::refunded_units(&mut tx, &order_ids).await?;
    drop(tx);
    let to_view = |parcel: Parcel| {
        let lines: Vec<OrderLineView> = lines
            .iter()
            .filter(|line| line.parcel == parcel.id)
            .map(|line| {
                let refunded = refunded_units.get(&line.id).copied().unwrap_or_default();
                OrderLineView::new(line.clone(), &parcel.currency, refunded)
            })
            .collect();
        let shipments = shipments.remove(&parcel.id).unwrap_or_default();
        let outcome = cash.outcome(parcel.order, parcel.id);
        let rest = rests.get(&parcel.order).copied();
        let is_unpaid = rest.is_some_and(|rest| rest.is_unpaid);
        let in_cash = cash.contain(parcel.order);
        let was_paid = paid.contains(&parcel.order);
        let called_off = orders::was_called_off(parcel.state, outcome, in_cash, was_paid);
        // A provider sees only parcels of confirmed orders.
        let status = match outcome {
            Some(CashOutcome::Refused) => ParcelStatus::RefusedAtDoor,
            None if called_off => ParcelStatus::Cancelled,
            _ => {
                let confirmed = OrderState::Confirmed;
                orders::status_of(confirmed, is_unpaid, parcel.state, &lines, &shipments)
            }
        };
        let rest_minor =
            lines.iter().filter_map(|line| line.rest.as_ref()).map(|of| of.amount).sum();
        let rest = rest.map(|rest| ParcelRestView {
            amount: Money::new(rest_minor, &parcel.currency),
            due_on: rest.due_on,
            is_due: rest.is_due,
            paid_at: rest.paid_at,
        });
        let subtotal = Money::new(parcel.subtotal_minor, parcel.currency);
        ParcelView {
            id: parcel.id,
            status,
            order_number: parcel.order_number,
            state: parcel.state,
            customer_name: parcel.shipping_address.name.clone(),
            shipping_address: parcel.shipping_address.0,
            lines,
            cash: (in_cash && !called_off)
                .then(|| ParcelCashView { amount: subtotal.clone(), outcome }),
            rest,
            subtotal,
            shipments,
            created_at: parcel.created_at,
            promised_ship_by: parcel.promised_ship_by,
            promise_missed_at: parcel.promise_missed_at,
        }
    };
    Ok(parcels.into_iter().map(to_view).collect())
}
