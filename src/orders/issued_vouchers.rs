//! The vouchers of orders: issued once they are paid in full, and redeemed unless they are refunded.

use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{
    given_back,
    lines::{self, OrderLine},
    pending_events::PendingEvent,
    refund_by_lines, refund_lines,
    store::{self, Order},
};
use crate::{
    kernel::{Keyring, OrderId, Result},
    payments,
    vouchers::{self, Buyer, Voucher, VoucherLine},
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

/// Locks an order: nobody redeems, refunds or voids its vouchers meanwhile. Platform scope.
pub async fn lock_order(conn: &mut PgConnection, order: OrderId) -> Result<()> {
    store::lock(conn, order).await?;
    Ok(())
}

/// Whether a voucher of a locked order is neither refunded nor about to be, as far as its refunds say which units
/// they are of: some are left of its line that were not redeemed. Platform scope.
pub async fn is_redeemable(conn: &mut PgConnection, voucher: &Voucher) -> Result<bool> {
    let order = store::by_id(conn, voucher.order).await?;
    if order.paid_minor() > 0 && given_back::left(conn, &order).await?.minor == 0 {
        return Ok(false);
    }
    let lines = lines::of_orders(conn, &[order.id.0]).await?;
    let refunds = payments::refunds_of_orders(conn, &[order.id.0]).await?;
    let rows = refund_lines::of_orders(conn, &[order.id.0]).await?;
    let standings = refund_by_lines::standings(conn, &order, &lines, &refunds, &rows).await?;
    let mut of_line = standings.iter().filter(|standing| standing.line.id == voucher.line);
    Ok(of_line.any(|standing| standing.unredeemed() > 0))
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
