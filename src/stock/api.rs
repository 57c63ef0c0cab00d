//! Holding units in a running sale, seeing one's holds, giving one back.

use std::collections::HashMap;

use poem::web::cookie::CookieJar;
use poem_openapi::{
    ApiResponse, Object, OpenApi,
    param::{Header, Path},
    payload::Json,
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Allocator, Answer, HoldRequest, HoldState, waitlist_api::WaitlistEntryView};
use crate::{
    access::{
        Member, Session, SignedIn,
        api::{Empty, Tag},
    },
    kernel::{
        Error, FieldError, HoldId, Input, Money, Output, Result, SaleId, SaleItemId, TenantId,
        VisitId,
    },
    platform::Platform,
    sales::{self, PublishedSale},
};

/// Longest idempotency key, in characters.
const KEY_MAX_CHARS: usize = 100;

pub struct StockApi {
    pub platform: Platform,
    pub allocator: Allocator,
}

#[derive(Object, Deserialize)]
#[oai(deny_unknown_fields)]
#[serde(deny_unknown_fields)]
pub struct HoldInput {
    sale_item_id: SaleItemId,
    /// 1 up to the item's limit per shopper.
    quantity: i32,
    /// Whether to wait in line when there is not enough left. By default one does.
    #[oai(default = "wait_by_default")]
    #[serde(default = "wait_by_default")]
    wait: bool,
    /// In line: whether to take what is there rather than wait for all.
    #[oai(default)]
    #[serde(default)]
    accept_fewer: bool,
}

fn wait_by_default() -> bool {
    true
}

/// Units kept for a shopper until a time.
#[derive(Object, Serialize)]
pub struct Hold {
    id: HoldId,
    sale_slug: String,
    sale_item_id: SaleItemId,
    title: String,
    item_name: String,
    quantity: i32,
    unit_price: Money,
    state: HoldState,
    #[serde(with = "time::serde::rfc3339")]
    expires_at: OffsetDateTime,
    /// What the clock shows here, to show the time left by.
    #[serde(with = "time::serde::rfc3339")]
    server_time: OffsetDateTime,
}

#[derive(Object)]
struct HoldList {
    items: Vec<Hold>,
    server_time: OffsetDateTime,
}

#[derive(ApiResponse)]
pub enum HoldAnswer {
    /// Held.
    #[oai(status = 201)]
    Held(Output<Hold>),
    /// Sold out; put in line, in the order of arrival. Units that come free are offered to the
    /// first in line.
    #[oai(status = 202)]
    Waiting(Output<WaitlistEntryView>),
}

/// An item's counters, and the same counted anew from its holds.
#[derive(Object)]
struct StockItem {
    sale_item_id: SaleItemId,
    item_name: String,
    capacity: i64,
    held: i64,
    sold: i64,
    /// Positions in line.
    waiting: i64,
    /// Whether a recount of holds and line says the same.
    agrees: bool,
}

#[derive(Object)]
struct StockReport {
    items: Vec<StockItem>,
    agrees: bool,
}

#[OpenApi(tag = "Tag::Stock")]
impl StockApi {
    /// Hold units of an item for a while, to buy them; or wait in line for them
    ///
    /// Send the same `Idempotency-Key` when you try again: the answer is the same hold, or the same
    /// waitlist position. Without one, every request is a new hold.
    #[oai(path = "/sales/:slug/holds", method = "post", operation_id = "hold_create")]
    async fn hold_create(
        &self,
        caller: SignedIn,
        slug: Path<String>,
        #[oai(name = "Idempotency-Key")] idempotency_key: Header<Option<String>>,
        body: Input<HoldInput>,
        cookies: &CookieJar,
    ) -> Result<HoldAnswer> {
        self.hold(&caller.0, slug.0, idempotency_key.0, body.0, |sale| sales::visit(cookies, sale))
            .await
    }

