//! The API of stock.

use poem_openapi::OpenApi;

use crate::{access::api::Tag, platform::Platform};

pub struct StockApi {
    pub platform: Platform,
}

#[OpenApi(tag = "Tag::Stock")]
impl StockApi {}
