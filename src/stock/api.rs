//! The API of holds: holding units in a sale, listing and releasing one's holds; and of a sale's
//! stock.

use poem::web::cookie::CookieJar;
use poem_openapi::{
    ApiResponse, Object, OpenApi,
    param::{Header, Path},
    payload::Json,
};
use serde::Serialize;
use time::OffsetDateTime;

use super::{
    Allocator, Hold, HoldInput, HoldOutcome, HoldRequest, HoldState, ItemCheck, holds, monitor,
    resolve, sales_as_held, waitlist_api::WaitlistEntryView,
};
use crate::{
    access::{Empty, Member, Session, SignedIn, Tag, limits::limit_buy},
    kernel::{Error, HoldId, Input, Money, Output, Result, SaleId, SaleItemId, TenantId, VisitId},
    platform::Platform,
    sales::{self, PublishedSale},
};

pub struct StockApi {
    pub platform: Platform,
    pub allocator: Allocator,
}

/// Units held for a shopper until a time.
#[derive(Object, Serialize)]
#[oai(rename = "Hold")]
pub struct HoldView {
    id: HoldId,
    sale_slug: String,
    sale_item_id: SaleItemId,
    title: String,
    item_name: String,
    /// Units held.
    quantity: i32,
    /// The price at the time of the hold, of one unit.
    unit_price: Money,
    state: HoldState,
    /// While its clock stands still: when it would have expired.
    #[serde(with = "time::serde::rfc3339")]
    expires_at: OffsetDateTime,
    /// Since when its clock stands still, because its sale is halted or its seller suspended; null
    /// while it runs. The units can be paid for all the same. Afterwards the hold has the time left
    /// that lies between `stopped_at` and `expires_at`.
    #[serde(with = "time::serde::rfc3339::option")]
    stopped_at: Option<OffsetDateTime>,
    /// The server's time, to compute the time left from.
    #[serde(with = "time::serde::rfc3339")]
    server_time: OffsetDateTime,
}

#[derive(Object)]
struct HoldList {
    items: Vec<HoldView>,
    /// The server's time, to compute the time left from.
    server_time: OffsetDateTime,
}

#[derive(ApiResponse)]
pub enum HoldResponse {
    /// Held.
    #[oai(status = 201)]
    Held(Output<HoldView>),
    /// Sold out: joined the waitlist. Units that come free are offered to it, first come, first
    /// served.
    #[oai(status = 202)]
    Waiting(Output<WaitlistEntryView>),
}

/// The stock of an item.
#[derive(Object)]
struct StockItem {
    sale_item_id: SaleItemId,
    item_name: String,
    /// Units on sale in all.
    capacity: i64,
    /// Units in shoppers' carts.
    held: i64,
    /// Units that are paid for.
    sold: i64,
    /// Entries on the waitlist.
    waiting: i64,
    /// Whether the numbers are the sum of the holds and the waitlist.
    agrees: bool,
}

#[derive(Object)]
struct StockReport {
    items: Vec<StockItem>,
    /// Whether every item agrees.
    agrees: bool,
}

