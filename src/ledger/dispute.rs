//! What disputes post: the bank holds the money, gives it back, or keeps it at the provider's expense.

use std::collections::BTreeMap;

use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{
    money_back::posted_parts,
    transfer::{LedgerAccount, LedgerEntry, LedgerTransfer, TransferKind, post},
};
use crate::{
    kernel::{DisputeId, Money, OrderId, ParcelId, PaymentId, Result, TenantId},
    pricing::apportion,
};

/// What became of the money of a dispute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DisputeStep {
    /// The bank took it.
    Opened,
    /// The bank gave it back.
    Won,
    /// The bank keeps it.
    Lost,
}

/// Money that a shopper's bank disputes.
#[derive(Debug)]
pub struct DisputedMoney<'a> {
    pub dispute: DisputeId,
    pub order: OrderId,
    pub payment: PaymentId,
    pub gateway: &'a str,
    pub amount: &'a Money,
}

/// Posts a step of a dispute, once. It ends with the amount that it was opened with. What is lost the
/// providers of the order bear, each in proportion to what is left of its parcel; what they have no part in
/// stays with SMP. Platform scope.
pub async fn post_dispute(
    conn: &mut PgConnection,
    disputed: &DisputedMoney<'_>,
    step: DisputeStep,
    now: OffsetDateTime,
) -> Result<()> {
    let opened_key = format!("dispute-opened:{}", disputed.dispute);
    let transfer = |key: String, kind, note: &str, entries| LedgerTransfer {
        key,
        kind,
        currency: disputed.amount.currency.clone(),
        order: Some(disputed.order),
        payment: Some(disputed.payment),
        note: note.to_owned(),
        entries,
    };
    let moved = |to_disputes: i64, to_gateway: i64| {
        let cash = LedgerAccount::GatewayCash;
        vec![
            LedgerEntry::of_smp(LedgerAccount::Disputes, "", to_disputes),
            LedgerEntry::of_smp(cash, disputed.gateway, to_gateway),
        ]
    };
    if step == DisputeStep::Opened {
        let amount = disputed.amount.amount;
        let kind = TransferKind::DisputeOpened;
        let note = "The shopper’s bank disputes the payment";
        let opened = transfer(opened_key, kind, note, moved(amount, -amount));
        return post(conn, &[opened], now).await;
    }
    let amount = held(conn, &opened_key).await?;
    let closed = if step == DisputeStep::Won {
        let key = format!("dispute-won:{}", disputed.dispute);
        let note = "The dispute was won";
        transfer(key, TransferKind::DisputeWon, note, moved(-amount, amount))
    } else {
        let key = format!("dispute-lost:{}", disputed.dispute);
        let entries = borne(conn, disputed.order, amount).await?;
        transfer(key, TransferKind::DisputeLost, "The dispute was lost", entries)
    };
    post(conn, &[closed], now).await
}

/// What a bank took with a dispute, in minor units.
async fn held(conn: &mut PgConnection, opened_key: &str) -> Result<i64> {
    let held = sqlx::query_scalar!(
        r#"SELECT coalesce(sum(e.amount_minor), 0)::bigint AS "held!"
           FROM ledger_transfers t JOIN ledger_entries e ON e.transfer_id = t.id
           WHERE t.key = $1 AND e.account = 'disputes'"#,
        opened_key,
    );
    Ok(held.fetch_one(conn).await?)
}

/// The entries by which the providers of an order bear what was lost.
async fn borne(conn: &mut PgConnection, order: OrderId, amount: i64) -> Result<Vec<LedgerEntry>> {
    let mut of_parcels: BTreeMap<(TenantId, Option<ParcelId>), i64> = BTreeMap::new();
    for ((tenant, parcel, _), part) in posted_parts(conn, order, None).await? {
        if tenant != TenantId::PLATFORM {
            *of_parcels.entry((tenant, parcel)).or_default() += part.level_minor();
        }
    }
    let weights: Vec<i64> = of_parcels.values().copied().collect();
    let covered = amount.min(weights.iter().sum());
    let shares = apportion(&weights, covered);
    let mut entries: Vec<LedgerEntry> = of_parcels
        .into_keys()
        .zip(shares)
        .map(|((tenant, parcel), share)| LedgerEntry {
            tenant,
            parcel,
            ..LedgerEntry::of_smp(LedgerAccount::ProviderPayable, "", share)
        })
        .collect();
    entries.push(LedgerEntry::of_smp(LedgerAccount::Disputes, "", -covered));
    Ok(entries)
}
