//! The codes of vouchers, for the shopper who bought them and nobody else.

use poem_openapi::Object;
use serde::Serialize;
use time::OffsetDateTime;

use super::{lines, store};
use crate::{
    kernel::{AccountId, LineId, Result, VoucherId},
    platform::Platform,
    vouchers::{self, Voucher, VoucherState},
};

/// A voucher with its code.
#[derive(Debug, Clone, Object, Serialize)]
#[oai(rename = "OrderVoucherCode")]
pub struct VoucherCodeView {
    pub id: VoucherId,
    pub line_id: LineId,
    /// Of the sale, as approved when it was ordered.
    pub title: String,
    pub item_name: String,
    /// In groups, like `K7MP-2QXR-9DTW-HN4C`. Null when the server no longer has the secret it was
    /// encrypted with; the email still has it.
    pub code: Option<String>,
    pub state: VoucherState,
    #[serde(with = "time::serde::rfc3339")]
    pub valid_until: OffsetDateTime,
    /// When it was redeemed; null while it was not, or that was reversed.
    #[serde(with = "time::serde::rfc3339::option")]
    pub redeemed_at: Option<OffsetDateTime>,
}

/// The vouchers of one of the shopper's own orders.
pub async fn voucher_codes(
    platform: &Platform,
    account: AccountId,
    number: &str,
) -> Result<Vec<VoucherCodeView>> {
    let mut tx = platform.db.shopper(Some(account)).await?;
    let order = store::of_account(&mut tx, account, number).await?;
    let lines = lines::of_orders(&mut tx, &[order.id.0]).await?;
    let vouchers = vouchers::of_orders(&mut tx, &[order.id.0]).await?;
    let now = platform.clock.now();
    let to_view = |voucher: Voucher| {
        let line = lines.iter().find(|line| line.id == voucher.line)?;
        let code = voucher.code(&platform.config.keyring);
        if let Err(error) = &code {
            tracing::warn!(voucher = %voucher.id, %error, "a voucher code cannot be shown");
        }
        Some(VoucherCodeView {
            code: code.ok(),
            id: voucher.id,
            line_id: voucher.line,
            title: line.title.clone(),
            item_name: line.item_name.clone(),
            state: voucher.state_at(now),
            valid_until: voucher.valid_until,
            redeemed_at: voucher.redeemed_at,
        })
    };
    Ok(vouchers.into_iter().filter_map(to_view).collect())
}
