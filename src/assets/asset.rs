//! An asset, its states and its renditions.

use poem_openapi::Enum;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::{
    kernel::{AssetId, TenantId},
    platform::PublicPath,
};

#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Enum,
    Serialize,
    Deserialize,
    sqlx::Type,
    strum::IntoStaticStr,
)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum AssetKind {
    Image,
    Video,
    Pdf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, sqlx::Type, strum::IntoStaticStr)]
#[oai(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum AssetState {
    Uploading,
    Ready,
    Submitted,
    Approved,
    ChangesRequested,
    Rejected,
    Withdrawn,
}

/// What a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, sqlx::Type, strum::IntoStaticStr)]
#[oai(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum AssetPurpose {
    /// Offers, and evidence for the review of a sale.
    Catalogue,
    /// A document of the vetting: for the provider's owners and SMP's managers, and on no page.
    Vetting,
}

#[derive(Debug, Clone)]
pub struct Asset {
    pub tenant: TenantId,
    pub id: AssetId,
    pub kind: AssetKind,
    pub purpose: AssetPurpose,
    pub filename: String,
    pub content_type: String,
    pub size_bytes: i64,
    /// Of the original, which is never shown to shoppers: while it is uploaded, the key that the
    /// upload address names; once it is complete, one that no such address names.
    pub object_key: String,
    pub state: AssetState,
    /// Of the original, in hexadecimal; `None` until the upload is complete.
    pub sha256: Option<String>,
    pub width_px: Option<i32>,
    pub height_px: Option<i32>,
    /// Narrowest first; for pictures only.
    pub renditions: Vec<Rendition>,
    pub alt: String,
    /// Why the last upload was refused.
    pub error: Option<String>,
    /// Counts the edits of its description.
    pub version: i32,
    pub created_at: OffsetDateTime,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rendition {
    pub width_px: i32,
    pub height_px: i32,
    pub content_type: String,
    pub object_key: String,
}

/// An asset as a revision freezes it: its content, without anything that may still change.
#[derive(Debug, Clone)]
pub struct FrozenAsset {
    pub asset_id: AssetId,
    pub kind: AssetKind,
    pub alt: String,
    /// 0 if the asset is not a picture.
    pub width_px: i32,
    pub height_px: i32,
    /// Narrowest first; empty if the asset is not a picture.
    pub renditions: Vec<Rendition>,
    pub sha256: String,
}

impl Rendition {
    pub fn url(&self) -> String {
        PublicPath::Media { object_key: &self.object_key }.to_string()
    }
}

impl Asset {
    /// Whether an offer may show it or a sale name it as evidence: it is usable, and no document of
    /// the vetting.
    pub fn is_for_sales(&self) -> bool {
        self.purpose == AssetPurpose::Catalogue && self.is_usable()
    }

    /// Whether its upload is complete and it was not withdrawn.
    pub fn is_usable(&self) -> bool {
        !matches!(self.state, AssetState::Uploading | AssetState::Withdrawn)
    }

    /// Its files in the store.
    pub fn keys(&self) -> Vec<&str> {
        let renditions = self.renditions.iter().map(|rendition| rendition.object_key.as_str());
        renditions.chain([self.object_key.as_str()]).collect()
    }

    /// The widest rendition.
    pub fn url(&self) -> Option<String> {
        self.renditions.last().map(Rendition::url)
    }

    /// The narrowest rendition.
    pub fn thumbnail_url(&self) -> Option<String> {
        self.renditions.first().map(Rendition::url)
    }
}
