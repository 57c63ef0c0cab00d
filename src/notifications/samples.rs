//! Messages of the catalogue as they look with made-up data: for the preview, and to be sent to
//! oneself.

use serde_json::{Value, json};

use super::{
    catalogue::MessageEntry,
    emails,
    sms_texts::{self, SmsTemplate},
};
use crate::{
    access::{accounts::Account, preferences::MessageChannel},
    kernel::{Error, FieldError, Locale, Result},
    platform::Platform,
    providers::{self, Branding, RenderedEmail},
};

/// The name of the sample that has no other.
pub const PLAIN: &str = "plain";
/// How what somebody sends to themselves begins.
const TEST_MARK: &str = "[Test] ";

/// Which sample, and in which language.
#[derive(Debug, Clone, Copy)]
pub struct WantedSample<'a> {
    /// None: the first.
    pub name: Option<&'a str>,
    pub locale: Locale,
}

/// A message by each of its channels; None for one that it does not go by.
pub struct RenderedSample {
    pub email: Option<RenderedEmail>,
    /// As phones show it.
    pub sms: Option<String>,
}

/// A sample's name and what its template is given.
type Sample = (&'static str, &'static Value);

/// The names of a message's samples, the plain one first. What goes by email and SMS has each once.
pub fn names(entry: &MessageEntry) -> Vec<String> {
    let mut names: Vec<String> = vec![];
    for (name, _) in entry.channels.iter().flat_map(|channel| samples(entry, *channel)) {
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    names
}

/// The samples of a message by a channel, the plain one first.
fn samples(entry: &MessageEntry, channel: MessageChannel) -> Vec<Sample> {
    let folder = match channel {
        MessageChannel::Email => "emails",
        MessageChannel::Sms => "sms",
    };
    let cases = providers::examples_of_message(folder, entry.name);
    cases.map(|(case, context)| (if case.is_empty() { PLAIN } else { case }, context)).collect()
}

/// Renders a message with one of its samples: for the person of the sample, or as a test for somebody.
pub fn render(
    platform: &Platform,
    branding: &Branding,
    entry: &MessageEntry,
    sample: WantedSample<'_>,
    to: Option<&Account>,
) -> Result<RenderedSample> {
    require(entry, sample.name)?;
    let mark = if to.is_some() { TEST_MARK } else { "" };
    let context = |channel: MessageChannel| {
        chosen(&samples(entry, channel), sample.name).map(|mut context| {
            context["locale"] = sample.locale.tag().into();
            context
        })
    };
    let email = context(MessageChannel::Email).map(|context| {
        let recipient = match to {
            Some(to) => json!({"name": to.name, "email": to.email}),
            None => context["recipient"].clone(),
        };
        let context = emails::complete_context(platform, branding, &recipient, context);
        let email = branding.theme.email(entry.name, &context)?;
        Ok::<_, Error>(RenderedEmail { subject: format!("{mark}{}", email.subject), ..email })
    });
    let sms = context(MessageChannel::Sms).map(|context| {
        sms_texts::text(platform, branding, SmsTemplate { name: entry.name, mark }, context)
    });
    Ok(RenderedSample { email: email.transpose()?, sms: sms.transpose()? })
}

/// The message has samples, and this one of them.
fn require(entry: &MessageEntry, wanted: Option<&str>) -> Result<()> {
    let names = names(entry);
    if names.is_empty() {
        return Err(Error::conflict(
            "no_sample",
            format!("{} shows another message: look at that one.", entry.name),
        ));
    }
    match wanted {
        Some(wanted) if !names.iter().any(|name| name == wanted) => {
            let message = format!("Is no sample of {}; it has {}", entry.name, names.join(", "));
            Err(FieldError::new("sample", message).into())
        }
        _ => Ok(()),
    }
}

/// What a channel's template is given: the wanted sample, or the first where another channel alone has it.
fn chosen(samples: &[Sample], wanted: Option<&str>) -> Option<Value> {
    let named = samples.iter().find(|(name, _)| Some(*name) == wanted);
    named.or(samples.first()).map(|(_, context)| (*context).clone())
}
