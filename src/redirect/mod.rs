//! Redirect mode: SMP sends a shopper to the provider's own cart with a click token; the provider
//! reports what came of it.

pub mod api;
mod click;
mod conversion;

pub use click::{click_out, clicked};
pub use conversion::{
    Conversion, ConversionState, MyConversion, ProviderSupport, Purchase, my_conversions,
    report_purchase, report_reversal,
};
