//! What the events that this slice subscribes to carry.

use serde::Deserialize;
use uuid::Uuid;

use crate::kernel::{
    AccountId, ConversationId, OrderId, ParcelId, RefundId, Result, SaleId, ShipmentId,
};

/// The fields of all these events; each event has some of them.
#[derive(Deserialize)]
pub struct EventPayload {
    pub account_id: Option<AccountId>,
    pub order_id: Option<OrderId>,
    pub parcel_id: Option<ParcelId>,
    pub shipment_id: Option<ShipmentId>,
    pub refund_id: Option<RefundId>,
    pub conversation_id: Option<ConversationId>,
    pub author: Option<String>,
    pub sale_id: Option<SaleId>,
    pub revision_id: Option<Uuid>,
    pub title: Option<String>,
    pub reason: Option<String>,
    pub note: Option<String>,
    /// Of a requirement.
    pub kind: Option<String>,
    /// The sale's own provider did it.
    #[serde(default)]
    pub by_provider: bool,
    /// The parcel that a refund cancelled.
    pub cancelled_parcel_id: Option<ParcelId>,
}

/// A value that the event must have.
pub fn required<T>(value: Option<T>, what: &str) -> Result<T> {
    Ok(value.ok_or_else(|| anyhow::anyhow!("the event has no {what}"))?)
}
