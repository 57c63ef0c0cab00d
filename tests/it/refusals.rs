//! The exact answers to purchases that are refused, and that a refusal changes nothing.

use reqwest::Method;
use serde_json::{Value, json};
use smp::{kernel::TenantId, platform::broker::Notice, sales::SaleMode};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

use crate::support::{
    Client, TestApp,
    client::Answer,
    sales::{LiveSale, decide, plain_offer, sale_input, sale_path, submit},
};

/// A live sale of 20 Sand and 5 Slate, at most 2 of each per shopper.
struct Fixture {
    app: TestApp,
    tenant: TenantId,
    sale: LiveSale,
    ada: Client,
}

impl Fixture {
    async fn set() -> Self {
        let app = TestApp::start().await;
        let tenant = app.provider("kiln").await;
        let sale = app.live_sale(tenant, SaleMode::Hosted).await;
        let ada = app.shopper("ada").await;
        Self { app, tenant, sale, ada }
    }

    async fn post_hold(&self, body: &Value) -> Answer {
        self.ada.post(&format!("/api/v1/sales/{}/holds", self.sale.slug), body).await
    }

    async fn buy(&self, nth: usize, quantity: i64) -> Answer {
        self.post_hold(&json!({"sale_item_id": self.sale.items[nth], "quantity": quantity})).await
    }

    async fn buy_by_key(&self, key: &str, nth: usize, quantity: i64) -> Answer {
        let request = self
            .ada
            .request(Method::POST, &format!("/api/v1/sales/{}/holds", self.sale.slug))
            .header("Idempotency-Key", key);
        self.ada
            .send(
                request.json(&json!({"sale_item_id": self.sale.items[nth], "quantity": quantity})),
            )
            .await
    }

    /// Units held by all shoppers.
    async fn held(&self) -> i64 {
        self.app.stock().await.0
    }
}

/// Asserts a 409 with this code and detail.
#[track_caller]
fn conflict(answer: &Answer, code: &str, detail: &str) {
    assert_eq!(
        (answer.problem(409).as_str(), answer.json(409)["detail"].as_str().unwrap()),
        (code, detail)
    );
}

/// Asserts a 422 about one field, with this message.
#[track_caller]
fn wrong(answer: &Answer, field: &str, message: &str) {
    assert_eq!(answer.json(422)["errors"], json!([{"field": field, "message": message}]));
}

