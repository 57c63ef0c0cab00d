//! A shopper's account: registrations, places on waitlists, favourites, orders, purchases in
//! providers' own shops, conversations.

use poem::{Response, handler};

use super::{
    context::{AccountPage, ConversionRow, ListedSale, OrderRow, SupportContacts, WaitlistRow},
    errors::PageError,
    help,
    order_presenter::{self, OrderPresenter},
    present, register,
    request::PageRequest,
    response::see_other,
    waitlist,
    wording::{day, wire_name},
};
use crate::{
    kernel::{AccountId, PageQuery, Result, SaleId},
    orders::{self, OrderStatus, OrderView},
    platform::PortalPath,
    redirect::{self, ConversionState, MyConversionView},
    sales::{self, NotOpen, PublishedSale, SaleKind},
};

/// The newest orders are shown, at most this many.
const ORDERS_MAX: u32 = 50;

/// Redirects a link to a form's address to the account.
#[handler]
pub fn back_to_account() -> Response {
    see_other("/account")
}

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
    let has_role = !request.signed_in()?.roles.is_empty();
    let page = AccountPage {
        portal_url: has_role.then(|| PortalPath::Home.to_string()),
        registrations: register::upcoming(request, account).await?,
        waitlist: waitlist_rows(request, account).await?,
        favourites: favourite_rows(request).await?,
        orders: orders.into_iter().map(|order| order_row(order, &presenter)).collect(),
        conversions: conversions
            .into_iter()
            .map(|conversion| conversion_row(conversion, &presenter))
            .collect(),
        conversations: help::list(request, account, None).await?,
    };
    request.show(request.page("pages/account"), &page).await
}

/// The shopper's places on the waitlists of sales that are not over.
async fn waitlist_rows(request: &PageRequest, account: AccountId) -> Result<Vec<WaitlistRow>> {
    let shopper = request.pages.shoppers.state(account).await?;
    let mut rows = vec![];
    for sale in open_sales(request, shopper.waitlisted_sales()).await? {
        let Some(snapshot) = request.pages.snapshots.get(&sale.slug).await? else { continue };
        for entry in waitlist::entries(request, &snapshot, &shopper).await? {
            rows.push(WaitlistRow { sale: present::row(sale.clone(), request.now), entry });
        }
    }
    Ok(rows)
}

/// The favourites of this browser that are not over.
pub async fn favourite_rows(request: &PageRequest) -> Result<Vec<ListedSale>> {
    let Some(visitor) = sales::visitor(&request.jar) else { return Ok(vec![]) };
    let favourites = request.pages.shoppers.favourites(visitor).await?;
    let sales = open_sales(request, favourites.iter().copied()).await?;
    Ok(sales.into_iter().map(|sale| present::row(sale, request.now)).collect())
}

/// Those of the sales that are not over, soonest start first.
pub async fn open_sales(
    request: &PageRequest,
    ids: impl IntoIterator<Item = SaleId>,
) -> Result<Vec<PublishedSale>> {
    let ids: Vec<SaleId> = ids.into_iter().collect();
    if ids.is_empty() {
        return Ok(vec![]);
    }
    let mut tx = request.platform().db.shopper(request.account()).await?;
    let mut sales = sales::published_by_ids(&mut tx, &ids).await?;
    sales.retain(|sale| {
        !matches!(sale.check_open(request.now), Err(NotOpen::Ended | NotOpen::Cancelled))
    });
    sales.sort_by_key(|sale| sale.content.starts_at);
    Ok(sales)
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
        rest: order_presenter::rest(&order),
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
        item_name: mine.item_name,
        is_reservation: mine.kind == SaleKind::Reservation,
        slot_starts_on: mine.slot_starts_on.map(day),
        slot_ends_on: mine.slot_ends_on.map(day),
        confirmed_at: conversion.confirmed_at.map(Into::into),
        confirmation_number: conversion.confirmation_number,
        ships_on: conversion.ships_on.map(day),
        promised_by: mine.promised_ship_by.map(Into::into),
        code: mine.code,
        reversed_quantity: conversion.reversed_quantity,
        reversed: Some(conversion.reversed).filter(|reversed| reversed.amount > 0),
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
