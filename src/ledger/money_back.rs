//! What is posted when money goes back, or was never to come: refunds, returned payments, cash.

use std::collections::BTreeMap;

use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{
    rules::{AccountStanding, PostedPart},
    transfer::{LedgerAccount, LedgerEntry, LedgerTransfer, TransferKind, post},
};
use crate::{
    kernel::{LineId, Money, OrderId, ParcelId, PaymentId, RefundId, Result, TenantId},
    pricing::apportion,
};

/// Whose a part of an order is.
pub(super) type PartKey = (TenantId, Option<ParcelId>, Option<LineId>);

/// A refund that succeeded.
#[derive(Debug)]
pub struct RefundedMoney<'a> {
    pub refund: RefundId,
    pub order: OrderId,
    pub order_number: &'a str,
    pub payment: PaymentId,
    pub gateway: &'a str,
    /// The parcel it is for; None: the whole order.
    pub parcel: Option<ParcelId>,
    /// What it takes of each line, in minor units, when it names its lines; else empty.
    pub lines: &'a [(LineId, i64)],
    pub amount: &'a Money,
    /// It had paid for nothing.
    pub surplus: bool,
}

/// What the parts of a locked order brought and did not give back, of those with something left.
pub(super) async fn posted_parts(
    conn: &mut PgConnection,
    order: OrderId,
    parcel: Option<ParcelId>,
) -> Result<BTreeMap<PartKey, PostedPart>> {
    let rows = sqlx::query!(
        r#"SELECT e.tenant_id AS "tenant!: TenantId", e.parcel_id AS "parcel?: ParcelId",
                  e.line_id AS "line?: LineId", e.account AS "account!: LedgerAccount",
                  sum(e.amount_minor)::bigint AS "amount!"
           FROM ledger_transfers t JOIN ledger_entries e ON e.transfer_id = t.id
           WHERE t.order_id = $1 AND t.kind IN ('sale', 'cash_due', 'refund', 'refund_failed')
             AND e.account NOT IN ('gateway_cash', 'cash_to_collect', 'refunds')
             AND ($2::uuid IS NULL OR e.parcel_id = $2)
           GROUP BY 1, 2, 3, 4 HAVING sum(e.amount_minor) <> 0"#,
        order.0,
        parcel.map(|parcel| parcel.0),
    )
    .fetch_all(conn)
    .await?;
    let mut parts: BTreeMap<PartKey, PostedPart> = BTreeMap::new();
    for row in rows {
        let part = parts.entry((row.tenant, row.parcel, row.line)).or_default();
        part.standing.push((row.account, row.amount));
    }
    for part in parts.values_mut() {
        part.standing.sort_unstable();
    }
    parts.retain(|_, part| part.level_minor() > 0);
    Ok(parts)
}

/// The entries that take an amount back of the parts of an order, and what of it they do not have.
fn taken_back(parts: &BTreeMap<PartKey, PostedPart>, amount: i64) -> (Vec<LedgerEntry>, i64) {
    let levels: Vec<i64> = parts.values().map(PostedPart::level_minor).collect();
    let covered = amount.min(levels.iter().sum());
    let shares = apportion(&levels, covered);
    let mut entries = vec![];
    for ((key, part), share) in parts.iter().zip(shares) {
        let moved = part.taken_back(share).into_iter();
        entries.extend(moved.map(|standing| entry(*key, standing)));
    }
    (entries, amount - covered)
}

/// The entries that take a refund back of the parts of an order, and what of it they do not have: of the
/// lines that it names first, and what those do not have of all parts.
fn taken_back_of(
    mut parts: BTreeMap<PartKey, PostedPart>,
    lines: &[(LineId, i64)],
    amount: i64,
) -> (Vec<LedgerEntry>, i64) {
    let (mut entries, mut left) = (vec![], amount);
    for (line, named) in lines {
        let Some((key, part)) = parts.iter_mut().find(|(key, _)| key.2 == Some(*line)) else {
            continue;
        };
        let share = (*named).min(part.level_minor()).min(left);
        let moved = part.taken_back(share);
        part.add(&moved);
        entries.extend(moved.into_iter().map(|standing| entry(*key, standing)));
        left -= share;
    }
    let (rest, uncovered) = taken_back(&parts, left);
    entries.extend(rest);
    (entries, uncovered)
}

