//! The API of the storefront: published sales, for anyone to read.

use std::collections::BTreeMap;

use poem_openapi::{
    Object, OpenApi,
    param::{Path, Query},
    payload::Json,
};
use time::{Date, OffsetDateTime};

use super::{
    content::{Content, ContentAsset, ContentItem},
    open::NotOpen,
    phase::Phase,
    published::{PublishedSale, published, published_after},
    states::{SaleKind, SaleMode},
    stock_levels::{StockLevel, stock_levels, stock_levels_of},
    terms::KindTerms,
};
use crate::{
    access::{Anyone, Tag},
    kernel::{Error, Money, Page, PageQuery, Result, SaleId, SaleItemId},
    platform::{Platform, PublicPath},
};

pub struct StorefrontApi {
    pub platform: Platform,
}

/// A sale in the list.
#[derive(Object)]
#[oai(rename = "ShopSale")]
struct ShopSaleView {
    /// The last part of its page's address.
    slug: String,
    title: String,
    summary: String,
    provider_name: String,
    mode: SaleMode,
    phase: Phase,
    /// Nothing can be bought at the moment, whatever the phase: the sale is halted, or its provider
    /// is suspended.
    halted: bool,
    starts_at: OffsetDateTime,
    ends_at: OffsetDateTime,
    /// A path on this server; null without a picture.
    image_url: Option<String>,
    /// The lowest price of its items.
    from_price: Money,
    /// The earlier price of that item.
    compare_at: Option<Money>,
    /// Whether it opens the home page.
    featured: bool,
}

#[derive(Object)]
#[oai(rename = "ShopSaleDetails")]
struct ShopSaleDetailsView {
    slug: String,
    title: String,
    summary: String,
    description: String,
    terms: String,
    provider_name: String,
    mode: SaleMode,
    phase: Phase,
    /// Nothing can be bought at the moment, whatever the phase: the sale is halted, or its provider
    /// is suspended.
    halted: bool,
    starts_at: OffsetDateTime,
    ends_at: OffsetDateTime,
    image_url: Option<String>,
    from_price: Money,
    compare_at: Option<Money>,
    featured: bool,
    items: Vec<ShopItemView>,
    images: Vec<ShopImageView>,
    /// When registration opens; null when there is none.
    registration_opens_at: Option<OffsetDateTime>,
    registration_closes_at: Option<OffsetDateTime>,
    /// Only registered shoppers can buy.
    registered_only: bool,
    /// The server's time, to count down by.
    server_time: OffsetDateTime,
    /// `while_supplies_last`, `aggregated`, `reservation` or `voucher`.
    kind: SaleKind,
    /// Units bought so far, towards the target of an aggregated sale; null for every other kind,
    /// and in redirect mode.
    ordered_quantity: Option<i64>,
    /// The date by which an order placed now is promised to be shipped; aggregated sales only.
    promised_ship_by: Option<OffsetDateTime>,
    #[oai(flatten)]
    terms_of_kind: KindTerms,
}

#[derive(Object)]
#[oai(rename = "ShopItem")]
struct ShopItemView {
    id: SaleItemId,
    name: String,
    /// What it is like, by name: `{"Glaze": "Oat"}`.
    attributes: BTreeMap<String, String>,
    price: Money,
    /// An earlier, higher price.
    compare_at: Option<Money>,
    /// Units one shopper may buy in the sale.
    limit_per_shopper: i32,
    /// Units neither held nor sold; null in redirect mode, where the provider keeps the stock,
    /// except that 0 says that all guaranteed units are reported as bought.
    available: Option<i32>,
    /// The days of a reserved package.
    slot_starts_on: Option<Date>,
    slot_ends_on: Option<Date>,
    /// Due at once for each unit; null when the whole price is.
    deposit: Option<Money>,
    /// Until when the rest of the price is due.
    rest_due_on: Option<Date>,
    /// Hosted mode: whether the deposit goes back when the rest is not paid and the order is
    /// cancelled; null without a deposit, and in redirect mode, where the provider's terms say it.
    deposit_refundable: Option<bool>,
}

#[derive(Object)]
#[oai(rename = "ShopImage")]
struct ShopImageView {
    url: String,
    thumbnail_url: String,
    alt: String,
    width_px: i32,
    height_px: i32,
}

#[OpenApi(tag = "Tag::Sales")]
impl StorefrontApi {
    /// Current and coming sales, the soonest end first
    ///
    /// The sales that shoppers see now: published, not cancelled and not over. Prices are in minor
    /// units of the sale's currency.
    #[oai(path = "/sales", method = "get", operation_id = "shop_list")]
    async fn shop_list(
        &self,
        _anyone: Anyone,
        /// `next_cursor` of the page before; leave it out for the first page.
        cursor: Query<Option<String>>,
        /// Entries on the page: 1 to 100, 25 by default.
        limit: Query<Option<u32>>,
    ) -> Result<Json<Page<ShopSaleView>>> {
        let page = PageQuery::new(cursor.0.as_deref(), limit.0)?;
        let now = self.platform.clock.now();
        let mut tx = self.platform.db.shopper(None).await?;
        let sales = published_after(&mut tx, now, now, page.cursor, page.fetch()).await?;
        let ids: Vec<SaleId> = sales.iter().map(|sale| sale.id).collect();
        let levels = stock_levels_of(&mut tx, &ids).await?;
        let view = |sale: PublishedSale| {
            shop_sale(&sale, levels.get(&sale.id).map_or(&[], Vec::as_slice), now)
        };
        Ok(Json(page.page(sales, |sale| (sale.content.ends_at, sale.id.0), view)))
    }

