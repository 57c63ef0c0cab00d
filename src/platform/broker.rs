//! Notices between nodes: in process, or through Redis. A notice may be lost; that costs freshness,
//! never correctness. What must not be lost, a transaction tells with its commit: through Postgres.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use redis::{
    AsyncCommands,
    aio::{ConnectionManager, ConnectionManagerConfig},
};
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast::{self, error::RecvError};
use tokio_util::sync::CancellationToken;

use super::Db;
use crate::kernel::{Error, Result};

/// How many notices a subscriber may fall behind before it misses some.
const BACKLOG_NOTICES: usize = 1024;
const REDIS_CHANNEL: &str = "smp";
/// A request that publishes a notice waits for Redis no longer than this.
const PUBLISH_WAIT: Duration = Duration::from_millis(500);
const CONNECT_WAIT: Duration = Duration::from_secs(2);
/// The pause before the next attempt to reach Redis, or the database's notices.
const RECONNECT_PAUSE: Duration = Duration::from_secs(1);
/// On which transactions tell every node (`pg_notify`); the migrations have the same name.
const DATABASE_CHANNEL: &str = "smp_notices";
/// A connection that is silent for this long is asked whether it lives, and answers within the second:
/// after a network was cut, nothing else may ever tell.
const SILENCE_MAX: Duration = Duration::from_secs(2);
const ALIVE_WAIT: Duration = Duration::from_secs(1);

/// Something that every node should know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "notice", rename_all = "snake_case")]
pub enum Notice {
    /// The account's sessions or roles changed. Every commit of such a change sends it, by a trigger
    /// of the database; `Sessions::changed` as well, because this node must know before its answer
    /// leaves, and commands, which remember no session.
    SessionsChanged { account: crate::kernel::AccountId },
    /// Commits may have gone unheard on this node: any session may have changed.
    SessionsMissed,
    /// A sale's content, state or phase changed.
    SaleChanged { slug: String },
    /// A sale's stock changed.
    StockChanged { slug: String },
    /// The holds or waitlist entries of these shoppers changed.
    ShoppersChanged { accounts: Vec<crate::kernel::AccountId> },
    /// A visitor marked a sale as a favourite, or removed the mark.
    FavouritesChanged { visitor: crate::kernel::VisitorId },
    /// A shopper registered for a sale, or withdrew.
    RegistrationChanged { sale: crate::kernel::SaleId, account: crate::kernel::AccountId },
    /// A provider's pack or name changed.
    ProviderChanged { tenant: crate::kernel::TenantId },
}

#[derive(Clone)]
pub struct Broker {
    local: broadcast::Sender<Notice>,
    redis: Option<Redis>,
}

#[derive(Clone)]
struct Redis {
    connection: ConnectionManager,
    /// Whether Redis answers, according to the subscription. While it does not, nobody waits for it.
    available: Arc<AtomicBool>,
}

impl Broker {
    /// Within this process.
    pub fn in_process() -> Self {
        Self { local: broadcast::channel(BACKLOG_NOTICES).0, redis: None }
    }

