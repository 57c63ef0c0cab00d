//! Assets: the pictures, videos and documents that providers upload, their renditions, and their
//! states in review.

mod api;
mod asset;
mod completion;
mod integrity;
mod media;
mod renditions;
mod review;
mod rules;
mod store;

pub use api::{AssetView, AssetsApi};
pub use asset::{Asset, AssetKind, AssetState, FrozenAsset, Rendition};
pub use media::media_routes;
pub use review::{for_content, mark_state};
pub use store::{get, many};
