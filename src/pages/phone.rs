//! The mobile number of an account: typed, verified by a code, removed.

use poem::{
    Response, handler,
    http::StatusCode,
    web::{Form as Posted, Path},
};

use super::{
    context::{CountryChoice, Form, PhonePage},
    errors::PageError,
    form::{FormValues, TypedForm, form_value, require},
    kept_form,
    request::{PageRequest, PageSpec},
    response::see_other,
    text_me,
};
use crate::{
    access::{
        CallerNetwork,
        phones::{self, TypedPhone},
        preferences::MessageKind,
    },
    kernel::{Country, Error, Phone, Result},
    platform::PublicPath,
};

/// What a number of the account waits with, in the order of its form.
const NUMBER_FIELDS: [&str; 2] = ["country", "number"];

/// Redirects a link to a form's address to the page.
#[handler]
pub fn back_to_phone() -> Response {
    see_other(&PublicPath::Phone.to_string())
}

#[handler]
pub async fn phone_page(request: &PageRequest) -> Result<Response, PageError> {
    request.signed_in()?;
    let next = request.query.get("next").map_or("", String::as_str);
    show(request, next, kept_form::take(request), StatusCode::OK).await
}

/// Sends a code to the number that was typed.
#[handler]
pub async fn send_code(
    request: &PageRequest,
    network: CallerNetwork,
    form: TypedForm,
) -> Result<Response, PageError> {
    let account = kept_form::signed_in(request, &form.values)?.account.id;
    let next = form.value("next").to_owned();
    let sent = async {
        form.check_limit()?;
        require(&[("number", form.value("number"), "Enter your mobile number")])?;
        let typed = TypedPhone {
            number: form.value("number"),
            country: Some(form.value("country")).filter(|country| !country.is_empty()),
            network: &network.0,
        };
        let mut tx = request.platform().db.platform("phone").await?;
        let number = phones::begin(&mut tx, account, typed, request.now).await?;
        tx.commit().await?;
        Ok::<_, Error>(number)
    };
    match sent.await {
        Ok(number) => {
            request.flash().info(&format!("We’ve sent a code to {}.", readable(&number)));
            Ok(see_other(&phone_url(&next)))
        }
        Err(error) => {
            let show = |form, status| show(request, &next, form, status);
            let fields = NUMBER_FIELDS;
            kept_form::show_again(request, &form.values, &fields, &fields, error, show).await
        }
    }
}

/// Takes the code that was sent.
#[handler]
pub async fn confirm_code(request: &PageRequest, form: TypedForm) -> Result<Response, PageError> {
    let account = request.signed_in()?.account.id;
    let next = form.value("next").to_owned();
    let confirmed = async {
        form.check_limit()?;
        require(&[("code", form.value("code"), "Enter the six digits of the text message")])?;
        let mut tx = request.platform().db.platform("phone").await?;
        let typed = phones::confirm(&mut tx, account, form.value("code"), request.now).await?;
        tx.commit().await?;
        typed.right()
    };
    match confirmed.await {
        Ok(number) => {
            request.flash().success(&format!("{} is confirmed.", readable(&number)));
            Ok(see_other(sale_path(&next).unwrap_or("/account/phone")))
        }
        Err(error) => {
            let show = |form, status| show(request, &next, form, status);
            kept_form::show_again(request, &form.values, &[], &["code"], error, show).await
        }
    }
}

/// Forgets the number, or the one that waits for its code.
#[handler]
pub async fn remove_phone(
    request: &PageRequest,
    Posted(form): Posted<FormValues>,
) -> Result<Response, PageError> {
    let account = request.signed_in()?.account.id;
    let mut tx = request.platform().db.platform("phone").await?;
    phones::remove(&mut tx, account, request.now).await?;
    tx.commit().await.map_err(Error::from)?;
    request.flash().info("The number is removed. We won’t text you.");
    Ok(see_other(&phone_url(form_value(&form, "next"))))
}

/// Has the shopper told of a start by SMS as well.
#[handler]
pub async fn text_me_at_start(
    request: &PageRequest,
    Path(slug): Path<String>,
) -> Result<Response, PageError> {
    let snapshot = request.pages.snapshots.get(&slug).await?.ok_or(Error::NotFound("sale"))?;
    let url = snapshot.url();
    let Some(account) = request.account() else { return Err(PageError::sign_in(&url)) };
    Ok(text_me::ask_and_answer(request, account, MessageKind::Reminders, &url).await?)
}

async fn show(
    request: &PageRequest,
    next: &str,
    mut form: Form,
    status: StatusCode,
) -> Result<Response, PageError> {
    let account = request.signed_in()?.account.id;
    let mut tx = request.platform().db.platform("phone").await?;
    let phone = phones::of(&mut tx, account, request.now).await?;
    drop(tx);
    let chosen = match form.values.get("country") {
        Some(country) => country.clone(),
        None => own_country(request).await?,
    };
    form.values.insert("country".to_owned(), chosen.clone());
    let pending_number = phone.pending.map(|pending| pending.number);
    let page = PhonePage {
        number: phone.number.as_deref().map(readable),
        is_stopped: phone.is_stopped,
        pending: pending_number.as_deref().map(readable),
        pending_number,
        countries: countries(&chosen),
        next: sale_path(next).map(str::to_owned),
    };
    request.show(PageSpec { status, form, ..request.page("pages/account-phone") }, &page).await
}

/// The country in which the shopper is likely to write a number: that of their last order, or of their
/// browser.
async fn own_country(request: &PageRequest) -> Result<String> {
    let ordered = match request.account() {
        Some(account) => request.pages.shoppers.state(account).await?.country(),
        None => None,
    };
    let of_browser = || request.locale.rsplit_once('-').map(|(_, region)| region.to_owned());
    Ok(ordered.map(|country| country.code.to_owned()).or_else(of_browser).unwrap_or_default())
}

/// The countries that have phones of their own, with their calling codes.
fn countries(chosen: &str) -> Vec<CountryChoice> {
    let choice = |country: &Country| {
        let calling_code = Phone::calling_code(country.code)?;
        Some(CountryChoice {
            code: country.code.to_owned(),
            name: format!("{} (+{calling_code})", country.name),
            selected: country.code == chosen,
        })
    };
    let mut countries: Vec<CountryChoice> = Country::all().iter().filter_map(choice).collect();
    countries.sort_by(|a, b| a.name.cmp(&b.name));
    countries
}

/// A number in E.164 as people read it.
fn readable(number: &str) -> String {
    Phone::read(number, None).map_or_else(|| number.to_owned(), |phone| phone.international())
}

fn phone_url(next: &str) -> String {
    sale_path(next).map_or_else(|| PublicPath::Phone.to_string(), text_me::phone_url)
}

/// The page of a sale; None for any other address, here or elsewhere.
fn sale_path(next: &str) -> Option<&str> {
    let slug = next.strip_prefix("/sales/")?;
    let is_slug = !slug.is_empty()
        && slug.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    is_slug.then_some(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_goes_back_to_a_sale_alone() {
        assert_eq!(sale_path("/sales/bowls-2"), Some("/sales/bowls-2"));
        for other in
            ["", "/", "/sales/", "/sales/a/b", "//evil.example", "/sales/..%2f", "/sales/A"]
        {
            assert_eq!(sale_path(other), None, "{other}");
        }
    }
}
