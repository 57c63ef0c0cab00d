//! The helpers that write a theme's texts in the reader's language.
//!
//! `{{t "cart-held-until" expires_at=(time hold.expires_at)}}` writes a message with its values, escaped.
//! `{{said flash.text}}` translates what Rust says in English. `{{direction}}` is the `dir` of the page, and
//! `{{{script_texts}}}` has the texts of scripts as JSON.

use std::sync::Arc;

use fluent_bundle::{FluentArgs, FluentValue};
use handlebars::{
    Context, Handlebars, Helper, HelperDef, HelperResult, Output, PathAndJson, RenderContext,
    RenderError, RenderErrorReason, ScopedJson, html_escape,
};
use serde_json::Value;

use super::{template_helpers::locale_of, texts::Texts};

/// How what the helpers for times write begins and ends.
const TIME_TAG: (&str, &str) = ("<time datetime=\"", "</time>");

pub(super) fn register(registry: &mut Handlebars<'static>, texts: &Arc<Texts>, is_plain: bool) {
    let messages = texts.clone();
    let message =
        move |h: &Helper<'_>,
              _: &Handlebars<'_>,
              ctx: &Context,
              _: &mut RenderContext<'_, '_>,
              out: &mut dyn Output| { write_message(&messages, is_plain, h, ctx, out) };
    registry.register_helper("t", Box::new(message));
    registry.register_helper("said", Box::new(SaidHelper(texts.clone())));
    registry.register_helper("direction", Box::new(direction));
    let of_scripts = texts.clone();
    let script_texts = move |_: &Helper<'_>,
                             _: &Handlebars<'_>,
                             ctx: &Context,
                             _: &mut RenderContext<'_, '_>,
                             out: &mut dyn Output| {
        let json = of_scripts
            .of_scripts(locale_of(ctx))
            .map_err(|error| RenderErrorReason::Other(format!("script_texts: {error}")))?;
        Ok(out.write(&json)?)
    };
    registry.register_helper("script_texts", Box::new(script_texts));
}

fn write_message(
    texts: &Texts,
    is_plain: bool,
    h: &Helper<'_>,
    ctx: &Context,
    out: &mut dyn Output,
) -> HelperResult {
    let key = h
        .param(0)
        .and_then(|param| param.value().as_str())
        .ok_or(RenderErrorReason::ParamNotFoundForIndex("t", 0))?;
    let mut values = FluentArgs::with_capacity(h.hash().len());
    for (name, given) in h.hash() {
        values.set((*name).to_owned(), value(given, is_plain));
    }
    let text = texts
        .message(locale_of(ctx), key, &values, is_plain)
        .map_err(|error| RenderErrorReason::Other(format!("t: {error}")))?;
    Ok(out.write(&text)?)
}

/// Whether a text is one `<time>` and no other markup. Other helpers pass on what people wrote.
fn is_time(text: &str) -> bool {
    let inside = || text.strip_prefix(TIME_TAG.0)?.strip_suffix(TIME_TAG.1);
    let Some((attributes, words)) = inside().and_then(|inside| inside.split_once("\">")) else {
        return false;
    };
    let Some((at, format)) = attributes.split_once("\" data-format=\"") else { return false };
    !words.contains(['<', '>'])
        && at.chars().all(|c| c.is_ascii_digit() || "-+:.TZ".contains(c))
        && format.chars().all(|c| c.is_ascii_lowercase())
}

/// A value of a message. Only what a helper for times wrote is taken as HTML.
fn value(given: &PathAndJson<'_>, is_plain: bool) -> FluentValue<'static> {
    match given.value() {
        Value::Number(number) => number.as_i64().map_or_else(
            || FluentValue::from(number.as_f64().unwrap_or_default()),
            FluentValue::from,
        ),
        other => {
            let text = given.render();
            let is_html = given.relative_path().is_none() && is_time(&text);
            let is_text = is_plain || is_html || matches!(other, Value::Null | Value::Bool(_));
            FluentValue::from(if is_text { text } else { html_escape(&text) })
        }
    }
}

/// Translates a text of Rust's. Its result is escaped as a value is.
struct SaidHelper(Arc<Texts>);

impl HelperDef for SaidHelper {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        h: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        ctx: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        let english = h.param(0).map(PathAndJson::render).unwrap_or_default();
        let text = self.0.said(locale_of(ctx), &english).into_owned();
        Ok(ScopedJson::Derived(Value::String(text)))
    }
}

