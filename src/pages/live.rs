//! Live stock, phase and waitlist positions by server-sent events. One reader per sale and node,
//! however many listen.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
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
use tokio::{sync::watch, time::Instant};
use tokio_stream::wrappers::WatchStream;
use uuid::Uuid;

use super::{
    board::{Board, Boards, STOCK_PERIOD},
    failure::Failure,
    view::View,
};
use crate::{
    kernel::{Error, Result, WaitlistId},
    platform::Platform,
    sales::StockLevel,
    stock,
};

/// Waitlist positions are read no more often.
const WAITLIST_PERIOD: Duration = Duration::from_secs(1);
/// A comment this often tells proxies and browsers that the line stands.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// What listeners of a sale are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    phase: &'static str,
    stock: Arc<[StockLine]>,
    /// The positions of all who wait, while one of them listens.
    positions: Arc<HashMap<WaitlistId, i64>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct StockLine {
    id: Uuid,
    available: i32,
    capacity: i32,
}

/// Where a listener stands; no position: the wait is over, one way or another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct LivePosition {
    id: WaitlistId,
    position: Option<i64>,
}

/// The readers at work on this node, by sale.
#[derive(Clone)]
pub struct Live {
    platform: Platform,
    boards: Boards,
    readers: Arc<Mutex<HashMap<String, Reader>>>,
}

#[derive(Clone)]
struct Reader {
    sender: watch::Sender<State>,
    /// Listeners who are on the waitlist.
    waiting: Arc<AtomicUsize>,
}

/// A listener who is on the waitlist, for as long as it listens.
struct Waiting(Arc<AtomicUsize>);

