//! The texts of pages and emails in each language, from a theme's message files: `locales/de/pages.ftl`
//! and so on, in the format of Fluent. A pack's own files go over those of the default.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, HashMap},
    fs,
    path::Path,
    sync::Arc,
};

use anyhow::{Context, bail};
use fluent_bundle::{
    FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle, types::FluentNumber,
};
use strum::IntoEnumIterator;

use super::{
    answers::Answers,
    files::{DEFAULT_PACK, ThemeFiles},
    formats, pseudo,
};
use crate::kernel::Locale;

/// Where message files are among a theme's files, and where those of a pack are.
pub const LOCALES: &str = "locales/";
pub const OWN_LOCALES: &str = "own/locales/";
const EXTENSION: &str = ".ftl";
/// How the keys of messages for scripts begin, and the values that scripts fill in.
const SCRIPT_PREFIX: &str = "script-";
const SCRIPT_VALUES: [&str; 4] = ["count", "span", "amount", "message"];

type Bundle = FluentBundle<Arc<FluentResource>>;

/// The messages of a theme.
pub struct Texts {
    by_locale: HashMap<Locale, Bundles>,
    answers: Answers,
    script_keys: Vec<String>,
}

/// One language's messages for HTML and for plain text, which has no tags.
struct Bundles {
    html: Bundle,
    plain: Bundle,
}

impl Texts {
    /// Reads the message files among a theme's files.
    pub fn read(files: &ThemeFiles) -> anyhow::Result<Self> {
        let mut sources: Vec<(&str, Sources)> = vec![];
        for (path, content) in files {
            let Some(language) = language_of(path) else { continue };
            let text =
                std::str::from_utf8(content).with_context(|| format!("{path} is not UTF-8"))?;
            let parsed = Sources::parse(path, text)?;
            sources.push((language, parsed));
        }
        let by_locale = Locale::iter()
            .map(|locale| {
                let of_language =
                    || sources.iter().filter(move |(language, _)| *language == locale.messages());
                let html = bundle(locale, of_language().map(|(_, sources)| &sources.html));
                let plain = bundle(locale, of_language().map(|(_, sources)| &sources.plain));
                (locale, Bundles { html, plain })
            })
            .collect();
        let english = files.iter().filter(|(path, _)| path.starts_with("locales/en/"));
        let script_keys = english
            .clone()
            .filter_map(|(_, content)| std::str::from_utf8(content).ok())
            .flat_map(str::lines)
            .filter_map(|line| line.split_once(" = "))
            .filter(|(key, _)| key.starts_with(SCRIPT_PREFIX))
            .map(|(key, _)| key.to_owned())
            .collect();
        let answers = Answers::read(english.filter_map(|(path, content)| {
            Some((path.as_str(), std::str::from_utf8(content).ok()?))
        }))?;
        Ok(Self { by_locale, answers, script_keys })
    }

    /// A message with its values; `is_plain` leaves out its tags. An error for one that there is not,
    /// and for a value that it needs and was not given.
    pub fn message(
        &self,
        locale: Locale,
        key: &str,
        values: &FluentArgs<'_>,
        is_plain: bool,
    ) -> anyhow::Result<String> {
        let Some(bundles) = self.by_locale.get(&locale) else { bail!("no texts for {locale:?}") };
        let bundle = if is_plain { &bundles.plain } else { &bundles.html };
        let found = bundle.get_message(key).and_then(|message| message.value());
        let Some(pattern) = found else {
            bail!("no message {key:?} in {}", locale.messages());
        };
        let mut errors = vec![];
        let text = bundle.format_pattern(pattern, Some(values), &mut errors).into_owned();
        if let Some(error) = errors.first() {
            bail!("message {key:?} in {}: {error}", locale.messages());
        }
        Ok(if locale == Locale::Accented { format!("[{text}]") } else { text })
    }

