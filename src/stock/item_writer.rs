//! Who attends a counter: takes those who come, group by group, and deals with each group in one
//! transaction.

use std::{
    collections::{HashMap, HashSet},
    mem,
    sync::Arc,
    time::Duration,
};

use serde::Serialize;
use time::OffsetDateTime;
use tokio::{runtime::Handle, sync::oneshot};
use uuid::Uuid;

use super::{
    Allocator, Answer, EntryState, Hold, HoldState, WaitlistEntry, accounts_of,
    allocator::{
        not_registered, other_item, other_quantity, over_limit, sellable, too_few, waits_already,
    },
    first_time_buyers::FirstTimeBuyers,
    receipt::Move,
    rules::{self, Arrival, Shelf, Shopper, Verdict},
    stock_row::StockRow,
    store::{self, NewHold},
    waitlist::{self, NewEntry},
};
use crate::{
    events::NewEvent,
    kernel::{AccountId, Error, HoldId, Result, SaleId, SaleItemId, TenantId, WaitlistId},
    platform::{Db, Platform, Tx, broker::Notice, hot_path::BatchReceiver},
    sales::{self, ContentItem, PublishedSale},
};

/// BatchReceiver dealt with in one transaction at most.
const GROUP_MAX: usize = 256;
/// A counter that nobody came to for this long closes.
const IDLE: Duration = Duration::from_mins(1);
/// The same on a node that is to end.
const LAST_CALL: Duration = Duration::from_millis(500);
/// How long a group is tried again when the database fails, before its arrivals are told so.
const RETRY_FOR: Duration = Duration::from_secs(8);
/// One try takes no longer: the connection is dead then. Should its commit come through after all,
/// the keys are known again.
const TRY_LIMIT: Duration = Duration::from_secs(5);
/// A transaction begun ahead waits no longer for its group.
const AHEAD: Duration = Duration::from_millis(100);
const RETRY_PAUSE: Duration = Duration::from_millis(50);

/// Someone at a counter.
pub struct Caller {
    pub arrival: Arrival,
    pub visit: Option<Uuid>,
    pub accept_fewer: bool,
    /// Known to be registered for the sale, where only those may buy.
    pub registered: bool,
    pub sale: Arc<PublishedSale>,
    pub answer: oneshot::Sender<Result<Answer>>,
}

pub struct ItemWriter {
    allocator: Allocator,
    tenant: TenantId,
    item: SaleItemId,
    arrivals: BatchReceiver<Caller>,
    /// Who is dealt with.
    group: Vec<Caller>,
    /// A transaction begun for the next group.
    begun: Option<Tx>,
    first_time_buyers: FirstTimeBuyers,
    /// Those being read ahead.
    ahead: Option<oneshot::Receiver<FirstTimeBuyers>>,
    /// Where callers wait for their answers: theirs is not the clerk's thread.
    callers: Handle,
}

impl ItemWriter {
    /// To be called where the callers are.
    pub fn new(
        allocator: &Allocator,
        tenant: TenantId,
        item: SaleItemId,
        arrivals: BatchReceiver<Caller>,
        ahead: oneshot::Receiver<FirstTimeBuyers>,
    ) -> Self {
        let group = Vec::with_capacity(GROUP_MAX);
        Self {
            allocator: allocator.clone(),
            tenant,
            item,
            arrivals,
            group,
            begun: None,
            first_time_buyers: FirstTimeBuyers::default(),
            ahead: Some(ahead),
            callers: Handle::current(),
        }
    }

