//! What a node remembers of the database, so that it need not ask again: one kind of cache for people, one for things.

use std::{
    borrow::ToOwned,
    convert::Infallible,
    hash::Hash,
    sync::Arc,
    time::{Duration, Instant},
};

use foldhash::fast::RandomState;
use quick_cache::{
    Equivalent, OptionsBuilder, UnitWeighter, Weighter,
    sync::{Cache as Ring, DefaultLifecycle},
};

use crate::kernel::{Error, Result};

/// Of a full memory of people, the share for who was asked for again; the rest goes in the order in which it came.
const KEPT: f64 = 0.1;

/// At most so many things, each for so long, also that there is no such thing. When it is full, what is asked for again stays:
/// whoever asks for a thousand things that are not there does not drive out those that are. Being asked writes nothing that
/// the cores would have to tell one another of. Cheap to clone.
pub struct Things<K, V> {
    known: Arc<Shelf<K, V>>,
    lifetime: Duration,
}

type Shelf<K, V> = Ring<K, Kept<V>, Weigh<K, V>, RandomState>;
/// Until when, and what. An error is for those who waited for the same reading, and of the past for anybody else.
type Kept<V> = (Instant, Result<V, Arc<Error>>);

impl<K, V> Clone for Things<K, V> {
    fn clone(&self) -> Self {
        Self { known: self.known.clone(), lifetime: self.lifetime }
    }
}

impl<K: Eq + Hash, V: Clone> Things<K, V> {
    pub fn new(max: usize, lifetime: Duration) -> Self {
        Self::weighed(max, max as u64, lifetime, |_, _| 1)
    }

    /// Things that together weigh at most so much; about `count` of them.
    pub fn weighed(count: usize, weight_max: u64, lifetime: Duration, weigh: fn(&K, &V) -> u64) -> Self {
        let ring = Ring::with(count, weight_max, Weigh(weigh), RandomState::default(), DefaultLifecycle::default());
        Self { known: Arc::new(ring), lifetime }
    }

    pub fn get<Q>(&self, key: &Q) -> Option<V>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        let (until, thing) = self.known.get(key)?;
        thing.ok().filter(|_| Instant::now() < until)
    }

    /// The same; what is not remembered is read, once however many ask. What was forgotten while it was read is not remembered,
    /// nor is that it could not be read, which all who waited for it are told. The reading is in a box of its own, which who finds
    /// what they ask for need not carry about.
    pub async fn get_or_read<Q, F>(&self, key: &Q, read: impl FnOnce() -> F) -> Result<V>
    where
        Q: Hash + Equivalent<K> + ToOwned<Owned = K> + ?Sized,
        F: Future<Output = Result<V>>,
    {
        if let Some(known) = self.get(key) {
            return Ok(known);
        }
        self.known.remove_if(key, |(until, _)| *until <= Instant::now());
        let read = async {
            let thing = read().await.map_err(Arc::new);
            let lifetime = if thing.is_ok() { self.lifetime } else { Duration::ZERO };
            Ok::<_, Infallible>((Instant::now() + lifetime, thing))
        };
        let Ok((_, thing)) = Box::pin(self.known.get_or_insert_async(key, read)).await;
        thing.map_err(|error| match &*error {
            Error::Unavailable { retry_after_seconds } => Error::Unavailable { retry_after_seconds: *retry_after_seconds },
            other => Error::Internal(anyhow::anyhow!("what many asked for could not be read: {other:?}")),
        })
    }

    pub fn insert(&self, key: K, thing: V) {
        self.known.insert(key, (Instant::now() + self.lifetime, Ok(thing)));
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
}

/// What a thing weighs.
struct Weigh<K, V>(fn(&K, &V) -> u64);

impl<K, V> Clone for Weigh<K, V> {
    fn clone(&self) -> Self {
        Self(self.0)
    }
}

impl<K, V> Weighter<K, Kept<V>> for Weigh<K, V> {
    fn weight(&self, key: &K, (_, thing): &Kept<V>) -> u64 {
        thing.as_ref().map_or(1, |thing| self.0(key, thing))
    }
}

/// At most so many people, each for so long. When it is full, those go who came first: it would not rather keep whom it knows
/// than take in those who come now. It is asked at every press of Buy, by everyone at once, so being asked writes nothing, and
/// what has lived too long is noticed when it is asked for: a rush's shoppers, all read ahead in the same second, would else
/// be cleared away in the same second of another's. Cheap to clone.
pub struct People<K, V> {
    known: Arc<Ring<K, (Instant, V), UnitWeighter, RandomState>>,
    lifetime: Duration,
}

impl<K, V> Clone for People<K, V> {
    fn clone(&self) -> Self {
        Self { known: self.known.clone(), lifetime: self.lifetime }
    }
}

impl<K: Eq + Hash + Clone, V: Clone> People<K, V> {
    pub fn new(max: usize, lifetime: Duration) -> Self {
        let options = OptionsBuilder::new().estimated_items_capacity(max).weight_capacity(max as u64).hot_allocation(KEPT).ghost_allocation(0.0).build();
        let options = options.expect("both capacities are given, which is all that can be missing");
        Self { known: Arc::new(Ring::with_options(options, UnitWeighter, RandomState::default(), DefaultLifecycle::default())), lifetime }
    }

