//! Checkouts: what is typed in them is lost by nobody, and each becomes one order.

use reqwest::Method;
use serde_json::{Value, json};
use smp::{checkouts, sales::SaleMode::Hosted, stock};
use time::Duration;

use crate::support::{
    Client, PASSWORD, TestApp,
    client::Answer,
    sales::LiveSale,
    shop::{APPROVE, address},
};

const ALL: &str = "/api/v1/me/checkouts";

fn path(checkout: &Value) -> String {
    format!("{ALL}/{}", checkout["id"].as_str().unwrap())
}

async fn open(client: &Client, holds: &[&Value]) -> Answer {
    let ids: Vec<&Value> = holds.iter().map(|hold| &hold["id"]).collect();
    client.post(ALL, &json!({"hold_ids": ids})).await
}

async fn type_in(client: &Client, checkout: &Value, fields: Value) -> Answer {
    client.patch(&path(checkout), &json!({"fields": fields})).await
}

async fn place(client: &Client, checkout: &Value, total_minor: i64) -> Answer {
    let body = json!({"expected_total_minor": total_minor});
    client.post(&format!("{}/place", path(checkout)), &body).await
}

/// Everything that an order needs, as the fields of a checkout.
fn delivery() -> Value {
    let parts = address().as_object().unwrap().clone();
    parts.into_iter().map(|(part, text)| (format!("shipping.{part}"), text)).collect()
}

/// A live sale, and a shopper who holds one of its first item.
async fn shopper_with_hold(app: &TestApp) -> (LiveSale, Client, Value) {
    let sale = app.live_sale(app.provider("north").await, Hosted).await;
    let mara = app.shopper("mara").await;
    let hold = mara.hold(&sale, 0, 1).await;
    (sale, mara, hold)
}

/// The same account in another browser.
async fn other_browser(app: &TestApp, client: &Client) -> Client {
    let me = client.get("/api/v1/me").await.json(200);
    let mut other = app.anonymous();
    other.sign_in(me["account"]["email"].as_str().unwrap(), PASSWORD).await;
    other
}

