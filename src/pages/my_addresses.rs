//! The addresses that a shopper keeps.

use poem::{
    Response, handler,
    http::StatusCode,
    web::{Form as Posted, Path},
};
use uuid::Uuid;

use super::{
    address_form,
    context::{Form, MyAddressPage, MyAddressesPage, SavedAddressRow},
    errors::PageError,
    form::{FormValues, form_value},
    kept_form,
    request::{PageRequest, PageSpec},
    response::see_other,
    wording::country_name,
};
use crate::{
    checkouts::{self, NewSavedAddress, SAVED_ADDRESSES_MAX, SavedAddress},
    kernel::{AccountId, Error, Result},
    orders::Address,
};

const URL: &str = "/account/addresses";
const NEW_URL: &str = "/account/addresses/new";
/// The box that makes an address the default.
const DEFAULT: &str = "is_default";

/// Redirects a link to a form's address to the list.
#[handler]
pub fn back_to_addresses() -> Response {
    see_other(URL)
}

#[handler]
pub async fn addresses_page(request: &PageRequest) -> Result<Response, PageError> {
    let account = request.signed_in()?.account.id;
    let saved = saved(request, account).await?;
    let page = MyAddressesPage {
        can_add: saved.len() < SAVED_ADDRESSES_MAX,
        addresses: saved.into_iter().map(row).collect(),
    };
    request.show(request.page("pages/my-addresses"), &page).await
}

async fn saved(request: &PageRequest, account: AccountId) -> Result<Vec<SavedAddress>> {
    let mut tx = request.platform().db.shopper(Some(account)).await?;
    checkouts::saved_addresses(&mut tx, account).await
}

fn row(saved: SavedAddress) -> SavedAddressRow {
    let Address {
        name, company, line1, line2, district, city, postal_code, region, country, ..
    } = saved.address.0;
    let place = format!("{postal_code} {city}").trim().to_owned();
    let lines = [
        Some(name),
        company,
        Some(line1),
        line2,
        district,
        Some(place),
        region,
        Some(country_name(&country)),
    ];
    SavedAddressRow {
        id: saved.id,
        lines: lines.into_iter().flatten().filter(|line| !line.is_empty()).collect(),
        is_default: saved.is_default,
    }
}

#[handler]
pub async fn new_address_page(request: &PageRequest) -> Result<Response, PageError> {
    let account = request.signed_in()?.account.clone();
    let mut form = kept_form::take(request);
    form.values.entry("name".to_owned()).or_insert(account.name);
    let is_first = saved(request, account.id).await?.is_empty();
    show(request, None, is_first, form, StatusCode::OK).await
}

#[handler]
pub async fn address_page(
    request: &PageRequest,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let account = request.signed_in()?.account.id;
    let saved = find(request, account, &id).await?;
    let mut form = kept_form::take(request);
    if form.values.is_empty() {
        form.values = address_form::values(saved.address.0).collect();
    }
    show(request, Some(saved.id), saved.is_default, form, StatusCode::OK).await
}

async fn find(request: &PageRequest, account: AccountId, id: &str) -> Result<SavedAddress> {
    let id: Uuid = id.parse().map_err(|_| Error::NotFound("address"))?;
    let mut tx = request.platform().db.shopper(Some(account)).await?;
    checkouts::saved_address(&mut tx, account, id).await
}

#[handler]
pub async fn add_address(
    request: &PageRequest,
    Posted(form): Posted<FormValues>,
) -> Result<Response, PageError> {
    let account = kept_form::signed_in(request, &form)?.account.id;
    save(request, account, None, form).await
}

#[handler]
pub async fn change_address(
    request: &PageRequest,
    Path(id): Path<String>,
    Posted(form): Posted<FormValues>,
) -> Result<Response, PageError> {
    let account = kept_form::signed_in(request, &form)?.account.id;
    let saved = find(request, account, &id).await?;
    save(request, account, Some(saved), form).await
}

/// Keeps what was typed: a new address, or a change of one.
async fn save(
    request: &PageRequest,
    account: AccountId,
    old: Option<SavedAddress>,
    form: FormValues,
) -> Result<Response, PageError> {
    let (id, was_default) = old.map_or((None, false), |old| (Some(old.id), old.is_default));
    let typed = || form.iter().map(|(field, value)| (field.as_str(), value.as_str()));
    let is_default = was_default || form_value(&form, DEFAULT) == "true";
    if form.contains_key(address_form::UPDATE) {
        return show(request, id, is_default, Form::filled(typed()), StatusCode::OK).await;
    }
    let formats = &request.platform().addresses;
    match write(request, account, id, &form, is_default).await {
        Ok(()) => {
            request.flash().success("The address is saved.");
            Ok(see_other(URL))
        }
        Err(error @ (Error::Invalid(_) | Error::Conflict { .. })) => {
            let error = match error {
                Error::Invalid(wrong) => {
                    Error::Invalid(address_form::with_own_messages(wrong, formats, &form))
                }
                other => other,
            };
            let rejected = Form::rejected(typed(), &error, &address_form::order(formats, &form));
            show(request, id, is_default, rejected, error.status()).await
        }
        Err(error) => {
            kept_form::keep(request, form);
            Err(error.into())
        }
    }
}

async fn write(
    request: &PageRequest,
    account: AccountId,
    id: Option<Uuid>,
    form: &FormValues,
    is_default: bool,
) -> Result<()> {
    let (formats, address) = (&request.platform().addresses, address_form::address(form));
    let new = NewSavedAddress::parse(formats, address, is_default)?;
    let mut tx = request.platform().db.shopper(Some(account)).await?;
    match id {
        Some(id) => checkouts::change_address(&mut tx, account, id, new).await?,
        None => checkouts::keep_address(&mut tx, account, new, request.now).await?,
    };
    tx.commit().await?;
    Ok(())
}

#[handler]
pub async fn make_default(
    request: &PageRequest,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let account = request.signed_in()?.account.id;
    let saved = find(request, account, &id).await?;
    let formats = &request.platform().addresses;
    let new = NewSavedAddress::parse(formats, saved.address.0, true)?;
    let mut tx = request.platform().db.shopper(Some(account)).await?;
    checkouts::change_address(&mut tx, account, saved.id, new).await?;
    tx.commit().await.map_err(Error::from)?;
    request.flash().success("Checkout begins with this address from now on.");
    Ok(see_other(URL))
}

#[handler]
pub async fn remove_address(
    request: &PageRequest,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let account = request.signed_in()?.account.id;
    let saved = find(request, account, &id).await?;
    let mut tx = request.platform().db.shopper(Some(account)).await?;
    checkouts::remove_address(&mut tx, account, saved.id).await?;
    tx.commit().await.map_err(Error::from)?;
    request.flash().success("The address is removed.");
    Ok(see_other(URL))
}

async fn show(
    request: &PageRequest,
    id: Option<Uuid>,
    is_default: bool,
    form: Form,
    status: StatusCode,
) -> Result<Response, PageError> {
    let chosen = form.values.get("country").map_or("", String::as_str);
    let page = MyAddressPage {
        action: id.map_or_else(|| NEW_URL.to_owned(), |id| format!("{URL}/{id}")),
        is_new: id.is_none(),
        countries: address_form::countries(chosen, |_| true),
        address_fields: address_form::country_fields(&request.platform().addresses, &form),
        is_default,
    };
    request.show(PageSpec { status, form, ..request.page("pages/my-address") }, &page).await
}
