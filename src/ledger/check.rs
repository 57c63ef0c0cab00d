//! The recount of the ledger: that its transfers are balanced, that what is owed to providers is the sum of
//! their entries, and that payments and refunds stand in it with their amounts, and nothing else does. In
//! batches by id, each as of one moment, so that it is exact while shoppers pay.

use sqlx::PgConnection;
use uuid::Uuid;

use super::difference::{DifferenceKind, FoundDifference};
use crate::{kernel::Result, platform::Platform};

/// Rows of one batch.
pub(super) const BATCH: i64 = 500;
/// Balances of one batch: each may have many entries.
const BALANCES: i64 = 20;

/// What one batch found, and the id at which the next begins; None after the last.
#[derive(Debug, Default)]
pub(super) struct CheckedBatch {
    pub found: Vec<FoundDifference>,
    pub next: Option<Uuid>,
}

/// What is recounted, one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CheckedPart {
    Transfers,
    Payments,
    Refunds,
    Balances,
}

impl CheckedPart {
    pub const ALL: [Self; 4] = [Self::Transfers, Self::Payments, Self::Refunds, Self::Balances];

    /// The batch of those with an id above `after`. Platform scope.
    pub async fn batch(self, conn: &mut PgConnection, after: Uuid) -> Result<CheckedBatch> {
        match self {
            Self::Transfers => transfers(conn, after).await,
            Self::Payments => payments(conn, after).await,
            Self::Refunds => refunds(conn, after).await,
            Self::Balances => balances(conn, after).await,
        }
    }
}

/// Recounts everything. Keeps nothing.
pub async fn check(platform: &Platform) -> Result<Vec<FoundDifference>> {
    let mut found = vec![];
    for part in CheckedPart::ALL {
        let mut after = Some(Uuid::nil());
        while let Some(id) = after {
            let mut tx = platform.db.platform("ledger check").await?;
            let batch = part.batch(&mut tx, id).await?;
            found.extend(batch.found);
            after = batch.next;
        }
    }
    Ok(found)
}

fn next(ids: impl Iterator<Item = Uuid>, limit: i64) -> Option<Uuid> {
    let ids: Vec<Uuid> = ids.collect();
    let is_full = i64::try_from(ids.len()).is_ok_and(|count| count >= limit);
    ids.last().copied().filter(|_| is_full)
}

/// That transfers are balanced, and that the payment or refund they follow from is settled.
async fn transfers(conn: &mut PgConnection, after: Uuid) -> Result<CheckedBatch> {
    let rows = sqlx::query!(
        r#"SELECT t.id AS "id!", t.key AS "key!", t.currency AS "currency!", e.total AS "total!", e.others AS "others!",
                  e.cash AS "cash!",
                  CASE WHEN t.key LIKE 'sale:%' OR t.key LIKE 'cash-due:%' THEN
                      p.state IN ('succeeded', 'due', 'collected', 'refused', 'cancelled')
                  END AS "paid?",
                  CASE WHEN t.refund_id IS NOT NULL THEN
                      r.state IN ('succeeded', 'settled_elsewhere') OR r.made_before
                  END AS "refunded?",
                  r.id IS NOT NULL AS "has_refund!", p.id IS NOT NULL AS "has_payment!"
           FROM (
               SELECT id, key, currency, payment_id,
                      -- Here, not in the join: policies let no cast near an index.
                      CASE WHEN key LIKE 'refund:%' OR key LIKE 'return:%'
                          THEN split_part(key, ':', 2)::uuid END AS refund_id
               FROM ledger_transfers
               WHERE id > $1 ORDER BY id LIMIT $2
           ) t
           CROSS JOIN LATERAL (
               SELECT coalesce(sum(amount_minor), 0)::bigint AS total,
                      count(*) FILTER (WHERE currency <> t.currency) AS others,
                      coalesce(sum(amount_minor) FILTER (
                          WHERE account IN ('gateway_cash', 'cash_to_collect')), 0)::bigint AS cash
               FROM ledger_entries WHERE transfer_id = t.id
           ) e
           LEFT JOIN payments p ON p.id = t.payment_id
           LEFT JOIN refunds r ON r.id = t.refund_id
           ORDER BY t.id"#,
        after,
        BATCH,
    )
    .fetch_all(conn)
    .await?;
    let mut found = vec![];
    for row in &rows {
        let mut differs = |kind, expected_minor, found_minor| {
            found.push(FoundDifference {
                kind,
                subject: row.key.clone(),
                expected_minor,
                found_minor: Some(found_minor),
                currency: row.currency.clone(),
            });
        };
        if row.total != 0 || row.others != 0 {
            differs(DifferenceKind::Unbalanced, Some(0), row.total);
        }
        let is_of_payment = row.key.starts_with("sale:") || row.key.starts_with("cash-due:");
        if is_of_payment && !(row.has_payment && row.paid == Some(true)) {
            differs(DifferenceKind::Payment, None, row.cash);
        }
        let is_of_refund = row.key.starts_with("refund:") || row.key.starts_with("return:");
        if is_of_refund && !(row.has_refund && row.refunded == Some(true)) {
            differs(DifferenceKind::Refund, None, row.cash);
        }
    }
    Ok(CheckedBatch { found, next: next(rows.iter().map(|row| row.id), BATCH) })
}

