//! An order's page, which is also its confirmation, and the tracking of its parcels.

use poem::{Response, handler, web::Path};
use url::form_urlencoded;

use super::{
    context::{HistoryStep, Order, OrderPage, TrackingPage, VoucherCode},
    errors::PageError,
    invoice::invoice_link,
    order_presenter::OrderPresenter,
    request::PageRequest,
    response::see_other,
    wording::wire_name,
};
use crate::{
    invoices,
    kernel::{Error, ParcelId},
    orders::{self, OrderState},
};

#[handler]
pub async fn order_page(
    request: &PageRequest,
    Path(number): Path<String>,
) -> Result<Response, PageError> {
    let account = request.signed_in()?.account.id;
    let order = orders::order_view(request.platform(), account, &number).await?;
    let fresh = request.flash().take_paid(&order.number);
    let presenter =
        OrderPresenter::load(request.platform(), account, std::slice::from_ref(&order)).await?;
    let vouchers = if order.vouchers.is_empty() {
        vec![]
    } else {
        orders::voucher_codes(request.platform(), account, &number).await?
    };
    let history = orders::history_of_shopper(request.platform(), account, &number).await?;
    let cancel_offered = order.cancel_offered && order.state != OrderState::AwaitingPayment;
    let order =
        Order { vouchers: vouchers.into_iter().map(voucher).collect(), ..presenter.order(order) };
    let history = history.into_iter().map(history_step).collect();
    let found = invoices::invoices_of_shopper(request.platform(), account, &number).await?;
    let page = OrderPage {
        order,
        fresh,
        cancel_offered,
        history,
        invoices: found.issued.iter().map(invoice_link).collect(),
        invoices_by_provider: found.by_provider,
        invoices_waiting: found.waiting,
    };
    request.show(request.page("pages/order"), &page).await
}

/// Accepts the refund offered for a parcel that was not shipped by its promised date.
#[handler]
pub async fn refund_parcel(
    request: &PageRequest,
    Path((number, parcel)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let account =
        request.account().ok_or_else(|| PageError::sign_in(&format!("/orders/{number}")))?;
    let parcel: ParcelId = parcel.parse().map_err(|_| Error::NotFound("parcel"))?;
    match orders::refund_missed_parcel(request.platform(), account, &number, parcel).await {
        Ok(_) => request
            .flash()
            .success("Your refund is on its way. The items in this parcel will not be sent."),
        Err(Error::Conflict { detail, .. }) => request.flash().info(&detail),
        Err(error) => return Err(error.into()),
    }
    Ok(see_other(&order_url(&number)))
}

/// Redirects a link to the form's address to the order.
#[handler]
pub fn back_to_order(Path((number, _)): Path<(String, String)>) -> Response {
    see_other(&order_url(&number))
}

/// The page of an order.
pub fn order_url(number: &str) -> String {
    format!("/orders/{}", form_urlencoded::byte_serialize(number.as_bytes()).collect::<String>())
}

fn history_step(step: orders::HistoryEntryView) -> HistoryStep {
    HistoryStep { at: step.at.into(), text: step.text, by: step.by }
}

fn voucher(voucher: orders::VoucherCodeView) -> VoucherCode {
    VoucherCode {
        title: voucher.title,
        item_name: voucher.item_name,
        code: voucher.code,
        state: wire_name(&voucher.state),
        valid_until: voucher.valid_until.into(),
        redeemed_at: voucher.redeemed_at.map(Into::into),
    }
}

#[handler]
pub async fn tracking_page(
    request: &PageRequest,
    Path(number): Path<String>,
) -> Result<Response, PageError> {
    let account = request.signed_in()?.account.id;
    let order = orders::order_view(request.platform(), account, &number).await?;
    let presenter =
        OrderPresenter::load(request.platform(), account, std::slice::from_ref(&order)).await?;
    request
        .show(request.page("pages/tracking"), &TrackingPage { order: presenter.order(order) })
        .await
}
