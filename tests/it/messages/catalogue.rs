//! The catalogue agrees with the templates and the subscriber; each email bears any data; SMP's team
//! looks at messages, tries them and switches them.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use regex::Regex;
use serde_json::{Value, json};
use smp::{
    access::preferences::{MessageChannel, MessageKind},
    notifications::MESSAGES,
    providers::Themes,
};
use strum::IntoEnumIterator;

use crate::support::{TestApp, stage::Stage};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
/// It shows another message.
const WITHOUT_TEMPLATE: &str = "message_test";

fn by_email() -> BTreeSet<&'static str> {
    let by_email = MESSAGES.iter().filter(|entry| entry.channels.contains(&MessageChannel::Email));
    by_email.map(|entry| entry.name).filter(|name| *name != WITHOUT_TEMPLATE).collect()
}

fn examples() -> BTreeMap<String, Value> {
    let text = fs::read_to_string(format!("{ROOT}/tenants/_default/examples.json")).unwrap();
    let all: BTreeMap<String, Value> = serde_json::from_str(&text).unwrap();
    let emails = all
        .into_iter()
        .filter_map(|(name, context)| Some((name.strip_prefix("emails/")?.to_owned(), context)));
    emails.collect()
}

#[test]
fn every_message_has_its_template_its_subject_and_a_sample_and_no_template_is_left_over() {
    let folder = fs::read_dir(format!("{ROOT}/tenants/_default/theme/emails")).unwrap();
    let files: BTreeSet<String> =
        folder.map(|file| file.unwrap().file_name().to_string_lossy().into_owned()).collect();
    let named = |ending: &str| -> BTreeSet<String> {
        let of_ending = files.iter().filter_map(|file| file.strip_suffix(ending));
        of_ending.filter(|name| !name.contains('.')).map(str::to_owned).collect()
    };
    let catalogue: BTreeSet<String> = by_email().into_iter().map(str::to_owned).collect();
    assert_eq!(named(".hbs"), catalogue);
    assert_eq!(named(".txt.hbs"), catalogue);
    let samples: BTreeSet<String> =
        examples().keys().map(|name| name.split('.').next().unwrap().to_owned()).collect();
    assert_eq!(samples, catalogue);
    let subjects =
        fs::read_to_string(format!("{ROOT}/tenants/_default/theme/emails/subjects.toml")).unwrap();
    for name in catalogue {
        assert!(subjects.contains(&format!("\n{name} = ")), "{name} has no subject");
    }
}

