//! Phone numbers as people type them: with a country code, or as in their country.

use phonenumber::{Mode, PhoneNumber, Type, country, metadata::DATABASE};

use super::{FieldErrors, validate};

/// Longer texts are no phone number.
const TYPED_CHARS_MAX: usize = 40;

/// A phone number that the numbering plan of its country has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phone(PhoneNumber);

impl Phone {
    /// Reads a number. One without a country code is of `country` (ISO 3166-1 alpha-2), or none.
    pub fn read(typed: &str, country: Option<&str>) -> Option<Self> {
        if typed.chars().count() > TYPED_CHARS_MAX {
            return None;
        }
        let digits: String = typed.trim().chars().map(with_ascii_digits).collect();
        let known = |c: char| c.is_ascii_digit() || " \u{a0}\u{2011}\u{2013}+-().,/".contains(c);
        if !digits.chars().all(known) {
            return None;
        }
        let compact: String = digits.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
        let id: Option<country::Id> = country.and_then(|country| country.parse().ok());
        let whole = in_full(&compact, id);
        // The plan of another country must not be applied to a number that names its own.
        let plan = id.filter(|_| !whole.starts_with('+'));
        if plan.is_none() && !whole.starts_with('+') {
            return None;
        }
        // A trunk zero in brackets, as in +49 (0) 30, is dialled within the country only.
        let whole = if whole.starts_with('+') && digits.contains("(0)") {
            in_full(&digits.replacen("(0)", "", 1).replace(|c| !is_dialled(c), ""), id)
        } else {
            whole
        };
        let number = phonenumber::parse(plan, whole).ok()?;
        phonenumber::is_valid(&number).then_some(Self(number))
    }

    /// As machines dial it: `+4915123456789`.
    pub fn e164(&self) -> String {
        self.0.format().mode(Mode::E164).to_string()
    }

    /// As people read it: `+49 1512 3456789`.
    pub fn international(&self) -> String {
        self.0.format().mode(Mode::International).to_string()
    }

    /// Whether SMS can reach it, as far as a number tells.
    pub fn takes_sms(&self) -> bool {
        matches!(
            self.0.number_type(&DATABASE),
            Type::Mobile | Type::FixedLineOrMobile | Type::PersonalNumber | Type::Voip
        )
    }

    /// An example of a mobile number of a country, as written there and as written abroad.
    pub fn example(country: &str) -> Option<(String, String)> {
        let mobile = DATABASE.by_id(country)?.descriptors().mobile()?;
        let number = Self::read(mobile.example()?, Some(country))?;
        let national = number.0.format().mode(Mode::National).to_string();
        Some((national, number.international()))
    }

    /// The calling code of a country, without its plus: 49.
    pub fn calling_code(country: &str) -> Option<u16> {
        Some(DATABASE.by_id(country)?.country_code())
    }
}

/// A mobile number in E.164. An error shows how one is written in the country.
pub fn mobile(fields: &mut FieldErrors, field: &str, typed: &str, country: Option<&str>) -> String {
    match Phone::read(typed, country) {
        Some(phone) if phone.takes_sms() => return phone.e164(),
        Some(phone) => fields.add(
            field,
            format!(
                "{} gets no SMS: it is no mobile number. Enter {}",
                phone.international(),
                how_to_write(country)
            ),
        ),
        None => fields.add(field, format!("Enter {}", how_to_write(country))),
    }
    String::new()
}

/// A phone number of an address in E.164: with its country code, or as it is written in the country.
pub fn phone_in(fields: &mut FieldErrors, field: &str, typed: &str, country: &str) -> String {
    if typed.trim().starts_with('+') {
        return validate::phone(fields, field, typed);
    }
    if let Some(phone) = Phone::read(typed, Some(country)) {
        return phone.e164();
    }
    // Which says how to write one.
    validate::phone(fields, field, typed)
}

fn how_to_write(country: Option<&str>) -> String {
    country.and_then(Phone::example).map_or_else(
        || "a mobile number with its country code, like +49 1512 3456789".to_owned(),
        |(national, international)| {
            format!(
                "a mobile number like {national}, or with its country code, like {international}"
            )
        },
    )
}

/// Digits as Arabic, Persian and full-width keyboards write them, and the full-width plus.
fn with_ascii_digits(c: char) -> char {
    let digit = |zero: u32| char::from_digit(u32::from(c) - zero, 10).unwrap_or(c);
    match c {
        '\u{660}'..='\u{669}' => digit(0x660),
        '\u{6f0}'..='\u{6f9}' => digit(0x6f0),
        '\u{ff10}'..='\u{ff19}' => digit(0xff10),
        '\u{ff0b}' => '+',
        other => other,
    }
}

fn is_dialled(c: char) -> bool {
    c.is_ascii_digit() || c == '+'
}

