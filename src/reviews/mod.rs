//! Reviews of sales by SMP: submission, the queue, the decision, and the proof of inventory. A use
//! case over two slices: an approval publishes a revision (`sales`) and sets the capacity of its
//! items (`stock`) in one transaction.
//!
//! Owns the tables `proofs` and `stock_figures`.

mod api;
mod decide;
mod evidence;
mod guarantees;
mod inventory;
mod proof;
mod proof_api;
mod stock_figure;
mod stock_figure_api;
mod stock_report;
mod views;

pub use api::ReviewApi;
pub use proof::verified_quantities;
pub use proof_api::ProofApi;
pub use stock_figure_api::StockFigureApi;