    /// Deals with who comes to a counter, group by group, until nobody comes any more.
    pub async fn attend(mut self) {
        let mut last = 1;
        loop {
            let more = tokio::select! {
                biased;
                more = self.arrivals.recv_batch(&mut self.group, GROUP_MAX, last) => Some(more),
                () = tokio::time::sleep(AHEAD), if self.begun.is_some() => {
                    self.begun = None;
                    if self.group.is_empty() {
                        continue;
                    }
                    Some(true)
                }
                () = nobody_comes(&self.allocator.platform) => None,
            };
            match more {
                Some(false) => return,
                Some(true) => {}
                None if !self.group.is_empty() => {} // the first came at the last moment
                None => {
                    // Whoever comes from now on opens another; who is in the channel already is
                    // dealt with.
                    self.arrivals.close();
                    self.allocator.close(self.item);
                    continue;
                }
            }
            let answers = self.deal_persistently().await;
            last = self.group.len();
            let Some(answers) = answers else {
                // Whoever came meanwhile hears it now, rather than wait for a group of their own.
                self.arrivals.drain_ready(&mut self.group, usize::MAX);
                for caller in self.group.drain(..) {
                    let _ = caller.answer.send(Err(Error::Unavailable { retry_after_seconds: 2 }));
                }
                continue;
            };
            // Told by a task of theirs: woken one by one from here they would keep the next group
            // waiting.
            let group = mem::replace(&mut self.group, Vec::with_capacity(GROUP_MAX));
            self.callers.spawn(async move {
                for (caller, answer) in group.into_iter().zip(answers) {
                    // An error means that the caller has gone; a retry with the same key hears the
                    // same answer.
                    let _ = caller.answer.send(answer);
                }
            });
        }
    }

    /// Deals with a group, again while the database fails: keys make a group that was committed
    /// after all known again. None when it fails for too long.
    async fn deal_persistently(&mut self) -> Option<Vec<Result<Answer>>> {
        let began = tokio::time::Instant::now();
        loop {
            // They are known again only once a group was dealt with to its end.
            let first_time_buyers = mem::take(&mut self.first_time_buyers);
            let dealt = tokio::time::timeout(TRY_LIMIT, self.deal(first_time_buyers)).await;
            match dealt.unwrap_or(Err(Error::Unavailable { retry_after_seconds: 2 })) {
                Ok((answers, first_time_buyers)) => {
                    self.first_time_buyers = first_time_buyers;
                    return Some(answers);
                }
                Err(error) if began.elapsed() > RETRY_FOR => {
                    tracing::error!(?error, item = %self.item, "a group at the allocator could not be dealt with");
                    return None;
                }
                Err(error) => {
                    tracing::warn!(?error, item = %self.item, "a group at the allocator is tried again");
                    tokio::time::sleep(RETRY_PAUSE).await;
                }
            }
        }
    }

