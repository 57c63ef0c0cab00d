//! Broadcasts between nodes: what may be lost (cache drops, live stock). In process, or Redis.

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

/// Notices a subscriber may fall behind before it misses some.
const BACKLOG_NOTICES: usize = 1024;
const REDIS_CHANNEL: &str = "smp";
/// A request that changes something waits no longer for Redis.
const PUBLISH_WAIT: Duration = Duration::from_millis(500);
const CONNECT_WAIT: Duration = Duration::from_secs(2);
/// Until Redis is asked again whether it is there.
const ASK_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// Something every node should hear. Losing one costs freshness, never correctness.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "notice", rename_all = "snake_case")]
pub enum Notice {
    /// Sessions of this account are to be read anew.
    SessionsChanged { account: crate::kernel::AccountId },
    /// A sale's page, state or phase changed.
    SaleChanged { slug: String },
    /// A sale's stock moved.
    StockChanged { slug: String },
    /// What these shoppers hold, or where they wait, changed.
    ShoppersChanged { accounts: Vec<crate::kernel::AccountId> },
    /// A visitor likes a sale, or no longer.
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
    /// Whether Redis answers, as far as the subscription knows. While it does not, nobody waits for
    /// it.
    there: Arc<AtomicBool>,
}

impl Broker {
    /// Within this process.
    pub fn in_process() -> Self {
        Self { local: broadcast::channel(BACKLOG_NOTICES).0, redis: None }
    }

    /// Through Redis; while Redis is away, notices reach this node only.
    pub async fn redis(url: &str) -> anyhow::Result<Self> {
        let client = redis::Client::open(url)?;
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(CONNECT_WAIT))
            .set_response_timeout(Some(PUBLISH_WAIT))
            .set_number_of_retries(1);
        let connection = client.get_connection_manager_with_config(config).await?;
        let redis = Redis { connection, there: Arc::new(AtomicBool::new(true)) };
        let local = broadcast::channel(BACKLOG_NOTICES).0;
        tokio::spawn(listen(client, redis.clone(), local.clone()));
        Ok(Self { local, redis: Some(redis) })
    }

    /// Tells every node, this one included.
    pub async fn publish(&self, notice: Notice) {
        if let Some(redis) = self.redis.as_ref().filter(|redis| redis.there.load(Ordering::Relaxed))
            && let Ok(text) = serde_json::to_string(&notice)
        {
            match tokio::time::timeout(
                PUBLISH_WAIT,
                redis.connection.clone().publish::<_, _, ()>(REDIS_CHANNEL, text),
            )
            .await
            {
                Ok(Ok(())) => return, // it comes back to us by the subscription
                Ok(Err(error)) => {
                    tracing::warn!(%error, "Redis took no notice; only this node hears it")
                }
                Err(_) => tracing::warn!(
                    "Redis did not answer in time; perhaps only this node hears a notice"
                ),
            }
        }
        let _ = self.local.send(notice); // an error means that nobody listens
    }

    /// The connection to Redis, if that is the broker and answers.
    pub fn connection(&self) -> Option<ConnectionManager> {
        self.redis
            .as_ref()
            .filter(|redis| redis.there.load(Ordering::Relaxed))
            .map(|redis| redis.connection.clone())
    }

    pub fn subscribe(&self) -> broadcast::Receiver<Notice> {
        self.local.subscribe()
    }

    /// Calls `hear` for every notice, until the last clone of the broker is dropped (so it must
    /// hold none); with None when some were missed, and anything may have changed.
    pub fn follow(&self, mut hear: impl FnMut(Option<Notice>) + Send + 'static) {
        let mut notices = self.subscribe();
        tokio::spawn(async move {
            loop {
                match notices.recv().await {
                    Ok(notice) => hear(Some(notice)),
                    Err(RecvError::Lagged(_)) => hear(None),
                    Err(RecvError::Closed) => return,
                }
            }
        });
    }
}

/// Hears what the nodes tell, for as long as the process lives.
async fn listen(client: redis::Client, mut redis: Redis, local: broadcast::Sender<Notice>) {
    use futures_util::StreamExt;
    loop {
        if let Ok(mut subscription) = client.get_async_pubsub().await
            && subscription.subscribe(REDIS_CHANNEL).await.is_ok()
            // The other connection may have to be made anew before something can be told.
            && redis.connection.ping::<()>().await.is_ok()
        {
            redis.there.store(true, Ordering::Relaxed);
            let mut messages = subscription.on_message();
            while let Some(message) = messages.next().await {
                match serde_json::from_slice(message.get_payload_bytes()) {
                    Ok(notice) => drop(local.send(notice)),
                    Err(error) => tracing::warn!(%error, "a notice from Redis cannot be read"),
                }
            }
            redis.there.store(false, Ordering::Relaxed);
            tracing::warn!("Redis is away; notices reach this node only");
        }
        tokio::time::sleep(ASK_AGAIN_AFTER).await;
    }
}
