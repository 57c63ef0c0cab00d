//! A shopper's account: registrations, orders, purchases in providers' own shops, conversations.

use poem::{Response, handler};

use super::{
    context::{AccountPage, ConversionRow, OrderRow, SupportContacts},
    errors::PageError,
    help,
    order_presenter::OrderPresenter,
    register,
    request::PageRequest,
    wording::wire_name,
};
use crate::{
    kernel::PageQuery,
    orders::{self, OrderStatus, OrderView},
    redirect::{self, ConversionState, MyConversionView},
};

/// The newest orders are shown, at most this many.
const ORDERS_MAX: u32 = 50;

#[handler]
pub async fn account_page(request: &PageRequest) -> Result<Response, PageError> {
    let account = request.signed_in()?.account.id;
    let orders = orders::order_list(
        request.platform(),
        account,
        &PageQuery { cursor: None, limit: ORDERS_MAX },
    )
    .await?
    .items;
    let presenter = OrderPresenter::load(request.platform(), account, &orders).await?;
    let conversions = redirect::my_conversions(request.platform(), account).await?;
    let page = AccountPage {
        registrations: register::upcoming(request, account).await?,
        orders: orders.into_iter().map(|order| order_row(order, &presenter)).collect(),
        conversions: conversions
            .into_iter()
            .map(|conversion| conversion_row(conversion, &presenter))
            .collect(),
        conversations: help::list(request, account, None).await?,
    };
    request.show(request.page("pages/account"), &page).await
}

fn order_row(order: OrderView, presenter: &OrderPresenter) -> OrderRow {
    let lines = || order.parcels.iter().flat_map(|parcel| &parcel.lines);
    let mut titles: Vec<String> = vec![];
    for line in lines() {
        if !titles.contains(&line.title) {
            titles.push(line.title.clone());
        }
    }
    OrderRow {
        url: format!("/orders/{}", order.number),
        status: wire_name(&order.status),
        partly_refunded: order.refunded.amount > 0 && order.status != OrderStatus::Refunded,
        image: lines().find_map(|line| presenter.picture(line)),
        titles,
        refunded: Some(order.refunded).filter(|refunded| refunded.amount > 0),
        number: order.number,
        total: order.total,
        created_at: order.created_at.into(),
    }
}

fn conversion_row(mine: MyConversionView, presenter: &OrderPresenter) -> ConversionRow {
    let conversion = mine.conversion;
    let url = format!("/sales/{}", mine.sale_slug);
    let asks_feedback = conversion.state != ConversionState::Reversed
        && !presenter.has_feedback(conversion.sale_id);
    ConversionRow {
        feedback_url: asks_feedback.then(|| format!("{url}/feedback")),
        sale_url: url,
        state: wire_name(&conversion.state),
        reference: conversion.reference,
        title: mine.title,
        provider_name: mine.provider_name,
        quantity: conversion.quantity,
        amount: conversion.amount,
        tracking_url: conversion.tracking_url,
        reported_at: conversion.reported_at.into(),
        reversed_at: conversion.reversed_at.map(Into::into),
        reversal_reason: conversion.reversal_reason,
        support: SupportContacts {
            email: mine.provider_support.email,
            phone: mine.provider_support.phone,
            url: mine.provider_support.url,
        },
    }
}
