//! Vouchers: a code that only its buyer can read.

use serde_json::json;
use smp::sales::SaleMode;

use crate::support::stage::{Stage, texts};

#[tokio::test(flavor = "multi_thread")]
async fn a_voucher_is_a_code_that_only_its_buyer_reads() {
    let stage = Stage::set().await;
    let app = &stage.app;
    let sale = stage.live(&stage.voucher()).await;
    let mara = app.shopper("mara").await;
    mara.hold(&sale, 0, 2).await;
    let number = mara.place().await.json(201)["number"].as_str().unwrap().to_owned();
    assert!(mara.get("/checkout").await.expect(200).contains("Your details"));
    let path = format!("/api/v1/me/orders/{number}/vouchers");
    assert_eq!(
        mara.get(&path).await.json(200)["items"],
        json!([]),
        "nothing is issued before it is paid"
    );
    mara.pay(&number, crate::support::shop::APPROVE).await.json(201);

    let order = mara.order(&number).await;
    assert_eq!(
        (&order["state"], &order["parcels"][0]["state"]),
        (&json!("fulfilled"), &json!("delivered")),
        "nothing is to be sent"
    );
    assert_eq!(order["vouchers"].as_array().unwrap().len(), 2);
    let codes = mara.get(&path).await.json(200)["items"].as_array().unwrap().clone();
    let code = |nth: usize| codes[nth]["code"].as_str().unwrap().to_owned();
    assert!(
        codes.len() == 2
            && code(0) != code(1)
            && code(0).len() == 19
            && code(0).split('-').all(|group| group.len() == 4),
        "{codes:?}"
    );
    assert_eq!(app.told("voucher.issued").await.len(), 2);
    assert!(mara.get(&format!("/orders/{number}")).await.expect(200).contains(&code(1)));
    let emails = stage.emails("voucher_issued").await;
    assert!(
        emails.len() == 1 && texts(&emails).contains(&code(0)) && texts(&emails).contains(&code(1)),
        "{emails:?}"
    );

    // Nobody else: another shopper, the provider, SMP's team, the database, the log of events.
    app.shopper("elias").await.get(&path).await.problem(404);
    let support = app.staff("admin").await;
    support.get(&path).await.problem(404);
    let seen = [
        support.get(&format!("/api/v1/orders/{number}")).await.text,
        support.get("/api/v1/messages?limit=100").await.text,
        app.member(stage.tenant, "owner")
            .await
            .get(&format!("/api/v1/providers/{}/parcels", stage.tenant))
            .await
            .text,
        json!(app.query("SELECT to_jsonb(v) FROM vouchers v").await).to_string(),
        json!(app.query("SELECT to_jsonb(e) FROM events e").await).to_string(),
        json!(app.query("SELECT to_jsonb(a) FROM audit_log a").await).to_string(),
    ];
    let hex = |code: &str| hex::encode(code);
    for text in &seen {
        assert!(
            text.len() > 2 && !text.contains(&code(0)) && !text.contains(&hex(&code(0))),
            "{text}"
        );
    }
    let other = app.provider("loom").await;
    let mut tx = app.platform.db.tenant(other).await.unwrap();
    let rows: i64 =
        sqlx::query_scalar("SELECT count(*) FROM vouchers").fetch_one(&mut *tx).await.unwrap();
    drop(tx);
    assert_eq!(rows, 0, "another tenant does not even see that there are any");

    // A refund in part leaves them; the whole refund voids them.
    let refunds = format!("/api/v1/orders/{number}/refunds");
    support.post(&refunds, &json!({"reason": "A kindness", "amount_minor": 100})).await.json(201);
    assert_eq!(mara.order(&number).await["vouchers"][0]["state"], "issued");
    support.post(&refunds, &json!({"reason": "Cannot come"})).await.json(201);
    let order = mara.order(&number).await;
    assert_eq!(
        (
            &order["vouchers"][0]["state"],
            &order["vouchers"][1]["state"],
            &order["parcels"][0]["state"]
        ),
        (&json!("void"), &json!("void"), &json!("cancelled"))
    );
    assert_eq!((app.told("voucher.voided").await.len(), app.stock().await), (2, (0, 0)));
    assert!(mara.get(&format!("/orders/{number}")).await.text.contains("void: refunded"));
    app.run_jobs().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn vouchers_beside_goods_are_issued_while_the_goods_are_sent() {
    let stage = Stage::set().await;
    let app = &stage.app;
    let voucher = stage.live(&stage.voucher()).await;
    let goods = app.live_sale(stage.tenant, SaleMode::Hosted).await;
    let mara = app.shopper("mara").await;
    mara.hold(&voucher, 0, 1).await;
    mara.hold(&goods, 0, 1).await;
    let number = mara.place().await.json(201)["number"].as_str().unwrap().to_owned();
    mara.pay(&number, crate::support::shop::APPROVE).await.json(201);
    let order = mara.order(&number).await;
    assert_eq!(
        (&order["state"], &order["parcels"][0]["state"]),
        (&json!("confirmed"), &json!("to_ship"))
    );
    assert_eq!(order["vouchers"].as_array().unwrap().len(), 1);
    app.run_jobs().await;
}
