//! SMS: a number is verified before anything goes there; each SMS leaves once, whatever the network does;
//! what the service reports and what people answer is heeded; starts are kept in calendars.

mod calendars;
mod service;

use reqwest::Method;
use serde_json::{Value, json};
use smp::{
    access::{
        phones,
        preferences::{self, MessageChannel, MessageKind},
    },
    kernel::{AccountId, MessageId, TenantId},
    notifications::{self, MessageJob},
    sales::SaleMode,
};
use time::Duration;
use uuid::Uuid;

use crate::support::{Client, TestApp, client::Answer, stock::buy};
use service::{Mood, SmsService, signature, signed};

const PHONE: &str = "/api/v1/me/phone";
const CONFIRM: &str = "/api/v1/me/phone/confirm";

async fn account_of(client: &Client) -> AccountId {
    let me = client.get("/api/v1/me").await.json(200);
    AccountId(me["account"]["id"].as_str().unwrap().parse().unwrap())
}

/// Types a number from a network of its own, so that only the account and the number count.
async fn typed(client: &Client, number: &str, country: Option<&str>, network: &str) -> Answer {
    let request = client.request(Method::PUT, PHONE).header("X-Forwarded-For", network);
    client.send(request.json(&json!({"number": number, "country": country}))).await
}

/// Gives an account a number that wants SMS of a kind, past the code (which has tests of its own).
async fn has_phone(app: &TestApp, account: AccountId, phone: &str, kind: MessageKind) {
    let mut tx = app.platform.db.platform("test").await.unwrap();
    let now = app.platform.clock.now();
    sqlx::query("UPDATE accounts SET phone = $2, phone_verified_at = $3 WHERE id = $1")
        .bind(account.0)
        .bind(phone)
        .bind(now)
        .execute(&mut *tx)
        .await
        .unwrap();
    assert!(phones::text_me(&mut tx, account, kind, now).await.unwrap());
    tx.commit().await.unwrap();
}

async fn wants(app: &TestApp, account: AccountId, kind: MessageKind) -> bool {
    let mut tx = app.platform.db.platform("test").await.unwrap();
    preferences::wants(&mut tx, account, kind, MessageChannel::Sms).await.unwrap()
}

/// The SMS that SMP wrote, oldest first.
async fn texts(app: &TestApp) -> Vec<Value> {
    app.query(
        "SELECT jsonb_build_object('tenant', tenant_id, 'id', id, 'to', recipient, 'state', state,
             'template', template, 'text', body_text, 'error', error, 'sid', service_id)
         FROM messages WHERE channel = 'sms' ORDER BY created_at, id",
    )
    .await
}

async fn newest_code(app: &TestApp) -> String {
    app.run_jobs().await;
    let texts = texts(app).await;
    let text = texts.last().unwrap()["text"].as_str().unwrap().to_owned();
    text.chars().take(6).collect()
}

/// An SMS that waits in the queue, without its job: each test says when it is tried.
async fn queued(app: &TestApp, account: AccountId, template: &str) -> MessageJob {
    let job = MessageJob { tenant_id: TenantId::PLATFORM, message_id: MessageId(Uuid::now_v7()) };
    let mut tx = app.platform.db.platform("test").await.unwrap();
    sqlx::query(
        "INSERT INTO messages (tenant_id, id, account_id, channel, recipient, template, subject,
             body_text, dedupe_key, not_after)
         VALUES ($1, $2, $3, 'sms', '+4915123456789', $4, 'Soon', 'It is your turn.', $6, $5)",
    )
    .bind(job.tenant_id.0)
    .bind(job.message_id.0)
    .bind(account.0)
    .bind(template)
    .bind(app.platform.clock.now() + Duration::minutes(10))
    .bind(job.message_id.to_string())
    .execute(&mut *tx)
    .await
    .unwrap();
    tx.commit().await.unwrap();
    job
}

