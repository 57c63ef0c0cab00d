//! A thread and database connections of their own for the few tasks that every shopper waits for:
//! the item writers, the session lookup and the committers of orders and payments. Among the tasks of all
//! requests, each answer from the database would wait its turn behind a thousand others.

use std::{future::Future, sync::Arc};

use tokio::runtime::{Builder, Runtime};

use crate::platform::{Db, db::BY_KEYS};

/// Connections at most: two for each item in demand at the same time, one for sessions, and one for each
/// of five kinds of group.
const CONNECTIONS_MAX: u32 = 17;

/// Cheap to clone; the thread ends with the last clone.
#[derive(Clone)]
pub struct DedicatedPool(Arc<PoolParts>);

struct PoolParts {
    db: Db,
    /// None only during drop.
    runtime: Option<Runtime>,
}

impl DedicatedPool {
    /// A pool for the same database as `db`.
    pub fn beside(db: &Db) -> anyhow::Result<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("smp-hot")
            .enable_all()
            .build()?;
        let db = {
            let _entered = runtime.enter();
            db.separate_pool(CONNECTIONS_MAX, &BY_KEYS)
        };
        Ok(Self(Arc::new(PoolParts { db, runtime: Some(runtime) })))
    }

    /// The pool's connections, for tasks spawned on it.
    pub fn db(&self) -> &Db {
        &self.0.db
    }

    /// Runs a task on the dedicated thread. It should compute little and never block.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        if let Some(runtime) = &self.0.runtime {
            runtime.spawn(task);
        }
    }
}

impl Drop for PoolParts {
    fn drop(&mut self) {
        // The last clone may be dropped on a runtime's thread, which must not block.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
