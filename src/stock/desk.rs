//! The desk: where everyone who presses Buy comes in. One counter per hot item and node takes arrivals from a bounded channel,
//! in order, and deals with up to 256 of them in one transaction. Nodes compete for the item's row once a group, not once a
//! shopper. Nothing before the counter asks the database.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde::Serialize;
use time::OffsetDateTime;
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
};
use uuid::Uuid;

use super::{
    Entry, EntryState, Hold, HoldState, accounts_of,
    admission::Registered,
    counters::Counters,
    line::{self, NewEntry},
    receipt::Move,
    rules::{self, Arrival, Shelf, Shopper, Verdict},
    store::{self, NewHold},
};
use crate::{
    events::NewEvent,
    kernel::{AccountId, Error, FieldError, HoldId, Result, SaleId, SaleItemId, TenantId, WaitlistId},
    platform::{Platform, Tx, broker::Notice, hot},
    sales::{self, ContentItem, PublishedSale, SaleMode, Shelves},
};

/// Arrivals dealt with in one transaction at most.
const GROUP_MAX: usize = 256;
/// Arrivals that wait at one counter at most; past it the answer is 503.
const QUEUE_MAX: usize = 32_768;
/// A counter that nobody came to for this long closes.
const IDLE: Duration = Duration::from_mins(1);
/// The same on a node that is to end.
const LAST_CALL: Duration = Duration::from_millis(500);
/// How long a group is tried again when the database fails, before its arrivals are told so.
const RETRY_FOR: Duration = Duration::from_secs(8);
/// One try takes no longer: the connection is dead then. Should its commit come through after all, the keys are known again.
const TRY_LIMIT: Duration = Duration::from_secs(5);
/// A transaction begun ahead waits no longer for its group.
const AHEAD: Duration = Duration::from_millis(100);
const RETRY_PAUSE: Duration = Duration::from_millis(50);

/// Wants units of an item of a published sale.
#[derive(Debug, Clone)]
pub struct HoldRequest {
    pub sale_slug: String,
    pub sale_item_id: SaleItemId,
    pub account: AccountId,
    pub quantity: i32,
    /// The same key by the same account for the same item gives the same answer; with another quantity it is a 409.
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
    Waiting(Entry, Option<i64>),
}

/// The counters of this node. Cheap to clone.
#[derive(Clone)]
pub struct Desk {
    platform: Platform,
    shelves: Shelves,
    counters: Arc<Mutex<HashMap<SaleItemId, mpsc::Sender<Caller>>>>,
    registered: Registered,
}

/// A transaction on its way, for the next group.
type Ahead = JoinHandle<Result<Tx>>;

/// Someone at a counter.
struct Caller {
    arrival: Arrival,
    visit: Option<Uuid>,
    accept_fewer: bool,
    sale: Arc<PublishedSale>,
    answer: oneshot::Sender<Result<Answer>>,
}

impl Desk {
    pub fn new(platform: &Platform, shelves: &Shelves) -> Self {
        Self { platform: platform.clone(), shelves: shelves.clone(), counters: Arc::default(), registered: Registered::new(platform) }
    }

    /// The published sales as this node knows them.
    pub fn shelves(&self) -> &Shelves {
        &self.shelves
    }

    /// Holds units, or puts in line, or says why not: not live, halted, not registered, over the limit. The one door to stock.
    pub async fn hold(&self, request: HoldRequest) -> Result<Answer> {
        if request.quantity < 1 {
            return Err(FieldError::new("quantity", "Must be 1 or more").into());
        }
        let sale = self.shelves.get(&request.sale_slug).await?.ok_or(Error::NotFound("sale"))?;
        let now = self.platform.clock.now();
        if let Err(error) = sellable(&sale, request.sale_item_id, now) {
            // Boxed, as are other ways off the hot path: a future is as large as its largest way, and is moved about for each request.
            return Box::pin(self.again(&sale, &request, now)).await?.ok_or(error);
        }
        let (answer, answered) = oneshot::channel();
        let arrival = Arrival { account: request.account, quantity: request.quantity, key: request.idempotency_key, wait: request.wait };
        let caller = Caller { arrival, visit: request.visit_id, accept_fewer: request.accept_fewer, sale: sale.clone(), answer };
        self.counter(sale.tenant, request.sale_item_id).try_send(caller).map_err(|_| Error::Unavailable { retry_after_seconds: 1 })?;
        answered.await.map_err(|_| Error::Unavailable { retry_after_seconds: 1 })?
    }

