//! The shop over HTTP.

use std::{sync::Arc, time::Duration};

use poem::{
    Body, Endpoint, EndpointExt, IntoResponse, Response, Route,
    error::InternalServerError,
    get, handler,
    http::{StatusCode, header},
    middleware::{AddData, SetHeader, SizeLimit},
    web::{Data, Form, Path, Query, Redirect},
};
use tokio::task::JoinHandle;

use crate::{
    orders::{Order, Report},
    pages::{self, CartErrors, CartForm, Rendered},
    reports,
    shop::{FIELD_MAX_CHARS, Shop},
};

/// Largest form, in bytes.
pub const FORM_MAX_BYTES: usize = 32 * 1024;
/// How long a shopper waits for the report to SMP before the confirmation is shown without it.
const REPORT_WAIT: Duration = Duration::from_secs(3);
/// The card that banks decline.
const DECLINED_CARD: &str = "4000000000000002";
const ADDRESS_CHARS: std::ops::RangeInclusive<usize> = 8..=600;
const CARD_DIGITS: std::ops::RangeInclusive<usize> = 12..=19;

type Page = poem::Result<Response>;

pub fn app(shop: Arc<Shop>) -> impl Endpoint {
    let limit = || SizeLimit::new(FORM_MAX_BYTES);
    Route::new()
        .at("/cart", get(show_cart).post(place_order.with(limit())))
        .at("/orders/:reference", get(show_order))
        .at("/orders/:reference/tracking", get(show_tracking))
        .at("/orders/:reference/return", get(show_return).post(confirm_return.with(limit())))
        .at("/contact", get(show_contact))
        .at("/shop.css", get(style))
        .at("/favicon.svg", get(logo))
        .at("/favicon.ico", get(logo))
        // Matches `/` as well.
        .at("/*rest", get(home_or_not_found))
        .with(AddData::new(shop))
        .with(
            SetHeader::new()
                .overriding(
                    header::CONTENT_SECURITY_POLICY,
                    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; \
                     base-uri 'none'; frame-ancestors 'none'",
                )
                .overriding(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
                // The click token is part of the URL, and no other site's business.
                .overriding(header::REFERRER_POLICY, "no-referrer"),
        )
}

fn html(status: StatusCode, page: Rendered) -> Page {
    let page = page.map_err(InternalServerError)?;
    Ok(Response::builder()
        .status(status)
        .content_type("text/html; charset=utf-8")
        .header(header::CACHE_CONTROL, "no-store")
        .body(page))
}

fn file(content_type: &'static str, text: &'static str) -> Response {
    Response::builder()
        .content_type(content_type)
        .header(header::CACHE_CONTROL, "public, max-age=3600")
        .body(Body::from(text))
}

fn unknown_order(shop: &Shop) -> Page {
    let text = "We have no order with this number. Check your confirmation, or contact us.";
    html(StatusCode::NOT_FOUND, shop.pages.message("No such order", text))
}

#[handler]
fn show_contact(Data(shop): Data<&Arc<Shop>>) -> Page {
    html(StatusCode::OK, shop.pages.contact(&shop.catalogue))
}

#[handler]
fn style() -> Response {
    file("text/css; charset=utf-8", pages::STYLE)
}

#[handler]
fn logo() -> Response {
    file("image/svg+xml", pages::LOGO)
}

#[handler]
fn home_or_not_found(Data(shop): Data<&Arc<Shop>>, Path(rest): Path<String>) -> Page {
    if rest.is_empty() {
        return html(StatusCode::OK, shop.pages.home());
    }
    let text = "This page does not exist in our shop.";
    html(StatusCode::NOT_FOUND, shop.pages.message("Page not found", text))
}

/// What SMP adds to the approved URL, and the item that the provider may have put there.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
struct ClickOut {
    click_token: String,
    sku: String,
    item: String,
    quantity: String,
}

#[handler]
fn show_cart(Data(shop): Data<&Arc<Shop>>, Query(click): Query<ClickOut>) -> Page {
    let form = CartForm {
        order: shop.new_reference(),
        click_token: click.click_token,
        sku: if click.sku.is_empty() { click.item } else { click.sku },
        quantity: click.quantity,
        ..CartForm::default()
    };
    match shop.goods(&form) {
        Some(goods) => html(StatusCode::OK, shop.pages.cart(&goods, &form, &CartErrors::default())),
        None => no_goods(shop, &form),
    }
}

fn no_goods(shop: &Shop, form: &CartForm) -> Page {
    if form.sku.is_empty() {
        let text = "Choose something in one of our sales on SMP, and it will wait for you here.";
        return html(StatusCode::OK, shop.pages.message("Your cart is empty", text));
    }
    let text = "The link must name an item and a quantity from 1 to 20. Nothing was charged; \
                please go back and choose again.";
    html(StatusCode::BAD_REQUEST, shop.pages.message("This link does not work", text))
}

#[handler]
async fn place_order(Data(shop): Data<&Arc<Shop>>, Form(form): Form<CartForm>) -> Page {
    let Some(goods) = shop.goods(&form) else { return no_goods(shop, &form) };
    let card: String = form
        .card_number
        .chars()
        .filter(|letter| !letter.is_whitespace() && *letter != '-')
        .collect();
    let errors = check(&form, &card);
    if errors.any {
        let declined = card == DECLINED_CARD && errors.name.is_none() && errors.address.is_none();
        let status =
            if declined { StatusCode::PAYMENT_REQUIRED } else { StatusCode::UNPROCESSABLE_ENTITY };
        return html(status, shop.pages.cart(&goods, &form, &errors));
    }
    // The number comes with the form, so that sending the form twice makes one order.
    let reference = if shop.is_reference(&form.order) { form.order } else { shop.new_reference() };
    let click_token = Some(form.click_token).filter(|token| !token.is_empty());
    let due = click_token.is_some();
    let order = Order {
        reference: reference.clone(),
        click_token,
        goods,
        name: form.name.trim().to_owned(),
        address: form.address.trim().to_owned(),
        card_last4: card.chars().skip(card.len().saturating_sub(4)).collect(),
        purchase: if due { Report::UnderWay { attempts: 0 } } else { Report::NotDue },
        confirmed: None,
        confirmation: Report::NotDue,
        returned: None,
        returned_units: 0,
        reversal: Report::NotDue,
    };
    if shop.orders.add(order.clone()) {
        if order.goods.nights.is_some() {
            tokio::spawn(reports::confirmation(Arc::clone(shop), order.clone()));
        }
        if due {
            wait_for(tokio::spawn(reports::purchase(Arc::clone(shop), order))).await;
        }
    }
    Ok(Redirect::see_other(format!("/orders/{reference}")).into_response())
}

/// Waits a little for a report, which goes on by itself afterwards.
async fn wait_for(report: JoinHandle<()>) {
    if tokio::time::timeout(REPORT_WAIT, report).await.is_err() {
        tracing::info!("SMP has not answered yet; the report goes on");
    }
}

fn check(form: &CartForm, card: &str) -> CartErrors {
    let length = |text: &str| text.trim().chars().count();
    let name = match length(&form.name) {
        0 => Some("Enter your name"),
        1..=FIELD_MAX_CHARS => None,
        _ => Some("Enter a name of at most 200 characters"),
    };
    let address = match length(&form.address) {
        short if short < *ADDRESS_CHARS.start() => {
            Some("Enter the street, postal code, town and country")
        }
        long if long > *ADDRESS_CHARS.end() => Some("Enter an address of at most 600 characters"),
        _ => None,
    };
    let card_number = if card == DECLINED_CARD {
        Some("Your bank declined this card. Enter another one")
    } else if !is_card_number(card) {
        Some("Enter the number on the front of your card, 12 to 19 digits")
    } else {
        None
    };
    let any = name.is_some() || address.is_some() || card_number.is_some();
    CartErrors { any, name, address, card_number }
}

/// Whether it has as many digits as a card number and the right check digit (Luhn).
fn is_card_number(card: &str) -> bool {
    let Some(digits) = card.chars().map(|letter| letter.to_digit(10)).collect::<Option<Vec<_>>>()
    else {
        return false;
    };
    let doubled = |digit: u32| digit * 2 / 10 + digit * 2 % 10;
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(index, digit)| if index % 2 == 0 { *digit } else { doubled(*digit) })
        .sum();
    CARD_DIGITS.contains(&digits.len()) && sum.is_multiple_of(10)
}

