//! The security of an account: limits that lock nobody else out, changing the password and the
//! address, news of new devices, and Unicode tricks.

use serde_json::{Value, json};
use smp::access::SESSION_COOKIE;
use time::Duration;

use crate::support::{
    Client, PASSWORD, TestApp,
    client::Answer,
    factor::{Phone, first_step},
};

const OTHER: &str = "kiln under half light";

/// A shopper with a confirmed address, and that address.
async fn shopper(app: &TestApp) -> (Client, String) {
    let client = app.shopper("mara").await;
    let me = client.get("/api/v1/me").await.json(200);
    (client, me["account"]["email"].as_str().unwrap().to_owned())
}

async fn sign_in(client: &Client, email: &str, password: &str) -> Answer {
    let body = json!({"email": email, "password": password});
    client.post("/api/v1/session", &body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_passwords_lock_their_own_network_out_and_no_known_device() {
    let app = TestApp::start().await;
    let (known, email) = shopper(&app).await;
    let stranger = app.anonymous();
    for _ in 0..10 {
        sign_in(&stranger, &email, "not the password").await.problem(401);
    }
    let refused = sign_in(&stranger, &email, PASSWORD).await;
    assert_eq!(refused.problem(429), "too_many");
    assert!(refused.headers.contains_key("retry-after"));
    // Neither does signing up tell whether a password is right.
    let guess = json!({"email": email, "password": PASSWORD, "name": "Eve"});
    assert_eq!(stranger.post("/api/v1/accounts", &guess).await.problem(429), "too_many");
    sign_in(&known, &email, PASSWORD).await.json(200);
    // Another account is tried from the same network as ever.
    let (_, other) = shopper(&app).await;
    sign_in(&stranger, &other, PASSWORD).await.json(200);
    // A device that Eve made known to an account of her own counts for nothing here.
    let eve = app.anonymous();
    let claim = json!({"email": "eve@example.com", "password": OTHER, "name": "Eve"});
    eve.post("/api/v1/accounts", &claim).await.json(201);
    assert_eq!(sign_in(&eve, &email, PASSWORD).await.problem(429), "too_many");
    // The known device has a count of its own.
    for _ in 0..10 {
        sign_in(&known, &email, "not the password").await.problem(401);
    }
    assert_eq!(sign_in(&known, &email, PASSWORD).await.problem(429), "too_many");
    app.platform.clock.advance(Duration::minutes(21));
    sign_in(&stranger, &email, PASSWORD).await.json(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn right_passwords_do_not_count() {
    let app = TestApp::start().await;
    let (_, email) = shopper(&app).await;
    for _ in 0..15 {
        sign_in(&app.anonymous(), &email, PASSWORD).await.json(200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_changed_with_the_current_one() {
    let app = TestApp::start().await;
    let (client, email) = shopper(&app).await;
    let (tablet, phone) = (app.anonymous(), app.anonymous());
    sign_in(&tablet, &email, PASSWORD).await.json(200);
    let change = async |current: &str, new: &str, keep: bool| {
        let body =
            json!({"current_password": current, "new_password": new, "keep_other_sessions": keep});
        client.put("/api/v1/me/password", &body).await
    };
    assert_eq!(change("wrong", OTHER, true).await.wrong_fields(), ["current_password"]);
    assert_eq!(change(PASSWORD, "password12", true).await.wrong_fields(), ["new_password"]);
    assert_eq!(change(PASSWORD, &email, true).await.wrong_fields(), ["new_password"]);
    change(PASSWORD, OTHER, true).await.expect(204);
    tablet.get("/api/v1/me").await.json(200);
    sign_in(&phone, &email, OTHER).await.json(200);
    change(OTHER, PASSWORD, false).await.expect(204);
    for out in [&tablet, &phone] {
        out.get("/api/v1/me").await.problem(401);
    }
    client.get("/api/v1/me").await.json(200);
    assert_eq!(app.emails("password_changed", &email).await.len(), 2);

    // The same on the page, without scripts.
    let page = client.get("/account/security").await;
    assert!(page.expect(200).contains("Where you are signed in"), "{}", page.text);
    let wrong = [("current_password", "wrong"), ("new_password", OTHER)];
    let refused = client.form("/account/security/password", &wrong).await;
    assert!(refused.expect(422).contains("This is not your current password"));
    assert!(!refused.text.contains(OTHER), "no page has a password");
    let right = [("current_password", PASSWORD), ("new_password", OTHER)];
    let done = client.form("/account/security/password", &right).await;
    assert_eq!(done.location(), "/account/security");
    sign_in(&app.anonymous(), &email, OTHER).await.json(200);
    assert!(app.anonymous().get("/account/security").await.location().starts_with("/sign-in"));
}

#[tokio::test(flavor = "multi_thread")]
async fn other_sessions_are_ended_and_a_foreign_one_is_not() {
    let app = TestApp::start().await;
    let (client, email) = shopper(&app).await;
    let tablet = app.anonymous();
    sign_in(&tablet, &email, PASSWORD).await.json(200);
    let eve = app.shopper("eve").await;
    let own = tablet.get("/api/v1/me/sessions").await.json(200);
    let current = own["items"].as_array().unwrap().iter().find(|one| one["current"] == true);
    let id = current.unwrap()["id"].as_str().unwrap();
    let end = format!("/account/security/sessions/{id}/end");
    eve.form(&end, &[]).await.expect(303);
    tablet.get("/api/v1/me").await.json(200);
    client.form(&end, &[]).await.expect(303);
    tablet.get("/api/v1/me").await.problem(401);
    sign_in(&tablet, &email, PASSWORD).await.json(200);
    client.delete("/api/v1/me/sessions").await.expect(204);
    tablet.get("/api/v1/me").await.problem(401);
    assert!(client.cookie(SESSION_COOKIE).is_some());
    client.get("/api/v1/me").await.json(200);
}

async fn ask_for(client: &Client, email: &str) {
    let body = json!({"email": email, "current_password": PASSWORD});
    client.post("/api/v1/me/email", &body).await.expect(204);
}

async fn open(client: &Client, path: &str, token: &str) -> Answer {
    client.post(&format!("/api/v1/session/{path}"), &json!({"token": token})).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_changed_told_to_both_and_taken_back() {
    let app = TestApp::start().await;
    let (client, old) = shopper(&app).await;
    let new = "new@example.com";
    let ask = |email: &str, password: &str| json!({"email": email, "current_password": password});
    for (email, password, field) in [
        (new, "wrong", "current_password"),
        (old.as_str(), PASSWORD, "email"),
        ("not an address", PASSWORD, "email"),
        ("a@example.com\r\nBcc: eve@example.com", PASSWORD, "email"),
    ] {
        let refused = client.post("/api/v1/me/email", &ask(email, password)).await;
        assert_eq!(refused.wrong_fields(), [field], "{email}");
    }
    ask_for(&client, new).await;
    let me = async || client.get("/api/v1/me").await.json(200)["account"]["email"].clone();
    assert_eq!(me().await, old, "not before the link is opened");
    let token = app.link("email_change_confirm", new, "/account/address/").await;
    // Nobody gives an account of a stranger their address by opening a link.
    let page = app.anonymous();
    open(&page, "email", &token).await.problem(401);
    let confirm = page.get(&format!("/account/address/{token}")).await;
    assert!(confirm.location().starts_with("/sign-in?next="), "{}", confirm.location());
    open(&client, "email", &token).await.json(200);
    assert_eq!(me().await, new);
    assert_eq!(open(&client, "email", &token).await.problem(409), "token_used");
    sign_in(&app.anonymous(), &old, PASSWORD).await.problem(401);
    sign_in(&app.anonymous(), new, PASSWORD).await.json(200);
    assert!(!app.email("email_changed", new).await.contains("/undo/"));
    let undo = app.link("email_changed", &old, "/account/address/undo/").await;

    // Whoever did it changes once more: the first address still wins.
    ask_for(&client, "third@example.com").await;
    let third = app.link("email_change_confirm", "third@example.com", "/account/address/").await;
    open(&client, "email", &third).await.json(200);
    let later = app.link("email_changed", new, "/account/address/undo/").await;
    assert!(page.get(&format!("/account/address/undo/{undo}")).await.expect(200).contains(&old));
    let taken = page.form(&format!("/account/address/undo/{undo}"), &[]).await;
    assert!(taken.location().starts_with("/reset/"), "{}", taken.location());
    client.get("/api/v1/me").await.problem(401);
    sign_in(&app.anonymous(), &old, PASSWORD).await.problem(401);
    assert_eq!(open(&app.anonymous(), "email/undo", &later).await.problem(410), "token_expired");
    page.form(taken.location(), &[("password", OTHER)]).await.expect(303);
    sign_in(&app.anonymous(), &old, OTHER).await.json(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_address_can_be_taken_back_for_seven_days() {
    let app = TestApp::start().await;
    let (client, old) = shopper(&app).await;
    ask_for(&client, "new@example.com").await;
    let token = app.link("email_change_confirm", "new@example.com", "/account/address/").await;
    open(&client, "email", &token).await.json(200);
    let undo = app.link("email_changed", &old, "/account/address/undo/").await;
    app.platform.clock.advance(Duration::days(7) + Duration::minutes(1));
    assert_eq!(open(&app.anonymous(), "email/undo", &undo).await.problem(410), "token_expired");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_address_of_another_account_is_not_given_away() {
    let app = TestApp::start().await;
    let ((client, _), (_, taken)) = (shopper(&app).await, shopper(&app).await);
    ask_for(&client, &taken).await;
    assert!(app.emails("email_change_confirm", &taken).await.is_empty());
    assert_eq!(app.emails("sign_up_known", &taken).await.len(), 1);
    // Asked for while it was free, and taken by now.
    ask_for(&client, "free@example.com").await;
    let token = app.link("email_change_confirm", "free@example.com", "/account/address/").await;
    let other = app.anonymous();
    let new = json!({"email": "free@example.com", "password": OTHER, "name": "Ewa"});
    other.post("/api/v1/accounts", &new).await.json(201);
    let code = app.code("free@example.com").await;
    other.post("/api/v1/me/verification", &json!({"code": code})).await.expect(204);
    assert_eq!(open(&client, "email", &token).await.wrong_fields(), ["email"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_device_is_told_of_once() {
    let app = TestApp::start().await;
    let (known, email) = shopper(&app).await;
    assert!(app.emails("new_device", &email).await.is_empty(), "the first is none");
    sign_in(&known, &email, PASSWORD).await.json(200);
    assert!(app.emails("new_device", &email).await.is_empty());
    let stranger = app.anonymous();
    for _ in 0..2 {
        sign_in(&stranger, &email, PASSWORD).await.json(200);
    }
    assert_eq!(app.emails("new_device", &email).await.len(), 1);
    let devices = app.query("SELECT to_jsonb(d) FROM known_devices d").await;
    let token = stranger.cookie("smp_device").unwrap();
    assert!(devices.iter().all(|row| !row.to_string().contains(&token)));
}

#[tokio::test(flavor = "multi_thread")]
async fn tricks_in_names_and_addresses_are_refused() {
    let app = TestApp::start().await;
    let new = |email: &str, name: &str| json!({"email": email, "password": OTHER, "name": name});
    for name in ["Ada\u{202e}adA", "Ada\u{200b}", "Ada\nBcc: x", "Ada\u{2066}x", "\u{feff}Ada"] {
        let refused = app.anonymous().post("/api/v1/accounts", &new("a@example.com", name)).await;
        assert_eq!(refused.wrong_fields(), ["name"], "{name:?}");
    }
    for email in [
        "\u{130}da@example.com",
        "ada\u{200d}@example.com",
        "ada@exam\u{202e}ple.com",
        "ada@example.com\r\nBcc: eve@example.com",
        "ada@[192.0.2.1]",
        "ada@localhost",
    ] {
        let refused = app.anonymous().post("/api/v1/accounts", &new(email, "Ada")).await;
        assert_eq!(refused.wrong_fields(), ["email"], "{email:?}");
    }
    // However a domain is written, it is one account.
    let made = app.anonymous().post("/api/v1/accounts", &new("Ada@BÜCHER.example", "Ada")).await;
    assert_eq!(made.json(201)["account"]["email"], "ada@xn--bcher-kva.example");
    let me: Value = sign_in(&app.anonymous(), "ada@bu\u{308}cher.example", OTHER).await.json(200);
    assert_eq!(me["account"]["id"], made.json(201)["account"]["id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_email_to_an_unproved_address_has_no_words_of_strangers() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    let new = json!({"email": "ada@example.com", "password": OTHER, "name": "Wonderful Prize"});
    client.post("/api/v1/accounts", &new).await.json(201);
    let text = app.email("email_verification", "ada@example.com").await;
    assert!(!text.contains("Wonderful") && text.starts_with("Hello,"), "{text}");
    assert!(app.emails("welcome", "ada@example.com").await.is_empty());
    let code = app.code("ada@example.com").await;
    client.post("/api/v1/me/verification", &json!({"code": code})).await.expect(204);
    let welcome = app.emails("welcome", "ada@example.com").await;
    assert_eq!(welcome.len(), 1);
    assert!(welcome[0].starts_with("Hello Wonderful Prize,"), "{}", welcome[0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_is_taken_back_leaves_no_way_in() {
    let app = TestApp::start().await;
    let (thief, old) = shopper(&app).await;
    ask_for(&thief, "thief@example.com").await;
    let token = app.link("email_change_confirm", "thief@example.com", "/account/address/").await;
    open(&thief, "email", &token).await.json(200);
    Phone::set_up(&app, &thief).await;
    app.query(
        "INSERT INTO external_identities (provider, subject, account_id)
         SELECT 'google', '1', id FROM accounts RETURNING to_jsonb(account_id)",
    )
    .await;
    let undo = app.link("email_changed", &old, "/account/address/undo/").await;
    let owner = app.anonymous();
    let reset = open(&owner, "email/undo", &undo).await.json(200)["token"].clone();
    let body = json!({"token": reset, "password": OTHER});
    owner.post("/api/v1/session/reset", &body).await.expect(204);
    sign_in(&owner, &old, OTHER).await.json(200);
    let methods = owner.get("/api/v1/me/sign-in-methods").await.json(200);
    assert_eq!(methods["connected"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_ends_what_was_begun_with_the_old_one() {
    let app = TestApp::start().await;
    let (client, email) = shopper(&app).await;
    let phone = Phone::set_up(&app, &client).await;
    let thief = app.anonymous();
    let pending = first_step(&thief, &email).await;
    ask_for(&client, "thief@example.com").await;
    let token = app.link("email_change_confirm", "thief@example.com", "/account/address/").await;
    let body = json!({"current_password": PASSWORD, "new_password": OTHER});
    client.put("/api/v1/me/password", &body).await.expect(204);
    assert_eq!(open(&client, "email", &token).await.problem(410), "token_expired");
    let code = phone.unused_code(&app).await;
    let body = json!({"pending_token": pending, "code": code});
    let over = thief.post("/api/v1/session/factor", &body).await;
    assert_eq!(over.problem(409), "sign_in_over");
}
