//! Tests over HTTP on a real database, a database of its own for each.

#![expect(clippy::unwrap_used, clippy::missing_panics_doc, reason = "a test fails by panicking")]

mod access;
mod architecture;
mod embedded_postgres;
mod isolation;
mod matrix;
mod objects;
mod openapi;
mod stock;
mod support;