    /// What Rust says in English, in another language: the text of an error, a length of time, the name
    /// of a country. What is none of the messages in `answers.ftl` and `countries.ftl`, such as what a
    /// person wrote, stays as it is.
    pub fn said<'a>(&self, locale: Locale, english: &'a str) -> Cow<'a, str> {
        if matches!(locale, Locale::British | Locale::American) {
            return Cow::Borrowed(english);
        }
        let Some(found) = self.answers.find(english) else { return Cow::Borrowed(english) };
        let mut values = FluentArgs::with_capacity(found.values.len());
        for (name, value) in found.values {
            // A value may be words, as the name of a field in a sentence.
            values.set(name, self.said(locale, value).into_owned());
        }
        match self.message(locale, found.key, &values, true) {
            Ok(text) => Cow::Owned(text),
            Err(error) => {
                tracing::error!(?error, "a text cannot be translated");
                Cow::Borrowed(english)
            }
        }
    }

    /// The messages of scripts as JSON, by their keys without `script-`. A value that a script fills in
    /// stands there as `{name}`.
    pub fn of_scripts(&self, locale: Locale) -> anyhow::Result<String> {
        let mut values = FluentArgs::new();
        for name in SCRIPT_VALUES {
            values.set(name, format!("{{{name}}}"));
        }
        let texts = self
            .script_keys
            .iter()
            .map(|key| -> anyhow::Result<(&str, String)> {
                let text = self.message(locale, key, &values, true)?;
                Ok((&key[SCRIPT_PREFIX.len()..], text))
            })
            .collect::<anyhow::Result<BTreeMap<_, _>>>()?;
        // No text may end the element that it stands in.
        Ok(serde_json::to_string(&texts)?.replace('<', "\\u003c"))
    }

    /// Whether a text of Rust's is among the messages, whatever its values.
    pub fn knows(&self, english: &str) -> bool {
        self.answers.find(english).is_some()
    }
}

/// `de` of `locales/de/pages.ftl`.
fn language_of(path: &str) -> Option<&str> {
    let below = path.strip_prefix(OWN_LOCALES).or_else(|| path.strip_prefix(LOCALES))?;
    below.strip_suffix(EXTENSION)?.split_once('/').map(|(language, _)| language)
}

struct Sources {
    html: Arc<FluentResource>,
    plain: Arc<FluentResource>,
}

impl Sources {
    fn parse(path: &str, text: &str) -> anyhow::Result<Self> {
        let parse = |text: String| {
            FluentResource::try_new(text).map(Arc::new).map_err(|(_, errors)| {
                let first = errors.first().map(ToString::to_string).unwrap_or_default();
                anyhow::anyhow!("{path} cannot be parsed: {first}")
            })
        };
        Ok(Self { html: parse(text.to_owned())?, plain: parse(without_tags(text))? })
    }
}

/// What is wrong with a pack's messages: each replaces one of the default pack, in a language that it
/// has, and needs no other values.
pub fn wrong_messages(path: &str, text: &str, default_pack: &Path) -> Vec<String> {
    let folder = language_of(path).map(|language| default_pack.join(LOCALES).join(language));
    let Some(files) = folder.and_then(|folder| fs::read_dir(folder).ok()) else {
        return vec![format!("{path} is not a message file of a language that {DEFAULT_PACK} has")];
    };
    let defaults: String = files
        .filter_map(|file| fs::read_to_string(file.ok()?.path()).ok())
        .map(|text| text + "\n")
        .collect();
    let defaults = messages_of(&defaults);
    let mut wrong: Vec<String> =
        Sources::parse(path, text).err().map(|error| error.to_string()).into_iter().collect();
    for (key, message) in messages_of(text) {
        let Some(default) = defaults.get(key) else {
            wrong.push(format!("{path}: {DEFAULT_PACK} has no message {key:?}; check the key"));
            continue;
        };
        let known = values_of(default);
        for value in values_of(&message).difference(&known) {
            wrong.push(format!("{path}: {key:?} is given no value ${value}"));
        }
    }
    wrong
}

/// Messages by key; those of several lines as they are written.
fn messages_of(text: &str) -> BTreeMap<&str, String> {
    let mut messages: BTreeMap<&str, String> = BTreeMap::new();
    let mut latest = None;
    for line in text.lines() {
        if let Some((key, message)) =
            line.split_once(" =").filter(|_| line.starts_with(|c: char| c.is_ascii_lowercase()))
        {
            messages.insert(key, message.to_owned());
            latest = Some(key);
        } else if let Some(message) = latest.and_then(|key| messages.get_mut(key)) {
            message.push_str(line);
        }
    }
    messages
}

/// The names of a message's values.
fn values_of(message: &str) -> BTreeSet<&str> {
    let name = |rest: &'_ str| rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    message.split('$').skip(1).map(|rest| &rest[..name(rest).unwrap_or(rest.len())]).collect()
}

