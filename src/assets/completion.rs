//! Completing an upload: checks the size and the type of the file that arrived, keeps the bytes that
//! were checked under a key that no upload address names, and re-encodes a picture without metadata.

use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};

use serde_json::json;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{
    asset::{Asset, AssetKind, AssetPurpose, AssetState, Rendition},
    renditions::{self, Picture},
    rules,
    store::{self, InspectedUpload, get},
    turns::{TooManyWaiting, Turn, Turns, WAITING_MAX},
};
use crate::{
    access::{Actor, audit},
    events,
    kernel::{AssetId, Error, FieldError, Result, TenantId, token},
    platform::{Platform, at_low_priority},
};

/// One node processes two files at once.
static TURNS: Turns = Turns::new(2);
/// Of those, one large picture: decoded, it takes up to 640 MiB.
static LARGE_PICTURES: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(1)));
/// A picture with more pixels is large. A smaller one takes up to 128 MiB.
const LARGE_PIXELS: u64 = 16_000_000;
/// An upload waits for its turn no longer than this.
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
    let turn = tokio::time::timeout(WAIT_MAX, TURNS.take(tenant))
        .await
        .map_err(|_| Error::Unavailable { retry_after_seconds: RETRY_AFTER_SECONDS })?
        .map_err(too_many_waiting)?;
    let Some((turn, inspected)) = inspect(platform, &asset, turn).await? else {
        // Another request may have completed it since.
        let asset = read(platform, tenant, id).await?;
        return if asset.is_usable() { Ok(asset) } else { Err(not_uploaded()) };
    };
    let stored = match inspected {
        Ok(inspected) => store_files(platform, &asset, inspected).await?,
        Err(refusal) => return Err(refuse(platform, &asset, refusal).await?),
    };
    drop(turn);

    let mut tx = platform.db.tenant(tenant).await?;
    let moved = store::set_ready(&mut tx, tenant, id, &stored, platform.clock.now()).await?;
    if moved {
        events::publish(&mut tx, tenant, "asset.ready", &json!({"asset_ids": [id]})).await?;
        audit::record(
            &mut tx,
            actor,
            tenant,
            "asset_complete",
            &format!("asset {id}"),
            &json!({"filename": asset.filename, "sha256": stored.sha256}),
        )
        .await?;
    }
    let completed = store::find(&mut tx, tenant, id).await?;
    tx.commit().await?;
    // Another request completed or withdrew it meanwhile, or it was cleared.
    let kept = completed.as_ref().map(Asset::keys).unwrap_or_default();
    for key in stored.keys().into_iter().filter(|key| !kept.contains(key)) {
        delete(platform, key).await;
    }
    let completed = completed.ok_or(Error::NotFound("asset"))?;
    if completed.state == AssetState::Withdrawn {
        return Err(withdrawn());
    }
    delete(platform, &asset.object_key).await;
    Ok(completed)
}

fn too_many_waiting(_: TooManyWaiting) -> Error {
    Error::conflict(
        "too_many_completing",
        format!(
            "{WAITING_MAX} of your files wait to be processed already. Complete this one again \
             when some of them are ready."
        ),
    )
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
    /// The file, as it was checked.
    bytes: Vec<u8>,
    sha256: String,
    picture: Option<Picture>,
}

fn not_uploaded() -> Error {
    Error::conflict(
        "not_uploaded",
        "The file has not arrived yet. PUT it to the upload address, then complete it.",
    )
}

/// Compares the file that arrived with its announcement. None when there is none; the inner error is
/// for the uploader. The turn lasts as long as the work, which goes on when nobody waits for it any
/// more, and is then handed back.
async fn inspect(
    platform: &Platform,
    asset: &Asset,
    turn: Turn,
) -> Result<Option<(Turn, Result<Inspected, FieldError>)>> {
    let key = &asset.object_key;
    let Some(size_bytes) = platform.objects.head(key).await? else { return Ok(None) };
    if size_bytes != asset.size_bytes {
        return Ok(Some((turn, Err(wrong_size(size_bytes, asset)))));
    }
    let Some(object) = platform.objects.get(key).await? else { return Ok(None) };
    // Another file may have arrived between the two.
    let size_bytes = i64::try_from(object.bytes.len()).unwrap_or(i64::MAX);
    if size_bytes != asset.size_bytes {
        return Ok(Some((turn, Err(wrong_size(size_bytes, asset)))));
    }
    let (bytes, kind, claimed) = (object.bytes, asset.kind, asset.content_type.clone());
    let large = large_picture(&bytes, kind, &claimed).await?;
    let inspected = at_low_priority(move || {
        let _large = large;
        (turn, inspect_bytes(bytes, kind, &claimed))
    });
    Ok(Some(inspected.await?))
}

