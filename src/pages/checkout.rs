//! Checkout: the address, the payment, the proof for the bank. What was typed is never lost, card
//! numbers apart.

use std::collections::{BTreeMap, HashMap};

use poem::{
    Response, handler,
    http::StatusCode,
    web::{Form as Posted, Path},
};

use super::{
    buy::{Typed, typed},
    cart::{self, Cart},
    context::{
        AuthenticatePage, CheckoutPage, CountryChoice, Form, OrderToPay, PaymentPage,
        PaymentToConfirm,
    },
    failure::Failure,
    flash,
    order::{About, brand, is_payable},
    sale::new_key,
    view::{Sheet, View, see_other},
    words::{MoneyFate, StockFate},
};
use crate::{
    kernel::{AccountId, Error, FieldError, PaymentId, Result, TenantId, validate::COUNTRIES},
    orders::{self, Address, OrderState, OrderView},
    payments::{Card, PaymentState},
    statistics::{self, Interaction, InteractionKind},
    stock,
};

const GATEWAY: &str = "sandbox";
const ADDRESS_FIELDS: [&str; 8] =
    ["email", "name", "line1", "line2", "postal_code", "city", "country", "phone"];

#[handler]
pub async fn checkout_page(view: &View) -> Result<Response, Failure> {
    let account = view.signed_in()?.account.clone();
    count_checkout(view, account.id).await?;
    let mut values = last_address(view, account.id).await?;
    values.entry("name".to_owned()).or_insert(account.name);
    values.entry("email".to_owned()).or_insert(account.email);
    show_address(view, account.id, Form { values, ..Form::default() }, StatusCode::OK).await
}

/// Counts the beginning of a checkout, once for each hold that is in it.
async fn count_checkout(view: &View, account: AccountId) -> Result<(), Failure> {
    let mut tx = view.platform().db.shopper(Some(account)).await?;
    let held = stock::held_by(&mut tx, account, view.now).await?;
    drop(tx);
    let mut by_tenant: HashMap<TenantId, Vec<Interaction>> = HashMap::new();
    for hold in held {
        let interaction = Interaction {
            id: hold.id.0,
            sale: hold.sale_id,
            visit: hold.visit_id,
            kind: InteractionKind::Checkout,
            quantity: hold.quantity,
            amount_minor: 0,
        };
        by_tenant.entry(hold.tenant).or_default().push(interaction);
    }
    for (tenant, begun) in by_tenant {
        let mut tx = view.platform().db.tenant(tenant).await?;
        statistics::record_interactions(&mut tx, tenant, &begun).await?;
        tx.commit().await?;
    }
    Ok(())
}

#[handler]
pub async fn place_order(view: &View, Posted(form): Typed) -> Result<Response, Failure> {
    let account = view.signed_in()?.account.id;
    let part = |field: &str| typed(&form, field).to_owned();
    let optional = |field: &str| Some(part(field)).filter(|text| !text.trim().is_empty());
    let address = Address {
        name: part("name"),
        line1: part("line1"),
        line2: optional("line2"),
        city: part("city"),
        postal_code: part("postal_code"),
        region: None,
        country: part("country"),
        phone: optional("phone"),
    };
    let missing = missing(&form);
    // An address taken out on purpose is missing, where none at all would be the account's own.
    let email = if missing.contains_key("email") { "-" } else { typed(&form, "email") };
    let placed = match orders::place(view.platform(), account, address, Some(email)).await {
        // The kernel's words serve every kind of text; a form says which text it misses.
        Err(Error::Invalid(wrong)) => {
            Err(Error::Invalid(wrong.into_iter().map(|error| reworded(error, &missing)).collect()))
        }
        other => other,
    };
    match placed {
        Ok(order) => Ok(see_other(&format!("/checkout/{}/payment", order.number))),
        Err(error @ Error::Invalid(_)) => {
            let refused = Form::refused(
                form.iter().map(|(k, v)| (k.as_str(), v.as_str())),
                &error,
                &ADDRESS_FIELDS,
            );
            show_address(view, account, refused, StatusCode::UNPROCESSABLE_ENTITY).await
        }
        Err(Error::Conflict { code: "cart_empty", .. }) => Ok(see_other("/cart")),
        Err(error) => Err(spoken(error)),
    }
}

/// What a field that must be filled in and is not says.
fn missing(form: &BTreeMap<String, String>) -> BTreeMap<&'static str, &'static str> {
    const REQUIRED: [(&str, &str); 6] = [
        ("email", "Enter an email address like name@example.com"),
        ("name", "Enter the name of who receives it"),
        ("line1", "Enter the street and number"),
        ("postal_code", "Enter the postal code"),
        ("city", "Enter the city"),
        ("country", "Choose the country"),
    ];
    REQUIRED.into_iter().filter(|(field, _)| typed(form, field).trim().is_empty()).collect()
}

