//! The API of assets.

use poem_openapi::OpenApi;

use crate::{access::api::Tag, platform::Platform};

pub struct AssetsApi {
    pub platform: Platform,
}

#[OpenApi(tag = "Tag::Assets")]
impl AssetsApi {}
