//! The lines of refunds in SQL: which units of an order a refund is of, and what became of them.

use std::collections::HashMap;

use poem_openapi::{Enum, Object};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::kernel::{AccountId, LineId, Money, OrderId, RefundId, Result, TenantId};

/// Lines of refunds that are read of some orders, at most.
const REFUND_LINES_MAX: i64 = 20_000;

/// What became of refunded units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize, Deserialize, sqlx::Type)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum LineRestock {
    /// They never left the house and go back on sale.
    NeverSold,
    /// They came back from the shopper. They go back on sale while their sale runs.
    CameBack,
    /// They cannot be sold again.
    Lost,
}

impl LineRestock {
    fn stored(self) -> &'static str {
        match self {
            Self::NeverSold => "never_sold",
            Self::CameBack => "came_back",
            Self::Lost => "lost",
        }
    }
}

/// Units of a line that a refund is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundLine {
    pub tenant: TenantId,
    pub refund: RefundId,
    pub order: OrderId,
    pub line: LineId,
    /// Zero in the second of two refunds to two payments: the first has the units.
    pub quantity: i32,
    pub amount_minor: i64,
    pub restock: LineRestock,
}

/// Units of a line that a refund is of.
#[derive(Debug, Clone, Object, Serialize)]
#[oai(rename = "RefundLine")]
pub struct RefundLineView {
    pub line_id: LineId,
    /// Zero in the second of two refunds that go back to two payments: the first has the units.
    pub quantity: i32,
    pub amount: Money,
    pub restock: LineRestock,
}

impl RefundLine {
    pub fn view(&self, currency: &str) -> RefundLineView {
        RefundLineView {
            line_id: self.line,
            quantity: self.quantity,
            amount: Money::new(self.amount_minor, currency),
            restock: self.restock,
        }
    }
}

/// The lines of all refunds of some orders.
pub async fn of_orders(conn: &mut PgConnection, orders: &[Uuid]) -> Result<Vec<RefundLine>> {
    let rows = sqlx::query_as!(
        RefundLine,
        r#"SELECT tenant_id AS "tenant: TenantId", refund_id AS "refund: RefundId",
                  order_id AS "order: OrderId", line_id AS "line: LineId", quantity, amount_minor,
                  restock AS "restock: LineRestock"
           FROM refund_lines WHERE order_id = ANY($1)
           ORDER BY refund_id, tenant_id, line_id LIMIT $2"#,
        orders,
        REFUND_LINES_MAX,
    );
    Ok(rows.fetch_all(conn).await?)
}

/// Inserts the lines of refunds that are inserted.
pub async fn insert_all(
    conn: &mut PgConnection,
    account: AccountId,
    lines: &[RefundLine],
) -> Result<()> {
    let tenants: Vec<Uuid> = lines.iter().map(|line| line.tenant.0).collect();
    let refunds: Vec<Uuid> = lines.iter().map(|line| line.refund.0).collect();
    let orders: Vec<Uuid> = lines.iter().map(|line| line.order.0).collect();
    let ids: Vec<Uuid> = lines.iter().map(|line| line.line.0).collect();
    let quantities: Vec<i32> = lines.iter().map(|line| line.quantity).collect();
    let amounts: Vec<i64> = lines.iter().map(|line| line.amount_minor).collect();
    let restocks: Vec<&str> = lines.iter().map(|line| line.restock.stored()).collect();
    sqlx::query!(
        "INSERT INTO refund_lines (tenant_id, refund_id, order_id, account_id, line_id, quantity,
             amount_minor, restock)
         SELECT l.tenant_id, l.refund_id, l.order_id, $1, l.line_id, l.quantity, l.amount, l.restock
         FROM UNNEST($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::int[], $7::bigint[],
                     $8::text[])
              AS l (tenant_id, refund_id, order_id, line_id, quantity, amount, restock)",
        account.0,
        &tenants,
        &refunds,
        &orders,
        &ids,
        &quantities,
        &amounts,
        &restocks as &[&str],
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Gives a refund, which is another try of one that was refused, the lines of that one.
pub async fn copy(conn: &mut PgConnection, from: RefundId, to: RefundId) -> Result<()> {
    sqlx::query!(
        "INSERT INTO refund_lines (tenant_id, refund_id, order_id, account_id, line_id, quantity,
             amount_minor, restock)
         SELECT tenant_id, $2, order_id, account_id, line_id, quantity, amount_minor, restock
         FROM refund_lines WHERE refund_id = $1",
        from.0,
        to.0,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// How many units of each line of some orders were refunded by line, or are about to be. Lines of which
/// none were are left out. Platform scope, or the shopper's own.
pub async fn refunded_units(
    conn: &mut PgConnection,
    orders: &[Uuid],
) -> Result<HashMap<LineId, i32>> {
    let rows = sqlx::query!(
        r#"SELECT l.line_id AS "line: LineId", sum(l.quantity)::int AS "units!"
           FROM refund_lines l JOIN refunds r ON r.id = l.refund_id
           WHERE l.order_id = ANY($1) AND (r.state <> 'failed' OR r.made_before)
             AND r.retried_as IS NULL AND l.quantity > 0
           GROUP BY l.line_id"#,
        orders,
    );
    Ok(rows.fetch_all(conn).await?.into_iter().map(|row| (row.line, row.units)).collect())
}
