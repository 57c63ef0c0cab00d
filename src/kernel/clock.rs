//! The clock, injected so that tests can move it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Instant,
};

use time::{Duration, OffsetDateTime};

time::serde::format_description!(pub iso_date, Date, "[year]-[month]-[day]");

/// Tells the time; a test can shift it. It goes on from what it was started with by a clock that
/// nobody sets, so that a machine whose time is set in the middle of a sale moves nothing. Clones
/// share shift and correction.
#[derive(Clone, Debug)]
pub struct Clock {
    started_at: OffsetDateTime,
    started: Instant,
    /// Moved on purpose.
    shift_ms: Arc<AtomicI64>,
    /// What it was found to be behind.
    correction_us: Arc<AtomicI64>,
}

impl Default for Clock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the system clock")]
    fn default() -> Self {
        Self::started_at(OffsetDateTime::now_utc())
    }
}

impl Clock {
    /// A clock that takes it to be `time` now, as a machine does whose own clock is wrong.
    pub fn started_at(time: OffsetDateTime) -> Self {
        Self {
            started_at: time,
            started: Instant::now(),
            shift_ms: Arc::default(),
            correction_us: Arc::default(),
        }
    }

    /// Now, in UTC, to the microsecond (Postgres keeps no more).
    pub fn now(&self) -> OffsetDateTime {
        let now = self.unshifted() + Duration::milliseconds(self.shift_ms.load(Ordering::Relaxed));
        now.replace_nanosecond(now.nanosecond() / 1000 * 1000).unwrap_or(now)
    }

    /// Now, as if nobody had moved the clock on purpose.
    pub fn unshifted(&self) -> OffsetDateTime {
        self.started_at + self.started.elapsed() + self.correction()
    }

    /// Shifts the clock by `by`, forwards or back: for tests, and to load data of the past.
    pub fn advance(&self, by: Duration) {
        let ms = i64::try_from(by.whole_milliseconds()).unwrap_or(0);
        self.shift_ms.fetch_add(ms, Ordering::Relaxed);
    }

    /// Undoes every shift.
    pub fn set_right(&self) {
        self.shift_ms.store(0, Ordering::Relaxed);
    }

    /// Moves the clock on by what it was found to be behind; a shift stays what it is.
    pub fn correct(&self, behind: Duration) {
        let us = i64::try_from(behind.whole_microseconds()).unwrap_or(0);
        self.correction_us.fetch_add(us, Ordering::Relaxed);
    }

    /// All that it was corrected by.
    pub fn correction(&self) -> Duration {
        Duration::microseconds(self.correction_us.load(Ordering::Relaxed))
    }
}
