//! An offer and its items.

use std::collections::BTreeMap;

use poem_openapi::Enum;
use strum::IntoStaticStr;
use time::OffsetDateTime;

use crate::{
    assets::Asset,
    kernel::{ItemId, OfferId, TenantId},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, sqlx::Type, IntoStaticStr)]
#[oai(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum OfferState {
    Draft,
    Archived,
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
    /// Counts its edits.
    pub version: i32,
    /// In the provider's order.
    pub items: Vec<OfferItem>,
    /// Removed from the offer; an earlier sale may still refer to them.
    pub removed_items: Vec<OfferItem>,
    /// In the provider's order, without withdrawn ones.
    pub assets: Vec<Asset>,
    pub created_at: OffsetDateTime,
    pub updated_at: OffsetDateTime,
}

/// One variant of an offer.
#[derive(Debug, Clone)]
pub struct OfferItem {
    pub id: ItemId,
    pub sku: String,
    pub name: String,
    pub attributes: BTreeMap<String, String>,
    pub price_minor: i64,
    /// An earlier, higher price.
    pub compare_at_minor: Option<i64>,
}

impl Offer {
    /// An item, removed ones included.
    pub fn item(&self, id: ItemId) -> Option<&OfferItem> {
        self.items.iter().chain(&self.removed_items).find(|item| item.id == id)
    }

    /// The smallest rendition of the first picture.
    pub fn thumbnail_url(&self) -> Option<String> {
        self.assets.iter().find_map(Asset::thumbnail_url)
    }
}
