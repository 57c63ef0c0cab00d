//! Splitting an amount into whole minor units.

/// Splits `amount` (minor units, at most the sum of the weights) in proportion to `weights`, none
/// of which is negative. Shares are rounded down; the units left over go to the largest remainders,
/// among equal ones to the first. No share is above its weight.
pub fn apportion(weights: &[i64], amount: i64) -> Vec<i64> {
    let total: i128 = weights.iter().map(|weight| i128::from(*weight)).sum();
    if total == 0 {
        return vec![0; weights.len()];
    }
    let exact = |weight: &i64| i128::from(*weight) * i128::from(amount);
    let mut shares: Vec<i64> =
        weights.iter().map(|w| i64::try_from(exact(w) / total).unwrap_or(i64::MAX)).collect();
    let mut over = amount - shares.iter().sum::<i64>();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_key(|index| std::cmp::Reverse(exact(&weights[*index]) % total));
    for index in order {
        if over > 0 && shares[index] < weights[index] {
            shares[index] += 1;
            over -= 1;
        }
    }
    shares
}
