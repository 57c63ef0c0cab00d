//! Payouts of what has become payable: a transfer of SMP's own balance to a provider's account, of no charge in
//! particular.

use sqlx::PgConnection;

use super::{
    account::{self, PayoutState},
    onboarding::payout_gateway,
    stripe::{self, PayoutOfBalance, refused},
};
use crate::{
    kernel::{Error, Money, Result, TenantId},
    payments::{SANDBOX, StripeApi},
    platform::{Config, Platform},
};

/// An account that can be paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayableAccount {
    /// `stripe` or `sandbox`.
    pub gateway: String,
    /// The gateway's own id.
    pub reference: String,
}

/// The account to which this installation's gateway pays the provider out; None if it has none that is enabled.
pub async fn payable_account(
    conn: &mut PgConnection,
    config: &Config,
    tenant: TenantId,
) -> Result<Option<PayableAccount>> {
    let Some(gateway) = payout_gateway(config) else { return Ok(None) };
    let found = account::find(conn, tenant, gateway).await?;
    let enabled = found.filter(|account| account.state == PayoutState::Enabled);
    Ok(enabled
        .map(|account| PayableAccount { gateway: account.gateway, reference: account.reference }))
}

/// What is paid out.
#[derive(Debug)]
pub struct PayoutOrder<'a> {
    pub to: &'a PayableAccount,
    pub amount: &'a Money,
    /// There is one transfer of a group.
    pub group: &'a str,
    /// Stands for one attempt to make it. What the gateway refused is asked for again by another key.
    pub key: &'a str,
}

/// What is taken back of a transfer.
#[derive(Debug)]
pub struct ReversalOrder<'a> {
    /// The gateway's id of the transfer.
    pub transfer: &'a str,
    /// Minor units of the transfer's currency.
    pub amount_minor: i64,
    /// Stands for one reversal: repeated with the same amount, it is made once.
    pub key: &'a str,
}

/// Transfers an amount to an account, and returns the gateway's id of the transfer. A repeated call for the same
/// group finds the transfer of the first, at any time; one with another amount is an [`Error::Conflict`], and so
/// is what the gateway refuses.
pub async fn pay_out(platform: &Platform, order: &PayoutOrder<'_>) -> Result<String> {
    if order.to.gateway == SANDBOX {
        return Ok(format!("sandbox-{}", order.group));
    }
    let api = StripeApi::new(platform)?;
    let payout = PayoutOfBalance {
        destination: &order.to.reference,
        amount: order.amount,
        group: order.group,
        key: order.key,
    };
    let made = stripe::pay_out_again_or_first(&api, payout).await;
    same_amount(made.map_err(|error| refused(error, "payout"))?, order.amount.amount)
}

/// The gateway's id of the transfer of a group that [`pay_out`] made at this gateway; None if there is none.
pub async fn paid_out(platform: &Platform, gateway: &str, group: &str) -> Result<Option<String>> {
    // The sandbox keeps nothing.
    if gateway == SANDBOX {
        return Ok(None);
    }
    let api = StripeApi::new(platform)?;
    let made = stripe::payout_of(&api, group).await.map_err(|error| refused(error, "payout"))?;
    Ok(made.map(|(reference, _)| reference))
}

/// Takes a payout back that [`pay_out`] made at this gateway, all of it that was not taken back yet: a transfer does
/// not come back by itself. A repeated call takes nothing more. What the gateway refuses is an [`Error::Conflict`].
pub async fn take_back(
    platform: &Platform,
    gateway: &str,
    order: &ReversalOrder<'_>,
) -> Result<()> {
    if gateway == SANDBOX {
        return Ok(());
    }
    let api = StripeApi::new(platform)?;
    let taken = stripe::reverse_rest(&api, order.transfer, order.amount_minor, order.key).await;
    taken.map_err(|error| refused(error, "reversal"))
}

/// The id of what was made, if it is what was asked for.
fn same_amount((reference, made): (String, i64), asked: i64) -> Result<String> {
    if made == asked {
        return Ok(reference);
    }
    let detail =
        format!("{reference} of {made} minor units was made before, and this asks for {asked}");
    Err(Error::conflict("made_before", detail))
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
