//! The clock, injected so that tests can move it.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use time::{Duration, OffsetDateTime};

time::serde::format_description!(pub iso_date, Date, "[year]-[month]-[day]");

/// Tells the time; a test can shift it. Clones share the shift.
#[derive(Clone, Default, Debug)]
pub struct Clock {
    shift_ms: Arc<AtomicI64>,
}

impl Clock {
    /// Now, in UTC, to the microsecond (Postgres keeps no more).
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the system clock")]
    pub fn now(&self) -> OffsetDateTime {
        let now = OffsetDateTime::now_utc() + Duration::milliseconds(self.shift_ms.load(Ordering::Relaxed));
        now.replace_nanosecond(now.nanosecond() / 1000 * 1000).unwrap_or(now)
    }

    /// Moves the clock on by `by`, or back (tests, and the demo while it builds its past).
    pub fn advance(&self, by: Duration) {
        let ms = i64::try_from(by.whole_milliseconds()).unwrap_or(0);
        self.shift_ms.fetch_add(ms, Ordering::Relaxed);
    }

    /// Undoes every shift.
    pub fn set_right(&self) {
        self.shift_ms.store(0, Ordering::Relaxed);
    }
}
