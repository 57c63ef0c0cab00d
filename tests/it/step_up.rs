//! Who needs a second factor and from when on, and what asks for it again.

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{
    PASSWORD, TestApp,
    client::Client,
    factor::{Phone, email_of, signed_in},
};

const REQUIRED: [(&str, &str); 1] = [("smp_second_factor", "required")];
/// The sessions forget that they proved their factor. A node that read one before does not know.
const FORGET_PROOF: &str = "UPDATE sessions SET factor_at = now() - interval '11 minutes'
    WHERE factor_at IS NOT NULL RETURNING to_jsonb(1)";

#[tokio::test(flavor = "multi_thread")]
async fn roles_that_need_a_factor_have_a_day_to_set_it_up() {
    let app = TestApp::start_with(&REQUIRED).await;
    let tenant = app.provider("kiln").await;
    let keys = format!("/api/v1/providers/{tenant}/api-keys");
    let sales = format!("/api/v1/providers/{tenant}/sales");
    let people = [
        (app.staff("support").await, "/api/v1/providers".to_owned()),
        (app.member(tenant, "owner").await, keys),
    ];
    let editor = app.member(tenant, "editor").await;
    let preview = format!("/preview/{tenant}/{}", Uuid::now_v7());
    for (client, path) in &people {
        client.get(path).await.expect(200);
        let status = client.get("/api/v1/me/second-factor").await.json(200);
        assert_eq!(status["required"], true);
        assert!(status["due_at"].is_string(), "{status}");
    }
    let graces =
        "SELECT to_jsonb(factor_due_at - now() BETWEEN interval '23 hours' AND interval '24 hours')
        FROM accounts WHERE factor_due_at IS NOT NULL";
    assert_eq!(app.query(graces).await, [true, true].map(Value::Bool), "an editor has none");

    // A later sign-in does not begin the day anew.
    app.query(
        "UPDATE accounts SET factor_due_at = factor_due_at - interval '24 hours'
         WHERE factor_due_at IS NOT NULL RETURNING to_jsonb(1)",
    )
    .await;
    for (client, path) in &people {
        let email = email_of(client).await;
        let mut client = app.anonymous();
        client.sign_in(&email, PASSWORD).await;
        let refused = client.get(path).await;
        assert_eq!(refused.problem(403), "second_factor_required");
        assert!(refused.text.contains("Set up an authenticator app"), "{}", refused.text);
        // A page that only colleagues see is no way around it.
        client.get(&preview).await.expect(403);
        // What everyone may do goes on, and so does setting it up; then the role works at once.
        client.get("/api/v1/me").await.expect(200);
        client.get("/api/v1/me/sessions").await.expect(200);
        Phone::set_up(&app, &client).await;
        client.get(path).await.expect(200);
        client.get(&preview).await.expect(404);
        let removed = client.delete("/api/v1/me/second-factor").await;
        assert_eq!(removed.problem(409), "second_factor_required");
    }
    let email = email_of(&editor).await;
    let mut editor = app.anonymous();
    editor.sign_in(&email, PASSWORD).await;
    editor.get(&sales).await.expect(200);
    assert_eq!(editor.get("/api/v1/me/second-factor").await.json(200)["required"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_begins_another_day() {
    let app = TestApp::start_with(&REQUIRED).await;
    let (support, account) = app.account("support", &["support".to_owned()]).await;
    support.get("/api/v1/providers").await.expect(200);
    Phone::set_up(&app, &support).await;
    app.query(
        "UPDATE accounts SET factor_due_at = now() - interval '9 days'
         WHERE factor_due_at IS NOT NULL RETURNING to_jsonb(1)",
    )
    .await;
    let body = json!({"reason": "Known in person"});
    let path = format!("/api/v1/accounts/{account}/second-factor/reset");
    app.staff("admin").await.post(&path, &body).await.expect(204);
    support.get("/api/v1/providers").await.expect(200);
    let status = support.get("/api/v1/me/second-factor").await.json(200);
    assert!(status["due_at"].is_string(), "{status}");
}

/// What asks for the factor again, of an owner and of an admin.
fn operations(tenant: &str) -> [Vec<(Method, String, Value)>; 2] {
    let id = Uuid::now_v7();
    let own =
        |method, path: &str, body| (method, format!("/api/v1/providers/{tenant}/{path}"), body);
    let bank = json!({"holder": "Kiln", "iban": "DE89370400440532013000", "bic": "COBADEFFXXX"});
    let key = json!({"name": "Cart", "scopes": ["postbacks"]});
    let member = json!({"email": "new@kiln.example", "role": "editor"});
    let owner = vec![
        own(Method::POST, "payouts/onboarding", json!({})),
        own(Method::POST, "payouts/dashboard", json!({})),
        own(Method::PUT, "bank-account", bank),
        own(Method::POST, "api-keys", key),
        own(Method::POST, &format!("api-keys/{id}/rotation"), json!({})),
        own(Method::DELETE, &format!("api-keys/{id}"), Value::Null),
        own(Method::POST, "members", member),
        own(Method::DELETE, &format!("members/{id}/editor"), Value::Null),
        own(Method::DELETE, &format!("invitations/{id}"), Value::Null),
        own(Method::POST, &format!("invitations/{id}/resend"), json!({})),
        (Method::POST, "/api/v1/me/second-factor".to_owned(), json!({})),
        (Method::POST, "/api/v1/me/second-factor/recovery-codes".to_owned(), json!({})),
        (Method::DELETE, "/api/v1/me/second-factor".to_owned(), Value::Null),
    ];
    let statement = |step: &str, body| own(Method::POST, &format!("statements/{id}/{step}"), body);
    let admin = vec![
        own(Method::POST, "owner-invitation", json!({"email": "new@kiln.example"})),
        statement("approval", json!({})),
        statement("transfer", json!({})),
        statement("outcome", json!({"outcome": "paid"})),
        statement("retry", json!({})),
        (Method::POST, "/api/v1/bank-files".to_owned(), json!({"currency": "EUR"})),
        (Method::GET, format!("/api/v1/bank-files/{id}"), Value::Null),
        (
            Method::POST,
            format!("/api/v1/accounts/{id}/second-factor/reset"),
            json!({"reason": "Lost"}),
        ),
    ];
    [owner, admin]
}

async fn refusals(client: &Client, operations: &[(Method, String, Value)]) -> Vec<String> {
    let mut wrong = vec![];
    for (method, path, body) in operations {
        let mut request = client.request(method.clone(), path);
        if !body.is_null() {
            request = request.json(body);
        }
        let answer = client.send(request).await;
        let kind = format!("{} {}", answer.status.as_u16(), answer.text);
        if !(kind.starts_with("403") && kind.contains("urn:smp:second_factor_needed")) {
            wrong.push(format!("{method} {path}: {kind}"));
        }
    }
    wrong
}

#[tokio::test(flavor = "multi_thread")]
async fn payouts_keys_and_roles_ask_for_the_factor_again() {
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let [of_owner, of_admin] = operations(&tenant.to_string());
    for (client, asked) in
        [(app.member(tenant, "owner").await, of_owner), (app.staff("admin").await, of_admin)]
    {
        let email = email_of(&client).await;
        let phone = Phone::set_up(&app, &client).await;
        let client = signed_in(&app, &email, &phone).await;
        app.query(FORGET_PROOF).await;
        assert_eq!(refusals(&client, &asked).await, [] as [String; 0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_in_mid_session_lets_the_same_request_through_for_ten_minutes() {
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let owner = app.member(tenant, "owner").await;
    let email = email_of(&owner).await;
    let keys = format!("/api/v1/providers/{tenant}/api-keys");
    let key = json!({"name": "Cart", "scopes": ["postbacks"]});
    // Without a factor nothing is asked.
    owner.post(&keys, &key).await.json(201);
    let phone = Phone::set_up(&app, &owner).await;
    owner.post(&keys, &key).await.json(201);

    let client = signed_in(&app, &email, &phone).await;
    app.query(FORGET_PROOF).await;
    assert_eq!(client.post(&keys, &key).await.problem(403), "second_factor_needed");
    client.get(&keys).await.expect(200);
    let check = "/api/v1/me/second-factor/check";
    let wrong = json!({"code": phone.wrong_code(&app.platform)});
    assert_eq!(client.post(check, &wrong).await.wrong_fields(), ["code"]);
    assert_eq!(client.post(&keys, &key).await.problem(403), "second_factor_needed");
    let right = json!({"code": phone.unused_code(&app).await});
    client.post(check, &right).await.expect(204);
    client.post(&keys, &key).await.json(201);
    // It is the session that proved it, and no other of the account.
    let other = signed_in(&app, &email, &phone).await;
    app.query(FORGET_PROOF).await;
    assert_eq!(other.post(&keys, &key).await.problem(403), "second_factor_needed");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_app_replaces_the_first_one_and_its_recovery_codes() {
    let app = TestApp::start().await;
    let ada = app.shopper("ada").await;
    let email = email_of(&ada).await;
    let old = Phone::set_up(&app, &ada).await;
    let new = Phone::set_up(&app, &ada).await;
    let client = app.anonymous();
    let token = crate::support::factor::first_step(&client, &email).await;
    let finish = async |code: &str| {
        let body = json!({"pending_token": token, "code": code});
        client.post("/api/v1/session/factor", &body).await
    };
    assert_eq!(finish(&old.unused_code(&app).await).await.wrong_fields(), ["code"]);
    assert_eq!(finish(&old.recovery_codes[0]).await.wrong_fields(), ["code"]);
    finish(&new.unused_code(&app).await).await.json(200);
}
