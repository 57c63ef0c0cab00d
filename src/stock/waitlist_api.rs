//! The API of the waitlist, for shoppers and for the provider of a sale.

use std::collections::HashMap;

use poem_openapi::{
    Object, OpenApi,
    param::{Path, Query},
    payload::Json,
};
use serde::Serialize;
use time::OffsetDateTime;

use super::{EntryState, Outlook, WaitlistEntry, WaitlistPositions, waitlist};
use crate::{
    access::{Empty, Member, SignedIn, Tag},
    kernel::{
        Error, FieldError, FieldErrors, HoldId, Input, Result, SaleId, SaleItemId, TenantId,
        WaitlistId, limits::REASON_CHARS_MAX, validate,
    },
    platform::Platform,
    sales::{self, PublishedSale},
};

const PAGE_MAX: u32 = 200;

pub struct WaitlistApi {
    pub platform: Platform,
    pub positions: WaitlistPositions,
}

/// My waitlist entry for units of an item.
#[derive(Object, Serialize)]
#[oai(rename = "WaitlistEntry")]
pub struct WaitlistEntryView {
    id: WaitlistId,
    sale_slug: String,
    sale_item_id: SaleItemId,
    title: String,
    item_name: String,
    /// Units asked for.
    quantity: i32,
    /// Takes fewer units rather than wait for all of them.
    accept_fewer: bool,
    state: EntryState,
    /// 1 is next. Null once units were offered.
    position: Option<i64>,
    /// The chance, 0 to 1, that units are offered, by how many of the held units came free so far.
    chance: Option<f64>,
    /// The hold with the offered units.
    hold_id: Option<HoldId>,
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
}

impl WaitlistEntryView {
    pub(super) fn new(
        entry: &WaitlistEntry,
        sale: &PublishedSale,
        position: Option<i64>,
        outlook: Option<Outlook>,
    ) -> Option<Self> {
        let item = sale.item(entry.sale_item_id)?;
        Some(Self {
            id: entry.id,
            sale_slug: sale.slug.clone(),
            sale_item_id: entry.sale_item_id,
            title: sale.content.title.clone(),
            item_name: item.name.clone(),
            quantity: entry.quantity,
            accept_fewer: entry.accept_fewer,
            state: entry.state,
            position: position.or(outlook.map(|outlook| outlook.position)),
            chance: outlook.map(|outlook| outlook.chance),
            hold_id: entry.hold_id,
            created_at: entry.created_at,
        })
    }
}

#[derive(Object)]
struct MyWaitlistList {
    items: Vec<WaitlistEntryView>,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct WaitlistUpdate {
    /// Take fewer units rather than wait for all of them.
    accept_fewer: bool,
}

/// A waitlist entry as the provider sees it, without the shopper's name.
#[derive(Object)]
struct WaitlistPageEntry {
    id: WaitlistId,
    sale_item_id: SaleItemId,
    /// Units asked for.
    quantity: i32,
    /// Takes fewer units rather than wait for all of them.
    accept_fewer: bool,
    created_at: OffsetDateTime,
}

#[derive(Object)]
struct WaitlistPage {
    /// The front first.
    items: Vec<WaitlistPageEntry>,
    /// Pass it as `after` for the next page; null on the last page.
    next_after: Option<i64>,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct WaitlistMove {
    /// The entry to move directly before; null for the end of the waitlist.
    before: Option<WaitlistId>,
    /// The reason, for the audit log.
    reason: String,
}

#[OpenApi(tag = "Tag::Stock")]
impl WaitlistApi {
    /// My waitlist entries and offers, oldest first
    ///
    /// What the caller waits for, with the position and the chance of getting units, and what is
    /// offered right now; at most 100.
    #[oai(path = "/me/waitlist", method = "get", operation_id = "my_waitlist_list")]
    async fn my_waitlist_list(&self, caller: SignedIn) -> Result<Json<MyWaitlistList>> {
        let mut tx = self.platform.db.shopper(Some(caller.account())).await?;
        let entries = waitlist::entries_of(&mut tx, caller.account()).await?;
        let ids: Vec<SaleId> = entries.iter().map(|entry| entry.sale_id).collect();
        let sales: HashMap<_, _> = sales::published_by_ids(&mut tx, &ids)
            .await?
            .into_iter()
            .map(|sale| (sale.id, sale))
            .collect();
        drop(tx);
        let outlooks = self.positions.outlooks(&entries).await?;
        let item = |entry: &WaitlistEntry| {
            let outlook =
                outlooks.get(&entry.id).filter(|_| entry.state == EntryState::Waiting).copied();
            WaitlistEntryView::new(entry, sales.get(&entry.sale_id)?, None, outlook)
        };
        Ok(Json(MyWaitlistList { items: entries.iter().filter_map(item).collect() }))
    }