    /// A published sale with its items and pictures
    ///
    /// Everything the sale's page shows: texts, items with price, limit and units left, pictures,
    /// dates, registration and the terms of its kind. `server_time` is there to count down by.
    ///
    /// A sale that was never approved or was cancelled is a 404.
    #[oai(path = "/sales/:slug", method = "get", operation_id = "shop_get")]
    async fn shop_get(
        &self,
        _anyone: Anyone,
        slug: Path<String>,
    ) -> Result<Json<ShopSaleDetailsView>> {
        let now = self.platform.clock.now();
        let mut tx = self.platform.db.shopper(None).await?;
        let sale = published(&mut tx, &slug.0)
            .await?
            .filter(|sale| sale.check_not_stopped(now) != Err(NotOpen::Cancelled))
            .ok_or(Error::NotFound("sale"))?;
        let levels = stock_levels(&mut tx, sale.tenant, sale.id).await?;
        Ok(Json(details(&sale, &levels, now)))
    }
}

fn shop_sale(sale: &PublishedSale, levels: &[StockLevel], now: OffsetDateTime) -> ShopSaleView {
    let content = &sale.content;
    let cheapest = content.items.iter().min_by_key(|item| item.price_minor);
    ShopSaleView {
        slug: sale.slug.clone(),
        title: content.title.clone(),
        summary: content.summary.clone(),
        provider_name: sale.provider_name.clone(),
        mode: content.mode,
        phase: sale.phase(now, left(levels)),
        halted: sale.check_not_stopped(now).is_err(),
        starts_at: content.starts_at,
        ends_at: content.ends_at,
        image_url: content
            .image()
            .map(|image| PublicPath::Media { object_key: &image.object_key }.to_string()),
        from_price: Money::new(cheapest.map_or(0, |item| item.price_minor), &content.currency),
        compare_at: cheapest.and_then(|item| compare_at(item, content)),
        featured: sale.featured,
    }
}

fn details(
    sale: &PublishedSale,
    levels: &[StockLevel],
    now: OffsetDateTime,
) -> ShopSaleDetailsView {
    let summary = shop_sale(sale, levels, now);
    let content = &sale.content;
    let item = |item: &ContentItem| ShopItemView {
        id: item.sale_item_id,
        name: item.name.clone(),
        attributes: item.attributes.clone(),
        price: Money::new(item.price_minor, &content.currency),
        compare_at: compare_at(item, content),
        limit_per_shopper: item.limit_per_shopper,
        available: levels
            .iter()
            .find(|level| level.sale_item_id == item.sale_item_id)
            .map(|level| level.available())
            .filter(|available| content.mode == SaleMode::Hosted || *available <= 0),
        slot_starts_on: item.slot.map(|slot| slot.starts_on),
        slot_ends_on: item.slot.map(|slot| slot.ends_on),
        deposit: item.deposit.map(|deposit| Money::new(deposit.amount_minor, &content.currency)),
        rest_due_on: item.deposit.map(|deposit| deposit.rest_due_on),
        deposit_refundable: item
            .deposit
            .filter(|_| content.mode == SaleMode::Hosted)
            .map(|deposit| deposit.refundable),
    };
    ShopSaleDetailsView {
        slug: summary.slug,
        title: summary.title,
        summary: summary.summary,
        description: content.description.clone(),
        terms: content.terms.clone(),
        provider_name: summary.provider_name,
        mode: summary.mode,
        phase: summary.phase,
        halted: summary.halted,
        starts_at: summary.starts_at,
        ends_at: summary.ends_at,
        image_url: summary.image_url,
        from_price: summary.from_price,
        compare_at: summary.compare_at,
        featured: summary.featured,
        items: content.items.iter().map(item).collect(),
        images: content.assets.iter().filter_map(image).collect(),
        registration_opens_at: content.registration_opens_at,
        registration_closes_at: content.registration_closes_at,
        registered_only: content.registered_only,
        server_time: now,
        kind: content.kind,
        ordered_quantity: content
            .terms_of_kind
            .target_quantity
            .filter(|_| content.mode == SaleMode::Hosted)
            .map(|_| levels.iter().map(|level| i64::from(level.sold)).sum()),
        promised_ship_by: content.promised_ship_by(),
        terms_of_kind: content.terms_of_kind.clone(),
    }
}

/// Units left of all items; None when SMP does not keep the stock.
fn left(levels: &[StockLevel]) -> Option<i64> {
    if levels.is_empty() {
        None
    } else {
        Some(levels.iter().map(|level| i64::from(level.available())).sum())
    }
}

fn compare_at(item: &ContentItem, content: &Content) -> Option<Money> {
    item.compare_at_minor.map(|amount| Money::new(amount, &content.currency))
}

fn image(asset: &ContentAsset) -> Option<ShopImageView> {
    let (narrowest, widest) = (asset.renditions.first()?, asset.renditions.last()?);
    Some(ShopImageView {
        url: PublicPath::Media { object_key: &widest.object_key }.to_string(),
        thumbnail_url: PublicPath::Media { object_key: &narrowest.object_key }.to_string(),
        alt: asset.alt.clone(),
        width_px: widest.width_px,
        height_px: widest.height_px,
    })
}
