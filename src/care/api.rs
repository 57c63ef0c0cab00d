//! The API of care.

use poem_openapi::OpenApi;

use crate::{access::api::Tag, platform::Platform};

pub struct CareApi {
    pub platform: Platform,
}

#[OpenApi(tag = "Tag::Care")]
impl CareApi {}
