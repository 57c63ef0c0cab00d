//! Validated input: email, slug, country, currency, phone, URL, text with a length. Each error names
//! the field and the remedy.

use idna::{
    AsciiDenyList,
    uts46::{DnsLength, Hyphens, Uts46},
};

use super::{
    Country, Currency, FieldError, FieldErrors, Result,
    limits::{EMAIL_BYTES_MAX, SEARCH_CHARS_MAX, URL_BYTES_MAX},
};

/// An email address in its one form ([`email_form`]).
pub fn email(fields: &mut FieldErrors, field: &str, text: &str) -> String {
    if let Some(address) = email_form(text) {
        return address;
    }
    let local = text.trim().rsplit_once('@').map_or("", |(local, _)| local);
    let message = if local.chars().any(|c| c.is_alphabetic() && !c.is_ascii()) {
        "Enter an address with only the letters A to Z before the @; our email cannot reach others"
    } else {
        "Enter an email address like name@example.com"
    };
    fields.add(field, message);
    text.trim().to_lowercase()
}

/// The one form of an email address, by which accounts are told apart: in lower case, its domain as
/// in the DNS (`bücher.example` is `xn--bcher-kva.example`). None if it is no address that email can
/// be sent to; the domain must have a dot, and what stands before the @ is ASCII.
pub fn email_form(text: &str) -> Option<String> {
    let text = text.trim();
    // Four bytes make a character at most, and a domain becomes longer in the DNS.
    if text.len() > 4 * EMAIL_BYTES_MAX || text.chars().any(is_unprintable) {
        return None;
    }
    let (local, domain) = text.rsplit_once('@')?;
    let domain = Uts46::new()
        .to_ascii(domain.as_bytes(), AsciiDenyList::STD3, Hyphens::Allow, DnsLength::Verify)
        .ok()?;
    let has_dot = domain.contains('.') && !domain.ends_with('.');
    let address = format!("{}@{domain}", local.to_ascii_lowercase());
    let ok = local.is_ascii()
        && has_dot
        && address.len() <= EMAIL_BYTES_MAX
        && address.parse::<lettre::Address>().is_ok();
    ok.then_some(address)
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
        !has_unprintable(&line),
        field,
        "Must be one line, without control characters and invisible ones",
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
    let printable = if has_unprintable(&printable) {
        printable.replace(['\u{200c}', '\u{200d}'], "")
    } else {
        printable
    };
    if !has_link(&printable) {
        return printable;
    }
    printable
        .replace(['.', '/', '\\', '@', ':'], " ")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

/// Whether a character breaks a line, controls a terminal, reverses what is read or cannot be seen.
fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}'
            | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
            | '\u{e0000}'..='\u{e007f}')
}

/// Whether a text has a character that is unprintable, or a joiner where no script needs one. Persian
/// and the scripts of India write words with joiners between letters.
fn has_unprintable(text: &str) -> bool {
    let joins = |c: Option<&char>| c.is_some_and(|c| matches!(c, '\u{600}'..='\u{dff}'));
    let chars: Vec<char> = text.chars().collect();
    chars.iter().enumerate().any(|(at, c)| match c {
        '\u{200c}' | '\u{200d}' => {
            !(at > 0 && joins(chars.get(at - 1)) && joins(chars.get(at + 1)))
        }
        c => is_unprintable(*c),
    })
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
    fn an_email_address_has_one_form() {
        for (typed, form) in [
            (" Ada@Example.COM ", "ada@example.com"),
            ("ada@Bücher.example", "ada@xn--bcher-kva.example"),
            ("ada@xn--bcher-kva.example", "ada@xn--bcher-kva.example"),
            ("ada@BU\u{308}CHER.example", "ada@xn--bcher-kva.example"),
        ] {
            assert_eq!(email_form(typed).as_deref(), Some(form), "{typed}");
        }
        // The Turkish capital is another letter in a domain, and none before the @.
        assert_ne!(email_form("ada@\u{130}zmir.example"), email_form("ada@izmir.example"));
        assert_eq!(email_form("\u{130}da@example.com"), None);
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
            "ada@exa mple.com",
            "ada@example.com\r\nBcc: eve@example.com",
            "ada\u{202e}@example.com",
            "ada\u{200b}@example.com",
            "\u{130}da@example.com",
            "ada@[192.0.2.1]",
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
    }

    #[test]
    fn a_name_is_a_line_without_links_and_tricks() {
        for good in [
            "Ada Lovelace",
            "J.R. Doe",
            "A.Doe",
            "D'Arcy-Ó Néill",
            "No.5",
            "Doe Jr.",
            "李小龍",
            "علی\u{200c}رضا",
        ] {
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
            "Ada\u{200b}Lovelace",
            "Ada\u{200d}Lovelace",
            "Ada\u{feff}",
        ] {
            assert!(
                !ok(|f| {
                    line(f, "name", bad, 1, 120);
                }),
                "{bad}"
            );
            let harmless = defused(bad);
            assert!(!has_link(&harmless) && !has_unprintable(&harmless), "{harmless}");
        }
    }

    #[test]
    fn a_title_becomes_a_slug() {
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
    }

    #[test]
    fn phones_and_addresses_are_of_the_whole_world() {
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
