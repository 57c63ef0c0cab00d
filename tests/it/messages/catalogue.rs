//! The catalogue agrees with the templates and the subscriber; each email bears any data; SMP's team
//! looks at messages, tries them and switches them.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use regex::Regex;
use serde_json::{Value, json};
use smp::{
    access::{
        phones,
        preferences::{MessageChannel, MessageKind},
    },
    notifications::MESSAGES,
    providers::Themes,
};
use strum::IntoEnumIterator;

use crate::support::{TestApp, stage::Stage};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
/// It shows another message.
const WITHOUT_TEMPLATE: &str = "message_test";

/// The messages with templates for a channel.
fn by(channel: MessageChannel) -> BTreeSet<String> {
    let by_it = MESSAGES.iter().filter(|entry| entry.channels.contains(&channel));
    let names = by_it.map(|entry| entry.name.to_owned());
    names.filter(|name| *name != WITHOUT_TEMPLATE).collect()
}

/// The examples of emails.
fn examples() -> BTreeMap<String, Value> {
    examples_in("emails/")
}

fn examples_in(folder: &str) -> BTreeMap<String, Value> {
    let text = fs::read_to_string(format!("{ROOT}/tenants/_default/examples.json")).unwrap();
    let all: BTreeMap<String, Value> = serde_json::from_str(&text).unwrap();
    let found = all
        .into_iter()
        .filter_map(|(name, context)| Some((name.strip_prefix(folder)?.to_owned(), context)));
    found.collect()
}

/// The names of templates in a folder of the default theme.
fn files_in(folder: &str) -> BTreeSet<String> {
    let folder = fs::read_dir(format!("{ROOT}/tenants/_default/theme/{folder}")).unwrap();
    folder.map(|file| file.unwrap().file_name().to_string_lossy().into_owned()).collect()
}

