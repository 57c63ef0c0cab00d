//! API: failing jobs, for SMP's team.

use poem_openapi::{
    Enum, Object, OpenApi,
    param::{Path, Query},
    payload::Json,
};
use serde_json::json;
use time::OffsetDateTime;

use super::failing::{self, FailingJob};
use crate::{
    access::{Empty, Staff, Tag, audit},
    events::Lane,
    kernel::{MessageId, Page, PageQuery, Result, TenantId},
    platform::Platform,
};

pub struct JobsApi {
    pub platform: Platform,
}

/// What becomes of a job that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
enum JobState {
    /// It is tried again by itself.
    Retrying,
    /// All its tries failed; somebody has to look at it.
    GivenUp,
}

/// A job of the queue whose last try failed.
#[derive(Object)]
#[oai(rename = "Job")]
struct JobView {
    id: i64,
    /// What it does, e.g. `message_send`.
    job: String,
    lane: Lane,
    state: JobState,
    attempts: i16,
    attempts_max: i16,
    /// Why the last try failed.
    error: String,
    created_at: OffsetDateTime,
    /// Null once it is given up.
    next_try_at: Option<OffsetDateTime>,
    /// The kind of event it delivers, e.g. `order.confirmed`.
    event: Option<String>,
    /// The message it sends.
    message_id: Option<MessageId>,
    /// The provider whose event or message it is; null for SMP's own.
    provider_id: Option<TenantId>,
}

impl From<FailingJob> for JobView {
    fn from(job: FailingJob) -> Self {
        let given_up = job.is_given_up();
        Self {
            id: job.id,
            lane: job.lane(),
            state: if given_up { JobState::GivenUp } else { JobState::Retrying },
            attempts: job.attempts,
            attempts_max: job.max_attempts,
            error: job.reason(),
            created_at: job.created_at,
            next_try_at: (!given_up).then_some(job.run_at),
            event: job.event,
            message_id: job.message_id.map(MessageId),
            provider_id: job.tenant_id.map(TenantId).filter(|id| *id != TenantId::PLATFORM),
            job: job.identifier,
        }
    }
}

#[OpenApi(tag = "Tag::Jobs")]
impl JobsApi {
    /// Failing jobs, newest first
    ///
    /// Jobs of the queue whose last try failed. A job is tried twelve times, after ever longer
    /// pauses; then it is given up and stays here until somebody retries or discards it.
    #[oai(path = "/jobs", method = "get", operation_id = "job_list")]
    async fn job_list(
        &self,
        _staff: Staff,
        /// Only those in this state.
        state: Query<Option<JobState>>,
        cursor: Query<Option<String>>,
        limit: Query<Option<u32>>,
    ) -> Result<Json<Page<JobView>>> {
        let page = PageQuery::new(cursor.0.as_deref(), limit.0)?;
        let given_up = state.0.map(|state| state == JobState::GivenUp);
        let mut tx = self.platform.db.platform("failing jobs").await?;
        let jobs = failing::list(&mut tx, given_up, &page).await?;
        Ok(Json(page.page(jobs, |job| (job.created_at, job.cursor_id()), JobView::from)))
    }

    /// Try a failing job again
    ///
    /// The job is due at once and has all its tries before it. 404 if it is not failing, for
    /// example because it has succeeded meanwhile.
    #[oai(path = "/jobs/:lane/:id/retry", method = "post", operation_id = "job_retry")]
    async fn job_retry(&self, staff: Staff, lane: Path<Lane>, id: Path<i64>) -> Result<Empty> {
        self.decide(staff, (lane.0, id.0), "job_retry").await
    }

    /// Discard a failing job
    ///
    /// What the job would have done is not done. 404 if it is not failing.
    #[oai(path = "/jobs/:lane/:id", method = "delete", operation_id = "job_discard")]
    async fn job_discard(&self, staff: Staff, lane: Path<Lane>, id: Path<i64>) -> Result<Empty> {
        self.decide(staff, (lane.0, id.0), "job_discard").await
    }
}

impl JobsApi {
    async fn decide(&self, staff: Staff, (lane, id): (Lane, i64), action: &str) -> Result<Empty> {
        let mut tx = self.platform.db.platform("failing job").await?;
        let job = failing::lock(&mut tx, lane, id).await?;
        if action == "job_retry" {
            failing::retry(&mut tx, &job).await?;
        } else {
            failing::discard(&mut tx, &job).await?;
        }
        let details = json!({"job": job.identifier, "event": job.event, "error": job.reason()});
        let tenant = job.tenant_id.map_or(TenantId::PLATFORM, TenantId);
        audit::record(
            &mut tx,
            staff.actor(),
            tenant,
            action,
            &format!("{lane} job {id}"),
            &details,
        )
        .await?;
        tx.commit().await?;
        Ok(Empty::Done)
    }
}