    /// A retry of what was held before hears the same answer, whatever happened to the sale since.
    async fn again(&self, sale: &PublishedSale, request: &HoldRequest, now: OffsetDateTime) -> Result<Option<Answer>> {
        if now < sale.content.starts_at || sale.content.mode == SaleMode::Redirect || sale.item(request.sale_item_id).is_none() {
            return Ok(None);
        }
        let mut tx = self.platform.db.shopper(Some(request.account)).await?;
        match store::by_key(&mut tx, sale.tenant, request.sale_item_id, request.account, &request.idempotency_key).await? {
            Some(hold) if hold.quantity == request.quantity => Ok(Some(Answer::Held(hold))),
            Some(hold) => Err(other_quantity(hold.quantity)),
            None => Ok(None),
        }
    }

    /// The counter of an item; the first to come opens it.
    fn counter(&self, tenant: TenantId, item: SaleItemId) -> mpsc::Sender<Caller> {
        let mut counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(counter) = counters.get(&item).filter(|counter| !counter.is_closed()) {
            return counter.clone();
        }
        let (sender, receiver) = mpsc::channel(QUEUE_MAX);
        counters.insert(item, sender.clone());
        self.platform.hot.spawn(self.clone().attend(tenant, item, receiver));
        sender
    }

    /// Deals with who comes to a counter, group by group, until nobody comes any more.
    async fn attend(self, tenant: TenantId, item: SaleItemId, mut arrivals: mpsc::Receiver<Caller>) {
        let mut group = Vec::with_capacity(GROUP_MAX);
        let mut last = 1;
        let mut ahead = None;
        loop {
            let more = tokio::select! {
                biased;
                more = hot::gather(&mut arrivals, &mut group, GROUP_MAX, last) => Some(more),
                () = tokio::time::sleep(AHEAD), if ahead.is_some() => {
                    ahead = None;
                    if group.is_empty() {
                        continue;
                    }
                    Some(true)
                }
                () = self.nobody_comes() => None,
            };
            match more {
                Some(false) => return,
                Some(true) => last = group.len(),
                None if !group.is_empty() => {} // the first came at the last moment
                None => {
                    // Whoever comes from now on opens another; who is in the channel already is dealt with.
                    arrivals.close();
                    self.counters.lock().unwrap_or_else(PoisonError::into_inner).remove(&item);
                    continue;
                }
            }
            let Some(answers) = self.deal_persistently(tenant, item, &group, &mut ahead).await else {
                // Whoever came meanwhile hears it now, rather than wait for a group of their own.
                let came = std::iter::from_fn(|| arrivals.try_recv().ok());
                for caller in group.drain(..).chain(came) {
                    let _ = caller.answer.send(Err(Error::Unavailable { retry_after_seconds: 2 }));
                }
                continue;
            };
            for (caller, answer) in group.drain(..).zip(answers) {
                // An error means that the caller has gone; a retry with the same key hears the same answer.
                let _ = caller.answer.send(answer);
            }
        }
    }

    /// Until a counter has been idle for long; for a moment, once the node is to end.
    async fn nobody_comes(&self) {
        tokio::select! {
            () = tokio::time::sleep(IDLE) => {}
            () = self.platform.shutdown.cancelled() => tokio::time::sleep(LAST_CALL).await,
        }
    }

    /// Deals with a group, again while the database fails: keys make a group that was committed after all known again.
    /// None when it fails for too long.
    async fn deal_persistently(&self, tenant: TenantId, item: SaleItemId, group: &[Caller], ahead: &mut Option<Ahead>) -> Option<Vec<Result<Answer>>> {
        let began = tokio::time::Instant::now();
        loop {
            let dealt = tokio::time::timeout(TRY_LIMIT, self.deal(tenant, item, group, ahead)).await;
            match dealt.unwrap_or(Err(Error::Unavailable { retry_after_seconds: 2 })) {
                Ok(answers) => return Some(answers),
                Err(error) if began.elapsed() > RETRY_FOR => {
                    tracing::error!(?error, %item, "a group at the desk could not be dealt with");
                    return None;
                }
                Err(error) => {
                    tracing::warn!(?error, %item, "a group at the desk is tried again");
                    tokio::time::sleep(RETRY_PAUSE).await;
                }
            }
        }
    }

