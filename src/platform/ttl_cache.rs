//! What a node remembers of the database, so that it need not ask again: of people, who come and
//! go, and of things, which stay.

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

/// Of a full memory of people, the share for who was asked for again; the rest goes in the order in
/// which it came.
const KEPT: f64 = 0.1;

/// Of at most so many, each for so long. It is asked at every press of Buy, by everyone at once, so
/// no log is kept of who asked, and what has lived too long is noticed when it is asked for: a
/// rush's shoppers, all read ahead in the same second, would else be cleared away in the same
/// second of another's. Cheap to clone.
pub struct TtlCache<K, V> {
    known: Arc<Ring<K, V>>,
    lifetime: Duration,
}

type Ring<K, V> = Cache<K, Kept<V>, Weigh<K, V>, RandomState>;
/// Until when, and what. An error is for those who waited for the same reading, and of the past for
/// anybody else.
type Kept<V> = (Instant, Result<V, Arc<Error>>);

impl<K, V> Clone for TtlCache<K, V> {
    fn clone(&self) -> Self {
        Self { known: self.known.clone(), lifetime: self.lifetime }
    }
}

impl<K: Eq + Hash, V: Clone> TtlCache<K, V> {
    /// When it is full, those go who came first: it would not rather keep whom it knows than take
    /// in those who come now.
    pub fn of_people(max: usize, lifetime: Duration) -> Self {
        Self::of(
            OptionsBuilder::new().hot_allocation(KEPT).ghost_allocation(0.0),
            max,
            max as u64,
            lifetime,
            |_, _| 1,
        )
    }

    /// Also that there is no such thing. When it is full, what is asked for again stays: whoever
    /// asks for a thousand things that are not there does not drive out those that are.
    pub fn of_things(max: usize, lifetime: Duration) -> Self {
        Self::weighed(max, max as u64, lifetime, |_, _| 1)
    }

    /// Of things that together weigh at most so much; about `count` of them.
    pub fn weighed(
        count: usize,
        weight_max: u64,
        lifetime: Duration,
        weigh: fn(&K, &V) -> u64,
    ) -> Self {
        Self::of(&mut OptionsBuilder::new(), count, weight_max, lifetime, weigh)
    }

    fn of(
        options: &mut OptionsBuilder,
        count: usize,
        weight_max: u64,
        lifetime: Duration,
        weigh: fn(&K, &V) -> u64,
    ) -> Self {
        let options = options.estimated_items_capacity(count).weight_capacity(weight_max).build();
        let options = options.expect("both capacities are given, which is all that can be missing");
        Self {
            known: Arc::new(Cache::with_options(
                options,
                Weigh(weigh),
                RandomState::default(),
                DefaultLifecycle::default(),
            )),
            lifetime,
        }
    }

    /// What is remembered of it.
    pub fn get<Q>(&self, key: &Q) -> Option<V>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        let (until, what) = self.known.get(key)?;
        what.ok().filter(|_| Instant::now() < until)
    }

    /// The same; what is not remembered is read, once however many ask. What was forgotten while it
    /// was read is not remembered (it may be what was before), nor is that it could not be read,
    /// which all who waited for it are told. The reading is in a box of its own, which who finds
    /// what they ask for need not carry about.
    pub async fn get_or_read<Q, F>(&self, key: &Q, read: impl FnOnce() -> F) -> Result<V>
    where
        Q: Hash + Equivalent<K> + ToOwned<Owned = K> + ?Sized,
        F: Future<Output = Result<V>>,
    {
        if let Some(known) = self.get(key) {
            return Ok(known);
        }
        self.forget_if_old(key);
        let read = async {
            let what = read().await.map_err(Arc::new);
            let lifetime = if what.is_ok() { self.lifetime } else { Duration::ZERO };
            Ok::<_, Infallible>((Instant::now() + lifetime, what))
        };
        let Ok((_, what)) = Box::pin(self.known.get_or_insert_async(key, read)).await;
        what.map_err(|error| match &*error {
            Error::Unavailable { retry_after_seconds } => {
                Error::Unavailable { retry_after_seconds: *retry_after_seconds }
            }
            other => {
                Error::Internal(anyhow::anyhow!("what many asked for could not be read: {other:?}"))
            }
        })
    }

    /// The same; where nothing is remembered, `begin` begins.
    pub fn get_or_begin(&self, key: &K, begin: impl Fn() -> V) -> V
    where
        K: Clone,
    {
        if let Some(known) = self.get(key) {
            return known;
        }
        self.forget_if_old(key);
        let begun = || Ok::<_, Infallible>((Instant::now() + self.lifetime, Ok(begin())));
        let Ok((_, what)) = self.known.get_or_insert_with(key, begun);
        what.unwrap_or_else(|_| begin())
    }

    pub fn insert(&self, key: K, what: V) {
        self.known.insert(key, (Instant::now() + self.lifetime, Ok(what)));
    }

    pub fn forget<Q>(&self, key: &Q)
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.known.remove(key);
    }

    pub fn forget_all(&self) {
        self.known.clear();
    }

    fn forget_if_old<Q>(&self, key: &Q)
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.known.remove_if(key, |(until, _)| *until <= Instant::now());
    }
}

