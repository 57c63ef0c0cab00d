//! How often one may: every rate limit in one place, and the sliding window that counts. Counted in
//! this process, and with Redis across all nodes once a half is used up here; while Redis is away
//! each node counts for itself.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use redis::Script;
use time::OffsetDateTime;

use super::{Broker, TtlCache};
use crate::kernel::{Clock, Error, Result};

/// So many in so long.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    name: &'static str,
    count: u32,
    window: Duration,
}

/// Presses of Buy by one account. A retry counts too.
pub const BUY_PER_ACCOUNT: Limit =
    Limit { name: "buy-account", count: 30, window: Duration::from_secs(10) };
/// Presses of Buy from one address: many shoppers may share one.
pub const BUY_PER_ADDRESS: Limit =
    Limit { name: "buy-address", count: 1_000, window: Duration::from_secs(10) };
/// Tries to sign in to one account.
pub const SIGN_IN_PER_ACCOUNT: Limit =
    Limit { name: "sign-in-account", count: 20, window: Duration::from_mins(1) };
/// Tries to sign in or up from one address.
pub const SIGN_IN_PER_ADDRESS: Limit =
    Limit { name: "sign-in-address", count: 600, window: Duration::from_mins(1) };

/// StockRow one node keeps at most.
const COUNTERS_MAX: usize = 500_000;
/// After this long a counter begins at nothing again.
const COUNTER_LIFETIME: Duration = Duration::from_hours(1);
/// Redis is not waited for longer.
const REDIS_TIMEOUT: Duration = Duration::from_millis(50);

/// Adds to the count of a window and tells it with the count of the window before.
const COUNT: &str = r"
local count = redis.call('INCRBY', KEYS[1], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return {count, tonumber(redis.call('GET', KEYS[2]) or '0')}
";

#[derive(Clone)]
pub struct Limits {
    counters: TtlCache<(&'static str, String), Arc<Mutex<Counter>>>,
    broker: Broker,
    count: Arc<Script>,
    clock: Clock,
}

/// What one has done in a window and in the one before it.
#[derive(Debug, Default, Clone, Copy)]
struct Counter {
    window: i64,
    count: u32,
    before: u32,
    /// Of `count`, what Redis has not been told.
    untold: u32,
}

impl Limits {
    pub fn new(broker: Broker, clock: Clock) -> Self {
        Self {
            counters: TtlCache::fifo(COUNTERS_MAX, COUNTER_LIFETIME),
            broker,
            count: Arc::new(Script::new(COUNT)),
            clock,
        }
    }

    /// Counts one more by `who`, or refuses and says when to come again.
    pub async fn check(&self, limit: Limit, who: &str) -> Result<()> {
        let now = self.clock.now();
        let counter = self.counters.get_or_insert_with(&(limit.name, who.to_owned()), Arc::default);
        let counted = {
            let mut counter = counter.lock().unwrap_or_else(PoisonError::into_inner);
            counter.turn(limit, now);
            if counter.used(limit, now) >= limit.count.into() {
                return Err(refused(limit, now));
            }
            counter.count += 1;
            counter.untold += 1;
            *counter
        };
        if self.broker.connection().is_none()
            || counted.used(limit, now) < f64::from(limit.count) / 2.0
        {
            return Ok(());
        }
        let Some((count, before)) = Box::pin(self.tell(limit, who, counted)).await else {
            return Ok(());
        };
        let everywhere = Counter { count, before, ..counted };
        {
            let mut counter = counter.lock().unwrap_or_else(PoisonError::into_inner);
            if counter.window == counted.window {
                counter.untold = counter.untold.saturating_sub(counted.untold);
                counter.count = counter.count.max(count);
                counter.before = counter.before.max(before);
            }
        }
        if everywhere.used(limit, now) > limit.count.into() {
            Err(refused(limit, now))
        } else {
            Ok(())
        }
    }

    /// Tells Redis what it does not know, and hears what all nodes counted.
    async fn tell(&self, limit: Limit, who: &str, counted: Counter) -> Option<(u32, u32)> {
        let mut redis = self.broker.connection()?;
        let key = |window: i64| format!("smp:limit:{}:{window}:{who}", limit.name);
        let mut told = self.count.prepare_invoke();
        told.key(key(counted.window))
            .key(key(counted.window - 1))
            .arg(counted.untold)
            .arg(window_ms(limit) * 2);
        match tokio::time::timeout(REDIS_TIMEOUT, told.invoke_async::<(u32, u32)>(&mut redis)).await
        {
            Ok(Ok(counts)) => Some(counts),
            Ok(Err(error)) => {
                tracing::warn!(%error, "Redis does not count; only this node does");
                None
            }
            Err(_) => None,
        }
    }
}

impl Counter {
    /// Goes on to the window of `now`.
    fn turn(&mut self, limit: Limit, now: OffsetDateTime) {
        let window = millis(now).div_euclid(window_ms(limit));
        if window != self.window {
            let before = if window == self.window + 1 { self.count } else { 0 };
            *self = Self { window, before, count: 0, untold: 0 };
        }
    }

    /// What was used in the window that ends now: this one's, and of the one before as much as
    /// still lies in it.
    fn used(self, limit: Limit, now: OffsetDateTime) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "milliseconds of a window")]
        let passed = millis(now).rem_euclid(window_ms(limit)) as f64 / window_ms(limit) as f64;
        f64::from(self.count) + f64::from(self.before) * (1.0 - passed)
    }
}

fn millis(now: OffsetDateTime) -> i64 {
    i64::try_from(now.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}

fn window_ms(limit: Limit) -> i64 {
    i64::try_from(limit.window.as_millis()).unwrap_or(i64::MAX)
}

fn refused(limit: Limit, now: OffsetDateTime) -> Error {
    let left_ms = window_ms(limit) - millis(now).rem_euclid(window_ms(limit));
    metrics::counter!("smp_limited_total", "limit" => limit.name).increment(1);
    Error::TooMany { retry_after_seconds: u32::try_from(left_ms.div_euclid(1000) + 1).unwrap_or(1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIVE: Limit = Limit { name: "five", count: 5, window: Duration::from_secs(10) };

    #[tokio::test]
    async fn a_window_slides() {
        let clock = Clock::default();
        // To the start of a window, so that the test knows where it is.
        let into = millis(clock.now()).rem_euclid(10_000);
        clock.advance(time::Duration::milliseconds(10_000 - into));
        let limits = Limits::new(Broker::in_process(), clock.clone());
        for _ in 0..5 {
            limits.check(FIVE, "ada").await.unwrap();
        }
        let refused = limits.check(FIVE, "ada").await;
        assert!(
            matches!(refused, Err(Error::TooMany { retry_after_seconds: 9..=11 })),
            "{refused:?}"
        );
        limits.check(FIVE, "bob").await.unwrap();
        // Half of the next window: half of the five still count.
        clock.advance(time::Duration::seconds(15));
        let mut allowed = 0;
        while limits.check(FIVE, "ada").await.is_ok() {
            allowed += 1;
        }
        assert_eq!(allowed, 3);
        clock.advance(time::Duration::seconds(20));
        limits.check(FIVE, "ada").await.unwrap();
    }
}
