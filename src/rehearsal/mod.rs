//! Rehearsals: a rush on a copy of a sale that no shopper can see, by made-up shoppers, over the
//! same HTTP as a real one.
//!
//! Owns the table `rehearsals`. Whatever a rehearsal needs of other slices (a copied sale, stock,
//! accounts) is written by functions of theirs.

mod api;
mod prepare;
mod record;
mod report;
mod rules;
mod run;
mod rush;

pub use api::RehearsalApi;
pub use prepare::{BuyRequest, Prepared, clear_abandoned, prepare};
pub use record::{Rehearsal, RehearsalState, delete_ended};
pub use report::{RehearsalMoment, RehearsalReport};
pub use run::{JOB, describe, rehearse, run};
