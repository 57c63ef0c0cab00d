//! What is typed in a checkout: which fields there are, and what an order is placed with. Pure.

use std::collections::BTreeMap;

use crate::{
    kernel::{Error, FieldErrors, Result},
    orders::{Address, BillingInput},
};

/// Texts by field, as they were typed.
pub type TypedFields = BTreeMap<String, String>;

/// Longest text of a field, in characters. What is typed may be longer than what an order takes.
const TYPED_CHARS_MAX: usize = 254;
/// Fields that are no part of an address.
const PLAIN: [&str; 5] = ["email", "phone", "billing_same", "vat_id", "payment_method"];
/// Parts of an address; `shipping.` or `billing.` stands before them.
const PARTS: [&str; 10] = [
    "name",
    "company",
    "line1",
    "line2",
    "district",
    "city",
    "postal_code",
    "region",
    "country",
    "phone",
];
/// The value of `billing_same` that asks for a billing address of its own.
const NOT_THE_SAME: &str = "no";

fn is_known(field: &str) -> bool {
    let part = || field.strip_prefix("shipping.").or_else(|| field.strip_prefix("billing."));
    PLAIN.contains(&field) || part().is_some_and(|part| PARTS.contains(&part))
}

fn is_short(text: &str) -> bool {
    text.chars().count() <= TYPED_CHARS_MAX
}

/// Refuses fields that there are not, and texts that are too long. Nothing else: what is typed may be
/// incomplete or wrong until it is ordered.
pub fn check(fields: &TypedFields) -> Result<()> {
    let mut wrong = FieldErrors::default();
    for (field, text) in fields {
        let at = format!("fields.{field}");
        if !is_known(field) {
            wrong.add(at, "Is not a field of a checkout; leave it out");
            continue;
        }
        wrong.check(
            is_short(text),
            &at,
            &format!("Must have at most {TYPED_CHARS_MAX} characters"),
        );
        wrong.check(!text.contains('\0'), &at, "Must not contain a NUL character");
    }
    wrong.finish()
}

/// Of what a page sent, what a checkout keeps.
pub fn kept(fields: TypedFields) -> TypedFields {
    let is_kept = |(field, text): &(String, String)| {
        is_known(field) && is_short(text) && !text.contains('\0')
    };
    fields.into_iter().filter(is_kept).collect()
}

fn typed<'a>(fields: &'a TypedFields, field: &str) -> Option<&'a str> {
    fields.get(field).map(String::as_str).filter(|text| !text.trim().is_empty())
}

fn address(fields: &TypedFields, at: &str) -> Address {
    let optional = |part: &str| typed(fields, &format!("{at}.{part}")).map(str::to_owned);
    let part = |part: &str| optional(part).unwrap_or_default();
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

/// Where the order goes. The carrier is told the customer's phone unless the address has its own.
pub fn shipping_address(fields: &TypedFields) -> Address {
    let address = address(fields, "shipping");
    let phone = address.phone.clone().or_else(|| typed(fields, "phone").map(str::to_owned));
    Address { phone, ..address }
}

/// Whom the order is billed to.
pub fn billing(fields: &TypedFields) -> BillingInput<'_> {
    let is_other = typed(fields, "billing_same") == Some(NOT_THE_SAME);
    BillingInput {
        phone: typed(fields, "phone"),
        address: is_other.then(|| address(fields, "billing")),
        vat_id: typed(fields, "vat_id"),
    }
}

pub fn email(fields: &TypedFields) -> Option<&str> {
    typed(fields, "email")
}

/// The error of an order, at the fields of its checkout. A phone that both were given is wrong once.
pub fn at_fields(error: Error) -> Error {
    let Error::Invalid(mut wrong) = error else { return error };
    if wrong.iter().any(|error| error.field == "phone") {
        wrong.retain(|error| error.field != "shipping_address.phone");
    }
    for error in &mut wrong {
        let field = error.field.replacen("shipping_address.", "shipping.", 1).replacen(
            "billing_address.",
            "billing.",
            1,
        );
        if is_known(&field) {
            error.field = format!("fields.{field}");
        }
    }
    Error::Invalid(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::FieldError;

    fn fields(pairs: &[(&str, &str)]) -> TypedFields {
        pairs.iter().map(|(field, text)| ((*field).to_owned(), (*text).to_owned())).collect()
    }

    fn wrong(pairs: &[(&str, &str)]) -> Vec<String> {
        match check(&fields(pairs)) {
            Ok(()) => vec![],
            Err(Error::Invalid(wrong)) => wrong.into_iter().map(|error| error.field).collect(),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn anything_may_be_typed_into_the_fields_there_are() {
        let long = "x".repeat(TYPED_CHARS_MAX);
        let longer = format!("{long}x");
        let none: [&str; 0] = [];
        assert_eq!(wrong(&[("email", "no email"), ("shipping.city", ""), ("vat_id", &long)]), none);
        assert_eq!(wrong(&[("email", &longer)]), ["fields.email"]);
        assert_eq!(wrong(&[("billing.city", "a\0b")]), ["fields.billing.city"]);
        for unknown in ["shipping", "shipping.", "shipping.planet", "other.city", "card_number", ""]
        {
            assert_eq!(wrong(&[(unknown, "x")]), [format!("fields.{unknown}")]);
        }
    }

    #[test]
    fn a_page_loses_no_more_than_what_cannot_be_kept() {
        let longer = "x".repeat(TYPED_CHARS_MAX + 1);
        let typed = fields(&[("email", "a"), ("vat_id", &longer), ("total_minor", "1")]);
        assert_eq!(kept(typed), fields(&[("email", "a")]));
    }

    #[test]
    fn the_billing_address_is_another_only_when_it_is_said() {
        let typed = fields(&[("billing.city", "Ulm"), ("phone", " "), ("vat_id", "DE1")]);
        assert!(billing(&typed).address.is_none() && billing(&typed).phone.is_none());
        let typed = fields(&[("billing.city", "Ulm"), ("billing_same", "no")]);
        assert_eq!(billing(&typed).address.map(|address| address.city).as_deref(), Some("Ulm"));
    }

    #[test]
    fn the_carrier_gets_the_phone_of_the_address_or_of_the_customer() {
        let phone = |pairs: &[(&str, &str)]| shipping_address(&fields(pairs)).phone;
        assert_eq!(phone(&[("phone", "+491")]).as_deref(), Some("+491"));
        assert_eq!(
            phone(&[("phone", "+491"), ("shipping.phone", "+492")]).as_deref(),
            Some("+492")
        );
    }

    #[test]
    fn errors_of_an_order_name_the_fields_of_the_checkout() {
        let at = ["shipping_address.city", "billing_address.phone", "phone", "hold_ids.0"];
        let all = at.into_iter().chain(["shipping_address.phone"]);
        let error = Error::Invalid(all.map(|field| FieldError::new(field, "x")).collect());
        let Error::Invalid(wrong) = at_fields(error) else { panic!("another error") };
        let named: Vec<&str> = wrong.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(
            named,
            ["fields.shipping.city", "fields.billing.phone", "fields.phone", "hold_ids.0"]
        );
    }
}
