//! Rehearsals as they are kept: their state, and their report once done.

use poem_openapi::Enum;
use sqlx::{PgConnection, types::Json};
use time::OffsetDateTime;

use super::report::RehearsalReport;
use crate::kernel::{AccountId, RehearsalId, Result, SaleId, TenantId};

/// Rehearsals of a sale that are listed.
const LIST_MAX: i64 = 50;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, sqlx::Type)]
#[oai(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum RehearsalState {
    Running,
    Done,
    Failed,
}

#[derive(Debug)]
pub struct Rehearsal {
    pub id: RehearsalId,
    pub sale: SaleId,
    pub shoppers: i32,
    pub units: i32,
    pub state: RehearsalState,
    /// Once done.
    pub report: Option<Json<RehearsalReport>>,
    /// What went wrong, once failed.
    pub failure: Option<String>,
    pub started_at: OffsetDateTime,
    pub ended_at: Option<OffsetDateTime>,
}

/// A query over rehearsals, with their columns.
macro_rules! rehearsals {
    ($after:literal $(, $bind:expr)*) => {
        sqlx::query_as!(
            Rehearsal,
            r#"
            SELECT id AS "id: RehearsalId", sale_id AS "sale: SaleId", shoppers, units,
                   state AS "state: RehearsalState", report AS "report: Json<RehearsalReport>",
                   failure, started_at, ended_at
            FROM rehearsals "# + $after
            $(, $bind)*
        )
    };
}

/// A rehearsal of a tenant.
pub async fn find(
    conn: &mut PgConnection,
    tenant: TenantId,
    id: RehearsalId,
) -> Result<Option<Rehearsal>> {
    let found = rehearsals!("WHERE tenant_id = $1 AND id = $2", tenant.0, id.0);
    Ok(found.fetch_optional(conn).await?)
}

/// The rehearsals of a sale, the latest first.
pub async fn list(
    conn: &mut PgConnection,
    tenant: TenantId,
    sale: SaleId,
) -> Result<Vec<Rehearsal>> {
    let found = rehearsals!(
        "WHERE tenant_id = $1 AND sale_id = $2 ORDER BY started_at DESC LIMIT $3",
        tenant.0,
        sale.0,
        LIST_MAX
    );
    Ok(found.fetch_all(conn).await?)
}

/// A rehearsal about to start.
pub struct NewRehearsal {
    pub sale: SaleId,
    pub shoppers: i32,
    pub units: i32,
    pub started_by: AccountId,
}

/// Records that a rehearsal started. None when one of the tenant is running already.
pub async fn insert(
    conn: &mut PgConnection,
    tenant: TenantId,
    new: &NewRehearsal,
    now: OffsetDateTime,
) -> Result<Option<RehearsalId>> {
    let id = RehearsalId::new();
    let started = sqlx::query!(
        "
        INSERT INTO rehearsals (tenant_id, id, sale_id, shoppers, units, started_by, started_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (tenant_id) WHERE state = 'running' DO NOTHING
        ",
        tenant.0,
        id.0,
        new.sale.0,
        new.shoppers,
        new.units,
        new.started_by.0,
        now,
    );
    let inserted = started.execute(conn).await?.rows_affected() > 0;
    Ok(inserted.then_some(id))
}

/// Records how a rehearsal ended: with a report, or with what went wrong.
pub async fn end(
    conn: &mut PgConnection,
    tenant: TenantId,
    id: RehearsalId,
    ended: Result<RehearsalReport, String>,
    now: OffsetDateTime,
) -> Result<()> {
    let (state, report, failure) = match ended {
        Ok(report) => (RehearsalState::Done, Some(Json(report)), None),
        Err(failure) => (RehearsalState::Failed, None, Some(failure)),
    };
    sqlx::query!(
        "
        UPDATE rehearsals SET state = $3, report = $4, failure = $5, ended_at = $6
        WHERE tenant_id = $1 AND id = $2
        ",
        tenant.0,
        id.0,
        state as RehearsalState,
        report as Option<Json<RehearsalReport>>,
        failure,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Deletes rehearsals that ended before this time, reports included. Returns how many, `max` at most.
/// Platform scope.
pub async fn delete_ended(
    conn: &mut PgConnection,
    before: OffsetDateTime,
    max: i64,
) -> Result<u64> {
    let deleted = sqlx::query!(
        "DELETE FROM rehearsals WHERE (tenant_id, id) IN (
             SELECT tenant_id, id FROM rehearsals WHERE ended_at < $1
             LIMIT $2 FOR UPDATE SKIP LOCKED
         )",
        before,
        max,
    );
    Ok(deleted.execute(conn).await?.rows_affected())
}