    /// What is remembered of someone.
    pub fn get(&self, who: &K) -> Option<V> {
        self.known.get(who).and_then(|(until, what)| (Instant::now() < until).then_some(what))
    }

    /// The same; what is not remembered is read, once however many ask. What cannot be read is not remembered, nor what was
    /// forgotten while it was read: it may be what was before.
    pub async fn get_or_read<E, F>(&self, who: &K, read: impl FnOnce() -> F) -> Result<V, E>
    where
        F: Future<Output = Result<V, E>>,
    {
        if let Some(known) = self.get(who) {
            return Ok(known);
        }
        self.known.remove_if(who, |(until, _)| *until <= Instant::now());
        let read = async { Ok((Instant::now() + self.lifetime, read().await?)) };
        Box::pin(self.known.get_or_insert_async(who, read)).await.map(|(_, what)| what)
    }

    /// The same; of whom nothing is remembered, `begin` begins.
    pub fn get_or_begin(&self, who: &K, begin: impl FnOnce() -> V) -> V {
        if let Some(known) = self.get(who) {
            return known;
        }
        self.known.remove_if(who, |(until, _)| *until <= Instant::now());
        let Ok((_, what)) = self.known.get_or_insert_with(who, || Ok::<_, Infallible>((Instant::now() + self.lifetime, begin())));
        what
    }

    pub fn insert(&self, who: K, what: V) {
        self.known.insert(who, (Instant::now() + self.lifetime, what));
    }

    pub fn forget(&self, who: &K) {
        self.known.remove(who);
    }

    pub fn forget_all(&self) {
        self.known.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test]
    async fn people_are_remembered_for_a_while_and_read_once() {
        let people = People::new(1_000, Duration::from_millis(50));
        people.insert(1, "ada");
        assert_eq!(people.get(&1), Some("ada"));
        people.forget(&1);
        assert_eq!(people.get(&1), None);
        assert_eq!(people.get_or_read(&1, || async { Err::<&str, _>("away") }).await, Err("away"), "and not remembered");
        let asked = async |name| {
            people
                .get_or_read(&1, || async {
                    tokio::task::yield_now().await;
                    Ok::<_, ()>(name)
                })
                .await
        };
        assert_eq!(tokio::join!(asked("bob"), asked("eve")), (Ok("bob"), Ok("bob")), "read once");
        people.forget(&1);
        let (before, (), after) = tokio::join!(asked("fay"), async { people.forget(&1) }, asked("gil"));
        assert_eq!((before, after, people.get(&1)), (Ok("fay"), Ok("gil"), Some("gil")), "who asks after a change hears of it");
        tokio::time::sleep(Duration::from_millis(60)).await;
        assert_eq!(people.get(&1), None, "too old");
        assert_eq!(asked("cleo").await, Ok("cleo"));
        people.forget_all();
        assert_eq!(people.get(&1), None);
    }

    #[tokio::test]
    async fn things_are_read_once_and_an_error_is_told_to_all_who_waited() {
        let things = Things::<String, u32>::new(100, Duration::from_millis(50));
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
            assert!(matches!(answer, Err(Error::Unavailable { retry_after_seconds: 7 })), "{answer:?}");
        }
        assert_eq!((reads.load(Ordering::Relaxed), things.get("lamp")), (1, None));
        assert_eq!((ask(Ok(2)).await.unwrap(), ask(Ok(3)).await.unwrap(), things.get("lamp")), (2, 2, Some(2)));
        tokio::time::sleep(Duration::from_millis(60)).await;
        assert_eq!((things.get("lamp"), ask(Ok(4)).await.unwrap()), (None, 4), "too old");
        things.forget("lamp");
        let (read, ()) = tokio::join!(ask(Ok(5)), async { things.forget("lamp") });
        assert_eq!((read.unwrap(), things.get("lamp")), (5, None), "it changed while it was read");
    }

    #[test]
    fn things_weigh_no_more_than_they_may_and_what_is_asked_for_again_stays() {
        let things = Things::<String, &str>::weighed(100, 1_000, Duration::from_mins(1), |key, thing| (key.len() + thing.len()) as u64);
        things.insert("lamp".to_owned(), "bright");
        for nth in 0..10_000 {
            things.insert(format!("{nth:05}"), "there is none");
            assert_eq!(things.get("lamp"), Some("bright"), "after {nth}");
        }
        let weight: usize = (0..10_000).filter_map(|nth| things.get(&format!("{nth:05}"))).map(|thing| 5 + thing.len()).sum();
        assert!((500..=1_000).contains(&weight), "{weight}");
    }

    #[test]
    fn whoever_comes_now_is_taken_in_however_often_the_others_were_asked_for() {
        let people = People::new(10_000, Duration::from_mins(1));
        for who in 0..10_000 {
            people.insert(who, ());
            people.get(&who);
        }
        for who in 10_000..15_000 {
            people.insert(who, ());
        }
        let known = |range: std::ops::Range<i32>| range.filter(|who| people.get(who).is_some()).count();
        assert!(known(10_000..15_000) > 4_900, "{} of 5,000", known(10_000..15_000));
        assert!(known(0..15_000) <= 10_000 + 100);
    }
}