fn entry((tenant, parcel, line): PartKey, (account, amount_minor): AccountStanding) -> LedgerEntry {
    LedgerEntry { account, tenant, gateway: String::new(), parcel, line, amount_minor }
}

/// Posts a refund: its providers and SMP's commission give back their shares, of the lines that it names or
/// of all parts. Money that paid for nothing, or for an order that never was, is no longer owed to the
/// shopper. One that was taken back before is posted once more. The order is locked.
pub async fn post_refund(
    conn: &mut PgConnection,
    refunded: &RefundedMoney<'_>,
    now: OffsetDateTime,
) -> Result<()> {
    let amount = refunded.amount.amount;
    let parts = if refunded.surplus {
        BTreeMap::new()
    } else {
        posted_parts(conn, refunded.order, refunded.parcel).await?
    };
    let is_of_sale = !parts.is_empty();
    let (mut entries, uncovered) = taken_back_of(parts, refunded.lines, amount);
    if uncovered > 0 && is_of_sale {
        let refund = refunded.refund;
        tracing::error!(%refund, uncovered, "more was refunded than the ledger has of the order");
    }
    entries.push(LedgerEntry::of_smp(LedgerAccount::Refunds, "", uncovered));
    let cash = LedgerAccount::GatewayCash;
    entries.push(LedgerEntry::of_smp(cash, refunded.gateway, -amount));
    let (kind, key) = if refunded.surplus {
        (TransferKind::PaymentReturn, "return")
    } else {
        (TransferKind::Refund, "refund")
    };
    let what = if refunded.surplus { "returned" } else { "refunded" };
    let again = if was_taken_back(conn, refunded.refund).await? { AGAIN } else { "" };
    let transfer = LedgerTransfer {
        key: format!("{key}:{}{again}", refunded.refund),
        kind,
        currency: refunded.amount.currency.clone(),
        order: Some(refunded.order),
        payment: Some(refunded.payment),
        note: format!("Order {}: {what}", refunded.order_number),
        entries,
    };
    post(conn, &[transfer], now).await
}

/// What the key of a refund ends with that was made once more after it was taken back.
const AGAIN: &str = ":again";

fn failed_key(refund: RefundId) -> String {
    format!("refund-failed:{refund}")
}

async fn was_taken_back(conn: &mut PgConnection, refund: RefundId) -> Result<bool> {
    let found = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM ledger_transfers WHERE key = $1) AS "was!""#,
        failed_key(refund),
    );
    Ok(found.fetch_one(conn).await?)
}

/// Takes back what was posted of a refund that failed after it was made, once: the same entries the other way
/// round. The order is locked.
pub async fn post_refund_failed(
    conn: &mut PgConnection,
    refund: RefundId,
    order_number: &str,
    now: OffsetDateTime,
) -> Result<()> {
    let rows = sqlx::query!(
        r#"SELECT t.kind AS "kind!: TransferKind", t.order_id AS "order?: OrderId",
                  t.payment_id AS "payment?: PaymentId", e.currency AS "currency!",
                  e.account AS "account!: LedgerAccount", e.tenant_id AS "tenant!: TenantId",
                  e.gateway AS "gateway!", e.parcel_id AS "parcel?: ParcelId",
                  e.line_id AS "line?: LineId", e.amount_minor AS "amount!"
           FROM ledger_transfers t JOIN ledger_entries e ON e.transfer_id = t.id
           WHERE t.key IN ($1, $2) ORDER BY e.tenant_id, e.id"#,
        format!("refund:{refund}"),
        format!("return:{refund}"),
    )
    .fetch_all(&mut *conn)
    .await?;
    let Some(first) = rows.first() else { return Ok(()) };
    let kind = match first.kind {
        TransferKind::Refund => TransferKind::RefundFailed,
        other => other,
    };
    let (currency, order, payment) = (first.currency.clone(), first.order, first.payment);
    let entries = rows.into_iter().map(|row| LedgerEntry {
        account: row.account,
        tenant: row.tenant,
        gateway: row.gateway,
        parcel: row.parcel,
        line: row.line,
        amount_minor: -row.amount,
    });
    let transfer = LedgerTransfer {
        key: failed_key(refund),
        kind,
        currency,
        order,
        payment,
        note: format!("Order {order_number}: the refund came back"),
        entries: entries.collect(),
    };
    post(conn, &[transfer], now).await
}

