//! JSON bodies. A refused body is answered with every field that is missing, unknown or of the wrong
//! type, by its dotted path.

use std::ops::Deref;

use poem::{FromRequest, Request, RequestBody};
use poem_openapi::{
    impl_apirequest_for_payload,
    payload::{Json, ParsePayload, Payload},
    registry::{MetaSchema, MetaSchemaRef, Registry},
    types::{ParseFromJSON, Type},
};
use serde_json::Value;

use super::error::{Error, FieldErrors, Result};

/// A JSON body. Replaces poem-openapi's `Json` in the arguments of handlers, because the errors of
/// `Json` do not name the field.
#[derive(Debug)]
pub struct Input<T>(pub T);

impl<T> Deref for Input<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Type> Payload for Input<T> {
    const CONTENT_TYPE: &'static str = "application/json";

    fn check_content_type(content_type: &str) -> bool {
        Json::<T>::check_content_type(content_type)
    }

    fn schema_ref() -> MetaSchemaRef {
        T::schema_ref()
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

impl<T: ParseFromJSON> ParsePayload for Input<T> {
    const IS_REQUIRED: bool = true;

    async fn from_request(request: &Request, body: &mut RequestBody) -> poem::Result<Self> {
        let bytes = Vec::<u8>::from_request(request, body).await?;
        Ok(Self(Self::parse(&bytes)?))
    }
}

impl<T: ParseFromJSON> Input<T> {
    /// Reads a body. Fails if it is not JSON, or names each field that is missing, unknown or of the
    /// wrong type.
    pub fn parse(bytes: &[u8]) -> Result<T> {
        let value: Value = serde_json::from_slice(bytes)
            .map_err(|error| Error::BadRequest(format!("The body is not JSON: {error}.")))?;
        T::parse_from_json(Some(value.clone()))
            .map_err(|error| explain::<T>(&value, error.into_message()))
    }
}

impl_apirequest_for_payload!(Input<T>, T: ParseFromJSON);

/// A CSV file as body, in UTF-8.
#[derive(Debug)]
pub struct CsvInput(pub String);

impl Payload for CsvInput {
    const CONTENT_TYPE: &'static str = "text/csv";

    fn check_content_type(content_type: &str) -> bool {
        content_type
            .split(';')
            .next()
            .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("text/csv"))
    }

    fn schema_ref() -> MetaSchemaRef {
        String::schema_ref()
    }
}

impl ParsePayload for CsvInput {
    const IS_REQUIRED: bool = true;

    async fn from_request(request: &Request, body: &mut RequestBody) -> poem::Result<Self> {
        let bytes = Vec::<u8>::from_request(request, body).await?;
        let unreadable = |_| Error::BadRequest("The body is not text in UTF-8.".to_owned());
        Ok(Self(String::from_utf8(bytes).map_err(unreadable)?))
    }
}

impl_apirequest_for_payload!(CsvInput);

/// Compares a refused body with its schema.
fn explain<T: Type>(value: &Value, fallback: String) -> Error {
    let mut registry = Registry::new();
    T::register(&mut registry);
    let mut fields = FieldErrors::default();
    check(&registry, &T::schema_ref(), value, "", &mut fields);
    fields.finish().err().unwrap_or_else(|| {
        let mut fields = FieldErrors::default();
        fields.add("body", fallback);
        fields.finish().err().unwrap_or(Error::BadRequest(String::new()))
    })
}

fn check(
    registry: &Registry,
    schema: &MetaSchemaRef,
    value: &Value,
    path: &str,
    fields: &mut FieldErrors,
) {
    let schema: &MetaSchema = match schema {
        MetaSchemaRef::Inline(schema) => schema,
        MetaSchemaRef::Reference(name) => match registry.schemas.get(name) {
            Some(schema) => schema,
            None => return,
        },
    };
    // poem-openapi wraps a reference that has a description of its own.
    for wrapped in &schema.all_of {
        check(registry, wrapped, value, path, fields);
    }
    let field = if path.is_empty() { "body" } else { path };
    match (schema.ty, value) {
        ("object", Value::Object(map)) => {
            let below = |name: &str| {
                if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
            };
            for (name, property) in &schema.properties {
                match map.get(*name) {
                    None | Some(Value::Null) if schema.required.contains(name) => {
                        fields.add(below(name), "Is required");
                    }
                    None | Some(Value::Null) => {}
                    Some(value) => check(registry, property, value, &below(name), fields),
                }
            }
            if schema.additional_properties.is_none() && !schema.properties.is_empty() {
                for name in map
                    .keys()
                    .filter(|name| !schema.properties.iter().any(|(known, _)| known == name))
                {
                    fields.add(below(name), "Is not a field of this request; leave it out");
                }
            }
            if let Some(values) = &schema.additional_properties {
                map.iter()
                    .for_each(|(name, value)| check(registry, values, value, &below(name), fields));
            }
        }
        ("array", Value::Array(items)) => {
            for (index, item) in items.iter().enumerate() {
                let below =
                    if path.is_empty() { index.to_string() } else { format!("{path}.{index}") };
                if let Some(schema) = &schema.items {
                    check(registry, schema, item, &below, fields);
                }
            }
        }
        ("string", Value::String(text)) => {
            if !schema.enum_items.is_empty() && !schema.enum_items.contains(value) {
                let words: Vec<&str> = schema.enum_items.iter().filter_map(Value::as_str).collect();
                fields.add(field, format!("{text:?} is not one of {}", words.join(", ")));
            }
            match schema.format {
                Some("uuid") if text.parse::<uuid::Uuid>().is_err() => {
                    fields.add(field, "Must be a UUID");
                }
                Some("date-time")
                    if time::OffsetDateTime::parse(
                        text,
                        &time::format_description::well_known::Rfc3339,
                    )
                    .is_err() =>
                {
                    fields.add(field, "Must be a time like 2026-03-01T12:00:00Z");
                }
                Some("naive-date")
                    if time::Date::parse(
                        text,
                        time::macros::format_description!("[year]-[month]-[day]"),
                    )
                    .is_err() =>
                {
                    fields.add(field, "Must be a day like 2026-12-04");
                }
                _ => {}
            }
        }
        ("boolean", Value::Bool(_)) | ("number", Value::Number(_)) | ("", _) => {}
        ("integer", Value::Number(number)) => {
            let fits = match schema.format {
                Some("int32") => number.as_i64().is_some_and(|n| i32::try_from(n).is_ok()),
                Some(format) if format.starts_with('u') => number.as_u64().is_some(),
                _ => number.as_i64().is_some(),
            };
            fields.check(fits, field, "Must be a whole number that is not too large");
        }
        (expected, _) => fields.add(field, format!("Must be {}", article(expected))),
    }
}

fn article(kind: &str) -> String {
    match kind {
        "string" => "text in quotes".to_owned(),
        "integer" => "a whole number".to_owned(),
        "boolean" => "true or false".to_owned(),
        "array" => "a list".to_owned(),
        kind => format!("a JSON {kind}"),
    }
}
