//! Shipments of a provider. States move along
//! `handed_over` → `in_transit` → `delivered` | `returned_to_sender`; `in_transit` may be left out.

use serde_json::json;
use sqlx::PgConnection;

use crate::{
    access::{Actor, audit},
    events,
    kernel::{
        Error, FieldErrors, ParcelId, Result, ShipmentId, TenantId,
        limits::{CARRIER_CHARS_MAX, TRACKING_NOTE_CHARS_MAX},
        validate,
    },
    orders::{
        self, HistoryKind, Parcel, ParcelState, SHIPMENTS_MAX, ShipmentDetails, ShipmentState,
        ShipmentView,
    },
    platform::Platform,
};

/// What a provider enters about a shipment.
#[derive(Debug)]
pub struct NewShipment<'a> {
    pub carrier: &'a str,
    pub tracking_number: &'a str,
    pub tracking_url: Option<&'a str>,
}

/// Hands a parcel, or a part of it, to a carrier. The first shipment moves the parcel from
/// `to_ship` to `shipped`.
pub async fn ship(
    platform: &Platform,
    tenant: TenantId,
    by: Actor,
    parcel: ParcelId,
    new: NewShipment<'_>,
) -> Result<ShipmentView> {
    let mut fields = FieldErrors::default();
    let carrier = validate::text(&mut fields, "carrier", new.carrier, 1, CARRIER_CHARS_MAX);
    let tracking_number =
        validate::text(&mut fields, "tracking_number", new.tracking_number, 1, CARRIER_CHARS_MAX);
    let tracking_url = new
        .tracking_url
        .map(str::trim)
        .filter(|url| !url.is_empty())
        .and_then(|url| validate::web_url(&mut fields, "tracking_url", url));
    fields.finish()?;

    let now = platform.clock.now();
    // Not the tenant's scope: locking a parcel locks its order, which the tenant may not see.
    let mut tx = platform.db.platform("ship parcel").await?;
    let parcel = orders::lock_parcel(&mut tx, tenant, parcel).await?;
    if parcel.state == ParcelState::ToShip {
        orders::refuse_unpaid_rest(&mut tx, parcel.order).await?;
    }
    match parcel.state {
        ParcelState::ToShip => orders::move_parcel(&mut tx, &parcel, ParcelState::Shipped).await?,
        ParcelState::Shipped => allow_another(&mut tx, &parcel).await?,
        ParcelState::Delivered => {
            return Err(Error::conflict(
                "already_delivered",
                "This parcel was delivered already, or has vouchers and reservations only; there \
                 is nothing to ship.",
            ));
        }
        ParcelState::Cancelled | ParcelState::AwaitingPayment => {
            return Err(Error::conflict(
                "parcel_cancelled",
                "This parcel was cancelled and refunded. Do not ship it.",
            ));
        }
    }
    let details = ShipmentDetails {
        carrier: &carrier,
        tracking_number: &tracking_number,
        tracking_url: tracking_url.as_ref().map(url::Url::as_str),
    };
    let id = orders::insert_shipment(&mut tx, &parcel, &details, now).await?;
    orders::insert_shipment_event(&mut tx, &parcel, id, ShipmentState::HandedOver, "", now).await?;
    publish(&mut tx, &parcel, id, "shipment.handed_over").await?;
    let step = json!({
        "parcel_id": parcel.id,
        "shipment_id": id,
        "carrier": carrier,
        "tracking_number": tracking_number,
    });
    orders::record_history(&mut tx, parcel.order, by, HistoryKind::Shipped, step).await?;
    audit::record(
        &mut tx,
        by,
        tenant,
        "shipment_create",
        &format!("shipment {id}"),
        &json!({"parcel_id": parcel.id, "carrier": carrier, "tracking_number": tracking_number}),
    )
    .await?;
    let shipment = view(&mut tx, &parcel, id).await?;
    tx.commit().await?;
    Ok(shipment)
}

async fn allow_another(conn: &mut PgConnection, parcel: &Parcel) -> Result<()> {
    let count = orders::shipment_states(conn, parcel).await?.len();
    if i64::try_from(count).is_ok_and(|count| count < SHIPMENTS_MAX) {
        return Ok(());
    }
    Err(Error::conflict(
        "too_many_shipments",
        format!("A parcel has at most {SHIPMENTS_MAX} shipments."),
    ))
}

