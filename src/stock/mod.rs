//! Stock: units of a sale item held for a shopper, sold, given back. `held + sold <= capacity`, always.

pub mod api;
mod expired;

pub use expired::expired_since;

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    kernel::{AccountId, HoldId, Result, SaleId, SaleItemId, TenantId},
    platform::Platform,
};

/// Wants units of an item of a published sale.
#[derive(Debug, Clone)]
pub struct HoldRequest {
    pub sale_slug: String,
    pub sale_item_id: SaleItemId,
    pub account: AccountId,
    pub quantity: i32,
    /// The same key by the same account for the same item gives the same hold; with another quantity it is a 409.
    pub idempotency_key: String,
    pub visit_id: Option<Uuid>,
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
    /// `held`, `sold`, `released` or `expired`.
    pub state: String,
    pub created_at: OffsetDateTime,
    pub expires_at: OffsetDateTime,
}

/// Holds units, or says why not: not live, halted, sold out, over the limit. The one door to stock.
pub async fn hold(_platform: &Platform, _request: HoldRequest) -> Result<Hold> {
    Err(anyhow::anyhow!("not built").into())
}

/// A shopper's holds in force, oldest first. Shopper scope.
pub async fn held_by(_conn: &mut PgConnection, _account: AccountId, _now: OffsetDateTime) -> Result<Vec<Hold>> {
    Err(anyhow::anyhow!("not built").into())
}

/// Gives a hold back before its time. A hold that is no longer held is a 409. Publishes `hold.released`.
pub async fn release(_platform: &Platform, _account: AccountId, _hold: HoldId) -> Result<()> {
    Err(anyhow::anyhow!("not built").into())
}

/// Turns a hold that is still held into a sale, whatever its clock says; false when it is no longer held.
pub async fn sell(_conn: &mut PgConnection, _tenant: TenantId, _hold: HoldId, _now: OffsetDateTime) -> Result<bool> {
    Err(anyhow::anyhow!("not built").into())
}

/// Takes back `quantity` units of a sold hold (a refund); the units can be held again.
pub async fn give_back(_conn: &mut PgConnection, _tenant: TenantId, _hold: HoldId, _quantity: i32) -> Result<()> {
    Err(anyhow::anyhow!("not built").into())
}

/// Expires holds past their time, a batch at a time; returns how many. Any number of nodes at once. Publishes `hold.expired`.
pub async fn expire_due(_platform: &Platform) -> Result<u64> {
    Err(anyhow::anyhow!("not built").into())
}

/// What is left of each item of a sale: (item, capacity, held, sold).
pub async fn levels(_conn: &mut PgConnection, _tenant: TenantId, _sale: SaleId) -> Result<Vec<Level>> {
    Err(anyhow::anyhow!("not built").into())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Level {
    pub sale_item_id: SaleItemId,
    pub capacity: i32,
    pub held: i32,
    pub sold: i32,
}

impl Level {
    /// Units neither held nor sold.
    pub fn available(self) -> i32 {
        self.capacity - self.held - self.sold
    }
}
