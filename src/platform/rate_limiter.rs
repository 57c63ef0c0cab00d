//! Rate limits by a sliding window. A node counts in memory, and asks Redis for the count of all
//! nodes once half of a limit is used up here. While Redis is away, each node counts for itself.
//!
//! Which action has which limit is in `access/limits.rs`.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use redis::Script;
use time::OffsetDateTime;

use super::{Broker, ENTRY_BYTES, TtlCache};
use crate::kernel::{Clock, Error, ExceededLimit, Result, token};

/// At most `count` in any `window`.
#[derive(Debug, Clone, Copy)]
pub struct Rate {
    /// Names the counter: rates of one name share it.
    pub name: &'static str,
    pub count: u32,
    pub window: Duration,
}

/// Memory for the counters of one node, in bytes.
const COUNTERS_BYTES_MAX: u64 = 64 << 20;
/// How many counters are expected to fit into that.
const COUNTERS: usize = 250_000;
/// The longest name of a client that is kept as it is.
const CLIENT_BYTES_MAX: usize = 64;
/// What a counter takes with its key, beside the text of the key.
const COUNTER_BYTES: usize =
    size_of::<(&str, String)>() + size_of::<Mutex<Counter>>() + 4 * size_of::<usize>();
/// An older counter starts at zero again.
const COUNTER_LIFETIME: Duration = Duration::from_hours(1);
/// A request waits for Redis no longer than this.
const REDIS_TIMEOUT: Duration = Duration::from_millis(50);

/// Adds to the count of a window; returns it with the count of the previous window.
const COUNT: &str = r"
local count = redis.call('INCRBY', KEYS[1], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return {count, tonumber(redis.call('GET', KEYS[2]) or '0')}
";

#[derive(Clone)]
pub struct RateLimiter {
    counters: TtlCache<(&'static str, String), Arc<Mutex<Counter>>>,
    broker: Broker,
    count: Arc<Script>,
    clock: Clock,
}

/// What one client did in a window and in the window before it.
#[derive(Debug, Default, Clone, Copy)]
struct Counter {
    window: i64,
    count: u32,
    previous: u32,
    /// The part of `count` that Redis does not know yet; negative after it was told of too many.
    unreported: i32,
}

impl RateLimiter {
    pub fn new(broker: Broker, clock: Clock) -> Self {
        Self {
            counters: TtlCache::fifo_weighted(
                COUNTERS,
                COUNTERS_BYTES_MAX,
                COUNTER_LIFETIME,
                |(_, client), _| (ENTRY_BYTES + COUNTER_BYTES + client.len()) as u64,
            ),
            broker,
            count: Arc::new(Script::new(COUNT)),
            clock,
        }
    }

    /// Counts one action of `client`. Past the rate, refuses it and says when to try again.
    pub async fn check(&self, rate: Rate, client: &str) -> Result<()> {
        let now = self.clock.now();
        let client = counted_as(client);
        let counter = self.counters.get_or_insert_with(&(rate.name, client.clone()), Arc::default);
        let counted = {
            let mut counter = counter.lock().unwrap_or_else(PoisonError::into_inner);
            counter.advance(rate, now);
            if counter.used(rate, now) >= rate.count.into() {
                return Err(refused(rate, now));
            }
            counter.count += 1;
            counter.unreported += 1;
            *counter
        };
        if self.broker.connection().is_none()
            || counted.used(rate, now) < f64::from(rate.count) / 2.0
        {
            return Ok(());
        }
        let Some((count, previous)) = Box::pin(self.report(rate, &client, counted)).await else {
            return Ok(());
        };
        let everywhere = Counter { count, previous, ..counted };
        {
            let mut counter = counter.lock().unwrap_or_else(PoisonError::into_inner);
            if counter.window == counted.window {
                counter.unreported = counter.unreported.saturating_sub(counted.unreported);
                counter.count = counter.count.max(count);
                counter.previous = counter.previous.max(previous);
            }
        }
        if everywhere.used(rate, now) > rate.count.into() {
            Err(refused(rate, now))
        } else {
            Ok(())
        }
    }

    /// Takes an action back that [`Self::check`] counted, because it need not be limited after all.
    pub fn forgive(&self, rate: Rate, client: &str) {
        let counter = self.counters.get(&(rate.name, counted_as(client)));
        let Some(counter) = counter else { return };
        let mut counter = counter.lock().unwrap_or_else(PoisonError::into_inner);
        counter.advance(rate, self.clock.now());
        if counter.count > 0 {
            counter.count -= 1;
            counter.unreported -= 1;
        }
    }

    /// Reports to Redis what it does not know; returns the counts of all nodes, in this window and
    /// in the previous one.
    async fn report(&self, rate: Rate, client: &str, counted: Counter) -> Option<(u32, u32)> {
        let mut redis = self.broker.connection()?;
        let key = |window: i64| format!("smp:limit:{}:{window}:{client}", rate.name);
        let mut script = self.count.prepare_invoke();
        script
            .key(key(counted.window))
            .key(key(counted.window - 1))
            .arg(counted.unreported)
            .arg(window_ms(rate) * 2);
        let counts = script.invoke_async::<(i64, i64)>(&mut redis);
        // What one node took back, another may not have reported yet.
        let counted = |count: i64| u32::try_from(count.max(0)).unwrap_or(u32::MAX);
        match tokio::time::timeout(REDIS_TIMEOUT, counts).await {
            Ok(Ok((count, previous))) => Some((counted(count), counted(previous))),
            Ok(Err(error)) => {
                tracing::warn!(%error, "Redis does not count; this node counts alone");
                None
            }
            Err(_) => None,
        }
    }
}

impl Counter {
    /// Moves on to the window that contains `now`.
    fn advance(&mut self, rate: Rate, now: OffsetDateTime) {
        let window = millis(now).div_euclid(window_ms(rate));
        if window != self.window {
            let previous = if window == self.window + 1 { self.count } else { 0 };
            *self = Self { window, previous, count: 0, unreported: 0 };
        }
    }

    /// How much was used in the window that ends now: the count of this window, and the share of
    /// the previous one that still overlaps it.
    fn used(self, rate: Rate, now: OffsetDateTime) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "milliseconds of a window")]
        let passed = millis(now).rem_euclid(window_ms(rate)) as f64 / window_ms(rate) as f64;
        f64::from(self.count) + f64::from(self.previous) * (1.0 - passed)
    }
}

