//! The allocator: every request to hold units comes in here. Each item in demand has a writer per
//! node, which takes requests from a bounded channel, in order, and decides up to 256 of them in
//! one transaction. So nodes compete for the item's row once a group, not once a shopper. Nothing
//! before the writer asks the database, and what is known of the expected shoppers is read in
//! advance.

use std::{
    collections::hash_map::Entry,
    sync::{Arc, PoisonError},
    time::Duration,
};

use time::OffsetDateTime;
use tokio::sync::{Semaphore, oneshot};

use super::{
    HoldOutcome, HoldRequest,
    admission::{Registered, sellable},
    errors,
    first_time_buyers::FirstTimeBuyers,
    holds,
    item_writer::{ItemWriter, PendingRequest, WriterContext},
    shoppers::shoppers,
    stock_row::StockRow,
};
use crate::{
    access::sessions::Sessions,
    kernel::{AccountId, Error, Result, SaleItemId},
    platform::{
        Platform,
        db::by_keys,
        hot_path::{BatchSender, batch_channel},
    },
    sales::{self, PublishedSale, SaleCache, SaleMode},
};

/// Requests queued for one item, at most; further ones get a 503.
const QUEUE_MAX: usize = 32_768;
/// How often sales about to start are looked for.
const STARTS_EVERY: Duration = Duration::from_secs(5);
/// Expected shoppers that are read in one statement, and in all.
const READ_AHEAD_BATCH: usize = 1_000;
const READ_AHEAD_MAX: i64 = 100_000;
/// Items read ahead at the same time: the connections are those of the requests.
static READING_AHEAD: Semaphore = Semaphore::const_new(2);

/// The writers of this node. Cheap to clone.
#[derive(Clone)]
pub struct Allocator {
    context: WriterContext,
    sessions: Sessions,
}

impl Allocator {
    pub fn new(platform: &Platform, sale_cache: &SaleCache, sessions: &Sessions) -> Self {
        let context = WriterContext {
            platform: platform.clone(),
            sale_cache: sale_cache.clone(),
            registered: Registered::new(platform),
            writers: Arc::default(),
        };
        Self { context, sessions: sessions.clone() }
    }

    /// The published sales as this node knows them.
    pub fn sale_cache(&self) -> &SaleCache {
        &self.context.sale_cache
    }

    /// Holds units, or joins the waitlist, or says why not. Everything that makes a hold for a
    /// request goes through here.
    pub async fn hold(&self, request: HoldRequest) -> Result<HoldOutcome> {
        request.check()?;
        let WriterContext { platform, sale_cache, registered, .. } = &self.context;
        let sale = sale_cache.get(&request.sale_slug).await?.ok_or(Error::NotFound("sale"))?;
        let now = platform.clock.now();
        if let Err(error) = sellable(&sale, request.sale_item_id, now) {
            // Boxed, because it is rare: a future is as large as its largest branch, and is moved
            // about for each request.
            return Box::pin(self.retried(&sale, &request, now)).await?.ok_or(error);
        }
        // Looked up here, because the writer's time is everyone's.
        let registered = sale.content.registered_only && registered.knows(sale.id, request.account);
        let (outcome, received) = oneshot::channel();
        let unavailable = || Error::Unavailable { retry_after_seconds: 1 };
        self.writer(&sale, request.sale_item_id)
            .try_send(PendingRequest { request, registered, sale, outcome })
            .map_err(|_| unavailable())?;
        received.await.map_err(|_| unavailable())?
    }

    /// The outcome of an earlier request with the same key, whatever happened to the sale since.
    async fn retried(
        &self,
        sale: &PublishedSale,
        request: &HoldRequest,
        now: OffsetDateTime,
    ) -> Result<Option<HoldOutcome>> {
        if now < sale.content.starts_at
            || sale.content.mode == SaleMode::Redirect
            || sale.item(request.sale_item_id).is_none()
        {
            return Ok(None);
        }
        let db = &self.context.platform.db;
        let mut tx = db.shopper(Some(request.account)).await?;
        let HoldRequest { account, sale_item_id, ref idempotency_key, .. } = *request;
        let hold =
            holds::by_key(&mut tx, sale.tenant, sale_item_id, account, idempotency_key).await?;
        tx.rollback().await?;
        match hold {
            Some(hold) if hold.quantity == request.quantity => {
                // Its group may be committed and not on disk yet.
                db.flush().await?;
                Ok(Some(HoldOutcome::Held(hold)))
            }
            Some(hold) => Err(errors::key_of_other_quantity(hold.quantity)),
            None => Ok(None),
        }
    }

