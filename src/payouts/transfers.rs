//! Transfers of a provider's share of a payment to its account, and reversals. A charge is made by SMP's own
//! account; each provider of an order gets its share by a transfer that names the charge, so that it waits for
//! the charge's money.

use super::{
    account::{self, PayoutState},
    gate,
    stripe::{self, ShareOfCharge, refused},
};
use crate::{
    kernel::{Error, Money, Result, TenantId},
    payments::{Payment, STRIPE, StripeApi},
    platform::Platform,
};

/// A provider's share of a payment.
#[derive(Debug)]
pub struct TransferOrder<'a> {
    pub tenant: TenantId,
    pub order_number: &'a str,
    pub payment: &'a Payment,
    /// Minor units of the payment's currency.
    pub amount_minor: i64,
}

/// What is taken back of a transfer.
#[derive(Debug)]
pub struct ReversalOrder<'a> {
    /// Stripe's id of the transfer.
    pub transfer: &'a str,
    /// Minor units of the transfer's currency.
    pub amount_minor: i64,
    /// Stands for one reversal: repeated with the same amount, it is made once.
    pub key: &'a str,
}

/// Transfers a provider's share of a payment, and returns Stripe's id of the transfer. A provider has one share of
/// a payment, so a repeated call with the same amount finds the transfer of the first, at any time; one with
/// another amount is a [`Error::Conflict`], and so is a provider that cannot be paid.
pub async fn transfer(platform: &Platform, order: &TransferOrder<'_>) -> Result<String> {
    if order.payment.gateway != STRIPE {
        let detail = "This order was not paid by Stripe, so nothing of it can be transferred";
        return Err(Error::conflict("not_paid_by_stripe", detail));
    }
    let mut tx = platform.db.platform("transfer").await?;
    let account =
        account::find(&mut tx, order.tenant, gate::stripe_accounts(&platform.config)).await?;
    drop(tx);
    let account =
        account.filter(|account| account.state == PayoutState::Enabled).ok_or_else(|| {
            let detail = "This provider cannot be paid yet: its payouts are not set up";
            Error::conflict("payouts_not_ready", detail)
        })?;
    let api = StripeApi::new(platform)?;
    let intent = api.retrieve(&order.payment.reference).await;
    let intent = intent.map_err(|error| refused(error, "payment"))?;
    let charge = intent.latest_charge.as_ref().map(|charge| charge.id().to_string());
    let charge = charge.ok_or(Error::NotFound("charge"))?;
    let amount = Money::new(order.amount_minor, &order.payment.currency);
    let key = format!("smp-transfer-{}-{}", order.payment.id, order.tenant);
    let share = ShareOfCharge {
        destination: &account.reference,
        charge: &charge,
        order_number: order.order_number,
        amount: &amount,
    };
    let made = stripe::transfer_again_or_first(&api, share, &key).await;
    same_amount(made.map_err(|error| refused(error, "transfer"))?, order.amount_minor)
}

/// The id of what was made, if it is what was asked for.
pub fn same_amount((reference, made): (String, i64), asked: i64) -> Result<String> {
    if made == asked {
        return Ok(reference);
    }
    let detail =
        format!("{reference} of {made} minor units was made before, and this asks for {asked}");
    Err(Error::conflict("made_before", detail))
}

/// Takes money back that was transferred, and returns Stripe's id of the reversal. A repeated call with the same
/// key finds the first; with another amount it is a [`Error::Conflict`].
pub async fn reverse(platform: &Platform, order: &ReversalOrder<'_>) -> Result<String> {
    let api = StripeApi::new(platform)?;
    let made =
        stripe::reverse_again_or_first(&api, order.transfer, order.amount_minor, order.key).await;
    same_amount(made.map_err(|error| refused(error, "reversal"))?, order.amount_minor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_made_before_is_found_and_not_changed() {
        assert_eq!(same_amount(("tr_1".to_owned(), 900), 900).unwrap(), "tr_1");
        let Err(Error::Conflict { code, .. }) = same_amount(("tr_1".to_owned(), 900), 901) else {
            panic!("it is another amount");
        };
        assert_eq!(code, "made_before");
    }
}