/// What it weighs that something is remembered.
struct Weigh<K, V>(fn(&K, &V) -> u64);

impl<K, V> Clone for Weigh<K, V> {
    fn clone(&self) -> Self {
        Self(self.0)
    }
}

impl<K, V> Weighter<K, Kept<V>> for Weigh<K, V> {
    fn weight(&self, key: &K, (_, what): &Kept<V>) -> u64 {
        what.as_ref().map_or(1, |what| self.0(key, what))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test]
    async fn what_many_ask_for_is_read_once_and_an_error_is_told_to_all_who_waited() {
        let things = TtlCache::<String, u32>::of_things(100, Duration::from_millis(50));
        let reads = AtomicU32::new(0);
        let ask = async |answer: Result<u32>| {
            let read = async || {
                reads.fetch_add(1, Ordering::Relaxed);
                tokio::task::yield_now().await;
                answer
            };
            things.get_or_read("lamp", read).await
        };
        let away = || Err(Error::Unavailable { retry_after_seconds: 7 });
        let (one, other) = tokio::join!(ask(away()), ask(Ok(1)));
        for answer in [one, other] {
            assert!(
                matches!(answer, Err(Error::Unavailable { retry_after_seconds: 7 })),
                "{answer:?}"
            );
        }
        assert_eq!((reads.load(Ordering::Relaxed), things.get("lamp")), (1, None));
        assert_eq!(
            (ask(Ok(2)).await.unwrap(), ask(Ok(3)).await.unwrap(), things.get("lamp")),
            (2, 2, Some(2))
        );
        tokio::time::sleep(Duration::from_millis(60)).await;
        assert_eq!((things.get("lamp"), ask(Ok(4)).await.unwrap()), (None, 4), "too old");
        things.forget("lamp");
        let (read, ()) = tokio::join!(ask(Ok(5)), async { things.forget("lamp") });
        assert_eq!((read.unwrap(), things.get("lamp")), (5, None), "it changed while it was read");
        let (before, (), after) =
            tokio::join!(ask(Ok(6)), async { things.forget("lamp") }, ask(Ok(7)));
        assert_eq!(
            (before.unwrap(), after.unwrap(), things.get("lamp")),
            (6, 7, Some(7)),
            "who asks after a change hears of it"
        );
        things.insert("lamp".to_owned(), 8);
        assert_eq!(
            (things.get("lamp"), things.get_or_begin(&"lamp".to_owned(), || 9)),
            (Some(8), 8)
        );
        things.forget_all();
        assert_eq!(
            (things.get("lamp"), things.get_or_begin(&"lamp".to_owned(), || 9), things.get("lamp")),
            (None, 9, Some(9))
        );
        tokio::time::sleep(Duration::from_millis(60)).await;
        assert_eq!(things.get_or_begin(&"lamp".to_owned(), || 10), 10, "too old");
    }

    #[test]
    fn things_weigh_no_more_than_they_may_and_what_is_asked_for_again_stays() {
        let things =
            TtlCache::<String, &str>::weighed(100, 1_000, Duration::from_mins(1), |key, thing| {
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
    fn whoever_comes_now_is_taken_in_however_often_the_others_were_asked_for() {
        let people = TtlCache::of_people(10_000, Duration::from_mins(1));
        for who in 0..10_000 {
            people.insert(who, ());
            people.get(&who);
        }
        for who in 10_000..15_000 {
            people.insert(who, ());
        }
        let known =
            |range: std::ops::Range<i32>| range.filter(|who| people.get(who).is_some()).count();
        assert!(known(10_000..15_000) > 4_900, "{} of 5,000", known(10_000..15_000));
        assert!(known(0..15_000) <= 10_000 + 100);
    }
}
