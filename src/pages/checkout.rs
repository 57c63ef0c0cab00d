//! Checkout up to the order: the delivery address, and whom it is billed to. What was typed is kept in the
//! shopper's checkout, and in a cookie when the session has ended or something failed.

use std::collections::HashMap;

use poem::{Response, handler, http::StatusCode, web::Form as Posted};
use time::Duration;
use url::form_urlencoded;

use super::{
    address_form, billing_form,
    cart::{self, Cart, HeldRow, ShippingLimit},
    checkout_fields,
    context::{CheckoutPage, Form, ShippingConflict},
    errors::PageError,
    form::{FormValues, form_value},
    kept_form, payment,
    request::{PageRequest, PageSpec},
    response::see_other,
    wording::country_name,
};
use crate::{
    checkouts,
    kernel::{AccountId, Country, Error, FieldError, HoldId, PageQuery, Result, TenantId},
    orders::{self, Checkout},
    statistics::{self, Interaction, InteractionKind},
    stock,
};

/// How long after a payment an empty cart leads to its order.
const PAID_MENTIONED: Duration = Duration::hours(1);
/// How long after the end of a hold the page says that it ran out.
const EXPIRED_MENTIONED: Duration = Duration::hours(1);

#[handler]
pub async fn checkout_page(request: &PageRequest) -> Result<Response, PageError> {
    let account = request.signed_in()?.account.clone();
    let chosen = match ChosenHolds::read(request, account.id).await? {
        ChosenHolds::None => return Ok(back_to_choose(request)),
        chosen => chosen,
    };
    if !count_checkout(request, account.id, &chosen).await? {
        return nothing_to_order(request, account.id).await;
    }
    let ids = chosen.ids();
    let opened =
        checkouts::open_for(request.platform(), account.id, ids, currency(request)).await?;
    let mut values = kept_form::take(request).values;
    if values.is_empty() {
        values = checkout_fields::of_last_order(request, account.id).await?;
        checkout_fields::begin_with_default(request, account.id, &mut values).await?;
        if let Some(opened) = &opened {
            values.extend(checkout_fields::values(opened.fields.0.clone()));
        }
    } else if let Some(opened) = &opened {
        let typed = checkout_fields::typed(&values);
        checkouts::save(request.platform(), account.id, opened.id, typed).await?;
    }
    if let Some(opened) = opened {
        values.insert(checkout_fields::CHECKOUT.to_owned(), opened.id.to_string());
    }
    values.entry("name".to_owned()).or_insert(account.name);
    values.entry("email".to_owned()).or_insert(account.email);
    let form = Form { values, ..Form::default() };
    show_address(request, account.id, &chosen, form, StatusCode::OK).await
}

