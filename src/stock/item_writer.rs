//! The writer of an item. Each node has one for each item in demand, and it decides the requests of
//! this node in groups, one transaction a group.

use std::{
    collections::{HashMap, HashSet},
    mem,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde::Serialize;
use time::OffsetDateTime;
use tokio::{runtime::Handle, sync::oneshot};
use uuid::Uuid;

use super::{
    EntryState, Hold, HoldOutcome, HoldRequest, HoldState, WaitlistEntry,
    admission::{Registered, sellable},
    errors,
    first_time_buyers::FirstTimeBuyers,
    hold::accounts_of,
    new_rows::{NewEntries, NewHolds},
    receipt::Move,
    rules::{self, Availability, HoldDecision, ShopperStock},
    shoppers::shoppers,
    stock_row::StockRow,
    waitlist_offers::offer_free_units,
};
use crate::{
    events::NewEvent,
    kernel::{AccountId, Error, HoldId, Result, SaleId, SaleItemId, TenantId, WaitlistId},
    platform::{
        Db, Platform, Tx,
        broker::Notice,
        hot_path::{BatchReceiver, BatchSender},
    },
    sales::{self, ContentItem, PublishedSale, SaleCache},
};

/// Requests decided in one transaction, at most.
const GROUP_MAX: usize = 256;
/// A writer without requests for this long ends.
const IDLE: Duration = Duration::from_mins(1);
/// The same on a node that shuts down.
const IDLE_AT_SHUTDOWN: Duration = Duration::from_millis(500);
/// How long a group is retried while the database fails, before its shoppers are told so.
const RETRY_FOR: Duration = Duration::from_secs(8);
/// One try takes no longer than this: the connection is dead by then. If its commit succeeds after
/// all, the next try finds the idempotency keys.
const TRY_LIMIT: Duration = Duration::from_secs(5);
/// A transaction begun in advance waits no longer than this for its group.
const BEGUN_IN_ADVANCE: Duration = Duration::from_millis(100);
const RETRY_PAUSE: Duration = Duration::from_millis(50);

/// A request and where its outcome goes.
pub struct PendingRequest {
    pub request: HoldRequest,
    /// Known to be registered for the sale, where only registered shoppers may buy.
    pub registered: bool,
    pub sale: Arc<PublishedSale>,
    pub outcome: oneshot::Sender<Result<HoldOutcome>>,
}

/// What the writers of a node share. Cheap to clone.
#[derive(Clone)]
pub struct WriterContext {
    pub platform: Platform,
    pub sale_cache: SaleCache,
    pub registered: Registered,
    /// The senders to the writers that run, by item.
    pub writers: Arc<Mutex<HashMap<SaleItemId, BatchSender<PendingRequest>>>>,
}

type Outcomes = Vec<Result<HoldOutcome>>;

pub struct ItemWriter {
    context: WriterContext,
    tenant: TenantId,
    item: SaleItemId,
    requests: BatchReceiver<PendingRequest>,
    group: Vec<PendingRequest>,
    /// A transaction begun for the next group.
    begun: Option<Tx>,
    first_time_buyers: FirstTimeBuyers,
    /// First-time buyers that are still being read.
    read_ahead: Option<oneshot::Receiver<FirstTimeBuyers>>,
    /// The runtime of the requests. Their outcomes are sent there, not on the writer's thread.
    request_runtime: Handle,
}

impl ItemWriter {
    /// Call it on the runtime of the requests.
    pub fn new(
        context: &WriterContext,
        tenant: TenantId,
        item: SaleItemId,
        requests: BatchReceiver<PendingRequest>,
        read_ahead: oneshot::Receiver<FirstTimeBuyers>,
    ) -> Self {
        Self {
            context: context.clone(),
            tenant,
            item,
            requests,
            group: Vec::with_capacity(GROUP_MAX),
            begun: None,
            first_time_buyers: FirstTimeBuyers::default(),
            read_ahead: Some(read_ahead),
            request_runtime: Handle::current(),
        }
    }

    /// Decides requests, group by group, until there have been none for a while.
    pub async fn run(mut self) {
        let mut last = 1;
        loop {
            let received = tokio::select! {
                biased;
                received = self.requests.recv_batch(&mut self.group, GROUP_MAX, last) => {
                    Some(received)
                }
                () = tokio::time::sleep(BEGUN_IN_ADVANCE), if self.begun.is_some() => {
                    self.begun = None;
                    if self.group.is_empty() {
                        continue;
                    }
                    Some(true)
                }
                () = idle(&self.context.platform) => None,
            };
            match received {
                Some(false) => return,
                Some(true) => {}
                None if !self.group.is_empty() => {} // the first came at the last moment
                None => {
                    // Later requests start another writer; those already queued are still decided.
                    self.requests.close();
                    let mut writers =
                        self.context.writers.lock().unwrap_or_else(PoisonError::into_inner);
                    writers.remove(&self.item);
                    continue;
                }
            }
            let outcomes = self.commit_with_retries().await;
            last = self.group.len();
            let Some(outcomes) = outcomes else {
                // Requests that queued up meanwhile fail now, not after a group of their own.
                self.requests.drain_ready(&mut self.group, usize::MAX);
                for pending in self.group.drain(..) {
                    let error = Error::Unavailable { retry_after_seconds: 2 };
                    let _ = pending.outcome.send(Err(error));
                }
                continue;
            };
            // Sent by a task on their own runtime. Waking them one by one from here would delay the
            // next group.
            let group = mem::replace(&mut self.group, Vec::with_capacity(GROUP_MAX));
            self.request_runtime.spawn(async move {
                for (pending, outcome) in group.into_iter().zip(outcomes) {
                    // It fails when the client has gone. A retry with its key gets the same
                    // outcome.
                    let _ = pending.outcome.send(outcome);
                }
            });
        }
    }

    /// Commits the group, and tries again while the database fails: should the group have been
    /// committed after all, its idempotency keys are found. None when it fails for too long.
    async fn commit_with_retries(&mut self) -> Option<Outcomes> {
        let began = tokio::time::Instant::now();
        loop {
            // They are put back only when a group was committed to its end.
            let first_time_buyers = mem::take(&mut self.first_time_buyers);
            let committed =
                tokio::time::timeout(TRY_LIMIT, self.commit_group(first_time_buyers)).await;
            match committed.unwrap_or(Err(Error::Unavailable { retry_after_seconds: 2 })) {
                Ok((outcomes, first_time_buyers)) => {
                    self.first_time_buyers = first_time_buyers;
                    return Some(outcomes);
                }
                Err(error) if began.elapsed() > RETRY_FOR => {
                    tracing::error!(?error, item = %self.item, "a group of holds failed for good");
                    return None;
                }
                Err(error) => {
                    tracing::warn!(?error, item = %self.item, "a group of holds failed; retrying");
                    tokio::time::sleep(RETRY_PAUSE).await;
                }
            }
        }
    }

    /// Decides the group in one transaction. The commit of a larger group begins the transaction of
    /// the next one in the same round trip.
    async fn commit_group(
        &mut self,
        mut first_time_buyers: FirstTimeBuyers,
    ) -> Result<(Outcomes, FirstTimeBuyers)> {
        let (tenant, item) = (self.tenant, self.item);
        if let Some(Ok(read_ahead)) = self.read_ahead.as_mut().map(oneshot::Receiver::try_recv) {
            first_time_buyers = read_ahead;
            self.read_ahead = None;
        }
        let mut tx = match self.begun.take() {
            Some(begun) => begun,
            None => self.context.platform.dedicated.db().tenant(tenant).await?,
        };
        let mut stock =
            StockRow::lock_since(&mut tx, tenant, item, first_time_buyers.length()).await?;
        // Another node may have held the lock for a while: take the requests that came meanwhile.
        self.requests.drain_ready(&mut self.group, GROUP_MAX);
        first_time_buyers.catch_up(stock.receipt_length(), stock.moved_since());
        let Some(last) = self.group.last() else {
            return Ok((vec![], first_time_buyers));
        };
        let sale = current_sale(&self.context, &mut tx, &stock, &last.sale).await?;
        let now = self.context.platform.clock.now();
        let (mut shoppers, registered) =
            read_shoppers(&self.context, &mut tx, item, &sale, &self.group, &first_time_buyers)
                .await?;
        shoppers.reserve(self.group.len());
        let mut group = Group {
            sale: &sale,
            item,
            now,
            stock: &mut stock,
            holds: NewHolds::default(),
            entries: NewEntries::default(),
            registered,
        };
        let outcomes: Outcomes =
            self.group.iter().map(|pending| group.outcome(&mut shoppers, pending)).collect();
        let Group { holds, entries, .. } = group;
        if !stock.has_moves() {
            tx.rollback().await?;
            if outcomes.iter().any(Result::is_ok) {
                // A repeated outcome may not be on disk yet: the node that wrote it flushes after
                // its commit.
                self.context.platform.dedicated.db().flush().await?;
            }
            return Ok((outcomes, first_time_buyers));
        }
        let events = events_of(&sale, item, stock.receipt_length() + 1, &holds, &entries)?;
        // Units may be left that were too few for the entries ahead, but not for the new ones.
        let may_offer = stock.waiting > 0 && stock.available() > 0;
        let mut length = stock.save_with(&mut tx, now, &holds, &entries, &events).await?;
        let mut offered = vec![];
        if may_offer {
            let mut stock = StockRow::lock(&mut tx, tenant, item).await?;
            offered = offer_free_units(&mut tx, &mut stock, now).await?;
            length = stock.save(&mut tx, now).await?;
        }
        if self.group.len() > 1 {
            Db::commit_and_begin(&mut tx, tenant).await?;
            self.begun = Some(tx);
        } else {
            tx.commit().await?;
        }
        let moved: Vec<AccountId> = holds
            .rows
            .accounts()
            .chain(entries.rows.accounts())
            .chain(accounts_of(&offered))
            .collect();
        let ids: Vec<Uuid> = moved.iter().map(|account| account.0).collect();
        first_time_buyers.catch_up(length, Some(&ids));
        let broker = &self.context.platform.broker;
        broker.publish(Notice::ShoppersChanged { accounts: moved }).await;
        broker.publish(Notice::StockChanged { slug: sale.slug.clone() }).await;
        Ok((with_offers(outcomes, offered), first_time_buyers))
    }
}

/// The sale as the locked row knows it. It is read again when the cache of this node is behind.
async fn current_sale(
    context: &WriterContext,
    tx: &mut Tx,
    stock: &StockRow,
    cached: &Arc<PublishedSale>,
) -> Result<Arc<PublishedSale>> {
    if stock.is_sold_as(cached) {
        return Ok(cached.clone());
    }
    let sale = sales::published_or_rehearsed(tx, &cached.slug).await?;
    context.sale_cache.forget(&cached.slug);
    Ok(Arc::new(sale.ok_or(Error::NotFound("sale"))?))
}

/// What the shoppers of a group have of the item, except for known first-time buyers; and which of
/// those not known to be registered are.
async fn read_shoppers(
    context: &WriterContext,
    tx: &mut Tx,
    item: SaleItemId,
    sale: &PublishedSale,
    group: &[PendingRequest],
    first_time_buyers: &FirstTimeBuyers,
) -> Result<(HashMap<AccountId, ShopperStock>, HashSet<AccountId>)> {
    let account = |pending: &PendingRequest| pending.request.account.0;
    let mut accounts: Vec<Uuid> = group.iter().map(account).collect();
    accounts.sort_unstable();
    accounts.dedup(); // a shopper may have several requests in a group
    accounts.retain(|account| !first_time_buyers.contains(*account));
    let ask = |pending: &&PendingRequest| sale.content.registered_only && !pending.registered;
    let unregistered: Vec<Uuid> = group.iter().filter(ask).map(account).collect();
    if accounts.is_empty() && unregistered.is_empty() {
        return Ok((HashMap::new(), HashSet::new()));
    }
    let (shoppers, registered) =
        shoppers(tx, sale.tenant, sale.id, item, &accounts, &unregistered).await?;
    context.registered.learn(sale.id, &registered);
    Ok((shoppers, registered.into_iter().collect()))
}

/// Returns when a writer has been idle for long; soon, once the node shuts down.
async fn idle(platform: &Platform) {
    tokio::select! {
        () = tokio::time::sleep(IDLE) => {}
        () = platform.shutdown.cancelled() => tokio::time::sleep(IDLE_AT_SHUTDOWN).await,
    }
}

/// The events of a group: how many holds were made and how many shoppers joined the waitlist. The
/// receipt's entry names each of them; to repeat that would be a fifth of what a group costs the
/// database.
fn events_of<'a>(
    sale: &PublishedSale,
    item: SaleItemId,
    receipt_sequence: i64,
    holds: &NewHolds<'_>,
    entries: &NewEntries<'_>,
) -> Result<Vec<NewEvent<'a>>> {
    let event = |kind, quantities: &[i32]| {
        let (count, units) = (quantities.len(), quantities.iter().sum());
        (count > 0).then(|| {
            let payload =
                GroupEvent { sale_id: sale.id, sale_item_id: item, receipt_sequence, count, units };
            NewEvent::new(kind, &payload)
        })
    };
    let held = event("hold.created", &holds.rows.quantities);
    let joined = event("waitlist.joined", &entries.rows.quantities);
    held.into_iter().chain(joined).collect()
}

