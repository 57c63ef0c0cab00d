//! An order that waits for payment: choosing how to pay, and cancelling. The page of an order that
//! cannot be paid any more says why, or leads to the page that does.

use poem::{
    Response, handler,
    http::StatusCode,
    web::{Form as Posted, Path},
};
use time::Duration;
use url::form_urlencoded;

use super::{
    context::{Form, PaymentChoice, PaymentPage, PaymentVerification, SaleCard},
    errors::PageError,
    form::{FormValues, form_value},
    order_presenter::{OrderPresenter, takes_payment},
    present,
    request::{PageRequest, PageSpec},
    response::see_other,
    wording::{MoneyOutcome, StockOutcome},
};
use crate::{
    access::verification,
    checkouts,
    kernel::{AccountId, Error, PaymentId, Result},
    orders::{self, CancelReason, OrderState, OrderView, PaymentRequest},
    payments::{PaymentState, SANDBOX},
    platform::PublicPath,
    sales,
};

/// A press of Pay that finds a payment this young is the second press of the same.
const SAME_PRESS: Duration = Duration::seconds(10);
/// The fields of the form, in their order.
const FIELDS: [&str; 2] = ["gateway", "phone"];

/// Cancels an order that is not paid, and releases its units.
#[handler]
pub async fn cancel_order(
    request: &PageRequest,
    Path(number): Path<String>,
) -> Result<Response, PageError> {
    let account = request.account().ok_or_else(|| PageError::sign_in("/cart"))?;
    match orders::cancel(request.platform(), account, &number).await {
        Ok(order) => {
            request.flash().success(&format!(
                "Order {} is cancelled. Its items are back on sale, and nothing was charged.",
                order.number
            ));
            Ok(see_other("/cart"))
        }
        // Cancel was pressed twice, or the first answer was lost.
        Err(Error::Conflict { code: "order_cancelled", .. }) => {
            request.flash().info(&format!("Order {number} is cancelled already."));
            Ok(see_other("/cart"))
        }
        Err(Error::Conflict { code: "already_paid", detail, .. }) => {
            request.flash().info(&detail);
            Ok(see_other(&format!("/orders/{number}")))
        }
        Err(error) => Err(with_outcome(error)),
    }
}

/// Redirects a link to the form's address to the payment.
#[handler]
pub fn back_to_payment(Path(number): Path<String>) -> Response {
    let number = form_urlencoded::byte_serialize(number.as_bytes()).collect::<String>();
    see_other(&format!("/checkout/{number}/payment"))
}

/// The address of a payment's own page.
pub fn step_url(number: &str, payment: PaymentId) -> String {
    PublicPath::PaymentStep { order_number: number, payment }.to_string()
}

#[handler]
pub async fn payment_page(
    request: &PageRequest,
    Path(number): Path<String>,
) -> Result<Response, PageError> {
    let account = request.signed_in()?.account.id;
    let order = orders::order_view(request.platform(), account, &number).await?;
    if let Some(unknown) = order.payments.iter().find(|payment| is_unknown(payment.state))
        && (order.state == OrderState::AwaitingPayment || order.rest_is_due)
    {
        return Ok(see_other(&step_url(&number, unknown.id)));
    }
    if let Some(redirect) = not_payable(request, account, &order).await? {
        return Ok(redirect);
    }
    let last = order.payments.last().filter(|payment| payment.state == PaymentState::Failed);
    let failure = last.and_then(|payment| payment.failure.clone());
    show_payment(request, account, order, failure, Form::default(), StatusCode::OK).await
}

/// Whether nobody knows yet what became of a payment.
fn is_unknown(state: PaymentState) -> bool {
    matches!(state, PaymentState::Created | PaymentState::Processing)
}

#[handler]
pub async fn pay_order(
    request: &PageRequest,
    Path(number): Path<String>,
    Posted(form): Posted<FormValues>,
) -> Result<Response, PageError> {
    let session = request.signed_in()?;
    let account = session.account.id;
    let order = orders::order_view(request.platform(), account, &number).await?;
    if let Some(redirect) = not_payable(request, account, &order).await? {
        return Ok(redirect);
    }
    if let Err(error) = verification::require_verified(session) {
        return show_unverified(request, &number, error).await;
    }
    let gateway = form_value(&form, "gateway");
    let phone = Some(form_value(&form, "phone").trim()).filter(|phone| !phone.is_empty());
    let wanted = PaymentRequest {
        gateway,
        phone,
        sandbox_answer: None,
        same_press_since: Some(request.now - SAME_PRESS),
    };
    match orders::pay(request.platform(), account, &number, wanted).await {
        Ok(paid) if paid.state.is_settled() => {
            request.flash().paid(&number);
            Ok(see_other(&format!("/orders/{number}")))
        }
        Ok(paid) if paid.state == PaymentState::Failed => {
            let order = orders::order_view(request.platform(), account, &number).await?;
            let failure = paid.failure.or_else(|| Some("The payment failed.".to_owned()));
            let typed = Form::filled(typed(&form));
            show_payment(request, account, order, failure, typed, StatusCode::PAYMENT_REQUIRED)
                .await
        }
        Ok(paid) => Ok(see_other(&step_url(&number, paid.id))),
        // The payment that was open is paid.
        Err(Error::Conflict { code: "already_paid", .. }) => Ok(already_paid(request, &number)),
        Err(Error::Conflict { code: "payment_under_way", .. }) => {
            after_other_press(request, account, &number).await
        }
        Err(
            error @ Error::Conflict {
                code: "hold_expired" | "hold_lost" | "order_cancelled" | "payment_over",
                ..
            },
        ) => Err(with_outcome(error)),
        Err(error @ (Error::Conflict { .. } | Error::Invalid(_))) => {
            let status = error.status();
            let rejected = Form::rejected(typed(&form), &error, &FIELDS);
            show_payment(request, account, order, None, rejected, status).await
        }
        Err(error) => Err(with_outcome(error)),
    }
}