impl Waiting {
    fn among(waiting: &Arc<AtomicUsize>) -> Self {
        waiting.fetch_add(1, Ordering::Relaxed);
        Self(waiting.clone())
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Live {
    pub fn new(platform: &Platform, boards: &Boards) -> Self {
        Self { platform: platform.clone(), boards: boards.clone(), readers: Arc::default() }
    }

    /// Listens to a sale; the first listener starts its reader. None when there is no such sale.
    async fn listen(&self, slug: &str) -> Result<Option<(watch::Receiver<State>, Reader)>> {
        let Some(board) = self.boards.get(slug).await? else { return Ok(None) };
        let state = self.state(&board, Arc::default());
        let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(reader) = readers.get(slug) {
            return Ok(Some((reader.sender.subscribe(), reader.clone())));
        }
        let (sender, receiver) = watch::channel(state);
        let reader = Reader { sender, waiting: Arc::default() };
        readers.insert(slug.to_owned(), reader.clone());
        tokio::spawn(self.clone().run(slug.to_owned(), reader.clone()));
        Ok(Some((receiver, reader)))
    }

    /// Tells the listeners of a sale what changed, at most once a period, until none is left.
    async fn run(self, slug: String, reader: Reader) {
        let mut waitlist =
            WaitlistRead { positions: Arc::default(), of: None, read: Instant::now() };
        loop {
            tokio::select! {
                () = tokio::time::sleep(self.pause(&slug).await) => {}
                () = self.platform.shutdown.cancelled() => return,
            }
            {
                // Under the lock, so that nobody begins to listen to a reader that ends.
                let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
                if reader.sender.receiver_count() == 0 {
                    readers.remove(&slug);
                    return;
                }
            }
            match self.read(&slug, &mut waitlist, reader.waiting.load(Ordering::Relaxed) > 0).await
            {
                Ok(Some(state)) => {
                    reader.sender.send_if_modified(|told| {
                        let changed = *told != state;
                        *told = state;
                        changed
                    });
                }
                Ok(None) => {
                    self.readers.lock().unwrap_or_else(PoisonError::into_inner).remove(&slug);
                    return;
                }
                Err(error) => tracing::warn!(
                    ?error,
                    slug,
                    "live stock could not be read; it will be tried again"
                ),
            }
        }
    }

    /// A period, or less when the sale starts or ends within it, or its registration does.
    async fn pause(&self, slug: &str) -> Duration {
        let Ok(Some(board)) = self.boards.get(slug).await else { return STOCK_PERIOD };
        let now = self.platform.clock.now();
        let content = &board.sale.content;
        let window = content.registration();
        let turns = [
            Some(content.starts_at),
            Some(content.ends_at),
            window.map(|window| window.opens_at),
            window.map(|window| window.closes_at),
        ];
        let until = turns
            .into_iter()
            .flatten()
            .filter(|at| *at > now)
            .map(|at| (at - now).unsigned_abs())
            .min();
        until.map_or(STOCK_PERIOD, |until| until.min(STOCK_PERIOD))
    }

    async fn read(
        &self,
        slug: &str,
        waitlist: &mut WaitlistRead,
        anyone_waits: bool,
    ) -> Result<Option<State>> {
        let Some(board) = self.boards.get(slug).await? else { return Ok(None) };
        let is_new = waitlist.of.as_ref().is_none_or(|of| !Arc::ptr_eq(of, &board));
        if anyone_waits && is_new && waitlist.read.elapsed() >= WAITLIST_PERIOD {
            let mut tx = self.platform.db.tenant(board.sale.tenant).await?;
            waitlist.positions =
                Arc::new(stock::positions(&mut tx, board.sale.tenant, board.sale.id).await?);
            waitlist.of = Some(board.clone());
            waitlist.read = Instant::now();
        }
        Ok(Some(self.state(&board, waitlist.positions.clone())))
    }

    fn state(&self, board: &Board, positions: Arc<HashMap<WaitlistId, i64>>) -> State {
        let line = |level: &StockLevel| StockLine {
            id: level.sale_item_id.0,
            available: level.available().max(0),
            capacity: level.capacity,
        };
        State {
            phase: board.phase(self.platform.clock.now()),
            stock: board.levels.iter().map(line).collect(),
            positions,
        }
    }
}

/// The waitlist as it was last read.
struct WaitlistRead {
    positions: Arc<HashMap<WaitlistId, i64>>,
    /// With the stock of that moment; None: never.
    of: Option<Arc<Board>>,
    read: Instant,
}

/// The stream of a sale: its phase at once, then stock, phase and one's own waitlist positions as they
/// change.
#[handler]
pub async fn live_stream(view: &View, Path(slug): Path<String>) -> Result<Response, Failure> {
    let (receiver, reader) = view.pages.live.listen(&slug).await?.ok_or(Error::NotFound("sale"))?;
    let mine = mine(view, &slug).await?;
    let waiting = (!mine.is_empty()).then(|| Waiting::among(&reader.waiting));
    let platform = view.platform().clone();
    let shutdown = platform.shutdown.clone();
    let mut told_positions: Vec<LivePosition> = vec![];
    let events = WatchStream::new(receiver)
        .scan(None, move |told: &mut Option<State>, state| {
            let _listens = &waiting;
            let mut events = vec![];
            if told.as_ref().map(|told| told.phase) != Some(state.phase) {
                let server_time = platform.clock.now().format(&Rfc3339).unwrap_or_default();
                events.push(event(
                    "phase",
                    &serde_json::json!({"phase": state.phase, "server_time": server_time}),
                ));
            }
            if !state.stock.is_empty()
                && told.as_ref().map(|told| &told.stock) != Some(&state.stock)
            {
                events.push(event("stock", &serde_json::json!({"items": &*state.stock})));
            }
            // Who was never told a position may stand too far back to be, or the line was not read
            // yet: the wait is not over by that.
            let position = |id: &WaitlistId| {
                let position = state.positions.get(id).copied();
                (position.is_some() || told_positions.iter().any(|told| told.id == *id))
                    .then_some(LivePosition { id: *id, position })
            };
            let positions: Vec<_> = mine.iter().filter_map(position).collect();
            if positions != told_positions {
                events.push(event("waitlist", &serde_json::json!({"items": &positions})));
                told_positions = positions;
            }
            *told = Some(state);
            std::future::ready(Some(events))
        })
        .flat_map(futures_util::stream::iter)
        .take_until(async move { shutdown.cancelled().await });
    Ok(SSE::new(events).keep_alive(HEARTBEAT).into_response())
}

/// Where who listens waits in the lines of a sale.
async fn mine(view: &View, slug: &str) -> Result<Vec<WaitlistId>> {
    let Some((account, board)) = view.account().zip(view.pages.boards.get(slug).await?) else {
        return Ok(vec![]);
    };
    let belongings = view.pages.shoppers.belongings(account).await?;
    Ok(belongings
        .entries_of_sale(board.sale.id)
        .filter(|entry| entry.state == stock::EntryState::Waiting)
        .map(|entry| entry.id)
        .collect())
}

fn event(kind: &str, data: &serde_json::Value) -> Event {
    Event::message(data.to_string()).event_type(kind)
}
