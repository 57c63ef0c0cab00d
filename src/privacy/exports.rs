//! Exports of a person's data: asked for, written by a job, kept for a week.

use poem_openapi::Enum;
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};
use uuid::Uuid;

use super::archive;
use crate::{
    events,
    kernel::{AccountId, Error, PersonalFile, Result},
    platform::{Platform, at_low_priority, retention::Kept},
};

/// The job that writes an export: in bulk, because it reads much, and nobody waits at it. Its payload is an [`ExportJob`].
pub const EXPORT: &str = "data_export_bulk";
/// An account can ask for one export in this time.
pub const EXPORT_EVERY: Duration = Duration::days(1);
/// After this time the job of an export has been given up, and another may be asked for.
const GIVEN_UP_AFTER: Duration = Duration::days(2);
/// Exports of an account that are listed, at most.
const LISTED_MAX: i64 = 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize, sqlx::Type)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum DataExportState {
    /// It is being written.
    Requested,
    Ready,
    /// Its file was deleted.
    Removed,
}

#[derive(Debug, Clone)]
pub struct DataExport {
    pub id: Uuid,
    pub state: DataExportState,
    pub requested_at: OffsetDateTime,
    pub ready_at: Option<OffsetDateTime>,
    pub size_bytes: Option<i64>,
    object_key: Option<String>,
}

impl DataExport {
    /// Until when its file can be downloaded.
    pub fn expires_at(&self) -> Option<OffsetDateTime> {
        self.ready_at.map(|at| at + Kept::DataExports.period())
    }

    pub fn can_be_downloaded(&self, now: OffsetDateTime) -> bool {
        self.state == DataExportState::Ready && self.expires_at().is_some_and(|until| until > now)
    }
}

/// The payload of the job [`EXPORT`].
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct ExportJob {
    pub account_id: AccountId,
    pub export_id: Uuid,
}

/// The exports of an account, the newest first.
pub async fn exports_of(conn: &mut PgConnection, account: AccountId) -> Result<Vec<DataExport>> {
    let exports = sqlx::query_as!(
        DataExport,
        r#"
        SELECT id, state AS "state: DataExportState", requested_at, ready_at, size_bytes, object_key
        FROM data_exports WHERE account_id = $1 ORDER BY requested_at DESC, id DESC LIMIT $2
        "#,
        account.0,
        LISTED_MAX,
    );
    Ok(exports.fetch_all(conn).await?)
}

async fn find(conn: &mut PgConnection, account: AccountId, id: Uuid) -> Result<DataExport> {
    let export = sqlx::query_as!(
        DataExport,
        r#"
        SELECT id, state AS "state: DataExportState", requested_at, ready_at, size_bytes, object_key
        FROM data_exports WHERE account_id = $1 AND id = $2
        "#,
        account.0,
        id,
    );
    export.fetch_optional(conn).await?.ok_or(Error::NotFound("export"))
}

/// Asks for an export: one at a time, and one a day.
pub async fn request_export(platform: &Platform, account: AccountId) -> Result<DataExport> {
    let now = platform.clock.now();
    let mut tx = platform.db.platform("data export").await?;
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('exports ' || $1::text, 0))")
        .bind(account.0)
        .execute(&mut *tx)
        .await?;
    if let Some(last) = exports_of(&mut tx, account).await?.first() {
        let is_given_up = last.requested_at + GIVEN_UP_AFTER <= now;
        if last.state == DataExportState::Requested && !is_given_up {
            return Err(Error::conflict(
                "export_under_way",
                "An export of your data is being written. You get an email once it is ready.",
            ));
        }
        let next = last.requested_at + EXPORT_EVERY;
        if next > now {
            let from = next.format(&Rfc3339).unwrap_or_default();
            return Err(Error::conflict(
                "export_too_soon",
                format!(
                    "Your data can be exported once a day, and was in the last 24 hours. Download \
                     that export, or ask again from {from}."
                ),
            ));
        }
    }
    sqlx::query!(
        "UPDATE data_exports SET state = 'removed' WHERE account_id = $1 AND state = 'requested'",
        account.0
    )
    .execute(&mut *tx)
    .await?;
    let export_id = Uuid::now_v7();
    sqlx::query!(
        "INSERT INTO data_exports (account_id, id, requested_at) VALUES ($1, $2, $3)",
        account.0,
        export_id,
        now,
    )
    .execute(&mut *tx)
    .await?;
    events::enqueue(&mut tx, EXPORT, &ExportJob { account_id: account, export_id }).await?;
    let export = find(&mut tx, account, export_id).await?;
    tx.commit().await?;
    Ok(export)
}

/// An export whose file is stored, and that nobody was told of yet.
#[derive(Debug)]
pub struct WrittenExport {
    pub account: AccountId,
    pub id: Uuid,
    key: String,
    size_bytes: i64,
}

/// Writes the file of an export. `others` are the files of slices above this one. None if it is written
/// already, or its account is gone.
pub async fn write_export(
    platform: &Platform,
    job: ExportJob,
    others: Vec<PersonalFile>,
) -> Result<Option<WrittenExport>> {
    let mut tx = platform.db.platform("data export").await?;
    if !is_requested(&mut tx, job).await? {
        drop(tx);
        discard_export(platform, job).await?;
        return Ok(None);
    }
    let mut files = archive::collect(&mut tx, job.account_id).await?;
    drop(tx);
    files.extend(others);
    let bytes = at_low_priority(move || archive::zipped(&files)).await??;
    let size_bytes = i64::try_from(bytes.len()).map_err(anyhow::Error::from)?;
    let key = key_of(job.export_id);
    platform.objects.put(&key, "application/zip", bytes).await?;
    Ok(Some(WrittenExport { account: job.account_id, id: job.export_id, key, size_bytes }))
}

