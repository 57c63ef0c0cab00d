//! Buy pressed before signing in: the press is made afterwards, once, and only if it was one.

use reqwest::Method;
use serde_json::json;
use smp::{platform::broker::Notice, sales::SaleMode};
use time::Duration as Span;

use super::{buy, change, says, shop};
use crate::support::{Client, PASSWORD, TestApp};

/// Signs in by the form, and answers where that leads.
async fn sign_in(client: &Client, email: &str, next: &str) -> String {
    let fields = [("email", email), ("password", PASSWORD), ("next", next)];
    client.form("/sign-in", &fields).await.location().to_owned()
}

async fn email_of(client: &Client) -> String {
    let me = client.get("/api/v1/me").await.json(200);
    me["account"]["email"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_press_of_buy_is_made_after_signing_in() {
    let app = TestApp::start().await;
    let (_, sale) = shop(&app, SaleMode::Hosted).await;
    let email = email_of(&app.shopper("ada").await).await;
    let page = format!("/sales/{}", sale.slug);
    let next = format!("{page}?item={}&quantity=2", sale.items[0]);
    let client = app.anonymous();
    // A link to sign in with the same way back presses nothing.
    assert_eq!(sign_in(&client, &email, &next).await, next);
    // Nor does another site's form.
    let client = app.anonymous();
    let item = sale.items[0].to_string();
    let fields = [("sale_item_id", item.as_str()), ("quantity", "2")];
    let forged = client.request(Method::POST, &format!("{page}/buy")).form(&fields);
    client.send(forged.header("Origin", "https://evil.example")).await.expect(403);
    assert_eq!(sign_in(&client, &email, &next).await, next);
    // Who goes elsewhere from the sign-in page has not pressed there.
    let client = app.anonymous();
    buy(&client, &sale, "2", "k").await.expect(303);
    assert_eq!(sign_in(&client, &email, &page).await, page);
    assert_eq!(app.query("SELECT to_jsonb(count(*)) FROM holds").await, [json!(0)]);

    // A wrong password loses nothing, and two sign-ins at once are one press.
    let client = app.anonymous();
    buy(&client, &sale, "2", "k").await.expect(303);
    let wrong =
        [("email", email.as_str()), ("password", "wrong password"), ("next", next.as_str())];
    says(&client.form("/sign-in", &wrong).await, 401, &["we hold 2 × Stoneware at dawn"]);
    let (one, two) = tokio::join!(sign_in(&client, &email, &next), sign_in(&client, &email, &next));
    assert_eq!((one.as_str(), two.as_str()), ("/cart", "/cart"));
    assert_eq!(app.query("SELECT to_jsonb(sum(quantity)) FROM holds").await, [json!(2)]);
    // The press is made once, not at every sign-in.
    assert_eq!(sign_in(&client, &email, &next).await, next);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_press_that_comes_too_late_lands_where_buy_would_have() {
    let app = TestApp::start().await;
    let (tenant, sale) = shop(&app, SaleMode::Hosted).await;
    let (ada, bea) = (app.shopper("ada").await, app.shopper("bea").await);
    let page = format!("/sales/{}", sale.slug);
    let next = |quantity: u8| format!("{page}?item={}&quantity={quantity}", sale.items[0]);
    let (late, later) = (app.anonymous(), app.anonymous());
    buy(&late, &sale, "2", "k").await.expect(303);
    buy(&later, &sale, "1", "k").await.expect(303);
    change(&app, format!("UPDATE stock SET sold = capacity WHERE tenant_id = '{tenant}'")).await;
    assert_eq!(sign_in(&late, &email_of(&ada).await, &next(2)).await, page);
    let waiting = late.get(&page).await;
    says(&waiting, 200, &["you’re on the waitlist for 2", "Leave the waitlist"]);
    says(&waiting, 200, &["You want all of them or none"]);
    change(&app, format!("UPDATE sales SET state = 'halted' WHERE tenant_id = '{tenant}'")).await;
    app.platform.broker.publish(Notice::SaleChanged { slug: sale.slug.clone() }).await;
    assert_eq!(sign_in(&later, &email_of(&bea).await, &next(1)).await, next(1));
    says(&later.get(&page).await, 200, &["You are signed in, but no item is held yet."]);
    assert_eq!(app.query("SELECT to_jsonb(count(*)) FROM holds").await, [json!(0)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_is_told_to_sign_in_before_the_rush() {
    let app = TestApp::start().await;
    let (_, sale) = shop(&app, SaleMode::Hosted).await;
    let page = format!("/sales/{}", sale.slug);
    let sign_in = format!(r#"href="/sign-in?next={page}""#);
    let (visitor, shopper) = (app.anonymous(), app.shopper("ada").await);
    says(&visitor.get(&page).await, 200, &["You’re not signed in.", &sign_in, "data-sign-dialog"]);
    app.platform.clock.advance(Span::hours(-2));
    let before = ["Sign in before it starts.", &sign_in, "Create account"];
    says(&visitor.get(&page).await, 200, &before);
    let own = shopper.get(&page).await;
    assert!(!own.text.contains("Sign in before it starts.") && !own.text.contains("data-sign-"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_press_on_an_outdated_page_holds_nothing_and_says_so() {
    let app = TestApp::start().await;
    let (_, sale) = shop(&app, SaleMode::Hosted).await;
    let client = app.shopper("ada").await;
    assert_eq!(buy(&client, &sale, "1", "key").await.location(), "/cart");
    let page = format!("/sales/{}?item={}", sale.slug, sale.items[0]);
    let said = ["You had pressed Buy on this page before"];
    // The back button led to the first page again, and another quantity was chosen there.
    let other = buy(&client, &sale, "2", "key").await;
    assert_eq!(other.location(), format!("{page}&quantity=2"));
    says(&client.get(other.location()).await, 200, &said);
    assert_eq!(app.stock().await, (1, 0));
    // What the first press held is no longer held.
    let holds = client.get("/api/v1/me/holds").await.json(200);
    let hold = holds["items"][0]["id"].as_str().unwrap();
    client.form(&format!("/cart/holds/{hold}/release"), &[]).await.expect(303);
    assert_eq!(buy(&client, &sale, "1", "key").await.location(), format!("{page}&quantity=1"));
    assert_eq!(app.stock().await, (0, 0));
}
