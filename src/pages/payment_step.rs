//! A payment that is under way: to the gateway, by a code, back from the gateway, and the wait until it
//! is known.

use poem::{
    Response, handler,
    http::{HeaderValue, StatusCode, header},
    web::{Form as Posted, Path},
};

use super::{
    context::{Form, HiddenField, OrderToPay, PaymentStepPage, PaymentToFollow},
    errors::PageError,
    form::{FormValues, form_value, require},
    order_presenter::{self, pay_by},
    payment::{not_payable, step_url, with_outcome},
    request::{PageRequest, PageSpec},
    response::see_other,
};
use crate::{
    kernel::{AccountId, Error, PaymentId, Result},
    orders::{self, OrderState, OrderView, PaymentActionKind, PaymentActionView, PaymentView},
    payments::{PaymentState, gateway::RawNotice},
    platform::{PublicPath, config::StripeConfig},
};

/// How often the page that waits asks by itself: for a minute.
const ASKS_MAX: u32 = 20;

fn payment_id(text: &str) -> Result<PaymentId> {
    text.parse().map_err(|_| Error::NotFound("payment"))
}

/// Redirects a link to a form's address to the payment.
#[handler]
pub fn back_to_step(
    Path((number, payment)): Path<(String, String)>,
) -> Result<Response, PageError> {
    Ok(see_other(&step_url(&number, payment_id(&payment)?)))
}