#[OpenApi(tag = "Tag::Stock")]
impl StockApi {
    /// Hold units of an item for a while, to buy them, or join its waitlist
    ///
    /// Takes units out of the stock for the caller, for the sale's hold time (`expires_at`): 201.
    /// When too few are left, and unless `wait` is false, the caller joins the item's waitlist
    /// instead: 202.
    ///
    /// Send the same `Idempotency-Key` (1 to 100 characters) when you retry: the answer is the same
    /// hold or waitlist entry. Without a key, every request makes a new hold. One account can ask
    /// 30 times in 10 seconds, one address of the network 1000 times; beyond that the answer is
    /// 429.
    ///
    /// Refused with 409: `urn:smp:sold_out` when `wait` is false, `urn:smp:limit_reached` beyond
    /// the item's limit per shopper, `urn:smp:already_waiting`, `urn:smp:not_registered`,
    /// `urn:smp:idempotency_conflict` for a key that was used for something else, and the types of
    /// a sale that is not open. 503 when the rush exceeds what the server takes: try again with the
    /// same key.
    #[oai(
        path = "/sales/:slug/holds",
        method = "post",
        operation_id = "hold_create",
        transform = "limit_buy"
    )]
    async fn hold_create(
        &self,
        caller: SignedIn,
        slug: Path<String>,
        #[oai(name = "Idempotency-Key")] idempotency_key: Header<Option<String>>,
        body: Input<HoldInput>,
        cookies: &CookieJar,
    ) -> Result<HoldResponse> {
        self.hold(&caller.0, slug.0, idempotency_key.0, body.0, |sale| sales::visit(cookies, sale))
            .await
    }

    /// My open holds, oldest first
    ///
    /// What the caller holds now: the cart. At most 100.
    #[oai(path = "/me/holds", method = "get", operation_id = "hold_list")]
    async fn hold_list(&self, caller: SignedIn) -> Result<Json<HoldList>> {
        let now = self.platform.clock.now();
        let mut tx = self.platform.db.shopper(Some(caller.account())).await?;
        let holds = holds::held_by(&mut tx, caller.account(), now).await?;
        let sales = sales_as_held(&mut tx, &holds).await?;
        let items =
            holds.iter().filter_map(|hold| describe(hold, sales.get(&hold.id)?, now)).collect();
        Ok(Json(HoldList { items, server_time: now }))
    }

    /// Release a hold before it expires
    ///
    /// Gives the units back, to the waitlist or to the stock. An unpaid order for them can no
    /// longer be paid.
    ///
    /// A hold that was bought, released or has expired is a 409 `urn:smp:not_held`.
    #[oai(path = "/me/holds/:hold", method = "delete", operation_id = "hold_release")]
    async fn hold_release(&self, caller: SignedIn, hold: Path<HoldId>) -> Result<Empty> {
        resolve::release(&self.platform, caller.account(), hold.0).await?;
        Ok(Empty::Done)
    }

    /// The stock of a sale, checked against its holds and waitlist
    ///
    /// Capacity, held, sold and waiting of each item, and whether those numbers are the sums of the
    /// holds and waitlist entries behind them (`agrees`). Empty for a sale that was never approved
    /// or is sold by redirect.
    #[oai(
        path = "/providers/:tenant/sales/:sale/stock",
        method = "get",
        operation_id = "stock_check"
    )]
    async fn stock_check(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        sale: Path<SaleId>,
    ) -> Result<Json<StockReport>> {
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        let slug =
            sales::slug(&mut tx, member.tenant, sale.0).await?.ok_or(Error::NotFound("sale"))?;
        drop(tx);
        let items = match monitor::check(&self.platform, Some(&slug), None).await {
            Ok(items) => items,
            Err(Error::NotFound(_)) => vec![], // never approved, or sold by redirect
            Err(error) => return Err(error),
        };
        let agrees = items.iter().all(ItemCheck::agrees);
        let item = |item: ItemCheck| StockItem {
            agrees: item.agrees(),
            sale_item_id: item.sale_item_id,
            item_name: item.name,
            capacity: item.capacity,
            held: item.held,
            sold: item.sold,
            waiting: item.waiting,
        };
        Ok(Json(StockReport { items: items.into_iter().map(item).collect(), agrees }))
    }
}

impl StockApi {
    /// The operation `hold_create`, for the router and for the short way past it. `visit` finds the
    /// visit in which the shopper saw a sale.
    pub async fn hold(
        &self,
        session: &Session,
        slug: String,
        key: Option<String>,
        input: HoldInput,
        visit: impl FnOnce(SaleId) -> Option<VisitId>,
    ) -> Result<HoldResponse> {
        let sale = self.allocator.sale_cache().get(&slug).await?.ok_or(Error::NotFound("sale"))?;
        if session.is_rehearsal != sale.rehearsal {
            return Err(Error::NotFound("sale"));
        }
        let visit = visit(sale.id).map(|visit| visit.0);
        let request = HoldRequest::new(session.account.id, slug, &input, key, visit);
        let now = self.platform.clock.now();
        match self.allocator.hold(request).await? {
            HoldOutcome::Held(hold) => {
                let view = if hold.revision == Some(sale.revision) {
                    describe(&hold, &sale, now)
                } else {
                    // Boxed, because it is rare and every request's future would grow by it.
                    Box::pin(self.describe_as_held(&hold, now)).await?
                };
                Ok(HoldResponse::Held(Output(view.ok_or(Error::NotFound("item"))?)))
            }
            HoldOutcome::Waiting(entry, position) => {
                let view = WaitlistEntryView::new(&entry, &sale, position, None);
                Ok(HoldResponse::Waiting(Output(view.ok_or(Error::NotFound("item"))?)))
            }
        }
    }

    /// A retry of an earlier hold, or of a sale that this node knows too late.
    async fn describe_as_held(&self, hold: &Hold, now: OffsetDateTime) -> Result<Option<HoldView>> {
        let mut tx = self.platform.db.shopper(Some(hold.account)).await?;
        let sales = sales_as_held(&mut tx, std::slice::from_ref(hold)).await?;
        Ok(sales.get(&hold.id).and_then(|sale| describe(hold, sale, now)))
    }
}

/// A hold with the names and price of its sale as held. A published item is never removed.
fn describe(hold: &Hold, sale: &PublishedSale, server_time: OffsetDateTime) -> Option<HoldView> {
    let item = sale.item(hold.sale_item_id)?;
    Some(HoldView {
        id: hold.id,
        sale_slug: sale.slug.clone(),
        sale_item_id: hold.sale_item_id,
        title: sale.content.title.clone(),
        item_name: item.name.clone(),
        quantity: hold.quantity,
        unit_price: Money::new(item.price_minor, &sale.content.currency),
        state: hold.state,
        expires_at: hold.expires_at,
        stopped_at: hold.stopped_at,
        server_time,
    })
}
