//! Rehearsals: a rush on a copy of a sale that no shopper can see, by shoppers made up for it, over
//! the same HTTP as the real one.

pub mod api;
mod prepare;
mod report;
mod rush;

use poem_openapi::Enum;
use serde_json::json;
use sqlx::{PgConnection, types::Json};
use time::OffsetDateTime;

use crate::{
    access::{Actor, audit},
    events,
    kernel::{AccountId, Error, FieldError, FieldErrors, RehearsalId, Result, SaleId, TenantId},
    platform::Platform,
    sales::{self, SaleMode},
    stock,
};

pub use prepare::{Prepared, prepare};
pub use report::{Moment, Report};
pub use rush::rush;

/// The job that runs a rehearsal: `{tenant_id, rehearsal_id}`.
pub const RUN: &str = "rehearsal_run";
pub const SHOPPERS_MAX: i32 = 100_000;
pub const UNITS_MAX: i32 = 1_000_000;
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
    pub report: Option<Json<Report>>,
    /// Why it did not come to its end.
    pub failure: Option<String>,
    pub started_at: OffsetDateTime,
    pub ended_at: Option<OffsetDateTime>,
}

/// Checks how many shoppers and units a rehearsal is for.
pub fn check(shoppers: i32, units: i32) -> Result<()> {
    let mut fields = FieldErrors::default();
    fields.check(
        (1..=SHOPPERS_MAX).contains(&shoppers),
        "shoppers",
        &format!("Must be from 1 to {SHOPPERS_MAX}"),
    );
    fields.check(
        (1..=UNITS_MAX).contains(&units),
        "units",
        &format!("Must be from 1 to {UNITS_MAX}"),
    );
    fields.finish()
}

/// Has a rehearsal run by a job. One at a time for a provider.
pub async fn start(
    platform: &Platform,
    actor: Actor,
    by: AccountId,
    tenant: TenantId,
    sale: SaleId,
    shoppers: i32,
    units: i32,
) -> Result<RehearsalId> {
    check(shoppers, units)?;
    let now = platform.clock.now();
    let mut tx = platform.db.tenant(tenant).await?;
    let published = sales::published_by_id(&mut tx, tenant, sale).await?;
    match published {
        None => {
            sales::slug(&mut tx, tenant, sale).await?.ok_or(Error::NotFound("sale"))?;
            return Err(Error::conflict(
                "not_published",
                "Only an approved sale can be rehearsed. Submit it first.",
            ));
        }
        Some(published) if published.content.mode == SaleMode::Redirect => {
            return Err(prepare::redirect_sale());
        }
        Some(_) => {}
    }
    let id = RehearsalId::new();
    let started = sqlx::query!(
        "INSERT INTO rehearsals (tenant_id, id, sale_id, shoppers, units, started_by, started_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (tenant_id) WHERE state = 'running' DO NOTHING",
        tenant.0,
        id.0,
        sale.0,
        shoppers,
        units,
        by.0,
        now,
    );
    if started.execute(&mut *tx).await?.rows_affected() == 0 {
        return Err(Error::conflict(
            "rehearsal_running",
            "A rehearsal is running already. Wait for its report.",
        ));
    }
    events::enqueue(&mut tx, RUN, &json!({"tenant_id": tenant, "rehearsal_id": id})).await?;
    let details = json!({"shoppers": shoppers, "units": units});
    audit::record(&mut tx, actor, tenant, "rehearsal_create", &format!("sale {sale}"), &details)
        .await?;
    tx.commit().await?;
    Ok(id)
}

