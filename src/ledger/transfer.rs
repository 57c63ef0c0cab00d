//! Transfers and their entries in SQL.

use poem_openapi::Enum;
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use strum::IntoStaticStr;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::kernel::{LineId, OrderId, ParcelId, PaymentId, Result, TenantId};

/// What a transfer follows from.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Enum, IntoStaticStr, Serialize, Deserialize, sqlx::Type,
)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum TransferKind {
    /// An order was confirmed, or the rest of it paid.
    Sale,
    /// Cash is to be collected at the door, or no longer.
    CashDue,
    CashCollected,
    Refund,
    /// A refund failed after it was made: its money came back.
    RefundFailed,
    /// Money that paid for nothing was taken, or returned.
    PaymentReturn,
    /// A gateway kept its fee.
    Fee,
    DisputeOpened,
    DisputeWon,
    DisputeLost,
    Payout,
    PayoutFailed,
    PayoutReversed,
    Adjustment,
}

/// What an entry is about. Assets grow with positive amounts, liabilities and income with negative ones.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Enum,
    IntoStaticStr,
    Serialize,
    Deserialize,
    sqlx::Type,
)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum LedgerAccount {
    /// Money at a gateway.
    GatewayCash,
    /// What SMP owes a provider.
    ProviderPayable,
    /// What SMP earns of a sale.
    Commission,
    Shipping,
    Tax,
    /// Discounts that SMP bears.
    Discounts,
    /// What is owed to shoppers who paid for nothing.
    Refunds,
    /// Money that banks hold while they decide a dispute.
    Disputes,
    /// What gateways keep, and what SMP charges as a fee.
    Fees,
    /// Cash that a provider collects at the door.
    CashToCollect,
    VoucherLiability,
    Rounding,
    PayoutsInTransit,
}

/// Money that moves between accounts. Its entries sum to zero.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerTransfer {
    /// What it follows from, such as `sale:` with the payment's id. The same key is posted once.
    pub key: String,
    pub kind: TransferKind,
    /// ISO 4217; of every entry.
    pub currency: String,
    pub order: Option<OrderId>,
    pub payment: Option<PaymentId>,
    /// For people.
    pub note: String,
    pub entries: Vec<LedgerEntry>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerEntry {
    pub account: LedgerAccount,
    /// Whose it is; [`TenantId::PLATFORM`]: SMP's.
    pub tenant: TenantId,
    /// Where the money is; empty for what is at no gateway.
    pub gateway: String,
    pub parcel: Option<ParcelId>,
    pub line: Option<LineId>,
    /// Minor units; debits are positive.
    pub amount_minor: i64,
}

impl LedgerEntry {
    /// An entry of SMP's own.
    pub fn of_smp(account: LedgerAccount, gateway: &str, amount_minor: i64) -> Self {
        Self {
            account,
            tenant: TenantId::PLATFORM,
            gateway: gateway.to_owned(),
            parcel: None,
            line: None,
            amount_minor,
        }
    }
}

/// Posts transfers, and moves the balances of the providers that they name. A transfer whose key was
/// posted is left out; so are entries of nothing, and a transfer without entries. One that is not balanced
/// is an error. Platform scope; the last statement of its transaction.
pub async fn post(
    conn: &mut PgConnection,
    transfers: &[LedgerTransfer],
    now: OffsetDateTime,
) -> Result<()> {
    fn column<R, T>(rows: &[R], of: impl Fn(&R) -> T) -> Vec<T> {
        rows.iter().map(of).collect()
    }
    let rows: Vec<(Uuid, &LedgerTransfer)> =
        transfers.iter().filter(|one| moves(one)).map(|one| (Uuid::now_v7(), one)).collect();
    if rows.is_empty() {
        return Ok(());
    }
    let entries: Vec<(Uuid, &LedgerEntry)> = rows
        .iter()
        .flat_map(|(id, one)| one.entries.iter().map(move |entry| (*id, entry)))
        .filter(|(_, entry)| entry.amount_minor != 0)
        .collect();
    sqlx::query!(
        "WITH posted AS (
             INSERT INTO ledger_transfers
                 (id, key, kind, currency, order_id, payment_id, posted_at, note)
             SELECT t.id, t.key, t.kind, t.currency, t.order_id, t.payment_id, $1, t.note
             FROM UNNEST($2::uuid[], $3::text[], $4::text[], $5::text[], $6::uuid[], $7::uuid[],
                         $8::text[])
                  AS t (id, key, kind, currency, order_id, payment_id, note)
             ON CONFLICT (key) DO NOTHING RETURNING id, currency
         ), entered AS (
             INSERT INTO ledger_entries (tenant_id, id, transfer_id, account, gateway, parcel_id,
                 line_id, amount_minor, currency)
             SELECT e.tenant_id, e.id, e.transfer_id, e.account, e.gateway, e.parcel_id, e.line_id,
                 e.amount, p.currency
             FROM UNNEST($9::uuid[], $10::uuid[], $11::uuid[], $12::text[], $13::text[],
                         $14::uuid[], $15::uuid[], $16::bigint[])
                  AS e (transfer_id, tenant_id, id, account, gateway, parcel_id, line_id, amount)
             JOIN posted p ON p.id = e.transfer_id
             RETURNING tenant_id, account, amount_minor, currency
         )
         INSERT INTO provider_payables AS kept (tenant_id, currency, balance_minor)
         SELECT tenant_id, currency, -sum(amount_minor)::bigint FROM entered
         WHERE account = 'provider_payable' GROUP BY tenant_id, currency ORDER BY 1, 2
         ON CONFLICT (tenant_id, currency)
             DO UPDATE SET balance_minor = kept.balance_minor + EXCLUDED.balance_minor",
        now,
        &column(&rows, |(id, _)| *id),
        &column(&rows, |(_, one)| one.key.clone()),
        &column(&rows, |(_, one)| <&str>::from(one.kind)) as &[&str],
        &column(&rows, |(_, one)| one.currency.clone()),
        &column(&rows, |(_, one)| one.order.map(|order| order.0)) as &[Option<Uuid>],
        &column(&rows, |(_, one)| one.payment.map(|payment| payment.0)) as &[Option<Uuid>],
        &column(&rows, |(_, one)| one.note.clone()),
        &column(&entries, |(id, _)| *id),
        &column(&entries, |(_, entry)| entry.tenant.0),
        &column(&entries, |_| Uuid::now_v7()),
        &column(&entries, |(_, entry)| <&str>::from(entry.account)) as &[&str],
        &column(&entries, |(_, entry)| entry.gateway.clone()),
        &column(&entries, |(_, entry)| entry.parcel.map(|parcel| parcel.0)) as &[Option<Uuid>],
        &column(&entries, |(_, entry)| entry.line.map(|line| line.0)) as &[Option<Uuid>],
        &column(&entries, |(_, entry)| entry.amount_minor),
    )
    .execute(conn)
    .await?;
    Ok(())
}

fn moves(transfer: &LedgerTransfer) -> bool {
    transfer.entries.iter().any(|entry| entry.amount_minor != 0)
}