/// The page of an order whose shopper has not confirmed their address yet, with what was wrong. The
/// items are held as long as before.
pub async fn show_unverified(
    request: &PageRequest,
    number: &str,
    error: Error,
) -> Result<Response, PageError> {
    let account = request.signed_in()?.account.id;
    let order = orders::order_view(request.platform(), account, number).await?;
    if let Some(redirect) = not_payable(request, account, &order).await? {
        return Ok(redirect);
    }
    let rejected = Form::rejected([], &error, &["code"]);
    show_payment(request, account, order, None, rejected, error.status()).await
}

/// What was typed.
fn typed(form: &FormValues) -> [(&str, &str); 2] {
    FIELDS.map(|field| (field, form_value(form, field)))
}

/// A press that found another one's payment under way leads where that one led.
async fn after_other_press(
    request: &PageRequest,
    account: AccountId,
    number: &str,
) -> Result<Response, PageError> {
    let order = orders::order_view(request.platform(), account, number).await?;
    let open = order.payments.iter().rfind(|payment| payment.state.is_open());
    if let Some(open) = open
        && (order.state == OrderState::AwaitingPayment || order.rest_is_due)
    {
        return Ok(see_other(&step_url(number, open.id)));
    }
    let redirect = not_payable(request, account, &order).await?;
    Ok(redirect.unwrap_or_else(|| see_other(&format!("/checkout/{number}/payment"))))
}

async fn show_payment(
    request: &PageRequest,
    account: AccountId,
    order: OrderView,
    failure: Option<String>,
    mut form: Form,
    status: StatusCode,
) -> Result<Response, PageError> {
    let methods = orders::payment_methods(request.platform(), account, &order.number).await?;
    let mut chosen = form.values.get("gateway").cloned().unwrap_or_default();
    if chosen.is_empty() {
        let preferred =
            checkouts::payment_method_of(request.platform(), account, &order.number).await?;
        let is_offered = |gateway: &String| methods.iter().any(|method| method.gateway == gateway);
        chosen = preferred.filter(is_offered).unwrap_or_default();
    }
    if !form.values.contains_key("phone") {
        form.values.extend(order.shipping_address.phone.clone().map(|p| ("phone".to_owned(), p)));
    }
    let choices = methods.iter().enumerate().map(|(nth, method)| PaymentChoice {
        gateway: method.gateway.to_owned(),
        label: method.label.to_owned(),
        needs_phone: method.needs_phone,
        selected: if chosen.is_empty() { nth == 0 } else { chosen == method.gateway },
        is_test: !method.real,
    });
    let presenter =
        OrderPresenter::load(request.platform(), account, std::slice::from_ref(&order)).await?;
    let page = PaymentPage {
        methods: choices.collect(),
        needs_phone: methods.iter().any(|method| method.needs_phone),
        test_bank: methods.iter().any(|method| method.gateway == SANDBOX),
        test_cards: methods.iter().any(|method| !method.real && method.gateway != SANDBOX),
        failure: failure.map(|reason| failure_in_words(&order, &reason)),
        verify: request.session.as_ref().filter(|session| !session.is_verified).map(|session| {
            PaymentVerification {
                email: session.account.email.clone(),
                action: format!("/checkout/{}/verify", order.number),
            }
        }),
        order: presenter.order(order),
    };
    request.show(PageSpec { status, form, ..request.page("pages/payment") }, &page).await
}

/// Why a payment failed, and what that means for the money.
fn failure_in_words(order: &OrderView, reason: &str) -> String {
    let stands = if order.rest_is_due {
        "your order stands as it was"
    } else {
        "your items are still held for you"
    };
    // Money that was taken all the same is on its way back, and the reason says so.
    let is_returned = order.refunds.iter().any(|refund| refund.reason == reason);
    if is_returned {
        let (first, rest) = stands.split_at(1);
        return format!("{reason} {}{rest}.", first.to_uppercase());
    }
    // Some reasons say that already.
    let (why, _) = reason.split_once(" Nothing was charged").unwrap_or((reason, ""));
    format!("{why} Nothing was charged, and {stands}.")
}

