//! A tenant's branding: a theme, and the settings that go with it.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};

use super::theme::{HASH_CHARS, Theme};
use crate::kernel::token;

/// `tenant.toml`, complete: a pack's own settings over the default ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenantSettings {
    pub name: String,
    pub tagline: LocalText,
    /// `#rrggbb`.
    pub accent: String,
    /// BCP 47.
    pub locale: String,
    pub time_zone: String,
    pub support: SupportContact,
    pub email: EmailSender,
    #[serde(default)]
    pub social: Vec<SocialLink>,
    /// A provider's own; `_default` has none.
    #[serde(default)]
    pub legal: Option<LegalNotice>,
}

/// A line for every reader, or one for each language that pages have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum LocalText {
    Same(String),
    ByLanguage(BTreeMap<String, String>),
}

impl LocalText {
    /// The line for readers of a locale, or of English when there is none in its language.
    pub fn of(&self, locale: &str) -> &str {
        match self {
            Self::Same(text) => text,
            Self::ByLanguage(texts) => {
                let language = locale.split('-').next().unwrap_or_default();
                texts.get(language).or_else(|| texts.get("en")).map_or("", String::as_str)
            }
        }
    }
}

/// What a seller has to say of itself by law, and its terms.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegalNotice {
    /// The registered name with its legal form.
    pub company: Option<String>,
    /// One line each: street, postal code and city, country.
    pub address: Option<String>,
    pub represented_by: Option<String>,
    /// Which register, and the number in it.
    pub register: Option<String>,
    pub vat_id: Option<String>,
    /// Paragraphs, separated by blank lines.
    pub terms: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SupportContact {
    pub email: String,
    pub phone: Option<String>,
    pub hours: Option<LocalText>,
    pub url: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmailSender {
    pub sender_name: String,
    pub sender_address: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SocialLink {
    pub name: String,
    pub url: String,
}

/// How one tenant's pages and emails look. Cheap to clone.
#[derive(Clone)]
pub struct Branding {
    /// `_default`, or the provider's slug if it has a pack.
    pub slug: String,
    pub theme: Arc<Theme>,
    pub settings: Arc<TenantSettings>,
}

impl Branding {
    /// The address of the stylesheet with the accent colour.
    pub fn accent_url(&self) -> String {
        let hash = token::content_hash(self.settings.accent.as_bytes());
        format!("/theme/{}/{}/accent.css", self.slug, &hash[..HASH_CHARS])
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::LocalText;

    #[test]
    fn a_line_is_in_the_readers_language() {
        let text: LocalText =
            serde_json::from_value(json!({"en": "Daily", "de": "Täglich"})).unwrap();
        assert_eq!(
            [text.of("de-AT"), text.of("en-GB"), text.of("fr")],
            ["Täglich", "Daily", "Daily"]
        );
        let same: LocalText = serde_json::from_value(json!("Daily")).unwrap();
        assert_eq!(same.of("de"), "Daily");
    }
}
