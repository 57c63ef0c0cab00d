//! The second factor: setting it up, signing in with it, recovery codes, limits, losing it.

use std::process::{Command, Output};

use serde_json::json;
use time::Duration;

use crate::support::{
    PASSWORD, TestApp,
    client::{Answer, Client},
    factor::{Phone, email_of, first_step, signed_in},
};

async fn finish(client: &Client, token: &str, code: &str) -> Answer {
    client.post("/api/v1/session/factor", &json!({"pending_token": token, "code": code})).await
}

/// What its owner was told, in the order of the alphabet, as jobs write the emails side by side.
const TOLD: &str = "SELECT to_jsonb(subject) FROM messages
    WHERE template = 'second_factor_changed' ORDER BY subject COLLATE \"C\"";

#[tokio::test(flavor = "multi_thread")]
async fn signing_in_asks_for_a_code_once_there_is_a_factor() {
    let app = TestApp::start().await;
    let ada = app.shopper("ada").await;
    let email = email_of(&ada).await;
    assert_eq!(ada.get("/api/v1/me/second-factor").await.json(200)["required"], false);
    let phone = Phone::set_up(&app, &ada).await;
    let status = ada.get("/api/v1/me/second-factor").await.json(200);
    assert!(status["confirmed_at"].is_string() && status["fresh_until"].is_string(), "{status}");
    assert_eq!(status["recovery_codes_left"], 10);

    let client = app.anonymous();
    let token = first_step(&client, &email).await;
    client.get("/api/v1/me").await.problem(401);
    let code = phone.unused_code(&app).await;
    assert_eq!(finish(&client, &token, &code).await.json(200)["account"]["email"], email);
    assert_eq!(client.get("/api/v1/me").await.json(200)["account"]["email"], email);
    // The token is used up, with whatever code.
    let thief = app.anonymous();
    let code = phone.unused_code(&app).await;
    assert_eq!(finish(&thief, &token, &code).await.problem(409), "sign_in_over");
    for token in ["", "foreign", &token[..20], &"x".repeat(500)] {
        assert_eq!(finish(&thief, token, &code).await.problem(409), "sign_in_over", "{token}");
    }
    assert_eq!(
        thief.post("/api/v1/session/factor", &json!({"code": "1"})).await.wrong_fields(),
        ["pending_token"]
    );
    app.run_jobs().await;
    assert_eq!(app.query(TOLD).await, [json!("Your second factor is on")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_accepted_once_and_no_older_one_after_it() {
    let app = TestApp::start().await;
    let ada = app.shopper("ada").await;
    let email = email_of(&ada).await;
    let phone = Phone::set_up(&app, &ada).await;
    let used = phone.unused_code(&app).await;
    let client = app.anonymous();
    finish(&client, &first_step(&client, &email).await, &used).await.json(200);

    let again = app.anonymous();
    let token = first_step(&again, &email).await;
    assert_eq!(finish(&again, &token, &used).await.wrong_fields(), ["code"]);
    let older = phone.code(app.platform.clock.now() - Duration::seconds(30));
    assert_eq!(finish(&again, &token, &older).await.wrong_fields(), ["code"]);
    let next = phone.code(app.platform.clock.now() + Duration::seconds(30));
    finish(&again, &token, &next).await.json(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_may_be_half_a_minute_wrong() {
    let app = TestApp::start().await;
    let ada = app.shopper("ada").await;
    let phone = Phone::set_up(&app, &ada).await;
    let check = async |seconds: i64| {
        phone.unused_code(&app).await;
        let code = phone.code(app.platform.clock.now() + Duration::seconds(seconds));
        ada.post("/api/v1/me/second-factor/check", &json!({"code": code})).await
    };
    // What is half a minute behind is in the unit tests, whose clock stands still.
    for seconds in [0, 30] {
        check(seconds).await.expect(204);
    }
    for seconds in [-120, 120] {
        assert_eq!(check(seconds).await.wrong_fields(), ["code"], "{seconds}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_codes_end_a_sign_in_and_then_shut_out_their_network_for_a_while() {
    let app = TestApp::start().await;
    let ada = app.shopper("ada").await;
    let email = email_of(&ada).await;
    let phone = Phone::set_up(&app, &ada).await;
    let thief = app.anonymous();
    let token = first_step(&thief, &email).await;
    for text in ["", "  "] {
        assert_eq!(finish(&thief, &token, text).await.wrong_fields(), ["code"], "not a try");
    }
    for _ in 0..4 {
        let wrong = phone.wrong_code(&app.platform);
        assert_eq!(finish(&thief, &token, &wrong).await.wrong_fields(), ["code"]);
    }
    let wrong = phone.wrong_code(&app.platform);
    assert_eq!(finish(&thief, &token, &wrong).await.problem(409), "sign_in_over");
    let right = phone.unused_code(&app).await;
    assert_eq!(finish(&thief, &token, &right).await.problem(409), "sign_in_over");

    let token = first_step(&thief, &email).await;
    let refused = finish(&thief, &token, &right).await;
    assert_eq!(refused.problem(429), "too_many");
    assert!(refused.headers.contains_key("Retry-After"));
    let check = json!({"code": right});
    ada.post("/api/v1/me/second-factor/check", &check).await.problem(429);
    // From another network, which the count is not of, its owner still gets in.
    app.query("UPDATE second_factor_tries SET network = 'not ' || network RETURNING to_jsonb(1)")
        .await;
    finish(&thief, &token, &right).await.json(200);

    // Later, from here again.
    app.query(
        "UPDATE second_factor_tries SET network = replace(network, 'not ', ''),
             tried_at = tried_at - interval '10 minutes' RETURNING to_jsonb(1)",
    )
    .await;
    signed_in(&app, &email, &phone).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_networks_together_guess_no_faster() {
    let app = TestApp::start().await;
    let ada = app.shopper("ada").await;
    let phone = Phone::set_up(&app, &ada).await;
    app.query(
        "INSERT INTO second_factor_tries (id, account_id, network, tried_at)
         SELECT gen_random_uuid(), account_id, 'network ' || n, now()
         FROM second_factors, generate_series(1, 30) n RETURNING to_jsonb(1)",
    )
    .await;
    let code = phone.unused_code(&app).await;
    ada.post("/api/v1/me/second-factor/check", &json!({"code": code})).await.problem(429);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_waits_ten_minutes() {
    let app = TestApp::start().await;
    let ada = app.shopper("ada").await;
    let email = email_of(&ada).await;
    let phone = Phone::set_up(&app, &ada).await;
    let client = app.anonymous();
    let token = first_step(&client, &email).await;
    app.query(
        "UPDATE pending_sign_ins SET expires_at = expires_at - interval '10 minutes'
         RETURNING to_jsonb(1)",
    )
    .await;
    let code = phone.unused_code(&app).await;
    assert_eq!(finish(&client, &token, &code).await.problem(409), "sign_in_over");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recovery_code_signs_in_once_and_new_ones_replace_the_old() {
    let app = TestApp::start().await;
    let ada = app.shopper("ada").await;
    let email = email_of(&ada).await;
    let phone = Phone::set_up(&app, &ada).await;
    assert_eq!(phone.recovery_codes.len(), 10);
    let client = app.anonymous();
    let token = first_step(&client, &email).await;
    let typed = phone.recovery_codes[0].to_uppercase().replace('-', " ");
    finish(&client, &token, &typed).await.json(200);
    assert_eq!(client.get("/api/v1/me/second-factor").await.json(200)["recovery_codes_left"], 9);
    let again = app.anonymous();
    let token = first_step(&again, &email).await;
    assert_eq!(finish(&again, &token, &phone.recovery_codes[0]).await.wrong_fields(), ["code"]);

    let renewed =
        client.post("/api/v1/me/second-factor/recovery-codes", &json!({})).await.json(200);
    assert_eq!(finish(&again, &token, &phone.recovery_codes[1]).await.wrong_fields(), ["code"]);
    finish(&again, &token, renewed["codes"][0].as_str().unwrap()).await.json(200);
    app.run_jobs().await;
    assert_eq!(
        app.query(TOLD).await,
        [
            json!("A recovery code was used"),
            json!("A recovery code was used"),
            json!("You have new recovery codes"),
            json!("Your second factor is on"),
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_set_up_counts_only_with_a_code_of_it() {
    let app = TestApp::start().await;
    let ada = app.shopper("ada").await;
    let email = email_of(&ada).await;
    let confirm = "/api/v1/me/second-factor/confirmation";
    let body = json!({"code": "123456"});
    assert_eq!(ada.post(confirm, &body).await.problem(409), "set_up_expired");
    let offer = ada.post("/api/v1/me/second-factor", &json!({})).await.json(201);
    assert!(offer["qr_svg"].as_str().unwrap().contains("<svg"), "{offer}");
    assert!(offer["url"].as_str().unwrap().starts_with("otpauth://totp/SMP:"), "{offer}");
    let phone = Phone::with(offer["secret"].as_str().unwrap());
    let wrong = json!({"code": phone.wrong_code(&app.platform)});
    assert_eq!(ada.post(confirm, &wrong).await.wrong_fields(), ["code"]);
    // Not in use yet: the password alone signs in.
    let mut client = app.anonymous();
    client.sign_in(&email, PASSWORD).await;
    let check = json!({"code": phone.code(app.platform.clock.now())});
    let check = ada.post("/api/v1/me/second-factor/check", &check).await;
    assert_eq!(check.problem(409), "no_second_factor");
    app.query(
        "UPDATE second_factors SET offered_at = offered_at - interval '1 hour'
         RETURNING to_jsonb(1)",
    )
    .await;
    let late = json!({"code": phone.code(app.platform.clock.now())});
    assert_eq!(ada.post(confirm, &late).await.problem(409), "set_up_expired");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_and_no_code_is_stored_in_the_clear() {
    let app = TestApp::start().await;
    let ada = app.shopper("ada").await;
    let phone = Phone::set_up(&app, &ada).await;
    app.run_jobs().await;
    let rows = app
        .query(
            "SELECT to_jsonb(f) FROM second_factors f UNION ALL SELECT to_jsonb(r) FROM recovery_codes r
             UNION ALL SELECT to_jsonb(e) FROM events e UNION ALL SELECT to_jsonb(a) FROM audit_log a
             UNION ALL SELECT to_jsonb(m) FROM messages m",
        )
        .await;
    let plain = hex::encode(totp_rs::Secret::try_from_base32(&phone.secret).unwrap().as_bytes());
    let code = &phone.recovery_codes[0];
    for secret in [&phone.secret, &plain, code, &code.replace('-', "")] {
        assert!(rows.iter().all(|row| !row.to_string().contains(secret)), "{secret}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_lost_it_is_helped_by_another_admin() {
    let app = TestApp::start().await;
    let (ada, account) = app.account("ada", &[]).await;
    let email = email_of(&ada).await;
    Phone::set_up(&app, &ada).await;
    let path = format!("/api/v1/accounts/{account}/second-factor/reset");
    let body = json!({"reason": "Called back at the number in the contract"});
    app.staff("support").await.post(&path, &body).await.problem(403);
    let (admin, own) = app.account("admin", &["admin".to_owned()]).await;
    assert_eq!(admin.post(&path, &json!({"reason": " "})).await.wrong_fields(), ["reason"]);
    let own = format!("/api/v1/accounts/{own}/second-factor/reset");
    assert_eq!(admin.post(&own, &body).await.problem(409), "own_factor");
    admin.post(&path, &body).await.expect(204);
    assert_eq!(admin.post(&path, &body).await.problem(409), "no_second_factor");
    app.anonymous().sign_in(&email, PASSWORD).await;
    assert!(ada.get("/api/v1/me/second-factor").await.json(200)["confirmed_at"].is_null());
    app.run_jobs().await;
    assert!(app.query(TOLD).await.contains(&json!("SMP removed your second factor")));
    let noted = "SELECT details FROM audit_log WHERE action = 'second_factor_reset'";
    assert_eq!(app.query(noted).await, [body]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_admin_is_helped_on_the_command_line() {
    let app = TestApp::start().await;
    let (admin, _) = app.account("admin", &["admin".to_owned()]).await;
    let email = email_of(&admin).await;
    Phone::set_up(&app, &admin).await;
    let data = std::env::temp_dir().join(format!("smp-reset-{}", uuid::Uuid::now_v7()));
    let reset = |email: &str, reason: &str| {
        Command::new(env!("CARGO_BIN_EXE_smp"))
            .args(["account", "reset-factor", "--email", email, "--reason", reason])
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("DATABASE_URL", &app.owner_url)
            .env("SMP_DATA", &data)
            .output()
            .unwrap()
    };
    let said = |output: &Output| String::from_utf8_lossy(&output.stderr).into_owned();
    let unknown = reset("nobody@test.example", "Known in person");
    assert!(!unknown.status.success() && said(&unknown).contains("check --email"));
    let silent = reset(&email, " ");
    assert!(!silent.status.success() && said(&silent).contains("--reason has to say"));
    let done = reset(&email, "Known in person");
    assert!(done.status.success(), "{}", said(&done));
    let again = reset(&email, "Known in person");
    assert!(!again.status.success() && said(&again).contains("has no second factor"));
    let _ = std::fs::remove_dir_all(&data);
    app.anonymous().sign_in(&email, PASSWORD).await;
    let noted = "SELECT to_jsonb(actor) FROM audit_log WHERE action = 'second_factor_reset'";
    assert_eq!(app.query(noted).await, [json!("system")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_needs_none_may_remove_it() {
    let app = TestApp::start().await;
    let ada = app.shopper("ada").await;
    let email = email_of(&ada).await;
    Phone::set_up(&app, &ada).await;
    ada.delete("/api/v1/me/second-factor").await.expect(204);
    assert_eq!(ada.delete("/api/v1/me/second-factor").await.problem(409), "no_second_factor");
    app.anonymous().sign_in(&email, PASSWORD).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_do_the_same_without_scripts() {
    let app = TestApp::start().await;
    let ada = app.shopper("ada").await;
    let email = email_of(&ada).await;
    let path = "/account/security/second-factor";
    assert!(app.anonymous().get(path).await.location().starts_with("/sign-in?next="));
    assert_eq!(ada.form(path, &[]).await.location(), path);
    let page = ada.get(path).await;
    let (_, rest) = page.expect(200).split_once("<code class=\"secret\">").unwrap();
    let secret: String = rest.split('<').next().unwrap().replace(' ', "");
    assert_eq!(page.headers["Cache-Control"], "no-store");
    let phone = Phone::with(&secret);
    let confirm = format!("{path}/confirm");
    let wrong = phone.wrong_code(&app.platform);
    let refused = ada.form(&confirm, &[("code", &wrong)]).await;
    assert!(refused.expect(422).contains("Is not the code that the app shows now"));
    let code = phone.code(app.platform.clock.now());
    let codes = ada.form(&confirm, &[("code", &code)]).await;
    assert!(codes.expect(200).contains("Your recovery codes"));

    let client = app.anonymous();
    let sign_in = [("email", email.as_str()), ("password", PASSWORD), ("next", "/cart")];
    let step = client.form("/sign-in", &sign_in).await;
    assert_eq!(step.location(), "/sign-in/code?next=%2Fcart");
    assert!(client.cookie("smp_session").is_none());
    let wrong = client.form("/sign-in/code", &[("code", &wrong), ("next", "/cart")]).await;
    assert!(wrong.expect(422).contains("Is wrong, or was used already"));
    let code = phone.unused_code(&app).await;
    let done = client.form("/sign-in/code", &[("code", &code), ("next", "/cart")]).await;
    assert_eq!((done.status.as_u16(), done.location()), (303, "/cart"));
    assert!(client.cookie("smp_session").is_some() && client.cookie("smp_pending").is_none());
    assert_eq!(client.get("/sign-in/code").await.location(), "/sign-in");

    let removed = client.form(&format!("{path}/remove"), &[]).await;
    assert_eq!(removed.location(), "/account/security");
    ada.get(&format!("{path}/nothing")).await.expect(404);
}
