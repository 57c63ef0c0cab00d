//! The demo provider's own cart: another shop in another process, which SMP's redirect sales lead
//! to.
//!
//! It takes the order, and tells SMP of the purchase and of a return by postback. It knows nothing
//! of SMP's insides.

mod orders;
mod pages;
mod reports;

use std::{os::fd::AsFd, sync::Arc, time::Duration};

use poem::{
    Body, Endpoint, EndpointExt, IntoResponse, Response, Route, Server, get, handler,
    http::{StatusCode, header},
    listener::TcpListener,
    middleware::{AddData, SetHeader, SizeLimit},
    web::{Data, Form, Path, Query, Redirect},
};
use tokio::io::AsyncReadExt;

use super::world::{self, Provider};
use orders::{Book, Order, Report};
use pages::{CartForm, Goods, Wrong};

/// Most units in one order.
const QUANTITY_MAX: u32 = 20;
/// Longest SKU, name and the like, in characters.
const FIELD_MAX_CHARS: usize = 200;
/// Longest click token, in characters.
const TOKEN_MAX_CHARS: usize = 4_000;
/// Largest form, in bytes.
const FORM_MAX_BYTES: usize = 32 * 1024;
/// What an article costs that the catalogue does not list, so that a sale written during a
/// walk-through can be bought.
const UNLISTED_PRICE_MINOR: i64 = 4_900;
/// How long "Place order" waits for SMP before it shows the confirmation anyway.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long open requests may take when the process stops.
const STOP_TIMEOUT: Duration = Duration::from_secs(2);
/// The card that banks decline.
const DECLINED_CARD: &str = "4000000000000002";

/// How the cart is started.
pub struct CartConfig {
    /// Port on 127.0.0.1.
    pub port: u16,
    /// Origin of SMP, e.g. `http://127.0.0.1:8080`.
    pub smp_url: String,
    /// The provider's key with the scope `postbacks`.
    pub api_key: String,
    /// Name over the door.
    pub shop_name: String,
}

/// What the pages and the reports share.
pub struct Shop {
    name: String,
    origin: String,
    smp_url: String,
    api_key: String,
    client: reqwest::Client,
    waits: Vec<Duration>,
    book: Book,
}

impl Shop {
    fn open(config: CartConfig) -> anyhow::Result<Self> {
        Ok(Self {
            name: config.shop_name,
            origin: format!("http://127.0.0.1:{}", config.port),
            smp_url: config.smp_url.trim_end_matches('/').to_owned(),
            api_key: config.api_key,
            client: reqwest::Client::builder().timeout(reports::ATTEMPT_TIMEOUT).build()?,
            waits: reports::WAITS.to_vec(),
            book: Book::default(),
        })
    }
}

/// Serves the cart until SIGTERM or ctrl-c, or until who started it and holds the other end of its
/// input is gone.
///
/// # Errors
/// When the port is taken.
pub async fn run(config: CartConfig) -> anyhow::Result<()> {
    let address = format!("127.0.0.1:{}", config.port);
    let app = app(Arc::new(Shop::open(config)?));
    Server::new(TcpListener::bind(address))
        .run_with_graceful_shutdown(app, stop(), Some(STOP_TIMEOUT))
        .await?;
    Ok(())
}

async fn stop() {
    let interrupted = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    let terminated = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        () = interrupted => {}
        () = terminated => {}
        () = abandoned() => {}
    }
}

/// Ends when a pipe on standard input does; never, when something else is there.
async fn abandoned() {
    let pipe = std::io::stdin()
        .as_fd()
        .try_clone_to_owned()
        .and_then(tokio::net::unix::pipe::Receiver::from_owned_fd);
    let Ok(mut pipe) = pipe else { return std::future::pending().await };
    while pipe.read(&mut [0; 64]).await.is_ok_and(|bytes| bytes > 0) {}
}

fn app(shop: Arc<Shop>) -> impl Endpoint {
    let limit = || SizeLimit::new(FORM_MAX_BYTES);
    Route::new()
        .at("/cart", get(show_cart).post(place_order.with(limit())))
        .at("/orders/:reference", get(show_order))
        .at("/orders/:reference/tracking", get(show_tracking))
        .at("/orders/:reference/return", get(ask_return).post(confirm_return.with(limit())))
        .at("/contact", get(show_contact))
        .at("/shop.css", get(style))
        .at("/favicon.svg", get(sign))
        .at("/favicon.ico", get(sign))
        // Matches the bare address too, whether that has a route of its own or not.
        .at("/*rest", get(home_or_nowhere))
        .with(AddData::new(shop))
        .with(
            SetHeader::new()
                .overriding(
                    header::CONTENT_SECURITY_POLICY,
                    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
                )
                .overriding(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
                // The click token is part of the address: it is nobody else's business.
                .overriding(header::REFERRER_POLICY, "no-referrer"),
        )
}

fn html(status: StatusCode, page: String) -> Response {
    Response::builder()
        .status(status)
        .content_type("text/html; charset=utf-8")
        .header(header::CACHE_CONTROL, "no-store")
        .body(page)
}

fn asset(content_type: &'static str, text: &'static str) -> Response {
    Response::builder()
        .content_type(content_type)
        .header(header::CACHE_CONTROL, "public, max-age=3600")
        .body(Body::from(text))
}

fn unknown_order(shop: &Shop) -> Response {
    let words = "We have no order with this number. Look at your confirmation, or ask us.";
    html(StatusCode::NOT_FOUND, pages::trouble(shop, "No such order", words))
}

/// The provider of the demo world that has this name.
fn provider(name: &str) -> Option<&'static Provider> {
    world::PROVIDERS.into_iter().find(|provider| provider.name == name)
}

