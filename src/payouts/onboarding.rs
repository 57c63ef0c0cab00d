//! An owner sets its provider's payouts up: at Stripe, or with one press in a sandbox.

use serde_json::json;
use time::Duration;

use super::{
    account::{self, AccountAnswer, PayoutAccount, PayoutState, Requirements},
    gate, look_up,
    stripe::{self, refused},
};
use crate::{
    access::{Actor, audit},
    kernel::{AccountId, Error, Result, TenantId},
    payments::{self, SANDBOX, StripeApi},
    platform::{Config, Platform, PortalPath, broker::Notice},
    providers::{self, Provider},
};

/// An account that is not enabled is looked up again when its owner looks at it, this long after the last
/// time at the earliest.
const LOOKED_AT_AGAIN: Duration = Duration::seconds(10);

/// The gateway that pays providers out: Stripe where it is set up, else the sandbox where there is one.
pub fn payout_gateway(config: &Config) -> Option<&'static str> {
    if config.stripe.is_some() {
        return Some(gate::stripe_accounts(config));
    }
    let sandbox = payments::gateway(SANDBOX).ok()?;
    sandbox.capabilities(config).map(|_| SANDBOX)
}

fn required_gateway(config: &Config) -> Result<&'static str> {
    payout_gateway(config).ok_or_else(|| {
        Error::conflict(
            "payouts_not_offered",
            "No gateway here pays providers out. Ask SMP how you are paid.",
        )
    })
}

/// The account of a provider, None without one. One that waits for something is looked up first, because its
/// owner may be back from Stripe before Stripe's notice is here.
pub async fn current(platform: &Platform, tenant: TenantId) -> Result<Option<PayoutAccount>> {
    let Some(gateway) = payout_gateway(&platform.config) else { return Ok(None) };
    let mut tx = platform.db.tenant(tenant).await?;
    let found = account::find(&mut tx, tenant, gateway).await?;
    drop(tx);
    let Some(waiting) = found.as_ref().filter(|account| {
        account.gateway != SANDBOX
            && account.state != PayoutState::Enabled
            && account.looked_at + LOOKED_AT_AGAIN <= platform.clock.now()
    }) else {
        return Ok(found);
    };
    if let Err(error) = look_up::look_up_account(platform, &waiting.reference).await {
        tracing::warn!(?error, provider = %tenant, "an account could not be looked up");
        return Ok(found);
    }
    let mut tx = platform.db.tenant(tenant).await?;
    account::find(&mut tx, tenant, gateway).await
}

/// Makes the provider's account if it has none. Returns the address of the gateway's form, which can be opened
/// once and soon; None where there is nothing to fill in.
pub async fn begin(platform: &Platform, tenant: TenantId, by: AccountId) -> Result<Option<String>> {
    let gateway = required_gateway(&platform.config)?;
    let mut tx = platform.db.tenant(tenant).await?;
    let provider = providers::require_open(&mut tx, tenant).await?;
    let known = account::find(&mut tx, tenant, gateway).await?;
    drop(tx);
    if gateway == SANDBOX {
        if known.is_none() {
            let answer = AccountAnswer {
                state: PayoutState::Enabled,
                charges_enabled: true,
                payouts_enabled: true,
                requirements: Requirements::default(),
                country: provider.country.clone(),
            };
            keep(platform, &provider, (SANDBOX, &format!("sandbox-{tenant}")), &answer, by).await?;
        }
        return Ok(None);
    }
    let api = StripeApi::new(platform)?;
    let reference = match known {
        Some(account) => account.reference,
        None => {
            let made = stripe::create_account(&api, tenant, &provider.country)
                .await
                .map_err(|error| refused(error, "account"))?;
            let reference = made.id.to_string();
            let answer = stripe::account_answer(&made);
            keep(platform, &provider, (gateway, &reference), &answer, by).await?;
            reference
        }
    };
    let page = platform.portal_url(PortalPath::ProviderPayouts { provider_slug: &provider.slug });
    let url = stripe::onboarding_url(&api, &reference, &page).await;
    url.map(Some).map_err(|error| refused(error, "account link"))
}

/// Keeps a new account, and notes who made it.
async fn keep(
    platform: &Platform,
    provider: &Provider,
    (gateway, reference): (&str, &str),
    answer: &AccountAnswer,
    by: AccountId,
) -> Result<()> {
    let (tenant, now) = (provider.id, platform.clock.now());
    let mut tx = platform.db.platform("new payout account").await?;
    account::insert(&mut tx, tenant, (gateway, reference), answer, now).await?;
    let is_news = gate::apply(&mut tx, &platform.config, tenant).await?;
    let subject = format!("provider {}", provider.slug);
    let details = json!({"gateway": gateway, "reference": reference});
    let actor = Actor::Account(by);
    audit::record(&mut tx, actor, tenant, "payout_onboarding_create", &subject, &details).await?;
    tx.commit().await?;
    if is_news {
        platform.broker.publish(Notice::ProviderChanged { tenant }).await;
    }
    Ok(())
}

/// The address of the gateway's own pages about the account, which can be opened once.
pub async fn dashboard(platform: &Platform, tenant: TenantId) -> Result<String> {
    let gateway = required_gateway(&platform.config)?;
    let mut tx = platform.db.tenant(tenant).await?;
    let account = account::find(&mut tx, tenant, gateway).await?;
    drop(tx);
    let Some(account) = account.filter(|account| account.gateway != SANDBOX) else {
        return Err(Error::conflict(
            "no_payout_dashboard",
            "There is no account at Stripe to look at. Set up payouts first.",
        ));
    };
    if account.state == PayoutState::Onboarding {
        return Err(Error::conflict(
            "payouts_not_finished",
            "Stripe shows its pages once you have finished setting up payouts. Continue there first.",
        ));
    }
    let api = StripeApi::new(platform)?;
    let url = stripe::login_url(&api, &account.reference).await;
    url.map_err(|error| refused(error, "login link"))
}
