//! Asking gateways where payments and refunds stand. An answer that did not come is asked for again,
//! never assumed: when a notice arrives, when the shopper returns, and by the clock.

use futures_util::{StreamExt, stream};
use time::OffsetDateTime;

use super::{
    attempts::{self, AppliedOutcome, under_way},
    outcome, refund, refund_undone, store,
};
use crate::{
    kernel::{AccountId, Error, PaymentId, Result},
    payments::{
        self, Payment, PaymentState,
        gateway::{Outcome, RawNotice, Subject},
    },
    payouts,
    platform::{FaultPoint, Platform},
};

/// Payments, and refunds, that one run looks up.
const BATCH: i64 = 50;
/// Questions to gateways at the same time.
const AT_ONCE: usize = 10;

/// Asks the gateway where a payment stands, and applies the answer. An error means that it is not known.
pub async fn look_up(platform: &Platform, payment: &Payment) -> Result<AppliedOutcome> {
    let gateway = payments::gateway(&payment.gateway)?;
    let outcome = gateway.look_up(platform, &payment.begun()).await?;
    outcome::apply(platform, payment.id, outcome).await
}

/// Looks up a batch of what is due: open payments and pending refunds. Returns how many. Any number of
/// nodes may run it at once.
pub async fn look_up_due(platform: &Platform) -> Result<u64> {
    let now = platform.clock.now();
    let mut tx = platform.db.platform("due look-ups").await?;
    let due = payments::claim_due(&mut tx, now, BATCH).await?;
    let refunds = payments::claim_pending_refunds(&mut tx, now, BATCH).await?;
    tx.commit().await?;
    let count = due.len() + refunds.len();
    stream::iter(due)
        .for_each_concurrent(AT_ONCE, |payment| async move {
            if let Err(error) = look_up(platform, &payment).await {
                tracing::warn!(
                    ?error, payment = %payment.id, gateway = payment.gateway,
                    "it is not known yet what became of a payment; it will be asked again"
                );
            }
        })
        .await;
    stream::iter(refunds)
        .for_each_concurrent(AT_ONCE, |refund| async move {
            if let Err(error) = refund::settle_refund(platform, refund).await {
                tracing::warn!(
                    ?error, %refund,
                    "it is not known yet what became of a refund; it will be asked again"
                );
            }
        })
        .await;
    Ok(count as u64)
}

/// Handles a notice of a gateway, once. One whose signature does not hold is an [`Error::Invalid`]; one
/// whose subject cannot be looked up now is [`Error::Unavailable`], so that the gateway repeats it.
pub async fn hear(platform: &Platform, gateway: &str, notice: &RawNotice) -> Result<()> {
    let known = payments::gateway(gateway).map_err(|_| Error::NotFound("gateway"))?;
    if known.capabilities(&platform.config).is_none() {
        return Err(Error::NotFound("gateway"));
    }
    let seen = known.observe(&platform.config, notice)?;
    let now = platform.clock.now();
    let mut tx = platform.db.platform("gateway notice").await?;
    if payments::record_notice(&mut tx, gateway, &seen, now).await? {
        return Ok(());
    }
    // In the transaction that records the notice: what is heard is looked up, though this process ends.
    match seen.subject {
        Subject::Payment(payment) => payments::look_at_now(&mut tx, payment, now).await?,
        Subject::Refund(refund) => payments::look_at_refund_now(&mut tx, refund, now).await?,
        Subject::PayoutAccount | Subject::Dispute | Subject::Other => {}
    }
    tx.commit().await?;
    platform.fault_point(FaultPoint::NoticeRecorded);
    let looked = match seen.subject {
        Subject::Payment(payment) => look_at_payment(platform, gateway, payment).await,
        Subject::Refund(refund) => refund_undone::look_up(platform, refund).await,
        Subject::PayoutAccount => payouts::look_up_account(platform, &seen.reference).await,
        Subject::Dispute => payouts::look_up_dispute(platform, &seen.reference).await,
        Subject::Other => Ok(()),
    };
    match looked {
        // What is not kept here is not ours.
        Ok(()) | Err(Error::NotFound(_)) => {}
        Err(error) => {
            tracing::warn!(?error, gateway, kind = seen.kind, "a notice could not be looked up");
            return Err(Error::Unavailable { retry_after_seconds: 60 });
        }
    }
    platform.fault_point(FaultPoint::NoticeApplied);
    let mut tx = platform.db.platform("gateway notice handled").await?;
    payments::note_handled(&mut tx, gateway, &seen.id, platform.clock.now()).await?;
    tx.commit().await?;
    Ok(())
}

