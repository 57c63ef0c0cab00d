//! Money, numbers and dates as each language writes them, by ICU4X.

use icu_calendar::{Date as IcuDate, Gregorian};
use icu_datetime::{FixedCalendarDateTimeFormatter, NoCalendarFormatter, fieldsets};
use icu_decimal::{DecimalFormatter, input::Decimal};
use icu_locale_core::Locale as IcuLocale;
use time::{Date, OffsetDateTime};

use crate::kernel::{Currency, Locale, Money};

/// Between digits and a currency, where a line may not end.
const NO_BREAK_SPACE: char = '\u{a0}';

/// An amount: `€1,299.00`, `1.299,00 €`.
pub fn money(money: &Money, locale: Locale) -> String {
    let currency = Currency::find(&money.currency);
    let minor_digits = currency.map_or(2, Currency::minor_digits);
    let prefix = currency.map_or_else(|| format!("{} ", money.currency), Currency::prefix);
    let mut amount = Decimal::from(money.amount.unsigned_abs());
    amount.multiply_pow10(-i16::try_from(minor_digits).unwrap_or_default());
    let digits = decimal(&amount, locale);
    let sign = if money.amount < 0 { "-" } else { "" };
    match locale {
        Locale::German => format!("{sign}{digits}{NO_BREAK_SPACE}{}", prefix.trim_end()),
        Locale::British | Locale::American | Locale::Accented | Locale::Mirrored => {
            format!("{sign}{prefix}{digits}")
        }
    }
}

/// A whole number with its digits in groups: `1,240`, `1.240`.
pub fn number(number: i64, locale: Locale) -> String {
    let digits = decimal(&Decimal::from(number.unsigned_abs()), locale);
    if number < 0 { format!("−{digits}") } else { digits }
}

/// `1st`, `12th`; `1.` in German.
pub fn ordinal(of: i64, locale: Locale) -> String {
    let ending = match (locale, of % 10, of % 100) {
        (Locale::German, ..) => ".",
        (_, _, 11..=13) => "th",
        (_, 1, _) => "st",
        (_, 2, _) => "nd",
        (_, 3, _) => "rd",
        _ => "th",
    };
    format!("{}{ending}", number(of, locale))
}

/// `22 November 2026`, `November 22, 2026`, `22. November 2026`.
pub fn date(day: Date, locale: Locale) -> String {
    let written = || {
        let formatter = FixedCalendarDateTimeFormatter::<Gregorian, _>::try_new(
            icu(locale).into(),
            fieldsets::YMD::long(),
        )
        .ok()?;
        let day = IcuDate::try_new_gregorian(day.year(), day.month().into(), day.day()).ok()?;
        Some(formatter.format(&day).to_string())
    };
    written().unwrap_or_else(|| day.to_string())
}

/// `17:00 CET`, `5:00 PM EST`; `17:00 Uhr MEZ`.
pub fn time_of_day(at: OffsetDateTime, zone: &str, locale: Locale) -> String {
    let written = || {
        let formatter =
            NoCalendarFormatter::try_new(icu(locale).into(), fieldsets::T::hm()).ok()?;
        let time = icu_time::Time::try_new(at.hour(), at.minute(), 0, 0).ok()?;
        // Fonts lack the narrow space that is written before PM.
        Some(formatter.format(&time).to_string().replace('\u{202f}', " "))
    };
    let time = written().unwrap_or_else(|| format!("{:02}:{:02}", at.hour(), at.minute()));
    match locale {
        Locale::German => format!("{time} Uhr {}", german_zone(zone)),
        Locale::British | Locale::American | Locale::Accented | Locale::Mirrored => {
            format!("{time} {zone}")
        }
    }
}

pub fn date_and_time(at: OffsetDateTime, zone: &str, locale: Locale) -> String {
    format!("{}, {}", date(at.date(), locale), time_of_day(at, zone, locale))
}

/// A range of days: `4 to 6 December 2026`.
pub fn days(first: Date, last: Date, locale: Locale) -> String {
    let month = |day: Date| (day.year(), day.month());
    let to = if locale == Locale::German { "bis" } else { "to" };
    if first == last {
        return date(first, locale);
    }
    if month(first) != month(last) {
        return format!("{} {to} {}", date(first, locale), date(last, locale));
    }
    match locale {
        Locale::American => {
            format!("{} {} {to} {}, {}", first.month(), first.day(), last.day(), first.year())
        }
        Locale::German => format!("{}. {to} {}", first.day(), date(last, locale)),
        Locale::British | Locale::Accented | Locale::Mirrored => {
            format!("{} {to} {}", first.day(), date(last, locale))
        }
    }
}

/// The names of the zones that German has names for.
fn german_zone(zone: &str) -> &str {
    match zone {
        "CET" => "MEZ",
        "CEST" => "MESZ",
        other => other,
    }
}

fn decimal(number: &Decimal, locale: Locale) -> String {
    DecimalFormatter::try_new(
        icu(locale).into(),
        icu_decimal::options::DecimalFormatterOptions::default(),
    )
    .map_or_else(|_| number.to_string(), |formatter| formatter.format(number).to_string())
}

/// The locale whose rules are used: those of pseudo-locales are British.
fn icu(locale: Locale) -> IcuLocale {
    let tag = if locale.is_pseudo() { Locale::British.tag() } else { locale.tag() };
    tag.parse().unwrap_or(IcuLocale::UNKNOWN)
}

#[cfg(test)]
mod tests {
    use time::macros::{date, datetime};

    use super::*;

    #[test]
    fn each_language_writes_money_and_numbers_its_own_way() {
        let amounts = [(129_900, "EUR"), (-5, "USD"), (1200, "JPY"), (1_234_567, "KWD")];
        let write = |locale| amounts.map(|(minor, code)| money(&Money::new(minor, code), locale));
        assert_eq!(write(Locale::British), ["€1,299.00", "-$0.05", "¥1,200", "KWD 1,234.567"]);
        assert_eq!(
            write(Locale::German),
            ["1.299,00\u{a0}€", "-0,05\u{a0}$", "1.200\u{a0}¥", "1.234,567\u{a0}KWD"]
        );
        // What the API and invoices say is the same in British.
        for (minor, code) in amounts {
            let amount = Money::new(minor, code);
            assert_eq!(money(&amount, Locale::British), amount.to_string());
        }
        assert_eq!(number(1240, Locale::German), "1.240");
        assert_eq!(number(-1240, Locale::American), "−1,240");
        assert_eq!(
            (ordinal(3, Locale::German), ordinal(12, Locale::British)),
            ("3.".into(), "12th".into())
        );
    }

    #[test]
    fn each_language_writes_dates_its_own_way() {
        let at = datetime!(2026-11-22 17:05 UTC);
        assert_eq!(date_and_time(at, "CET", Locale::British), "22 November 2026, 17:05 CET");
        assert_eq!(date_and_time(at, "EST", Locale::American), "November 22, 2026, 5:05 PM EST");
        assert_eq!(date_and_time(at, "CET", Locale::German), "22. November 2026, 17:05 Uhr MEZ");
        let (first, last) = (date!(2026 - 12 - 04), date!(2026 - 12 - 06));
        assert_eq!(days(first, last, Locale::German), "4. bis 6. Dezember 2026");
        assert_eq!(days(first, last, Locale::American), "December 4 to 6, 2026");
        assert_eq!(
            days(date!(2026 - 12 - 30), date!(2027 - 01 - 02), Locale::German),
            "30. Dezember 2026 bis 2. Januar 2027"
        );
    }
}
