//! What is on record about orders: numbers that tell no volume, where an unpaid order goes, what
//! happened to it, and the payments across all orders.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use smp::sales::SaleMode::Hosted;

use crate::support::{
    TestApp,
    shop::{APPROVE, DECLINE, address},
};

fn texts(history: &Value) -> Vec<String> {
    let items = history["items"].as_array().unwrap();
    items.iter().map(|entry| entry["text"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_are_random_and_found_as_people_type_them() {
    let app = TestApp::start().await;
    let north = app.provider("north").await;
    let sale = app.live_sale(north, Hosted).await;
    let (mara, eve) = (app.shopper("mara").await, app.shopper("eve").await);
    let number = &mara.buy(&sale, 1).await;
    let numbers =
        BTreeSet::from([number.clone(), mara.buy(&sale, 1).await, eve.buy(&sale, 1).await]);
    assert_eq!(numbers.len(), 3);
    assert!(!number[4..].contains(['I', 'L', 'O', 'U']), "{number}");
    let typed = number.replace('-', "").to_lowercase();
    assert_eq!(mara.order(&typed).await["number"], json!(number));

    let support = app.staff("support").await;
    for q in [typed.as_str(), number, &number.to_lowercase(), &number[4..], &number[4..8]] {
        let found = support.get(&format!("/api/v1/orders?q={q}")).await.json(200);
        let found: Vec<&Value> =
            found["items"].as_array().unwrap().iter().map(|order| &order["number"]).collect();
        assert!(found.contains(&&json!(number)), "{q}: {found:?}");
    }
    let packer = app.member(north, "fulfilment").await;
    let path = format!("/api/v1/providers/{north}/parcels?q={typed}");
    assert_eq!(packer.get(&path).await.json(200)["items"][0]["order_number"], json!(number));
    assert_eq!(
        support.get(&format!("/api/v1/orders/{typed}")).await.json(200)["number"],
        json!(number)
    );

    // An order that was numbered by counting is found as before.
    let mut tx = app.platform.db.platform("test").await.unwrap();
    let counted = "UPDATE orders SET number = 'SMP-100001' WHERE number = $1";
    sqlx::query(counted).bind(number.as_str()).execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    for typed in ["SMP-100001", "smp100001", "100001"] {
        assert_eq!(mara.order(typed).await["number"], "SMP-100001", "{typed}");
    }
    app.run_jobs().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_says_what_happened_and_who_did_it() {
    let app = TestApp::start().await;
    let (north, south) = (app.provider("north").await, app.provider("south").await);
    let (linen, cups) = (app.live_sale(north, Hosted).await, app.live_sale(south, Hosted).await);
    let mara = app.shopper("mara").await;
    mara.hold(&linen, 0, 1).await;
    mara.hold(&cups, 0, 1).await;
    let number = mara.place().await.json(201)["number"].as_str().unwrap().to_owned();
    mara.pay(&number, DECLINE).await.json(201);
    mara.pay(&number, APPROVE).await.json(201);
    let packer = app.member(north, "fulfilment").await;
    let path = format!("/api/v1/providers/{north}/parcels");
    let parcel = packer.get(&path).await.json(200)["items"][0]["id"].as_str().unwrap().to_owned();
    let shipment = json!({"carrier": "DHL", "tracking_number": "1"});
    packer.post(&format!("{path}/{parcel}/shipments"), &shipment).await.json(201);
    let finance = app.staff("finance").await;
    let refund = json!({"reason": "A scratch.", "note": "Seen by Tomas.", "amount_minor": 500});
    finance.post(&format!("/api/v1/orders/{number}/refunds"), &refund).await.json(201);

    let own = mara.get(&format!("/api/v1/me/orders/{number}/history")).await.json(200);
    assert_eq!(
        texts(&own),
        [
            "Order placed for €98.00",
            "Payment begun",
            "The payment did not go through: Your bank declined the payment.",
            "Payment begun",
            "Paid €98.00",
            "Shipped with DHL, 1",
            "A refund of €5.00 began: A scratch.",
            "€5.00 was refunded",
        ]
    );
    let by: Vec<&str> =
        own["items"].as_array().unwrap().iter().map(|e| e["by"].as_str().unwrap()).collect();
    assert_eq!(by, ["You", "You", "You", "You", "You", "The seller", "SMP", "SMP"]);

    let theirs = packer.get(&format!("{path}/{parcel}/history")).await.json(200);
    assert_eq!(texts(&theirs)[..2], ["Paid", "Shipped with DHL, 1"]);
    assert!(!theirs.to_string().contains("98.00") && !theirs.to_string().contains("5.00"));
    let other = app.member(south, "fulfilment").await;
    let other_path = format!("/api/v1/providers/{south}/parcels");
    let own_parcel = other.get(&other_path).await.json(200)["items"][0]["id"].clone();
    let own_parcel = own_parcel.as_str().unwrap();
    let seen = other.get(&format!("{other_path}/{own_parcel}/history")).await.json(200);
    assert!(!seen.to_string().contains("Shipped"), "it is another provider's parcel: {seen}");
    other.get(&format!("{other_path}/{parcel}/history")).await.problem(404);

    let staff = finance.get(&format!("/api/v1/orders/{number}/history")).await.json(200);
    assert_eq!(staff["items"][1]["text"], "Payment begun: Test payment");
    assert_eq!(staff["items"][1]["shopper_text"], "Payment begun");
    assert!(!staff.to_string().contains("Seen by Tomas."), "a note is no part of the history");
    mara.get(&format!("/api/v1/orders/{number}/history")).await.problem(403);
    let eve = app.shopper("eve").await;
    eve.get(&format!("/api/v1/me/orders/{number}/history")).await.problem(404);
    app.run_jobs().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reason_of_a_cancellation_is_on_record() {
    let app = TestApp::start().await;
    let sale = app.live_sale(app.provider("north").await, Hosted).await;
    let mara = app.shopper("mara").await;
    let place = async || mara.place().await.json(201)["number"].as_str().unwrap().to_owned();
    let history = async |number: &str| {
        texts(&mara.get(&format!("/api/v1/me/orders/{number}/history")).await.json(200))
    };
    mara.hold(&sale, 0, 1).await;
    let replaced = place().await;
    mara.hold(&sale, 1, 1).await;
    let cancelled = place().await;
    assert_ne!(replaced, cancelled);
    mara.post(&format!("/api/v1/me/orders/{cancelled}/cancel"), &json!({})).await.json(200);
    let last = history(&replaced).await.pop().unwrap();
    assert_eq!(last, "Cancelled, because your cart changed and a newer order took its place");
    assert_eq!(history(&cancelled).await, ["Order placed for €138.00", "Order cancelled"]);
    app.run_jobs().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unpaid_order_goes_elsewhere_and_a_paid_one_does_not() {
    let app = TestApp::start().await;
    let north = app.provider("north").await;
    let sale = app.live_sale(north, Hosted).await;
    app.edit_content(north, sale.id, "countries", json!(["DE", "AT"])).await;
    let mara = app.shopper("mara").await;
    mara.hold(&sale, 0, 1).await;
    let before = mara.place().await.json(201);
    let number = before["number"].as_str().unwrap();
    let path = format!("/api/v1/me/orders/{number}/address");
    let to = |country: &str, code: &str| {
        let mut there = address();
        (there["country"], there["postal_code"]) = (country.into(), code.into());
        json!({"shipping_address": there, "email": "new@example.com"})
    };
    let refused = mara.put(&path, &to("IE", "D02 AF30")).await;
    assert_eq!(refused.wrong_fields(), ["shipping_address.country"]);
    assert_eq!(mara.order(number).await["shipping_address"]["country"], "DE");
    let wrong = mara.put(&path, &json!({"shipping_address": address(), "email": "mara"})).await;
    assert_eq!(wrong.wrong_fields(), ["email"]);

    let changed = mara.put(&path, &to("AT", "1010")).await.json(200);
    assert_eq!(
        (&changed["shipping_address"]["country"], &changed["email"], &changed["number"]),
        (&json!("AT"), &json!("new@example.com"), &before["number"])
    );
    assert_eq!((&changed["pay_by"], app.stock().await), (&before["pay_by"], (1, 0)));
    mara.put(&path, &to("AT", "1010")).await.json(200); // a repeat changes nothing
    let history = mara.get(&format!("/api/v1/me/orders/{number}/history")).await.json(200);
    assert_eq!(texts(&history), ["Order placed for €49.00", "Email and address changed"]);

    mara.pay(number, APPROVE).await.json(201);
    assert_eq!(mara.put(&path, &to("DE", "10435")).await.problem(409), "already_paid");
    app.shopper("eve").await.put(&path, &to("DE", "10435")).await.problem(404);
    let packer = app.member(north, "fulfilment").await;
    let parcels = packer.get(&format!("/api/v1/providers/{north}/parcels")).await.json(200);
    assert_eq!(parcels["items"][0]["shipping_address"]["country"], "AT");

    mara.hold(&sale, 0, 1).await;
    let unpaid = mara.place().await.json(201)["number"].as_str().unwrap().to_owned();
    mara.post(&format!("/api/v1/me/orders/{unpaid}/cancel"), &json!({})).await.json(200);
    let path = format!("/api/v1/me/orders/{unpaid}/address");
    assert_eq!(mara.put(&path, &to("DE", "10435")).await.problem(409), "order_cancelled");
    app.run_jobs().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn finance_and_support_find_every_attempt_to_pay() {
    let app = TestApp::start().await;
    let sale = app.live_sale(app.provider("north").await, Hosted).await;
    let (mara, eve) = (app.shopper("mara").await, app.shopper("eve").await);
    mara.hold(&sale, 0, 1).await;
    let number = mara.place().await.json(201)["number"].as_str().unwrap().to_owned();
    mara.pay(&number, DECLINE).await.json(201);
    mara.pay(&number, APPROVE).await.json(201);
    eve.buy(&sale, 1).await;

    let finance = app.staff("finance").await;
    let states = async |query: &str| -> Vec<Value> {
        let page = finance.get(&format!("/api/v1/payments?{query}")).await.json(200);
        let items = page["items"].as_array().unwrap();
        items.iter().map(|entry| entry["payment"]["state"].clone()).collect()
    };
    assert_eq!(states("").await, ["succeeded", "succeeded", "failed"]);
    assert_eq!(states("state=failed&gateway=sandbox").await, ["failed"]);
    assert_eq!(states("gateway=stripe").await, [] as [Value; 0]);
    let typed = number.replace('-', "").to_lowercase();
    assert_eq!(states(&format!("order={typed}")).await, ["succeeded", "failed"]);
    assert_eq!(states("order=SMP-0000-0000").await, [] as [Value; 0]);

    let first = finance.get("/api/v1/payments?limit=2").await.json(200);
    let next = first["next_cursor"].as_str().unwrap();
    let rest = finance.get(&format!("/api/v1/payments?limit=2&cursor={next}")).await.json(200);
    let entry = &rest["items"][0];
    assert_eq!(
        (&entry["order_number"], &entry["payment"]["failure"]),
        (&json!(number), &json!("Your bank declined the payment."))
    );
    assert!(entry["email"].as_str().unwrap().starts_with("mara"));
    app.staff("support").await.get("/api/v1/payments").await.json(200);
    app.staff("marketing").await.get("/api/v1/payments").await.problem(403);
    mara.get("/api/v1/payments").await.problem(403);
    app.run_jobs().await;
}
