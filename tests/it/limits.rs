//! Each limited operation counts as its action, whichever way it is asked for.

use reqwest::Method;
use serde_json::json;
use smp::{access::limits::LimitedAction, sales::SaleMode};
use time::Duration;

use crate::support::{Client, PASSWORD, TestApp};

/// Where the tests' requests come from.
const ADDRESS: &str = "127.0.0.1";

/// Uses up what one address may do.
async fn exhaust(app: &TestApp, action: LimitedAction) {
    let rate = action.per_address();
    // Begin at the start of a window after an unused one, so that all of it counts for as long as
    // the window lasts.
    let window = rate.window.as_millis();
    let now = app.platform.clock.now().unix_timestamp_nanos().unsigned_abs() / 1_000_000;
    let rest = i64::try_from(2 * window - now % window).unwrap();
    app.platform.clock.advance(Duration::milliseconds(rest));
    while app.platform.limits.check(rate, ADDRESS).await.is_ok() {}
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_in_and_up_share_a_limit_by_address() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    let sign_in = json!({"email": "ada@test.example", "password": PASSWORD});
    let sign_up = json!({"email": "ada@test.example", "password": PASSWORD, "name": "Ada"});
    for action in [LimitedAction::SignIn, LimitedAction::SignUp] {
        exhaust(&app, action).await;
        let answer = client.post("/api/v1/session", &sign_in).await;
        assert_eq!(answer.problem(429), "too_many");
        assert!(answer.headers.contains_key("retry-after"));
        assert_eq!(client.post("/api/v1/accounts", &sign_up).await.problem(429), "too_many");
        let fields = [("email", "ada@test.example"), ("password", PASSWORD), ("name", "Ada")];
        client.form("/sign-in", &fields).await.expect(429);
        client.form("/sign-up", &fields).await.expect(429);
        for path in ["/sign-in", "/sign-up"] {
            client.get(path).await.expect(200);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn buying_is_limited_by_address_on_every_way() {
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let sale = app.live_sale(tenant, SaleMode::Hosted).await;
    let shopper = app.shopper("ada").await;
    exhaust(&app, LimitedAction::Buy).await;
    let path = format!("/api/v1/sales/{}/holds", sale.slug);
    let body = json!({"sale_item_id": sale.items[0], "quantity": 1}).to_string();
    let buy = async |client: &Client, content_type: &str| {
        let request = client.request(Method::POST, &path).header("Content-Type", content_type);
        client.send(request.body(body.clone())).await.problem(429)
    };
    for client in [&shopper, &app.anonymous()] {
        assert_eq!(buy(client, "application/json").await, "too_many");
        assert_eq!(buy(client, "application/json; charset=utf-8").await, "too_many");
    }
    let item = sale.items[0].to_string();
    let fields = [("item", item.as_str()), ("quantity", "1")];
    shopper.form(&format!("/sales/{}/buy", sale.slug), &fields).await.expect(429);
    shopper.get(&format!("/sales/{}", sale.slug)).await.expect(200);
    shopper.get("/api/v1/me/holds").await.expect(200);
}
