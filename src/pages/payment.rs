//! An order that waits for payment: paying by card, the bank's confirmation, cancelling. Card details
//! are never kept. The page of an order that cannot be paid any more says why, or leads to the page
//! that does.

use std::time::Duration;

use poem::{
    Response, handler,
    http::StatusCode,
    web::{Form as Posted, Path},
};
use tokio::time::{Instant, sleep};
use url::form_urlencoded;

use super::{
    context::{AuthenticatePage, Form, OrderToPay, PaymentPage, PaymentToConfirm, SaleCard},
    errors::PageError,
    form::{FormValues, form_value},
    order_presenter::{OrderPresenter, is_payable, pay_by},
    present,
    request::{PageRequest, PageSpec},
    response::see_other,
    wording::{MoneyOutcome, StockOutcome, card_brand},
};
use crate::{
    kernel::{AccountId, Error, FieldError, PaymentId, Result},
    orders::{self, CancelReason, OrderView},
    payments::{Card, PaymentState},
    sales,
};

const GATEWAY: &str = "sandbox";
/// How long a second press waits for the payment of the first.
const OTHER_PRESS_WAIT: Duration = Duration::from_secs(5);
const OTHER_PRESS_PAUSE: Duration = Duration::from_millis(200);

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

#[handler]
pub async fn payment_page(
    request: &PageRequest,
    Path(number): Path<String>,
) -> Result<Response, PageError> {
    let account = request.signed_in()?.account.id;
    let order = orders::order_view(request.platform(), account, &number).await?;
    if let Some(redirect) = not_payable(request, account, &order).await? {
        return Ok(redirect);
    }
    let last = order.payments.last().filter(|payment| payment.state == PaymentState::Failed);
    let failure = last.and_then(|payment| payment.failure.clone());
    show_payment(request, account, order, failure, Form::default(), StatusCode::OK).await
}

#[handler]
pub async fn pay_order(
    request: &PageRequest,
    Path(number): Path<String>,
    Posted(form): Posted<FormValues>,
) -> Result<Response, PageError> {
    let account = request.signed_in()?.account.id;
    let order = orders::order_view(request.platform(), account, &number).await?;
    if let Some(redirect) = not_payable(request, account, &order).await? {
        return Ok(redirect);
    }
    let card = match Card::parse(
        form_value(&form, "card_number"),
        form_value(&form, "expiry"),
        form_value(&form, "cvc"),
        request.now,
    ) {
        Ok(card) => card,
        Err(error) => {
            let rejected = Form::rejected([], &error, &["card_number", "expiry", "cvc"]);
            return show_payment(
                request,
                account,
                order,
                None,
                rejected,
                StatusCode::UNPROCESSABLE_ENTITY,
            )
            .await;
        }
    };
    match orders::pay(request.platform(), account, &number, GATEWAY, card).await {
        Ok(paid) if paid.state == PaymentState::Succeeded => {
            request.flash().paid(&number);
            Ok(see_other(&format!("/orders/{number}")))
        }
        Ok(paid) if paid.state == PaymentState::Failed => {
            let failure = paid.failure.unwrap_or_else(|| "The payment failed.".to_owned());
            show_payment(
                request,
                account,
                order,
                Some(failure),
                Form::default(),
                StatusCode::PAYMENT_REQUIRED,
            )
            .await
        }
        Ok(paid) => Ok(see_other(&format!("/checkout/{number}/authenticate/{}", paid.id))),
        // Pay was pressed twice, and the first press succeeded.
        Err(Error::Conflict { code: "already_paid", .. }) => Ok(already_paid(request, &number)),
        Err(error) => after_other_press(request, account, &number, error).await,
    }
}

/// What follows from a press that found another one's payment in progress: where that one led, if
/// it ends soon. Other errors stay what they are.
async fn after_other_press(
    request: &PageRequest,
    account: AccountId,
    number: &str,
    error: Error,
) -> Result<Response, PageError> {
    if !matches!(error, Error::Conflict { code: "payment_under_way", .. }) {
        return Err(with_outcome(error));
    }
    let until = Instant::now() + OTHER_PRESS_WAIT;
    while Instant::now() < until {
        sleep(OTHER_PRESS_PAUSE).await;
        let order = orders::order_view(request.platform(), account, number).await?;
        if let Some(redirect) = not_payable(request, account, &order).await? {
            return Ok(redirect);
        }
        match order.payments.iter().rfind(|payment| payment.state.is_open()) {
            None => return Ok(see_other(&format!("/checkout/{number}/payment"))),
            Some(payment) if payment.state == PaymentState::RequiresAction => {
                return Ok(see_other(&format!("/checkout/{number}/authenticate/{}", payment.id)));
            }
            Some(_) => {}
        }
    }
    Err(with_outcome(error))
}

