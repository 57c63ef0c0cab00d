//! The SQL of assets.

use std::collections::HashMap;

use sqlx::{PgConnection, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    asset::{Asset, AssetKind, AssetPurpose, AssetState, Rendition},
    rules::NewAsset,
};
use crate::{
    access::edits::LastEdit,
    kernel::{AccountId, AssetId, Error, PageQuery, Result, TenantId},
};

struct AssetRow {
    tenant_id: Uuid,
    id: Uuid,
    kind: AssetKind,
    purpose: AssetPurpose,
    filename: String,
    content_type: String,
    size_bytes: i64,
    object_key: String,
    state: AssetState,
    sha256: Option<String>,
    width_px: Option<i32>,
    height_px: Option<i32>,
    renditions: Json<Vec<Rendition>>,
    alt: String,
    error: Option<String>,
    version: i32,
    created_at: OffsetDateTime,
}

impl From<AssetRow> for Asset {
    fn from(row: AssetRow) -> Self {
        Self {
            tenant: TenantId(row.tenant_id),
            id: AssetId(row.id),
            kind: row.kind,
            purpose: row.purpose,
            filename: row.filename,
            content_type: row.content_type,
            size_bytes: row.size_bytes,
            object_key: row.object_key,
            state: row.state,
            sha256: row.sha256,
            width_px: row.width_px,
            height_px: row.height_px,
            renditions: row.renditions.0,
            alt: row.alt,
            error: row.error,
            version: row.version,
            created_at: row.created_at,
        }
    }
}

/// What the inspection of an upload found, and where its files are kept.
pub struct InspectedUpload {
    /// Of the original.
    pub object_key: String,
    pub sha256: String,
    pub width_px: Option<i32>,
    pub height_px: Option<i32>,
    pub renditions: Vec<Rendition>,
    /// Of all renditions together.
    pub rendition_bytes: i64,
}

impl InspectedUpload {
    pub fn keys(&self) -> Vec<&str> {
        let renditions = self.renditions.iter().map(|rendition| rendition.object_key.as_str());
        renditions.chain([self.object_key.as_str()]).collect()
    }
}

/// Where an upload arrives. Its address names this key, so what is there may change at any time.
pub fn upload_key(tenant: TenantId, id: AssetId) -> String {
    format!("uploads/{tenant}/{id}")
}

pub async fn insert(
    conn: &mut PgConnection,
    tenant: TenantId,
    new: &NewAsset,
    purpose: AssetPurpose,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<AssetId> {
    let id = AssetId::new();
    sqlx::query!(
        r#"
        INSERT INTO assets (tenant_id, id, kind, filename, content_type, size_bytes, object_key, uploaded_by, created_at, updated_at, purpose)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $10)
        "#,
        tenant.0,
        id.0,
        new.kind.into_str(),
        new.filename,
        new.content_type,
        new.size_bytes,
        upload_key(tenant, id),
        by.0,
        now,
        purpose.into_str(),
    )
    .execute(conn)
    .await?;
    Ok(id)
}

/// The asset; unknown is an error.
pub async fn get(conn: &mut PgConnection, tenant: TenantId, id: AssetId) -> Result<Asset> {
    find(conn, tenant, id).await?.ok_or(Error::NotFound("asset"))
}

pub async fn find(conn: &mut PgConnection, tenant: TenantId, id: AssetId) -> Result<Option<Asset>> {
    Ok(many(conn, &[(tenant, id)]).await?.remove(&id))
}

/// The assets of these ids, each with its tenant; unknown ones are left out.
pub async fn many(
    conn: &mut PgConnection,
    ids: &[(TenantId, AssetId)],
) -> Result<HashMap<AssetId, Asset>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let (tenants, ids): (Vec<Uuid>, Vec<Uuid>) =
        ids.iter().map(|(tenant, id)| (tenant.0, id.0)).unzip();
    let rows = sqlx::query_as!(
        AssetRow,
        r#"
        SELECT tenant_id, id, kind AS "kind: AssetKind", purpose AS "purpose: AssetPurpose", filename, content_type, size_bytes, object_key, state AS "state: AssetState", sha256, width_px, height_px,
               renditions AS "renditions: Json<Vec<Rendition>>", alt, error, version, created_at
        FROM assets WHERE (tenant_id, id) IN (SELECT * FROM UNNEST($1::uuid[], $2::uuid[]))
        "#,
        &tenants,
        &ids,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Asset::from).map(|asset| (asset.id, asset)).collect())
}