async fn try_to_send(app: &TestApp, job: &MessageJob) -> Result<(), String> {
    let sent = notifications::send(&app.platform, &app.themes, job).await;
    sent.map_err(|error| error.causes())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_is_the_accounts_once_its_code_was_typed() {
    let app = TestApp::start().await;
    let ada = app.shopper("ada").await;
    let waiting = ada.put(PHONE, &json!({"number": "0151 23456789", "country": "DE"})).await;
    let waiting = waiting.json(200);
    assert_eq!(
        (&waiting["number"], &waiting["pending_number"]),
        (&json!(null), &json!("+4915123456789"))
    );
    let code = newest_code(&app).await;
    let text = texts(&app).await[0]["text"].as_str().unwrap().to_owned();
    assert!(text.ends_with(&format!("@127.0.0.1 #{code}")), "browsers offer the code: {text}");

    let wrong = if code == "000000" { "111111" } else { "000000" };
    assert_eq!(ada.post(CONFIRM, &json!({"code": wrong})).await.wrong_fields(), ["code"]);
    let spaced = format!(" {} {} ", &code[..3], &code[3..]);
    let mine = ada.post(CONFIRM, &json!({"code": spaced})).await.json(200);
    assert_eq!(
        (&mine["number"], &mine["pending_number"]),
        (&json!("+4915123456789"), &json!(null))
    );
    assert_eq!(ada.post(CONFIRM, &json!({"code": code})).await.problem(409), "token_used");

    // The team sees that a code was sent, and not which.
    let staff = app.staff("admin").await;
    let listed = staff.get("/api/v1/messages?q=%2B4915123456789").await.json(200);
    assert!(!listed.to_string().contains(&code), "{listed}");

    ada.delete(PHONE).await.expect(204);
    ada.delete(PHONE).await.expect(204);
    assert_eq!(ada.get(PHONE).await.json(200)["number"], json!(null));
    app.anonymous().get(PHONE).await.problem(401);
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_are_guessed_five_times_and_last_ten_minutes() {
    let app = TestApp::start().await;
    let (ada, eve) = (app.shopper("ada").await, app.shopper("eve").await);
    let number = json!({"number": "+49 151 23456789"});
    ada.put(PHONE, &number).await.json(200);
    let code = newest_code(&app).await;
    let wrong = if code == "000000" { "111111" } else { "000000" };
    // A code is of one account.
    eve.post(CONFIRM, &json!({"code": code})).await.problem(410);
    for malformed in ["", "12345", "1234567", "abcdef", "12\u{202e}3456"] {
        assert_eq!(ada.post(CONFIRM, &json!({"code": malformed})).await.wrong_fields(), ["code"]);
    }
    for _ in 0..5 {
        assert_eq!(ada.post(CONFIRM, &json!({"code": wrong})).await.wrong_fields(), ["code"]);
    }
    assert_eq!(ada.post(CONFIRM, &json!({"code": code})).await.problem(410), "token_expired");

    ada.put(PHONE, &number).await.json(200);
    let code = newest_code(&app).await;
    app.platform.clock.advance(Duration::minutes(11));
    assert_eq!(ada.post(CONFIRM, &json!({"code": code})).await.problem(410), "token_expired");
    assert_eq!(ada.get(PHONE).await.json(200)["pending_number"], json!(null));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_mobile_number_is_refused_with_an_example_of_its_country() {
    let app = TestApp::start().await;
    let ada = app.shopper("ada").await;
    for (number, country, example) in [
        ("", Some("DE"), "01512 3456789"),
        ("12", Some("GB"), "07400 123456"),
        ("030 123456", Some("DE"), "gets no SMS"),
        ("0151 23456789", None, "country code"),
        ("0151 23456789", Some("XX"), "country code"),
        ("+49 151 23456789\r\nBcc: x@evil.example", Some("DE"), "01512 3456789"),
        ("+49\u{202e}15123456789", Some("DE"), "01512 3456789"),
        ("1".repeat(5_000).as_str(), Some("DE"), "01512 3456789"),
    ] {
        let refused = ada.put(PHONE, &json!({"number": number, "country": country})).await;
        assert_eq!(refused.wrong_fields(), ["number"], "{number:?}");
        assert!(refused.text.contains(example), "{}", refused.text);
    }
    app.run_jobs().await;
    assert!(texts(&app).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_a_number_and_a_network_get_three_codes_an_hour() {
    let app = TestApp::start_with(&[("smp_trust_forwarded", "true")]).await;
    let policy = |answer: Answer| {
        answer.problem(429);
        answer.headers["ratelimit-policy"].to_str().unwrap().to_owned()
    };
    let ada = app.shopper("ada").await;
    for nth in 0..3 {
        typed(&ada, &format!("+49 151 2345678{nth}"), None, &format!("203.0.113.{nth}"))
            .await
            .json(200);
    }
    let fourth = typed(&ada, "+49 151 23456784", None, "203.0.113.4").await;
    assert!(policy(fourth).contains("phone-code-account"));

    for nth in 10..13 {
        let other = app.shopper("other").await;
        typed(&other, "+49 151 23456799", None, &format!("203.0.113.{nth}")).await.json(200);
    }
    let fourth = typed(&app.shopper("x").await, "+4915123456799", None, "203.0.113.14").await;
    assert!(policy(fourth).contains("phone-code-number"));

    for nth in 0..3 {
        let other = app.shopper("other").await;
        typed(&other, &format!("+49 151 2345670{nth}"), None, "198.51.100.1").await.json(200);
    }
    let fourth = typed(&app.shopper("x").await, "+49 151 23456704", None, "198.51.100.1").await;
    assert!(policy(fourth).contains("phone-code-network"));

    app.platform.clock.advance(Duration::minutes(61));
    typed(&ada, "+49 151 23456784", None, "203.0.113.4").await.json(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_works_without_scripts_and_leads_back_to_the_sale() {
    let app = TestApp::start().await;
    let ada = app.shopper("ada").await;
    let page = ada.get("/account/phone?next=/sales/bowls").await;
    assert!(page.expect(200).contains("Germany (+49)") && page.text.contains("/sales/bowls"));
    let elsewhere = ada.get("/account/phone?next=//evil.example").await;
    assert!(!elsewhere.expect(200).contains("evil.example"), "{}", elsewhere.text);

    let landline = [("country", "DE"), ("number", "030 123456"), ("next", "/sales/bowls")];
    let again = ada.form("/account/phone", &landline).await;
    assert!(again.expect(422).contains("gets no SMS") && again.text.contains("030 123456"));
    let right = [("country", "DE"), ("number", "0151/23456789"), ("next", "/sales/bowls")];
    let next = ada.form("/account/phone", &right).await.location().to_owned();
    assert!(ada.get(&next).await.expect(200).contains("+49 1512 3456789"));
    let code = newest_code(&app).await;
    let done = ada.form("/account/phone/code", &[("code", &code), ("next", "/sales/bowls")]).await;
    assert_eq!(done.location(), "/sales/bowls");
    assert!(ada.get("/account/phone").await.expect(200).contains("+49 1512 3456789"));
    ada.form("/account/phone/remove", &[]).await;
    assert!(!ada.get("/account/phone").await.expect(200).contains("+49 1512 3456789"));
    let stranger = app.anonymous().form("/account/phone", &right).await;
    assert!(stranger.location().starts_with("/sign-in"), "{}", stranger.location());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_is_texted_to_who_asked_for_it() {
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let sale = app.live_sale(tenant, SaleMode::Hosted).await; // 5 Slate, 2 a shopper
    let mut holders = vec![];
    for nth in 0..3 {
        let holder = app.shopper(&format!("holder{nth}")).await;
        let quantity = if nth == 2 { 1 } else { 2 };
        let hold = buy(&holder, &sale, 1, quantity).await.json(201);
        holders.push((holder, hold["id"].as_str().unwrap().to_owned()));
    }
    let (bob, cleo) = (app.shopper("bob").await, app.shopper("cleo").await);
    let (bobs, cleos) = (account_of(&bob).await, account_of(&cleo).await);
    has_phone(&app, bobs, "+4915123456789", MessageKind::Waitlist).await;
    // She has a number, and wants SMS about other things.
    has_phone(&app, cleos, "+4915123456780", MessageKind::Reminders).await;
    buy(&bob, &sale, 1, 2).await.json(202);
    buy(&cleo, &sale, 1, 2).await.json(202);
    for (holder, hold) in &holders[..2] {
        holder.delete(&format!("/api/v1/me/holds/{hold}")).await.expect(204);
    }
    app.run_jobs().await;
    let texts = texts(&app).await;
    assert_eq!(texts.len(), 1, "{texts:?}");
    let text = texts[0]["text"].as_str().unwrap();
    assert_eq!(texts[0]["to"], "+4915123456789");
    assert!(text.contains("It's your turn") && text.contains("/cart"), "{text}");
    assert!(text.chars().count() <= 306 && text.is_ascii(), "{text}");
    let emails = app
        .query("SELECT to_jsonb(recipient) FROM messages WHERE template = 'waitlist_offer' AND channel = 'email'")
        .await;
    assert_eq!(emails.len(), 2, "everybody gets the email");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_sms_without_an_answer_is_asked_for_and_not_sent_twice() {
    let service = SmsService::start().await;
    let app = service.app().await;
    let (_, ada) = app.account("ada", &[]).await;

    let job = queued(&app, ada, "cash_code").await;
    service.is(Mood::TakesSilently);
    assert!(try_to_send(&app, &job).await.is_err());
    service.is(Mood::Takes);
    try_to_send(&app, &job).await.unwrap();
    try_to_send(&app, &job).await.unwrap();
    let text = &texts(&app).await[0];
    assert_eq!((service.asked(), &text["state"]), (1, &json!("sent")));
    assert_eq!(text["sid"], json!(service.taken()[0]["Sid"]));
    assert!(!text["text"].as_str().unwrap().contains("your turn"), "a secret stays after it left");

    // One that never arrived is sent again, once it would be in the list.
    let job = queued(&app, ada, "cash_code").await;
    service.is(Mood::Fails);
    assert!(try_to_send(&app, &job).await.is_err());
    service.is(Mood::Takes);
    let early = try_to_send(&app, &job).await.unwrap_err();
    assert!(early.contains("asked before another try"), "{early}");
    assert_eq!(service.asked(), 2);
    app.platform.clock.advance(Duration::seconds(31));
    try_to_send(&app, &job).await.unwrap();
    assert_eq!((service.asked(), service.taken().len()), (3, 2));
    assert_eq!(texts(&app).await[1]["state"], "sent");

    // Of one that was not taken, nothing has to be asked.
    let job = queued(&app, ada, "cash_code").await;
    service.is(Mood::Busy);
    let busy = try_to_send(&app, &job).await.unwrap_err();
    assert!(busy.contains("429"), "{busy}");
    service.is(Mood::Takes);
    try_to_send(&app, &job).await.unwrap();
    assert_eq!(service.taken().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_over_or_goes_nowhere_is_not_sent() {
    let service = SmsService::start().await;
    let app = service.app().await;
    let (_, ada) = app.account("ada", &[]).await;
    let late = queued(&app, ada, "cash_code").await;
    app.platform.clock.advance(Duration::minutes(11));
    try_to_send(&app, &late).await.unwrap();
    let nowhere = queued(&app, ada, "cash_code").await;
    service.is(Mood::Refuses(21211));
    try_to_send(&app, &nowhere).await.unwrap();
    service.is(Mood::Takes);
    try_to_send(&app, &nowhere).await.unwrap();
    let texts = texts(&app).await;
    assert_eq!((&texts[0]["state"], &texts[1]["state"]), (&json!("failed"), &json!("failed")));
    assert!(texts[0]["error"].as_str().unwrap().contains("over before it could leave"));
    assert!(texts[1]["error"].as_str().unwrap().contains("does not exist"), "{}", texts[1]);
    assert!(service.taken().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_come_in_any_order_and_only_signed_ones_count() {
    let service = SmsService::start().await;
    let app = service.app().await;
    let (_, ada) = app.account("ada", &[]).await;
    let (first, second) = (queued(&app, ada, "shipped").await, queued(&app, ada, "shipped").await);
    for job in [&first, &second] {
        try_to_send(&app, job).await.unwrap();
    }
    let path = service.taken()[0]["StatusCallback"].strip_prefix(&app.base).unwrap().to_owned();
    let sid = service.taken()[0]["Sid"].clone();
    let state = || async { texts(&app).await[0]["state"].as_str().unwrap().to_owned() };
    let report = |status: &'static str, code: &'static str| {
        let (app, path, sid) = (&app, &path, sid.clone());
        async move {
            let fields =
                [("MessageSid", sid.as_str()), ("MessageStatus", status), ("ErrorCode", code)];
            signed(app, path, &fields).await.expect(204);
        }
    };
    report("delivered", "").await;
    assert_eq!(state().await, "delivered");
    for late in ["sent", "queued", "delivered", "undelivered", "something-new"] {
        report(late, "").await;
        assert_eq!(state().await, "delivered", "{late}");
    }

    // A signature of another token, of other fields or of another address.
    let path = service.taken()[1]["StatusCallback"].strip_prefix(&app.base).unwrap().to_owned();
    let sid = service.taken()[1]["Sid"].clone();
    let fields =
        [("MessageSid", sid.as_str()), ("MessageStatus", "undelivered"), ("ErrorCode", "30003")];
    let url = format!("{}{path}", app.base);
    for wrong in [
        String::new(),
        "AAAA".to_owned(),
        signature(&url, &fields[1..]),
        signature(&format!("{url}?x=1"), &fields),
    ] {
        let client = app.anonymous();
        let request = client.request(Method::POST, &path).header("X-Twilio-Signature", wrong);
        client.send(request.form(&fields)).await.problem(403);
    }
    assert_eq!(texts(&app).await[1]["state"], "sent");
    signed(&app, &path, &fields).await.expect(204);
    let text = &texts(&app).await[1];
    assert_eq!(text["state"], "undelivered");
    assert!(text["error"].as_str().unwrap().contains("switched off or out of reach"), "{text}");
    // One that is unknown, or was deleted, is no reason for the service to repeat it.
    let unknown = format!("/webhooks/sms/status/{}/{}", Uuid::nil(), Uuid::now_v7());
    signed(&app, &unknown, &fields).await.expect(204);
    signed(&app, "/webhooks/sms/status/x/y", &fields).await.problem(404);
    signed(&app, &path, &[]).await.problem(400);
}

#[tokio::test(flavor = "multi_thread")]
async fn stop_ends_all_sms_to_a_number_and_start_allows_them_again() {
    let service = SmsService::start().await;
    let app = service.app().await;
    let (client, ada) = app.account("ada", &[]).await;
    let phone = "+4915123456789";
    has_phone(&app, ada, phone, MessageKind::Waitlist).await;
    let inbound = "/webhooks/sms/inbound";
    let says = |body: &'static str| {
        let app = &app;
        async move {
            let answer = signed(app, inbound, &[("From", phone), ("Body", body)]).await;
            assert!(answer.expect(200).contains("<Response/>"));
        }
    };
    app.anonymous().form(inbound, &[("From", phone), ("Body", "STOP")]).await.problem(403);
    says("Where is my parcel?").await;
    assert!(wants(&app, ada, MessageKind::Waitlist).await);
    says("Stop.").await;
    says("STOP").await;
    assert!(!wants(&app, ada, MessageKind::Waitlist).await);
    assert_eq!(client.get(PHONE).await.json(200)["is_stopped"], true);
    assert_eq!(client.put(PHONE, &json!({"number": phone})).await.problem(409), "phone_stopped");
    let job = queued(&app, ada, "cash_code").await;
    try_to_send(&app, &job).await.unwrap();
    let text = &texts(&app).await[0];
    assert_eq!((service.asked(), &text["state"]), (0, &json!("failed")));
    assert!(text["error"].as_str().unwrap().contains("answered STOP"), "{text}");

    says("START").await;
    assert_eq!(client.get(PHONE).await.json(200)["is_stopped"], false);
    assert!(!wants(&app, ada, MessageKind::Waitlist).await, "she chooses again herself");

    // The service knows of a STOP that SMP has not heard of.
    has_phone(&app, ada, phone, MessageKind::Waitlist).await;
    let job = queued(&app, ada, "cash_code").await;
    service.is(Mood::Refuses(21610));
    try_to_send(&app, &job).await.unwrap();
    let text = &texts(&app).await[1];
    assert_eq!(text["state"], "failed");
    assert!(text["error"].as_str().unwrap().contains("choices for SMS are switched off"), "{text}");
    assert!(!wants(&app, ada, MessageKind::Waitlist).await);
}
