//! What a payment gateway does. A gateway moves money and tells of it; it knows no order, no hold and no table
//! but its own. Everything it says is an [`Outcome`], whether it answers a call, calls back or is asked again.

use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use time::Duration;

use crate::{
    kernel::{Error, FieldError, Money, PaymentId, RefundId, Result},
    platform::{Config, Platform},
};

/// A payment to begin. Its id is the idempotency key: a repeated call charges once.
#[derive(Debug, Clone)]
pub struct Attempt {
    pub payment: PaymentId,
    pub amount: Money,
    /// The order's number, for the shopper's statement.
    pub order_number: String,
    pub shopper: PayingShopper,
    /// Where the shopper comes back to, by GET or by a POST from another site. Absolute.
    pub return_url: String,
    /// What a gateway of codes sends its code to, in E.164; empty where none was asked for.
    pub phone: String,
}

#[derive(Debug, Clone)]
pub struct PayingShopper {
    pub name: String,
    pub email: String,
    /// ISO 3166-1 alpha-2 of the shipping address.
    pub country: String,
}

/// A payment that was begun.
#[derive(Debug, Clone)]
pub struct Begun {
    pub payment: PaymentId,
    /// The gateway's own id of it; empty if its answer to the beginning was lost.
    pub reference: String,
    pub amount: Money,
}

/// A refund to make. Its id is the idempotency key: a repeated call refunds once.
#[derive(Debug, Clone)]
pub struct RefundOrder {
    pub refund: RefundId,
    pub payment: Begun,
    pub amount: Money,
    /// The gateway's own id of the refund, if it gave one before.
    pub reference: String,
}

/// What a gateway says of a payment. That it cannot be known is an error of the call, never one of these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Succeeded(Taken),
    /// The provider collects the money on delivery; nothing is taken yet.
    Due {
        reference: String,
    },
    RequiresAction {
        reference: String,
        action: NextAction,
    },
    /// The gateway works on it: ask again.
    Processing {
        reference: String,
    },
    /// Nothing was taken, and nothing will be. `reason` is for the shopper, a sentence.
    Failed {
        reference: String,
        reason: String,
    },
}

/// Money that a gateway took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    pub reference: String,
    /// What was taken, as the gateway says it: whoever asked compares it with what was asked for.
    pub amount: Money,
    pub method: Option<PaidWith>,
}

/// How the shopper paid, for receipts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaidWith {
    /// `visa`, `mastercard`, `amex`, `card`, or the gateway's word for a wallet or a bank.
    pub brand: String,
    /// Empty where there are none.
    pub last4: String,
}

/// What the shopper does next. Kept with the payment, so that every page and node can show it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum NextAction {
    /// To the gateway's page.
    Redirect { url: String },
    /// To the gateway's page by a form.
    PostForm { url: String, fields: Vec<(String, String)> },
    /// The gateway's own fields on our page.
    CardForm { client_secret: String, publishable_key: String, script_url: String },
    /// A code that was sent; `sent_to` is masked, for the shopper.
    Code { sent_to: String },
}

/// Without secrets and addresses that hold them.
impl std::fmt::Debug for NextAction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Redirect { .. } => "Redirect",
            Self::PostForm { .. } => "PostForm",
            Self::CardForm { .. } => "CardForm",
            Self::Code { .. } => "Code",
        })
    }
}

/// What a gateway says of a refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefundOutcome {
    Succeeded {
        reference: String,
    },
    /// The money is on its way: ask again, or wait for a notice.
    Pending {
        reference: String,
    },
    Failed {
        reason: String,
    },
}

/// A request that claims to come from a gateway: a webhook, or a shopper sent back by a form.
#[derive(Debug, Clone)]
pub struct RawNotice {
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl RawNotice {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// A notice whose signature holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    /// The gateway's id of the notice: one that was handled is not handled again.
    pub id: String,
    /// The gateway's word for what happened.
    pub kind: String,
    pub subject: Subject,
    /// The gateway's own id of what it is about; empty where the subject names it.
    pub reference: String,
}

/// What a notice is about. It is a reason to look it up, not the truth: notices come late, twice and in any
/// order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    Payment(PaymentId),
    Refund(RefundId),
    /// A provider's account at the gateway, which [`Observation::reference`] names.
    PayoutAccount,
    /// A dispute of a payment, which [`Observation::reference`] names.
    Dispute,
    /// Nothing that is kept here.
    Other,
}

