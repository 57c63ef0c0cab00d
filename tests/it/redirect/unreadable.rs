//! What a provider's server sends is kept even if it cannot be read, and counts nowhere.

use reqwest::{Method, header};
use serde_json::{Value, json};
use smp::{
    kernel::{
        TenantId,
        limits::{UNREADABLE_BODY_BYTES_MAX, UNREADABLE_REPORTS_A_DAY_MAX},
    },
    sales::SaleMode::Redirect,
};

use super::{Cart, purchase, token};
use crate::support::{Client, TestApp, client::Answer};

impl Cart {
    /// Sends a body as it is.
    async fn send(&self, what: &str, content_type: &str, body: impl Into<Vec<u8>>) -> Answer {
        let path = format!("/api/v1/postbacks/{what}");
        let request = self.http.request(Method::POST, &path).bearer_auth(&self.secret);
        let request = request
            .header(header::CONTENT_TYPE, content_type)
            .header(header::USER_AGENT, "cart/2.1")
            .body(body.into());
        self.http.send(request).await
    }
}

const JSON: &str = "application/json";

/// The unreadable reports of a provider, newest first.
async fn unreadable(reader: &Client, tenant: TenantId) -> Vec<Value> {
    let path = format!("/api/v1/providers/{tenant}/reports?standing=unreadable&limit=100");
    reader.get(&path).await.json(200)["items"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_postback_that_cannot_be_read_is_kept_as_it_was_received() {
    let app = TestApp::start().await;
    let (north, south) = (app.provider("north").await, app.provider("south").await);
    let sale = app.live_sale(north, Redirect).await;
    let (cart, mara) = (Cart::of(&app, north).await, app.shopper("mara").await);
    let token = token(&mara, &sale).await;

    let mut words = purchase(&token, "U-1");
    words["amount_minor"] = json!("49.00");
    words.as_object_mut().unwrap().remove("currency");
    let words = words.to_string();
    let refused = cart.send("purchases", JSON, words.clone()).await;
    assert_eq!(refused.wrong_fields(), ["amount_minor", "currency"]);
    let broken = cart.send("reversals", JSON, r#"{"reference": "U-2", "#).await;
    assert_eq!(broken.problem(400), "bad_request");
    let form = "reference=U-3&update_reference=u&code=SECRET-1";
    cart.send("updates", "application/x-www-form-urlencoded", form).await.problem(415);
    let unknown = json!({"reference": "U-4", "update_reference": "u4", "occurred_at": "today", "code": "SECRET-2"});
    let fields = cart.report("updates", &unknown).await.wrong_fields();
    assert_eq!(fields, ["occurred_at"]);

    let owner = app.member(north, "owner").await;
    let kept = unreadable(&owner, north).await;
    assert_eq!(kept.len(), 4, "{kept:?}");
    let [update, form, reversal, bought] = &kept[..] else { panic!("{kept:?}") };
    assert_eq!((&bought["kind"], &bought["reference"]), (&json!("purchase"), &json!("U-1")));
    assert_eq!(
        bought["request"],
        json!({"body": words, "body_bytes": words.len(), "content_type": JSON, "user_agent": "cart/2.1"})
    );
    let problem = bought["problem"].as_str().unwrap();
    assert!(problem.contains("amount_minor: ") && problem.contains("currency: "), "{problem}");
    assert_eq!((&bought["channel"], &bought["received"]), (&json!("api_key"), &json!(1)));
    assert_eq!((&reversal["kind"], &reversal["reference"]), (&json!("reversal"), &json!("")));
    assert!(reversal["problem"].as_str().unwrap().contains("is not JSON"), "{reversal}");
    assert_eq!((&update["reference"], &update["own_reference"]), (&json!("U-4"), &json!("u4")));
    let sent = form["request"]["body"].as_str().unwrap();
    assert_eq!(sent, "reference=U-3&update_reference=u&code=(kept sealed)");
    assert!(!json!(kept).to_string().contains("SECRET"), "{kept:?}");

    // The same again is counted; another type or body is another report.
    cart.send("purchases", JSON, words.clone()).await.problem(422);
    let again = unreadable(&owner, north).await;
    assert_eq!((again.len(), &again[3]["received"]), (4, &json!(2)));

    // It counts nowhere, and does not stand in the way of the right one.
    assert!(app.told("conversion.reported").await.is_empty());
    cart.report("purchases", &purchase(&token, "U-1")).await.json(201);
    assert_eq!(unreadable(&app.member(north, "analyst").await, north).await.len(), 4);
    assert!(unreadable(&app.member(south, "owner").await, south).await.is_empty());
    app.member(north, "fulfilment")
        .await
        .get(&format!("/api/v1/providers/{north}/reports"))
        .await
        .problem(403);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_without_a_valid_key_is_not_kept() {
    let app = TestApp::start().await;
    let north = app.provider("north").await;
    let owner = app.member(north, "owner").await;
    let stranger = Cart { http: app.anonymous(), secret: "smp_wrong".to_owned() };
    stranger.send("purchases", JSON, "{").await.problem(401);
    let keys = format!("/api/v1/providers/{north}/api-keys");
    let input = json!({"name": "Warehouse", "scopes": ["stock.write"]});
    let made = owner.post(&keys, &input).await.json(201);
    let secret = made["secret"].as_str().unwrap().to_owned();
    let warehouse = Cart { http: app.anonymous(), secret };
    warehouse.send("purchases", JSON, "{").await.problem(403);
    let cart = Cart::of(&app, north).await;
    cart.send("purchases", JSON, vec![b'x'; 300 * 1024]).await.problem(413);
    app.set_state(north, "providers", "suspended").await;
    assert_eq!(cart.send("purchases", JSON, "{").await.problem(409), "provider_suspended");
    app.set_state(north, "providers", "approved").await;
    assert!(unreadable(&owner, north).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_of_unreadable_postbacks_is_bounded() {
    let app = TestApp::start().await;
    let north = app.provider("north").await;
    let (cart, owner) = (Cart::of(&app, north).await, app.member(north, "owner").await);
    let long = "x".repeat(20_000);
    cart.send("purchases", JSON, long.clone()).await.problem(400);
    let odd: &[u8] = b"\xff\x00\xfe";
    cart.send("purchases", JSON, odd).await.problem(400);
    cart.report("purchases", &json!({"reference": "A\u{0}1", "quantity": [{"\u{0}": 1}]}))
        .await
        .problem(422);
    let kept = unreadable(&owner, north).await;
    assert_eq!((kept.len(), &kept[0]["reference"]), (3, &json!("A1")));
    let sent = &kept[2]["request"];
    assert_eq!(
        (sent["body"].as_str().unwrap().len(), &sent["body_bytes"]),
        (UNREADABLE_BODY_BYTES_MAX, &json!(long.len()))
    );

    for nth in 0..UNREADABLE_REPORTS_A_DAY_MAX {
        cart.send("purchases", JSON, format!("{{{nth}")).await.problem(400);
    }
    let count = async || {
        let mut tx = app.platform.db.tenant(north).await.unwrap();
        let count = sqlx::query_scalar::<_, i64>("SELECT count(*) FROM reports");
        count.fetch_one(&mut *tx).await.unwrap()
    };
    assert_eq!(count().await, UNREADABLE_REPORTS_A_DAY_MAX);
    // What can be read is kept all the same, and so is the first of the next day.
    let waits = json!({"reference": "A-9", "reason": "x"});
    cart.report("reversals", &waits).await.json(202);
    app.platform.clock.advance(time::Duration::hours(25));
    cart.send("purchases", JSON, "{").await.problem(400);
    assert_eq!(count().await, UNREADABLE_REPORTS_A_DAY_MAX + 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn pixels_and_lines_that_cannot_be_read_are_kept() {
    let app = TestApp::start().await;
    let north = app.provider("north").await;
    let owner = app.member(north, "owner").await;
    let path = format!("/api/v1/providers/{north}");
    let pixel = owner.get(&format!("{path}/integration")).await.json(200)["pixel_url"].clone();
    let pixel = url::Url::parse(pixel.as_str().unwrap()).unwrap().path().to_owned();
    let image = app.anonymous();
    image.get(&format!("{pixel}?reference=P-1&quantity=one&amount=4900")).await.expect(200);
    image.get(&format!("{pixel}?reference={}", "x".repeat(5_000))).await.expect(200);
    image.get("/pixel/forged.signature.gif?quantity=one").await.expect(200);
    let file = "kind,reference,update_reference,occurred_at,code\n\
                update,C-1,u1,yesterday,SECRET-1\n\
                gift,C-2,,,,and,more\n";
    let request = owner
        .request(Method::POST, &format!("{path}/reports/import"))
        .header(header::CONTENT_TYPE, "text/csv");
    let done = owner.send(request.body(file)).await.json(200);
    assert_eq!(done["refused"].as_array().unwrap().len(), 2, "{done}");

    let kept = unreadable(&owner, north).await;
    assert_eq!(kept.len(), 4, "{kept:?}");
    let [gift, update, long, words] = &kept[..] else { panic!("{kept:?}") };
    assert_eq!(words["fields"]["quantity"], "one");
    assert!(long["problem"].as_str().unwrap().contains("more than 4000 bytes"), "{long}");
    assert!(long["fields"]["query"].as_str().unwrap().starts_with("reference=xxx"), "{long}");
    assert_eq!(update["fields"]["code"], "(kept sealed)");
    assert_eq!(gift["fields"]["more"], "and,more");
    assert!(kept.iter().all(|of| of["request"].is_null()), "{kept:?}");
    assert!(!json!(kept).to_string().contains("SECRET"), "{kept:?}");
}
