//! Compares an answer with its example. What is new in every run (ids, tokens, addresses) is learnt
//! from the answers, and put into later requests in the place of the example's.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};
use uuid::Uuid;

use crate::support::client::Answer;

/// An example shows this many entries of a list at most.
pub const LIST_MAX: usize = 3;
const TIME_TOLERANCE: Duration = Duration::minutes(2);
/// Texts that differ from run to run, by the names of their fields.
const NEW_TEXTS: [&str; 22] = [
    "click_token",
    "code",
    "code_ending",
    "codes.0",
    "codes.1",
    "codes.2",
    "content_hash",
    "hash",
    "next_cursor",
    "number",
    "order_number",
    "page_url",
    "prefix",
    "preview_url",
    "previous",
    "promised",
    "qr_svg",
    "secret",
    "slug",
    "token",
    "url",
    "image_url",
];
/// Numbers that do.
const NEW_NUMBERS: [&str; 3] = ["age_seconds", "at_ms", "chance"];

/// What stands in a run for the values of the examples.
#[derive(Default)]
pub struct Names {
    real: BTreeMap<String, String>,
    /// What differs, by its place.
    pub wrong: Vec<String>,
}

impl Names {
    pub fn bind(&mut self, example: &str, real: &str) {
        if example != real && !example.is_empty() {
            self.real.insert(example.to_owned(), real.to_owned());
        }
    }

    /// The text that stands for the example's in this run.
    pub fn of(&self, example: &str) -> String {
        self.real.get(example).cloned().unwrap_or_else(|| example.to_owned())
    }

    /// A value of an example with this run's texts in it.
    pub fn fill(&self, example: &Value) -> Value {
        match example {
            Value::String(text) => self.of(text).into(),
            Value::Array(items) => items.iter().map(|item| self.fill(item)).collect(),
            Value::Object(fields) => {
                let filled = |(name, value): (&String, &Value)| (name.clone(), self.fill(value));
                fields.iter().map(filled).collect::<Map<_, _>>().into()
            }
            other => other.clone(),
        }
    }

    pub fn compare(&mut self, at: &str, example: &Value, actual: &Value) {
        let same = match (example, actual) {
            (Value::Object(expected), Value::Object(found)) => {
                for (name, value) in expected {
                    match found.get(name) {
                        Some(found) => self.compare(&format!("{at}.{name}"), value, found),
                        None => self.wrong.push(format!("{at}.{name} is gone")),
                    }
                }
                for name in found.keys().filter(|name| !expected.contains_key(*name)) {
                    self.wrong.push(format!("{at}.{name} is not in the example"));
                }
                return;
            }
            (Value::Array(expected), Value::Array(found)) => {
                for (nth, (expected, found)) in expected.iter().zip(found).enumerate() {
                    self.compare(&format!("{at}.{nth}"), expected, found);
                }
                expected.len() == found.len().min(LIST_MAX)
            }
            (Value::String(expected), Value::String(found)) => self.same_text(at, expected, found),
            (Value::Number(_), Value::Number(_)) if is_new_number(at) => true,
            _ => example == actual,
        };
        if !same {
            self.wrong.push(format!("{at} is {actual}, the example has {example}"));
        }
    }

    fn same_text(&mut self, at: &str, expected: &str, found: &str) -> bool {
        if let Some(real) = self.real.get(expected) {
            return real == found;
        }
        if expected == found || is_near(expected, found) || self.replaced(expected) == found {
            return true;
        }
        let is_new = NEW_TEXTS.iter().any(|name| at.ends_with(name))
            || expected.starts_with('@')
            || (expected.parse::<Uuid>().is_ok() && found.parse::<Uuid>().is_ok());
        if is_new {
            self.bind(expected, found);
        }
        is_new || without_ids(&self.replaced(expected)) == without_ids(found)
    }

    /// A text with every known value in it replaced by this run's.
    fn replaced(&self, text: &str) -> String {
        let known = self.real.iter().filter(|(example, _)| example.len() >= 8);
        known.fold(text.to_owned(), |text, (example, real)| text.replace(example, real))
    }
}

fn is_new_number(at: &str) -> bool {
    at.ends_with("_ms") || at.contains(".moments.") || NEW_NUMBERS.iter().any(|n| at.ends_with(n))
}

fn is_near(expected: &str, found: &str) -> bool {
    let time = |text: &str| OffsetDateTime::parse(text, &Rfc3339).ok();
    match (time(expected), time(found)) {
        (Some(expected), Some(found)) => (expected - found).abs() < TIME_TOLERANCE,
        _ => false,
    }
}

/// A text with each id in it blotted out.
fn without_ids(text: &str) -> String {
    let words = text.split_inclusive(|c: char| !(c.is_ascii_hexdigit() || c == '-'));
    let blotted = words.map(|word| {
        let id = word.trim_end_matches(|c: char| !(c.is_ascii_hexdigit() || c == '-'));
        if id.parse::<Uuid>().is_ok() { word.replace(id, "ID") } else { word.to_owned() }
    });
    blotted.collect()
}

/// An answer as an example shows it: lists cut short.
pub fn shortened(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().take(LIST_MAX).map(shortened).collect(),
        Value::Object(fields) => {
            let short = |(name, value): (&String, &Value)| (name.clone(), shortened(value));
            fields.iter().map(short).collect::<Map<_, _>>().into()
        }
        other => other.clone(),
    }
}

/// An answer's JSON, and what an example shows of it: of a file, its first line.
pub fn body_of(answer: &Answer) -> (Value, Value) {
    if answer.text.is_empty() {
        return (Value::Null, Value::Null);
    }
    if let Ok(body) = serde_json::from_str::<Value>(&answer.text) {
        return (body.clone(), body);
    }
    let kind = answer.headers["content-type"].to_str().unwrap();
    let first = answer.text.lines().next().unwrap_or_default();
    let shown = if kind.starts_with("text/csv") { first } else { "(the file)" };
    (Value::Null, shown.into())
}