/// Posts that a gateway took money that pays for nothing: it is owed to the shopper.
pub async fn post_taken(
    conn: &mut PgConnection,
    order: OrderId,
    payment: PaymentId,
    gateway: &str,
    amount: &Money,
    now: OffsetDateTime,
) -> Result<()> {
    let transfer = LedgerTransfer {
        key: format!("taken:{payment}"),
        kind: TransferKind::PaymentReturn,
        currency: amount.currency.clone(),
        order: Some(order),
        payment: Some(payment),
        note: "Taken for nothing, to be returned".to_owned(),
        entries: vec![
            LedgerEntry::of_smp(LedgerAccount::GatewayCash, gateway, amount.amount),
            LedgerEntry::of_smp(LedgerAccount::Refunds, "", -amount.amount),
        ],
    };
    post(conn, &[transfer], now).await
}

/// Posts that a provider collected the cash for a parcel: it has its money, and owes the commission.
pub async fn cash_collected(
    conn: &mut PgConnection,
    order: OrderId,
    payment: PaymentId,
    parcel: (TenantId, ParcelId),
    currency: &str,
    now: OffsetDateTime,
) -> Result<()> {
    let due = sqlx::query_scalar!(
        r#"SELECT coalesce(sum(e.amount_minor), 0)::bigint AS "due!"
           FROM ledger_transfers t JOIN ledger_entries e ON e.transfer_id = t.id
           WHERE t.order_id = $1 AND e.tenant_id = $2 AND e.parcel_id = $3
             AND e.account = 'cash_to_collect'"#,
        order.0,
        parcel.0.0,
        parcel.1.0,
    )
    .fetch_one(&mut *conn)
    .await?;
    let key = (parcel.0, Some(parcel.1), None);
    let transfer = LedgerTransfer {
        key: format!("cash-collected:{}", parcel.1),
        kind: TransferKind::CashCollected,
        currency: currency.to_owned(),
        order: Some(order),
        payment: Some(payment),
        note: "Cash collected at the door".to_owned(),
        entries: vec![
            entry(key, (LedgerAccount::ProviderPayable, due)),
            entry(key, (LedgerAccount::CashToCollect, -due)),
        ],
    };
    post(conn, &[transfer], now).await
}

/// Why cash is not to be collected any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CashNotDue {
    /// The parcel was refused at the door.
    Refused(ParcelId),
    /// The parcel's sale was cancelled before it was sent.
    CalledOff(ParcelId),
    /// The order was cancelled before it was sent.
    Cancelled,
}

impl CashNotDue {
    fn parcel(self) -> Option<ParcelId> {
        match self {
            Self::Refused(parcel) | Self::CalledOff(parcel) => Some(parcel),
            Self::Cancelled => None,
        }
    }

    fn key(self, order: OrderId) -> String {
        match self {
            Self::Refused(parcel) => format!("cash-refused:{parcel}"),
            Self::CalledOff(parcel) => format!("cash-called-off:{parcel}"),
            Self::Cancelled => format!("cash-cancelled:{order}"),
        }
    }

