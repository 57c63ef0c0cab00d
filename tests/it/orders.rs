//! Orders: placing, changing and cancelling them, and who may see them.

use serde_json::{Value, json};
use smp::sales::SaleMode::Hosted;

use crate::support::{
    Client, TestApp,
    client::Answer,
    shop::{APPROVE, address},
};

#[tokio::test(flavor = "multi_thread")]
async fn checkout_turns_holds_into_one_order_with_a_parcel_per_provider() {
    let app = TestApp::start().await;
    let (north, south) = (app.provider("north").await, app.provider("south").await);
    let (linen, cups) = (app.live_sale(north, Hosted).await, app.live_sale(south, Hosted).await);
    let mara = app.shopper("mara").await;
    mara.hold(&linen, 0, 2).await;
    mara.hold(&linen, 1, 1).await;
    mara.hold(&cups, 0, 1).await;

    let order = mara.place().await.json(201);
    let number = order["number"].as_str().unwrap();
    assert!(number.starts_with("SMP-") && number.len() == 13, "{number}");
    assert_eq!(
        (&order["state"], &order["total"]),
        (&json!("awaiting_payment"), &json!({"amount": 2 * 4900 + 8900 + 4900, "currency": "EUR"}))
    );
    assert_eq!(order["shipping_address"]["country"], "DE");
    let parcels = order["parcels"].as_array().unwrap();
    assert_eq!(
        parcels.iter().map(|p| p["provider_name"].as_str().unwrap()).collect::<Vec<_>>(),
        ["North", "South"]
    );
    assert_eq!(parcels[0]["subtotal"]["amount"], 2 * 4900 + 8900);
    assert!(parcels.iter().all(|p| p["state"] == "awaiting_payment"));
    let price = &order["price"];
    assert_eq!((&price["subtotal"], &price["total"]), (&order["total"], &order["total"]));
    let components = price["components"].as_array().unwrap();
    assert_eq!(components.len(), 3);
    let sum: i64 = components.iter().map(|part| part["amount"]["amount"].as_i64().unwrap()).sum();
    assert_eq!(order["total"]["amount"], sum);
    assert!(components.iter().all(|part| {
        part["kind"] == "line"
            && part["payer"] == "shopper"
            && part["rounding"] == "exact"
            && part["included"] == false
            && part["line_id"].is_string()
            && part["parcel_id"].is_string()
    }));
    let line = &parcels[1]["lines"][0];
    assert_eq!(line["total"]["amount"], 4900);
    assert_eq!(
        (&line["title"], &line["item_name"], &line["quantity"]),
        (&json!("Stoneware at dawn"), &json!("Sand"), &json!(1))
    );
    assert_eq!(app.stock().await, (4, 0));

    let payment = mara.pay(number, APPROVE).await.json(201);
    assert_eq!(
        (&payment["state"], &payment["method_brand"], &payment["method_last4"]),
        (&json!("succeeded"), &json!("test_bank"), &json!(null))
    );
    let order = mara.order(number).await;
    assert_eq!(order["state"], "confirmed");
    assert!(
        order["confirmed_at"].is_string()
            && order["parcels"].as_array().unwrap().iter().all(|p| p["state"] == "to_ship")
    );
    assert_eq!(app.stock().await, (0, 4));
    assert_eq!(mara.get("/api/v1/me/holds").await.json(200)["items"], json!([]));
    assert_eq!(mara.get("/api/v1/me/orders").await.json(200)["items"][0]["number"], number);

    // One event for each provider, with its own lines only.
    assert_eq!(
        (app.told("order.placed").await.len(), app.told("payment.attempted").await.len()),
        (2, 2)
    );
    let confirmed = app.told("order.confirmed").await;
    assert_eq!(
        confirmed.iter().map(|e| e["lines"].as_array().unwrap().len()).collect::<Vec<_>>(),
        [2, 1]
    );
    assert_eq!(
        (&confirmed[1]["order_number"], &confirmed[1]["lines"][0]["amount_minor"]),
        (&json!(number), &json!(4900))
    );
    assert_eq!(confirmed[1]["lines"][0]["sale_id"], json!(cups.id));
    app.run_jobs().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_fields_are_named() {
    let app = TestApp::start().await;
    let sale = app.live_sale(app.provider("north").await, Hosted).await;
    let mara = app.shopper("mara").await;
    mara.hold(&sale, 0, 1).await;
    let bad = json!({"shipping_address": {"name": "", "line1": " ", "city": "Berlin", "postal_code": "1", "country": "Germany", "phone": "030"}, "email": "mara"});
    let wrong = mara.post("/api/v1/me/orders", &bad).await.wrong_fields();
    let at = |part: &str| format!("shipping_address.{part}");
    assert_eq!(wrong, [at("country"), at("name"), at("line1"), at("phone"), "email".to_owned()]);
    let missing = json!({"shipping_address": {"name": "Mara"}});
    assert_eq!(
        mara.post("/api/v1/me/orders", &missing).await.wrong_fields(),
        [at("line1"), at("country")]
    );

    let number = mara.place().await.json(201)["number"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/me/orders/{number}/payments");
    let card = json!({"gateway": "sandbox", "card_number": "4242424242424242"});
    assert_eq!(mara.post(&path, &card).await.wrong_fields(), ["card_number"]);
    let gateway = json!({"gateway": "barter"});
    assert_eq!(mara.post(&path, &gateway).await.wrong_fields(), ["gateway"]);
    assert_eq!(mara.order(&number).await["payments"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn going_back_and_forth_keeps_one_order() {
    let app = TestApp::start().await;
    let sale = app.live_sale(app.provider("north").await, Hosted).await;
    let mara = app.shopper("mara").await;
    mara.hold(&sale, 0, 1).await;
    let answers = futures_util::future::join_all((0..4).map(|_| mara.place())).await;
    let numbers: std::collections::BTreeSet<String> =
        answers.iter().map(|answer| answer.json(201)["number"].to_string()).collect();
    assert_eq!(numbers.len(), 1);
    let number = mara.place().await.json(201)["number"].as_str().unwrap().to_owned();

    let mut moved = address();
    moved["line1"] = json!("Am Markt 1");
    let again = mara
        .post(
            "/api/v1/me/orders",
            &json!({"shipping_address": moved, "email": "Other@Shop.example"}),
        )
        .await
        .json(201);
    assert_eq!(
        (&again["number"], &again["shipping_address"]["line1"], &again["email"]),
        (&json!(number), &json!("Am Markt 1"), &json!("other@shop.example"))
    );
    assert_eq!(app.told("order.placed").await.len(), 1);

    // With another hold in the cart, a new order replaces the first one.
    mara.hold(&sale, 1, 1).await;
    let wider = mara.place().await.json(201);
    assert_ne!(wider["number"], number);
    assert_eq!(
        (mara.order(&number).await["state"].clone(), wider["total"]["amount"].clone()),
        (json!("cancelled"), json!(4900 + 8900))
    );
    assert_eq!(app.stock().await, (2, 0));
    assert_eq!(mara.pay(&number, APPROVE).await.problem(409), "order_cancelled");
    assert_eq!(
        mara.pay(wider["number"].as_str().unwrap(), APPROVE).await.json(201)["state"],
        "succeeded"
    );
    assert_eq!(
        (app.stock().await, mara.place().await.problem(409)),
        ((0, 2), "cart_empty".to_owned())
    );
}

/// Places an order for some holds, with other fields beside.
async fn place_some(client: &Client, holds: &[&Value], more: Value) -> Answer {
    let ids: Vec<&Value> = holds.iter().map(|hold| &hold["id"]).collect();
    let mut body = json!({"shipping_address": address(), "hold_ids": ids});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    client.post("/api/v1/me/orders", &body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_chosen_holds_are_ordered_and_an_order_for_others_stays() {
    let app = TestApp::start().await;
    let (north, south) = (app.provider("north").await, app.provider("south").await);
    let (linen, cups) = (app.live_sale(north, Hosted).await, app.live_sale(south, Hosted).await);
    let mara = app.shopper("mara").await;
    let (first, second) = (mara.hold(&linen, 0, 2).await, mara.hold(&linen, 1, 1).await);
    let third = mara.hold(&cups, 0, 1).await;

    let one = place_some(&mara, &[&first], json!({})).await.json(201);
    assert_eq!(one["total"]["amount"], 2 * 4900);
    let two = place_some(&mara, &[&third, &second], json!({})).await.json(201);
    assert_eq!(two["total"]["amount"], 4900 + 8900);
    let number = |order: &Value| order["number"].as_str().unwrap().to_owned();
    assert_eq!(mara.order(&number(&one)).await["state"], "awaiting_payment");
    // The same choice in another order is the same order.
    let again = place_some(&mara, &[&second, &third], json!({})).await.json(201);
    assert_eq!(number(&again), number(&two));

    // A choice that takes from an unpaid order replaces that order alone.
    let wider = place_some(&mara, &[&third], json!({})).await.json(201);
    assert_eq!(mara.order(&number(&two)).await["state"], "cancelled");
    assert_eq!(mara.order(&number(&one)).await["state"], "awaiting_payment");
    for order in [&one, &wider] {
        assert_eq!(mara.pay(&number(order), APPROVE).await.json(201)["state"], "succeeded");
    }
    assert_eq!(app.stock().await, (1, 3));
    let held = mara.get("/api/v1/me/holds").await.json(200)["items"].clone();
    assert_eq!(
        (&held[0]["id"], held.as_array().unwrap().len()),
        (&second["id"], 1),
        "what was not chosen is still held"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn holds_that_cannot_be_ordered_are_named() {
    let app = TestApp::start().await;
    let sale = app.live_sale(app.provider("north").await, Hosted).await;
    let (mara, eve) = (app.shopper("mara").await, app.shopper("eve").await);
    let foreign = eve.hold(&sale, 0, 1).await;
    let (released, held) = (mara.hold(&sale, 0, 1).await, mara.hold(&sale, 1, 1).await);
    let path = format!("/api/v1/me/holds/{}", released["id"].as_str().unwrap());
    mara.delete(&path).await.expect(204);

    let answer = place_some(&mara, &[&held, &foreign, &released, &held, &foreign], json!({})).await;
    let wrong = ["hold_ids.1", "hold_ids.2", "hold_ids.3", "hold_ids.4"];
    assert_eq!(answer.wrong_fields(), wrong);
    for text in ["You have no hold", "You gave hold", "is named twice"] {
        assert!(answer.text.contains(text), "{}", answer.text);
    }
    assert!(answer.text.contains(foreign["id"].as_str().unwrap()));
    assert_eq!(place_some(&mara, &[], json!({})).await.wrong_fields(), ["hold_ids"]);
    let many = [&held; 101];
    assert_eq!(place_some(&mara, &many, json!({})).await.wrong_fields(), ["hold_ids"]);
    assert_eq!(app.query("SELECT to_jsonb(count(*)) FROM orders").await, [json!(0)]);

    app.platform.clock.advance(time::Duration::minutes(11));
    let late = place_some(&mara, &[&held], json!({})).await;
    assert_eq!(late.wrong_fields(), ["hold_ids.0"]);
    assert!(late.text.contains("ran out"), "{}", late.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_total_than_was_agreed_to_orders_nothing() {
    let app = TestApp::start().await;
    let sale = app.live_sale(app.provider("north").await, Hosted).await;
    let mara = app.shopper("mara").await;
    let hold = mara.hold(&sale, 0, 2).await;
    for wrong in [0, 9799, -9800, i64::MAX, i64::MIN] {
        let answer = place_some(&mara, &[&hold], json!({"expected_total_minor": wrong})).await;
        assert_eq!(answer.problem(409), "price_changed");
        assert!(answer.text.contains("The total is €98.00 and not"), "{}", answer.text);
    }
    assert_eq!(app.query("SELECT to_jsonb(count(*)) FROM orders").await, [json!(0)]);
    let placed = place_some(&mara, &[&hold], json!({"expected_total_minor": 9800})).await;
    assert_eq!(placed.json(201)["total"]["amount"], 9800);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_keeps_its_price_by_components() {
    let app = TestApp::start().await;
    let sale = app.live_sale(app.provider("north").await, Hosted).await;
    let mara = app.shopper("mara").await;
    let number = mara.buy(&sale, 2).await;
    let kept = "SELECT jsonb_build_array(c.kind, c.payer, c.amount_minor, c.line_id = l.id)
        FROM order_components c JOIN order_lines l ON l.order_id = c.order_id";
    assert_eq!(app.query(kept).await, [json!(["line", "shopper", 9800, true])]);
    let mut tx = app.platform.db.platform("test").await.unwrap();
    let changed =
        sqlx::query("UPDATE order_components SET amount_minor = 1").execute(&mut *tx).await;
    assert!(changed.unwrap_err().to_string().contains("permission denied"));
    drop(tx);

    // An order that was placed before there were components costs what its lines do.
    let before = mara.order(&number).await["price"].clone();
    let mut owner =
        <sqlx::PgConnection as sqlx::Connection>::connect(&app.owner_url).await.unwrap();
    let deleted = sqlx::query("DELETE FROM order_components").execute(&mut owner).await.unwrap();
    assert_eq!(deleted.rows_affected(), 1);
    assert_eq!(mara.order(&number).await["price"], before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cart_in_two_currencies_or_to_a_closed_country_is_refused() {
    let app = TestApp::start().await;
    let north = app.provider("north").await;
    let (euro, dollar) = (app.live_sale(north, Hosted).await, app.live_sale(north, Hosted).await);
    app.edit_content(north, dollar.id, "currency", json!("USD")).await;
    let mara = app.shopper("mara").await;
    mara.hold(&euro, 0, 1).await;
    let extra = mara.hold(&dollar, 0, 1).await;
    assert_eq!(mara.place().await.problem(409), "mixed_currencies");
    mara.delete(&format!("/api/v1/me/holds/{}", extra["id"].as_str().unwrap())).await.expect(204);
    app.edit_content(north, euro.id, "countries", json!(["AT", "CH"])).await;
    let answer = mara.place().await;
    assert_eq!(answer.wrong_fields(), ["shipping_address.country"]);
    assert!(
        answer.text.contains("Stoneware at dawn") && answer.text.contains("Austria, Switzerland"),
        "{}",
        answer.text
    );
    app.edit_content(north, euro.id, "countries", json!(["DE"])).await;
    mara.place().await.json(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_held_is_sold_whatever_becomes_of_its_sale() {
    let app = TestApp::start().await;
    let north = app.provider("north").await;
    let sale = app.live_sale(north, Hosted).await;
    let mara = app.shopper("mara").await;
    mara.hold(&sale, 0, 1).await;
    let number = mara.place().await.json(201)["number"].as_str().unwrap().to_owned();
    for (table, state) in [("providers", "suspended"), ("sales", "halted"), ("sales", "cancelled")]
    {
        app.set_state(north, table, state).await;
        assert_eq!(mara.place().await.json(201)["number"], number.as_str());
        app.set_state(north, table, "approved").await;
    }
    app.set_state(north, "sales", "halted").await;
    assert_eq!(mara.pay(&number, APPROVE).await.json(201)["state"], "succeeded");
    // An order keeps its provider's name, whatever becomes of the provider.
    app.set_state(north, "providers", "suspended").await;
    assert_eq!(mara.order(&number).await["parcels"][0]["provider_name"], "North");
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_releases_the_units() {
    let app = TestApp::start().await;
    let sale = app.live_sale(app.provider("north").await, Hosted).await;
    let mara = app.shopper("mara").await;
    mara.hold(&sale, 0, 2).await;
    let number = mara.place().await.json(201)["number"].as_str().unwrap().to_owned();
    let waiting = mara.begin(&number).await;
    let path = format!("/api/v1/me/orders/{number}/cancel");
    assert_eq!(mara.post(&path, &json!({})).await.json(200)["state"], "cancelled");
    assert_eq!(app.stock().await, (0, 0));
    assert_eq!(mara.post(&path, &json!({})).await.problem(409), "order_cancelled");
    assert_eq!(mara.payment(&number, &waiting).await["state"], "cancelled");
    mara.at_bank(&waiting, "approve").await;
    assert_eq!(mara.payment(&number, &waiting).await["state"], "cancelled", "the bank knew");
    app.run_jobs().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_shoppers_order_does_not_exist() {
    let app = TestApp::start().await;
    let sale = app.live_sale(app.provider("north").await, Hosted).await;
    let (mara, eve) = (app.shopper("mara").await, app.shopper("eve").await);
    let number = mara.buy(&sale, 1).await;
    eve.get(&format!("/api/v1/me/orders/{number}")).await.problem(404);
    eve.pay(&number, APPROVE).await.problem(404);
    eve.post(&format!("/api/v1/me/orders/{number}/cancel"), &json!({})).await.problem(404);
    assert_eq!(eve.get("/api/v1/me/orders").await.json(200)["items"], json!([]));
    eve.get(&format!("/api/v1/orders/{number}")).await.problem(403);
    app.anonymous().get("/api/v1/me/orders").await.problem(401);
    mara.get("/api/v1/me/orders/SMP-1").await.problem(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn customer_service_finds_an_order_by_number_email_and_name() {
    let app = TestApp::start().await;
    let sale = app.live_sale(app.provider("north").await, Hosted).await;
    let (mara, eve) = (app.shopper("mara").await, app.shopper("eve").await);
    let number = mara.buy(&sale, 1).await;
    eve.hold(&sale, 0, 1).await;
    let body = json!({"shipping_address": {"name": "Eve Stone", "line1": "Am Markt 1", "city": "Wien", "postal_code": "1010", "country": "AT"}, "email": "eve@shop.example"});
    let waiting =
        eve.post("/api/v1/me/orders", &body).await.json(201)["number"].as_str().unwrap().to_owned();

    let support = app.staff("support").await;
    let find = async |query: String| {
        let items = support.get(&format!("/api/v1/orders?{query}")).await.json(200)["items"]
            .as_array()
            .unwrap()
            .clone();
        items.iter().map(|order| order["number"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(find(String::new()).await, [waiting.clone(), number.clone()]);
    assert_eq!(find(format!("q={}", number.to_lowercase())).await, std::slice::from_ref(&number));
    assert_eq!(find("q=eve%40shop".to_owned()).await, std::slice::from_ref(&waiting));
    assert_eq!(find("q=stone".to_owned()).await, std::slice::from_ref(&waiting));
    assert_eq!(find("q=%25".to_owned()).await, Vec::<String>::new());
    assert_eq!(find("state=confirmed".to_owned()).await, std::slice::from_ref(&number));
    let first = support.get("/api/v1/orders?limit=1").await.json(200);
    let next = support
        .get(&format!("/api/v1/orders?limit=1&cursor={}", first["next_cursor"].as_str().unwrap()))
        .await
        .json(200);
    assert_eq!((&next["items"][0]["number"], &next["next_cursor"]), (&json!(number), &json!(null)));
    assert_eq!(
        (&next["items"][0]["providers"], &next["items"][0]["customer_name"]),
        (&json!(["North"]), &json!("Mara Lind"))
    );
    assert_eq!(
        support.get(&format!("/api/v1/orders/{number}")).await.json(200)["customer_name"],
        "Mara Lind"
    );
    app.staff("marketing").await.get("/api/v1/orders").await.problem(403);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_checked_as_its_country_has_them() {
    let app = TestApp::start().await;
    let sale = app.live_sale(app.provider("north").await, Hosted).await;
    let mara = app.shopper("mara").await;
    mara.hold(&sale, 0, 1).await;
    let format = app.anonymous().get("/api/v1/address-formats/jp").await.json(200);
    let names: Vec<_> = format["fields"].as_array().unwrap().iter().map(|f| &f["name"]).collect();
    assert_eq!(names, ["postal_code", "region"]);
    assert_eq!(format["regions"][0], json!({"key": "北海道", "name": "Hokkaido"}));
    app.anonymous().get("/api/v1/address-formats/XX").await.problem(404);

    let mut tokyo = json!({"name": "Mara Lind", "line1": "1-1 Chiyoda", "postal_code": "100-0001", "country": "JP"});
    let body = |address: &serde_json::Value| json!({"shipping_address": address});
    let refused = mara.post("/api/v1/me/orders", &body(&tokyo)).await;
    assert_eq!(refused.wrong_fields(), ["shipping_address.region"]);
    tokyo["region"] = json!("Osaka");
    let refused = mara.post("/api/v1/me/orders", &body(&tokyo)).await;
    assert_eq!(refused.wrong_fields(), ["shipping_address.postal_code"]);
    tokyo["region"] = json!("tokyo");
    let order = mara.post("/api/v1/me/orders", &body(&tokyo)).await.json(201);
    assert_eq!(order["shipping_address"]["region"], "東京都");
}
