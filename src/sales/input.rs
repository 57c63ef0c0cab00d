//! What a provider enters for a sale, and the same once it was checked.

use poem_openapi::Object;
use time::{Date, OffsetDateTime};

use super::{
    content::waitlist_offer_seconds_default,
    phase::RegistrationWindow,
    sale::Guarantee,
    states::{SaleKind, SaleMode},
    terms::{Deposit, KindTerms, ReservationSlot, TargetMissed},
};
use crate::kernel::{AssetId, ItemId, OfferId};

#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct SaleInput {
    /// The last part of its page's address; made from the offer's title when absent. It cannot
    /// change once the sale is published.
    pub slug: Option<String>,
    pub offer_id: OfferId,
    pub mode: SaleMode,
    pub kind: SaleKind,
    pub starts_at: OffsetDateTime,
    /// At most 60 days after the start.
    pub ends_at: OffsetDateTime,
    /// How long units are held for a shopper, in seconds: 30 to 3600.
    pub hold_seconds: i32,
    /// When registration opens; leave it out for a sale without registration.
    pub registration_opens_at: Option<OffsetDateTime>,
    /// After registration opens, and not after the sale ends.
    pub registration_closes_at: Option<OffsetDateTime>,
    /// Only registered shoppers can buy; needs a registration window.
    #[oai(default)]
    pub registered_only: bool,
    /// How long a waitlist offer stands, in seconds: 60 to 86400, 600 when absent.
    #[oai(default = "waitlist_offer_seconds_default")]
    pub waitlist_offer_seconds: i32,
    /// Where Buy leads in redirect mode, at an origin SMP approved for the provider's cart.
    pub redirect_url: Option<String>,
    /// Redirect mode: show an item as sold out, and send nobody to its cart any more, once
    /// purchases of all its guaranteed units are reported.
    #[oai(default)]
    pub sold_out_at_guarantee: bool,
    /// ISO 3166-1 countries it is open to; empty means everywhere.
    pub countries: Vec<String>,
    /// 1 to 50. An item that was published cannot be removed.
    pub items: Vec<SaleItemInput>,
    /// Aggregated: units to aim for, at most the cap, which is the capacity of all items together.
    pub target_quantity: Option<i32>,
    /// Aggregated, hosted: what follows when the sale ends below its target. `refund` gives back what was
    /// paid and not shipped; `wait`, the default, ships all the same.
    pub when_target_missed: Option<TargetMissed>,
    /// Aggregated: days after the end when the first parcels leave, 0 to 365.
    pub ship_min_days: Option<i32>,
    /// Aggregated: days after the end when the last parcel has left, 1 to 365. Each order is
    /// promised that date.
    pub ship_max_days: Option<i32>,
    /// Voucher: days a code is valid, 1 to 3650.
    pub voucher_valid_days: Option<i32>,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct SaleItemInput {
    pub item_id: ItemId,
    /// In minor units of the offer's currency.
    pub price_minor: i64,
    /// Units on sale; of a reservation, in this slot.
    pub capacity: i32,
    pub limit_per_shopper: i32,
    /// Reservation: the first day of the package, after the sale's end. An item may be in the sale
    /// once for each slot.
    pub slot_starts_on: Option<Date>,
    /// Reservation: the last day of the package.
    pub slot_ends_on: Option<Date>,
    /// Units the provider guarantees, the capacity when absent. A manager verifies them.
    pub guaranteed_quantity: Option<i32>,
    /// Evidence for the guarantee, for SMP's reviewers; at most 1000 characters. A submission needs
    /// it, or a document, or a stock figure of the last 7 days; what is made to order always needs it.
    pub evidence: Option<String>,
    /// A picture or PDF among the provider's assets that proves it.
    pub evidence_asset_id: Option<AssetId>,
    /// Due at once for each unit, below the price, in minor units. In a hosted sale SMP charges it,
    /// and reminds the shopper of the rest; in a redirect sale the provider's cart does. A hosted
    /// voucher has none: its code is issued when the whole price is paid.
    pub deposit_minor: Option<i64>,
    /// Until when the rest of the price is due: after the sale's end, and not after the first day of
    /// a package. In a hosted sale, at least 3 days before that day, or before the last day to ship of
    /// an aggregated sale: for as long, the rest is waited for.
    pub rest_due_on: Option<Date>,
    /// Hosted sales: whether the deposit goes back to a shopper who does not pay the rest, whose order
    /// is cancelled. It does not when this is left out.
    pub deposit_refundable: Option<bool>,
}

/// A valid sale, to be stored.
#[derive(Debug)]
pub struct NewSale {
    /// None keeps the slug there is, or makes one from the title.
    pub slug: Option<String>,
    pub offer: OfferId,
    pub mode: SaleMode,
    pub kind: SaleKind,
    pub starts_at: OffsetDateTime,
    pub ends_at: OffsetDateTime,
    pub hold_seconds: i32,
    pub registration: Option<RegistrationWindow>,
    pub registered_only: bool,
    pub waitlist_offer_seconds: i32,
    pub redirect_url: Option<String>,
    pub sold_out_at_guarantee: bool,
    pub countries: Vec<String>,
    pub items: Vec<NewSaleItem>,
    pub terms_of_kind: KindTerms,
}

#[derive(Debug)]
pub struct NewSaleItem {
    pub item_id: ItemId,
    pub price_minor: i64,
    pub capacity: i32,
    pub limit_per_shopper: i32,
    pub slot: Option<ReservationSlot>,
    pub guarantee: Guarantee,
    pub deposit: Option<Deposit>,
}
