//! Live stock and phase by server-sent events. One reader per sale and node, however many listen.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::StreamExt;
use poem::{
    IntoResponse, Response, handler,
    web::{
        Path,
        sse::{Event, SSE},
    },
};
use serde::Serialize;
use time::format_description::well_known::Rfc3339;
use tokio::sync::watch;
use tokio_stream::wrappers::WatchStream;
use uuid::Uuid;

use super::{board::Boards, board::STOCK_PERIOD, failure::Failure, view::View};
use crate::{kernel::Error, platform::Platform};

/// A comment this often tells proxies and browsers that the line stands.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// What listeners of a sale are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    phase: &'static str,
    stock: Arc<[StockLine]>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct StockLine {
    id: Uuid,
    available: i32,
    capacity: i32,
}

/// The readers at work on this node, by sale.
#[derive(Clone)]
pub struct Live {
    platform: Platform,
    boards: Boards,
    readers: Arc<Mutex<HashMap<String, watch::Sender<State>>>>,
}

impl Live {
    pub fn new(platform: &Platform, boards: &Boards) -> Self {
        Self { platform: platform.clone(), boards: boards.clone(), readers: Arc::default() }
    }

    /// Listens to a sale; the first listener starts its reader. None when there is no such sale.
    async fn listen(&self, slug: &str) -> Result<Option<watch::Receiver<State>>, Error> {
        let Some(state) = self.read(slug).await? else { return Ok(None) };
        let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(reader) = readers.get(slug) {
            return Ok(Some(reader.subscribe()));
        }
        let (sender, receiver) = watch::channel(state);
        readers.insert(slug.to_owned(), sender.clone());
        tokio::spawn(self.clone().run(slug.to_owned(), sender));
        Ok(Some(receiver))
    }

    /// Tells the listeners of a sale what changed, at most once a period, until none is left.
    async fn run(self, slug: String, sender: watch::Sender<State>) {
        loop {
            tokio::select! {
                () = tokio::time::sleep(self.pause(&slug).await) => {}
                () = self.platform.shutdown.cancelled() => return,
            }
            {
                // Under the lock, so that nobody begins to listen to a reader that ends.
                let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
                if sender.receiver_count() == 0 {
                    readers.remove(&slug);
                    return;
                }
            }
            match self.read(&slug).await {
                Ok(Some(state)) => {
                    sender.send_if_modified(|told| {
                        let changed = *told != state;
                        *told = state;
                        changed
                    });
                }
                Ok(None) => {
                    self.readers.lock().unwrap_or_else(PoisonError::into_inner).remove(&slug);
                    return;
                }
                Err(error) => tracing::warn!(?error, slug, "live stock could not be read; it will be tried again"),
            }
        }
    }

    /// A period, or less when the sale starts or ends within it, or its registration does.
    async fn pause(&self, slug: &str) -> Duration {
        let Ok(Some(board)) = self.boards.get(slug).await else { return STOCK_PERIOD };
        let now = self.platform.clock.now();
        let content = &board.sale.content;
        let window = content.registration();
        let turns = [Some(content.starts_at), Some(content.ends_at), window.map(|window| window.opens_at), window.map(|window| window.closes_at)];
        let until = turns.into_iter().flatten().filter(|at| *at > now).map(|at| (at - now).unsigned_abs()).min();
        until.map_or(STOCK_PERIOD, |until| until.min(STOCK_PERIOD))
    }

    async fn read(&self, slug: &str) -> Result<Option<State>, Error> {
        let Some(board) = self.boards.get(slug).await? else { return Ok(None) };
        let line = |level: &crate::stock::Level| StockLine { id: level.sale_item_id.0, available: level.available().max(0), capacity: level.capacity };
        Ok(Some(State { phase: board.phase(self.platform.clock.now()), stock: board.levels.iter().map(line).collect() }))
    }
}

/// The stream of a sale: its phase at once, then stock and phase as they change.
#[handler]
pub async fn live_stream(view: &View, Path(slug): Path<String>) -> Result<Response, Failure> {
    let receiver = view.pages.live.listen(&slug).await?.ok_or(Error::NotFound("sale"))?;
    let platform = view.platform().clone();
    let shutdown = platform.shutdown.clone();
    let events = WatchStream::new(receiver)
        .scan(None, move |told: &mut Option<State>, state| {
            let mut events = vec![];
            if told.as_ref().map(|told| told.phase) != Some(state.phase) {
                let server_time = platform.clock.now().format(&Rfc3339).unwrap_or_default();
                events.push(event("phase", &serde_json::json!({"phase": state.phase, "server_time": server_time})));
            }
            if !state.stock.is_empty() && told.as_ref().map(|told| &told.stock) != Some(&state.stock) {
                events.push(event("stock", &serde_json::json!({"items": &*state.stock})));
            }
            *told = Some(state);
            std::future::ready(Some(events))
        })
        .flat_map(futures_util::stream::iter)
        .take_until(async move { shutdown.cancelled().await });
    Ok(SSE::new(events).keep_alive(HEARTBEAT).into_response())
}

fn event(kind: &str, data: &serde_json::Value) -> Event {
    Event::message(data.to_string()).event_type(kind)
}
