//! A person's name, language and time zone.

use poem::{Response, handler, http::StatusCode, web::Form as Posted};

use super::{
    context::{Form, LanguageChoice, MyProfilePage},
    errors::PageError,
    form::{FormValues, form_value},
    kept_form,
    request::{PageRequest, PageSpec},
    response::see_other,
};
use crate::{
    access::profile::{self, LANGUAGES, Profile, ProfileChange},
    kernel::{Error, Result},
};

/// The form's fields in their order.
const FIELDS: [&str; 3] = ["name", "locale", "time_zone"];

#[handler]
pub async fn profile_page(request: &PageRequest) -> Result<Response, PageError> {
    let mut form = kept_form::take(request);
    let profile = read(request).await?;
    if form.values.is_empty() {
        form = Form::filled([
            ("name", profile.name.as_str()),
            ("locale", profile.locale.as_deref().unwrap_or_default()),
            ("time_zone", profile.time_zone.as_deref().unwrap_or_default()),
        ]);
    }
    show(request, profile, form, StatusCode::OK).await
}

#[handler]
pub async fn change_profile(
    request: &PageRequest,
    Posted(form): Posted<FormValues>,
) -> Result<Response, PageError> {
    let account = kept_form::signed_in(request, &form)?.account.id;
    let changed = async {
        let field = |name| form_value(&form, name);
        let change =
            ProfileChange::parse(field("name"), Some(field("locale")), Some(field("time_zone")))?;
        let mut tx = request.platform().db.platform("profile").await?;
        profile::change(&mut tx, account, &change).await?;
        tx.commit().await?;
        Ok::<(), Error>(())
    };
    match changed.await {
        Ok(()) => {
            // Its sessions have the name.
            request.pages.access.sessions.changed(request.platform(), account).await;
            request.flash().success("Your profile is saved.");
            Ok(see_other("/account/profile"))
        }
        Err(error) => {
            let profile = read(request).await?;
            let show = |form, status| show(request, profile, form, status);
            kept_form::show_again(request, &form, &FIELDS, &FIELDS, error, show).await
        }
    }
}

async fn read(request: &PageRequest) -> Result<Profile, PageError> {
    let account = request.signed_in()?.account.id;
    let mut tx = request.platform().db.platform("profile").await?;
    Ok(profile::get(&mut tx, account).await?)
}

async fn show(
    request: &PageRequest,
    profile: Profile,
    form: Form,
    status: StatusCode,
) -> Result<Response, PageError> {
    let chosen = form.values.get("locale").map_or("", String::as_str);
    let languages = LANGUAGES.map(|(tag, name)| LanguageChoice {
        tag: tag.to_owned(),
        name: name.to_owned(),
        selected: tag == chosen,
    });
    let page = MyProfilePage {
        email: profile.email,
        phone: profile.phone,
        languages: languages.into(),
        time_zones: profile::time_zones(),
    };
    let spec = PageSpec { status, form, ..request.page("pages/my-profile") };
    request.show(spec, &page).await
}
