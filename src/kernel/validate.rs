//! Validated words: email, slug, country, phone, text with a length. Each error names the field and
//! the remedy.

use super::error::FieldErrors;

/// Longest email address we take, in characters (RFC 5321).
const EMAIL_MAX_CHARS: usize = 254;

/// An address in lower case; syntax by lettre, plus a dot in the domain.
pub fn email(fields: &mut FieldErrors, field: &str, text: &str) -> String {
    let text = text.trim().to_lowercase();
    let ok = text.len() <= EMAIL_MAX_CHARS
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

/// A slug made from a title; may be empty when the title has no Latin letters or digits.
pub fn slug_from(title: &str) -> String {
    let mut slug = String::new();
    for c in title.chars() {
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
    let ok = COUNTRIES.iter().any(|(code, _)| *code == text);
    fields.check(ok, field, "Use a two-letter country code (ISO 3166-1), like DE");
    text
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

/// A phone number: digits, spaces and hyphens in, E.164 out (`+` and 7 to 15 digits).
pub fn phone(fields: &mut FieldErrors, field: &str, text: &str) -> String {
    let compact: String =
        text.chars().filter(|c| !matches!(c, ' ' | '-' | '(' | ')' | '/')).collect();
    let digits = compact.strip_prefix('+').unwrap_or("");
    let ok = (7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    fields.check(ok, field, "Enter the number with its country code, like +49 30 1234567");
    compact
}

/// An http(s) URL; https only unless it points at this machine.
pub fn web_url(fields: &mut FieldErrors, field: &str, text: &str) -> Option<url::Url> {
    let parsed = url::Url::parse(text.trim()).ok().filter(|url| {
        let local = matches!(url.host_str(), Some("127.0.0.1" | "localhost"));
        (url.scheme() == "https" || (url.scheme() == "http" && local))
            && url.username().is_empty()
            && url.password().is_none()
    });
    fields.check(parsed.is_some(), field, "Enter a full address that starts with https://");
    parsed
}

/// Countries SMP ships to and sells in, with their English names (ISO 3166-1).
pub const COUNTRIES: &[(&str, &str)] = &[
    ("AT", "Austria"),
    ("AU", "Australia"),
    ("BE", "Belgium"),
    ("BG", "Bulgaria"),
    ("CA", "Canada"),
    ("CH", "Switzerland"),
    ("CY", "Cyprus"),
    ("CZ", "Czechia"),
    ("DE", "Germany"),
    ("DK", "Denmark"),
    ("EE", "Estonia"),
    ("ES", "Spain"),
    ("FI", "Finland"),
    ("FR", "France"),
    ("GB", "United Kingdom"),
    ("GR", "Greece"),
    ("HR", "Croatia"),
    ("HU", "Hungary"),
    ("IE", "Ireland"),
    ("IN", "India"),
    ("IS", "Iceland"),
    ("IT", "Italy"),
    ("JP", "Japan"),
    ("LT", "Lithuania"),
    ("LU", "Luxembourg"),
    ("LV", "Latvia"),
    ("MT", "Malta"),
    ("NL", "Netherlands"),
    ("NO", "Norway"),
    ("NZ", "New Zealand"),
    ("PL", "Poland"),
    ("PT", "Portugal"),
    ("RO", "Romania"),
    ("SE", "Sweden"),
    ("SG", "Singapore"),
    ("SI", "Slovenia"),
    ("SK", "Slovakia"),
    ("US", "United States"),
];

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
    fn words_are_told_from_noise() {
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
        assert_eq!(slug_from("Linen & Light: the sale!"), "linen-light-the-sale");
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
