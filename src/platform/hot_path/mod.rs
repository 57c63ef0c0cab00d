//! Everything that exists only for speed: what the second in which a sale opens needs, and no other
//! second does.
//!
//! The contract:
//!
//! - **Same answers.** A fast path answers exactly as the ordinary path does: status, headers, body,
//!   effects. Whatever it cannot answer that way it hands on to the ordinary path unchanged.
//!   `tests/it/express.rs` sends each request both ways and compares the answers.
//! - **No truth of its own.** Nothing here decides anything. Postgres decides; a cache only saves a
//!   question. An entry is dropped when a [`Notice`](super::broker::Notice) names it, and expires on
//!   its own after a few seconds, so that a lost notice costs freshness and never correctness.
//! - **Bounded.** Every cache, channel and batch has a maximum. When it is reached, callers get 503
//!   with `Retry-After`.
//! - **Removable.** Each part can be replaced by its plain counterpart without touching a rule: a
//!   cache by its read, a batch by a single statement, the dedicated pool by the general one.
//!
//! | part | what it saves |
//! | --- | --- |
//! | [`TtlCache`] | a read of the database for what this node read a moment ago |
//! | [`BatchLoader`] | a statement per request: concurrent requests share one |
//! | [`batch_channel`] | a wake-up and a transaction per request: a consumer takes them in groups |
//! | [`submit`] | a transaction per order and payment: a committer takes them in groups |
//! | [`DedicatedPool`] | waiting behind the tasks of all other requests |
//! | [`Cookies`] | parsing every cookie of a request to read one |
//! | [`Placeholders`] | rendering a page or an email for each of its readers |
//! | [`GzipParts`] | compressing a page for each of its readers |
//!
//! `http/express.rs` belongs to it as well: it answers Buy and the product page before the routers.
//! It stands among the composition roots because it calls slices, which `platform` cannot.

mod batch_channel;
mod batch_loader;
mod dedicated_pool;
mod group_commit;
mod gzip_parts;
mod header_cookies;
mod placeholders;
mod ttl_cache;

pub use batch_channel::{BatchReceiver, BatchSender, batch_channel};
pub use batch_loader::BatchLoader;
pub use dedicated_pool::DedicatedPool;
pub use group_commit::{GroupAnswers, Grouped, Groups, firsts, refusal, submit};
pub use gzip_parts::GzipParts;
pub use header_cookies::Cookies;
pub use placeholders::{Placeholders, Segment};
pub use ttl_cache::{ENTRY_BYTES, TtlCache};