    /// The sender to an item's writer, which is started if there is none.
    fn writer(&self, sale: &Arc<PublishedSale>, item: SaleItemId) -> BatchSender<PendingRequest> {
        let mut writers = self.context.writers.lock().unwrap_or_else(PoisonError::into_inner);
        match writers.entry(item) {
            Entry::Occupied(entry) if !entry.get().is_closed() => entry.get().clone(),
            entry => {
                let (sender, requests) = batch_channel(QUEUE_MAX);
                entry.insert_entry(sender.clone());
                let (read, read_ahead) = oneshot::channel();
                tokio::spawn(self.clone().read_ahead(sale.clone(), item, read));
                let writer =
                    ItemWriter::new(&self.context, sale.tenant, item, requests, read_ahead);
                self.context.platform.dedicated.spawn(writer.run());
                sender
            }
        }
    }

    /// Starts the writers of sales that are about to start, until the node shuts down.
    pub async fn start_writers_ahead(self) {
        let mut tick = tokio::time::interval(STARTS_EVERY);
        loop {
            tokio::select! {
                _ = tick.tick() => {}
                () = self.context.platform.shutdown.cancelled() => return,
            }
            if let Err(error) = self.start_writers().await {
                tracing::warn!(?error, "the writers of a sale could not be started in advance");
            }
        }
    }

    async fn start_writers(&self) -> Result<()> {
        let mut tx = self.context.platform.db.platform("sales about to start").await?;
        let starting = sales::starting(&mut tx, self.context.platform.clock.now()).await?;
        drop(tx);
        for slug in starting {
            let Some(sale) = self
                .context
                .sale_cache
                .get(&slug)
                .await?
                .filter(|sale| sale.content.mode == SaleMode::Hosted)
            else {
                continue;
            };
            for item in &sale.content.items {
                self.writer(&sale, item.sale_item_id);
            }
        }
        Ok(())
    }

    /// Reads what there is to know of the registered shoppers of a sale: their sessions, that they
    /// are registered, and which of them have nothing of the provider yet. Whatever is missing is
    /// looked up when a request comes.
    async fn read_ahead(
        self,
        sale: Arc<PublishedSale>,
        item: SaleItemId,
        read: oneshot::Sender<FirstTimeBuyers>,
    ) {
        match self.registered_first_time_buyers(&sale, item).await {
            // It fails when the writer has ended.
            Ok(first_time_buyers) => drop(read.send(first_time_buyers)),
            Err(error) => {
                tracing::warn!(?error, %item, "registered shoppers could not be read in advance");
            }
        }
    }

    async fn registered_first_time_buyers(
        &self,
        sale: &PublishedSale,
        item: SaleItemId,
    ) -> Result<FirstTimeBuyers> {
        let WriterContext { platform, registered: known, .. } = &self.context;
        let _turn = READING_AHEAD.acquire().await.map_err(anyhow::Error::from)?;
        let mut tx = platform.db.tenant_then(sale.tenant, &by_keys()).await?;
        let registered =
            sales::registered_accounts(&mut tx, sale.tenant, sale.id, READ_AHEAD_MAX).await?;
        // The receipt names the moves from here on.
        let is_first = sale.content.items.first().is_some_and(|first| first.sale_item_id == item);
        let mut first_time_buyers = FirstTimeBuyers::since(
            StockRow::current_receipt_length(&mut tx, sale.tenant, item).await?,
        );
        for accounts in registered.chunks(READ_AHEAD_BATCH) {
            let (known_shoppers, _) =
                shoppers(&mut tx, sale.tenant, sale.id, item, accounts, &[]).await?;
            first_time_buyers.extend(
                accounts
                    .iter()
                    .copied()
                    .filter(|account| !known_shoppers.contains_key(&AccountId(*account))),
            );
            known.learn(sale.id, &accounts.iter().copied().map(AccountId).collect::<Vec<_>>());
        }
        drop(tx);
        if is_first {
            // Once for all items of a sale.
            for accounts in registered.chunks(READ_AHEAD_BATCH) {
                self.sessions.read_ahead(platform, accounts).await?;
            }
        }
        Ok(first_time_buyers)
    }
}
