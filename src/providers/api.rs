//! The API of providers.

use poem_openapi::OpenApi;

use crate::{access::api::Tag, platform::Platform};

pub struct ProvidersApi {
    pub platform: Platform,
}

#[OpenApi(tag = "Tag::Providers")]
impl ProvidersApi {}
