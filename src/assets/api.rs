//! The API of assets: announce a file, upload it straight to S3, complete, describe and withdraw it.

use std::{collections::BTreeMap, time::Duration};

use poem_openapi::{
    ApiResponse, Object, OpenApi,
    param::{Header, Path, Query},
    payload::{Binary, Json},
};
use serde_json::json;
use time::OffsetDateTime;

use super::{
    asset::{Asset, AssetKind, AssetState, Rendition},
    completion, rules,
    store::{self, get},
};
use crate::{
    access::{Empty, Member, Tag, audit, edits},
    events,
    kernel::{
        AssetId, Error, FieldErrors, Input, Page, PageQuery, Result, SeenVersion, TenantId,
        validate,
    },
    platform::Platform,
    providers,
};

/// An upload must start within this time after its announcement.
const UPLOAD_LIFETIME: Duration = Duration::from_mins(30);
const ALT_CHARS_MAX: usize = 300;

pub struct AssetsApi {
    pub platform: Platform,
}

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

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct AssetInput {
    /// 1 to 255 characters.
    filename: String,
    /// `image/jpeg`, `image/png`, `image/webp`, `image/gif`, or `application/pdf` as evidence for
    /// SMP's reviewers; up to 20 MiB each. Pictures are still and in RGB.
    content_type: String,
    /// Of the whole file, in bytes: 1 to 20,971,520.
    size_bytes: i64,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct AssetUpdate {
    /// At most 300 characters.
    alt: String,
}

#[derive(ApiResponse)]
enum AssetOriginal {
    /// The file, to be saved.
    #[oai(status = 200)]
    File(Binary<Vec<u8>>, #[oai(header = "Content-Disposition")] String),
}

/// Makes a browser save the file and not open it: a stranger uploaded it.
fn download(filename: &str) -> String {
    let encoded: String = url::form_urlencoded::byte_serialize(filename.as_bytes())
        .collect::<String>()
        .replace('+', "%20");
    format!("attachment; filename*=UTF-8''{encoded}")
}

/// Where and how to send the file.
#[derive(Object)]
#[oai(rename = "Upload")]
struct UploadTarget {
    /// `PUT`
    method: String,
    /// Signed; of storage, not of this API.
    url: String,
    /// Send them unchanged.
    headers: BTreeMap<String, String>,
    /// Until when the upload can begin.
    expires_at: OffsetDateTime,
}

#[derive(Object)]
struct AssetUpload {
    asset: AssetView,
    upload: UploadTarget,
}

#[derive(ApiResponse)]
enum AssetCreated {
    /// Announced; send the file, then complete it.
    #[oai(status = 201)]
    Created(Json<AssetUpload>),
}

#[OpenApi(tag = "Tag::Assets")]
impl AssetsApi {
    /// A provider's assets, newest first
    ///
    /// Pictures and documents of the provider, with the addresses of a picture's renditions.
    #[oai(path = "/providers/:tenant/assets", method = "get", operation_id = "asset_list")]
    #[expect(clippy::too_many_arguments, reason = "each is a parameter of the address")]
    async fn asset_list(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        /// Only this state. By default, all except withdrawn ones.
        state: Query<Option<AssetState>>,
        kind: Query<Option<AssetKind>>,
        /// Text in the file's name or description.
        q: Query<Option<String>>,
        /// `next_cursor` of the page before; leave it out for the first page.
        cursor: Query<Option<String>>,
        /// Entries on the page: 1 to 100, 25 by default.
        limit: Query<Option<u32>>,
    ) -> Result<Json<Page<AssetView>>> {
        let page = PageQuery::new(cursor.0.as_deref(), limit.0)?;
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        let words = q.0.as_deref().map(str::trim).filter(|words| !words.is_empty());
        let assets = store::list(&mut tx, member.tenant, state.0, kind.0, words, &page).await?;
        Ok(Json(page.page(assets, |asset| (asset.created_at, asset.id.0), AssetView::from)))
    }

    /// Announce a file and get its upload address
    ///
    /// Announces a file: checks its name, type and size (1 byte to 20 MiB), and answers with an
    /// address that takes the file straight into storage by `PUT`, with the headers given, for 30
    /// minutes. The file counts only once `asset_complete` has checked it. Written to the audit
    /// log.
    ///
    /// Refused with 409 `urn:smp:provider_rejected`. Not idempotent: each request announces another
    /// file.
    #[oai(path = "/providers/:tenant/assets", method = "post", operation_id = "asset_create")]
    async fn asset_create(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        body: Input<AssetInput>,
    ) -> Result<AssetCreated> {
        let new = rules::check(&body.filename, &body.content_type, body.size_bytes)?;
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        providers::require_open(&mut tx, member.tenant).await?;
        let id = store::insert(
            &mut tx,
            member.tenant,
            &new,
            member.account(),
            self.platform.clock.now(),
        )
        .await?;
        let details = json!({
            "filename": new.filename,
            "content_type": new.content_type,
            "size_bytes": new.size_bytes,
        });
        audit::record(
            &mut tx,
            member.actor(),
            member.tenant,
            "asset_create",
            &format!("asset {id}"),
            &details,
        )
        .await?;
        let asset = get(&mut tx, member.tenant, id).await?;
        let answer = self.upload(asset).await?;
        tx.commit().await?;
        Ok(AssetCreated::Created(Json(answer)))
    }

    /// Get a new upload address for a file that did not arrive or was refused
    ///
    /// A fresh upload address for an asset that is still `uploading`: the earlier one expired, or
    /// the file was refused.
    ///
    /// Refused with 409: `urn:smp:asset_complete` when the file has arrived,
    /// `urn:smp:asset_withdrawn`.
    #[oai(
        path = "/providers/:tenant/assets/:asset/upload",
        method = "post",
        operation_id = "asset_retry"
    )]
    async fn asset_retry(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        asset: Path<AssetId>,
    ) -> Result<Json<AssetUpload>> {
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        let asset = get(&mut tx, member.tenant, asset.0).await?;
        match asset.state {
            AssetState::Uploading => Ok(Json(self.upload(asset).await?)),
            AssetState::Withdrawn => Err(completion::withdrawn()),
            _ => Err(Error::conflict(
                "asset_complete",
                "This file has arrived already. Upload another file as a new asset.",
            )),
        }
    }

    /// Complete an upload: checks the file and makes a picture's renditions
    ///
    /// Reads the uploaded file, checks that it is what was announced, and makes the renditions of a
    /// picture (320, 640, 960 and 1600 pixels wide, none wider than the original). The asset
    /// becomes `ready`. Written to the audit log. A repeat returns the finished asset.
    ///
    /// A file that cannot be accepted is a 422 with the reason; it is deleted, and the asset stays
    /// `uploading`, for another try.
    ///
    /// Refused with 409: `urn:smp:not_uploaded` while no file has arrived,
    /// `urn:smp:asset_withdrawn`. 503 when too many pictures are being processed: try again.
    #[oai(
        path = "/providers/:tenant/assets/:asset/complete",
        method = "post",
        operation_id = "asset_complete"
    )]
    async fn asset_complete(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        asset: Path<AssetId>,
    ) -> Result<Json<AssetView>> {
        Ok(Json(
            completion::complete(&self.platform, member.actor(), tenant.0, asset.0).await?.into(),
        ))
    }

    /// One asset
    ///
    /// One asset of the provider, in any state.
    #[oai(path = "/providers/:tenant/assets/:asset", method = "get", operation_id = "asset_get")]
    async fn asset_get(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        asset: Path<AssetId>,
    ) -> Result<Json<AssetView>> {
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        Ok(Json(get(&mut tx, member.tenant, asset.0).await?.into()))
    }

    /// The original file, for the provider and for reviewers
    ///
    /// The file exactly as it was uploaded, to be saved (`Content-Disposition: attachment`), in its
    /// own content type. 404 until the upload was completed, and after the asset was withdrawn.
    #[oai(
        path = "/providers/:tenant/assets/:asset/original",
        method = "get",
        operation_id = "asset_original_get"
    )]
    async fn asset_original_get(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        asset: Path<AssetId>,
    ) -> Result<AssetOriginal> {
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        let asset = get(&mut tx, member.tenant, asset.0).await?;
        drop(tx);
        let found = if asset.is_usable() {
            self.platform.objects.get(&asset.object_key).await?
        } else {
            None
        };
        let file = found.ok_or(Error::NotFound("file"))?;
        Ok(AssetOriginal::File(Binary(file.bytes), download(&asset.filename)))
    }

    /// Describe an asset
    ///
    /// Sets the text that describes a picture to people who cannot see it; at most 300 characters.
    /// A picture needs one before a sale with it can be submitted. Written to the audit log.
    ///
    /// A withdrawn asset cannot be changed: 409 `urn:smp:asset_withdrawn`.
    ///
    /// When someone described it after you read it, nothing is changed (412).
    #[oai(
        path = "/providers/:tenant/assets/:asset",
        method = "patch",
        operation_id = "asset_update"
    )]
    async fn asset_update(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        asset: Path<AssetId>,
        #[oai(name = "If-Match")] seen: Header<SeenVersion>,
        body: Input<AssetUpdate>,
    ) -> Result<Json<AssetView>> {
        let mut fields = FieldErrors::default();
        let alt = validate::text(&mut fields, "alt", &body.alt, 0, ALT_CHARS_MAX);
        fields.finish()?;
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        let last = store::last_edit(&mut tx, member.tenant, asset.0).await?;
        let current = get(&mut tx, member.tenant, asset.0).await?;
        let (by, now) = (member.account(), self.platform.clock.now());
        last.require(&mut tx, seen.0, &edits::differing(&[("alt", alt != current.alt)])).await?;
        if !store::set_alt(&mut tx, member.tenant, current.id, &alt, by, now).await? {
            return Err(completion::withdrawn());
        }
        audit::record(
            &mut tx,
            member.actor(),
            member.tenant,
            "asset_update",
            &format!("asset {}", current.id),
            &json!({"alt": alt}),
        )
        .await?;
        let asset = get(&mut tx, member.tenant, current.id).await?;
        tx.commit().await?;
        Ok(Json(asset.into()))
    }

    /// Withdraw an asset that no submitted or approved sale shows
    ///
    /// Deletes the file and takes the asset out of use. Written to the audit log. Withdrawing it
    /// again changes nothing.
    ///
    /// Refused with 409 `urn:smp:asset_in_use` while a submitted or approved sale shows it.
    #[oai(
        path = "/providers/:tenant/assets/:asset",
        method = "delete",
        operation_id = "asset_withdraw"
    )]
    async fn asset_withdraw(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        asset: Path<AssetId>,
    ) -> Result<Empty> {
        const FROM: [AssetState; 4] = [
            AssetState::Uploading,
            AssetState::Ready,
            AssetState::ChangesRequested,
            AssetState::Rejected,
        ];
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        let current = get(&mut tx, member.tenant, asset.0).await?;
        let moved = store::move_state(
            &mut tx,
            member.tenant,
            &[current.id],
            &FROM,
            AssetState::Withdrawn,
            self.platform.clock.now(),
        )
        .await?;
        if moved.is_empty() {
            if get(&mut tx, member.tenant, current.id).await?.state == AssetState::Withdrawn {
                return Ok(Empty::Done);
            }
            return Err(Error::conflict(
                "asset_in_use",
                "A submitted or approved sale shows this asset, so it cannot be withdrawn. \
                 Remove it from the offer for the next sale.",
            ));
        }
        events::publish(&mut tx, member.tenant, "asset.withdrawn", &json!({"asset_ids": moved}))
            .await?;
        audit::record(
            &mut tx,
            member.actor(),
            member.tenant,
            "asset_withdraw",
            &format!("asset {}", current.id),
            &json!({"filename": current.filename}),
        )
        .await?;
        tx.commit().await?;
        // The renditions stay: the history of a review may still show them.
        completion::delete(&self.platform, &current.object_key).await;
        Ok(Empty::Done)
    }
}

impl AssetsApi {
    async fn upload(&self, asset: Asset) -> Result<AssetUpload> {
        let signed = self
            .platform
            .objects
            .presign_put(&asset.object_key, &asset.content_type, asset.size_bytes, UPLOAD_LIFETIME)
            .await?;
        let upload = UploadTarget {
            method: "PUT".to_owned(),
            url: signed.url,
            headers: signed.headers.into_iter().collect(),
            expires_at: self.platform.clock.now()
                + Duration::from_secs(signed.expires_in_seconds.into()),
        };
        Ok(AssetUpload { asset: asset.into(), upload })
    }
}
