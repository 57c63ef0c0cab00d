//! Money: integer minor units with an ISO 4217 currency. Never a float.

use poem_openapi::Object;
use serde::{Deserialize, Serialize};

use super::{Error, error::FieldError};

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

/// The currencies SMP sells in, with their number of decimals (ISO 4217).
const CURRENCIES: &[(&str, u32, &str)] = &[
    ("EUR", 2, "€"),
    ("USD", 2, "$"),
    ("GBP", 2, "£"),
    ("CHF", 2, "CHF "),
    ("SEK", 2, "SEK "),
    ("DKK", 2, "DKK "),
    ("NOK", 2, "NOK "),
    ("PLN", 2, "PLN "),
    ("CZK", 2, "CZK "),
    ("INR", 2, "₹"),
    ("JPY", 0, "¥"),
    ("AUD", 2, "A$"),
    ("CAD", 2, "CA$"),
];

/// A currency SMP sells in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Currency {
    pub code: &'static str,
    pub decimals: u32,
    pub symbol: &'static str,
}

impl Currency {
    /// Looks a code up; `field` names the input in the error.
    pub fn parse(code: &str, field: &str) -> Result<Self, Error> {
        Self::find(code).ok_or_else(|| {
            let known: Vec<_> = CURRENCIES.iter().map(|c| c.0).collect();
            Error::Invalid(vec![FieldError::new(
                field,
                format!("{code:?} is not a currency SMP sells in; use one of {}", known.join(", ")),
            )])
        })
    }

    pub fn find(code: &str) -> Option<Self> {
        CURRENCIES.iter().find(|c| c.0 == code).map(|&(code, decimals, symbol)| Self {
            code,
            decimals,
            symbol,
        })
    }
}

impl std::fmt::Display for Money {
    /// For people: `€1,299.00`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (decimals, symbol) =
            Currency::find(&self.currency).map_or((2, ""), |c| (c.decimals, c.symbol));
        let unit = 10_i64.pow(decimals);
        let digits = (self.amount.abs() / unit).to_string();
        let mut grouped = String::new();
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        let sign = if self.amount < 0 { "-" } else { "" };
        write!(f, "{sign}{symbol}{grouped}")?;
        if decimals > 0 {
            write!(f, ".{:0width$}", self.amount.abs() % unit, width = decimals as usize)?;
        }
        if symbol.is_empty() { write!(f, " {}", self.currency) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_reads_as_people_write_it() {
        assert_eq!(Money::new(129_900, "EUR").to_string(), "€1,299.00");
        assert_eq!(Money::new(5, "USD").to_string(), "$0.05");
        assert_eq!(Money::new(-123_456_789, "GBP").to_string(), "-£1,234,567.89");
        assert_eq!(Money::new(1200, "JPY").to_string(), "¥1,200");
    }
}
