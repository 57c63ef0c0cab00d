//! Assets.

pub mod api;

use poem::Route;

use crate::platform::Platform;

/// Renditions, served from S3 under names that change with the content.
pub fn media_routes(_platform: &Platform) -> Route {
    Route::new()
}
