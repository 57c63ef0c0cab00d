//! Stock: units of a sale item that are held for a shopper, sold or returned, the waitlist for
//! them, and the receipt of every move. `held + sold <= capacity` always; a stock row is always the
//! sum of its holds. Every move locks the item's stock row first.
//!
//! Owns the tables `stock`, `holds`, `waitlist` and `receipt_entries`. Reads `registrations` of the
//! sales slice, in the one statement that reads what the shoppers of a group have, because every
//! round trip delays the group; and `sales`, to leave out rehearsals.

mod admission;
mod allocator;
mod api;
mod capacity;
mod clearing;
mod concerned;
mod errors;
mod first_time_buyers;
mod held_sales;
mod hold;
mod holds;
mod item_writer;
mod monitor;
mod new_rows;
mod notices;
mod personal_data;
mod positions;
mod receipt;
mod receipt_api;
mod receipt_check;
mod request;
mod resolve;
mod rules;
mod selling;
mod shoppers;
mod standing;
mod stock_row;
mod waitlist;
mod waitlist_api;
mod waitlist_entry;
mod waitlist_offers;

pub use allocator::Allocator;
pub use api::StockApi;
pub use capacity::{NewCapacity, set_capacities};
pub use clearing::{delete_freed_holds, delete_resolved_entries};
pub use concerned::waiting_or_holding_after;
pub use held_sales::sales_as_held;
pub use hold::{Hold, HoldClock, HoldKey, HoldState};
pub use holds::{clocks, expired_since, held_by, held_by_each, states_of, with_expired_since};
pub use monitor::{ItemCheck, check, watch};
pub use personal_data::export_of;
pub use positions::{Outlook, WaitlistPositions, positions};
pub use receipt::{Move, ReceiptEntry, ReceiptHead, ReceiptLine, receipt};
pub use receipt_api::ReceiptApi;
pub use receipt_check::{ReceiptItemSummary, ReceiptSummary, verify_receipt};
pub use request::{HoldInput, HoldOutcome, HoldRequest};
pub use resolve::{expire_due, lock, pause_expiry, release, resume_expiry, return_units};
pub use selling::sell_all;
pub use standing::follow_sales;
pub use waitlist::{
    entries_of, entries_of_each, lapsed_offers, leave, move_before, set_accept_fewer,
};
pub use waitlist_api::WaitlistApi;
pub use waitlist_entry::{EntryState, WaitlistEntry};
pub use waitlist_offers::serve_waitlists;
