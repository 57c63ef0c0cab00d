//! An in-memory cache with a maximum size and a lifetime for each entry. Where entries differ in size,
//! or their keys come from outside, the size is in bytes.
//!
//! Two eviction policies: [`TtlCache::fifo`] for people, of whom a rush brings many at once, and
//! [`TtlCache::scan_resistant`] for things, of which a few are asked for again and again.

use std::{
    convert::Infallible,
    hash::Hash,
    sync::Arc,
    time::{Duration, Instant},
};

use foldhash::fast::RandomState;
use quick_cache::{
    Equivalent, OptionsBuilder, Weighter,
    sync::{Cache, DefaultLifecycle},
};

use crate::kernel::{Error, Result};

/// What an entry takes beside its key and value, in bytes: its place in the table and in the queue.
pub const ENTRY_BYTES: usize = 64;

/// Share of a FIFO cache that is reserved for entries that were read again. The rest is evicted in
/// order of insertion.
const FIFO_HOT_SHARE: f64 = 0.1;

/// A cache that holds a maximum number (or weight) of entries, each for `lifetime`.
///
/// Every press of Buy reads it, from all threads at once. It therefore keeps no access log, and an
/// expired entry is noticed only when it is read: a background sweep would evict the shoppers of
/// one rush, all read ahead in the same second, during another. Cheap to clone.
pub struct TtlCache<K, V> {
    entries: Arc<Entries<K, V>>,
    lifetime: Duration,
}

type Entries<K, V> = Cache<K, Entry<V>, EntryWeighter<K, V>, RandomState>;
/// When the entry expires, and its value. An error is handed to the callers that waited for the same
/// read; it has expired already for everyone else.
type Entry<V> = (Instant, Result<V, Arc<Error>>);

impl<K, V> Clone for TtlCache<K, V> {
    fn clone(&self) -> Self {
        Self { entries: self.entries.clone(), lifetime: self.lifetime }
    }
}

impl<K: Eq + Hash, V: Clone> TtlCache<K, V> {
    /// A cache that evicts its oldest entries first, however often they were read: new arrivals must
    /// always find room.
    pub fn fifo(count_max: usize, lifetime: Duration) -> Self {
        Self::fifo_weighted(count_max, count_max as u64, lifetime, |_, _| 1)
    }

    /// The same, limited by total weight; `count` is an estimate of how many entries fit.
    pub fn fifo_weighted(
        count: usize,
        weight_max: u64,
        lifetime: Duration,
        weigh: fn(&K, &V) -> u64,
    ) -> Self {
        Self::with_options(
            OptionsBuilder::new().hot_allocation(FIFO_HOT_SHARE).ghost_allocation(0.0),
            count,
            weight_max,
            lifetime,
            weigh,
        )
    }

    /// A cache that keeps what is read again: a client that asks for a thousand keys, existing or
    /// not, does not evict the entries in use.
    pub fn scan_resistant(count_max: usize, lifetime: Duration) -> Self {
        Self::weighted(count_max, count_max as u64, lifetime, |_, _| 1)
    }

    /// The same as [`TtlCache::scan_resistant`], limited by total weight; `count` is an estimate of
    /// how many entries fit.
    pub fn weighted(
        count: usize,
        weight_max: u64,
        lifetime: Duration,
        weigh: fn(&K, &V) -> u64,
    ) -> Self {
        Self::with_options(&mut OptionsBuilder::new(), count, weight_max, lifetime, weigh)
    }

    fn with_options(
        options: &mut OptionsBuilder,
        count: usize,
        weight_max: u64,
        lifetime: Duration,
        weigh: fn(&K, &V) -> u64,
    ) -> Self {
        let options = options.estimated_items_capacity(count).weight_capacity(weight_max).build();
        let options = options.expect("both capacities are set, and nothing else is required");
        Self {
            entries: Arc::new(Cache::with_options(
                options,
                EntryWeighter(weigh),
                RandomState::default(),
                DefaultLifecycle::default(),
            )),
            lifetime,
        }
    }

    /// The value of `key`, unless it is absent or expired.
    pub fn get<Q>(&self, key: &Q) -> Option<V>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        let (expires_at, value) = self.entries.get(key)?;
        value.ok().filter(|_| Instant::now() < expires_at)
    }

    /// The value of `key`, read with `read` if it is absent; concurrent callers share one read.
    ///
    /// A value that was removed while it was being read is not cached, because it may be stale. An
    /// error is returned to every caller that waited and is not cached either. The read is boxed so
    /// that a hit does not carry its future.
    pub async fn get_or_read<Q, F>(&self, key: &Q, read: impl FnOnce() -> F) -> Result<V>
    where
        Q: Hash + Equivalent<K> + ToOwned<Owned = K> + ?Sized,
        F: Future<Output = Result<V>>,
    {
        if let Some(value) = self.get(key) {
            return Ok(value);
        }
        self.remove_expired(key);
        let read = async {
            let value = read().await.map_err(Arc::new);
            let lifetime = if value.is_ok() { self.lifetime } else { Duration::ZERO };
            Ok::<_, Infallible>((Instant::now() + lifetime, value))
        };
        let Ok((_, value)) = Box::pin(self.entries.get_or_insert_async(key, read)).await;
        value.map_err(|error| match &*error {
            Error::Unavailable { retry_after_seconds } => {
                Error::Unavailable { retry_after_seconds: *retry_after_seconds }
            }
            other => Error::Internal(anyhow::anyhow!("a shared read failed: {other:?}")),
        })
    }

    /// The value of `key`; if it is absent, `make` makes it.
    pub fn get_or_insert_with(&self, key: &K, make: impl Fn() -> V) -> V
    where
        K: Clone,
    {
        if let Some(value) = self.get(key) {
            return value;
        }
        self.remove_expired(key);
        let made = || Ok::<_, Infallible>((Instant::now() + self.lifetime, Ok(make())));
        let Ok((_, value)) = self.entries.get_or_insert_with(key, made);
        value.unwrap_or_else(|_| make())
    }

    pub fn insert(&self, key: K, value: V) {
        self.entries.insert(key, (Instant::now() + self.lifetime, Ok(value)));
    }

    pub fn remove<Q>(&self, key: &Q)
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.entries.remove(key);
    }

    pub fn clear(&self) {
        self.entries.clear();
    }

    fn remove_expired<Q>(&self, key: &Q)
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.entries.remove_if(key, |(expires_at, _)| *expires_at <= Instant::now());
    }
}

