//! Accounts one can live with: proving an address, recovering and changing a password, changing an
//! address, known devices; and what strangers learn of it all, which is nothing.

use serde_json::{Value, json};
use smp::sales::SaleMode;
use time::Duration;

use crate::support::{Client, PASSWORD, TestApp, client::Answer, mail::after, shop::APPROVE};

const MARA: &str = "mara@example.com";
const OTHER: &str = "kiln under half light";

async fn sign_up(app: &TestApp, email: &str) -> Client {
    let client = app.anonymous();
    let new = json!({"email": email, "password": PASSWORD, "name": "Mara Lind"});
    client.post("/api/v1/accounts", &new).await.json(201);
    client
}

/// A shopper whose address is confirmed.
async fn mara(app: &TestApp) -> Client {
    let client = sign_up(app, MARA).await;
    let code = app.code(MARA).await;
    client.post("/api/v1/me/verification", &json!({"code": code})).await.expect(204);
    client
}

async fn sign_in(app: &TestApp, email: &str, password: &str) -> Answer {
    app.anonymous().post("/api/v1/session", &credentials(email, password)).await
}

fn credentials(email: &str, password: &str) -> Value {
    json!({"email": email, "password": password})
}

fn wrong_code(right: &str) -> &'static str {
    if right == "000000" { "000001" } else { "000000" }
}

