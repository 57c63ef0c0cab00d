//! What the API takes: an invitation, a change of a provider.

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
