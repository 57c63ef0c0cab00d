//! The settings of a pack (`tenant.toml`): which there are, and how each is checked.

use figment::{
    Figment,
    providers::{Format, Toml},
};
use serde_json::{Map, Value};

use crate::{
    access::profile::LANGUAGES,
    kernel::{Error, FieldErrors, validate},
};

const LINE_CHARS_MAX: usize = 140;
const ADDRESS_CHARS_MAX: usize = 400;
const TERMS_CHARS_MAX: usize = 40_000;

/// Checks a setting and reports problems under its key.
type Rule = fn(&mut FieldErrors, &str, &str);

const ROOT: &[(&str, Rule)] = &[
    ("name", line),
    ("tagline", line),
    ("accent", colour),
    ("locale", locale),
    ("time_zone", time_zone),
];
const SUPPORT: &[(&str, Rule)] =
    &[("email", email), ("phone", phone), ("hours", line), ("url", link)];
/// Settings that may be a table of a line for each language.
const LOCAL: [&str; 2] = ["tagline", "support.hours"];
const EMAIL: &[(&str, Rule)] = &[("sender_name", line), ("sender_address", email)];
const LEGAL: &[(&str, Rule)] = &[
    ("company", line),
    ("address", address),
    ("represented_by", line),
    ("register", line),
    ("vat_id", line),
    ("terms", terms),
];
const SOCIAL: &[(&str, Rule)] = &[("name", line), ("url", link)];

/// Reads and checks the settings. Every problem is added to `wrong`.
pub fn check(text: &str, wrong: &mut Vec<String>) -> Value {
    let map: Map<String, Value> = match Figment::from(Toml::string(text)).extract() {
        Ok(map) => map,
        Err(error) => {
            wrong.push(format!("tenant.toml cannot be read: {error}"));
            return Value::Null;
        }
    };
    let mut fields = FieldErrors::default();
    for (key, value) in &map {
        match (key.as_str(), value) {
            ("support", Value::Object(table)) => table_of(&mut fields, "support.", table, SUPPORT),
            ("email", Value::Object(table)) => table_of(&mut fields, "email.", table, EMAIL),
            ("legal", Value::Object(table)) => table_of(&mut fields, "legal.", table, LEGAL),
            ("social", Value::Array(tables)) => {
                for (index, table) in tables.iter().enumerate() {
                    let at = format!("social.{index}.");
                    match table {
                        Value::Object(table) => {
                            for (key, _) in
                                SOCIAL.iter().filter(|(key, _)| !table.contains_key(*key))
                            {
                                fields.add(format!("{at}{key}"), "Is required");
                            }
                            table_of(&mut fields, &at, table, SOCIAL);
                        }
                        _ => fields
                            .add(at.trim_end_matches('.'), "Must be a table with name and url"),
                    }
                }
            }
            ("support" | "email" | "legal", _) => {
                fields.add(key, format!("Must be a table: [{key}]"));
            }
            ("social", _) => fields.add(key, "Must be tables: [[social]]"),
            _ => one(&mut fields, "", key, value, ROOT),
        }
    }
    if let Err(Error::Invalid(errors)) = fields.finish() {
        wrong.extend(
            errors
                .into_iter()
                .map(|error| format!("tenant.toml: {}: {}", error.field, error.message)),
        );
    }
    Value::Object(map)
}

/// Checks a file of email subjects: each must be a template that can be parsed, and there must be
/// one for every email of the default.
pub fn check_subjects(path: &str, text: &str, default: &str, wrong: &mut Vec<String>) {
    let parse = |text: &str| {
        Figment::from(Toml::string(text))
            .extract::<Map<String, Value>>()
            .map_err(|error| error.to_string())
    };
    let subjects = match parse(text) {
        Ok(subjects) => subjects,
        Err(error) => return wrong.push(format!("theme/{path} cannot be read: {error}")),
    };
    for (name, subject) in &subjects {
        match subject.as_str() {
            None => wrong.push(format!("theme/{path}: {name} must be text in quotes")),
            Some(subject) => {
                if let Err(error) = handlebars::Template::compile(subject) {
                    wrong
                        .push(format!("theme/{path}: {name} cannot be parsed: {}", error.reason()));
                }
            }
        }
    }
    for (name, _) in
        parse(default).unwrap_or_default().iter().filter(|(name, _)| !subjects.contains_key(*name))
    {
        wrong.push(format!(
            "theme/{path}: {name} is missing; the file replaces the whole default file"
        ));
    }
}

fn table_of(
    fields: &mut FieldErrors,
    at: &str,
    table: &Map<String, Value>,
    rules: &[(&str, Rule)],
) {
    for (key, value) in table {
        one(fields, at, key, value, rules);
    }
}

