//! The codes of vouchers, for the shopper who bought them and nobody else.

use poem_openapi::Object;
use serde::Serialize;
use time::OffsetDateTime;

use super::store;
use crate::{
    kernel::{AccountId, LineId, Result, VoucherId},
    platform::Platform,
    vouchers::{self, VoucherState},
};

/// A voucher with its code.
#[derive(Debug, Clone, Object, Serialize)]
pub struct OrderVoucherCode {
    pub id: VoucherId,
    pub line_id: LineId,
    /// Of the sale, as approved when it was ordered.
    pub title: String,
    pub item_name: String,
    /// In groups, like `K7MP-2QXR-9DTW-HN4C`. Null when the server's secret was changed since; the
    /// email still has it.
    pub code: Option<String>,
    pub state: VoucherState,
    #[serde(with = "time::serde::rfc3339")]
    pub valid_until: OffsetDateTime,
}

/// The vouchers of one of the shopper's own orders.
pub async fn voucher_codes(
    platform: &Platform,
    account: AccountId,
    number: &str,
) -> Result<Vec<OrderVoucherCode>> {
    let mut tx = platform.db.shopper(Some(account)).await?;
    let order = store::of_account(&mut tx, account, number).await?;
    let lines = store::lines(&mut tx, &[order.id.0]).await?;
    let vouchers = vouchers::of_orders(&mut tx, &[order.id.0]).await?;
    let dress = |voucher: vouchers::Voucher| {
        let line = lines.iter().find(|line| line.id == voucher.line)?;
        Some(OrderVoucherCode {
            code: voucher.code(&platform.config.secret),
            id: voucher.id,
            line_id: voucher.line,
            title: line.title.clone(),
            item_name: line.item_name.clone(),
            state: voucher.state,
            valid_until: voucher.valid_until,
        })
    };
    Ok(vouchers.into_iter().filter_map(dress).collect())
}
