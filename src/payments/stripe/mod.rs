//! Stripe. A payment is a PaymentIntent, which the shopper confirms in Stripe's own fields on our page: no
//! card number reaches the server. Only an id goes to Stripe before the shopper pays, and no name, no email.
//!
//! The payment's id is the idempotency key, and all that the creation is made of follows from id and amount:
//! repeated by a look-up, it finds the intent whose creation had no answer. Until an intent's client secret
//! is recorded here nobody has it, and without it nobody can pay.

mod api;
mod outcome;
mod report;
mod webhook;

use futures_util::future::{BoxFuture, FutureExt};
use time::Duration;

pub use self::api::{StripeApi, StripeRefusal, send_once};
use super::gateway::{
    Attempt, Begun, Capabilities, Gateway, Observation, Outcome, RawNotice, RefundOrder,
    RefundOutcome,
};
use crate::{
    kernel::{Clock, Error, FieldError, Money, PaymentId, Result, ids},
    platform::{Config, Platform},
};

/// Stripe's name.
pub const STRIPE: &str = "stripe";

/// The currencies that Stripe names a lowest amount for, with it in minor units. Stripe counts the minor units
/// of these as ISO 4217 does; others are not offered.
const AMOUNTS_MIN: [(&str, i64); 23] = [
    ("AED", 200),
    ("AUD", 50),
    ("BRL", 50),
    ("CAD", 50),
    ("CHF", 50),
    ("CZK", 1_500),
    ("DKK", 250),
    ("EUR", 50),
    ("GBP", 30),
    ("HKD", 400),
    ("HUF", 17_500),
    ("INR", 50),
    ("JPY", 50),
    ("MXN", 1_000),
    ("MYR", 200),
    ("NOK", 300),
    ("NZD", 50),
    ("PLN", 200),
    ("RON", 200),
    ("SEK", 300),
    ("SGD", 50),
    ("THB", 1_000),
    ("USD", 50),
];
const CURRENCIES: [&str; AMOUNTS_MIN.len()] = {
    let mut codes = [""; AMOUNTS_MIN.len()];
    let mut nth = 0;
    while nth < codes.len() {
        codes[nth] = AMOUNTS_MIN[nth].0;
        nth += 1;
    }
    codes
};
/// Lowest amount in any of the currencies, in minor units.
const AMOUNT_MIN: i64 = 30;
/// Stripe takes eight digits.
const AMOUNT_MAX: i64 = 99_999_999;
/// How long holds wait for a shopper who is at a bank.
const WAIT: Duration = Duration::minutes(10);
/// No beginning of a payment is under way for longer: its two calls with their timeouts, and some more.
const BEGINNING_MAX: Duration = Duration::seconds(35);

const NOT_BEGUN: &str = "The payment could not be started. Nothing was charged.";

/// Stripe, by the account of the configuration.
pub struct StripeGateway;

impl Gateway for StripeGateway {
    fn name(&self) -> &'static str {
        STRIPE
    }

    fn capabilities(&self, config: &Config) -> Option<Capabilities> {
        let stripe = config.stripe.as_ref()?;
        Some(Capabilities {
            label: "Card",
            currencies: Some(&CURRENCIES),
            countries: None,
            amount_min: AMOUNT_MIN,
            amount_max: AMOUNT_MAX,
            wait: WAIT,
            real: stripe.is_live(),
            needs_phone: false,
            goods_only: false,
        })
    }

    fn begin<'a>(
        &'a self,
        platform: &'a Platform,
        attempt: &'a Attempt,
    ) -> BoxFuture<'a, Result<Outcome>> {
        async move {
            check_amount(&attempt.amount)?;
            let api = StripeApi::new(platform)?;
            let intent = match api.create(attempt.payment, &attempt.amount).await {
                Ok(intent) => intent,
                Err(StripeRefusal::Refused { message, .. }) => {
                    let payment = attempt.payment;
                    tracing::error!(%payment, said = message, "Stripe takes no payment");
                    return Ok(not_begun(""));
                }
                Err(StripeRefusal::Declined { message: reason }) => {
                    return Ok(Outcome::Failed { reference: String::new(), reason });
                }
                Err(refusal) => return Err(refusal.asked_again("begin")),
            };
            let intent = match api.label(&intent, &attempt.order_number).await {
                Ok(labelled) => labelled,
                // It can be paid without.
                Err(refusal) => {
                    tracing::warn!(payment = %attempt.payment, %refusal, "a payment has no label");
                    intent
                }
            };
            api.outcome_of(&intent)
        }
        .boxed()
    }

    fn look_up<'a>(
        &'a self,
        platform: &'a Platform,
        payment: &'a Begun,
    ) -> BoxFuture<'a, Result<Outcome>> {
        async move {
            let api = StripeApi::new(platform)?;
            match intent_id(&api, platform, payment).await? {
                None => Ok(not_begun(&payment.reference)),
                Some(id) => {
                    let intent =
                        api.retrieve(&id).await.map_err(|error| error.asked_again("ask"))?;
                    api.outcome_of(&intent)
                }
            }
        }
        .boxed()
    }

    fn observe(&self, config: &Config, notice: &RawNotice) -> Result<Observation> {
        let Some(stripe) = &config.stripe else {
            return Err(FieldError::new(
                "signature",
                "Stripe is not configured here, so no notice of it can be verified",
            )
            .into());
        };
        // Stripe signs with the real time, which no shift of a test or a demo moves.
        webhook::observe(&stripe.webhook_secrets, Clock::default().now(), notice)
    }

    fn void<'a>(
        &'a self,
        platform: &'a Platform,
        payment: &'a Begun,
    ) -> BoxFuture<'a, Result<Outcome>> {
        async move {
            let api = StripeApi::new(platform)?;
            let Some(id) = intent_id(&api, platform, payment).await? else {
                return Ok(not_begun(&payment.reference));
            };
            let intent = match api.cancel(&id).await {
                Ok(intent) => intent,
                // It is over already, or the bank works on it.
                Err(StripeRefusal::Refused { .. }) => {
                    api.retrieve(&id).await.map_err(|error| error.asked_again("void"))?
                }
                Err(refusal) => return Err(refusal.asked_again("void")),
            };
            api.outcome_of(&intent)
        }
        .boxed()
    }

    fn refunds_may_come_back(&self) -> bool {
        true
    }

    fn refund<'a>(
        &'a self,
        platform: &'a Platform,
        refund: &'a RefundOrder,
    ) -> BoxFuture<'a, Result<RefundOutcome>> {
        async move {
            let api = StripeApi::new(platform)?;
            if refund.payment.reference.is_empty() {
                return Err(Error::conflict(
                    "payment_unknown",
                    "The payment has no id at Stripe yet, so nothing of it can be refunded",
                ));
            }
            let found = if refund.reference.is_empty() {
                api.refund_again_or_first(refund).await
            } else {
                api.retrieve_refund(&refund.reference).await
            };
            match found {
                Ok(found) => outcome::of_refund(&found).ok_or_else(|| {
                    StripeRefusal::unknown("a status of its own").asked_again("refund")
                }),
                // What is only read has not failed by that; nor what another account's keys do not find.
                Err(refusal) if !refund.reference.is_empty() => Err(refusal.asked_again("refund")),
                Err(refusal @ StripeRefusal::Refused { status: 404, .. }) => {
                    Err(refusal.asked_again("refund"))
                }
                Err(
                    StripeRefusal::Refused { message, .. } | StripeRefusal::Declined { message },
                ) => Ok(RefundOutcome::Failed { reason: message }),
                Err(refusal) => Err(refusal.asked_again("refund")),
            }
        }
        .boxed()
    }
}