    /// One group, one transaction; the next is begun with its commit when there are many, so that
    /// their group need not wait for that.
    async fn deal(
        &mut self,
        mut first_time_buyers: FirstTimeBuyers,
    ) -> Result<(Vec<Result<Answer>>, FirstTimeBuyers)> {
        let (tenant, item) = (self.tenant, self.item);
        if let Some(Ok(ahead)) = self.ahead.as_mut().map(oneshot::Receiver::try_recv) {
            first_time_buyers = ahead;
            self.ahead = None;
        }
        let mut tx = match self.begun.take() {
            Some(begun) => begun,
            None => self.allocator.platform.dedicated.db().tenant(tenant).await?,
        };
        let mut counters =
            StockRow::lock_since(&mut tx, tenant, item, first_time_buyers.length()).await?;
        // Another node may have had the lock for a while: whoever came meanwhile is of this group.
        self.arrivals.drain_ready(&mut self.group, GROUP_MAX);
        first_time_buyers.catch_up(counters.receipt_length(), counters.moved_since());
        let Some(mut sale) = self.group.last().map(|caller| caller.sale.clone()) else {
            return Ok((vec![], first_time_buyers));
        };
        if !counters.is_sold_as(&sale) {
            // The memory of this node is behind: what the locked row says counts.
            let slug = sale.slug.clone();
            sale = sales::published_or_rehearsed(&mut tx, &slug)
                .await?
                .map(Arc::new)
                .ok_or(Error::NotFound("sale"))?;
            self.allocator.sale_cache.forget(&slug);
        }
        let now = self.allocator.platform.clock.now();
        let mut accounts: Vec<Uuid> =
            self.group.iter().map(|caller| caller.arrival.account.0).collect();
        accounts.sort_unstable();
        accounts.dedup(); // who pressed twice in a group is looked up, and counted, once
        let unknown = |caller: &&Caller| sale.content.registered_only && !caller.registered;
        let unknown: Vec<Uuid> =
            self.group.iter().filter(unknown).map(|caller| caller.arrival.account.0).collect();
        accounts.retain(|account| !first_time_buyers.contains(*account));
        let (mut shoppers, mut found) = (HashMap::new(), vec![]);
        if !accounts.is_empty() || !unknown.is_empty() {
            (shoppers, found) =
                store::shoppers(&mut tx, tenant, sale.id, item, &accounts, &unknown).await?;
            self.allocator.registered.learn(sale.id, &found);
        }
        shoppers.reserve(self.group.len());
        let mut dealt = Dealt {
            sale: &sale,
            now,
            counters: &mut counters,
            holds: vec![],
            entries: vec![],
            found: found.into_iter().collect(),
        };
        let answers: Vec<Result<Answer>> = self
            .group
            .iter()
            .map(|caller| {
                let shopper = shoppers.entry(caller.arrival.account).or_default();
                match (sellable(&sale, item, now), shopper.holds.get(&caller.arrival.key)) {
                    (Ok(content), _) => dealt.caller(content, shopper, caller),
                    (Err(_), Some(hold)) if hold.quantity == caller.arrival.quantity => {
                        Ok(Answer::Held(hold.clone()))
                    }
                    (Err(error), _) => Err(error),
                }
            })
            .collect();
        let Dealt { holds, entries, .. } = dealt;
        if !counters.moved() {
            tx.rollback().await?;
            if answers.iter().any(Result::is_ok) {
                // What is told again may not be on disk yet: who wrote it waits for that after the
                // commit.
                self.allocator.platform.dedicated.db().flush().await?;
            }
            return Ok((answers, first_time_buyers));
        }
        let told = events_of(&sale, item, counters.receipt_length() + 1, &holds, &entries)?;
        // Units may be free that those before did not want: too few for all of theirs.
        let may_serve = counters.waiting > 0 && counters.available() > 0;
        let mut saved = counters.save_with(&mut tx, now, &holds, &entries, &told).await?;
        let mut offered = vec![];
        if may_serve {
            let mut counters = StockRow::lock(&mut tx, tenant, item).await?;
            offered = waitlist::serve(&mut tx, &mut counters, now).await?;
            saved = counters.save(&mut tx, now).await?;
        }
        if self.group.len() > 1 {
            Db::commit_and_begin(&mut tx, tenant).await?;
            self.begun = Some(tx);
        } else {
            tx.commit().await?;
        }
        let moved: Vec<AccountId> =
            told_of(&holds, &entries).chain(accounts_of(&offered)).collect();
        first_time_buyers
            .catch_up(saved, Some(&moved.iter().map(|account| account.0).collect::<Vec<_>>()));
        let broker = &self.allocator.platform.broker;
        broker.publish(Notice::ShoppersChanged { accounts: moved }).await;
        broker.publish(Notice::StockChanged { slug: sale.slug.clone() }).await;
        Ok((with_offers(answers, offered), first_time_buyers))
    }
}

/// Until a counter has been idle for long; for a moment, once the node is to end.
async fn nobody_comes(platform: &Platform) {
    tokio::select! {
        () = tokio::time::sleep(IDLE) => {}
        () = platform.shutdown.cancelled() => tokio::time::sleep(LAST_CALL).await,
    }
}

/// The events of a group: how many were held and how many went to the line. Which and whose stands
/// in the receipt's entry; once more would be a fifth of what a group costs the database.
fn events_of<'a>(
    sale: &PublishedSale,
    item: SaleItemId,
    receipt_sequence: i64,
    holds: &[NewHold],
    entries: &[NewEntry],
) -> Result<Vec<NewEvent<'a>>> {
    let event = |kind, quantities: Vec<i32>| {
        let (count, units) = (quantities.len(), quantities.iter().sum());
        (count > 0).then(|| {
            NewEvent::new(
                kind,
                &Group { sale_id: sale.id, sale_item_id: item, receipt_sequence, count, units },
            )
        })
    };
    let held = event("hold.created", holds.iter().map(|new| new.hold.quantity).collect());
    let joined = event("waitlist.joined", entries.iter().map(|new| new.entry.quantity).collect());
    held.into_iter().chain(joined).collect()
}

/// What the event of a group says.
#[derive(Serialize)]
struct Group {
    sale_id: SaleId,
    sale_item_id: SaleItemId,
    /// The entry of the item's receipt that names each.
    receipt_sequence: i64,
    count: usize,
    units: i32,
}

/// Whose holds or waitlist positions these are.
fn told_of(holds: &[NewHold], entries: &[NewEntry]) -> impl Iterator<Item = AccountId> {
    holds.iter().map(|new| new.hold.account).chain(entries.iter().map(|new| new.entry.account))
}

