//! Stock: units of a sale item held for a shopper, sold, given back. `held + sold <= capacity`, always, and the counters
//! are always the sum of the holds: each move changes both in one statement, after locking the stock row.

pub mod api;
mod expired;
mod store;

use serde_json::json;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    events,
    kernel::{AccountId, Error, FieldError, HoldId, Result, SaleId, SaleItemId, TenantId},
    platform::{Platform, broker::Notice},
    sales::{self, ContentItem, PublishedSale, SaleMode},
};

pub use crate::sales::{Level, levels};
pub use expired::expired_since;
pub use store::{Counters, recount};

/// Holds one statement expires at most.
const EXPIRY_BATCH: i64 = 500;

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

impl Hold {
    /// What every event of a hold says.
    fn event(&self) -> serde_json::Value {
        json!({
            "sale_id": self.sale_id,
            "sale_item_id": self.sale_item_id,
            "hold_id": self.id,
            "quantity": self.quantity,
            "visit_id": self.visit_id,
        })
    }
}

/// Holds units, or says why not: not live, halted, sold out, over the limit. The one door to stock.
pub async fn hold(platform: &Platform, request: HoldRequest) -> Result<Hold> {
    let now = platform.clock.now();
    if request.quantity < 1 {
        return Err(FieldError::new("quantity", "Must be 1 or more").into());
    }
    let mut tx = platform.db.shopper(Some(request.account)).await?;
    let sale = sales::published(&mut tx, &request.sale_slug).await?.ok_or(Error::NotFound("sale"))?;
    let item = match sellable(&sale, request.sale_item_id, now) {
        Ok(item) => item,
        // A retry of what was held before hears the same answer, whatever happened to the sale since.
        Err(error) => return store::by_key(&mut tx, sale.tenant, &request).await?.map_or(Err(error), |hold| same(hold, &request)),
    };
    drop(tx);

    let hold = Hold {
        tenant: sale.tenant,
        id: HoldId::new(),
        sale_id: sale.id,
        sale_item_id: item.sale_item_id,
        account: request.account,
        visit_id: request.visit_id,
        quantity: request.quantity,
        state: "held".to_owned(),
        created_at: now,
        expires_at: now + time::Duration::seconds(sale.content.hold_seconds.into()),
    };
    let mut tx = platform.db.tenant(sale.tenant).await?;
    store::lock(&mut tx, sale.tenant, item.sale_item_id).await?;
    let take = store::take(&mut tx, &hold, &request.idempotency_key, item.limit_per_shopper).await?;
    if take.earlier {
        let earlier = store::by_key(&mut tx, sale.tenant, &request).await?.ok_or(Error::NotFound("hold"))?;
        return same(earlier, &request);
    }
    if !take.made {
        return Err(refusal(&take, item, request.quantity));
    }
    events::publish(&mut tx, sale.tenant, "hold.created", &hold.event()).await?;
    tx.commit().await?;
    platform.broker.publish(Notice::StockChanged { slug: sale.slug }).await;
    Ok(hold)
}

/// The item, when the sale sells it here and now.
fn sellable(sale: &PublishedSale, item: SaleItemId, now: OffsetDateTime) -> Result<&ContentItem> {
    let item = sale.item(item).ok_or_else(|| FieldError::new("sale_item_id", "Is not an item of this sale"))?;
    if sale.content.mode == SaleMode::Redirect {
        return Err(Error::conflict("redirect_sale", "This is bought in the provider's own cart; use click_out_create."));
    }
    match (sale.state.as_str(), sale.provider_state.as_str()) {
        ("cancelled", _) => return Err(Error::conflict("cancelled", "This sale was cancelled.")),
        ("halted", _) => return Err(Error::conflict("halted", "This sale is halted for the moment. Try again later.")),
        (_, "approved") => {}
        _ => return Err(Error::conflict("halted", format!("{} does not sell at the moment.", sale.provider_name))),
    }
    if now < sale.content.starts_at {
        let start = sale.content.starts_at.format(&time::format_description::well_known::Rfc3339).unwrap_or_default();
        return Err(Error::conflict("not_started", format!("The sale starts at {start}.")));
    }
    if now >= sale.content.ends_at {
        return Err(Error::conflict("ended", "The sale has ended."));
    }
    Ok(item)
}

/// The earlier hold of a key, unless the key is used for something else now.
fn same(hold: Hold, request: &HoldRequest) -> Result<Hold> {
    if hold.quantity == request.quantity {
        return Ok(hold);
    }
    let held = hold.quantity;
    Err(Error::conflict("idempotency_conflict", format!("This Idempotency-Key stands for a hold of {held} already; use a new key to hold more.")))
}

