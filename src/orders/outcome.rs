//! What follows from what a gateway says of a payment: in answer to a call or a look-up, in a notice, or
//! through the shopper's return or code. Repeats, late news and another order of the same news lead to
//! the same result.

use super::{
    attempts::{self, AppliedOutcome},
    history::HistoryKind,
    settle,
    settlement::Settlement,
};
use crate::{
    kernel::{PaymentId, Result},
    payments::{
        self, PaymentMove, PaymentState,
        gateway::{NextAction, Outcome},
    },
    platform::{FaultPoint, Platform},
};

/// Applies what a gateway says of a payment.
pub async fn apply(
    platform: &Platform,
    payment: PaymentId,
    outcome: Outcome,
) -> Result<AppliedOutcome> {
    if matches!(outcome, Outcome::Succeeded(_) | Outcome::Due { .. }) {
        platform.fault_point(FaultPoint::OutcomeKnown);
    }
    match outcome {
        Outcome::Succeeded(taken) => {
            settle::settle(platform, payment, Settlement::Taken(taken)).await
        }
        Outcome::Due { reference } => {
            settle::settle(platform, payment, Settlement::Due { reference }).await
        }
        Outcome::RequiresAction { reference, action } => {
            let to = PaymentState::RequiresAction;
            still_open(platform, payment, to, &reference, Some(&action)).await
        }
        Outcome::Processing { reference } => {
            still_open(platform, payment, PaymentState::Processing, &reference, None).await
        }
        Outcome::Failed { reference, reason } => {
            failed(platform, payment, &reference, &reason).await
        }
    }
}

async fn still_open(
    platform: &Platform,
    id: PaymentId,
    to: PaymentState,
    reference: &str,
    action: Option<&NextAction>,
) -> Result<AppliedOutcome> {
    let now = platform.clock.now();
    let mut tx = platform.db.platform("payment under way").await?;
    let (order, payment) = attempts::lock(&mut tx, id).await?;
    if payment.state.is_settled() {
        return Ok(AppliedOutcome::Settled);
    }
    if !payment.state.is_open() {
        // It was closed while the gateway worked: a job makes sure that it takes nothing.
        payments::record_reference(&mut tx, id, reference, now).await?;
        attempts::void_later(&mut tx, id).await?;
        tx.commit().await?;
        return Ok(AppliedOutcome::Over);
    }
    let change = PaymentMove { reference, action, ..PaymentMove::to(to) };
    payments::move_payment(&mut tx, id, &change, false, now).await?;
    if payment.state == PaymentState::Created {
        attempts::publish_attempt(&mut tx, order.id, to).await?;
    }
    tx.commit().await?;
    Ok(AppliedOutcome::Open)
}

async fn failed(
    platform: &Platform,
    id: PaymentId,
    reference: &str,
    reason: &str,
) -> Result<AppliedOutcome> {
    let now = platform.clock.now();
    let mut tx = platform.db.platform("payment failed").await?;
    let (order, payment) = attempts::lock(&mut tx, id).await?;
    if payment.state.is_settled() {
        // An older answer, overtaken by a newer one.
        return Ok(AppliedOutcome::Settled);
    }
    if !payment.state.is_open() {
        return Ok(AppliedOutcome::Over);
    }
    let to = PaymentState::Failed;
    let change = PaymentMove { reference, failure: Some(reason), ..PaymentMove::to(to) };
    payments::move_payment(&mut tx, id, &change, false, now).await?;
    if payment.state == PaymentState::Created {
        attempts::publish_attempt(&mut tx, order.id, to).await?;
    }
    let word = Some(("reason", reason));
    attempts::record(&mut tx, &order, id, HistoryKind::PaymentFailed, word).await?;
    attempts::end_extension(&mut tx, order.id).await?;
    attempts::publish_failure(&mut tx, &order, id).await?;
    tx.commit().await?;
    Ok(AppliedOutcome::Failed)
}