#[tokio::test(flavor = "multi_thread")]
async fn units_are_held_before_the_address_is_confirmed_and_paid_after() {
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let sale = app.live_sale(tenant, SaleMode::Hosted).await;
    let shopper = sign_up(&app, MARA).await;
    assert_eq!(shopper.get("/api/v1/me").await.json(200)["account"]["is_verified"], false);
    shopper.hold(&sale, 0, 1).await;
    let order = shopper.place().await.json(201);
    let number = order["number"].as_str().unwrap();
    let held = shopper.get("/api/v1/me/holds").await.json(200);
    let refused = shopper.pay(number, APPROVE).await;
    assert_eq!(refused.problem(403), "email_unverified");
    assert!(refused.text.contains(MARA), "{}", refused.text);
    // The page asks for the code in place.
    let page = shopper.get(&format!("/checkout/{number}/payment")).await;
    let page = page.expect(200);
    assert!(page.contains("First, confirm your email address"), "{page}");
    assert!(!page.contains(r#"name="gateway""#), "{page}");
    let pay = [("gateway", "sandbox")];
    shopper.form(&format!("/checkout/{number}/payment"), &pay).await.expect(403);

    let code = app.code(MARA).await;
    let verify = format!("/checkout/{number}/verify");
    let wrong = shopper.form(&verify, &[("code", wrong_code(&code))]).await;
    assert!(wrong.expect(422).contains("4 tries left"), "{}", wrong.text);
    shopper.form(&verify, &[("code", "")]).await.expect(422);
    let right = shopper.form(&verify, &[("code", &code)]).await;
    right.expect(303);
    assert_eq!(right.location(), format!("/checkout/{number}/payment"));
    let again = shopper.get("/api/v1/me/holds").await.json(200);
    let until = |holds: &Value| holds["items"][0]["expires_at"].clone();
    assert_eq!(until(&again), until(&held), "held no longer for it");
    assert_eq!(shopper.pay(number, APPROVE).await.json(201)["state"], "succeeded");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_takes_five_tries_and_a_newer_one_replaces_it() {
    let app = TestApp::start().await;
    let client = sign_up(&app, MARA).await;
    let confirm =
        async |code: &str| client.post("/api/v1/me/verification", &json!({"code": code})).await;
    let code = app.code(MARA).await;
    for bad in ["", "12345", "1234567", "abcdef", "１２３４５６"] {
        assert_eq!(confirm(bad).await.wrong_fields(), ["code"], "{bad}");
    }
    for left in ["4 tries", "3 tries", "2 tries", "1 try", "last try"] {
        let wrong = confirm(wrong_code(&code)).await;
        assert_eq!(wrong.wrong_fields(), ["code"]);
        assert!(wrong.text.contains(left), "{}", wrong.text);
    }
    assert_eq!(confirm(&code).await.problem(410), "token_expired", "the code is dead");
    let dead = app.link("email_verification", MARA, "/verify/").await;
    let link = json!({"token": dead});
    let used = app.anonymous().post("/api/v1/session/verification", &link).await;
    assert_eq!(used.problem(410), "token_expired", "and so is its link");

    client.post("/api/v1/me/verification/send", &json!({})).await.expect(204);
    let older = app.code(MARA).await;
    client.post("/api/v1/me/verification/send", &json!({})).await.expect(204);
    let newer = app.code(MARA).await;
    if older != newer {
        assert_eq!(confirm(&older).await.wrong_fields(), ["code"]);
    }
    let spaced = format!(" {} {}", &newer[..3], &newer[3..]);
    confirm(&spaced).await.expect(204);
    confirm(&newer).await.expect(204);
    let more = client.post("/api/v1/me/verification/send", &json!({})).await;
    assert_eq!(more.problem(409), "email_verified");
    assert_eq!(client.get("/api/v1/me").await.json(200)["account"]["is_verified"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_are_not_sent_without_end() {
    let app = TestApp::start().await;
    let client = sign_up(&app, MARA).await;
    for _ in 1..10 {
        client.post("/api/v1/me/verification/send", &json!({})).await.expect(204);
    }
    let refused = client.post("/api/v1/me/verification/send", &json!({})).await;
    assert_eq!(refused.problem(409), "code_sent_too_often");
    app.platform.clock.advance(Duration::hours(25));
    client.post("/api/v1/me/verification/send", &json!({})).await.expect(204);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_works_once_for_a_day_and_for_its_purpose_alone() {
    let app = TestApp::start().await;
    let client = sign_up(&app, MARA).await;
    let token = app.link("email_verification", MARA, "/verify/").await;
    let open = async |path: &str, token: &str| {
        let body = json!({"token": token, "password": OTHER});
        let body = if path == "reset" { body } else { json!({"token": token}) };
        app.anonymous().post(&format!("/api/v1/session/{path}"), &body).await
    };
    let truncated = &token[..token.len() - 1];
    for (path, bad) in [
        ("verification", truncated),
        ("verification", ""),
        ("verification", "x"),
        ("reset", token.as_str()),
        ("email", token.as_str()),
        ("email/undo", token.as_str()),
    ] {
        assert_eq!(open(path, bad).await.problem(400), "token_unknown", "{path} {bad}");
    }
    let long = "x".repeat(5_000);
    assert_eq!(open("verification", &long).await.problem(400), "token_unknown");
    // Opening the page uses nothing: programs that look at mail do that.
    let page = app.anonymous();
    let path = format!("/verify/{token}");
    page.get(&format!("/verify/{truncated}")).await.expect(400);
    // It works for who is signed in to its account: others sign in and come back.
    let sign_in = format!("/sign-in?next=%2Fverify%2F{token}");
    for answer in [page.get(&path).await, page.form(&path, &[]).await] {
        assert_eq!((answer.status.as_u16(), answer.location()), (303, sign_in.as_str()));
    }
    open("verification", &token).await.problem(401);
    assert!(client.get(&path).await.expect(200).contains(MARA));
    client.form(&path, &[]).await.expect(303);
    assert_eq!(client.get("/api/v1/me").await.json(200)["account"]["is_verified"], true);
    assert_eq!(open("verification", &token).await.problem(409), "token_used");
    page.get(&path).await.expect(409);

    sign_up(&app, "late@example.com").await;
    let late = app.link("email_verification", "late@example.com", "/verify/").await;
    app.platform.clock.advance(Duration::hours(25));
    assert_eq!(open("verification", &late).await.problem(410), "token_expired");
    // Nothing of it is stored in the clear.
    let rows = app.query("SELECT to_jsonb(t) FROM account_tokens t").await;
    assert!(rows.iter().all(|row| !row.to_string().contains(&late)));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_uses_of_a_link_at_the_same_time_one_succeeds() {
    let app = TestApp::start().await;
    mara(&app).await;
    app.anonymous().post("/api/v1/session/forgotten", &json!({"email": MARA})).await.expect(204);
    let token = app.link("password_reset", MARA, "/reset/").await;
    let body = json!({"token": token, "password": OTHER});
    let client = app.anonymous();
    let uses = (0..8).map(|_| client.post("/api/v1/session/reset", &body));
    let answers = futures_util::future::join_all(uses).await;
    let succeeded = answers.iter().filter(|answer| answer.status.as_u16() == 204).count();
    assert_eq!(succeeded, 1);
    let refused = answers.iter().filter(|answer| answer.status.as_u16() != 204);
    refused.for_each(|answer| assert_eq!(answer.problem(409), "token_used"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forgotten_password_is_set_anew_and_every_other_device_is_out() {
    let app = TestApp::start().await;
    let (phone, mut laptop) = (mara(&app).await, app.anonymous());
    laptop.sign_in(MARA, PASSWORD).await;
    let browser = app.anonymous();
    let asked = browser.form("/forgot", &[("email", " Mara@Example.com ")]).await;
    assert!(asked.expect(200).contains("Look at your email"), "{}", asked.text);
    let older = app.link("password_reset", MARA, "/reset/").await;
    browser.form("/forgot", &[("email", MARA)]).await.expect(200);
    let token = app.link("password_reset", MARA, "/reset/").await;
    browser.get(&format!("/reset/{older}")).await.expect(410);

    let path = format!("/reset/{token}");
    assert!(browser.get(&path).await.expect(200).contains(MARA));
    for (weak, why) in [
        ("short", "Use at least 10 characters"),
        ("password12", "easy to guess"),
        ("mara lind mara", "your name or address"),
        ("", "Enter a new password"),
    ] {
        let refused = browser.form(&path, &[("password", weak)]).await;
        assert!(refused.expect(422).contains(why), "{weak}: {}", refused.text);
    }
    phone.get("/api/v1/me").await.json(200);
    let set = browser.form(&path, &[("password", OTHER)]).await;
    assert_eq!((set.status.as_u16(), set.location()), (303, "/sign-in"));
    for out in [&phone, &laptop] {
        out.get("/api/v1/me").await.problem(401);
    }
    sign_in(&app, MARA, PASSWORD).await.problem(401);
    sign_in(&app, MARA, OTHER).await.json(200);
    browser.form(&path, &[("password", PASSWORD)]).await.expect(409);
    let told = app.email("password_changed", MARA).await;
    assert!(told.contains("2 other devices"), "{told}");
    let audit = app.query("SELECT to_jsonb(action) FROM audit_log").await;
    assert!(audit.contains(&json!("password_reset")), "{audit:?}");

    browser.form("/forgot", &[("email", MARA)]).await.expect(200);
    let late = app.link("password_reset", MARA, "/reset/").await;
    app.platform.clock.advance(Duration::minutes(31));
    let body = json!({"token": late, "password": PASSWORD});
    let refused = browser.post("/api/v1/session/reset", &body).await;
    assert_eq!(refused.problem(410), "token_expired");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_learns_who_has_an_account() {
    let app = TestApp::start().await;
    mara(&app).await;
    let forget = async |email: &str| {
        let answer = app.anonymous().form("/forgot", &[("email", email)]).await;
        // The rest of the page has the server's time.
        (answer.status, answer.main().replace(email, "…"))
    };
    assert_eq!(forget(MARA).await, forget("nobody@example.com").await);
    let forget = async |email: &str| {
        app.anonymous().post("/api/v1/session/forgotten", &json!({"email": email})).await
    };
    let (known, unknown) = (forget(MARA).await, forget("nobody@example.com").await);
    assert_eq!((known.status, &known.text), (unknown.status, &unknown.text));
    assert!(app.emails("password_reset", "nobody@example.com").await.is_empty());

    // A sign-up with a known address and another password looks like any other.
    let new = |email: &str| json!({"email": email, "password": OTHER, "name": "Eve"});
    let (eve, ewa) = (app.anonymous(), app.anonymous());
    let known = eve.post("/api/v1/accounts", &new(MARA)).await.json(201);
    let fresh = ewa.post("/api/v1/accounts", &new("ewa@example.com")).await.json(201);
    let shape = |me: &Value| (me["account"]["is_verified"].clone(), me["roles"].clone());
    assert_eq!(shape(&known), shape(&fresh));
    for client in [&eve, &ewa] {
        client.post("/api/v1/me/verification/send", &json!({})).await.expect(204);
        let wrong = client.post("/api/v1/me/verification", &json!({"code": "123"})).await;
        assert_eq!(wrong.wrong_fields(), ["code"]);
        client.delete("/api/v1/session").await.expect(204);
    }
    for email in [MARA, "ewa@example.com"] {
        sign_in(&app, email, OTHER).await.json(200);
        sign_in(&app, email, "neither of the two").await.problem(401);
    }
    // Its owner is told, and sent no code that would give the address away.
    assert!(!app.emails("sign_up_known", MARA).await.is_empty());
    assert_eq!(app.emails("email_verification", MARA).await.len(), 1, "that of her own sign-up");
    let own = sign_in(&app, MARA, PASSWORD).await.json(200);
    assert_eq!(
        (&own["account"]["is_verified"], own["account"]["id"] == known["account"]["id"]),
        (&json!(true), false)
    );
    // With the right password, signing up is signing in.
    let again = json!({"email": MARA, "password": PASSWORD, "name": "Mara"});
    let again = app.anonymous().post("/api/v1/accounts", &again).await.json(200);
    assert_eq!(again["account"]["id"], own["account"]["id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_belongs_to_who_proves_it_first_by_mail() {
    let app = TestApp::start().await;
    // Somebody else claims Mara's address before she does.
    let squatter = app.anonymous();
    let claim = json!({"email": MARA, "password": OTHER, "name": "Eve"});
    squatter.post("/api/v1/accounts", &claim).await.json(201);
    // Of two emails that wait, either may be sent first.
    app.run_jobs().await;
    let own = mara(&app).await;
    assert_eq!(own.get("/api/v1/me").await.json(200)["account"]["is_verified"], true);
    // The squatter's link proves nothing for the squatter: not by Mara, and not when it is late.
    let links = app.emails("email_verification", MARA).await;
    let link = json!({"token": after(&links[0], "/verify/")});
    own.post("/api/v1/session/verification", &link).await.problem(401);
    let answer = squatter.post("/api/v1/session/verification", &link).await;
    assert_eq!(answer.wrong_fields(), ["email"]);
    assert_eq!(squatter.get("/api/v1/me").await.json(200)["account"]["is_verified"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_has_nothing_that_stays_when_the_owner_of_its_address_comes() {
    let app = TestApp::start_with(&[("smp_base_url", "http://localhost:8080")]).await;
    let squatter = app.anonymous();
    let claim = json!({"email": MARA, "password": OTHER, "name": "Eve"});
    squatter.post("/api/v1/accounts", &claim).await.json(201);
    for path in ["me/passkeys/challenge", "me/second-factor"] {
        let refused = squatter.post(&format!("/api/v1/{path}"), &json!({})).await;
        assert_eq!(refused.problem(403), "email_unverified", "{path}");
    }
    let verify = squatter.form("/account/security/second-factor", &[]).await;
    assert_eq!(verify.location(), "/verify?next=%2Faccount%2Fsecurity%2Fsecond-factor");
    // What was there all the same, as the account of a provider that vouches for no address.
    app.query(
        "WITH identity AS (
             INSERT INTO external_identities (provider, subject, account_id)
             SELECT 'facebook', '1', id FROM accounts RETURNING account_id
         ), passkey AS (
             INSERT INTO passkeys (id, account_id, credential_id, name, credential)
             SELECT id, id, 'x', 'Phone', '{}' FROM accounts RETURNING account_id
         )
         INSERT INTO second_factors (account_id, sealed_secret, confirmed_at)
         SELECT id, 'x', now() FROM accounts RETURNING to_jsonb(account_id)",
    )
    .await;
    let own = app.anonymous();
    own.form("/forgot", &[("email", MARA)]).await.expect(200);
    let token = app.link("password_reset", MARA, "/reset/").await;
    own.form(&format!("/reset/{token}"), &[("password", PASSWORD)]).await.expect(303);
    squatter.get("/api/v1/me").await.problem(401);
    sign_in(&app, MARA, OTHER).await.problem(401);
    // No code is asked for that only Eve has.
    own.post("/api/v1/session", &credentials(MARA, PASSWORD)).await.json(200);
    let methods = own.get("/api/v1/me/sign-in-methods").await.json(200);
    assert_eq!((&methods["connected"], &methods["passkeys"]), (&json!([]), &json!([])));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_cannot_use_up_the_links_of_a_forgotten_password() {
    let app = TestApp::start().await;
    mara(&app).await;
    let forget = async || {
        let asked = app.anonymous().form("/forgot", &[("email", MARA)]).await;
        asked.expect(200);
        app.emails("password_reset", MARA).await.len()
    };
    for sent in [1, 2, 3, 4, 5, 5, 5] {
        assert_eq!(forget().await, sent);
    }
    let last = app.link("password_reset", MARA, "/reset/").await;
    app.anonymous().get(&format!("/reset/{last}")).await.expect(200);
    app.platform.clock.advance(Duration::minutes(31));
    assert_eq!((forget().await, forget().await), (6, 6));
    let token = app.link("password_reset", MARA, "/reset/").await;
    let body = json!({"token": token, "password": OTHER});
    app.anonymous().post("/api/v1/session/reset", &body).await.expect(204);
}
