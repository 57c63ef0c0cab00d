//! Answers concurrent lookups with one query (the DataLoader pattern). When a sale opens, every
//! shopper's session, cart and visit is asked for in the same second; whatever is asked while a
//! query is under way goes into the next one.

use std::time::Duration;

use tokio::sync::oneshot;

use super::batch_channel::{BatchSender, batch_channel};
use crate::kernel::{Error, Result};

/// Keys in one query at most.
const BATCH_MAX: usize = 512;
/// Keys that wait for a query at most; past it the answer is 503.
const QUEUE_MAX: usize = 65_536;
/// A query that takes longer is given up: its connection is dead.
const QUERY_TIMEOUT: Duration = Duration::from_secs(5);

const BUSY: Error = Error::Unavailable { retry_after_seconds: 2 };

/// The handle callers load through. Cheap to clone.
pub struct BatchLoader<K, V>(BatchSender<(K, oneshot::Sender<Result<V>>)>);

impl<K, V> Clone for BatchLoader<K, V> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<K: Send + 'static, V: Send + 'static> BatchLoader<K, V> {
    /// A loader, and the task that runs its queries until the last clone is dropped. `query` gets a
    /// batch of keys and returns a value for each, in the same order. If it fails, the error is
    /// logged under `name` and each caller of the batch gets 503.
    pub fn new<F>(
        name: &'static str,
        query: impl Fn(Vec<K>) -> F + Send + 'static,
    ) -> (Self, impl Future<Output = ()> + Send)
    where
        F: Future<Output = Result<Vec<V>>> + Send,
    {
        let (sender, mut receiver) = batch_channel(QUEUE_MAX);
        let task = async move {
            let mut batch = Vec::with_capacity(BATCH_MAX);
            let mut last = 1;
            while receiver.recv_batch(&mut batch, BATCH_MAX, last).await {
                last = batch.len();
                let (keys, callers): (Vec<K>, Vec<oneshot::Sender<Result<V>>>) =
                    batch.drain(..).unzip();
                let values = tokio::time::timeout(QUERY_TIMEOUT, query(keys))
                    .await
                    .unwrap_or(Err(BUSY))
                    .map_err(|error| {
                        tracing::error!(?error, name, count = last, "a batch query failed");
                    });
                let mut values = values.map(IntoIterator::into_iter);
                for caller in callers {
                    let value = values.as_mut().ok().and_then(Iterator::next);
                    // An error means that the caller has gone.
                    let _ = caller.send(value.ok_or(BUSY));
                }
            }
        };
        (Self(sender), task)
    }

    /// The value of `key`, loaded together with others.
    pub async fn load(&self, key: K) -> Result<V> {
        let (caller, value) = oneshot::channel();
        self.0.try_send((key, caller)).map_err(|_| BUSY)?;
        value.await.map_err(|_| BUSY)?
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    use futures_util::future::join_all;

    use super::*;

    #[tokio::test]
    async fn concurrent_loads_share_few_queries_and_each_gets_its_own_value() {
        let queries = Arc::new(AtomicUsize::new(0));
        let counted = queries.clone();
        let (doubles, task) = BatchLoader::new("doubles", move |numbers: Vec<u64>| {
            counted.fetch_add(1, Ordering::Relaxed);
            async move {
                tokio::task::yield_now().await;
                if numbers.contains(&13) {
                    Err(Error::NotFound("number"))
                } else {
                    Ok(numbers.into_iter().map(|number| 2 * number).collect())
                }
            }
        });
        let task = tokio::spawn(task);
        let answers = join_all((20..220).map(|number| doubles.load(number))).await;
        assert!((20..220).zip(answers).all(|(number, answer)| answer.unwrap() == 2 * number));
        assert!(queries.load(Ordering::Relaxed) <= 3, "{queries:?} queries");
        assert!(matches!(doubles.load(13).await, Err(Error::Unavailable { .. })));
        assert_eq!(doubles.load(14).await.unwrap(), 28, "a failed batch does not fail the next");
        drop(doubles);
        task.await.unwrap();
    }
}
