//! Offers: what is sold, with its items (variants), their prices, and the assets that show it.
//!
//! Owns the tables `offers`, `items` and `offer_assets`, and reads no others.

mod api;
mod input;
mod offer;
mod rules;
mod store;

pub use api::OffersApi;
pub use offer::{Offer, OfferItem, OfferState};
pub use store::{get, has_sku, many, search};