/// The payload of a group's event.
#[derive(Serialize)]
struct GroupEvent {
    sale_id: SaleId,
    sale_item_id: SaleItemId,
    /// The entry of the item's receipt that names each hold or waitlist entry.
    receipt_sequence: i64,
    count: usize,
    units: i32,
}

/// Replaces the outcome of shoppers who joined the waitlist and were offered units in the same
/// transaction.
fn with_offers(mut outcomes: Outcomes, offered: Vec<Hold>) -> Outcomes {
    for hold in offered {
        let waiting = outcomes.iter_mut().flatten().find(|outcome| match outcome {
            HoldOutcome::Waiting(entry, _) => entry.account == hold.account,
            HoldOutcome::Held(_) => false,
        });
        if let Some(outcome) = waiting {
            *outcome = HoldOutcome::Held(hold);
        }
    }
    outcomes
}

/// A group while its requests are decided.
struct Group<'g, 'r> {
    sale: &'g PublishedSale,
    item: SaleItemId,
    now: OffsetDateTime,
    stock: &'g mut StockRow,
    holds: NewHolds<'r>,
    entries: NewEntries<'r>,
    /// Found to be registered, of those not known to be.
    registered: HashSet<AccountId>,
}

impl<'r> Group<'_, 'r> {
    fn outcome(
        &mut self,
        shoppers: &mut HashMap<AccountId, ShopperStock>,
        pending: &'r PendingRequest,
    ) -> Result<HoldOutcome> {
        let request = &pending.request;
        let shopper = shoppers.entry(request.account).or_default();
        match (
            sellable(self.sale, self.item, self.now),
            shopper.holds.get(&request.idempotency_key),
        ) {
            (Ok(item), _) => self.decide(item, shopper, pending),
            (Err(_), Some(hold)) if hold.quantity == request.quantity => {
                Ok(HoldOutcome::Held(hold.clone()))
            }
            (Err(error), _) => Err(error),
        }
    }

    fn decide(
        &mut self,
        item: &ContentItem,
        shopper: &mut ShopperStock,
        pending: &'r PendingRequest,
    ) -> Result<HoldOutcome> {
        let request = &pending.request;
        let mut available = Availability {
            units: self.stock.available(),
            waiting: self.stock.waiting,
            limit_per_shopper: item.limit_per_shopper,
        };
        let admitted = !self.sale.content.registered_only
            || pending.registered
            || self.registered.contains(&request.account);
        match rules::decide(&mut available, shopper, request, admitted) {
            HoldDecision::RetryOfHold(hold) => Ok(HoldOutcome::Held(hold)),
            HoldDecision::RetryOfEntry(entry) => Ok(HoldOutcome::Waiting(entry, None)),
            HoldDecision::Hold => {
                let hold = self.hold(request);
                shopper.units += i64::from(hold.quantity);
                shopper.holds.insert(request.idempotency_key.clone(), hold.clone());
                Ok(HoldOutcome::Held(hold))
            }
            HoldDecision::JoinWaitlist => {
                let entry = self.join_waitlist(request);
                shopper.entry = Some((request.idempotency_key.clone(), entry.clone()));
                Ok(HoldOutcome::Waiting(entry, Some(self.stock.waiting.into())))
            }
            HoldDecision::KeyOfOtherQuantity(quantity) => {
                Err(errors::key_of_other_quantity(quantity))
            }
            HoldDecision::KeyOfOtherItem => Err(errors::key_of_other_item()),
            HoldDecision::AlreadyWaiting(quantity) => Err(errors::already_waiting(item, quantity)),
            HoldDecision::OverLimit(has) => Err(errors::over_limit(item, has)),
            HoldDecision::TooFew(left) => Err(errors::too_few(item, left)),
            HoldDecision::NotRegistered if self.sale.rehearsal => Err(Error::NotFound("sale")),
            HoldDecision::NotRegistered => Err(errors::not_registered()),
        }
    }

    fn hold(&mut self, request: &'r HoldRequest) -> Hold {
        let hold = Hold {
            tenant: self.sale.tenant,
            id: HoldId::new(),
            sale_id: self.sale.id,
            sale_item_id: self.item,
            account: request.account,
            visit_id: request.visit_id,
            quantity: request.quantity,
            state: HoldState::Held,
            created_at: self.now,
            expires_at: self.now + time::Duration::seconds(self.sale.content.hold_seconds.into()),
            stopped_at: None,
            revision: Some(self.sale.revision),
        };
        self.stock.record(hold.account, Move::Held { hold: hold.id, quantity: hold.quantity });
        self.holds.push(&hold, &request.idempotency_key);
        hold
    }

    fn join_waitlist(&mut self, request: &'r HoldRequest) -> WaitlistEntry {
        let entry = WaitlistEntry {
            tenant: self.sale.tenant,
            id: WaitlistId::new(),
            sale_id: self.sale.id,
            sale_item_id: self.item,
            account: request.account,
            visit_id: request.visit_id,
            quantity: request.quantity,
            accept_fewer: request.accept_fewer,
            position: self.stock.next_position(),
            state: EntryState::Waiting,
            hold_id: None,
            created_at: self.now,
        };
        let WaitlistEntry { id, account, quantity, accept_fewer, position, .. } = entry;
        self.stock.record(account, Move::Joined { entry: id, quantity, accept_fewer, position });
        self.entries.push(&entry, &request.idempotency_key);
        entry
    }
}
