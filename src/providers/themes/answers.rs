//! What Rust says to people in English, found among the messages by its text: errors, notes after a
//! redirect, lengths of time, names of countries. The API answers with the same texts, which stay
//! English there.

use std::{collections::HashMap, fmt::Write as _};

use regex::{Regex, RegexSet, escape};

/// The files whose messages are texts of Rust's.
const FILES: [&str; 2] = ["/answers.ftl", "/countries.ftl"];

/// The English texts, and the keys of their messages.
pub struct Answers {
    exact: HashMap<String, String>,
    /// Those with values in them, the most exact ones first.
    with_values: Vec<(Regex, String)>,
    set: RegexSet,
}

/// A message that a text is, with the values in it.
pub struct Answer<'a, 't> {
    pub key: &'a str,
    pub values: Vec<(String, &'t str)>,
}

impl Answers {
    /// Reads the English message files, given as (path, text). Messages there have one line.
    pub fn read<'a>(files: impl Iterator<Item = (&'a str, &'a str)>) -> anyhow::Result<Self> {
        let (mut exact, mut patterns) = (HashMap::new(), vec![]);
        for (_, text) in files.filter(|(path, _)| FILES.iter().any(|file| path.ends_with(file))) {
            for (key, message) in text.lines().filter_map(|line| line.split_once(" = ")) {
                if message.contains("{ $") {
                    patterns.push((literal_chars(message), pattern(message), key.to_owned()));
                } else {
                    exact.insert(message.to_owned(), key.to_owned());
                }
            }
        }
        patterns.sort_by_key(|(literal, ..)| std::cmp::Reverse(*literal));
        let set = RegexSet::new(patterns.iter().map(|(_, pattern, _)| pattern))?;
        let with_values = patterns
            .into_iter()
            .map(|(_, pattern, key)| Ok((Regex::new(&pattern)?, key)))
            .collect::<Result<_, regex::Error>>()?;
        Ok(Self { exact, with_values, set })
    }

    /// The message that a text is.
    pub fn find<'t>(&self, text: &'t str) -> Option<Answer<'_, 't>> {
        if let Some(key) = self.exact.get(text) {
            return Some(Answer { key, values: vec![] });
        }
        let (pattern, key) = self.with_values.get(self.set.matches(text).iter().next()?)?;
        let captures = pattern.captures(text)?;
        let values = pattern
            .capture_names()
            .flatten()
            .filter_map(|name| Some((name.to_owned(), captures.name(name)?.as_str())))
            .collect();
        Some(Answer { key, values })
    }
}

/// How much of a message is its own words.
fn literal_chars(message: &str) -> usize {
    message
        .split("{ $")
        .map(|part| part.split_once(" }").map_or(part, |(_, after)| after).len())
        .sum()
}

/// An expression that a message with any values matches.
fn pattern(message: &str) -> String {
    let mut pattern = String::from("(?s)^");
    for (index, part) in message.split("{ $").enumerate() {
        match part.split_once(" }") {
            Some((name, after)) if index > 0 => {
                let _ = write!(pattern, "(?P<{name}>.+?){}", escape(after));
            }
            _ => pattern.push_str(&escape(part)),
        }
    }
    pattern.push('$');
    pattern
}
