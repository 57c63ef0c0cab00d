//! Clearing what uploads leave behind: those that never arrived or were never completed, and files
//! that were sent again after the completion.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::store::upload_key;
use crate::{
    kernel::{AssetId, Result, TenantId},
    platform::Platform,
};

/// Deletes assets that were announced and not completed, with what arrived of them, if their upload
/// address expired before this time. Returns how many, `max` at most.
pub async fn clear_abandoned_uploads(
    platform: &Platform,
    before: OffsetDateTime,
    max: i64,
) -> Result<u64> {
    let mut tx = platform.db.platform("abandoned uploads").await?;
    let found = sqlx::query!(
        "SELECT tenant_id, id, object_key FROM assets
         WHERE upload_expires_at < $1 AND state = 'uploading'
         ORDER BY upload_expires_at LIMIT $2",
        before,
        max,
    )
    .fetch_all(&mut *tx)
    .await?;
    // The store is slow, so no transaction waits for it. The files go first: a row that is left
    // behind is found again.
    tx.commit().await?;
    for asset in &found {
        platform.objects.delete(&asset.object_key).await?;
    }
    let (tenants, ids): (Vec<Uuid>, Vec<Uuid>) =
        found.into_iter().map(|asset| (asset.tenant_id, asset.id)).unzip();
    let mut tx = platform.db.platform("abandoned uploads").await?;
    let cleared = sqlx::query!(
        "DELETE FROM assets
         WHERE (tenant_id, id) IN (SELECT * FROM UNNEST($1::uuid[], $2::uuid[]))
           AND upload_expires_at < $3 AND state = 'uploading'",
        &tenants,
        &ids,
        before,
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(cleared.rows_affected())
}

/// Deletes what was sent to the upload address of a completed or withdrawn asset that expired before
/// this time. Returns how many assets it looked at, `max` at most.
pub async fn clear_late_uploads(
    platform: &Platform,
    before: OffsetDateTime,
    max: i64,
) -> Result<u64> {
    let mut tx = platform.db.platform("late uploads").await?;
    let found = late(&mut tx, before, max).await?;
    tx.commit().await?;
    for (tenant, id) in &found {
        platform.objects.delete(&upload_key(*tenant, *id)).await?;
    }
    let (tenants, ids): (Vec<Uuid>, Vec<Uuid>) =
        found.into_iter().map(|(tenant, id)| (tenant.0, id.0)).unzip();
    let mut tx = platform.db.platform("late uploads").await?;
    let cleared = sqlx::query!(
        "UPDATE assets SET upload_expires_at = NULL
         WHERE (tenant_id, id) IN (SELECT * FROM UNNEST($1::uuid[], $2::uuid[]))",
        &tenants,
        &ids,
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(cleared.rows_affected())
}

async fn late(
    conn: &mut PgConnection,
    before: OffsetDateTime,
    max: i64,
) -> Result<Vec<(TenantId, AssetId)>> {
    let found = sqlx::query!(
        "SELECT tenant_id, id FROM assets
         WHERE upload_expires_at < $1 AND state <> 'uploading'
         ORDER BY upload_expires_at LIMIT $2",
        before,
        max,
    );
    let found = found.fetch_all(conn).await?;
    Ok(found.into_iter().map(|row| (TenantId(row.tenant_id), AssetId(row.id))).collect())
}
