//! Refunds: in full, in part, repeated, and beyond what was paid.

use reqwest::Method;
use serde_json::json;
use smp::sales::SaleMode::Hosted;

use crate::support::{TestApp, shop::APPROVE};

#[tokio::test(flavor = "multi_thread")]
async fn a_full_refund_returns_money_and_stock() {
    let app = TestApp::start().await;
    let (north, south) = (app.provider("north").await, app.provider("south").await);
    let (linen, cups) = (app.live_sale(north, Hosted).await, app.live_sale(south, Hosted).await);
    let mara = app.shopper("mara").await;
    mara.hold(&linen, 0, 2).await;
    mara.hold(&cups, 1, 1).await;
    let number = mara.place().await.json(201)["number"].as_str().unwrap().to_owned();
    mara.pay(&number, APPROVE).await.json(201);

    // One parcel is shipped already; the refund cancels the other.
    let packer = app.member(north, "fulfilment").await;
    let path = format!("/api/v1/providers/{north}/parcels");
    let parcel = packer.get(&path).await.json(200)["items"][0]["id"].as_str().unwrap().to_owned();
    packer
        .post(
            &format!("{path}/{parcel}/shipments"),
            &json!({"carrier": "DHL", "tracking_number": "1"}),
        )
        .await
        .json(201);

    let support = app.staff("support").await;
    let refund = support
        .post(&format!("/api/v1/orders/{number}/refunds"), &json!({"reason": "Broken on arrival"}))
        .await
        .json(201);
    assert_eq!(
        (&refund["state"], &refund["amount"]["amount"]),
        (&json!("succeeded"), &json!(2 * 4900 + 8900))
    );
    let order = mara.order(&number).await;
    assert_eq!((&order["state"], &order["refunded"]), (&json!("confirmed"), &order["total"]));
    assert_eq!(
        (&order["parcels"][0]["state"], &order["parcels"][1]["state"]),
        (&json!("shipped"), &json!("cancelled"))
    );
    assert_eq!(
        (&order["refunds"][0]["reason"], app.stock().await),
        (&json!("Broken on arrival"), (0, 2)),
        "what was shipped does not go back on sale by itself"
    );
    assert_eq!(order["status"], "refunded");
    assert_eq!(
        (&order["parcels"][0]["status"], &order["parcels"][1]["status"]),
        (&json!("shipped"), &json!("refunded"))
    );

    let told = app.told("refund.succeeded").await;
    assert_eq!(
        told.iter().map(|e| e["amount_minor"].as_i64().unwrap()).collect::<Vec<_>>(),
        [2 * 4900, 8900]
    );
    assert_eq!(
        told[0]["lines"],
        json!([{"sale_id": linen.id, "visit_id": null, "quantity": 2, "amount_minor": 9800}])
    );
    let again = support
        .post(&format!("/api/v1/orders/{number}/refunds"), &json!({"reason": "Again"}))
        .await;
    assert_eq!(again.problem(409), "already_refunded");
    let audit =
        app.query("SELECT to_jsonb(a) FROM audit_log a WHERE action = 'refund_create'").await;
    assert_eq!(audit.len(), 1);
    // The returned units can be bought again.
    mara.hold(&cups, 1, 1).await;
    app.run_jobs().await;
    let told = app
        .query("SELECT to_jsonb(template) FROM messages WHERE template LIKE 'provider_parcel_%'")
        .await;
    assert_eq!(told, [] as [serde_json::Value; 0], "nobody packs at these providers");
}