/// Leads away from an order that cannot be paid: to the order if it is paid, to the cart if a newer
/// order took its place. An error if it was cancelled or its time to pay is over.
pub async fn not_payable(
    request: &PageRequest,
    account: AccountId,
    order: &OrderView,
) -> Result<Option<Response>, PageError> {
    let number = &order.number;
    if takes_payment(order, request.now) {
        return Ok(None);
    }
    if order.cancel_reason == Some(CancelReason::RestUnpaid) {
        request.flash().info(&format!(
            "Order {number} was cancelled, because the rest was not paid. It cannot be paid any more."
        ));
        return Ok(Some(see_other(&format!("/orders/{number}"))));
    }
    let with_its_sale = [CancelReason::SaleCancelled, CancelReason::TargetMissed];
    if order.cancel_reason.is_some_and(|reason| with_its_sale.contains(&reason)) {
        request
            .flash()
            .info(&format!("Order {number} was cancelled with its sale. Nothing is to be paid."));
        return Ok(Some(see_other(&format!("/orders/{number}"))));
    }
    if order.rest.is_some() && order.confirmed_at.is_some() {
        request.flash().info(&format!("Nothing is left to pay of order {number}."));
        return Ok(Some(see_other(&format!("/orders/{number}"))));
    }
    // A paid order that its shopper cancelled was paid all the same; its page says the rest.
    if order.confirmed_at.is_some() {
        return Ok(Some(already_paid(request, number)));
    }
    let error = match order.cancel_reason {
        Some(CancelReason::Replaced) => {
            request.flash().info(&format!(
                "Your cart has changed, so a newer order took the place of {number}. Nothing was \
                 charged for {number}."
            ));
            return Ok(Some(see_other("/cart")));
        }
        Some(CancelReason::Shopper) => {
            Error::conflict("order_cancelled", format!("You cancelled order {number}."))
        }
        Some(CancelReason::UnitsGone) => Error::conflict(
            "hold_lost",
            format!(
                "Your items were gone by the time the payment for order {number} came through."
            ),
        ),
        Some(
            CancelReason::Lapsed
            | CancelReason::RestUnpaid
            | CancelReason::SaleCancelled
            | CancelReason::TargetMissed,
        )
        | None => Error::conflict("hold_expired", format!("Order {number} was not paid in time.")),
    };
    let page_error = with_outcome(error);
    Err(match first_sale(request, account, order).await? {
        Some(sale) => page_error.with_sale(sale),
        None => page_error,
    })
}

/// Redirects to the order's page with a notice that the order is paid already: after a second press of
/// Pay, or a return to the payment page.
pub fn already_paid(request: &PageRequest, number: &str) -> Response {
    request.flash().info(&format!("Order {number} is paid already. You were charged once."));
    see_other(&format!("/orders/{number}"))
}

/// The first sale of an order, to go back to.
async fn first_sale(
    request: &PageRequest,
    account: AccountId,
    order: &OrderView,
) -> Result<Option<SaleCard>> {
    let Some(line) = order.parcels.iter().flat_map(|parcel| &parcel.lines).next() else {
        return Ok(None);
    };
    let mut tx = request.platform().db.shopper(Some(account)).await?;
    let sale = sales::published_by_ids(&mut tx, &[line.sale_id]).await?.pop();
    drop(tx);
    let Some(sale) = sale else { return Ok(None) };
    let snapshot = request.pages.snapshots.get(&sale.slug).await?;
    Ok(snapshot.map(|snapshot| present::card(&snapshot, request.now)))
}

/// Adds what an error in checkout means for the shopper's money and units.
pub fn with_outcome(error: Error) -> PageError {
    let (money, stock) = match &error {
        Error::Conflict { code: "hold_expired" | "order_cancelled", .. } => {
            (Some(MoneyOutcome::None), Some(StockOutcome::Returned))
        }
        Error::Conflict { code: "hold_lost", .. } => {
            (Some(MoneyOutcome::Refunded), Some(StockOutcome::None))
        }
        Error::Conflict { code: "payment_under_way" | "payment_over", .. }
        | Error::Internal(_)
        | Error::Unavailable { .. } => (Some(MoneyOutcome::Unknown), None),
        Error::Conflict { .. } => (Some(MoneyOutcome::None), Some(StockOutcome::Held)),
        _ => (None, None),
    };
    let mut page_error = PageError::from(error);
    if let Some(money) = money {
        page_error = page_error.with_money(money);
    }
    if let Some(stock) = stock {
        page_error = page_error.with_stock(stock, None);
    }
    page_error
}
