//! The allocator: where everyone who presses Buy comes in. One counter per hot item and node takes
//! arrivals from a bounded channel, in order, and deals with up to 256 of them in one transaction.
//! Nodes compete for the item's row once a group, not once a shopper. Nothing before the counter
//! asks the database; and of those expected, what is known is read ahead.

use std::{
    collections::{HashMap, hash_map::Entry as Slot},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use time::OffsetDateTime;
use tokio::sync::oneshot;
use uuid::Uuid;

use super::{
    Hold, WaitlistEntry,
    admission::Registered,
    first_time_buyers::FirstTimeBuyers,
    item_writer::{Caller, ItemWriter},
    rules::Arrival,
    stock_row::StockRow,
    store,
};
use crate::{
    access::sessions::Sessions,
    kernel::{AccountId, Error, FieldError, Result, SaleItemId},
    platform::{
        Platform,
        db::by_keys,
        hot_path::{BatchSender, batch_channel},
    },
    sales::{self, ContentItem, PublishedSale, SaleCache, SaleMode},
};

/// BatchReceiver that wait at one counter at most; past it the answer is 503.
const QUEUE_MAX: usize = 32_768;
/// How often sales about to start are looked for.
const OPENINGS_EVERY: Duration = Duration::from_secs(5);
/// Shoppers of whom is read ahead at once, and in all.
const AHEAD_BATCH: usize = 1_000;
const AHEAD_MAX: i64 = 100_000;
/// Wants units of an item of a published sale.
#[derive(Debug, Clone)]
pub struct HoldRequest {
    pub sale_slug: String,
    pub sale_item_id: SaleItemId,
    pub account: AccountId,
    pub quantity: i32,
    /// The same key by the same account for the same item gives the same answer; with another
    /// quantity it is a 409.
    pub idempotency_key: String,
    pub visit_id: Option<Uuid>,
    /// Goes to the end of the line when there is not enough left; else that is a 409.
    pub wait: bool,
    /// In line, takes what is there rather than wait for all.
    pub accept_fewer: bool,
}

/// What came of a press of Buy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    Held(Hold),
    /// In line; the number is how many are before it and itself, when it has just joined.
    Waiting(WaitlistEntry, Option<i64>),
}

/// The counters of this node. Cheap to clone.
#[derive(Clone)]
pub struct Allocator {
    pub(super) platform: Platform,
    pub(super) sale_cache: SaleCache,
    pub(super) registered: Registered,
    sessions: Sessions,
    counters: Arc<Mutex<HashMap<SaleItemId, BatchSender<Caller>>>>,
}

impl Allocator {
    pub fn new(platform: &Platform, sale_cache: &SaleCache, sessions: &Sessions) -> Self {
        Self {
            platform: platform.clone(),
            sale_cache: sale_cache.clone(),
            registered: Registered::new(platform),
            sessions: sessions.clone(),
            counters: Arc::default(),
        }
    }

    /// The published sales as this node knows them.
    pub fn sale_cache(&self) -> &SaleCache {
        &self.sale_cache
    }

    /// Holds units, or puts in line, or says why not: not live, halted, not registered, over the
    /// limit. The one door to stock.
    pub async fn hold(&self, request: HoldRequest) -> Result<Answer> {
        if request.quantity < 1 {
            return Err(FieldError::new("quantity", "Must be 1 or more").into());
        }
        let sale = self.sale_cache.get(&request.sale_slug).await?.ok_or(Error::NotFound("sale"))?;
        let now = self.platform.clock.now();
        if let Err(error) = sellable(&sale, request.sale_item_id, now) {
            // Boxed, as are other ways off the hot path: a future is as large as its largest way,
            // and is moved about for each request.
            return Box::pin(self.again(&sale, &request, now)).await?.ok_or(error);
        }
        let (answer, answered) = oneshot::channel();
        let arrival = Arrival {
            account: request.account,
            quantity: request.quantity,
            key: request.idempotency_key,
            wait: request.wait,
        };
        // Asked here rather than by the clerk, whose time is everyone's.
        let registered =
            sale.content.registered_only && self.registered.knows(sale.id, request.account);
        let caller = Caller {
            arrival,
            registered,
            visit: request.visit_id,
            accept_fewer: request.accept_fewer,
            sale: sale.clone(),
            answer,
        };
        self.counter(&sale, request.sale_item_id)
            .try_send(caller)
            .map_err(|_| Error::Unavailable { retry_after_seconds: 1 })?;
        answered.await.map_err(|_| Error::Unavailable { retry_after_seconds: 1 })?
    }

