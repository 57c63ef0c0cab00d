//! What may be sold of each item of a sale, as an approval sets it.

use sqlx::PgConnection;

use crate::kernel::{Error, Result, SaleId, SaleItemId, TenantId};

/// The capacity of an item, as approved.
#[derive(Debug, Clone, Copy)]
pub struct NewCapacity<'a> {
    pub sale_item_id: SaleItemId,
    pub name: &'a str,
    pub capacity: i32,
    /// What a manager verified of the provider's inventory, at least the capacity.
    pub verified: i32,
}

/// Sets the capacity of each item of a sale. A capacity below what is held and sold already is a
/// conflict that names the item.
pub async fn set_capacities(
    conn: &mut PgConnection,
    tenant: TenantId,
    sale: SaleId,
    items: &[NewCapacity<'_>],
) -> Result<()> {
    // Locked in the order of their ids, like everywhere that locks several, so that no two
    // transactions wait for each other.
    let stock = sqlx::query!(
        "
        SELECT sale_item_id, held, sold FROM stock
        WHERE tenant_id = $1 AND sale_id = $2 ORDER BY sale_item_id FOR UPDATE
        ",
        tenant.0,
        sale.0,
    )
    .fetch_all(&mut *conn)
    .await?;
    for item in items {
        let row = stock.iter().find(|row| row.sale_item_id == item.sale_item_id.0);
        let taken = row.map_or(0, |row| row.held + row.sold);
        if taken > item.capacity {
            let detail = format!(
                "{taken} of {} are held or sold already, so its capacity cannot be {}. Request \
                 changes.",
                item.name, item.capacity
            );
            return Err(Error::conflict("capacity_below_taken", detail));
        }
    }
    let ids: Vec<_> = items.iter().map(|item| item.sale_item_id.0).collect();
    let capacities: Vec<_> = items.iter().map(|item| item.capacity).collect();
    let verified: Vec<_> = items.iter().map(|item| item.verified).collect();
    sqlx::query!(
        "
        INSERT INTO stock (tenant_id, sale_id, sale_item_id, capacity, verified)
        SELECT $1, $2, * FROM UNNEST($3::uuid[], $4::int[], $5::int[])
        ON CONFLICT (tenant_id, sale_item_id) DO UPDATE
            SET capacity = excluded.capacity, verified = excluded.verified
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
