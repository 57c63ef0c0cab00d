//! Vouchers that were bought, as providers redeem them: looked up by their code, redeemed once, and that reversed when
//! it was a mistake. A redemption changes its voucher under the lock of the order, as refunds do, so that what is
//! refunded, or about to be, is not redeemed.
//!
//! Owns the table `voucher_redemptions`.

mod api;
mod redeem;
mod store;
mod views;

pub use api::RedemptionsApi;