/// The number with a plus in place of the prefix for calls abroad, if it has one.
fn in_full(compact: &str, country: Option<country::Id>) -> String {
    let abroad = country.and_then(|id| DATABASE.by_id(id.as_ref())?.international_prefix());
    let prefix_length = match abroad {
        Some(prefix) => prefix.find(compact).filter(|found| found.start() == 0).map(|f| f.end()),
        None => compact.starts_with("00").then_some(2),
    };
    prefix_length.map_or_else(|| compact.to_owned(), |length| format!("+{}", &compact[length..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(typed: &str, country: &str) -> Option<String> {
        Phone::read(typed, Some(country).filter(|c| !c.is_empty())).map(|phone| phone.e164())
    }

    #[test]
    fn a_number_is_understood_as_people_write_it_in_their_country() {
        for (typed, country, number) in [
            ("0151 23456789", "DE", "+4915123456789"),
            ("0151/234-567-89", "DE", "+4915123456789"),
            ("+49 (0) 151 23456789", "DE", "+4915123456789"),
            ("+49 (0)151 23456789", "US", "+4915123456789"),
            ("0049 151 23456789", "DE", "+4915123456789"),
            ("+4915123456789", "", "+4915123456789"),
            ("0049 151 23456789", "", "+4915123456789"),
            ("07400 123456", "GB", "+447400123456"),
            ("(201) 555-0123", "US", "+12015550123"),
            ("1 201 555 0123", "US", "+12015550123"),
            ("011 49 151 23456789", "US", "+4915123456789"),
            ("06 12 34 56 78", "FR", "+33612345678"),
            ("312 345 6789", "IT", "+393123456789"),
            // An Italian landline keeps its zero, wherever it is typed.
            ("+39 02 3661 8300", "DE", "+390236618300"),
            ("0039 02 3661 8300", "DE", "+390236618300"),
            ("٠٥٠ ١٢٣ ٤٥٦٧", "AE", "+971501234567"),
            ("０９０-１２３４-５６７８", "JP", "+819012345678"),
        ] {
            assert_eq!(read(typed, country).as_deref(), Some(number), "{typed} in {country}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for (typed, country) in [
            ("", "DE"),
            ("0151 23456789", ""),
            ("12", "DE"),
            ("+", "DE"),
            ("++", ""),
            ("+49", "DE"),
            ("00", "DE"),
            ("+999 123456789", "DE"),
            ("0151 2345678901234567890", "DE"),
            ("0151 23456789\r\nBcc: x", "DE"),
            ("<script>", "DE"),
            ("0151 CALL NOW", "DE"),
            ("+49 151 23456789 ext. 5", "DE"),
            ("tel:+4915123456789", "DE"),
            ("11111111111111111111111111111111111111111", "DE"),
            ("0151 23456789", "XX"),
        ] {
            assert_eq!(read(typed, country), None, "{typed:?} in {country}");
        }
    }

    #[test]
    fn an_error_shows_how_a_mobile_number_is_written_there() {
        let message = |typed: &str, country: Option<&str>| {
            let mut fields = FieldErrors::default();
            let number = mobile(&mut fields, "phone", typed, country);
            format!("{number}{:?}", fields.finish().err())
        };
        assert_eq!(message("0151 23456789", Some("DE")), "+4915123456789None");
        let landline = message("030 123456", Some("DE"));
        assert!(landline.contains("+49 30 123456 gets no SMS"), "{landline}");
        let wrong = message("hello", Some("GB"));
        assert!(wrong.contains("07400 123456") && wrong.contains("+44 7400 123456"), "{wrong}");
        assert!(message("0151 23456789", None).contains("with its country code"));
    }

    #[test]
    fn a_phone_of_an_address_needs_no_country_code() {
        let read = |typed: &str, country: &str| {
            let mut fields = FieldErrors::default();
            let number = phone_in(&mut fields, "phone", typed, country);
            fields.finish().map(|()| number).ok()
        };
        assert_eq!(read("030 123456", "DE").as_deref(), Some("+4930123456"));
        assert_eq!(read("+49 30 5550 142", "FR").as_deref(), Some("+49305550142"));
        for (typed, country) in [("030", "DE"), ("12", "DE"), ("030 123456", "nowhere")] {
            assert_eq!(read(typed, country), None, "{typed} in {country}");
        }
    }

    #[test]
    fn every_country_with_mobile_numbers_has_an_example_that_is_understood() {
        for country in super::super::Country::all() {
            let Some((national, international)) = Phone::example(country.code) else { continue };
            let read = |typed: &str| Phone::read(typed, Some(country.code)).map(|p| p.e164());
            assert!(read(&national).is_some(), "{}: {national}", country.code);
            assert_eq!(read(&national), read(&international), "{}", country.code);
        }
    }
}
