//! Revisions as the API shows them to their provider and to SMP.

use std::collections::{BTreeMap, HashMap};

use poem_openapi::Object;
use sqlx::PgConnection;
use time::{Date, OffsetDateTime};

use crate::{
    access::accounts,
    assets::AssetKind,
    kernel::{AccountId, AssetId, ItemId, Result, RevisionId, SaleId, SaleItemId, TenantId},
    platform::{Platform, PublicPath},
    providers::{self, Seller},
    sales::{
        Content, ContentAsset, ContentItem, KindTerms, Revision, RevisionState, SaleKind, SaleMode,
        SaleTenantView,
    },
};

/// A sale's content, frozen at a submission.
#[derive(Object)]
#[oai(rename = "Revision")]
pub struct RevisionView {
    pub id: RevisionId,
    pub sale_id: SaleId,
    pub tenant: SaleTenantView,
    pub number: i32,
    pub state: RevisionState,
    pub title: String,
    pub content: ContentView,
    /// SHA-256 of the content, which a decision has to name.
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
#[oai(rename = "RevisionSummary")]
pub struct RevisionSummaryView {
    pub id: RevisionId,
    pub sale_id: SaleId,
    pub tenant: SaleTenantView,
    pub number: i32,
    pub state: RevisionState,
    pub title: String,
    pub kind: SaleKind,
    pub starts_at: OffsetDateTime,
    pub ends_at: OffsetDateTime,
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
    pub kind: SaleKind,
    pub currency: String,
    pub starts_at: OffsetDateTime,
    pub ends_at: OffsetDateTime,
    pub hold_seconds: i32,
    pub registration_opens_at: Option<OffsetDateTime>,
    pub registration_closes_at: Option<OffsetDateTime>,
    pub registered_only: bool,
    pub waitlist_offer_seconds: i32,
    pub redirect_url: Option<String>,
    /// Redirect mode: an item sells out once purchases of all its guaranteed units are reported.
    pub sold_out_at_guarantee: bool,
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
    pub kind: AssetKind,
    pub alt: String,
    /// The widest rendition; null when the asset is not a picture.
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
    /// Null means the capacity.
    pub guaranteed_quantity: Option<i32>,
    /// Evidence for the guarantee.
    pub evidence: String,
    pub evidence_asset_id: Option<AssetId>,
    /// Due at once for each unit; null when the whole price is.
    pub deposit_minor: Option<i64>,
    /// Until when the rest is due.
    pub rest_due_on: Option<Date>,
    /// Whether the deposit goes back to a shopper who does not pay the rest.
    pub deposit_refundable: bool,
}

impl From<Content> for ContentView {
    fn from(content: Content) -> Self {
        let asset = |asset: ContentAsset| ContentAssetView {
            url: asset.renditions.last().map(|rendition| {
                PublicPath::Media { object_key: &rendition.object_key }.to_string()
            }),
            thumbnail_url: asset.renditions.first().map(|rendition| {
                PublicPath::Media { object_key: &rendition.object_key }.to_string()
            }),
            asset_id: asset.asset_id,
            kind: asset.kind,
            alt: asset.alt,
            width_px: asset.width_px,
            height_px: asset.height_px,
        };
        let item = |item: ContentItem| ContentItemView {
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
            deposit_minor: item.deposit.map(|deposit| deposit.amount_minor),
            rest_due_on: item.deposit.map(|deposit| deposit.rest_due_on),
            deposit_refundable: item.deposit.is_some_and(|deposit| deposit.refundable),
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
            sold_out_at_guarantee: content.sold_out_at_guarantee,
            countries: content.countries,
            assets: content.assets.into_iter().map(asset).collect(),
            items: content.items.into_iter().map(item).collect(),
            terms_of_kind: content.terms_of_kind,
        }
    }
}

/// Makes the views of some revisions, with the names that they all need looked up once.
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
            sellers: providers::sellers(conn, &tenants).await?,
        })
    }

    fn name(&self, account: AccountId) -> String {
        self.names.get(&account).cloned().unwrap_or_default()
    }

    pub fn summary(&self, revision: &Revision) -> RevisionSummaryView {
        let unknown =
            || SaleTenantView { id: revision.tenant, slug: String::new(), name: String::new() };
        RevisionSummaryView {
            id: revision.id,
            sale_id: revision.sale,
            tenant: self.sellers.get(&revision.tenant).map_or_else(unknown, SaleTenantView::from),
            number: revision.number,
            state: revision.state,
            title: revision.content.title.clone(),
            kind: revision.content.kind,
            starts_at: revision.content.starts_at,
            ends_at: revision.content.ends_at,
            content_hash: revision.content_hash.clone(),
            note: revision.note.clone(),
            submitted_by_name: self.name(revision.submitted_by),
            submitted_at: revision.submitted_at,
            decided_by_name: revision.decided_by.map(|account| self.name(account)),
            decided_at: revision.decided_at,
            reason: revision.reason.clone(),
            preview_url: self
                .platform
                .public_url(PublicPath::Preview { tenant: revision.tenant, revision: revision.id }),
        }
    }

    pub fn full(&self, revision: Revision) -> RevisionView {
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
