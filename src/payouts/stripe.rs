//! Stripe's API for sellers' accounts, transfers and disputes: each call once, as for payments.

use std::collections::HashMap;

use ::stripe::StripeRequest;
use ::stripe_connect::{
    account::{
        CreateAccount, CreateAccountCapabilities, CreateAccountCapabilitiesCardPayments,
        CreateAccountCapabilitiesTransfers, CreateAccountType, RetrieveAccount,
    },
    account_link::{CreateAccountLink, CreateAccountLinkType},
    login_link::CreateAccountLoginLink,
    transfer::{CreateTransfer, ListTransfer},
    transfer_reversal::{CreateIdTransferReversal, ListIdTransferReversal},
};
use ::stripe_core::dispute::{
    CloseDispute, ListDispute, RetrieveDispute, UpdateDispute, UpdateDisputeEvidence,
};
use ::stripe_shared::{Account, BalanceTransaction, Dispute as StripeDispute, TransferReversal};
use ::stripe_types::Currency;
use futures_util::FutureExt;
use time::OffsetDateTime;

use super::{
    account::{AccountAnswer, Requirements},
    dispute::{DisputeAnswer, DisputeFee, DisputeState},
    evidence_rules::Evidence,
    rules::{self, AccountFlags},
};
use crate::{
    kernel::{DisputeId, Error, Money, Result, TenantId},
    payments::{StripeApi, StripeRefusal, send_once},
};

const META_TENANT: &str = "smp_tenant";
const META_KEY: &str = "smp_key";
/// What is read of a list: as much as Stripe gives at once.
const LISTED_MAX: i64 = 100;

/// The error of a call that Stripe refused, or that has to be made again; `what` was called.
pub fn refused(refusal: StripeRefusal, what: &str) -> Error {
    match refusal {
        StripeRefusal::Refused { status: 404, .. } => Error::NotFound("object at Stripe"),
        StripeRefusal::Refused { message, .. } | StripeRefusal::Declined { message } => {
            Error::conflict("payouts_refused", format!("Stripe refused this: {message}"))
        }
        StripeRefusal::Unknown { .. } => refusal.asked_again(what),
    }
}

/// Makes the account of a provider, or gives the one that was made for it before. Its owner enters everything
/// at Stripe and has Stripe's own pages to look at it.
pub async fn create_account(
    api: &StripeApi<'_>,
    tenant: TenantId,
    country: &str,
) -> Result<Account, StripeRefusal> {
    let mut transfers = CreateAccountCapabilitiesTransfers::new();
    transfers.requested = Some(true);
    let mut cards = CreateAccountCapabilitiesCardPayments::new();
    cards.requested = Some(true);
    let mut capabilities = CreateAccountCapabilities::new();
    capabilities.transfers = Some(transfers);
    capabilities.card_payments = Some(cards);
    let request = CreateAccount::new()
        .type_(CreateAccountType::Express)
        .country(country)
        .capabilities(capabilities)
        .metadata(HashMap::from([(META_TENANT.to_owned(), tenant.to_string())]));
    send_once(&format!("smp-account-{tenant}"), |once| {
        request.customize().request_strategy(once).send(api.client()).boxed()
    })
    .await
}

pub async fn account(api: &StripeApi<'_>, id: &str) -> Result<Account, StripeRefusal> {
    Ok(RetrieveAccount::new(id).send(api.client()).await?)
}

/// The address of Stripe's form for an account. It can be opened once, within minutes.
pub async fn onboarding_url(
    api: &StripeApi<'_>,
    id: &str,
    page: &str,
) -> Result<String, StripeRefusal> {
    let request = CreateAccountLink::new(id, CreateAccountLinkType::AccountOnboarding)
        .refresh_url(page)
        .return_url(page);
    Ok(request.send(api.client()).await?.url)
}

/// The address of Stripe's pages about an account. It can be opened once.
pub async fn login_url(api: &StripeApi<'_>, id: &str) -> Result<String, StripeRefusal> {
    Ok(CreateAccountLoginLink::new(id).send(api.client()).await?.url)
}

