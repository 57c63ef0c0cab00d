//! This node's cache of published sales. A notice that a sale changed drops it.

use std::{sync::Arc, time::Duration};

use super::published::{PublishedSale, published_or_rehearsed};
use crate::{
    kernel::Result,
    platform::{ENTRY_BYTES, Platform, TtlCache, broker::Notice},
};

/// A sale is read again after this time, in case a notice was lost.
const LIFETIME: Duration = Duration::from_secs(5);
/// Memory for sales, and for slugs that there is no sale of, in bytes.
const SALES_BYTES_MAX: u64 = 64 << 20;
/// How many are expected to fit into that.
const SALES: usize = 10_000;
/// No sale has a longer slug, so a longer one is neither read nor remembered.
pub const SLUG_BYTES_MAX: usize = 120;

#[derive(Clone)]
pub struct SaleCache {
    platform: Platform,
    cache: TtlCache<String, Option<Arc<PublishedSale>>>,
}

impl SaleCache {
    pub fn new(platform: &Platform) -> Self {
        let cache = TtlCache::weighted(
            SALES,
            SALES_BYTES_MAX,
            LIFETIME,
            |slug: &String, sale: &Option<Arc<PublishedSale>>| {
                let bytes = sale.as_ref().map_or(0, |sale| sale.bytes());
                (ENTRY_BYTES + slug.len() + bytes) as u64
            },
        );
        let followed = cache.clone();
        platform.broker.follow(move |notice| match notice {
            Some(Notice::SaleChanged { slug }) => followed.remove(&slug),
            Some(Notice::ProviderChanged { .. }) | None => followed.clear(),
            Some(_) => {}
        });
        Self { platform: platform.clone(), cache }
    }

    /// The published sale with this slug, rehearsals included. Many simultaneous requests cause one
    /// read.
    pub async fn get(&self, slug: &str) -> Result<Option<Arc<PublishedSale>>> {
        if slug.len() > SLUG_BYTES_MAX {
            return Ok(None);
        }
        let read = async || {
            let mut tx = self.platform.db.shopper(None).await?;
            Ok(published_or_rehearsed(&mut tx, slug).await?.map(Arc::new))
        };
        self.cache.get_or_read(slug, read).await
    }

    /// Drops a sale, so that it is read again.
    pub fn forget(&self, slug: &str) {
        self.cache.remove(slug);
    }
}
