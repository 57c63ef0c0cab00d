//! What of an order's money is left to give back. What a shopper's bank paid back in a dispute that was lost
//! counts as given back, though it is no refund.

use std::collections::HashMap;

use sqlx::PgConnection;

use super::{lines, refused, store::Order};
use crate::{
    kernel::{Error, Money, PaymentId, Result},
    payments::{self, PaidPart},
    payouts,
};

/// What is left to refund of an order, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LeftOfOrder {
    /// What was paid, less what was refunded, is on its way back, or was lost.
    pub minor: i64,
    /// What shoppers' banks paid back.
    pub lost_minor: i64,
}

impl LeftOfOrder {
    /// Why nothing more can be refunded; `otherwise` when nothing was lost.
    pub fn none_left(self, currency: &str, otherwise: &str) -> Error {
        if self.lost_minor == 0 {
            return Error::conflict("already_refunded", otherwise);
        }
        let lost = Money::new(self.lost_minor, currency);
        Error::conflict(
            "disputed",
            format!(
                "The shopper’s bank has paid {lost} of this order back in a dispute, and nothing else of it \
                 is left. A refund would pay it twice."
            ),
        )
    }

    /// Why no more than this is left, as a part of a sentence; empty when nothing was lost.
    pub fn because(self, currency: &str) -> String {
        if self.lost_minor == 0 {
            return String::new();
        }
        let lost = Money::new(self.lost_minor, currency);
        format!(", because the shopper’s bank has paid {lost} back in a dispute")
    }
}

/// What is left to refund of a locked order that was paid. Platform scope.
pub(super) async fn left(conn: &mut PgConnection, order: &Order) -> Result<LeftOfOrder> {
    let lines = lines::of_orders(conn, &[order.id.0]).await?;
    let refused = refused::parcels(conn, order.id).await?;
    let unpaid = refused::unpaid_minor(conn, order.id, &lines, &refused).await?;
    let lost_minor = lost_minor(conn, order).await?;
    let minor = order.paid_minor() - unpaid - order.refunded_minor - lost_minor;
    Ok(LeftOfOrder { minor: minor.max(0), lost_minor })
}

/// What shoppers' banks paid back of the money that an order was paid with, in minor units. Platform scope.
pub(super) async fn lost_minor(conn: &mut PgConnection, order: &Order) -> Result<i64> {
    let lost = lost(conn, order).await?;
    if lost.is_empty() {
        return Ok(0);
    }
    let paid = payments::paid_parts(conn, order.id).await?;
    let of_paid = paid.iter().filter_map(|part| lost.get(&part.payment));
    Ok(of_paid.fold(0_i64, |sum, lost| sum.saturating_add(*lost)).min(order.paid_minor()))
}

/// The payments that an order was paid with, newest first, with what can still go back to each. Platform
/// scope.
pub(super) async fn paid_parts(conn: &mut PgConnection, order: &Order) -> Result<Vec<PaidPart>> {
    let lost = lost(conn, order).await?;
    let paid = payments::paid_parts(conn, order.id).await?;
    Ok(paid.into_iter().map(|part| less(part, &lost)).collect())
}

/// What the bank of a payment's shopper paid back of it, in minor units. Platform scope.
pub(super) async fn lost_of_payment(
    conn: &mut PgConnection,
    order: &Order,
    payment: PaymentId,
) -> Result<i64> {
    Ok(lost(conn, order).await?.get(&payment).copied().unwrap_or_default())
}

fn less(part: PaidPart, lost: &HashMap<PaymentId, i64>) -> PaidPart {
    let lost = lost.get(&part.payment).copied().unwrap_or_default();
    PaidPart { left_minor: (part.left_minor - lost).max(0), ..part }
}

/// What was lost of each payment, in minor units. Of a payment that was disputed in another currency, which
/// cannot be compared, nothing is left.
async fn lost(conn: &mut PgConnection, order: &Order) -> Result<HashMap<PaymentId, i64>> {
    let mut of_payments: HashMap<PaymentId, i64> = HashMap::new();
    for (payment, amount) in payouts::lost_of_order(conn, order.id).await? {
        let comparable = amount.currency == order.currency;
        let minor = if comparable { amount.amount } else { order.paid_minor() };
        let sum = of_payments.entry(payment).or_default();
        *sum = sum.saturating_add(minor);
    }
    Ok(of_payments)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_bank_paid_back_does_not_go_back_to_its_payment_again() {
        let (rest, deposit) = (PaymentId::new(), PaymentId::new());
        let lost = HashMap::from([(deposit, 70)]);
        let left = |payment, left_minor| less(PaidPart { payment, left_minor }, &lost).left_minor;
        assert_eq!((left(rest, 300), left(deposit, 100), left(deposit, 50)), (300, 30, 0));
    }

    #[test]
    fn an_error_says_that_the_bank_was_faster() {
        let code = |lost_minor| {
            let left = LeftOfOrder { minor: 0, lost_minor };
            match left.none_left("EUR", "It was refunded.") {
                Error::Conflict { code, .. } => code,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!((code(0), code(4900)), ("already_refunded", "disputed"));
    }
}