    /// What is held for me now, oldest first
    #[oai(path = "/me/holds", method = "get", operation_id = "hold_list")]
    async fn hold_list(&self, caller: SignedIn) -> Result<Json<HoldList>> {
        let now = self.platform.clock.now();
        let mut tx = self.platform.db.shopper(Some(caller.account())).await?;
        let holds = super::held_by(&mut tx, caller.account(), now).await?;
        let ids: Vec<SaleId> = holds.iter().map(|hold| hold.sale_id).collect();
        let sales: HashMap<_, _> = sales::published_by_ids(&mut tx, &ids)
            .await?
            .into_iter()
            .map(|sale| (sale.id, sale))
            .collect();
        let items = holds
            .iter()
            .filter_map(|hold| describe(hold, sales.get(&hold.sale_id)?, now))
            .collect();
        Ok(Json(HoldList { items, server_time: now }))
    }

    /// Give a hold back before its time
    #[oai(path = "/me/holds/:hold", method = "delete", operation_id = "hold_release")]
    async fn hold_release(&self, caller: SignedIn, hold: Path<HoldId>) -> Result<Empty> {
        super::release(&self.platform, caller.account(), hold.0).await?;
        Ok(Empty::Done)
    }

    /// The stock of a sale, counted anew
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
        let items = match super::check(&self.platform, Some(&slug), None).await {
            Ok(items) => items,
            Err(Error::NotFound(_)) => vec![], // never approved, or sold by redirect
            Err(error) => return Err(error),
        };
        let agrees = items.iter().all(super::ItemCheck::agrees);
        let item = |item: super::ItemCheck| StockItem {
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
    /// What `hold_create` does, whichever way it was asked for. `visit` tells under which visit the
    /// session saw a sale.
    pub async fn hold(
        &self,
        session: &Session,
        slug: String,
        key: Option<String>,
        wanted: HoldInput,
        visit: impl FnOnce(SaleId) -> Option<VisitId>,
    ) -> Result<HoldAnswer> {
        let key = key.unwrap_or_else(|| Uuid::now_v7().to_string());
        if !(1..=KEY_MAX_CHARS).contains(&key.chars().count()) {
            return Err(FieldError::new(
                "Idempotency-Key",
                format!("Must have 1 to {KEY_MAX_CHARS} characters"),
            )
            .into());
        }
        let sale = self.allocator.sale_cache().get(&slug).await?.ok_or(Error::NotFound("sale"))?;
        if session.is_rehearsal != sale.rehearsal {
            return Err(Error::NotFound("sale"));
        }
        let request = HoldRequest {
            sale_slug: slug,
            sale_item_id: wanted.sale_item_id,
            account: session.account.id,
            quantity: wanted.quantity,
            idempotency_key: key,
            visit_id: visit(sale.id).map(|visit| visit.0),
            wait: wanted.wait,
            accept_fewer: wanted.accept_fewer,
        };
        let now = self.platform.clock.now();
        match self.allocator.hold(request).await? {
            Answer::Held(hold) => Ok(HoldAnswer::Held(Output(
                describe(&hold, &sale, now).ok_or(Error::NotFound("item"))?,
            ))),
            Answer::Waiting(entry, position) => Ok(HoldAnswer::Waiting(Output(
                WaitlistEntryView::new(&entry, &sale, position, None)
                    .ok_or(Error::NotFound("item"))?,
            ))),
        }
    }
}

/// A hold in the words of the published sale; a published item never leaves its sale.
fn describe(hold: &super::Hold, sale: &PublishedSale, server_time: OffsetDateTime) -> Option<Hold> {
    let item = sale.item(hold.sale_item_id)?;
    Some(Hold {
        id: hold.id,
        sale_slug: sale.slug.clone(),
        sale_item_id: hold.sale_item_id,
        title: sale.content.title.clone(),
        item_name: item.name.clone(),
        quantity: hold.quantity,
        unit_price: Money::new(item.price_minor, &sale.content.currency),
        state: hold.state,
        expires_at: hold.expires_at,
        server_time,
    })
}
