//! SMP, a flash-sale marketplace that never oversells. ARCHITECTURE.md is the map of these folders.

#![expect(
    deprecated,
    reason = "sqlx's macros warn of every timestamp while the job queue's crate enables chrono beside time, even when told which"
)]

// Slices. Their ranks, and with them who may import whom, are in ARCHITECTURE.md and
// tests/it/architecture.rs.
pub mod access;
pub mod assets;
pub mod care;
pub mod checkouts;
pub mod contracts;
pub mod events;
pub mod fulfilment;
pub mod invoices;
pub mod jobs;
pub mod kernel;
pub mod ledger;
pub mod notifications;
pub mod offers;
pub mod orders;
pub mod pages;
pub mod payments;
pub mod payouts;
pub mod platform;
pub mod pricing;
pub mod privacy;
pub mod providers;
pub mod redemptions;
pub mod redirect;
pub mod rehearsal;
pub mod reviews;
pub mod sales;
pub mod statements;
pub mod statistics;
pub mod stock;
pub mod vetting;
pub mod vouchers;

// The composition roots: every route, every job, every command in one list each.
pub mod cli;

pub mod http;
pub mod worker;
