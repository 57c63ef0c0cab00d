//! Many who ask at once are answered by one question to the database: whoever comes while the last
//! is under way waits for the next. When a sale opens, everyone's session, cart and visit is asked
//! for in the same second.

use std::time::Duration;

use tokio::sync::oneshot;

use super::batch_channel::{BatchSender, batch_channel};
use crate::kernel::{Error, Result};

/// Answered by one question at most.
const GROUP_MAX: usize = 512;
/// Who wait to be asked for at most; past it the answer is 503.
const ASKED_MAX: usize = 65_536;
/// What was not answered in this time cannot be at the moment: the connection is dead then.
const LIMIT: Duration = Duration::from_secs(5);

const BUSY: Error = Error::Unavailable { retry_after_seconds: 2 };

/// Asks together with others. Cheap to clone.
pub struct BatchLoader<K, V>(BatchSender<(K, oneshot::Sender<Result<V>>)>);

impl<K, V> Clone for BatchLoader<K, V> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<K: Send + 'static, V: Send + 'static> BatchLoader<K, V> {
    /// What to ask with, and the task that asks; it ends with the last clone. `answer` is given a
    /// group and answers each of it, in the same order. A group that cannot be answered is logged
    /// as `what`, and each of it is told 503.
    pub fn new<F>(
        what: &'static str,
        answer: impl Fn(Vec<K>) -> F + Send + 'static,
    ) -> (Self, impl Future<Output = ()> + Send)
    where
        F: Future<Output = Result<Vec<V>>> + Send,
    {
        let (entrance, mut asked) = batch_channel(ASKED_MAX);
        let task = async move {
            let mut group = Vec::with_capacity(GROUP_MAX);
            let mut last = 1;
            while asked.gather(&mut group, GROUP_MAX, last).await {
                last = group.len();
                let (keys, waiting): (Vec<K>, Vec<oneshot::Sender<Result<V>>>) =
                    group.drain(..).unzip();
                let answers = tokio::time::timeout(LIMIT, answer(keys))
                    .await
                    .unwrap_or(Err(BUSY))
                    .map_err(|error| {
                        tracing::error!(
                            ?error,
                            count = last,
                            "{what}: a group could not be answered"
                        );
                    });
                let mut answers = answers.map(IntoIterator::into_iter);
                for waits in waiting {
                    let answer = answers.as_mut().ok().and_then(Iterator::next);
                    // An error means that who asked has gone.
                    let _ = waits.send(answer.ok_or(BUSY));
                }
            }
        };
        (Self(entrance), task)
    }

    /// Asks and waits for the answer.
    pub async fn ask(&self, key: K) -> Result<V> {
        let (waits, answer) = oneshot::channel();
        self.0.try_send((key, waits)).map_err(|_| BUSY)?;
        answer.await.map_err(|_| BUSY)?
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
    async fn many_are_answered_by_few_questions_each_with_what_they_asked() {
        let questions = Arc::new(AtomicUsize::new(0));
        let counted = questions.clone();
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
        let answers = join_all((20..220).map(|number| doubles.ask(number))).await;
        assert!((20..220).zip(answers).all(|(number, answer)| answer.unwrap() == 2 * number));
        assert!(questions.load(Ordering::Relaxed) <= 3, "{questions:?} questions");
        assert!(matches!(doubles.ask(13).await, Err(Error::Unavailable { .. })));
        assert_eq!(doubles.ask(14).await.unwrap(), 28, "one failure is not the next one's");
        drop(doubles);
        task.await.unwrap();
    }
}
