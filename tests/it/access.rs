//! Accounts, sessions, cross-origin defence, API keys.

use reqwest::Method;
use serde_json::{Value, json};
use time::Duration;

use crate::support::{PASSWORD, TestApp, client::Answer, stage::at};

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
    // The same again is a sign-in.
    app.anonymous().post("/api/v1/accounts", &sign_up).await.json(200);

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

/// A request with an API key.
async fn with_key(app: &TestApp, method: Method, path: &str, secret: &Value) -> Answer {
    let client = app.anonymous();
    let request = client.request(method, path).bearer_auth(secret.as_str().unwrap());
    client.send(request).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_may_do_what_its_scopes_say_at_its_own_provider() {
    let app = TestApp::start().await;
    let (ours, theirs) = (app.provider("ours").await, app.provider("theirs").await);
    let owner = app.member(ours, "owner").await;
    let keys = format!("/api/v1/providers/{ours}/api-keys");
    let make = async |scope: &str| {
        let input = json!({"name": "Warehouse", "scopes": [scope]});
        owner.post(&keys, &input).await.json(201)["secret"].clone()
    };
    let (reader, cart) = (make("parcels.read").await, make("postbacks").await);
    let parcels = format!("/api/v1/providers/{ours}/parcels");
    with_key(&app, Method::GET, &parcels, &reader).await.json(200);
    let refused = with_key(&app, Method::GET, &parcels, &cart).await;
    assert_eq!(refused.problem(403), "forbidden");
    assert!(refused.text.contains("lacks the scope parcels.read"), "{}", refused.text);
    let foreign = format!("/api/v1/providers/{theirs}/parcels");
    with_key(&app, Method::GET, &foreign, &reader).await.problem(404);
    with_key(&app, Method::GET, &parcels, &json!("smp_unknown")).await.problem(401);
    // A key is no member of the team.
    with_key(&app, Method::GET, &keys, &reader).await.problem(401);
    assert_eq!(
        owner
            .post(&keys, &json!({"name": "x", "scopes": ["postbacks", "postbacks", "refunds"]}))
            .await
            .wrong_fields(),
        ["scopes.1", "scopes.2"]
    );

    // When it was used last is told, to the minute.
    let used = async || {
        let list = owner.get(&keys).await.json(200);
        let items = list["items"].as_array().unwrap();
        let key = items.iter().find(|key| key["scopes"] == json!(["parcels.read"])).unwrap();
        key["last_used_at"].clone()
    };
    let mut last = used().await;
    for _ in 0..100 {
        if !last.is_null() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        last = used().await;
    }
    assert!(last.as_str().is_some_and(|at| at.contains(":00Z")), "{last}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotated_key_goes_on_until_it_ends_by_itself() {
    let app = TestApp::start().await;
    let ours = app.provider("ours").await;
    let owner = app.member(ours, "owner").await;
    let keys = format!("/api/v1/providers/{ours}/api-keys");
    let now = app.platform.clock.now();
    let input = json!({"name": "Warehouse", "scopes": ["parcels.read"], "expires_at": at(now - Duration::HOUR)});
    assert_eq!(owner.post(&keys, &input).await.wrong_fields(), ["expires_at"]);
    let input = json!({"name": "Warehouse", "scopes": ["parcels.read"]});
    let old = owner.post(&keys, &input).await.json(201);
    let rotation = format!("{keys}/{}/rotation", old["key"]["id"].as_str().unwrap());
    for ends_at in [now - Duration::MINUTE, now + Duration::days(31)] {
        let refused = owner.post(&rotation, &json!({"ends_at": at(ends_at)})).await;
        assert_eq!(refused.wrong_fields(), ["ends_at"]);
    }
    app.member(ours, "editor").await.post(&rotation, &json!({})).await.problem(403);
    let new = owner.post(&rotation, &json!({})).await.json(201);
    assert_eq!(
        (&new["key"]["name"], &new["key"]["scopes"]),
        (&json!("Warehouse"), &json!(["parcels.read"]))
    );
    assert_eq!(owner.post(&rotation, &json!({})).await.problem(409), "already_rotated");

    let parcels = format!("/api/v1/providers/{ours}/parcels");
    let status = async |made: &Value| {
        with_key(&app, Method::GET, &parcels, &made["secret"]).await.status.as_u16()
    };
    assert_eq!((status(&old).await, status(&new).await), (200, 200));
    app.platform.clock.advance(Duration::hours(25));
    assert_eq!((status(&old).await, status(&new).await), (401, 200));
    let list = owner.get(&keys).await.json(200);
    assert_eq!(list["items"][1]["replaced_by"], new["key"]["id"]);
    owner.delete(&format!("{keys}/{}", new["key"]["id"].as_str().unwrap())).await.expect(204);
    assert_eq!(status(&new).await, 401);
    app.run_jobs().await;
    let emails = app
        .query("SELECT to_jsonb(subject) FROM messages WHERE template = 'api_key_made' ORDER BY subject")
        .await;
    assert_eq!(emails, [json!("New API key: Warehouse"), json!("Rotated API key: Warehouse")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cookie_is_dead_once_its_sign_out_is_answered_however_busy_the_node_is() {
    let app = TestApp::start().await;
    for round in 0..20 {
        let client = app.shopper("ada").await;
        let token = client.cookie("smp_session").unwrap();
        let cookie = format!("smp_session={token}");
        let thief = app.anonymous();
        let me = async || {
            let request = thief.request(reqwest::Method::GET, "/api/v1/me");
            thief.send(request.header("Cookie", &cookie)).await.status.as_u16()
        };
        assert_eq!(me().await, 200);
        // Notices of others, which are heard in order.
        for nth in 0..900 {
            let slug = format!("sale-{nth}");
            app.platform.broker.publish(smp::platform::broker::Notice::SaleChanged { slug }).await;
        }
        if round % 2 == 0 {
            client.form("/sign-out", &[]).await.expect(303);
        } else {
            client.delete("/api/v1/session").await.expect(204);
        }
        let after = futures_util::future::join_all((0..20).map(|_| me())).await;
        assert_eq!(after, [401; 20], "round {round}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_long_is_refused_before_it_is_hashed() {
    let app = TestApp::start().await;
    let (client, long) = (app.anonymous(), "x".repeat(60_000));
    let sign_in = json!({"email": format!("{long}@b.example"), "password": PASSWORD});
    assert_eq!(client.post("/api/v1/session", &sign_in).await.wrong_fields(), ["email"]);
    let shopper = app.shopper("ada").await;
    let email = shopper.get("/api/v1/me").await.json(200)["account"]["email"].clone();
    let sign_in = json!({"email": email, "password": long});
    assert_eq!(client.post("/api/v1/session", &sign_in).await.problem(401), "unauthenticated");
    let accept = json!({"name": "Ada", "password": PASSWORD});
    client.post(&format!("/api/v1/invitations/{long}/accept"), &accept).await.problem(404);
    let with = async |header: &str, value: String, path: &str| {
        client.send(client.request(reqwest::Method::GET, path).header(header, value)).await
    };
    with("Cookie", format!("smp_session={long}"), "/api/v1/me").await.problem(401);
    let report = client.request(reqwest::Method::POST, "/api/v1/postbacks/reversals");
    let report = report.bearer_auth(&long).json(&json!({"reference": "A", "reason": "B"}));
    client.send(report).await.problem(401);
    let manager = app.staff("manager").await;
    for path in ["providers", "sales-overview", "orders", "conversations", "messages"] {
        let path = format!("/api/v1/{path}?q={}", "x".repeat(201));
        assert_eq!(manager.get(&path).await.wrong_fields(), ["q"], "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_that_is_none_is_named() {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let app = TestApp::start().await;
    let manager = app.staff("manager").await;
    let tenant = app.provider("kiln").await;
    let encoded = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let long_ago = format!("-200000000000000000 {}", uuid::Uuid::nil());
    let own = format!("/api/v1/providers/{tenant}");
    for cursor in ["%FF", "%00", "=", "a", &encoded("1 2"), &encoded(&long_ago), &"A".repeat(9_000)]
    {
        for path in [
            "/api/v1/providers",
            "/api/v1/orders",
            "/api/v1/reviews",
            "/api/v1/sales",
            "/api/v1/audit",
            &format!("{own}/offers"),
            &format!("{own}/sales"),
            &format!("{own}/conversions"),
        ] {
            let answer = manager.get(&format!("{path}?limit=5&cursor={cursor}")).await;
            assert_eq!(answer.problem(400), "bad_request", "{path} {cursor}");
            let errors = answer.json(400)["errors"].clone();
            assert_eq!(errors[0]["field"], "cursor", "{path} {cursor}");
        }
    }
}
