//! Pages and emails in the reader's language: every text is a message in every language, and each reader
//! gets theirs.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use regex::Regex;
use reqwest::Method;
use serde_json::{Value, json};
use smp::{kernel::Locale, providers::Themes, sales::SaleMode};

use crate::{
    pages::{says, shop},
    support::TestApp,
};

const LANGUAGES: [&str; 2] = ["en", "de"];
/// For developers, in English.
const OF_DEVELOPERS: [&str; 2] = ["pages/dev-outbox.hbs", "pages/dev-message.hbs"];
/// Texts that German has too, beside whole messages.
const SAME_IN_GERMAN: [&str; 4] = ["PDF", "In EUR", "In JPY", "in EUR"];
/// Attributes that people read.
const READ_ATTRIBUTES: &str =
    "aria-label|alt|title|placeholder|data-busy|data-over|data-over-label|label|hint|lead|legend";

fn pack() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tenants/_default")
}

fn themes() -> Themes {
    Themes::load(pack().parent().unwrap()).unwrap()
}

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).unwrap()
}

/// The templates and subjects of the default theme, by path.
fn templates() -> BTreeMap<String, String> {
    themes()
        .default_files()
        .iter()
        .filter(|(path, _)| is_of(path, "hbs") || path.ends_with("subjects.toml"))
        .map(|(path, text)| (path.clone(), String::from_utf8(text.clone()).unwrap()))
        .collect()
}

fn is_of(path: &str, extension: &str) -> bool {
    Path::new(path).extension().is_some_and(|found| found == extension)
}

/// A language's messages by key.
fn messages(language: &str) -> BTreeMap<String, String> {
    let mut messages: BTreeMap<String, String> = BTreeMap::new();
    for file in fs::read_dir(pack().join("locales").join(language)).unwrap() {
        let mut latest = String::new();
        for line in fs::read_to_string(file.unwrap().path()).unwrap().lines() {
            if let Some((key, message)) = line.split_once(" =").filter(|_| !line.starts_with(' ')) {
                key.clone_into(&mut latest);
                let before = messages.insert(latest.clone(), message.trim().to_owned());
                assert!(before.is_none(), "{language} has {key} twice");
            } else {
                messages.get_mut(&latest).unwrap().push_str(line);
            }
        }
    }
    messages
}

fn found(pattern: &Regex, text: &str) -> BTreeSet<String> {
    pattern.captures_iter(text).map(|found| found[1].to_owned()).collect()
}

#[test]
fn every_message_is_in_every_language_with_the_same_values_and_tags() {
    let (values, tags) = (regex(r"\$(\w+)"), regex(r"(</?\w+)"));
    let english = messages("en");
    for language in LANGUAGES {
        let translated = messages(language);
        let keys = |messages: &BTreeMap<String, String>| -> BTreeSet<String> {
            messages.keys().cloned().collect()
        };
        assert_eq!(keys(&translated), keys(&english), "{language}");
        for (key, message) in &translated {
            assert!(!message.is_empty(), "{language}: {key} is empty");
            assert_eq!(found(&values, message), found(&values, &english[key]), "{language}: {key}");
            assert_eq!(found(&tags, message), found(&tags, &english[key]), "{language}: {key}");
        }
    }
}

