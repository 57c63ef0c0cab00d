//! The queue as its operators see it: how long each lane waits, which jobs fail, and trying one again.
//! The queue's own tables belong to `graphile_worker`; `events` adds jobs and `worker` runs them.

mod api;
mod failing;
mod lag;

pub use api::JobsApi;
pub use lag::measure;
