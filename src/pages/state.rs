//! What the pages of a node share.

use std::{ops::Deref, sync::Arc};

use super::{
    home_listing::HomeListing, live_feeds::LiveFeeds, page_cache::PageCache,
    sale_snapshot::SaleSnapshots, shopper_cache::ShopperCache,
};
use crate::{
    access::{Access, identity_providers::IdentityProviders},
    platform::Platform,
    providers::Themes,
    statistics::VisitRecorder,
    stock::{Allocator, WaitlistPositions},
};

/// The hosted pages of a node. Cheap to clone.
#[derive(Clone)]
pub struct Pages(Arc<PagesState>);

pub struct PagesState {
    pub(super) platform: Platform,
    pub(super) access: Access,
    pub(super) themes: Themes,
    pub(super) allocator: Allocator,
    pub(super) waitlist_positions: WaitlistPositions,
    pub(super) snapshots: SaleSnapshots,
    pub(super) page_cache: PageCache,
    pub(super) home_listing: HomeListing,
    pub(super) shoppers: ShopperCache,
    pub(super) live_feeds: LiveFeeds,
    pub(super) visits: VisitRecorder,
    pub(super) identity_providers: IdentityProviders,
}

impl Deref for Pages {
    type Target = PagesState;
    fn deref(&self) -> &PagesState {
        &self.0
    }
}

impl Pages {
    pub fn new(
        platform: &Platform,
        access: &Access,
        allocator: &Allocator,
        waitlist_positions: &WaitlistPositions,
        themes: &Themes,
    ) -> Self {
        let snapshots = SaleSnapshots::new(platform, themes);
        Self(Arc::new(PagesState {
            platform: platform.clone(),
            access: access.clone(),
            allocator: allocator.clone(),
            waitlist_positions: waitlist_positions.clone(),
            live_feeds: LiveFeeds::new(platform, &snapshots),
            home_listing: HomeListing::new(platform, themes),
            page_cache: PageCache::new(),
            shoppers: ShopperCache::new(platform),
            visits: VisitRecorder::new(platform),
            identity_providers: IdentityProviders::new(platform),
            themes: themes.clone(),
            snapshots,
        }))
    }
}
