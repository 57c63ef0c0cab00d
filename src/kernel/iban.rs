//! International bank account numbers (ISO 13616), checked by their check digits, and the codes of banks
//! (ISO 9362).

use std::fmt;

use super::{Country, FieldErrors};

/// The shortest and the longest number of any country.
const CHARS: std::ops::RangeInclusive<usize> = 15..=34;
/// The lengths of countries from which providers are paid most; of others, [`CHARS`] has to do.
const LENGTHS: &[(&str, usize)] = &[
    ("AT", 20),
    ("BE", 16),
    ("BG", 22),
    ("CH", 21),
    ("CY", 28),
    ("CZ", 24),
    ("DE", 22),
    ("DK", 18),
    ("EE", 20),
    ("ES", 24),
    ("FI", 18),
    ("FR", 27),
    ("GB", 22),
    ("GR", 27),
    ("HR", 21),
    ("HU", 28),
    ("IE", 22),
    ("IT", 27),
    ("LI", 21),
    ("LT", 20),
    ("LU", 20),
    ("LV", 21),
    ("MT", 31),
    ("NL", 18),
    ("NO", 15),
    ("PL", 28),
    ("PT", 25),
    ("RO", 24),
    ("SE", 24),
    ("SI", 19),
    ("SK", 24),
];
/// Letters and digits at the end that people are shown.
const SHOWN_CHARS: usize = 4;

/// A number whose check digits are right, in capitals and without spaces. Its `Debug` is masked.
#[derive(Clone, PartialEq, Eq)]
pub struct Iban(String);

impl Iban {
    /// Reads a number as people write it, in groups or not. None when it cannot be one.
    pub fn parse(text: &str) -> Option<Self> {
        let compact: String =
            text.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_uppercase()).collect();
        let is_formed = CHARS.contains(&compact.len())
            && compact.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        if !is_formed {
            return None;
        }
        let country = &compact[..2];
        let length = LENGTHS.iter().find(|(code, _)| *code == country).map(|(_, length)| *length);
        let is_of_country =
            Country::find(country).is_some() && length.is_none_or(|length| length == compact.len());
        let has_check_digits = compact.as_bytes()[2..4].iter().all(u8::is_ascii_digit);
        (is_of_country && has_check_digits && remainder(&compact) == 1).then_some(Self(compact))
    }

    /// The same, noting what is wrong about the field.
    pub fn checked(fields: &mut FieldErrors, field: &str, text: &str) -> Option<Self> {
        let found = Self::parse(text);
        fields.check(
            found.is_some(),
            field,
            "Is not a bank account number (IBAN), or has a typing error; copy it from a statement \
             of the account",
        );
        found
    }

    /// In capitals, without spaces.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What people are shown: the country and the last four characters.
    pub fn masked(&self) -> String {
        format!("{}•• •••• {}", &self.0[..2], &self.0[self.0.len() - SHOWN_CHARS..])
    }
}

impl fmt::Debug for Iban {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Iban({})", self.masked())
    }
}

/// The number modulo 97, with its first four characters at its end and letters as two digits (ISO 7064).
fn remainder(compact: &str) -> u32 {
    let (head, rest) = compact.split_at(4);
    rest.chars().chain(head.chars()).filter_map(|c| c.to_digit(36)).fold(0, |sum, digit| {
        let shift = if digit > 9 { 100 } else { 10 };
        (sum * shift + digit) % 97
    })
}

/// A bank's code, of 8 or 11 characters, in capitals.
pub fn bic(fields: &mut FieldErrors, field: &str, text: &str) -> String {
    let code = text.trim().to_ascii_uppercase();
    let bytes = code.as_bytes();
    let is_code = matches!(bytes.len(), 8 | 11)
        && bytes[..6].iter().all(u8::is_ascii_uppercase)
        && bytes[6..].iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        && Country::find(&code[4..6]).is_some();
    fields.check(is_code, field, "Use the bank’s code (BIC) of 8 or 11 characters, like COBADEFF");
    code
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_as_people_write_it() {
        for (text, masked) in [
            ("DE89 3704 0044 0532 0130 00", "DE•• •••• 3000"),
            ("gb82west12345698765432", "GB•• •••• 5432"),
            ("NO93 8601 1117 947", "NO•• •••• 7947"),
            (" FR14 2004 1010 0505 0001 3M02 606 ", "FR•• •••• 2606"),
        ] {
            let iban = Iban::parse(text).unwrap();
            assert_eq!(iban.masked(), masked);
            assert_eq!(format!("{iban:?}"), format!("Iban({masked})"));
            assert!(!iban.as_str().contains(' '));
        }
    }

    #[test]
    fn one_wrong_character_is_found() {
        let right = "DE89370400440532013000";
        for at in 2..right.len() {
            let mut wrong = right.as_bytes().to_vec();
            wrong[at] = if wrong[at] == b'9' { b'0' } else { wrong[at] + 1 };
            let wrong = String::from_utf8(wrong).unwrap();
            assert_eq!(Iban::parse(&wrong), None, "{wrong}");
        }
        for wrong in ["", "DE89", "DE8937040044053201300", "XX89370400440532013000", "DE89-3704"] {
            assert_eq!(Iban::parse(wrong), None, "{wrong}");
        }
        // Two neighbours exchanged.
        assert_eq!(Iban::parse("DE89370400440532010300"), None);
    }

    #[test]
    fn a_code_of_a_bank_has_its_country() {
        for (text, is_right) in [
            ("cobadeff", true),
            ("DEUTDEFF500", true),
            ("COBADEF", false),
            ("C0BADEFF", false),
            ("COBAXXFF", false),
            ("COBADEFFXX", false),
            ("ÄÄÄÄ", false),
        ] {
            let mut fields = FieldErrors::default();
            bic(&mut fields, "bic", text);
            assert_eq!(fields.finish().is_ok(), is_right, "{text}");
        }
    }
}
