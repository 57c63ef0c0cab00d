//! The vouchers of orders, issued once they are paid in full.

use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{lines::OrderLine, pending_events::PendingEvent, store::Order};
use crate::{
    kernel::{Keyring, Result},
    vouchers::{self, Buyer, VoucherLine},
};

/// Issues the vouchers among the lines of some orders. Returns what their providers are told, to be
/// published in the same transaction.
pub(super) async fn issue(
    conn: &mut PgConnection,
    keyring: &Keyring,
    orders: &[(&Order, &[OrderLine])],
    now: OffsetDateTime,
) -> Result<Vec<PendingEvent>> {
    let bought: Vec<VoucherLine<'_>> =
        orders.iter().flat_map(|(order, lines)| vouchers_of(order, lines)).collect();
    let issued = vouchers::issue(conn, keyring, &bought, now).await?;
    let event = |(tenant, payload)| PendingEvent { tenant, kind: vouchers::ISSUED, payload };
    Ok(issued.into_iter().map(event).collect())
}

fn vouchers_of<'a>(
    order: &'a Order,
    lines: &'a [OrderLine],
) -> impl Iterator<Item = VoucherLine<'a>> {
    let buyer = Buyer { order: order.id, order_number: &order.number, account: order.account };
    lines.iter().filter_map(move |line| {
        let valid_days = line.voucher_valid_days?;
        Some(VoucherLine {
            tenant: line.tenant,
            buyer,
            parcel: line.parcel,
            line: line.id,
            sale: line.sale,
            quantity: line.quantity,
            valid_days,
        })
    })
}
