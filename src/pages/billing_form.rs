//! Whom an order is billed to, in the checkout's form: the delivery address, or another one with the
//! fields of its country.

use std::collections::BTreeMap;

use super::{
    address_form,
    context::{AddressFormField, BillingForm, Form},
    form::{FormValues, form_value},
};
use crate::{
    kernel::{AddressFormats, FieldError},
    orders::BillingInput,
};

/// Whether the billing address is the delivery address.
pub const SAME: &str = "billing_same";
/// Its value when it is not.
pub const OTHER: &str = "no";
/// What the names of its fields begin with.
pub const PREFIX: &str = "billing_";
/// What the names of its fields in an order begin with.
const OF_ORDER: &str = "billing_address.";
/// The fields in their order.
const FIELDS: [&str; 10] = [
    "billing_country",
    "billing_name",
    "billing_company",
    "billing_line1",
    "billing_line2",
    "billing_postal_code",
    "billing_city",
    "billing_district",
    "billing_region",
    "vat_id",
];

/// All fields of the checkout's form, in their order.
pub fn order(formats: &AddressFormats, form: &FormValues) -> Vec<&'static str> {
    address_form::order(formats, form).into_iter().chain(FIELDS).collect()
}

fn is_other(values: &FormValues) -> bool {
    form_value(values, SAME) == OTHER
}

/// The values of the billing address, by the names of an address's fields.
fn part(values: &BTreeMap<String, String>) -> FormValues {
    let named = |(name, value): (&String, &String)| {
        let field = name.strip_prefix(PREFIX).filter(|_| name != SAME)?;
        Some((field.to_owned(), value.clone()))
    };
    values.iter().filter_map(named).collect()
}

/// What was typed.
pub fn input(form: &FormValues) -> BillingInput<'_> {
    BillingInput {
        phone: Some(form_value(form, "phone")),
        address: is_other(form).then(|| address_form::address(&part(form))),
        vat_id: Some(form_value(form, "vat_id")),
    }
}

/// As its template shows it. It may be anywhere, wherever the parcel goes.
pub fn shown(formats: &AddressFormats, form: &Form) -> BillingForm {
    let own = Form { values: part(&form.values), errors: part(&form.errors), ..Form::default() };
    let named = |field: AddressFormField| AddressFormField {
        id: format!("{PREFIX}{}", field.id),
        autocomplete: format!("billing {}", field.autocomplete),
        ..field
    };
    let chosen = form_value(&own.values, "country");
    BillingForm {
        other: is_other(&form.values),
        countries: address_form::countries(chosen, |_| true),
        address_fields: address_form::country_fields(formats, &own)
            .into_iter()
            .map(named)
            .collect(),
    }
}

/// What is wrong, by the names of the form's fields, in the form's own words.
pub fn with_own_messages(
    wrong: Vec<FieldError>,
    formats: &AddressFormats,
    form: &FormValues,
) -> Vec<FieldError> {
    let (billing, others): (Vec<FieldError>, Vec<FieldError>) =
        wrong.into_iter().partition(|error| error.field.starts_with(OF_ORDER));
    let named = |error: FieldError| {
        let field = error.field.rsplit('.').next().unwrap_or_default();
        FieldError::new(format!("{PREFIX}{field}"), error.message.clone())
    };
    let billing = address_form::with_own_messages(billing, formats, &part(form));
    let others = address_form::with_own_messages(others, formats, form);
    others.into_iter().chain(billing.into_iter().map(named)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(pairs: &[(&str, &str)]) -> FormValues {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn the_billing_address_counts_only_when_it_is_another() {
        let same = form(&[("billing_same", "yes"), ("billing_city", "Ulm"), ("city", "Berlin")]);
        assert!(input(&same).address.is_none());
        let other = form(&[("billing_same", "no"), ("billing_city", "Ulm"), ("city", "Berlin")]);
        assert_eq!(input(&other).address.map(|address| address.city).as_deref(), Some("Ulm"));
    }

    #[test]
    fn its_errors_stand_at_its_own_fields() {
        let typed = form(&[("city", "Berlin"), ("billing_same", "no"), ("billing_line1", "x")]);
        let wrong = ["billing_address.city", "billing_address.line1", "shipping_address.name"];
        let wrong = wrong.map(|field| FieldError::new(field, "Wrong")).to_vec();
        let said = with_own_messages(wrong, &AddressFormats::default(), &typed);
        assert_eq!(
            said,
            [
                FieldError::new("name", "Enter the recipient’s full name"),
                FieldError::new("billing_city", "Enter the city"),
                FieldError::new("billing_line1", "Wrong"),
            ]
        );
    }
}
