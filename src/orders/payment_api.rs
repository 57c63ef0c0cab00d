//! The API of payments: how an order can be paid, paying it, and what gateways send.

use poem_openapi::{ApiResponse, Enum, Object, OpenApi, param::Path, payload::Json};

use super::{
    look_up::hear,
    pay::{PaymentRequest, pay, payment_methods, payment_view, resend_code, submit_code},
    view::PaymentView,
};
use crate::{
    access::{
        Anyone, SignedIn, Tag,
        limits::{limit_notices, limit_pay},
        verification,
    },
    kernel::{Error, Input, PaymentId, Result},
    payments::{BankAnswer, Offered, gateway::RawNotice},
    platform::Platform,
};

pub struct PaymentsApi {
    pub platform: Platform,
}

/// A way to pay an order.
#[derive(Object)]
struct PaymentMethod {
    /// For `payment_create`.
    gateway: String,
    /// The shopper's word for it.
    label: String,
    /// It needs a phone number that can receive SMS.
    needs_phone: bool,
    /// No real money is moved.
    is_test: bool,
    /// How long the units are held for a shopper who is at a bank, or waits for a code.
    wait_seconds: i64,
}

impl From<Offered> for PaymentMethod {
    fn from(offered: Offered) -> Self {
        Self {
            gateway: offered.gateway.to_owned(),
            label: offered.label.to_owned(),
            needs_phone: offered.needs_phone,
            is_test: !offered.real,
            wait_seconds: offered.wait.whole_seconds(),
        }
    }
}

#[derive(Object)]
struct PaymentMethodList {
    items: Vec<PaymentMethod>,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct PaymentInput {
    /// One of `payment_method_list`.
    gateway: String,
    /// In E.164, for a method that needs one; the phone of the address by default.
    phone: Option<String>,
    /// For tests of integrations: decides a payment by `sandbox` at once, instead of at the page of
    /// its bank. Any other gateway refuses it.
    sandbox_answer: Option<SandboxAnswer>,
}

/// How the sandbox decides.
#[derive(Clone, Copy, Enum)]
#[oai(rename_all = "snake_case")]
enum SandboxAnswer {
    Approve,
    Decline,
}

impl From<SandboxAnswer> for BankAnswer {
    fn from(answer: SandboxAnswer) -> Self {
        match answer {
            SandboxAnswer::Approve => Self::Approve,
            SandboxAnswer::Decline => Self::Decline,
        }
    }
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct PaymentCodeInput {
    /// As it was sent.
    code: String,
}

#[derive(ApiResponse)]
enum PaymentTried {
    /// Begun: `succeeded`, `due`, `requires_action`, `processing` or `failed`; `created` when the
    /// gateway did not answer yet.
    #[oai(status = 201)]
    Created(Json<PaymentView>),
}

#[derive(ApiResponse)]
enum NoticeHeard {
    /// Handled, now or before, or nothing of ours.
    #[oai(status = 200)]
    Heard,
}

#[OpenApi(tag = "Tag::Orders")]
impl PaymentsApi {
    /// How my order can be paid
    ///
    /// The ways to pay what is due of this order, by its currency, its country, the amount and what is in
    /// it. A deposit and its rest are not paid in cash on delivery. Empty when there is none.
    #[oai(
        path = "/me/orders/:number/payment-methods",
        method = "get",
        operation_id = "payment_method_list"
    )]
    async fn payment_method_list(
        &self,
        caller: SignedIn,
        number: Path<String>,
    ) -> Result<Json<PaymentMethodList>> {
        let methods = payment_methods(&self.platform, caller.account(), &number.0).await?;
        Ok(Json(PaymentMethodList { items: methods.into_iter().map(Into::into).collect() }))
    }

