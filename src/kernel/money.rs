//! Money: integer minor units with an ISO 4217 currency. Never a float.

use poem_openapi::Object;
use serde::{Deserialize, Serialize};

use super::Currency;

/// An amount in minor units (cents) of a currency.
#[derive(Debug, Clone, PartialEq, Eq, Object, Serialize, Deserialize)]
pub struct Money {
    /// Minor units: 1999 is 19.99 in a currency with two decimals.
    pub amount: i64,
    /// ISO 4217, e.g. `EUR`.
    pub currency: String,
}

impl Money {
    pub fn new(amount: i64, currency: impl Into<String>) -> Self {
        Self { amount, currency: currency.into() }
    }
}

impl std::fmt::Display for Money {
    /// For people: `€1,299.00`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let currency = Currency::find(&self.currency);
        let minor_digits = currency.map_or(2, Currency::minor_digits);
        let prefix = currency.map_or_else(|| format!("{} ", self.currency), Currency::prefix);
        let unit = 10_u64.pow(minor_digits);
        let amount = self.amount.unsigned_abs();
        let digits = (amount / unit).to_string();
        let mut grouped = String::new();
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        let sign = if self.amount < 0 { "-" } else { "" };
        write!(f, "{sign}{prefix}{grouped}")?;
        if minor_digits > 0 {
            write!(f, ".{:0width$}", amount % unit, width = minor_digits as usize)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Every amount in every currency is written, and read back the same.
        #[test]
        fn any_amount_is_written(amount in any::<i64>(), nth in any::<prop::sample::Index>()) {
            let all = Currency::all();
            let currency = all[nth.index(all.len())].code();
            let digits: String = Money::new(amount, currency)
                .to_string()
                .trim_start_matches(|c: char| !c.is_ascii_digit())
                .chars()
                .filter(char::is_ascii_digit)
                .collect();
            prop_assert_eq!(digits.parse::<u64>().ok(), Some(amount.unsigned_abs()));
        }
    }

    #[test]
    fn money_reads_as_people_write_it() {
        assert_eq!(Money::new(129_900, "EUR").to_string(), "€1,299.00");
        assert_eq!(Money::new(5, "USD").to_string(), "$0.05");
        assert_eq!(Money::new(-123_456_789, "GBP").to_string(), "-£1,234,567.89");
        assert_eq!(Money::new(1200, "JPY").to_string(), "¥1,200");
        assert_eq!(Money::new(1_234_567, "KWD").to_string(), "KWD 1,234.567");
        assert_eq!(Money::new(99_900, "SEK").to_string(), "SEK 999.00");
    }
}
