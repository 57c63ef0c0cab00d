//! Forms: what was typed, what of it was refused and why.

use super::context::{Form, FormProblem};
use crate::kernel::Error;

impl Form {
    /// A form with values and no errors.
    pub fn filled<'a>(values: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        Self {
            values: values.into_iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect(),
            ..Self::default()
        }
    }

    /// A refused form, its problems in the order of `fields`; what is not about one of them is
    /// about the whole form.
    pub fn refused<'a>(
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
            form.summary.push(FormProblem { field: None, message });
            return form;
        };
        // The API's names are dotted paths; a form's are the last words of them.
        let mut wrong: Vec<(&str, &str)> = wrong
            .iter()
            .map(|e| (e.field.rsplit('.').next().unwrap_or(&e.field), e.message.as_str()))
            .collect();
        let place =
            |name: &str| fields.iter().position(|field| *field == name).unwrap_or(fields.len());
        wrong.sort_by_key(|(name, _)| place(name));
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
                message: message.to_owned(),
            });
        }
        form
    }
}
