//! Broadcasts between nodes: what may be lost (cache drops, live stock). In process, or Redis.

use redis::AsyncCommands;
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast;

/// Notices a subscriber may fall behind before it misses some.
const BACKLOG_NOTICES: usize = 1024;
const REDIS_CHANNEL: &str = "smp";

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
    /// A shopper registered for a sale, or withdrew.
    RegistrationChanged { sale: crate::kernel::SaleId, account: crate::kernel::AccountId },
    /// A provider's pack or name changed.
    ProviderChanged { tenant: crate::kernel::TenantId },
}

#[derive(Clone)]
pub struct Broker {
    local: broadcast::Sender<Notice>,
    redis: Option<redis::aio::ConnectionManager>,
}

impl Broker {
    /// Within this process.
    pub fn in_process() -> Self {
        Self { local: broadcast::channel(BACKLOG_NOTICES).0, redis: None }
    }

    /// Through Redis; while Redis is away, notices reach this node only.
    pub async fn redis(url: &str) -> anyhow::Result<Self> {
        let client = redis::Client::open(url)?;
        let manager = client.get_connection_manager().await?;
        let local = broadcast::channel(BACKLOG_NOTICES).0;
        tokio::spawn(listen(client, local.clone()));
        Ok(Self { local, redis: Some(manager) })
    }

    /// Tells every node, this one included.
    pub async fn publish(&self, notice: Notice) {
        if let Some(redis) = &self.redis
            && let Ok(text) = serde_json::to_string(&notice)
        {
            match redis.clone().publish::<_, _, ()>(REDIS_CHANNEL, text).await {
                Ok(()) => return, // it comes back to us by the subscription
                Err(error) => tracing::warn!(%error, "Redis took no notice; only this node hears it"),
            }
        }
        let _ = self.local.send(notice); // an error means that nobody listens
    }

    pub fn subscribe(&self) -> broadcast::Receiver<Notice> {
        self.local.subscribe()
    }
}

async fn listen(client: redis::Client, local: broadcast::Sender<Notice>) {
    use futures_util::StreamExt;
    loop {
        if let Ok(mut subscription) = client.get_async_pubsub().await
            && subscription.subscribe(REDIS_CHANNEL).await.is_ok()
        {
            let mut messages = subscription.on_message();
            while let Some(message) = messages.next().await {
                match serde_json::from_slice(message.get_payload_bytes()) {
                    Ok(notice) => drop(local.send(notice)),
                    Err(error) => tracing::warn!(%error, "a notice from Redis cannot be read"),
                }
            }
        }
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    }
}