/// Who was put in line and offered units in the same transaction is told of the units.
fn with_offers(mut answers: Vec<Result<Answer>>, offered: Vec<Hold>) -> Vec<Result<Answer>> {
    for hold in offered {
        let waits = |answer: &&mut Result<Answer>| matches!(answer, Ok(Answer::Waiting(entry, _)) if entry.account == hold.account);
        if let Some(answer) = answers.iter_mut().find(waits) {
            *answer = Ok(Answer::Held(hold));
        }
    }
    answers
}

/// A group being dealt with.
struct Dealt<'a> {
    sale: &'a PublishedSale,
    now: OffsetDateTime,
    counters: &'a mut StockRow,
    holds: Vec<NewHold>,
    entries: Vec<NewEntry>,
    /// Found to be registered, of those of whom it was not known.
    found: HashSet<AccountId>,
}

impl Dealt<'_> {
    fn caller(
        &mut self,
        item: &ContentItem,
        shopper: &mut Shopper,
        caller: &Caller,
    ) -> Result<Answer> {
        let mut shelf = Shelf {
            available: self.counters.available(),
            waiting: self.counters.waiting,
            limit: item.limit_per_shopper,
        };
        let admitted = !self.sale.content.registered_only
            || caller.registered
            || self.found.contains(&caller.arrival.account);
        match rules::deal(&mut shelf, shopper, &caller.arrival, admitted) {
            Verdict::AgainHeld(hold) => Ok(Answer::Held(hold)),
            Verdict::AgainWaiting(entry) => Ok(Answer::Waiting(entry, None)),
            Verdict::Hold => {
                let hold = self.hold(item.sale_item_id, caller);
                shopper.units += i64::from(hold.quantity);
                shopper.holds.insert(caller.arrival.key.clone(), hold.clone());
                Ok(Answer::Held(hold))
            }
            Verdict::Wait => {
                let entry = self.wait(item.sale_item_id, caller);
                shopper.entry = Some((caller.arrival.key.clone(), entry.clone()));
                Ok(Answer::Waiting(entry, Some(self.counters.waiting.into())))
            }
            Verdict::OtherQuantity(quantity) => Err(other_quantity(quantity)),
            Verdict::OtherItem => Err(other_item()),
            Verdict::WaitsAlready(quantity) => Err(waits_already(item, quantity)),
            Verdict::OverLimit(has) => Err(over_limit(item, has)),
            Verdict::TooFew(left) => Err(too_few(item, left)),
            Verdict::NotRegistered if self.sale.rehearsal => Err(Error::NotFound("sale")),
            Verdict::NotRegistered => Err(not_registered()),
        }
    }

    fn hold(&mut self, item: SaleItemId, caller: &Caller) -> Hold {
        let hold = Hold {
            tenant: self.sale.tenant,
            id: HoldId::new(),
            sale_id: self.sale.id,
            sale_item_id: item,
            account: caller.arrival.account,
            visit_id: caller.visit,
            quantity: caller.arrival.quantity,
            state: HoldState::Held,
            created_at: self.now,
            expires_at: self.now + time::Duration::seconds(self.sale.content.hold_seconds.into()),
        };
        self.counters.count(hold.account, Move::Held { hold: hold.id, quantity: hold.quantity });
        self.holds.push(NewHold { hold: hold.clone(), key: caller.arrival.key.clone() });
        hold
    }

    fn wait(&mut self, item: SaleItemId, caller: &Caller) -> WaitlistEntry {
        let entry = WaitlistEntry {
            tenant: self.sale.tenant,
            id: WaitlistId::new(),
            sale_id: self.sale.id,
            sale_item_id: item,
            account: caller.arrival.account,
            visit_id: caller.visit,
            quantity: caller.arrival.quantity,
            accept_fewer: caller.accept_fewer,
            position: self.counters.next_position(),
            state: EntryState::Waiting,
            hold_id: None,
            created_at: self.now,
        };
        let WaitlistEntry { id, account, quantity, accept_fewer, position, .. } = entry;
        self.counters.count(account, Move::Waited { entry: id, quantity, accept_fewer, position });
        self.entries.push(NewEntry { entry: entry.clone(), key: caller.arrival.key.clone() });
        entry
    }
}
