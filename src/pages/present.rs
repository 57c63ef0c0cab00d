//! Sales as templates want them.

use poem::http::Uri;
use time::OffsetDateTime;

use super::{
    context::{
        Attribute, HelpSale, ListedSale, Picture, Registration, Sale, SaleCard, SaleDeposit,
        SaleItem, SaleProvider, ShipWindow, SocialCard, Target,
    },
    sale_snapshot::{SaleSnapshot, SellerProfile},
    wording::{Scarcity, country_name, day, duration, paragraphs, ship_window, stage_name},
};
use crate::{
    assets::AssetKind,
    kernel::{Money, SaleItemId},
    orders,
    platform::{Platform, PublicPath},
    sales::{
        Content, ContentAsset, ContentItem, ContentRendition, Deposit, PublishedSale, SaleMode,
        SaleState, StockLevel, TargetMissed,
    },
};

/// Widths of pictures: the CSS pixels at which they are shown, doubled for high-density screens
/// where that is worth it.
pub const WIDTH_PAGE_PX: i32 = 960;
pub const WIDTH_THUMBNAIL_PX: i32 = 480;

/// A sale for its product page; `wanted` is the item to select.
pub fn sale(snapshot: &SaleSnapshot, now: OffsetDateTime, wanted: Option<SaleItemId>) -> Sale {
    let levels = snapshot.available().is_some().then_some(snapshot.levels.as_slice());
    let seller = provider(
        &snapshot.sale.provider_name,
        &snapshot.sale.provider_slug,
        &snapshot.seller,
        &snapshot.sale.content,
    );
    let sale = content(
        &snapshot.sale.content,
        &snapshot.sale.slug,
        seller,
        snapshot.phase(now),
        levels,
        wanted,
        now,
    );
    let cancelled = snapshot.sale.state == SaleState::Cancelled;
    let cancelled_at = snapshot.sale.stopped_at.filter(|_| cancelled).map(Into::into);
    Sale { cancelled_at, ..sale }
}

/// A sale in a list.
pub fn card(snapshot: &SaleSnapshot, now: OffsetDateTime) -> SaleCard {
    SaleCard::from(&sale(snapshot, now, None))
}

/// A sale in a list on the account page.
pub fn row(sale: PublishedSale, now: OffsetDateTime) -> ListedSale {
    ListedSale {
        url: format!("/sales/{}", sale.slug),
        phase: SaleSnapshot::phase_of(&sale, now, None).to_owned(),
        image: thumbnail(&sale.content),
        starts_at: sale.content.starts_at.into(),
        ends_at: sale.content.ends_at.into(),
        provider_name: sale.provider_name,
        title: sale.content.title,
    }
}

/// A sale for the help page.
pub fn help(snapshot: &SaleSnapshot) -> HelpSale {
    let provider = provider(
        &snapshot.sale.provider_name,
        &snapshot.sale.provider_slug,
        &snapshot.seller,
        &snapshot.sale.content,
    );
    HelpSale {
        title: snapshot.sale.content.title.clone(),
        url: snapshot.url(),
        mode: snapshot.sale.content.mode,
        provider,
    }
}

pub fn provider(name: &str, slug: &str, seller: &SellerProfile, content: &Content) -> SaleProvider {
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

impl Registration {
    /// What pages say about a sale's registration at `now`.
    pub fn of(content: &Content, now: time::OffsetDateTime) -> Option<Self> {
        content.registration().map(|window| Self {
            stage: stage_name(window.stage(now)).to_owned(),
            stage_live: stage_name(window.stage(now.max(content.starts_at))).to_owned(),
            opens_at: window.opens_at.into(),
            closes_at: window.closes_at.into(),
            only: content.registered_only,
        })
    }
}

/// A sale's content with its stock (None: the provider keeps it), in a phase.
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
        content.items.iter().map(|item| sale_item(item, content, levels)).collect();
    let wanted = wanted
        .and_then(|wanted| items.iter().position(|item| item.id == wanted.0 && item.selectable));
    if let Some(index) = wanted.or_else(|| items.iter().position(|item| item.selectable)) {
        items[index].selected = true;
    }
    let cheapest = content.items.iter().min_by_key(|item| item.price_minor);
    let price = cheapest.map_or(0, |item| item.price_minor);
    let compare_at = cheapest.and_then(|item| item.compare_at_minor);
    // Of a redirect sale only that it is sold out is known; how much is left, the provider's cart
    // says.
    let counted = levels.filter(|_| content.mode == SaleMode::Hosted);
    let total =
        |pick: fn(&StockLevel) -> i32| counted.map(|levels| levels.iter().map(pick).sum::<i32>());
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
        cancelled_at: None,
        registration: Registration::of(content, now),
        provider,
        image: images.first().cloned(),
        price: Money::new(price, &content.currency),
        prices_vary: content.items.iter().any(|item| item.price_minor != price),
        compare_at: compare_at.map(|minor| Money::new(minor, &content.currency)),
        saving_percent: saving_percent(price, compare_at),
        level: available
            .zip(capacity)
            .map(|(available, capacity)| Scarcity::of(available, capacity)),
        description: paragraphs(&content.description),
        terms: paragraphs(&content.terms),
        images,
        countries: content.countries.iter().map(|code| country_name(code)).collect(),
        hold_time: duration(content.hold_seconds.into()),
        offer_time: duration(content.waitlist_offer_seconds.into()),
        max_quantity: content.items.iter().map(|item| item.limit_per_shopper).max().unwrap_or(1),
        items,
        available,
        capacity,
        target: target(content, counted),
        ships: ships(content),
        voucher_valid_days: content.terms_of_kind.voucher_valid_days,
    }
}

