//! Offers.

pub mod api;
