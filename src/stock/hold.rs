//! A hold: units of an item kept for a shopper until a time.

use poem_openapi::Enum;
use serde::{Deserialize, Serialize};
use serde_json::json;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::kernel::{AccountId, HoldId, RevisionId, SaleId, SaleItemId, TenantId};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize, Deserialize, sqlx::Type)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum HoldState {
    Held,
    Sold,
    Released,
    Expired,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    pub tenant: TenantId,
    pub id: HoldId,
    pub sale_id: SaleId,
    pub sale_item_id: SaleItemId,
    pub account: AccountId,
    pub visit_id: Option<Uuid>,
    pub quantity: i32,
    pub state: HoldState,
    pub created_at: OffsetDateTime,
    /// While its clock stands still, when it would have expired.
    pub expires_at: OffsetDateTime,
    /// Since when its clock stands still, because its sale is halted or its provider suspended.
    pub stopped_at: Option<OffsetDateTime>,
    /// The revision it was held at: its price, terms and countries are those it is sold at. None
    /// for a hold that is older than this field.
    pub revision: Option<RevisionId>,
}

/// A hold with its provider.
pub type HoldKey = (TenantId, HoldId);

/// The clock of an open hold.
#[derive(Debug, Clone, Copy)]
pub struct HoldClock {
    /// Later than the hold's own time while a payment is under way. While it stands still, when the
    /// hold would have expired.
    pub expires_at: OffsetDateTime,
    /// Since when it stands still.
    pub stopped_at: Option<OffsetDateTime>,
}

impl Hold {
    /// The payload of an event about this hold.
    pub(super) fn event(&self) -> serde_json::Value {
        json!({
            "sale_id": self.sale_id,
            "sale_item_id": self.sale_item_id,
            "hold_id": self.id,
            "account_id": self.account,
            "quantity": self.quantity,
            "visit_id": self.visit_id,
        })
    }
}

/// The accounts these holds belong to.
pub(super) fn accounts_of(holds: &[Hold]) -> impl Iterator<Item = AccountId> {
    holds.iter().map(|hold| hold.account)
}
