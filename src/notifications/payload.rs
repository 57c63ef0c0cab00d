//! What the events that this slice subscribes to carry.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::kernel::{
    AccountId, ContractId, ConversationId, ConversionId, DisputeId, OrderId, ParcelId, PaymentId,
    RefundId, Result, SaleId, SaleItemId, ShipmentId, StatementId,
};

/// The fields of all these events; each event has some of them.
#[derive(Deserialize)]
pub struct EventPayload {
    pub account_id: Option<AccountId>,
    /// What an account signed in on for the first time; how many of its sessions ended.
    pub device: Option<String>,
    pub ended_sessions: Option<u64>,
    pub contract_id: Option<ContractId>,
    pub order_id: Option<OrderId>,
    pub parcel_id: Option<ParcelId>,
    pub shipment_id: Option<ShipmentId>,
    /// Of a code for cash on delivery.
    pub code_id: Option<Uuid>,
    pub dispute_id: Option<DisputeId>,
    pub refund_id: Option<RefundId>,
    /// Of an invoice or a credit note, with which of them it is.
    pub invoice_number: Option<String>,
    pub document: Option<String>,
    pub statement_id: Option<StatementId>,
    pub conversation_id: Option<ConversationId>,
    pub conversion_id: Option<ConversionId>,
    /// Until when the rest of an order is due; an ISO date. In a reminder, the days until then.
    pub rest_due_on: Option<String>,
    pub days_left: Option<i64>,
    pub author: Option<String>,
    pub sale_id: Option<SaleId>,
    pub sale_item_id: Option<SaleItemId>,
    pub revision_id: Option<Uuid>,
    pub title: Option<String>,
    pub reason: Option<String>,
    pub note: Option<String>,
    /// When a requirement expires, and its days of grace end; RFC 3339.
    pub expires_at: Option<String>,
    pub grace_ends_at: Option<String>,
    /// Of an item.
    pub name: Option<String>,
    /// Of an API key.
    pub key_name: Option<String>,
    #[serde(default)]
    pub scopes: Vec<String>,
    /// The account that made or rotated a key.
    pub by: Option<AccountId>,
    /// The sale's own provider did it.
    #[serde(default)]
    pub by_provider: bool,
    /// Units of an item that its provider guarantees, and that it reported as bought.
    pub guaranteed: Option<i32>,
    pub reported: Option<i64>,
    /// What was called off had been paid for: the shopper's bank has paid it back.
    #[serde(default)]
    pub was_charged: bool,
    /// The parcel that a refund cancelled.
    pub cancelled_parcel_id: Option<ParcelId>,
    /// The provider's parcel in which a refund is of units, and how many.
    pub units_parcel_id: Option<ParcelId>,
    pub units: Option<i32>,
    /// A refund that failed is another try of one that had failed.
    #[serde(default)]
    pub again: bool,
    pub payment_id: Option<PaymentId>,
    /// The times of a sale before its new revision changed them; RFC 3339.
    pub moved_from: Option<MovedFrom>,
}

#[derive(Deserialize, Serialize)]
pub struct MovedFrom {
    pub starts_at: String,
    pub ends_at: String,
}

/// A value that the event must have.
pub fn required<T>(value: Option<T>, what: &str) -> Result<T> {
    Ok(value.ok_or_else(|| anyhow::anyhow!("the event has no {what}"))?)
}
