//! Care.

pub mod api;
