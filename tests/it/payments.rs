//! Paying an order: declined cards, cards that need a code, expired holds, concurrent attempts and
//! late payments.

use serde_json::json;
use smp::{orders, sales::SaleMode::Hosted};
use sqlx::{Connection, Executor, PgConnection};
use time::Duration;

use crate::support::{
    Client, TestApp,
    client::Answer,
    shop::{CARD_DECLINED, CARD_NEEDS_CODE, CARD_OK},
};

#[tokio::test(flavor = "multi_thread")]
async fn no_card_number_is_stored() {
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
async fn a_declined_card_leaves_the_order_unpaid() {
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
async fn a_card_that_needs_a_code_is_charged_once() {
    let app = TestApp::start().await;
    let sale = app.live_sale(app.provider("north").await, Hosted).await;
    let (mara, eve) = (app.shopper("mara").await, app.shopper("eve").await);
    mara.hold(&sale, 0, 1).await;
    let number = mara.place().await.json(201)["number"].as_str().unwrap().to_owned();
    let first = mara.pay(&number, CARD_NEEDS_CODE).await.json(201);
    assert_eq!(first["state"], "requires_action");
    assert_eq!(
        first["action_url"],
        format!("{}/checkout/{number}/authenticate/{}", app.base, first["id"].as_str().unwrap())
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

    // A new attempt replaces one that was abandoned.
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

    // A payment is found under its own order only.
    let other = mara.buy(&sale, 1).await;
    let stray = format!(
        "/api/v1/me/orders/{other}/payments/{}/authentication",
        second["id"].as_str().unwrap()
    );
    mara.post(&stray, &json!({"code": "123456"})).await.problem(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn expired_holds_are_not_charged() {
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

    // A job cancels unpaid orders.
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
async fn concurrent_payments_charge_once() {
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

/// Pays an order of two providers that loses its hold at the second one while the gateway charges:
/// the test locks the stock until the payment waits for it, and releases the hold. With `taken`,
/// the units are sold to someone else.
async fn pay_after_losing_a_hold(app: &TestApp, taken: bool) -> (Client, String, Answer) {
    let (north, south) = (app.provider("north").await, app.provider("south").await);
    let (sale, other) = (app.live_sale(north, Hosted).await, app.live_sale(south, Hosted).await);
    let mara = app.shopper("mara").await;
    mara.hold(&sale, 0, 1).await;
    mara.hold(&other, 0, 1).await;
    let number = mara.place().await.json(201)["number"].as_str().unwrap().to_owned();

    let mut blocker = PgConnection::connect(&app.owner_url).await.unwrap();
    blocker.execute("BEGIN; SET LOCAL smp.scope = 'platform'").await.unwrap();
    sqlx::query("SELECT FROM stock WHERE tenant_id = $1 FOR UPDATE")
        .bind(south.0)
        .fetch_all(&mut blocker)
        .await
        .unwrap();
    let lose_hold = async {
        let waiting = "SELECT jsonb_build_object('n', count(*)) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()";
        while app.query(waiting).await[0]["n"] == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        sqlx::query("UPDATE holds SET state = 'released' WHERE tenant_id = $1")
            .bind(south.0)
            .execute(&mut blocker)
            .await
            .unwrap();
        let sold = "UPDATE stock SET held = 0, sold = CASE WHEN $2 THEN capacity ELSE 0 END WHERE tenant_id = $1";
        sqlx::query(sold).bind(south.0).bind(taken).execute(&mut blocker).await.unwrap();
        blocker.execute("COMMIT").await.unwrap();
    };
    let (answer, ()) = tokio::join!(mara.pay(&number, CARD_OK), lose_hold);
    (mara, number, answer)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_arrives_after_the_units_were_sold_is_refunded() {
    let app = TestApp::start().await;
    let (mara, number, answer) = pay_after_losing_a_hold(&app, true).await;
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
    assert_eq!(app.stock().await, (0, 25), "only the units sold to others");
    assert_eq!(
        (app.told("order.confirmed").await.len(), app.told("order.cancelled").await.len()),
        (0, 2)
    );
    assert!(app.told("refund.succeeded").await.iter().all(|e| e["lines"] == json!([])));
    assert_eq!(mara.pay(&number, CARD_OK).await.problem(409), "order_cancelled");
    app.run_jobs().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_payment_buys_units_that_are_still_available() {
    let app = TestApp::start().await;
    let (mara, number, answer) = pay_after_losing_a_hold(&app, false).await;
    assert_eq!(answer.json(201)["state"], "succeeded");
    assert_eq!(
        (&mara.order(&number).await["state"], app.stock().await),
        (&json!("confirmed"), (0, 2))
    );
    app.run_jobs().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn holds_are_extended_while_a_payment_is_in_progress() {
    let app = TestApp::start().await;
    let sale = app.live_sale(app.provider("north").await, Hosted).await;
    let mara = app.shopper("mara").await;
    mara.hold(&sale, 0, 1).await;
    let number = mara.place().await.json(201)["number"].as_str().unwrap().to_owned();
    app.platform.clock.advance(Duration::seconds(599));
    let payment = mara.pay(&number, CARD_NEEDS_CODE).await.json(201);
    assert_eq!(payment["state"], "requires_action");
    // The hold expires while the bank waits for its code: it is kept for two minutes more.
    app.platform.clock.advance(Duration::seconds(60));
    assert_eq!(smp::stock::expire_due(&app.platform).await.unwrap(), 0, "kept for the payment");
    assert_eq!(mara.get("/api/v1/me/holds").await.json(200)["items"].as_array().unwrap().len(), 1);
    app.platform.clock.advance(Duration::seconds(60));
    assert_eq!(smp::stock::expire_due(&app.platform).await.unwrap(), 1);

    // After a failed payment the hold's own expiry applies again.
    mara.hold(&sale, 0, 1).await;
    let number = mara.place().await.json(201)["number"].as_str().unwrap().to_owned();
    app.platform.clock.advance(Duration::seconds(599));
    assert_eq!(mara.pay(&number, CARD_DECLINED).await.json(201)["state"], "failed");
    app.platform.clock.advance(Duration::seconds(2));
    assert_eq!(smp::stock::expire_due(&app.platform).await.unwrap(), 1);
}
