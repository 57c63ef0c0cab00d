//! An order as a provider's own systems read it, for stock, accounts and figures: what was ordered and
//! what it costs, without who ordered it. Whoever packs reads the parcel.

use poem_openapi::Object;
use time::OffsetDateTime;

use super::parcel::{ParcelCashView, ParcelRestView, ParcelView, parcel_list, views};
use crate::{
    kernel::{Error, Money, Page, PageQuery, ParcelId, Result, TenantId},
    orders::{self, OrderLineView, ParcelState, ParcelStatus},
    platform::Platform,
};

/// The provider's part of a paid order, without the customer.
#[derive(Debug, Clone, Object)]
#[oai(rename = "ProviderOrder")]
pub struct ProviderOrderView {
    /// The number of the order, which the shopper knows.
    pub number: String,
    /// The parcel by which the provider delivers it.
    pub parcel_id: ParcelId,
    pub state: ParcelState,
    /// Where it stands, with its lines and shipments.
    pub status: ParcelStatus,
    pub lines: Vec<OrderLineView>,
    /// Of the provider's lines.
    pub subtotal: Money,
    pub created_at: OffsetDateTime,
    /// Until when the shopper was promised that it is shipped; null when nothing was promised.
    pub promised_ship_by: Option<OffsetDateTime>,
    /// When the promised date was found to have passed.
    pub promise_missed_at: Option<OffsetDateTime>,
    /// What is collected at the door; null for what was paid before.
    pub cash: Option<ParcelCashView>,
    /// What is left to pay after the deposit; null when the whole price was due at once.
    pub rest: Option<ParcelRestView>,
}

impl From<ParcelView> for ProviderOrderView {
    fn from(parcel: ParcelView) -> Self {
        Self {
            number: parcel.order_number,
            parcel_id: parcel.id,
            state: parcel.state,
            status: parcel.status,
            lines: parcel.lines,
            subtotal: parcel.subtotal,
            created_at: parcel.created_at,
            promised_ship_by: parcel.promised_ship_by,
            promise_missed_at: parcel.promise_missed_at,
            cash: parcel.cash,
            rest: parcel.rest,
        }
    }
}

/// A provider's paid orders, newest first.
pub(super) async fn order_list(
    platform: &Platform,
    tenant: TenantId,
    state: Option<ParcelState>,
    page: &PageQuery,
) -> Result<Page<ProviderOrderView>> {
    let Page { items, next_cursor } = parcel_list(platform, tenant, state, None, page).await?;
    Ok(Page { items: items.into_iter().map(Into::into).collect(), next_cursor })
}

/// A provider's part of a paid order, by the order's number however it is typed.
pub(super) async fn order_view(
    platform: &Platform,
    tenant: TenantId,
    number: &str,
) -> Result<ProviderOrderView> {
    // A tenant may not see orders, which are of several providers.
    let mut tx = platform.db.platform("number of an order").await?;
    let order = orders::order_id_by_number(&mut tx, number).await?;
    drop(tx);
    let mut tx = platform.db.tenant(tenant).await?;
    let parcel = orders::parcel_of_order(&mut tx, tenant, order).await?;
    let parcel = parcel.ok_or(Error::NotFound("order"))?;
    let view = views(platform, tx, tenant, vec![parcel]).await?.pop();
    Ok(view.ok_or(Error::NotFound("order"))?.into())
}
