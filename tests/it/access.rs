//! Accounts, sessions, cross-origin defence, API keys.

use serde_json::json;

use crate::support::{PASSWORD, TestApp};

#[tokio::test(flavor = "multi_thread")]
async fn one_signs_up_is_known_and_signs_out() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    client.get("/api/v1/me").await.problem(401);
    let sign_up = json!({"email": "Ada@Shop.example", "password": PASSWORD, "name": "Ada"});
    let answer = client.post("/api/v1/accounts", &sign_up).await;
    assert_eq!(answer.json(201)["account"]["email"], "ada@shop.example");
    let cookie = answer.headers["set-cookie"].to_str().unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    assert_eq!(client.get("/api/v1/me").await.json(200)["roles"], json!([]));
    assert_eq!(app.anonymous().post("/api/v1/accounts", &sign_up).await.wrong_fields(), ["email"]);

    let token = client.cookie("smp_session").unwrap();
    client.delete("/api/v1/session").await.expect(204);
    let thief = app.anonymous();
    thief
        .send(
            thief
                .request(reqwest::Method::GET, "/api/v1/me")
                .header("Cookie", format!("smp_session={token}")),
        )
        .await
        .problem(401);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_token_is_stored_in_the_clear() {
    let app = TestApp::start().await;
    let client = app.shopper("ada").await;
    let token = client.cookie("smp_session").unwrap();
    let rows = app.query("SELECT to_jsonb(s) FROM sessions s").await;
    assert!(!rows.is_empty() && rows.iter().all(|row| !row.to_string().contains(&token)));
    let hashes = app.query("SELECT to_jsonb(password_hash) FROM accounts").await;
    assert!(hashes.iter().all(|hash| hash.as_str().unwrap().starts_with("$argon2id$")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_and_an_unknown_address_look_the_same() {
    let app = TestApp::start().await;
    let client = app.shopper("ada").await;
    let email = client.get("/api/v1/me").await.json(200)["account"]["email"].clone();
    let wrong = app
        .anonymous()
        .post("/api/v1/session", &json!({"email": email, "password": "wrong password"}))
        .await;
    let unknown = app
        .anonymous()
        .post(
            "/api/v1/session",
            &json!({"email": "nobody@test.example", "password": "wrong password"}),
        )
        .await;
    assert_eq!((wrong.problem(401), &wrong.text), (unknown.problem(401), &unknown.text));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_from_another_site_changes_nothing() {
    let app = TestApp::start().await;
    let client = app.shopper("ada").await;
    let cross = |name: &'static str, value: &'static str| {
        client.request(reqwest::Method::DELETE, "/api/v1/session").header(name, value)
    };
    client.send(cross("Sec-Fetch-Site", "cross-site")).await.problem(403);
    client.send(cross("Origin", "https://evil.example")).await.problem(403);
    client.get("/api/v1/me").await.json(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_names_the_field_and_the_remedy() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    let bad = json!({"email": "ada", "password": "short", "name": " "});
    assert_eq!(
        client.post("/api/v1/accounts", &bad).await.wrong_fields(),
        ["email", "name", "password"]
    );
    // A name goes out in the email that welcomes it, to whatever address was typed.
    let mut relay = json!({"email": "victim@a.example", "password": "open-at-noon"});
    for name in ["You won! Claim at https://evil.example", "Win at evil.example", "Ada\r\nBcc: b"] {
        relay["name"] = json!(name);
        assert_eq!(client.post("/api/v1/accounts", &relay).await.wrong_fields(), ["name"]);
    }
    assert_eq!(
        client.post("/api/v1/session", &json!({"email": "a@b.example"})).await.wrong_fields(),
        ["password"]
    );
    assert_eq!(
        client
            .post(
                "/api/v1/session",
                &json!({"email": "a@b.example", "password": "x", "admin": true})
            )
            .await
            .wrong_fields(),
        ["admin"]
    );
    let text = client.request(reqwest::Method::POST, "/api/v1/session");
    client.send(text.header("Content-Type", "text/plain").body("{}")).await.problem(415);
    let broken = client
        .request(reqwest::Method::POST, "/api/v1/session")
        .header("Content-Type", "application/json");
    client.send(broken.body("{not json")).await.problem(400);
    let large = client
        .request(reqwest::Method::POST, "/api/v1/session")
        .header("Content-Type", "application/json");
    client
        .send(large.body(format!("{{\"email\": \"{}\"}}", "a".repeat(300 * 1024))))
        .await
        .problem(413);
    client.get("/api/v1/nowhere").await.problem(404);
    client.put("/api/v1/session", &json!({})).await.problem(405);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_members_keys_are_its_tenants_alone() {
    let app = TestApp::start().await;
    let (ours, theirs) = (app.provider("ours").await, app.provider("theirs").await);
    let owner = app.member(ours, "owner").await;
    let path = format!("/api/v1/providers/{ours}/api-keys");
    let made = owner.post(&path, &json!({"name": "Cart", "scopes": ["postbacks"]})).await.json(201);
    assert!(made["secret"].as_str().unwrap().starts_with("smp_"));
    assert_eq!(owner.get(&path).await.json(200)["items"].as_array().unwrap().len(), 1);
    assert_eq!(
        owner.post(&path, &json!({"name": "", "scopes": ["all"]})).await.wrong_fields(),
        ["name", "scopes.0"]
    );

    owner.get(&format!("/api/v1/providers/{theirs}/api-keys")).await.problem(404);
    app.member(theirs, "owner").await.get(&path).await.problem(404);
    app.member(ours, "editor").await.get(&path).await.problem(403);
    app.shopper("ada").await.get(&path).await.problem(404);
    app.anonymous().get(&path).await.problem(401);
    let key = made["key"]["id"].as_str().unwrap();
    app.member(theirs, "owner")
        .await
        .delete(&format!("/api/v1/providers/{theirs}/api-keys/{key}"))
        .await
        .problem(404);
    owner.delete(&format!("{path}/{key}")).await.expect(204);
}
