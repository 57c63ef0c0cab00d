//! Starting a rehearsal, running it, and what comes of it.

use serde_json::json;

use super::{
    prepare::{self, Prepared, prepare},
    record::{self, NewRehearsal, RehearsalState},
    report::RehearsalReport,
    rules::{check, redirect_sale},
    rush::rush,
};
use crate::{
    access::{Actor, audit},
    events,
    kernel::{Error, FieldError, RehearsalId, Result, TenantId},
    platform::Platform,
    sales::{self, SaleMode},
    stock,
};

/// The job that runs a rehearsal: `{tenant_id, rehearsal_id}`.
pub const JOB: &str = "rehearsal_run";

/// Starts a rehearsal of an approved sale; a job runs it. A provider has one at a time.
pub async fn start(
    platform: &Platform,
    actor: Actor,
    tenant: TenantId,
    new: &NewRehearsal,
) -> Result<RehearsalId> {
    check(new.shoppers, new.units)?;
    let mut tx = platform.db.tenant(tenant).await?;
    match sales::published_by_id(&mut tx, tenant, new.sale).await? {
        None => {
            sales::slug(&mut tx, tenant, new.sale).await?.ok_or(Error::NotFound("sale"))?;
            return Err(Error::conflict(
                "not_published",
                "Only an approved sale can be rehearsed. Submit it first.",
            ));
        }
        Some(published) if published.content.mode == SaleMode::Redirect => {
            return Err(redirect_sale());
        }
        Some(_) => {}
    }
    let id =
        record::insert(&mut tx, tenant, new, platform.clock.now()).await?.ok_or_else(|| {
            Error::conflict(
                "rehearsal_running",
                "A rehearsal is already running. Wait for its report.",
            )
        })?;
    events::enqueue(&mut tx, JOB, &json!({"tenant_id": tenant, "rehearsal_id": id})).await?;
    let details = json!({"shoppers": new.shoppers, "units": new.units});
    let object = format!("sale {}", new.sale);
    audit::record(&mut tx, actor, tenant, "rehearsal_create", &object, &details).await?;
    tx.commit().await?;
    Ok(id)
}

/// Runs a started rehearsal; the job [`JOB`]. A failure is recorded and not retried.
pub async fn run(platform: &Platform, tenant: TenantId, id: RehearsalId) -> Result<()> {
    let mut tx = platform.db.tenant(tenant).await?;
    let Some(rehearsal) = record::find(&mut tx, tenant, id).await? else { return Ok(()) };
    let slug =
        sales::slug(&mut tx, tenant, rehearsal.sale).await?.ok_or(Error::NotFound("sale"))?;
    drop(tx);
    if rehearsal.state != RehearsalState::Running {
        return Ok(());
    }
    let ended =
        rehearse(platform, &slug, rehearsal.shoppers, rehearsal.units).await.map_err(|error| {
            tracing::error!(?error, %id, "a rehearsal failed");
            match error {
                Error::NotFound("sale") => "The sale is no longer approved.".to_owned(),
                Error::Internal(_) => {
                    "Something failed on our side; the server's log has the details.".to_owned()
                }
                other => describe(&other),
            }
        });
    let mut tx = platform.db.tenant(tenant).await?;
    record::end(&mut tx, tenant, id, ended, platform.clock.now()).await?;
    tx.commit().await?;
    Ok(())
}

/// Prepares a rehearsal, rushes it, checks the result, and removes the made-up shoppers, also after
/// a failure.
pub async fn rehearse(
    platform: &Platform,
    slug: &str,
    shoppers: i32,
    units: i32,
) -> Result<RehearsalReport> {
    let prepared = prepare(platform, slug, shoppers, units).await?;
    let report = rush_and_check(platform, &prepared).await;
    prepare::clear(platform, &prepared).await?;
    report
}

async fn rush_and_check(platform: &Platform, prepared: &Prepared) -> Result<RehearsalReport> {
    let responses = rush(&prepared.buy_request(platform), &prepared.tokens).await?;
    let checked = stock::check(platform, Some(&prepared.slug), None).await?;
    let mut tx = platform.db.platform("rehearsal receipt").await?;
    let sale = sales::published_or_rehearsed(&mut tx, &prepared.slug)
        .await?
        .ok_or(Error::NotFound("sale"))?;
    drop(tx);
    let receipt = stock::receipt(platform, &sale).await?;
    Ok(RehearsalReport::new(prepared, &responses, &checked, stock::verify_receipt(&receipt)))
}

/// What went wrong, for the person who rehearses.
pub fn describe(error: &Error) -> String {
    match error {
        Error::Invalid(errors) => errors
            .iter()
            .map(|FieldError { field, message }| format!("{field}: {message}"))
            .collect::<Vec<_>>()
            .join("; "),
        other => other.problem().detail,
    }
}
