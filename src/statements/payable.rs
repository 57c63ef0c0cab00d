//! What the ledger has of a provider that no statement pays yet, each entry with what is known of its parcel.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    maturity::{Maturity, MaturityFacts, maturity},
    policy::LINES_MAX,
};
use crate::{
    kernel::{OrderId, ParcelId, Result, TenantId},
    orders::ParcelState,
};

/// An entry that no statement pays yet.
#[derive(Debug, Clone)]
pub struct PayableEntry {
    pub entry: Uuid,
    pub order: Option<OrderId>,
    pub order_number: Option<String>,
    pub parcel: Option<ParcelId>,
    pub note: String,
    /// Minor units; positive: owed to the provider.
    pub amount_minor: i64,
    pub facts: MaturityFacts,
}

impl PayableEntry {
    /// When it was payable, if that was at this time or before.
    pub fn matured_at(&self, as_of: OffsetDateTime) -> Option<OffsetDateTime> {
        match maturity(&self.facts) {
            Maturity::At(at) if at <= as_of => Some(at),
            _ => None,
        }
    }
}

/// The provider's entries in a currency, posted up to a time, that no statement pays: what lessens a payout first,
/// then what was sold, each the oldest first and [`LINES_MAX`] at most. Without what waits, what was not shipped or
/// collected yet takes no place from what can be paid. Platform scope.
pub async fn entries(
    conn: &mut PgConnection,
    tenant: TenantId,
    currency: &str,
    until: OffsetDateTime,
    with_waiting: bool,
) -> Result<Vec<PayableEntry>> {
    let rows = sqlx::query!(
        r#"
        SELECT u.entry AS "entry!", u.kind AS "kind!", u.order_id AS "order?: OrderId",
               u.order_number AS "order_number?", u.parcel_id AS "parcel?: ParcelId", u.note AS "note!",
               u.amount_minor AS "amount_minor!", u.posted_at AS "posted_at!",
               u.evened_out AS "evened_out!", g.goods AS "goods!",
               u.parcel_state AS "parcel_state?: ParcelState", u.confirmed_at AS "confirmed_at?",
               (SELECT min(s.created_at) FROM shipments s
                WHERE s.tenant_id = $1 AND s.order_id = u.shipped_of
                  AND s.state <> 'returned_to_sender') AS "shipped_at?",
               (SELECT max(v.created_at)
                FROM shipments s JOIN shipment_events v ON v.tenant_id = s.tenant_id
                    AND v.shipment_id = s.id AND v.state = 'delivered'
                WHERE s.tenant_id = $1 AND s.order_id = u.shipped_of) AS "delivered_at?",
               EXISTS (
                   SELECT FROM disputes d WHERE d.order_id = u.order_id AND d.closed_at IS NULL
               ) AS "disputed!",
               EXISTS (
                   SELECT FROM refunds r
                   WHERE r.order_id = u.order_id
                     AND (r.state IN ('requested', 'pending')
                          OR r.state = 'failed' AND r.retried_as IS NULL AND NOT r.surplus)
                     AND (r.parcel_id IS NULL OR r.parcel_id = u.own_parcel)
               ) AS "refund_pending!"
        FROM (
            SELECT e.id AS entry, e.line_id, t.kind, t.order_id, o.number AS order_number,
                   coalesce(e.parcel_id, p.id) AS parcel_id, p.id AS own_parcel, t.note,
                   -e.amount_minor AS amount_minor, t.posted_at, p.state AS parcel_state,
                   p.order_id AS shipped_of, o.confirmed_at,
                   t.kind IN ('sale', 'cash_due', 'dispute_won', 'refund_failed') AS earned,
                   t.order_id IS NOT NULL
                       AND sum(e.amount_minor) OVER (PARTITION BY t.order_id) >= 0 AS evened_out
            FROM ledger_entries e
            JOIN ledger_transfers t ON t.id = e.transfer_id
            LEFT JOIN orders o ON o.id = t.order_id
            LEFT JOIN parcels p ON p.tenant_id = e.tenant_id AND p.order_id = t.order_id
            WHERE e.tenant_id = $1 AND e.currency = $2 AND e.account = 'provider_payable'
              AND t.kind NOT IN ('payout', 'payout_failed') AND t.posted_at <= $3
              AND NOT EXISTS (
                  SELECT FROM statement_lines l WHERE l.tenant_id = e.tenant_id AND l.entry_id = e.id
              )
        ) u
        CROSS JOIN LATERAL (
            SELECT EXISTS (
                SELECT FROM order_lines l
                WHERE l.tenant_id = $1 AND l.order_id = u.shipped_of
                  AND (u.line_id IS NULL OR l.id = u.line_id)
                  AND l.voucher_valid_days IS NULL AND l.slot_starts_on IS NULL
            ) AS goods
        ) g
        WHERE $5 OR u.evened_out OR NOT u.earned
           OR u.kind <> 'cash_due'
              AND NOT (coalesce(u.parcel_state IN ('to_ship', 'awaiting_payment'), false) AND g.goods)
        ORDER BY u.earned, u.posted_at, u.entry LIMIT $4
        "#,
        tenant.0,
        currency,
        until,
        LINES_MAX,
        with_waiting,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| PayableEntry {
            entry: row.entry,
            order: row.order,
            order_number: row.order_number,
            parcel: row.parcel,
            note: row.note,
            amount_minor: row.amount_minor,
            facts: MaturityFacts {
                kind: row.kind,
                posted_at: row.posted_at,
                evened_out: row.evened_out,
                goods: row.goods,
                parcel: row.parcel_state,
                confirmed_at: row.confirmed_at,
                shipped_at: row.shipped_at,
                delivered_at: row.delivered_at,
                disputed: row.disputed,
                refund_pending: row.refund_pending,
            },
        })
        .collect())
}

/// Providers to whom SMP owes something, with the currency; of one provider, or of all. A debt of the provider's is
/// not listed. Platform scope.
pub async fn owed(
    conn: &mut PgConnection,
    tenant: Option<TenantId>,
) -> Result<Vec<(TenantId, String)>> {
    let rows = sqlx::query!(
        r#"SELECT tenant_id AS "tenant: TenantId", currency FROM provider_payables
           WHERE balance_minor > 0 AND ($1::uuid IS NULL OR tenant_id = $1)
           ORDER BY tenant_id, currency"#,
        tenant.map(|tenant| tenant.0),
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.tenant, row.currency)).collect())
}

/// What SMP owes a provider in each currency, in minor units; negative is a debt of the provider's. Platform
/// scope.
pub async fn balances(conn: &mut PgConnection, tenant: TenantId) -> Result<Vec<(String, i64)>> {
    let rows = sqlx::query!(
        "SELECT currency, balance_minor FROM provider_payables WHERE tenant_id = $1 ORDER BY currency",
        tenant.0,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.currency, row.balance_minor)).collect())
}

/// What SMP owes a provider in one currency, in minor units; negative is a debt of the provider's. Platform scope.
pub async fn balance_in(conn: &mut PgConnection, tenant: TenantId, currency: &str) -> Result<i64> {
    let found = balances(conn, tenant).await?;
    Ok(found.into_iter().find(|(code, _)| code == currency).map_or(0, |(_, minor)| minor))
}
