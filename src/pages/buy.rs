//! The forms of the product page: Buy, favourite, share.

use std::collections::BTreeMap;

use poem::{
    Response, handler,
    http::StatusCode,
    web::{Form as Posted, Path},
};
use url::form_urlencoded;

use super::{
    board::Board,
    context::Form,
    failure::Failure,
    flash, present, sale,
    view::{View, see_other},
    words::{MoneyFate, StockFate},
};
use crate::{
    kernel::{AccountId, Error, FieldErrors, Result, SaleItemId},
    platform::broker::Notice,
    redirect,
    sales::{self, SaleMode},
    statistics,
    stock::{self, HoldInput, HoldOutcome, HoldRequest},
};

/// A form's fields, the last of each name.
pub type Typed = Posted<BTreeMap<String, String>>;
/// Presses of Buy without a key of their own are one press within this time.
const PRESS_SECONDS: i64 = 30;

/// A field as it was typed; absent is empty.
pub fn typed<'a>(form: &'a BTreeMap<String, String>, field: &str) -> &'a str {
    form.get(field).map_or("", String::as_str)
}

/// Who comes to a form's address by link, or by the back button, is shown its page.
#[handler]
pub fn back_to_sale(Path(slug): Path<String>) -> Response {
    see_other(&format!(
        "/sales/{}",
        form_urlencoded::byte_serialize(slug.as_bytes()).collect::<String>()
    ))
}

/// Buy: holds the units and goes on to the cart, or goes on to the provider's cart.
#[handler]
pub async fn buy_units(
    view: &View,
    Path(slug): Path<String>,
    Posted(form): Typed,
) -> Result<Response, Failure> {
    let board = view.pages.boards.get(&slug).await?.ok_or(Error::NotFound("sale"))?;
    let (item, quantity) = match choice(&board, &form) {
        Ok(choice) => choice,
        Err(error) => return refuse(view, &board, &form, &error).await,
    };
    if board.sale.content.mode == SaleMode::Redirect {
        let left =
            redirect::click_out(view.platform(), &slug, item, quantity, view.account(), &view.jar)
                .await;
        return match left {
            Ok(url) => Ok(see_other(url.as_str())),
            Err(error @ Error::Invalid(_)) => refuse(view, &board, &form, &error).await,
            Err(error) => Err(Failure::from(error)
                .money(MoneyFate::None)
                .about(present::card(&board, view.now))),
        };
    }
    let Some(account) = view.account() else {
        // Back with the choice as it was, so that one press of Buy is left.
        return Err(Failure::sign_in(&format!("{}?item={item}&quantity={quantity}", board.url())));
    };
    let visit = sales::visit(&view.jar, board.sale.id).map(|visit| visit.0);
    let input = HoldInput {
        sale_item_id: item,
        quantity,
        wait: true,
        accept_fewer: typed(&form, "accept_fewer") == "true",
    };
    let key = key(view, &form, item, quantity);
    let request = HoldRequest::new(account, slug, &input, Some(key), visit);
    match view.pages.allocator.hold(request).await {
        Ok(HoldOutcome::Held(_)) => Ok(see_other("/cart")),
        Ok(HoldOutcome::Waiting(entry, position)) => {
            let name = board.sale.item(item).map_or("", |item| item.name.as_str());
            let position =
                position.map(|position| format!(" Your place is {position}.")).unwrap_or_default();
            flash::info(
                view,
                &format!(
                    "{name} is sold out, so you are in line for {}.{position} We write to you when it is your turn.",
                    entry.quantity
                ),
            );
            Ok(see_other(&board.url()))
        }
        Err(error @ Error::Invalid(_)) => refuse(view, &board, &form, &error).await,
        Err(error) => refused(view, &board, account, error).await,
    }
}

/// The item and the quantity, as far as they can be told without the stock.
fn choice(board: &Board, form: &BTreeMap<String, String>) -> Result<(SaleItemId, i32)> {
    let mut fields = FieldErrors::default();
    let item = typed(form, "sale_item_id").parse().ok().filter(|id| board.sale.item(*id).is_some());
    fields.check(item.is_some(), "sale_item_id", "Choose one of the items");
    let quantity =
        typed(form, "quantity").trim().parse::<i32>().ok().filter(|quantity| *quantity > 0);
    fields.check(quantity.is_some(), "quantity", "Enter how many you want, as a number from 1");
    let limit = item.and_then(|item| board.sale.item(item)).map(|item| item.limit_per_shopper);
    if let (Some(quantity), Some(limit)) = (quantity, limit) {
        fields.check(
            quantity <= limit,
            "quantity",
            &format!("Enter {limit} or fewer: that is the limit per person"),
        );
    }
    fields.finish()?;
    item.zip(quantity).ok_or(Error::NotFound("item"))
}

