//! Checks of an invitation and of a provider's settings. Pure.

use poem_openapi::types::MaybeUndefined;

use super::{
    inputs::{ProviderInvitation, ProviderUpdate},
    provider::Provider,
};
use crate::{
    access::edits,
    kernel::{
        FieldErrors, Result,
        limits::{
            APPLICATION_CHARS_MAX, CART_ORIGINS_MAX, CATEGORY_CHARS_MAX, PROVIDER_NAME_CHARS_MAX,
            PROVIDER_SLUG_CHARS_MAX,
        },
        validate,
    },
};

/// A checked invitation of a provider.
#[derive(Debug)]
pub struct NewProvider {
    pub name: String,
    pub slug: String,
    pub country: String,
    pub product_category: String,
    pub owner_email: String,
}

/// A checked change of what customers read about a provider; null removes a value.
#[derive(Debug)]
pub struct ProviderChange {
    pub about: Option<String>,
    pub support_email: Option<String>,
    pub support_phone: MaybeUndefined<String>,
    pub support_url: MaybeUndefined<String>,
}

impl ProviderChange {
    /// The fields in which it differs from what is stored.
    pub fn differing(&self, stored: &Provider) -> Vec<&'static str> {
        let nullable = |new: &MaybeUndefined<String>, stored: &Option<String>| {
            !new.is_undefined() && new.value() != stored.as_ref()
        };
        let given =
            |new: &Option<String>, stored: Option<&String>| new.is_some() && new.as_ref() != stored;
        edits::differing(&[
            ("about", given(&self.about, Some(&stored.about))),
            ("support_email", given(&self.support_email, stored.support_email.as_ref())),
            ("support_phone", nullable(&self.support_phone, &stored.support_phone)),
            ("support_url", nullable(&self.support_url, &stored.support_url)),
        ])
    }
}

pub fn invitation(input: &ProviderInvitation) -> Result<NewProvider> {
    let mut fields = FieldErrors::default();
    let new = NewProvider {
        name: validate::text(&mut fields, "name", &input.name, 1, PROVIDER_NAME_CHARS_MAX),
        slug: validate::slug(&mut fields, "slug", &input.slug, PROVIDER_SLUG_CHARS_MAX),
        country: validate::country(&mut fields, "country", &input.country),
        product_category: validate::text(
            &mut fields,
            "product_category",
            &input.product_category,
            1,
            CATEGORY_CHARS_MAX,
        ),
        owner_email: validate::email(&mut fields, "owner_email", &input.owner_email),
    };
    fields.finish()?;
    Ok(new)
}

pub fn change(input: &ProviderUpdate) -> Result<ProviderChange> {
    let mut fields = FieldErrors::default();
    let about = given(&input.about)
        .map(|about| validate::text(&mut fields, "about", about, 0, APPLICATION_CHARS_MAX));
    let support_email = given(&input.support_email)
        .map(|email| validate::email(&mut fields, "support_email", email));
    let support_phone = optional(&input.support_phone, |phone| {
        Some(validate::phone(&mut fields, "support_phone", phone))
    });
    let support_url = optional(&input.support_url, |url| {
        validate::web_url(&mut fields, "support_url", url).map(String::from)
    });
    fields.finish()?;
    Ok(ProviderChange { about, support_email, support_phone, support_url })
}

/// `None` leaves the value as it is; null is the same as empty.
fn given(value: &MaybeUndefined<String>) -> Option<&str> {
    match value {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Null => Some(""),
        MaybeUndefined::Value(text) => Some(text.trim()),
    }
}

/// Null or empty removes the value; anything else is parsed.
fn optional(
    value: &MaybeUndefined<String>,
    parse: impl FnOnce(&str) -> Option<String>,
) -> MaybeUndefined<String> {
    match given(value) {
        None => MaybeUndefined::Undefined,
        Some("") => MaybeUndefined::Null,
        Some(text) => parse(text).map_or(MaybeUndefined::Null, MaybeUndefined::Value),
    }
}

/// The origins that a click-out may lead to: scheme, host and port, without a path.
pub fn cart_origins(input: &[String]) -> Result<Vec<String>> {
    let mut fields = FieldErrors::default();
    fields.check(
        input.len() <= CART_ORIGINS_MAX,
        "cart_origins",
        &format!("A provider has at most {CART_ORIGINS_MAX} origins"),
    );
    let mut origins: Vec<String> = Vec::new();
    for (index, text) in input.iter().take(CART_ORIGINS_MAX).enumerate() {
        let field = format!("cart_origins.{index}");
        let Some(url) = validate::web_url(&mut fields, &field, text) else { continue };
        let bare = url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none()
            && !text.contains(['?', '#']);
        fields.check(
            bare,
            &field,
            "Give the origin alone, without a path, like https://shop.example",
        );
        let origin = url.origin().ascii_serialization();
        if !origins.contains(&origin) {
            origins.push(origin);
        }
    }
    fields.finish()?;
    Ok(origins)
}

#[cfg(test)]
mod tests {
    use super::cart_origins;

    fn origins(text: &str) -> Option<Vec<String>> {
        cart_origins(&[text.to_owned()]).ok()
    }

    #[test]
    fn an_origin_is_https_and_bare() {
        assert_eq!(origins(" https://Shop.Example/ ").unwrap(), ["https://shop.example"]);
        assert_eq!(origins("https://shop.example:8443").unwrap(), ["https://shop.example:8443"]);
        assert_eq!(origins("http://127.0.0.1:9090").unwrap(), ["http://127.0.0.1:9090"]);
        assert_eq!(origins("http://localhost:9090").unwrap(), ["http://localhost:9090"]);
        for bad in [
            "http://shop.example",
            "https://shop.example/cart",
            "https://shop.example?x",
            "https://shop.example#x",
            "https://u@shop.example",
            "shop",
            "",
        ] {
            assert!(origins(bad).is_none(), "{bad}");
        }
        assert_eq!(
            cart_origins(&["https://a.example".to_owned(), "https://a.example/".to_owned()])
                .unwrap()
                .len(),
            1
        );
    }
}