/// That payments that were settled stand in the ledger with their amounts.
async fn payments(conn: &mut PgConnection, after: Uuid) -> Result<CheckedBatch> {
    let rows = sqlx::query!(
        r#"SELECT p.id AS "id!", p.amount_minor AS "amount_minor!", p.currency AS "currency!",
                  posted.amount AS "amount?",
                  p.is_settled AS "is_settled!"
           FROM (
               SELECT id, amount_minor, currency,
                      state IN ('succeeded', 'due', 'collected', 'refused') AS is_settled
               FROM payments WHERE id > $1 ORDER BY id LIMIT $2
           ) p
           LEFT JOIN LATERAL (
               SELECT sum(e.amount_minor)::bigint AS amount
               FROM ledger_transfers t JOIN ledger_entries e ON e.transfer_id = t.id
               WHERE t.key IN ('sale:' || p.id, 'taken:' || p.id, 'cash-due:' || p.id)
                 AND e.account IN ('gateway_cash', 'cash_to_collect')
           ) posted ON p.is_settled
           ORDER BY p.id"#,
        after,
        BATCH,
    )
    .fetch_all(conn)
    .await?;
    let differs =
        |settled: bool, amount: i64, posted: Option<i64>| settled && posted.unwrap_or(0) != amount;
    let found = rows
        .iter()
        .filter(|row| differs(row.is_settled, row.amount_minor, row.amount))
        .map(|row| FoundDifference {
            kind: DifferenceKind::Payment,
            subject: row.id.to_string(),
            expected_minor: Some(row.amount_minor),
            found_minor: row.amount,
            currency: row.currency.clone(),
        });
    Ok(CheckedBatch { found: found.collect(), next: next(rows.iter().map(|row| row.id), BATCH) })
}

/// That refunds that succeeded stand in the ledger with their amounts, and others with nothing: what failed after
/// it was made was taken back.
async fn refunds(conn: &mut PgConnection, after: Uuid) -> Result<CheckedBatch> {
    let rows = sqlx::query!(
        r#"SELECT r.id AS "id!", r.amount_minor AS "amount_minor!", r.currency AS "currency!",
                  posted.amount AS "amount?",
                  r.is_settled AS "is_settled!"
           FROM (
               SELECT id, amount_minor, currency,
                      state IN ('succeeded', 'settled_elsewhere') AS is_settled, made_before
               FROM refunds WHERE id > $1 ORDER BY id LIMIT $2
           ) r
           LEFT JOIN LATERAL (
               SELECT -sum(e.amount_minor)::bigint AS amount
               FROM ledger_transfers t JOIN ledger_entries e ON e.transfer_id = t.id
               WHERE t.key IN ('refund:' || r.id, 'return:' || r.id, 'refund-failed:' || r.id,
                               'refund:' || r.id || ':again', 'return:' || r.id || ':again')
                 AND e.account = 'gateway_cash'
           ) posted ON r.is_settled OR r.made_before
           ORDER BY r.id"#,
        after,
        BATCH,
    )
    .fetch_all(conn)
    .await?;
    let found = rows
        .iter()
        .filter(|row| row.amount.unwrap_or(0) != if row.is_settled { row.amount_minor } else { 0 })
        .map(|row| FoundDifference {
            kind: DifferenceKind::Refund,
            subject: row.id.to_string(),
            expected_minor: row.is_settled.then_some(row.amount_minor),
            found_minor: row.amount,
            currency: row.currency.clone(),
        });
    Ok(CheckedBatch { found: found.collect(), next: next(rows.iter().map(|row| row.id), BATCH) })
}

/// That what is owed to providers is the sum of their entries.
async fn balances(conn: &mut PgConnection, after: Uuid) -> Result<CheckedBatch> {
    let rows = sqlx::query!(
        r#"SELECT b.tenant_id AS "tenant_id!", coalesce(s.currency, '') AS "currency!", s.kept AS "kept?",
                  s.counted AS "counted?"
           FROM (
               SELECT tenant_id FROM providers WHERE tenant_id > $1 ORDER BY tenant_id LIMIT $2
           ) b
           LEFT JOIN LATERAL (
               SELECT coalesce(k.currency, e.currency) AS currency, k.balance_minor AS kept,
                      e.counted
               FROM (
                   SELECT currency, balance_minor FROM provider_payables
                   WHERE tenant_id = b.tenant_id
               ) k
               FULL JOIN (
                   SELECT currency, -sum(amount_minor)::bigint AS counted FROM ledger_entries
                   WHERE tenant_id = b.tenant_id AND account = 'provider_payable'
                   GROUP BY currency
               ) e ON e.currency = k.currency
           ) s ON true
           ORDER BY b.tenant_id"#,
        after,
        BALANCES,
    )
    .fetch_all(conn)
    .await?;
    let found =
        rows.iter().filter(|row| row.kept.unwrap_or(0) != row.counted.unwrap_or(0)).map(|row| {
            FoundDifference {
                kind: DifferenceKind::Balance,
                subject: format!("{} {}", row.tenant_id, row.currency),
                expected_minor: row.counted,
                found_minor: row.kept,
                currency: row.currency.clone(),
            }
        });
    let mut tenants: Vec<Uuid> = rows.iter().map(|row| row.tenant_id).collect();
    tenants.dedup();
    Ok(CheckedBatch { found: found.collect(), next: next(tenants.into_iter(), BALANCES) })
}