#[handler]
fn show_order(Data(shop): Data<&Arc<Shop>>, Path(reference): Path<String>) -> Page {
    match shop.orders.find(&reference) {
        Some(order) => html(StatusCode::OK, shop.pages.order(&order)),
        None => unknown_order(shop),
    }
}

#[handler]
fn show_tracking(Data(shop): Data<&Arc<Shop>>, Path(reference): Path<String>) -> Page {
    match shop.orders.find(&reference) {
        Some(order) => html(StatusCode::OK, shop.pages.tracking(&order)),
        None => unknown_order(shop),
    }
}

#[handler]
fn show_return(Data(shop): Data<&Arc<Shop>>, Path(reference): Path<String>) -> Page {
    match shop.orders.find(&reference) {
        None => unknown_order(shop),
        Some(order) if order.returned.is_some() => {
            Ok(Redirect::see_other(format!("/orders/{reference}")).into_response())
        }
        Some(order) => html(StatusCode::OK, shop.pages.return_form(&order)),
    }
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
struct ReturnForm {
    reason: String,
    /// How many places of a reservation; empty: all.
    places: String,
}

#[handler]
async fn confirm_return(
    Data(shop): Data<&Arc<Shop>>,
    Path(reference): Path<String>,
    Form(form): Form<ReturnForm>,
) -> Page {
    let Some(order) = shop.orders.find(&reference) else { return unknown_order(shop) };
    let reason: String = form.reason.trim().chars().take(FIELD_MAX_CHARS).collect();
    let reason = if reason.is_empty() { "Returned".to_owned() } else { reason };
    let all = order.goods.quantity;
    let places = form.places.parse().ok().filter(|places| (1..=all).contains(places));
    let units = places.filter(|_| order.goods.nights.is_some()).unwrap_or(all);
    if shop.orders.mark_returned(&reference, &reason, units) && order.click_token.is_some() {
        shop.orders.change(&reference, |order| order.reversal = Report::UnderWay { attempts: 0 });
        wait_for(tokio::spawn(reports::reversal(Arc::clone(shop), order, reason, units))).await;
    }
    Ok(Redirect::see_other(format!("/orders/{reference}")).into_response())
}
