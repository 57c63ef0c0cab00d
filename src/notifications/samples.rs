//! Messages of the catalogue as they look with made-up data: for the preview, and to be sent to
//! oneself.

use serde_json::{Value, json};

use super::{catalogue::MessageEntry, emails};
use crate::{
    access::accounts::Account,
    kernel::{Error, FieldError, Locale, Result},
    platform::Platform,
    providers::{self, Branding, RenderedEmail},
};

/// The name of the sample that has no other.
pub const PLAIN: &str = "plain";

/// Which sample, and in which language.
#[derive(Debug, Clone, Copy)]
pub struct WantedSample<'a> {
    /// None: the first.
    pub name: Option<&'a str>,
    pub locale: Locale,
}

/// The names of a message's samples, the plain one first.
pub fn names(entry: &MessageEntry) -> Vec<String> {
    let cases = providers::examples_of_email(entry.name).map(|(case, _)| name_of(case));
    cases.map(str::to_owned).collect()
}

fn name_of(case: &str) -> &str {
    if case.is_empty() { PLAIN } else { case }
}

/// Renders a message with one of its samples: for the person of the sample, or for somebody.
pub fn render(
    platform: &Platform,
    branding: &Branding,
    entry: &MessageEntry,
    sample: WantedSample<'_>,
    to: Option<&Account>,
) -> Result<RenderedEmail> {
    let mut context = context(entry, sample.name)?;
    context["locale"] = sample.locale.tag().into();
    let recipient = match to {
        Some(to) => json!({"name": to.name, "email": to.email}),
        None => context["recipient"].clone(),
    };
    let context = emails::complete_context(platform, branding, &recipient, context);
    branding.theme.email(entry.name, &context)
}

fn context(entry: &MessageEntry, sample: Option<&str>) -> Result<Value> {
    let samples: Vec<_> = providers::examples_of_email(entry.name).collect();
    if samples.is_empty() {
        return Err(Error::conflict(
            "no_sample",
            format!("{} is a text message, which has no page to look at.", entry.name),
        ));
    }
    let wanted = sample.unwrap_or_else(|| name_of(samples[0].0));
    let found = samples.iter().find(|(case, _)| name_of(case) == wanted);
    let Some((_, context)) = found else {
        let names: Vec<&str> = samples.iter().map(|(case, _)| name_of(case)).collect();
        let message = format!("Is no sample of {}; it has {}", entry.name, names.join(", "));
        return Err(FieldError::new("sample", message).into());
    };
    Ok((*context).clone())
}
