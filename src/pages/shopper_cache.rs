//! What this node remembers of shoppers, so that a page costs no query: their holds, waitlist
//! entries, registrations, favourites and the country of their last order. It is forgotten when a notice says that it changed, or
//! when the shopper changed it on this node.

use std::{
    collections::{HashMap, HashSet},
    hash::Hash,
    sync::Arc,
    time::Duration,
};

use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    context::{CartBadge, HeldUnits},
    wording::time_left,
};
use crate::{
    kernel::{AccountId, Country, HoldId, Result, SaleId, VisitorId},
    platform::{BatchLoader, Db, ENTRY_BYTES, Platform, TtlCache, broker::Notice},
    stock::{self, WaitlistEntry},
};

/// A shopper is read again after this time, in case a notice was lost.
const LIFETIME: Duration = Duration::from_secs(10);
/// Memory for the shoppers with an account, and for the favourites of visitors, in bytes.
const ACCOUNTS_BYTES_MAX: u64 = 96 << 20;
const VISITORS_BYTES_MAX: u64 = 32 << 20;
/// How many of each are expected to fit into that.
const SHOPPERS: usize = 200_000;
/// Most rows of each kind read for one shopper.
const ROWS_MAX: i64 = 1_000;

/// A shopper's holds, waitlist entries, registrations, reminders and country.
#[derive(Debug, Default)]
pub struct ShopperState {
    holds: Vec<HeldUnitsOfSale>,
    /// Waiting and offered, oldest first.
    waitlist: Vec<WaitlistEntry>,
    registered_for: HashSet<SaleId>,
    reminded_of: HashSet<SaleId>,
    /// Of the last order's address.
    country: Option<Country>,
}

#[derive(Debug)]
struct HeldUnitsOfSale {
    id: HoldId,
    sale: SaleId,
    quantity: i32,
    expires_at: OffsetDateTime,
    stopped_at: Option<OffsetDateTime>,
}

impl HeldUnitsOfSale {
    /// What is left of its time, while its clock stands still.
    fn time_left(&self) -> Option<String> {
        self.stopped_at.map(|at| time_left(at, self.expires_at))
    }
}

impl ShopperState {
    /// The memory it takes, about.
    fn bytes(&self) -> usize {
        size_of::<Self>()
            + self.holds.capacity() * size_of::<HeldUnitsOfSale>()
            + self.waitlist.capacity() * size_of::<WaitlistEntry>()
            + self.registered_for.capacity() * 2 * size_of::<SaleId>()
            + self.reminded_of.capacity() * 2 * size_of::<SaleId>()
    }

    /// The held units, over all sales.
    pub fn cart(&self, now: OffsetDateTime) -> Option<CartBadge> {
        let first = self.in_force(now).min_by_key(|held| held.expires_at)?;
        Some(CartBadge {
            count: self.in_force(now).map(|held| i64::from(held.quantity)).sum(),
            expires_at: first.expires_at.into(),
        })
    }

    /// The held units of one sale.
    pub fn held(&self, sale: SaleId, now: OffsetDateTime) -> Option<HeldUnits> {
        let of_sale = || self.in_force(now).filter(|held| held.sale == sale);
        let first = of_sale().min_by_key(|held| held.expires_at)?;
        Some(HeldUnits {
            quantity: of_sale().map(|held| i64::from(held.quantity)).sum(),
            expires_at: first.expires_at.into(),
            time_left: first.time_left(),
        })
    }

    /// The waitlist entries of one sale, oldest first.
    pub fn waitlist(&self, sale: SaleId) -> impl Iterator<Item = &WaitlistEntry> {
        self.waitlist.iter().filter(move |entry| entry.sale_id == sale)
    }

    /// The sales whose waitlists the shopper is on.
    pub fn waitlisted_sales(&self) -> HashSet<SaleId> {
        self.waitlist.iter().map(|entry| entry.sale_id).collect()
    }

    /// Until when the units offered to an entry are held; while the clock stands still, what is
    /// left of the time.
    pub fn offered_until(
        &self,
        entry: &WaitlistEntry,
        now: OffsetDateTime,
    ) -> Option<(OffsetDateTime, Option<String>)> {
        let held = self.in_force(now).find(|held| Some(held.id) == entry.hold_id)?;
        Some((held.expires_at, held.time_left()))
    }