/// The same for every try of the job, so that none leaves a file behind.
fn key_of(export: Uuid) -> String {
    format!("exports/{export}.zip")
}

async fn is_requested(conn: &mut PgConnection, job: ExportJob) -> Result<bool> {
    match find(conn, job.account_id, job.export_id).await {
        Ok(export) => Ok(export.state == DataExportState::Requested),
        Err(Error::NotFound(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Deletes the file of an export that is not to be kept, because the account was erased while it was
/// written.
pub async fn discard_export(platform: &Platform, job: ExportJob) -> Result<()> {
    let mut tx = platform.db.platform("data export").await?;
    match find(&mut tx, job.account_id, job.export_id).await {
        Ok(export) if export.state != DataExportState::Removed => return Ok(()),
        Ok(_) | Err(Error::NotFound(_)) => {}
        Err(error) => return Err(error),
    }
    drop(tx);
    platform.objects.delete(&key_of(job.export_id)).await?;
    Ok(())
}

/// Notes that the file of an export is stored. False if that was noted before, or it is not wanted any
/// more.
pub async fn finish_export(
    conn: &mut PgConnection,
    written: &WrittenExport,
    now: OffsetDateTime,
) -> Result<bool> {
    let finished = sqlx::query!(
        "UPDATE data_exports SET state = 'ready', ready_at = $3, object_key = $4, size_bytes = $5
         WHERE account_id = $1 AND id = $2 AND state = 'requested'",
        written.account.0,
        written.id,
        now,
        written.key,
        written.size_bytes,
    );
    Ok(finished.execute(conn).await?.rows_affected() == 1)
}

/// The file of an export, and what a browser saves it as.
pub struct ExportFile {
    pub name: String,
    pub bytes: Vec<u8>,
}

/// The file of an account's export. Another account's is unknown; one past its week is a conflict.
pub async fn export_file(platform: &Platform, account: AccountId, id: Uuid) -> Result<ExportFile> {
    let mut tx = platform.db.shopper(Some(account)).await?;
    let export = find(&mut tx, account, id).await?;
    drop(tx);
    if export.state == DataExportState::Requested {
        return Err(Error::conflict(
            "export_under_way",
            "This export is being written. You get an email once it is ready.",
        ));
    }
    let expired = || {
        Error::conflict(
            "export_expired",
            "An export can be downloaded for seven days, and those are over. Ask for a new one.",
        )
    };
    if !export.can_be_downloaded(platform.clock.now()) {
        return Err(expired());
    }
    let key = export.object_key.ok_or_else(expired)?;
    let object = platform.objects.get(&key).await?.ok_or_else(expired)?;
    let day = export.requested_at.date();
    Ok(ExportFile { name: format!("my-data-{day}.zip"), bytes: object.bytes })
}

/// Deletes the files of exports that were ready before this time. Returns how many, `max` at most.
pub async fn delete_past_exports(
    platform: &Platform,
    before: OffsetDateTime,
    max: i64,
) -> Result<u64> {
    let mut tx = platform.db.platform("past exports").await?;
    let past = sqlx::query!(
        r#"
        SELECT account_id AS "account: AccountId", id, object_key FROM data_exports
        WHERE state = 'ready' AND ready_at < $1
        ORDER BY ready_at LIMIT $2
        "#,
        before,
        max,
    )
    .fetch_all(&mut *tx)
    .await?;
    // The store is slow, so no transaction waits for it. The files go first: a row that is left behind
    // is found again.
    tx.commit().await?;
    for key in past.iter().filter_map(|export| export.object_key.as_ref()) {
        platform.objects.delete(key).await?;
    }
    let (accounts, ids): (Vec<Uuid>, Vec<Uuid>) =
        past.iter().map(|export| (export.account.0, export.id)).unzip();
    let mut tx = platform.db.platform("past exports").await?;
    let deleted = sqlx::query!(
        "UPDATE data_exports SET state = 'removed', object_key = NULL
         WHERE (account_id, id) IN (SELECT * FROM UNNEST($1::uuid[], $2::uuid[])) AND state = 'ready'",
        &accounts,
        &ids,
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(deleted.rows_affected())
}

/// Deletes the files of all exports of an account; one that is being written is discarded by its job.
/// A second time there are none.
pub async fn remove_exports(platform: &Platform, account: AccountId) -> Result<()> {
    let mut tx = platform.db.platform("exports of an account").await?;
    let keys = sqlx::query_scalar!(
        r#"UPDATE data_exports SET state = 'removed'
           WHERE account_id = $1 AND (state <> 'removed' OR object_key IS NOT NULL)
           RETURNING object_key"#,
        account.0
    )
    .fetch_all(&mut *tx)
    .await?;
    tx.commit().await?;
    for key in keys.into_iter().flatten() {
        platform.objects.delete(&key).await?;
    }
    Ok(())
}

/// Forgets the exports of an account, whose files are deleted.
pub(super) async fn erase(conn: &mut PgConnection, account: AccountId) -> Result<()> {
    sqlx::query!("DELETE FROM data_exports WHERE account_id = $1", account.0).execute(conn).await?;
    Ok(())
}
