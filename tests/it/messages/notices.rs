//! Notices of mail that came back or that somebody complained of: signed, heard once, and what follows.

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, Mac};
use reqwest::Method;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::support::{PASSWORD, TestApp, client::Answer};

const KEY: [u8; 24] = [7; 24];

async fn app() -> TestApp {
    let secret = format!("whsec_{}", STANDARD.encode(KEY));
    TestApp::start_with(&[("smp_mail_webhook_secret", &secret)]).await
}

async fn tell(app: &TestApp, id: &str, notice: &Value, key: &[u8]) -> Answer {
    let (body, at) = (notice.to_string(), app.platform.clock.now().unix_timestamp());
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(format!("{id}.{at}.{body}").as_bytes());
    let signature = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
    let client = app.anonymous();
    let request = client
        .request(Method::POST, "/api/v1/mail/notices")
        .header("webhook-id", id)
        .header("webhook-timestamp", at.to_string())
        .header("webhook-signature", signature)
        .body(body);
    client.send(request).await
}

/// The first email to the new account.
async fn message(app: &TestApp) -> Value {
    let all = app
        .query(
            "SELECT jsonb_build_object('id', id, 'to', recipient, 'state', state, 'error', error)
             FROM messages WHERE recipient = 'mara@gone.example' ORDER BY created_at, id",
        )
        .await;
    all.into_iter().next().unwrap()
}

async fn signed_up(app: &TestApp) -> Value {
    let body = json!({"email": "mara@gone.example", "name": "Mara", "password": PASSWORD});
    app.anonymous().post("/api/v1/accounts", &body).await.expect(201);
    app.run_jobs().await;
    message(app).await
}

const SUPPRESSED: &str =
    "SELECT jsonb_build_object('address', address, 'kind', kind) FROM suppressed_addresses";
const CHOICES: &str = "SELECT to_jsonb(kind) FROM message_choices WHERE NOT is_on ORDER BY kind";

#[tokio::test(flavor = "multi_thread")]
async fn a_bounce_shows_on_its_message_and_keeps_the_address_from_what_is_optional() {
    let app = app().await;
    let first = signed_up(&app).await;
    let id = format!("<{}@smp.example>", first["id"].as_str().unwrap());
    let soft =
        json!({"type": "bounce", "message_id": id, "reason": "mailbox full", "permanent": false});
    tell(&app, "first", &soft, &KEY).await.expect(200);
    assert_eq!(message(&app).await["state"], "bounced");
    assert!(app.query(SUPPRESSED).await.is_empty(), "it may pass");

    let hard = json!({"type": "bounce", "message_id": id, "reason": "no such\r\n user"});
    tell(&app, "second", &hard, &KEY).await.expect(200);
    tell(&app, "second", &hard, &KEY).await.expect(200);
    assert_eq!(message(&app).await["error"], "it came back: no such user");
    let address = json!({"address": "mara@gone.example", "kind": "bounce"});
    assert_eq!(app.query(SUPPRESSED).await, [address]);
    assert!(app.query(CHOICES).await.is_empty(), "nobody chose anything");

    let support = app.staff("support").await;
    let listed = support.get("/api/v1/mail/suppressed-addresses?q=gone").await.json(200);
    let path =
        format!("/api/v1/mail/suppressed-addresses/{}", listed["items"][0]["id"].as_str().unwrap());
    app.shopper("eve").await.delete(&path).await.problem(403);
    support.delete(&path).await.expect(204);
    support.delete(&path).await.problem(404);
    // The notice was heard: its repeat does not bring the address back.
    tell(&app, "second", &hard, &KEY).await.expect(200);
    assert!(app.query(SUPPRESSED).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_complaint_switches_off_all_that_is_optional() {
    let app = app().await;
    signed_up(&app).await;
    let notice = json!({"type": "complaint", "recipient": "Mara@Gone.example"});
    tell(&app, "one", &notice, &KEY).await.expect(200);
    let off = app.query(CHOICES).await;
    assert_eq!(off, ["launches", "orders", "reminders", "team", "waitlist"]);
    let stranger = json!({"type": "complaint", "recipient": "nobody@else.example"});
    tell(&app, "two", &stranger, &KEY).await.expect(200);
    assert_eq!(app.query(CHOICES).await.len(), off.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_that_is_not_signed_or_not_one_does_nothing() {
    let app = app().await;
    let notice = json!({"type": "bounce", "recipient": "mara@gone.example"});
    for (id, body, key, field) in [
        ("a", &notice, &[8_u8; 24][..], "signature"),
        ("", &notice, &KEY[..], "signature"),
        ("b", &json!({"type": "bounce"}), &KEY[..], "body"),
        ("c", &json!({"type": "delay", "recipient": "a@b.example"}), &KEY[..], "body"),
        ("d", &json!([]), &KEY[..], "body"),
    ] {
        let answer = tell(&app, id, body, key).await;
        assert_eq!(answer.problem(400), "bad_request", "{id}");
        assert_eq!(answer.json(400)["errors"][0]["field"], field, "{id}");
    }
    assert!(app.query(SUPPRESSED).await.is_empty());
    // Without a secret nobody is heard.
    let deaf = TestApp::start().await;
    tell(&deaf, "a", &notice, &KEY).await.problem(404);
}
