//! Paid orders with a line of a sale, in SQL.

use sqlx::PgConnection;

use super::number;
use crate::kernel::{AccountId, OrderId, Result, SaleId, TenantId, ids};

/// The number of the shopper's newest paid order with a line of this sale. With `number`, only that
/// order counts.
pub async fn newest_order_with_sale(
    conn: &mut PgConnection,
    account: AccountId,
    tenant: TenantId,
    sale: SaleId,
    number: Option<&str>,
) -> Result<Option<String>> {
    let found = sqlx::query_scalar!(
        "SELECT o.number FROM orders o JOIN order_lines l ON l.order_id = o.id
         WHERE o.account_id = $1 AND o.confirmed_at IS NOT NULL AND l.tenant_id = $2
           AND l.sale_id = $3 AND ($4::text IS NULL OR o.number = $4)
         ORDER BY o.created_at DESC LIMIT 1",
        account.0,
        tenant.0,
        sale.0,
        number.map(number::stored),
    )
    .fetch_optional(conn)
    .await?;
    Ok(found)
}

/// A confirmed order, as far as its buyer is to be told about a sale in it.
#[derive(Debug)]
pub struct PaidOrder {
    pub id: OrderId,
    pub number: String,
    pub account: AccountId,
    pub email: String,
    /// Its cash is to be collected at the door.
    pub in_cash: bool,
}

/// The confirmed orders with a line of this sale that were not refunded in full, after an order, at most
/// `limit`, in the order of their ids.
pub async fn paid_with_sale(
    conn: &mut PgConnection,
    tenant: TenantId,
    sale: SaleId,
    after: OrderId,
    limit: i64,
) -> Result<Vec<PaidOrder>> {
    // Not all orders there are: none with a line of the sale is older than the sale.
    let after = after.0.max(ids::lowest_after(sale.0));
    let orders = sqlx::query_as!(
        PaidOrder,
        r#"SELECT id AS "id: OrderId", number, account_id AS "account: AccountId", email,
                  EXISTS (SELECT FROM payments p WHERE p.order_id = o.id AND p.state = 'due')
                      AS "in_cash!"
           FROM orders o
           WHERE id > $3 AND confirmed_at IS NOT NULL AND state <> 'cancelled'
             AND refunded_minor <
                 total_minor - CASE WHEN rest_paid_at IS NULL THEN rest_minor ELSE 0 END
             AND EXISTS (
               SELECT FROM order_lines l
               WHERE l.order_id = o.id AND l.tenant_id = $1 AND l.sale_id = $2)
           ORDER BY id LIMIT $4"#,
        tenant.0,
        sale.0,
        after,
        limit,
    );
    Ok(orders.fetch_all(conn).await?)
}
