//! Which payments a refund goes back to: the newest first, so one that is larger than it is split.

use sqlx::PgConnection;
use uuid::Uuid;

use super::{given_back, store::Order};
use crate::{
    kernel::{PaymentId, RefundId, Result},
    payments::PaidPart,
};

/// A part of a refund, to one payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefundPart {
    pub id: RefundId,
    pub payment: PaymentId,
    /// Minor units.
    pub amount: i64,
}

/// The parts of a refund of an order. The first has the refund's own id. An error when the order has not that
/// much left.
pub async fn of(
    conn: &mut PgConnection,
    order: &Order,
    id: RefundId,
    amount: i64,
) -> Result<Vec<RefundPart>> {
    let parts = split(&given_back::paid_parts(conn, order).await?, id, amount);
    let found: i64 = parts.iter().map(|part| part.amount).sum();
    if found == amount {
        return Ok(parts);
    }
    Err(anyhow::anyhow!("{found} of {amount} minor units are left for the refund {id}").into())
}

/// The id of a refund's part. Random bits stay random under XOR.
pub fn part_id(refund: RefundId, nth: u128) -> RefundId {
    RefundId(Uuid::from_u128(refund.0.as_u128() ^ nth))
}

fn split(paid: &[PaidPart], id: RefundId, amount: i64) -> Vec<RefundPart> {
    let mut left = amount;
    let mut parts: Vec<RefundPart> = vec![];
    for payment in paid {
        let of_this = left.min(payment.left_minor);
        if of_this > 0 {
            let nth = parts.len() as u128;
            parts.push(RefundPart {
                id: part_id(id, nth),
                payment: payment.payment,
                amount: of_this,
            });
            left -= of_this;
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refund_goes_to_the_newest_payment_first() {
        let (rest, deposit) = (PaymentId::new(), PaymentId::new());
        let paid = [
            PaidPart { payment: rest, left_minor: 300 },
            PaidPart { payment: deposit, left_minor: 100 },
        ];
        let id = RefundId::new();
        let amounts = |paid: &[PaidPart], amount| {
            let parts = split(paid, id, amount);
            parts.iter().map(|part| (part.payment, part.amount)).collect::<Vec<_>>()
        };
        assert_eq!(amounts(&paid, 250), [(rest, 250)]);
        assert_eq!(amounts(&paid, 400), [(rest, 300), (deposit, 100)]);
        assert_eq!(
            amounts(&[PaidPart { payment: rest, left_minor: 0 }, paid[1]], 40),
            [(deposit, 40)]
        );
        let parts = split(&paid, id, 301);
        assert_eq!(parts[0].id, id);
        assert_ne!(parts[1].id, id);
    }
}