    /// Pay an order
    ///
    /// Begins a payment of the order's total; of an order with a deposit, first of its `due_now`, then of its
    /// `rest`, each with any of its ways to pay. The answer tells how it went: `succeeded` confirms the
    /// order, and so does `due`, where the money is collected on delivery; `requires_action` says in
    /// `action` what the shopper does next, and `page_url` is a page that does it; `processing` and
    /// `created` are not known yet, so ask `payment_get` again; `failed` changes nothing and can be
    /// tried again. The units are held while a payment is in progress.
    ///
    /// A payment that waits for the shopper ends when another is begun. The `sandbox` gateway moves
    /// no money; its bank is a page of this server.
    ///
    /// Refused with 403 `urn:smp:email_unverified` until the address of the account is confirmed
    /// (`verification_confirm`); the units are held no longer for it. Refused with 409:
    /// `urn:smp:already_paid`, `urn:smp:order_cancelled`, `urn:smp:hold_expired`,
    /// `urn:smp:payment_under_way`, `urn:smp:payment_over` when the order was cancelled meanwhile, and
    /// `urn:smp:hold_lost` when the units were gone by the time the payment came through; it is then
    /// refunded. A gateway that cannot pay this order is a 422 on `gateway`.
    #[oai(
        path = "/me/orders/:number/payments",
        method = "post",
        operation_id = "payment_create",
        transform = "limit_pay"
    )]
    async fn payment_create(
        &self,
        caller: SignedIn,
        number: Path<String>,
        body: Input<PaymentInput>,
    ) -> Result<PaymentTried> {
        verification::require_verified(&caller.0)?;
        let request = PaymentRequest {
            gateway: &body.gateway,
            phone: body.phone.as_deref(),
            sandbox_answer: body.sandbox_answer.map(Into::into),
            same_press_since: None,
        };
        let payment = pay(&self.platform, caller.account(), &number.0, request).await?;
        Ok(PaymentTried::Created(Json(payment)))
    }

    /// One of my payments
    ///
    /// Where the payment stands, and what to do next while it `requires_action`. A payment of another
    /// order is a 404.
    #[oai(
        path = "/me/orders/:number/payments/:payment",
        method = "get",
        operation_id = "payment_get"
    )]
    async fn payment_get(
        &self,
        caller: SignedIn,
        number: Path<String>,
        payment: Path<PaymentId>,
    ) -> Result<Json<PaymentView>> {
        let account = caller.account();
        Ok(Json(payment_view(&self.platform, account, &number.0, payment.0).await?))
    }

    /// Confirm a payment with the code that was sent
    ///
    /// For a payment whose `action` is a `code`. A repeat after it was right returns the same payment;
    /// a payment that takes no code is a 422.
    ///
    /// Refused with 409: `urn:smp:payment_under_way`, `urn:smp:payment_over`,
    /// `urn:smp:hold_expired`, `urn:smp:order_cancelled`, `urn:smp:hold_lost`.
    #[oai(
        path = "/me/orders/:number/payments/:payment/code",
        method = "post",
        operation_id = "payment_code_submit",
        transform = "limit_pay"
    )]
    async fn payment_code_submit(
        &self,
        caller: SignedIn,
        number: Path<String>,
        payment: Path<PaymentId>,
        body: Input<PaymentCodeInput>,
    ) -> Result<Json<PaymentView>> {
        let account = caller.account();
        let code = &body.code;
        Ok(Json(submit_code(&self.platform, account, &number.0, payment.0, code).await?))
    }

    /// Send another code
    ///
    /// For a payment whose `action` is a `code`: the code before is void.
    ///
    /// Refused with 409: `urn:smp:payment_under_way`, `urn:smp:payment_over`,
    /// `urn:smp:hold_expired`, `urn:smp:order_cancelled`.
    #[oai(
        path = "/me/orders/:number/payments/:payment/code/resend",
        method = "post",
        operation_id = "payment_code_resend",
        transform = "limit_pay"
    )]
    async fn payment_code_resend(
        &self,
        caller: SignedIn,
        number: Path<String>,
        payment: Path<PaymentId>,
    ) -> Result<Json<PaymentView>> {
        let account = caller.account();
        Ok(Json(resend_code(&self.platform, account, &number.0, payment.0).await?))
    }

    /// What a gateway tells of its own accord
    ///
    /// The webhook of a gateway: the body as the gateway signed it, of any content type. What it is
    /// about is looked up at the gateway, so that late, repeated and reordered notices do no harm.
    ///
    /// 400 when the signature is wrong, stale or of another gateway; 404 when the gateway is not set
    /// up; 503 when its subject cannot be looked up now: send it again later.
    #[oai(
        path = "/payments/:gateway/notices",
        method = "post",
        operation_id = "gateway_notice",
        transform = "limit_notices"
    )]
    async fn gateway_notice(
        &self,
        _anyone: Anyone,
        gateway: Path<String>,
        notice: RawNotice,
    ) -> Result<NoticeHeard> {
        match hear(&self.platform, &gateway.0, &notice).await {
            Ok(()) => Ok(NoticeHeard::Heard),
            Err(Error::Invalid(wrong)) => Err(Error::Unreadable(wrong)),
            Err(error) => Err(error),
        }
    }
}
