//! How refunds are shared out over what an order was charged for. Pure.

use crate::{kernel::ParcelId, pricing::apportion};

/// What a part of an order cost, and the parcel it belongs to; None: to the order.
#[derive(Debug, Clone, Copy)]
pub struct RefundablePart {
    pub price_minor: i64,
    pub parcel: Option<ParcelId>,
}

/// A refund of one parcel or (None) of the order.
#[derive(Debug, Clone, Copy)]
pub struct PriorRefund<'a> {
    pub amount_minor: i64,
    pub parcel: Option<ParcelId>,
    /// What it takes of each part, when it names its lines; empty: its amount is shared out.
    pub of_parts: &'a [i64],
}

/// The share of each part in a refund that follows the `prior` ones. Shares are proportional to
/// what is left of each part, to the minor unit, so that all refunds together never take more of a
/// part than it cost, and refunds of everything add up to what each part cost.
pub fn shares(
    parts: &[RefundablePart],
    prior: &[PriorRefund<'_>],
    refund: PriorRefund<'_>,
) -> Vec<i64> {
    taken(parts, &left(parts, prior), refund)
}

/// What is left to refund for a parcel.
pub fn left_of_parcel(
    parts: &[RefundablePart],
    prior: &[PriorRefund<'_>],
    parcel: ParcelId,
) -> i64 {
    of_parcel(parts, &left(parts, prior), Some(parcel)).iter().sum()
}

/// What is left of each part.
pub fn left(parts: &[RefundablePart], prior: &[PriorRefund<'_>]) -> Vec<i64> {
    let mut left: Vec<i64> = parts.iter().map(|part| part.price_minor).collect();
    for refund in prior {
        let taken = taken(parts, &left, *refund);
        left.iter_mut().zip(taken).for_each(|(part, share)| *part -= share);
    }
    left
}

/// What a refund takes of what is left. One that names its lines takes from them; what they have not
/// left, because an earlier refund settled later, is shared out.
fn taken(parts: &[RefundablePart], left: &[i64], refund: PriorRefund<'_>) -> Vec<i64> {
    if refund.of_parts.is_empty() {
        return apportion(&of_parcel(parts, left, refund.parcel), refund.amount_minor);
    }
    let mut taken: Vec<i64> =
        refund.of_parts.iter().zip(left).map(|(named, left)| (*named).min(*left)).collect();
    let over = refund.amount_minor - taken.iter().sum::<i64>();
    if over > 0 {
        let rest: Vec<i64> = left.iter().zip(&taken).map(|(left, taken)| left - taken).collect();
        taken.iter_mut().zip(apportion(&rest, over)).for_each(|(part, share)| *part += share);
    }
    taken
}

/// What is left of the parts of a parcel (None: of all parts), and zero for the other parts.
fn of_parcel(parts: &[RefundablePart], left: &[i64], parcel: Option<ParcelId>) -> Vec<i64> {
    let covered = |part: &RefundablePart| parcel.is_none() || parcel == part.parcel;
    parts.iter().zip(left).map(|(part, left)| if covered(part) { *left } else { 0 }).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::kernel::limits::{AMOUNT_MINOR_MAX, ORDER_LINES_MAX, SUM_MAX};

    fn lines_max() -> usize {
        ORDER_LINES_MAX.try_into().unwrap()
    }

    fn lines(prices_minor: &[i64], parcel: impl Fn(usize) -> ParcelId) -> Vec<RefundablePart> {
        prices_minor
            .iter()
            .enumerate()
            .map(|(index, price)| RefundablePart {
                price_minor: *price,
                parcel: Some(parcel(index)),
            })
            .collect()
    }

    fn of_order(amount_minor: i64) -> PriorRefund<'static> {
        PriorRefund { amount_minor, parcel: None, of_parts: &[] }
    }

    proptest! {
        #[test]
        fn refunds_add_up_and_take_no_more_of_a_line_than_it_cost(
            prices in prop_oneof![
                prop::collection::vec(0_i64..1_000_000, 1..8),
                // Many lines of the dearest purchases that there can be.
                prop::collection::vec(AMOUNT_MINOR_MAX - 3..=AMOUNT_MINOR_MAX, 90..=lines_max()),
            ],
            amounts in prop::collection::vec(
                (
                    prop_oneof![1_i64..400_000, 1..=AMOUNT_MINOR_MAX * ORDER_LINES_MAX],
                    prop::bool::weighted(0.2),
                ),
                1..6,
            ),
        ) {
            let (first, second) = (ParcelId::new(), ParcelId::new());
            let lines = lines(&prices, |index| if index % 2 == 0 { first } else { second });
            let total: i64 = prices.iter().sum();
            prop_assert!(total <= SUM_MAX);
            let mut taken = vec![0; prices.len()];
            let mut prior: Vec<PriorRefund<'_>> = vec![];
            for (amount, is_of_parcel) in amounts {
                let refund = if is_of_parcel {
                    let left = left_of_parcel(&lines, &prior, second);
                    PriorRefund { amount_minor: left, parcel: Some(second), of_parts: &[] }
                } else {
                    let refunded = prior.iter().map(|refund| refund.amount_minor).sum::<i64>();
                    of_order(amount.min(total - refunded))
                };
                let shares = shares(&lines, &prior, refund);
                prop_assert_eq!(shares.iter().sum::<i64>(), refund.amount_minor);
                for (i, share) in shares.iter().enumerate() {
                    taken[i] += share;
                    prop_assert!(*share >= 0 && taken[i] <= prices[i]);
                    prop_assert!(!is_of_parcel || i % 2 == 1 || *share == 0);
                }
                prior.push(refund);
            }
        }
    }

    #[test]
    fn a_full_refund_gives_each_line_its_price() {
        let parcel = ParcelId::new();
        assert_eq!(
            shares(&lines(&[1000, 333, 0], |_| parcel), &[], of_order(1333)),
            [1000, 333, 0]
        );
        assert_eq!(
            shares(&lines(&[100, 100, 100], |_| parcel), &[of_order(100)], of_order(200)),
            [66, 67, 67]
        );
    }

    #[test]
    fn a_refund_that_names_its_lines_takes_from_them() {
        let parcel = ParcelId::new();
        let lines = lines(&[100, 100, 50], |_| parcel);
        let named = PriorRefund { amount_minor: 100, parcel: None, of_parts: &[0, 100, 0] };
        assert_eq!(shares(&lines, &[], named), [0, 100, 0]);
        // A goodwill of 50 came first: of the second line 80 are left, and the rest is shared out.
        assert_eq!(shares(&lines, &[of_order(50)], named), [13, 80, 7]);
        assert_eq!(left(&lines, &[named]), [100, 0, 50]);
    }
}
