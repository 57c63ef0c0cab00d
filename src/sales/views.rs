//! Sales as the API shows them to their provider and to SMP.

use poem_openapi::Object;
use sqlx::PgConnection;
use time::{Date, OffsetDateTime};

use super::{
    content::ContentItem,
    decision::Decision,
    phase::Phase,
    sale::Sale,
    states::{RevisionState, SaleKind, SaleMode, SaleState},
    stock_levels::{StockLevel, stock_levels_of},
    store,
    terms::KindTerms,
};
use crate::{
    kernel::{AssetId, Error, ItemId, Money, OfferId, Result, SaleId, SaleItemId, TenantId},
    offers::{self, Offer},
    platform::{Platform, PublicPath},
    providers::{self, Seller},
};

/// The provider of a sale.
#[derive(Debug, Clone, Object)]
#[oai(rename = "SaleTenant")]
pub struct SaleTenantView {
    pub id: TenantId,
    pub slug: String,
    pub name: String,
}

impl From<&Seller> for SaleTenantView {
    fn from(seller: &Seller) -> Self {
        Self { id: seller.tenant, slug: seller.slug.clone(), name: seller.name.clone() }
    }
}

/// A sale as its provider and SMP see it: today's draft. Shoppers see its approved revision.
#[derive(Object)]
#[oai(rename = "Sale")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts about a sale, not the states of a machine"
)]
pub struct SaleView {
    pub id: SaleId,
    pub tenant: SaleTenantView,
    pub slug: String,
    /// The title of its offer.
    pub title: String,
    pub offer_id: OfferId,
    pub mode: SaleMode,
    pub kind: SaleKind,
    pub state: SaleState,
    /// The phase of an approved sale by the clock and the stock; null in every other state.
    pub phase: Option<Phase>,
    pub starts_at: OffsetDateTime,
    pub ends_at: OffsetDateTime,
    pub hold_seconds: i32,
    /// When registration opens; null when there is none.
    pub registration_opens_at: Option<OffsetDateTime>,
    pub registration_closes_at: Option<OffsetDateTime>,
    /// Only registered shoppers can buy.
    pub registered_only: bool,
    /// How long a waitlist offer stands, in seconds.
    pub waitlist_offer_seconds: i32,
    pub redirect_url: Option<String>,
    /// ISO 3166-1 countries it is open to; empty means everywhere.
    pub countries: Vec<String>,
    pub featured: bool,
    /// Why the sale is halted or cancelled.
    pub halt_reason: Option<String>,
    /// When the sale was halted or cancelled.
    pub stopped_at: Option<OffsetDateTime>,
    /// Its provider halted or cancelled it. What SMP halted, only SMP resumes.
    pub halted_by_provider: bool,
    pub items: Vec<SaleItemView>,
    pub thumbnail_url: Option<String>,
    pub last_decision: Option<SaleDecisionView>,
    /// The draft differs from what was last submitted or approved.
    pub has_unsubmitted_changes: bool,
    /// A revision is waiting for SMP's decision; until then nothing can be edited.
    pub in_review: bool,
    pub page_url: String,
    /// Send it in `If-Match` when you replace the draft.
    pub version: i32,
    pub created_at: OffsetDateTime,
    pub updated_at: OffsetDateTime,
    #[oai(flatten)]
    pub terms_of_kind: KindTerms,
}

#[derive(Object)]
#[oai(rename = "SaleItem")]
pub struct SaleItemView {
    pub id: SaleItemId,
    pub item_id: ItemId,
    pub sku: String,
    pub name: String,
    pub price: Money,
    pub compare_at: Option<Money>,
    pub capacity: i32,
    pub limit_per_shopper: i32,
    /// Null before the first approval and in redirect mode.
    pub stock: Option<SaleStockView>,
    pub slot_starts_on: Option<Date>,
    pub slot_ends_on: Option<Date>,
    /// Null means the capacity.
    pub guaranteed_quantity: Option<i32>,
    pub evidence: String,
    pub evidence_asset_id: Option<AssetId>,
    /// What a manager verified at the last approval; null where there is no stock.
    pub verified_quantity: Option<i32>,
}

#[derive(Object)]
#[oai(rename = "SaleStock")]
pub struct SaleStockView {
    pub capacity: i32,
    pub held: i32,
    pub sold: i32,
}

impl From<StockLevel> for SaleStockView {
    fn from(level: StockLevel) -> Self {
        Self { capacity: level.capacity, held: level.held, sold: level.sold }
    }
}

/// SMP's decision on the newest revision that was decided on.
#[derive(Object)]
#[oai(rename = "SaleDecision")]
pub struct SaleDecisionView {
    pub decision: Decision,
    pub reason: Option<String>,
    pub decided_at: OffsetDateTime,
}

