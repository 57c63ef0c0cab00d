//! Completing an upload: checks the size and the type of the file that arrived, and re-encodes a
//! picture without metadata.

use std::time::Duration;

use serde_json::json;
use tokio::sync::Semaphore;

use super::{
    asset::{Asset, AssetKind, AssetState, Rendition},
    renditions::{self, Picture},
    rules,
    store::{self, InspectedUpload, get},
};
use crate::{
    access::{Actor, audit},
    events,
    kernel::{AssetId, Error, FieldError, Result, TenantId, token},
    platform::Platform,
};

/// How many files one node processes at once: each may take hundreds of megabytes and a core.
static SLOTS: Semaphore = Semaphore::const_new(2);
/// An upload waits for a slot no longer than this.
const WAIT_MAX: Duration = Duration::from_secs(30);
const RETRY_AFTER_SECONDS: u32 = 5;
/// Characters of the content's hash in a rendition's key.
const HASH_CHARS: usize = 16;

/// Makes an uploaded asset ready. If it is ready already, returns it.
pub async fn complete(
    platform: &Platform,
    actor: Actor,
    tenant: TenantId,
    id: AssetId,
) -> Result<Asset> {
    let asset = read(platform, tenant, id).await?;
    match asset.state {
        AssetState::Uploading => {}
        AssetState::Withdrawn => return Err(withdrawn()),
        _ => return Ok(asset),
    }
    let slot = tokio::time::timeout(WAIT_MAX, SLOTS.acquire()).await;
    let _slot = slot
        .map_err(|_| Error::Unavailable { retry_after_seconds: RETRY_AFTER_SECONDS })?
        .map_err(anyhow::Error::from)?;
    let (completed, keys) = match inspect(platform, &asset).await? {
        Ok(inspected) => store_renditions(platform, &asset, inspected).await?,
        Err(refusal) => return Err(refuse(platform, &asset, refusal).await?),
    };

    let mut tx = platform.db.tenant(tenant).await?;
    let moved = store::set_ready(&mut tx, tenant, id, &completed, platform.clock.now()).await?;
    if moved {
        events::publish(&mut tx, tenant, "asset.ready", &json!({"asset_ids": [id]})).await?;
        audit::record(
            &mut tx,
            actor,
            tenant,
            "asset_complete",
            &format!("asset {id}"),
            &json!({"filename": asset.filename}),
        )
        .await?;
    }
    let asset = get(&mut tx, tenant, id).await?;
    tx.commit().await?;
    if asset.state == AssetState::Withdrawn {
        for key in &keys {
            delete(platform, key).await;
        }
        return Err(withdrawn());
    }
    Ok(asset)
}

/// Deletes a file that is no longer referenced. A file left behind only costs space, so a failure is
/// only logged.
pub async fn delete(platform: &Platform, key: &str) {
    if let Err(error) = platform.objects.delete(key).await {
        tracing::warn!(?error, key, "cannot delete a file");
    }
}

pub fn withdrawn() -> Error {
    Error::conflict("asset_withdrawn", "This asset was withdrawn. Upload the file as a new asset.")
}

async fn read(platform: &Platform, tenant: TenantId, id: AssetId) -> Result<Asset> {
    let mut tx = platform.db.tenant(tenant).await?;
    get(&mut tx, tenant, id).await
}

struct Inspected {
    sha256: String,
    picture: Option<Picture>,
}

/// Compares the file that arrived with its announcement. The inner error is for the uploader.
async fn inspect(platform: &Platform, asset: &Asset) -> Result<Result<Inspected, FieldError>> {
    let missing = || {
        Error::conflict(
            "not_uploaded",
            "The file has not arrived yet. PUT it to the upload address, then complete it.",
        )
    };
    let size_bytes = platform.objects.head(&asset.object_key).await?.ok_or_else(missing)?;
    if size_bytes != asset.size_bytes {
        return Ok(Err(FieldError::new(
            "file",
            format!(
                "{size_bytes} bytes arrived, but {} were announced. Upload the file again",
                asset.size_bytes
            ),
        )));
    }
    let bytes = platform.objects.get(&asset.object_key).await?.ok_or_else(missing)?.bytes;
    let (kind, claimed) = (asset.kind, asset.content_type.clone());
    let inspected = tokio::task::spawn_blocking(move || inspect_bytes(&bytes, kind, &claimed));
    Ok(inspected.await.map_err(anyhow::Error::from)?)
}

fn inspect_bytes(bytes: &[u8], kind: AssetKind, claimed: &str) -> Result<Inspected, FieldError> {
    let found = rules::sniff(bytes);
    if found != claimed {
        let found = if found.is_empty() { "something else" } else { found };
        return Err(FieldError::new(
            "content_type",
            format!(
                "The file was announced as {claimed} but is {found}. Export it as {claimed} and \
                 upload it again"
            ),
        ));
    }
    let picture = match kind {
        AssetKind::Image => {
            Some(renditions::render(bytes, found).map_err(|why| FieldError::new("file", why))?)
        }
        AssetKind::Video | AssetKind::Pdf => None,
    };
    Ok(Inspected { sha256: token::content_hash(bytes), picture })
}

/// Stores the renditions, under names that change with the content.
async fn store_renditions(
    platform: &Platform,
    asset: &Asset,
    inspected: Inspected,
) -> Result<(InspectedUpload, Vec<String>)> {
    let Inspected { sha256, picture } = inspected;
    let pixels = |px: u32| i32::try_from(px).unwrap_or(i32::MAX);
    let (width_px, height_px) =
        picture.as_ref().map(|p| (pixels(p.width_px), pixels(p.height_px))).unzip();
    let mut renditions = Vec::new();
    for encoded in picture.map(|p| p.encoded).unwrap_or_default() {
        let object_key =
            format!("renditions/{}/{}-{}.webp", &sha256[..HASH_CHARS], asset.id, encoded.width_px);
        platform.objects.put(&object_key, "image/webp", encoded.bytes).await?;
        renditions.push(Rendition {
            width_px: pixels(encoded.width_px),
            height_px: pixels(encoded.height_px),
            content_type: "image/webp".to_owned(),
            object_key,
        });
    }
    let keys = renditions.iter().map(|rendition| rendition.object_key.clone()).collect();
    Ok((InspectedUpload { sha256, width_px, height_px, renditions }, keys))
}

/// Deletes the file and stores the reason; the upload can be repeated.
async fn refuse(platform: &Platform, asset: &Asset, refusal: FieldError) -> Result<Error> {
    delete(platform, &asset.object_key).await;
    let mut tx = platform.db.tenant(asset.tenant).await?;
    store::set_error(&mut tx, asset.tenant, asset.id, &refusal.message, platform.clock.now())
        .await?;
    tx.commit().await?;
    Ok(refusal.into())
}
