//! A sale as its provider and SMP see it: today's draft, not what is published.

use time::OffsetDateTime;

use super::{
    content::{Content, ContentAsset, ContentItem},
    phase::{Phase, RegistrationWindow},
    states::{RevisionState, SaleKind, SaleMode, SaleState},
    terms::{Deposit, KindTerms, ReservationSlot},
};
use crate::{
    kernel::{AssetId, ItemId, OfferId, RevisionId, SaleId, SaleItemId, TenantId},
    offers::Offer,
};

#[derive(Debug, Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts about a sale, not the states of a machine"
)]
pub struct Sale {
    pub tenant: TenantId,
    pub id: SaleId,
    pub slug: String,
    pub offer: OfferId,
    pub mode: SaleMode,
    pub kind: SaleKind,
    pub state: SaleState,
    pub starts_at: OffsetDateTime,
    pub ends_at: OffsetDateTime,
    pub hold_seconds: i32,
    pub registration: Option<RegistrationWindow>,
    pub registered_only: bool,
    pub waitlist_offer_seconds: i32,
    pub redirect_url: Option<String>,
    /// In redirect mode: an item whose guaranteed units are all reported as bought is sold out.
    pub sold_out_at_guarantee: bool,
    pub countries: Vec<String>,
    /// It leads the home page.
    pub featured: bool,
    /// When it was featured last; None once somebody stopped featuring it.
    pub featured_at: Option<OffsetDateTime>,
    /// Why and when it was halted or cancelled.
    pub halt_reason: Option<String>,
    pub stopped_at: Option<OffsetDateTime>,
    /// Its provider halted or cancelled it, not SMP.
    pub halted_by_provider: bool,
    pub approved_revision: Option<RevisionId>,
    /// It is not in review, and was never published or is over without anybody having taken part.
    pub can_be_deleted: bool,
    /// Counts the edits of the draft.
    pub version: i32,
    pub created_at: OffsetDateTime,
    pub updated_at: OffsetDateTime,
    /// By the approved window; None unless the sale is approved.
    pub phase: Option<Phase>,
    /// A revision is waiting for a decision.
    pub in_review: bool,
    /// The hash of the newest revision that is submitted or approved.
    pub submitted_hash: Option<String>,
    pub decided_as: Option<RevisionState>,
    pub decided_reason: Option<String>,
    pub decided_at: Option<OffsetDateTime>,
    /// In their order.
    pub items: Vec<SaleItem>,
    pub terms_of_kind: KindTerms,
}

#[derive(Debug, Clone)]
pub struct SaleItem {
    pub id: SaleItemId,
    pub item_id: ItemId,
    pub price_minor: i64,
    pub capacity: i32,
    pub limit_per_shopper: i32,
    pub slot: Option<ReservationSlot>,
    pub guarantee: Guarantee,
    pub deposit: Option<Deposit>,
}

/// What a provider says of an item's inventory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Guarantee {
    /// Units; None means the capacity.
    pub quantity: Option<i32>,
    pub evidence: String,
    pub asset: Option<AssetId>,
}

impl Sale {
    /// The content that a submission of this draft would freeze. The same sale and offer always
    /// give the same hash.
    pub fn content(&self, offer: &Offer) -> Content {
        let item = |sold: &SaleItem| {
            let item = offer.item(sold.item_id)?;
            Some(ContentItem {
                sale_item_id: sold.id,
                item_id: item.id,
                sku: item.sku.clone(),
                name: item.name.clone(),
                attributes: item.attributes.clone(),
                price_minor: sold.price_minor,
                // Only a higher price is worth comparing with.
                compare_at_minor: item.compare_at_minor.filter(|before| *before > sold.price_minor),
                capacity: sold.capacity,
                limit_per_shopper: sold.limit_per_shopper,
                slot: sold.slot,
                guaranteed_quantity: sold.guarantee.quantity,
                evidence: sold.guarantee.evidence.clone(),
                evidence_asset_id: sold.guarantee.asset,
                deposit: sold.deposit,
            })
        };
        Content {
            title: offer.title.clone(),
            summary: offer.summary.clone(),
            description: offer.description.clone(),
            terms: offer.terms.clone(),
            mode: self.mode,
            kind: self.kind,
            currency: offer.currency.clone(),
            starts_at: self.starts_at,
            ends_at: self.ends_at,
            hold_seconds: self.hold_seconds,
            registration_opens_at: self.registration.map(|window| window.opens_at),
            registration_closes_at: self.registration.map(|window| window.closes_at),
            registered_only: self.registered_only,
            waitlist_offer_seconds: self.waitlist_offer_seconds,
            redirect_url: self.redirect_url.clone(),
            sold_out_at_guarantee: self.sold_out_at_guarantee,
            countries: self.countries.clone(),
            assets: offer.assets.iter().map(ContentAsset::from).collect(),
            items: self.items.iter().filter_map(item).collect(),
            terms_of_kind: self.terms_of_kind.clone(),
        }
    }
}
