//! What a node remembers of the database, so that it need not ask again: one kind of cache for all of it.

use std::{hash::Hash, time::Duration};

use foldhash::fast::RandomState;
use moka::{
    future::{Cache, CacheBuilder},
    policy::EvictionPolicy,
};

/// Its keys are ids, hashes and slugs of what there is; a hash that is fast does for them.
pub type Memory<K, V> = Cache<K, V, RandomState>;

/// At most so many people, each for so long. When it is full, whoever was not asked for longest goes: by moka's standard policy
/// it would rather keep whom it knows than take in those who come now.
pub fn memory_of_people<K, V>(max: u64, lifetime: Duration) -> Memory<K, V>
where
    K: Eq + Hash + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    build(CacheBuilder::new(max).eviction_policy(EvictionPolicy::lru()), lifetime)
}

/// At most so many things, each for so long, also that there is no such thing. When it is full, what is asked for often stays:
/// whoever asks for a thousand things that are not there does not drive out those that are.
pub fn memory_of_things<K, V>(max: u64, lifetime: Duration) -> Memory<K, V>
where
    K: Eq + Hash + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    build(CacheBuilder::new(max), lifetime)
}

fn build<K, V>(builder: CacheBuilder<K, V, Cache<K, V>>, lifetime: Duration) -> Memory<K, V>
where
    K: Eq + Hash + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    builder.time_to_live(lifetime).support_invalidation_closures().build_with_hasher(RandomState::default())
}
