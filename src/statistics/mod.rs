//! Statistics: what visitors did, without who they are. Written from events, read in aggregates.
//! `figures` says what each figure means.
//!
//! Owns the tables `visits`, their archives, `favourites` and `interactions`. Reads other slices'
//! tables for its reports; no other slice but `pages` may do so.

mod api;
mod archive;
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
pub use archive::{archive_visits, delete_archived_visits};
pub use interactions::{Interaction, InteractionKind, ShareChannel, record_interactions};
pub use public_api::StatisticsPublicApi;
pub use subscriber::on_event;
pub use visits::{NewVisit, Share, VisitRecorder, record_share, set_favourite};
