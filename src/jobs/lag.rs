//! Gauges of each lane, for `/metrics`.

use strum::IntoEnumIterator;

use crate::{
    events::Lane,
    kernel::Result,
    platform::{Platform, db::JOB_QUEUES},
};

/// Jobs counted at most. Beyond it, how long they wait says more.
const COUNTED_MAX: i64 = 100_000;

/// What waits in a lane.
#[derive(Default)]
struct Waiting {
    jobs: i64,
    /// How long the first of them has been due, in seconds.
    seconds: f64,
    given_up: i64,
}

#[derive(sqlx::FromRow)]
struct Row {
    identifier: String,
    jobs: i64,
    seconds: f64,
    given_up: i64,
}

/// The jobs of each kind in a queue.
const WAITING: &str = "
    SELECT t.identifier, count(*) FILTER (WHERE due) AS jobs, count(*) FILTER (WHERE NOT due) AS given_up,
           coalesce(extract(epoch FROM now() - min(j.run_at) FILTER (WHERE due)), 0)::float8 AS seconds
    FROM (
        (SELECT task_id, run_at, true AS due FROM queue._private_jobs
         WHERE is_available AND run_at <= now() LIMIT $1)
        UNION ALL
        (SELECT task_id, run_at, false FROM queue._private_jobs
         WHERE NOT is_available AND attempts >= max_attempts AND locked_at IS NULL LIMIT $1)
    ) j
    JOIN queue._private_tasks t ON t.id = j.task_id
    GROUP BY t.identifier
";

/// Sets `smp_jobs_waiting`, `smp_jobs_lag_seconds` and `smp_jobs_given_up` of every lane.
pub async fn measure(platform: &Platform) -> Result<()> {
    let mut tx = platform.db.platform("queue lag").await?;
    let of_queue = |queue: &str| WAITING.replace("queue.", &format!("{queue}."));
    let statement = JOB_QUEUES.map(of_queue).join(" UNION ALL ");
    let rows: Vec<Row> = sqlx::query_as(sqlx::AssertSqlSafe(statement))
        .bind(COUNTED_MAX)
        .fetch_all(&mut *tx)
        .await?;
    tx.commit().await?;
    for lane in Lane::iter() {
        let mut waiting = Waiting::default();
        for row in rows.iter().filter(|row| Lane::of_job(&row.identifier) == lane) {
            waiting.jobs += row.jobs;
            waiting.seconds = waiting.seconds.max(row.seconds);
            waiting.given_up += row.given_up;
        }
        let name: &'static str = lane.into();
        metrics::gauge!("smp_jobs_waiting", "lane" => name).set(to_f64(waiting.jobs));
        metrics::gauge!("smp_jobs_lag_seconds", "lane" => name).set(waiting.seconds);
        metrics::gauge!("smp_jobs_given_up", "lane" => name).set(to_f64(waiting.given_up));
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "counts up to COUNTED_MAX are exact")]
fn to_f64(count: i64) -> f64 {
    count as f64
}