/// The weight of an entry.
struct EntryWeighter<K, V>(fn(&K, &V) -> u64);

impl<K, V> Clone for EntryWeighter<K, V> {
    fn clone(&self) -> Self {
        Self(self.0)
    }
}

impl<K, V> Weighter<K, Entry<V>> for EntryWeighter<K, V> {
    fn weight(&self, key: &K, (_, value): &Entry<V>) -> u64 {
        value.as_ref().map_or(1, |value| self.0(key, value))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test]
    async fn concurrent_callers_share_one_read_and_its_error() {
        let things = TtlCache::<String, u32>::scan_resistant(100, Duration::from_millis(50));
        let reads = AtomicU32::new(0);
        let read_lamp = async |answer: Result<u32>| {
            let read = async || {
                reads.fetch_add(1, Ordering::Relaxed);
                tokio::task::yield_now().await;
                answer
            };
            things.get_or_read("lamp", read).await
        };
        let unavailable = || Err(Error::Unavailable { retry_after_seconds: 7 });
        let (one, other) = tokio::join!(read_lamp(unavailable()), read_lamp(Ok(1)));
        for answer in [one, other] {
            assert!(
                matches!(answer, Err(Error::Unavailable { retry_after_seconds: 7 })),
                "{answer:?}"
            );
        }
        assert_eq!((reads.load(Ordering::Relaxed), things.get("lamp")), (1, None));
        assert_eq!(
            (read_lamp(Ok(2)).await.unwrap(), read_lamp(Ok(3)).await.unwrap(), things.get("lamp")),
            (2, 2, Some(2))
        );
        tokio::time::sleep(Duration::from_millis(60)).await;
        assert_eq!((things.get("lamp"), read_lamp(Ok(4)).await.unwrap()), (None, 4), "expired");
        things.remove("lamp");
        let (read, ()) = tokio::join!(read_lamp(Ok(5)), async { things.remove("lamp") });
        assert_eq!(
            (read.unwrap(), things.get("lamp")),
            (5, None),
            "it was removed during the read"
        );
        let (before, (), after) =
            tokio::join!(read_lamp(Ok(6)), async { things.remove("lamp") }, read_lamp(Ok(7)));
        assert_eq!(
            (before.unwrap(), after.unwrap(), things.get("lamp")),
            (6, 7, Some(7)),
            "a caller that asks after a change sees the change"
        );
        things.insert("lamp".to_owned(), 8);
        assert_eq!(
            (things.get("lamp"), things.get_or_insert_with(&"lamp".to_owned(), || 9)),
            (Some(8), 8)
        );
        things.clear();
        assert_eq!(
            (
                things.get("lamp"),
                things.get_or_insert_with(&"lamp".to_owned(), || 9),
                things.get("lamp")
            ),
            (None, 9, Some(9))
        );
        tokio::time::sleep(Duration::from_millis(60)).await;
        assert_eq!(things.get_or_insert_with(&"lamp".to_owned(), || 10), 10, "expired");
    }

    #[test]
    fn total_weight_is_bounded_and_entries_in_use_stay() {
        let things =
            TtlCache::<String, &str>::weighted(100, 1_000, Duration::from_mins(1), |key, thing| {
                (key.len() + thing.len()) as u64
            });
        things.insert("lamp".to_owned(), "bright");
        for nth in 0..10_000 {
            things.insert(format!("{nth:05}"), "there is none");
            assert_eq!(things.get("lamp"), Some("bright"), "after {nth}");
        }
        let weight: usize = (0..10_000)
            .filter_map(|nth| things.get(&format!("{nth:05}")))
            .map(|thing| 5 + thing.len())
            .sum();
        assert!((500..=1_000).contains(&weight), "{weight}");
    }

    #[test]
    fn a_fifo_cache_takes_new_entries_however_often_the_old_ones_were_read() {
        let cache = TtlCache::fifo(10_000, Duration::from_mins(1));
        for key in 0..10_000 {
            cache.insert(key, ());
            cache.get(&key);
        }
        for key in 10_000..15_000 {
            cache.insert(key, ());
        }
        let cached =
            |range: std::ops::Range<i32>| range.filter(|key| cache.get(key).is_some()).count();
        assert!(cached(10_000..15_000) > 4_900, "{} of 5,000", cached(10_000..15_000));
        assert!(cached(0..15_000) <= 10_000 + 100);
    }
}
