//! Redirect sales: click-outs, reported purchases and reversals, and who may report them.

mod guarantee;
mod integration;
mod kinds;
mod reports;
mod unreadable;

use reqwest::Method;
use serde_json::{Value, json};
use smp::{
    kernel::{TenantId, limits::REPORTS_PER_CLICK_MAX},
    sales::SaleMode::{Hosted, Redirect},
};

use crate::support::{Client, TestApp, client::Answer, sales::LiveSale};

/// A provider's server.
struct Cart {
    http: Client,
    secret: String,
}

impl Cart {
    async fn of(app: &TestApp, tenant: TenantId) -> Self {
        let owner = app.member(tenant, "owner").await;
        let made = owner
            .post(
                &format!("/api/v1/providers/{tenant}/api-keys"),
                &json!({"name": "Cart", "scopes": ["postbacks"]}),
            )
            .await
            .json(201);
        Self { http: app.anonymous(), secret: made["secret"].as_str().unwrap().to_owned() }
    }

    async fn report(&self, what: &str, body: &Value) -> Answer {
        let request = self
            .http
            .request(Method::POST, &format!("/api/v1/postbacks/{what}"))
            .bearer_auth(&self.secret);
        self.http.send(request.json(body)).await
    }
}

async fn click(client: &Client, sale: &LiveSale, nth: usize, quantity: i32) -> Answer {
    client
        .post(
            &format!("/api/v1/sales/{}/click-outs", sale.slug),
            &json!({"sale_item_id": sale.items[nth], "quantity": quantity}),
        )
        .await
}

async fn token(client: &Client, sale: &LiveSale) -> String {
    let url: url::Url =
        click(client, sale, 0, 2).await.json(201)["url"].as_str().unwrap().parse().unwrap();
    url.query_pairs().find(|(name, _)| name == "click_token").unwrap().1.into_owned()
}

