//! Vouchers and their redemptions as the provider's team and its systems see them.

use std::collections::HashMap;

use poem_openapi::Object;
use sqlx::PgConnection;
use time::OffsetDateTime;

use super::store::Redemption;
use crate::{
    access::{self, Actor},
    kernel::{RedemptionId, Result, VoucherId},
    vouchers::VoucherState,
};

/// A use of a voucher.
#[derive(Debug, Clone, Object)]
#[oai(rename = "VoucherRedemption")]
pub struct RedemptionView {
    pub id: RedemptionId,
    pub voucher_id: VoucherId,
    /// Of the sale that the voucher was bought in.
    pub title: String,
    /// Of the item; may be empty.
    pub item_name: String,
    pub order_number: String,
    /// The last four characters of the code.
    pub code_ending: String,
    /// The provider's, of a receipt or a booking; may be empty.
    pub reference: String,
    pub redeemed_at: OffsetDateTime,
    /// A person's name, or an API key and its name.
    pub redeemed_by: String,
    /// Null while it is in force.
    pub reversed_at: Option<OffsetDateTime>,
    /// Null while it is in force.
    pub reversed_by: Option<String>,
    /// Empty while it is in force.
    pub reversal_reason: String,
}

/// A voucher that somebody brought.
#[derive(Debug, Clone, Object)]
#[oai(rename = "RedeemableVoucher")]
pub struct RedeemableVoucherView {
    pub id: VoucherId,
    /// Of the sale that it was bought in.
    pub title: String,
    /// Of the item; may be empty.
    pub item_name: String,
    pub order_number: String,
    /// `issued` and `active` can be redeemed; `exhausted` was; `expired` is past its last day; `void` was
    /// refunded.
    pub state: VoucherState,
    /// The last four characters of the code.
    pub code_ending: String,
    pub issued_at: OffsetDateTime,
    pub valid_until: OffsetDateTime,
    /// The redemption in force; null when there is none.
    pub redemption: Option<RedemptionView>,
}

/// The views of some redemptions, in the same order.
pub(super) async fn views(
    conn: &mut PgConnection,
    rows: Vec<Redemption>,
) -> Result<Vec<RedemptionView>> {
    let actors: Vec<Actor> =
        rows.iter().flat_map(|row| [Some(row.by()), row.reversed_by()]).flatten().collect();
    let names: HashMap<Actor, String> = access::actor_names(conn, &actors).await?;
    let name = |actor: Actor| {
        names.get(&actor).cloned().unwrap_or_else(|| "Someone who has left".to_owned())
    };
    let view = |row: Redemption| RedemptionView {
        redeemed_by: name(row.by()),
        reversed_by: row.reversed_by().map(name),
        id: row.id,
        voucher_id: row.voucher,
        title: row.title,
        item_name: row.item_name,
        order_number: row.order_number,
        code_ending: row.code_ending,
        reference: row.reference,
        redeemed_at: row.redeemed_at,
        reversed_at: row.reversed_at,
        reversal_reason: row.reversal_reason,
    };
    Ok(rows.into_iter().map(view).collect())
}

/// The view of one redemption.
pub(super) async fn view(conn: &mut PgConnection, row: Redemption) -> Result<RedemptionView> {
    let view = views(conn, vec![row]).await?.pop();
    Ok(view.ok_or_else(|| anyhow::anyhow!("a redemption has no view"))?)
}
