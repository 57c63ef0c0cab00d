//! Placeholders in rendered text. A page or an email that many people get is rendered once with
//! marks in it, split at the marks, and filled in for each reader.

use std::sync::Arc;

use crate::kernel::token;

/// A mark is `START`, a nonce, `-`, the placeholder's name, `END`. Both characters are for private
/// use in Unicode.
const START: char = '\u{E000}';
const END: char = '\u{E001}';

/// Makes and finds marks. Each value has a nonce that nobody outside can guess, so no content can
/// contain one of its marks.
#[derive(Debug, Clone)]
pub struct Placeholders {
    /// What every mark begins with.
    prefix: Arc<str>,
}

/// A part of a rendered text.
#[derive(Debug, PartialEq, Eq)]
pub enum Segment<'t> {
    Text(&'t str),
    /// The name of a placeholder.
    Placeholder(&'t str),
}

impl Default for Placeholders {
    fn default() -> Self {
        Self { prefix: format!("{START}{}-", token::random()).into() }
    }
}

impl Placeholders {
    /// The mark to put where the value of `name` goes.
    pub fn mark(&self, name: &str) -> String {
        format!("{}{name}{END}", self.prefix)
    }

    /// Splits a rendered text at its marks.
    pub fn split<'t>(&self, text: &'t str) -> Vec<Segment<'t>> {
        let mut parts = text.split(&*self.prefix);
        let mut segments = vec![Segment::Text(parts.next().unwrap_or_default())];
        for part in parts {
            let (name, text) = part.split_once(END).unwrap_or_default();
            segments.extend([Segment::Placeholder(name), Segment::Text(text)]);
        }
        segments
    }

    /// A rendered text with the value of each placeholder in the place of its mark.
    pub fn fill<'v>(&self, text: &str, value: impl Fn(&str) -> &'v str) -> String {
        self.split(text)
            .into_iter()
            .map(|segment| match segment {
                Segment::Text(text) => text,
                Segment::Placeholder(name) => value(name),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_split_at_its_own_marks_only() {
        let (ours, others) = (Placeholders::default(), Placeholders::default());
        let foreign = others.mark("name");
        let text = format!("Hello {}, {foreign}{}", ours.mark("name"), ours.mark("time"));
        let between = format!(", {foreign}");
        assert_eq!(
            ours.split(&text),
            [
                Segment::Text("Hello "),
                Segment::Placeholder("name"),
                Segment::Text(&between),
                Segment::Placeholder("time"),
                Segment::Text(""),
            ]
        );
        let filled = ours.fill(&text, |name| if name == "name" { "Mara" } else { "noon" });
        assert_eq!(filled, format!("Hello Mara, {foreign}noon"));
        assert_eq!(ours.split("plain"), [Segment::Text("plain")]);
    }
}
