//! Reviews of sales by SMP: submission, the queue, the decision, and the proof of inventory. A use
//! case over two slices: an approval publishes a revision (`sales`) and sets the capacity of its
//! items (`stock`) in one transaction.
//!
//! Owns no table.

mod api;
mod decide;
mod inventory;
mod views;

pub use api::ReviewApi;
