//! Orders.

pub mod api;
