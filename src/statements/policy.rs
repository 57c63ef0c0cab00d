//! When money becomes payable and what is paid at least: every period and amount of the statements.

use time::{Duration, Time, Weekday, macros::time};

use crate::kernel::Currency;

/// After a parcel was delivered.
pub const AFTER_DELIVERY: Duration = Duration::days(14);
/// After a parcel was shipped that nobody marked as delivered.
pub const AFTER_SHIPMENT: Duration = Duration::days(30);
/// After the order was confirmed, of vouchers and reservations.
pub const AFTER_CONFIRMATION: Duration = Duration::days(14);
/// After a provider changed its bank account, until something is paid to it.
pub const AFTER_BANK_CHANGE: Duration = Duration::days(3);

/// When statements are drafted by the clock, in UTC.
pub const DRAFTED_ON: Weekday = Weekday::Monday;
pub const DRAFTED_AT: Time = time!(4:00);
/// The time that a statement is about. What had matured before was carried over.
pub const PERIOD: Duration = Duration::days(7);

/// Entries of one statement, at most. What is left is paid by the next one.
pub const LINES_MAX: i64 = 20_000;
/// Statements in one bank file, at most.
pub const FILE_PAYMENTS_MAX: i64 = 500;

/// The smallest payouts that differ from [`MINIMUM_UNITS`], in minor units.
const MINIMUMS: [(&str, i64); 4] =
    [("INR", 50_000), ("JPY", 1_000), ("KRW", 10_000), ("SEK", 10_000)];
/// The smallest payout in any other currency, in whole units.
const MINIMUM_UNITS: i64 = 10;

/// The smallest amount that is paid, in minor units of the currency. Less is carried over.
pub fn minimum(currency: &str) -> i64 {
    let listed = MINIMUMS.iter().find(|(code, _)| *code == currency).map(|(_, minimum)| *minimum);
    let digits = Currency::find(currency).map_or(2, Currency::minor_digits);
    listed.unwrap_or(MINIMUM_UNITS * 10_i64.pow(digits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minimum_is_in_minor_units() {
        for (currency, expected) in [("EUR", 1_000), ("JPY", 1_000), ("KWD", 10_000)] {
            assert_eq!(minimum(currency), expected, "{currency}");
        }
        for (currency, _) in MINIMUMS {
            assert!(Currency::find(currency).is_some(), "{currency}");
        }
    }
}
