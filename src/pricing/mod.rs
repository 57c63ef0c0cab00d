//! Prices as components: what a checkout costs, who pays each part of it, and how it was rounded.
//! Pure: [`quote`] is the one rule. Cart, checkout, order, emails, API and refunds show and sum
//! what it says, and an order freezes it.
//!
//! This slice owns no table; `orders` keeps the components of an order.

mod component;
mod quote;
mod share;
#[cfg(test)]
mod tests;

pub use component::{Component, ComponentKind, Payer, Rounding};
pub use quote::{
    Discount, Fee, PriceAmount, Quote, QuoteInput, QuoteLine, ShippingCharge, TaxRule, line_minor,
    quote,
};
pub use share::apportion;
