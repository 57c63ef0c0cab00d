//! Redirect sales: SMP sends a shopper to the provider's own cart with a click token; the provider
//! reports the purchase by postback.
//!
//! Owns the tables `click_outs` and `conversions`.

mod api;
mod click_out;
mod conversion;
mod report;

pub use api::RedirectApi;
pub use click_out::{click_out, has_clicked_out};
pub use conversion::{
    ConversionState, ConversionView, MyConversionView, ProviderSupport, my_conversions,
    report_purchase, report_reversal,
};
pub use report::PurchaseReport;