fn direction(
    _: &Helper<'_>,
    _: &Handlebars<'_>,
    ctx: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    Ok(out.write(locale_of(ctx).direction())?)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::providers::themes::{files::ThemeFiles, template_helpers};

    fn registry(is_plain: bool) -> Handlebars<'static> {
        let files: ThemeFiles = [
            ("locales/en/pages.ftl", "by = “{ $title }” by <b>{ $name }</b>, until { $until }\n"),
            ("locales/de/pages.ftl", "by = „{ $title }“ von <b>{ $name }</b>, bis { $until }\n"),
            ("locales/en/answers.ftl", "answer-minutes = { $minutes } minutes\n"),
            ("locales/de/answers.ftl", "answer-minutes = { $minutes } Minuten\n"),
        ]
        .map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()))
        .into();
        let mut registry = Handlebars::new();
        if is_plain {
            registry.register_escape_fn(handlebars::no_escape);
        }
        template_helpers::register(&mut registry, "5f3a");
        register(&mut registry, &Arc::new(Texts::read(&files).unwrap()), is_plain);
        registry
    }

    #[test]
    fn what_people_wrote_is_escaped_and_times_are_marked_up() {
        let context = json!({
            "locale": "de-DE",
            "title": "<time datetime=x><script>",
            "name": "A & B",
            "at": "2026-11-22T17:00:00Z",
        });
        let template = r#"{{t "by" title=title name=name until=(datetime at)}}"#;
        let html = registry(false).render_template(template, &context).unwrap();
        assert_eq!(
            html,
            "„&lt;time datetime&#x3D;x&gt;&lt;script&gt;“ von <b>A &amp; B</b>, bis \
             <time datetime=\"2026-11-22T17:00:00Z\" data-format=\"datetime\">\
             22. November 2026, 17:00 Uhr UTC</time>"
        );
        let template = r#"{{t "by" title=title name=name until=(datetime at plain=true)}}"#;
        let plain = registry(true).render_template(template, &context).unwrap();
        assert_eq!(
            plain,
            "„<time datetime=x><script>“ von A & B, bis 22. November 2026, 17:00 Uhr UTC"
        );
    }

    #[test]
    fn a_text_of_rust_is_translated_and_escaped() {
        let render = |locale: &str, text: &str| {
            let context = json!({"locale": locale, "text": text});
            registry(false).render_template("{{said text}}|{{said none}}", &context).unwrap()
        };
        assert_eq!(render("de-AT", "10 minutes"), "10 Minuten|");
        assert_eq!(render("en-GB", "10 minutes"), "10 minutes|");
        assert_eq!(render("de-DE", "<i>me</i>"), "&lt;i&gt;me&lt;/i&gt;|");
        let context = json!({"locale": "ar-XB"});
        assert_eq!(registry(false).render_template("{{direction}}", &context).unwrap(), "rtl");
    }

    #[test]
    fn what_people_wrote_is_escaped_though_a_helper_passes_it_on() {
        for text in [
            "<time datetime=x><script>",
            "<time datetime=\"\" data-format=\"date\"><script>x</script></time>",
            "<time datetime=\"\" onclick=\"x\" data-format=\"date\">x</time>",
            "<time datetime=\"\" data-format=\"date\">x</time><b>y</b></time>",
        ] {
            let context = json!({"locale": "de-DE", "title": text, "name": "A", "until": "x"});
            let template = r#"{{t "by" title=(said title) name=name until=(said title)}}"#;
            let html = registry(false).render_template(template, &context).unwrap();
            let without = html.replace("<b>A</b>", "");
            assert!(!without.contains('<'), "{html}");
        }
    }

    #[test]
    fn a_message_that_there_is_not_is_an_error() {
        let error = registry(false).render_template(r#"{{t "nowhere"}}"#, &json!({})).unwrap_err();
        assert!(error.to_string().contains("no message \"nowhere\" in en"), "{error}");
    }
}