/// The intent of a payment. One without a reference is created once more, which finds the one of the first
/// time; None if that cannot be found while no beginning can be under way any more: nobody has its client
/// secret then, so nobody can pay it.
async fn intent_id(
    api: &StripeApi<'_>,
    platform: &Platform,
    payment: &Begun,
) -> Result<Option<String>> {
    if !payment.reference.is_empty() {
        return Ok(Some(payment.reference.clone()));
    }
    match api.create(payment.payment, &payment.amount).await {
        Ok(intent) => Ok(Some(intent.id.to_string())),
        Err(StripeRefusal::Refused { .. }) => Ok(None),
        Err(_) if beginning_is_over(payment.payment, platform) => Ok(None),
        Err(refusal) => Err(refusal.asked_again("find")),
    }
}

/// Whether the beginning of a payment is over, with or without an answer.
fn beginning_is_over(payment: PaymentId, platform: &Platform) -> bool {
    payment.0 < ids::lowest_at(platform.clock.unshifted() - BEGINNING_MAX)
}

fn check_amount(amount: &Money) -> Result<()> {
    let lowest = AMOUNTS_MIN.iter().find(|(code, _)| *code == amount.currency);
    let wrong = match lowest {
        None => format!(
            "Stripe takes no {} here; choose another way to pay, or one of {}",
            amount.currency,
            CURRENCIES.join(", ")
        ),
        Some((code, lowest)) if amount.amount < *lowest => format!(
            "Stripe takes {} or more, and this is {amount}; choose another way to pay",
            Money::new(*lowest, *code)
        ),
        Some((code, _)) if amount.amount > AMOUNT_MAX => format!(
            "Stripe takes {} or less, and this is {amount}; choose another way to pay",
            Money::new(AMOUNT_MAX, *code)
        ),
        Some(_) => return Ok(()),
    };
    Err(FieldError::new("gateway", wrong).into())
}

fn not_begun(reference: &str) -> Outcome {
    Outcome::Failed { reference: reference.to_owned(), reason: NOT_BEGUN.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Currency;

    /// Stripe's list of currencies without decimals, from its documentation.
    const ZERO_DECIMAL: [&str; 16] = [
        "BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "UGX", "VND", "VUV",
        "XAF", "XOF", "XPF",
    ];

    #[test]
    fn minor_units_of_the_currencies_are_those_of_stripe() {
        for code in CURRENCIES {
            let digits = Currency::find(code).unwrap().minor_digits();
            assert_eq!(digits, if ZERO_DECIMAL.contains(&code) { 0 } else { 2 }, "{code}");
        }
        assert_eq!(AMOUNTS_MIN.iter().map(|(_, lowest)| *lowest).min(), Some(AMOUNT_MIN));
    }

    #[test]
    fn an_amount_that_stripe_refuses_is_refused_with_the_lowest_one() {
        assert!(check_amount(&Money::new(50, "EUR")).is_ok());
        assert!(check_amount(&Money::new(50, "JPY")).is_ok());
        assert!(check_amount(&Money::new(AMOUNT_MAX, "HUF")).is_ok());
        for (amount, currency, part) in [
            (49, "EUR", "€0.50 or more"),
            (17_499, "HUF", "HUF 175.00 or more"),
            (AMOUNT_MAX + 1, "USD", "$999,999.99 or less"),
            (10_000, "KWD", "takes no KWD"),
        ] {
            let Err(Error::Invalid(errors)) = check_amount(&Money::new(amount, currency)) else {
                panic!("{amount} {currency} is accepted");
            };
            assert!(errors[0].message.contains(part), "{errors:?}");
        }
    }
}
