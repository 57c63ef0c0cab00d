//! What a sale's revision and its review do with assets.

use serde_json::json;
use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{
    asset::{AssetState, FrozenAsset},
    store::{self, many},
};
use crate::{
    events,
    kernel::{AssetId, Error, Result, TenantId},
};

/// The assets as a revision freezes them, in the given order. An asset that cannot be shown is a
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
                    "The asset {:?} is not ready to be shown; remove it from the offer.",
                    asset.filename
                ),
            )
        };
        let sha256 = asset.sha256.clone().filter(|_| asset.is_for_sales()).ok_or_else(unusable)?;
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

/// Moves assets along with the review of a sale that shows them. An asset in any other state stays as
/// it is: an approved asset stays approved. `Ready` undoes a submission; pass only assets that no
/// other open submission shows.
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
