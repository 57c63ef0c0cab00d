//! Tests over HTTP on a real database, a database of its own for each.

#![expect(clippy::unwrap_used, clippy::missing_panics_doc, reason = "a test fails by panicking")]

mod access;
mod architecture;
mod care;
mod embedded_postgres;
mod fulfilment;
mod isolation;
mod matrix;
mod objects;
mod openapi;
mod orders;
mod pages;
mod redirect;
mod refunds;
mod sales;
mod stock;
mod support;
