//! The forms of the product page: Buy, favourite, share.

use poem::{
    Response, handler,
    http::StatusCode,
    web::{Form as Posted, Path},
};
use url::form_urlencoded;

use super::{
    context::Form,
    errors::PageError,
    form::{FormValues, form_value},
    present,
    press::{self, Press},
    request::PageRequest,
    response::see_other,
    sale,
    sale_snapshot::SaleSnapshot,
    wording::{MoneyOutcome, StockOutcome},
};
use crate::{
    kernel::{AccountId, Error, FieldErrors, Result, SaleItemId},
    platform::{PublicPath, broker::Notice},
    redirect,
    sales::{self, SaleMode},
    statistics::{self, Share, ShareChannel},
    stock,
};

/// Presses of Buy without a key of their own count as one within this time.
const PRESS_SECONDS: i64 = 30;

/// Redirects a link to a form's address, or the back button, to the sale.
#[handler]
pub fn back_to_sale(Path(slug): Path<String>) -> Response {
    let slug = form_urlencoded::byte_serialize(slug.as_bytes()).collect::<String>();
    see_other(&format!("/sales/{slug}"))
}

/// Buy: holds the units and goes on to the cart, or goes on to the provider's cart.
#[handler]
pub async fn buy_units(
    request: &PageRequest,
    Path(slug): Path<String>,
    Posted(form): Posted<FormValues>,
) -> Result<Response, PageError> {
    let snapshot = request.pages.snapshots.get(&slug).await?.ok_or(Error::NotFound("sale"))?;
    let (item, quantity) = match choice(&snapshot, &form) {
        Ok(choice) => choice,
        Err(error) => return reject_form(request, &snapshot, &form, &error).await,
    };
    if snapshot.sale.content.mode == SaleMode::Redirect {
        let (account, jar) = (request.account(), &request.jar);
        let url =
            redirect::click_out(request.platform(), &slug, item, quantity, account, jar).await;
        return match url {
            Ok(url) => Ok(see_other(url.as_str())),
            Err(error @ Error::Invalid(_)) => reject_form(request, &snapshot, &form, &error).await,
            Err(error) => Err(PageError::from(error)
                .with_money(MoneyOutcome::None)
                .with_sale(present::card(&snapshot, request.now))),
        };
    }
    let press = Press {
        slug: snapshot.sale.slug.clone(),
        item,
        quantity,
        accept_fewer: form_value(&form, "accept_fewer") == "true",
        text_me: form_value(&form, "text_me") == "true",
        key: idempotency_key(request, &form, item, quantity),
    };
    let Some(account) = request.account() else {
        let next = press.next();
        press::keep(request, press);
        return Err(PageError::sign_in(&next));
    };
    match press::hold(request, &snapshot, account, &press).await {
        Ok(response) => Ok(response),
        Err(error @ Error::Invalid(_)) => reject_form(request, &snapshot, &form, &error).await,
        Err(error) => refused(request, &snapshot, account, error).await,
    }
}

/// The item and the quantity, checked as far as possible without the stock.
fn choice(snapshot: &SaleSnapshot, form: &FormValues) -> Result<(SaleItemId, i32)> {
    let mut fields = FieldErrors::default();
    let item = form_value(form, "sale_item_id").parse().ok();
    let item = item.filter(|id| snapshot.sale.item(*id).is_some());
    fields.check(item.is_some(), "sale_item_id", "Choose one of the items");
    let quantity = form_value(form, "quantity").trim().parse::<i32>().ok();
    let quantity = quantity.filter(|quantity| *quantity > 0);
    fields.check(quantity.is_some(), "quantity", "Enter a quantity of 1 or more");
    let limit = item.and_then(|item| snapshot.sale.item(item)).map(|item| item.limit_per_shopper);
    if let (Some(quantity), Some(limit)) = (quantity, limit) {
        let message = format!("Enter {limit} or fewer: that is the limit per person");
        fields.check(quantity <= limit, "quantity", &message);
    }
    fields.finish()?;
    item.zip(quantity).ok_or(Error::NotFound("item"))
}

/// The key by which a repetition of this press is recognised.
fn idempotency_key(
    request: &PageRequest,
    form: &FormValues,
    item: SaleItemId,
    quantity: i32,
) -> String {
    match form_value(form, "idempotency_key") {
        "" => format!("press {item} {quantity} {}", request.now.unix_timestamp() / PRESS_SECONDS),
        sent => sent.to_owned(),
    }
}

