//! What a sale's page is made of, read once and kept until a notice says that it changed. However
//! many shoppers look at a sale, a node reads its stock at most four times a second.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use sqlx::PgConnection;
use time::OffsetDateTime;
use tokio::{sync::broadcast::error::RecvError, time::Instant};

use super::wording::phase_name;
use crate::{
    kernel::{Result, TenantId, token},
    platform::{ENTRY_BYTES, Platform, TtlCache, broker::Notice},
    providers::{Branding, Themes},
    sales::{self, NotOpen, PublishedSale, SaleMode, StockLevel},
};

/// A sale's stock is read at most this often.
pub const STOCK_PERIOD: Duration = Duration::from_millis(250);
/// A snapshot is read again after this time, in case a notice was lost.
const LIFETIME: Duration = Duration::from_secs(10);
/// Memory for snapshots, and for slugs that there is no sale of, in bytes.
const SNAPSHOTS_BYTES_MAX: u64 = 64 << 20;
/// How many are expected to fit into that.
const SNAPSHOTS: usize = 10_000;
/// Hexadecimal digits of a version.
const VERSION_CHARS: usize = 16;

/// What a sale's page is made of for every shopper.
pub struct SaleSnapshot {
    pub sale: PublishedSale,
    pub seller: SellerProfile,
    pub branding: Branding,
    /// Empty in redirect mode, where the provider keeps the stock, unless the sale sells out at its
    /// guarantee.
    pub levels: Vec<StockLevel>,
    /// How many visitors have it as a favourite.
    pub favourites: i64,
    /// Changes with anything the page shows.
    pub version: String,
}

/// What a page says about the provider.
#[derive(Debug, Clone, Default)]
pub struct SellerProfile {
    pub about: String,
    pub support_email: Option<String>,
    pub support_phone: Option<String>,
    pub support_url: Option<String>,
}

impl SaleSnapshot {
    /// The phase as pages name it. A halted sale is `halted` at any time before its end, a cancelled
    /// one `cancelled` for good.
    pub fn phase(&self, now: OffsetDateTime) -> &'static str {
        Self::phase_of(&self.sale, now, self.available())
    }

    /// The same for a sale with `available` units left (None: not known).
    pub fn phase_of(
        sale: &PublishedSale,
        now: OffsetDateTime,
        available: Option<i64>,
    ) -> &'static str {
        match sale.check_open(now) {
            Err(NotOpen::Cancelled) => "cancelled",
            Err(NotOpen::Ended) => "ended",
            Err(
                NotOpen::Halted
                | NotOpen::ProviderNotSelling
                | NotOpen::NoContract
                | NotOpen::NoPayouts,
            ) => "halted",
            Err(NotOpen::NotStarted { .. }) | Ok(()) => phase_name(sale.phase(now, available)),
        }
    }

    /// Units left, over all items; None where SMP does not know.
    pub fn available(&self) -> Option<i64> {
        let known = self.sale.content.mode == SaleMode::Hosted || !self.levels.is_empty();
        known.then(|| self.levels.iter().map(|level| i64::from(level.available().max(0))).sum())
    }

    /// The memory it takes, about.
    fn bytes(&self) -> usize {
        size_of::<Self>()
            + self.sale.bytes()
            + self.seller.about.len()
            + self.levels.capacity() * size_of::<StockLevel>()
    }

    pub fn url(&self) -> String {
        format!("/sales/{}", self.sale.slug)
    }

    async fn read(platform: &Platform, themes: &Themes, slug: &str) -> Result<Option<Arc<Self>>> {
        let mut tx = platform.db.platform("sale page").await?;
        let Some(sale) = sales::published(&mut tx, slug).await? else { return Ok(None) };
        let levels = sales::stock_levels(&mut tx, sale.tenant, sale.id).await?;
        let seller = seller(&mut tx, sale.tenant).await?;
        let branding = themes.branding_of(&mut tx, sale.tenant).await?;
        let favourites = sqlx::query_scalar!(
            r#"SELECT count(*) AS "count!" FROM favourites WHERE tenant_id = $1 AND sale_id = $2"#,
            sale.tenant.0,
            sale.id.0
        )
        .fetch_one(&mut *tx)
        .await?;
        let shown = format!(
            "{} {:?} {:?} {:?} {} {levels:?} {seller:?} {} {}",
            sale.revision,
            sale.state,
            sale.provider_state,
            sale.contract_until,
            sale.can_be_paid,
            branding.theme.hash,
            branding.accent_url()
        );
        let version = token::content_hash(shown.as_bytes())[..VERSION_CHARS].to_owned();
        Ok(Some(Arc::new(Self { sale, seller, branding, levels, favourites, version })))
    }
}

