//! Shipments and what happens to them on the way. States move along
//! `handed_over` → `in_transit` → `delivered` | `returned_to_sender`.

use serde_json::json;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    access::{Actor, audit},
    events,
    kernel::{
        AccountId, Error, FieldErrors, OrderId, ParcelId, Result, ShipmentId, TenantId, validate,
    },
    orders::{
        self, ParcelState, Shipment, ShipmentState,
        parcels::{self, ParcelRow},
    },
    platform::Platform,
};

/// Shipments of one parcel, at most.
const SHIPMENTS_MAX: i64 = 50;

/// What a provider hands to a carrier.
#[derive(Debug)]
pub struct NewShipment<'a> {
    pub carrier: &'a str,
    pub tracking_number: &'a str,
    pub tracking_url: Option<&'a str>,
}

/// Hands a parcel, or a part of it, to a carrier. The first shipment moves it from `to_ship` to
/// `shipped`.
pub async fn ship(
    platform: &Platform,
    tenant: TenantId,
    by: AccountId,
    parcel: ParcelId,
    new: NewShipment<'_>,
) -> Result<Shipment> {
    let mut fields = FieldErrors::default();
    let carrier = validate::text(&mut fields, "carrier", new.carrier, 1, 80);
    let tracking_number =
        validate::text(&mut fields, "tracking_number", new.tracking_number, 1, 80);
    let tracking_url = new
        .tracking_url
        .map(str::trim)
        .filter(|url| !url.is_empty())
        .and_then(|url| validate::web_url(&mut fields, "tracking_url", url));
    fields.finish()?;

    let now = platform.clock.now();
    // Not the tenant's scope: the order, which the tenant may not see, is locked with its parcel.
    let mut tx = platform.db.platform("ship parcel").await?;
    let parcel = parcels::lock(&mut tx, tenant, parcel).await?;
    match parcel.state {
        ParcelState::ToShip => parcels::advance(&mut tx, &parcel, ParcelState::Shipped).await?,
        ParcelState::Shipped => room_for_another(&mut tx, &parcel).await?,
        ParcelState::Delivered => {
            return Err(Error::conflict(
                "already_delivered",
                "This parcel was delivered already; there is nothing left to send.",
            ));
        }
        ParcelState::Cancelled | ParcelState::AwaitingPayment => {
            return Err(Error::conflict(
                "parcel_cancelled",
                "This parcel was cancelled and refunded. Do not send it.",
            ));
        }
    }
    let id = ShipmentId::new();
    sqlx::query!(
        "INSERT INTO shipments (tenant_id, id, parcel_id, order_id, account_id, carrier, tracking_number, tracking_url, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        tenant.0,
        id.0,
        parcel.id.0,
        parcel.order.0,
        parcel.account.0,
        carrier,
        tracking_number,
        tracking_url.as_ref().map(url::Url::as_str),
        now,
    )
    .execute(&mut *tx)
    .await?;
    happened(&mut tx, &parcel, id, ShipmentState::HandedOver, "", now).await?;
    tell(&mut tx, &parcel, id, "shipment.handed_over").await?;
    let details =
        json!({"parcel_id": parcel.id, "carrier": carrier, "tracking_number": tracking_number});
    audit::record(
        &mut tx,
        Actor::Account(by),
        tenant,
        "shipment_create",
        &format!("shipment {id}"),
        &details,
    )
    .await?;
    let shipment = one(&mut tx, parcel.order, parcel.id, id).await?;
    tx.commit().await?;
    Ok(shipment)
}

async fn room_for_another(conn: &mut PgConnection, parcel: &ParcelRow) -> Result<()> {
    let count = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM shipments WHERE order_id = $1 AND parcel_id = $2"#,
        parcel.order.0,
        parcel.id.0
    )
    .fetch_one(conn)
    .await?;
    if count < SHIPMENTS_MAX {
        Ok(())
    } else {
        Err(Error::conflict(
            "too_many_shipments",
            format!("A parcel has at most {SHIPMENTS_MAX} shipments."),
        ))
    }
}

