//! A sale's content as templates want it.

use poem::http::Uri;
use time::OffsetDateTime;

use super::{
    board::{Board, Seller},
    context::{
        Attribute, HelpSale, Picture, Registration, Sale, SaleCard, SaleItem, SaleProvider,
        ShipWindow, SocialCard, Target,
    },
    words::{StockWord, country_name, day, paragraphs, ship_words},
};
use crate::{
    kernel::{Money, SaleItemId},
    platform::Platform,
    sales::{Content, ContentAsset, ContentItem, ContentRendition, SaleMode, StockLevel},
};

/// Widths of pictures in CSS pixels at which they are shown, doubled for dense screens where it
/// pays.
pub const WIDTH_PAGE_PX: i32 = 960;
pub const WIDTH_LINE_PX: i32 = 480;

/// A sale's page in full.
pub fn sale(board: &Board, now: OffsetDateTime, wanted: Option<SaleItemId>) -> Sale {
    let levels = (board.sale.content.mode == SaleMode::Hosted).then_some(board.levels.as_slice());
    let seller = provider(
        &board.sale.provider_name,
        &board.sale.provider_slug,
        &board.seller,
        &board.sale.content,
    );
    content(&board.sale.content, &board.sale.slug, seller, board.phase(now), levels, wanted, now)
}

/// A sale in a list.
pub fn card(board: &Board, now: OffsetDateTime) -> SaleCard {
    SaleCard::from(&sale(board, now, None))
}

/// A sale where one asks for help with it.
pub fn help(board: &Board) -> HelpSale {
    let provider = provider(
        &board.sale.provider_name,
        &board.sale.provider_slug,
        &board.seller,
        &board.sale.content,
    );
    HelpSale {
        title: board.sale.content.title.clone(),
        url: board.url(),
        mode: board.sale.content.mode,
        provider,
    }
}

pub fn provider(name: &str, slug: &str, seller: &Seller, content: &Content) -> SaleProvider {
    let cart = content.redirect_url.as_deref().filter(|_| content.mode == SaleMode::Redirect);
    SaleProvider {
        name: name.to_owned(),
        slug: slug.to_owned(),
        about: Some(seller.about.clone()).filter(|about| !about.is_empty()),
        support_email: seller.support_email.clone(),
        support_phone: seller.support_phone.clone(),
        support_url: seller.support_url.clone(),
        cart_host: cart
            .and_then(|url| url.parse::<Uri>().ok())
            .and_then(|url| url.host().map(str::to_owned)),
    }
}

/// Content with what is known of its stock (None: not kept by SMP), in a phase.
pub fn content(
    content: &Content,
    slug: &str,
    provider: SaleProvider,
    phase: &str,
    levels: Option<&[StockLevel]>,
    wanted: Option<SaleItemId>,
    now: OffsetDateTime,
) -> Sale {
    let mut items: Vec<SaleItem> =
        content.items.iter().map(|item| sale_item(item, &content.currency, levels)).collect();
    let wanted = wanted
        .and_then(|wanted| items.iter().position(|item| item.id == wanted.0 && item.selectable));
    if let Some(index) = wanted.or_else(|| items.iter().position(|item| item.selectable)) {
        items[index].selected = true;
    }
    let cheapest = content.items.iter().min_by_key(|item| item.price_minor);
    let price = cheapest.map_or(0, |item| item.price_minor);
    let compare_at = cheapest.and_then(|item| item.compare_at_minor);
    let total =
        |pick: fn(&StockLevel) -> i32| levels.map(|levels| levels.iter().map(pick).sum::<i32>());
    let (available, capacity) =
        (total(|level| level.available().max(0)), total(|level| level.capacity));
    let images: Vec<Picture> =
        pictures(content).map(|asset| picture(asset, WIDTH_PAGE_PX)).collect();
    Sale {
        slug: slug.to_owned(),
        url: format!("/sales/{slug}"),
        title: content.title.clone(),
        summary: content.summary.clone(),
        mode: content.mode,
        phase: phase.to_owned(),
        starts_at: content.starts_at.into(),
        ends_at: content.ends_at.into(),
        registration: Registration::of(content, now),
        provider,
        image: images.first().cloned(),
        price: Money::new(price, &content.currency),
        prices_vary: content.items.iter().any(|item| item.price_minor != price),
        compare_at: compare_at.map(|minor| Money::new(minor, &content.currency)),
        saving_percent: saving_percent(price, compare_at),
        level: available
            .zip(capacity)
            .map(|(available, capacity)| StockWord::of(available, capacity)),
        description: paragraphs(&content.description),
        terms: paragraphs(&content.terms),
        images,
        countries: content.countries.iter().map(|code| country_name(code)).collect(),
        hold_minutes: (content.hold_seconds + 59) / 60,
        offer_minutes: (content.waitlist_offer_seconds + 59) / 60,
        max_quantity: content.items.iter().map(|item| item.limit_per_shopper).max().unwrap_or(1),
        items,
        available,
        capacity,
        target: target(content, levels),
        ships: ships(content),
        voucher_valid_days: content.terms_of_kind.voucher_valid_days,
    }
}

