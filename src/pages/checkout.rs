//! Checkout up to the order: the delivery address. What was typed is kept when the form is rejected,
//! when the session has ended, and when the time is up.

use std::collections::HashMap;

use poem::{Response, handler, http::StatusCode, web::Form as Posted};
use time::Duration;

use super::{
    address_form,
    cart::{self, Cart, ShippingLimit},
    context::{CheckoutPage, CountryChoice, Form, ShippingConflict},
    errors::PageError,
    form::{FormValues, form_value},
    kept_form, payment,
    request::{PageRequest, PageSpec},
    response::see_other,
    wording::country_name,
};
use crate::{
    kernel::{AccountId, Country, Error, PageQuery, Result, TenantId},
    orders::{self, Address},
    statistics::{self, Interaction, InteractionKind},
    stock,
};

/// How long after a payment an empty cart leads to its order.
const PAID_MENTIONED: Duration = Duration::hours(1);

#[handler]
pub async fn checkout_page(request: &PageRequest) -> Result<Response, PageError> {
    let account = request.signed_in()?.account.clone();
    if !count_checkout(request, account.id).await? {
        return nothing_to_order(request, account.id).await;
    }
    let mut values = kept_form::take(request).values;
    if values.is_empty() {
        values = last_address(request, account.id).await?;
    }
    values.entry("name".to_owned()).or_insert(account.name);
    values.entry("email".to_owned()).or_insert(account.email);
    show_address(request, account.id, Form { values, ..Form::default() }, StatusCode::OK).await
}

/// Records the start of a checkout, once for each hold in it. False if nothing is held.
async fn count_checkout(request: &PageRequest, account: AccountId) -> Result<bool, PageError> {
    let mut tx = request.platform().db.shopper(Some(account)).await?;
    let held = stock::held_by(&mut tx, account, request.now).await?;
    drop(tx);
    let is_any_held = !held.is_empty();
    let mut by_tenant: HashMap<TenantId, Vec<Interaction>> = HashMap::new();
    for hold in held {
        let interaction = Interaction {
            id: hold.id.0,
            sale: hold.sale_id,
            visit: hold.visit_id,
            kind: InteractionKind::Checkout,
            at: request.now,
            quantity: hold.quantity,
            subject: None,
            amount: None,
            channel: None,
        };
        by_tenant.entry(hold.tenant).or_default().push(interaction);
    }
    for (tenant, begun) in by_tenant {
        let mut tx = request.platform().db.tenant(tenant).await?;
        statistics::record_interactions(&mut tx, tenant, &begun).await?;
        tx.commit().await?;
    }
    Ok(is_any_held)
}

/// Leads a shopper who holds nothing to the order they have just paid, or to the cart, which says
/// what ran out.
async fn nothing_to_order(
    request: &PageRequest,
    account: AccountId,
) -> Result<Response, PageError> {
    match just_paid(request, account).await? {
        Some(number) => Ok(payment::already_paid(request, &number)),
        None => Ok(see_other("/cart")),
    }
}

/// The number of the order that was paid a short while ago, if nothing has expired since.
async fn just_paid(request: &PageRequest, account: AccountId) -> Result<Option<String>> {
    let newest = PageQuery { cursor: None, limit: 1 };
    let newest = orders::order_list(request.platform(), account, &newest).await?.items.pop();
    let Some((order, paid_at)) = newest.and_then(|order| order.confirmed_at.map(|at| (order, at)))
    else {
        return Ok(None);
    };
    let mut tx = request.platform().db.shopper(Some(account)).await?;
    let is_last = request.now - paid_at < PAID_MENTIONED
        && !stock::expired_since(&mut tx, account, paid_at, request.now).await?;
    Ok(is_last.then_some(order.number))
}

