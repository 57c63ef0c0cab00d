//! Payments: gateways behind one trait, money in and money back. The orders slice says when; this
//! one keeps what was tried.

pub mod card;
mod sandbox;
mod store;

pub use card::Card;
pub use store::{
    NewPayment, NewRefund, PaymentRow, RefundRow, advance, create, find, note_reference, of_orders,
    open_of_orders, refund_create, refund_find, refund_settle, refunds_of_orders,
    succeeded_of_order,
};

use futures_util::future::BoxFuture;
use poem_openapi::Enum;
use serde::{Deserialize, Serialize};

use crate::kernel::{FieldError, Money, PaymentId, RefundId, Result};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize, Deserialize, sqlx::Type)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum PaymentState {
    /// Written down; the gateway is being asked.
    Created,
    /// The shopper has to prove to the bank that the card is theirs.
    RequiresAction,
    /// The proof is being checked.
    Processing,
    Succeeded,
    Failed,
    Cancelled,
}

impl PaymentState {
    /// Whether the gateway may still say how it ended.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Created | Self::RequiresAction | Self::Processing)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize, Deserialize, sqlx::Type)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum RefundState {
    Requested,
    Pending,
    Succeeded,
    Failed,
}

/// A card to charge. The payment's id is the gateway's idempotency key: asked twice, it charges
/// once.
#[derive(Debug)]
pub struct Charge {
    pub payment: PaymentId,
    pub amount: Money,
    pub card: Card,
}

/// What a gateway says of a charge. `reference` is its own id of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Succeeded { reference: String },
    RequiresAction { reference: String },
    Failed { reason: String },
}

/// What a gateway says of a refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefundOutcome {
    Succeeded,
    Failed { reason: String },
}

/// A way money comes in and goes back. An error means that the outcome is unknown, never that it
/// failed.
pub trait Gateway: Send + Sync {
    /// The name in the API and in `payments.gateway`.
    fn name(&self) -> &'static str;

    fn charge<'a>(&'a self, charge: &'a Charge) -> BoxFuture<'a, Result<Outcome>>;

    /// Finishes a charge that required an action, with the code the shopper got from the bank.
    fn confirm<'a>(
        &'a self,
        payment: PaymentId,
        reference: &'a str,
        code: &'a str,
    ) -> BoxFuture<'a, Result<Outcome>>;

    /// Makes sure that a payment we gave up takes no money: cancels it, or gives back what it took.
    /// Asked twice, acts once. `reference` is empty when the gateway's answer never came.
    fn void<'a>(&'a self, payment: PaymentId, reference: &'a str) -> BoxFuture<'a, Result<()>>;

    /// Sends money back. The refund's id is the idempotency key.
    fn refund<'a>(
        &'a self,
        refund: RefundId,
        reference: &'a str,
        amount: &'a Money,
    ) -> BoxFuture<'a, Result<RefundOutcome>>;
}

/// Every gateway there is.
static GATEWAYS: &[&dyn Gateway] = &[&sandbox::Sandbox];

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