#[test]
fn every_message_has_its_template_its_subject_and_a_sample_and_no_template_is_left_over() {
    let files = files_in("emails");
    let named = |ending: &str| -> BTreeSet<String> {
        let of_ending = files.iter().filter_map(|file| file.strip_suffix(ending));
        of_ending.filter(|name| !name.contains('.')).map(str::to_owned).collect()
    };
    let catalogue = by(MessageChannel::Email);
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

    let by_sms = by(MessageChannel::Sms);
    let texts: BTreeSet<String> =
        files_in("sms").iter().map(|file| file.trim_end_matches(".hbs").to_owned()).collect();
    assert_eq!(texts, by_sms);
    let samples: BTreeSet<String> =
        examples_in("sms/").keys().map(|name| name.split('.').next().unwrap().to_owned()).collect();
    assert_eq!(samples, by_sms);
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
                        text.clone_into(value);
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
    let email = &preview["email"];
    assert!(email["subject"].as_str().unwrap().starts_with("Deposit paid"), "{preview}");
    assert_eq!(preview["sms"], json!(null));
    let html = email["html"].as_str().unwrap();
    assert!(html.contains("</html>") && !html.contains("<script"), "{html}");
    assert_eq!(
        support.get(&format!("{path}/preview?sample=nothing")).await.wrong_fields(),
        ["sample"]
    );
    assert_eq!(confirmed["locales"], json!(["en", "de"]));
    let german = support.get(&format!("{path}/preview?locale=de")).await.json(200);
    assert!(german["email"]["html"].as_str().unwrap().contains("lang=\"de-DE\""), "{german}");
    assert_eq!(support.get(&format!("{path}/preview?locale=fr")).await.wrong_fields(), ["locale"]);
    support.get("/api/v1/message-catalogue/nothing/preview").await.problem(404);
    assert_eq!(
        support.get("/api/v1/message-catalogue/message_test/preview").await.problem(409),
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
async fn every_text_message_is_looked_at_in_each_language() {
    let app = TestApp::start().await;
    let support = app.staff("support").await;
    let catalogue = support.get("/api/v1/message-catalogue").await.json(200);
    let begins = [
        ("phone_code", "204816 is your SMP code.", "204816 ist Ihr Code für SMP."),
        (
            "cash_code",
            "204816 is your code to confirm order ",
            "204816 ist Ihr Code für die Bestellung ",
        ),
        ("waitlist_offer", "SMP: It's your turn. 2 x ", "SMP: Sie sind an der Reihe. 2 x "),
        ("sale_started", "SMP: Stoneware at dawn has ", "SMP: Stoneware at dawn hat "),
        ("start_reminder", "SMP: Stoneware at dawn starts ", "SMP: Stoneware at dawn beginnt "),
        ("shipped", "Your parcel from ", "Ihr Paket von "),
    ];
    let names: BTreeSet<String> = begins.iter().map(|(name, ..)| (*name).to_owned()).collect();
    assert_eq!(names, by(MessageChannel::Sms));
    for (name, english, german) in begins {
        let items = catalogue["items"].as_array().unwrap();
        let item = items.iter().find(|item| item["name"] == name).unwrap();
        assert_eq!(item["samples"][0], "plain", "{item}");
        let by_email = item["channels"].as_array().unwrap().contains(&json!("email"));
        for (locale, begin) in [("en", english), ("de", german)] {
            let path =
                format!("/api/v1/message-catalogue/{name}/preview?sample=plain&locale={locale}");
            let preview = support.get(&path).await.json(200);
            let text = preview["sms"].as_str().unwrap();
            assert!(text.starts_with(begin), "{name}: {text}");
            // As it is sent: in the characters of phones.
            assert!(!text.contains(['’', '„', '\u{a0}', '<', '{']), "{name}: {text}");
            assert_eq!(preview["email"].is_object(), by_email, "{name}");
        }
    }
}

/// The SMS that were sent as tests, with how they begin, oldest first.
async fn tests_sent(app: &TestApp) -> Vec<Value> {
    app.query(
        "SELECT to_jsonb(recipient || ': ' || left(body_text, 13))
         FROM messages WHERE template = 'message_test' AND channel = 'sms'
         ORDER BY created_at, id",
    )
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_message_is_sent_to_ones_own_phone_and_to_no_other() {
    let app = TestApp::start().await;
    let (support, id) = app.account("support", &["support".to_owned()]).await;
    let (text, both) = (
        "/api/v1/message-catalogue/cash_code/test-sends",
        "/api/v1/message-catalogue/waitlist_offer/test-sends",
    );
    let refused = support.post(text, &json!({})).await;
    assert!(refused.text.contains("/account/phone"), "{}", refused.text);
    assert_eq!(refused.problem(409), "no_phone");
    support.post(both, &json!({})).await.expect(204);
    assert!(tests_sent(&app).await.is_empty());

    let phone = "+4915123456789";
    let mut tx = app.platform.db.platform("test").await.unwrap();
    sqlx::query("UPDATE accounts SET phone = $2, phone_verified_at = now() WHERE id = $1")
        .bind(id.0)
        .bind(phone)
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    support.post(text, &json!({})).await.expect(204);
    support.post(both, &json!({"locale": "de"})).await.expect(204);
    app.run_jobs().await;
    let sent = [format!("{phone}: [Test] 204816"), format!("{phone}: [Test] SMP: S")];
    assert_eq!(tests_sent(&app).await, sent);
    let emails = "SELECT to_jsonb(subject) FROM messages
                  WHERE template = 'message_test' AND channel = 'email'";
    assert_eq!(app.query(emails).await.len(), 2, "what goes by both is sent by both");

    let mut tx = app.platform.db.platform("test").await.unwrap();
    phones::stop(&mut tx, phone, app.platform.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(support.post(text, &json!({})).await.problem(409), "phone_stopped");
    support.post(both, &json!({})).await.expect(204);
    assert_eq!(tests_sent(&app).await.len(), 2);
    let audited = "SELECT to_jsonb(subject) FROM audit_log
                   WHERE action = 'message_test_send' ORDER BY id";
    let of = |name: &str| json!(format!("message {name}"));
    let (text, both) = (of("cash_code"), of("waitlist_offer"));
    assert_eq!(app.query(audited).await, [both.clone(), text, both.clone(), both]);
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
