//! What the API of assets answers.

use poem_openapi::Object;
use time::OffsetDateTime;

use super::{
    asset::{Asset, AssetKind, AssetState, Rendition},
    quota::{ANNOUNCED_BYTES_MAX, ANNOUNCED_MAX, StorageUse},
};
use crate::kernel::AssetId;

/// A picture, video or document.
#[derive(Object)]
#[oai(rename = "Asset")]
pub struct AssetView {
    pub id: AssetId,
    pub kind: AssetKind,
    /// As it was uploaded.
    pub filename: String,
    pub content_type: String,
    pub size_bytes: i64,
    pub state: AssetState,
    /// Describes a picture for people who cannot see it.
    pub alt: String,
    /// Of the original, in pixels; null unless it is a picture that is complete.
    pub width_px: Option<i32>,
    /// Of the original, in pixels.
    pub height_px: Option<i32>,
    /// The widest rendition.
    pub url: Option<String>,
    /// The narrowest rendition.
    pub thumbnail_url: Option<String>,
    /// Narrowest first.
    pub renditions: Vec<RenditionView>,
    /// Why the last upload was refused.
    pub error: Option<String>,
    /// Send it in `If-Match` when you describe the asset.
    pub version: i32,
    pub created_at: OffsetDateTime,
}

#[derive(Object)]
#[oai(rename = "Rendition")]
pub struct RenditionView {
    /// In pixels.
    pub width_px: i32,
    /// In pixels.
    pub height_px: i32,
    pub url: String,
}

impl From<&Rendition> for RenditionView {
    fn from(rendition: &Rendition) -> Self {
        Self { width_px: rendition.width_px, height_px: rendition.height_px, url: rendition.url() }
    }
}

impl From<Asset> for AssetView {
    fn from(asset: Asset) -> Self {
        Self {
            url: asset.url(),
            thumbnail_url: asset.thumbnail_url(),
            renditions: asset.renditions.iter().map(RenditionView::from).collect(),
            id: asset.id,
            kind: asset.kind,
            filename: asset.filename,
            content_type: asset.content_type,
            size_bytes: asset.size_bytes,
            state: asset.state,
            alt: asset.alt,
            width_px: asset.width_px,
            height_px: asset.height_px,
            error: asset.error,
            version: asset.version,
            created_at: asset.created_at,
        }
    }
}

/// What a provider's files take of its storage.
#[derive(Object)]
#[oai(rename = "StorageUse")]
pub struct StorageUseView {
    /// Of files that are complete and of their renditions.
    stored_bytes: i64,
    /// Files that were announced and are not completed. They count before they arrive.
    announced: i64,
    announced_bytes: i64,
    /// Stored and announced files may take this much together.
    quota_bytes: i64,
    /// Files that may be announced and not completed at the same time.
    announced_max: i64,
    announced_bytes_max: i64,
}

impl StorageUseView {
    pub fn new(taken: StorageUse, quota_bytes: i64) -> Self {
        Self {
            stored_bytes: taken.stored_bytes,
            announced: taken.announced,
            announced_bytes: taken.announced_bytes,
            quota_bytes,
            announced_max: ANNOUNCED_MAX,
            announced_bytes_max: ANNOUNCED_BYTES_MAX,
        }
    }
}