/// Newest first. Without a state, all except withdrawn ones.
pub async fn list(
    conn: &mut PgConnection,
    tenant: TenantId,
    state: Option<AssetState>,
    kind: Option<AssetKind>,
    words: Option<&str>,
    page: &PageQuery,
) -> Result<Vec<Asset>> {
    let rows = sqlx::query_as!(
        AssetRow,
        r#"
        SELECT tenant_id, id, kind AS "kind: AssetKind", purpose AS "purpose: AssetPurpose", filename, content_type, size_bytes, object_key, state AS "state: AssetState", sha256, width_px, height_px,
               renditions AS "renditions: Json<Vec<Rendition>>", alt, error, version, created_at
        FROM assets
        WHERE tenant_id = $1 AND purpose = 'catalogue' AND (created_at, id) < ($2, $3)
          AND CASE WHEN $4::text IS NULL THEN state <> 'withdrawn' ELSE state = $4 END
          AND ($5::text IS NULL OR strpos(lower(filename), lower($5)) > 0 OR strpos(lower(alt), lower($5)) > 0)
          AND ($6::text IS NULL OR kind = $6)
        ORDER BY created_at DESC, id DESC LIMIT $7
        "#,
        tenant.0,
        page.before_at(),
        page.before_id(),
        state.map(|state| state.into_str()),
        words,
        kind.map(|kind| kind.into_str()),
        page.fetch(),
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Asset::from).collect())
}

/// The last edit of an asset's description; the asset is locked until the transaction ends.
pub async fn last_edit(conn: &mut PgConnection, tenant: TenantId, id: AssetId) -> Result<LastEdit> {
    let last = sqlx::query_as!(
        LastEdit,
        "SELECT version, edited_by, edited_at FROM assets
         WHERE tenant_id = $1 AND id = $2 FOR UPDATE",
        tenant.0,
        id.0,
    );
    last.fetch_optional(conn).await?.ok_or(Error::NotFound("asset"))
}

pub async fn set_alt(
    conn: &mut PgConnection,
    tenant: TenantId,
    id: AssetId,
    alt: &str,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<bool> {
    let done = sqlx::query!(
        "UPDATE assets SET alt = $3, updated_at = $4,
             version = version + 1, edited_by = $5, edited_at = $4
         WHERE tenant_id = $1 AND id = $2 AND state <> 'withdrawn'",
        tenant.0,
        id.0,
        alt,
        now,
        by.0,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Stores why an upload was refused; it can be repeated.
pub async fn set_error(
    conn: &mut PgConnection,
    tenant: TenantId,
    id: AssetId,
    error: &str,
    now: OffsetDateTime,
) -> Result<()> {
    sqlx::query!("UPDATE assets SET error = $3, updated_at = $4 WHERE tenant_id = $1 AND id = $2 AND state = 'uploading'", tenant.0, id.0, error, now)
        .execute(conn)
        .await?;
    Ok(())
}

/// uploading → ready; false if it was no longer uploading.
pub async fn set_ready(
    conn: &mut PgConnection,
    tenant: TenantId,
    id: AssetId,
    completed: &InspectedUpload,
    now: OffsetDateTime,
) -> Result<bool> {
    let done = sqlx::query!(
        r#"
        UPDATE assets SET state = 'ready', error = NULL, sha256 = $3, width_px = $4,
            height_px = $5, renditions = $6, updated_at = $7, object_key = $8,
            rendition_bytes = $9
        WHERE tenant_id = $1 AND id = $2 AND state = 'uploading'
        "#,
        tenant.0,
        id.0,
        completed.sha256,
        completed.width_px,
        completed.height_px,
        Json(&completed.renditions) as _,
        now,
        completed.object_key,
        completed.rendition_bytes,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Records until when the upload of an asset can begin.
pub async fn set_upload_expiry(
    conn: &mut PgConnection,
    tenant: TenantId,
    id: AssetId,
    expires_at: OffsetDateTime,
) -> Result<()> {
    sqlx::query!(
        "UPDATE assets SET upload_expires_at = $3 WHERE tenant_id = $1 AND id = $2",
        tenant.0,
        id.0,
        expires_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets the renditions of an asset that no review ever showed. Returns whether none did.
pub async fn forget_renditions(
    conn: &mut PgConnection,
    tenant: TenantId,
    id: AssetId,
) -> Result<bool> {
    let done = sqlx::query!(
        "UPDATE assets SET renditions = '[]', rendition_bytes = 0
         WHERE tenant_id = $1 AND id = $2 AND submitted_at IS NULL",
        tenant.0,
        id.0,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Moves the assets that are in one of the states `from`; returns those it moved.
pub async fn move_state(
    conn: &mut PgConnection,
    tenant: TenantId,
    ids: &[AssetId],
    from: &[AssetState],
    to: AssetState,
    now: OffsetDateTime,
) -> Result<Vec<AssetId>> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let moved = sqlx::query_scalar!(
        r#"
        UPDATE assets SET state = $4, updated_at = $5,
            submitted_at = CASE WHEN $4 = 'submitted' THEN $5 ELSE submitted_at END
        WHERE tenant_id = $1 AND id = ANY($2) AND state = ANY($3::text[])
        RETURNING id AS "id: AssetId"
        "#,
        tenant.0,
        &ids,
        &from.iter().map(|state| state.into_str().to_owned()).collect::<Vec<_>>(),
        to.into_str(),
        now,
    )
    .fetch_all(conn)
    .await?;
    Ok(moved)
}
