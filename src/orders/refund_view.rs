//! Refunds as they are shown: with their lines, and where the money goes.

use sqlx::PgConnection;

use super::{
    refund_lines::{self, RefundLine},
    view::RefundView,
};
use crate::{
    kernel::Result,
    payments::{self, Payment, Refund},
};

/// A refund for SMP's team or its provider, with its note.
pub async fn for_staff(conn: &mut PgConnection, row: Refund) -> Result<RefundView> {
    let payment = payments::find(conn, row.payment_id).await?;
    let rows = refund_lines::of_orders(conn, &[row.order_id.0]).await?;
    let note = Some(row.note.clone());
    Ok(RefundView { note, ..view(row, std::slice::from_ref(&payment), &rows) })
}

/// A refund without its note, of an order with these payments and lines of refunds.
pub fn view(row: Refund, payments: &[Payment], rows: &[RefundLine]) -> RefundView {
    let payment = payments.iter().find(|payment| payment.id == row.payment_id);
    let own = rows.iter().filter(|line| line.refund == row.id);
    RefundView {
        lines: own.map(|line| line.view(&row.currency)).collect(),
        gateway: payment.map(|payment| payment.gateway.clone()).unwrap_or_default(),
        method_brand: payment.and_then(|payment| payment.method_brand.clone()),
        method_last4: payment.and_then(|payment| payment.method_last4.clone()),
        ..row.into()
    }
}