#[handler]
pub async fn step_page(
    request: &PageRequest,
    Path((number, payment)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let account = request.signed_in()?.account.id;
    let id = payment_id(&payment)?;
    show_step(request, account, &number, id, Form::default(), StatusCode::OK).await
}

/// Takes the code that was sent to the shopper.
#[handler]
pub async fn submit_code(
    request: &PageRequest,
    Path((number, payment)): Path<(String, String)>,
    Posted(form): Posted<FormValues>,
) -> Result<Response, PageError> {
    let account = request.signed_in()?.account.id;
    let id = payment_id(&payment)?;
    let code = form_value(&form, "code").trim();
    let submitted = match require(&[("code", code, "Enter the code that we sent you")]) {
        Ok(()) => orders::submit_code(request.platform(), account, &number, id, code).await,
        Err(error) => Err(error),
    };
    after_code(request, account, &number, id, submitted).await
}

/// Sends another code.
#[handler]
pub async fn resend_code(
    request: &PageRequest,
    Path((number, payment)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let account = request.signed_in()?.account.id;
    let id = payment_id(&payment)?;
    let sent = orders::resend_code(request.platform(), account, &number, id).await;
    if sent.as_ref().is_ok_and(|payment| payment.state == PaymentState::RequiresAction) {
        request.flash().info("We have sent you another code. The one before is void.");
    }
    after_code(request, account, &number, id, sent).await
}

async fn after_code(
    request: &PageRequest,
    account: AccountId,
    number: &str,
    id: PaymentId,
    result: Result<PaymentView>,
) -> Result<Response, PageError> {
    match result {
        // The order or the payment may have ended in the meantime, and its page says how.
        Ok(_)
        | Err(Error::Conflict {
            code:
                "payment_over" | "payment_under_way" | "hold_expired" | "order_cancelled"
                | "already_paid",
            ..
        }) => Ok(see_other(&step_url(number, id))),
        Err(error @ Error::Conflict { code: "hold_lost", .. }) => Err(with_outcome(error)),
        Err(error @ (Error::Invalid(_) | Error::Conflict { .. })) => {
            let status = error.status();
            let rejected = Form::rejected([], &error, &["code"]);
            show_step(request, account, number, id, rejected, status).await
        }
        Err(error) => Err(with_outcome(error)),
    }
}

async fn show_step(
    request: &PageRequest,
    account: AccountId,
    number: &str,
    id: PaymentId,
    form: Form,
    status: StatusCode,
) -> Result<Response, PageError> {
    let platform = request.platform();
    let payment = orders::payment_view(platform, account, number, id).await?;
    let order = orders::order_view(platform, account, number).await?;
    if payment.state.is_settled() {
        request.flash().paid(number);
        return Ok(see_other(&format!("/orders/{number}")));
    }
    let is_unknown = matches!(payment.state, PaymentState::Created | PaymentState::Processing);
    let is_waited_for = order.state == OrderState::AwaitingPayment || order.rest_is_due;
    if !(is_unknown && is_waited_for)
        && let Some(redirect) = not_payable(request, account, &order).await?
    {
        return Ok(redirect);
    }
    match payment.state {
        PaymentState::Cancelled => request.flash().info(
            "That payment has ended, because another was begun or the order changed. Nothing was \
             charged for it. You can pay here.",
        ),
        // The payment page says why.
        PaymentState::Failed => {}
        _ => return show_action(request, order, payment, form, status).await,
    }
    Ok(see_other(&format!("/checkout/{number}/payment")))
}

/// Leads to the gateway, or shows what to do, or that the payment is not known yet.
async fn show_action(
    request: &PageRequest,
    order: OrderView,
    payment: PaymentView,
    form: Form,
    status: StatusCode,
) -> Result<Response, PageError> {
    let origin = payment.action.as_ref().and_then(|action| origin_of(action.url.as_deref()?));
    let kind = payment.action.as_ref().map(|action| action.kind);
    if let (Some(PaymentActionKind::Redirect), Some(action)) = (kind, &payment.action) {
        let url = action.url.as_deref().unwrap_or("/cart");
        // Of our own test bank, the path alone: a proxy may show the site at another address.
        let base = &request.platform().config.base_url;
        let path = url.strip_prefix(base.as_str()).filter(|path| path.starts_with('/'));
        return Ok(see_other(path.unwrap_or(url)));
    }
    let asked = request.query.get("asked").and_then(|asked| asked.parse().ok()).unwrap_or(0_u32);
    let refresh = (kind.is_none() && asked < ASKS_MAX)
        .then(|| format!("{}?asked={}", step_url(&order.number, payment.id), asked + 1));
    let page = PaymentStepPage {
        step: kind.map(|kind| name_of(kind).to_owned()),
        refresh_url: refresh,
        payment: to_follow(request, payment),
        order: OrderToPay {
            pay_by: pay_by(&order).map(Into::into),
            rest: order_presenter::rest(&order),
            number: order.number,
            total: order.total,
        },
    };
    let spec = PageSpec { status, form, ..request.page("pages/payment-step") };
    let mut response = request.show(spec, &page).await?;
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let policy = match kind {
        Some(PaymentActionKind::PostForm) => origin.map(|origin| form_page_policy(&origin)),
        Some(PaymentActionKind::CardForm) => {
            request.platform().config.stripe.as_ref().map(StripeConfig::card_page_policy)
        }
        _ => None,
    };
    if let Some(policy) = policy.and_then(|policy| HeaderValue::from_str(&policy).ok()) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    Ok(response)
}

/// The Content-Security-Policy of a page whose form leads to a gateway.
fn form_page_policy(origin: &str) -> String {
    format!(
        "default-src 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'self'; \
         img-src 'self' data:; form-action 'self' {origin}"
    )
}

fn name_of(kind: PaymentActionKind) -> &'static str {
    match kind {
        PaymentActionKind::Redirect => "redirect",
        PaymentActionKind::PostForm => "post_form",
        PaymentActionKind::CardForm => "card_form",
        PaymentActionKind::Code => "code",
    }
}

fn origin_of(address: &str) -> Option<String> {
    Some(url::Url::parse(address).ok()?.origin().ascii_serialization())
}

fn to_follow(request: &PageRequest, payment: PaymentView) -> PaymentToFollow {
    let path = PublicPath::PaymentReturn { gateway: &payment.gateway, payment: payment.id };
    let follow = PaymentToFollow {
        id: payment.id.to_string(),
        amount: payment.amount,
        return_url: request.platform().public_url(path),
        url: None,
        fields: vec![],
        sent_to: None,
        client_secret: None,
        publishable_key: None,
        script_url: None,
    };
    let Some(action) = payment.action else { return follow };
    let PaymentActionView {
        kind: _,
        url,
        fields,
        client_secret,
        publishable_key,
        script_url,
        sent_to,
    } = action;
    let field =
        |field: orders::PaymentFormField| HiddenField { name: field.name, value: field.value };
    PaymentToFollow {
        url,
        fields: fields.into_iter().map(field).collect(),
        client_secret,
        publishable_key,
        script_url,
        sent_to,
        ..follow
    }
}

/// A gateway sends the shopper back, by a link. The browser may have no session here: whose payment it
/// is, the page that follows asks.
#[handler]
pub async fn return_from_gateway(
    request: &PageRequest,
    Path((gateway, payment)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let id = payment_id(&payment)?;
    let number = orders::look_up_returned(request.platform(), &gateway, id).await?;
    Ok(see_other(&step_url(&number, id)))
}

/// A gateway sends the shopper back by a form, which comes from its site and tells of the payment.
#[handler]
pub async fn return_by_form(
    request: &PageRequest,
    Path((gateway, payment)): Path<(String, String)>,
    notice: RawNotice,
) -> Result<Response, PageError> {
    let id = payment_id(&payment)?;
    if let Err(error) = orders::hear(request.platform(), &gateway, &notice).await {
        tracing::warn!(?error, gateway, "a return by form was not understood; it is looked up");
    }
    let number = orders::look_up_returned(request.platform(), &gateway, id).await?;
    Ok(see_other(&step_url(&number, id)))
}