async fn show_payment(
    request: &PageRequest,
    account: AccountId,
    order: OrderView,
    failure: Option<String>,
    form: Form,
    status: StatusCode,
) -> Result<Response, PageError> {
    let presenter =
        OrderPresenter::load(request.platform(), account, std::slice::from_ref(&order)).await?;
    let page = PaymentPage { order: presenter.order(order), failure, sandbox: true };
    request.show(PageSpec { status, form, ..request.page("pages/payment") }, &page).await
}

/// Leads away from an order that cannot be paid: to the order if it is paid, to the cart if a newer
/// order took its place. An error if it was cancelled or its time to pay is over.
async fn not_payable(
    request: &PageRequest,
    account: AccountId,
    order: &OrderView,
) -> Result<Option<Response>, PageError> {
    let number = &order.number;
    if is_payable(order, request.now) {
        return Ok(None);
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
        Some(CancelReason::Lapsed) | None => {
            Error::conflict("hold_expired", format!("Order {number} was not paid in time."))
        }
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

#[handler]
pub async fn authenticate_page(
    request: &PageRequest,
    Path((number, payment)): Path<(String, String)>,
) -> Result<Response, PageError> {
    show_authenticate(request, &number, &payment, Form::default(), StatusCode::OK).await
}

#[handler]
pub async fn authenticate_payment(
    request: &PageRequest,
    Path((number, payment)): Path<(String, String)>,
    Posted(form): Posted<FormValues>,
) -> Result<Response, PageError> {
    let account = request.signed_in()?.account.id;
    let id: PaymentId = payment.parse().map_err(|_| Error::NotFound("payment"))?;
    let code = form_value(&form, "code").trim();
    if code.is_empty() {
        let error = Error::from(FieldError::new("code", "Enter the code from your bank"));
        return show_authenticate(
            request,
            &number,
            &payment,
            Form::rejected([], &error, &["code"]),
            StatusCode::UNPROCESSABLE_ENTITY,
        )
        .await;
    }
    match orders::authenticate(request.platform(), account, &number, id, code).await {
        Ok(paid) if paid.state == PaymentState::Succeeded => {
            request.flash().paid(&number);
            Ok(see_other(&format!("/orders/{number}")))
        }
        // The payment page says why the last attempt failed.
        Ok(_) => Ok(see_other(&format!("/checkout/{number}/payment"))),
        // The order or the payment has ended in the meantime, and says how.
        Err(Error::Conflict {
            code: "payment_over" | "hold_expired" | "order_cancelled" | "already_paid",
            ..
        }) => show_authenticate(request, &number, &payment, Form::default(), StatusCode::OK).await,
        Err(error @ Error::Invalid(_)) => {
            show_authenticate(
                request,
                &number,
                &payment,
                Form::rejected([], &error, &["code"]),
                StatusCode::UNPROCESSABLE_ENTITY,
            )
            .await
        }
        Err(error) => after_other_press(request, account, &number, error).await,
    }
}

async fn show_authenticate(
    request: &PageRequest,
    number: &str,
    payment: &str,
    form: Form,
    status: StatusCode,
) -> Result<Response, PageError> {
    let account = request.signed_in()?.account.id;
    let id: PaymentId = payment.parse().map_err(|_| Error::NotFound("payment"))?;
    let order = orders::order_view(request.platform(), account, number).await?;
    if let Some(redirect) = not_payable(request, account, &order).await? {
        return Ok(redirect);
    }
    let pay_by = pay_by(&order);
    let payment = order
        .payments
        .into_iter()
        .find(|payment| payment.id == id)
        .ok_or(Error::NotFound("payment"))?;
    if payment.state != PaymentState::RequiresAction {
        if payment.state == PaymentState::Cancelled {
            request.flash().info(
                "You have begun another payment for this order since, so that one has ended. \
                 Nothing was charged for it. You can pay here.",
            );
        }
        return Ok(see_other(&format!("/checkout/{number}/payment")));
    }
    let page = AuthenticatePage {
        order: OrderToPay {
            pay_by: pay_by.map(Into::into),
            number: order.number,
            total: order.total,
        },
        payment: PaymentToConfirm {
            id: payment.id.to_string(),
            amount: payment.amount,
            card_brand: payment.card_brand.as_deref().map(card_brand),
            card_last4: payment.card_last4,
        },
    };
    request.show(PageSpec { status, form, ..request.page("pages/authenticate") }, &page).await
}
