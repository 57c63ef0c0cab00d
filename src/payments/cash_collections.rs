//! What became of parcels that are paid in cash at the door. A payment is of an order, and each provider
//! collects for its own parcel: the payment is settled once every parcel's outcome is known.

use std::collections::HashMap;

use poem_openapi::Enum;
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::cash::CASH;
use crate::kernel::{AccountId, Money, OrderId, ParcelId, PaymentId, Result, TenantId};

/// What became of a parcel at the door.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize, Deserialize, sqlx::Type)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum CashOutcome {
    /// The shopper paid.
    Collected,
    /// The shopper did not take the parcel, and did not pay.
    Refused,
}

/// An outcome to note.
#[derive(Debug)]
pub struct CashCollection {
    pub tenant: TenantId,
    pub parcel: ParcelId,
    pub order: OrderId,
    pub payment: PaymentId,
    pub account: AccountId,
    pub outcome: CashOutcome,
    /// What was collected, or was to be.
    pub amount: Money,
}

/// The parcels of orders that are paid in cash.
#[derive(Debug, Default)]
pub struct CashOrders(HashMap<OrderId, Vec<(ParcelId, CashOutcome)>>);

impl CashOrders {
    /// Whether an order is paid in cash.
    pub fn contain(&self, order: OrderId) -> bool {
        self.0.contains_key(&order)
    }

    /// What became of a parcel; None while it is not noted.
    pub fn outcome(&self, order: OrderId, parcel: ParcelId) -> Option<CashOutcome> {
        let noted = self.0.get(&order)?;
        noted.iter().find(|(id, _)| *id == parcel).map(|(_, outcome)| *outcome)
    }
}

/// Which of these orders are confirmed and paid in cash, with what became of their parcels. Platform
/// scope, or the shopper's own.
pub async fn cash_orders(conn: &mut PgConnection, orders: &[Uuid]) -> Result<CashOrders> {
    let rows = sqlx::query!(
        r#"SELECT p.order_id AS "order: OrderId", c.parcel_id AS "parcel?: ParcelId",
                  c.outcome AS "outcome?: CashOutcome"
           FROM payments p LEFT JOIN cash_collections c ON c.order_id = p.order_id
           WHERE p.order_id = ANY($1) AND p.gateway = $2
             AND p.state IN ('due', 'collected', 'refused')
           LIMIT 5000"#,
        orders,
        CASH,
    )
    .fetch_all(conn)
    .await?;
    let mut found = CashOrders::default();
    for row in rows {
        let noted = found.0.entry(row.order).or_default();
        noted.extend(row.parcel.zip(row.outcome));
    }
    Ok(found)
}

/// The payment of an order that is paid in cash. Platform scope.
pub async fn cash_payment_of(conn: &mut PgConnection, order: OrderId) -> Result<Option<PaymentId>> {
    Ok(sqlx::query_scalar!(
        r#"SELECT id AS "id: PaymentId" FROM payments
           WHERE order_id = $1 AND gateway = $2 AND state IN ('due', 'collected', 'refused')
           ORDER BY created_at DESC LIMIT 1"#,
        order.0,
        CASH,
    )
    .fetch_optional(conn)
    .await?)
}

/// Notes what became of a parcel, whose order is locked.
pub async fn note_collection(
    conn: &mut PgConnection,
    noted: &CashCollection,
    now: OffsetDateTime,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO cash_collections (tenant_id, parcel_id, order_id, payment_id, account_id,
             outcome, amount_minor, currency, noted_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        noted.tenant.0,
        noted.parcel.0,
        noted.order.0,
        noted.payment.0,
        noted.account.0,
        noted.outcome as CashOutcome,
        noted.amount.amount,
        noted.amount.currency,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Settles a payment in cash, once nothing of it is to be collected any more: it was collected if any
/// of its parcels was.
pub async fn settle_cash(
    conn: &mut PgConnection,
    payment: PaymentId,
    now: OffsetDateTime,
) -> Result<()> {
    sqlx::query!(
        "UPDATE payments SET updated_at = $2, state = CASE WHEN EXISTS (
             SELECT FROM cash_collections WHERE payment_id = $1 AND outcome = 'collected'
         ) THEN 'collected' ELSE 'refused' END
         WHERE id = $1 AND state = 'due'",
        payment.0,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Nothing of a locked order is to be collected any more: it was cancelled.
pub async fn cancel_due(
    conn: &mut PgConnection,
    order: OrderId,
    now: OffsetDateTime,
) -> Result<()> {
    sqlx::query!(
        "UPDATE payments SET state = 'cancelled', updated_at = $2
         WHERE order_id = $1 AND state = 'due'",
        order.0,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}
