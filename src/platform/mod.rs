//! Adapters to the world outside, each with its embedded default.

pub mod broker;
pub mod config;
pub mod db;
pub mod embedded_postgres;
pub mod hot_path;
pub mod limits;
pub mod mailer;
pub mod objects;
pub mod sms;
pub mod telemetry;
pub mod timekeeper;

use std::sync::Arc;

pub use broker::Broker;
pub use config::Config;
pub use db::{Db, Tx};
pub use hot_path::{
    BatchLoader, Cookies, DedicatedPool, GzipParts, Placeholders, Segment, TtlCache,
};
pub use limits::Limits;
pub use mailer::Mailer;
pub use objects::Objects;
pub use sms::Sms;

use crate::kernel::Clock;

/// Everything a slice may reach outside itself. Cheap to clone.
#[derive(Clone)]
pub struct Platform(Arc<Parts>);

pub struct Parts {
    pub config: Config,
    pub db: Db,
    pub dedicated: DedicatedPool,
    pub objects: Objects,
    pub broker: Broker,
    pub mailer: Mailer,
    pub sms: Sms,
    pub limits: Limits,
    pub clock: Clock,
    /// Cancelled when the process is to end; long answers end themselves by it.
    pub shutdown: tokio_util::sync::CancellationToken,
}

impl Platform {
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// An absolute address of this installation: `path` starts with `/`.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.config.base_url)
    }
}

impl std::ops::Deref for Platform {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl std::fmt::Debug for Platform {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Platform")
    }
}