fn refusal(take: &store::Take, item: &ContentItem, wanted: i32) -> Error {
    let limit = i64::from(item.limit_per_shopper);
    let more = (limit - take.mine).max(0);
    if take.left == 0 && more > 0 {
        return Error::conflict("sold_out", format!("{} is sold out. Units come back when holds run out.", item.name));
    }
    if i64::from(wanted) > more {
        let detail = match (more, take.mine) {
            (0, mine) => format!("You have {mine} of {} already, and the limit is {limit} for each shopper: no more for you.", item.name),
            (more, 0) => format!("The limit is {limit} of {} for each shopper; you can have up to {more}.", item.name),
            (more, mine) => format!("You have {mine} of {} already, and the limit is {limit} for each shopper: you can have {more} more.", item.name),
        };
        return Error::conflict("limit_reached", detail);
    }
    Error::conflict("sold_out", format!("Only {} of {} left.", take.left, item.name))
}

/// A shopper's holds in force, oldest first. Shopper scope.
pub async fn held_by(conn: &mut PgConnection, account: AccountId, now: OffsetDateTime) -> Result<Vec<Hold>> {
    store::held_by(conn, account, now).await
}

/// Gives a hold back before its time. A hold that is no longer held is a 409. Publishes `hold.released`.
pub async fn release(platform: &Platform, account: AccountId, hold: HoldId) -> Result<()> {
    let mut tx = platform.db.shopper(Some(account)).await?;
    let found = store::of_account(&mut tx, account, hold).await?.ok_or(Error::NotFound("hold"))?;
    drop(tx);
    let mut tx = platform.db.tenant(found.tenant).await?;
    store::lock(&mut tx, found.tenant, found.sale_item_id).await?;
    if !store::settle(&mut tx, found.tenant, hold, "released", platform.clock.now()).await? {
        return Err(Error::conflict("not_held", "This hold is over already: it was bought, released, or ran out."));
    }
    events::publish(&mut tx, found.tenant, "hold.released", &found.event()).await?;
    tx.commit().await?;
    tell(platform, found.tenant, found.sale_id).await
}

/// Turns a hold that is still held into a sale, whatever its clock says; false when it is no longer held.
/// Locks the item's stock row until the transaction ends: sell several holds in the order of their `sale_item_id`.
pub async fn sell(conn: &mut PgConnection, tenant: TenantId, hold: HoldId, now: OffsetDateTime) -> Result<bool> {
    store::lock_of(conn, tenant, hold).await?;
    store::settle(conn, tenant, hold, "sold", now).await
}

/// Takes back `quantity` units of a sold hold (a refund); the units can be held again.
/// Locks like [`sell`]. More than were sold is a 409.
pub async fn give_back(conn: &mut PgConnection, tenant: TenantId, hold: HoldId, quantity: i32) -> Result<()> {
    if quantity < 1 {
        return Err(FieldError::new("quantity", "Must be 1 or more").into());
    }
    store::lock_of(conn, tenant, hold).await?;
    if store::give_back(conn, tenant, hold, quantity).await? {
        return Ok(());
    }
    Err(Error::conflict("not_sold", format!("There are no {quantity} sold units of this hold to take back.")))
}

/// Expires holds past their time, a batch at a time; returns how many. Any number of nodes at once. Publishes `hold.expired`.
pub async fn expire_due(platform: &Platform) -> Result<u64> {
    let now = platform.clock.now();
    let mut tx = platform.db.platform("expire holds").await?;
    let due = store::due(&mut tx, now).await?;
    drop(tx);
    let mut count = 0;
    // One item at a time, each in a transaction of its own: a hot item is locked no longer than its batch takes.
    for (tenant, item, sale) in due {
        loop {
            let mut tx = platform.db.tenant(tenant).await?;
            store::lock(&mut tx, tenant, item).await?;
            let expired = store::expire(&mut tx, tenant, item, now, EXPIRY_BATCH).await?;
            let events: Vec<_> = expired.iter().map(Hold::event).collect();
            events::publish_all(&mut tx, tenant, "hold.expired", &events).await?;
            tx.commit().await?;
            count += expired.len() as u64;
            if !expired.is_empty() {
                tell(platform, tenant, sale).await?;
            }
            if (expired.len() as u64) < EXPIRY_BATCH.unsigned_abs() {
                break;
            }
        }
    }
    Ok(count)
}

/// Tells every node that a sale's stock moved.
async fn tell(platform: &Platform, tenant: TenantId, sale: SaleId) -> Result<()> {
    let mut tx = platform.db.tenant(tenant).await?;
    if let Some(slug) = sales::slug(&mut tx, tenant, sale).await? {
        platform.broker.publish(Notice::StockChanged { slug }).await;
    }
    Ok(())
}