#[tokio::test(flavor = "multi_thread")]
async fn units_come_back_as_the_refund_says_and_its_note_stays_internal() {
    let app = TestApp::start().await;
    let north = app.provider("north").await;
    let sale = app.live_sale(north, Hosted).await;
    let (mara, support) = (app.shopper("mara").await, app.staff("support").await);
    let packer = app.member(north, "fulfilment").await;
    let refund = async |number: &str, body: serde_json::Value| {
        support.post(&format!("/api/v1/orders/{number}/refunds"), &body).await
    };

    // Never shipped, and the seller cannot sell it again.
    let kept = mara.buy(&sale, 1).await;
    let body = json!({"reason": "Sorry!", "note": "Kiln accident.", "restock": false});
    assert_eq!(refund(&kept, body).await.json(201)["note"], "Kiln accident.");
    assert_eq!(app.stock().await, (0, 1));
    let seen = mara.get(&format!("/api/v1/me/orders/{kept}")).await;
    assert!(!seen.text.contains("Kiln accident."), "{}", seen.text);
    assert!(seen.text.contains("Sorry!"));
    let staff = support.get(&format!("/api/v1/orders/{kept}")).await.json(200);
    assert_eq!(staff["refunds"][0]["note"], "Kiln accident.");
    app.run_jobs().await;
    let emails = app.query("SELECT to_jsonb(body_text) FROM messages").await;
    let all = serde_json::to_string(&emails).unwrap();
    assert!(all.contains("Sorry!") && !all.contains("Kiln accident."), "{all}");
    assert!(all.contains("Please do not ship it"), "{all}");

    // Shipped, and back in good order.
    let eve = app.shopper("eve").await;
    let returned = eve.buy(&sale, 1).await;
    let path = format!("/api/v1/providers/{north}/parcels");
    let parcel = packer.get(&path).await.json(200)["items"][0]["id"].as_str().unwrap().to_owned();
    let shipped = json!({"carrier": "DHL", "tracking_number": "1"});
    packer.post(&format!("{path}/{parcel}/shipments"), &shipped).await.json(201);
    let partial = json!({"reason": "x", "amount_minor": 100, "restock": true});
    assert_eq!(refund(&returned, partial).await.wrong_fields(), ["restock"]);
    refund(&returned, json!({"reason": "It came back.", "restock": true})).await.json(201);
    assert_eq!(app.stock().await, (0, 1));
    app.run_jobs().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn partial_refunds_never_exceed_what_was_paid() {
    let app = TestApp::start().await;
    let sale = app.live_sale(app.provider("north").await, Hosted).await;
    let mara = app.shopper("mara").await;
    mara.hold(&sale, 0, 1).await;
    mara.hold(&sale, 1, 1).await;
    let number = mara.place().await.json(201)["number"].as_str().unwrap().to_owned();
    let finance = app.staff("finance").await;
    let path = format!("/api/v1/orders/{number}/refunds");
    assert_eq!(finance.post(&path, &json!({"reason": "Early"})).await.problem(409), "not_paid");
    mara.pay(&number, APPROVE).await.json(201);

    assert_eq!(
        finance.post(&path, &json!({"reason": " ", "amount_minor": 0})).await.wrong_fields(),
        ["reason", "amount_minor"]
    );
    assert_eq!(
        finance
            .post(&path, &json!({"reason": "Too much", "amount_minor": 13_801}))
            .await
            .wrong_fields(),
        ["amount_minor"]
    );
    finance.post(&path, &json!({"reason": "A scratch", "amount_minor": 1000})).await.json(201);
    let first = &app.told("refund.succeeded").await[0];
    assert_eq!(
        first["lines"]
            .as_array()
            .unwrap()
            .iter()
            .map(|l| l["quantity"].as_i64().unwrap())
            .sum::<i64>(),
        0
    );
    assert_eq!(
        (app.stock().await, mara.order(&number).await["refunded"]["amount"].clone()),
        ((0, 2), json!(1000))
    );
    assert_eq!(
        finance
            .post(&path, &json!({"reason": "Too much", "amount_minor": 13_000}))
            .await
            .wrong_fields(),
        ["amount_minor"]
    );

    // Of concurrent refunds of all that is left, one succeeds.
    let rest = json!({"reason": "The rest", "amount_minor": 12_800});
    let answers = futures_util::future::join_all((0..5).map(|_| finance.post(&path, &rest))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
    let order = mara.order(&number).await;
    assert_eq!((&order["refunded"], app.stock().await), (&order["total"], (0, 0)));
    let told = app.told("refund.succeeded").await;
    let shares: i64 = told
        .iter()
        .flat_map(|e| e["lines"].as_array().unwrap())
        .map(|l| l["amount_minor"].as_i64().unwrap())
        .sum();
    assert_eq!(shares, 13_800);
    app.run_jobs().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_refunds_once() {
    let app = TestApp::start().await;
    let sale = app.live_sale(app.provider("north").await, Hosted).await;
    let number = app.shopper("mara").await.buy(&sale, 1).await;
    let support = app.staff("support").await;
    let ask = |key: &'static str, amount: i64| {
        let request = support
            .request(Method::POST, &format!("/api/v1/orders/{number}/refunds"))
            .header("Idempotency-Key", key);
        support.send(request.json(&json!({"reason": "A scratch", "amount_minor": amount})))
    };
    let first = ask("one", 500).await.json(201);
    assert_eq!(ask("one", 500).await.json(201), first);
    assert_eq!(ask("one", 600).await.problem(409), "key_reused");
    assert_ne!(ask("two", 500).await.json(201)["id"], first["id"]);
    assert_eq!(
        support.get(&format!("/api/v1/orders/{number}")).await.json(200)["refunded"]["amount"],
        1000
    );
    app.staff("marketing")
        .await
        .post(&format!("/api/v1/orders/{number}/refunds"), &json!({"reason": "x"}))
        .await
        .problem(403);
    support.post("/api/v1/orders/SMP-1/refunds", &json!({"reason": "x"})).await.problem(404);
}
