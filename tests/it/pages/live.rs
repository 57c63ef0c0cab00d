//! The event stream of the product page, and the waitlist on the page.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use smp::sales::SaleMode;
use time::Duration as Span;

use super::{after, buy, says, shop};
use crate::support::{Client, TestApp, sales::LiveSale};

#[tokio::test(flavor = "multi_thread")]
async fn listeners_are_sent_the_stock_as_it_changes() {
    let app = TestApp::start().await;
    let (_, sale) = shop(&app, SaleMode::Hosted).await;
    let client = app.anonymous();
    let mut stream = Stream::open(&client, &sale).await;
    let greeting = stream.until("event: stock").await;
    assert!(
        greeting.starts_with("event: phase\ndata: {\"phase\":\"live\",\"server_time\":\""),
        "{greeting}"
    );
    stream.until(r#""available":20"#).await;
    assert_eq!(buy(&app.shopper("ada").await, &sale, "2", "k").await.location(), "/cart");
    stream.until(r#""available":18"#).await;
    app.platform.clock.advance(Span::days(2));
    stream.until(r#""phase":"ended""#).await;
    says(&client.get("/sales/nothing/live").await, 404, &["Page not found"]);
    app.platform.shutdown.cancel();
    while stream.answer.chunk().await.unwrap().is_some() {}
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_shoppers_are_sent_their_position_as_it_changes() {
    let app = TestApp::start().await;
    let (_, sale) = shop(&app, SaleMode::Hosted).await; // 20 Sand, 2 a shopper
    for nth in 0..10 {
        assert_eq!(
            buy(&app.shopper(&format!("early{nth}")).await, &sale, "2", "k").await.location(),
            "/cart"
        );
    }
    let (ada, bob) = (app.shopper("ada").await, app.shopper("bob").await);
    for client in [&ada, &bob] {
        assert_eq!(buy(client, &sale, "1", "k").await.location(), format!("/sales/{}", sale.slug));
    }
    let page = bob.get(&format!("/sales/{}", sale.slug)).await;
    says(&page, 200, &["You’re number 2 on the waitlist"]);
    let entry = after(&page.text, r#"data-position=""#);
    let mut stream = Stream::open(&bob, &sale).await;
    stream
        .until(&format!(
            r#"event: waitlist{}data: {{"items":[{{"id":"{entry}","position":2}}]}}"#,
            "\n"
        ))
        .await;
    let mine = ada.get("/api/v1/me/waitlist").await.json(200);
    ada.delete(&format!("/api/v1/me/waitlist/{}", mine["items"][0]["id"].as_str().unwrap()))
        .await
        .expect(204);
    stream.until(&format!(r#"{{"id":"{entry}","position":1}}"#)).await;
    bob.delete(&format!("/api/v1/me/waitlist/{entry}")).await.expect(204);
    stream.until(&format!(r#"{{"id":"{entry}","position":null}}"#)).await;
    let mut stranger = Stream::open(&app.anonymous(), &sale).await;
    assert!(!stranger.until("event: stock").await.contains("event: waitlist"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_says_until_when_it_is_held() {
    let app = TestApp::start().await;
    let (_, sale) = shop(&app, SaleMode::Hosted).await; // 20 Sand, 2 a shopper
    let page = format!("/sales/{}", sale.slug);
    let mut early = vec![];
    for nth in 0..10 {
        early.push(app.shopper(&format!("early{nth}")).await);
        assert_eq!(buy(&early[nth], &sale, "2", "k").await.location(), "/cart");
    }
    // An offer of one item, and a hold of another that runs out before it.
    let ada = app.shopper("ada").await;
    ada.post(
        &format!("/api/v1{page}/holds"),
        &json!({"sale_item_id": sale.items[1], "quantity": 1}),
    )
    .await
    .json(201);
    assert_eq!(buy(&ada, &sale, "1", "k").await.location(), page);
    app.platform.clock.advance(Span::seconds(60));
    let held = early[0].get("/api/v1/me/holds").await.json(200);
    early[0]
        .delete(&format!("/api/v1/me/holds/{}", held["items"][0]["id"].as_str().unwrap()))
        .await
        .expect(204);
    let mine = ada.get("/api/v1/me/holds").await.json(200);
    let until = |nth: usize| {
        let of_item = |hold: &&Value| hold["sale_item_id"] == json!(sale.items[nth]);
        mine["items"].as_array().unwrap().iter().find(of_item).unwrap()["expires_at"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_ne!(until(0), until(1));
    let shown = ada.get(&page).await;
    says(&shown, 200, &["It’s your turn", "held for you <strong data-hold-time>until"]);
    assert_eq!(after(&shown.text, r#"<div class="offer" data-held data-until=""#), until(0));
}

/// The event stream of an open page.
struct Stream {
    answer: reqwest::Response,
    received: String,
}

impl Stream {
    async fn open(client: &Client, sale: &LiveSale) -> Self {
        let mut request = client
            .request(Method::GET, &format!("/sales/{}/live", sale.slug))
            .header("Accept-Encoding", "gzip, br")
            .build()
            .unwrap();
        *request.timeout_mut() = Some(Duration::from_secs(20));
        let answer = reqwest::Client::new().execute(request).await.unwrap();
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        Self { answer, received: String::new() }
    }

    /// Everything received so far, once it contains a text.
    async fn until(&mut self, text: &str) -> String {
        while !self.received.contains(text) {
            let more = self
                .answer
                .chunk()
                .await
                .unwrap()
                .unwrap_or_else(|| panic!("the stream ended before {text}: {}", self.received));
            self.received.push_str(std::str::from_utf8(&more).unwrap());
        }
        self.received.clone()
    }
}
