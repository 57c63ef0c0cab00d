//! Live stock, phase and waitlist positions of the sales that somebody watches. A node reads each
//! sale once, however many listen.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde::Serialize;
use tokio::{sync::watch, time::Instant};
use uuid::Uuid;

use super::{
    sale_snapshot::{STOCK_PERIOD, SaleSnapshot, SaleSnapshots},
    wording::Scarcity,
};
use crate::{
    kernel::{Result, WaitlistId},
    platform::Platform,
    sales::{SaleMode, StockLevel},
    stock,
};

/// Waitlist positions are read at most this often.
const POSITIONS_PERIOD: Duration = Duration::from_secs(1);

/// What the listeners of a sale are sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveState {
    pub phase: &'static str,
    pub stock: Arc<[LiveItemStock]>,
    /// The positions of all waiting shoppers, while one of them listens.
    pub positions: Arc<HashMap<WaitlistId, i64>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LiveItemStock {
    id: Uuid,
    available: i32,
    capacity: i32,
    level: Scarcity,
}

/// The feeds of this node.
#[derive(Clone)]
pub struct LiveFeeds {
    platform: Platform,
    snapshots: SaleSnapshots,
    by_slug: Arc<Mutex<HashMap<String, Feed>>>,
}

/// The feed of one sale, while somebody listens.
#[derive(Clone)]
pub struct Feed {
    sender: watch::Sender<LiveState>,
    waiting_listeners: Arc<AtomicUsize>,
}

/// Counts a listener who is on the waitlist, until it is dropped.
pub struct WaitingListener(Arc<AtomicUsize>);

impl Feed {
    pub fn count_waiting_listener(&self) -> WaitingListener {
        self.waiting_listeners.fetch_add(1, Ordering::Relaxed);
        WaitingListener(self.waiting_listeners.clone())
    }

    fn has_waiting_listeners(&self) -> bool {
        self.waiting_listeners.load(Ordering::Relaxed) > 0
    }
}

impl Drop for WaitingListener {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The waitlist positions of a sale as they were last read.
struct PositionsReading {
    positions: Arc<HashMap<WaitlistId, i64>>,
    /// The snapshot they were read with; None: never read.
    snapshot: Option<Arc<SaleSnapshot>>,
    read_at: Instant,
}

impl LiveFeeds {
    pub fn new(platform: &Platform, snapshots: &SaleSnapshots) -> Self {
        Self { platform: platform.clone(), snapshots: snapshots.clone(), by_slug: Arc::default() }
    }

    /// Listens to a sale; the first listener starts its feed. None when there is no such sale.
    pub async fn listen(&self, slug: &str) -> Result<Option<(watch::Receiver<LiveState>, Feed)>> {
        let Some(snapshot) = self.snapshots.get(slug).await? else { return Ok(None) };
        let state = self.state(&snapshot, Arc::default());
        let mut feeds = self.by_slug.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(feed) = feeds.get(slug) {
            return Ok(Some((feed.sender.subscribe(), feed.clone())));
        }
        let (sender, receiver) = watch::channel(state);
        let feed = Feed { sender, waiting_listeners: Arc::default() };
        feeds.insert(slug.to_owned(), feed.clone());
        tokio::spawn(self.clone().run(slug.to_owned(), feed.clone()));
        Ok(Some((receiver, feed)))
    }

    /// Sends the listeners of a sale what changed, at most once a period, until none is left.
    async fn run(self, slug: String, feed: Feed) {
        let mut reading =
            PositionsReading { positions: Arc::default(), snapshot: None, read_at: Instant::now() };
        loop {
            tokio::select! {
                () = tokio::time::sleep(self.pause(&slug).await) => {}
                () = self.platform.shutdown.cancelled() => return,
            }
            {
                // Under the lock, so that nobody starts to listen to a feed that is about to end.
                let mut feeds = self.by_slug.lock().unwrap_or_else(PoisonError::into_inner);
                if feed.sender.receiver_count() == 0 {
                    feeds.remove(&slug);
                    return;
                }
            }
            match self.read(&slug, &mut reading, feed.has_waiting_listeners()).await {
                Ok(Some(state)) => {
                    feed.sender.send_if_modified(|sent| {
                        let changed = *sent != state;
                        *sent = state;
                        changed
                    });
                }
                Ok(None) => {
                    self.by_slug.lock().unwrap_or_else(PoisonError::into_inner).remove(&slug);
                    return;
                }
                Err(error) => {
                    tracing::warn!(?error, slug, "live stock cannot be read; trying again");
                }
            }
        }
    }

    /// A period, or less if the sale or its registration starts or ends within it.
    async fn pause(&self, slug: &str) -> Duration {
        let Ok(Some(snapshot)) = self.snapshots.get(slug).await else { return STOCK_PERIOD };
        let now = self.platform.clock.now();
        let content = &snapshot.sale.content;
        let window = content.registration();
        let changes = [
            Some(content.starts_at),
            Some(content.ends_at),
            window.map(|window| window.opens_at),
            window.map(|window| window.closes_at),
        ];
        let until_next = changes
            .into_iter()
            .flatten()
            .filter(|at| *at > now)
            .map(|at| (at - now).unsigned_abs())
            .min();
        until_next.map_or(STOCK_PERIOD, |until_next| until_next.min(STOCK_PERIOD))
    }

    async fn read(
        &self,
        slug: &str,
        reading: &mut PositionsReading,
        has_waiting_listeners: bool,
    ) -> Result<Option<LiveState>> {
        let Some(snapshot) = self.snapshots.get(slug).await? else { return Ok(None) };
        let is_new = reading.snapshot.as_ref().is_none_or(|of| !Arc::ptr_eq(of, &snapshot));
        if has_waiting_listeners && is_new && reading.read_at.elapsed() >= POSITIONS_PERIOD {
            let (tenant, sale) = (snapshot.sale.tenant, snapshot.sale.id);
            let mut tx = self.platform.db.tenant(tenant).await?;
            reading.positions = Arc::new(stock::positions(&mut tx, tenant, sale).await?);
            reading.snapshot = Some(snapshot.clone());
            reading.read_at = Instant::now();
        }
        Ok(Some(self.state(&snapshot, reading.positions.clone())))
    }

    fn state(
        &self,
        snapshot: &SaleSnapshot,
        positions: Arc<HashMap<WaitlistId, i64>>,
    ) -> LiveState {
        let item_stock = |level: &StockLevel| {
            let available = level.available().max(0);
            LiveItemStock {
                id: level.sale_item_id.0,
                available,
                capacity: level.capacity,
                level: Scarcity::of(available, level.capacity),
            }
        };
        LiveState {
            phase: snapshot.phase(self.platform.clock.now()),
            stock: if snapshot.sale.content.mode == SaleMode::Hosted {
                snapshot.levels.iter().map(item_stock).collect()
            } else {
                Arc::default()
            },
            positions,
        }
    }
}
