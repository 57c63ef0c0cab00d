//! Sales: a schedule on which an offer is sold, its review, and what of it is published.

pub mod api;
mod levels;
mod published;

use poem_openapi::Enum;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;

use crate::kernel::{AssetId, ItemId, RevisionId, SaleId, SaleItemId, TenantId, token};

pub use levels::{Level, levels, levels_of};
pub use published::{published, published_by_id, published_by_ids, published_list, slug};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize, Deserialize)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum SaleMode {
    Hosted,
    Redirect,
}

/// Where an approved sale is by the clock and the stock. Derived, never stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize, Deserialize)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// More than a day before the start.
    Announced,
    /// Less than a day before the start.
    Countdown,
    Live,
    SoldOut,
    Ended,
}

/// The frozen content of a revision: what was approved is what is shown. Its JSON, hashed, is what a manager approves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    pub title: String,
    pub summary: String,
    pub description: String,
    pub terms: String,
    pub mode: SaleMode,
    pub kind: String,
    pub currency: String,
    #[serde(with = "time::serde::rfc3339")]
    pub starts_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    pub ends_at: OffsetDateTime,
    /// Seconds.
    pub hold_seconds: i32,
    pub redirect_url: Option<String>,
    /// ISO 3166-1; empty: everywhere.
    pub countries: Vec<String>,
    pub assets: Vec<ContentAsset>,
    pub items: Vec<ContentItem>,
}

impl Content {
    /// SHA-256 of the content as canonical JSON: keys sorted, no spaces.
    pub fn hash(&self) -> String {
        let value = serde_json::to_value(self).unwrap_or_default();
        let mut text = String::new();
        canonical(&value, &mut text);
        token::content_hash(text.as_bytes())
    }
}

/// Writes JSON the one way that does not depend on the order of declaration or of a map.
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

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContentAsset {
    pub asset_id: AssetId,
    pub kind: String,
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
    pub attributes: std::collections::BTreeMap<String, String>,
    pub price_minor: i64,
    pub compare_at_minor: Option<i64>,
    pub capacity: i32,
    pub limit_per_shopper: i32,
}

/// A sale as shoppers meet it: the approved revision and what the sale's row says today.
#[derive(Debug, Clone)]
pub struct PublishedSale {
    pub tenant: TenantId,
    pub id: SaleId,
    pub slug: String,
    /// `approved`, `halted` or `cancelled`.
    pub state: String,
    pub halt_reason: Option<String>,
    pub featured: bool,
    pub revision: RevisionId,
    pub content: Content,
    pub provider_slug: String,
    pub provider_name: String,
    /// `approved`, or `suspended`: a suspended provider sells nothing.
    pub provider_state: String,
}

impl PublishedSale {
    /// The phase at `now`; `left` is the units neither held nor sold (None when not asked for, never sold out then).
    pub fn phase(&self, now: OffsetDateTime, left: Option<i64>) -> Phase {
        phase(self.content.starts_at, self.content.ends_at, now, left)
    }

    pub fn item(&self, id: SaleItemId) -> Option<&ContentItem> {
        self.content.items.iter().find(|item| item.sale_item_id == id)
    }
}

/// The phase of a window at `now`.
pub fn phase(starts_at: OffsetDateTime, ends_at: OffsetDateTime, now: OffsetDateTime, left: Option<i64>) -> Phase {
    if now >= ends_at {
        Phase::Ended
    } else if now >= starts_at {
        if left == Some(0) { Phase::SoldOut } else { Phase::Live }
    } else if starts_at - now <= time::Duration::days(1) {
        Phase::Countdown
    } else {
        Phase::Announced
    }
}