fn purchase(token: &str, reference: &str) -> Value {
    json!({"click_token": token, "reference": reference, "quantity": 1, "amount_minor": 4900, "currency": "EUR", "tracking_url": "https://cart.example/t/1"})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_click_out_leads_to_the_approved_address_only() {
    let app = TestApp::start().await;
    let north = app.provider("north").await;
    let sale = app.live_sale(north, Redirect).await;
    app.edit_content(
        north,
        sale.id,
        "redirect_url",
        json!("https://cart.example/buy?shop=2&quantity=99#top"),
    )
    .await;
    let url: url::Url = click(&app.anonymous(), &sale, 1, 2).await.json(201)["url"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    assert_eq!(
        (url.host_str(), url.path(), url.fragment()),
        (Some("cart.example"), "/buy", Some("top"))
    );
    let query: std::collections::BTreeMap<_, _> = url.query_pairs().into_owned().collect();
    assert_eq!(
        (query["shop"].as_str(), query["quantity"].as_str(), query["item"].as_str()),
        ("2", "2", sale.items[1].to_string().as_str())
    );
    assert!(query["sku"].starts_with("SKU-1-") && query["click_token"].contains('.'), "{query:?}");
    let told = app.told("click_out.created").await;
    assert_eq!(
        (told.len(), &told[0]["quantity"], &told[0]["sale_id"]),
        (1, &json!(2), &json!(sale.id))
    );

    // An address that was not approved is not used.
    app.edit_sale_address(north, "https://evil.example").await;
    let url = click(&app.anonymous(), &sale, 0, 1).await.json(201)["url"].to_string();
    assert!(url.contains("cart.example") && !url.contains("evil"), "{url}");
}

impl TestApp {
    async fn edit_sale_address(&self, tenant: TenantId, url: &str) {
        let mut tx = self.platform.db.tenant(tenant).await.unwrap();
        sqlx::query("UPDATE sales SET redirect_url = $2 WHERE tenant_id = $1")
            .bind(tenant.0)
            .bind(url)
            .execute(&mut *tx)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_click_outs_are_refused() {
    let app = TestApp::start().await;
    let (north, south) = (app.provider("north").await, app.provider("south").await);
    let (sale, hosted) = (app.live_sale(north, Redirect).await, app.live_sale(south, Hosted).await);
    let anyone = app.anonymous();
    assert_eq!(click(&anyone, &sale, 0, 3).await.wrong_fields(), ["quantity"]);
    assert_eq!(click(&anyone, &sale, 0, 0).await.wrong_fields(), ["quantity"]);
    let foreign = json!({"sale_item_id": hosted.items[0], "quantity": 1});
    assert_eq!(
        anyone
            .post(&format!("/api/v1/sales/{}/click-outs", sale.slug), &foreign)
            .await
            .wrong_fields(),
        ["sale_item_id"]
    );
    assert_eq!(click(&anyone, &hosted, 0, 1).await.problem(409), "hosted_sale");
    anyone.post("/api/v1/sales/no-such-sale/click-outs", &foreign).await.problem(404);
    for (table, state, code) in [
        ("providers", "suspended", "halted"),
        ("sales", "halted", "halted"),
        ("sales", "cancelled", "cancelled"),
    ] {
        app.set_state(north, table, state).await;
        assert_eq!(click(&anyone, &sale, 0, 1).await.problem(409), code);
        app.set_state(north, table, "approved").await;
    }
    app.platform.clock.advance(time::Duration::hours(-2));
    assert_eq!(click(&anyone, &sale, 0, 1).await.problem(409), "not_started");
    app.platform.clock.advance(time::Duration::days(2));
    assert_eq!(click(&anyone, &sale, 0, 1).await.problem(409), "ended");
    assert!(app.told("click_out.created").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purchase_is_reported_once_and_reversed_once() {
    let app = TestApp::start().await;
    let north = app.provider("north").await;
    let sale = app.live_sale(north, Redirect).await;
    let (cart, mara) = (Cart::of(&app, north).await, app.shopper("mara").await);
    let token = token(&mara, &sale).await;

    let conversion = cart.report("purchases", &purchase(&token, "A-1")).await.json(201);
    assert_eq!(
        (&conversion["state"], &conversion["amount"]["amount"], &conversion["sale_id"]),
        (&json!("reported"), &json!(4900), &json!(sale.id))
    );
    assert_eq!(
        cart.report("purchases", &purchase(&token, "A-1")).await.json(200)["id"],
        conversion["id"]
    );
    let mut other = purchase(&token, "A-1");
    other["amount_minor"] = json!(1);
    assert_eq!(cart.report("purchases", &other).await.problem(409), "reference_used");
    let reports = futures_util::future::join_all((0..6).map(|_| async {
        cart.report("purchases", &purchase(&token, "A-2")).await.status.as_u16()
    }))
    .await;
    assert_eq!(
        (
            reports.iter().filter(|s| **s == 201).count(),
            reports.iter().filter(|s| **s == 200).count()
        ),
        (1, 5)
    );

    let reversal = json!({"reference": "A-1", "reason": "Sent back"});
    let reversed = cart.report("reversals", &reversal).await.json(200);
    assert_eq!(
        (&reversed["state"], &reversed["reversal_reason"]),
        (&json!("reversed"), &json!("Sent back"))
    );
    assert_eq!(
        cart.report("reversals", &json!({"reference": "A-1", "reason": "Again"})).await.json(200),
        reversed
    );
    let unknown = json!({"reference": "A-9", "reason": "x"});
    let waits = cart.report("reversals", &unknown).await.json(202);
    assert_eq!((&waits["standing"], &waits["reference"]), (&json!("waiting"), &json!("A-9")));
    assert_eq!(
        (app.told("conversion.reported").await.len(), app.told("conversion.reversed").await.len()),
        (2, 1)
    );

    let mine = mara.get("/api/v1/me/conversions").await.json(200);
    let first = &mine["items"][1];
    assert_eq!(
        (&first["reference"], &first["title"], &first["provider_name"]),
        (&json!("A-1"), &json!("Stoneware at dawn"), &json!("North"))
    );
    assert_eq!(
        (&first["provider_support"]["email"], &first["tracking_url"]),
        (&json!("help@north.example"), &json!("https://cart.example/t/1"))
    );
    assert_eq!(
        app.shopper("eve").await.get("/api/v1/me/conversions").await.json(200)["items"],
        json!([])
    );
    let path = format!("/api/v1/providers/{north}/conversions");
    let list = app
        .member(north, "analyst")
        .await
        .get(&format!("{path}?sale={}&limit=1", sale.id))
        .await
        .json(200);
    assert_eq!(
        (list["items"].as_array().unwrap().len(), list["next_cursor"].is_string()),
        (1, true)
    );
    app.member(north, "fulfilment").await.get(&path).await.problem(403);
    app.run_jobs().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purchase_fits_its_click() {
    let app = TestApp::start().await;
    let north = app.provider("north").await;
    let sale = app.live_sale(north, Redirect).await;
    let (cart, mara) = (Cart::of(&app, north).await, app.shopper("mara").await);
    let token = token(&mara, &sale).await;
    let report = async |reference: &str, changes: Value| {
        let mut body = purchase(&token, reference);
        body.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        cart.report("purchases", &body).await
    };
    let refused = report("B-1", json!({"amount_minor": i64::MAX})).await;
    assert!(refused.text.contains("Must be at most"), "{}", refused.text);
    assert_eq!(refused.wrong_fields(), ["amount_minor"]);
    let in_euros = report("B-1", json!({"amount_minor": 490_000})).await;
    assert!(in_euros.text.contains("€49.00"), "{}", in_euros.text);
    assert_eq!(in_euros.wrong_fields(), ["amount_minor"]);
    for quantity in [3, 100, i32::MAX] {
        let refused = report("B-1", json!({"quantity": quantity})).await;
        assert!(refused.text.contains("from 1 to 2"), "{}", refused.text);
        assert_eq!(refused.wrong_fields(), ["quantity"]);
    }
    assert_eq!(report("B-1", json!({"currency": "JPY"})).await.wrong_fields(), ["currency"]);

    // The purchases of a click share its units; a reversal frees them.
    report("B-1", json!({"quantity": 1})).await.json(201);
    let two = json!({"quantity": 2, "amount_minor": 9800});
    let refused = report("B-2", two.clone()).await;
    assert!(refused.text.contains("1 of them are reported already"), "{}", refused.text);
    assert_eq!(refused.wrong_fields(), ["quantity"]);
    cart.report("reversals", &json!({"reference": "B-1", "reason": "Sent back"})).await.json(200);
    report("B-2", two).await.json(201);
    assert_eq!(app.told("conversion.reported").await.len(), 2);

    // The currency is that of the click, whatever the sale's is now.
    let before = self::token(&mara, &sale).await;
    app.edit_content(north, sale.id, "currency", json!("JPY")).await;
    cart.report("purchases", &purchase(&before, "B-3")).await.json(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purchase_needs_a_click_token_of_the_same_provider() {
    let app = TestApp::start().await;
    let (north, south) = (app.provider("north").await, app.provider("south").await);
    let sale = app.live_sale(north, Redirect).await;
    let (cart, thief) = (Cart::of(&app, north).await, Cart::of(&app, south).await);
    let token = token(&app.anonymous(), &sale).await;
    assert_eq!(
        thief.report("purchases", &purchase(&token, "T-1")).await.wrong_fields(),
        ["click_token"]
    );
    let forged = format!("{}.c2lnbmF0dXJl", token.split('.').next().unwrap());
    for unknown in [forged.as_str(), "", "noise", "018f0000-0000-7000-8000-000000000000.x"] {
        assert_eq!(
            cart.report("purchases", &purchase(unknown, "T-1")).await.wrong_fields(),
            ["click_token"]
        );
    }
    let bad = json!({"click_token": token, "reference": " ", "quantity": 0, "amount_minor": -1, "currency": "USD", "tracking_url": "javascript:alert(1)"});
    assert_eq!(
        cart.report("purchases", &bad).await.wrong_fields(),
        ["reference", "tracking_url", "quantity", "amount_minor", "currency"]
    );

    let wrong = Cart { http: app.anonymous(), secret: "smp_wrong".to_owned() };
    wrong.report("purchases", &purchase(&token, "T-1")).await.problem(401);
    app.anonymous()
        .post("/api/v1/postbacks/purchases", &purchase(&token, "T-1"))
        .await
        .problem(401);
    // A session cookie is no API key.
    app.member(north, "owner")
        .await
        .post("/api/v1/postbacks/purchases", &purchase(&token, "T-1"))
        .await
        .problem(401);
    cart.report("purchases", &purchase(&token, "N-1")).await.json(201);
    thief.report("reversals", &json!({"reference": "N-1", "reason": "mine"})).await.json(202);
    assert!(app.told("conversion.reversed").await.is_empty());
    assert_eq!(app.told("conversion.reported").await.len(), 1);
    app.member(south, "owner")
        .await
        .get(&format!("/api/v1/providers/{north}/conversions"))
        .await
        .problem(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_of_a_suspended_provider_is_refused() {
    let app = TestApp::start().await;
    let north = app.provider("north").await;
    let sale = app.live_sale(north, Redirect).await;
    let (cart, mara) = (Cart::of(&app, north).await, app.shopper("mara").await);
    let token = token(&mara, &sale).await;
    cart.report("purchases", &purchase(&token, "A-1")).await.json(201);
    app.set_state(north, "providers", "suspended").await;
    let reversal = json!({"reference": "A-1", "reason": "Sent back"});
    let refused = [
        cart.report("purchases", &purchase(&token, "A-2")).await,
        cart.report("reversals", &reversal).await,
    ];
    for answer in refused {
        assert_eq!(answer.problem(409), "provider_suspended");
        assert!(answer.text.contains("Ask SMP to reinstate it"), "{}", answer.text);
    }
    app.set_state(north, "providers", "approved").await;
    cart.report("purchases", &purchase(&token, "A-2")).await.json(201);
    cart.report("reversals", &reversal).await.json(200);
    app.set_state(north, "providers", "rejected").await;
    assert_eq!(cart.report("reversals", &reversal).await.problem(401), "unauthenticated");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_click_takes_a_limited_number_of_reports() {
    let app = TestApp::start().await;
    let north = app.provider("north").await;
    let sale = app.live_sale(north, Redirect).await;
    let (cart, mara) = (Cart::of(&app, north).await, app.shopper("mara").await);
    let token = token(&mara, &sale).await;
    for nth in 0..REPORTS_PER_CLICK_MAX {
        let reference = format!("A-{nth}");
        cart.report("purchases", &purchase(&token, &reference)).await.json(201);
        let reversal = json!({"reference": reference, "reason": "Sent back"});
        cart.report("reversals", &reversal).await.json(200);
    }
    let one_more = cart.report("purchases", &purchase(&token, "B-1")).await;
    assert_eq!(one_more.wrong_fields(), ["click_token"]);
    assert!(one_more.text.contains("needs a click of its own"), "{}", one_more.text);
    // A repeat of what was reported is still answered.
    cart.report("purchases", &purchase(&token, "A-0")).await.json(200);
}
