//! What gateways keep of payments. Stripe tells it once a charge is booked, some time after it succeeded.

use futures_util::{StreamExt, TryStreamExt, stream};
use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};

use super::stripe::{STRIPE, StripeApi};
use crate::{
    kernel::{Error, Money, OrderId, PaymentId, Result},
    ledger::{self, LedgerAccount, LedgerEntry, LedgerTransfer, TransferKind},
    platform::Platform,
};

/// Payments that are claimed together.
const BATCH: i64 = 50;
/// Batches of one run, at most.
const BATCHES_MAX: usize = 10;
/// Questions to Stripe at the same time.
const AT_ONCE: usize = 5;
/// A fee that is not known yet is asked for again after this time.
const ASKED_AGAIN: Duration = Duration::minutes(10);

/// Asks Stripe for the fees of payments that it took, some hundreds of them. Any number of nodes may run it at once.
pub async fn note_fees(platform: &Platform) -> Result<()> {
    if platform.config.stripe.is_none() {
        return Ok(());
    }
    for _ in 0..BATCHES_MAX {
        let due = claim(platform).await?;
        let is_last = i64::try_from(due.len()).is_ok_and(|count| count < BATCH);
        stream::iter(due)
            .map(Ok::<_, Error>)
            .try_for_each_concurrent(AT_ONCE, |(payment, reference)| {
                ask(platform, payment, reference)
            })
            .await?;
        if is_last {
            break;
        }
    }
    Ok(())
}

/// Asks for the fee of a payment, and keeps it.
async fn ask(platform: &Platform, payment: PaymentId, reference: String) -> Result<()> {
    match StripeApi::new(platform)?.fee(&reference).await {
        Ok(Some(fee)) => note(platform, payment, &fee).await,
        Ok(None) => Ok(()),
        Err(refusal) => {
            tracing::warn!(%payment, %refusal, "the fee of a payment is not known yet");
            Ok(())
        }
    }
}

/// Payments without a known fee whose money Stripe took, also what paid for nothing and was returned, each with
/// Stripe's id of it. Each is due again later.
async fn claim(platform: &Platform) -> Result<Vec<(PaymentId, String)>> {
    let now = platform.clock.now();
    let mut tx = platform.db.platform("due fees").await?;
    let due = sqlx::query!(
        r#"WITH due AS (
               SELECT id FROM payments
               WHERE gateway = 'stripe' AND fee_minor IS NULL
                 AND (state = 'succeeded' OR fee_check_at IS NOT NULL)
                 AND reference <> '' AND (fee_check_at IS NULL OR fee_check_at <= $1)
               ORDER BY fee_check_at NULLS FIRST LIMIT $2 FOR UPDATE SKIP LOCKED
           )
           UPDATE payments p SET fee_check_at = $3 FROM due WHERE p.id = due.id
           RETURNING p.id AS "id: PaymentId", p.reference"#,
        now,
        BATCH,
        now + ASKED_AGAIN,
    )
    .fetch_all(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(due.into_iter().map(|row| (row.id, row.reference)).collect())
}

/// Has the fee of a payment asked for whose money pays for nothing: the gateway keeps one all the same.
pub async fn expect_fee(
    conn: &mut PgConnection,
    payment: PaymentId,
    now: OffsetDateTime,
) -> Result<()> {
    sqlx::query!(
        "UPDATE payments SET fee_check_at = $2 WHERE id = $1 AND gateway = $3",
        payment.0,
        now,
        STRIPE,
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn note(platform: &Platform, payment: PaymentId, fee: &Money) -> Result<()> {
    let mut tx = platform.db.platform("fee").await?;
    let order = sqlx::query_scalar!(
        r#"UPDATE payments SET fee_minor = $2, fee_currency = $3 WHERE id = $1 AND gateway = $4
           RETURNING order_id AS "order: OrderId""#,
        payment.0,
        fee.amount,
        fee.currency,
        STRIPE,
    )
    .fetch_optional(&mut *tx)
    .await?;
    let kept = LedgerTransfer {
        key: format!("fee:{payment}"),
        kind: TransferKind::Fee,
        currency: fee.currency.clone(),
        order,
        payment: Some(payment),
        note: "The gateway’s fee".to_owned(),
        entries: vec![
            LedgerEntry::of_smp(LedgerAccount::Fees, "", fee.amount),
            LedgerEntry::of_smp(LedgerAccount::GatewayCash, STRIPE, -fee.amount),
        ],
    };
    ledger::post(&mut tx, &[kept], platform.clock.now()).await?;
    tx.commit().await?;
    Ok(())
}
