//! Shipments and their tracking events in SQL. `fulfilment` decides what happens to them.

use std::collections::HashMap;

use poem_openapi::{Enum, Object};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::parcels::Parcel;
use crate::kernel::{Error, ParcelId, Result, ShipmentId, TenantId};

/// Shipments of one parcel, at most.
pub const SHIPMENTS_MAX: i64 = 50;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize, Deserialize, sqlx::Type)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum ShipmentState {
    Created,
    /// The carrier has it.
    HandedOver,
    InTransit,
    Delivered,
    ReturnedToSender,
}

/// A shipment of a parcel or of a part of it.
#[derive(Debug, Clone, Object, Serialize)]
#[oai(rename = "Shipment")]
pub struct ShipmentView {
    pub id: ShipmentId,
    pub carrier: String,
    pub tracking_number: String,
    pub tracking_url: Option<String>,
    pub state: ShipmentState,
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// Newest first.
    pub events: Vec<ShipmentEventView>,
}

/// What happened to a shipment.
#[derive(Debug, Clone, Object, Serialize)]
#[oai(rename = "ShipmentEvent")]
pub struct ShipmentEventView {
    pub state: ShipmentState,
    pub note: String,
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
}

/// A shipment to insert.
#[derive(Debug)]
pub struct ShipmentDetails<'a> {
    pub carrier: &'a str,
    pub tracking_number: &'a str,
    pub tracking_url: Option<&'a str>,
}

/// Inserts a shipment of a locked parcel, in state `handed_over`.
pub async fn insert_shipment(
    conn: &mut PgConnection,
    parcel: &Parcel,
    details: &ShipmentDetails<'_>,
    now: OffsetDateTime,
) -> Result<ShipmentId> {
    let id = ShipmentId::new();
    sqlx::query!(
        "INSERT INTO shipments (tenant_id, id, parcel_id, order_id, account_id, carrier,
             tracking_number, tracking_url, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        parcel.tenant.0,
        id.0,
        parcel.id.0,
        parcel.order.0,
        parcel.account.0,
        details.carrier,
        details.tracking_number,
        details.tracking_url,
        now,
    )
    .execute(conn)
    .await?;
    Ok(id)
}

/// Adds a tracking event to a shipment of a locked parcel. The shipment keeps its state.
pub async fn insert_shipment_event(
    conn: &mut PgConnection,
    parcel: &Parcel,
    shipment: ShipmentId,
    state: ShipmentState,
    note: &str,
    now: OffsetDateTime,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO shipment_events (tenant_id, id, shipment_id, account_id, state, note,
             created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        parcel.tenant.0,
        Uuid::now_v7(),
        shipment.0,
        parcel.account.0,
        state as ShipmentState,
        note,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Moves a shipment to another state.
pub async fn move_shipment(
    conn: &mut PgConnection,
    tenant: TenantId,
    shipment: ShipmentId,
    to: ShipmentState,
) -> Result<()> {
    sqlx::query!(
        "UPDATE shipments SET state = $3 WHERE tenant_id = $1 AND id = $2",
        tenant.0,
        shipment.0,
        to as ShipmentState
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The parcel a shipment belongs to, and the shipment's state.
pub async fn find_shipment(
    conn: &mut PgConnection,
    tenant: TenantId,
    shipment: ShipmentId,
) -> Result<(ParcelId, ShipmentState)> {
    let row = sqlx::query!(
        r#"SELECT parcel_id AS "parcel: ParcelId", state AS "state: ShipmentState"
           FROM shipments WHERE tenant_id = $1 AND id = $2"#,
        tenant.0,
        shipment.0
    )
    .fetch_optional(conn)
    .await?
    .ok_or(Error::NotFound("shipment"))?;
    Ok((row.parcel, row.state))
}

/// The states of all shipments of a parcel.
pub async fn shipment_states(
    conn: &mut PgConnection,
    parcel: &Parcel,
) -> Result<Vec<ShipmentState>> {
    let states = sqlx::query_scalar!(
        r#"SELECT state AS "state: ShipmentState"
           FROM shipments WHERE order_id = $1 AND parcel_id = $2 LIMIT $3"#,
        parcel.order.0,
        parcel.id.0,
        SHIPMENTS_MAX,
    )
    .fetch_all(conn)
    .await?;
    Ok(states)
}

/// The shipments of some parcels of some orders, oldest first, with their events.
pub async fn shipments_of_parcels(
    conn: &mut PgConnection,
    orders: &[Uuid],
    parcels: &[Uuid],
) -> Result<HashMap<ParcelId, Vec<ShipmentView>>> {
    let rows = sqlx::query!(
        r#"SELECT id AS "id: ShipmentId", parcel_id AS "parcel: ParcelId", carrier,
                  tracking_number, tracking_url, state AS "state: ShipmentState", created_at
           FROM shipments WHERE order_id = ANY($1) AND parcel_id = ANY($2)
           ORDER BY created_at, id LIMIT 5000"#,
        orders,
        parcels,
    )
    .fetch_all(&mut *conn)
    .await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id.0).collect();
    let mut events = events_of_shipments(conn, orders, &ids).await?;
    let mut by_parcel: HashMap<ParcelId, Vec<ShipmentView>> = HashMap::new();
    for row in rows {
        by_parcel.entry(row.parcel).or_default().push(ShipmentView {
            id: row.id,
            carrier: row.carrier,
            tracking_number: row.tracking_number,
            tracking_url: row.tracking_url,
            state: row.state,
            created_at: row.created_at,
            events: events.remove(&row.id).unwrap_or_default(),
        });
    }
    Ok(by_parcel)
}

async fn events_of_shipments(
    conn: &mut PgConnection,
    orders: &[Uuid],
    shipments: &[Uuid],
) -> Result<HashMap<ShipmentId, Vec<ShipmentEventView>>> {
    let rows = sqlx::query!(
        r#"SELECT e.shipment_id AS "shipment: ShipmentId", e.state AS "state: ShipmentState",
                  e.note, e.created_at
           FROM shipments s
           JOIN shipment_events e ON e.tenant_id = s.tenant_id AND e.shipment_id = s.id
           WHERE s.order_id = ANY($1) AND s.id = ANY($2)
           ORDER BY e.created_at DESC, e.id DESC LIMIT 20000"#,
        orders,
        shipments,
    )
    .fetch_all(conn)
    .await?;
    let mut by_shipment: HashMap<ShipmentId, Vec<ShipmentEventView>> = HashMap::new();
    for row in rows {
        by_shipment.entry(row.shipment).or_default().push(ShipmentEventView {
            state: row.state,
            note: row.note,
            created_at: row.created_at,
        });
    }
    Ok(by_shipment)
}
