//! How money given back is shared out over an order's lines. Pure.

use super::store::LineRow;
use crate::{kernel::ParcelId, payments::RefundRow};

/// What money may go back for: a line's cost, and the parcel it is in.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    pub minor: i64,
    pub parcel: ParcelId,
}

/// Money given back, for one parcel or (None) for the order.
#[derive(Debug, Clone, Copy)]
pub struct Given {
    pub amount: i64,
    pub parcel: Option<ParcelId>,
}

impl Given {
    pub fn of(refund: &RefundRow) -> Self {
        Self { amount: refund.amount_minor, parcel: refund.parcel }
    }
}

pub fn parts(lines: &[LineRow]) -> Vec<Part> {
    lines.iter().map(|line| Part { minor: line.total_minor(), parcel: line.parcel }).collect()
}

/// The share of each line in a refund, when `before` were given back already, in their order.
/// Shares follow what is left of each line, to the minor unit, so that all refunds together never
/// take more of a line than it cost.
pub fn shares(parts: &[Part], before: &[Given], given: Given) -> Vec<i64> {
    apportion(&within(parts, &left(parts, before), given.parcel), given.amount)
}

/// What is left to give back for a parcel.
pub fn left_of(parts: &[Part], before: &[Given], parcel: ParcelId) -> i64 {
    within(parts, &left(parts, before), Some(parcel)).iter().sum()
}

fn left(parts: &[Part], before: &[Given]) -> Vec<i64> {
    let mut left: Vec<i64> = parts.iter().map(|part| part.minor).collect();
    for earlier in before {
        let taken = apportion(&within(parts, &left, earlier.parcel), earlier.amount);
        left.iter_mut().zip(taken).for_each(|(line, share)| *line -= share);
    }
    left
}

/// What is left of the lines a refund is for; nothing of the others.
fn within(parts: &[Part], left: &[i64], parcel: Option<ParcelId>) -> Vec<i64> {
    parts
        .iter()
        .zip(left)
        .map(
            |(part, left)| {
                if parcel.is_none_or(|parcel| parcel == part.parcel) { *left } else { 0 }
            },
        )
        .collect()
}

/// Splits `amount` in proportion to `weights`; what rounding leaves over goes to the largest
/// remainders, first line first.
fn apportion(weights: &[i64], amount: i64) -> Vec<i64> {
    let total: i128 = weights.iter().map(|w| i128::from(*w)).sum();
    if total == 0 {
        return vec![0; weights.len()];
    }
    let exact = |weight: &i64| i128::from(*weight) * i128::from(amount);
    let mut shares: Vec<i64> =
        weights.iter().map(|w| i64::try_from(exact(w) / total).unwrap_or(i64::MAX)).collect();
    let mut over = amount - shares.iter().sum::<i64>();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_key(|i| std::cmp::Reverse(exact(&weights[*i]) % total));
    for index in order {
        if over > 0 && shares[index] < weights[index] {
            shares[index] += 1;
            over -= 1;
        }
    }
    shares
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parts(minor: &[i64], parcel: impl Fn(usize) -> ParcelId) -> Vec<Part> {
        minor
            .iter()
            .enumerate()
            .map(|(index, minor)| Part { minor: *minor, parcel: parcel(index) })
            .collect()
    }

    fn of_order(amount: i64) -> Given {
        Given { amount, parcel: None }
    }

    proptest! {
        #[test]
        fn refunds_add_up_and_take_no_more_of_a_line_than_it_cost(
            lines in prop::collection::vec(0_i64..1_000_000, 1..8),
            amounts in prop::collection::vec((1_i64..400_000, prop::bool::weighted(0.2)), 1..6),
        ) {
            let (first, second) = (ParcelId::new(), ParcelId::new());
            let parts = parts(&lines, |index| if index % 2 == 0 { first } else { second });
            let total: i64 = lines.iter().sum();
            let mut taken = vec![0; lines.len()];
            let mut before: Vec<Given> = vec![];
            for (amount, is_of_parcel) in amounts {
                let given = if is_of_parcel {
                    Given { amount: left_of(&parts, &before, second), parcel: Some(second) }
                } else {
                    of_order(amount.min(total - before.iter().map(|given| given.amount).sum::<i64>()))
                };
                let shares = shares(&parts, &before, given);
                prop_assert_eq!(shares.iter().sum::<i64>(), given.amount);
                for (i, share) in shares.iter().enumerate() {
                    taken[i] += share;
                    prop_assert!(*share >= 0 && taken[i] <= lines[i]);
                    prop_assert!(!is_of_parcel || i % 2 == 1 || *share == 0);
                }
                before.push(given);
            }
        }
    }

    #[test]
    fn a_full_refund_gives_each_line_its_price() {
        let parcel = ParcelId::new();
        assert_eq!(
            shares(&parts(&[1000, 333, 0], |_| parcel), &[], of_order(1333)),
            [1000, 333, 0]
        );
        assert_eq!(
            shares(&parts(&[100, 100, 100], |_| parcel), &[of_order(100)], of_order(200)),
            [66, 67, 67]
        );
    }
}
