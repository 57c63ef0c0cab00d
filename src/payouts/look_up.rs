//! Asking Stripe where providers' accounts stand: when a notice arrives, when an owner returns, and by the
//! clock.

use futures_util::{StreamExt, stream};
use time::Duration;

use super::{
    account::{self, AccountAnswer},
    dispute, dispute_look_up, gate,
    stripe::{self, refused},
};
use crate::{
    kernel::{Error, Result, TenantId},
    payments::StripeApi,
    platform::{Platform, broker::Notice},
};

/// Accounts, and disputes, that one run looks up.
const BATCH: i64 = 50;
/// Questions to Stripe at the same time.
const AT_ONCE: usize = 10;
/// An account is looked up by the clock this often.
const LOOKED_UP_EVERY: Duration = Duration::days(1);

/// Looks up an account and keeps what Stripe says. One that is not kept here is [`Error::NotFound`].
pub async fn look_up_account(platform: &Platform, reference: &str) -> Result<()> {
    let mut tx = platform.db.platform("payout account").await?;
    let known =
        account::by_reference(&mut tx, gate::stripe_accounts(&platform.config), reference).await?;
    drop(tx);
    let tenant = known.ok_or(Error::NotFound("payout account"))?.tenant;
    let asked_at = platform.clock.now();
    let api = StripeApi::new(platform)?;
    let found =
        stripe::account(&api, reference).await.map_err(|error| refused(error, "account"))?;
    let answer = stripe::account_answer(&found);
    let mut tx = platform.db.platform("payout account").await?;
    account::update(&mut tx, tenant, gate::stripe_accounts(&platform.config), &answer, asked_at)
        .await?;
    let is_news = gate::apply(&mut tx, &platform.config, tenant).await?;
    tx.commit().await?;
    tell(platform, tenant, &answer, is_news).await;
    Ok(())
}

async fn tell(platform: &Platform, tenant: TenantId, answer: &AccountAnswer, is_news: bool) {
    if is_news {
        tracing::info!(provider = %tenant, state = ?answer.state, "whether a provider can be paid changed");
        platform.broker.publish(Notice::ProviderChanged { tenant }).await;
    }
}

/// Looks up a batch of what is due: accounts daily, open disputes hourly. Any number of nodes may run it at
/// once.
pub async fn look_up_due(platform: &Platform) -> Result<()> {
    if platform.config.stripe.is_none() {
        return Ok(());
    }
    let gateway = gate::stripe_accounts(&platform.config);
    let now = platform.clock.now();
    let mut tx = platform.db.platform("due accounts and disputes").await?;
    let accounts = account::claim_due(&mut tx, gateway, now, now + LOOKED_UP_EVERY, BATCH).await?;
    let disputes = dispute::claim_due(&mut tx, now, BATCH).await?;
    tx.commit().await?;
    stream::iter(accounts)
        .for_each_concurrent(AT_ONCE, |reference| async move {
            if let Err(error) = look_up_account(platform, &reference).await {
                tracing::warn!(?error, reference, "a provider's account could not be looked up");
            }
        })
        .await;
    stream::iter(disputes)
        .for_each_concurrent(AT_ONCE, |reference| async move {
            if let Err(error) = dispute_look_up::look_up_dispute(platform, &reference).await {
                tracing::warn!(?error, reference, "a dispute could not be looked up");
            }
        })
        .await;
    Ok(())
}
