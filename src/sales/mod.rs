//! Sales: a schedule on which an offer is sold, its review, and what of it is published.

pub mod access_points;
pub mod api;
mod content;
mod control;
mod kinds;
mod levels;
mod proof;
mod published;
pub mod registration;
pub mod registration_api;
mod review;
pub mod review_api;
mod revisions;
pub mod rounds;
mod rules;
mod sale_cache;
pub mod shop_api;
mod store;
mod views;
pub mod visitors;

use poem_openapi::Enum;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::kernel::{AssetId, ItemId, RevisionId, SaleId, SaleItemId, TenantId};

pub use control::halt;
pub use kinds::{KindTerms, Slot};
pub use levels::{Level, levels, levels_of};
pub use published::{
    published, published_by_id, published_by_ids, published_list, published_or_rehearsed, slug,
};
pub use registration::{RegistrationStage, RegistrationWindow, registered, registered_accounts};
pub use revisions::{Revision, revision};
pub use rounds::starting;
pub use sale_cache::SaleCache;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize, Deserialize, sqlx::Type)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum SaleMode {
    Hosted,
    Redirect,
}

impl SaleMode {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hosted => "hosted",
            Self::Redirect => "redirect",
        }
    }
}

/// How a sale sells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, sqlx::Type)]
#[oai(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum SaleKind {
    WhileSuppliesLast,
    /// Made to order: towards a target, up to a cap, with a promised date.
    Aggregated,
    /// Packages with dates.
    Reservation,
    /// Buying yields a code.
    Voucher,
}

impl SaleKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::WhileSuppliesLast => "while_supplies_last",
            Self::Aggregated => "aggregated",
            Self::Reservation => "reservation",
            Self::Voucher => "voucher",
        }
    }
}

/// Where a sale is on its way. A published sale that is submitted anew stays approved (or halted)
/// meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, sqlx::Type)]
#[oai(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum SaleState {
    Draft,
    Submitted,
    Approved,
    ChangesRequested,
    Rejected,
    Cancelled,
    Halted,
}

impl SaleState {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Submitted => "submitted",
            Self::Approved => "approved",
            Self::ChangesRequested => "changes_requested",
            Self::Rejected => "rejected",
            Self::Cancelled => "cancelled",
            Self::Halted => "halted",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, sqlx::Type)]
#[oai(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum RevisionState {
    Submitted,
    Approved,
    ChangesRequested,
    Rejected,
    Withdrawn,
}

impl RevisionState {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Submitted => "submitted",
            Self::Approved => "approved",
            Self::ChangesRequested => "changes_requested",
            Self::Rejected => "rejected",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// Where an approved sale is by the clock and the stock. Derived, never stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize, Deserialize, sqlx::Type)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Phase {
    /// More than a day before the start, or before registration opens.
    Announced,
    /// One can register, and the sale has not started.
    Registration,
    /// Less than a day before the start, or registration is closed.
    Countdown,
    Live,
    SoldOut,
    Ended,
}

impl Phase {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Announced => "announced",
            Self::Registration => "registration",
            Self::Countdown => "countdown",
            Self::Live => "live",
            Self::SoldOut => "sold_out",
            Self::Ended => "ended",
        }
    }
}

/// The frozen content of a revision: what was approved is what is shown. Its JSON, hashed, is what
/// a manager approves.
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
    /// What follows is left out where it says what older revisions mean by saying nothing: their
    /// hashes stay true.
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
    /// How long an offer to the next in line stands.
    #[serde(
        default = "rules::waitlist_offer_seconds_default",
        skip_serializing_if = "rules::is_waitlist_offer_seconds_default"
    )]
    pub waitlist_offer_seconds: i32,
    pub redirect_url: Option<String>,
    /// ISO 3166-1; empty: everywhere.
    pub countries: Vec<String>,
    pub assets: Vec<ContentAsset>,
    pub items: Vec<ContentItem>,
    /// Absent in content frozen before there were kinds.
    #[serde(flatten)]
    pub terms_of_kind: KindTerms,
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
    /// Reservations only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<Slot>,
    /// Units the provider guarantees; None: the capacity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guaranteed_quantity: Option<i32>,
    /// For the reviewers; no shopper sees it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub evidence: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence_asset_id: Option<AssetId>,
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
    /// A copy for a rehearsal: sold to the shoppers made up for it, shown to nobody.
    pub rehearsal: bool,
}

impl PublishedSale {
    /// The phase at `now`; `left` is the units neither held nor sold (None when not asked for,
    /// never sold out then).
    pub fn phase(&self, now: OffsetDateTime, left: Option<i64>) -> Phase {
        phase(self.content.starts_at, self.content.ends_at, self.content.registration(), now, left)
    }

    pub fn item(&self, id: SaleItemId) -> Option<&ContentItem> {
        self.content.items.iter().find(|item| item.sale_item_id == id)
    }
}

/// The phase at `now` of a sale that one can register for in a window, if it has one.
pub fn phase(
    starts_at: OffsetDateTime,
    ends_at: OffsetDateTime,
    registration: Option<RegistrationWindow>,
    now: OffsetDateTime,
    left: Option<i64>,
) -> Phase {
    if now >= ends_at {
        return Phase::Ended;
    }
    if now >= starts_at {
        return if left == Some(0) { Phase::SoldOut } else { Phase::Live };
    }
    match registration.map(|window| window.stage(now)) {
        Some(RegistrationStage::Open) => Phase::Registration,
        Some(RegistrationStage::Closed) => Phase::Countdown,
        None if starts_at - now <= time::Duration::days(1) => Phase::Countdown,
        Some(RegistrationStage::Before) | None => Phase::Announced,
    }
}

#[cfg(test)]
mod tests {
    use time::Duration;

    use super::*;

    #[test]
    fn the_clock_says_the_phase() {
        let now = time::macros::datetime!(2026-05-01 12:00 UTC);
        let hours = |hours| now + Duration::hours(hours);
        let plain = |starts, ends| phase(hours(starts), hours(ends), None, now, None);
        assert_eq!(
            (plain(25, 30), plain(24, 30), plain(0, 1), plain(-2, 0)),
            (Phase::Announced, Phase::Countdown, Phase::Live, Phase::Ended)
        );
        let with = |starts, opens, closes| {
            let window = RegistrationWindow { opens_at: hours(opens), closes_at: hours(closes) };
            phase(hours(starts), hours(48), Some(window), now, Some(1))
        };
        assert_eq!(
            (with(10, 1, 5), with(40, 0, 5), with(40, -5, 0)),
            (Phase::Announced, Phase::Registration, Phase::Countdown)
        );
        assert_eq!(
            (with(1, -5, 40), with(0, -5, 40), with(-1, 1, 5)),
            (Phase::Registration, Phase::Live, Phase::Live)
        );
    }
}
