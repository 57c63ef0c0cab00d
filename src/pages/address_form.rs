//! The address in a form: its fields are those of the country that is chosen in it.

use std::collections::BTreeMap;

use super::{
    context::{AddressFormField, CountryChoice, Form, RegionChoice},
    form::{FormValues, form_value},
};
use crate::{
    kernel::{AddressField, AddressFormat, AddressFormats, Country, FieldError},
    orders::Address,
};

/// The button that only asks for the fields of another country.
pub const UPDATE: &str = "update";

/// The fields of the form in their order, which is the country's.
pub fn order(formats: &AddressFormats, form: &FormValues) -> Vec<&'static str> {
    let format = formats.of(form_value(form, "country"));
    let mut local: Vec<_> = format.order().into_iter().map(id).collect();
    // What the country does not have may have been typed before it was chosen.
    let all = ["postal_code", "city", "district", "region"];
    local.extend(
        all.into_iter().filter(|field| format.order().iter().all(|own| id(*own) != *field)),
    );
    let before = ["email", "country", "name", "company", "line1", "line2"];
    before.into_iter().chain(local).chain(["phone"]).collect()
}

/// The address that was typed.
pub fn address(form: &FormValues) -> Address {
    let part = |field: &str| form_value(form, field).to_owned();
    let optional = |field: &str| Some(part(field)).filter(|text| !text.trim().is_empty());
    Address {
        name: part("name"),
        company: optional("company"),
        line1: part("line1"),
        line2: optional("line2"),
        district: optional("district"),
        city: part("city"),
        postal_code: part("postal_code"),
        region: optional("region"),
        country: part("country"),
        phone: optional("phone"),
    }
}

/// The countries to choose from, by name.
pub fn countries(chosen: &str, is_offered: impl Fn(&Country) -> bool) -> Vec<CountryChoice> {
    let mut countries: Vec<CountryChoice> = Country::all()
        .iter()
        .filter(|country| is_offered(country))
        .map(|country| country_choice(country, chosen))
        .collect();
    countries.sort_by(|a, b| a.name.cmp(&b.name));
    countries
}

pub fn country_choice(country: &Country, chosen: &str) -> CountryChoice {
    CountryChoice {
        code: country.code.to_owned(),
        name: country.name.to_owned(),
        selected: country.code == chosen,
    }
}

/// The fields of an address as a form's values.
pub fn values(address: Address) -> impl Iterator<Item = (String, String)> {
    let parts = [
        ("name", Some(address.name)),
        ("company", address.company),
        ("line1", Some(address.line1)),
        ("line2", address.line2),
        ("district", address.district),
        ("city", Some(address.city)),
        ("postal_code", Some(address.postal_code)),
        ("region", address.region),
        ("country", Some(address.country)),
        ("phone", address.phone),
    ];
    parts.into_iter().filter_map(|(field, value)| Some((field.to_owned(), value?)))
}

/// The fields that depend on the country, as their template shows them. Before a country is chosen,
/// they are those that most have.
pub fn country_fields(formats: &AddressFormats, form: &Form) -> Vec<AddressFormField> {
    let country = form.values.get("country").map(String::as_str).filter(|code| !code.is_empty());
    let format = country.map(|code| formats.of(code));
    let order = format.as_ref().map_or_else(
        || vec![AddressField::PostalCode, AddressField::City, AddressField::Region],
        AddressFormat::order,
    );
    order.into_iter().map(|field| country_field(field, format.as_ref(), form)).collect()
}

fn country_field(
    field: AddressField,
    format: Option<&AddressFormat>,
    form: &Form,
) -> AddressFormField {
    let id = id(field);
    let value = form.values.get(id).cloned().unwrap_or_default();
    let is_required = format.is_none_or(|format| format.requires(field));
    let required = is_required && (format.is_some() || field != AddressField::Region);
    let label = match (format, field) {
        (Some(format), _) => format.label(field),
        (None, AddressField::Region) => "State, province or region",
        (None, AddressField::City) => "City",
        (None, _) => "Postal code",
    };
    let listed = format.filter(|_| field == AddressField::Region).map(|format| {
        let chosen = format.region(&value).map(|region| region.key.clone());
        let choice = |region: &crate::kernel::AddressRegion| RegionChoice {
            selected: chosen.as_deref() == Some(&region.key),
            label: if region.key.is_ascii() || region.key == region.name {
                region.name.clone()
            } else {
                format!("{} ({})", region.name, region.key)
            },
            key: region.key.clone(),
        };
        format.regions.iter().map(choice).collect::<Vec<_>>()
    });
    AddressFormField {
        id: id.to_owned(),
        label: if required { label.to_owned() } else { format!("{label} (optional)") },
        autocomplete: autocomplete(field).to_owned(),
        required,
        hint: format
            .filter(|_| field == AddressField::PostalCode)
            .and_then(|format| format.postal_code_example.as_ref())
            .map(|example| format!("Like {example}")),
        error: form.errors.get(id).cloned(),
        options: listed.filter(|regions| !regions.is_empty()),
        value,
    }
}

fn id(field: AddressField) -> &'static str {
    match field {
        AddressField::City => "city",
        AddressField::District => "district",
        AddressField::Region => "region",
        AddressField::PostalCode => "postal_code",
    }
}

fn autocomplete(field: AddressField) -> &'static str {
    match field {
        AddressField::City => "address-level2",
        AddressField::District => "address-level3",
        AddressField::Region => "address-level1",
        AddressField::PostalCode => "postal-code",
    }
}

/// The kernel's messages suit any text; a form says which of its fields is empty.
pub fn with_own_messages(
    wrong: Vec<FieldError>,
    formats: &AddressFormats,
    form: &FormValues,
) -> Vec<FieldError> {
    let missing = missing(formats, form);
    let own = |error: FieldError| {
        let field = error.field.rsplit('.').next().unwrap_or_default();
        match missing.get(field) {
            Some(message) => FieldError::new(field, message.clone()),
            None => error,
        }
    };
    wrong.into_iter().map(own).collect()
}

/// The messages for fields that are empty.
fn missing(formats: &AddressFormats, form: &FormValues) -> BTreeMap<&'static str, String> {
    let format = formats.of(form_value(form, "country"));
    let named = |field| format!("Enter the {}", in_sentence(format.label(field)));
    let messages = [
        ("email", "Enter an email address, like name@example.com".to_owned()),
        ("country", "Choose the country".to_owned()),
        ("name", "Enter the recipient’s full name".to_owned()),
        ("line1", "Enter the street and house number".to_owned()),
        ("city", named(AddressField::City)),
        ("postal_code", named(AddressField::PostalCode)),
        (
            "region",
            if format.regions.is_empty() {
                named(AddressField::Region)
            } else {
                format!("Choose the {}", in_sentence(format.label(AddressField::Region)))
            },
        ),
    ];
    messages.into_iter().filter(|(field, _)| form_value(form, field).trim().is_empty()).collect()
}

/// A label within a sentence: abbreviations and names keep their capitals.
fn in_sentence(label: &str) -> String {
    match label {
        "ZIP code" | "PIN code" | "Eircode" => label.to_owned(),
        _ => label.to_lowercase(),
    }
}