    /// One group, one transaction; the next is begun meanwhile when there are many, so that their group need not wait for that.
    async fn deal(&self, tenant: TenantId, item: SaleItemId, group: &[Caller], ahead: &mut Option<Ahead>) -> Result<Vec<Result<Answer>>> {
        let Some(mut sale) = group.last().map(|caller| caller.sale.clone()) else { return Ok(vec![]) };
        let begun = match ahead.take() {
            Some(begun) => begun.await.ok().and_then(Result::ok),
            None => None,
        };
        let mut tx = match begun {
            Some(begun) => begun,
            None => Counters::begin(self.platform.hot.db(), tenant).await?,
        };
        let mut counters = Counters::lock(&mut tx, tenant, item).await?;
        if group.len() > 1 {
            let platform = self.platform.clone();
            *ahead = Some(tokio::spawn(async move { Counters::begin(platform.hot.db(), tenant).await }));
        }
        if !counters.is_sold_as(&sale) {
            // The memory of this node is behind: what the locked row says counts.
            let slug = sale.slug.clone();
            sale = sales::published_or_rehearsed(&mut tx, &slug).await?.map(Arc::new).ok_or(Error::NotFound("sale"))?;
            self.shelves.forget(&slug).await;
        }
        let now = self.platform.clock.now();
        let mut accounts: Vec<Uuid> = group.iter().map(|caller| caller.arrival.account.0).collect();
        accounts.sort_unstable();
        accounts.dedup(); // who pressed twice in a group is looked up, and counted, once
        let (mut registered, unknown) = if sale.content.registered_only { self.registered.among(sale.id, &accounts) } else { Default::default() };
        let (mut shoppers, found) = store::shoppers(&mut tx, tenant, sale.id, item, &accounts, &unknown).await?;
        self.registered.learn(sale.id, &found);
        registered.extend(found);
        let registered = sale.content.registered_only.then_some(registered);
        let mut group_dealt = Dealt { sale: &sale, now, counters: &mut counters, holds: vec![], entries: vec![], registered };
        let answers: Vec<Result<Answer>> = group
            .iter()
            .map(|caller| {
                let shopper = shoppers.entry(caller.arrival.account).or_default();
                match (sellable(&sale, item, now), shopper.holds.get(&caller.arrival.key)) {
                    (Ok(content), _) => group_dealt.caller(content, shopper, caller),
                    (Err(_), Some(hold)) if hold.quantity == caller.arrival.quantity => Ok(Answer::Held(hold.clone())),
                    (Err(error), _) => Err(error),
                }
            })
            .collect();
        let Dealt { holds, entries, .. } = group_dealt;
        if !counters.moved() {
            return Ok(answers);
        }
        let mut told = vec![];
        if !holds.is_empty() {
            let lines = holds.iter().map(|NewHold { hold, .. }| Line { hold_id: Some(hold.id), ..Line::of(hold.account, hold.quantity, hold.visit_id) });
            told.push(NewEvent::new("hold.created", &Group { sale_id: sale.id, sale_item_id: item, lines: lines.collect() })?);
        }
        if !entries.is_empty() {
            let lines =
                entries.iter().map(|NewEntry { entry, .. }| Line { entry_id: Some(entry.id), ..Line::of(entry.account, entry.quantity, entry.visit_id) });
            told.push(NewEvent::new("waitlist.joined", &Group { sale_id: sale.id, sale_item_id: item, lines: lines.collect() })?);
        }
        // Units may be free that those before did not want: too few for all of theirs.
        let may_serve = counters.waiting > 0 && counters.available() > 0;
        counters.save_with(&mut tx, now, &holds, &entries, &told).await?;
        let mut offered = vec![];
        if may_serve {
            let mut counters = Counters::read(&mut tx, tenant, item).await?;
            offered = line::serve(&mut tx, &mut counters, now).await?;
            counters.save(&mut tx, now).await?;
        }
        tx.commit().await?;
        let accounts = told_of(&holds, &entries).chain(accounts_of(&offered)).collect();
        self.platform.broker.publish(Notice::ShoppersChanged { accounts }).await;
        self.platform.broker.publish(Notice::StockChanged { slug: sale.slug.clone() }).await;
        Ok(with_offers(answers, offered))
    }
}

/// What the event of a group says.
#[derive(Serialize)]
struct Group {
    sale_id: SaleId,
    sale_item_id: SaleItemId,
    lines: Vec<Line>,
}

/// One hold or place in line of it.
#[derive(Serialize)]
struct Line {
    #[serde(skip_serializing_if = "Option::is_none")]
    hold_id: Option<HoldId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    entry_id: Option<WaitlistId>,
    account_id: AccountId,
    quantity: i32,
    visit_id: Option<Uuid>,
}

