//! The durable log and the queue. An event is written in the transaction that causes it; what
//! follows from it is a job added in the same transaction. Delivery is at least once: a subscriber
//! must not mind hearing an event twice.

mod append_sql;
mod lanes;

use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::kernel::{Result, TenantId};

pub(crate) use append_sql::with_append_sql;
pub use lanes::{DELIVER, DELIVER_BULK, Lane, rounds};

/// Tries before a job is left for a person to look at.
const ATTEMPTS_MAX: i32 = 12;

/// An event as subscribers see it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Event {
    pub tenant_id: TenantId,
    pub id: Uuid,
    /// `<slice>.<what happened>`, e.g. `order.confirmed`.
    pub kind: String,
    pub payload: serde_json::Value,
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// Of a rehearsal's sale: nobody is told of it.
    pub of_rehearsal: bool,
}

/// An event about to be written.
pub struct NewEvent<'a> {
    pub id: Uuid,
    pub kind: &'a str,
    /// JSON.
    pub payload: String,
}

impl<'a> NewEvent<'a> {
    pub fn new(kind: &'a str, payload: &impl Serialize) -> Result<Self> {
        let payload = serde_json::to_string(payload).map_err(anyhow::Error::from)?;
        Ok(Self { id: Uuid::now_v7(), kind, payload })
    }
}

/// Writes an event at the end of the tenant's log, and the job that tells its subscribers. The counter
/// row is locked until commit: a tenant's events commit in the order of their numbers.
pub async fn publish(
    conn: &mut PgConnection,
    tenant: TenantId,
    kind: &str,
    payload: &impl Serialize,
) -> Result<()> {
    publish_all(conn, tenant, kind, std::slice::from_ref(payload)).await
}

/// Writes many events of one kind, in the order given, with a job for each.
pub async fn publish_all(
    conn: &mut PgConnection,
    tenant: TenantId,
    kind: &str,
    payloads: &[impl Serialize],
) -> Result<()> {
    let events =
        payloads.iter().map(|payload| NewEvent::new(kind, payload)).collect::<Result<Vec<_>>>()?;
    publish_mixed(conn, tenant, &events).await
}

/// Writes events of several kinds, in the order given, with a job for each (`publish_events` in the
/// migrations).
pub async fn publish_mixed(
    conn: &mut PgConnection,
    tenant: TenantId,
    events: &[NewEvent<'_>],
) -> Result<()> {
    if events.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = events.iter().map(|event| event.id).collect();
    let kinds: Vec<&str> = events.iter().map(|event| event.kind).collect();
    let payloads: Vec<&str> = events.iter().map(|event| event.payload.as_str()).collect();
    let jobs: Vec<&str> = kinds.iter().map(|kind| lanes::deliver_job(kind)).collect();
    sqlx::query!(
        "SELECT publish_events($1, $2, $3, $4::text[]::jsonb[], $5, $6)",
        tenant.0,
        &ids,
        &kinds as &[&str],
        &payloads as &[&str],
        &jobs as &[&str],
        ATTEMPTS_MAX,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// An event of the log, by its number.
pub async fn find(
    conn: &mut PgConnection,
    tenant: TenantId,
    sequence: i64,
) -> Result<Option<Event>> {
    let row = sqlx::query!(
        r#"
        SELECT id, type, payload, created_at, EXISTS (
            SELECT FROM sales s
            WHERE s.tenant_id = $1 AND s.id = (e.payload->>'sale_id')::uuid AND s.rehearsal
        ) AS "of_rehearsal!"
        FROM events e WHERE tenant_id = $1 AND sequence = $2
        "#,
        tenant.0,
        sequence
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| Event {
        tenant_id: tenant,
        id: row.id,
        kind: row.r#type,
        payload: row.payload,
        created_at: row.created_at,
        of_rehearsal: row.of_rehearsal,
    }))
}

/// The round of a tenant's next job, by how many of its events were published lately.
pub async fn round_of(conn: &mut PgConnection, tenant: TenantId) -> Result<i32> {
    Ok(sqlx::query_scalar!(r#"SELECT job_round($1::uuid) AS "round!""#, tenant.0)
        .fetch_one(conn)
        .await?)
}

/// Adds many jobs of one kind in this transaction, the first of them in this round.
pub async fn enqueue_all(
    conn: &mut PgConnection,
    identifier: &str,
    round: i32,
    payloads: &[impl Serialize],
) -> Result<()> {
    let jobs = payloads
        .iter()
        .map(serde_json::to_value)
        .collect::<Result<Vec<_>, _>>()
        .map_err(anyhow::Error::from)?;
    let rounds: Vec<i32> = (0..jobs.len()).map(|nth| round + lanes::rounds(nth)).collect();
    sqlx::query(
        "
        SELECT queue_job($1, job::json, $4, round)
        FROM unnest($2::jsonb[], $3::int[]) AS added (job, round)
        ",
    )
    .bind(identifier)
    .bind(jobs)
    .bind(rounds)
    .bind(ATTEMPTS_MAX)
    .execute(conn)
    .await?;
    Ok(())
}

/// Adds a job in this transaction; it runs after the commit, and again with backoff until it
/// succeeds.
pub async fn enqueue(
    conn: &mut PgConnection,
    identifier: &str,
    payload: &impl Serialize,
) -> Result<()> {
    let payload = serde_json::to_value(payload).map_err(anyhow::Error::from)?;
    sqlx::query("SELECT queue_job($1, $2::json, $3)")
        .bind(identifier)
        .bind(payload)
        .bind(ATTEMPTS_MAX)
        .execute(conn)
        .await?;
    Ok(())
}

/// Adds a job of [`Lane::Prompt`] in this transaction that runs once `after` has passed, unless it is removed by
/// its key before. There is one job of a key: one that waits, runs or was given up stays as it is.
pub async fn enqueue_later(
    conn: &mut PgConnection,
    identifier: &str,
    payload: &impl Serialize,
    key: &str,
    after: Duration,
) -> Result<()> {
    let payload = serde_json::to_value(payload).map_err(anyhow::Error::from)?;
    sqlx::query(
        "SELECT id FROM graphile_worker.add_job($1, $2::json, max_attempts => $3, job_key => $4,
             job_key_mode => 'unsafe_dedupe',
             run_at => clock_timestamp() + make_interval(secs => $5))",
    )
    .bind(identifier)
    .bind(payload)
    .bind(ATTEMPTS_MAX)
    .bind(key)
    .bind(after.as_seconds_f64())
    .execute(conn)
    .await?;
    Ok(())
}

/// Removes the job of a key, if there is one. One that runs is left: it has to find that nothing is to be done.
pub async fn dequeue(conn: &mut PgConnection, key: &str) -> Result<()> {
    sqlx::query("DELETE FROM graphile_worker._private_jobs WHERE key = $1 AND locked_at IS NULL")
        .bind(key)
        .execute(conn)
        .await?;
    Ok(())
}

/// Deletes events from before this time whose delivery neither waits nor failed (`clear_events` in
/// the migrations). Returns how many, `max` at most. Platform scope.
pub async fn delete_delivered(
    conn: &mut PgConnection,
    before: OffsetDateTime,
    max: i64,
) -> Result<u64> {
    let deleted = sqlx::query_scalar!(r#"SELECT clear_events($1, $2) AS "deleted!""#, before, max);
    Ok(deleted.fetch_one(conn).await?.unsigned_abs())
}
