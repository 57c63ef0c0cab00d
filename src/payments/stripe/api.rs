//! Stripe's API, by `async-stripe`: each call once, with its idempotency key and an end to its waiting.

use std::{collections::HashMap, fmt, time::Duration};

use ::stripe::{
    Client, ClientBuilder, IdempotencyKey, RequestStrategy, StripeError, StripeRequest,
};
use ::stripe_core::{
    payment_intent::{
        CancelPaymentIntent, CreatePaymentIntent, CreatePaymentIntentAutomaticPaymentMethods,
        RetrievePaymentIntent, UpdatePaymentIntent,
    },
    refund::{CreateRefund, ListRefund, RetrieveRefund},
};
use ::stripe_shared::{ApiErrorsCode, ApiErrorsType, PaymentIntent, Refund};
use ::stripe_types::{Currency, Expandable};
use futures_util::{FutureExt, future::BoxFuture};
use tokio::time::Instant;

use super::{
    super::gateway::{Outcome, RefundOrder},
    outcome::{self, CardFields},
};
use crate::{
    kernel::{Error, Money, PaymentId, Result},
    platform::{Platform, config::StripeConfig},
};

/// Names in the metadata of intents and refunds.
pub const META_PAYMENT: &str = "smp_payment";
pub const META_REFUND: &str = "smp_refund";
const META_ORDER: &str = "smp_order";
/// Waiting for one answer, connecting included.
const TIMEOUT: Duration = Duration::from_secs(20);
/// Until it is worth asking again for the answer to another request with the same key.
const UNDER_WAY_PAUSE: Duration = Duration::from_millis(250);
/// Waiting for what a payment can do without.
const LABEL_TIMEOUT: Duration = Duration::from_secs(5);
/// Refunds that are read of one payment: as many as Stripe gives at once.
const REFUNDS_MAX: i64 = 100;

/// Why a call brought nothing.
#[derive(Debug, PartialEq, Eq)]
pub enum StripeRefusal {
    /// A card error; nothing has changed. The message is for the shopper.
    Declined { message: String },
    /// The call itself is wrong, or not possible in the current state; nothing has changed.
    Refused { status: u16, message: String },
    /// No answer, or none to go by: it may have happened.
    Unknown { why: String },
}

impl StripeRefusal {
    pub fn unknown(why: impl Into<String>) -> Self {
        Self::Unknown { why: why.into() }
    }

    /// The error of a call whose end is not known, which has to be asked again; `what` was called.
    pub fn asked_again(&self, what: &str) -> Error {
        tracing::warn!(what, refusal = %self, "Stripe gave no answer to go by");
        Error::Unavailable { retry_after_seconds: 5 }
    }
}

impl fmt::Display for StripeRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Declined { message } => write!(f, "declined: {message}"),
            Self::Refused { status, message } => write!(f, "refused with {status}: {message}"),
            Self::Unknown { why } => write!(f, "unknown: {why}"),
        }
    }
}

impl From<StripeError> for StripeRefusal {
    fn from(error: StripeError) -> Self {
        let StripeError::Stripe(error, status) = error else {
            return Self::unknown(error.to_string());
        };
        let message = error.message.clone().unwrap_or_else(|| "without a message".to_owned());
        match (status, &error.type_) {
            (402, _) => Self::Declined { message },
            // The key was used with other values: what the first call did has to be looked up.
            (_, ApiErrorsType::IdempotencyError) => Self::unknown(message),
            (400 | 404, _) => Self::Refused { status, message },
            // A wrong key, a lock, too many requests, or Stripe's own trouble.
            _ => Self::unknown(format!("{status}: {message}")),
        }
    }
}

/// Stripe's API with the account of the configuration.
pub struct StripeApi<'a> {
    client: Client,
    config: &'a StripeConfig,
}

impl<'a> StripeApi<'a> {
    pub fn new(platform: &'a Platform) -> Result<Self> {
        let Some(config) = &platform.config.stripe else {
            tracing::error!("a payment by Stripe is asked for, and Stripe is not configured");
            return Err(Error::Unavailable { retry_after_seconds: 60 });
        };
        let client = ClientBuilder::new(&config.secret_key)
            .url(&config.api_url)
            .timeout(TIMEOUT)
            .build()
            .map_err(|error| anyhow::anyhow!("Stripe's client cannot be made: {error}"))?;
        Ok(Self { client, config })
    }

