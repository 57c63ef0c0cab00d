//! What gateways keep of payments. Stripe tells it once a charge is booked, some time after it succeeded.

use time::Duration;

use super::stripe::{STRIPE, StripeApi};
use crate::{
    kernel::{Money, OrderId, PaymentId, Result},
    ledger::{self, LedgerAccount, LedgerEntry, LedgerTransfer, TransferKind},
    platform::Platform,
};

/// Payments that one run asks for.
const BATCH: i64 = 20;
/// A fee that is not known yet is asked for again after this time.
const ASKED_AGAIN: Duration = Duration::minutes(10);

/// Asks Stripe for the fees of payments that succeeded, a batch of them. Any number of nodes may run it at once.
pub async fn note_fees(platform: &Platform) -> Result<()> {
    if platform.config.stripe.is_none() {
        return Ok(());
    }
    let api = StripeApi::new(platform)?;
    for (payment, reference) in claim(platform).await? {
        match api.fee(&reference).await {
            Ok(Some(fee)) => note(platform, payment, &fee).await?,
            Ok(None) => {}
            Err(refusal) => {
                tracing::warn!(%payment, %refusal, "the fee of a payment is not known yet");
            }
        }
    }
    Ok(())
}

/// Payments without a known fee, each with Stripe's id of it. Each is due again later.
async fn claim(platform: &Platform) -> Result<Vec<(PaymentId, String)>> {
    let now = platform.clock.now();
    let mut tx = platform.db.platform("due fees").await?;
    let due = sqlx::query!(
        r#"WITH due AS (
               SELECT id FROM payments
               WHERE gateway = 'stripe' AND state = 'succeeded' AND fee_minor IS NULL
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
