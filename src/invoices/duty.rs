//! What orders and refunds ask for: an invoice or a credit note each, once.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::invoice::InvoiceKind;
use crate::kernel::{AccountId, OrderId, ParcelId, Result, TenantId};

/// What became of a duty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type, strum::IntoStaticStr)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum DutyState {
    /// The provider's data is not complete.
    Waiting,
    Issued,
    /// The provider issues its invoices itself.
    Provider,
    /// It was sold before there were invoices.
    Before,
}

/// An invoice or a credit note that is asked for.
#[derive(Debug, Clone)]
pub struct InvoiceDuty {
    pub tenant: TenantId,
    pub kind: InvoiceKind,
    /// The parcel; of a credit note the refund, or the parcel that was refused at the door.
    pub cause: Uuid,
    pub parcel: ParcelId,
    pub order: OrderId,
    pub account: AccountId,
    /// Of a credit note, in minor units; None: all that is left.
    pub amount_minor: Option<i64>,
    /// The provider's rate when the order was paid.
    pub tax_rate_ppm: Option<i32>,
    pub state: DutyState,
    pub since: OffsetDateTime,
}

macro_rules! duty_rows {
    ($rest:literal $(, $bind:expr)* $(,)?) => {
        sqlx::query_as!(
            InvoiceDuty,
            r#"SELECT tenant_id AS "tenant: TenantId", kind AS "kind: InvoiceKind",
                      cause_id AS cause, parcel_id AS "parcel: ParcelId",
                      order_id AS "order: OrderId", account_id AS "account: AccountId",
                      amount_minor, tax_rate_ppm, state AS "state: DutyState", since
               FROM invoice_duties "# + $rest
            $(, $bind)*
        )
    };
}

/// Notes a duty, unless it is noted.
pub async fn note(conn: &mut PgConnection, duty: &InvoiceDuty) -> Result<()> {
    sqlx::query!(
        "INSERT INTO invoice_duties (tenant_id, kind, cause_id, parcel_id, order_id, account_id,
             amount_minor, tax_rate_ppm, state, since)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         ON CONFLICT (tenant_id, kind, cause_id) DO NOTHING",
        duty.tenant.0,
        duty.kind.into_str(),
        duty.cause,
        duty.parcel.0,
        duty.order.0,
        duty.account.0,
        duty.amount_minor,
        duty.tax_rate_ppm,
        duty.state.into_str(),
        duty.since,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The duty to invoice a parcel, locked until the transaction ends.
pub async fn lock_of_parcel(
    conn: &mut PgConnection,
    tenant: TenantId,
    parcel: ParcelId,
) -> Result<Option<InvoiceDuty>> {
    let found = duty_rows!(
        "WHERE tenant_id = $1 AND kind = 'invoice' AND cause_id = $2 FOR UPDATE",
        tenant.0,
        parcel.0
    );
    Ok(found.fetch_optional(conn).await?)
}

/// The credit notes that wait for a parcel, oldest first.
pub async fn waiting_notes(
    conn: &mut PgConnection,
    tenant: TenantId,
    parcel: ParcelId,
) -> Result<Vec<InvoiceDuty>> {
    let found = duty_rows!(
        "WHERE tenant_id = $1 AND parcel_id = $2 AND kind = 'credit_note' AND state = 'waiting'
         ORDER BY since, cause_id",
        tenant.0,
        parcel.0
    );
    Ok(found.fetch_all(conn).await?)
}

/// What invoices of an order the scope may see are to come, or come from elsewhere.
pub async fn invoices_of_order(
    conn: &mut PgConnection,
    order: OrderId,
) -> Result<Vec<InvoiceDuty>> {
    let found = duty_rows!(
        "WHERE order_id = $1 AND kind = 'invoice' ORDER BY tenant_id LIMIT 1000",
        order.0
    );
    Ok(found.fetch_all(conn).await?)
}

/// Parcels of a provider whose invoice waits, the longest first, at most `limit` after this time and id.
pub async fn waiting(
    conn: &mut PgConnection,
    tenant: TenantId,
    after: (OffsetDateTime, Uuid),
    limit: i64,
) -> Result<Vec<InvoiceDuty>> {
    let found = duty_rows!(
        "WHERE tenant_id = $1 AND kind = 'invoice' AND state = 'waiting'
           AND (since, cause_id) > ($2, $3)
         ORDER BY since, cause_id LIMIT $4",
        tenant.0,
        after.0,
        after.1,
        limit
    );
    Ok(found.fetch_all(conn).await?)
}

/// How many invoices of a provider wait.
pub async fn count_waiting(conn: &mut PgConnection, tenant: TenantId) -> Result<i64> {
    let count = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM invoice_duties
           WHERE tenant_id = $1 AND kind = 'invoice' AND state = 'waiting'"#,
        tenant.0
    );
    Ok(count.fetch_one(conn).await?)
}

pub async fn set_issued(conn: &mut PgConnection, duty: &InvoiceDuty) -> Result<()> {
    sqlx::query!(
        "UPDATE invoice_duties SET state = 'issued'
         WHERE tenant_id = $1 AND kind = $2 AND cause_id = $3",
        duty.tenant.0,
        duty.kind.into_str(),
        duty.cause
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The provider issues what waits itself.
pub async fn leave_to_provider(conn: &mut PgConnection, tenant: TenantId) -> Result<()> {
    sqlx::query!(
        "UPDATE invoice_duties SET state = 'provider' WHERE tenant_id = $1 AND state = 'waiting'",
        tenant.0
    )
    .execute(conn)
    .await?;
    Ok(())
}