    fn note(self) -> &'static str {
        match self {
            Self::Refused(_) => "Refused at the door",
            Self::CalledOff(_) => "Called off with its sale",
            Self::Cancelled => "Cancelled before it was sent",
        }
    }
}

/// Posts that cash is not to be collected any more, for a parcel or for what is left of an order. Of an order
/// that was not to be paid in cash, nothing is posted. The order is locked.
pub async fn cash_withdrawn(
    conn: &mut PgConnection,
    order: OrderId,
    why: CashNotDue,
    currency: &str,
    now: OffsetDateTime,
) -> Result<()> {
    let parcel = why.parcel();
    let due = sqlx::query!(
        r#"SELECT e.tenant_id AS "tenant!: TenantId", e.parcel_id AS "parcel?: ParcelId",
                  sum(e.amount_minor)::bigint AS "amount!"
           FROM ledger_transfers t JOIN ledger_entries e ON e.transfer_id = t.id
           WHERE t.order_id = $1 AND ($2::uuid IS NULL OR e.parcel_id = $2)
             AND e.account = 'cash_to_collect'
           GROUP BY 1, 2 HAVING sum(e.amount_minor) > 0"#,
        order.0,
        parcel.map(|parcel| parcel.0),
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut parts = posted_parts(conn, order, parcel).await?;
    let mut entries = vec![];
    for row in due {
        let of_parcel = |key: &PartKey| key.0 == row.tenant && key.1 == row.parcel;
        let these: BTreeMap<PartKey, PostedPart> =
            parts.extract_if(.., |key, _| of_parcel(key)).collect();
        let (back, uncovered) = taken_back(&these, row.amount);
        entries.extend(back);
        let key = (row.tenant, row.parcel, None);
        entries.push(entry(key, (LedgerAccount::CashToCollect, -row.amount)));
        entries.push(entry(key, (LedgerAccount::Rounding, uncovered)));
    }
    let transfer = LedgerTransfer {
        key: why.key(order),
        kind: TransferKind::CashDue,
        currency: currency.to_owned(),
        order: Some(order),
        payment: None,
        note: why.note().to_owned(),
        entries,
    };
    post(conn, &[transfer], now).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refund_takes_of_every_part_and_says_what_it_did_not_find() {
        let (first, second) = (TenantId::new(), TenantId::new());
        let part = |commission: i64, payable: i64| PostedPart {
            standing: vec![
                (LedgerAccount::Commission, -commission),
                (LedgerAccount::ProviderPayable, -payable),
            ],
        };
        let parts = BTreeMap::from([
            ((first, Some(ParcelId::new()), Some(LineId::new())), part(30, 270)),
            ((second, Some(ParcelId::new()), Some(LineId::new())), part(10, 90)),
        ]);
        let sum = |entries: &[LedgerEntry], tenant| -> i64 {
            let of_tenant = entries.iter().filter(|entry| entry.tenant == tenant);
            of_tenant.map(|entry| entry.amount_minor).sum()
        };
        let (half, uncovered) = taken_back(&parts, 200);
        assert_eq!((sum(&half, first), sum(&half, second), uncovered), (150, 50, 0));
        let (all, uncovered) = taken_back(&parts, 450);
        assert_eq!((sum(&all, first), sum(&all, second), uncovered), (300, 100, 50));

        // Of the lines that are named first, and of the others what those do not have.
        let line_of = |tenant: TenantId| {
            let key = parts.keys().find(|key| key.0 == tenant).unwrap();
            key.2.unwrap()
        };
        let named = [(line_of(first), 20), (line_of(second), 100)];
        let (of_lines, uncovered) = taken_back_of(parts.clone(), &named, 120);
        assert_eq!((sum(&of_lines, first), sum(&of_lines, second), uncovered), (20, 100, 0));
        let (over, uncovered) = taken_back_of(parts.clone(), &[(line_of(second), 150)], 150);
        assert_eq!((sum(&over, first), sum(&over, second), uncovered), (50, 100, 0));
    }
}
