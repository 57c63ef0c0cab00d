//! Statistics: what visitors did, without who they are. Written from events, read in aggregates.
//! `figures` says what each figure means.
//!
//! Owns the tables `visits`, `favourites` and `interactions`. Reads other slices' tables for its
//! reports; no other slice but `pages` may do so.

mod api;
mod export;
mod figures;
mod funnel;
mod hours;
mod interactions;
mod overview;
mod public_api;
mod sale_report;
mod subscriber;
mod views;
mod visits;

pub use api::StatisticsApi;
pub use interactions::{Interaction, InteractionKind, record_interactions};
pub use public_api::StatisticsPublicApi;
pub use subscriber::on_event;
pub use visits::{NewVisit, VisitRecorder, record_share, set_favourite};
