//! Offers: what is sold, with its items (variants), their prices, and the assets that show it.

mod api;
mod rules;
mod store;

use std::collections::{BTreeMap, HashMap};

use poem_openapi::Enum;
use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::{
    assets::Asset,
    kernel::{AssetId, Error, ItemId, OfferId, Result, TenantId},
};

pub use api::OffersApi;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, sqlx::Type)]
#[oai(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum OfferState {
    Draft,
    Archived,
}

impl OfferState {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Archived => "archived",
        }
    }
}

#[derive(Debug, Clone)]
pub struct Offer {
    pub tenant: TenantId,
    pub id: OfferId,
    pub title: String,
    pub summary: String,
    pub description: String,
    pub terms: String,
    /// ISO 4217.
    pub currency: String,
    pub state: OfferState,
    /// In their order.
    pub items: Vec<Item>,
    /// Taken out of the offer; a sale made before may still name them.
    pub removed_items: Vec<Item>,
    /// In their order, without those withdrawn since.
    pub assets: Vec<Asset>,
    pub created_at: OffsetDateTime,
    pub updated_at: OffsetDateTime,
}

#[derive(Debug, Clone)]
pub struct Item {
    pub id: ItemId,
    pub sku: String,
    pub name: String,
    pub attributes: BTreeMap<String, String>,
    pub price_minor: i64,
    pub compare_at_minor: Option<i64>,
}

impl Offer {
    /// An item, those removed since included.
    pub fn item(&self, id: ItemId) -> Option<&Item> {
        self.items.iter().chain(&self.removed_items).find(|item| item.id == id)
    }

    pub fn asset_ids(&self) -> Vec<AssetId> {
        self.assets.iter().map(|asset| asset.id).collect()
    }

    /// The first picture, small.
    pub fn thumbnail_url(&self) -> Option<String> {
        self.assets.iter().find_map(Asset::thumbnail_url)
    }
}

pub async fn get(conn: &mut PgConnection, tenant: TenantId, id: OfferId) -> Result<Offer> {
    many(conn, &[(tenant, id)]).await?.remove(&id).ok_or(Error::NotFound("offer"))
}

/// The offers of these ids, each with its tenant; unknown ones are left out.
pub async fn many(
    conn: &mut PgConnection,
    ids: &[(TenantId, OfferId)],
) -> Result<HashMap<OfferId, Offer>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    store::many(conn, ids).await
}

/// Offers whose title has these words, of one provider or of all the scope sees, newest first, at
/// most `limit`.
pub async fn search(
    conn: &mut PgConnection,
    tenant: Option<TenantId>,
    words: &str,
    limit: i64,
) -> Result<Vec<OfferId>> {
    store::search(conn, tenant, words, limit).await
}
