//! Paid orders that their shoppers cancel: the money, the units and the parcels, and the race with
//! whoever ships.

use reqwest::Method;
use serde_json::{Value, json};
use smp::{kernel::TenantId, sales::SaleMode::Hosted};

use crate::support::{Client, TestApp, client::Answer, shop::APPROVE};

async fn cancel(client: &Client, number: &str) -> Answer {
    client.post(&format!("/api/v1/me/orders/{number}/cancel"), &json!({})).await
}

/// The parcels of a provider, newest first, as its packer sees them.
async fn parcels(packer: &Client, tenant: TenantId) -> Vec<Value> {
    let list = packer.get(&format!("/api/v1/providers/{tenant}/parcels")).await.json(200);
    list["items"].as_array().unwrap().clone()
}

async fn ship(packer: &Client, tenant: TenantId, parcel: &Value, tracking: &str) -> Answer {
    let id = parcel["id"].as_str().unwrap();
    let path = format!("/api/v1/providers/{tenant}/parcels/{id}/shipments");
    packer.post(&path, &json!({"carrier": "DHL", "tracking_number": tracking})).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paid_order_of_which_nothing_was_shipped_is_cancelled_whole() {
    let app = TestApp::start().await;
    let (north, south) = (app.provider("north").await, app.provider("south").await);
    let (linen, cups) = (app.live_sale(north, Hosted).await, app.live_sale(south, Hosted).await);
    let packer = app.member(north, "fulfilment").await;
    let mara = app.shopper("mara").await;
    mara.hold(&linen, 0, 2).await;
    mara.hold(&cups, 1, 1).await;
    let number = mara.place().await.json(201)["number"].as_str().unwrap().to_owned();
    mara.pay(&number, APPROVE).await.json(201);
    assert_eq!(mara.order(&number).await["cancel_offered"], true);
    assert_eq!(app.stock().await, (0, 3));

    let order = cancel(&mara, &number).await.json(200);
    assert_eq!((&order["state"], &order["status"]), (&json!("cancelled"), &json!("refunded")));
    assert_eq!((&order["refunded"], &order["cancel_offered"]), (&order["total"], &json!(false)));
    assert_eq!(order["refunds"].as_array().unwrap().len(), 1);
    assert!(order["parcels"].as_array().unwrap().iter().all(|p| p["state"] == "cancelled"));
    assert_eq!(app.stock().await, (0, 0));
    assert_eq!(cancel(&mara, &number).await.problem(409), "order_cancelled");

    // Its provider sees that it is not to be sent, and cannot send it.
    let parcel = parcels(&packer, north).await.remove(0);
    assert_eq!(parcel["state"], "cancelled");
    assert_eq!(ship(&packer, north, &parcel, "1").await.problem(409), "parcel_cancelled");
    assert_eq!(app.told("order.withdrawn").await.len(), 2);
    assert_eq!(app.told("order.cancelled").await, [] as [Value; 0], "it was paid");

    app.run_jobs().await;
    let sent = app
        .query("SELECT jsonb_build_array(template, body_text) FROM messages ORDER BY template")
        .await;
    let of = |template: &str| -> Vec<&str> {
        let found = sent.iter().filter(|message| message[0] == template);
        found.map(|message| message[1].as_str().unwrap()).collect()
    };
    assert_eq!(of("order_cancelled").len(), 1, "{sent:?}");
    assert!(of("order_cancelled")[0].contains("goes back the way you paid"), "{sent:?}");
    assert_eq!(of("refunded").len(), 0, "the cancellation has told of the money");
    assert!(of("provider_parcel_cancelled")[0].contains("Please do not ship it"), "{sent:?}");

    // The units can be bought again.
    app.shopper("eve").await.hold(&linen, 0, 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_shipped_issued_or_refunded_is_not_cancelled() {
    let app = TestApp::start().await;
    let (north, south) = (app.provider("north").await, app.provider("south").await);
    let (linen, cups) = (app.live_sale(north, Hosted).await, app.live_sale(south, Hosted).await);
    let (here, there) =
        (app.member(north, "fulfilment").await, app.member(south, "fulfilment").await);
    let mara = app.shopper("mara").await;
    mara.hold(&linen, 0, 1).await;
    mara.hold(&cups, 0, 1).await;
    let number = mara.place().await.json(201)["number"].as_str().unwrap().to_owned();
    mara.pay(&number, APPROVE).await.json(201);
    let parcel = parcels(&here, north).await.remove(0);
    ship(&here, north, &parcel, "1").await.json(201);
    assert_eq!(mara.order(&number).await["cancel_offered"], false);
    assert_eq!(cancel(&mara, &number).await.problem(409), "partly_shipped");
    let parcel = parcels(&there, south).await.remove(0);
    ship(&there, south, &parcel, "2").await.json(201);
    assert_eq!(cancel(&mara, &number).await.problem(409), "already_shipped");
    assert_eq!(app.stock().await, (0, 2));

    let support = app.staff("support").await;
    let eve = app.shopper("eve").await;
    let refunded = eve.buy(&linen, 1).await;
    let path = format!("/api/v1/orders/{refunded}/refunds");
    support.post(&path, &json!({"reason": "Sorry."})).await.json(201);
    assert_eq!(cancel(&eve, &refunded).await.problem(409), "already_refunded");
    cancel(&mara, &refunded).await.problem(404);

    app.edit_content(south, cups.id, "voucher_valid_days", json!(90)).await;
    let vouchers = app.shopper("ida").await;
    let codes = vouchers.buy(&cups, 1).await;
    assert_eq!(cancel(&vouchers, &codes).await.problem(409), "vouchers_issued");
    app.run_jobs().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_that_was_refunded_is_not_refunded_again() {
    let app = TestApp::start().await;
    let north = app.provider("north").await;
    let sale = app.live_sale(north, Hosted).await;
    let (mara, support) = (app.shopper("mara").await, app.staff("support").await);
    let number = mara.buy(&sale, 2).await;
    let path = format!("/api/v1/orders/{number}/refunds");
    let part = json!({"reason": "A scratch.", "amount_minor": 1000});
    support.post(&path, &part).await.json(201);
    let order = cancel(&mara, &number).await.json(200);
    assert_eq!(order["refunded"], order["total"]);
    assert_eq!(order["refunds"][1]["amount"]["amount"], 2 * 4900 - 1000);
    assert_eq!(app.stock().await, (0, 0));
    app.run_jobs().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn either_it_is_shipped_or_it_is_cancelled() {
    let app = TestApp::start().await;
    let north = app.provider("north").await;
    let sale = app.live_sale(north, Hosted).await;
    let packer = app.member(north, "fulfilment").await;
    let (mut shipped, mut cancelled) = (0, 0);
    for round in 0..8 {
        let shopper = app.shopper(&format!("shopper{round}")).await;
        let number = shopper.buy(&sale, 1).await;
        let parcel = parcels(&packer, north).await.remove(0);
        assert_eq!(parcel["order_number"], number);
        let tracking = round.to_string();
        let (sent, withdrawn) =
            tokio::join!(ship(&packer, north, &parcel, &tracking), cancel(&shopper, &number));
        let order = shopper.order(&number).await;
        let state = order["parcels"][0]["state"].clone();
        if sent.status == 201 {
            shipped += 1;
            assert_eq!(withdrawn.problem(409), "already_shipped");
            assert_eq!((state, &order["refunds"]), (json!("shipped"), &json!([])));
        } else {
            cancelled += 1;
            assert_eq!(sent.problem(409), "parcel_cancelled");
            withdrawn.json(200);
            assert_eq!((state, &order["refunded"]), (json!("cancelled"), &order["total"]));
        }
    }
    assert_eq!(shipped + cancelled, 8);
    assert_eq!(app.stock().await, (0, shipped));
    app.run_jobs().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_presses_refund_once() {
    let app = TestApp::start().await;
    let sale = app.live_sale(app.provider("north").await, Hosted).await;
    let mara = app.shopper("mara").await;
    let number = mara.buy(&sale, 2).await;
    let answers = futures_util::future::join_all((0..5).map(|_| cancel(&mara, &number))).await;
    let done = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(done, 1);
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        assert_eq!(answer.problem(409), "order_cancelled");
    }
    let order = mara.order(&number).await;
    assert_eq!((order["refunds"].as_array().unwrap().len(), app.stock().await), (1, (0, 0)));
    let get = mara.send(mara.request(Method::GET, "/api/v1/me/orders")).await.json(200);
    assert_eq!(get["items"][0]["status"], "refunded");
    app.run_jobs().await;
}
