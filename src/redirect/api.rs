//! The API of redirect.

use poem_openapi::OpenApi;

use crate::{access::api::Tag, platform::Platform};

pub struct RedirectApi {
    pub platform: Platform,
}

#[OpenApi(tag = "Tag::Redirect")]
impl RedirectApi {}