/// Records the start of a checkout, once for each hold in it. False if nothing of it is held.
async fn count_checkout(
    request: &PageRequest,
    account: AccountId,
    chosen: &ChosenHolds,
) -> Result<bool, PageError> {
    let mut tx = request.platform().db.shopper(Some(account)).await?;
    let mut held = stock::held_by(&mut tx, account, request.now).await?;
    drop(tx);
    held.retain(|hold| chosen.has(hold.id));
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
    Posted(mut form): Posted<FormValues>,
) -> Result<Response, PageError> {
    let account = kept_form::signed_in(request, &form)?.account.id;
    let chosen = match ChosenHolds::read(request, account).await? {
        ChosenHolds::None => {
            kept_form::keep(request, form);
            return Ok(back_to_choose(request));
        }
        chosen => chosen,
    };
    let kept = keep_typed(request, account, &chosen, &mut form).await;
    if let Err(error) = kept {
        kept_form::keep(request, form);
        return Err(payment::with_outcome(error));
    }
    if form.contains_key(address_form::UPDATE) {
        let typed = form.iter().map(|(field, value)| (field.as_str(), value.as_str()));
        let typed = Form::filled(typed);
        return show_address(request, account, &chosen, typed, StatusCode::OK).await;
    }
    // An email that was deleted from the form is missing; without any, the account's own would be
    // used.
    let email = Some(form_value(&form, "email").trim()).filter(|email| !email.is_empty());
    let placed = match expected_total_minor(&form) {
        Ok(expected_total_minor) => {
            let checkout = Checkout {
                address: address_form::address(&form),
                email: Some(email.unwrap_or("-")),
                billing: billing_form::input(&form),
                currency: currency(request),
                hold_ids: chosen.ids(),
                expected_total_minor,
            };
            orders::place(request.platform(), account, checkout).await
        }
        Err(error) => Err(error),
    };
    let placed = match placed {
        Err(Error::Invalid(wrong)) => Err(Error::Invalid(billing_form::with_own_messages(
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
            note_placed(request, account, &form, &order.number).await;
            checkout_fields::keep_address(request, account, &form).await;
            Ok(see_other(&format!("/checkout/{}/payment", order.number)))
        }
        Err(Error::Invalid(wrong)) if wrong.iter().any(|e| e.field.starts_with("hold_ids")) => {
            not_held(request, account, &chosen, form).await
        }
        Err(error @ (Error::Invalid(_) | Error::Conflict { code: "price_changed", .. })) => {
            let values = form.iter().map(|(k, v)| (k.as_str(), v.as_str()));
            let rejected = Form::rejected(
                values,
                &error,
                &billing_form::order(&request.platform().addresses, &form),
            );
            show_address(request, account, &chosen, rejected, error.status()).await
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

/// Keeps what was typed in the checkout of what was chosen, and names that in the form. When nothing is
/// held any more, in the checkout that the form names.
async fn keep_typed(
    request: &PageRequest,
    account: AccountId,
    chosen: &ChosenHolds,
    form: &mut FormValues,
) -> Result<()> {
    let (platform, ids) = (request.platform(), chosen.ids());
    let opened = checkouts::open_for(platform, account, ids, currency(request)).await?;
    let named = checkout_fields::checkout_of(form);
    let Some(id) = opened.map(|opened| opened.id).or(named) else { return Ok(()) };
    form.insert(checkout_fields::CHECKOUT.to_owned(), id.to_string());
    checkouts::save(platform, account, id, checkout_fields::typed(form)).await
}

/// Notes that the form's checkout is placed. Without the note the order stands all the same.
async fn note_placed(request: &PageRequest, account: AccountId, form: &FormValues, number: &str) {
    let Some(id) = checkout_fields::checkout_of(form) else { return };
    if let Err(error) = checkouts::note_placed(request.platform(), account, id, number).await {
        tracing::warn!(?error, %id, "a checkout was not noted as placed");
    }
}

/// Something that was chosen is not held any more: what is left is shown again, with what was
/// typed.
async fn not_held(
    request: &PageRequest,
    account: AccountId,
    chosen: &ChosenHolds,
    form: FormValues,
) -> Result<Response, PageError> {
    if let Some(number) = just_paid(request, account).await? {
        return Ok(payment::already_paid(request, &number));
    }
    let mut tx = request.platform().db.shopper(Some(account)).await?;
    let held = stock::held_by(&mut tx, account, request.now).await?;
    let since = request.now - EXPIRED_MENTIONED;
    let is_expired = stock::expired_since(&mut tx, account, since, request.now).await?;
    drop(tx);
    if held.iter().any(|hold| chosen.has(hold.id)) {
        let changed = Error::conflict(
            "cart_changed",
            "Something you chose is not held for you any more, so nothing was ordered. Check what \
             is left, then order it.",
        );
        let values = form.iter().map(|(k, v)| (k.as_str(), v.as_str()));
        let rejected = Form::rejected(
            values,
            &changed,
            &billing_form::order(&request.platform().addresses, &form),
        );
        return show_address(request, account, chosen, rejected, changed.status()).await;
    }
    kept_form::keep(request, form);
    if is_expired {
        let kept = "Your address is kept for your next order.";
        return Err(payment::with_outcome(Error::conflict("hold_expired", kept)));
    }
    Ok(see_other("/cart"))
}

/// The total that the form's page showed, in minor units.
fn expected_total_minor(form: &FormValues) -> Result<Option<i64>> {
    let Some(shown) = form.get("total_minor") else { return Ok(None) };
    let message = "The form’s total cannot be read, so nothing was ordered. Check the total on \
                   this page, then order again";
    shown.parse().map(Some).map_err(|_| FieldError::new("total_minor", message).into())
}

/// What of the cart is ordered, by the page's address: `hold` names holds, `order` an order whose
/// holds they are.
enum ChosenHolds {
    All,
    These(Vec<HoldId>),
    /// The cart's form was sent without any.
    None,
}

impl ChosenHolds {
    async fn read(request: &PageRequest, account: AccountId) -> Result<Self> {
        if let Some(number) = request.query.get("order") {
            let mut tx = request.platform().db.shopper(Some(account)).await?;
            return Ok(Self::These(orders::holds_of_order(&mut tx, account, number).await?));
        }
        let query = request.path_and_query().split_once('?').map_or("", |(_, query)| query);
        let mut holds: Vec<HoldId> = vec![];
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            if name == "hold" {
                let hold = value.parse().map_err(|_| Error::NotFound("hold"))?;
                if !holds.contains(&hold) {
                    holds.push(hold);
                }
            }
        }
        Ok(match (holds.is_empty(), request.query.contains_key("chosen")) {
            (false, _) => Self::These(holds),
            (true, true) => Self::None,
            (true, false) => Self::All,
        })
    }

    fn has(&self, hold: HoldId) -> bool {
        self.ids().is_none_or(|ids| ids.contains(&hold))
    }

    fn ids(&self) -> Option<&[HoldId]> {
        match self {
            Self::All => None,
            Self::These(ids) => Some(ids),
            Self::None => Some(&[]),
        }
    }
}

fn back_to_choose(request: &PageRequest) -> Response {
    request.flash().info("Choose at least one thing to pay for.");
    see_other("/cart")
}

/// The currency of what is ordered, where the cart has several.
fn currency(request: &PageRequest) -> Option<&str> {
    request.query.get("currency").map(String::as_str)
}

/// The address form beside what will be ordered: what was chosen of what is held, including the
/// units of an order that was started before. The country is never changed: if something does not ship there,
/// the page says what.
async fn show_address(
    request: &PageRequest,
    account: AccountId,
    chosen: &ChosenHolds,
    form: Form,
    status: StatusCode,
) -> Result<Response, PageError> {
    let mut tx = request.platform().db.shopper(Some(account)).await?;
    let mut held = cart::held(&mut tx, account, request.now, true).await?;
    drop(tx);
    held.retain(|hold| chosen.has(hold.id));
    let cart = Cart::of(request, &held, currency(request)).await?;
    // The cart says that each currency is an order of its own.
    if cart.parcels.is_empty() || cart.total.is_none() {
        return Ok(see_other("/cart"));
    }
    let chosen = form.values.get("country").map_or("", String::as_str);
    let ships_to = |code: &str| {
        cart.countries.as_ref().is_none_or(|all| all.iter().any(|shipped_to| shipped_to == code))
    };
    let countries = address_form::countries(chosen, |country| ships_to(country.code));
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
        rest: cart.rest,
        expires_at: cart.expires_at.map(Into::into),
        refused_country: refused_country
            .map(|country| address_form::country_choice(&country, chosen)),
        conflicts,
        countries,
        vouchers_only,
        billing: billing_form::shown(&request.platform().addresses, &form),
        action: action(request, &held),
    };
    request.show(PageSpec { status, form, ..request.page("pages/checkout") }, &page).await
}

/// Where the form is sent: its page's address. Of the holds that it names, only what the page
/// shows.
fn action(request: &PageRequest, held: &[HeldRow]) -> String {
    if !request.query.contains_key("hold") {
        return request.path_and_query().to_owned();
    }
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(currency(request).map(|currency| ("currency", currency)));
    query.extend_pairs(held.iter().map(|hold| ("hold", hold.id.to_string())));
    format!("{}?{}", request.path(), query.finish())
}

fn shipping_conflict(limit: &ShippingLimit) -> ShippingConflict {
    ShippingConflict {
        title: limit.title.clone(),
        sale_url: limit.sale_url.clone(),
        countries: limit.countries.iter().map(|code| country_name(code)).collect(),
    }
}
