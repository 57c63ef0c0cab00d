//! The sandbox gateway: moves no money. The shopper answers at the page of a made-up bank.

use futures_util::future::{BoxFuture, FutureExt};
use serde::{Deserialize, Serialize};
use time::Duration;
use uuid::Uuid;

use super::{
    gateway::{
        Attempt, Begun, Capabilities, Gateway, Observation, Outcome, RawNotice, RefundOrder,
        RefundOutcome, Subject,
    },
    sandbox_bank,
};
use crate::{
    kernel::{FieldError, PaymentId, RefundId, Result},
    platform::{Config, Platform},
};

/// The sandbox's name.
pub const SANDBOX: &str = "sandbox";
/// How long holds wait for a shopper at the made-up bank.
const WAIT: Duration = Duration::minutes(10);
/// What the made-up bank signs its notices for.
const NOTICE_PURPOSE: &str = "sandbox notice";

pub struct Sandbox;

/// The body of a notice, without its signature.
#[derive(Serialize, Deserialize)]
struct BankNotice {
    id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    payment: Option<PaymentId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refund: Option<RefundId>,
}

/// A notice as the made-up bank sends it, signed.
pub fn sandbox_notice(config: &Config, subject: Subject) -> Result<RawNotice> {
    let (payment, refund) = match subject {
        Subject::Payment(payment) => (Some(payment), None),
        Subject::Refund(refund) => (None, Some(refund)),
        Subject::PayoutAccount | Subject::Dispute | Subject::Other => (None, None),
    };
    let notice = BankNotice { id: Uuid::new_v4(), payment, refund };
    let text = serde_json::to_string(&notice).map_err(anyhow::Error::from)?;
    let signed = config.keyring.sign(NOTICE_PURPOSE, &text);
    Ok(RawNotice { headers: vec![], body: signed.into_bytes() })
}

impl Gateway for Sandbox {
    fn name(&self) -> &'static str {
        SANDBOX
    }

    fn capabilities(&self, config: &Config) -> Option<Capabilities> {
        let allowed = !config.production || config.allow_sandbox;
        allowed.then_some(Capabilities {
            label: "Test payment",
            currencies: None,
            countries: None,
            amount_min: 0,
            amount_max: i64::MAX,
            wait: WAIT,
            real: false,
            needs_phone: false,
            goods_only: false,
        })
    }

    fn begin<'a>(
        &'a self,
        platform: &'a Platform,
        attempt: &'a Attempt,
    ) -> BoxFuture<'a, Result<Outcome>> {
        sandbox_bank::begin(platform, attempt).boxed()
    }

    fn look_up<'a>(
        &'a self,
        platform: &'a Platform,
        payment: &'a Begun,
    ) -> BoxFuture<'a, Result<Outcome>> {
        sandbox_bank::look_up(platform, payment.payment).boxed()
    }

    fn observe(&self, config: &Config, notice: &RawNotice) -> Result<Observation> {
        let text = std::str::from_utf8(&notice.body)
            .map_err(|_| FieldError::new("body", "Is no text; send the notice as it was signed"))?;
        let text = config.keyring.verify(NOTICE_PURPOSE, text).ok_or_else(|| {
            FieldError::new("signature", "Was not made by this sandbox; send the notice unchanged")
        })?;
        let read: BankNotice = serde_json::from_str(text).map_err(|_| {
            FieldError::new("body", "Is no notice of the sandbox; send it unchanged")
        })?;
        let (kind, subject) = match (read.payment, read.refund) {
            (Some(payment), _) => ("payment", Subject::Payment(payment)),
            (None, Some(refund)) => ("refund", Subject::Refund(refund)),
            (None, None) => ("other", Subject::Other),
        };
        Ok(Observation {
            id: read.id.to_string(),
            kind: kind.to_owned(),
            subject,
            reference: String::new(),
        })
    }

    fn void<'a>(
        &'a self,
        platform: &'a Platform,
        payment: &'a Begun,
    ) -> BoxFuture<'a, Result<Outcome>> {
        sandbox_bank::void(platform, payment.payment).boxed()
    }

    fn refunds_may_come_back(&self) -> bool {
        true
    }

    fn refund<'a>(
        &'a self,
        platform: &'a Platform,
        refund: &'a RefundOrder,
    ) -> BoxFuture<'a, Result<RefundOutcome>> {
        sandbox_bank::refund(platform, refund).boxed()
    }
}
