//! Paying an order: declined payments, payments at a bank, expired holds, concurrent attempts and late
//! payments. What gateways say late, twice or wrongly is in `payment_outcomes.rs`.

use serde_json::json;
use smp::{orders, sales::SaleMode::Hosted};
use sqlx::{Connection, Executor, PgConnection};
use time::Duration;

use crate::support::{
    Client, TestApp,
    client::Answer,
    shop::{APPROVE, AT_BANK, DECLINE},
};

async fn states(client: &Client, number: &str) -> Vec<String> {
    let order = client.order(number).await;
    let payments = order["payments"].as_array().unwrap();
    payments.iter().map(|payment| payment["state"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declined_payment_leaves_the_order_unpaid() {
    let app = TestApp::start().await;
    let sale = app.live_sale(app.provider("north").await, Hosted).await;
    let mara = app.shopper("mara").await;
    mara.hold(&sale, 0, 2).await;
    let number = mara.place().await.json(201)["number"].as_str().unwrap().to_owned();
    let payment = mara.pay(&number, DECLINE).await.json(201);
    assert_eq!(
        (&payment["state"], &payment["failure"]),
        (&json!("failed"), &json!("Your bank declined the payment."))
    );
    assert_eq!(mara.pay(&number, DECLINE).await.json(201)["state"], "failed");
    assert_eq!(
        (mara.order(&number).await["state"].clone(), app.stock().await),
        (json!("awaiting_payment"), (2, 0))
    );

    assert_eq!(mara.pay(&number, APPROVE).await.json(201)["state"], "succeeded");
    assert_eq!(mara.pay(&number, APPROVE).await.problem(409), "already_paid");
    assert_eq!(states(&mara, &number).await, ["failed", "failed", "succeeded"]);
    assert_eq!(
        app.told("payment.attempted").await.iter().map(|e| e["state"].clone()).collect::<Vec<_>>(),
        ["failed", "failed", "succeeded"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_says_how_it_can_be_paid() {
    let app = TestApp::start().await;
    let sale = app.live_sale(app.provider("north").await, Hosted).await;
    let mara = app.shopper("mara").await;
    mara.hold(&sale, 0, 1).await;
    let number = mara.place().await.json(201)["number"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/me/orders/{number}/payment-methods");
    let methods = mara.get(&path).await.json(200);
    let sandbox = methods["items"].as_array().unwrap().iter().find(|m| m["gateway"] == "sandbox");
    assert_eq!(sandbox.unwrap()["is_test"], true);
    app.shopper("eve").await.get(&path).await.problem(404);
    app.anonymous().get(&path).await.problem(401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_at_a_bank_is_charged_once() {
    let app = TestApp::start().await;
    let sale = app.live_sale(app.provider("north").await, Hosted).await;
    let (mara, eve) = (app.shopper("mara").await, app.shopper("eve").await);
    mara.hold(&sale, 0, 1).await;
    let number = mara.place().await.json(201)["number"].as_str().unwrap().to_owned();
    let first = mara.pay(&number, AT_BANK).await.json(201);
    let id = first["id"].as_str().unwrap();
    assert_eq!(first["state"], "requires_action");
    assert_eq!(
        (&first["action"]["kind"], &first["action"]["url"], &first["page_url"]),
        (
            &json!("redirect"),
            &json!(format!("{}/sandbox/bank/{id}", app.base)),
            &json!(format!("{}/checkout/{number}/payments/{id}", app.base))
        )
    );
    let path = format!("/api/v1/me/orders/{number}/payments/{id}");
    eve.get(&path).await.problem(404);
    let code = format!("{path}/code");
    assert_eq!(mara.post(&code, &json!({"code": " "})).await.wrong_fields(), ["code"]);
    assert_eq!(mara.post(&code, &json!({"code": "123456"})).await.wrong_fields(), ["code"]);
    assert_eq!(mara.post(&format!("{code}/resend"), &json!({})).await.wrong_fields(), ["code"]);
    // The list of orders does not tell where the bank is.
    assert_eq!(mara.order(&number).await["payments"][0]["action"], json!(null));

    mara.at_bank(id, "decline").await.expect(303);
    let declined = mara.payment(&number, id).await;
    assert_eq!(
        (&declined["state"], &declined["action"], &declined["page_url"]),
        (&json!("failed"), &json!(null), &json!(null))
    );
    assert_eq!(mara.post(&code, &json!({"code": "123456"})).await.problem(409), "payment_over");
    assert_eq!(app.stock().await, (1, 0));

    // A new attempt replaces one that was abandoned, at the bank too.
    let left = mara.begin(&number).await;
    let second = mara.begin(&number).await;
    mara.at_bank(&left, "approve").await.expect(303);
    assert_eq!(mara.payment(&number, &left).await["state"], "cancelled");
    mara.at_bank(&second, "approve").await.expect(303);
    mara.at_bank(&second, "decline").await.expect(303);
    assert_eq!(mara.payment(&number, &second).await["state"], "succeeded");
    assert_eq!(
        (mara.order(&number).await["state"].clone(), app.stock().await),
        (json!("confirmed"), (0, 1))
    );
    app.run_jobs().await;

    // A payment is found under its own order only.
    let other = mara.buy(&sale, 1).await;
    mara.get(&format!("/api/v1/me/orders/{other}/payments/{second}")).await.problem(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn expired_holds_are_not_charged() {
    let app = TestApp::start().await;
    let sale = app.live_sale(app.provider("north").await, Hosted).await;
    let mara = app.shopper("mara").await;
    assert_eq!(mara.place().await.problem(409), "cart_empty");
    mara.hold(&sale, 0, 1).await;
    let number = mara.place().await.json(201)["number"].as_str().unwrap().to_owned();
    let waiting = mara.begin(&number).await;
    app.platform.clock.advance(Duration::minutes(11));
    let answer = mara.pay(&number, APPROVE).await;
    assert_eq!(answer.problem(409), "hold_expired");
    assert!(answer.text.contains("Nothing was charged"));
    assert_eq!(mara.place().await.problem(409), "hold_expired");
    assert_eq!(states(&mara, &number).await, ["cancelled"]);
    mara.at_bank(&waiting, "approve").await.expect(303);
    assert_eq!(states(&mara, &number).await, ["cancelled"], "the bank was told");

    // A job cancels unpaid orders.
    assert_eq!(orders::cancel_overdue(&app.platform).await.unwrap(), 0);
    app.platform.clock.advance(Duration::minutes(5));
    assert_eq!(orders::cancel_overdue(&app.platform).await.unwrap(), 1);
    let order = mara.order(&number).await;
    assert_eq!(
        (&order["state"], &order["parcels"][0]["state"]),
        (&json!("cancelled"), &json!("cancelled"))
    );
    assert_eq!(mara.pay(&number, APPROVE).await.problem(409), "order_cancelled");
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
    let answers = futures_util::future::join_all((0..8).map(|_| mara.pay(&number, APPROVE))).await;
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
    let (answer, ()) = tokio::join!(mara.pay(&number, APPROVE), lose_hold);
    (mara, number, answer)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_arrives_after_the_units_were_sold_is_refunded() {
    let app = TestApp::start().await;
    let (mara, number, answer) = pay_after_losing_a_hold(&app, true).await;
    assert_eq!(answer.problem(409), "hold_lost");
    assert!(answer.text.contains("€98.00 is refunded"), "{}", answer.text);
    // The refund does not wait for the answer; its job makes sure of it.
    app.run_jobs().await;

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
    assert_eq!(mara.pay(&number, APPROVE).await.problem(409), "order_cancelled");
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
async fn holds_wait_for_payments_up_to_a_ceiling() {
    let app = TestApp::start().await;
    let sale = app.live_sale(app.provider("north").await, Hosted).await;
    let mara = app.shopper("mara").await;
    mara.hold(&sale, 0, 1).await;
    let number = mara.place().await.json(201)["number"].as_str().unwrap().to_owned();
    let wait = |seconds| app.platform.clock.advance(Duration::seconds(seconds));
    let expire = async || smp::stock::expire_due(&app.platform).await.unwrap();
    wait(590);
    mara.begin(&number).await;
    // The hold's own time ends at 600 seconds; it waits for the bank, for ten minutes.
    wait(590);
    assert_eq!(expire().await, 0, "kept for the payment");
    assert_eq!(orders::cancel_overdue(&app.platform).await.unwrap(), 0);
    assert_eq!(mara.get("/api/v1/me/holds").await.json(200)["items"].as_array().unwrap().len(), 1);
    // Another attempt keeps it no longer than fifteen minutes after its own time.
    mara.begin(&number).await;
    wait(310);
    assert_eq!(expire().await, 0);
    wait(15);
    assert_eq!(expire().await, 1);
    assert_eq!(mara.pay(&number, APPROVE).await.problem(409), "hold_expired");

    // After a failed payment the hold's own expiry applies again.
    mara.hold(&sale, 0, 1).await;
    let number = mara.place().await.json(201)["number"].as_str().unwrap().to_owned();
    wait(599);
    assert_eq!(mara.pay(&number, DECLINE).await.json(201)["state"], "failed");
    wait(2);
    assert_eq!(expire().await, 1);
}