#[tokio::test(flavor = "multi_thread")]
async fn each_currency_has_a_checkout_of_its_own_and_the_same_holds_the_same() {
    let app = TestApp::start().await;
    let north = app.provider("north").await;
    let (euro, dollar) = (app.live_sale(north, Hosted).await, app.live_sale(north, Hosted).await);
    app.edit_content(north, dollar.id, "currency", json!("USD")).await;
    let mara = app.shopper("mara").await;
    let (first, second) = (mara.hold(&euro, 0, 2).await, mara.hold(&euro, 1, 1).await);
    let third = mara.hold(&dollar, 0, 1).await;
    assert_eq!(open(&mara, &[&first, &third]).await.problem(409), "mixed_currencies");

    let euros = open(&mara, &[&first, &second]).await.json(201);
    let dollars = open(&mara, &[&third]).await.json(201);
    assert_eq!(
        (&euros["currency"], &euros["total"]["amount"], &dollars["currency"]),
        (&json!("EUR"), &json!(2 * 4900 + 8900), &json!("USD"))
    );
    assert_eq!(euros["price"]["components"].as_array().unwrap().len(), 2);
    // Each item has its own clock; the earliest is the checkout's.
    let held = mara.get("/api/v1/me/holds").await.json(200);
    for nth in [0, 1] {
        assert_eq!(euros["items"][nth]["expires_at"], held["items"][nth]["expires_at"]);
    }
    assert_eq!(euros["expires_at"], held["items"][0]["expires_at"]);
    assert_eq!(mara.get(ALL).await.json(200)["items"].as_array().unwrap().len(), 2);
    // Their order does not matter.
    assert_eq!(open(&mara, &[&second, &first]).await.json(201)["id"], euros["id"]);

    // Other holds of an open checkout take its place, and what was typed along.
    type_in(&mara, &euros, json!({"shipping.city": "Ulm"})).await.json(200);
    let narrower = open(&mara, &[&first]).await.json(201);
    assert_eq!(narrower["fields"]["shipping.city"], "Ulm");
    assert_eq!(mara.get(&path(&euros)).await.json(200)["state"], "abandoned");
    assert_eq!(mara.get(&path(&dollars)).await.json(200)["state"], "open");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_tabs_and_two_browsers_lose_nothing_that_was_typed() {
    let app = TestApp::start().await;
    let (_, mara, hold) = shopper_with_hold(&app).await;
    let checkout = mara.open_checkout(&hold).await;
    assert_eq!((&checkout["version"], &checkout["fields"]), (&json!(1), &json!({})));
    let phone = other_browser(&app, &mara).await;
    let (one, two) = tokio::join!(
        type_in(&mara, &checkout, json!({"email": "no email yet", "shipping.city": "Ber"})),
        type_in(&phone, &checkout, json!({"vat_id": "DE1", "billing.city": ""})),
    );
    one.json(200);
    two.json(200);
    type_in(&mara, &checkout, json!({"shipping.city": "Berlin"})).await.json(200);
    let resumed = phone.get(ALL).await.json(200)["items"][0].clone();
    assert_eq!(
        resumed["fields"],
        json!({"email": "no email yet", "shipping.city": "Berlin", "vat_id": "DE1", "billing.city": ""})
    );
    assert_eq!(resumed["version"], 4);

    // Whoever names the version they read overwrites no other.
    let fields = json!({"fields": {"shipping.city": "Ulm"}});
    let stale = phone.edit(Method::PATCH, &path(&checkout), 3, &fields).await;
    assert_eq!(stale.problem(412), "changed_meanwhile");
    assert!(stale.text.contains("fields.shipping.city"), "{}", stale.text);
    phone.edit(Method::PATCH, &path(&checkout), 4, &fields).await.json(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkout_takes_what_it_has_and_belongs_to_its_shopper() {
    let app = TestApp::start().await;
    let (_, mara, hold) = shopper_with_hold(&app).await;
    let checkout = mara.open_checkout(&hold).await;
    let long = "x".repeat(255);
    let wrong = json!({"card_number": "4242", "shipping.city": long, "email": "x"});
    let refused = type_in(&mara, &checkout, wrong).await;
    assert_eq!(refused.wrong_fields(), ["fields.card_number", "fields.shipping.city"]);
    assert_eq!(mara.get(&path(&checkout)).await.json(200)["fields"], json!({}));
    assert_eq!(mara.post(ALL, &json!({"hold_ids": []})).await.wrong_fields(), ["hold_ids"]);

    let eve = app.shopper("eve").await;
    assert_eq!(open(&eve, &[&hold]).await.wrong_fields(), ["hold_ids.0"]);
    eve.get(&path(&checkout)).await.expect(404);
    type_in(&eve, &checkout, json!({"email": "eve"})).await.expect(404);
    place(&eve, &checkout, 4900).await.expect(404);
    eve.delete(&path(&checkout)).await.expect(404);
    assert_eq!(eve.get(ALL).await.json(200)["items"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_takes_over_what_was_typed_and_a_repeat_is_the_same_order() {
    let app = TestApp::start().await;
    let (_, mara, hold) = shopper_with_hold(&app).await;
    let checkout = mara.open_checkout(&hold).await;
    let incomplete = json!({"billing_same": "no", "vat_id": "DE12", "phone": "030"});
    type_in(&mara, &checkout, incomplete).await.json(200);
    let wrong = place(&mara, &checkout, 4900).await.wrong_fields();
    for field in ["shipping.country", "shipping.line1", "billing.name", "phone", "vat_id"] {
        let field = format!("fields.{field}");
        assert!(wrong.contains(&field), "{field} is not in {wrong:?}");
    }
    assert!(!wrong.contains(&"fields.shipping.phone".to_owned()), "{wrong:?}");

    type_in(&mara, &checkout, delivery()).await.json(200);
    let billing = json!({
        "email": "Books@Lind.example", "phone": "+49 30 5550 142", "vat_id": "de 123456789",
        "billing.name": "Lind GmbH", "billing.line1": "Münsterplatz 1", "billing.city": "Ulm",
        "billing.postal_code": "89073", "billing.country": "DE", "payment_method": "sandbox",
    });
    type_in(&mara, &checkout, billing).await.json(200);
    assert_eq!(place(&mara, &checkout, 4901).await.problem(409), "price_changed");
    let order = place(&mara, &checkout, 4900).await.json(201);
    assert_eq!(
        (&order["email"], &order["phone"], &order["vat_id"]),
        (&json!("books@lind.example"), &json!("+49305550142"), &json!("DE123456789"))
    );
    assert_eq!(
        (&order["billing_address"]["city"], &order["shipping_address"]["city"]),
        (&json!("Ulm"), &json!("Berlin"))
    );
    assert_eq!(order["shipping_address"]["phone"], "+49305550142");
    let placed = mara.get(&path(&checkout)).await.json(200);
    assert_eq!((&placed["state"], &placed["order_number"]), (&json!("placed"), &order["number"]));
    assert_eq!(place(&mara, &checkout, 1).await.json(201)["number"], order["number"]);
    let typed = type_in(&mara, &checkout, json!({"email": "late"})).await;
    assert_eq!(typed.problem(409), "checkout_placed");
    assert_eq!(mara.delete(&path(&checkout)).await.problem(409), "checkout_placed");
    let number = order["number"].as_str().unwrap();
    assert_eq!(mara.pay(number, APPROVE).await.json(201)["state"], "succeeded");
    assert_eq!(place(&mara, &checkout, 4900).await.json(201)["state"], "confirmed");
    assert_eq!(app.query("SELECT to_jsonb(count(*)) FROM orders").await, [json!(1)]);
    let staff = app.staff("support").await.get(&format!("/api/v1/orders/{number}")).await;
    assert_eq!(staff.json(200)["vat_id"], "DE123456789");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_billed_to_whom_its_placing_says() {
    let app = TestApp::start().await;
    let (_, mara, _) = shopper_with_hold(&app).await;
    let mut body = json!({"shipping_address": address(), "billing_address": address()});
    let same = mara.post("/api/v1/me/orders", &body).await.json(201);
    assert_eq!((&same["billing_address"], &same["vat_id"]), (&Value::Null, &Value::Null));
    body["billing_address"]["name"] = json!("Lind GmbH");
    body["vat_id"] = json!("ATU12345678");
    let other = mara.post("/api/v1/me/orders", &body).await.json(201);
    assert_eq!(other["number"], same["number"]);
    assert_eq!(
        (&other["billing_address"]["name"], &other["vat_id"]),
        (&json!("Lind GmbH"), &json!("ATU12345678"))
    );
    let number = other["number"].as_str().unwrap();
    let history = mara.get(&format!("/api/v1/me/orders/{number}/history")).await;
    assert!(history.expect(200).contains("Billing details changed"), "{}", history.text);
    body["vat_id"] = json!("AT1");
    body["billing_address"]["postal_code"] = json!("1");
    let wrong = mara.post("/api/v1/me/orders", &body).await.wrong_fields();
    assert_eq!(wrong, ["billing_address.postal_code", "vat_id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn holds_that_ran_out_end_a_checkout_and_not_what_was_typed() {
    let app = TestApp::start().await;
    let (sale, mara, hold) = shopper_with_hold(&app).await;
    let checkout = mara.open_checkout(&hold).await;
    type_in(&mara, &checkout, delivery()).await.json(200);
    assert_eq!(checkouts::abandon_ended(&app.platform).await.unwrap(), 0);
    app.platform.clock.advance(Duration::minutes(11));
    let over = place(&mara, &checkout, 4900).await;
    assert_eq!(over.problem(409), "hold_expired");
    let read = mara.get(&path(&checkout)).await.json(200);
    assert_eq!((&read["items"], &read["ended_hold_ids"]), (&json!([]), &json!([hold["id"]])));
    assert_eq!(read["total"]["amount"], 0);

    stock::expire_due(&app.platform).await.unwrap();
    assert_eq!(checkouts::abandon_ended(&app.platform).await.unwrap(), 1);
    assert_eq!(place(&mara, &checkout, 4900).await.problem(409), "checkout_abandoned");
    // Who goes on typing loses nothing either.
    type_in(&mara, &checkout, json!({"shipping.line2": "Rear building"})).await.json(200);
    let again = mara.hold(&sale, 1, 1).await;
    let next = open(&mara, &[&again]).await.json(201);
    assert_ne!(next["id"], checkout["id"]);
    assert_eq!(next["fields"]["shipping.line1"], "Lindenallee 14");
    assert_eq!(next["fields"]["shipping.line2"], "Rear building");
    place(&mara, &next, 8900).await.json(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkout_can_be_ended_and_its_holds_stay() {
    let app = TestApp::start().await;
    let (_, mara, hold) = shopper_with_hold(&app).await;
    let checkout = mara.open_checkout(&hold).await;
    for _ in 0..2 {
        mara.delete(&path(&checkout)).await.expect(204);
    }
    assert_eq!(mara.get(ALL).await.json(200)["items"], json!([]));
    assert_eq!(place(&mara, &checkout, 4900).await.problem(409), "checkout_abandoned");
    assert_eq!(app.stock().await, (1, 0));
    let next = mara.open_checkout(&hold).await;
    assert_ne!(next["id"], checkout["id"]);
}