/// The page again, with the submitted values and what is wrong with them.
async fn reject_form(
    request: &PageRequest,
    snapshot: &SaleSnapshot,
    form: &FormValues,
    error: &Error,
) -> Result<Response, PageError> {
    let visit = sale::visit(request, snapshot).await?;
    let visitor = sales::visitor(&request.jar);
    let shopper = sale::OnThisSale::load(request, snapshot, visitor).await?;
    let wanted = form_value(form, "sale_item_id").parse().ok();
    let values = ["quantity", "idempotency_key"].map(|field| (field, form_value(form, field)));
    let rejected = Form::rejected(values, error, &["sale_item_id", "quantity"]);
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    sale::show_own(request, snapshot, visit, shopper, wanted, rejected, status).await
}

/// An error page that says what the error means for the shopper's money and units: nothing was
/// charged, and units held before are still held.
async fn refused(
    request: &PageRequest,
    snapshot: &SaleSnapshot,
    account: AccountId,
    error: Error,
) -> Result<Response, PageError> {
    let page_error = PageError::from(error)
        .with_money(MoneyOutcome::None)
        .with_sale(present::card(snapshot, request.now));
    let mut tx = request.platform().db.shopper(Some(account)).await?;
    let held = stock::held_by(&mut tx, account, request.now).await?;
    let on_this_sale = held.iter().filter(|hold| hold.sale_id == snapshot.sale.id);
    let until = on_this_sale.map(|hold| hold.expires_at).min();
    let outcome = if until.is_some() { StockOutcome::Held } else { StockOutcome::None };
    Err(page_error.with_stock(outcome, until))
}

/// Adds the sale to the favourites or removes it, without scripts.
#[handler]
pub async fn set_favourite(
    request: &PageRequest,
    Path(slug): Path<String>,
    Posted(form): Posted<FormValues>,
) -> Result<Response, PageError> {
    let snapshot = request.pages.snapshots.get(&slug).await?.ok_or(Error::NotFound("sale"))?;
    let (tenant, sale) = (snapshot.sale.tenant, snapshot.sale.id);
    let visitor = sales::visitor_or_new(&request.jar, request.secure_cookies());
    let visit = sales::visit(&request.jar, sale);
    let on = form_value(&form, "on") != "false";
    let mut tx = request.platform().db.tenant(tenant).await?;
    statistics::set_favourite(&mut tx, tenant, sale, visitor, visit, on, request.now).await?;
    tx.commit().await.map_err(Error::from)?;
    request.platform().broker.publish(Notice::FavouritesChanged { visitor }).await;
    // The next page shows it, whether the notice has arrived by then or not.
    request.pages.shoppers.forget_visitor(visitor);
    if form_value(&form, "back") == "favourites" {
        request.flash().success("Removed from your favourites.");
        return Ok(see_other("/account/favourites"));
    }
    Ok(see_other(&snapshot.url()))
}

/// Shares the sale, without scripts: shows the address to copy, or redirects to the social network.
#[handler]
pub async fn share_sale(
    request: &PageRequest,
    Path(slug): Path<String>,
    Posted(form): Posted<FormValues>,
) -> Result<Response, PageError> {
    let snapshot = request.pages.snapshots.get(&slug).await?.ok_or(Error::NotFound("sale"))?;
    let url = request.platform().public_url(PublicPath::Sale { slug: &snapshot.sale.slug });
    let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    // A name that is not known copies the address, and so does none.
    let channel = form_value(&form, "channel").parse().unwrap_or(ShareChannel::Copy);
    let target = match channel {
        ShareChannel::Facebook => {
            format!("https://www.facebook.com/sharer/sharer.php?u={}", encode(&url))
        }
        ShareChannel::X => format!(
            "https://x.com/intent/post?url={}&text={}",
            encode(&url),
            encode(&snapshot.sale.content.title)
        ),
        _ => {
            request.flash().info(&format!("Copy this address: {url}"));
            snapshot.url()
        }
    };
    let (tenant, sale) = (snapshot.sale.tenant, snapshot.sale.id);
    if let Some(visitor) = sales::visitor(&request.jar) {
        let visit = sales::visit(&request.jar, sale);
        let mut tx = request.platform().db.tenant(tenant).await?;
        let share = Share { sale, visitor, visit, channel, at: request.now };
        statistics::record_share(&mut tx, tenant, share).await?;
        tx.commit().await.map_err(Error::from)?;
    }
    Ok(see_other(&target))
}
