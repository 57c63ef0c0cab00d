//! What a template must be, and how it becomes a provider's document. Pure.

use time::{OffsetDateTime, macros::format_description};

use crate::{
    kernel::{
        Country, FieldErrors, Result,
        limits::{
            CONTRACT_CHARS_MAX, DELIVERY_DAYS_MAX, HONOUR_DAYS_MAX, PERSON_NAME_CHARS_MAX,
            SIGNATURE_CHARS_MIN, TITLE_CHARS_MAX,
        },
        validate,
    },
    providers::Provider,
};

/// What may stand in double braces in a template.
pub const PLACEHOLDERS: [&str; 7] = [
    "provider_name",
    "registration_number",
    "country",
    "delivery_days",
    "honour_days",
    "version",
    "date",
];

/// A template as its author writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateText {
    pub title: String,
    pub body: String,
    pub delivery_days: i32,
    pub honour_days: i32,
}

/// A piece of a template.
#[derive(Debug, PartialEq, Eq)]
enum TemplatePiece<'a> {
    Text(&'a str),
    Placeholder(&'a str),
}

/// Splits a template at its placeholders; an error is a sentence about the text.
fn pieces(text: &str) -> Result<Vec<TemplatePiece<'_>>, String> {
    let (mut pieces, mut rest) = (vec![], text);
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, following) = after
            .split_once("}}")
            .ok_or_else(|| "A placeholder begins with {{ and is not closed with }}".to_owned())?;
        let name = name.trim();
        if !PLACEHOLDERS.contains(&name) {
            let known = PLACEHOLDERS.map(|name| format!("{{{{{name}}}}}")).join(", ");
            let name: String = name.chars().take(40).collect();
            return Err(format!("{{{{{name}}}}} is no placeholder; there are {known}"));
        }
        pieces.extend([TemplatePiece::Text(before), TemplatePiece::Placeholder(name)]);
        rest = following;
    }
    pieces.push(TemplatePiece::Text(rest));
    Ok(pieces)
}

/// Checks a template: it must state both guarantees with their periods.
pub fn checked(input: &TemplateText) -> Result<TemplateText> {
    let mut fields = FieldErrors::default();
    let title = validate::line(&mut fields, "title", &input.title, 1, TITLE_CHARS_MAX);
    fields.check(!title.contains("{{"), "title", "Must not contain a placeholder");
    let body = validate::text(&mut fields, "body", &input.body, 1, CONTRACT_CHARS_MAX);
    let body = body.replace("\r\n", "\n");
    match pieces(&body) {
        Err(message) => fields.add("body", message),
        Ok(pieces) => {
            for (name, guarantee) in [
                ("delivery_days", "the delivery of what was sold"),
                ("honour_days", "the honouring of reservations, coupons and vouchers"),
            ] {
                let is_stated = pieces.contains(&TemplatePiece::Placeholder(name));
                let message = format!(
                    "Must guarantee {guarantee} within a named period: write {{{{{name}}}}} where \
                     the number of days stands"
                );
                fields.check(is_stated, "body", &message);
            }
        }
    }
    for (name, days, max) in [
        ("delivery_days", input.delivery_days, DELIVERY_DAYS_MAX),
        ("honour_days", input.honour_days, HONOUR_DAYS_MAX),
    ] {
        let message = format!("Must be a number of days from 1 to {max}");
        fields.check((1..=max).contains(&days), name, &message);
    }
    fields.finish()?;
    let (delivery_days, honour_days) = (input.delivery_days, input.honour_days);
    Ok(TemplateText { title, body, delivery_days, honour_days })
}

/// The document of a provider: the title, then the body with everything filled in.
pub fn render(
    template: &TemplateText,
    version: Option<i32>,
    provider: &Provider,
    today: OffsetDateTime,
) -> Result<String> {
    let date = format_description!("[day padding:none] [month repr:long] [year]");
    let mut document = format!("# {}\n\n", template.title);
    let pieces = pieces(&template.body).map_err(anyhow::Error::msg)?;
    for piece in pieces {
        match piece {
            TemplatePiece::Text(text) => document.push_str(text),
            TemplatePiece::Placeholder(name) => document.push_str(&match name {
                "provider_name" => provider.name.clone(),
                "registration_number" => {
                    provider.registration_number.clone().unwrap_or_else(|| "not given".to_owned())
                }
                "country" => Country::name_of(&provider.country).to_owned(),
                "delivery_days" => template.delivery_days.to_string(),
                "honour_days" => template.honour_days.to_string(),
                "version" => version.map_or_else(|| "draft".to_owned(), |n| n.to_string()),
                _ => today.date().format(date).map_err(anyhow::Error::from)?,
            }),
        }
    }
    Ok(document)
}

/// The name that a person typed to sign.
pub fn signature(name: &str) -> Result<String> {
    let mut fields = FieldErrors::default();
    let name =
        validate::line(&mut fields, "name", name, SIGNATURE_CHARS_MIN, PERSON_NAME_CHARS_MAX);
    fields.finish()?;
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Error;

    fn template(body: &str) -> TemplateText {
        TemplateText {
            title: "Contract".to_owned(),
            body: body.to_owned(),
            delivery_days: 14,
            honour_days: 365,
        }
    }

    fn wrong(input: &TemplateText) -> Vec<(String, String)> {
        match checked(input) {
            Ok(_) => vec![],
            Err(Error::Invalid(errors)) => {
                errors.into_iter().map(|error| (error.field, error.message)).collect()
            }
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn a_template_states_both_guarantees() {
        let whole = template("Delivers in {{delivery_days}}, honours for {{ honour_days }} days.");
        assert_eq!(wrong(&whole), []);
        for (body, missing) in [
            ("Delivers in {{delivery_days}} days.", "honouring of reservations"),
            ("Honours for {{honour_days}} days.", "delivery of what was sold"),
        ] {
            let wrong = wrong(&template(body));
            assert_eq!(wrong.len(), 1, "{wrong:?}");
            assert!(wrong[0].0 == "body" && wrong[0].1.contains(missing), "{wrong:?}");
        }
        let without = TemplateText { delivery_days: 0, honour_days: 4_000, ..whole };
        let fields: Vec<String> = wrong(&without).into_iter().map(|(field, _)| field).collect();
        assert_eq!(fields, ["delivery_days", "honour_days"]);
    }

    #[test]
    fn a_placeholder_that_is_none_is_named() {
        let body = "{{delivery_days}} {{honour_days}} {{owner}}";
        assert!(wrong(&template(body))[0].1.starts_with("{{owner}} is no placeholder"));
        let body = "{{delivery_days}} {{honour_days}} {{country";
        assert!(wrong(&template(body))[0].1.contains("not closed"));
    }
}
