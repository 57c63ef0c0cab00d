//! Tests over HTTP on a real database, a database of its own for each.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod access;
mod allocator;
mod architecture;
mod assets;
mod care;
mod commands;
mod embedded_postgres;
mod examples;
mod express;
mod faults;
mod fulfilment;
mod isolation;
mod kinds;
mod limits;
mod listeners;
mod matrix;
mod migrations;
mod objects;
mod offers;
mod openapi;
mod orders;
mod packs;
mod pages;
mod payments;
mod providers;
mod queries;
mod receipt;
mod redirect;
mod refunds;
mod refusals;
mod registration;
mod rehearsal;
mod sales;
mod statistics;
mod stock;
mod stock_races;
mod stops;
mod support;
mod team;
mod urls;
mod vouchers;
mod waitlist;
mod waitlist_races;
