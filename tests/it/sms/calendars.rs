//! The start of a sale in calendars, and by SMS.

use serde_json::json;
use smp::{access::preferences::MessageKind, notifications};
use time::Duration;

use super::{account_of, has_phone, texts};
use crate::support::stage::{Stage, at};

fn line<'a>(file: &'a str, name: &str) -> &'a str {
    let found = file.split("\r\n").find(|line| line.starts_with(name));
    found.unwrap_or_else(|| panic!("no {name} in {file}"))
}

fn sequence(file: &str) -> u32 {
    line(file, "SEQUENCE:").trim_start_matches("SEQUENCE:").parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_that_moves_moves_in_calendars_and_a_cancelled_one_is_struck_out() {
    let (stage, sale) = Stage::with_open_registration().await;
    let ada = stage.app.shopper("ada").await;
    ada.put(&sale.registration(), &json!({})).await.json(201);
    stage.app.run_jobs().await;
    let attached = stage
        .app
        .query("SELECT to_jsonb(calendar) FROM messages WHERE template = 'registered'")
        .await;
    let attached = attached[0].as_str().unwrap().to_owned();

    let path = format!("/sales/{}/start.ics", sale.slug);
    let first = ada.get(&path).await;
    first.expect(200);
    assert!(first.headers["content-type"].to_str().unwrap().starts_with("text/calendar"));
    assert_eq!(line(&first.text, "UID:"), line(&attached, "UID:"));
    assert_eq!(line(&first.text, "DTSTART:"), line(&attached, "DTSTART:"));
    assert!(first.text.contains("METHOD:PUBLISH") && first.text.contains("BEGIN:VALARM"));

    let mut moved = stage.with(&json!({"slug": null}));
    let now = stage.app.platform.clock.now();
    moved["starts_at"] = at(now + Duration::days(5)).into();
    moved["ends_at"] = at(now + Duration::days(6)).into();
    // Sequences count seconds.
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    stage.editor.put_newest(&sale.path, &moved).await.json(200);
    stage.approve(&sale.path).await;
    let start = line(&first.text, "DTSTART:");
    let second = ada.get_once(&path, |file| line(file, "DTSTART:") != start).await;
    assert_eq!(line(&second.text, "UID:"), line(&first.text, "UID:"));
    assert!(sequence(&second.text) > sequence(&first.text), "{}", second.text);
    stage.app.run_jobs().await;
    let told = stage
        .app
        .query("SELECT to_jsonb(calendar) FROM messages WHERE template = 'sale_moved'")
        .await;
    let told = told[0].as_str().expect("the email about new times brings the new entry");
    for name in ["UID:", "DTSTART:", "SEQUENCE:"] {
        assert_eq!(line(told, name), line(&second.text, name));
    }

    let reason = json!({"reason": "The kiln broke."});
    stage.manager.post(&format!("{}/cancel", sale.path), &reason).await.json(200);
    stage.app.run_jobs().await;
    let third = ada.get_once(&path, |file| file.contains("STATUS:CANCELLED")).await;
    assert!(sequence(&third.text) > sequence(&second.text));
    let told = stage
        .app
        .query("SELECT to_jsonb(calendar) FROM messages WHERE template = 'sale_cancelled'")
        .await;
    assert!(told[0].as_str().unwrap().contains("STATUS:CANCELLED"), "{told:?}");
    ada.get("/sales/no-such-sale/start.ics").await.expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_is_texted_once_to_the_registered_who_asked_for_it() {
    let (stage, sale) = Stage::with_open_registration().await;
    let (ada, bob) = (stage.app.shopper("ada").await, stage.app.shopper("bob").await);
    let adas = account_of(&ada).await;
    has_phone(&stage.app, adas, "+4915123456789", MessageKind::Reminders).await;
    for shopper in [&ada, &bob] {
        shopper.put(&sale.registration(), &json!({})).await.json(201);
    }
    stage.app.run_jobs().await;
    // It opened two hours ago.
    stage.advance(Duration::hours(70) + Duration::minutes(1));
    for _ in 0..2 {
        notifications::write_due(&stage.app.platform, &stage.app.themes).await.unwrap();
    }
    stage.app.run_jobs().await;
    let texts = texts(&stage.app).await;
    assert_eq!(texts.len(), 1, "{texts:?}");
    let text = texts[0]["text"].as_str().unwrap();
    assert_eq!(
        (&texts[0]["to"], &texts[0]["template"]),
        (&json!("+4915123456789"), &json!("sale_started"))
    );
    assert!(
        text.contains("has started") && text.contains(&format!("/sales/{}", sale.slug)),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_registers_can_ask_for_a_text_and_is_led_to_the_number() {
    let (stage, sale) = Stage::with_open_registration().await;
    let ada = stage.app.shopper("ada").await;
    let page = ada.get(&format!("/sales/{}", sale.slug)).await;
    assert!(page.expect(200).contains("name=\"text_me\"") && page.text.contains("start.ics"));
    let form = format!("/sales/{}/register", sale.slug);
    let led = ada.form(&form, &[("text_me", "true")]).await;
    assert_eq!(led.location(), format!("/account/phone?next=%2Fsales%2F{}", sale.slug));
    let bob = stage.app.shopper("bob").await;
    let led = bob.form(&form, &[]).await;
    assert_eq!(led.location(), format!("/sales/{}", sale.slug));
    let text_me = format!("/sales/{}/text-me", sale.slug);
    has_phone(&stage.app, account_of(&bob).await, "+4915123456780", MessageKind::Waitlist).await;
    assert_eq!(bob.form(&text_me, &[]).await.location(), format!("/sales/{}", sale.slug));
    let stranger = stage.app.anonymous().form(&text_me, &[]).await;
    assert!(stranger.location().starts_with("/sign-in"), "{}", stranger.location());
}
