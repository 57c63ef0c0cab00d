//! What a provider stores and has announced, and how much of both it may.

use sqlx::PgConnection;

use super::rules::MIB;
use crate::kernel::{Error, Result, TenantId};

/// Files of one provider that are announced and not completed, at most, and their bytes.
pub const ANNOUNCED_MAX: i64 = 100;
pub const ANNOUNCED_BYTES_MAX: i64 = 1024 * MIB;

/// What a provider's files take.
#[derive(Debug, Clone, Copy)]
pub struct StorageUse {
    /// Files that were completed, and renditions.
    pub stored_bytes: i64,
    /// Files that were announced and are not completed.
    pub announced: i64,
    pub announced_bytes: i64,
}

/// What the files of a provider take now.
pub async fn storage_use(conn: &mut PgConnection, tenant: TenantId) -> Result<StorageUse> {
    Ok(sqlx::query_as!(
        StorageUse,
        r#"
        SELECT bounded_sum(sum(rendition_bytes) + coalesce(sum(size_bytes)
                   FILTER (WHERE state NOT IN ('uploading', 'withdrawn')), 0)) AS "stored_bytes!",
               count(*) FILTER (WHERE state = 'uploading') AS "announced!",
               bounded_sum(sum(size_bytes) FILTER (WHERE state = 'uploading'))
                   AS "announced_bytes!"
        FROM assets WHERE tenant_id = $1
        "#,
        tenant.0,
    )
    .fetch_one(conn)
    .await?)
}

/// Checks that a provider may announce a file of this size. Until the transaction ends, no other of
/// its files is announced.
pub async fn require_room(
    conn: &mut PgConnection,
    tenant: TenantId,
    size_bytes: i64,
    quota_bytes: i64,
) -> Result<()> {
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('announce ' || $1::text, 0))")
        .bind(tenant.0)
        .execute(&mut *conn)
        .await?;
    storage_use(conn, tenant).await?.check(size_bytes, quota_bytes)
}

impl StorageUse {
    fn check(&self, size_bytes: i64, quota_bytes: i64) -> Result<()> {
        if self.announced >= ANNOUNCED_MAX
            || self.announced_bytes + size_bytes > ANNOUNCED_BYTES_MAX
        {
            return Err(Error::conflict(
                "too_many_announced",
                format!(
                    "{} files with {} are announced and not completed; a provider may have \
                     {ANNOUNCED_MAX} with {}. Complete some, or delete them.",
                    self.announced,
                    mebibytes(self.announced_bytes),
                    mebibytes(ANNOUNCED_BYTES_MAX),
                ),
            ));
        }
        let used = self.stored_bytes + self.announced_bytes;
        if used + size_bytes > quota_bytes {
            return Err(Error::conflict(
                "storage_full",
                format!(
                    "Your files take {} of {}, so {} more do not fit. Delete files that you do \
                     not need.",
                    mebibytes(used),
                    mebibytes(quota_bytes),
                    mebibytes(size_bytes),
                ),
            ));
        }
        Ok(())
    }
}

#[expect(clippy::cast_precision_loss, reason = "a size for people, with one decimal")]
fn mebibytes(bytes: i64) -> String {
    format!("{:.1} MiB", bytes as f64 / MIB as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_announced_counts_before_it_is_stored() {
        let taken = StorageUse { stored_bytes: 60, announced: 1, announced_bytes: 30 };
        assert!(taken.check(10, 100).is_ok());
        let full = taken.check(11, 100).unwrap_err();
        assert!(matches!(full, Error::Conflict { code: "storage_full", .. }), "{full}");
        let crowded = StorageUse { announced: ANNOUNCED_MAX, ..taken };
        let refused = crowded.check(1, 100).unwrap_err();
        assert!(matches!(refused, Error::Conflict { code: "too_many_announced", .. }), "{refused}");
        let large = StorageUse { announced_bytes: ANNOUNCED_BYTES_MAX, ..taken };
        assert!(large.check(1, i64::MAX).is_err());
    }
}