/// Reads what pages say about a provider.
pub async fn seller(conn: &mut PgConnection, tenant: TenantId) -> Result<SellerProfile> {
    let row = sqlx::query!(
        "
        SELECT about, support_email, support_phone, support_url FROM providers
        WHERE tenant_id = $1
        ",
        tenant.0
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map_or_else(SellerProfile::default, |row| SellerProfile {
        about: row.about,
        support_email: row.support_email,
        support_phone: row.support_phone,
        support_url: row.support_url,
    }))
}

/// The snapshots of this node. Cheap to clone.
#[derive(Clone)]
pub struct SaleSnapshots {
    platform: Platform,
    themes: Themes,
    cache: TtlCache<String, Option<Arc<SaleSnapshot>>>,
}

impl SaleSnapshots {
    pub fn new(platform: &Platform, themes: &Themes) -> Self {
        let cache = TtlCache::weighted(
            SNAPSHOTS,
            SNAPSHOTS_BYTES_MAX,
            LIFETIME,
            |slug: &String, snapshot: &Option<Arc<SaleSnapshot>>| {
                let bytes = snapshot.as_ref().map_or(0, |snapshot| snapshot.bytes());
                (ENTRY_BYTES + slug.len() + bytes) as u64
            },
        );
        let snapshots = Self { platform: platform.clone(), themes: themes.clone(), cache };
        tokio::spawn(snapshots.clone().listen());
        snapshots
    }

    /// The snapshot of a published sale. Simultaneous requests cause one read.
    pub async fn get(&self, slug: &str) -> Result<Option<Arc<SaleSnapshot>>> {
        if slug.len() > sales::SLUG_BYTES_MAX {
            return Ok(None);
        }
        self.cache
            .get_or_read(slug, || SaleSnapshot::read(&self.platform, &self.themes, slug))
            .await
    }

    /// Its own loop instead of [`crate::platform::Broker::follow`], because time matters as well.
    /// Forgets what changed: at once if the last time is a period ago, and again at the end of the
    /// period, because a read that was under way when the change was committed may have stored what
    /// was there before it.
    async fn listen(self) {
        let mut notices = self.platform.broker.subscribe();
        let mut forgotten: HashMap<String, Instant> = HashMap::new();
        let mut pending: HashSet<String> = HashSet::new();
        let mut ticks = tokio::time::interval(STOCK_PERIOD);
        loop {
            let notice = tokio::select! {
                notice = notices.recv() => notice,
                _ = ticks.tick() => {
                    forgotten.retain(|_, at| at.elapsed() < STOCK_PERIOD);
                    for slug in pending.drain() {
                        self.cache.remove(&slug);
                        forgotten.insert(slug, Instant::now());
                    }
                    continue;
                }
                () = self.platform.shutdown.cancelled() => return,
            };
            match notice {
                Ok(Notice::SaleChanged { slug } | Notice::StockChanged { slug }) => {
                    if !forgotten.contains_key(&slug) {
                        self.cache.remove(&slug);
                        forgotten.insert(slug.clone(), Instant::now());
                    }
                    pending.insert(slug);
                }
                Ok(Notice::ProviderChanged { tenant }) => {
                    self.themes.forget(tenant);
                    self.cache.clear();
                }
                Ok(_) => {}
                Err(RecvError::Lagged(_)) => self.cache.clear(),
                Err(RecvError::Closed) => return,
            }
        }
    }
}
