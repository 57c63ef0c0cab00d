//! The API of fulfilment.

use poem_openapi::{
    ApiResponse, Enum, Object, OpenApi,
    param::{Path, Query},
    payload::Json,
};

use super::{
    parcel::{ParcelView, parcel_list, parcel_view},
    shipment::{NewShipment, add_event, ship},
};
use crate::{
    access::{Member, Tag},
    kernel::{Input, Page, PageQuery, ParcelId, Result, ShipmentId, TenantId},
    orders::{ParcelState, ShipmentState, ShipmentView},
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
    tracking_number: String,
    /// Where the customer can track it; https.
    tracking_url: Option<String>,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct ShipmentEventInput {
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

#[derive(ApiResponse)]
enum Shipped {
    /// Handed over.
    #[oai(status = 201)]
    Created(Json<ShipmentView>),
}

#[OpenApi(tag = "Tag::Fulfilment")]
impl FulfilmentApi {
    /// A provider's paid parcels, newest first
    #[oai(path = "/providers/:tenant/parcels", method = "get", operation_id = "parcel_list")]
    async fn parcel_list(
        &self,
        _member: Member,
        tenant: Path<TenantId>,
        state: Query<Option<ParcelState>>,
        q: Query<Option<String>>,
        cursor: Query<Option<String>>,
        limit: Query<Option<u32>>,
    ) -> Result<Json<Page<ParcelView>>> {
        let page = PageQuery::new(cursor.0.as_deref(), limit.0)?;
        Ok(Json(parcel_list(&self.platform, tenant.0, state.0, q.0.as_deref(), &page).await?))
    }

    /// What to pack, and for whom
    #[oai(path = "/providers/:tenant/parcels/:parcel", method = "get", operation_id = "parcel_get")]
    async fn parcel_get(
        &self,
        _member: Member,
        tenant: Path<TenantId>,
        parcel: Path<ParcelId>,
    ) -> Result<Json<ParcelView>> {
        Ok(Json(parcel_view(&self.platform, tenant.0, parcel.0).await?))
    }

    /// Hand a parcel, or a part of it, to a carrier
    #[oai(
        path = "/providers/:tenant/parcels/:parcel/shipments",
        method = "post",
        operation_id = "shipment_create"
    )]
    async fn shipment_create(
        &self,
        member: Member,
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
            ship(&self.platform, tenant.0, member.account(), parcel.0, new).await?,
        )))
    }

    /// Say where a shipment is
    #[oai(
        path = "/providers/:tenant/shipments/:shipment/events",
        method = "post",
        operation_id = "shipment_event_create"
    )]
    async fn shipment_event_create(
        &self,
        member: Member,
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
            add_event(&self.platform, tenant.0, member.account(), shipment.0, to, &body.note)
                .await?,
        ))
    }
}