/// Notes what happened to a shipment. `in_transit` may come again, for each place it passes; the
/// others come once.
pub async fn add_event(
    platform: &Platform,
    tenant: TenantId,
    by: AccountId,
    id: ShipmentId,
    to: ShipmentState,
    note: &str,
) -> Result<Shipment> {
    let mut fields = FieldErrors::default();
    let note = validate::text(&mut fields, "note", note, 0, 300);
    fields.finish()?;
    let now = platform.clock.now();
    let mut tx = platform.db.platform("shipment event").await?;
    let parcel = sqlx::query_scalar!(
        r#"SELECT parcel_id AS "id: ParcelId" FROM shipments WHERE tenant_id = $1 AND id = $2"#,
        tenant.0,
        id.0
    )
    .fetch_optional(&mut *tx)
    .await?
    .ok_or(Error::NotFound("shipment"))?;
    let parcel = parcels::lock(&mut tx, tenant, parcel).await?;
    let state = sqlx::query_scalar!(
        r#"SELECT state AS "state: ShipmentState" FROM shipments WHERE tenant_id = $1 AND id = $2"#,
        tenant.0,
        id.0
    )
    .fetch_one(&mut *tx)
    .await?;
    let kind = arrow(state, to)?;
    happened(&mut tx, &parcel, id, to, &note, now).await?;
    if state != to {
        sqlx::query!(
            "UPDATE shipments SET state = $3 WHERE tenant_id = $1 AND id = $2",
            tenant.0,
            id.0,
            to as ShipmentState
        )
        .execute(&mut *tx)
        .await?;
        move_parcel(&mut tx, &parcel).await?;
        tell(&mut tx, &parcel, id, kind).await?;
    }
    audit::record(
        &mut tx,
        Actor::Account(by),
        tenant,
        "shipment_event_create",
        &format!("shipment {id}"),
        &json!({"state": to, "note": note}),
    )
    .await?;
    let shipment = one(&mut tx, parcel.order, parcel.id, id).await?;
    tx.commit().await?;
    Ok(shipment)
}

/// The event's kind, when a shipment may go from one state to the other.
fn arrow(from: ShipmentState, to: ShipmentState) -> Result<&'static str> {
    use ShipmentState::{Delivered, HandedOver, InTransit, ReturnedToSender};
    match (from, to) {
        (HandedOver | InTransit, InTransit) => Ok("shipment.in_transit"),
        (InTransit, Delivered) => Ok("shipment.delivered"),
        (InTransit, ReturnedToSender) => Ok("shipment.returned_to_sender"),
        (Delivered | ReturnedToSender, _) => Err(Error::conflict(
            "shipment_ended",
            "This shipment has arrived or come back already, so nothing more happens to it.",
        )),
        _ => Err(Error::conflict(
            "not_in_transit",
            "This shipment is not on its way yet. Note that it is in transit first.",
        )),
    }
}

/// A parcel is delivered when every shipment that did not come back was; it is `to_ship` again when
/// all came back.
async fn move_parcel(conn: &mut PgConnection, parcel: &ParcelRow) -> Result<()> {
    let rows = sqlx::query_scalar!(
        r#"SELECT state AS "state: ShipmentState" FROM shipments WHERE order_id = $1 AND parcel_id = $2 LIMIT $3"#,
        parcel.order.0,
        parcel.id.0,
        SHIPMENTS_MAX,
    )
    .fetch_all(&mut *conn)
    .await?;
    if parcel.state != ParcelState::Shipped {
        return Ok(());
    }
    let ended = |state: ShipmentState| rows.iter().filter(|row| **row == state).count();
    let (returned, delivered) =
        (ended(ShipmentState::ReturnedToSender), ended(ShipmentState::Delivered));
    if returned == rows.len() {
        parcels::advance(conn, parcel, ParcelState::ToShip).await
    } else if returned + delivered == rows.len() {
        parcels::advance(conn, parcel, ParcelState::Delivered).await
    } else {
        Ok(())
    }
}

async fn happened(
    conn: &mut PgConnection,
    parcel: &ParcelRow,
    id: ShipmentId,
    state: ShipmentState,
    note: &str,
    now: OffsetDateTime,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO shipment_events (tenant_id, id, shipment_id, account_id, state, note, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        parcel.tenant.0,
        Uuid::now_v7(),
        id.0,
        parcel.account.0,
        state as ShipmentState,
        note,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn tell(
    conn: &mut PgConnection,
    parcel: &ParcelRow,
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

async fn one(
    conn: &mut PgConnection,
    order: OrderId,
    parcel: ParcelId,
    id: ShipmentId,
) -> Result<Shipment> {
    let mut shipments = orders::shipments_of(conn, &[order.0], &[parcel.0]).await?;
    let shipment =
        shipments.remove(&parcel).into_iter().flatten().find(|shipment| shipment.id == id);
    shipment.ok_or(Error::NotFound("shipment"))
}
