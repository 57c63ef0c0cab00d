//! A queue that is taken group by group: whoever is there, and whoever is about to come.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::{Notify, mpsc},
    time::timeout,
};

/// How long a group waits for those who are about to come.
const LINGER: Duration = Duration::from_millis(2);

/// Nearly as many as the last time; none when those were few.
fn about(last: usize) -> usize {
    last.saturating_sub(last / 8 + 8)
}

/// A queue of at most `bound` whose taker is woken by the first who comes, then by as many as it
/// waits for: a thread that each of them wakes has less time for them all.
pub fn batch_channel<T>(bound: usize) -> (BatchSender<T>, BatchReceiver<T>) {
    let (sender, receiver) = mpsc::channel(bound);
    let wanted = Arc::new(Wanted { count: AtomicUsize::new(usize::MAX), there: Notify::new() });
    (BatchSender { sender, wanted: wanted.clone() }, BatchReceiver { receiver, wanted })
}

/// Where one comes in. Cheap to clone.
pub struct BatchSender<T> {
    sender: mpsc::Sender<T>,
    wanted: Arc<Wanted>,
}

/// Where they are taken, group by group.
pub struct BatchReceiver<T> {
    receiver: mpsc::Receiver<T>,
    wanted: Arc<Wanted>,
}

/// How many the taker waits for.
struct Wanted {
    /// `usize::MAX` when it does not wait for many.
    count: AtomicUsize,
    there: Notify,
}

impl<T> Clone for BatchSender<T> {
    fn clone(&self) -> Self {
        Self { sender: self.sender.clone(), wanted: self.wanted.clone() }
    }
}

impl<T> BatchSender<T> {
    /// Goes in; refused when the queue is full, or closed.
    pub fn try_send(&self, one: T) -> Result<(), mpsc::error::TrySendError<T>> {
        self.sender.try_send(one)?;
        let came = self.sender.max_capacity() - self.sender.capacity();
        let Wanted { count, there } = &*self.wanted;
        if came >= count.load(Ordering::Relaxed)
            && count.swap(usize::MAX, Ordering::Relaxed) != usize::MAX
        {
            there.notify_one();
        }
        Ok(())
    }

    pub fn is_closed(&self) -> bool {
        self.sender.is_closed()
    }
}

impl<T> BatchReceiver<T> {
    /// Takes a group of those who came, at most `max`: whoever is there already; and when those are
    /// fewer than about as many as the last time, whoever comes within a moment. In a rush the
    /// first to come again would else be a small group of their own, which costs nearly as much as
    /// a large one and keeps all others waiting. Few do not wait. False when nobody will come any
    /// more.
    pub async fn gather(&mut self, group: &mut Vec<T>, max: usize, last: usize) -> bool {
        if self.receiver.recv_many(group, max).await == 0 {
            return false;
        }
        let missing = max.min(about(last)).saturating_sub(group.len());
        if missing > 0 {
            self.wanted.count.store(missing, Ordering::Relaxed);
            // Who came just before that woke nobody. Should that be overlooked the moment ends, as
            // it does for an old call.
            if self.receiver.len() < missing {
                let _ = timeout(LINGER, self.wanted.there.notified()).await;
            }
            self.wanted.count.store(usize::MAX, Ordering::Relaxed);
            self.take_there(group, max);
        }
        true
    }

    /// Takes whoever is there, up to `max` in the group.
    pub fn take_there(&mut self, group: &mut Vec<T>, max: usize) {
        while group.len() < max
            && let Ok(one) = self.receiver.try_recv()
        {
            group.push(one);
        }
    }

    /// Lets nobody in any more; who is there already can be taken.
    pub fn close(&mut self) {
        self.receiver.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_group_waits_a_moment_for_about_as_many_as_came_last() {
        let (entrance, mut arrivals) = batch_channel(64);
        let come =
            |numbers: std::ops::Range<i32>| numbers.for_each(|nth| entrance.try_send(nth).unwrap());
        let mut group = vec![];
        come(0..1);
        assert!(arrivals.gather(&mut group, 32, 9).await);
        assert_eq!(group, [0], "few do not wait");
        group.clear();
        come(1..2);
        let later = entrance.clone();
        let coming = tokio::spawn(async move {
            for nth in 2..24 {
                tokio::task::yield_now().await;
                later.try_send(nth).unwrap();
            }
        });
        assert!(arrivals.gather(&mut group, 32, 32).await);
        assert!(
            (20..24).contains(&group.len()),
            "it is woken by the twentieth, or soon after: {}",
            group.len()
        );
        assert!(
            group.iter().copied().eq(1..=i32::try_from(group.len()).unwrap()),
            "in the order in which they came"
        );
        coming.await.unwrap();
        arrivals.take_there(&mut group, usize::MAX);
        group.clear();
        come(50..51);
        assert!(arrivals.gather(&mut group, 32, 32).await);
        assert_eq!(group, [50], "nobody else came, and the moment ended");
        group.clear();
        come(0..10);
        assert!(arrivals.gather(&mut group, 8, 64).await);
        assert_eq!(group.len(), 8);
        arrivals.take_there(&mut group, 9);
        assert_eq!(group.len(), 9);
        drop(entrance);
        group.clear();
        assert!(arrivals.gather(&mut group, 8, 64).await);
        assert_eq!(group, [9]);
        assert!(!arrivals.gather(&mut vec![], 8, 1).await);
    }

    #[tokio::test]
    async fn a_full_queue_and_a_closed_one_refuse() {
        let (entrance, mut arrivals) = batch_channel(1);
        entrance.try_send(1).unwrap();
        assert!(entrance.try_send(2).is_err());
        arrivals.close();
        assert!(entrance.is_closed());
        let mut group = vec![];
        assert!(arrivals.gather(&mut group, 8, 1).await && group == [1], "who is in is dealt with");
        assert!(!arrivals.gather(&mut group, 8, 1).await);
    }
}
