//! How money given back is shared out over an order's lines. Pure.

/// The share of each line in a refund of `amount`, when `before` were refunded already, in their order. Shares follow what
/// is left of each line, to the minor unit, so that all refunds together never take more of a line than it cost.
pub fn shares(lines: &[i64], before: &[i64], amount: i64) -> Vec<i64> {
    let mut left = lines.to_vec();
    for earlier in before {
        let taken = apportion(&left, *earlier);
        left.iter_mut().zip(taken).for_each(|(line, share)| *line -= share);
    }
    apportion(&left, amount)
}

/// Splits `amount` in proportion to `weights`; what rounding leaves over goes to the largest remainders, first line first.
fn apportion(weights: &[i64], amount: i64) -> Vec<i64> {
    let total: i128 = weights.iter().map(|w| i128::from(*w)).sum();
    if total == 0 {
        return vec![0; weights.len()];
    }
    let exact = |weight: &i64| i128::from(*weight) * i128::from(amount);
    let mut shares: Vec<i64> = weights.iter().map(|w| i64::try_from(exact(w) / total).unwrap_or(i64::MAX)).collect();
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

    proptest! {
        #[test]
        fn refunds_add_up_and_take_no_more_of_a_line_than_it_cost(
            lines in prop::collection::vec(0_i64..1_000_000, 1..8),
            parts in prop::collection::vec(1_i64..400_000, 1..6),
        ) {
            let total: i64 = lines.iter().sum();
            let mut taken = vec![0; lines.len()];
            let mut before = vec![];
            for part in parts {
                let amount = part.min(total - before.iter().sum::<i64>());
                let shares = shares(&lines, &before, amount);
                prop_assert_eq!(shares.iter().sum::<i64>(), amount);
                for (i, share) in shares.iter().enumerate() {
                    taken[i] += share;
                    prop_assert!(*share >= 0 && taken[i] <= lines[i]);
                }
                before.push(amount);
            }
        }
    }

    #[test]
    fn a_full_refund_gives_each_line_its_price() {
        assert_eq!(shares(&[1000, 333, 0], &[], 1333), [1000, 333, 0]);
        assert_eq!(shares(&[100, 100, 100], &[100], 200), [66, 67, 67]);
    }
}