impl Line {
    fn of(account_id: AccountId, quantity: i32, visit_id: Option<Uuid>) -> Self {
        Self { hold_id: None, entry_id: None, account_id, quantity, visit_id }
    }
}

/// Whose holds or places in line these are.
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
    counters: &'a mut Counters,
    holds: Vec<NewHold>,
    entries: Vec<NewEntry>,
    /// Who may buy; None: everyone.
    registered: Option<HashSet<AccountId>>,
}

impl Dealt<'_> {
    fn caller(&mut self, item: &ContentItem, shopper: &mut Shopper, caller: &Caller) -> Result<Answer> {
        let mut shelf = Shelf { available: self.counters.available(), waiting: self.counters.waiting, limit: item.limit_per_shopper };
        let admitted = self.registered.as_ref().is_none_or(|registered| registered.contains(&caller.arrival.account));
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
        self.counters.count(Move::Held { hold: hold.id, quantity: hold.quantity });
        self.holds.push(NewHold { hold: hold.clone(), key: caller.arrival.key.clone() });
        hold
    }

    fn wait(&mut self, item: SaleItemId, caller: &Caller) -> Entry {
        let entry = Entry {
            tenant: self.sale.tenant,
            id: WaitlistId::new(),
            sale_id: self.sale.id,
            sale_item_id: item,
            account: caller.arrival.account,
            visit_id: caller.visit,
            quantity: caller.arrival.quantity,
            accept_fewer: caller.accept_fewer,
            place: self.counters.next_place(),
            state: EntryState::Waiting,
            hold_id: None,
            created_at: self.now,
        };
        let Entry { id, quantity, accept_fewer, place, .. } = entry;
        self.counters.count(Move::Waited { entry: id, quantity, accept_fewer, place });
        self.entries.push(NewEntry { entry: entry.clone(), key: caller.arrival.key.clone() });
        entry
    }
}

/// The item, when the sale sells it here and now.
fn sellable(sale: &PublishedSale, item: SaleItemId, now: OffsetDateTime) -> Result<&ContentItem> {
    let item = sale.item(item).ok_or_else(|| FieldError::new("sale_item_id", "Is not an item of this sale"))?;
    if sale.content.mode == SaleMode::Redirect {
        return Err(Error::conflict("redirect_sale", "This is bought in the provider's own cart; use click_out_create."));
    }
    match (sale.state.as_str(), sale.provider_state.as_str()) {
        ("cancelled", _) => return Err(Error::conflict("cancelled", "This sale was cancelled.")),
        ("halted", _) => return Err(Error::conflict("halted", "This sale is halted for the moment. Try again later.")),
        (_, "approved") => {}
        _ => return Err(Error::conflict("halted", format!("{} does not sell at the moment.", sale.provider_name))),
    }
    if now < sale.content.starts_at {
        return Err(Error::conflict("not_started", format!("The sale starts at {}.", super::rfc3339(sale.content.starts_at))));
    }
    if now >= sale.content.ends_at {
        return Err(Error::conflict("ended", "The sale has ended."));
    }
    Ok(item)
}

fn other_quantity(quantity: i32) -> Error {
    Error::conflict("idempotency_conflict", format!("This Idempotency-Key stands for {quantity} already; use a new key for another number."))
}

fn other_item() -> Error {
    Error::conflict("idempotency_conflict", "This Idempotency-Key stands for another item already; use a new key for this one.")
}

fn waits_already(item: &ContentItem, quantity: i32) -> Error {
    let detail = format!("You are in line for {quantity} of {} already. Leave that place first if you want another number.", item.name);
    Error::conflict("already_waiting", detail)
}

fn over_limit(item: &ContentItem, has: i64) -> Error {
    let limit = i64::from(item.limit_per_shopper);
    let detail = match ((limit - has).max(0), has) {
        (0, has) => format!("You have {has} of {} already, and the limit is {limit} for each shopper: no more for you.", item.name),
        (more, 0) => format!("The limit is {limit} of {} for each shopper; you can have up to {more}.", item.name),
        (more, has) => format!("You have {has} of {} already, and the limit is {limit} for each shopper: you can have {more} more.", item.name),
    };
    Error::conflict("limit_reached", detail)
}

fn too_few(item: &ContentItem, left: i32) -> Error {
    let detail = match left {
        0 => format!("{} is sold out. Units come back when holds run out; wait in line for them.", item.name),
        left => format!("Only {left} of {} left.", item.name),
    };
    Error::conflict("sold_out", detail)
}

fn not_registered() -> Error {
    Error::conflict("not_registered", "Only those who registered before the start can buy in this sale.")
}
