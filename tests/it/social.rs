//! Signing in with an account at another provider.

use serde_json::{Value, json};
use smp::sales::SaleMode;

use crate::{
    pages::{says, shop},
    support::{
        Client, PASSWORD, TestApp,
        oidc::{Flaw, Person, Provider, back},
    },
};

async fn me(client: &Client) -> Value {
    client.get("/api/v1/me").await.json(200)["account"].clone()
}

async fn connected(client: &Client) -> Vec<String> {
    let methods = client.get("/api/v1/me/sign-in-methods").await.json(200);
    let items = methods["connected"].as_array().unwrap().iter();
    items.map(|one| one["provider"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_new_gets_an_account_and_comes_back_to_it() {
    let (provider, app) = Provider::start().await;
    let ada = Person::new("1", "Ada@Shop.example");
    let client = app.anonymous();
    let answer = provider.sign_in(&client, "google", "/cart", &ada).await;
    assert_eq!((answer.status.as_u16(), answer.location()), (303, "/cart"));
    let first = me(&client).await;
    assert_eq!(
        (&first["email"], &first["name"]),
        (&json!("ada@shop.example"), &json!("Ada Lovelace"))
    );
    let verified = app
        .query("SELECT to_jsonb(email_verified_at IS NOT NULL) FROM accounts WHERE email = 'ada@shop.example'")
        .await;
    assert_eq!(verified, [json!(true)]);
    // The same person on another device, with another address by now.
    let phone = app.anonymous();
    provider.sign_in(&phone, "google", "/", &Person::new("1", "countess@shop.example")).await;
    assert_eq!(me(&phone).await["id"], first["id"]);
    // A page that leads elsewhere is not gone to.
    let answer = provider.sign_in(&app.anonymous(), "google", "//evil.example", &ada).await;
    assert_eq!(answer.location(), "/");
    // An address that only the endpoint for users tells.
    let shy = Person { is_shy: true, ..Person::new("2", "grace@shop.example") };
    let client = app.anonymous();
    provider.sign_in(&client, "google", "/", &shy).await.expect(303);
    assert_eq!(me(&client).await["email"], "grace@shop.example");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_cannot_be_verified_signs_nobody_in() {
    let (provider, app) = Provider::start().await;
    let ada = Person::new("1", "ada@shop.example");
    for flaw in [
        Flaw::Issuer,
        Flaw::Audience,
        Flaw::Nonce,
        Flaw::Expired,
        Flaw::UnknownKey,
        Flaw::Truncated,
        Flaw::NoIdToken,
    ] {
        let client = app.anonymous();
        let begun = provider.begin(&client, "google", "/").await;
        let code = provider.grant(&begun, &ada, Some(flaw));
        let answer = client.get(&back("google", &code, &begun.state)).await;
        assert_eq!(answer.status.as_u16(), 400, "{flaw:?}: {}", answer.text);
        says(&answer, 400, &["You are not signed in", "could not be verified"]);
        assert_eq!(client.cookie("smp_session"), None, "{flaw:?}");
    }
    assert_eq!(app.query("SELECT to_jsonb(id) FROM accounts").await, Vec::<Value>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_belongs_to_the_browser_that_began_and_is_used_once() {
    let (provider, app) = Provider::start().await;
    let ada = Person::new("1", "ada@shop.example");
    let client = app.anonymous();
    let begun = provider.begin(&client, "google", "/").await;
    let code = provider.grant(&begun, &ada, None);
    let no_flow = ["belongs to no sign-in"];
    // Another browser, as when somebody sends a link with their own code.
    let victim = app.anonymous();
    says(&victim.get(&back("google", &code, &begun.state)).await, 400, &no_flow);
    // A state that is wrong, cut off or missing; another provider's answer.
    let cut = &begun.state[..begun.state.len() - 1];
    for path in [
        back("google", &code, "wrong"),
        back("google", &code, cut),
        format!("/sign-in/with/google/return?code={code}"),
        back("facebook", &code, &begun.state),
    ] {
        says(&client.get(&path).await, 400, &no_flow);
    }
    // An answer that says it is of another issuer, before its code is used up.
    let mixed = format!("{}&iss=https://evil.example", back("google", &code, &begun.state));
    says(&client.get(&mixed).await, 400, &["could not be verified"]);

    let begun = provider.begin(&client, "google", "/").await;
    let code = provider.grant(&begun, &ada, None);
    let path = back("google", &code, &begun.state);
    let flow = client.cookie("smp_sign_in_flow").unwrap();
    client.get(&path).await.expect(303);
    // Once more, as by the browser's way back; and from a copy of the cookie.
    says(&client.get(&path).await, 400, &no_flow);
    let thief = app.anonymous();
    let request = thief.request(reqwest::Method::GET, &path);
    let replay = thief.send(request.header("Cookie", format!("smp_sign_in_flow={flow}"))).await;
    says(&replay, 400, &["could not be verified"]);
    assert_eq!(thief.cookie("smp_session"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_agree_at_the_provider_is_told_so() {
    let (provider, app) = Provider::start().await;
    let client = app.anonymous();
    let begun = provider.begin(&client, "google", "/cart").await;
    let denied = format!("/sign-in/with/google/return?error=access_denied&state={}", begun.state);
    let answer = client.get(&denied).await;
    says(&answer, 409, &["Google did not sign you in", "%2Fcart"]);
    app.anonymous().form("/sign-in/with/unknown", &[]).await.expect(404);
    // Nothing is offered that is not set up.
    let bare = TestApp::start().await;
    assert!(!bare.anonymous().get("/sign-in").await.text.contains("Continue with"));
    says(&app.anonymous().get("/sign-in").await, 200, &["Continue with Google"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_exists_is_connected_only_after_its_owner_proved_it() {
    let (provider, app) = Provider::start().await;
    let owner = app.shopper("ada").await;
    let account = me(&owner).await;
    let email = account["email"].as_str().unwrap();
    let ada = Person::new("1", email);
    let client = app.anonymous();
    let answer = provider.sign_in(&client, "google", "/cart", &ada).await;
    assert_eq!(answer.location(), "/account/connect");
    assert_eq!(client.cookie("smp_session"), None);
    says(&client.get("/account/connect").await, 200, &["Connect Google", email]);
    // Not without proof, and not with a wrong one.
    says(&client.form("/account/connect", &[]).await, 422, &["Enter your password, or the code"]);
    client.form("/account/connect", &[("password", "wrong password")]).await.expect(401);
    says(&client.form("/account/connect", &[("code", "12")]).await, 422, &["6 digits"]);
    assert!(connected(&owner).await.is_empty());

    let answer = client.form("/account/connect", &[("password", PASSWORD)]).await;
    assert_eq!(answer.location(), "/cart");
    assert_eq!(me(&client).await["id"], account["id"]);
    assert_eq!(connected(&owner).await, ["google"]);
    // From now on without a password; and its owner was told.
    let phone = app.anonymous();
    assert_eq!(provider.sign_in(&phone, "google", "/", &ada).await.location(), "/");
    assert_eq!(me(&phone).await["id"], account["id"]);
    app.run_jobs().await;
    let told = app
        .query("SELECT to_jsonb(body_text) FROM messages WHERE template = 'sign_in_method_changed'")
        .await;
    assert!(
        told.len() == 1 && told[0].as_str().unwrap().contains("Google signs you in"),
        "{told:?}"
    );
    // What waited is over.
    assert_eq!(client.get("/account/connect").await.location(), "/account/security");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_emailed_code_proves_an_address_as_a_password_does() {
    let (provider, app) = Provider::start().await;
    let owner = app.shopper("ada").await;
    let email = me(&owner).await["email"].as_str().unwrap().to_owned();
    let client = app.anonymous();
    provider.sign_in(&client, "google", "/cart", &Person::new("1", &email)).await;
    assert_eq!(client.form("/account/connect/code", &[]).await.location(), "/account/connect");
    app.run_jobs().await;
    let bodies = app
        .query("SELECT to_jsonb(body_text) FROM messages WHERE template = 'email_verification'")
        .await;
    let body = bodies.last().unwrap().as_str().unwrap();
    let code = body
        .split(|c: char| !c.is_ascii_digit())
        .find(|digits| digits.len() == 6)
        .expect("a code of six digits");
    let wrong = if code == "123456" { "654321" } else { "123456" };
    client.form("/account/connect", &[("code", wrong)]).await.expect(422);
    assert_eq!(client.form("/account/connect", &[("code", code)]).await.location(), "/cart");
    assert_eq!(connected(&client).await, ["google"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unverified_address_that_exists_is_refused_and_one_that_does_not_is_only_claimed() {
    let (provider, app) = Provider::start().await;
    let email = me(&app.shopper("ada").await).await["email"].as_str().unwrap().to_owned();
    let unverified = Person { is_verified: false, ..Person::new("1", &email) };
    for name in ["google", "facebook"] {
        let client = app.anonymous();
        let answer = provider.sign_in(&client, name, "/", &unverified).await;
        says(&answer, 409, &["Sign in the way you did before"]);
        assert_eq!(client.cookie("smp_session"), None);
    }
    // Facebook never says that an address was verified.
    let client = app.anonymous();
    let new = Person::new("2", "new@shop.example");
    assert_eq!(provider.sign_in(&client, "facebook", "/cart", &new).await.location(), "/cart");
    let unproved = app
        .query("SELECT to_jsonb(email_verified_at IS NULL) FROM accounts WHERE email = 'new@shop.example'")
        .await;
    assert_eq!(unproved, [json!(true)]);
    let without = Person { email: None, ..Person::new("3", "") };
    let answer = provider.sign_in(&app.anonymous(), "facebook", "/", &without).await;
    says(&answer, 409, &["did not tell us an email address"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_connected_and_disconnected_but_the_last_way_in_stays() {
    let (provider, app) = Provider::start().await;
    let client = app.shopper("ada").await;
    let ada = Person::new("1", "other@shop.example");
    let press = "/account/sign-in-methods/google/connect";
    let begun = provider.begun(&client.form(press, &[]).await);
    let code = provider.grant(&begun, &ada, None);
    let answer = client.get(&back("google", &code, &begun.state)).await;
    assert_eq!(answer.location(), "/account/security");
    assert_eq!(connected(&client).await, ["google"]);
    // A second one of the same provider, and one that opens another account.
    let begun = provider.begun(&client.form(press, &[]).await);
    let code = provider.grant(&begun, &Person::new("9", "x@shop.example"), None);
    let answer = client.get(&back("google", &code, &begun.state)).await;
    says(&answer, 409, &["Nothing was connected", "Disconnect it first"]);
    let other = app.shopper("grace").await;
    let begun = provider.begun(&other.form(press, &[]).await);
    let code = provider.grant(&begun, &ada, None);
    let answer = other.get(&back("google", &code, &begun.state)).await;
    says(&answer, 409, &["opens another account here"]);
    // Whoever is signed out meanwhile connects nothing.
    let begun = provider.begun(&other.form(press, &[]).await);
    let code = provider.grant(&begun, &Person::new("7", "y@shop.example"), None);
    other.delete("/api/v1/session").await.expect(204);
    let answer = other.get(&back("google", &code, &begun.state)).await;
    says(&answer, 401, &["You are signed out"]);

    client.delete("/api/v1/me/connected-accounts/google").await.expect(204);
    client.delete("/api/v1/me/connected-accounts/google").await.problem(404);
    assert!(connected(&client).await.is_empty());
    // Without a password it is the only way in.
    let only = app.anonymous();
    provider.sign_in(&only, "google", "/", &Person::new("5", "only@shop.example")).await;
    let refused = only.delete("/api/v1/me/connected-accounts/google").await;
    assert_eq!(refused.problem(409), "last_sign_in_method");
    let form = "/account/sign-in-methods/google/disconnect";
    assert_eq!(only.form(form, &[]).await.location(), "/account/security");
    assert_eq!(connected(&only).await, ["google"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_sign_in_changes_nothing_of_how_one_signs_in() {
    let (provider, app) = Provider::start().await;
    let client = app.anonymous();
    provider.sign_in(&client, "google", "/", &Person::new("1", "ada@shop.example")).await;
    app.query(
        "UPDATE sessions SET expires_at = expires_at - interval '16 minutes' RETURNING to_jsonb(id)",
    )
    .await;
    let refused = client.delete("/api/v1/me/connected-accounts/google").await;
    assert_eq!(refused.problem(409), "sign_in_again");
    let form = client.form("/account/sign-in-methods/facebook/connect", &[]).await;
    assert_eq!(form.location(), "/sign-in?next=%2Faccount%2Fsecurity");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_pressed_before_is_done_after_signing_in_by_a_provider() {
    let (provider, app) = Provider::start().await;
    let (_, sale) = shop(&app, SaleMode::Hosted).await;
    let client = app.anonymous();
    let item = sale.items[0].to_string();
    let pressed = [("sale_item_id", item.as_str()), ("quantity", "2")];
    let answer = client.form(&format!("/sales/{}/buy", sale.slug), &pressed).await;
    let sign_in = url::Url::parse(&format!("http://smp.invalid{}", answer.location())).unwrap();
    let next = sign_in.query_pairs().find(|(name, _)| name == "next").unwrap().1.into_owned();
    let ada = Person::new("1", "ada@shop.example");
    assert_eq!(provider.sign_in(&client, "google", &next, &ada).await.location(), "/cart");
    assert_eq!(client.get("/api/v1/me/holds").await.json(200)["items"][0]["quantity"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_is_away_says_so() {
    let file = std::env::temp_dir().join(format!("smp-providers-{}", uuid::Uuid::now_v7()));
    let text = "[[provider]]\nname = \"google\"\nlabel = \"Google\"\nkind = \"oidc\"\nid = \"x\"\n\
                secret = \"y\"\nissuer = \"http://127.0.0.1:9\"\n";
    std::fs::write(&file, text).unwrap();
    let settings = [("smp_sign_in_providers", file.to_str().unwrap())];
    let app = TestApp::start_with(&settings).await;
    std::fs::remove_file(file).unwrap();
    let answer = app.anonymous().form("/sign-in/with/google", &[("next", "/")]).await;
    says(&answer, 502, &["Google cannot be reached"]);
}
