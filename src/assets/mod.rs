//! Assets: the pictures, videos and documents that providers upload, their renditions, and their
//! states in review.

mod api;
mod asset;
mod clearing;
mod completion;
mod integrity;
mod media;
mod quota;
mod renditions;
mod review;
mod rules;
mod store;
mod turns;
mod views;

pub use api::AssetsApi;
pub use asset::{Asset, AssetKind, AssetPurpose, AssetState, FrozenAsset, Rendition};
pub use clearing::{clear_abandoned_uploads, clear_late_uploads};
pub use media::media_routes;
pub use review::{for_content, mark_state};
pub use store::{get, many};
pub use views::AssetView;