fn wrong_size(size_bytes: i64, asset: &Asset) -> FieldError {
    FieldError::new(
        "file",
        format!(
            "{size_bytes} bytes arrived, but {} were announced. Upload the file again",
            asset.size_bytes
        ),
    )
}

/// Waits until no other large picture is decoded, if this is one.
async fn large_picture(
    bytes: &[u8],
    kind: AssetKind,
    content_type: &str,
) -> Result<Option<OwnedSemaphorePermit>> {
    if kind != AssetKind::Image || renditions::pixels(bytes, content_type) <= LARGE_PIXELS {
        return Ok(None);
    }
    let permit = Arc::clone(&LARGE_PICTURES).acquire_owned().await;
    Ok(Some(permit.map_err(anyhow::Error::from)?))
}

fn inspect_bytes(bytes: Vec<u8>, kind: AssetKind, claimed: &str) -> Result<Inspected, FieldError> {
    let found = rules::sniff(&bytes);
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
            Some(renditions::render(&bytes, found).map_err(|why| FieldError::new("file", why))?)
        }
        AssetKind::Video | AssetKind::Pdf => None,
    };
    Ok(Inspected { sha256: token::content_hash(&bytes), bytes, picture })
}

/// Stores the file and its renditions, under keys that change with the content. What is stored are
/// the bytes that were checked: the upload's own object can still be replaced.
async fn store_files(
    platform: &Platform,
    asset: &Asset,
    inspected: Inspected,
) -> Result<InspectedUpload> {
    let Inspected { bytes, sha256, picture } = inspected;
    let pixels = |px: u32| i32::try_from(px).unwrap_or(i32::MAX);
    let (width_px, height_px) =
        picture.as_ref().map(|p| (pixels(p.width_px), pixels(p.height_px))).unzip();
    let object_key = format!("originals/{}/{}-{sha256}", asset.tenant, asset.id);
    platform.objects.put(&object_key, &asset.content_type, bytes).await?;
    let (mut renditions, mut rendition_bytes) = (vec![], 0);
    // A document of the vetting is shown on no page, so it has no renditions.
    let shown = picture.filter(|_| asset.purpose == AssetPurpose::Catalogue);
    for encoded in shown.map(|p| p.encoded).unwrap_or_default() {
        let object_key =
            format!("renditions/{}/{}-{}.webp", &sha256[..HASH_CHARS], asset.id, encoded.width_px);
        rendition_bytes += i64::try_from(encoded.bytes.len()).unwrap_or(i64::MAX);
        platform.objects.put(&object_key, "image/webp", encoded.bytes).await?;
        renditions.push(Rendition {
            width_px: pixels(encoded.width_px),
            height_px: pixels(encoded.height_px),
            content_type: "image/webp".to_owned(),
            object_key,
        });
    }
    Ok(InspectedUpload { object_key, sha256, width_px, height_px, renditions, rendition_bytes })
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A black PNG.
    fn black(width: u32, height: u32) -> Vec<u8> {
        let mut png = Vec::new();
        let encoder = image::codecs::png::PngEncoder::new(&mut png);
        let pixels = vec![0; (width * height) as usize];
        image::ImageEncoder::write_image(
            encoder,
            &pixels,
            width,
            height,
            image::ExtendedColorType::L8,
        )
        .unwrap();
        png
    }

    async fn permit(bytes: &[u8]) -> Option<OwnedSemaphorePermit> {
        large_picture(bytes, AssetKind::Image, "image/png").await.unwrap()
    }

    #[tokio::test]
    async fn one_large_picture_is_decoded_at_a_time() {
        let (large, small) = (black(4_100, 4_000), black(40, 20));
        let first = permit(&large).await;
        assert!(first.is_some());
        let briefly = Duration::from_millis(50);
        let second = tokio::time::timeout(briefly, permit(&large)).await;
        assert!(second.is_err(), "a second one waits");
        assert!(permit(&small).await.is_none(), "a small one does not");
        drop(first);
        assert!(permit(&large).await.is_some());
    }
}
