//! Names that templates choose their text by, and values in words.

#[cfg(test)]
use serde::Deserialize;
use serde::Serialize;
use time::{Date, OffsetDateTime, macros::format_description};

pub use crate::kernel::{validate::paragraphs, wording::duration};
use crate::{
    kernel::Country,
    sales::{Phase, RegistrationStage},
};

/// How many units are left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Deserialize))]
#[serde(rename_all = "snake_case")]
pub enum Scarcity {
    Plenty,
    Few,
    None,
}

impl Scarcity {
    /// Up to this share of the capacity counts as few.
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
pub enum MoneyOutcome {
    /// Nothing was charged.
    None,
    /// Charged once.
    Paid,
    /// Charged, and refunded without being asked for.
    Refunded,
    /// Not known yet.
    Unknown,
}

/// What an error means for the shopper's units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Deserialize))]
#[serde(rename_all = "snake_case")]
pub enum StockOutcome {
    None,
    Held,
    /// Back on sale.
    Returned,
}

/// The English name of a country, or its code.
pub fn country_name(code: &str) -> String {
    Country::name_of(code).to_owned()
}

/// A day as templates take it.
pub fn day(day: Date) -> String {
    day.format(format_description!("[year]-[month]-[day]")).unwrap_or_default()
}

/// What was left at `at` of the time until `until`, in words.
pub fn time_left(at: OffsetDateTime, until: OffsetDateTime) -> String {
    duration((until - at).whole_seconds().max(1))
}

/// A ship window, as in “ships `4 to 6 weeks` after the sale ends”.
pub fn ship_window(min_days: i32, max_days: i32) -> String {
    let in_weeks = min_days % 7 == 0 && max_days % 7 == 0;
    let (first, last, unit) =
        if in_weeks { (min_days / 7, max_days / 7, "week") } else { (min_days, max_days, "day") };
    let unit = if last == 1 { unit.to_owned() } else { format!("{unit}s") };
    match first {
        0 => format!("within {last} {unit}"),
        first if first == last => format!("{last} {unit}"),
        first => format!("{first} to {last} {unit}"),
    }
}

/// What somebody paid with: a card's brand as it is written on the card, or the name of a wallet or a
/// bank.
pub fn method_brand(brand: &str) -> String {
    match brand {
        "amex" => "American Express".to_owned(),
        other => {
            let mut letters = other.replace('_', " ").chars().collect::<Vec<_>>();
            if let Some(first) = letters.first_mut() {
                *first = first.to_ascii_uppercase();
            }
            letters.into_iter().collect()
        }
    }
}

/// A state as templates name it, which is its name in the API.
pub fn wire_name(state: &impl Serialize) -> String {
    serde_json::to_value(state)
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}

/// A phase as templates and scripts name it.
pub fn phase_name(phase: Phase) -> &'static str {
    match phase {
        Phase::Announced => "announced",
        Phase::Registration => "registration",
        Phase::Countdown => "countdown",
        Phase::Live => "live",
        Phase::SoldOut => "sold_out",
        Phase::Ended => "ended",
    }
}

/// The stage of a registration as templates name it.
pub fn stage_name(stage: RegistrationStage) -> &'static str {
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
    fn a_ship_window_is_in_weeks_where_it_is_whole_weeks() {
        assert_eq!(ship_window(28, 42), "4 to 6 weeks");
        assert_eq!(ship_window(0, 7), "within 1 week");
        assert_eq!(ship_window(10, 20), "10 to 20 days");
        assert_eq!(ship_window(14, 14), "2 weeks");
        assert_eq!(ship_window(0, 1), "within 1 day");
    }
}
