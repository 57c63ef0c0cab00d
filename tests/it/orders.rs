//! Checkout, payment, cancelling: the story of an order, and everything that may go wrong on the
//! way.

use serde_json::json;
use smp::{orders, sales::SaleMode::Hosted};
use sqlx::{Connection, Executor, PgConnection};
use time::Duration;

use crate::support::{
    Client, TestApp,
    client::Answer,
    shop::{CARD_DECLINED, CARD_NEEDS_CODE, CARD_OK, address},
};

#[tokio::test(flavor = "multi_thread")]
async fn what_a_shopper_holds_becomes_one_order_with_a_parcel_for_each_provider() {
    let app = TestApp::start().await;
    let (north, south) = (app.provider("north").await, app.provider("south").await);
    let (linen, cups) = (app.live_sale(north, Hosted).await, app.live_sale(south, Hosted).await);
    let mara = app.shopper("mara").await;
    mara.hold(&linen, 0, 2).await;
    mara.hold(&linen, 1, 1).await;
    mara.hold(&cups, 0, 1).await;

    let order = mara.place().await.json(201);
    let number = order["number"].as_str().unwrap();
    assert!(number.starts_with("SMP-1"), "{number}");
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
    let line = &parcels[1]["lines"][0];
    assert_eq!(
        (&line["title"], &line["item_name"], &line["quantity"]),
        (&json!("Stoneware at dawn"), &json!("Sand"), &json!(1))
    );
    assert_eq!(app.stock().await, (4, 0));

    let payment = mara.pay(number, CARD_OK).await.json(201);
    assert_eq!(
        (&payment["state"], &payment["card_brand"], &payment["card_last4"]),
        (&json!("succeeded"), &json!("visa"), &json!("4242"))
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

    // One event for each provider, with its own lines alone.
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
async fn no_card_number_and_no_code_stays_anywhere() {
    let app = TestApp::start().await;
    let sale = app.live_sale(app.provider("north").await, Hosted).await;
    let mara = app.shopper("mara").await;
    mara.buy(&sale, 1).await;
    let rows = app.query("SELECT jsonb_build_object('p', (SELECT jsonb_agg(p) FROM payments p), 'e', (SELECT jsonb_agg(e) FROM events e), 'a', (SELECT jsonb_agg(a) FROM audit_log a), 'j', (SELECT jsonb_agg(j) FROM graphile_worker._private_jobs j))").await;
    let text = rows[0].to_string();
    assert!(
        text.contains("4242") && !text.contains("42424242") && !text.contains("12/40"),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declined_card_leaves_order_and_holds_as_they_are() {
    let app = TestApp::start().await;
    let sale = app.live_sale(app.provider("north").await, Hosted).await;
    let mara = app.shopper("mara").await;
    mara.hold(&sale, 0, 2).await;
    let number = mara.place().await.json(201)["number"].as_str().unwrap().to_owned();
    let payment = mara.pay(&number, CARD_DECLINED).await.json(201);
    assert_eq!(
        (&payment["state"], &payment["failure"]),
        (&json!("failed"), &json!("Your bank declined the card."))
    );
    assert_eq!(mara.pay(&number, "5555555555554444").await.json(201)["state"], "failed");
    assert_eq!(
        (mara.order(&number).await["state"].clone(), app.stock().await),
        (json!("awaiting_payment"), (2, 0))
    );

    assert_eq!(mara.pay(&number, CARD_OK).await.json(201)["state"], "succeeded");
    assert_eq!(mara.pay(&number, CARD_OK).await.problem(409), "already_paid");
    let states: Vec<_> = mara.order(&number).await["payments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| p["state"].clone())
        .collect();
    assert_eq!(states, ["failed", "failed", "succeeded"]);
    assert_eq!(
        app.told("payment.attempted").await.iter().map(|e| e["state"].clone()).collect::<Vec<_>>(),
        ["failed", "failed", "succeeded"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_needs_a_code_is_charged_once_with_the_right_one() {
    let app = TestApp::start().await;
    let sale = app.live_sale(app.provider("north").await, Hosted).await;
    let (mara, eve) = (app.shopper("mara").await, app.shopper("eve").await);
    mara.hold(&sale, 0, 1).await;
    let number = mara.place().await.json(201)["number"].as_str().unwrap().to_owned();
    let first = mara.pay(&number, CARD_NEEDS_CODE).await.json(201);
    assert_eq!(first["state"], "requires_action");
    assert_eq!(
        first["action_url"],
        app.platform
            .url(&format!("/checkout/{number}/authenticate/{}", first["id"].as_str().unwrap()))
    );
    let path = |payment: &serde_json::Value| {
        format!(
            "/api/v1/me/orders/{number}/payments/{}/authentication",
            payment["id"].as_str().unwrap()
        )
    };

    assert_eq!(mara.post(&path(&first), &json!({"code": " "})).await.wrong_fields(), ["code"]);
    eve.post(&path(&first), &json!({"code": "123456"})).await.problem(404);
    let wrong = mara.post(&path(&first), &json!({"code": "000000"})).await.json(200);
    assert_eq!((&wrong["state"], &wrong["action_url"]), (&json!("failed"), &json!(null)));
    assert_eq!(
        mara.post(&path(&first), &json!({"code": "123456"})).await.problem(409),
        "payment_over"
    );
    assert_eq!(app.stock().await, (1, 0));

    // Another try takes the place of one that was left lying.
    let left = mara.pay(&number, CARD_NEEDS_CODE).await.json(201);
    let second = mara.pay(&number, CARD_NEEDS_CODE).await.json(201);
    assert_eq!(
        mara.post(&path(&left), &json!({"code": "123456"})).await.problem(409),
        "payment_over"
    );
    assert_eq!(
        mara.post(&path(&second), &json!({"code": "123456"})).await.json(200)["state"],
        "succeeded"
    );
    assert_eq!(
        mara.post(&path(&second), &json!({"code": "123456"})).await.json(200)["state"],
        "succeeded"
    );
    assert_eq!(
        (mara.order(&number).await["state"].clone(), app.stock().await),
        (json!("confirmed"), (0, 1))
    );
    app.run_jobs().await;

    // A payment of another order of one's own is none of this one's.
    let other = mara.buy(&sale, 1).await;
    let stray = format!(
        "/api/v1/me/orders/{other}/payments/{}/authentication",
        second["id"].as_str().unwrap()
    );
    mara.post(&stray, &json!({"code": "123456"})).await.problem(404);
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
    assert_eq!(
        wrong,
        [
            at("name"),
            at("line1"),
            at("postal_code"),
            at("country"),
            at("phone"),
            "email".to_owned()
        ]
    );
    let missing = json!({"shipping_address": {"name": "Mara"}});
    assert_eq!(
        mara.post("/api/v1/me/orders", &missing).await.wrong_fields(),
        [at("line1"), at("city"), at("postal_code"), at("country")]
    );

    let number = mara.place().await.json(201)["number"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/me/orders/{number}/payments");
    let card = json!({"gateway": "sandbox", "card_number": "4242424242424241", "expiry": "01/20", "cvc": "1"});
    assert_eq!(mara.post(&path, &card).await.wrong_fields(), ["card_number", "expiry", "cvc"]);
    let gateway =
        json!({"gateway": "barter", "card_number": CARD_OK, "expiry": "12/40", "cvc": "123"});
    assert_eq!(mara.post(&path, &gateway).await.wrong_fields(), ["gateway"]);
    assert_eq!(mara.order(&number).await["payments"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn holds_that_ran_out_are_not_charged() {
    let app = TestApp::start().await;
    let sale = app.live_sale(app.provider("north").await, Hosted).await;
    let mara = app.shopper("mara").await;
    assert_eq!(mara.place().await.problem(409), "cart_empty");
    mara.hold(&sale, 0, 1).await;
    let number = mara.place().await.json(201)["number"].as_str().unwrap().to_owned();
    let waiting =
        mara.pay(&number, CARD_NEEDS_CODE).await.json(201)["id"].as_str().unwrap().to_owned();
    app.platform.clock.advance(Duration::minutes(11));
    let late = mara
        .post(
            &format!("/api/v1/me/orders/{number}/payments/{waiting}/authentication"),
            &json!({"code": "123456"}),
        )
        .await;
    assert_eq!(late.problem(409), "hold_expired");
    let answer = mara.pay(&number, CARD_OK).await;
    assert_eq!(answer.problem(409), "hold_expired");
    assert!(answer.text.contains("Nothing was charged"));
    assert_eq!(mara.place().await.problem(409), "hold_expired");
    let states: Vec<_> = mara.order(&number).await["payments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| p["state"].clone())
        .collect();
    assert_eq!(states, ["cancelled"]);

    // The clock cancels what nobody paid.
    assert_eq!(orders::cancel_overdue(&app.platform).await.unwrap(), 0);
    app.platform.clock.advance(Duration::minutes(5));
    assert_eq!(orders::cancel_overdue(&app.platform).await.unwrap(), 1);
    let order = mara.order(&number).await;
    assert_eq!(
        (&order["state"], &order["parcels"][0]["state"]),
        (&json!("cancelled"), &json!("cancelled"))
    );
    assert_eq!(mara.pay(&number, CARD_OK).await.problem(409), "order_cancelled");
    assert_eq!(app.told("order.cancelled").await.len(), 1);
    app.run_jobs().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pressing_pay_many_times_at_once_charges_once() {
    let app = TestApp::start().await;
    let sale = app.live_sale(app.provider("north").await, Hosted).await;
    let mara = app.shopper("mara").await;
    mara.hold(&sale, 0, 2).await;
    let number = mara.place().await.json(201)["number"].as_str().unwrap().to_owned();
    let answers = futures_util::future::join_all((0..8).map(|_| mara.pay(&number, CARD_OK))).await;
    let paid = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(paid, 1);
    for answer in answers.iter().filter(|answer| answer.status != 201) {
        assert!(
            ["payment_under_way", "already_paid"].contains(&answer.problem(409).as_str()),
            "{}",
            answer.text
        );
    }
    assert_eq!(
        (mara.order(&number).await["payments"].as_array().unwrap().len(), app.stock().await),
        (1, (0, 2))
    );
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

    // With other units in the cart it is another order, which takes the first one's place.
    mara.hold(&sale, 1, 1).await;
    let wider = mara.place().await.json(201);
    assert_ne!(wider["number"], number);
    assert_eq!(
        (mara.order(&number).await["state"].clone(), wider["total"]["amount"].clone()),
        (json!("cancelled"), json!(4900 + 8900))
    );
    assert_eq!(app.stock().await, (2, 0));
    assert_eq!(mara.pay(&number, CARD_OK).await.problem(409), "order_cancelled");
    assert_eq!(
        mara.pay(wider["number"].as_str().unwrap(), CARD_OK).await.json(201)["state"],
        "succeeded"
    );
    assert_eq!(
        (app.stock().await, mara.place().await.problem(409)),
        ((0, 2), "cart_empty".to_owned())
    );
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
        answer.text.contains("Stoneware at dawn") && answer.text.contains("AT, CH"),
        "{}",
        answer.text
    );
    app.edit_content(north, euro.id, "countries", json!(["DE"])).await;
    mara.place().await.json(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_provider_and_a_halted_sale_sell_nothing() {
    let app = TestApp::start().await;
    let north = app.provider("north").await;
    let sale = app.live_sale(north, Hosted).await;
    let mara = app.shopper("mara").await;
    mara.hold(&sale, 0, 1).await;
    let number = mara.place().await.json(201)["number"].as_str().unwrap().to_owned();
    for (table, state, code) in [
        ("providers", "suspended", "halted"),
        ("sales", "halted", "halted"),
        ("sales", "cancelled", "not_live"),
    ] {
        app.set_state(north, table, state).await;
        assert_eq!(mara.pay(&number, CARD_OK).await.problem(409), code);
        assert_eq!(mara.place().await.problem(409), code);
        app.set_state(north, table, "approved").await;
    }
    assert_eq!(mara.pay(&number, CARD_OK).await.json(201)["state"], "succeeded");
    // What was bought keeps its provider's name, whatever becomes of the provider.
    app.set_state(north, "providers", "suspended").await;
    assert_eq!(mara.order(&number).await["parcels"][0]["provider_name"], "North");
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_gives_the_units_back() {
    let app = TestApp::start().await;
    let sale = app.live_sale(app.provider("north").await, Hosted).await;
    let mara = app.shopper("mara").await;
    mara.hold(&sale, 0, 2).await;
    let number = mara.place().await.json(201)["number"].as_str().unwrap().to_owned();
    let waiting =
        mara.pay(&number, CARD_NEEDS_CODE).await.json(201)["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/me/orders/{number}/cancel");
    assert_eq!(mara.post(&path, &json!({})).await.json(200)["state"], "cancelled");
    assert_eq!(app.stock().await, (0, 0));
    assert_eq!(mara.post(&path, &json!({})).await.problem(409), "order_cancelled");
    let late = mara
        .post(
            &format!("/api/v1/me/orders/{number}/payments/{waiting}/authentication"),
            &json!({"code": "123456"}),
        )
        .await;
    assert_eq!(late.problem(409), "payment_over");
    let paid = mara.buy(&sale, 1).await;
    assert_eq!(
        mara.post(&format!("/api/v1/me/orders/{paid}/cancel"), &json!({})).await.problem(409),
        "already_paid"
    );
    app.run_jobs().await;
}

/// An order of two providers that loses the units of the second while the gateway is at it: the
/// test holds the stock's lock until the payment waits for it, and lets the hold go. With `taken`,
/// somebody else has bought what came free.
async fn pays_late(app: &TestApp, taken: bool) -> (Client, String, Answer) {
    let (north, south) = (app.provider("north").await, app.provider("south").await);
    let (sale, other) = (app.live_sale(north, Hosted).await, app.live_sale(south, Hosted).await);
    let mara = app.shopper("mara").await;
    mara.hold(&sale, 0, 1).await;
    mara.hold(&other, 0, 1).await;
    let number = mara.place().await.json(201)["number"].as_str().unwrap().to_owned();

    let mut thief = PgConnection::connect(&app.owner_url).await.unwrap();
    thief.execute("BEGIN; SET LOCAL smp.scope = 'platform'").await.unwrap();
    sqlx::query("SELECT FROM stock WHERE tenant_id = $1 FOR UPDATE")
        .bind(south.0)
        .fetch_all(&mut thief)
        .await
        .unwrap();
    let steal = async {
        let waiting = "SELECT jsonb_build_object('n', count(*)) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()";
        while app.query(waiting).await[0]["n"] == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        sqlx::query("UPDATE holds SET state = 'released' WHERE tenant_id = $1")
            .bind(south.0)
            .execute(&mut thief)
            .await
            .unwrap();
        let sold = "UPDATE stock SET held = 0, sold = CASE WHEN $2 THEN capacity ELSE 0 END WHERE tenant_id = $1";
        sqlx::query(sold).bind(south.0).bind(taken).execute(&mut thief).await.unwrap();
        thief.execute("COMMIT").await.unwrap();
    };
    let (answer, ()) = tokio::join!(mara.pay(&number, CARD_OK), steal);
    (mara, number, answer)
}

#[tokio::test(flavor = "multi_thread")]
async fn money_that_comes_after_the_units_were_taken_goes_back_by_itself() {
    let app = TestApp::start().await;
    let (mara, number, answer) = pays_late(&app, true).await;
    assert_eq!(answer.problem(409), "hold_lost");
    assert!(answer.text.contains("€98.00 is refunded"), "{}", answer.text);

    let order = mara.order(&number).await;
    assert_eq!(
        (&order["state"], &order["refunded"]["amount"]),
        (&json!("cancelled"), &json!(9800))
    );
    assert_eq!(
        (&order["payments"][0]["state"], &order["refunds"][0]["state"]),
        (&json!("succeeded"), &json!("succeeded"))
    );
    assert_eq!(app.stock().await, (0, 25), "the others' units only");
    assert_eq!(
        (app.told("order.confirmed").await.len(), app.told("order.cancelled").await.len()),
        (0, 2)
    );
    assert!(app.told("refund.succeeded").await.iter().all(|e| e["lines"] == json!([])));
    assert_eq!(mara.pay(&number, CARD_OK).await.problem(409), "order_cancelled");
    app.run_jobs().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn money_that_comes_late_buys_what_is_still_free() {
    let app = TestApp::start().await;
    let (mara, number, answer) = pays_late(&app, false).await;
    assert_eq!(answer.json(201)["state"], "succeeded");
    assert_eq!(
        (&mara.order(&number).await["state"], app.stock().await),
        (&json!("confirmed"), (0, 2))
    );
    app.run_jobs().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn units_wait_for_a_payment_that_is_under_way_and_no_longer() {
    let app = TestApp::start().await;
    let sale = app.live_sale(app.provider("north").await, Hosted).await;
    let mara = app.shopper("mara").await;
    mara.hold(&sale, 0, 1).await;
    let number = mara.place().await.json(201)["number"].as_str().unwrap().to_owned();
    app.platform.clock.advance(Duration::seconds(599));
    let payment = mara.pay(&number, CARD_NEEDS_CODE).await.json(201);
    assert_eq!(payment["state"], "requires_action");
    // The hold's own clock runs out while the bank asks for its code: the units wait two minutes
    // for that, then they go.
    app.platform.clock.advance(Duration::seconds(60));
    assert_eq!(smp::stock::expire_due(&app.platform).await.unwrap(), 0, "kept for the payment");
    assert_eq!(mara.get("/api/v1/me/holds").await.json(200)["items"].as_array().unwrap().len(), 1);
    app.platform.clock.advance(Duration::seconds(60));
    assert_eq!(smp::stock::expire_due(&app.platform).await.unwrap(), 1);

    // A payment that failed is over: the hold's own clock counts at once.
    mara.hold(&sale, 0, 1).await;
    let number = mara.place().await.json(201)["number"].as_str().unwrap().to_owned();
    app.platform.clock.advance(Duration::seconds(599));
    assert_eq!(mara.pay(&number, CARD_DECLINED).await.json(201)["state"], "failed");
    app.platform.clock.advance(Duration::seconds(2));
    assert_eq!(smp::stock::expire_due(&app.platform).await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_shoppers_order_does_not_exist() {
    let app = TestApp::start().await;
    let sale = app.live_sale(app.provider("north").await, Hosted).await;
    let (mara, eve) = (app.shopper("mara").await, app.shopper("eve").await);
    let number = mara.buy(&sale, 1).await;
    eve.get(&format!("/api/v1/me/orders/{number}")).await.problem(404);
    eve.pay(&number, CARD_OK).await.problem(404);
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
