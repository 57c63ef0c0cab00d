//! Validated input: email, slug, country, currency, phone, URL, text with a length. Each error names
//! the field and the remedy.

use super::{
    Country, Currency, FieldError, FieldErrors, Result,
    limits::{EMAIL_BYTES_MAX, SEARCH_CHARS_MAX, URL_BYTES_MAX},
};

/// An email address, in lower case. Its domain must have a dot.
pub fn email(fields: &mut FieldErrors, field: &str, text: &str) -> String {
    let text = text.trim().to_lowercase();
    let ok = text.len() <= EMAIL_BYTES_MAX
        && text.parse::<lettre::Address>().is_ok()
        && text
            .rsplit_once('@')
            .is_some_and(|(_, domain)| domain.contains('.') && !domain.ends_with('.'));
    fields.check(ok, field, "Enter an email address like name@example.com");
    text
}

/// A slug: lower-case letters, digits and single hyphens, 2 to `max` characters.
pub fn slug(fields: &mut FieldErrors, field: &str, text: &str, max: usize) -> String {
    let ok = (2..=max).contains(&text.len())
        && text.split('-').all(|part| {
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        });
    fields.check(
        ok,
        field,
        &format!("Use 2 to {max} lower-case letters, digits and single hyphens, like summer-sale"),
    );
    text.to_owned()
}

/// A slug made from a title, in Latin letters whatever its script; empty if it has no letters or
/// digits. A search for a part of a title finds its slug when both are made here.
pub fn slug_from(title: &str) -> String {
    let mut slug = String::new();
    for c in deunicode::deunicode_with_tofu(title, "-").chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.truncate(60);
    slug.trim_matches('-').to_owned()
}

/// An ISO 3166-1 alpha-2 country in upper case.
pub fn country(fields: &mut FieldErrors, field: &str, text: &str) -> String {
    let text = text.trim().to_uppercase();
    fields.check(
        Country::find(&text).is_some(),
        field,
        "Use a two-letter country code (ISO 3166-1), like DE",
    );
    text
}

/// A currency in circulation, by its ISO 4217 code.
pub fn currency(fields: &mut FieldErrors, field: &str, text: &str) -> Option<Currency> {
    let currency = Currency::find(text.trim());
    if currency.is_none() {
        fields.add(field, format!("{text:?} is not a currency code (ISO 4217), like EUR"));
    }
    currency
}

/// Trimmed text of `min` to `max` characters.
pub fn text(fields: &mut FieldErrors, field: &str, text: &str, min: usize, max: usize) -> String {
    let text = text.trim().to_owned();
    let count = text.chars().count();
    if count < min {
        fields.add(
            field,
            if min == 1 {
                "Must not be empty".to_owned()
            } else {
                format!("Must have at least {min} characters")
            },
        );
    }
    fields.check(
        count <= max,
        field,
        &format!("Must have at most {max} characters; this has {count}"),
    );
    fields.check(!text.contains('\0'), field, "Must not contain a NUL character");
    text
}

/// A line that others read in emails, such as a name or a part of an address: trimmed text of `min`
/// to `max` characters without anything that a mail program makes a link of.
pub fn line(fields: &mut FieldErrors, field: &str, line: &str, min: usize, max: usize) -> String {
    let line = text(fields, field, line, min, max);
    fields.check(
        !line.contains(is_unprintable),
        field,
        "Must be one line, without control characters",
    );
    fields.check(
        !has_link(&line),
        field,
        "Must not contain a web or email address; put a space after a full stop",
    );
    line
}

/// A text that was stored before `line` was asked for: harmless in an email, and the same if it was
/// already.
pub fn defused(text: &str) -> String {
    let printable: String = text.chars().map(|c| if is_unprintable(c) { ' ' } else { c }).collect();
    if !has_link(&printable) {
        return printable;
    }
    printable
        .replace(['.', '/', '\\', '@', ':'], " ")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

/// Whether a character breaks a line, controls a terminal or reverses what is read.
fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether a mail program would make a link of a part of a text.
fn has_link(text: &str) -> bool {
    let lower = text.to_lowercase();
    if ["://", "www.", "mailto:", "@"].iter().any(|mark| lower.contains(mark)) {
        return true;
    }
    // Like shop.example: letters or digits, a full stop, then letters of one case. Initials (J.R. Doe,
    // A.Doe) and house numbers (No.5) are none.
    let one_case = |part: &str| {
        let letters = part.chars().take_while(|c| c.is_alphabetic());
        let ending: String = letters.collect();
        ending.chars().count() >= 2
            && (ending.chars().all(char::is_lowercase) || ending.chars().all(char::is_uppercase))
    };
    text.split_whitespace().any(|word| {
        word.match_indices('.').any(|(at, _)| {
            let before = word[..at].chars().rev().take_while(|c| c.is_alphanumeric()).count();
            before >= 2 && one_case(&word[at + 1..])
        })
    })
}

/// What a list is searched for, from a parameter like `q`; None without words. An error if it is longer
/// than [`SEARCH_CHARS_MAX`].
pub fn search<'a>(parameter: &str, text: Option<&'a str>) -> Result<Option<&'a str>> {
    let words = text.map(str::trim).filter(|words| !words.is_empty());
    if words.is_some_and(|words| words.chars().count() > SEARCH_CHARS_MAX) {
        let message = format!("Search for at most {SEARCH_CHARS_MAX} characters");
        return Err(FieldError::new(parameter, message).into());
    }
    Ok(words)
}