/// How far an aggregated sale is towards its target; in redirect mode only the provider knows.
fn target(content: &Content, levels: Option<&[StockLevel]>) -> Option<Target> {
    let quantity = content.terms_of_kind.target_quantity?;
    let ordered = levels.map(|levels| levels.iter().map(|level| level.sold).sum());
    let is_reached = ordered.is_some_and(|ordered| ordered >= quantity);
    let refunds = content.terms_of_kind.when_target_missed == Some(TargetMissed::Refund);
    Some(Target { quantity, ordered, is_reached, refunds })
}

fn ships(content: &Content) -> Option<ShipWindow> {
    let terms = &content.terms_of_kind;
    let (first, last) = terms.ship_min_days.zip(terms.ship_max_days)?;
    Some(ShipWindow {
        text: ship_window(first, last),
        promised_by: content.promised_ship_by()?.into(),
    })
}

fn sale_item(item: &ContentItem, content: &Content, levels: Option<&[StockLevel]>) -> SaleItem {
    let currency = &content.currency;
    let hosted = content.mode == SaleMode::Hosted;
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
        available: available.filter(|_| hosted),
        capacity: capacity.filter(|_| hosted),
        level: available
            .zip(capacity)
            .map(|(available, capacity)| Scarcity::of(available, capacity))
            .filter(|level| hosted || *level == Scarcity::None),
        slot_starts_on: item.slot.map(|slot| day(slot.starts_on)),
        slot_ends_on: item.slot.map(|slot| day(slot.ends_on)),
        deposit: item.deposit.map(|deposit| SaleDeposit {
            amount: Money::new(deposit.amount_minor, currency),
            rest: Money::new(item.price_minor - deposit.amount_minor, currency),
            rest_due_on: day(deposit.rest_due_on),
            last_day: hosted.then(|| day(orders::last_day_of_rest(deposit.rest_due_on))),
            terms: hosted.then(|| deposit_terms(deposit).to_owned()),
        }),
    }
}

/// What becomes of a deposit when the rest is not paid.
fn deposit_terms(deposit: Deposit) -> &'static str {
    if deposit.refundable { "refunded" } else { "kept" }
}

/// The pictures of a sale, in order.
fn pictures(content: &Content) -> impl Iterator<Item = &ContentAsset> {
    content
        .assets
        .iter()
        .filter(|asset| asset.kind == AssetKind::Image && !asset.renditions.is_empty())
}

/// The first picture of a sale, small.
pub fn thumbnail(content: &Content) -> Option<Picture> {
    pictures(content).next().map(|asset| picture(asset, WIDTH_THUMBNAIL_PX))
}

/// The picture of a shared link, in its widest rendition.
pub fn social_card(content: &Content, platform: &Platform) -> Option<SocialCard> {
    let asset = pictures(content).next()?;
    let widest = asset.renditions.iter().max_by_key(|rendition| rendition.width_px)?;
    Some(SocialCard {
        url: platform.public_url(PublicPath::Media { object_key: &widest.object_key }),
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
    PublicPath::Media { object_key: &rendition.object_key }.to_string()
}

/// The saving against the earlier price, in whole percent; never rounded up.
fn saving_percent(price_minor: i64, compare_at_minor: Option<i64>) -> Option<i64> {
    let compare_at = compare_at_minor.filter(|compare_at| *compare_at > price_minor)?;
    Some((compare_at - price_minor) * 100 / compare_at).filter(|percent| *percent > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_saving_is_never_rounded_up() {
        assert_eq!(saving_percent(12_900, Some(18_900)), Some(31));
        assert_eq!(saving_percent(50, Some(100)), Some(50));
        assert_eq!(saving_percent(99_999, Some(100_000)), None);
        assert_eq!(saving_percent(100, Some(90)), None);
        assert_eq!(saving_percent(100, None), None);
    }
}
