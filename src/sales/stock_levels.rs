//! How much is left of each item of a sale. Reads `stock`, which the stock slice owns: the lists
//! and pages of sales show it. In redirect mode, what is left of the guarantee.

use std::collections::HashMap;

use sqlx::PgConnection;

use crate::kernel::{Result, SaleId, SaleItemId, TenantId};

/// The stock of an item of an approved, hosted sale; of a redirect sale that sells out at its
/// guarantee, the guaranteed units as capacity, the reported ones as sold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StockLevel {
    pub sale_item_id: SaleItemId,
    pub capacity: i32,
    pub held: i32,
    pub sold: i32,
    /// What a manager verified at the last approval; the capacity is never above it.
    pub verified: i32,
}

impl StockLevel {
    /// Units neither held nor sold.
    pub fn available(self) -> i32 {
        self.capacity - self.held - self.sold
    }
}

/// The stock of each item of a sale; empty unless the sale was approved, and is hosted or sells out
/// at its guarantee.
pub async fn stock_levels(
    conn: &mut PgConnection,
    tenant: TenantId,
    sale: SaleId,
) -> Result<Vec<StockLevel>> {
    let rows = sqlx::query_as!(
        StockLevel,
        r#"
        SELECT sale_item_id AS "sale_item_id!: SaleItemId", capacity AS "capacity!",
               held AS "held!", sold AS "sold!", verified AS "verified!"
        FROM (
            SELECT sale_item_id, capacity, held, sold, verified FROM stock
            WHERE tenant_id = $1 AND sale_id = $2
            UNION ALL
            SELECT sale_item_id, guaranteed, 0, least(reported, guaranteed)::int, guaranteed
            FROM guaranteed_units WHERE tenant_id = $1 AND sale_id = $2 AND sells_out
        ) l ORDER BY sale_item_id
        "#,
        tenant.0,
        sale.0,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows)
}

/// The stock of many sales, by sale.
pub async fn stock_levels_of(
    conn: &mut PgConnection,
    sales: &[SaleId],
) -> Result<HashMap<SaleId, Vec<StockLevel>>> {
    let ids: Vec<_> = sales.iter().map(|sale| sale.0).collect();
    let rows = sqlx::query!(
        r#"
        SELECT sale_id AS "sale_id!", sale_item_id AS "sale_item_id!", capacity AS "capacity!",
               held AS "held!", sold AS "sold!", verified AS "verified!"
        FROM (
            SELECT sale_id, sale_item_id, capacity, held, sold, verified FROM stock
            WHERE sale_id = ANY($1)
            UNION ALL
            SELECT sale_id, sale_item_id, guaranteed, 0, least(reported, guaranteed)::int,
                   guaranteed
            FROM guaranteed_units WHERE sale_id = ANY($1) AND sells_out
        ) l
        "#,
        &ids
    )
    .fetch_all(conn)
    .await?;
    let mut by_sale: HashMap<SaleId, Vec<StockLevel>> = HashMap::new();
    for row in rows {
        let level = StockLevel {
            sale_item_id: SaleItemId(row.sale_item_id),
            capacity: row.capacity,
            held: row.held,
            sold: row.sold,
            verified: row.verified,
        };
        by_sale.entry(SaleId(row.sale_id)).or_default().push(level);
    }
    Ok(by_sale)
}
