//! What jobs need.

use graphile_worker::WorkerContext;

use crate::{
    platform::{Db, Load, Platform, db::IN_ORDER},
    providers::Themes,
};

/// Connections of the queue's bookkeeping. Two lanes listen on one each.
const QUEUE_CONNECTIONS_MAX: u32 = 8;

/// What jobs need.
#[derive(Clone)]
pub struct Tools {
    pub platform: Platform,
    pub themes: Themes,
    /// For the bookkeeping of the queue.
    pub queue: Db,
    pub load: Load,
}

impl Tools {
    pub fn new(platform: &Platform, themes: &Themes) -> Self {
        Self {
            platform: platform.clone(),
            themes: themes.clone(),
            queue: platform.db.separate_pool(QUEUE_CONNECTIONS_MAX, &IN_ORDER),
            load: Load::default(),
        }
    }
}

impl std::fmt::Debug for Tools {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tools")
    }
}

pub fn tools(ctx: &WorkerContext) -> Result<Tools, String> {
    ctx.get_ext::<Tools>()
        .cloned()
        .ok_or_else(|| "the worker was started without its tools".to_owned())
}

/// Bulk waits a moment when the machine is busy.
pub async fn give_way(ctx: &WorkerContext) {
    if let Some(tools) = ctx.get_ext::<Tools>() {
        tools.load.give_way().await;
    }
}
