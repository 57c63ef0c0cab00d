//! Asking Stripe where disputes stand: when a notice arrives, and by the clock.

use ::stripe_shared::Dispute as StripeDispute;
use time::OffsetDateTime;

use super::{
    dispute::{self, DisputeAnswer},
    stripe::{self, refused},
};
use crate::{
    kernel::{Error, Result},
    payments::{self, STRIPE, StripeApi},
    platform::Platform,
};

/// Looks up a dispute and keeps what Stripe says. One of a payment that is not kept here is
/// [`Error::NotFound`].
pub async fn look_up_dispute(platform: &Platform, reference: &str) -> Result<()> {
    let asked_at = platform.clock.now();
    let api = StripeApi::new(platform)?;
    let found =
        stripe::dispute(&api, reference).await.map_err(|error| refused(error, "dispute"))?;
    keep(platform, &found, asked_at).await?;
    Ok(())
}

/// Keeps what Stripe said of a dispute, when it was asked at this time, and returns it. One of a payment that
/// is not kept here is [`Error::NotFound`].
pub(super) async fn keep(
    platform: &Platform,
    found: &StripeDispute,
    asked_at: OffsetDateTime,
) -> Result<DisputeAnswer> {
    let answer = stripe::dispute_answer(found).ok_or(Error::NotFound("payment"))?;
    let mut tx = platform.db.platform("dispute").await?;
    let payment = payments::by_reference(&mut tx, STRIPE, &answer.intent).await?;
    let payment = payment.ok_or(Error::NotFound("payment"))?;
    dispute::note(&mut tx, &payment, &answer, asked_at).await?;
    tx.commit().await?;
    Ok(answer)
}

/// Looks through Stripe's newest disputes for those whose notice never came. Any number of nodes may run it at
/// once.
pub async fn find_disputes(platform: &Platform) -> Result<()> {
    if platform.config.stripe.is_none() {
        return Ok(());
    }
    let asked_at = platform.clock.now();
    let api = StripeApi::new(platform)?;
    let found = stripe::disputes(&api).await.map_err(|error| refused(error, "disputes"))?;
    for answer in found.iter().filter_map(stripe::dispute_answer) {
        let mut tx = platform.db.platform("disputes").await?;
        if let Some(payment) = payments::by_reference(&mut tx, STRIPE, &answer.intent).await? {
            dispute::note(&mut tx, &payment, &answer, asked_at).await?;
            tx.commit().await?;
        }
    }
    Ok(())
}