/// Looks up a payment, if it is one of this gateway.
async fn look_at_payment(platform: &Platform, gateway: &str, id: PaymentId) -> Result<()> {
    let mut tx = platform.db.platform("payment of a notice").await?;
    let payment = payments::find(&mut tx, id).await?;
    drop(tx);
    if payment.gateway != gateway {
        return Err(Error::NotFound("payment"));
    }
    look_up(platform, &payment).await?;
    Ok(())
}

/// A shopper is back from a gateway: looks the payment up, unless it is only being begun. Returns the
/// order's number. That it cannot be known now is no error: its page says so.
pub async fn look_up_returned(platform: &Platform, gateway: &str, id: PaymentId) -> Result<String> {
    let mut tx = platform.db.platform("returned payment").await?;
    let payment = payments::find(&mut tx, id).await?;
    if payment.gateway != gateway {
        return Err(Error::NotFound("payment"));
    }
    let order = store::by_id(&mut tx, payment.order_id).await?;
    drop(tx);
    if payment.state.is_open()
        && !is_being_begun(platform, &payment)
        && let Err(error) = look_up(platform, &payment).await
    {
        tracing::warn!(?error, payment = %id, "a returned payment could not be looked up");
        // The shopper has done their part: what is left is to ask.
        let asked = Outcome::Processing { reference: String::new() };
        outcome::apply(platform, id, asked).await?;
    }
    Ok(order.number)
}

/// Whether the call that begins a payment may still be under way: the gateway may not have heard of it.
fn is_being_begun(platform: &Platform, payment: &Payment) -> bool {
    payment.state == PaymentState::Created
        && platform.clock.now() - payment.created_at < platform.config.first_look
}

/// Ends the open payments of an order, without a transaction. One by the gateway of `same_press` that was
/// begun since its time is left, and counts as under way.
pub(super) async fn end_attempts(
    platform: &Platform,
    account: AccountId,
    number: &str,
    same_press: Option<(&str, OffsetDateTime)>,
) -> Result<()> {
    let mut tx = platform.db.platform("open payments").await?;
    let order = store::of_account(&mut tx, account, number).await?;
    let open = payments::open_of_orders(&mut tx, &[order.id.0]).await?;
    drop(tx);
    let is_same_press = |payment: &Payment| {
        same_press.is_some_and(|(gateway, since)| {
            payment.gateway == gateway && payment.created_at > since
        })
    };
    if open.iter().any(is_same_press) {
        return Err(under_way());
    }
    for payment in open {
        end_attempt(platform, &payment).await?;
    }
    Ok(())
}

/// Ends an open payment, so that another can be tried or the order cancelled: looks it up, and has the
/// gateway cancel what waits for the shopper. One that is paid, or that nobody can know of now, is told.
async fn end_attempt(platform: &Platform, payment: &Payment) -> Result<AppliedOutcome> {
    if is_being_begun(platform, payment) {
        return Err(under_way());
    }
    let unknown = |error: Error| {
        tracing::warn!(?error, payment = %payment.id, "it is not known if a payment was made");
        under_way()
    };
    let gateway = payments::gateway(&payment.gateway)?;
    let begun = payment.begun();
    let mut outcome = gateway.look_up(platform, &begun).await.map_err(unknown)?;
    if matches!(outcome, Outcome::RequiresAction { .. }) {
        outcome = gateway.void(platform, &begun).await.map_err(unknown)?;
        if matches!(outcome, Outcome::Failed { .. }) {
            return attempts::close_voided(platform, payment.id).await;
        }
    }
    match outcome::apply(platform, payment.id, outcome).await? {
        AppliedOutcome::Open => Err(under_way()),
        applied => Ok(applied),
    }
}

/// Makes sure that a closed payment takes no money; the job behind [`attempts::PAYMENT_VOID`]. What it took
/// meanwhile pays the order, or goes back. An error if that is not known yet: the job comes again.
pub async fn void_payment(platform: &Platform, id: PaymentId) -> Result<()> {
    let mut tx = platform.db.platform("void payment").await?;
    let payment = payments::find(&mut tx, id).await?;
    drop(tx);
    if payment.state.is_settled() {
        return Ok(());
    }
    let gateway = payments::gateway(&payment.gateway)?;
    match gateway.void(platform, &payment.begun()).await? {
        outcome @ (Outcome::Succeeded(_) | Outcome::Failed { .. }) => {
            outcome::apply(platform, id, outcome).await?;
            Ok(())
        }
        _ => Err(Error::Unavailable { retry_after_seconds: 60 }),
    }
}
