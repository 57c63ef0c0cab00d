//! How many units a provider guarantees of an item that it sells in its own cart, and how many it
//! has reported as bought: a counter for each item since its approval. More can be reported than is
//! guaranteed.

use std::collections::HashMap;

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{content::Content, states::SaleMode};
use crate::kernel::{Result, SaleId, SaleItemId, TenantId};

/// The provider and SMP are told when this share of a guarantee is reported as bought.
pub const GUARANTEE_WARNING_PERCENT: i64 = 80;

/// The counter of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GuaranteedUnits {
    pub guaranteed: i32,
    /// Units reported as bought, less those that were reversed.
    pub reported: i64,
    /// Shown as sold out once `reported` reaches `guaranteed`.
    pub sells_out: bool,
    pub warned_at: Option<OffsetDateTime>,
}

impl GuaranteedUnits {
    /// Whether so much is bought that the provider should know.
    pub fn is_nearly_used(self) -> bool {
        self.reported * 100 >= i64::from(self.guaranteed) * GUARANTEE_WARNING_PERCENT
    }

    /// Whether click-outs to the item are refused.
    pub fn is_sold_out(self) -> bool {
        self.sells_out && self.reported >= i64::from(self.guaranteed)
    }
}

/// What a report changed about an item's counter.
#[derive(Debug, Clone, Copy)]
pub struct CountedUnits {
    pub units: GuaranteedUnits,
    /// The warning is due now; it is due once.
    pub warn: bool,
    /// The item sold out, or is no longer sold out.
    pub turned: bool,
}

/// Keeps the counters of a redirect sale's items as its approved content has them. A warning may
/// come again when more is guaranteed.
pub(super) async fn publish(
    conn: &mut PgConnection,
    tenant: TenantId,
    sale: SaleId,
    content: &Content,
) -> Result<()> {
    if content.mode != SaleMode::Redirect {
        return Ok(());
    }
    let items: Vec<Uuid> = content.items.iter().map(|item| item.sale_item_id.0).collect();
    let guaranteed: Vec<i32> = content
        .items
        .iter()
        .map(|item| item.guaranteed_quantity.unwrap_or(item.capacity))
        .collect();
    sqlx::query!(
        "
        INSERT INTO guaranteed_units AS g
            (tenant_id, sale_id, sale_item_id, guaranteed, sells_out)
        SELECT $1, $2, item, guaranteed, $5
        FROM UNNEST($3::uuid[], $4::int[]) AS given (item, guaranteed)
        ON CONFLICT (tenant_id, sale_item_id) DO UPDATE SET
            guaranteed = excluded.guaranteed, sells_out = excluded.sells_out,
            warned_at = CASE WHEN g.reported * 100 >= excluded.guaranteed::bigint * $6
                THEN g.warned_at END
        ",
        tenant.0,
        sale.0,
        &items,
        &guaranteed,
        content.sold_out_at_guarantee,
        GUARANTEE_WARNING_PERCENT,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Adds units that were reported as bought, or takes off units that were reversed. None for an item
/// that was never approved.
pub async fn count_reported(
    conn: &mut PgConnection,
    tenant: TenantId,
    item: SaleItemId,
    units: i64,
    now: OffsetDateTime,
) -> Result<Option<CountedUnits>> {
    let before = sqlx::query_as!(
        GuaranteedUnits,
        "SELECT guaranteed, reported, sells_out, warned_at FROM guaranteed_units
         WHERE tenant_id = $1 AND sale_item_id = $2 FOR UPDATE",
        tenant.0,
        item.0,
    )
    .fetch_optional(&mut *conn)
    .await?;
    let Some(before) = before else { return Ok(None) };
    let mut after =
        GuaranteedUnits { reported: before.reported.saturating_add(units).max(0), ..before };
    let warn = after.is_nearly_used() && before.warned_at.is_none();
    if warn {
        after.warned_at = Some(now);
    }
    sqlx::query!(
        "UPDATE guaranteed_units SET reported = $3, warned_at = $4
         WHERE tenant_id = $1 AND sale_item_id = $2",
        tenant.0,
        item.0,
        after.reported,
        after.warned_at,
    )
    .execute(conn)
    .await?;
    let turned = before.is_sold_out() != after.is_sold_out();
    Ok(Some(CountedUnits { units: after, warn, turned }))
}

/// Whether all guaranteed units of an item are reported as bought, in a sale that is then sold out.
pub async fn is_sold_out(
    conn: &mut PgConnection,
    tenant: TenantId,
    item: SaleItemId,
) -> Result<bool> {
    let sold_out = sqlx::query_scalar!(
        r#"SELECT sells_out AND reported >= guaranteed AS "sold_out!" FROM guaranteed_units
           WHERE tenant_id = $1 AND sale_item_id = $2"#,
        tenant.0,
        item.0,
    )
    .fetch_optional(conn)
    .await?;
    Ok(sold_out.unwrap_or(false))
}

/// The counters of the items of some sales.
pub async fn of_sales(
    conn: &mut PgConnection,
    sales: &[SaleId],
) -> Result<HashMap<SaleItemId, GuaranteedUnits>> {
    let ids: Vec<Uuid> = sales.iter().map(|sale| sale.0).collect();
    let rows = sqlx::query!(
        "SELECT sale_item_id, guaranteed, reported, sells_out, warned_at FROM guaranteed_units
         WHERE sale_id = ANY($1)",
        &ids,
    )
    .fetch_all(conn)
    .await?;
    let units = rows.into_iter().map(|row| {
        let units = GuaranteedUnits {
            guaranteed: row.guaranteed,
            reported: row.reported,
            sells_out: row.sells_out,
            warned_at: row.warned_at,
        };
        (SaleItemId(row.sale_item_id), units)
    });
    Ok(units.collect())
}
