//! Stock: units of a sale item held for a shopper, sold, given back, and the line for them. `held +
//! sold <= capacity`, always; the counters are always the sum of the holds; and every move is in
//! the receipt. Each move locks the item's counters first.

mod admission;
mod allocator;
pub mod api;
mod capacity;
mod first_time_buyers;
mod item_writer;
mod monitor;
pub mod receipt;
pub mod receipt_api;
mod resolve;
mod rules;
mod stock_row;
mod store;
mod waitlist;
pub mod waitlist_api;

use poem_openapi::Enum;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::PgConnection;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use uuid::Uuid;

use crate::{
    kernel::{AccountId, HoldId, Result, SaleId, SaleItemId, TenantId, WaitlistId},
    platform::{Platform, broker::Notice},
    sales,
};

pub use allocator::{Allocator, Answer, HoldRequest};
pub use capacity::{NewCapacity, set_capacities};
pub use monitor::{ItemCheck, check, watch};
pub use resolve::{expire_due, give_back, keep, let_go, release, revive, sell};
pub use store::expired_since;
pub use waitlist::{
    Outlook, WaitlistPositions, accept_fewer, entries_of, entries_of_each, leave, move_before,
    positions, serve_all,
};

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
    pub expires_at: OffsetDateTime,
}

impl Hold {
    /// What every event of a hold says.
    fn event(&self) -> serde_json::Value {
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

#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize, sqlx::Type)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum EntryState {
    Waiting,
    /// Units are held for it until the offer runs out.
    Offered,
    /// Bought.
    Taken,
    /// The offer ran out or was given back.
    Lapsed,
    Left,
}

/// A waitlist position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitlistEntry {
    pub tenant: TenantId,
    pub id: WaitlistId,
    pub sale_id: SaleId,
    pub sale_item_id: SaleItemId,
    pub account: AccountId,
    pub visit_id: Option<Uuid>,
    pub quantity: i32,
    /// Takes what is there rather than wait for all.
    pub accept_fewer: bool,
    /// The lower comes first.
    pub position: i64,
    pub state: EntryState,
    /// What an offer holds.
    pub hold_id: Option<HoldId>,
    pub created_at: OffsetDateTime,
}

impl WaitlistEntry {
    fn event(&self) -> serde_json::Value {
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

/// A shopper's holds in force, oldest first. Shopper scope.
pub async fn held_by(
    conn: &mut PgConnection,
    account: AccountId,
    now: OffsetDateTime,
) -> Result<Vec<Hold>> {
    store::held_by(conn, account, now).await
}

/// Tells every node that a sale's stock moved, and whose holds or waitlist positions did.
async fn tell(
    platform: &Platform,
    tenant: TenantId,
    sale: SaleId,
    accounts: Vec<AccountId>,
) -> Result<()> {
    platform.broker.publish(Notice::ShoppersChanged { accounts }).await;
    let mut tx = platform.db.tenant(tenant).await?;
    if let Some(slug) = sales::slug(&mut tx, tenant, sale).await? {
        platform.broker.publish(Notice::StockChanged { slug }).await;
    }
    Ok(())
}

fn accounts_of(holds: &[Hold]) -> impl Iterator<Item = AccountId> {
    holds.iter().map(|hold| hold.account)
}

fn rfc3339(at: OffsetDateTime) -> String {
    at.format(&Rfc3339).unwrap_or_default()
}