fn one(fields: &mut FieldErrors, at: &str, key: &str, value: &Value, rules: &[(&str, Rule)]) {
    let field = format!("{at}{key}");
    match (rules.iter().find(|(known, _)| *known == key), value) {
        (None, _) => fields.add(
            field,
            format!(
                "Is not a setting; the settings are {}",
                rules.iter().map(|rule| rule.0).collect::<Vec<_>>().join(", ")
            ),
        ),
        (Some((_, rule)), Value::String(text)) => rule(fields, &field, text),
        (Some((_, rule)), Value::Object(texts)) if LOCAL.contains(&field.as_str()) => {
            for (language, _) in LANGUAGES.iter().filter(|(tag, _)| !texts.contains_key(*tag)) {
                fields.add(format!("{field}.{language}"), "Is required, as each language is");
            }
            table_of(fields, &format!("{field}."), texts, &LANGUAGES.map(|(tag, _)| (tag, *rule)));
        }
        (Some(_), _) => fields.add(field, "Must be text in quotes"),
    }
}

fn line(fields: &mut FieldErrors, field: &str, text: &str) {
    validate::text(fields, field, text, 1, LINE_CHARS_MAX);
    fields.check(
        !text.chars().any(char::is_control),
        field,
        "Must be one line without control characters",
    );
}

fn address(fields: &mut FieldErrors, field: &str, text: &str) {
    validate::text(fields, field, text, 1, ADDRESS_CHARS_MAX);
}

fn terms(fields: &mut FieldErrors, field: &str, text: &str) {
    validate::text(fields, field, text, 1, TERMS_CHARS_MAX);
}

fn email(fields: &mut FieldErrors, field: &str, text: &str) {
    validate::email(fields, field, text);
}

fn phone(fields: &mut FieldErrors, field: &str, text: &str) {
    validate::phone(fields, field, text);
}

/// A web address, or a path of SMP.
fn link(fields: &mut FieldErrors, field: &str, text: &str) {
    if !text.starts_with('/') || text.starts_with("//") {
        validate::web_url(fields, field, text);
    }
}

fn colour(fields: &mut FieldErrors, field: &str, text: &str) {
    let ok = text.strip_prefix('#').is_some_and(|digits| {
        digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
    });
    fields.check(ok, field, &format!("{text:?} is not a colour; write it like #8a3a22"));
}

fn locale(fields: &mut FieldErrors, field: &str, text: &str) {
    let (language, region) = text.split_once('-').unwrap_or((text, "GB"));
    let ok = (2..=3).contains(&language.len())
        && language.bytes().all(|byte| byte.is_ascii_lowercase())
        && region.len() == 2
        && region.bytes().all(|byte| byte.is_ascii_uppercase());
    fields.check(ok, field, &format!("{text:?} is not a locale; write it like en-GB"));
}

fn time_zone(fields: &mut FieldErrors, field: &str, text: &str) {
    let ok = jiff::tz::TimeZone::get(text).is_ok();
    fields.check(ok, field, &format!("{text:?} is not a time zone; write it like Europe/Berlin"));
}

#[cfg(test)]
mod tests {
    use super::check;

    fn wrong(text: &str) -> Vec<String> {
        let mut wrong = vec![];
        check(text, &mut wrong);
        wrong
    }

    #[test]
    fn the_default_is_valid_and_all_problems_are_reported_at_once() {
        assert_eq!(
            wrong(include_str!("../../../tenants/_default/tenant.toml")),
            Vec::<String>::new()
        );
        assert_eq!(wrong(""), Vec::<String>::new());
        let problems = wrong(
            r#"
            name = 3
            accent = "red"
            colour = "x"
            locale = "English"
            tagline = { en = "Slow" }
            [support]
            hours = { en = "Daily", de = "Täglich", fr = "Toujours" }
            [email]
            sender_address = "x"
            [legal]
            company = "A\nB"
            vat = "IE1"
            [[social]]
            name = "A"
            "#,
        );
        for part in [
            "name: Must be text",
            "accent: \"red\"",
            "colour: Is not a setting",
            "locale:",
            "email.sender_address",
            "legal.company",
            "legal.vat: Is not a setting",
            "tagline.de: Is required",
            "support.hours.fr: Is not a setting",
            "social.0.url",
        ] {
            assert!(
                problems.iter().any(|problem| problem.contains(part)),
                "{part} not in {problems:#?}"
            );
        }
        assert_eq!(problems.len(), 10);
        assert_eq!(wrong("support = 1"), ["tenant.toml: support: Must be a table: [support]"]);
        assert!(wrong("name = ")[0].contains("cannot be read"));
    }
}
