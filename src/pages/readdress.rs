//! Changing the address and email of an order that is not paid yet. What was typed is kept when the
//! form is rejected and when the session has ended.

use poem::{Response, handler, http::StatusCode, web::Form as Posted, web::Path};

use super::{
    address_form,
    context::{Form, ReaddressPage},
    errors::PageError,
    form::{FormValues, form_value},
    kept_form,
    order_presenter::{OrderPresenter, is_payable},
    payment,
    request::{PageRequest, PageSpec},
    response::see_other,
};
use crate::{
    kernel::{AccountId, Country, Error},
    orders::{self, OrderView},
};

#[handler]
pub async fn address_page(
    request: &PageRequest,
    Path(number): Path<String>,
) -> Result<Response, PageError> {
    let account = request.signed_in()?.account.id;
    let order = orders::order_view(request.platform(), account, &number).await?;
    let mut values = kept_form::take(request).values;
    if values.is_empty() {
        let email = ("email".to_owned(), order.email.clone());
        values = address_form::values(order.shipping_address.clone()).chain([email]).collect();
    }
    show(request, account, order, Form { values, ..Form::default() }, StatusCode::OK).await
}

#[handler]
pub async fn change_address(
    request: &PageRequest,
    Path(number): Path<String>,
    Posted(form): Posted<FormValues>,
) -> Result<Response, PageError> {
    let account = kept_form::signed_in(request, &form)?.account.id;
    let typed = || form.iter().map(|(field, value)| (field.as_str(), value.as_str()));
    if form.contains_key(address_form::UPDATE) {
        let order = orders::order_view(request.platform(), account, &number).await?;
        return show(request, account, order, Form::filled(typed()), StatusCode::OK).await;
    }
    // An email that was deleted from the form is missing; without any, the order's own would stay.
    let email = Some(form_value(&form, "email").trim()).filter(|email| !email.is_empty());
    let address = address_form::address(&form);
    let email = Some(email.unwrap_or("-"));
    let readdressed = orders::readdress(request.platform(), account, &number, address, email).await;
    match readdressed {
        Ok(order) => {
            // Sale pages know the country of the last order.
            request.pages.shoppers.forget(account);
            request.flash().success("Your changes are saved.");
            Ok(see_other(&format!("/checkout/{}/payment", order.number)))
        }
        Err(Error::Invalid(wrong)) => {
            let formats = &request.platform().addresses;
            let error = Error::Invalid(address_form::with_own_messages(wrong, formats, &form));
            let rejected = Form::rejected(typed(), &error, &address_form::order(formats, &form));
            let order = orders::order_view(request.platform(), account, &number).await?;
            show(request, account, order, rejected, StatusCode::UNPROCESSABLE_ENTITY).await
        }
        // The page of the payment says what became of the order.
        Err(Error::Conflict {
            code: "already_paid" | "order_cancelled" | "hold_expired", ..
        }) => Ok(see_other(&format!("/checkout/{number}/payment"))),
        Err(error) => {
            kept_form::keep(request, form);
            Err(payment::with_outcome(error))
        }
    }
}

/// The form beside what was ordered. The page of the payment says what became of an order that
/// cannot be paid any more.
async fn show(
    request: &PageRequest,
    account: AccountId,
    order: OrderView,
    form: Form,
    status: StatusCode,
) -> Result<Response, PageError> {
    if !is_payable(&order, request.now) {
        return Ok(see_other(&format!("/checkout/{}/payment", order.number)));
    }
    let shipped_to = orders::countries_of_order(request.platform(), account, &order.number).await?;
    let ships_to =
        |code: &str| shipped_to.as_ref().is_none_or(|all| all.iter().any(|one| one == code));
    let chosen = form.values.get("country").map_or("", String::as_str);
    let countries = address_form::countries(chosen, |country| ships_to(country.code));
    let refused_country = Country::find(chosen)
        .filter(|country| !ships_to(country.code))
        .map(|country| address_form::country_choice(&country, chosen));
    let presenter =
        OrderPresenter::load(request.platform(), account, std::slice::from_ref(&order)).await?;
    let order = presenter.order(order);
    let page = ReaddressPage {
        countries,
        refused_country,
        vouchers_only: order.vouchers_only,
        action: request.path_and_query().to_owned(),
        address_fields: address_form::country_fields(&request.platform().addresses, &form),
        order,
    };
    request.show(PageSpec { status, form, ..request.page("pages/readdress") }, &page).await
}