#[handler]
fn show_contact(Data(shop): Data<&Arc<Shop>>) -> Response {
    html(StatusCode::OK, pages::contact(shop))
}

#[handler]
fn style() -> Response {
    asset("text/css; charset=utf-8", include_str!("cart/shop.css"))
}

#[handler]
fn sign() -> Response {
    asset("image/svg+xml", pages::SIGN)
}

#[handler]
fn home_or_nowhere(Data(shop): Data<&Arc<Shop>>, Path(rest): Path<String>) -> Response {
    if rest.is_empty() {
        return html(StatusCode::OK, pages::home(shop));
    }
    html(
        StatusCode::NOT_FOUND,
        pages::trouble(shop, "Nothing here", "This page does not exist in our shop."),
    )
}

/// What SMP adds to the approved URL, and the item its provider may have put there.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
struct ClickOut {
    click_token: String,
    sku: String,
    item: String,
    quantity: String,
}

#[handler]
fn show_cart(Data(shop): Data<&Arc<Shop>>, Query(click): Query<ClickOut>) -> Response {
    let sku = if click.sku.is_empty() { click.item } else { click.sku };
    let form = CartForm {
        order: new_reference(&shop.name),
        click_token: click.click_token,
        sku,
        quantity: click.quantity,
        ..CartForm::default()
    };
    match goods(&form) {
        Some(goods) => html(StatusCode::OK, pages::cart(shop, &goods, &form, &[])),
        None => empty_cart(shop, &form),
    }
}

fn empty_cart(shop: &Shop, form: &CartForm) -> Response {
    if form.sku.is_empty() {
        let words = "There is nothing in it yet. Choose something in one of our sales on SMP, and it will wait for you here.";
        return html(StatusCode::OK, pages::trouble(shop, "Your cart is empty", words));
    }
    let words = "The address you came by does not say clearly what you want and how many of it (1 to 20). Nothing was charged; please go back and choose again.";
    html(StatusCode::BAD_REQUEST, pages::trouble(shop, "We do not understand this cart", words))
}

/// What a form asks for, at the shop's price; none when it makes no sense.
fn goods(form: &CartForm) -> Option<Goods> {
    let quantity = if form.quantity.is_empty() { 1 } else { form.quantity.parse().ok()? };
    let fits = (1..=FIELD_MAX_CHARS).contains(&form.sku.chars().count())
        && form.click_token.len() <= TOKEN_MAX_CHARS;
    if !fits || !(1..=QUANTITY_MAX).contains(&quantity) {
        return None;
    }
    let listed = world::till_item(&form.sku);
    let price_minor = listed.map_or(UNLISTED_PRICE_MINOR, |item| item.price_minor);
    Some(Goods {
        title: listed.map_or_else(|| "Your choice".to_owned(), |item| item.title.to_owned()),
        name: listed.map_or_else(|| format!("Article {}", form.sku), |item| item.name.to_owned()),
        quantity,
        amount_minor: price_minor * i64::from(quantity),
        currency: listed.map_or("EUR", |item| item.currency),
    })
}

#[handler]
async fn place_order(Data(shop): Data<&Arc<Shop>>, Form(form): Form<CartForm>) -> Response {
    let Some(goods) = goods(&form) else { return empty_cart(shop, &form) };
    let card: String = form
        .card_number
        .chars()
        .filter(|letter| !letter.is_whitespace() && *letter != '-')
        .collect();
    let wrong = check(&form, &card);
    if !wrong.is_empty() {
        let declined = card == DECLINED_CARD && wrong.len() == 1;
        let status =
            if declined { StatusCode::PAYMENT_REQUIRED } else { StatusCode::UNPROCESSABLE_ENTITY };
        return html(status, pages::cart(shop, &goods, &form, &wrong));
    }
    // The number comes with the form, so that sending it twice is one order.
    let reference =
        if is_reference(&form.order, &shop.name) { form.order } else { new_reference(&shop.name) };
    let click_token = Some(form.click_token).filter(|token| !token.is_empty());
    let order = Order {
        reference: reference.clone(),
        purchase: if click_token.is_some() {
            Report::UnderWay { attempts: 0 }
        } else {
            Report::NotDue
        },
        click_token,
        title: goods.title,
        item_name: goods.name,
        quantity: goods.quantity,
        amount_minor: goods.amount_minor,
        currency: goods.currency,
        name: form.name.trim().to_owned(),
        address: form.address.trim().replace("\r\n", "\n"),
        card_last4: card.chars().skip(card.len().saturating_sub(4)).collect(),
        returned: None,
        reversal: Report::NotDue,
    };
    if shop.book.enter(order.clone()) && order.click_token.is_some() {
        wait_a_little(tokio::spawn(reports::purchase(Arc::clone(shop), order))).await;
    }
    Redirect::see_other(format!("/orders/{reference}")).into_response()
}

