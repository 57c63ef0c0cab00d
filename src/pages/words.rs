//! Words that templates choose by, and plain text made ready for them.

#[cfg(test)]
use serde::Deserialize;
use serde::Serialize;
use time::{Date, macros::format_description};

pub use crate::kernel::validate::paragraphs;
use crate::{
    kernel::validate::COUNTRIES,
    sales::{Phase, RegistrationStage},
};

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

/// A day as templates take it.
pub fn day(day: Date) -> String {
    day.format(format_description!("[year]-[month]-[day]")).unwrap_or_default()
}

/// A ship window: `in 4 to 6 weeks`.
pub fn ship_words(min_days: i32, max_days: i32) -> String {
    let in_weeks = min_days % 7 == 0 && max_days % 7 == 0;
    let (first, last, unit) =
        if in_weeks { (min_days / 7, max_days / 7, "week") } else { (min_days, max_days, "day") };
    let unit = if last == 1 { unit.to_owned() } else { format!("{unit}s") };
    match first {
        0 => format!("within {last} {unit}"),
        first if first == last => format!("in {last} {unit}"),
        first => format!("in {first} to {last} {unit}"),
    }
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

/// How far a registration is, as templates name it.
pub fn stage_word(stage: RegistrationStage) -> &'static str {
    match stage {
        RegistrationStage::Before => "before",
        RegistrationStage::Open => "open",
        RegistrationStage::Closed => "closed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ship_window_is_said_in_weeks_where_it_is_weeks() {
        assert_eq!(ship_words(28, 42), "in 4 to 6 weeks");
        assert_eq!(ship_words(0, 7), "within 1 week");
        assert_eq!(ship_words(10, 20), "in 10 to 20 days");
        assert_eq!(ship_words(14, 14), "in 2 weeks");
        assert_eq!(ship_words(0, 1), "within 1 day");
    }
}
