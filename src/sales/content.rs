//! The frozen content of a revision, and its hash.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::{Duration, OffsetDateTime};

use super::{
    phase::RegistrationWindow,
    states::{SaleKind, SaleMode},
    terms::{Deposit, KindTerms, ReservationSlot},
};
use crate::{
    assets::{Asset, AssetKind},
    kernel::{AssetId, ItemId, SaleItemId, token},
};

/// How long a waitlist offer stands when a sale does not say, in seconds.
const WAITLIST_OFFER_SECONDS_DEFAULT: i32 = 600;

/// The frozen content of a revision. Shoppers see the approved revision's content; a manager
/// approves the hash of its JSON. A field with `skip_serializing_if` is newer than some revisions:
/// it is left out of the JSON where its value is what its absence means, so that the hashes of
/// older revisions stay valid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    pub title: String,
    pub summary: String,
    pub description: String,
    pub terms: String,
    pub mode: SaleMode,
    pub kind: SaleKind,
    pub currency: String,
    #[serde(with = "time::serde::rfc3339")]
    pub starts_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    pub ends_at: OffsetDateTime,
    /// Seconds.
    pub hold_seconds: i32,
    #[serde(
        default,
        with = "time::serde::rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub registration_opens_at: Option<OffsetDateTime>,
    #[serde(
        default,
        with = "time::serde::rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub registration_closes_at: Option<OffsetDateTime>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub registered_only: bool,
    /// How long a waitlist offer stands, in seconds.
    #[serde(
        default = "waitlist_offer_seconds_default",
        skip_serializing_if = "is_waitlist_offer_seconds_default"
    )]
    pub waitlist_offer_seconds: i32,
    pub redirect_url: Option<String>,
    /// In redirect mode: an item whose guaranteed units are all reported as bought is sold out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sold_out_at_guarantee: bool,
    /// ISO 3166-1; empty means everywhere.
    pub countries: Vec<String>,
    pub assets: Vec<ContentAsset>,
    pub items: Vec<ContentItem>,
    #[serde(flatten)]
    pub terms_of_kind: KindTerms,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContentAsset {
    pub asset_id: AssetId,
    pub kind: AssetKind,
    pub alt: String,
    pub width_px: i32,
    pub height_px: i32,
    /// Widest last.
    pub renditions: Vec<ContentRendition>,
    pub sha256: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContentRendition {
    pub width_px: i32,
    pub height_px: i32,
    /// Served at `/media/<object_key>`.
    pub object_key: String,
    pub content_type: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContentItem {
    pub sale_item_id: SaleItemId,
    pub item_id: ItemId,
    pub sku: String,
    pub name: String,
    pub attributes: BTreeMap<String, String>,
    pub price_minor: i64,
    pub compare_at_minor: Option<i64>,
    pub capacity: i32,
    pub limit_per_shopper: i32,
    /// Reservations only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<ReservationSlot>,
    /// Units the provider guarantees; None means the capacity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guaranteed_quantity: Option<i32>,
    /// For SMP's reviewers; shoppers never see it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub evidence: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence_asset_id: Option<AssetId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deposit: Option<Deposit>,
}

/// How long a waitlist offer stands when a sale does not say, in seconds.
pub fn waitlist_offer_seconds_default() -> i32 {
    WAITLIST_OFFER_SECONDS_DEFAULT
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_waitlist_offer_seconds_default(seconds: &i32) -> bool {
    *seconds == WAITLIST_OFFER_SECONDS_DEFAULT
}

impl Content {
    /// The memory it takes, about.
    pub fn bytes(&self) -> usize {
        let texts = [&self.title, &self.summary, &self.description, &self.terms];
        let item = |item: &ContentItem| {
            let attributes: usize =
                item.attributes.iter().map(|(name, value)| 64 + name.len() + value.len()).sum();
            size_of::<ContentItem>() + item.sku.len() + item.name.len() + attributes
        };
        let asset = |asset: &ContentAsset| {
            let renditions: usize =
                asset.renditions.iter().map(|of| 64 + of.object_key.len()).sum();
            size_of::<ContentAsset>() + asset.alt.len() + asset.sha256.len() + renditions
        };
        size_of::<Self>()
            + texts.iter().map(|text| text.len()).sum::<usize>()
            + self.items.iter().map(item).sum::<usize>()
            + self.assets.iter().map(asset).sum::<usize>()
            + self.countries.len() * size_of::<String>()
    }

    /// SHA-256 of the content as canonical JSON: keys sorted, no spaces.
    pub fn hash(&self) -> String {
        let value = serde_json::to_value(self).unwrap_or_default();
        let mut text = String::new();
        canonical(&value, &mut text);
        token::content_hash(text.as_bytes())
    }

    /// Whether it ships to a country (ISO 3166-1). A sale that names no country ships everywhere.
    pub fn ships_to(&self, country: &str) -> bool {
        self.countries.is_empty() || self.countries.iter().any(|code| code == country)
    }

    /// When registration is open, if the sale has registration.
    pub fn registration(&self) -> Option<RegistrationWindow> {
        RegistrationWindow::of(self.registration_opens_at, self.registration_closes_at)
    }

    /// Every asset the content refers to: those that are shown, and the evidence of its inventory.
    pub fn asset_ids(&self) -> Vec<AssetId> {
        let evidence = self.items.iter().filter_map(|item| item.evidence_asset_id);
        self.assets.iter().map(|asset| asset.asset_id).chain(evidence).collect()
    }

    /// The widest rendition of the first picture.
    pub fn image(&self) -> Option<&ContentRendition> {
        self.assets.iter().find_map(|asset| asset.renditions.last())
    }

    /// The date by which every parcel of this sale is promised to be shipped.
    pub fn promised_ship_by(&self) -> Option<OffsetDateTime> {
        self.terms_of_kind.ship_max_days.map(|days| self.ends_at + Duration::days(days.into()))
    }
}

impl From<&Asset> for ContentAsset {
    fn from(asset: &Asset) -> Self {
        let rendition = |rendition: &crate::assets::Rendition| ContentRendition {
            width_px: rendition.width_px,
            height_px: rendition.height_px,
            object_key: rendition.object_key.clone(),
            content_type: rendition.content_type.clone(),
        };
        Self {
            asset_id: asset.id,
            kind: asset.kind,
            alt: asset.alt.clone(),
            width_px: asset.width_px.unwrap_or(0),
            height_px: asset.height_px.unwrap_or(0),
            renditions: asset.renditions.iter().map(rendition).collect(),
            sha256: asset.sha256.clone().unwrap_or_default(),
        }
    }
}

/// Writes JSON with sorted keys and no spaces, whatever the order of declaration or of a map.
fn canonical(value: &Value, out: &mut String) {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            out.push('{');
            for (index, (key, value)) in entries.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                out.push_str(&Value::from(key.as_str()).to_string());
                out.push(':');
                canonical(value, out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                canonical(item, out);
            }
            out.push(']');
        }
        plain => out.push_str(&plain.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_json_sorts_keys_at_every_depth() {
        let mut out = String::new();
        canonical(
            &serde_json::json!({"b": [1, {"d": null, "c": "x\"y"}], "a": 1.5, "é": true}),
            &mut out,
        );
        assert_eq!(out, r#"{"a":1.5,"b":[1,{"c":"x\"y","d":null}],"é":true}"#);
    }
}
