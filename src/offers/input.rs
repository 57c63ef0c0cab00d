//! What a provider enters for an offer, and the same once it was checked.

use std::collections::BTreeMap;

use poem_openapi::Object;

use crate::kernel::{AssetId, ItemId};

#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct OfferInput {
    /// At most 140 characters.
    pub title: String,
    /// At most 300 characters.
    pub summary: String,
    /// Plain text, at most 20,000 characters.
    pub description: String,
    /// Terms of sale, at most 20,000 characters.
    pub terms: String,
    /// ISO 4217.
    pub currency: String,
    /// 1 to 50. Existing items that are not listed are removed.
    pub items: Vec<OfferItemInput>,
    /// At most 20, in the order in which they are shown.
    pub asset_ids: Vec<AssetId>,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct OfferItemInput {
    /// The id of an existing item; leave it out for a new one.
    pub id: Option<ItemId>,
    /// Unique among the provider's offers.
    pub sku: String,
    /// What tells it from the other items: 1 to 140 characters.
    pub name: String,
    /// At most 10.
    pub attributes: BTreeMap<String, String>,
    /// In minor units.
    pub price_minor: i64,
    /// An earlier price, higher than the price, in minor units.
    pub compare_at_minor: Option<i64>,
}

/// A valid offer, to be stored.
#[derive(Debug)]
pub struct NewOffer {
    pub title: String,
    pub summary: String,
    pub description: String,
    pub terms: String,
    pub currency: &'static str,
    pub items: Vec<NewOfferItem>,
    pub asset_ids: Vec<AssetId>,
}

#[derive(Debug)]
pub struct NewOfferItem {
    /// The id of an existing item; None adds one.
    pub id: Option<ItemId>,
    pub sku: String,
    pub name: String,
    pub attributes: BTreeMap<String, String>,
    pub price_minor: i64,
    pub compare_at_minor: Option<i64>,
}
