//! Tests over HTTP on a real database, a database of its own for each.

#![expect(clippy::unwrap_used, clippy::missing_panics_doc, reason = "a test fails by panicking")]

mod access;
mod architecture;
mod isolation;
mod matrix;
mod openapi;
mod support;
