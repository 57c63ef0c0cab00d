//! Checkout: the address, the payment, and the bank's confirmation. A rejected form keeps what was
//! typed, except for card details.

use std::collections::{BTreeMap, HashMap};

use poem::{
    Response, handler,
    http::StatusCode,
    web::{Form as Posted, Path},
};
use url::form_urlencoded;

use super::{
    cart::{self, Cart, ShippingLimit},
    context::{
        AuthenticatePage, CheckoutPage, CountryChoice, Form, OrderToPay, PaymentPage,
        PaymentToConfirm, ShippingConflict,
    },
    errors::PageError,
    form::{FormValues, form_value, new_idempotency_key},
    kept_form,
    order_presenter::{OrderPresenter, is_payable, pay_by},
    request::{PageRequest, PageSpec},
    response::see_other,
    wording::{MoneyOutcome, StockOutcome, card_brand, country_name},
};
use crate::{
    kernel::{AccountId, Country, Error, FieldError, PaymentId, Result, TenantId},
    orders::{self, Address, OrderState, OrderView},
    payments::{Card, PaymentState},
    statistics::{self, Interaction, InteractionKind},
    stock,
};

const GATEWAY: &str = "sandbox";
const ADDRESS_FIELDS: [&str; 9] =
    ["email", "name", "line1", "line2", "postal_code", "city", "region", "country", "phone"];

#[handler]
pub async fn checkout_page(request: &PageRequest) -> Result<Response, PageError> {
    let account = request.signed_in()?.account.clone();
    count_checkout(request, account.id).await?;
    let mut values = kept_form::take(request).values;
    if values.is_empty() {
        values = last_address(request, account.id).await?;
    }
    values.entry("name".to_owned()).or_insert(account.name);
    values.entry("email".to_owned()).or_insert(account.email);
    show_address(request, account.id, Form { values, ..Form::default() }, StatusCode::OK).await
}

/// Records the start of a checkout, once for each hold in it.
async fn count_checkout(request: &PageRequest, account: AccountId) -> Result<(), PageError> {
    let mut tx = request.platform().db.shopper(Some(account)).await?;
    let held = stock::held_by(&mut tx, account, request.now).await?;
    drop(tx);
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
        };
        by_tenant.entry(hold.tenant).or_default().push(interaction);
    }
    for (tenant, begun) in by_tenant {
        let mut tx = request.platform().db.tenant(tenant).await?;
        statistics::record_interactions(&mut tx, tenant, &begun).await?;
        tx.commit().await?;
    }
    Ok(())
}

#[handler]
pub async fn place_order(
    request: &PageRequest,
    Posted(form): Posted<FormValues>,
) -> Result<Response, PageError> {
    let account = kept_form::signed_in(request, &form)?.account.id;
    let part = |field: &str| form_value(&form, field).to_owned();
    let optional = |field: &str| Some(part(field)).filter(|text| !text.trim().is_empty());
    let address = Address {
        name: part("name"),
        line1: part("line1"),
        line2: optional("line2"),
        city: part("city"),
        postal_code: part("postal_code"),
        region: optional("region"),
        country: part("country"),
        phone: optional("phone"),
    };
    let missing = missing(&form);
    // An email that was deleted from the form is missing; without any, the account's own would be
    // used.
    let email = if missing.contains_key("email") { "-" } else { form_value(&form, "email") };
    let placed =
        orders::place(request.platform(), account, address, Some(email), currency(request)).await;
    let placed = match placed {
        // The kernel's messages suit any text; the form says which one is missing.
        Err(Error::Invalid(wrong)) => Err(Error::Invalid(
            wrong.into_iter().map(|error| with_own_message(error, &missing)).collect(),
        )),
        other => other,
    };
    match placed {
        Ok(order) => Ok(see_other(&format!("/checkout/{}/payment", order.number))),
        Err(error @ Error::Invalid(_)) => {
            let rejected = Form::rejected(
                form.iter().map(|(k, v)| (k.as_str(), v.as_str())),
                &error,
                &ADDRESS_FIELDS,
            );
            show_address(request, account, rejected, StatusCode::UNPROCESSABLE_ENTITY).await
        }
        Err(Error::Conflict { code: "cart_empty", .. }) => Ok(see_other("/cart")),
        Err(error) => Err(with_outcome(error)),
    }
}

/// The messages for required fields that are empty.
fn missing(form: &FormValues) -> BTreeMap<&'static str, &'static str> {
    const REQUIRED: [(&str, &str); 6] = [
        ("email", "Enter an email address, like name@example.com"),
        ("name", "Enter the recipient’s full name"),
        ("line1", "Enter the street and house number"),
        ("postal_code", "Enter the postal code"),
        ("city", "Enter the city"),
        ("country", "Choose the country"),
    ];
    REQUIRED.into_iter().filter(|(field, _)| form_value(form, field).trim().is_empty()).collect()
}

