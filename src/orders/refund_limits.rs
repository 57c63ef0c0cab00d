//! How much a provider may refund by itself: the one place that says so. What is more is refunded by
//! SMP's customer service.

use time::Duration;

use crate::kernel::Currency;

/// How far back refunds count towards the second limit.
pub const COUNTED: Duration = Duration::days(30);
/// Whole units of a currency: of one refund, and of all of a provider within [`COUNTED`].
const LIMITS: [(&str, i64, i64); 7] = [
    ("CHF", 500, 5_000),
    ("EUR", 500, 5_000),
    ("GBP", 400, 4_000),
    ("INR", 40_000, 400_000),
    ("JPY", 80_000, 800_000),
    ("PLN", 2_000, 20_000),
    ("USD", 500, 5_000),
];
/// The same for every other currency.
const LIMIT_OTHERWISE: (i64, i64) = (500, 5_000);

/// What a provider may refund, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefundLimits {
    pub at_once_minor: i64,
    pub counted_minor: i64,
}

/// The limits in a currency.
pub fn of_currency(currency: &str) -> RefundLimits {
    let listed = LIMITS.iter().find(|(code, ..)| *code == currency);
    let (at_once, counted) =
        listed.map_or(LIMIT_OTHERWISE, |(_, at_once, counted)| (*at_once, *counted));
    let minor = 10_i64.pow(Currency::find(currency).map_or(2, Currency::minor_digits));
    RefundLimits { at_once_minor: at_once * minor, counted_minor: counted * minor }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_in_minor_units_of_their_currency() {
        let limits = |at_once_minor, counted_minor| RefundLimits { at_once_minor, counted_minor };
        assert_eq!(of_currency("EUR"), limits(50_000, 500_000));
        assert_eq!(of_currency("JPY"), limits(80_000, 800_000));
        assert_eq!(of_currency("SEK"), limits(50_000, 500_000));
    }
}
