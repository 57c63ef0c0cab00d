//! The languages that pages and messages are written in, and which of them somebody reads.

/// A language, with the region whose dates and numbers are written with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::EnumIter)]
pub enum Locale {
    British,
    American,
    German,
    /// English with accents, longer and in brackets: shows texts that are no messages, and pages that
    /// have no room for longer ones. Not in production.
    Accented,
    /// English from right to left. Not in production.
    Mirrored,
}

impl Locale {
    /// The languages that the footer offers, each in its own words.
    pub const OFFERED: [(Self, &'static str); 2] =
        [(Self::British, "English"), (Self::German, "Deutsch")];

    /// As BCP 47 writes it.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::British => "en-GB",
            Self::American => "en-US",
            Self::German => "de-DE",
            Self::Accented => "en-XA",
            Self::Mirrored => "ar-XB",
        }
    }

    /// The language alone.
    pub const fn language(self) -> &'static str {
        match self {
            Self::British | Self::American | Self::Accented => "en",
            Self::German => "de",
            Self::Mirrored => "ar",
        }
    }

    /// The language of the messages it is made from.
    pub const fn messages(self) -> &'static str {
        match self {
            Self::German => "de",
            Self::British | Self::American | Self::Accented | Self::Mirrored => "en",
        }
    }

    /// The `dir` of a page.
    pub const fn direction(self) -> &'static str {
        match self {
            Self::Mirrored => "rtl",
            Self::British | Self::American | Self::German | Self::Accented => "ltr",
        }
    }

    pub const fn is_pseudo(self) -> bool {
        matches!(self, Self::Accented | Self::Mirrored)
    }

    /// The locale that a tag asks for: `de-AT` is German, `en` is British. None if there is none.
    pub fn find(tag: &str) -> Option<Self> {
        let tag = tag.trim().to_ascii_lowercase();
        match tag.as_str() {
            "en-us" => Some(Self::American),
            "en-xa" => Some(Self::Accented),
            "ar-xb" => Some(Self::Mirrored),
            _ => match tag.split(['-', '_']).next() {
                Some("en") => Some(Self::British),
                Some("de") => Some(Self::German),
                _ => None,
            },
        }
    }

    /// The first of these that a browser's `Accept-Language` prefers. Pseudo-locales are chosen, not
    /// negotiated.
    pub fn of_browser(accept_language: &str) -> Option<Self> {
        let mut wanted: Vec<(f32, Self)> = accept_language
            .split(',')
            .filter_map(|part| {
                let (tag, weight) = part.split_once(';').unwrap_or((part, "q=1"));
                let weight = weight.trim().strip_prefix("q=")?.parse::<f32>().ok()?;
                let locale = Self::find(tag).filter(|locale| !locale.is_pseudo())?;
                (weight > 0.0).then_some((weight, locale))
            })
            .collect();
        // Stable: of two with one weight, the first counts.
        wanted.sort_by(|(a, _), (b, _)| b.total_cmp(a));
        wanted.first().map(|(_, locale)| *locale)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_gets_the_language_it_prefers() {
        let cases = [
            ("de", Some(Locale::German)),
            ("de-AT,de;q=0.9,en;q=0.8", Some(Locale::German)),
            ("fr-FR, fr;q=0.9, en-US;q=0.4, de;q=0.5", Some(Locale::German)),
            ("en-US,en;q=0.9", Some(Locale::American)),
            ("en-GB,en-US;q=0.9", Some(Locale::British)),
            ("de;q=0, en", Some(Locale::British)),
            ("fr, *;q=0.1", None),
            ("en-XA", None),
            ("de;q=much, en;q=0.1", Some(Locale::British)),
            ("", None),
            (";;,,;q=", None),
        ];
        for (header, locale) in cases {
            assert_eq!(Locale::of_browser(header), locale, "{header}");
        }
    }

    #[test]
    fn a_tag_names_a_locale_by_its_language() {
        assert_eq!(Locale::find("de-CH"), Some(Locale::German));
        assert_eq!(Locale::find(" EN "), Some(Locale::British));
        assert_eq!(Locale::find("ar-XB"), Some(Locale::Mirrored));
        assert_eq!((Locale::find("pt-BR"), Locale::find("")), (None, None));
    }
}
