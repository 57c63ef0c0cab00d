//! The sandbox gateway: accepts test cards only, moves no money, keeps no state. The outcome
//! depends on the card alone.

use futures_util::future::{self, BoxFuture, FutureExt};

use super::card_gateway::{Charge, Gateway, Outcome, RefundOutcome};
use crate::kernel::{Money, PaymentId, RefundId, Result};

const SUCCEEDS: &str = "4242424242424242";
const DECLINED: &str = "4000000000000002";
const NEEDS_CODE: &str = "4000000000003220";
/// The code that the simulated bank sends.
const CODE: &str = "123456";

pub struct Sandbox;

impl Gateway for Sandbox {
    fn name(&self) -> &'static str {
        "sandbox"
    }

    fn charge<'a>(&'a self, charge: &'a Charge) -> BoxFuture<'a, Result<Outcome>> {
        let reference = format!("sandbox_{}", charge.payment.0.simple());
        let failed = |reason: &str| Outcome::Failed { reason: reason.to_owned() };
        let outcome = match charge.card.number() {
            SUCCEEDS => Outcome::Succeeded { reference },
            NEEDS_CODE => Outcome::RequiresAction { reference },
            DECLINED => failed("Your bank declined the card."),
            _ => failed(
                "This demo accepts test cards only, like 4242 4242 4242 4242. Your card was not \
                 charged.",
            ),
        };
        future::ready(Ok(outcome)).boxed()
    }

    fn confirm<'a>(
        &'a self,
        _payment: PaymentId,
        reference: &'a str,
        code: &'a str,
    ) -> BoxFuture<'a, Result<Outcome>> {
        let outcome = if code == CODE {
            Outcome::Succeeded { reference: reference.to_owned() }
        } else {
            Outcome::Failed { reason: "That code is not correct.".to_owned() }
        };
        future::ready(Ok(outcome)).boxed()
    }

    fn void<'a>(&'a self, _payment: PaymentId, _reference: &'a str) -> BoxFuture<'a, Result<()>> {
        future::ready(Ok(())).boxed()
    }

    fn refund<'a>(
        &'a self,
        _refund: RefundId,
        _reference: &'a str,
        _amount: &'a Money,
    ) -> BoxFuture<'a, Result<RefundOutcome>> {
        future::ready(Ok(RefundOutcome::Succeeded)).boxed()
    }
}
