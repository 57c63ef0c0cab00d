//! VAT ids: what form those of a country have. Whether an authority knows one is not asked.

use crate::kernel::FieldErrors;

/// Characters of a VAT id whose country is not listed here.
const OTHERS_CHARS: std::ops::RangeInclusive<usize> = 4..=20;

/// The forms by prefix, after it: `d` is a digit, `a` a letter, `x` either; anything else stands for
/// itself.
const FORMS: &[(&str, &[&str])] = &[
    ("AT", &["Udddddddd"]),
    ("BE", &["0ddddddddd", "1ddddddddd"]),
    ("BG", &["ddddddddd", "dddddddddd"]),
    ("CHE", &["ddddddddd", "dddddddddMWST", "dddddddddTVA", "dddddddddIVA"]),
    ("CY", &["dddddddda"]),
    ("CZ", &["dddddddd", "ddddddddd", "dddddddddd"]),
    ("DE", &["ddddddddd"]),
    ("DK", &["dddddddd"]),
    ("EE", &["ddddddddd"]),
    ("EL", &["ddddddddd"]),
    ("ES", &["addddddda", "adddddddd", "dddddddda"]),
    ("FI", &["dddddddd"]),
    ("FR", &["xxddddddddd"]),
    ("GB", &["ddddddddd", "dddddddddddd", "GDddd", "HAddd"]),
    ("HR", &["ddddddddddd"]),
    ("HU", &["dddddddd"]),
    ("IE", &["ddddddda", "dddddddaa", "daddddda"]),
    ("IT", &["ddddddddddd"]),
    ("LT", &["ddddddddd", "dddddddddddd"]),
    ("LU", &["dddddddd"]),
    ("LV", &["ddddddddddd"]),
    ("MT", &["dddddddd"]),
    ("NL", &["dddddddddBdd"]),
    ("PL", &["dddddddddd"]),
    ("PT", &["ddddddddd"]),
    (
        "RO",
        &["dd", "ddd", "dddd", "ddddd", "dddddd", "ddddddd", "dddddddd", "ddddddddd", "dddddddddd"],
    ),
    ("SE", &["dddddddddddd"]),
    ("SI", &["dddddddd"]),
    ("SK", &["dddddddddd"]),
    ("XI", &["ddddddddd", "dddddddddddd", "GDddd", "HAddd"]),
];

/// A VAT id without the characters that only group it, in capitals. Wrong is what has not the form of
/// its country, which its first letters say; of other countries, what has not 4 to 20 letters and
/// digits.
pub fn checked(fields: &mut FieldErrors, field: &str, text: &str) -> String {
    let id: String = text
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '.' | '-' | '/'))
        .collect::<String>()
        .to_uppercase();
    let form = FORMS.iter().find_map(|(prefix, forms)| Some((forms, id.strip_prefix(prefix)?)));
    match form {
        Some((forms, rest)) => {
            let example = forms.first().copied().unwrap_or_default();
            let prefix = id.strip_suffix(rest).unwrap_or_default();
            fields.check(
                forms.iter().any(|form| has_form(rest, form)),
                field,
                &format!("VAT ids that begin with {prefix} look like {}", like(prefix, example)),
            );
        }
        None => fields.check(
            OTHERS_CHARS.contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric()),
            field,
            "Enter the VAT id with its country’s letters first, like DE123456789",
        ),
    }
    id
}

fn has_form(text: &str, form: &str) -> bool {
    text.len() == form.len()
        && text.bytes().zip(form.bytes()).all(|(byte, wanted)| match wanted {
            b'd' => byte.is_ascii_digit(),
            b'a' => byte.is_ascii_uppercase(),
            b'x' => byte.is_ascii_uppercase() || byte.is_ascii_digit(),
            literal => byte == literal,
        })
}

/// An id of a form: its digits count up.
fn like(prefix: &str, form: &str) -> String {
    let mut digits = "123456789012".chars();
    let example = form.chars().map(|c| match c {
        'd' => digits.next().unwrap_or('0'),
        'a' | 'x' => 'A',
        literal => literal,
    });
    prefix.chars().chain(example).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Error;

    fn check(text: &str) -> Result<String, String> {
        let mut fields = FieldErrors::default();
        let id = checked(&mut fields, "vat_id", text);
        match fields.finish() {
            Ok(()) => Ok(id),
            Err(Error::Invalid(mut wrong)) => Err(wrong.remove(0).message),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn each_country_has_its_forms() {
        for good in [
            "ATU12345678",
            "BE0123456789",
            "DE123456789",
            "EL123456789",
            "ESX1234567X",
            "ESA12345678",
            "FRXX123456789",
            "FR12123456789",
            "GB123456789",
            "GBGD123",
            "IE1234567A",
            "IE1234567AB",
            "IE1A23456B",
            "NL123456789B01",
            "RO12",
            "XI123456789",
            "CHE123456789",
            "CHE123456789MWST",
            "SE123456789012",
        ] {
            assert_eq!(check(good).as_deref(), Ok(good));
        }
        for bad in [
            "DE12345678",
            "DE1234567890",
            "DEA23456789",
            "ATA12345678",
            "BE2123456789",
            "NL123456789C01",
            "CHE12345678",
            "CHE123456789VAT",
            "GBGD12",
            "ES123456789",
            "RO1",
            "DE",
            "FR!!123456789",
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_only_groups_it_is_taken_out() {
        assert_eq!(check(" de 123 456-789 ").as_deref(), Ok("DE123456789"));
        assert_eq!(check("CHE-123.456.789 MWST").as_deref(), Ok("CHE123456789MWST"));
        assert_eq!(check("12-3456789").as_deref(), Ok("123456789"));
    }

    #[test]
    fn of_other_countries_the_length_is_checked() {
        assert_eq!(check("NO123456789MVA").as_deref(), Ok("NO123456789MVA"));
        assert_eq!(check("1234").as_deref(), Ok("1234"));
        for bad in ["123", "123456789012345678901", "NO_123", "ÅÄÖ1"] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_error_shows_one() {
        assert_eq!(check("DE1").unwrap_err(), "VAT ids that begin with DE look like DE123456789");
        assert_eq!(check("AT1").unwrap_err(), "VAT ids that begin with AT look like ATU12345678");
    }
}
