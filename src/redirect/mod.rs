//! Redirect sales: SMP sends a shopper to the provider's own cart with a click token; the provider
//! reports the purchase and what becomes of it, by postback, pixel, file or portal.
//! docs/redirect.md tells providers how.
//!
//! Owns the tables `click_outs`, `conversions` and `reports`. A report is kept as it was received
//! (`receive`), and so is what cannot be read as one (`unreadable`); a conversion follows from the
//! reports of its reference (`rules`).

mod api;
mod click_out;
mod codes;
mod conversion;
mod import;
mod integration_api;
mod personal_data;
mod pixel;
mod postback_api;
mod postback_body;
mod receive;
mod report;
mod reports;
mod rules;
mod states;
mod unreadable;

pub use api::RedirectApi;
pub use click_out::{click_out, delete_unconverted, has_clicked_out};
pub use conversion::{
    ConversionView, MyConversionView, ProviderSupport, my_conversions, shoppers_conversion,
};
pub use integration_api::IntegrationApi;
pub use personal_data::{erase as erase_personal_data, export_of};
pub use pixel::pixel_image;
pub use postback_api::PostbackApi;
pub use reports::delete_unmatched;
pub use states::ConversionState;
