//! Assets: pictures, videos and documents a provider uploads, their renditions, and what review
//! says of them.

pub mod api;
mod completion;
mod media;
mod renditions;
mod rules;
mod store;

use std::collections::HashMap;

use poem_openapi::Enum;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::PgConnection;
use time::OffsetDateTime;

pub use media::media_routes;

use crate::{
    events,
    kernel::{AssetId, Error, Result, TenantId},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, sqlx::Type)]
#[oai(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum AssetKind {
    Image,
    Video,
    Pdf,
}

impl AssetKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Video => "video",
            Self::Pdf => "pdf",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, sqlx::Type)]
#[oai(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum AssetState {
    Uploading,
    Ready,
    Submitted,
    Approved,
    ChangesRequested,
    Rejected,
    Withdrawn,
}

impl AssetState {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Uploading => "uploading",
            Self::Ready => "ready",
            Self::Submitted => "submitted",
            Self::Approved => "approved",
            Self::ChangesRequested => "changes_requested",
            Self::Rejected => "rejected",
            Self::Withdrawn => "withdrawn",
        }
    }
}

#[derive(Debug, Clone)]
pub struct Asset {
    pub tenant: TenantId,
    pub id: AssetId,
    pub kind: AssetKind,
    pub filename: String,
    pub content_type: String,
    pub size_bytes: i64,
    /// Of the original, which is never shown; renditions are.
    pub object_key: String,
    pub state: AssetState,
    /// Of the original's bytes, in hexadecimal; None until it is complete.
    pub sha256: Option<String>,
    pub width_px: Option<i32>,
    pub height_px: Option<i32>,
    /// Widest last; pictures only.
    pub renditions: Vec<Rendition>,
    pub alt: String,
    /// Why the last upload was refused.
    pub error: Option<String>,
    pub created_at: OffsetDateTime,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rendition {
    pub width_px: i32,
    pub height_px: i32,
    pub content_type: String,
    pub object_key: String,
}

/// An asset as a revision freezes it: what names its content, and nothing that may still change.
#[derive(Debug, Clone)]
pub struct FrozenAsset {
    pub asset_id: AssetId,
    pub kind: AssetKind,
    pub alt: String,
    /// 0 when the asset is no picture.
    pub width_px: i32,
    pub height_px: i32,
    /// Widest last; empty when the asset is no picture.
    pub renditions: Vec<Rendition>,
    pub sha256: String,
}

impl Rendition {
    pub fn url(&self) -> String {
        media_url(&self.object_key)
    }
}

impl Asset {
    /// Whether an offer may show it: its upload is complete and it was not withdrawn.
    pub fn is_usable(&self) -> bool {
        !matches!(self.state, AssetState::Uploading | AssetState::Withdrawn)
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

/// Where a rendition is served.
pub fn media_url(object_key: &str) -> String {
    format!("/media/{object_key}")
}

pub async fn get(conn: &mut PgConnection, tenant: TenantId, id: AssetId) -> Result<Asset> {
    many(conn, &[(tenant, id)]).await?.remove(&id).ok_or(Error::NotFound("asset"))
}

/// The assets of these ids, each with its tenant; unknown ones are left out.
pub async fn many(
    conn: &mut PgConnection,
    ids: &[(TenantId, AssetId)],
) -> Result<HashMap<AssetId, Asset>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    Ok(store::many(conn, ids).await?.into_iter().map(|asset| (asset.id, asset)).collect())
}

/// The assets as a revision freezes them, in the order given; one that cannot be shown is a
/// conflict that names it.
pub async fn for_content(
    conn: &mut PgConnection,
    tenant: TenantId,
    ids: &[AssetId],
) -> Result<Vec<FrozenAsset>> {
    let pairs: Vec<_> = ids.iter().map(|id| (tenant, *id)).collect();
    let mut found = many(conn, &pairs).await?;
    let freeze = |id: &AssetId| {
        let asset = found.remove(id).ok_or(Error::NotFound("asset"))?;
        let unusable = || {
            Error::conflict(
                "asset_not_ready",
                format!(
                    "The asset {:?} is not ready to be shown; take it out of the offer.",
                    asset.filename
                ),
            )
        };
        let sha256 = asset.sha256.clone().filter(|_| asset.is_usable()).ok_or_else(unusable)?;
        Ok(FrozenAsset {
            asset_id: asset.id,
            kind: asset.kind,
            alt: asset.alt,
            width_px: asset.width_px.unwrap_or(0),
            height_px: asset.height_px.unwrap_or(0),
            renditions: asset.renditions,
            sha256,
        })
    };
    ids.iter().map(freeze).collect()
}

/// Moves assets with the review of a sale that shows them; those the arrow does not lead from stay
/// as they are (an approved asset stays approved). `Ready` takes a submission back: name only
/// assets no other open submission shows.
pub async fn mark_state(
    conn: &mut PgConnection,
    tenant: TenantId,
    ids: &[AssetId],
    state: AssetState,
    now: OffsetDateTime,
) -> Result<()> {
    let (kind, from): (_, &[AssetState]) = match state {
        AssetState::Submitted => (
            "asset.submitted",
            &[AssetState::Ready, AssetState::ChangesRequested, AssetState::Rejected],
        ),
        AssetState::Ready => ("asset.ready", &[AssetState::Submitted]),
        AssetState::Approved => ("asset.approved", &[AssetState::Submitted]),
        AssetState::ChangesRequested => ("asset.changes_requested", &[AssetState::Submitted]),
        AssetState::Rejected => ("asset.rejected", &[AssetState::Submitted]),
        AssetState::Uploading | AssetState::Withdrawn => {
            return Err(anyhow::anyhow!("review does not move an asset to {state:?}").into());
        }
    };
    let moved = store::move_state(conn, tenant, ids, from, state, now).await?;
    if moved.is_empty() {
        return Ok(());
    }
    events::publish(conn, tenant, kind, &json!({"asset_ids": moved})).await
}