#[handler]
pub async fn place_order(
    request: &PageRequest,
    Posted(form): Posted<FormValues>,
) -> Result<Response, PageError> {
    let account = kept_form::signed_in(request, &form)?.account.id;
    if form.contains_key(address_form::UPDATE) {
        let typed = form.iter().map(|(field, value)| (field.as_str(), value.as_str()));
        return show_address(request, account, Form::filled(typed), StatusCode::OK).await;
    }
    let address = address_form::address(&form);
    // An email that was deleted from the form is missing; without any, the account's own would be
    // used.
    let email = Some(form_value(&form, "email").trim()).filter(|email| !email.is_empty());
    let email = email.unwrap_or("-");
    let placed =
        orders::place(request.platform(), account, address, Some(email), currency(request)).await;
    let placed = match placed {
        Err(Error::Invalid(wrong)) => Err(Error::Invalid(address_form::with_own_messages(
            wrong,
            &request.platform().addresses,
            &form,
        ))),
        other => other,
    };
    match placed {
        Ok(order) => {
            // Sale pages know the country of the last order.
            request.pages.shoppers.forget(account);
            Ok(see_other(&format!("/checkout/{}/payment", order.number)))
        }
        Err(error @ Error::Invalid(_)) => {
            let rejected = Form::rejected(
                form.iter().map(|(k, v)| (k.as_str(), v.as_str())),
                &error,
                &address_form::order(&request.platform().addresses, &form),
            );
            show_address(request, account, rejected, StatusCode::UNPROCESSABLE_ENTITY).await
        }
        Err(Error::Conflict { code: "cart_empty", .. }) => {
            kept_form::keep(request, form);
            nothing_to_order(request, account).await
        }
        Err(Error::Conflict { code: "hold_expired", .. }) => {
            if let Some(number) = just_paid(request, account).await? {
                return Ok(payment::already_paid(request, &number));
            }
            kept_form::keep(request, form);
            let kept = "Your address is kept for your next order.";
            Err(payment::with_outcome(Error::conflict("hold_expired", kept)))
        }
        Err(error) => {
            // What it means for the units matters more than the form, which is kept for later.
            kept_form::keep(request, form);
            Err(payment::with_outcome(error))
        }
    }
}

/// The address of the last order, so that it need not be typed again.
async fn last_address(request: &PageRequest, account: AccountId) -> Result<FormValues> {
    let mut tx = request.platform().db.shopper(Some(account)).await?;
    let row = sqlx::query!(
        r#"
        SELECT email, shipping_address AS "address: sqlx::types::Json<Address>" FROM orders
        WHERE account_id = $1 ORDER BY created_at DESC LIMIT 1
        "#,
        account.0
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(row) = row else { return Ok(FormValues::new()) };
    let email = ("email".to_owned(), row.email);
    Ok(address_form::values(row.address.0).chain([email]).collect())
}

/// The currency of what is ordered, where the cart has several.
fn currency(request: &PageRequest) -> Option<&str> {
    request.query.get("currency").map(String::as_str)
}

/// The address form beside what will be ordered: everything that is held, including the units of an
/// order that was started before. The country is never changed: if something does not ship there,
/// the page says what.
async fn show_address(
    request: &PageRequest,
    account: AccountId,
    form: Form,
    status: StatusCode,
) -> Result<Response, PageError> {
    let mut tx = request.platform().db.shopper(Some(account)).await?;
    let held = cart::held(&mut tx, account, request.now, true).await?;
    drop(tx);
    let cart = Cart::of(request, &held, currency(request)).await?;
    // The cart says that each currency is an order of its own.
    if cart.parcels.is_empty() || cart.total.is_none() {
        return Ok(see_other("/cart"));
    }
    let chosen = form.values.get("country").map_or("", String::as_str);
    let ships_to = |code: &str| {
        cart.countries.as_ref().is_none_or(|all| all.iter().any(|shipped_to| shipped_to == code))
    };
    let mut countries: Vec<CountryChoice> = Country::all()
        .iter()
        .filter(|country| ships_to(country.code))
        .map(|country| CountryChoice {
            code: country.code.to_owned(),
            name: country.name.to_owned(),
            selected: country.code == chosen,
        })
        .collect();
    countries.sort_by(|a, b| a.name.cmp(&b.name));
    let vouchers_only = cart
        .parcels
        .iter()
        .flat_map(|parcel| &parcel.holds)
        .all(|hold| hold.voucher_valid_days.is_some());
    let refused_country = Country::find(chosen).filter(|country| !ships_to(country.code));
    // Without a country that all of them ship to, each of them is in the way of the others.
    let in_the_way = |limit: &&ShippingLimit| {
        countries.is_empty()
            || refused_country.is_some_and(|country| {
                limit.countries.iter().all(|shipped_to| shipped_to != country.code)
            })
    };
    let conflicts = cart.limits.iter().filter(in_the_way).map(shipping_conflict).collect();
    let page = CheckoutPage {
        address_fields: address_form::country_fields(&request.platform().addresses, &form),
        parcels: cart.parcels,
        total: cart.total,
        expires_at: cart.expires_at.map(Into::into),
        refused_country: refused_country.map(|country| CountryChoice {
            code: country.code.to_owned(),
            name: country.name.to_owned(),
            selected: true,
        }),
        conflicts,
        countries,
        vouchers_only,
        action: request.path_and_query().to_owned(),
    };
    request.show(PageSpec { status, form, ..request.page("pages/checkout") }, &page).await
}

fn shipping_conflict(limit: &ShippingLimit) -> ShippingConflict {
    ShippingConflict {
        title: limit.title.clone(),
        sale_url: limit.sale_url.clone(),
        countries: limit.countries.iter().map(|code| country_name(code)).collect(),
    }
}
