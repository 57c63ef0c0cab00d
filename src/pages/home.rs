//! The home page: a featured sale, the sales that are on now, coming up, and just ended.

use poem::{Response, handler};
use time::OffsetDateTime;

use super::{
    context::HomePage,
    errors::PageError,
    present,
    request::{PageRequest, PageSpec},
    sale_snapshot::SaleSnapshot,
    shared_page::{self, PlaceholderValues},
};
use crate::kernel::{Error, token};

/// Most ended sales on the page.
const ENDED_MAX: usize = 4;

#[handler]
pub async fn home_page(request: &PageRequest) -> Result<Response, PageError> {
    let sales = request.pages.home_listing.sales().await?;
    let page = arrange(&sales, request.now);
    let image = page
        .featured
        .as_ref()
        .and_then(|featured| sales.iter().find(|snapshot| snapshot.sale.slug == featured.slug));
    let image =
        image.and_then(|snapshot| present::social_card(&snapshot.sale.content, request.platform()));
    let spec = PageSpec { noindex: false, image, ..request.page("pages/home") };
    let shown = serde_json::to_string(&page).map_err(anyhow::Error::from).map_err(Error::from)?;
    let key = format!("home {} {}", request.locale, token::content_hash(shown.as_bytes()));
    let branding = spec.branding.clone();
    let cached = shared_page::get(request, &key, || (spec, page), |_| {}, true).await?;
    let values = PlaceholderValues {
        cart: request.cart().await?,
        flash: request.flash().take(),
        ..PlaceholderValues::default()
    };
    Ok(shared_page::answer(request, &cached, &branding, &values)?)
}

/// Chooses the featured sale, and sorts the others by time. When the one that was featured is over,
/// the one featured before it leads.
fn arrange(sales: &[SaleSnapshot], now: OffsetDateTime) -> HomePage {
    let mut page = HomePage { featured: None, on_now: vec![], next: vec![], ended: vec![] };
    let is_over = |snapshot: &SaleSnapshot| matches!(snapshot.phase(now), "ended" | "cancelled");
    let lead = sales
        .iter()
        .filter(|snapshot| snapshot.sale.featured_at.is_some() && !is_over(snapshot))
        .max_by_key(|snapshot| (snapshot.sale.featured, snapshot.sale.featured_at))
        .map(|snapshot| snapshot.sale.id);
    for snapshot in sales {
        let card = present::card(snapshot, now);
        if Some(snapshot.sale.id) == lead {
            page.featured = Some(card);
        } else if is_over(snapshot) {
            page.ended.push(card);
        } else if now < snapshot.sale.content.starts_at {
            page.next.push(card);
        } else {
            page.on_now.push(card);
        }
    }
    page.on_now.sort_by_key(|card| (card.phase == "sold_out", card.ends_at));
    page.next.sort_by_key(|card| card.starts_at);
    page.ended.sort_by_key(|card| std::cmp::Reverse(card.ends_at));
    page.ended.truncate(ENDED_MAX);
    page
}
