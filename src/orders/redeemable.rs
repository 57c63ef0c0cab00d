//! Whether a voucher may be redeemed, as far as its order says.

use sqlx::PgConnection;

use super::{given_back, lines, refund_by_lines, refund_effects, refund_lines, store};
use crate::{
    kernel::{OrderId, Result},
    payments,
    vouchers::Voucher,
};

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

/// Whether all that was paid for a locked order has been given back, so that none of its vouchers is of use. Platform
/// scope.
pub async fn is_given_back(conn: &mut PgConnection, order: OrderId) -> Result<bool> {
    let order = store::by_id(conn, order).await?;
    refund_effects::is_all_back(conn, &order).await
}
