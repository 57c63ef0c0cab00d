//! What a node remembers of the database, so that it need not ask again: one kind of cache for people, one for things.

use std::{
    hash::Hash,
    sync::Arc,
    time::{Duration, Instant},
};

use foldhash::fast::RandomState;
use moka::future::{Cache, CacheBuilder};
use quick_cache::{
    OptionsBuilder, UnitWeighter,
    sync::{Cache as Ring, DefaultLifecycle},
};

/// Of a full memory of people, the share for who was asked for again; the rest goes in the order in which it came.
const KEPT: f64 = 0.1;

/// Its keys are ids, hashes and slugs of what there is; a hash that is fast does for them.
pub type Memory<K, V> = Cache<K, V, RandomState>;

/// At most so many things, each for so long, also that there is no such thing. When it is full, what is asked for often stays:
/// whoever asks for a thousand things that are not there does not drive out those that are.
pub fn memory_of_things<K, V>(max: u64, lifetime: Duration) -> Memory<K, V>
where
    K: Eq + Hash + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    CacheBuilder::new(max).time_to_live(lifetime).build_with_hasher(RandomState::default())
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

    /// The same; what is not remembered is read, once however many ask. What cannot be read is not remembered.
    pub async fn get_or_read<E>(&self, who: &K, read: impl Future<Output = Result<V, E>>) -> Result<V, E> {
        self.known.remove_if(who, |(until, _)| *until <= Instant::now());
        let read = async { Ok((Instant::now() + self.lifetime, read.await?)) };
        self.known.get_or_insert_async(who, read).await.map(|(_, what)| what)
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
    use super::*;

    #[tokio::test]
    async fn people_are_remembered_for_a_while_and_read_once() {
        let people = People::new(1_000, Duration::from_millis(50));
        people.insert(1, "ada");
        assert_eq!(people.get(&1), Some("ada"));
        people.forget(&1);
        assert_eq!(people.get(&1), None);
        assert_eq!(people.get_or_read(&1, async { Err::<&str, _>("away") }).await, Err("away"), "and not remembered");
        let asked = async |name| {
            people
                .get_or_read(&1, async {
                    tokio::task::yield_now().await;
                    Ok::<_, ()>(name)
                })
                .await
        };
        assert_eq!(tokio::join!(asked("bob"), asked("eve")), (Ok("bob"), Ok("bob")), "read once");
        tokio::time::sleep(Duration::from_millis(60)).await;
        assert_eq!(people.get(&1), None, "too old");
        assert_eq!(asked("cleo").await, Ok("cleo"));
        people.forget_all();
        assert_eq!(people.get(&1), None);
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