/// Runs a rehearsal that was started; the job behind [`RUN`]. What goes wrong is in its report's
/// place, not tried again.
pub async fn run(platform: &Platform, tenant: TenantId, id: RehearsalId) -> Result<()> {
    let mut tx = platform.db.tenant(tenant).await?;
    let Some(rehearsal) = find(&mut tx, tenant, id).await? else { return Ok(()) };
    let slug =
        sales::slug(&mut tx, tenant, rehearsal.sale).await?.ok_or(Error::NotFound("sale"))?;
    drop(tx);
    if rehearsal.state != RehearsalState::Running {
        return Ok(());
    }
    let ran = whole(platform, &slug, rehearsal.shoppers, rehearsal.units).await;
    let (state, report, failure) = match ran {
        Ok(report) => (RehearsalState::Done, Some(Json(report)), None),
        Err(error) => {
            tracing::error!(?error, %id, "a rehearsal failed");
            let why = match error {
                Error::NotFound("sale") => "The sale is not approved any more.".to_owned(),
                Error::Internal(_) => {
                    "Something failed on our side; the server's log says what.".to_owned()
                }
                other => described(&other),
            };
            (RehearsalState::Failed, None, Some(why))
        }
    };
    let mut tx = platform.db.tenant(tenant).await?;
    sqlx::query!(
        "UPDATE rehearsals SET state = $3, report = $4, failure = $5, ended_at = $6 WHERE tenant_id = $1 AND id = $2",
        tenant.0,
        id.0,
        state as RehearsalState,
        report as Option<Json<Report>>,
        failure,
        platform.clock.now(),
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(())
}

/// Prepares, rushes, checks what came of it, and clears the made-up shoppers away, also when
/// something went wrong.
pub async fn whole(platform: &Platform, slug: &str, shoppers: i32, units: i32) -> Result<Report> {
    let prepared = prepare(platform, slug, shoppers, units).await?;
    let report = rushed(platform, &prepared).await;
    prepare::clear(platform, &prepared).await?;
    report
}

async fn rushed(platform: &Platform, prepared: &Prepared) -> Result<Report> {
    let answers = rush(&prepared.plan(platform), &prepared.tokens).await?;
    let checked = stock::check(platform, Some(&prepared.slug), None).await?;
    let mut tx = platform.db.platform("rehearsal receipt").await?;
    let sale = sales::published_or_rehearsed(&mut tx, &prepared.slug)
        .await?
        .ok_or(Error::NotFound("sale"))?;
    drop(tx);
    let receipt = stock::receipt::whole(platform, &sale).await?;
    Ok(Report::new(prepared, &answers, &checked, stock::receipt::verify(&receipt)))
}

/// A rehearsal of a tenant.
pub async fn find(
    conn: &mut PgConnection,
    tenant: TenantId,
    id: RehearsalId,
) -> Result<Option<Rehearsal>> {
    let found = sqlx::query_as!(
        Rehearsal,
        r#"SELECT id AS "id: RehearsalId", sale_id AS "sale: SaleId", shoppers, units, state AS "state: RehearsalState", report AS "report: Json<Report>", failure, started_at, ended_at
           FROM rehearsals WHERE tenant_id = $1 AND id = $2"#,
        tenant.0,
        id.0,
    );
    Ok(found.fetch_optional(conn).await?)
}

/// The rehearsals of a sale, the latest first.
pub async fn list(
    conn: &mut PgConnection,
    tenant: TenantId,
    sale: SaleId,
) -> Result<Vec<Rehearsal>> {
    let found = sqlx::query_as!(
        Rehearsal,
        r#"SELECT id AS "id: RehearsalId", sale_id AS "sale: SaleId", shoppers, units, state AS "state: RehearsalState", report AS "report: Json<Report>", failure, started_at, ended_at
           FROM rehearsals WHERE tenant_id = $1 AND sale_id = $2 ORDER BY started_at DESC LIMIT $3"#,
        tenant.0,
        sale.0,
        LIST_MAX,
    );
    Ok(found.fetch_all(conn).await?)
}

/// What went wrong, for who rehearses.
pub fn described(error: &Error) -> String {
    match error {
        Error::Invalid(errors) => errors
            .iter()
            .map(|FieldError { field, message }| format!("{field}: {message}"))
            .collect::<Vec<_>>()
            .join("; "),
        other => other.problem().detail,
    }
}
