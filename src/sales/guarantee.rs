//! Rules for the inventory that a provider guarantees of each item, and for its evidence. A manager
//! verifies it when approving the sale (`reviews`).

use sqlx::PgConnection;

use super::{
    input::{SaleInput, SaleItemInput},
    sale::Guarantee,
    states::SaleKind,
};
use crate::{
    assets::{self, AssetKind},
    kernel::{
        AssetId, FieldErrors, Result, TenantId,
        limits::{REASON_CHARS_MAX, UNITS_MAX},
        validate,
    },
};

/// Checks an item's guarantee against the rest of its sale.
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
            (1..=UNITS_MAX).contains(&quantity),
            &field,
            &format!("Must be from 1 to {UNITS_MAX} units"),
        );
        let message = format!(
            "Is below the capacity of {}; guarantee at least that many, or lower the capacity",
            item.capacity
        );
        fields.check(quantity >= item.capacity, &field, &message);
        let is_cap = input.kind == SaleKind::Aggregated;
        fields.check(
            !is_cap,
            &field,
            "An aggregated sale is made to order and guarantees no stock; leave it out",
        );
    }
    let evidence = validate::text(
        fields,
        &at("evidence"),
        item.evidence.as_deref().unwrap_or_default(),
        0,
        REASON_CHARS_MAX,
    );
    Guarantee { quantity: item.guaranteed_quantity, evidence, asset: item.evidence_asset_id }
}

/// Checks that each asset given as evidence is a picture or PDF of the provider whose upload is
/// complete.
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
        match known.get(&id).filter(|asset| asset.is_for_sales()) {
            None => fields.add(
                field,
                "There is no such asset, or its upload is not complete; choose one of yours",
            ),
            Some(asset) => {
                fields.check(asset.kind != AssetKind::Video, &field, "Must be a picture or a PDF");
            }
        }
    }
    fields.finish()
}
