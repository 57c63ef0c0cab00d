//! Adapters to the outside world, each with its embedded default.

pub mod broker;
mod client_address;
pub mod config;
mod cookies;
pub mod db;
pub mod embedded_postgres;
mod fault_point;
pub mod hot_path;
mod lease;
mod load;
mod low_priority;
pub mod mailer;
pub mod objects;
pub mod paper;
pub mod rate_limiter;
mod real_gateways;
pub mod retention;
pub mod sms;
pub mod telemetry;
pub mod timekeeper;
pub mod urls;

use std::sync::Arc;

pub use broker::Broker;
pub use client_address::{client_of, neighbourhood, network};
pub use config::{Config, ConfigProblems};
pub use cookies::site_cookie;
pub use db::{Db, Tx};
pub use fault_point::FaultPoint;
pub use hot_path::{
    BatchLoader, Cookies, DedicatedPool, ENTRY_BYTES, Groups, GzipParts, Placeholders, Segment,
    TtlCache,
};
pub use lease::one_at_a_time;
pub use load::{Load, count_answer};
pub use low_priority::at_low_priority;
pub use mailer::Mailer;
pub use objects::Objects;
pub use rate_limiter::RateLimiter;
pub use sms::Sms;
pub use urls::{PortalPath, PublicPath};

use crate::kernel::{AddressFormats, Clock};

/// Everything outside itself that a slice may use. Cheap to clone.
#[derive(Clone)]
pub struct Platform(Arc<Parts>);

#[derive(Clone)]
pub struct Parts {
    pub config: Config,
    pub db: Db,
    pub dedicated: DedicatedPool,
    /// The committers of what is handled in groups.
    pub groups: Groups,
    pub objects: Objects,
    pub broker: Broker,
    pub mailer: Mailer,
    pub sms: Sms,
    pub limits: RateLimiter,
    pub addresses: Arc<AddressFormats>,
    pub clock: Clock,
    /// Cancelled when the process is told to stop. Long responses, such as event streams, end then.
    pub shutdown: tokio_util::sync::CancellationToken,
}

impl Platform {
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// The same with database connections of its own, so that neither waits for the other's.
    #[must_use]
    pub fn with_separate_pool(&self, connections_max: u32) -> Self {
        let db = self.db.separate_pool(connections_max, &[]);
        Self::new(Parts { db, ..Parts::clone(self) })
    }

    /// Ends the process, if tests want it to end here.
    pub fn fault_point(&self, point: FaultPoint) {
        if self.config.fault_point == Some(point) {
            std::process::abort();
        }
    }

    /// The absolute address of a hosted page, file or endpoint.
    pub fn public_url(&self, path: PublicPath) -> String {
        format!("{}{path}", self.config.base_url)
    }

    /// The absolute address of a page of the portal.
    pub fn portal_url(&self, path: PortalPath) -> String {
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