fn at(time: OffsetDateTime) -> String {
    time.format(&Rfc3339).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn impossible_quantities() {
    let fixture = Fixture::set().await;
    for quantity in [0, -1, i64::from(i32::MIN)] {
        wrong(&fixture.buy(0, quantity).await, "quantity", "Must be 1 or more");
    }
    wrong(
        &fixture.buy(0, i64::from(i32::MAX) + 1).await,
        "quantity",
        "Must be a whole number that is not too large",
    );
    for quantity in [json!("1"), json!(true), json!([1])] {
        let answer = fixture
            .post_hold(&json!({"sale_item_id": fixture.sale.items[0], "quantity": quantity}))
            .await;
        wrong(&answer, "quantity", "Must be a whole number");
    }
    wrong(
        &fixture.post_hold(&json!({"sale_item_id": fixture.sale.items[0]})).await,
        "quantity",
        "Is required",
    );
    let over = "The limit for Sand is 2 per shopper. Choose 2 or fewer.";
    conflict(&fixture.buy(0, 3).await, "limit_reached", over);
    conflict(&fixture.buy(0, i64::from(i32::MAX)).await, "limit_reached", over);
    fixture.buy(0, 1).await.json(201);
    conflict(
        &fixture.buy(0, 2).await,
        "limit_reached",
        "You already have 1 of Sand. The limit is 2 per shopper, so you can add up to 1 more.",
    );
    fixture.buy(0, 1).await.json(201);
    conflict(
        &fixture.buy(0, 1).await,
        "limit_reached",
        "You already have 2 of Sand. The limit is 2 per shopper, so you cannot add more.",
    );
    assert_eq!(fixture.held().await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn outside_the_time_of_the_sale() {
    let fixture = Fixture::set().await;
    let clock = &fixture.app.platform.clock;
    let starts_at = fixture
        .ada
        .get(&format!("/api/v1/sales/{}", fixture.sale.slug))
        .await
        .json(200)["starts_at"]
        .as_str()
        .unwrap()
        .to_owned();
    clock.advance(Duration::hours(-2));
    conflict(
        &fixture.buy(0, 1).await,
        "not_started",
        &format!("This sale starts at {starts_at}. Come back then."),
    );
    clock.advance(Duration::hours(30));
    conflict(&fixture.buy(0, 1).await, "ended", "This sale has ended.");
    clock.advance(Duration::hours(-28));
    for (table, state, detail) in [
        ("sales", "halted", "This sale is halted at the moment. Try again later."),
        ("sales", "cancelled", "This sale was cancelled."),
        ("sales", "approved", ""),
        ("providers", "suspended", "This seller is not selling at the moment. Try again later."),
    ] {
        fixture.app.set_state(fixture.tenant, table, state).await;
        fixture
            .app
            .platform
            .broker
            .publish(Notice::SaleChanged { slug: fixture.sale.slug.clone() })
            .await;
        tokio::time::sleep(std::time::Duration::from_millis(50)).await; // the notice has arrived
        if state == "approved" {
            fixture.buy(0, 1).await.json(201);
        } else {
            conflict(
                &fixture.buy(0, 1).await,
                if state == "suspended" { "halted" } else { state },
                detail,
            );
        }
    }
    assert_eq!(fixture.held().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn shoppers_who_are_not_registered() {
    let fixture = Fixture::set().await;
    let path = format!("/api/v1/sales/{}/holds", fixture.sale.slug);
    let body = json!({"sale_item_id": fixture.sale.items[0], "quantity": 1});
    assert_eq!(fixture.app.anonymous().post(&path, &body).await.problem(401), "unauthenticated");

    // A sale for registered shoppers, with one shopper who registered and one who did not.
    let now = fixture.app.platform.clock.now();
    let (editor, manager) =
        (fixture.app.member(fixture.tenant, "editor").await, fixture.app.staff("manager").await);
    let offer = plain_offer(&editor, fixture.tenant).await;
    let mut input =
        sale_input(&offer, SaleMode::Hosted, now + Duration::days(3), now + Duration::days(4));
    input["registration_opens_at"] = at(now + Duration::hours(1)).into();
    input["registration_closes_at"] = at(now + Duration::days(2)).into();
    input["registered_only"] = true.into();
    let sale =
        editor.post(&format!("/api/v1/providers/{}/sales", fixture.tenant), &input).await.json(201);
    let revision = submit(&editor, &sale_path(fixture.tenant, &sale)).await;
    decide(&manager, &sale_path(fixture.tenant, &sale), &revision, "approve").await.json(200);
    let slug = sale["slug"].as_str().unwrap();
    fixture.app.platform.clock.advance(Duration::hours(2));
    let registered = fixture.app.shopper("bob").await;
    registered.put(&format!("/api/v1/sales/{slug}/registration"), &json!({})).await;
    fixture.app.platform.clock.advance(Duration::days(3) - Duration::hours(1));
    let body = json!({"sale_item_id": sale["items"][0]["id"], "quantity": 1});
    let path = format!("/api/v1/sales/{slug}/holds");
    conflict(
        &fixture.ada.post(&path, &body).await,
        "not_registered",
        "Only shoppers who registered before the start can buy in this sale.",
    );
    registered.post(&path, &body).await.json(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn items_of_another_sale() {
    let fixture = Fixture::set().await;
    let strangers = fixture.app.provider("loom").await;
    let other = fixture.app.live_sale(strangers, SaleMode::Hosted).await;
    let not_here = "Is not an item of this sale";
    let foreign = json!({"sale_item_id": other.items[0], "quantity": 1});
    wrong(&fixture.post_hold(&foreign).await, "sale_item_id", not_here);
    wrong(
        &fixture.post_hold(&json!({"sale_item_id": uuid::Uuid::now_v7(), "quantity": 1})).await,
        "sale_item_id",
        not_here,
    );
    wrong(
        &fixture.post_hold(&json!({"sale_item_id": "bowl", "quantity": 1})).await,
        "sale_item_id",
        "Must be a UUID",
    );
    let nowhere = fixture.ada.post("/api/v1/sales/nowhere/holds", &foreign).await;
    assert_eq!(nowhere.problem(404), "not_found");
    let extra = fixture
        .post_hold(&json!({"sale_item_id": fixture.sale.items[0], "quantity": 1, "price_minor": 1}))
        .await;
    wrong(&extra, "price_minor", "Is not a field of this request; leave it out");
    assert_eq!(fixture.held().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reused_idempotency_key() {
    let fixture = Fixture::set().await;
    let hold = fixture.buy_by_key("press", 0, 1).await.json(201);
    assert_eq!(fixture.buy_by_key("press", 0, 1).await.json(201)["id"], hold["id"]);
    let detail =
        "This Idempotency-Key was used for a quantity of 1. Use a new key for another quantity.";
    conflict(&fixture.buy_by_key("press", 0, 2).await, "idempotency_conflict", detail);
    let elsewhere = "This Idempotency-Key was used for another item. Use a new key for this one.";
    conflict(&fixture.buy_by_key("press", 1, 1).await, "idempotency_conflict", elsewhere);
    wrong(&fixture.buy_by_key("press", 0, 0).await, "quantity", "Must be 1 or more");
    for key in [String::new(), "k".repeat(101)] {
        wrong(
            &fixture.buy_by_key(&key, 0, 1).await,
            "Idempotency-Key",
            "The idempotency key must have 1 to 100 characters",
        );
    }
    // After the end, a retry and a reused key get the same answers as before.
    fixture.app.platform.clock.advance(Duration::hours(28));
    assert_eq!(fixture.buy_by_key("press", 0, 1).await.json(201)["id"], hold["id"]);
    conflict(&fixture.buy_by_key("press", 0, 2).await, "idempotency_conflict", detail);
    conflict(&fixture.buy_by_key("late", 0, 1).await, "ended", "This sale has ended.");
    assert_eq!(fixture.held().await, 1);
}
