//! The API of fulfilment.

use poem_openapi::{
    ApiResponse, Enum, Object, OpenApi,
    param::{Path, Query},
    payload::Json,
};

use super::{
    cash::note_cash,
    parcel::{ParcelView, parcel_list, parcel_view},
    provider_order::{ProviderOrderView, order_list, order_view},
    shipment::{NewShipment, add_event, ship},
};
use crate::{
    access::{MemberOrKey, Tag},
    kernel::{Input, Page, PageQuery, ParcelId, Result, ShipmentId, TenantId, validate},
    orders::{self, HistoryEntryView, ParcelState, ShipmentState, ShipmentView},
    payments::CashOutcome,
    platform::Platform,
};

pub struct FulfilmentApi {
    pub platform: Platform,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct ShipmentInput {
    /// Name of the carrier.
    carrier: String,
    /// The carrier's; 1 to 80 characters, one shipment each.
    tracking_number: String,
    /// Where the customer can track it; https.
    tracking_url: Option<String>,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct ShipmentEventInput {
    /// Where it is now.
    state: ShipmentEventKind,
    /// For the customer; may be empty.
    note: String,
}

#[derive(Clone, Copy, Enum)]
#[oai(rename_all = "snake_case")]
enum ShipmentEventKind {
    InTransit,
    Delivered,
    ReturnedToSender,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct ParcelCashInput {
    /// `collected`: the shopper paid at the door. `refused`: the shopper did not take the parcel.
    outcome: CashOutcome,
}

#[derive(Object)]
struct ParcelHistory {
    items: Vec<HistoryEntryView>,
}

#[derive(ApiResponse)]
enum Shipped {
    /// Handed over.
    #[oai(status = 201)]
    Created(Json<ShipmentView>),
}

#[OpenApi(tag = "Tag::Fulfilment")]
impl FulfilmentApi {
    /// A provider's paid parcels, newest first
    ///
    /// What the provider has sold, one parcel for each order, once it is paid. `state=to_ship` is
    /// what is to be packed. `q` finds part of an order number or of a customer's name.
    #[oai(path = "/providers/:tenant/parcels", method = "get", operation_id = "parcel_list")]
    async fn parcel_list(
        &self,
        _caller: MemberOrKey,
        tenant: Path<TenantId>,
        state: Query<Option<ParcelState>>,
        q: Query<Option<String>>,
        /// `next_cursor` of the page before; leave it out for the first page.
        cursor: Query<Option<String>>,
        /// Entries on the page: 1 to 100, 25 by default.
        limit: Query<Option<u32>>,
    ) -> Result<Json<Page<ParcelView>>> {
        let page = PageQuery::new(cursor.0.as_deref(), limit.0)?;
        let words = validate::search("q", q.0.as_deref())?;
        Ok(Json(parcel_list(&self.platform, tenant.0, state.0, words, &page).await?))
    }

    /// What to pack, and for whom
    ///
    /// One paid parcel: the lines to pack, the address, and its shipments with their events.
    #[oai(path = "/providers/:tenant/parcels/:parcel", method = "get", operation_id = "parcel_get")]
    async fn parcel_get(
        &self,
        _caller: MemberOrKey,
        tenant: Path<TenantId>,
        parcel: Path<ParcelId>,
    ) -> Result<Json<ParcelView>> {
        Ok(Json(parcel_view(&self.platform, tenant.0, parcel.0).await?))
    }

    /// A provider's paid orders, newest first
    ///
    /// What was ordered of the provider and paid, or is paid at the door: the provider's lines of each
    /// order, what they cost and where they stand. Who ordered it and the address are left out;
    /// `parcel_list` has them.
    #[oai(path = "/providers/:tenant/orders", method = "get", operation_id = "provider_order_list")]
    async fn provider_order_list(
        &self,
        _caller: MemberOrKey,
        tenant: Path<TenantId>,
        state: Query<Option<ParcelState>>,
        /// `next_cursor` of the page before; leave it out for the first page.
        cursor: Query<Option<String>>,
        /// Entries on the page: 1 to 100, 25 by default.
        limit: Query<Option<u32>>,
    ) -> Result<Json<Page<ProviderOrderView>>> {
        let page = PageQuery::new(cursor.0.as_deref(), limit.0)?;
        Ok(Json(order_list(&self.platform, tenant.0, state.0, &page).await?))
    }

    /// A provider's part of an order
    ///
    /// One paid order by its number: the provider's lines, what they cost and where they stand.
    /// Lines of other providers, who ordered it and the address are left out.
    #[oai(
        path = "/providers/:tenant/orders/:number",
        method = "get",
        operation_id = "provider_order_get"
    )]
    async fn provider_order_get(
        &self,
        _caller: MemberOrKey,
        tenant: Path<TenantId>,
        number: Path<String>,
    ) -> Result<Json<ProviderOrderView>> {
        Ok(Json(order_view(&self.platform, tenant.0, &number.0).await?))
    }

    /// What happened to a parcel
    ///
    /// The steps of its order that concern this parcel, oldest first, with who took them: paid,
    /// shipped, refunded, cancelled. Other providers' parcels and attempts to pay are left out.
    #[oai(
        path = "/providers/:tenant/parcels/:parcel/history",
        method = "get",
        operation_id = "parcel_history_list"
    )]
    async fn parcel_history_list(
        &self,
        _caller: MemberOrKey,
        tenant: Path<TenantId>,
        parcel: Path<ParcelId>,
    ) -> Result<Json<ParcelHistory>> {
        let items = orders::history_of_parcel(&self.platform, tenant.0, parcel.0).await?;
        Ok(Json(ParcelHistory { items }))
    }

    /// Hand a parcel, or a part of it, to a carrier
    ///
    /// Records that the parcel was handed over: the first shipment moves it from `to_ship` to
    /// `shipped`, and the customer is told with the tracking number. A parcel can be sent in up to
    /// 50 shipments. Written to the audit log.
    ///
    /// A carrier and number that another shipment has are a 422 on `tracking_number`. Refused with
    /// 409: `urn:smp:already_delivered`, `urn:smp:parcel_cancelled`, `urn:smp:too_many_shipments`,
    /// and `urn:smp:rest_due` while only the deposit of its order is paid.
    #[oai(
        path = "/providers/:tenant/parcels/:parcel/shipments",
        method = "post",
        operation_id = "shipment_create"
    )]
    async fn shipment_create(
        &self,
        caller: MemberOrKey,
        tenant: Path<TenantId>,
        parcel: Path<ParcelId>,
        body: Input<ShipmentInput>,
    ) -> Result<Shipped> {
        let new = NewShipment {
            carrier: &body.carrier,
            tracking_number: &body.tracking_number,
            tracking_url: body.tracking_url.as_deref(),
        };
        Ok(Shipped::Created(Json(
            ship(&self.platform, tenant.0, caller.actor, parcel.0, new).await?,
        )))
    }

    /// Say whether the cash for a parcel was collected
    ///
    /// For parcels that are paid in cash on delivery: `cash` of the parcel says so. `collected` notes
    /// that the shopper paid. `refused` notes that the shopper did not take it: its shipments end as
    /// returned to their sender, the parcel is cancelled, nothing is refunded, and its units do not go
    /// back on sale by themselves. A repeat changes nothing. Written to the audit log.
    ///
    /// Refused with 409: `urn:smp:not_cash`, `urn:smp:not_shipped`, `urn:smp:parcel_cancelled`,
    /// and `urn:smp:cash_noted` when the other outcome was noted before.
    #[oai(
        path = "/providers/:tenant/parcels/:parcel/cash",
        method = "post",
        operation_id = "parcel_cash_note"
    )]
    async fn parcel_cash_note(
        &self,
        caller: MemberOrKey,
        tenant: Path<TenantId>,
        parcel: Path<ParcelId>,
        body: Input<ParcelCashInput>,
    ) -> Result<Json<ParcelView>> {
        let noted = note_cash(&self.platform, tenant.0, caller.actor, parcel.0, body.outcome);
        Ok(Json(noted.await?))
    }

    /// Say where a shipment is
    ///
    /// Adds a tracking event, which the customer sees on the order. `in_transit` may come once for
    /// each stop; `delivered` and `returned_to_sender` end the shipment. When every shipment that
    /// was not returned is delivered, so is the parcel; when all were returned, it is `to_ship`
    /// again. Written to the audit log.
    ///
    /// A shipment that has ended is a 409 `urn:smp:shipment_ended`.
    #[oai(
        path = "/providers/:tenant/shipments/:shipment/events",
        method = "post",
        operation_id = "shipment_event_create"
    )]
    async fn shipment_event_create(
        &self,
        caller: MemberOrKey,
        tenant: Path<TenantId>,
        shipment: Path<ShipmentId>,
        body: Input<ShipmentEventInput>,
    ) -> Result<Json<ShipmentView>> {
        let to = match body.state {
            ShipmentEventKind::InTransit => ShipmentState::InTransit,
            ShipmentEventKind::Delivered => ShipmentState::Delivered,
            ShipmentEventKind::ReturnedToSender => ShipmentState::ReturnedToSender,
        };
        Ok(Json(
            add_event(&self.platform, tenant.0, caller.actor, shipment.0, to, &body.note).await?,
        ))
    }
}
