//! A lane of its own for the few tasks that everyone waits for: a thread, and connections to the database that are read on it.
//! Were they among the tasks of all requests, each answer of the database would wait its turn behind a thousand of those.

use std::{future::Future, sync::Arc, time::Duration};

use tokio::{
    runtime::{Builder, Runtime},
    sync::mpsc,
    time::{Instant, timeout_at},
};

use super::Db;

/// Connections of the lane at most: two for each item that is hot at the same time, and one for sessions.
const CONNECTIONS_MAX: u32 = 12;

/// Its statements look up rows by keys. Their plans are made once for all groups, and those made while a table was small must not
/// walk through it when it has grown.
pub const BY_KEYS: [(&str, &str); 2] = [("enable_seqscan", "off"), ("plan_cache_mode", "force_generic_plan")];

/// How long a group waits for those who are about to come.
const LINGER: Duration = Duration::from_millis(2);

/// Cheap to clone; the thread ends with the last clone.
#[derive(Clone)]
pub struct Hot(Arc<Lane>);

struct Lane {
    db: Db,
    /// None only while it is dropped.
    runtime: Option<Runtime>,
}

impl Hot {
    /// A lane to the same database as `db`.
    pub fn beside(db: &Db) -> anyhow::Result<Self> {
        let runtime = Builder::new_multi_thread().worker_threads(1).thread_name("smp-hot").enable_all().build()?;
        let db = {
            let _in_it = runtime.enter();
            db.apart(CONNECTIONS_MAX, &BY_KEYS)
        };
        Ok(Self(Arc::new(Lane { db, runtime: Some(runtime) })))
    }

    /// The lane's own connections; to be used by tasks on it.
    pub fn db(&self) -> &Db {
        &self.0.db
    }

    /// Runs a task on the lane. It should compute little and never block.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        if let Some(runtime) = &self.0.runtime {
            runtime.spawn(task);
        }
    }
}

/// Takes a group of those who came, at most `max`: whoever is there already; and when those are far fewer than the last time,
/// whoever comes within a moment. In a rush the first to come again would else be a small group of their own, which costs nearly
/// as much as a large one and keeps all others waiting. Who comes alone does not wait. False when nobody will come any more.
pub async fn gather<T>(arrivals: &mut mpsc::Receiver<T>, group: &mut Vec<T>, max: usize, last: usize) -> bool {
    if arrivals.recv_many(group, max).await == 0 {
        return false;
    }
    let until = Instant::now() + LINGER;
    while group.len() < max.min(last / 2) {
        match timeout_at(until, arrivals.recv_many(group, max - group.len())).await {
            Ok(1..) => {}
            Ok(0) | Err(_) => break,
        }
    }
    true
}

impl Drop for Lane {
    fn drop(&mut self) {
        // The last clone may go on a thread that must not wait for another.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_group_waits_a_moment_for_as_many_as_came_last() {
        let (sender, mut arrivals) = mpsc::channel(16);
        let mut group = vec![];
        sender.send(1).await.unwrap();
        assert!(gather(&mut arrivals, &mut group, 8, 1).await);
        assert_eq!(group, [1], "who comes alone does not wait");
        group.clear();
        sender.send(2).await.unwrap();
        let later = sender.clone();
        tokio::spawn(async move {
            tokio::task::yield_now().await;
            for nth in 3..6 {
                later.send(nth).await.unwrap();
            }
        });
        assert!(gather(&mut arrivals, &mut group, 8, 8).await);
        assert_eq!(group, [2, 3, 4, 5]);
        group.clear();
        sender.send(6).await.unwrap();
        assert!(gather(&mut arrivals, &mut group, 8, 8).await);
        assert_eq!(group, [6], "nobody else came");
        group.clear();
        for nth in 0..10 {
            sender.send(nth).await.unwrap();
        }
        assert!(gather(&mut arrivals, &mut group, 8, 64).await);
        assert_eq!(group.len(), 8);
        drop(sender);
        group.clear();
        assert!(gather(&mut arrivals, &mut group, 8, 64).await);
        assert_eq!(group.len(), 2);
        assert!(!gather(&mut arrivals, &mut vec![], 8, 1).await);
    }
}
