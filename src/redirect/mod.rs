//! Redirect.

pub mod api;
