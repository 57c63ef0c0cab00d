//! How busy this machine is, for work that can wait.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::time::{Instant, sleep};

/// How often it is measured.
const MEASURED_EVERY: Duration = Duration::from_millis(20);
/// The last measurement's share in the averages.
const WEIGHT: f64 = 0.2;
/// The machine is busy when a task that is due waits longer for a processor, in seconds.
const BUSY_FROM: f64 = 0.002_5;
/// What can wait pauses so long, in seconds, when the machine is busy with nothing but that.
const PAUSE: f64 = 0.15;
/// Answers a second from which people are in a rush.
const RUSH_FROM: f64 = 500.0;
/// In a rush, what can wait pauses longer the longer a task waits for a processor: by this factor...
const RUSH_FACTOR: f64 = 600.0;
/// ...beyond what a timer is late by on an idle machine, in seconds.
const TIMER_LATENESS: f64 = 0.001_1;
const PAUSE_MAX: f64 = 2.0;

/// Requests answered since the start.
static ANSWERED: AtomicU64 = AtomicU64::new(0);

/// Counts an answer to a request.
pub fn count_answer() {
    ANSWERED.fetch_add(1, Ordering::Relaxed);
}

/// How long what can wait pauses at the moment, in microseconds.
#[derive(Debug, Clone, Default)]
pub struct Load(Arc<AtomicU64>);

impl Load {
    /// Measures until it is dropped.
    pub async fn watch(&self) {
        let (mut late, mut rate) = (0.0, 0.0);
        let mut before = ANSWERED.load(Ordering::Relaxed);
        loop {
            let began = Instant::now();
            sleep(MEASURED_EVERY).await;
            let passed = began.elapsed();
            let answered = ANSWERED.load(Ordering::Relaxed);
            #[expect(clippy::cast_precision_loss, reason = "few in such a time")]
            let answers = (answered - before) as f64 / passed.as_secs_f64();
            before = answered;
            late += WEIGHT * (passed.saturating_sub(MEASURED_EVERY).as_secs_f64() - late);
            rate += WEIGHT * (answers - rate);
            let pause = Duration::from_secs_f64(pause(late, rate));
            self.0.store(u64::try_from(pause.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
        }
    }

    /// Pauses if the machine is busy. Once only: what can wait goes on, slowly.
    pub async fn give_way(&self) {
        let pause = self.0.load(Ordering::Relaxed);
        if pause > 0 {
            sleep(Duration::from_micros(pause)).await;
        }
    }
}

/// Seconds to pause when tasks are `late` by so many seconds and `rate` answers a second are given.
/// Bulk itself makes tasks late; only beside people does it have to keep the machine free.
fn pause(late: f64, rate: f64) -> f64 {
    if rate >= RUSH_FROM {
        ((late - TIMER_LATENESS) * RUSH_FACTOR).clamp(0.0, PAUSE_MAX)
    } else if late > BUSY_FROM {
        PAUSE
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bulk_gives_way_to_people_more_than_to_itself() {
        assert!(pause(0.001, 0.0) <= 0.0 && pause(0.001, 20_000.0) <= 0.0);
        assert!((pause(0.01, 10.0) - PAUSE).abs() < f64::EPSILON);
        assert!(pause(0.002, 20_000.0) > 3.0 * PAUSE);
        assert!(pause(1.0, 20_000.0) <= PAUSE_MAX);
    }
}
