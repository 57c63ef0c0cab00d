//! Sales as the API shows them to their provider and to SMP.

use std::collections::HashMap;

use poem_openapi::{Enum, Object};
use sqlx::PgConnection;
use time::{Date, OffsetDateTime};

use super::{
    content::ContentItem,
    decision::Decision,
    guaranteed_units::{self, GuaranteedUnits},
    phase::Phase,
    sale::Sale,
    states::{RevisionState, SaleKind, SaleMode, SaleState},
    stock_levels::{StockLevel, stock_levels_of},
    store,
    terms::KindTerms,
};
use crate::{
    contracts,
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
    /// Redirect mode: an item is shown as sold out once purchases of all its guaranteed units are
    /// reported.
    pub sold_out_at_guarantee: bool,
    /// ISO 3166-1 countries it is open to; empty means everywhere.
    pub countries: Vec<String>,
    /// It leads the home page.
    pub featured: bool,
    /// When it was featured last; null once somebody stopped featuring it. When the sale featured
    /// now is taken away or is over, the one featured before it comes back.
    pub featured_at: Option<OffsetDateTime>,
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
    /// It was never published, or is over without anybody having taken part; and it is not in review.
    pub can_be_deleted: bool,
    pub page_url: String,
    /// Whether the provider's contract lets it go live.
    pub contract: SaleContract,
    /// Whether what it brings can be paid to its provider. A hosted sale whose provider has yet to set up
    /// its payouts is not approved, and sells nothing.
    pub payouts_ready: bool,
    /// Send it in `If-Match` when you replace the draft.
    pub version: i32,
    pub created_at: OffsetDateTime,
    pub updated_at: OffsetDateTime,
    #[oai(flatten)]
    pub terms_of_kind: KindTerms,
}

/// Whether a provider's contract lets a sale go live.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum SaleContract {
    /// A contract is in force until the sale's end and longer.
    InForce,
    /// The contract in force ends before the sale does, because a newer version is to be signed.
    Ending,
    /// No contract is in force: the sale sells nothing until one is.
    Missing,
}

impl SaleContract {
    fn new(until: Option<OffsetDateTime>, ends_at: OffsetDateTime, now: OffsetDateTime) -> Self {
        if !contracts::is_in_force(until, now) {
            Self::Missing
        } else if contracts::is_in_force(until, ends_at) {
            Self::InForce
        } else {
            Self::Ending
        }
    }
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
    /// Due at once for each unit; null when the whole price is.
    pub deposit_minor: Option<i64>,
    /// Until when the rest is due.
    pub rest_due_on: Option<Date>,
    /// Whether the deposit goes back to a shopper who does not pay the rest.
    pub deposit_refundable: bool,
    /// What a manager verified at the last approval; null where there is no stock.
    pub verified_quantity: Option<i32>,
    /// Redirect mode, since the first approval: units that were reported as bought, less those that
    /// were reversed. They count against `guaranteed_quantity`.
    pub reported_quantity: Option<i64>,
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
    let reported = guaranteed_units::of_sales(conn, &ids).await?;
    let view = |sale: &Sale| {
        let (offer, seller) = (offers.get(&sale.offer)?, sellers.get(&sale.tenant)?);
        let levels = levels.get(&sale.id).map_or(&[][..], Vec::as_slice);
        Some(SaleView::new(platform, sale, offer, seller, levels, &reported))
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
        reported: &HashMap<SaleItemId, GuaranteedUnits>,
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
                stock: level.filter(|_| sale.mode == SaleMode::Hosted).map(SaleStockView::from),
                slot_starts_on: item.slot.map(|slot| slot.starts_on),
                slot_ends_on: item.slot.map(|slot| slot.ends_on),
                guaranteed_quantity: item.guaranteed_quantity,
                evidence: item.evidence.clone(),
                evidence_asset_id: item.evidence_asset_id,
                deposit_minor: item.deposit.map(|deposit| deposit.amount_minor),
                rest_due_on: item.deposit.map(|deposit| deposit.rest_due_on),
                deposit_refundable: item.deposit.is_some_and(|deposit| deposit.refundable),
                verified_quantity: level
                    .filter(|_| sale.mode == SaleMode::Hosted)
                    .map(|level| level.verified),
                reported_quantity: reported.get(&item.sale_item_id).map(|units| units.reported),
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
            sold_out_at_guarantee: sale.sold_out_at_guarantee,
            countries: sale.countries.clone(),
            featured: sale.featured,
            featured_at: sale.featured_at,
            halt_reason: sale.halt_reason.clone(),
            stopped_at: sale.stopped_at,
            halted_by_provider: sale.halted_by_provider,
            items: content.items.iter().map(item).collect(),
            thumbnail_url: offer.thumbnail_url(),
            last_decision,
            has_unsubmitted_changes: sale.submitted_hash.as_deref()
                != Some(content.hash().as_str()),
            in_review: sale.in_review,
            can_be_deleted: sale.can_be_deleted,
            page_url: platform.public_url(PublicPath::Sale { slug: &sale.slug }),
            contract: SaleContract::new(
                seller.contract_until,
                sale.ends_at.max(platform.clock.now()),
                platform.clock.now(),
            ),
            payouts_ready: seller.can_be_paid || sale.mode == SaleMode::Redirect,
            version: sale.version,
            created_at: sale.created_at,
            updated_at: sale.updated_at,
            terms_of_kind: sale.terms_of_kind.clone(),
        }
    }
}
