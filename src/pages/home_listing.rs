//! The sales of the home page, as this node last read them.

use std::{sync::Arc, time::Duration};

use super::sale_snapshot::{SaleSnapshot, SellerProfile};
use crate::{
    kernel::Result,
    platform::{Platform, TtlCache, broker::Notice},
    providers::Themes,
    sales,
};

/// Most sales on the page.
const SALES_MAX: i64 = 200;
/// Ended sales stay on the page this long.
const ENDED_FOR: time::Duration = time::Duration::days(3);
/// The listing is read at most this often.
const LIFETIME: Duration = Duration::from_secs(1);

/// The cached listing. Cheap to clone.
#[derive(Clone)]
pub struct HomeListing {
    platform: Platform,
    themes: Themes,
    cache: TtlCache<(), Arc<Vec<SaleSnapshot>>>,
}

impl HomeListing {
    pub fn new(platform: &Platform, themes: &Themes) -> Self {
        let cache = TtlCache::scan_resistant(1, LIFETIME);
        // A suspended seller leaves the page at once.
        let followed: TtlCache<(), Arc<Vec<SaleSnapshot>>> = cache.clone();
        platform.broker.follow(move |notice| {
            if matches!(notice, Some(Notice::ProviderChanged { .. }) | None) {
                followed.clear();
            }
        });
        Self { platform: platform.clone(), themes: themes.clone(), cache }
    }

    /// The published sales, without what only a product page shows.
    pub async fn sales(&self) -> Result<Arc<Vec<SaleSnapshot>>> {
        self.cache.get_or_read(&(), || self.read()).await
    }

    async fn read(&self) -> Result<Arc<Vec<SaleSnapshot>>> {
        let now = self.platform.clock.now();
        let mut tx = self.platform.db.shopper(None).await?;
        let sales = sales::published_list(&mut tx, now - ENDED_FOR, now, SALES_MAX).await?;
        let ids: Vec<_> = sales.iter().map(|sale| sale.id).collect();
        let mut levels = sales::stock_levels_of(&mut tx, &ids).await?;
        let snapshot = |sale: sales::PublishedSale| SaleSnapshot {
            levels: levels.remove(&sale.id).unwrap_or_default(),
            branding: self.themes.default_branding().clone(),
            seller: SellerProfile::default(),
            favourites: 0,
            version: String::new(),
            sale,
        };
        Ok(Arc::new(sales.into_iter().map(snapshot).collect()))
    }
}