    /// The country of the address that checkout will suggest.
    pub fn country(&self) -> Option<Country> {
        self.country
    }

    pub fn is_registered_for(&self, sale: SaleId) -> bool {
        self.registered_for.contains(&sale)
    }

    pub fn is_reminded_of(&self, sale: SaleId) -> bool {
        self.reminded_of.contains(&sale)
    }

    fn in_force(&self, now: OffsetDateTime) -> impl Iterator<Item = &HeldUnitsOfSale> {
        self.holds.iter().filter(move |held| held.stopped_at.is_some() || held.expires_at > now)
    }
}

/// Reads the state of several shoppers.
async fn read_accounts(db: Db, accounts: Vec<AccountId>) -> Result<Vec<Arc<ShopperState>>> {
    let ids: Vec<Uuid> = accounts.iter().map(|account| account.0).collect();
    let mut tx = db.platform_by_keys("shoppers").await?;
    let rows = sqlx::query!(
        r#"
        SELECT asked.account AS "account!: AccountId", b.sale_id AS "sale: SaleId",
               b.id AS "hold: HoldId", b.quantity, b.expires_at, b.stopped_at, b.country,
               b.is_reminder AS "is_reminder!"
        FROM UNNEST($1::uuid[]) AS asked (account), LATERAL (
            -- The state is filtered outside the subquery (OFFSET 0 keeps it one): while the table
            -- is small, Postgres would otherwise plan a scan of everyone's holds.
            (SELECT sale_id, id, quantity, expires_at, stopped_at, NULL AS country,
                    false AS is_reminder
             FROM (SELECT * FROM holds WHERE account_id = asked.account OFFSET 0) h
             WHERE state = 'held' LIMIT $2)
            UNION ALL
            (SELECT sale_id, NULL, NULL, NULL, NULL, NULL, false FROM registrations
             WHERE account_id = asked.account AND state = 'registered'
             ORDER BY created_at DESC LIMIT $2)
            UNION ALL
            (SELECT sale_id, NULL, NULL, NULL, NULL, NULL, true FROM sale_reminders
             WHERE account_id = asked.account ORDER BY created_at DESC LIMIT $2)
            UNION ALL
            (SELECT NULL, NULL, NULL, NULL, NULL, shipping_address->>'country', false
             FROM orders
             WHERE account_id = asked.account ORDER BY created_at DESC LIMIT 1)
        ) b
        "#,
        &ids,
        ROWS_MAX,
    )
    .fetch_all(&mut *tx)
    .await?;
    let entries = stock::entries_of_each(&mut tx, &accounts).await?;
    drop(tx);
    let mut found: HashMap<AccountId, ShopperState> = HashMap::new();
    for entry in entries {
        found.entry(entry.account).or_default().waitlist.push(entry);
    }
    for row in rows {
        let state = found.entry(row.account).or_default();
        match (row.sale, row.hold, row.quantity, row.expires_at) {
            (Some(sale), Some(id), Some(quantity), Some(expires_at)) => {
                let stopped_at = row.stopped_at;
                state.holds.push(HeldUnitsOfSale { id, sale, quantity, expires_at, stopped_at });
            }
            (Some(sale), ..) if row.is_reminder => {
                state.reminded_of.insert(sale);
            }
            (Some(sale), ..) => {
                state.registered_for.insert(sale);
            }
            (None, ..) => state.country = row.country.as_deref().and_then(Country::find),
        }
    }
    Ok(in_order(&accounts, found))
}

