//! The API of statistics.

use poem_openapi::OpenApi;

use crate::{access::api::Tag, platform::Platform};

pub struct StatisticsApi {
    pub platform: Platform,
}

#[OpenApi(tag = "Tag::Statistics")]
impl StatisticsApi {}
