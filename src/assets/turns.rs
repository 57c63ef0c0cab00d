//! Whose file is processed next. Each may take hundreds of megabytes and a core, so a node processes
//! few at once. Waiting tenants take turns: one with many files waits for itself, and delays the
//! others by no more than the files under way.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::oneshot;

use crate::kernel::TenantId;

/// Files of one tenant that wait on one node, at most.
pub const WAITING_MAX: usize = 40;

/// The turns of one node.
pub struct Turns(Mutex<WaitingFiles>);

struct WaitingFiles {
    /// Files that may be processed now, besides those under way.
    free: usize,
    /// The tenant whose turn is next first; each with its files in order.
    tenants: VecDeque<(TenantId, VecDeque<oneshot::Sender<Turn>>)>,
}

/// A file may be processed until this is dropped.
pub struct Turn(&'static Turns);

/// A tenant's files that wait already are as many as may.
#[derive(Debug)]
pub struct TooManyWaiting;

impl Turns {
    pub const fn new(at_once: usize) -> Self {
        Self(Mutex::new(WaitingFiles { free: at_once, tenants: VecDeque::new() }))
    }

    /// Waits for a turn. A wait that is given up loses its place and nothing else.
    pub async fn take(&'static self, tenant: TenantId) -> Result<Turn, TooManyWaiting> {
        let turn = {
            let mut waiting = self.waiting();
            if waiting.free > 0 {
                waiting.free -= 1;
                return Ok(Turn(self));
            }
            let (sender, turn) = oneshot::channel();
            match waiting.tenants.iter_mut().find(|(other, _)| *other == tenant) {
                Some((_, files)) => {
                    files.retain(|file| !file.is_closed());
                    if files.len() >= WAITING_MAX {
                        return Err(TooManyWaiting);
                    }
                    files.push_back(sender);
                }
                None => waiting.tenants.push_back((tenant, [sender].into())),
            }
            turn
        };
        // The sender is dropped only after it was used.
        turn.await.map_err(|_| TooManyWaiting)
    }

    fn waiting(&self) -> MutexGuard<'_, WaitingFiles> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut waiting = self.0.waiting();
        while let Some((tenant, mut files)) = waiting.tenants.pop_front() {
            let Some(file) = files.pop_front() else { continue };
            waiting.tenants.push_back((tenant, files));
            match file.send(Turn(self.0)) {
                Ok(()) => return,
                // It waits no more. Its turn is given to the next here, and not by its drop.
                Err(turn) => std::mem::forget(turn),
            }
        }
        waiting.free += 1;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// Lets the tasks that were spawned run until they wait.
    async fn settle() {
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn tenants_take_turns_whatever_each_has_waiting() {
        static TURNS: Turns = Turns::new(1);
        let (many, few) = (TenantId::new(), TenantId::new());
        let first = TURNS.take(many).await.unwrap();
        let (done, mut order) = tokio::sync::mpsc::unbounded_channel();
        for (tenant, name) in
            [(many, "many 1"), (many, "many 2"), (many, "many 3"), (few, "few 1"), (few, "few 2")]
        {
            let done = done.clone();
            tokio::spawn(async move {
                let _turn = TURNS.take(tenant).await.unwrap();
                done.send(name).unwrap();
            });
            settle().await;
        }
        drop((first, done));
        let mut took = vec![];
        while let Some(name) = order.recv().await {
            took.push(name);
        }
        assert_eq!(took, ["many 1", "few 1", "many 2", "few 2", "many 3"]);
        assert_eq!(TURNS.waiting().free, 1);
    }

    #[tokio::test]
    async fn a_wait_that_is_given_up_costs_no_turn_and_waits_are_bounded() {
        static TURNS: Turns = Turns::new(1);
        let (tenant, other) = (TenantId::new(), TenantId::new());
        let first = TURNS.take(tenant).await.unwrap();
        let briefly = tokio::time::timeout(Duration::from_millis(5), TURNS.take(tenant));
        assert!(briefly.await.is_err());
        let waits: Vec<_> = (0..WAITING_MAX).map(|_| tokio::spawn(TURNS.take(tenant))).collect();
        settle().await;
        let one_more = tokio::time::timeout(Duration::from_millis(50), TURNS.take(tenant)).await;
        assert!(matches!(one_more, Ok(Err(TooManyWaiting))), "one more of the same tenant");
        let of_another = tokio::spawn(TURNS.take(other));
        settle().await;
        for wait in waits {
            wait.abort();
        }
        settle().await;
        drop(first);
        drop(of_another.await.unwrap().unwrap());
        assert_eq!(TURNS.waiting().free, 1);
    }
}