    /// Through Redis. While Redis is unavailable, notices reach this node only.
    pub async fn redis(url: &str) -> anyhow::Result<Self> {
        let client = redis::Client::open(url)?;
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(CONNECT_WAIT))
            .set_response_timeout(Some(PUBLISH_WAIT))
            .set_number_of_retries(1);
        let connection = client.get_connection_manager_with_config(config).await?;
        let redis = Redis { connection, available: Arc::new(AtomicBool::new(true)) };
        let local = broadcast::channel(BACKLOG_NOTICES).0;
        tokio::spawn(listen(client, redis.clone(), local.clone()));
        Ok(Self { local, redis: Some(redis) })
    }

    /// Sends a notice to every node, this one included.
    pub async fn publish(&self, notice: Notice) {
        if let Some(redis) =
            self.redis.as_ref().filter(|redis| redis.available.load(Ordering::Relaxed))
            && let Ok(text) = serde_json::to_string(&notice)
        {
            match tokio::time::timeout(
                PUBLISH_WAIT,
                redis.connection.clone().publish::<_, _, ()>(REDIS_CHANNEL, text),
            )
            .await
            {
                Ok(Ok(())) => return, // the subscription delivers it to this node, too
                Ok(Err(error)) => {
                    tracing::warn!(%error, "Redis refused a notice; it reaches this node only");
                }
                Err(_) => tracing::warn!(
                    "Redis did not answer in time; a notice may reach this node only"
                ),
            }
        }
        let _ = self.local.send(notice); // an error means that there is no subscriber
    }

    /// The connection to Redis, if the broker uses it and it answers.
    pub fn connection(&self) -> Option<ConnectionManager> {
        self.redis
            .as_ref()
            .filter(|redis| redis.available.load(Ordering::Relaxed))
            .map(|redis| redis.connection.clone())
    }

    /// Delivers to this node what transactions tell every node with their commit, until `stop`.
    pub async fn follow_database(self, db: Db, stop: CancellationToken) {
        loop {
            tokio::select! {
                heard = self.hear(&db) => {
                    if let Err(error) = heard {
                        tracing::debug!(?error, "notices of the database are not heard; trying again");
                    }
                }
                () = stop.cancelled() => return,
            }
            tokio::select! {
                () = tokio::time::sleep(RECONNECT_PAUSE) => {}
                () = stop.cancelled() => return,
            }
        }
    }

    /// Delivers the database's notices for as long as its connection lives.
    async fn hear(&self, db: &Db) -> Result<()> {
        let mut listener = db.listen(DATABASE_CHANNEL).await?;
        drop(self.local.send(Notice::SessionsMissed));
        loop {
            let Ok(heard) = tokio::time::timeout(SILENCE_MAX, listener.try_recv()).await else {
                tokio::time::timeout(ALIVE_WAIT, sqlx::query("SELECT 1").execute(&mut listener))
                    .await
                    .map_err(|_| Error::from(sqlx::Error::PoolTimedOut))??;
                continue;
            };
            // Without a connection it begins again, so that what was missed meanwhile is known.
            let Some(told) = heard? else { return Ok(()) };
            match serde_json::from_str(told.payload()) {
                Ok(notice) => drop(self.local.send(notice)),
                Err(error) => tracing::warn!(%error, "cannot read a notice from the database"),
            }
        }
    }

    pub fn subscribe(&self) -> broadcast::Receiver<Notice> {
        self.local.subscribe()
    }

    /// Calls `on_notice` for every notice until the last clone of the broker is dropped, so the
    /// closure must hold none. `None` means that notices were missed: anything may have changed.
    pub fn follow(&self, mut on_notice: impl FnMut(Option<Notice>) + Send + 'static) {
        let mut notices = self.subscribe();
        tokio::spawn(async move {
            loop {
                match notices.recv().await {
                    Ok(notice) => on_notice(Some(notice)),
                    Err(RecvError::Lagged(_)) => on_notice(None),
                    Err(RecvError::Closed) => return,
                }
            }
        });
    }
}

/// Delivers the notices of all nodes, for as long as the process lives.
async fn listen(client: redis::Client, mut redis: Redis, local: broadcast::Sender<Notice>) {
    use futures_util::StreamExt;
    loop {
        if let Ok(mut subscription) = client.get_async_pubsub().await
            && subscription.subscribe(REDIS_CHANNEL).await.is_ok()
            // The publishing connection may have to reconnect first.
            && redis.connection.ping::<()>().await.is_ok()
        {
            redis.available.store(true, Ordering::Relaxed);
            let mut messages = subscription.on_message();
            while let Some(message) = messages.next().await {
                match serde_json::from_slice(message.get_payload_bytes()) {
                    Ok(notice) => drop(local.send(notice)),
                    Err(error) => tracing::warn!(%error, "cannot read a notice from Redis"),
                }
            }
            redis.available.store(false, Ordering::Relaxed);
            tracing::warn!("Redis is unavailable; notices reach this node only");
        }
        tokio::time::sleep(RECONNECT_PAUSE).await;
    }
}