/// Reads the favourite sales of several visitors.
async fn read_visitors(db: Db, visitors: Vec<VisitorId>) -> Result<Vec<Arc<HashSet<SaleId>>>> {
    let ids: Vec<Uuid> = visitors.iter().map(|visitor| visitor.0).collect();
    let mut tx = db.platform_by_keys("favourites").await?;
    let rows = sqlx::query!(
        r#"
        SELECT asked.visitor AS "visitor!: VisitorId", f.sale_id AS "sale!: SaleId"
        FROM UNNEST($1::uuid[]) AS asked (visitor), LATERAL (
            SELECT sale_id FROM favourites WHERE visitor_id = asked.visitor LIMIT $2
        ) f
        "#,
        &ids,
        ROWS_MAX,
    )
    .fetch_all(&mut *tx)
    .await?;
    drop(tx);
    let mut found: HashMap<VisitorId, HashSet<SaleId>> = HashMap::new();
    for row in rows {
        found.entry(row.visitor).or_default().insert(row.sale);
    }
    Ok(in_order(&visitors, found))
}

/// What was found for each key, in the order of the keys. Most have nothing, and a key may occur
/// twice.
fn in_order<K: Eq + Hash, V: Default>(asked: &[K], found: HashMap<K, V>) -> Vec<Arc<V>> {
    let found: HashMap<K, Arc<V>> =
        found.into_iter().map(|(key, value)| (key, Arc::new(value))).collect();
    asked.iter().map(|key| found.get(key).cloned().unwrap_or_default()).collect()
}

/// The shoppers this node knows. Cheap to clone.
#[derive(Clone)]
pub struct ShopperCache {
    accounts: TtlCache<AccountId, Arc<ShopperState>>,
    /// Favourite sales.
    visitors: TtlCache<VisitorId, Arc<HashSet<SaleId>>>,
    unknown_accounts: BatchLoader<AccountId, Arc<ShopperState>>,
    unknown_visitors: BatchLoader<VisitorId, Arc<HashSet<SaleId>>>,
}

impl ShopperCache {
    pub fn new(platform: &Platform) -> Self {
        let (of_accounts, of_visitors) = (platform.db.clone(), platform.db.clone());
        let (unknown_accounts, reading_accounts) = BatchLoader::new("shoppers", move |accounts| {
            read_accounts(of_accounts.clone(), accounts)
        });
        let (unknown_visitors, reading_visitors) =
            BatchLoader::new("favourites", move |visitors| {
                read_visitors(of_visitors.clone(), visitors)
            });
        tokio::spawn(reading_accounts);
        tokio::spawn(reading_visitors);
        let shoppers = Self {
            accounts: TtlCache::fifo_weighted(
                SHOPPERS,
                ACCOUNTS_BYTES_MAX,
                LIFETIME,
                |_, state| (ENTRY_BYTES + state.bytes()) as u64,
            ),
            visitors: TtlCache::fifo_weighted(
                SHOPPERS,
                VISITORS_BYTES_MAX,
                LIFETIME,
                |_, favourites| {
                    (ENTRY_BYTES + favourites.capacity() * 2 * size_of::<SaleId>()) as u64
                },
            ),
            unknown_accounts,
            unknown_visitors,
        };
        let followed = shoppers.clone();
        platform.broker.follow(move |notice| followed.hear(notice));
        shoppers
    }

    /// The state of a shopper.
    pub async fn state(&self, account: AccountId) -> Result<Arc<ShopperState>> {
        self.accounts.get_or_read(&account, || self.unknown_accounts.load(account)).await
    }

    /// A visitor's favourite sales.
    pub async fn favourites(&self, visitor: VisitorId) -> Result<Arc<HashSet<SaleId>>> {
        self.visitors.get_or_read(&visitor, || self.unknown_visitors.load(visitor)).await
    }

    /// Reads the shopper again when next asked.
    pub fn forget(&self, account: AccountId) {
        self.accounts.remove(&account);
    }

    /// Reads the visitor's favourites again when next asked.
    pub fn forget_visitor(&self, visitor: VisitorId) {
        self.visitors.remove(&visitor);
    }

    fn hear(&self, notice: Option<Notice>) {
        match notice {
            Some(Notice::ShoppersChanged { accounts }) => {
                for account in accounts {
                    self.forget(account);
                }
            }
            Some(Notice::RegistrationChanged { account, .. }) => self.forget(account),
            Some(Notice::FavouritesChanged { visitor }) => self.forget_visitor(visitor),
            Some(_) => {}
            None => {
                self.accounts.clear();
                self.visitors.clear();
            }
        }
    }
}
