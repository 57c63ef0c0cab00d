//! Whether a provider has to be payable before its hosted sales go live, and what keeps it from being so. The
//! answer travels with the provider's state, in `providers.payouts_blocked`.

use std::collections::HashMap;

use sqlx::PgConnection;

use super::{account, rules};
use crate::{
    events::Event,
    kernel::{Result, TenantId},
    payments::STRIPE,
    platform::{Config, Platform, broker::Notice, config::StripeConfig},
    providers,
};

/// Whether providers have to be payable: where Stripe's keys move money. Sandbox, PayU and cash pay nobody out
/// through SMP, and Stripe's test mode moves nothing.
pub fn applies(config: &Config) -> bool {
    config.stripe.as_ref().is_some_and(StripeConfig::is_live)
}

/// Accounts made with Stripe's test keys are apart from those of live keys: nobody is paid by them.
const STRIPE_TEST: &str = "stripe_test";

/// Which accounts at Stripe the keys of the configuration are for.
pub fn stripe_accounts(config: &Config) -> &'static str {
    if applies(config) { STRIPE } else { STRIPE_TEST }
}

/// The gateway by which the ledger knows the cash that an account of this gateway is paid from: the keys are of
/// one balance, whatever they are for.
pub fn cash_gateway(gateway: &str) -> &str {
    if gateway == STRIPE_TEST { STRIPE } else { gateway }
}

/// Writes what keeps a provider from being paid. True when that is news, which the caller tells the nodes after
/// its commit. Platform scope.
pub async fn apply(conn: &mut PgConnection, config: &Config, tenant: TenantId) -> Result<bool> {
    let blocked = if applies(config) {
        rules::missing(account::find(conn, tenant, STRIPE).await?.as_ref())
    } else {
        None
    };
    providers::set_payouts_blocked(conn, tenant, blocked.as_deref()).await
}

/// Writes for every provider what keeps it from being paid, as the settings of this node have it. At the start
/// and by the clock: settings change, and providers come. Any number of nodes may run it at once.
pub async fn apply_gate(platform: &Platform) -> Result<()> {
    let mut tx = platform.db.platform("payout gate").await?;
    let blocks = providers::payout_blocks(&mut tx).await?;
    let accounts: HashMap<TenantId, _> = account::of_gateway(&mut tx, STRIPE)
        .await?
        .into_iter()
        .map(|account| (account.tenant, account))
        .collect();
    let is_gated = applies(&platform.config);
    let mut changed = vec![];
    for (tenant, blocked) in blocks {
        let missing = is_gated.then(|| rules::missing(accounts.get(&tenant))).flatten();
        if missing != blocked {
            providers::set_payouts_blocked(&mut tx, tenant, missing.as_deref()).await?;
            changed.push(tenant);
        }
    }
    tx.commit().await?;
    for tenant in changed {
        platform.broker.publish(Notice::ProviderChanged { tenant }).await;
    }
    Ok(())
}

/// A provider that is new, or may sell from now on, is asked at once.
pub async fn on_event(platform: &Platform, event: &Event) -> Result<()> {
    if !matches!(event.kind.as_str(), "provider.invited" | "provider.approved") {
        return Ok(());
    }
    let tenant = event.tenant_id;
    let mut tx = platform.db.platform("payout gate").await?;
    let is_news = apply(&mut tx, &platform.config, tenant).await?;
    tx.commit().await?;
    if is_news {
        platform.broker.publish(Notice::ProviderChanged { tenant }).await;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cash_has_one_name_whichever_keys_pay_out() {
        for (gateway, cash) in
            [("stripe_test", "stripe"), ("stripe", "stripe"), ("sandbox", "sandbox")]
        {
            assert_eq!(cash_gateway(gateway), cash);
        }
    }
}
