//! A provider's payouts as the API shows them.

use poem_openapi::Object;
use time::OffsetDateTime;

use super::{
    account::{PayoutAccount, PayoutState},
    gate, requirements, rules,
};
use crate::{kernel::TenantId, payments::SANDBOX, platform::Config, providers::Seller};

/// Whether and how a provider is paid what its hosted sales bring.
#[derive(Object)]
#[oai(rename = "PayoutAccount")]
pub struct PayoutAccountView {
    pub provider: PayoutProvider,
    /// `stripe`, `sandbox`; null where no gateway pays providers out.
    pub gateway: Option<String>,
    pub state: PayoutState,
    /// It is a test account that pays nothing: no real gateway is set up.
    pub sandbox: bool,
    /// Hosted sales are approved, and go live, only when the state is `enabled`.
    pub required: bool,
    /// What keeps the provider from being paid, in a sentence; null when nothing does.
    pub missing: Option<String>,
    /// What the gateway asks for, what is past due first.
    pub requirements: Vec<PayoutRequirement>,
    /// When what is asked for has to be there; null when no date is set.
    pub due_at: Option<OffsetDateTime>,
    /// Whether the gateway pays out to the provider's bank account.
    pub payouts_enabled: bool,
    /// When what stands here changed last; null without an account.
    pub updated_at: Option<OffsetDateTime>,
}

#[derive(Object)]
pub struct PayoutProvider {
    pub id: TenantId,
    pub slug: String,
    pub name: String,
}

/// Something that the gateway asks for.
#[derive(Object)]
pub struct PayoutRequirement {
    /// In words: `a bank account for payouts`.
    pub what: String,
    /// Its date has passed.
    pub past_due: bool,
}

impl PayoutAccountView {
    pub fn new(
        seller: &Seller,
        gateway: Option<&str>,
        account: Option<&PayoutAccount>,
        config: &Config,
    ) -> Self {
        let asked = account.map(|account| requirements::listed(&account.requirements));
        let asked = asked.unwrap_or_default().into_iter();
        Self {
            provider: PayoutProvider {
                id: seller.tenant,
                slug: seller.slug.clone(),
                name: seller.name.clone(),
            },
            gateway: gateway.map(str::to_owned),
            state: account.map_or(PayoutState::None, |account| account.state),
            sandbox: gateway == Some(SANDBOX),
            required: gate::applies(config),
            missing: gateway.and_then(|_| rules::missing(account)),
            requirements: asked
                .map(|one| PayoutRequirement { what: one.words, past_due: one.past_due })
                .collect(),
            due_at: account.and_then(|account| account.requirements.current_deadline),
            payouts_enabled: account.is_some_and(|account| account.payouts_enabled),
            updated_at: account.map(|account| account.updated_at),
        }
    }
}