#[test]
fn templates_use_every_message_with_the_values_that_it_needs() {
    let call =
        regex(r#"[{(]t "([^"]+)"((?: \w+=(?:\([^()]*(?:\([^()]*\))?[^()]*\)|[^\s(){}~]+))*)"#);
    let (name, value) = (regex(r" (\w+)="), regex(r"\$(\w+)"));
    let english = messages("en");
    let mut used = BTreeSet::new();
    for (path, template) in templates() {
        for found_call in call.captures_iter(&template) {
            let key = &found_call[1];
            let message = english.get(key).unwrap_or_else(|| panic!("{path} asks for {key}"));
            let (given, needed) = (found(&name, &found_call[2]), found(&value, message));
            assert!(needed.is_subset(&given), "{path}: {key} needs {needed:?}, is given {given:?}");
            used.insert(key.to_owned());
        }
    }
    let by_rust = |key: &&String| {
        ["answer-", "country-", "script-"].iter().any(|prefix| key.starts_with(prefix))
    };
    let unused: Vec<&String> =
        english.keys().filter(|key| !by_rust(key) && !used.contains(*key)).collect();
    assert!(unused.is_empty(), "no template uses {unused:?}");
}

#[test]
fn scripts_use_every_message_of_theirs() {
    let say = regex(r#"(?:say|textOf)\(\s*"([\w-]+)""#);
    let words = regex(r#""([\w-]+)""#);
    let (mut said, mut mentioned) = (BTreeSet::new(), BTreeSet::new());
    for (path, text) in themes().default_files() {
        if path.starts_with("js/") {
            let text = String::from_utf8_lossy(text);
            said.append(&mut found(&say, &text));
            mentioned.append(&mut found(&words, &text));
        }
    }
    let known: BTreeSet<String> = messages("en")
        .keys()
        .filter_map(|key| key.strip_prefix("script-").map(str::to_owned))
        .collect();
    assert!(said.len() > 20 && said.is_subset(&known), "{:?}", said.difference(&known));
    assert!(known.is_subset(&mentioned), "{:?}", known.difference(&mentioned));
}

#[test]
fn no_template_has_words_of_its_own() {
    let comment = regex(r"(?s)\{\{!--.*?--\}\}");
    let style = regex(r"(?s)<style.*?</style>");
    let (expression, tag) = (regex(r"(?s)\{\{\{?.*?\}\}\}?"), regex(r"(?s)<[^<>]*>"));
    let attribute = regex(&format!(r#"\b(?:{READ_ATTRIBUTES})="([^"]*)""#));
    let letters = regex(r"\p{L}{2,}");
    let mut wrong = vec![];
    for (path, template) in templates() {
        if OF_DEVELOPERS.contains(&path.as_str()) || is_of(&path, "toml") {
            continue;
        }
        let template = comment.replace_all(&template, "");
        let template = style.replace_all(&template, "");
        let partials = attribute.captures_iter(&template).map(|found| found[1].to_owned());
        let read: Vec<String> =
            partials.map(|text| expression.replace_all(&text, " ").into_owned()).collect();
        let without = expression.replace_all(&template, " ");
        let texts = tag.replace_all(&without, "\n").into_owned();
        for text in read.iter().map(String::as_str).chain(texts.lines()) {
            if letters.is_match(text) {
                wrong.push(format!("{path}: {}", text.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "scripts/extract_texts.py moves them:\n{}", wrong.join("\n"));
}

/// The texts that a page shows, one a node.
fn shown(html: &str) -> BTreeSet<String> {
    let hidden = regex(r"(?s)<(?:script|style)[^>]*>.*?</(?:script|style)>|<!--.*?-->");
    let tag = regex(r"(?s)<[^<>]*>");
    let html = hidden.replace_all(html, "");
    let nodes = tag.replace_all(&html, "\n").into_owned();
    let nodes = nodes.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    nodes.filter(|text| text.chars().any(char::is_alphabetic)).collect()
}

/// Every text in a context.
fn texts_of(value: &Value, texts: &mut String) {
    match value {
        Value::String(text) => {
            texts.push_str(text);
            texts.push('\n');
        }
        Value::Array(items) => items.iter().for_each(|item| texts_of(item, texts)),
        Value::Object(fields) => fields.values().for_each(|field| texts_of(field, texts)),
        _ => {}
    }
}

#[test]
fn german_pages_and_emails_of_every_kind_have_no_english_left() {
    let themes = themes();
    let theme = &themes.default_branding().theme;
    let examples: BTreeMap<String, Value> =
        serde_json::from_str(&fs::read_to_string(pack().join("examples.json")).unwrap()).unwrap();
    let (english, german) = (messages("en"), messages("de"));
    let same_in_both: BTreeSet<String> = english
        .iter()
        .filter(|(key, text)| german[*key] == **text)
        .map(|(_, text)| text.clone())
        .collect();
    let mut wrong = BTreeSet::new();
    for (name, example) in &examples {
        let template = name.split('.').next().unwrap();
        if OF_DEVELOPERS.contains(&format!("pages/{template}.hbs").as_str()) {
            continue;
        }
        let render = |locale: Locale| {
            let mut context = example.clone();
            context["locale"] = locale.tag().into();
            context["lang"] = locale.language().into();
            match template.split_once('/') {
                Some(("sms", sms)) => BTreeSet::from([theme.sms(sms, &context).unwrap()]),
                Some(("emails", email)) => {
                    let mail = theme.email(email, &context).unwrap();
                    let mut all = shown(&mail.html);
                    all.extend(mail.text.lines().map(str::to_owned));
                    all.insert(mail.subject);
                    all
                }
                _ => shown(&theme.render(&format!("pages/{template}"), &context).unwrap()),
            }
        };
        let mut data = String::new();
        texts_of(example, &mut data);
        let data = data.split_whitespace().collect::<Vec<_>>().join(" ");
        let english = render(Locale::British);
        for text in render(Locale::German).intersection(&english) {
            let plain = text.replace("&#x27;", "'").replace("&amp;", "&").replace("&quot;", "\"");
            let is_address = plain.contains("://") || plain.contains('@') || plain.contains(".hbs");
            // Names and numbers may stand in a row.
            let is_same = |part: &str| {
                let words = part.trim_matches(|c: char| !c.is_alphabetic());
                words.len() < 3
                    || data.contains(words)
                    || SAME_IN_GERMAN.contains(&words)
                    || same_in_both.iter().any(|same| same.contains(words))
            };
            if !is_address && !plain.split([',', '·', ':', '×', '(', ')', '–']).all(is_same) {
                wrong.insert(format!("{name}: {plain}"));
            }
        }
    }
    let wrong: Vec<String> = wrong.into_iter().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn pseudo_locales_render_every_page_and_turn_it_around() {
    let themes = themes();
    let theme = &themes.default_branding().theme;
    let examples: BTreeMap<String, Value> =
        serde_json::from_str(&fs::read_to_string(pack().join("examples.json")).unwrap()).unwrap();
    let is_page = |name: &str| !name.starts_with("emails/") && !name.starts_with("sms/");
    for (name, example) in examples.iter().filter(|(name, _)| is_page(name)) {
        let template = name.split('.').next().unwrap();
        for (locale, direction) in [(Locale::Accented, "ltr"), (Locale::Mirrored, "rtl")] {
            let mut context = example.clone();
            context["locale"] = locale.tag().into();
            context["lang"] = locale.language().into();
            let html = theme.render(&format!("pages/{template}"), &context).unwrap();
            assert!(html.contains(&format!(r#"dir="{direction}""#)), "{name}");
            // A link is no text.
            assert!(!html.contains("ĥŕéƒ") && !html.contains("href=\"["), "{name}");
        }
    }
}

/// What pages tell in English is translated by its text, so each text must be among the messages.
#[test]
fn what_pages_say_in_rust_is_among_the_messages() {
    let themes = themes();
    let texts = themes.default_branding().theme.texts();
    let told = regex(
        r#"(?s)(?:\.success\(|\.info\(|FieldError::new\([^,()]*,|, ")\s*&?(?:format!\()?"?([A-Z][^"\\]* [^"\\]*)""#,
    );
    let hole = regex(r"\{[^{}]*\}");
    let mut unknown = vec![];
    let mut count = 0;
    for file in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/pages")).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir()
            || ["outbox.rs", "examples.rs", "files.rs", "response.rs"].contains(&name.as_str())
        {
            continue;
        }
        let source = fs::read_to_string(&path).unwrap();
        let source = source.split("#[cfg(test)]\nmod tests").next().unwrap();
        for text in found(&told, source) {
            count += 1;
            let text = hole.replace_all(&text, "x").into_owned();
            let is_sql = text.starts_with("SELECT") || text.starts_with("WHERE");
            if !is_sql && !texts.knows(&text) {
                unknown.push(format!("{name}: {text}"));
            }
        }
    }
    assert!(count > 20, "{count}");
    assert!(unknown.is_empty(), "answers.ftl lacks:\n{}", unknown.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_gets_pages_in_their_language() {
    let app = TestApp::start().await;
    shop(&app, SaleMode::Hosted).await;
    let client = app.anonymous();
    let home = async |languages: &str| {
        client.send(client.request(Method::GET, "/").header("Accept-Language", languages)).await
    };
    let german =
        [r#"<html lang="de" dir="ltr" data-locale="de-DE""#, "Jetzt im Verkauf", "Anmelden"];
    let english = [r#"<html lang="en" dir="ltr" data-locale="en-GB""#, "On now", "Sign in"];
    // The cached page of one language is not the other's.
    for _ in 0..2 {
        says(&home("de-AT, en;q=0.5").await, 200, &german);
        says(&home("fr, en;q=0.5").await, 200, &english);
    }
    let answer = home("de").await;
    assert!(answer.headers["vary"].to_str().unwrap().contains("Accept-Language"));
    // What Rust says is translated, too.
    let wrong = client
        .send(
            client
                .request(Method::POST, "/sign-in")
                .header("Accept-Language", "de")
                .form(&[("email", "")]),
        )
        .await;
    says(&wrong, 422, &["Geben Sie Ihre E-Mail-Adresse ein", "Es gibt ein Problem"]);
    says(
        &client.send(client.request(Method::GET, "/nowhere").header("Accept-Language", "de")).await,
        404,
        &["Seite nicht gefunden"],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_language_of_the_footer_is_kept_and_leads_back() {
    let app = TestApp::start().await;
    let client = app.shopper("ada").await;
    let base =
        client.request(Method::GET, "/").build().unwrap().url().origin().ascii_serialization();
    let choose = async |locale: &str, referrer: String| {
        let form = client.request(Method::POST, "/language").header("Referer", referrer);
        client.send(form.form(&[("locale", locale)])).await
    };
    let chosen = choose("de", format!("{base}/help?sale=x&y=1")).await;
    assert_eq!((chosen.status.as_u16(), chosen.location()), (303, "/help?sale=x&y=1"));
    let english = async |path: &str| {
        client.send(client.request(Method::GET, path).header("Accept-Language", "en")).await
    };
    says(&english("/help").await, 200, &["Wie können wir helfen?"]);
    // The account has it on every device, whatever that device's browser or cookie says.
    assert_eq!(
        app.query("SELECT to_jsonb(locale) FROM accounts WHERE email LIKE 'ada%'").await,
        [json!("de")]
    );
    let elsewhere = choose("en", "https://evil.example/sales/x".to_owned()).await;
    assert_eq!(elsewhere.location(), "/");
    says(&english("/help").await, 200, &["How can we help?"]);
    for unknown in ["fr", "", "de\r\nSet-Cookie: x=1", "../en"] {
        let refused = choose(unknown, format!("{base}/help")).await;
        assert_eq!(refused.status.as_u16(), 422, "{unknown:?}");
    }
    assert_eq!(client.get("/language").await.location(), "/");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pack_has_words_of_its_own_in_each_language() {
    let themes = themes();
    let own = json!({"locales/de/own.ftl": "shared-on-now = Jetzt bei uns\n"});
    let branding = themes.branding_from("atelier", &json!({"accent": "#224488"}), own).unwrap();
    let mut context: Value =
        serde_json::from_str::<Value>(&fs::read_to_string(pack().join("examples.json")).unwrap())
            .unwrap()["home"]
            .take();
    context["locale"] = "de-DE".into();
    let html = branding.theme.render("pages/home", &context).unwrap();
    assert!(html.contains("Jetzt bei uns") && html.contains("Demnächst"), "{html}");
    context["locale"] = "en-GB".into();
    assert!(branding.theme.render("pages/home", &context).unwrap().contains("On now"));
    let broken = json!({"locales/de/own.ftl": "shared-on-now = { $\n"});
    assert!(themes.branding_from("atelier", &json!({}), broken).is_err());
}
