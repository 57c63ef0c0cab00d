//! A theme: one set of template, style and script files, compiled.

use std::{collections::BTreeMap, sync::Arc};

use anyhow::Context;
use css_inline::CSSInliner;
use figment::{
    Figment,
    providers::{Format, Toml},
};
use handlebars::Handlebars;
use serde::Serialize;

use super::{files::ThemeFiles, template_helpers, text_helpers, texts::Texts};
use crate::kernel::{Result, token};

/// Folders of a theme that browsers may read.
const ASSET_FOLDERS: [&str; 4] = ["css/", "js/", "icons/", "fonts/"];
/// Hexadecimal digits of a hash in addresses. By it a theme is known, so no two may share one.
pub const HASH_CHARS: usize = 32;
/// The file with the subject line of each email.
const SUBJECTS: &str = "emails/subjects.toml";

/// A compiled theme.
pub struct Theme {
    /// Changes with any of its files.
    pub hash: String,
    assets: ThemeFiles,
    html: Handlebars<'static>,
    plain: Handlebars<'static>,
    texts: Arc<Texts>,
}

#[derive(Debug)]
pub struct RenderedEmail {
    pub subject: String,
    pub text: String,
    pub html: String,
}

impl Theme {
    /// The hash of a theme made of these files.
    pub fn hash_of(files: &ThemeFiles) -> String {
        let mut all = Vec::new();
        for (path, content) in files {
            all.extend_from_slice(format!("{path}\0{}\0", content.len()).as_bytes());
            all.extend_from_slice(content);
        }
        token::content_hash(&all)[..HASH_CHARS].to_owned()
    }

    /// Compiles the files of a theme.
    pub fn compile(files: &ThemeFiles) -> anyhow::Result<Self> {
        let hash = Self::hash_of(files);
        let texts = Arc::new(Texts::read(files)?);
        let mut plain = Handlebars::new();
        plain.set_prevent_indent(true);
        template_helpers::register(&mut plain, &hash);
        for (path, content) in files {
            if path == SUBJECTS {
                let subjects: BTreeMap<String, String> =
                    Figment::from(Toml::string(utf8(path, content)?))
                        .extract()
                        .with_context(|| format!("theme/{SUBJECTS}"))?;
                for (name, template) in subjects {
                    register(&mut plain, &format!("emails/{name}.subject"), path, &template)?;
                }
                continue;
            }
            let Some(name) = path.strip_suffix(".hbs") else { continue };
            let name = name.strip_prefix("partials/").unwrap_or(name);
            register(&mut plain, name, path, utf8(path, content)?)?;
        }
        // Both have the same templates, because plain-text emails use partials of pages too.
        let mut html = plain.clone();
        text_helpers::register(&mut html, &texts, false);
        text_helpers::register(&mut plain, &texts, true);
        plain.register_escape_fn(handlebars::no_escape);
        let assets = files
            .iter()
            .filter(|(path, _)| ASSET_FOLDERS.iter().any(|folder| path.starts_with(folder)));
        Ok(Self {
            hash,
            assets: assets.map(|(path, content)| (path.clone(), content.clone())).collect(),
            html,
            plain,
            texts,
        })
    }

    /// The texts of its templates.
    pub fn texts(&self) -> &Texts {
        &self.texts
    }

    /// A file that browsers may read.
    pub fn asset(&self, path: &str) -> Option<&[u8]> {
        self.assets.get(path).map(Vec::as_slice)
    }

    /// Renders a template or a partial with HTML escaping. `context` has `locale`.
    pub fn render(&self, template: &str, context: &impl Serialize) -> Result<String> {
        let html = self.html.render(template, context);
        Ok(html.map_err(|error| anyhow::anyhow!("{template}: {error}"))?)
    }

    /// The templates, with some partials replaced by a text that is printed as it is.
    pub fn with_partials(
        &self,
        replaced: &[(&str, String)],
    ) -> anyhow::Result<Handlebars<'static>> {
        let mut registry = self.html.clone();
        for (name, text) in replaced {
            registry.register_partial(name, text)?;
        }
        Ok(registry)
    }

    /// Renders the SMS `sms/NAME`, which is plain text.
    pub fn sms(&self, name: &str, context: &impl Serialize) -> Result<String> {
        let text = self.plain.render(&format!("sms/{name}"), context);
        Ok(text.map_err(|error| anyhow::anyhow!("sms/{name}: {error}"))?)
    }

    /// Renders the email `emails/NAME` with its subject and its plain text.
    pub fn email(&self, name: &str, context: &impl Serialize) -> Result<RenderedEmail> {
        let plain = |suffix: &str| {
            let template = format!("emails/{name}{suffix}");
            let text = self.plain.render(&template, context);
            text.map_err(|error| anyhow::anyhow!("{template}: {error}"))
        };
        let subject = plain(".subject")?.split_whitespace().collect::<Vec<_>>().join(" ");
        let html = self.render(&format!("emails/{name}"), context)?;
        let html = with_inlined_styles(&html)
            .map_err(|error| anyhow::anyhow!("emails/{name}: its styles: {error}"))?;
        Ok(RenderedEmail { subject, text: plain(".txt")?, html })
    }
}

/// Mail programs drop style sheets, so each element gets its own styles. What stands under `@media`
/// stays in a style sheet, for the programs that read it. Nothing is fetched.
fn with_inlined_styles(html: &str) -> Result<String, css_inline::InlineError> {
    CSSInliner::options().load_remote_stylesheets(false).keep_at_rules(true).build().inline(html)
}

fn register(
    registry: &mut Handlebars<'static>,
    name: &str,
    path: &str,
    template: &str,
) -> anyhow::Result<()> {
    registry
        .register_template_string(name, template)
        .with_context(|| format!("theme/{path} cannot be parsed"))
}

fn utf8<'a>(path: &str, content: &'a [u8]) -> anyhow::Result<&'a str> {
    std::str::from_utf8(content).with_context(|| format!("theme/{path} is not UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn styles_move_into_the_elements_and_media_rules_stay() {
        let html = "<html><head><style>p { margin: 0 } .x { color: #333333 }
            @media (prefers-color-scheme: dark) { p { color: #ffffff !important } }</style></head>
            <body><p class=\"x\">A &amp; B<a href=\"https://a.example/?b=1&amp;c=\u{E000}n-url\u{E001}\">
            c</a></p></body></html>";
        let inlined = with_inlined_styles(html).unwrap();
        let (head, body) = inlined.split_once("<body>").unwrap();
        assert!(head.contains("prefers-color-scheme: dark"), "{inlined}");
        assert!(!head.contains("margin"), "{inlined}");
        assert!(body.contains("margin: 0") && body.contains("color: #333333"), "{inlined}");
        assert!(body.contains("A &amp; B"), "{inlined}");
        // The mark of a placeholder is still one.
        assert!(body.contains("c=\u{E000}n-url\u{E001}\""), "{inlined}");
    }
}
