//! The API of orders.

use poem_openapi::OpenApi;

use crate::{access::api::Tag, platform::Platform};

pub struct OrdersApi {
    pub platform: Platform,
}

#[OpenApi(tag = "Tag::Orders")]
impl OrdersApi {}