/// The views of sales, in as many queries as for one sale.
pub async fn sale_views(
    conn: &mut PgConnection,
    platform: &Platform,
    sales: &[Sale],
) -> Result<Vec<SaleView>> {
    let offer_ids: Vec<_> = sales.iter().map(|sale| (sale.tenant, sale.offer)).collect();
    let tenants: Vec<TenantId> = sales.iter().map(|sale| sale.tenant).collect();
    let ids: Vec<SaleId> = sales.iter().map(|sale| sale.id).collect();
    let offers = offers::many(conn, &offer_ids).await?;
    let sellers = providers::sellers(conn, &tenants).await?;
    let levels = stock_levels_of(conn, &ids).await?;
    let view = |sale: &Sale| {
        let (offer, seller) = (offers.get(&sale.offer)?, sellers.get(&sale.tenant)?);
        let levels = levels.get(&sale.id).map_or(&[][..], Vec::as_slice);
        Some(SaleView::new(platform, sale, offer, seller, levels))
    };
    Ok(sales.iter().filter_map(view).collect())
}

/// The view of one sale.
pub async fn sale_view(
    conn: &mut PgConnection,
    platform: &Platform,
    tenant: TenantId,
    sale: SaleId,
) -> Result<SaleView> {
    let sale = store::get(conn, tenant, sale, platform.clock.now()).await?;
    sale_views(conn, platform, &[sale]).await?.pop().ok_or(Error::NotFound("sale"))
}

impl SaleView {
    fn new(
        platform: &Platform,
        sale: &Sale,
        offer: &Offer,
        seller: &Seller,
        levels: &[StockLevel],
    ) -> Self {
        let last_decision = sale.decided_as.zip(sale.decided_at).and_then(|(state, decided_at)| {
            let decision = match state {
                RevisionState::Approved => Decision::Approve,
                RevisionState::ChangesRequested => Decision::RequestChanges,
                RevisionState::Rejected => Decision::Reject,
                RevisionState::Submitted | RevisionState::Withdrawn => return None,
            };
            Some(SaleDecisionView { decision, reason: sale.decided_reason.clone(), decided_at })
        });
        let content = sale.content(offer);
        let item = |item: &ContentItem| {
            let level =
                levels.iter().find(|level| level.sale_item_id == item.sale_item_id).copied();
            SaleItemView {
                id: item.sale_item_id,
                item_id: item.item_id,
                sku: item.sku.clone(),
                name: item.name.clone(),
                price: Money::new(item.price_minor, &offer.currency),
                compare_at: item.compare_at_minor.map(|amount| Money::new(amount, &offer.currency)),
                capacity: item.capacity,
                limit_per_shopper: item.limit_per_shopper,
                stock: level.map(SaleStockView::from),
                slot_starts_on: item.slot.map(|slot| slot.starts_on),
                slot_ends_on: item.slot.map(|slot| slot.ends_on),
                guaranteed_quantity: item.guaranteed_quantity,
                evidence: item.evidence.clone(),
                evidence_asset_id: item.evidence_asset_id,
                verified_quantity: level.map(|level| level.verified),
            }
        };
        Self {
            id: sale.id,
            tenant: seller.into(),
            slug: sale.slug.clone(),
            title: offer.title.clone(),
            offer_id: sale.offer,
            mode: sale.mode,
            kind: sale.kind,
            state: sale.state,
            phase: sale.phase,
            starts_at: sale.starts_at,
            ends_at: sale.ends_at,
            hold_seconds: sale.hold_seconds,
            registration_opens_at: sale.registration.map(|window| window.opens_at),
            registration_closes_at: sale.registration.map(|window| window.closes_at),
            registered_only: sale.registered_only,
            waitlist_offer_seconds: sale.waitlist_offer_seconds,
            redirect_url: sale.redirect_url.clone(),
            countries: sale.countries.clone(),
            featured: sale.featured,
            halt_reason: sale.halt_reason.clone(),
            stopped_at: sale.stopped_at,
            halted_by_provider: sale.halted_by_provider,
            items: content.items.iter().map(item).collect(),
            thumbnail_url: offer.thumbnail_url(),
            last_decision,
            has_unsubmitted_changes: sale.submitted_hash.as_deref()
                != Some(content.hash().as_str()),
            in_review: sale.in_review,
            page_url: platform.public_url(PublicPath::Sale { slug: &sale.slug }),
            version: sale.version,
            created_at: sale.created_at,
            updated_at: sale.updated_at,
            terms_of_kind: sale.terms_of_kind.clone(),
        }
    }
}
