//! The version that an edit was made from. What several people edit counts its edits; an edit sends the
//! count that it was made from in `If-Match`, and a stale one is refused (412).

use std::borrow::Cow;

use poem_openapi::{
    Object,
    registry::{MetaSchema, MetaSchemaRef},
    types::{ParseError, ParseFromParameter, ParseResult, Type},
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// The `version` that was read, from the header `If-Match`: `"7"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeenVersion(pub i32);

/// Who changed what a stale edit would have overwritten.
#[derive(Debug, Clone, Object, Serialize, Deserialize)]
pub struct ChangedMeanwhile {
    /// The version there is now.
    pub version: i32,
    /// The name of who made it.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none", with = "time::serde::rfc3339::option")]
    pub at: Option<OffsetDateTime>,
    /// The fields in which the edit differs from what is stored.
    pub fields: Vec<String>,
}

impl Type for SeenVersion {
    const IS_REQUIRED: bool = true;
    type RawValueType = Self;
    type RawElementValueType = Self;

    fn name() -> Cow<'static, str> {
        "string_version".into()
    }

    fn schema_ref() -> MetaSchemaRef {
        MetaSchemaRef::Inline(Box::new(MetaSchema {
            description: Some("The `version` that you read, in quotes"),
            pattern: Some("^\"[0-9]{1,9}\"$".to_owned()),
            example: Some("\"7\"".into()),
            ..MetaSchema::new("string")
        }))
    }

    fn as_raw_value(&self) -> Option<&Self::RawValueType> {
        Some(self)
    }

    fn raw_element_iter<'a>(
        &'a self,
    ) -> Box<dyn Iterator<Item = &'a Self::RawElementValueType> + 'a> {
        Box::new(self.as_raw_value().into_iter())
    }
}

impl ParseFromParameter for SeenVersion {
    fn parse_from_parameter(value: &str) -> ParseResult<Self> {
        let inner = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        inner
            .unwrap_or(value)
            .parse()
            .map(Self)
            .map_err(|_| ParseError::custom("Must be the version that you read, in quotes: \"7\""))
    }

    fn parse_from_parameters<I: IntoIterator<Item = A>, A: AsRef<str>>(
        values: I,
    ) -> ParseResult<Self> {
        let value = values.into_iter().next().ok_or_else(|| {
            ParseError::custom(
                "Is required: send the version that you read, in quotes, so that no other \
                 person's edit is overwritten",
            )
        })?;
        Self::parse_from_parameter(value.as_ref())
    }
}