/// A report goes on by itself after this; the shopper does not wait for it.
async fn wait_a_little(report: tokio::task::JoinHandle<()>) {
    if tokio::time::timeout(PATIENCE, report).await.is_err() {
        tracing::info!("SMP takes its time; the report goes on");
    }
}

fn check(form: &CartForm, card: &str) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    let length = |text: &str| text.trim().chars().count();
    match length(&form.name) {
        0 => wrong.push(("name", "Enter your name")),
        1..=FIELD_MAX_CHARS => {}
        _ => wrong.push(("name", "Enter a name of at most 200 characters")),
    }
    match length(&form.address) {
        0..8 => wrong.push(("address", "Enter the street, postal code, town and country")),
        8..=600 => {}
        _ => wrong.push(("address", "Enter an address of at most 600 characters")),
    }
    if card == DECLINED_CARD {
        wrong.push(("card_number", "Your bank declined this card. Enter another one"));
    } else if !is_card_number(card) {
        wrong.push(("card_number", "Enter the number on the front of your card, 12 to 19 digits"));
    }
    wrong
}

/// Whether the digits are as many as a card's and their check digit is right.
fn is_card_number(card: &str) -> bool {
    let Some(digits) = card.chars().map(|letter| letter.to_digit(10)).collect::<Option<Vec<_>>>()
    else {
        return false;
    };
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| if place % 2 == 0 { *digit } else { digit * 2 / 10 + digit * 2 % 10 })
        .sum();
    (12..=19).contains(&digits.len()) && sum.is_multiple_of(10)
}

fn initials(name: &str) -> String {
    let letters: String = name.chars().filter(char::is_ascii_alphabetic).take(2).collect();
    if letters.is_empty() { "NO".to_owned() } else { letters.to_ascii_uppercase() }
}

/// A new confirmation number, not to be guessed: `OH-5F0A93C2B71E`.
fn new_reference(shop_name: &str) -> String {
    let random = uuid::Uuid::new_v4().simple().to_string().to_ascii_uppercase();
    format!("{}-{}", initials(shop_name), &random[..12])
}

fn is_reference(text: &str, shop_name: &str) -> bool {
    text.strip_prefix(&format!("{}-", initials(shop_name))).is_some_and(|random| {
        random.len() == 12 && random.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

#[handler]
fn show_order(Data(shop): Data<&Arc<Shop>>, Path(reference): Path<String>) -> Response {
    shop.book.find(&reference).map_or_else(
        || unknown_order(shop),
        |order| html(StatusCode::OK, pages::order(shop, &order)),
    )
}

#[handler]
fn show_tracking(Data(shop): Data<&Arc<Shop>>, Path(reference): Path<String>) -> Response {
    shop.book.find(&reference).map_or_else(
        || unknown_order(shop),
        |order| html(StatusCode::OK, pages::tracking(shop, &order)),
    )
}

#[handler]
fn ask_return(Data(shop): Data<&Arc<Shop>>, Path(reference): Path<String>) -> Response {
    match shop.book.find(&reference) {
        None => unknown_order(shop),
        Some(order) if order.returned.is_some() => {
            Redirect::see_other(format!("/orders/{reference}")).into_response()
        }
        Some(order) => html(StatusCode::OK, pages::send_back(shop, &order)),
    }
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
struct ReturnForm {
    reason: String,
}

#[handler]
async fn confirm_return(
    Data(shop): Data<&Arc<Shop>>,
    Path(reference): Path<String>,
    Form(form): Form<ReturnForm>,
) -> Response {
    let Some(order) = shop.book.find(&reference) else { return unknown_order(shop) };
    let reason: String = form.reason.trim().chars().take(FIELD_MAX_CHARS).collect();
    let reason = if reason.is_empty() { "Returned".to_owned() } else { reason };
    if shop.book.send_back(&reference, &reason) && order.click_token.is_some() {
        shop.book.change(&reference, |order| order.reversal = Report::UnderWay { attempts: 0 });
        wait_a_little(tokio::spawn(reports::reversal(Arc::clone(shop), reference.clone(), reason)))
            .await;
    }
    Redirect::see_other(format!("/orders/{reference}")).into_response()
}

#[cfg(test)]
mod tests;