    /// Set whether to take fewer units rather than wait for all of them
    ///
    /// Whether to be offered fewer units than asked for, rather than be passed over until enough
    /// are free. A repeat changes nothing.
    ///
    /// An entry that is over is a 409 `urn:smp:not_waiting`.
    #[oai(path = "/me/waitlist/:entry", method = "patch", operation_id = "waitlist_update")]
    async fn waitlist_update(
        &self,
        caller: SignedIn,
        entry: Path<WaitlistId>,
        body: Input<WaitlistUpdate>,
    ) -> Result<Empty> {
        waitlist::set_accept_fewer(&self.platform, caller.account(), entry.0, body.accept_fewer)
            .await?;
        Ok(Empty::Done)
    }

    /// Leave the waitlist
    ///
    /// Gives the place up; units that are offered go to the next in line.
    ///
    /// An entry that is over is a 409 `urn:smp:not_waiting`.
    #[oai(path = "/me/waitlist/:entry", method = "delete", operation_id = "waitlist_leave")]
    async fn waitlist_leave(&self, caller: SignedIn, entry: Path<WaitlistId>) -> Result<Empty> {
        waitlist::leave(&self.platform, caller.account(), entry.0).await?;
        Ok(Empty::Done)
    }

    /// The waitlist of an item, the front first
    ///
    /// Who waits for an item, without names, in the order in which units are offered. Pages are
    /// continued by `after`, not by a cursor.
    #[oai(
        path = "/providers/:tenant/sales/:sale/items/:item/waitlist",
        method = "get",
        operation_id = "waitlist_list"
    )]
    async fn waitlist_list(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        sale: Path<SaleId>,
        item: Path<SaleItemId>,
        after: Query<Option<i64>>,
        limit: Query<Option<u32>>,
    ) -> Result<Json<WaitlistPage>> {
        let limit = limit.0.unwrap_or(50);
        if !(1..=PAGE_MAX).contains(&limit) {
            return Err(FieldError::new("limit", format!("Must be from 1 to {PAGE_MAX}")).into());
        }
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        let published = sales::published_by_id(&mut tx, member.tenant, sale.0)
            .await?
            .ok_or(Error::NotFound("sale"))?;
        published.item(item.0).ok_or(Error::NotFound("item"))?;
        let entries = waitlist::list(
            &mut tx,
            member.tenant,
            item.0,
            after.0.unwrap_or(0),
            i64::from(limit) + 1,
        )
        .await?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let next_after = (entries.len() > limit)
            .then(|| entries.get(limit - 1).map(|entry| entry.position))
            .flatten();
        let view = |entry: &WaitlistEntry| WaitlistPageEntry {
            id: entry.id,
            sale_item_id: entry.sale_item_id,
            quantity: entry.quantity,
            accept_fewer: entry.accept_fewer,
            created_at: entry.created_at,
        };
        Ok(Json(WaitlistPage {
            items: entries
                .iter()
                .filter(|entry| entry.sale_id == sale.0)
                .take(limit)
                .map(view)
                .collect(),
            next_after,
        }))
    }

    /// Move a waitlist entry, with a reason
    ///
    /// Puts an entry directly before another one, or at the end. The reason (1 to 1000 characters)
    /// is written to the audit log.
    ///
    /// `before` must be another entry of the same waitlist: a 422 otherwise. An entry that no
    /// longer waits is a 404. 409 `urn:smp:no_room` when too many entries were moved to the same
    /// place.
    #[oai(
        path = "/providers/:tenant/sales/:sale/waitlist/:entry/move",
        method = "post",
        operation_id = "waitlist_move"
    )]
    async fn waitlist_move(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        sale: Path<SaleId>,
        entry: Path<WaitlistId>,
        body: Input<WaitlistMove>,
    ) -> Result<Empty> {
        let mut fields = FieldErrors::default();
        let reason = validate::text(&mut fields, "reason", &body.reason, 1, REASON_CHARS_MAX);
        fields.finish()?;
        waitlist::move_before(
            &self.platform,
            member.actor(),
            tenant.0,
            sale.0,
            entry.0,
            body.before,
            &reason,
        )
        .await?;
        Ok(Empty::Done)
    }
}