/// The key of a client: of a limited length, whatever it sends.
fn counted_as(client: &str) -> String {
    if client.len() > CLIENT_BYTES_MAX {
        token::content_hash(client.as_bytes())
    } else {
        client.to_owned()
    }
}

fn millis(now: OffsetDateTime) -> i64 {
    i64::try_from(now.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}

fn window_ms(rate: Rate) -> i64 {
    i64::try_from(rate.window.as_millis()).unwrap_or(i64::MAX)
}

fn refused(rate: Rate, now: OffsetDateTime) -> Error {
    let left_ms = window_ms(rate) - millis(now).rem_euclid(window_ms(rate));
    metrics::counter!("smp_limited_total", "limit" => rate.name).increment(1);
    Error::TooMany {
        limit: ExceededLimit {
            name: rate.name,
            quota: rate.count,
            window_seconds: rate.window.as_secs(),
        },
        retry_after_seconds: u32::try_from(left_ms.div_euclid(1000) + 1).unwrap_or(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIVE: Rate = Rate { name: "five", count: 5, window: Duration::from_secs(10) };

    #[tokio::test]
    async fn a_window_slides() {
        let clock = Clock::default();
        // Move to the start of a window.
        let into = millis(clock.now()).rem_euclid(10_000);
        clock.advance(time::Duration::milliseconds(10_000 - into));
        let limits = RateLimiter::new(Broker::in_process(), clock.clone());
        for _ in 0..5 {
            limits.check(FIVE, "ada").await.unwrap();
        }
        let refused = limits.check(FIVE, "ada").await;
        assert!(
            matches!(refused, Err(Error::TooMany { retry_after_seconds: 9..=11, .. })),
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

    #[tokio::test]
    async fn what_is_forgiven_does_not_count() {
        let limits = RateLimiter::new(Broker::in_process(), Clock::default());
        for _ in 0..50 {
            limits.check(FIVE, "ada").await.unwrap();
            limits.forgive(FIVE, "ada");
        }
        limits.forgive(FIVE, "nobody");
        for _ in 0..5 {
            limits.check(FIVE, "ada").await.unwrap();
        }
        assert!(limits.check(FIVE, "ada").await.is_err());
    }

    #[test]
    fn a_long_name_of_a_client_is_kept_as_its_hash() {
        let long = "x".repeat(60_000);
        assert_eq!(counted_as(&long).len(), CLIENT_BYTES_MAX);
        assert_ne!(counted_as(&long), counted_as(&format!("{long}y")));
        assert_eq!(counted_as("ada@test.example 192.0.2.0"), "ada@test.example 192.0.2.0");
    }
}
