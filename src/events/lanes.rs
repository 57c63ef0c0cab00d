//! Lanes of the queue. Each has workers of its own on every node, so that what waits in one delays
//! nothing in another. Within a lane, jobs of a later round wait for those of an earlier one: a
//! tenant with thousands of jobs has many rounds, one with few has its jobs in the first.

use crate::platform::db::JOB_QUEUES;

/// Where a job waits. Its identifier decides.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    strum::Display,
    strum::IntoStaticStr,
    strum::EnumIter,
    poem_openapi::Enum,
)]
#[strum(serialize_all = "snake_case")]
#[oai(rename_all = "snake_case")]
pub enum Lane {
    /// What somebody waits for: orders, payments, refunds, answers.
    Prompt,
    /// What goes to thousands at once: mailings, offers from the waitlist, registrations.
    Bulk,
    Rehearsals,
}

/// The job that tells subscribers of an event; `publish_events` in the migrations adds it, with the
/// event's number.
pub const DELIVER: &str = "event_deliver";
/// The same in [`Lane::Bulk`].
pub const DELIVER_BULK: &str = "event_deliver_bulk";

/// Ends the identifier of every job in [`Lane::Bulk`], and begins that of those in
/// [`Lane::Rehearsals`].
const BULK_SUFFIX: &str = "_bulk";
const REHEARSALS_PREFIX: &str = "rehearsal_";

/// Jobs of one tenant in a round; `job_round` in the migrations counts the same.
const ROUND_JOBS: usize = 20;
/// The last round, where all further jobs wait.
const ROUND_MAX: usize = 10_000;

/// How many rounds this many jobs fill.
pub fn rounds(jobs: usize) -> i32 {
    i32::try_from((jobs / ROUND_JOBS).min(ROUND_MAX)).unwrap_or(i32::MAX)
}

impl Lane {
    /// The schema of its queue; `queue_job` in the migrations chooses the same.
    pub fn queue(self) -> &'static str {
        JOB_QUEUES[usize::from(self == Self::Bulk)]
    }

    pub fn of_job(identifier: &str) -> Self {
        if identifier.ends_with(BULK_SUFFIX) {
            Self::Bulk
        } else if identifier.starts_with(REHEARSALS_PREFIX) {
            Self::Rehearsals
        } else {
            Self::Prompt
        }
    }
}

/// The job that delivers events of this kind. Bulk are those that a rush or a mailing causes
/// thousands of.
pub fn deliver_job(kind: &str) -> &'static str {
    match kind {
        "hold.expired"
        | "hold.released"
        | "hold.resumed"
        | "order.rest_reminder_due"
        | "registration.created" => DELIVER_BULK,
        _ if kind.starts_with("waitlist.") => DELIVER_BULK,
        _ => DELIVER,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_waits_in_one_lane() {
        assert_eq!(Lane::of_job(deliver_job("order.confirmed")), Lane::Prompt);
        assert_eq!(Lane::of_job(deliver_job("waitlist.offered")), Lane::Bulk);
        assert_eq!(Lane::of_job("rehearsal_run"), Lane::Rehearsals);
    }
}