/// What Stripe says of an account.
pub fn account_answer(account: &Account) -> AccountAnswer {
    let asked = account.requirements.as_ref();
    let disabled_reason = asked.and_then(|asked| asked.disabled_reason.as_ref());
    let requirements = Requirements {
        currently_due: asked.and_then(|asked| asked.currently_due.clone()).unwrap_or_default(),
        past_due: asked.and_then(|asked| asked.past_due.clone()).unwrap_or_default(),
        current_deadline: asked.and_then(|asked| asked.current_deadline).and_then(time_of),
        disabled_reason: disabled_reason.map(|reason| reason.as_str().to_owned()),
    };
    let transfers = account.capabilities.as_ref().and_then(|can| can.transfers.as_ref());
    let payouts_enabled = account.payouts_enabled.unwrap_or_default();
    AccountAnswer {
        state: rules::state(AccountFlags {
            details_submitted: account.details_submitted.unwrap_or_default(),
            transfers_active: transfers.is_some_and(|status| status.as_str() == "active"),
            payouts_enabled,
            disabled_reason: requirements.disabled_reason.as_deref(),
        }),
        charges_enabled: account.charges_enabled.unwrap_or_default(),
        payouts_enabled,
        requirements,
        country: account.country.clone().unwrap_or_default(),
    }
}

/// A payout of SMP's own balance.
#[derive(Debug, Clone, Copy)]
pub struct PayoutOfBalance<'a> {
    /// Stripe's id of the provider's account.
    pub destination: &'a str,
    pub amount: &'a Money,
    /// There is one transfer of a group.
    pub group: &'a str,
    /// Stands for one call.
    pub key: &'a str,
}

/// Transfers an amount of SMP's own balance, unless there is a transfer of its group; gives Stripe's id and the
/// minor units of the transfer that there is. Stripe forgets idempotency keys after a day, so the transfers of
/// the group are looked through first.
pub async fn pay_out_again_or_first(
    api: &StripeApi<'_>,
    payout: PayoutOfBalance<'_>,
) -> Result<(String, i64), StripeRefusal> {
    if let Some(made) = payout_of(api, payout.group).await? {
        return Ok(made);
    }
    let Ok(currency) = payout.amount.currency.to_ascii_lowercase().parse::<Currency>();
    let request = CreateTransfer::new(currency, payout.destination)
        .amount(payout.amount.amount)
        .transfer_group(payout.group)
        .metadata(HashMap::from([(META_KEY.to_owned(), payout.key.to_owned())]));
    let made = send_once(&format!("smp-payout-{}", payout.key), |once| {
        request.customize().request_strategy(once).send(api.client()).boxed()
    })
    .await?;
    Ok((made.id.to_string(), made.amount))
}

/// Stripe's id and the minor units of the transfer of a group, to whichever account it was made.
pub async fn payout_of(
    api: &StripeApi<'_>,
    group: &str,
) -> Result<Option<(String, i64)>, StripeRefusal> {
    let made = ListTransfer::new().transfer_group(group).limit(1).send(api.client()).await?;
    Ok(made.data.first().map(|made| (made.id.to_string(), made.amount)))
}

/// Takes a part of a transfer back, in minor units of its currency, unless that was done before under this key;
/// gives Stripe's id and the minor units of the reversal that there is.
async fn reverse_again_or_first(
    api: &StripeApi<'_>,
    transfer: &str,
    amount: i64,
    key: &str,
) -> Result<(String, i64), StripeRefusal> {
    let made = ListIdTransferReversal::new(transfer).limit(LISTED_MAX).send(api.client()).await?;
    let is_this = |made: &&TransferReversal| {
        made.metadata.as_ref().and_then(|data| data.get(META_KEY)).is_some_and(|made| made == key)
    };
    if let Some(made) = made.data.iter().find(is_this) {
        return Ok((made.id.to_string(), made.amount));
    }
    let request = CreateIdTransferReversal::new(transfer)
        .amount(amount)
        .metadata(HashMap::from([(META_KEY.to_owned(), key.to_owned())]));
    let made = send_once(&format!("smp-reversal-{transfer}-{key}"), |once| {
        request.customize().request_strategy(once).send(api.client()).boxed()
    })
    .await?;
    Ok((made.id.to_string(), made.amount))
}

