//! How much of each item of a sale is left. An approval sets the capacity; the stock slice moves
//! what is held and sold.

use std::collections::HashMap;

use sqlx::PgConnection;

use super::{ContentItem, proof::Verified};
use crate::kernel::{Error, Result, SaleId, SaleItemId, TenantId};

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

/// What is left of each item of a hosted sale that was approved; nothing of others.
pub async fn levels(conn: &mut PgConnection, tenant: TenantId, sale: SaleId) -> Result<Vec<Level>> {
    let rows = sqlx::query_as!(
        Level,
        r#"
        SELECT sale_item_id AS "sale_item_id: SaleItemId", capacity, held, sold FROM stock
        WHERE tenant_id = $1 AND sale_id = $2 ORDER BY sale_item_id
        "#,
        tenant.0,
        sale.0,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows)
}

/// The levels of many sales, by sale.
pub async fn levels_of(
    conn: &mut PgConnection,
    sales: &[SaleId],
) -> Result<HashMap<SaleId, Vec<Level>>> {
    let ids: Vec<_> = sales.iter().map(|sale| sale.0).collect();
    let rows = sqlx::query!(
        "SELECT sale_id, sale_item_id, capacity, held, sold FROM stock WHERE sale_id = ANY($1)",
        &ids
    )
    .fetch_all(conn)
    .await?;
    let mut by_sale: HashMap<SaleId, Vec<Level>> = HashMap::new();
    for row in rows {
        let level = Level {
            sale_item_id: SaleItemId(row.sale_item_id),
            capacity: row.capacity,
            held: row.held,
            sold: row.sold,
        };
        by_sale.entry(SaleId(row.sale_id)).or_default().push(level);
    }
    Ok(by_sale)
}

/// What was verified of each item of some sales.
pub(super) async fn verified_of(
    conn: &mut PgConnection,
    sales: &[SaleId],
) -> Result<HashMap<SaleItemId, i32>> {
    let ids: Vec<_> = sales.iter().map(|sale| sale.0).collect();
    let rows =
        sqlx::query!("SELECT sale_item_id, verified FROM stock WHERE sale_id = ANY($1)", &ids)
            .fetch_all(conn)
            .await?;
    Ok(rows.into_iter().map(|row| (SaleItemId(row.sale_item_id), row.verified)).collect())
}

/// Sets what may be sold, as approved: never less than what is held and sold already, never more
/// than was verified. `verified` stands in the order of `items`.
pub(super) async fn set_capacities(
    conn: &mut PgConnection,
    tenant: TenantId,
    sale: SaleId,
    items: &[ContentItem],
    verified: &[Verified],
) -> Result<()> {
    // Locked in the order of their ids, as all who lock several do.
    let taken =
        sqlx::query!("SELECT sale_item_id, held, sold FROM stock WHERE tenant_id = $1 AND sale_id = $2 ORDER BY sale_item_id FOR UPDATE", tenant.0, sale.0)
            .fetch_all(&mut *conn)
            .await?;
    for item in items {
        if let Some(row) = taken.iter().find(|row| {
            row.sale_item_id == item.sale_item_id.0 && row.held + row.sold > item.capacity
        }) {
            let taken = row.held + row.sold;
            let detail = format!(
                "{taken} of {} are held or sold already, so its capacity cannot be {}. Ask for changes.",
                item.name, item.capacity
            );
            return Err(Error::conflict("capacity_below_taken", detail));
        }
    }
    let ids: Vec<_> = items.iter().map(|item| item.sale_item_id.0).collect();
    let capacities: Vec<_> = items.iter().map(|item| item.capacity).collect();
    let verified: Vec<_> = verified.iter().map(|item| item.quantity).collect();
    sqlx::query!(
        "
        INSERT INTO stock (tenant_id, sale_id, sale_item_id, capacity, verified) SELECT $1, $2, * FROM UNNEST($3::uuid[], $4::int[], $5::int[])
        ON CONFLICT (tenant_id, sale_item_id) DO UPDATE SET capacity = excluded.capacity, verified = excluded.verified
        ",
        tenant.0,
        sale.0,
        &ids,
        &capacities,
        &verified,
    )
    .execute(conn)
    .await?;
    Ok(())
}
