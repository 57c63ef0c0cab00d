//! Words that templates choose by, and plain text made ready for them.

#[cfg(test)]
use serde::Deserialize;
use serde::Serialize;

pub use crate::kernel::words::paragraphs;
use crate::{kernel::words::COUNTRIES, sales::Phase};

/// How much is left, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Deserialize))]
#[serde(rename_all = "snake_case")]
pub enum StockWord {
    Plenty,
    Few,
    None,
}

impl StockWord {
    /// From this share of the capacity down, few are left.
    const FEW_PERCENT: i64 = 15;

    pub fn of(available: i32, capacity: i32) -> Self {
        if available <= 0 {
            Self::None
        } else if i64::from(available) * 100 <= i64::from(capacity) * Self::FEW_PERCENT {
            Self::Few
        } else {
            Self::Plenty
        }
    }
}

/// What an error means for the shopper's money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Deserialize))]
#[serde(rename_all = "snake_case")]
pub enum MoneyFate {
    /// Nothing was charged.
    None,
    /// Charged once, and kept.
    Paid,
    /// Being found out.
    Unknown,
}

/// What an error means for the shopper's units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Deserialize))]
#[serde(rename_all = "snake_case")]
pub enum StockFate {
    None,
    Held,
    Returned,
}

/// The English name of a country, or its code.
pub fn country_name(code: &str) -> String {
    COUNTRIES.iter().find(|(known, _)| *known == code).map_or(code, |(_, name)| name).to_owned()
}

/// A phase as templates and scripts name it.
pub fn phase_word(phase: Phase) -> &'static str {
    match phase {
        Phase::Announced => "announced",
        Phase::Registration => "registration",
        Phase::Countdown => "countdown",
        Phase::Live => "live",
        Phase::SoldOut => "sold_out",
        Phase::Ended => "ended",
    }
}