/// Where and for what a gateway can be used.
#[derive(Debug, Clone)]
pub struct Capabilities {
    /// The shopper's word for it, like "Card".
    pub label: &'static str,
    /// ISO 4217; None: any.
    pub currencies: Option<&'static [&'static str]>,
    /// Shipping countries, ISO 3166-1 alpha-2; None: any.
    pub countries: Option<&'static [&'static str]>,
    /// Minor units of an order's total, at least and at most.
    pub amount_min: i64,
    pub amount_max: i64,
    /// How long holds wait for a shopper who is at a bank, or waits for a code.
    pub wait: Duration,
    /// Whether it takes money that moves; a sandbox does not.
    pub real: bool,
    /// Whether it needs a phone number that can receive SMS.
    pub needs_phone: bool,
    /// Whether what is paid with it has to be shipped: cash is collected at a door.
    pub goods_only: bool,
}

/// A payment gateway. **An error means that the outcome is unknown**, never that a charge or a refund failed;
/// [`Error::Conflict`] and [`Error::Invalid`] alone mean that nothing has changed, and say why.
pub trait Gateway: Send + Sync {
    /// The name in the API and in `payments.gateway`.
    fn name(&self) -> &'static str;

    /// None when it is not configured.
    fn capabilities(&self, config: &Config) -> Option<Capabilities>;

    /// Begins a payment.
    fn begin<'a>(
        &'a self,
        platform: &'a Platform,
        attempt: &'a Attempt,
    ) -> BoxFuture<'a, Result<Outcome>>;

    /// Takes a code that the shopper typed; for gateways of [`NextAction::Code`].
    fn submit_code<'a>(
        &'a self,
        _platform: &'a Platform,
        _payment: &'a Begun,
        _code: &'a str,
    ) -> BoxFuture<'a, Result<Outcome>> {
        let error =
            FieldError::new("code", "This payment takes no code; follow its `action` instead");
        Box::pin(std::future::ready(Err(error.into())))
    }

    /// Sends another code; for gateways of [`NextAction::Code`].
    fn resend_code<'a>(
        &'a self,
        _platform: &'a Platform,
        _payment: &'a Begun,
    ) -> BoxFuture<'a, Result<Outcome>> {
        Box::pin(std::future::ready(Err(Error::NotFound("code"))))
    }

    /// Where a payment stands at the gateway. One that the gateway never heard of has failed.
    fn look_up<'a>(
        &'a self,
        platform: &'a Platform,
        payment: &'a Begun,
    ) -> BoxFuture<'a, Result<Outcome>>;

    /// Reads a webhook or a return by form. One whose signature does not hold, is stale or is foreign is an
    /// [`Error::Invalid`] on `signature` or `body`.
    fn observe(&self, config: &Config, notice: &RawNotice) -> Result<Observation>;

    /// Makes sure that a payment takes no money any more: cancels it. One that succeeded meanwhile is told as
    /// such and stays. Idempotent. Anything but `Failed` and `Succeeded` means: not yet known.
    fn void<'a>(
        &'a self,
        platform: &'a Platform,
        payment: &'a Begun,
    ) -> BoxFuture<'a, Result<Outcome>>;

    /// Whether a refund that succeeded may fail later, when a bank does not take the money. If so,
    /// [`Gateway::refund`] says where one with a reference stands, and never makes another.
    fn refunds_may_come_back(&self) -> bool {
        false
    }

    /// Refunds money, or says where an earlier call of the same refund stands.
    fn refund<'a>(
        &'a self,
        platform: &'a Platform,
        refund: &'a RefundOrder,
    ) -> BoxFuture<'a, Result<RefundOutcome>>;
}
