//! Fulfilment.

pub mod api;
