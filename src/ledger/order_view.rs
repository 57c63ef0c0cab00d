//! The money of one order, transfer by transfer, as people follow it.

use std::collections::BTreeMap;

use poem_openapi::Object;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::transfer::{LedgerAccount, TransferKind};
use crate::kernel::{LineId, Money, OrderId, ParcelId, PaymentId, Result, TenantId};

/// Entries of one order that are shown, at most.
const ENTRIES_MAX: i64 = 5_000;

/// Money that moved between accounts. The amounts of its entries sum to zero.
#[derive(Debug, Object)]
#[oai(rename = "LedgerTransfer")]
pub struct LedgerTransferView {
    /// What it follows from: `sale:` with the payment's id, `refund:` with the refund's.
    key: String,
    kind: TransferKind,
    /// In words.
    note: String,
    payment_id: Option<PaymentId>,
    posted_at: OffsetDateTime,
    entries: Vec<LedgerEntryView>,
}

#[derive(Debug, Object)]
#[oai(rename = "LedgerEntry")]
pub struct LedgerEntryView {
    account: LedgerAccount,
    /// Whose it is; null: SMP's.
    provider_name: Option<String>,
    /// Where the money is; null for what is at no gateway.
    gateway: Option<String>,
    parcel_id: Option<ParcelId>,
    line_id: Option<LineId>,
    /// Debits are positive, credits negative: money at a gateway grows with positive amounts, what is owed
    /// and what is earned with negative ones.
    amount: Money,
}

/// The transfers of an order, the oldest first. Platform scope.
pub async fn of_order(conn: &mut PgConnection, order: OrderId) -> Result<Vec<LedgerTransferView>> {
    let rows = sqlx::query!(
        r#"SELECT t.id AS "id!", t.key AS "key!", t.kind AS "kind!: TransferKind", t.note AS "note!",
                  t.payment_id AS "payment?: PaymentId", t.posted_at AS "posted_at!",
                  e.tenant_id AS "tenant!: TenantId",
                  p.name AS "provider_name?", e.account AS "account!: LedgerAccount",
                  e.gateway AS "gateway!",
                  e.parcel_id AS "parcel?: ParcelId", e.line_id AS "line?: LineId", e.amount_minor AS "amount_minor!", e.currency AS "currency!"
           FROM ledger_transfers t
           JOIN ledger_entries e ON e.transfer_id = t.id
           LEFT JOIN providers p ON p.tenant_id = e.tenant_id
           WHERE t.order_id = $1
           ORDER BY t.posted_at, t.id, e.amount_minor < 0, e.tenant_id, e.account, e.id LIMIT $2"#,
        order.0,
        ENTRIES_MAX,
    )
    .fetch_all(conn)
    .await?;
    let mut places: BTreeMap<Uuid, usize> = BTreeMap::new();
    let mut transfers: Vec<LedgerTransferView> = vec![];
    for row in rows {
        let place = *places.entry(row.id).or_insert_with(|| {
            transfers.push(LedgerTransferView {
                key: row.key,
                kind: row.kind,
                note: row.note,
                payment_id: row.payment,
                posted_at: row.posted_at,
                entries: vec![],
            });
            transfers.len() - 1
        });
        transfers[place].entries.push(LedgerEntryView {
            account: row.account,
            provider_name: row.provider_name.filter(|_| row.tenant != TenantId::PLATFORM),
            gateway: Some(row.gateway).filter(|gateway| !gateway.is_empty()),
            parcel_id: row.parcel,
            line_id: row.line,
            amount: Money::new(row.amount_minor, row.currency),
        });
    }
    Ok(transfers)
}
