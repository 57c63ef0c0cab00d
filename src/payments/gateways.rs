//! Every gateway there is, and which of them an order can be paid with.

use time::Duration;

use super::{cash::Cash, gateway::Gateway, payu::Payu, sandbox::Sandbox, stripe::StripeGateway};
use crate::{
    kernel::{FieldError, Result},
    platform::Config,
};

/// In the order in which shoppers see them.
static GATEWAYS: &[&dyn Gateway] = &[&Sandbox, &StripeGateway, &Payu, &Cash];

/// A way to pay an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offered {
    /// The gateway's name.
    pub gateway: &'static str,
    /// The shopper's word for it.
    pub label: &'static str,
    /// Whether it needs a phone number that can receive SMS.
    pub needs_phone: bool,
    /// Whether it takes money that moves; a sandbox does not.
    pub real: bool,
    /// How long holds wait for a shopper who is at a bank, or waits for a code.
    pub wait: Duration,
}

/// The ways to pay `amount` minor units of a currency (ISO 4217) for an order that is shipped to a
/// country (ISO 3166-1 alpha-2). `has_goods`: something of it has to be shipped.
pub fn offered(
    config: &Config,
    currency: &str,
    country: &str,
    amount: i64,
    has_goods: bool,
) -> Vec<Offered> {
    let lists = |list: Option<&'static [&'static str]>, code: &str| {
        list.is_none_or(|codes| codes.contains(&code))
    };
    let offer = |gateway: &&dyn Gateway| {
        let can = gateway.capabilities(config)?;
        let fits = lists(can.currencies, currency)
            && lists(can.countries, country)
            && (can.amount_min..=can.amount_max).contains(&amount)
            && (has_goods || !can.goods_only);
        fits.then_some(Offered {
            gateway: gateway.name(),
            label: can.label,
            needs_phone: can.needs_phone,
            real: can.real,
            wait: can.wait,
        })
    };
    GATEWAYS.iter().filter_map(offer).collect()
}

/// The gateway of a name; an unknown one is an error on `gateway`.
pub fn gateway(name: &str) -> Result<&'static dyn Gateway> {
    GATEWAYS.iter().copied().find(|gateway| gateway.name() == name).ok_or_else(|| {
        let known: Vec<_> = GATEWAYS.iter().map(|gateway| gateway.name()).collect();
        FieldError::new(
            "gateway",
            format!("{name:?} is not a way to pay here; use one of {}", known.join(", ")),
        )
        .into()
    })
}