    /// A retry of what was held before hears the same answer, whatever happened to the sale since.
    async fn again(
        &self,
        sale: &PublishedSale,
        request: &HoldRequest,
        now: OffsetDateTime,
    ) -> Result<Option<Answer>> {
        if now < sale.content.starts_at
            || sale.content.mode == SaleMode::Redirect
            || sale.item(request.sale_item_id).is_none()
        {
            return Ok(None);
        }
        let mut tx = self.platform.db.shopper(Some(request.account)).await?;
        let hold = store::by_key(
            &mut tx,
            sale.tenant,
            request.sale_item_id,
            request.account,
            &request.idempotency_key,
        )
        .await?;
        tx.rollback().await?;
        match hold {
            Some(hold) if hold.quantity == request.quantity => {
                // Its group may have committed, and not be on disk yet.
                self.platform.db.flush().await?;
                Ok(Some(Answer::Held(hold)))
            }
            Some(hold) => Err(other_quantity(hold.quantity)),
            None => Ok(None),
        }
    }

    /// The counter of an item; the first to come opens it.
    fn counter(&self, sale: &Arc<PublishedSale>, item: SaleItemId) -> BatchSender<Caller> {
        let mut counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        match counters.entry(item) {
            Slot::Occupied(slot) if !slot.get().is_closed() => slot.get().clone(),
            slot => {
                let (entrance, arrivals) = batch_channel(QUEUE_MAX);
                slot.insert_entry(entrance.clone());
                let (read, ahead) = oneshot::channel();
                tokio::spawn(self.clone().read_ahead(sale.clone(), item, read));
                self.platform
                    .dedicated
                    .spawn(ItemWriter::new(self, sale.tenant, item, arrivals, ahead).attend());
                entrance
            }
        }
    }

    /// A counter closes.
    pub(super) fn close(&self, item: SaleItemId) {
        self.counters.lock().unwrap_or_else(PoisonError::into_inner).remove(&item);
    }

    /// Opens the counters of sales that are about to start, until the node ends.
    pub async fn open_ahead(self) {
        let mut tick = tokio::time::interval(OPENINGS_EVERY);
        loop {
            tokio::select! {
                _ = tick.tick() => {}
                () = self.platform.shutdown.cancelled() => return,
            }
            if let Err(error) = self.open_counters().await {
                tracing::warn!(?error, "counters could not be opened ahead of a start");
            }
        }
    }

    async fn open_counters(&self) -> Result<()> {
        let mut tx = self.platform.db.platform("sales about to start").await?;
        let starting = sales::starting(&mut tx, self.platform.clock.now()).await?;
        drop(tx);
        for slug in starting {
            let Some(sale) = self
                .sale_cache
                .get(&slug)
                .await?
                .filter(|sale| sale.content.mode == SaleMode::Hosted)
            else {
                continue;
            };
            for item in &sale.content.items {
                self.counter(&sale, item.sale_item_id);
            }
        }
        Ok(())
    }

    /// Reads what there is to know of those who registered for a sale: their sessions, that they
    /// are registered, and who of them has nothing yet. Any of it can be missing; it is then looked
    /// up when they come.
    async fn read_ahead(
        self,
        sale: Arc<PublishedSale>,
        item: SaleItemId,
        read: oneshot::Sender<FirstTimeBuyers>,
    ) {
        match self.registered_first_time_buyers(&sale, item).await {
            // An error means that the counter has closed.
            Ok(first_time_buyers) => drop(read.send(first_time_buyers)),
            Err(error) => tracing::warn!(?error, %item, "shoppers could not be read ahead"),
        }
    }

