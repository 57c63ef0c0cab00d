//! A lane of its own for the few tasks that everyone waits for: a thread, and connections to the
//! database that are read on it. Were they among the tasks of all requests, each answer of the
//! database would wait its turn behind a thousand of those.

use std::{future::Future, sync::Arc};

use tokio::runtime::{Builder, Runtime};

use super::{Db, db::BY_KEYS};

/// Connections of the lane at most: two for each item that is hot at the same time, and one for
/// sessions.
const CONNECTIONS_MAX: u32 = 12;

/// Cheap to clone; the thread ends with the last clone.
#[derive(Clone)]
pub struct DedicatedPool(Arc<Lane>);

struct Lane {
    db: Db,
    /// None only while it is dropped.
    runtime: Option<Runtime>,
}

impl DedicatedPool {
    /// A lane to the same database as `db`.
    pub fn beside(db: &Db) -> anyhow::Result<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("smp-hot")
            .enable_all()
            .build()?;
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

impl Drop for Lane {
    fn drop(&mut self) {
        // The last clone may go on a thread that must not wait for another.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