/// Records a tracking event of a shipment. `in_transit` may be repeated, once for each stop; the
/// other states come once.
pub async fn add_event(
    platform: &Platform,
    tenant: TenantId,
    by: Actor,
    id: ShipmentId,
    to: ShipmentState,
    note: &str,
) -> Result<ShipmentView> {
    let mut fields = FieldErrors::default();
    let note = validate::text(&mut fields, "note", note, 0, TRACKING_NOTE_CHARS_MAX);
    fields.finish()?;
    let now = platform.clock.now();
    let mut tx = platform.db.platform("shipment event").await?;
    let (parcel, _) = orders::find_shipment(&mut tx, tenant, id).await?;
    let parcel = orders::lock_parcel(&mut tx, tenant, parcel).await?;
    // Read again under the lock.
    let (_, from) = orders::find_shipment(&mut tx, tenant, id).await?;
    let kind = transition(from, to)?;
    orders::insert_shipment_event(&mut tx, &parcel, id, to, &note, now).await?;
    if from != to {
        orders::move_shipment(&mut tx, tenant, id, to).await?;
        update_parcel(&mut tx, &parcel).await?;
        publish(&mut tx, &parcel, id, kind).await?;
    }
    let step = json!({"parcel_id": parcel.id, "shipment_id": id, "note": note});
    orders::record_history(&mut tx, parcel.order, by, history_kind(to), step).await?;
    audit::record(
        &mut tx,
        by,
        tenant,
        "shipment_event_create",
        &format!("shipment {id}"),
        &json!({"state": to, "note": note}),
    )
    .await?;
    let shipment = view(&mut tx, &parcel, id).await?;
    tx.commit().await?;
    Ok(shipment)
}

/// The event's kind, when a shipment may move from one state to the other.
fn transition(from: ShipmentState, to: ShipmentState) -> Result<&'static str> {
    use ShipmentState::{Delivered, HandedOver, InTransit, ReturnedToSender};
    match (from, to) {
        (HandedOver | InTransit, InTransit) => Ok("shipment.in_transit"),
        (HandedOver | InTransit, Delivered) => Ok("shipment.delivered"),
        (HandedOver | InTransit, ReturnedToSender) => Ok("shipment.returned_to_sender"),
        (Delivered | ReturnedToSender, _) => Err(Error::conflict(
            "shipment_ended",
            "This shipment was delivered or returned already, so it takes no more events.",
        )),
        _ => Err(Error::conflict(
            "not_in_transit",
            "This shipment is not in transit yet. Add an in_transit event first.",
        )),
    }
}

/// What the history of the order says when a shipment comes into a state.
fn history_kind(state: ShipmentState) -> HistoryKind {
    match state {
        ShipmentState::Created | ShipmentState::HandedOver => HistoryKind::Shipped,
        ShipmentState::InTransit => HistoryKind::InTransit,
        ShipmentState::Delivered => HistoryKind::Delivered,
        ShipmentState::ReturnedToSender => HistoryKind::ReturnedToSender,
    }
}

/// Moves the parcel after one of its shipments moved: to `delivered` when every shipment that was
/// not returned is delivered, back to `to_ship` when all were returned.
async fn update_parcel(conn: &mut PgConnection, parcel: &Parcel) -> Result<()> {
    if parcel.state != ParcelState::Shipped {
        return Ok(());
    }
    let states = orders::shipment_states(conn, parcel).await?;
    let count = |wanted: ShipmentState| states.iter().filter(|state| **state == wanted).count();
    let returned = count(ShipmentState::ReturnedToSender);
    if returned == states.len() {
        orders::move_parcel(conn, parcel, ParcelState::ToShip).await
    } else if returned + count(ShipmentState::Delivered) == states.len() {
        orders::move_parcel(conn, parcel, ParcelState::Delivered).await
    } else {
        Ok(())
    }
}

async fn publish(
    conn: &mut PgConnection,
    parcel: &Parcel,
    id: ShipmentId,
    kind: &str,
) -> Result<()> {
    let payload = json!({
        "order_id": parcel.order,
        "order_number": parcel.order_number,
        "account_id": parcel.account,
        "parcel_id": parcel.id,
        "shipment_id": id,
    });
    events::publish(conn, parcel.tenant, kind, &payload).await
}

async fn view(conn: &mut PgConnection, parcel: &Parcel, id: ShipmentId) -> Result<ShipmentView> {
    orders::shipments_of_parcels(conn, &[parcel.order.0], &[parcel.id.0])
        .await?
        .remove(&parcel.id)
        .into_iter()
        .flatten()
        .find(|shipment| shipment.id == id)
        .ok_or(Error::NotFound("shipment"))
}