    async fn registered_first_time_buyers(
        &self,
        sale: &PublishedSale,
        item: SaleItemId,
    ) -> Result<FirstTimeBuyers> {
        let db = &self.platform.db;
        let mut tx = db.tenant_then(sale.tenant, &by_keys()).await?;
        let registered =
            sales::registered_accounts(&mut tx, sale.tenant, sale.id, AHEAD_MAX).await?;
        // What moves from here on is told of by the receipt.
        let is_first = sale.content.items.first().is_some_and(|first| first.sale_item_id == item);
        let mut first_time_buyers =
            FirstTimeBuyers::since(StockRow::length_now(&mut tx, sale.tenant, item).await?);
        for accounts in registered.chunks(AHEAD_BATCH) {
            let (shoppers, _) =
                store::shoppers(&mut tx, sale.tenant, sale.id, item, accounts, &[]).await?;
            first_time_buyers.extend(
                accounts
                    .iter()
                    .copied()
                    .filter(|account| !shoppers.contains_key(&AccountId(*account))),
            );
            if is_first {
                // Those of a sale's shoppers once, not for each of its items.
                self.sessions.read_ahead(&self.platform, accounts).await?;
            }
            self.registered
                .learn(sale.id, &accounts.iter().copied().map(AccountId).collect::<Vec<_>>());
        }
        Ok(first_time_buyers)
    }
}

/// The item, when the sale sells it here and now.
pub(super) fn sellable(
    sale: &PublishedSale,
    item: SaleItemId,
    now: OffsetDateTime,
) -> Result<&ContentItem> {
    let item = sale
        .item(item)
        .ok_or_else(|| FieldError::new("sale_item_id", "Is not an item of this sale"))?;
    if sale.content.mode == SaleMode::Redirect {
        return Err(Error::conflict(
            "redirect_sale",
            "This is bought in the provider's own cart; use click_out_create.",
        ));
    }
    sale.check_open(now)?;
    Ok(item)
}

pub(super) fn other_quantity(quantity: i32) -> Error {
    Error::conflict(
        "idempotency_conflict",
        format!(
            "This Idempotency-Key stands for {quantity} already; use a new key for another number."
        ),
    )
}

pub(super) fn other_item() -> Error {
    Error::conflict(
        "idempotency_conflict",
        "This Idempotency-Key stands for another item already; use a new key for this one.",
    )
}

pub(super) fn waits_already(item: &ContentItem, quantity: i32) -> Error {
    let detail = format!(
        "You are in line for {quantity} of {} already. Leave that position first if you want another number.",
        item.name
    );
    Error::conflict("already_waiting", detail)
}

pub(super) fn over_limit(item: &ContentItem, has: i64) -> Error {
    let limit = i64::from(item.limit_per_shopper);
    let detail = match ((limit - has).max(0), has) {
        (0, has) => format!(
            "You have {has} of {} already, and the limit is {limit} for each shopper: no more for you.",
            item.name
        ),
        (more, 0) => format!(
            "The limit is {limit} of {} for each shopper; you can have up to {more}.",
            item.name
        ),
        (more, has) => format!(
            "You have {has} of {} already, and the limit is {limit} for each shopper: you can have {more} more.",
            item.name
        ),
    };
    Error::conflict("limit_reached", detail)
}

pub(super) fn too_few(item: &ContentItem, left: i32) -> Error {
    let detail = match left {
        0 => format!(
            "{} is sold out. Units come back when holds run out; wait in line for them.",
            item.name
        ),
        left => format!("Only {left} of {} left.", item.name),
    };
    Error::conflict("sold_out", detail)
}

pub(super) fn not_registered() -> Error {
    Error::conflict(
        "not_registered",
        "Only those who registered before the start can buy in this sale.",
    )
}
