//! Favourites, "Remind me" and following a provider: pressed, kept, and written to.

use serde_json::{Value, json};
use smp::notifications;
use time::Duration;

use crate::support::{
    Client, PASSWORD,
    stage::{ApprovedSale, Stage, at},
};

async fn write_due(stage: &Stage) {
    notifications::write_due(&stage.app.platform, &stage.app.themes).await.unwrap();
    stage.app.run_jobs().await;
}

fn reminder(sale: &ApprovedSale) -> String {
    format!("/api/v1/sales/{}/reminder", sale.slug)
}

/// A sale without registration that starts in an hour.
async fn upcoming() -> (Stage, ApprovedSale) {
    let stage = Stage::set().await;
    let sale = stage.publish(&stage.input).await;
    (stage, sale)
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asked_is_reminded_once_a_quarter_of_an_hour_before_the_start() {
    let (stage, sale) = upcoming().await;
    let [ada, bob, cleo] = [
        stage.app.shopper("Ada").await,
        stage.app.shopper("Bob").await,
        stage.app.shopper("Cleo").await,
    ];
    for client in [&ada, &ada, &bob, &cleo] {
        client.put(&reminder(&sale), &json!({})).await.expect(204);
    }
    let mine = ada.get("/api/v1/me/reminders").await.json(200);
    assert_eq!(
        (mine["items"].as_array().unwrap().len(), &mine["items"][0]["sale_slug"]),
        (1, &json!(sale.slug))
    );
    bob.delete(&reminder(&sale)).await.expect(204);
    let off = json!({"items": [{"kind": "reminders", "channel": "email", "on": false}]});
    cleo.put("/api/v1/me/message-choices", &off).await.json(200);

    stage.advance(Duration::minutes(44));
    write_due(&stage).await;
    assert_eq!(stage.emails("start_reminder").await.len(), 0, "too early");
    stage.advance(Duration::minutes(2));
    write_due(&stage).await;
    write_due(&stage).await;
    let told = stage.emails("start_reminder").await;
    assert_eq!(told.len(), 1, "Bob took it back, Cleo switched reminders off: {told:?}");
    assert!(told[0]["to"].as_str().unwrap().starts_with("ada"), "{told:?}");
    // One that is asked for too late to be sent is refused, not forgotten.
    let dan = stage.app.shopper("Dan").await;
    assert_eq!(dan.put(&reminder(&sale), &json!({})).await.problem(409), "starts_too_soon");
    stage.advance(Duration::minutes(20));
    assert_eq!(dan.put(&reminder(&sale), &json!({})).await.problem(409), "already_started");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sale_that_cannot_be_reminded_of_says_why() {
    let (stage, registered) = Stage::with_open_registration().await;
    let ada = stage.app.shopper("Ada").await;
    let answer = ada.put(&reminder(&registered), &json!({})).await;
    assert_eq!(answer.problem(409), "has_registration");
    ada.put("/api/v1/sales/no-such-sale/reminder", &json!({})).await.expect(404);
    stage.app.anonymous().put(&reminder(&registered), &json!({})).await.expect(401);
    ada.delete(&reminder(&registered)).await.expect(204);
}

#[tokio::test(flavor = "multi_thread")]
async fn followers_hear_of_a_new_sale_once_and_only_if_they_want_to() {
    let stage = Stage::set().await;
    let [ada, bob, cleo] = [
        stage.app.shopper("Ada").await,
        stage.app.shopper("Bob").await,
        stage.app.shopper("Cleo").await,
    ];
    let follow = "/api/v1/sellers/kiln/follow";
    for client in [&ada, &ada, &bob, &cleo] {
        assert_eq!(client.put(follow, &json!({})).await.json(200)["provider_name"], "Kiln");
    }
    bob.delete(follow).await.expect(204);
    bob.delete(follow).await.expect(204);
    let off = json!({"items": [{"kind": "launches", "channel": "email", "on": false}]});
    cleo.put("/api/v1/me/message-choices", &off).await.json(200);
    assert_eq!(ada.get("/api/v1/me/follows").await.json(200)["items"][0]["provider_slug"], "kiln");
    ada.put("/api/v1/sellers/nobody/follow", &json!({})).await.expect(404);

    let sale = stage.publish(&stage.input).await;
    let told = stage.emails("product_launch").await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0]["to"].as_str().unwrap().starts_with("ada"), "{told:?}");
    assert!(told[0]["text"].as_str().unwrap().contains(&format!("/sales/{}", sale.slug)));
    // Another revision of the same sale is no launch.
    let ends_at = at(stage.ends_at + Duration::hours(1));
    let longer = stage.with(&json!({"slug": null, "ends_at": ends_at}));
    stage.editor.put_newest(&sale.path, &longer).await.json(200);
    stage.approve(&sale.path).await;
    assert_eq!(stage.emails("product_launch").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_pressed_before_signing_in_is_done_afterwards() {
    let (stage, sale) = upcoming().await;
    let app = &stage.app;
    let (_, account) = app.account("Ada", &[]).await;
    let email: Value =
        app.query("SELECT to_jsonb(email) FROM accounts WHERE name = 'Ada'").await.remove(0);
    let email = email.as_str().unwrap();
    for (path, next) in [
        (format!("/sales/{}/remind", sale.slug), format!("/sales/{}", sale.slug)),
        ("/sellers/kiln/follow".to_owned(), "/sellers/kiln".to_owned()),
    ] {
        let browser = app.anonymous();
        let sent = browser.form(&path, &[("on", "true")]).await;
        assert!(sent.location().starts_with("/sign-in?next="), "{}", sent.location());
        let fields = [("email", email), ("password", PASSWORD), ("next", next.as_str())];
        assert_eq!(browser.form("/sign-in", &fields).await.location(), next);
    }
    let kept = app
        .query(
            "SELECT jsonb_build_array(
                 (SELECT count(*) FROM sale_reminders), (SELECT count(*) FROM follows))",
        )
        .await;
    assert_eq!(kept, [json!([1, 1])], "of {account}");
    // A link presses nothing.
    let browser = app.anonymous();
    assert_eq!(
        browser.get(&format!("/sales/{}/remind", sale.slug)).await.location(),
        format!("/sales/{}", sale.slug)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shopper_finds_what_they_like_and_takes_it_back_on_one_page() {
    let (stage, sale) = upcoming().await;
    let ada = stage.app.shopper("Ada").await;
    let url = format!("/sales/{}", sale.slug);
    ada.form(&format!("{url}/favourite"), &[("on", "true")]).await.expect(303);
    ada.form(&format!("{url}/remind"), &[("on", "true")]).await.expect(303);
    ada.form("/sellers/kiln/follow", &[("on", "true")]).await.expect(303);
    assert!(ada.get(&url).await.expect(200).contains("Don’t remind me"));
    let page = page(&ada).await;
    for shown in [&format!("{url}/favourite"), &format!("{url}/remind"), "/sellers/kiln/follow"] {
        assert!(page.contains(&format!("action=\"{shown}\"")), "{shown}");
    }
    for path in [&format!("{url}/favourite"), &format!("{url}/remind"), "/sellers/kiln/follow"] {
        let back = ada.form(path, &[("on", "false"), ("back", "favourites")]).await;
        assert_eq!(back.location(), "/account/favourites");
    }
    let page = self::page(&ada).await;
    assert!(!page.contains("/favourite\"") && !page.contains("/follow\""), "{page}");
}

async fn page(client: &Client) -> String {
    client.get("/account/favourites").await.expect(200).to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reminder_moves_with_the_start() {
    let (stage, sale) = upcoming().await;
    let ada = stage.app.shopper("Ada").await;
    ada.put(&reminder(&sale), &json!({})).await.expect(204);
    let starts_at = stage.app.platform.clock.now() + Duration::hours(5);
    let moved = stage.with(&json!({"slug": null, "starts_at": at(starts_at)}));
    stage.editor.put_newest(&sale.path, &moved).await.json(200);
    stage.approve(&sale.path).await;
    stage.advance(Duration::hours(1));
    write_due(&stage).await;
    assert_eq!(stage.emails("start_reminder").await.len(), 0, "the old start");
    stage.advance(Duration::hours(4) - Duration::minutes(10));
    write_due(&stage).await;
    assert_eq!(stage.emails("start_reminder").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_not_confirmed_an_address_is_not_written_to_about_new_sales() {
    let stage = Stage::set().await;
    let mut eve = stage.app.anonymous();
    let new = json!({"email": "eve@claims.example", "name": "Eve", "password": PASSWORD});
    eve.post("/api/v1/accounts", &new).await.json(201);
    eve.sign_in("eve@claims.example", PASSWORD).await;
    let followed = eve.form("/sellers/kiln/follow", &[("on", "true")]).await;
    assert_eq!(followed.location(), "/sellers/kiln");
    let page = eve.get("/sellers/kiln").await.expect(200).to_owned();
    assert!(page.contains("Confirm your email address"), "{page}");
    stage.publish(&stage.input).await;
    assert_eq!(stage.emails("product_launch").await, Vec::<Value>::new());
}