/// The key under which this press is known again.
fn key(view: &View, form: &BTreeMap<String, String>, item: SaleItemId, quantity: i32) -> String {
    match typed(form, "idempotency_key") {
        "" => format!("press {item} {quantity} {}", view.now.unix_timestamp() / PRESS_SECONDS),
        given => given.to_owned(),
    }
}

/// The page again, with what was typed and what is wrong with it.
async fn refuse(
    view: &View,
    board: &Board,
    form: &BTreeMap<String, String>,
    error: &Error,
) -> Result<Response, Failure> {
    let visit = sale::visit(view, board).await?;
    let shopper = sale::Shopper::read(view, board, sales::visitor(&view.jar)).await?;
    let wanted = typed(form, "sale_item_id").parse().ok();
    let refused = Form::refused(
        [
            ("quantity", typed(form, "quantity")),
            ("idempotency_key", typed(form, "idempotency_key")),
        ],
        error,
        &["sale_item_id", "quantity"],
    );
    sale::show(view, board, Some(visit), shopper, wanted, refused, StatusCode::UNPROCESSABLE_ENTITY)
        .await
}

/// An error page that says what it means for money and units: none was charged, and what one held
/// before one holds still.
async fn refused(
    view: &View,
    board: &Board,
    account: AccountId,
    error: Error,
) -> Result<Response, Failure> {
    let failure = Failure::from(error).money(MoneyFate::None).about(present::card(board, view.now));
    let mut tx = view.platform().db.shopper(Some(account)).await?;
    let held = stock::held_by(&mut tx, account, view.now).await?;
    let until =
        held.iter().filter(|hold| hold.sale_id == board.sale.id).map(|hold| hold.expires_at).min();
    Err(failure.stock(if until.is_some() { StockFate::Held } else { StockFate::None }, until))
}

/// Favourite on or off, without scripts.
#[handler]
pub async fn set_favourite(
    view: &View,
    Path(slug): Path<String>,
    Posted(form): Typed,
) -> Result<Response, Failure> {
    let board = view.pages.boards.get(&slug).await?.ok_or(Error::NotFound("sale"))?;
    let (tenant, id) = (board.sale.tenant, board.sale.id);
    let visitor = sales::visitor_or_new(&view.jar, view.platform().config.secure_cookies());
    let mut tx = view.platform().db.tenant(tenant).await?;
    statistics::set_favourite(
        &mut tx,
        tenant,
        id,
        visitor,
        sales::visit(&view.jar, id),
        typed(&form, "on") != "false",
        view.now,
    )
    .await?;
    tx.commit().await.map_err(Error::from)?;
    view.platform().broker.publish(Notice::FavouritesChanged { visitor }).await;
    Ok(see_other(&board.url()))
}

/// Passes the page on, without scripts: shows the address to copy, or goes on to the network.
#[handler]
pub async fn share_sale(
    view: &View,
    Path(slug): Path<String>,
    Posted(form): Typed,
) -> Result<Response, Failure> {
    let board = view.pages.boards.get(&slug).await?.ok_or(Error::NotFound("sale"))?;
    let url = view.platform().url(&board.url());
    let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let target = match typed(&form, "channel") {
        "facebook" => format!("https://www.facebook.com/sharer/sharer.php?u={}", encode(&url)),
        "x" => format!(
            "https://x.com/intent/post?url={}&text={}",
            encode(&url),
            encode(&board.sale.content.title)
        ),
        _ => {
            flash::info(view, &format!("Copy this address: {url}"));
            board.url()
        }
    };
    let (tenant, id) = (board.sale.tenant, board.sale.id);
    let mut tx = view.platform().db.tenant(tenant).await?;
    statistics::record_share(&mut tx, tenant, id, sales::visit(&view.jar, id)).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(see_other(&target))
}
