//! A payment card on its way to a gateway: validated, never stored, never logged. Only its brand
//! and last four digits are kept.

use time::OffsetDateTime;

use crate::kernel::{FieldErrors, Result};

/// A card with a plausible number. Its `Debug` shows what a receipt would.
#[derive(Clone)]
pub struct Card {
    number: String,
    /// 1 to 12.
    pub expiry_month: u8,
    /// Four digits.
    pub expiry_year: i32,
    cvc: String,
}

impl std::fmt::Debug for Card {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Card({} ending in {})", self.brand(), self.last4())
    }
}

impl Card {
    /// Validates what a shopper typed. The fields are `card_number`, `expiry` (`MM/YY`) and `cvc`;
    /// no message repeats a value.
    pub fn parse(number: &str, expiry: &str, cvc: &str, now: OffsetDateTime) -> Result<Self> {
        let mut fields = FieldErrors::default();
        let number: String = number.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
        let whole = (12..=19).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
        fields.check(
            whole && luhn(&number),
            "card_number",
            "This is not a card number; check its digits",
        );

        let (month, year) = parse_expiry(expiry).unwrap_or_else(|| {
            fields.add("expiry", "Enter month and year as on the card, like 08/29");
            (12, 9999)
        });
        fields.check(
            (year, month) >= (now.year(), u8::from(now.month())),
            "expiry",
            "This card has expired; use another one",
        );

        let cvc = cvc.trim();
        let length = if brand_of(&number) == "amex" { 4 } else { 3 };
        fields.check(
            cvc.len() == length && cvc.bytes().all(|b| b.is_ascii_digit()),
            "cvc",
            &format!("Enter the {length} digits of the security code"),
        );
        fields.finish()?;
        Ok(Self { number, expiry_month: month, expiry_year: year, cvc: cvc.to_owned() })
    }

    /// The digits, for the gateway alone.
    pub fn number(&self) -> &str {
        &self.number
    }

    /// The security code, for the gateway alone.
    pub fn cvc(&self) -> &str {
        &self.cvc
    }

    /// `visa`, `mastercard`, `amex` or `card`.
    pub fn brand(&self) -> &'static str {
        brand_of(&self.number)
    }

    pub fn last4(&self) -> &str {
        &self.number[self.number.len() - 4..]
    }
}

fn brand_of(number: &str) -> &'static str {
    let prefix =
        |digits: usize| number.get(..digits).and_then(|p| p.parse::<u32>().ok()).unwrap_or(0);
    match (prefix(1), prefix(2), prefix(4)) {
        (4, _, _) => "visa",
        (_, 34 | 37, _) => "amex",
        (_, 51..=55, _) | (_, _, 2221..=2720) => "mastercard",
        _ => "card",
    }
}

/// `MM/YY` or `MM/YYYY`, spaces allowed around the slash.
fn parse_expiry(text: &str) -> Option<(u8, i32)> {
    let (month, year) = text.split_once('/')?;
    let (month, year) = (month.trim(), year.trim());
    if !(month.bytes().chain(year.bytes()).all(|b| b.is_ascii_digit())) || month.len() != 2 {
        return None;
    }
    let month = month.parse().ok().filter(|m| (1..=12).contains(m))?;
    let year = match year.len() {
        2 => 2000 + year.parse::<i32>().ok()?,
        4 => year.parse().ok()?,
        _ => return None,
    };
    Some((month, year))
}

/// The check digit of ISO/IEC 7812.
fn luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .map(|b| u32::from(b - b'0'))
        .enumerate()
        .map(|(index, digit)| match (index % 2, digit * 2) {
            (0, _) => digit,
            (_, doubled) => doubled / 10 + doubled % 10,
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::kernel::Error;

    fn wrong(number: &str, expiry: &str, cvc: &str) -> Vec<String> {
        match Card::parse(number, expiry, cvc, datetime!(2026-11-22 12:00 UTC)) {
            Ok(_) => vec![],
            Err(Error::Invalid(errors)) => {
                assert!(
                    errors.iter().all(|e| !e.message.contains(number) || number.is_empty()),
                    "a message repeats the card's number"
                );
                errors.into_iter().map(|e| e.field).collect()
            }
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn typing_errors_are_found() {
        assert_eq!(wrong("4242 4242 4242 4242", "12/30", "123"), Vec::<String>::new());
        assert_eq!(wrong("4242424242424242", "11 / 2026", "123"), Vec::<String>::new());
        assert_eq!(wrong("378282246310005", "12/30", "1234"), Vec::<String>::new());
        assert_eq!(wrong("4242424242424241", "12/30", "123"), ["card_number"]);
        assert_eq!(wrong("4242", "13/30", "12"), ["card_number", "expiry", "cvc"]);
        assert_eq!(wrong("", "", ""), ["card_number", "expiry", "cvc"]);
        assert_eq!(wrong("4242424242424242", "10/26", "123"), ["expiry"]);
        assert_eq!(wrong("4242424242424242", "1/30", "abc"), ["expiry", "cvc"]);
        assert_eq!(wrong("４２４２424242424242", "12/30", "123"), ["card_number"]);
    }

    #[test]
    fn a_card_never_prints_its_number() {
        let card = Card::parse("4242424242424242", "12/30", "987", datetime!(2026-11-22 12:00 UTC))
            .unwrap();
        assert_eq!(format!("{card:?}"), "Card(visa ending in 4242)");
    }
}
