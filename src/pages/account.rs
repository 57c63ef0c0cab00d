//! A shopper's account: orders, purchases in providers' own shops, conversations.

use poem::{Response, handler};

use super::{
    context::{AccountPage, ConversionRow, OrderRow, SupportContacts},
    failure::Failure,
    help,
    order::{About, word},
    register,
    view::View,
};
use crate::{
    kernel::PageQuery,
    orders::{self, OrderView},
    redirect::{self, ConversionState, MyConversionView},
};

/// Orders on the page at most, the newest.
const ORDERS_MAX: u32 = 50;

#[handler]
pub async fn account_page(view: &View) -> Result<Response, Failure> {
    let account = view.signed_in()?.account.id;
    let orders = orders::order_list(
        view.platform(),
        account,
        &PageQuery { cursor: None, limit: ORDERS_MAX },
    )
    .await?
    .items;
    let about = About::read(view.platform(), account, &orders).await?;
    let conversions = redirect::my_conversions(view.platform(), account).await?;
    let page = AccountPage {
        registrations: register::mine(view, account).await?,
        orders: orders.into_iter().map(|order| order_row(order, &about)).collect(),
        conversions: conversions
            .into_iter()
            .map(|conversion| conversion_row(conversion, &about))
            .collect(),
        conversations: help::list(view, account, None).await?,
    };
    view.show(view.sheet("pages/account"), &page).await
}

fn order_row(order: OrderView, about: &About) -> OrderRow {
    let lines = || order.parcels.iter().flat_map(|parcel| &parcel.lines);
    let mut titles: Vec<String> = vec![];
    for line in lines() {
        if !titles.contains(&line.title) {
            titles.push(line.title.clone());
        }
    }
    OrderRow {
        url: format!("/orders/{}", order.number),
        state: word(&order.state),
        image: lines().find_map(|line| about.picture(line)),
        titles,
        refunded: Some(order.refunded).filter(|refunded| refunded.amount > 0),
        number: order.number,
        total: order.total,
        created_at: order.created_at.into(),
    }
}

fn conversion_row(mine: MyConversionView, about: &About) -> ConversionRow {
    let conversion = mine.conversion;
    let url = format!("/sales/{}", mine.sale_slug);
    let may_say =
        conversion.state != ConversionState::Reversed && !about.is_given(conversion.sale_id);
    ConversionRow {
        feedback_url: may_say.then(|| format!("{url}/feedback")),
        sale_url: url,
        state: word(&conversion.state),
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
