//! Sales and revisions as the API shows them to their provider and to SMP.

use std::collections::{BTreeMap, HashMap};

use poem_openapi::{Enum, Object};
use sqlx::PgConnection;
use time::{Date, OffsetDateTime};

use super::{
    Content, KindTerms, Level, Phase, RevisionState, SaleKind, SaleMode, SaleState, levels,
    levels_of, revisions::Revision, store::Sale,
};
use crate::{
    access::accounts,
    assets,
    kernel::{
        AccountId, AssetId, ItemId, Money, OfferId, Result, RevisionId, SaleId, SaleItemId,
        TenantId,
    },
    offers::{self, Offer},
    platform::Platform,
    providers::sellers::{self, Seller},
};

/// Whose sale it is.
#[derive(Debug, Clone, Object)]
pub struct SaleTenant {
    pub id: TenantId,
    pub slug: String,
    pub name: String,
}

/// A sale as its provider and SMP see it: the draft of today. What shoppers see is its approved
/// revision.
#[derive(Object)]
#[oai(rename = "Sale")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "what is said of a sale, not the states of a machine"
)]
pub struct SaleView {
    pub id: SaleId,
    pub tenant: SaleTenant,
    pub slug: String,
    /// Its offer's.
    pub title: String,
    pub offer_id: OfferId,
    pub mode: SaleMode,
    pub kind: SaleKind,
    pub state: SaleState,
    /// Where an approved sale is by the clock and the stock; null in every other state.
    pub phase: Option<Phase>,
    pub starts_at: OffsetDateTime,
    pub ends_at: OffsetDateTime,
    pub hold_seconds: i32,
    /// When one can register; null: there is no registration.
    pub registration_opens_at: Option<OffsetDateTime>,
    pub registration_closes_at: Option<OffsetDateTime>,
    /// Only those who registered can buy.
    pub registered_only: bool,
    /// How long an offer to the next in line stands.
    pub waitlist_offer_seconds: i32,
    pub redirect_url: Option<String>,
    /// ISO 3166-1 countries it is open to; empty: everywhere.
    pub countries: Vec<String>,
    pub featured: bool,
    /// Why it is halted or cancelled.
    pub halt_reason: Option<String>,
    pub items: Vec<SaleItemView>,
    pub thumbnail_url: Option<String>,
    pub last_decision: Option<SaleDecision>,
    /// Something differs from what was last submitted or approved.
    pub has_unsubmitted_changes: bool,
    /// A revision waits for SMP's decision; until then nothing can be edited.
    pub in_review: bool,
    pub page_url: String,
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
    pub stock: Option<SaleStock>,
    pub slot_starts_on: Option<Date>,
    pub slot_ends_on: Option<Date>,
    /// Null: the capacity.
    pub guaranteed_quantity: Option<i32>,
    pub evidence: String,
    pub evidence_asset_id: Option<AssetId>,
    /// What a manager verified at the last approval; null where there is no stock.
    pub verified_quantity: Option<i32>,
}

#[derive(Object)]
pub struct SaleStock {
    pub capacity: i32,
    pub held: i32,
    pub sold: i32,
}

impl From<Level> for SaleStock {
    fn from(level: Level) -> Self {
        Self { capacity: level.capacity, held: level.held, sold: level.sold }
    }
}

