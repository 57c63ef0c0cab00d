//! Pseudo-locales: English made longer, or turned around, so that a look at a page shows what is no
//! message and what has no room.

use std::borrow::Cow;

/// Accents every letter and doubles vowels, which makes a text about a third longer. Tags and the
/// addresses in them stay.
pub fn accented(text: &str) -> Cow<'_, str> {
    Cow::Owned(outside_tags(text, |words| words.chars().fold(String::new(), accent)))
}

/// Writes every word from right to left.
pub fn mirrored(text: &str) -> Cow<'_, str> {
    let mirror = |words: &str| {
        if words.trim().is_empty() {
            return words.to_owned();
        }
        format!("\u{202e}{words}\u{202c}")
    };
    Cow::Owned(outside_tags(text, mirror))
}

/// A message's text is cut at its values, so it may begin or end within a tag.
fn outside_tags(text: &str, change: impl Fn(&str) -> String) -> String {
    // A part of an address between two values.
    if text.starts_with('/') && !text.contains([' ', '<', '>']) {
        return text.to_owned();
    }
    let (opened, closed) = (text.find('<'), text.find('>'));
    let begins_within = closed.is_some_and(|closed| opened.is_none_or(|opened| closed < opened));
    let (mut changed, mut rest) = (String::new(), text);
    if let Some(closed) = closed.filter(|_| begins_within) {
        changed.push_str(&rest[..=closed]);
        rest = &rest[closed + 1..];
    }
    while let Some(opened) = rest.find('<') {
        changed.push_str(&change(&rest[..opened]));
        let end = rest[opened..].find('>').map_or(rest.len(), |at| opened + at + 1);
        changed.push_str(&rest[opened..end]);
        rest = &rest[end..];
    }
    changed.push_str(&change(rest));
    changed
}

fn accent(mut text: String, letter: char) -> String {
    const ACCENTED: [(char, char); 26] = [
        ('a', 'á'),
        ('b', 'ƀ'),
        ('c', 'ç'),
        ('d', 'ð'),
        ('e', 'é'),
        ('f', 'ƒ'),
        ('g', 'ĝ'),
        ('h', 'ĥ'),
        ('i', 'î'),
        ('j', 'ĵ'),
        ('k', 'ķ'),
        ('l', 'ļ'),
        ('m', 'ɱ'),
        ('n', 'ñ'),
        ('o', 'ö'),
        ('p', 'þ'),
        ('q', 'ǫ'),
        ('r', 'ŕ'),
        ('s', 'š'),
        ('t', 'ţ'),
        ('u', 'û'),
        ('v', 'ṽ'),
        ('w', 'ŵ'),
        ('x', 'ẋ'),
        ('y', 'ý'),
        ('z', 'ž'),
    ];
    let found = ACCENTED.iter().find(|(plain, _)| *plain == letter.to_ascii_lowercase());
    let Some((_, accented)) = found else {
        text.push(letter);
        return text;
    };
    if letter.is_ascii_uppercase() {
        text.extend(accented.to_uppercase());
    } else {
        text.push(*accented);
        if matches!(letter, 'a' | 'e' | 'o' | 'u') {
            text.push(*accented);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_change_and_tags_stay() {
        assert_eq!(accented("Buy now"), "Ƀûûý ñööŵ");
        assert_eq!(accented("About <a href=\""), "Áƀööûûţ <a href=\"");
        assert_eq!(accented("\">it</a>."), "\">îţ</a>.");
        assert_eq!(accented("/invoices/"), "/invoices/");
        assert_eq!(mirrored("Go <b>on</b>"), "\u{202e}Go \u{202c}<b>\u{202e}on\u{202c}</b>");
    }
}