fn reworded(error: FieldError, missing: &BTreeMap<&str, &str>) -> FieldError {
    let field = error.field.rsplit('.').next().unwrap_or_default();
    match missing.get(field) {
        Some(words) => FieldError::new(field, *words),
        None => error,
    }
}

/// Where the last order went, to be typed only once.
async fn last_address(view: &View, account: AccountId) -> Result<BTreeMap<String, String>> {
    let mut tx = view.platform().db.shopper(Some(account)).await?;
    let row = sqlx::query!(
        r#"SELECT email, shipping_address AS "address: sqlx::types::Json<Address>" FROM orders WHERE account_id = $1 ORDER BY created_at DESC LIMIT 1"#,
        account.0
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(row) = row else { return Ok(BTreeMap::new()) };
    let address = row.address.0;
    let parts = [
        ("email", Some(row.email)),
        ("name", Some(address.name)),
        ("line1", Some(address.line1)),
        ("line2", address.line2),
        ("postal_code", Some(address.postal_code)),
        ("city", Some(address.city)),
        ("country", Some(address.country)),
        ("phone", address.phone),
    ];
    Ok(parts.into_iter().filter_map(|(field, value)| Some((field.to_owned(), value?))).collect())
}

/// The address form beside what will be ordered: everything that is held, a started order's units
/// too.
async fn show_address(
    view: &View,
    account: AccountId,
    form: Form,
    status: StatusCode,
) -> Result<Response, Failure> {
    let mut tx = view.platform().db.shopper(Some(account)).await?;
    let held = cart::held(&mut tx, account, view.now, true).await?;
    drop(tx);
    let cart = Cart::of(view, &held).await?;
    if cart.parcels.is_empty() {
        return Ok(see_other("/cart"));
    }
    let chosen = form.values.get("country").map_or("", String::as_str);
    let ships_to =
        |code: &str| cart.countries.as_ref().is_none_or(|all| all.iter().any(|here| here == code));
    let mut countries: Vec<CountryChoice> = COUNTRIES
        .iter()
        .filter(|(code, _)| ships_to(code))
        .map(|(code, name)| CountryChoice {
            code: (*code).to_owned(),
            name: (*name).to_owned(),
            selected: *code == chosen,
        })
        .collect();
    countries.sort_by(|a, b| a.name.cmp(&b.name));
    let vouchers_only = cart
        .parcels
        .iter()
        .flat_map(|parcel| &parcel.holds)
        .all(|hold| hold.voucher_valid_days.is_some());
    let page = CheckoutPage {
        parcels: cart.parcels,
        total: cart.total,
        expires_at: cart.expires_at.map(Into::into),
        countries,
        vouchers_only,
    };
    view.show(Sheet { status, form, ..view.sheet("pages/checkout") }, &page).await
}

#[handler]
pub async fn payment_page(view: &View, Path(number): Path<String>) -> Result<Response, Failure> {
    let account = view.signed_in()?.account.id;
    let order = orders::order_view(view.platform(), account, &number).await?;
    if let Some(elsewhere) = not_payable(view, &order)? {
        return Ok(elsewhere);
    }
    let last = order.payments.last().filter(|payment| payment.state == PaymentState::Failed);
    let failure = last.and_then(|payment| payment.failure.clone());
    show_payment(view, account, order, failure, Form::default(), StatusCode::OK).await
}

#[handler]
pub async fn pay_order(
    view: &View,
    Path(number): Path<String>,
    Posted(form): Typed,
) -> Result<Response, Failure> {
    let account = view.signed_in()?.account.id;
    let order = orders::order_view(view.platform(), account, &number).await?;
    if let Some(elsewhere) = not_payable(view, &order)? {
        return Ok(elsewhere);
    }
    let card = match Card::parse(
        typed(&form, "card_number"),
        typed(&form, "expiry"),
        typed(&form, "cvc"),
        view.now,
    ) {
        Ok(card) => card,
        Err(error) => {
            let refused = Form::refused([], &error, &["card_number", "expiry", "cvc"]);
            return show_payment(
                view,
                account,
                order,
                None,
                refused,
                StatusCode::UNPROCESSABLE_ENTITY,
            )
            .await;
        }
    };
    match orders::pay(view.platform(), account, &number, GATEWAY, card).await {
        Ok(paid) if paid.state == PaymentState::Succeeded => {
            flash::paid(view, &number);
            Ok(see_other(&format!("/orders/{number}")))
        }
        Ok(paid) if paid.state == PaymentState::Failed => {
            let failure = paid.failure.unwrap_or_else(|| "The payment failed.".to_owned());
            show_payment(
                view,
                account,
                order,
                Some(failure),
                Form::default(),
                StatusCode::PAYMENT_REQUIRED,
            )
            .await
        }
        Ok(paid) => Ok(see_other(&format!("/checkout/{number}/authenticate/{}", paid.id))),
        // A second press of Pay, after the first went through.
        Err(Error::Conflict { code: "already_paid", .. }) => {
            Ok(see_other(&format!("/orders/{number}")))
        }
        Err(error) => Err(spoken(error)),
    }
}

async fn show_payment(
    view: &View,
    account: AccountId,
    order: OrderView,
    failure: Option<String>,
    form: Form,
    status: StatusCode,
) -> Result<Response, Failure> {
    let about = About::read(view.platform(), account, std::slice::from_ref(&order)).await?;
    let page = PaymentPage {
        order: about.order(order),
        failure,
        sandbox: true,
        idempotency_key: new_key(),
    };
    view.show(Sheet { status, form, ..view.sheet("pages/payment") }, &page).await
}

/// Where one goes instead when an order is not to be paid: it is paid, or its time is over.
fn not_payable(view: &View, order: &OrderView) -> Result<Option<Response>, Failure> {
    if is_payable(order, view.now) {
        return Ok(None);
    }
    if !matches!(order.state, OrderState::AwaitingPayment | OrderState::Cancelled) {
        return Ok(Some(see_other(&format!("/orders/{}", order.number))));
    }
    Err(spoken(Error::conflict(
        "hold_expired",
        format!("Order {} was not paid in time.", order.number),
    )))
}

/// What an error in checkout means for money and units.
fn spoken(error: Error) -> Failure {
    let (money, stock) = match &error {
        Error::Conflict { code: "hold_expired", .. } => {
            (Some(MoneyFate::None), Some(StockFate::Returned))
        }
        Error::Conflict { code: "order_cancelled", .. } => {
            (Some(MoneyFate::None), Some(StockFate::None))
        }
        Error::Conflict { code: "payment_under_way" | "payment_over", .. }
        | Error::Internal(_)
        | Error::Unavailable { .. } => (Some(MoneyFate::Unknown), None),
        Error::Conflict { .. } => (Some(MoneyFate::None), Some(StockFate::Held)),
        _ => (None, None),
    };
    let mut failure = Failure::from(error);
    if let Some(money) = money {
        failure = failure.money(money);
    }
    if let Some(stock) = stock {
        failure = failure.stock(stock, None);
    }
    failure
}

#[handler]
pub async fn authenticate_page(
    view: &View,
    Path((number, payment)): Path<(String, String)>,
) -> Result<Response, Failure> {
    show_authenticate(view, &number, &payment, Form::default(), StatusCode::OK).await
}

#[handler]
pub async fn authenticate_payment(
    view: &View,
    Path((number, payment)): Path<(String, String)>,
    Posted(form): Typed,
) -> Result<Response, Failure> {
    let account = view.signed_in()?.account.id;
    let id: PaymentId = payment.parse().map_err(|_| Error::NotFound("payment"))?;
    let code = typed(&form, "code").trim();
    if code.is_empty() {
        let error = Error::from(FieldError::new("code", "Enter the code from your bank"));
        return show_authenticate(
            view,
            &number,
            &payment,
            Form::refused([], &error, &["code"]),
            StatusCode::UNPROCESSABLE_ENTITY,
        )
        .await;
    }
    match orders::authenticate(view.platform(), account, &number, id, code).await {
        Ok(paid) if paid.state == PaymentState::Succeeded => {
            flash::paid(view, &number);
            Ok(see_other(&format!("/orders/{number}")))
        }
        // The payment page says how the last try failed.
        Ok(_) | Err(Error::Conflict { code: "payment_over", .. }) => {
            Ok(see_other(&format!("/checkout/{number}/payment")))
        }
        Err(error @ Error::Invalid(_)) => {
            show_authenticate(
                view,
                &number,
                &payment,
                Form::refused([], &error, &["code"]),
                StatusCode::UNPROCESSABLE_ENTITY,
            )
            .await
        }
        Err(error) => Err(spoken(error)),
    }
}

async fn show_authenticate(
    view: &View,
    number: &str,
    payment: &str,
    form: Form,
    status: StatusCode,
) -> Result<Response, Failure> {
    let account = view.signed_in()?.account.id;
    let id: PaymentId = payment.parse().map_err(|_| Error::NotFound("payment"))?;
    let order = orders::order_view(view.platform(), account, number).await?;
    if let Some(elsewhere) = not_payable(view, &order)? {
        return Ok(elsewhere);
    }
    let payment = order
        .payments
        .into_iter()
        .find(|payment| payment.id == id)
        .ok_or(Error::NotFound("payment"))?;
    if payment.state != PaymentState::RequiresAction {
        return Ok(see_other(&format!("/checkout/{number}/payment")));
    }
    let page = AuthenticatePage {
        order: OrderToPay { number: order.number, total: order.total, pay_by: order.pay_by.into() },
        payment: PaymentToConfirm {
            id: payment.id.to_string(),
            amount: payment.amount,
            card_brand: payment.card_brand.as_deref().map(brand),
            card_last4: payment.card_last4,
        },
    };
    view.show(Sheet { status, form, ..view.sheet("pages/authenticate") }, &page).await
}
