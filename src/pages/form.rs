//! Forms: the submitted values, which of them were rejected, and why.

use std::collections::BTreeMap;

use poem::{FromRequest, Request, RequestBody, web};
use uuid::Uuid;

use super::context::{Form, FormProblem};
use crate::{
    access::limits::OverLimit,
    kernel::{Error, FieldError, Result},
};

/// The submitted fields; of several with one name, the last.
pub type FormValues = BTreeMap<String, String>;

/// A form in which something was typed. One past a rate limit is read too, so that its page can show
/// it again.
pub struct TypedForm {
    pub values: FormValues,
    over_limit: Option<OverLimit>,
}

impl TypedForm {
    pub fn value(&self, field: &str) -> &str {
        form_value(&self.values, field)
    }

    /// An error if the client has sent too many of these.
    pub fn check_limit(&self) -> Result<()> {
        self.over_limit.map_or(Ok(()), |over| Err(over.into()))
    }
}

impl<'a> FromRequest<'a> for TypedForm {
    async fn from_request(raw: &'a Request, body: &mut RequestBody) -> poem::Result<Self> {
        let web::Form(values) = web::Form::from_request(raw, body).await?;
        Ok(Self { values, over_limit: raw.data().copied() })
    }
}

/// The value of a field; empty if it was not sent.
pub fn form_value<'a>(form: &'a FormValues, field: &str) -> &'a str {
    form.get(field).map_or("", String::as_str)
}

/// A key for one press of a button; a repetition of the press brings the same key.
pub fn new_idempotency_key() -> String {
    Uuid::new_v4().to_string()
}

/// An error for required fields that are empty, given as (field, value, message).
pub fn require(fields: &[(&str, &str, &str)]) -> Result<()> {
    let missing: Vec<FieldError> = fields
        .iter()
        .filter(|(_, value, _)| value.trim().is_empty())
        .map(|(field, _, message)| FieldError::new(*field, *message))
        .collect();
    if missing.is_empty() { Ok(()) } else { Err(Error::Invalid(missing)) }
}

impl Form {
    /// A form with values and no errors.
    pub fn filled<'a>(values: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        Self {
            values: values.into_iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect(),
            ..Self::default()
        }
    }

    /// A rejected form with its problems in the order of `fields`. A problem that concerns none of
    /// them concerns the whole form.
    pub fn rejected<'a>(
        values: impl IntoIterator<Item = (&'a str, &'a str)>,
        error: &Error,
        fields: &[&str],
    ) -> Self {
        let mut form = Self::filled(values);
        let Error::Invalid(wrong) = error else {
            let message = match error {
                Error::Unauthenticated(detail) => (*detail).to_owned(),
                other => other.problem().detail,
            };
            form.summary.push(FormProblem { field: None, url: None, message });
            return form;
        };
        // The API names fields by dotted paths, a form by their last segments.
        let mut wrong: Vec<(&str, &str)> = wrong
            .iter()
            .map(|e| (e.field.rsplit('.').next().unwrap_or(&e.field), e.message.as_str()))
            .collect();
        let order =
            |name: &str| fields.iter().position(|field| *field == name).unwrap_or(fields.len());
        wrong.sort_by_key(|(name, _)| order(name));
        for (name, message) in wrong {
            let known = fields.contains(&name);
            if known && form.errors.contains_key(name) {
                continue;
            }
            if known {
                form.errors.insert(name.to_owned(), message.to_owned());
            }
            form.summary.push(FormProblem {
                field: known.then(|| name.to_owned()),
                url: None,
                message: message.to_owned(),
            });
        }
        form
    }
}
