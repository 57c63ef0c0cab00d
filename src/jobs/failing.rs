//! Jobs that failed: those tried again later, and those given up.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    events::Lane,
    kernel::{Error, PageQuery, Result},
    platform::db::JOB_QUEUES,
};

/// A job whose last try failed.
#[derive(sqlx::FromRow)]
pub struct FailingJob {
    pub id: i64,
    /// What it does, e.g. `message_send`.
    pub identifier: String,
    pub attempts: i16,
    pub max_attempts: i16,
    pub error: String,
    pub created_at: OffsetDateTime,
    pub run_at: OffsetDateTime,
    /// The event that it delivers.
    pub event: Option<String>,
    pub message_id: Option<Uuid>,
    /// Whose event or message it is; nil is SMP itself.
    pub tenant_id: Option<Uuid>,
}

impl FailingJob {
    pub fn lane(&self) -> Lane {
        Lane::of_job(&self.identifier)
    }

    /// It is tried no more, unless somebody asks for it.
    pub fn is_given_up(&self) -> bool {
        self.attempts >= self.max_attempts
    }

    /// What went wrong, without how the queue writes it down: `TaskError("\"…\"")`.
    pub fn reason(&self) -> String {
        let unquoted = |text: &str| serde_json::from_str::<String>(text).ok();
        self.error
            .strip_prefix("TaskError(")
            .and_then(|rest| rest.strip_suffix(')'))
            .and_then(unquoted)
            .map_or_else(|| self.error.clone(), |text| unquoted(&text).unwrap_or(text))
    }

    /// The job's number as the id of a cursor.
    pub fn cursor_id(&self) -> Uuid {
        Uuid::from_u128(self.id.unsigned_abs().into())
    }
}

/// The columns of [`FailingJob`] in a queue. Of the payload only ids are shown: an invitation's holds a
/// secret.
const SELECT: &str = "
    SELECT j.id, t.identifier, j.attempts, j.max_attempts, j.last_error AS error, j.created_at, j.run_at,
           e.type AS event, (j.payload->>'message_id')::uuid AS message_id,
           (j.payload->>'tenant_id')::uuid AS tenant_id
    FROM queue._private_jobs j
    JOIN queue._private_tasks t ON t.id = j.task_id
    LEFT JOIN events e ON e.tenant_id = (j.payload->>'tenant_id')::uuid
        AND e.sequence = (j.payload->>'sequence')::bigint
    WHERE j.last_error IS NOT NULL AND j.locked_at IS NULL
";

/// Failing jobs, newest first. `given_up` true are those given up, false those tried again.
pub async fn list(
    conn: &mut PgConnection,
    given_up: Option<bool>,
    page: &PageQuery,
) -> Result<Vec<FailingJob>> {
    let before = i64::try_from(page.before_id().as_u128()).unwrap_or(i64::MAX);
    let of_queue = |queue: &str| {
        in_queue(
            queue,
            "AND (j.created_at, j.id) < ($1, $2)
             AND ($3::bool IS NULL OR (j.attempts >= j.max_attempts) = $3)
             ORDER BY j.created_at DESC, j.id DESC LIMIT $4",
        )
    };
    let statement = format!(
        "({}) ORDER BY created_at DESC, id DESC LIMIT $4",
        JOB_QUEUES.map(of_queue).join(") UNION ALL (")
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(statement))
        .bind(page.before_at())
        .bind(before)
        .bind(given_up)
        .bind(page.fetch())
        .fetch_all(conn)
        .await?)
}

fn in_queue(queue: &str, condition: &str) -> String {
    format!("{SELECT} {condition}").replace("queue.", &format!("{queue}."))
}

/// A failing job of a lane, which no worker takes until the transaction ends.
pub async fn lock(conn: &mut PgConnection, lane: Lane, id: i64) -> Result<FailingJob> {
    let statement = in_queue(lane.queue(), "AND j.id = $1 FOR UPDATE OF j");
    let job = sqlx::query_as(sqlx::AssertSqlSafe(statement)).bind(id);
    let job: Option<FailingJob> = job.fetch_optional(conn).await?;
    job.filter(|job| job.lane() == lane).ok_or(Error::NotFound("failing job"))
}

/// Makes a job due at once, with all its tries before it.
pub async fn retry(conn: &mut PgConnection, job: &FailingJob) -> Result<()> {
    call(conn, job, "reschedule_jobs(ARRAY[$1::bigint], run_at => now(), attempts => 0)").await
}

/// Removes a job; what it would have done is not done.
pub async fn discard(conn: &mut PgConnection, job: &FailingJob) -> Result<()> {
    call(conn, job, "complete_jobs(ARRAY[$1::bigint])").await
}

/// Calls a function of the job's queue with its id as `$1`.
async fn call(conn: &mut PgConnection, job: &FailingJob, function: &str) -> Result<()> {
    let statement = format!("SELECT {}.{function}", job.lane().queue());
    sqlx::query(sqlx::AssertSqlSafe(statement)).bind(job.id).execute(conn).await?;
    Ok(())
}