fn with_own_message(error: FieldError, missing: &BTreeMap<&str, &str>) -> FieldError {
    let field = error.field.rsplit('.').next().unwrap_or_default();
    match missing.get(field) {
        Some(message) => FieldError::new(field, *message),
        None => error,
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
    let address = row.address.0;
    let parts = [
        ("email", Some(row.email)),
        ("name", Some(address.name)),
        ("line1", Some(address.line1)),
        ("line2", address.line2),
        ("postal_code", Some(address.postal_code)),
        ("city", Some(address.city)),
        ("region", address.region),
        ("country", Some(address.country)),
        ("phone", address.phone),
    ];
    Ok(parts.into_iter().filter_map(|(field, value)| Some((field.to_owned(), value?))).collect())
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

/// Cancels an order that is not paid, and releases its units.
#[handler]
pub async fn cancel_order(
    request: &PageRequest,
    Path(number): Path<String>,
) -> Result<Response, PageError> {
    let account = request.account().ok_or_else(|| PageError::sign_in("/cart"))?;
    match orders::cancel(request.platform(), account, &number).await {
        Ok(order) => {
            request.flash().success(&format!(
                "Order {} is cancelled. Its items are back on sale, and nothing was charged.",
                order.number
            ));
            Ok(see_other("/cart"))
        }
        Err(Error::Conflict { code: "already_paid", detail, .. }) => {
            request.flash().info(&detail);
            Ok(see_other(&format!("/orders/{number}")))
        }
        Err(error) => Err(with_outcome(error)),
    }
}

/// Redirects a link to the form's address to the payment.
#[handler]
pub fn back_to_payment(Path(number): Path<String>) -> Response {
    let number = form_urlencoded::byte_serialize(number.as_bytes()).collect::<String>();
    see_other(&format!("/checkout/{number}/payment"))
}

#[handler]
pub async fn payment_page(
    request: &PageRequest,
    Path(number): Path<String>,
) -> Result<Response, PageError> {
    let account = request.signed_in()?.account.id;
    let order = orders::order_view(request.platform(), account, &number).await?;
    if let Some(redirect) = not_payable(request, &order)? {
        return Ok(redirect);
    }
    let last = order.payments.last().filter(|payment| payment.state == PaymentState::Failed);
    let failure = last.and_then(|payment| payment.failure.clone());
    show_payment(request, account, order, failure, Form::default(), StatusCode::OK).await
}

#[handler]
pub async fn pay_order(
    request: &PageRequest,
    Path(number): Path<String>,
    Posted(form): Posted<FormValues>,
) -> Result<Response, PageError> {
    let account = request.signed_in()?.account.id;
    let order = orders::order_view(request.platform(), account, &number).await?;
    if let Some(redirect) = not_payable(request, &order)? {
        return Ok(redirect);
    }
    let card = match Card::parse(
        form_value(&form, "card_number"),
        form_value(&form, "expiry"),
        form_value(&form, "cvc"),
        request.now,
    ) {
        Ok(card) => card,
        Err(error) => {
            let rejected = Form::rejected([], &error, &["card_number", "expiry", "cvc"]);
            return show_payment(
                request,
                account,
                order,
                None,
                rejected,
                StatusCode::UNPROCESSABLE_ENTITY,
            )
            .await;
        }
    };
    match orders::pay(request.platform(), account, &number, GATEWAY, card).await {
        Ok(paid) if paid.state == PaymentState::Succeeded => {
            request.flash().paid(&number);
            Ok(see_other(&format!("/orders/{number}")))
        }
        Ok(paid) if paid.state == PaymentState::Failed => {
            let failure = paid.failure.unwrap_or_else(|| "The payment failed.".to_owned());
            show_payment(
                request,
                account,
                order,
                Some(failure),
                Form::default(),
                StatusCode::PAYMENT_REQUIRED,
            )
            .await
        }
        Ok(paid) => Ok(see_other(&format!("/checkout/{number}/authenticate/{}", paid.id))),
        // Pay was pressed twice, and the first press succeeded.
        Err(Error::Conflict { code: "already_paid", .. }) => {
            Ok(see_other(&format!("/orders/{number}")))
        }
        Err(error) => Err(with_outcome(error)),
    }
}

async fn show_payment(
    request: &PageRequest,
    account: AccountId,
    order: OrderView,
    failure: Option<String>,
    form: Form,
    status: StatusCode,
) -> Result<Response, PageError> {
    let presenter =
        OrderPresenter::load(request.platform(), account, std::slice::from_ref(&order)).await?;
    let page = PaymentPage {
        order: presenter.order(order),
        failure,
        sandbox: true,
        idempotency_key: new_idempotency_key(),
    };
    request.show(PageSpec { status, form, ..request.page("pages/payment") }, &page).await
}

/// Redirects to the order if it is paid already; an error if its time to pay is over.
fn not_payable(request: &PageRequest, order: &OrderView) -> Result<Option<Response>, PageError> {
    if is_payable(order, request.now) {
        return Ok(None);
    }
    if !matches!(order.state, OrderState::AwaitingPayment | OrderState::Cancelled) {
        return Ok(Some(see_other(&format!("/orders/{}", order.number))));
    }
    Err(with_outcome(Error::conflict(
        "hold_expired",
        format!("Order {} was not paid in time.", order.number),
    )))
}

/// Adds what an error in checkout means for the shopper's money and units.
fn with_outcome(error: Error) -> PageError {
    let (money, stock) = match &error {
        Error::Conflict { code: "hold_expired", .. } => {
            (Some(MoneyOutcome::None), Some(StockOutcome::Returned))
        }
        Error::Conflict { code: "order_cancelled", .. } => {
            (Some(MoneyOutcome::None), Some(StockOutcome::None))
        }
        Error::Conflict { code: "payment_under_way" | "payment_over", .. }
        | Error::Internal(_)
        | Error::Unavailable { .. } => (Some(MoneyOutcome::Unknown), None),
        Error::Conflict { .. } => (Some(MoneyOutcome::None), Some(StockOutcome::Held)),
        _ => (None, None),
    };
    let mut page_error = PageError::from(error);
    if let Some(money) = money {
        page_error = page_error.with_money(money);
    }
    if let Some(stock) = stock {
        page_error = page_error.with_stock(stock, None);
    }
    page_error
}

#[handler]
pub async fn authenticate_page(
    request: &PageRequest,
    Path((number, payment)): Path<(String, String)>,
) -> Result<Response, PageError> {
    show_authenticate(request, &number, &payment, Form::default(), StatusCode::OK).await
}

#[handler]
pub async fn authenticate_payment(
    request: &PageRequest,
    Path((number, payment)): Path<(String, String)>,
    Posted(form): Posted<FormValues>,
) -> Result<Response, PageError> {
    let account = request.signed_in()?.account.id;
    let id: PaymentId = payment.parse().map_err(|_| Error::NotFound("payment"))?;
    let code = form_value(&form, "code").trim();
    if code.is_empty() {
        let error = Error::from(FieldError::new("code", "Enter the code from your bank"));
        return show_authenticate(
            request,
            &number,
            &payment,
            Form::rejected([], &error, &["code"]),
            StatusCode::UNPROCESSABLE_ENTITY,
        )
        .await;
    }
    match orders::authenticate(request.platform(), account, &number, id, code).await {
        Ok(paid) if paid.state == PaymentState::Succeeded => {
            request.flash().paid(&number);
            Ok(see_other(&format!("/orders/{number}")))
        }
        // The payment page says why the last attempt failed.
        Ok(_) | Err(Error::Conflict { code: "payment_over", .. }) => {
            Ok(see_other(&format!("/checkout/{number}/payment")))
        }
        Err(error @ Error::Invalid(_)) => {
            show_authenticate(
                request,
                &number,
                &payment,
                Form::rejected([], &error, &["code"]),
                StatusCode::UNPROCESSABLE_ENTITY,
            )
            .await
        }
        Err(error) => Err(with_outcome(error)),
    }
}

async fn show_authenticate(
    request: &PageRequest,
    number: &str,
    payment: &str,
    form: Form,
    status: StatusCode,
) -> Result<Response, PageError> {
    let account = request.signed_in()?.account.id;
    let id: PaymentId = payment.parse().map_err(|_| Error::NotFound("payment"))?;
    let order = orders::order_view(request.platform(), account, number).await?;
    if let Some(redirect) = not_payable(request, &order)? {
        return Ok(redirect);
    }
    let pay_by = pay_by(&order);
    let payment = order
        .payments
        .into_iter()
        .find(|payment| payment.id == id)
        .ok_or(Error::NotFound("payment"))?;
    if payment.state != PaymentState::RequiresAction {
        return Ok(see_other(&format!("/checkout/{number}/payment")));
    }
    let page = AuthenticatePage {
        order: OrderToPay {
            pay_by: pay_by.map(Into::into),
            number: order.number,
            total: order.total,
        },
        payment: PaymentToConfirm {
            id: payment.id.to_string(),
            amount: payment.amount,
            card_brand: payment.card_brand.as_deref().map(card_brand),
            card_last4: payment.card_last4,
        },
    };
    request.show(PageSpec { status, form, ..request.page("pages/authenticate") }, &page).await
}