/// Takes back what is left of a transfer of so many minor units. Somebody may have done so at Stripe's own pages.
pub async fn reverse_rest(
    api: &StripeApi<'_>,
    transfer: &str,
    amount: i64,
    key: &str,
) -> Result<(), StripeRefusal> {
    let made = ListIdTransferReversal::new(transfer).limit(LISTED_MAX).send(api.client()).await?;
    let left = amount - made.data.iter().map(|made| made.amount).sum::<i64>();
    if left > 0 {
        reverse_again_or_first(api, transfer, left, key).await?;
    }
    Ok(())
}

pub async fn dispute(api: &StripeApi<'_>, id: &str) -> Result<StripeDispute, StripeRefusal> {
    Ok(RetrieveDispute::new(id).send(api.client()).await?)
}

/// Submits evidence to the bank; `key` stands for one call. What is empty is left as Stripe has it.
pub async fn submit_evidence(
    api: &StripeApi<'_>,
    id: &str,
    evidence: &Evidence,
    key: &str,
) -> Result<StripeDispute, StripeRefusal> {
    let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let mut told = UpdateDisputeEvidence::new();
    told.product_description = given(&evidence.product_description);
    told.customer_name = given(&evidence.customer_name);
    told.customer_email_address = given(&evidence.customer_email);
    told.shipping_carrier = given(&evidence.shipping_carrier);
    told.shipping_tracking_number = given(&evidence.shipping_tracking_number);
    told.shipping_date = given(&evidence.shipping_date);
    told.uncategorized_text = given(&evidence.receipt_and_text());
    let request = UpdateDispute::new(id).evidence(told).submit(true);
    send_once(key, |once| request.customize().request_strategy(once).send(api.client()).boxed())
        .await
}

/// Closes a dispute as lost.
pub async fn close_dispute(
    api: &StripeApi<'_>,
    reference: &str,
    id: DisputeId,
) -> Result<StripeDispute, StripeRefusal> {
    let request = CloseDispute::new(reference);
    send_once(&format!("smp-dispute-close-{id}"), |once| {
        request.customize().request_strategy(once).send(api.client()).boxed()
    })
    .await
}

/// The newest disputes.
pub async fn disputes(api: &StripeApi<'_>) -> Result<Vec<StripeDispute>, StripeRefusal> {
    Ok(ListDispute::new().limit(LISTED_MAX).send(api.client()).await?.data)
}

/// What Stripe says of a dispute; None if its status says nothing to go by, or it is of no payment.
pub fn dispute_answer(dispute: &StripeDispute) -> Option<DisputeAnswer> {
    let state: DisputeState = dispute.status.as_str().parse().ok()?;
    Some(DisputeAnswer {
        reference: dispute.id.to_string(),
        intent: dispute.payment_intent.as_ref()?.id().to_string(),
        amount: Money::new(dispute.amount, dispute.currency.to_string().to_ascii_uppercase()),
        reason: dispute.reason.clone(),
        state,
        // Zero where the bank takes no answer.
        evidence_due_at: dispute.evidence_details.due_by.filter(|due| *due > 0).and_then(time_of),
        opened_at: time_of(dispute.created)?,
        submissions: i32::try_from(dispute.evidence_details.submission_count).unwrap_or(i32::MAX),
        fees: dispute.balance_transactions.iter().map(dispute_fee).collect(),
    })
}

fn dispute_fee(booked: &BalanceTransaction) -> DisputeFee {
    DisputeFee {
        reference: booked.id.to_string(),
        amount: Money::new(booked.fee, booked.currency.to_string().to_ascii_uppercase()),
    }
}

fn time_of(seconds: i64) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp(seconds).ok()
}