    /// The client, for what is no payment.
    pub fn client(&self) -> &Client {
        &self.client
    }

    pub fn outcome_of(&self, intent: &PaymentIntent) -> Result<Outcome> {
        let fields = CardFields {
            publishable_key: &self.config.publishable_key,
            script_url: &self.config.script_url,
        };
        outcome::of_intent(intent, fields).ok_or_else(|| {
            let why = format!("{} is {}", intent.id, intent.status.as_str());
            StripeRefusal::unknown(why).asked_again("read")
        })
    }

    /// Creates the intent of a payment, or gives it as it was when it was created.
    pub async fn create(
        &self,
        payment: PaymentId,
        amount: &Money,
    ) -> Result<PaymentIntent, StripeRefusal> {
        let Ok(currency) = amount.currency.to_ascii_lowercase().parse::<Currency>();
        let request = CreatePaymentIntent::new(amount.amount, currency)
            .automatic_payment_methods(CreatePaymentIntentAutomaticPaymentMethods::new(true))
            .metadata(HashMap::from([(META_PAYMENT.to_owned(), payment.to_string())]));
        send_once(&format!("smp-payment-{payment}"), |once| {
            request.customize().request_strategy(once).send(&self.client).boxed()
        })
        .await
    }

    /// Names the order on the intent, for the shopper's statement and for who looks at Stripe's pages.
    pub async fn label(
        &self,
        intent: &PaymentIntent,
        order_number: &str,
    ) -> Result<PaymentIntent, StripeRefusal> {
        let request = UpdatePaymentIntent::new(intent.id.as_str())
            .description(format!("Order {order_number}"))
            .metadata(HashMap::from([(META_ORDER.to_owned(), order_number.to_owned())]))
            .statement_descriptor_suffix(order_number)
            .expand(latest_charge());
        Ok(request.customize().timeout(LABEL_TIMEOUT).send(&self.client).await?)
    }

    /// An intent as it stands, with its charge.
    pub async fn retrieve(&self, id: &str) -> Result<PaymentIntent, StripeRefusal> {
        let request = RetrievePaymentIntent::new(id).expand(latest_charge());
        Ok(request.send(&self.client).await?)
    }

    /// What Stripe keeps of a payment, in the currency of SMP's balance; None while that is not known.
    pub async fn fee(&self, id: &str) -> Result<Option<Money>, StripeRefusal> {
        let request = RetrievePaymentIntent::new(id)
            .expand(vec!["latest_charge.balance_transaction".to_owned()]);
        let intent = request.send(&self.client).await?;
        let charge = intent.latest_charge.as_ref().and_then(Expandable::as_object);
        let booked = charge
            .and_then(|charge| charge.balance_transaction.as_ref())
            .and_then(Expandable::as_object);
        Ok(booked
            .map(|booked| Money::new(booked.fee, booked.currency.to_string().to_ascii_uppercase())))
    }

    pub async fn cancel(&self, id: &str) -> Result<PaymentIntent, StripeRefusal> {
        Ok(CancelPaymentIntent::new(id).send(&self.client).await?)
    }

    pub async fn retrieve_refund(&self, id: &str) -> Result<Refund, StripeRefusal> {
        Ok(RetrieveRefund::new(id).send(&self.client).await?)
    }

    /// Makes a refund that may have been made before without an answer. Stripe forgets idempotency keys after a
    /// day, so the refunds of the payment are looked through first.
    pub async fn refund_again_or_first(
        &self,
        order: &RefundOrder,
    ) -> Result<Refund, StripeRefusal> {
        let payment = order.payment.reference.as_str();
        let refund = order.refund.to_string();
        let made =
            ListRefund::new().payment_intent(payment).limit(REFUNDS_MAX).send(&self.client).await?;
        let is_this = |made: &Refund| {
            made.metadata.as_ref().and_then(|data| data.get(META_REFUND)) == Some(&refund)
        };
        if let Some(made) = made.data.into_iter().find(is_this) {
            return Ok(made);
        }
        let request = CreateRefund::new()
            .payment_intent(payment)
            .amount(order.amount.amount)
            .metadata(HashMap::from([
                (META_REFUND.to_owned(), refund.clone()),
                (META_PAYMENT.to_owned(), order.payment.payment.to_string()),
            ]));
        send_once(&format!("smp-refund-{refund}"), |once| {
            request.customize().request_strategy(once).send(&self.client).boxed()
        })
        .await
    }
}

