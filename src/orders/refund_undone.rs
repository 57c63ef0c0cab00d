//! Refunds that fail after they were made: the shopper's bank did not take the money, and the gateway says so days
//! later. The money is owed again; what followed of the refund stands.

use super::{
    postings, refund, refund_effects, refund_events, refund_history,
    state::{CancelReason, OrderState},
    store, withdraw,
};
use crate::{
    kernel::{Error, RefundId, Result},
    payments::{
        self, Refund, RefundState,
        gateway::{RefundOrder, RefundOutcome},
    },
    platform::Platform,
};

/// Looks up a refund of which its gateway sent a notice: one that is under way is settled, and one that was made
/// is undone if it has failed since. An error means that it is not known.
pub(super) async fn look_up(platform: &Platform, id: RefundId) -> Result<()> {
    refund::settle_refund(platform, id).await?;
    let mut tx = platform.db.platform("refund of a notice").await?;
    let refund = payments::refund_find(&mut tx, id).await?.ok_or(Error::NotFound("refund"))?;
    let payment = payments::find(&mut tx, refund.payment_id).await?;
    drop(tx);
    let gateway = payments::gateway(&payment.gateway)?;
    if refund.state != RefundState::Succeeded
        || refund.reference.is_empty()
        || !gateway.refunds_may_come_back()
    {
        return Ok(());
    }
    let asked = RefundOrder {
        refund: id,
        payment: payment.begun(),
        amount: refund.amount(),
        reference: refund.reference.clone(),
    };
    match gateway.refund(platform, &asked).await? {
        RefundOutcome::Failed { reason } => undo(platform, &refund, &reason).await,
        RefundOutcome::Succeeded { .. } | RefundOutcome::Pending { .. } => Ok(()),
    }
}

/// Notes that a refund that was made has failed, once. It no longer counts as refunded, and the ledger takes it
/// back. Units that went back on sale, void vouchers, cancelled parcels and credit notes stay.
async fn undo(platform: &Platform, refund: &Refund, reason: &str) -> Result<()> {
    let now = platform.clock.now();
    let mut tx = platform.db.platform("undo refund").await?;
    let order = store::lock(&mut tx, refund.order_id).await?;
    let emptied_order = !refund.surplus && refund_effects::is_all_back(&mut tx, &order).await?;
    if !payments::refund_undo(&mut tx, refund.id, emptied_order, now).await? {
        return Ok(());
    }
    tracing::warn!(refund = %refund.id, reason, "a refund failed after it was made");
    let outcome = RefundOutcome::Failed { reason: reason.to_owned() };
    refund_history::record_outcome(&mut tx, refund, &outcome).await?;
    if !refund.surplus {
        store::add_refunded(&mut tx, order.id, -refund.amount_minor).await?;
        if emptied_order && order.state == OrderState::Confirmed && order.rest_is_unpaid() {
            // The units of its deposit are back on sale, so its rest is not to be paid any more.
            withdraw::cancel_confirmed(&mut tx, &order, CancelReason::RestUnpaid).await?;
        }
    }
    payments::refund_fail(&mut tx, refund.id, reason, now).await?;
    // The shopper was told that it was made, whatever was said before that.
    refund_events::publish_failed(&mut tx, &order, refund, reason, false).await?;
    postings::refund_failed(&mut tx, &order, refund, now).await?;
    tx.commit().await?;
    Ok(())
}
