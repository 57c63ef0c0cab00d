//! The API of sales.

use poem_openapi::OpenApi;

use crate::{access::api::Tag, platform::Platform};

pub struct SalesApi {
    pub platform: Platform,
}

#[OpenApi(tag = "Tag::Sales")]
impl SalesApi {}