/// What SMP said of the newest revision it decided on.
#[derive(Object)]
pub struct SaleDecision {
    pub decision: DecisionWord,
    pub reason: Option<String>,
    pub decided_at: OffsetDateTime,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case", rename = "ReviewDecisionWord")]
pub enum DecisionWord {
    Approve,
    RequestChanges,
    Reject,
}

/// Sales with what belongs to them: one query of each kind, however many there are.
pub async fn sales(
    conn: &mut PgConnection,
    platform: &Platform,
    sales: &[Sale],
) -> Result<Vec<SaleView>> {
    let offer_ids: Vec<_> = sales.iter().map(|sale| (sale.tenant, sale.offer)).collect();
    let tenants: Vec<TenantId> = sales.iter().map(|sale| sale.tenant).collect();
    let ids: Vec<SaleId> = sales.iter().map(|sale| sale.id).collect();
    let offers = offers::many(conn, &offer_ids).await?;
    let sellers = sellers::sellers(conn, &tenants).await?;
    let levels = levels_of(conn, &ids).await?;
    let verified = levels::verified_of(conn, &ids).await?;
    let view = |sale: &Sale| {
        let (offer, seller) = (offers.get(&sale.offer)?, sellers.get(&sale.tenant)?);
        Some(sale_view(
            platform,
            sale,
            offer,
            seller,
            levels.get(&sale.id).map_or(&[], Vec::as_slice),
            &verified,
        ))
    };
    Ok(sales.iter().filter_map(view).collect())
}

/// One sale.
pub async fn sale(conn: &mut PgConnection, platform: &Platform, sale: Sale) -> Result<SaleView> {
    sales(conn, platform, &[sale]).await?.pop().ok_or(crate::kernel::Error::NotFound("sale"))
}

fn sale_view(
    platform: &Platform,
    sale: &Sale,
    offer: &Offer,
    seller: &Seller,
    levels: &[Level],
    verified: &HashMap<SaleItemId, i32>,
) -> SaleView {
    let last_decision = sale.decided_as.zip(sale.decided_at).and_then(|(state, decided_at)| {
        let decision = match state {
            RevisionState::Approved => DecisionWord::Approve,
            RevisionState::ChangesRequested => DecisionWord::RequestChanges,
            RevisionState::Rejected => DecisionWord::Reject,
            RevisionState::Submitted | RevisionState::Withdrawn => return None,
        };
        Some(SaleDecision { decision, reason: sale.decided_reason.clone(), decided_at })
    });
    let content = Content::of(sale, offer);
    let item = |item: &super::ContentItem| SaleItemView {
        id: item.sale_item_id,
        item_id: item.item_id,
        sku: item.sku.clone(),
        name: item.name.clone(),
        price: Money::new(item.price_minor, &offer.currency),
        compare_at: item.compare_at_minor.map(|amount| Money::new(amount, &offer.currency)),
        capacity: item.capacity,
        limit_per_shopper: item.limit_per_shopper,
        stock: levels
            .iter()
            .find(|level| level.sale_item_id == item.sale_item_id)
            .map(|level| SaleStock::from(*level)),
        slot_starts_on: item.slot.map(|slot| slot.starts_on),
        slot_ends_on: item.slot.map(|slot| slot.ends_on),
        guaranteed_quantity: item.guaranteed_quantity,
        evidence: item.evidence.clone(),
        evidence_asset_id: item.evidence_asset_id,
        verified_quantity: verified.get(&item.sale_item_id).copied(),
    };
    SaleView {
        id: sale.id,
        tenant: tenant(seller),
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
        items: content.items.iter().map(item).collect(),
        thumbnail_url: offer.thumbnail_url(),
        last_decision,
        has_unsubmitted_changes: sale.submitted_hash.as_deref() != Some(content.hash().as_str()),
        in_review: sale.in_review,
        page_url: platform.url(&format!("/sales/{}", sale.slug)),
        created_at: sale.created_at,
        updated_at: sale.updated_at,
        terms_of_kind: sale.terms_of_kind.clone(),
    }
}

fn tenant(seller: &Seller) -> SaleTenant {
    SaleTenant { id: seller.tenant, slug: seller.slug.clone(), name: seller.name.clone() }
}

/// Content frozen at a submission.
#[derive(Object)]
#[oai(rename = "Revision")]
pub struct RevisionView {
    pub id: RevisionId,
    pub sale_id: SaleId,
    pub tenant: SaleTenant,
    pub number: i32,
    pub state: RevisionState,
    pub title: String,
    pub content: ContentView,
    /// SHA-256 of the content; a decision names it.
    pub content_hash: String,
    pub note: String,
    pub submitted_by_name: String,
    pub submitted_at: OffsetDateTime,
    pub decided_by_name: Option<String>,
    pub decided_at: Option<OffsetDateTime>,
    pub reason: Option<String>,
    pub preview_url: String,
}

/// A revision without its content, for lists.
#[derive(Object)]
pub struct RevisionSummary {
    pub id: RevisionId,
    pub sale_id: SaleId,
    pub tenant: SaleTenant,
    pub number: i32,
    pub state: RevisionState,
    pub title: String,
    pub content_hash: String,
    pub note: String,
    pub submitted_by_name: String,
    pub submitted_at: OffsetDateTime,
    pub decided_by_name: Option<String>,
    pub decided_at: Option<OffsetDateTime>,
    pub reason: Option<String>,
    pub preview_url: String,
}

#[derive(Object)]
#[oai(rename = "Content")]
pub struct ContentView {
    pub title: String,
    pub summary: String,
    pub description: String,
    pub terms: String,
    pub mode: SaleMode,
    pub kind: String,
    pub currency: String,
    pub starts_at: OffsetDateTime,
    pub ends_at: OffsetDateTime,
    pub hold_seconds: i32,
    pub registration_opens_at: Option<OffsetDateTime>,
    pub registration_closes_at: Option<OffsetDateTime>,
    pub registered_only: bool,
    pub waitlist_offer_seconds: i32,
    pub redirect_url: Option<String>,
    pub countries: Vec<String>,
    pub assets: Vec<ContentAssetView>,
    pub items: Vec<ContentItemView>,
    #[oai(flatten)]
    pub terms_of_kind: KindTerms,
}

#[derive(Object)]
#[oai(rename = "ContentAsset")]
pub struct ContentAssetView {
    pub asset_id: AssetId,
    /// `image`, `video` or `pdf`.
    pub kind: String,
    pub alt: String,
    /// The widest rendition; null when the asset is no picture.
    pub url: Option<String>,
    pub thumbnail_url: Option<String>,
    pub width_px: i32,
    pub height_px: i32,
}

#[derive(Object)]
#[oai(rename = "ContentItem")]
pub struct ContentItemView {
    pub sale_item_id: SaleItemId,
    pub item_id: ItemId,
    pub sku: String,
    pub name: String,
    pub attributes: BTreeMap<String, String>,
    pub price_minor: i64,
    pub compare_at_minor: Option<i64>,
    pub capacity: i32,
    pub limit_per_shopper: i32,
    pub slot_starts_on: Option<Date>,
    pub slot_ends_on: Option<Date>,
    /// Null: the capacity.
    pub guaranteed_quantity: Option<i32>,
    /// What the guarantee rests on.
    pub evidence: String,
    pub evidence_asset_id: Option<AssetId>,
}

impl From<Content> for ContentView {
    fn from(content: Content) -> Self {
        let asset = |asset: super::ContentAsset| ContentAssetView {
            url: asset.renditions.last().map(|rendition| assets::media_url(&rendition.object_key)),
            thumbnail_url: asset
                .renditions
                .first()
                .map(|rendition| assets::media_url(&rendition.object_key)),
            asset_id: asset.asset_id,
            kind: asset.kind,
            alt: asset.alt,
            width_px: asset.width_px,
            height_px: asset.height_px,
        };
        let item = |item: super::ContentItem| ContentItemView {
            sale_item_id: item.sale_item_id,
            item_id: item.item_id,
            sku: item.sku,
            name: item.name,
            attributes: item.attributes,
            price_minor: item.price_minor,
            compare_at_minor: item.compare_at_minor,
            capacity: item.capacity,
            limit_per_shopper: item.limit_per_shopper,
            slot_starts_on: item.slot.map(|slot| slot.starts_on),
            slot_ends_on: item.slot.map(|slot| slot.ends_on),
            guaranteed_quantity: item.guaranteed_quantity,
            evidence: item.evidence,
            evidence_asset_id: item.evidence_asset_id,
        };
        Self {
            title: content.title,
            summary: content.summary,
            description: content.description,
            terms: content.terms,
            mode: content.mode,
            kind: content.kind,
            currency: content.currency,
            starts_at: content.starts_at,
            ends_at: content.ends_at,
            hold_seconds: content.hold_seconds,
            registration_opens_at: content.registration_opens_at,
            registration_closes_at: content.registration_closes_at,
            registered_only: content.registered_only,
            waitlist_offer_seconds: content.waitlist_offer_seconds,
            redirect_url: content.redirect_url,
            countries: content.countries,
            assets: content.assets.into_iter().map(asset).collect(),
            items: content.items.into_iter().map(item).collect(),
            terms_of_kind: content.terms_of_kind,
        }
    }
}

/// Who and what revisions name, looked up once for all of them.
pub struct RevisionViews<'a> {
    platform: &'a Platform,
    names: HashMap<AccountId, String>,
    sellers: HashMap<TenantId, Seller>,
}

