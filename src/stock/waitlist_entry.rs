//! A waitlist entry: a shopper waiting for units of an item that is sold out.

use poem_openapi::Enum;
use serde::Serialize;
use serde_json::json;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::kernel::{AccountId, HoldId, SaleId, SaleItemId, TenantId, WaitlistId};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize, sqlx::Type)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum EntryState {
    Waiting,
    /// Units are held for it until the offer expires.
    Offered,
    /// Bought.
    Taken,
    /// The offer expired, or the shopper released it.
    Lapsed,
    Left,
    /// The sale ended or was cancelled before its turn.
    Closed,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitlistEntry {
    pub tenant: TenantId,
    pub id: WaitlistId,
    pub sale_id: SaleId,
    pub sale_item_id: SaleItemId,
    pub account: AccountId,
    pub visit_id: Option<Uuid>,
    pub quantity: i32,
    /// Takes fewer units rather than wait for all of them.
    pub accept_fewer: bool,
    /// Entries are served in ascending order of it. It is not the number of entries ahead: there is
    /// room between two positions for a manager to move an entry there.
    pub position: i64,
    pub state: EntryState,
    /// The hold that an offer made.
    pub hold_id: Option<HoldId>,
    pub created_at: OffsetDateTime,
}

impl WaitlistEntry {
    /// The payload of an event about this entry.
    pub(super) fn event(&self) -> serde_json::Value {
        json!({
            "sale_id": self.sale_id,
            "sale_item_id": self.sale_item_id,
            "entry_id": self.id,
            "account_id": self.account,
            "quantity": self.quantity,
            "visit_id": self.visit_id,
        })
    }
}
