//! Passkeys, as far as they go without an authenticator; tests/e2e/passkeys.test.mjs has one.

use reqwest::Method;
use serde_json::{Value, json};
use smp::access::{Device, FirstFactor, SignInStep, accounts, sign_in};

use crate::support::{
    PASSWORD, TestApp,
    factor::{Phone, email_of},
};

/// Browsers and authenticators want a domain.
const DOMAIN: [(&str, &str); 1] = [("smp_base_url", "http://localhost:8080")];

fn answer() -> Value {
    json!({
        "id": "AQID",
        "rawId": "AQID",
        "type": "public-key",
        "response": {"attestationObject": "AQID", "clientDataJSON": "AQID"},
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_challenge_is_the_account_s_own_and_is_answered_once() {
    let app = TestApp::start_with(&DOMAIN).await;
    let (ada, grace) = (app.shopper("ada").await, app.shopper("grace").await);
    let begun = ada.post("/api/v1/me/passkeys/challenge", &json!({})).await.json(200);
    let options = &begun["options"]["publicKey"];
    assert_eq!(options["rp"]["id"], "localhost");
    assert_eq!(options["authenticatorSelection"]["userVerification"], "required");
    assert_eq!(options["authenticatorSelection"]["residentKey"], "required");
    let body = |challenge: &Value| json!({"challenge": challenge, "name": "Phone", "credential": answer()});
    // Another account's, one that is cut off, one that is made up.
    let token = begun["challenge"].as_str().unwrap();
    for challenge in [json!(&token[..token.len() - 1]), json!("made up"), json!("x".repeat(5_000))]
    {
        ada.post("/api/v1/me/passkeys", &body(&challenge)).await.problem(400);
    }
    grace.post("/api/v1/me/passkeys", &body(&begun["challenge"])).await.problem(400);
    // An answer that cannot be verified uses it up.
    ada.post("/api/v1/me/passkeys", &body(&begun["challenge"])).await.problem(401);
    ada.post("/api/v1/me/passkeys", &body(&begun["challenge"])).await.problem(400);
    let methods = ada.get("/api/v1/me/sign-in-methods").await.json(200);
    assert_eq!((&methods["has_password"], &methods["passkeys"]), (&json!(true), &json!([])));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_challenge_ends_after_five_minutes() {
    let app = TestApp::start_with(&DOMAIN).await;
    let ada = app.shopper("ada").await;
    let begun = ada.post("/api/v1/me/passkeys/challenge", &json!({})).await.json(200);
    app.query(
        "UPDATE passkey_challenges SET expires_at = expires_at - interval '5 minutes'
         RETURNING to_jsonb(expires_at)",
    )
    .await;
    let body = json!({"challenge": begun["challenge"], "name": "Phone", "credential": answer()});
    ada.post("/api/v1/me/passkeys", &body).await.problem(400);
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_names_the_field() {
    let app = TestApp::start_with(&DOMAIN).await;
    let ada = app.shopper("ada").await;
    let begun = ada.post("/api/v1/me/passkeys/challenge", &json!({})).await.json(200);
    let bad = json!({"challenge": begun["challenge"], "name": " ", "credential": {"id": 3}});
    let wrong = ada.post("/api/v1/me/passkeys", &bad).await.wrong_fields();
    assert_eq!(wrong, ["name", "credential"]);
    ada.delete("/api/v1/me/passkeys/01a22725-47cc-7496-bb13-e3f9a288d881").await.problem(404);
    app.anonymous().post("/api/v1/me/passkeys/challenge", &json!({})).await.problem(401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_made_up_passkey_signs_nobody_in() {
    let app = TestApp::start_with(&DOMAIN).await;
    let client = app.anonymous();
    assert!(client.get("/sign-in").await.text.contains("Sign in with a passkey"));
    let begun = client.post("/api/v1/session/passkey-challenge", &json!({})).await.json(200);
    let credential = json!({
        "id": "AQID",
        "rawId": "AQID",
        "type": "public-key",
        "response": {
            "authenticatorData": "AQID",
            "clientDataJSON": "AQID",
            "signature": "AQID",
            "userHandle": "AQID",
        },
    })
    .to_string();
    let challenge = begun["challenge"].as_str().unwrap();
    let form = [("next", "/"), ("challenge", challenge), ("credential", credential.as_str())];
    assert!(client.form("/sign-in/passkey", &form).await.expect(401).contains("not accepted"));
    // The challenge is used up; and what is no passkey at all is said to be none.
    client.form("/sign-in/passkey", &form).await.expect(400);
    client.form("/sign-in/passkey", &[("credential", "{")]).await.expect(422);
    assert_eq!(client.cookie("smp_session"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn there_are_none_where_the_installation_has_no_domain() {
    let app = TestApp::start().await;
    let ada = app.shopper("ada").await;
    let refused = ada.post("/api/v1/me/passkeys/challenge", &json!({})).await;
    assert_eq!(refused.problem(409), "no_passkeys");
    assert!(!app.anonymous().get("/sign-in").await.text.contains("data-passkey-sign-in"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_way_to_sign_in_is_no_passkey_that_can_be_removed() {
    let app = TestApp::start_with(&DOMAIN).await;
    let (client, account) = app.account("ada", &[]).await;
    let pool = sqlx::PgPool::connect(&app.owner_url).await.unwrap();
    let mut ids = vec![];
    for credential in [&[1_u8][..], &[2]] {
        let id = uuid::Uuid::now_v7();
        sqlx::query(
            "INSERT INTO passkeys (id, account_id, credential_id, name, credential)
             VALUES ($1, $2, $3, 'Phone', '{}')",
        )
        .bind(id)
        .bind(account.0)
        .bind(credential)
        .execute(&pool)
        .await
        .unwrap();
        ids.push(id);
    }
    sqlx::query("UPDATE accounts SET password_hash = NULL WHERE id = $1")
        .bind(account.0)
        .execute(&pool)
        .await
        .unwrap();
    pool.close().await;
    client.delete(&format!("/api/v1/me/passkeys/{}", ids[0])).await.expect(204);
    let refused = client.delete(&format!("/api/v1/me/passkeys/{}", ids[1])).await;
    assert_eq!(refused.problem(409), "last_sign_in_method");
    // Another account's is unknown.
    let grace = app.shopper("grace").await;
    grace.delete(&format!("/api/v1/me/passkeys/{}", ids[1])).await.problem(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_in_with_one_proves_the_second_factor() {
    let app = TestApp::start_with(&DOMAIN).await;
    let ada = app.shopper("ada").await;
    let email = email_of(&ada).await;
    Phone::set_up(&app, &ada).await;
    let now = app.platform.clock.now();
    let device = Device { user_agent: "", address: "192.0.2.1", token: None };
    let mut tx = app.platform.db.platform("test").await.unwrap();
    let account = accounts::by_email(&mut tx, &email).await.unwrap().unwrap();
    let first = FirstFactor::Passkey;
    let step = sign_in::begin(&app.platform, &mut tx, &account, first, &device, now).await.unwrap();
    tx.commit().await.unwrap();
    let SignInStep::Opened(opened) = step else { panic!("a passkey is both factors") };
    let client = app.anonymous();
    let request = client.request(Method::POST, "/api/v1/me/second-factor/recovery-codes");
    let cookie = format!("smp_session={}", opened.session_token);
    // Without the proof this would be a 403.
    client.send(request.header("Cookie", cookie)).await.json(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_without_the_second_factor_adds_none() {
    let app = TestApp::start_with(&DOMAIN).await;
    let ada = app.shopper("ada").await;
    // Somebody who knows the password was there before the factor.
    let mut thief = app.anonymous();
    thief.sign_in(&email_of(&ada).await, PASSWORD).await;
    thief.post("/api/v1/me/passkeys/challenge", &json!({})).await.json(200);
    Phone::set_up(&app, &ada).await;
    let refused = thief.post("/api/v1/me/passkeys/challenge", &json!({})).await;
    assert_eq!(refused.problem(409), "sign_in_again");
    ada.post("/api/v1/me/passkeys/challenge", &json!({})).await.json(200);
}
