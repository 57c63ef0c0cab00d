//! Providers.

pub mod api;
pub mod packs;
