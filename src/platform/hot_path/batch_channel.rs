//! A bounded channel whose receiver takes messages in batches.

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

/// How long an incomplete batch waits for more messages.
const LINGER: Duration = Duration::from_millis(2);

/// How many messages to wait for, given the size of the last batch: nearly as many, or none when
/// the last batch was small.
fn expected(last: usize) -> usize {
    last.saturating_sub(last / 8 + 8)
}

/// A channel of at most `bound` messages. The receiver is woken by the first message, and then once
/// by the message that completes the batch it waits for. Waking it for each message would take
/// thread time from all of them.
pub fn batch_channel<T>(bound: usize) -> (BatchSender<T>, BatchReceiver<T>) {
    let (sender, receiver) = mpsc::channel(bound);
    let wanted = Arc::new(Wanted { count: AtomicUsize::new(usize::MAX), complete: Notify::new() });
    (BatchSender { sender, wanted: wanted.clone() }, BatchReceiver { receiver, wanted })
}

/// The sending half. Cheap to clone.
pub struct BatchSender<T> {
    sender: mpsc::Sender<T>,
    wanted: Arc<Wanted>,
}

/// The receiving half.
pub struct BatchReceiver<T> {
    receiver: mpsc::Receiver<T>,
    wanted: Arc<Wanted>,
}

/// How many messages the receiver waits for.
struct Wanted {
    /// `usize::MAX` while it does not wait for a batch to fill.
    count: AtomicUsize,
    complete: Notify,
}

impl<T> Clone for BatchSender<T> {
    fn clone(&self) -> Self {
        Self { sender: self.sender.clone(), wanted: self.wanted.clone() }
    }
}

impl<T> BatchSender<T> {
    /// Sends a message. Fails when the channel is full or closed.
    pub fn try_send(&self, message: T) -> Result<(), mpsc::error::TrySendError<T>> {
        self.sender.try_send(message)?;
        let queued = self.sender.max_capacity() - self.sender.capacity();
        let Wanted { count, complete } = &*self.wanted;
        if queued >= count.load(Ordering::Relaxed)
            && count.swap(usize::MAX, Ordering::Relaxed) != usize::MAX
        {
            complete.notify_one();
        }
        Ok(())
    }

    pub fn is_closed(&self) -> bool {
        self.sender.is_closed()
    }
}

impl<T> BatchReceiver<T> {
    /// Receives a batch of at most `max` messages: those that are queued, and, if they are much
    /// fewer than the `last` batch, those that arrive within two milliseconds. Without that wait,
    /// the first shoppers to come back in a rush would form a small batch of their own, which costs
    /// nearly as much as a large one and keeps all others waiting. After a small batch there is no
    /// wait. False when the channel is closed and empty.
    pub async fn recv_batch(&mut self, batch: &mut Vec<T>, max: usize, last: usize) -> bool {
        if self.receiver.recv_many(batch, max).await == 0 {
            return false;
        }
        let missing = max.min(expected(last)).saturating_sub(batch.len());
        if missing > 0 {
            self.wanted.count.store(missing, Ordering::Relaxed);
            // A message sent just before this store woke nobody. If the check below misses it too,
            // or an old notification ends the wait early, the batch is only smaller or later.
            if self.receiver.len() < missing {
                let _ = timeout(LINGER, self.wanted.complete.notified()).await;
            }
            self.wanted.count.store(usize::MAX, Ordering::Relaxed);
            self.drain_ready(batch, max);
        }
        true
    }

    /// Adds queued messages to the batch, up to `max` in all, without waiting.
    pub fn drain_ready(&mut self, batch: &mut Vec<T>, max: usize) {
        while batch.len() < max
            && let Ok(message) = self.receiver.try_recv()
        {
            batch.push(message);
        }
    }

    /// Closes the channel to senders; queued messages can still be received.
    pub fn close(&mut self) {
        self.receiver.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_batch_lingers_until_it_is_about_as_large_as_the_last() {
        let (sender, mut receiver) = batch_channel(64);
        let send =
            |numbers: std::ops::Range<i32>| numbers.for_each(|nth| sender.try_send(nth).unwrap());
        let mut batch = vec![];
        send(0..1);
        assert!(receiver.recv_batch(&mut batch, 32, 9).await);
        assert_eq!(batch, [0], "a small batch does not wait");
        batch.clear();
        send(1..2);
        let later = sender.clone();
        let sending = tokio::spawn(async move {
            for nth in 2..24 {
                tokio::task::yield_now().await;
                later.try_send(nth).unwrap();
            }
        });
        assert!(receiver.recv_batch(&mut batch, 32, 32).await);
        assert!(
            (20..24).contains(&batch.len()),
            "the twentieth message wakes it, or one soon after: {}",
            batch.len()
        );
        assert!(
            batch.iter().copied().eq(1..=i32::try_from(batch.len()).unwrap()),
            "in the order of sending"
        );
        sending.await.unwrap();
        receiver.drain_ready(&mut batch, usize::MAX);
        batch.clear();
        send(50..51);
        assert!(receiver.recv_batch(&mut batch, 32, 32).await);
        assert_eq!(batch, [50], "nothing else came, and the wait ended");
        batch.clear();
        send(0..10);
        assert!(receiver.recv_batch(&mut batch, 8, 64).await);
        assert_eq!(batch.len(), 8);
        receiver.drain_ready(&mut batch, 9);
        assert_eq!(batch.len(), 9);
        drop(sender);
        batch.clear();
        assert!(receiver.recv_batch(&mut batch, 8, 64).await);
        assert_eq!(batch, [9]);
        assert!(!receiver.recv_batch(&mut vec![], 8, 1).await);
    }

    #[tokio::test]
    async fn a_full_channel_and_a_closed_one_refuse() {
        let (sender, mut receiver) = batch_channel(1);
        sender.try_send(1).unwrap();
        assert!(sender.try_send(2).is_err());
        receiver.close();
        assert!(sender.is_closed());
        let mut batch = vec![];
        assert!(
            receiver.recv_batch(&mut batch, 8, 1).await && batch == [1],
            "a queued message is received"
        );
        assert!(!receiver.recv_batch(&mut batch, 8, 1).await);
    }
}