#[test]
fn every_event_that_causes_a_message_is_a_trigger_and_every_trigger_is_subscribed_to() {
    let code = fs::read_to_string(format!("{ROOT}/src/notifications/subscriber.rs")).unwrap();
    let kind = Regex::new(r#""([a-z_]+\.[a-z_]+)""#).unwrap();
    let subscribed: BTreeSet<&str> =
        kind.captures_iter(&code).map(|found| found.get(1).unwrap().as_str()).collect();
    let triggers: BTreeSet<&str> = MESSAGES
        .iter()
        .flat_map(|entry| entry.triggers)
        .copied()
        .filter(|trigger| trigger.contains('.') && !trigger.contains(' '))
        .collect();
    assert_eq!(subscribed, triggers);
}

/// The source of what this slice does with events.
fn sources() -> String {
    let folder = fs::read_dir(format!("{ROOT}/src/notifications")).unwrap();
    let files = folder.map(|file| file.unwrap().path()).filter(|path| {
        path.file_name().is_some_and(|name| !name.to_string_lossy().starts_with("catalogue"))
    });
    files.filter_map(|path| fs::read_to_string(path).ok()).collect()
}

#[test]
fn every_message_has_a_writer_and_every_kind_a_message() {
    let code = sources();
    for entry in MESSAGES.iter().filter(|entry| entry.name != WITHOUT_TEMPLATE) {
        assert!(code.contains(&format!("\"{}\"", entry.name)), "nothing writes {}", entry.name);
    }
    for kind in MessageKind::iter() {
        let has_message = MESSAGES.iter().any(|entry| entry.optional_kind() == Some(kind));
        assert!(has_message, "{kind:?} switches nothing off");
    }
}

#[test]
fn the_sample_of_what_may_be_switched_off_says_how() {
    for (name, context) in examples() {
        let template = name.split('.').next().unwrap();
        let entry = MESSAGES.iter().find(|entry| entry.name == template).unwrap();
        let is_optional = entry.optional_kind().is_some();
        assert_eq!(context["unsubscribe_url"].is_string(), is_optional, "{name}");
    }
}

/// The fields in which people write what they like.
const WRITTEN: [&str; 22] = [
    "name",
    "title",
    "provider_name",
    "item_name",
    "reason",
    "note",
    "subject",
    "body",
    "text",
    "author",
    "author_name",
    "shopper_name",
    "inviter_name",
    "customer_name",
    "key_name",
    "requirement",
    "line1",
    "line2",
    "company",
    "city",
    "summary",
    "carrier",
];

/// A context in which everything that people write is this.
fn written(context: &mut Value, text: &str) {
    match context {
        Value::Object(fields) => {
            for (key, value) in fields {
                match value {
                    Value::String(value) if WRITTEN.contains(&key.as_str()) => {
                        *value = text.to_owned();
                    }
                    other => written(other, text),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| written(item, text)),
        _ => {}
    }
}

#[test]
fn every_email_bears_long_rtl_emoji_markup_and_no_data() {
    let themes = Themes::load(format!("{ROOT}/tenants").as_ref()).unwrap();
    let theme = &themes.default_branding().theme;
    let long = "Donaudampfschifffahrtsgesellschaftskapitän".repeat(12);
    let awkward = [
        long.as_str(),
        "كوب خزفي\u{202e} مصنوع يدويًا",
        "👩‍👩‍👧‍👦 Ünïcödé 🏳️‍🌈",
        "<b onclick=x>&amp; \"quoted\" 'n' {{7}}",
        "one\r\nBcc: all@evil.example",
        "",
    ];
    for (name, context) in examples() {
        let template = name.split('.').next().unwrap();
        for text in awkward {
            let mut context = context.clone();
            written(&mut context, text);
            let email = theme
                .email(template, &context)
                .unwrap_or_else(|error| panic!("{name} with {text:?}: {error:?}"));
            assert!(!email.subject.contains(['\r', '\n']), "{name}: {:?}", email.subject);
            assert!(!email.html.contains("<b onclick"), "{name}: {}", email.html);
            assert!(email.html.contains("</html>"), "{name}");
            assert!(!email.text.contains("&amp;amp;") && !email.html.contains("&amp;amp;amp;"));
            assert!(!email.html.contains(" class=\"main\">\n"), "{name}: styles are not inlined");
            assert!(email.html.contains("prefers-color-scheme: dark"), "{name}");
        }
    }
}

/// What an email says beside its words: links, and the numbers in what is read.
fn facts(text: &str, links: BTreeSet<String>) -> (BTreeSet<String>, BTreeSet<String>) {
    let url = Regex::new(r"https?://\S+").unwrap();
    let number = Regex::new(r"[0-9]+").unwrap();
    let without = url.replace_all(text, " ");
    (links, number.find_iter(&without).map(|found| found.as_str().to_owned()).collect())
}

#[test]
fn the_plain_text_says_what_the_html_says() {
    let themes = Themes::load(format!("{ROOT}/tenants").as_ref()).unwrap();
    let theme = &themes.default_branding().theme;
    let hidden = Regex::new(r"(?s)<(title|style)[^>]*>.*?</(title|style)>").unwrap();
    let tag = Regex::new(r"(?s)<[^>]+>").unwrap();
    let href = Regex::new(r#"href="(https?:[^"]*)""#).unwrap();
    let url = Regex::new(r"https?://\S+").unwrap();
    for (name, context) in examples() {
        let email = theme.email(name.split('.').next().unwrap(), &context).unwrap();
        let html = email.html.replace("&amp;", "&");
        let in_html = href.captures_iter(&html).map(|found| found[1].to_owned()).collect();
        let in_text = url.find_iter(&email.text).map(|found| {
            found.as_str().trim_end_matches(['.', ',', ';', ':', '!', '?']).to_owned()
        });
        let read = hidden.replace_all(&html, " ");
        let read = tag.replace_all(&read, " ");
        // An apostrophe or a space is no number.
        let read = read.replace("&#x27;", "'").replace("&#39;", "'").replace("&nbsp;", " ");
        assert_eq!(facts(&read, in_html), facts(&email.text, in_text.collect()), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn smps_team_looks_at_a_message_and_sends_it_to_itself() {
    let app = TestApp::start().await;
    let support = app.staff("support").await;
    let catalogue = support.get("/api/v1/message-catalogue").await.json(200);
    let items = catalogue["items"].as_array().unwrap();
    assert_eq!(items.len(), MESSAGES.len());
    let confirmed = items.iter().find(|item| item["name"] == "order_confirmed").unwrap();
    assert_eq!(
        (&confirmed["kind"], &confirmed["audience"], &confirmed["is_on"]),
        (&json!(null), &json!("shoppers"), &json!(true))
    );
    assert_eq!(confirmed["samples"][0], "plain");

    let path = "/api/v1/message-catalogue/order_confirmed";
    let preview = support.get(&format!("{path}/preview?sample=deposit")).await.json(200);
    assert!(preview["subject"].as_str().unwrap().starts_with("Deposit paid"), "{preview}");
    let html = preview["html"].as_str().unwrap();
    assert!(html.contains("</html>") && !html.contains("<script"), "{html}");
    assert_eq!(
        support.get(&format!("{path}/preview?sample=nothing")).await.wrong_fields(),
        ["sample"]
    );
    assert_eq!(confirmed["locales"], json!(["en", "de"]));
    let german = support.get(&format!("{path}/preview?locale=de")).await.json(200);
    assert!(german["html"].as_str().unwrap().contains("lang=\"de-DE\""), "{german}");
    assert_eq!(support.get(&format!("{path}/preview?locale=fr")).await.wrong_fields(), ["locale"]);
    support.get("/api/v1/message-catalogue/nothing/preview").await.problem(404);
    assert_eq!(
        support.get("/api/v1/message-catalogue/cash_code/preview").await.problem(409),
        "no_sample"
    );

    support.post(&format!("{path}/test-sends"), &json!({})).await.expect(204);
    app.run_jobs().await;
    let sent = app
        .query(
            "SELECT jsonb_build_object('to', recipient, 'subject', subject, 'state', state)
             FROM messages WHERE template = 'message_test'",
        )
        .await;
    assert_eq!(sent.len(), 1);
    assert!(sent[0]["to"].as_str().unwrap().starts_with("support"), "{sent:?}");
    assert!(sent[0]["subject"].as_str().unwrap().starts_with("[Test] "), "{sent:?}");
    for client in [app.anonymous(), app.shopper("eve").await] {
        let refused = client.post(&format!("{path}/test-sends"), &json!({})).await.status;
        assert!([401, 403].contains(&refused.as_u16()), "{refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_smp_switches_off_does_not_leave_and_a_needed_one_cannot_be() {
    let stage = Stage::set().await;
    let path = "/api/v1/message-catalogue/sale_submitted/switch";
    let off = json!({"is_on": false});
    stage.app.staff("support").await.put(path, &off).await.problem(403);
    stage.manager.put(path, &off).await.expect(204);
    stage.manager.put(path, &off).await.expect(204);
    stage.submitted(&stage.input).await;
    stage.app.run_jobs().await;
    let states = "SELECT to_jsonb(state || ': ' || coalesce(error, ''))
                  FROM messages WHERE template = 'sale_submitted'";
    let found = stage.app.query(states).await;
    assert!(!found.is_empty());
    for state in &found {
        assert_eq!(state, "withheld: not sent: SMP has switched this message off");
    }
    let needed = "/api/v1/message-catalogue/order_confirmed/switch";
    assert_eq!(stage.manager.put(needed, &off).await.problem(409), "always_sent");
    stage.manager.put(path, &json!({"is_on": true})).await.expect(204);
    let audited = stage
        .app
        .query("SELECT details->'is_on' FROM audit_log WHERE action = 'message_switch' ORDER BY id")
        .await;
    assert_eq!(audited, [json!(false), json!(true)], "what changes nothing is not recorded");
}
