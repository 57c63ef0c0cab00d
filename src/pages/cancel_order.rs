//! Cancelling a paid order of which nothing was shipped: a page that says what follows, and the press
//! that does it.

use poem::{Response, handler, web::Path};

use super::{
    context::CancelOrderPage, errors::PageError, order::order_url, order_presenter::OrderPresenter,
    request::PageRequest, response::see_other,
};
use crate::{
    kernel::{Error, Money},
    orders::{self, OrderState, OrderView, ParcelState},
    payments::PaymentState,
};

#[handler]
pub async fn confirm_page(
    request: &PageRequest,
    Path(number): Path<String>,
) -> Result<Response, PageError> {
    let account = request.signed_in()?.account.id;
    let order = orders::order_view(request.platform(), account, &number).await?;
    if !order.cancel_offered || order.state == OrderState::AwaitingPayment {
        request.flash().info(
            "This order cannot be cancelled here any more. The page says where it stands; contact \
             us if something isn’t right.",
        );
        return Ok(see_other(&order_url(&order.number)));
    }
    let left = order.paid.amount - order.refunded.amount;
    let kept = kept_minor(&order).min(deposits_minor(&order)).min(left);
    let money = |amount: i64| Money::new(amount, &order.total.currency);
    let refund = (is_paid(&order) && left > kept).then(|| money(left - kept));
    let kept = (is_paid(&order) && kept > 0).then(|| money(kept));
    let presenter =
        OrderPresenter::load(request.platform(), account, std::slice::from_ref(&order)).await?;
    let page = CancelOrderPage { order: presenter.order(order), refund, kept };
    request.show(request.page("pages/cancel-order"), &page).await
}

/// What of its deposits its shopper does not get back, in minor units.
fn kept_minor(order: &OrderView) -> i64 {
    order.kept_if_unpaid.as_ref().map_or(0, |kept| kept.amount)
}

/// The deposits of the units that were not refunded, in minor units.
fn deposits_minor(order: &OrderView) -> i64 {
    let open = order.parcels.iter().filter(|parcel| parcel.state != ParcelState::Cancelled);
    open.flat_map(|parcel| &parcel.lines)
        .filter_map(|line| {
            let of_each =
                (line.total.amount - line.rest.as_ref()?.amount) / i64::from(line.quantity);
            Some(of_each * i64::from(line.quantity - line.refunded_quantity))
        })
        .sum()
}

/// Whether money was taken for it. Cash is paid on delivery.
fn is_paid(order: &OrderView) -> bool {
    order.payments.iter().any(|payment| payment.state == PaymentState::Succeeded)
}

/// Cancels the order, and leads back to it.
#[handler]
pub async fn cancel_paid_order(
    request: &PageRequest,
    Path(number): Path<String>,
) -> Result<Response, PageError> {
    let account =
        request.account().ok_or_else(|| PageError::sign_in(&format!("/orders/{number}/cancel")))?;
    match orders::cancel_even_paid(request.platform(), account, &number).await {
        Ok(order) if !is_paid(&order) => request.flash().success(&format!(
            "Order {} is cancelled. Its items are back on sale, and nothing was charged.",
            order.number
        )),
        Ok(order) if kept_minor(&order) > 0 => request.flash().success(&format!(
            "Order {} is cancelled and nothing will be sent. What is refunded, and that the deposit is \
             not, is said below.",
            order.number
        )),
        Ok(order) => request.flash().success(&format!(
            "Order {} is cancelled and nothing will be sent. Your money goes back the way you paid.",
            order.number
        )),
        // Cancel was pressed twice, or the first answer was lost.
        Err(Error::Conflict { code: "order_cancelled", .. }) => {
            request.flash().info(&format!("Order {number} is cancelled already."));
        }
        Err(Error::Conflict { detail, .. }) => request.flash().info(&detail),
        Err(error) => return Err(error.into()),
    }
    Ok(see_other(&order_url(&number)))
}
