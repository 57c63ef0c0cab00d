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

/// The current time; a test can shift it. After the start it follows the monotonic clock, so that
/// setting the machine's time in the middle of a sale changes nothing. Clones share shift and
/// correction.
#[derive(Clone, Debug)]
pub struct Clock {
    started_at: OffsetDateTime,
    started: Instant,
    /// Set by tests and by the demo.
    shift_ms: Arc<AtomicI64>,
    /// How far the machine's clock was found to be behind the database's.
    correction_us: Arc<AtomicI64>,
}

impl Default for Clock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the system clock")]
    fn default() -> Self {
        Self::started_at(OffsetDateTime::now_utc())
    }
}

impl Clock {
    /// A clock that starts at `time`, like that of a machine whose time is wrong.
    pub fn started_at(time: OffsetDateTime) -> Self {
        Self {
            started_at: time,
            started: Instant::now(),
            shift_ms: Arc::default(),
            correction_us: Arc::default(),
        }
    }

    /// The current time in UTC, to the microsecond: Postgres stores no more.
    pub fn now(&self) -> OffsetDateTime {
        let now = self.unshifted() + Duration::milliseconds(self.shift_ms.load(Ordering::Relaxed));
        now.replace_nanosecond(now.nanosecond() / 1000 * 1000).unwrap_or(now)
    }

    /// The current time without the shift.
    pub fn unshifted(&self) -> OffsetDateTime {
        self.started_at + self.started.elapsed() + self.correction()
    }

    /// Shifts the clock by `by`, forwards or back: for tests, and to load data of the past.
    pub fn advance(&self, by: Duration) {
        let ms = i64::try_from(by.whole_milliseconds()).unwrap_or(0);
        self.shift_ms.fetch_add(ms, Ordering::Relaxed);
    }

    /// Resets the shift.
    pub fn reset_shift(&self) {
        self.shift_ms.store(0, Ordering::Relaxed);
    }

    /// Corrects the clock by what it was found to be behind; the shift stays.
    pub fn correct(&self, behind: Duration) {
        let us = i64::try_from(behind.whole_microseconds()).unwrap_or(0);
        self.correction_us.fetch_add(us, Ordering::Relaxed);
    }

    /// The sum of all corrections.
    pub fn correction(&self) -> Duration {
        Duration::microseconds(self.correction_us.load(Ordering::Relaxed))
    }
}
