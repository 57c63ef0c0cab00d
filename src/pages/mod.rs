//! Hosted pages.

use poem::Route;

use crate::{access::Access, platform::Platform};

/// Every hosted page.
pub fn routes(_platform: &Platform, _access: &Access) -> Route {
    Route::new()
}
