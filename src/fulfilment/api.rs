//! The API of fulfilment.

use poem_openapi::OpenApi;

use crate::{access::api::Tag, platform::Platform};

pub struct FulfilmentApi {
    pub platform: Platform,
}

#[OpenApi(tag = "Tag::Fulfilment")]
impl FulfilmentApi {}