/// Sends a request that Stripe carries out once for its key. While a request with this key is under way, as when a job
/// and a handler settle the same refund, its answer is waited for.
pub async fn send_once<'a, T>(
    key: &str,
    send: impl Fn(RequestStrategy) -> BoxFuture<'a, Result<T, StripeError>>,
) -> Result<T, StripeRefusal> {
    let key =
        IdempotencyKey::new(key).map_err(|error| StripeRefusal::unknown(error.to_string()))?;
    let asked_at = Instant::now();
    loop {
        match send(RequestStrategy::Idempotent(key.clone())).await {
            Err(error) if is_under_way(&error) && asked_at.elapsed() < TIMEOUT => {
                tokio::time::sleep(UNDER_WAY_PAUSE).await;
            }
            answer => return Ok(answer?),
        }
    }
}

/// Whether another request with the same key has no answer yet.
fn is_under_way(error: &StripeError) -> bool {
    matches!(error, StripeError::Stripe(error, 409) if error.code == Some(ApiErrorsCode::IdempotencyKeyInUse))
}

fn latest_charge() -> Vec<String> {
    vec!["latest_charge".to_owned()]
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, future::ready};

    use super::*;

    fn refusal(status: u16, error: &str) -> StripeRefusal {
        let error = miniserde::json::from_str(error).unwrap();
        StripeError::Stripe(error, status).into()
    }

    #[test]
    fn only_what_stripe_did_not_do_is_refused() {
        let declined =
            refusal(402, r#"{"type": "card_error", "message": "Your card was declined."}"#);
        assert_eq!(
            declined,
            StripeRefusal::Declined { message: "Your card was declined.".to_owned() }
        );
        for status in [400, 404] {
            let refused =
                refusal(status, r#"{"type": "invalid_request_error", "message": "No such"}"#);
            assert_eq!(refused, StripeRefusal::Refused { status, message: "No such".to_owned() });
        }
    }

    #[test]
    fn what_may_have_happened_is_unknown() {
        for (status, kind) in [
            (400, "idempotency_error"),
            (401, "invalid_request_error"),
            (409, "invalid_request_error"),
            (429, "invalid_request_error"),
            (500, "api_error"),
            (503, "an_error_of_tomorrow"),
        ] {
            let refusal = refusal(status, &format!(r#"{{"type": "{kind}"}}"#));
            assert!(matches!(refusal, StripeRefusal::Unknown { .. }), "{status} {kind}: {refusal}");
        }
        for error in [
            StripeError::Timeout,
            StripeError::JSONDeserialize("<html>".to_owned()),
            StripeError::ClientError("connection reset".to_owned()),
        ] {
            assert!(matches!(StripeRefusal::from(error), StripeRefusal::Unknown { .. }));
        }
    }

    #[tokio::test]
    async fn the_answer_to_another_request_with_the_same_key_is_waited_for() {
        let under_way = r#"{"type": "invalid_request_error", "code": "idempotency_key_in_use"}"#;
        let sent = Cell::new(0);
        let send = |strategy| {
            let RequestStrategy::Idempotent(key) = strategy else { panic!("it has no key") };
            assert_eq!(key.as_str(), "smp-refund-1");
            sent.set(sent.get() + 1);
            let error = miniserde::json::from_str(under_way).unwrap();
            ready(if sent.get() < 4 { Err(StripeError::Stripe(error, 409)) } else { Ok("made") })
                .boxed()
        };
        assert_eq!(send_once("smp-refund-1", send).await, Ok("made"));
        assert_eq!(sent.get(), 4);
    }

    #[test]
    fn other_conflicts_are_answers() {
        let is = |status, error: &str| {
            let error = miniserde::json::from_str(error).unwrap();
            is_under_way(&StripeError::Stripe(error, status))
        };
        assert!(is(409, r#"{"type": "invalid_request_error", "code": "idempotency_key_in_use"}"#));
        assert!(!is(409, r#"{"type": "invalid_request_error"}"#));
        assert!(!is(429, r#"{"type": "invalid_request_error", "code": "lock_timeout"}"#));
        assert!(!is_under_way(&StripeError::Timeout));
    }
}