/// A phone number in E.164 (`+` and 7 to 15 digits); the input may have spaces and hyphens.
pub fn phone(fields: &mut FieldErrors, field: &str, text: &str) -> String {
    let compact: String =
        text.chars().filter(|c| !matches!(c, ' ' | '-' | '(' | ')' | '/')).collect();
    let digits = compact.strip_prefix('+').unwrap_or("");
    let ok = (7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    fields.check(ok, field, "Enter the number with its country code, like +49 30 1234567");
    compact
}

/// An https URL of at most [`URL_BYTES_MAX`]; http is accepted for this machine only.
pub fn web_url(fields: &mut FieldErrors, field: &str, text: &str) -> Option<url::Url> {
    if text.len() > URL_BYTES_MAX {
        fields.add(field, format!("Must have at most {URL_BYTES_MAX} characters"));
        return None;
    }
    let parsed = url::Url::parse(text.trim()).ok().filter(|url| {
        let local = matches!(url.host_str(), Some("127.0.0.1" | "localhost"));
        (url.scheme() == "https" || (url.scheme() == "http" && local))
            && url.username().is_empty()
            && url.password().is_none()
    });
    fields.check(parsed.is_some(), field, "Enter a full address that starts with https://");
    parsed
}

/// Plain text as paragraphs: split on blank lines.
pub fn paragraphs(text: &str) -> Vec<String> {
    let text = text.replace("\r\n", "\n");
    text.split("\n\n").map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ok(check: impl FnOnce(&mut FieldErrors)) -> bool {
        let mut fields = FieldErrors::default();
        check(&mut fields);
        fields.finish().is_ok()
    }

    #[test]
    fn valid_input_is_accepted_and_invalid_input_refused() {
        assert!(ok(|f| {
            email(f, "email", " Ada@Example.com ");
        }));
        for bad in [
            "",
            "ada",
            "ada@",
            "@example.com",
            "ada@localhost",
            "a b@example.com",
            "ada@example.com.",
        ] {
            assert!(
                !ok(|f| {
                    email(f, "email", bad);
                }),
                "{bad}"
            );
        }
        for bad in ["", "a", "Summer", "a--b", "-a", "a-", "ü-x"] {
            assert!(
                !ok(|f| {
                    slug(f, "slug", bad, 63);
                }),
                "{bad}"
            );
        }
        for good in
            ["Ada Lovelace", "J.R. Doe", "A.Doe", "D'Arcy-Ó Néill", "No.5", "Doe Jr.", "李小龍"]
        {
            assert!(
                ok(|f| {
                    line(f, "name", good, 1, 120);
                }),
                "{good}"
            );
            assert_eq!(defused(good), good);
        }
        for bad in [
            "You won! Claim at https://evil.example/x",
            "Claim at evil.example",
            "EVIL.EXAMPLE",
            "www.evil",
            "write to a@b",
            "Ada\r\nBcc: x",
            "Ada\u{202e}adA",
        ] {
            assert!(
                !ok(|f| {
                    line(f, "name", bad, 1, 120);
                }),
                "{bad}"
            );
            let harmless = defused(bad);
            assert!(!has_link(&harmless) && !harmless.contains(is_unprintable), "{harmless}");
        }
        for (title, slug) in [
            ("Linen & Light: the sale!", "linen-light-the-sale"),
            ("Möbel für Äpfel, groß", "mobel-fur-apfel-gross"),
            ("Ærø, Łódź, İzmir", "aero-lodz-izmir"),
            ("さくら", "sakura"),
            ("Чайник", "chainik"),
            ("!?", ""),
        ] {
            assert_eq!(slug_from(title), slug);
        }
        assert!(ok(|f| {
            phone(f, "phone", "+49 (30) 123-4567");
        }));
        assert!(!ok(|f| {
            phone(f, "phone", "030 1234567");
        }));
        assert!(ok(|f| {
            web_url(f, "url", "https://shop.example/cart");
        }));
        for bad in [
            "javascript:alert(1)",
            "http://shop.example",
            "https://user:pw@shop.example",
            "shop.example",
        ] {
            assert!(
                !ok(|f| {
                    web_url(f, "url", bad);
                }),
                "{bad}"
            );
        }
    }
}
