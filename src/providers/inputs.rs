//! What the API takes: an invitation, an application, a change of a provider.

use poem_openapi::{Object, types::MaybeUndefined};

#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct ProviderInvitation {
    pub name: String,
    /// Lower-case letters, digits and hyphens. Part of URLs; cannot be changed later.
    pub slug: String,
    /// ISO 3166-1.
    pub country: String,
    pub product_category: String,
    /// The invitation is sent here.
    pub owner_email: String,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct ProviderUpdate {
    pub about: MaybeUndefined<String>,
    pub support_email: MaybeUndefined<String>,
    /// E.164; null removes it.
    pub support_phone: MaybeUndefined<String>,
    /// https; null removes it.
    pub support_url: MaybeUndefined<String>,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct ProviderApplication {
    /// As in the commercial register.
    pub registration_number: String,
    pub about: String,
    /// People who can vouch for the business, and how to reach them.
    pub references: String,
    /// The countries it ships to (ISO 3166-1).
    pub regions: Vec<String>,
    pub support_email: String,
    /// E.164.
    pub support_phone: Option<String>,
}
