//! Proof of inventory: what a provider guarantees of each item and with which evidence, and what a
//! manager verified of it. Stock never exceeds what was verified; the database holds it too
//! (`stock_verified_check`).

use serde_json::json;
use sqlx::PgConnection;

use super::{
    Content, ContentItem, SaleKind, SaleMode,
    api::{SaleInput, SaleItemInput},
    revisions::Revision,
};
use crate::{
    access::{Actor, audit},
    assets::{self, AssetKind},
    events,
    kernel::{AccountId, AssetId, Error, FieldErrors, Result, SaleItemId, TenantId, validate},
};

const QUANTITY_MAX: i32 = 10_000_000;
const EVIDENCE_CHARS_MAX: usize = 1000;

/// What a provider says of an item's inventory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Guarantee {
    /// None: the capacity.
    pub quantity: Option<i32>,
    pub evidence: String,
    pub asset: Option<AssetId>,
}

/// Checks what is said of an item's inventory against the rest of its sale.
pub fn check(
    fields: &mut FieldErrors,
    input: &SaleInput,
    index: usize,
    item: &SaleItemInput,
) -> Guarantee {
    let at = |name: &str| format!("items.{index}.{name}");
    if let Some(quantity) = item.guaranteed_quantity {
        let field = at("guaranteed_quantity");
        fields.check(
            (1..=QUANTITY_MAX).contains(&quantity),
            &field,
            &format!("Must be from 1 to {QUANTITY_MAX} units"),
        );
        let message = format!(
            "The capacity of {} is above it; guarantee as many, or lower the capacity",
            item.capacity
        );
        fields.check(quantity >= item.capacity, &field, &message);
        let is_cap = input.kind == SaleKind::Aggregated;
        fields.check(!is_cap, &field, "An aggregated sale is made to order: its capacity is the cap, and no stock is guaranteed; leave it out");
    }
    let evidence = validate::text(
        fields,
        &at("evidence"),
        item.evidence.as_deref().unwrap_or_default(),
        0,
        EVIDENCE_CHARS_MAX,
    );
    Guarantee { quantity: item.guaranteed_quantity, evidence, asset: item.evidence_asset_id }
}

/// Checks that each asset given as evidence is a picture or a PDF of the provider, and complete.
pub async fn check_assets(
    conn: &mut PgConnection,
    tenant: TenantId,
    input: &SaleInput,
) -> Result<()> {
    let ids: Vec<(TenantId, AssetId)> =
        input.items.iter().filter_map(|item| Some((tenant, item.evidence_asset_id?))).collect();
    let known = assets::many(conn, &ids).await?;
    let mut fields = FieldErrors::default();
    for (index, item) in input.items.iter().enumerate() {
        let Some(id) = item.evidence_asset_id else { continue };
        let field = format!("items.{index}.evidence_asset_id");
        match known.get(&id).filter(|asset| asset.is_usable()) {
            None => fields.add(
                field,
                "There is no such asset, or its upload is not complete; choose one of yours",
            ),
            Some(asset) => {
                fields.check(asset.kind != AssetKind::Video, &field, "Must be a picture or a PDF")
            }
        }
    }
    fields.finish()
}

/// What a manager verified of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    pub sale_item_id: SaleItemId,
    pub quantity: i32,
}

/// The verified quantity of each item of `content`, in its order: as the manager said, else what
/// was submitted. A capacity above it is a conflict that names the item.
pub fn verified(content: &Content, said: &[Verified]) -> Result<Vec<Verified>> {
    let mut fields = FieldErrors::default();
    for (index, one) in said.iter().enumerate() {
        let at = |name: &str| format!("verified.{index}.{name}");
        let known = content.items.iter().any(|item| item.sale_item_id == one.sale_item_id);
        fields.check(
            known,
            &at("sale_item_id"),
            "Is not an item of this revision; load the review again",
        );
        let twice = said[..index].iter().any(|earlier| earlier.sale_item_id == one.sale_item_id);
        fields.check(!twice, &at("sale_item_id"), "Is named twice; keep one");
        fields.check(
            (0..=QUANTITY_MAX).contains(&one.quantity),
            &at("quantity"),
            &format!("Must be from 0 to {QUANTITY_MAX} units"),
        );
        fields.check(
            content.mode == SaleMode::Hosted,
            &at("quantity"),
            "The provider's cart keeps this sale's stock; leave it out",
        );
    }
    fields.finish()?;
    let quantity = |item: &ContentItem| {
        let quantity = said
            .iter()
            .find(|one| one.sale_item_id == item.sale_item_id)
            .map_or(item.capacity, |one| one.quantity);
        if quantity >= item.capacity {
            return Ok(Verified { sale_item_id: item.sale_item_id, quantity });
        }
        let ContentItem { name, capacity, .. } = item;
        let detail = format!(
            "{capacity} of {name} would be on sale, but {quantity} are verified. Verify {capacity} or more, or ask for changes so that its capacity is {quantity} at most."
        );
        Err(Error::conflict("capacity_above_verified", detail))
    };
    content.items.iter().map(quantity).collect()
}

/// Says in log and audit what was verified, and by whom.
pub async fn tell(
    conn: &mut PgConnection,
    open: &Revision,
    by: AccountId,
    verified: &[Verified],
    note: Option<&str>,
) -> Result<()> {
    let item = |(item, verified): (&ContentItem, &Verified)| {
        json!({
            "sale_item_id": item.sale_item_id, "name": item.name, "capacity": item.capacity, "guaranteed_quantity": item.guaranteed_quantity,
            "verified_quantity": verified.quantity,
        })
    };
    let items: Vec<_> = open.content.items.iter().zip(verified).map(item).collect();
    let details =
        json!({"sale_id": open.sale, "revision_id": open.id, "items": items, "note": note});
    events::publish(conn, open.tenant, "sale.stock_verified", &details).await?;
    audit::record(
        conn,
        Actor::Account(by),
        open.tenant,
        "stock_verify",
        &format!("sale {}", open.sale),
        &details,
    )
    .await
}
