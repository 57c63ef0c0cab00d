//! The API of offers.

use poem_openapi::OpenApi;

use crate::{access::api::Tag, platform::Platform};

pub struct OffersApi {
    pub platform: Platform,
}

#[OpenApi(tag = "Tag::Offers")]
impl OffersApi {}
