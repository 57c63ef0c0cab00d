//! The API of notifications.

use poem_openapi::OpenApi;

use crate::{access::api::Tag, platform::Platform};

pub struct NotificationsApi {
    pub platform: Platform,
}

#[OpenApi(tag = "Tag::Notifications")]
impl NotificationsApi {}
