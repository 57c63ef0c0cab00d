//! Proof of inventory: a manager verifies what the provider guarantees of each item. Stock never
//! exceeds it, which the database enforces, too (`stock_verified_check`).

use serde_json::json;
use sqlx::PgConnection;

use crate::{
    access::{Actor, audit},
    events,
    kernel::{AccountId, Error, FieldErrors, Result, SaleItemId, limits::UNITS_MAX},
    sales::{Content, ContentItem, Revision, SaleMode},
};

/// The quantity of an item that a manager verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VerifiedQuantity {
    pub sale_item_id: SaleItemId,
    pub quantity: i32,
}

/// The verified quantity of each item of `content`, in its order: the manager's, or the submitted
/// capacity. A capacity above it is a conflict that names the item.
pub fn verify(content: &Content, entered: &[VerifiedQuantity]) -> Result<Vec<VerifiedQuantity>> {
    let mut fields = FieldErrors::default();
    for (index, verified) in entered.iter().enumerate() {
        let at = |name: &str| format!("verified.{index}.{name}");
        let known = content.items.iter().any(|item| item.sale_item_id == verified.sale_item_id);
        fields.check(
            known,
            &at("sale_item_id"),
            "Is not an item of this revision; load the review again",
        );
        let is_duplicate =
            entered[..index].iter().any(|earlier| earlier.sale_item_id == verified.sale_item_id);
        fields.check(!is_duplicate, &at("sale_item_id"), "Is listed twice; keep one");
        fields.check(
            (0..=UNITS_MAX).contains(&verified.quantity),
            &at("quantity"),
            &format!("Must be from 0 to {UNITS_MAX} units"),
        );
        fields.check(
            content.mode == SaleMode::Hosted,
            &at("quantity"),
            "The provider keeps the stock of a redirect sale; leave it out",
        );
    }
    fields.finish()?;
    let quantity = |item: &ContentItem| {
        let quantity = entered
            .iter()
            .find(|verified| verified.sale_item_id == item.sale_item_id)
            .map_or(item.capacity, |verified| verified.quantity);
        if quantity >= item.capacity {
            return Ok(VerifiedQuantity { sale_item_id: item.sale_item_id, quantity });
        }
        let ContentItem { name, capacity, .. } = item;
        let detail = format!(
            "{capacity} of {name} would be on sale, but only {quantity} are verified. Verify \
             {capacity} or more, or request changes so that its capacity is at most {quantity}."
        );
        Err(Error::conflict("capacity_above_verified", detail))
    };
    content.items.iter().map(quantity).collect()
}

/// Records in the event log and the audit log what was verified, and by whom.
pub async fn record(
    conn: &mut PgConnection,
    revision: &Revision,
    by: AccountId,
    verified: &[VerifiedQuantity],
    note: Option<&str>,
) -> Result<()> {
    let item = |(item, verified): (&ContentItem, &VerifiedQuantity)| {
        json!({
            "sale_item_id": item.sale_item_id,
            "name": item.name,
            "capacity": item.capacity,
            "guaranteed_quantity": item.guaranteed_quantity,
            "verified_quantity": verified.quantity,
        })
    };
    let items: Vec<_> = revision.content.items.iter().zip(verified).map(item).collect();
    let details = json!({
        "sale_id": revision.sale,
        "revision_id": revision.id,
        "items": items,
        "note": note,
    });
    events::publish(conn, revision.tenant, "sale.stock_verified", &details).await?;
    audit::record(
        conn,
        Actor::Account(by),
        revision.tenant,
        "stock_verify",
        &format!("sale {}", revision.sale),
        &details,
    )
    .await
}