impl<'a> RevisionViews<'a> {
    pub async fn of(
        conn: &mut PgConnection,
        platform: &'a Platform,
        revisions: &[Revision],
    ) -> Result<Self> {
        let people: Vec<AccountId> = revisions
            .iter()
            .flat_map(|revision| [Some(revision.submitted_by), revision.decided_by])
            .flatten()
            .collect();
        let tenants: Vec<TenantId> = revisions.iter().map(|revision| revision.tenant).collect();
        Ok(Self {
            platform,
            names: accounts::names(conn, &people).await?,
            sellers: sellers::sellers(conn, &tenants).await?,
        })
    }

    fn name(&self, account: AccountId) -> String {
        self.names.get(&account).cloned().unwrap_or_default()
    }

    pub fn summary(&self, revision: &Revision) -> RevisionSummary {
        let nobody =
            || SaleTenant { id: revision.tenant, slug: String::new(), name: String::new() };
        RevisionSummary {
            id: revision.id,
            sale_id: revision.sale,
            tenant: self.sellers.get(&revision.tenant).map_or_else(nobody, tenant),
            number: revision.number,
            state: revision.state,
            title: revision.content.title.clone(),
            content_hash: revision.content_hash.clone(),
            note: revision.note.clone(),
            submitted_by_name: self.name(revision.submitted_by),
            submitted_at: revision.submitted_at,
            decided_by_name: revision.decided_by.map(|account| self.name(account)),
            decided_at: revision.decided_at,
            reason: revision.reason.clone(),
            preview_url: self
                .platform
                .url(&format!("/preview/{}/{}", revision.tenant, revision.id)),
        }
    }

    pub fn whole(&self, revision: Revision) -> RevisionView {
        let summary = self.summary(&revision);
        RevisionView {
            id: summary.id,
            sale_id: summary.sale_id,
            tenant: summary.tenant,
            number: summary.number,
            state: summary.state,
            title: summary.title,
            content: revision.content.0.into(),
            content_hash: summary.content_hash,
            note: summary.note,
            submitted_by_name: summary.submitted_by_name,
            submitted_at: summary.submitted_at,
            decided_by_name: summary.decided_by_name,
            decided_at: summary.decided_at,
            reason: summary.reason,
            preview_url: summary.preview_url,
        }
    }
}