/// How far an aggregated sale has come towards its target.
fn target(content: &Content, levels: Option<&[StockLevel]>) -> Option<Target> {
    let quantity = content.terms_of_kind.target_quantity?;
    let ordered = levels.unwrap_or_default().iter().map(|level| level.sold).sum();
    Some(Target { quantity, ordered, is_reached: ordered >= quantity })
}

fn ships(content: &Content) -> Option<ShipWindow> {
    let terms = &content.terms_of_kind;
    let (first, last) = terms.ship_min_days.zip(terms.ship_max_days)?;
    Some(ShipWindow {
        words: ship_words(first, last),
        promised_by: content.promised_ship_by()?.into(),
    })
}

fn sale_item(item: &ContentItem, currency: &str, levels: Option<&[StockLevel]>) -> SaleItem {
    let level = levels
        .map(|levels| levels.iter().find(|level| level.sale_item_id == item.sale_item_id).copied());
    let available = level.map(|level| level.map_or(0, |level| level.available().max(0)));
    let capacity = level.map(|level| level.map_or(item.capacity, |level| level.capacity));
    SaleItem {
        id: item.sale_item_id.0,
        name: item.name.clone(),
        attributes: item
            .attributes
            .iter()
            .map(|(name, value)| Attribute { name: name.clone(), value: value.clone() })
            .collect(),
        price: Money::new(item.price_minor, currency),
        compare_at: item.compare_at_minor.map(|minor| Money::new(minor, currency)),
        saving_percent: saving_percent(item.price_minor, item.compare_at_minor),
        limit: item.limit_per_shopper,
        selectable: available.is_none_or(|available| available > 0),
        selected: false,
        available,
        capacity,
        level: available
            .zip(capacity)
            .map(|(available, capacity)| StockWord::of(available, capacity)),
        slot_starts_on: item.slot.map(|slot| day(slot.starts_on)),
        slot_ends_on: item.slot.map(|slot| day(slot.ends_on)),
    }
}

/// The pictures of a sale, in its order.
fn pictures(content: &Content) -> impl Iterator<Item = &ContentAsset> {
    content.assets.iter().filter(|asset| asset.kind == "image" && !asset.renditions.is_empty())
}

/// The first picture of a sale, small.
pub fn thumbnail(content: &Content) -> Option<Picture> {
    pictures(content).next().map(|asset| picture(asset, WIDTH_LINE_PX))
}

/// The picture a network shows when a page is shared: the widest.
pub fn social_card(content: &Content, platform: &Platform) -> Option<SocialCard> {
    let asset = pictures(content).next()?;
    let widest = asset.renditions.iter().max_by_key(|rendition| rendition.width_px)?;
    Some(SocialCard {
        url: platform.url(&media(widest)),
        width: widest.width_px,
        height: widest.height_px,
        alt: asset.alt.clone(),
    })
}

/// A picture, in the narrowest rendition that is wide enough.
fn picture(asset: &ContentAsset, width_px: i32) -> Picture {
    let mut renditions: Vec<&ContentRendition> = asset.renditions.iter().collect();
    renditions.sort_by_key(|rendition| rendition.width_px);
    let fitting =
        renditions.iter().find(|rendition| rendition.width_px >= width_px).or(renditions.last());
    let srcset: Vec<String> = renditions
        .iter()
        .map(|rendition| format!("{} {}w", media(rendition), rendition.width_px))
        .collect();
    Picture {
        src: fitting.map(|rendition| media(rendition)).unwrap_or_default(),
        srcset: if srcset.len() > 1 { srcset.join(", ") } else { String::new() },
        width: fitting.map_or(asset.width_px, |rendition| rendition.width_px),
        height: fitting.map_or(asset.height_px, |rendition| rendition.height_px),
        alt: asset.alt.clone(),
    }
}

fn media(rendition: &ContentRendition) -> String {
    format!("/media/{}", rendition.object_key)
}

/// The saving against the price before, in whole percent; never rounded up.
fn saving_percent(price_minor: i64, compare_at_minor: Option<i64>) -> Option<i64> {
    let before = compare_at_minor.filter(|before| *before > price_minor)?;
    Some((before - price_minor) * 100 / before).filter(|percent| *percent > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_saving_is_never_said_larger_than_it_is() {
        assert_eq!(saving_percent(12_900, Some(18_900)), Some(31));
        assert_eq!(saving_percent(50, Some(100)), Some(50));
        assert_eq!(saving_percent(99_999, Some(100_000)), None);
        assert_eq!(saving_percent(100, Some(90)), None);
        assert_eq!(saving_percent(100, None), None);
    }
}
