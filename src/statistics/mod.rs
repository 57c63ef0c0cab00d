//! Statistics.

pub mod api;
