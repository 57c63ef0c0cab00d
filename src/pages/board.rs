//! What this node knows of a sale's page: read once, kept until a notice says that it changed.
//! However many look at a sale, its stock is read at most four times a second.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use sqlx::PgConnection;
use time::OffsetDateTime;
use tokio::{sync::broadcast::error::RecvError, time::Instant};

use super::words::phase_word;
use crate::{
    kernel::{Result, TenantId, token},
    platform::{Platform, TtlCache, broker::Notice},
    providers::themes::{Look, Themes},
    sales::{self, NotOpen, PublishedSale, SaleMode, StockLevel},
};

/// A sale's stock is read no more often.
pub const STOCK_PERIOD: Duration = Duration::from_millis(250);
/// A board is read anew after this long, should a notice be lost.
const LIFETIME: Duration = Duration::from_secs(10);
const BOARDS_MAX: usize = 10_000;

/// What a sale's page is made of, whoever looks at it.
pub struct Board {
    pub sale: PublishedSale,
    pub seller: Seller,
    pub look: Look,
    /// Empty where SMP does not keep the stock.
    pub levels: Vec<StockLevel>,
    /// Visitors whose favourite it is.
    pub favourites: i64,
    /// Changes with anything the page shows.
    pub version: String,
}

/// What a page says of who sells.
#[derive(Debug, Clone, Default)]
pub struct Seller {
    pub about: String,
    pub support_email: Option<String>,
    pub support_phone: Option<String>,
    pub support_url: Option<String>,
}

impl Board {
    /// The phase as pages name it; a halted sale is `halted` whatever the clock says, until its
    /// end.
    pub fn phase(&self, now: OffsetDateTime) -> &'static str {
        Self::phase_of(&self.sale, now, self.available())
    }

    /// The same of a sale of which `available` units are left (None: not known).
    pub fn phase_of(
        sale: &PublishedSale,
        now: OffsetDateTime,
        available: Option<i64>,
    ) -> &'static str {
        match sale.check_open(now) {
            Err(NotOpen::Ended | NotOpen::Cancelled) => "ended",
            Err(NotOpen::Halted | NotOpen::ProviderNotSelling) => "halted",
            Err(NotOpen::NotStarted { .. }) | Ok(()) => phase_word(sale.phase(now, available)),
        }
    }

    /// Units left in all; None where SMP does not keep the stock.
    pub fn available(&self) -> Option<i64> {
        let hosted = self.sale.content.mode == SaleMode::Hosted;
        hosted.then(|| self.levels.iter().map(|level| i64::from(level.available().max(0))).sum())
    }

    pub fn url(&self) -> String {
        format!("/sales/{}", self.sale.slug)
    }

    async fn read(platform: &Platform, themes: &Themes, slug: &str) -> Result<Option<Arc<Self>>> {
        let mut tx = platform.db.platform("sale page").await?;
        let Some(sale) = sales::published(&mut tx, slug).await? else { return Ok(None) };
        let levels = if sale.content.mode == SaleMode::Hosted {
            sales::stock_levels(&mut tx, sale.tenant, sale.id).await?
        } else {
            vec![]
        };
        let seller = seller(&mut tx, sale.tenant).await?;
        let look = themes.of(&mut tx, sale.tenant).await?;
        let favourites = sqlx::query_scalar!(
            r#"SELECT count(*) AS "count!" FROM favourites WHERE tenant_id = $1 AND sale_id = $2"#,
            sale.tenant.0,
            sale.id.0
        )
        .fetch_one(&mut *tx)
        .await?;
        let shown = format!(
            "{} {:?} {:?} {levels:?} {seller:?} {} {}",
            sale.revision,
            sale.state,
            sale.provider_state,
            look.theme.hash,
            look.accent_url()
        );
        let version = token::content_hash(shown.as_bytes())[..16].to_owned();
        Ok(Some(Arc::new(Self { sale, seller, look, levels, favourites, version })))
    }
}

/// What pages say of a provider.
pub async fn seller(conn: &mut PgConnection, tenant: TenantId) -> Result<Seller> {
    let row =
        sqlx::query!("SELECT about, support_email, support_phone, support_url FROM providers WHERE tenant_id = $1", tenant.0).fetch_optional(conn).await?;
    Ok(row.map_or_else(Seller::default, |row| Seller {
        about: row.about,
        support_email: row.support_email,
        support_phone: row.support_phone,
        support_url: row.support_url,
    }))
}

/// The boards of this node.
#[derive(Clone)]
pub struct Boards {
    platform: Platform,
    themes: Themes,
    cache: TtlCache<String, Option<Arc<Board>>>,
}

impl Boards {
    pub fn new(platform: &Platform, themes: &Themes) -> Self {
        let cache = TtlCache::scan_resistant(BOARDS_MAX, LIFETIME);
        let boards = Self { platform: platform.clone(), themes: themes.clone(), cache };
        tokio::spawn(boards.clone().listen());
        boards
    }

    /// The board of a published sale. Many who ask at once cause one read.
    pub async fn get(&self, slug: &str) -> Result<Option<Arc<Board>>> {
        self.cache.get_or_read(slug, || Board::read(&self.platform, &self.themes, slug)).await
    }

    /// Drops what changed: at once when the last drop is a period ago, and once more at the
    /// period's end, because a read that was under way when the change was committed may have put
    /// back what was before it.
    async fn listen(self) {
        let mut notices = self.platform.broker.subscribe();
        let mut dropped: HashMap<String, Instant> = HashMap::new();
        let mut waiting: HashSet<String> = HashSet::new();
        let mut ticks = tokio::time::interval(STOCK_PERIOD);
        loop {
            let notice = tokio::select! {
                notice = notices.recv() => notice,
                _ = ticks.tick() => {
                    dropped.retain(|_, at| at.elapsed() < STOCK_PERIOD);
                    for slug in waiting.drain() {
                        self.cache.remove(&slug);
                        dropped.insert(slug, Instant::now());
                    }
                    continue;
                }
                () = self.platform.shutdown.cancelled() => return,
            };
            match notice {
                Ok(Notice::SaleChanged { slug } | Notice::StockChanged { slug }) => {
                    if !dropped.contains_key(&slug) {
                        self.cache.remove(&slug);
                        dropped.insert(slug.clone(), Instant::now());
                    }
                    waiting.insert(slug);
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
