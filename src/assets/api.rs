//! The API of assets: announce a file, upload it straight to S3, complete, describe and withdraw it.

use std::{collections::BTreeMap, time::Duration};

use poem_openapi::{
    ApiResponse, Object, OpenApi,
    param::{Header, Path, Query},
    payload::{Binary, Json},
};
use serde_json::json;
use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{
    asset::{Asset, AssetKind, AssetPurpose, AssetState},
    completion, quota, rules,
    store::{self, get},
    views::{AssetView, StorageUseView},
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
    /// `catalogue` when absent. Of a `vetting` document no renditions are made; it is in no list, and
    /// only the provider's owners and SMP's managers can read it.
    purpose: Option<AssetPurpose>,
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

/// The asset, if the caller may read it. For others, a document of the vetting does not exist.
async fn readable(conn: &mut PgConnection, member: &Member, id: AssetId) -> Result<Asset> {
    let asset = get(conn, member.tenant, id).await?;
    if asset.purpose == AssetPurpose::Vetting && !member.may("vetting_comment_create") {
        return Err(Error::NotFound("asset"));
    }
    Ok(asset)
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
    /// minutes. The file counts only once `asset_complete` has checked it; one that is not completed
    /// is cleared a day after its address expired. Written to the audit log.
    ///
    /// Refused with 409: `urn:smp:provider_rejected`, `urn:smp:too_many_announced` while many files
    /// are announced and not completed, `urn:smp:storage_full` when the provider's files would take
    /// more than its quota (`storage_get` tells both). Not idempotent: each request announces
    /// another file.
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
        let quota_bytes = self.platform.config.provider_storage_bytes;
        quota::require_room(&mut tx, member.tenant, new.size_bytes, quota_bytes).await?;
        let purpose = body.purpose.unwrap_or(AssetPurpose::Catalogue);
        if purpose == AssetPurpose::Vetting && !member.may("requirement_answer") {
            return Err(Error::Forbidden(
                "Your role can’t upload documents of the vetting. Ask the owner of your shop."
                    .to_owned(),
            ));
        }
        let id = store::insert(
            &mut tx,
            member.tenant,
            &new,
            purpose,
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
        let answer = self.upload(&mut tx, asset).await?;
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
        let asset = readable(&mut tx, &member, asset.0).await?;
        match asset.state {
            AssetState::Uploading => {
                let answer = self.upload(&mut tx, asset).await?;
                tx.commit().await?;
                Ok(Json(answer))
            }
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
    /// becomes `ready`. What was checked is kept: sending another file to the upload address changes
    /// nothing any more. Written to the audit log. A repeat returns the finished asset.
    ///
    /// A file that cannot be accepted is a 422 with the reason; it is deleted, and the asset stays
    /// `uploading`, for another try.
    ///
    /// Refused with 409: `urn:smp:not_uploaded` while no file has arrived,
    /// `urn:smp:asset_withdrawn`, `urn:smp:too_many_completing` when 40 of the provider's own files
    /// wait to be processed. Providers take turns; 503 when the turn did not come within 30 seconds.
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
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        readable(&mut tx, &member, asset.0).await?;
        drop(tx);
        Ok(Json(
            completion::complete(&self.platform, member.actor(), tenant.0, asset.0).await?.into(),
        ))
    }

    /// How much a provider's files take
    ///
    /// What the provider stores and has announced, in bytes, and how much of both it may.
    #[oai(path = "/providers/:tenant/storage", method = "get", operation_id = "storage_get")]
    async fn storage_get(
        &self,
        member: Member,
        tenant: Path<TenantId>,
    ) -> Result<Json<StorageUseView>> {
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        let taken = quota::storage_use(&mut tx, member.tenant).await?;
        Ok(Json(StorageUseView::new(taken, self.platform.config.provider_storage_bytes)))
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
        Ok(Json(readable(&mut tx, &member, asset.0).await?.into()))
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
        let asset = readable(&mut tx, &member, asset.0).await?;
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
        let current = readable(&mut tx, &member, asset.0).await?;
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
    /// Deletes the file and takes the asset out of use. The renditions of an asset that was once
    /// submitted stay, for the history of its review. Written to the audit log. Withdrawing it again
    /// changes nothing.
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
        let current = readable(&mut tx, &member, asset.0).await?;
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
            if current.purpose == AssetPurpose::Vetting {
                return Err(Error::conflict(
                    "asset_in_use",
                    "This document answers a requirement of the vetting, so it is kept. Answer the \
                     requirement again with another one.",
                ));
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
        let withdrawn = get(&mut tx, member.tenant, current.id).await?;
        // The history of a review may still show the renditions.
        let all = store::forget_renditions(&mut tx, member.tenant, current.id).await?;
        tx.commit().await?;
        for key in withdrawn.keys().into_iter().filter(|key| all || *key == withdrawn.object_key) {
            completion::delete(&self.platform, key).await;
        }
        Ok(Empty::Done)
    }
}

impl AssetsApi {
    async fn upload(&self, conn: &mut PgConnection, asset: Asset) -> Result<AssetUpload> {
        let signed = self
            .platform
            .objects
            .presign_put(&asset.object_key, &asset.content_type, asset.size_bytes, UPLOAD_LIFETIME)
            .await?;
        let expires_at =
            self.platform.clock.now() + Duration::from_secs(signed.expires_in_seconds.into());
        store::set_upload_expiry(conn, asset.tenant, asset.id, expires_at).await?;
        let upload = UploadTarget {
            method: "PUT".to_owned(),
            url: signed.url,
            headers: signed.headers.into_iter().collect(),
            expires_at,
        };
        Ok(AssetUpload { asset: asset.into(), upload })
    }
}
