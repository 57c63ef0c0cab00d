//! What a payment gateway does.

use futures_util::future::BoxFuture;

use super::card::Card;
use crate::kernel::{Money, PaymentId, RefundId, Result};

/// A card to charge. The payment's id is the gateway's idempotency key: a repeated charge is
/// charged once.
#[derive(Debug)]
pub struct Charge {
    pub payment: PaymentId,
    pub amount: Money,
    pub card: Card,
}

/// The outcome of a charge. `reference` is the gateway's own id of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Succeeded { reference: String },
    RequiresAction { reference: String },
    Failed { reason: String },
}

/// The outcome of a refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefundOutcome {
    Succeeded,
    Failed { reason: String },
}

/// A payment gateway. An error means that the outcome is unknown, never that a charge or a refund
/// failed.
pub trait Gateway: Send + Sync {
    /// The name in the API and in `payments.gateway`.
    fn name(&self) -> &'static str;

    fn charge<'a>(&'a self, charge: &'a Charge) -> BoxFuture<'a, Result<Outcome>>;

    /// Finishes a charge that required an action, with the code from the shopper's bank.
    fn confirm<'a>(
        &'a self,
        payment: PaymentId,
        reference: &'a str,
        code: &'a str,
    ) -> BoxFuture<'a, Result<Outcome>>;

    /// Makes sure that an abandoned payment takes no money: cancels it, or refunds what it took.
    /// Idempotent. `reference` is empty when the gateway never answered.
    fn void<'a>(&'a self, payment: PaymentId, reference: &'a str) -> BoxFuture<'a, Result<()>>;

    /// Refunds money. The refund's id is the idempotency key.
    fn refund<'a>(
        &'a self,
        refund: RefundId,
        reference: &'a str,
        amount: &'a Money,
    ) -> BoxFuture<'a, Result<RefundOutcome>>;
}