fn bundle<'a>(locale: Locale, resources: impl Iterator<Item = &'a Arc<FluentResource>>) -> Bundle {
    let rules = if locale.messages() == "de" { "de" } else { "en" };
    let mut bundle = Bundle::new_concurrent(vec![rules.parse().unwrap_or_default()]);
    // The marks are needed where a name reads the other way than the text around it.
    bundle.set_use_isolating(locale == Locale::Mirrored);
    bundle.set_transform(match locale {
        Locale::Accented => Some(pseudo::accented),
        Locale::Mirrored => Some(pseudo::mirrored),
        Locale::British | Locale::American | Locale::German => None,
    });
    bundle.set_formatter(match locale {
        Locale::German => Some(german_number),
        Locale::British | Locale::American | Locale::Accented | Locale::Mirrored => {
            Some(english_number)
        }
    });
    for resource in resources {
        bundle.add_resource_overriding(resource.clone());
    }
    bundle
}

fn german_number<M>(value: &FluentValue<'_>, _: &M) -> Option<String> {
    number(value, Locale::German)
}

fn english_number<M>(value: &FluentValue<'_>, _: &M) -> Option<String> {
    number(value, Locale::British)
}

/// Whole numbers have their digits in groups.
fn number(value: &FluentValue<'_>, locale: Locale) -> Option<String> {
    let FluentValue::Number(FluentNumber { value, .. }) = value else { return None };
    #[expect(clippy::cast_possible_truncation, reason = "what pages count is far smaller")]
    let whole = (value.fract() == 0.0).then_some(*value as i64)?;
    Some(formats::number(whole, locale))
}

/// Messages without the tags in them.
fn without_tags(text: &str) -> String {
    let (mut plain, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(opened) = rest.find('<') {
        plain.push_str(&rest[..opened]);
        let closed = rest[opened..].find('>').map_or(rest.len(), |at| opened + at + 1);
        rest = &rest[closed..];
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts() -> Texts {
        let files: ThemeFiles = [
            ("locales/en/a.ftl", "hi = Hello { $name }\nlink = See <a href=\"{ $url }\">it</a>\nn = { $n ->\n    [one] one thing\n   *[other] { $n } things\n }\n"),
            ("locales/de/a.ftl", "hi = Hallo { $name }\n"),
            ("locales/en/answers.ftl", "answer-wait = Try again in { $time }.\nanswer-minutes = { $minutes } minutes\nanswer-city = city\nanswer-enter = Enter the { $label }\n"),
            ("locales/de/answers.ftl", "answer-wait = Versuchen Sie es in { $time } noch einmal.\nanswer-minutes = { $minutes } Minuten\nanswer-city = Stadt\nanswer-enter = Geben Sie ein: { $label }\n"),
            ("own/locales/de/mine.ftl", "hi = Servus { $name }\n"),
        ]
        .map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()))
        .into();
        Texts::read(&files).unwrap()
    }

    #[test]
    fn a_message_is_written_in_each_language_and_a_pack_goes_over_the_default() {
        let texts = texts();
        let mut values = FluentArgs::new();
        values.set("name", "Ada");
        let say = |locale, key: &str| texts.message(locale, key, &values, false);
        assert_eq!(say(Locale::British, "hi").unwrap(), "Hello Ada");
        assert_eq!(say(Locale::German, "hi").unwrap(), "Servus Ada");
        assert_eq!(say(Locale::Accented, "hi").unwrap(), "[Ĥééļļöö Ada]");
        assert!(
            say(Locale::German, "n").unwrap_err().to_string().contains("no message \"n\" in de")
        );
        assert!(say(Locale::British, "n").is_err(), "a value is missing");
    }

    #[test]
    fn plain_text_has_no_tags_and_numbers_are_grouped() {
        let texts = texts();
        let mut values = FluentArgs::new();
        values.set("url", "/x");
        values.set("n", 1240);
        let say = |key, is_plain| texts.message(Locale::British, key, &values, is_plain).unwrap();
        assert_eq!(say("link", false), "See <a href=\"/x\">it</a>");
        assert_eq!(say("link", true), "See it");
        assert_eq!(say("n", true), "1,240 things");
    }

    #[test]
    fn what_rust_says_in_english_is_said_in_german() {
        let texts = texts();
        let say = |english| texts.said(Locale::German, english).into_owned();
        assert_eq!(say("10 minutes"), "10 Minuten");
        assert_eq!(say("Enter the city"), "Geben Sie ein: Stadt");
        assert_eq!(say("My own words"), "My own words");
        assert_eq!(texts.said(Locale::British, "10 minutes"), "10 minutes");
        assert!(texts.knows("Try again in 3 minutes."));
        assert!(!texts.knows("Something else"));
    }
}
