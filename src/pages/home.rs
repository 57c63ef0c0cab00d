//! The home page: what is on now, what is next and when, what has just ended, and one sale before
//! all.

use std::{sync::Arc, time::Duration};

use poem::{Response, handler};
use time::OffsetDateTime;

use super::{
    board::{Board, Seller},
    bodies::Own,
    context::{HomePage, SaleCard},
    failure::Failure,
    flash, present,
    view::{Sheet, View},
};
use crate::{
    kernel::{Error, Result, token},
    platform::{Platform, TtlCache},
    providers::themes::Themes,
    sales,
};

/// Sales on the page at most.
const SALES_MAX: i64 = 200;
/// Ended sales are shown this long, and so many of them.
const ENDED_FOR: time::Duration = time::Duration::days(3);
const ENDED_MAX: usize = 4;
/// What is on the shelves is read no more often.
const LIFETIME: Duration = Duration::from_secs(1);

/// The sales of the home page, as this node read them last.
#[derive(Clone)]
pub struct HomeListing {
    platform: Platform,
    themes: Themes,
    cache: TtlCache<(), Arc<Vec<Board>>>,
}

impl HomeListing {
    pub fn new(platform: &Platform, themes: &Themes) -> Self {
        Self {
            platform: platform.clone(),
            themes: themes.clone(),
            cache: TtlCache::scan_resistant(1, LIFETIME),
        }
    }

    async fn sales(&self) -> Result<Arc<Vec<Board>>> {
        self.cache.get_or_read(&(), || self.read()).await
    }

    async fn read(&self) -> Result<Arc<Vec<Board>>> {
        let mut tx = self.platform.db.shopper(None).await?;
        let sales =
            sales::published_list(&mut tx, self.platform.clock.now() - ENDED_FOR, SALES_MAX)
                .await?;
        let ids: Vec<_> = sales.iter().map(|sale| sale.id).collect();
        let mut levels = sales::stock_levels_of(&mut tx, &ids).await?;
        let board = |sale: sales::PublishedSale| Board {
            levels: levels.remove(&sale.id).unwrap_or_default(),
            look: self.themes.default_look().clone(),
            seller: Seller::default(),
            favourites: 0,
            version: String::new(),
            sale,
        };
        Ok(Arc::new(sales.into_iter().map(board).collect()))
    }
}

#[handler]
pub async fn home_page(view: &View) -> Result<Response, Failure> {
    let sales = view.pages.home_listing.sales().await?;
    let page = arrange(&sales, view.now);
    let image = page
        .featured
        .as_ref()
        .and_then(|featured| sales.iter().find(|board| board.sale.slug == featured.slug));
    let image = image.and_then(|board| present::social_card(&board.sale.content, view.platform()));
    let sheet = Sheet { noindex: false, image, ..view.sheet("pages/home") };
    let shown = serde_json::to_string(&page).map_err(anyhow::Error::from).map_err(Error::from)?;
    let key = format!("home {} {}", view.locale, token::content_hash(shown.as_bytes()));
    let look = sheet.look.clone();
    let body = view.pages.bodies.get(key, view, || (sheet, page), |_| {}, true).await?;
    let own = Own { cart: view.cart().await?, flash: flash::take(view), ..Own::default() };
    Ok(body.answer(view, &look, &own)?)
}

/// One sale before all: the one that is featured, of those that are on or else the next; then the
/// rest by time.
fn arrange(sales: &[Board], now: OffsetDateTime) -> HomePage {
    let mut page = HomePage { featured: None, on_now: vec![], next: vec![], ended: vec![] };
    let mut featured: Vec<(bool, SaleCard)> = vec![];
    for board in sales {
        let card = present::card(board, now);
        let is_over = card.phase == "ended";
        if board.sale.featured && !is_over {
            featured.push((now < board.sale.content.starts_at, card));
        } else if is_over {
            page.ended.push(card);
        } else if now < board.sale.content.starts_at {
            page.next.push(card);
        } else {
            page.on_now.push(card);
        }
    }
    // What is on goes before what is to come; sold out goes last; among equals the first to change
    // goes first.
    featured
        .sort_by_key(|(is_to_come, card)| (card.phase == "sold_out", *is_to_come, card.ends_at));
    let mut rest = featured.into_iter();
    page.featured = rest.next().map(|(_, card)| card);
    for (is_to_come, card) in rest {
        if is_to_come { page.next.push(card) } else { page.on_now.push(card) }
    }
    page.on_now.sort_by_key(|card| (card.phase == "sold_out", card.ends_at));
    page.next.sort_by_key(|card| card.starts_at);
    page.ended.sort_by_key(|card| std::cmp::Reverse(card.ends_at));
    page.ended.truncate(ENDED_MAX);
    page
}
