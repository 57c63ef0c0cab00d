//! Made-to-order sales: the promised date, and the refund when it is missed.

use serde_json::{Value, json};
use smp::{orders, sales::SaleMode};
use time::{Duration, OffsetDateTime};

use crate::support::{
    Client,
    stage::{Stage, at, texts},
};

#[tokio::test(flavor = "multi_thread")]
async fn an_aggregated_sale_promises_a_date_and_offers_a_refund_when_it_is_missed() {
    let stage = Stage::set().await;
    let app = &stage.app;
    let sale = stage.live(&stage.aggregated()).await;
    let packer = app.member(stage.tenant, "fulfilment").await;
    let promised = stage.ends_at + Duration::days(7);
    let shown = stage.shown(&sale.slug).await;
    assert_eq!(
        (&shown["kind"], &shown["target_quantity"], &shown["ordered_quantity"]),
        (&json!("aggregated"), &json!(10), &json!(0))
    );
    assert_eq!(shown["promised_ship_by"], at(promised));
    let page = app.anonymous().get(&format!("/sales/{}", sale.slug)).await;
    assert!(
        page.expect(200).contains("<strong>0 of 10</strong> ordered so far")
            && page.text.contains("Ships 3 to 7 days"),
        "{}",
        page.text
    );

    let (mara, elias) = (app.shopper("mara").await, app.shopper("elias").await);
    let (late, sent) = (mara.buy(&sale, 2).await, elias.buy(&sale, 1).await);
    assert_eq!(stage.shown(&sale.slug).await["ordered_quantity"], 3);
    app.platform
        .broker
        .publish(smp::platform::broker::Notice::SaleChanged { slug: sale.slug.clone() })
        .await;
    tokio::time::sleep(std::time::Duration::from_millis(600)).await;
    assert!(
        app.anonymous()
            .get(&format!("/sales/{}", sale.slug))
            .await
            .text
            .contains("<strong>3 of 10</strong>")
    );
    let order = mara.order(&late).await;
    let parcel = &order["parcels"][0];
    promised_date_is_told(&stage, &mara, &late, parcel, promised).await;
    let parcels = format!("/api/v1/providers/{}/parcels", stage.tenant);
    let list = packer.get(&parcels).await.json(200);
    assert!(
        list["items"]
            .as_array()
            .unwrap()
            .iter()
            .all(|parcel| parcel["promised_ship_by"] == at(promised))
    );

    // Before its time nothing is missed, and what was sent is never missed.
    let refund =
        format!("/api/v1/me/orders/{late}/parcels/{}/refund", parcel["id"].as_str().unwrap());
    assert_eq!(orders::flag_missed_promises(&app.platform).await.unwrap(), 0);
    assert_eq!(mara.post(&refund, &json!({})).await.problem(409), "promise_not_missed");
    let of = |number: &str| {
        list["items"]
            .as_array()
            .unwrap()
            .iter()
            .find(|parcel| parcel["order_number"] == number)
            .unwrap()["id"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    packer
        .post(
            &format!("{parcels}/{}/shipments", of(&sent)),
            &json!({"carrier": "DHL", "tracking_number": "1"}),
        )
        .await
        .json(201);
    app.platform.clock.advance(promised - app.platform.clock.now() + Duration::seconds(1));
    // However many nodes look, each parcel is told of once.
    let found =
        futures_util::future::join_all((0..4).map(|_| orders::flag_missed_promises(&app.platform)))
            .await;
    assert_eq!(found.into_iter().map(Result::unwrap).sum::<u64>(), 1);
    assert_eq!(orders::flag_missed_promises(&app.platform).await.unwrap(), 0);
    let told = app.told("parcel.promise_missed").await;
    assert_eq!((told.len(), &told[0]["order_number"]), (1, &json!(late)));
    let emails = stage.emails("promise_missed").await;
    assert!(
        emails.len() == 1
            && emails[0]["to"].as_str().unwrap().starts_with("mara")
            && texts(&emails).contains("Get a refund"),
        "{emails:?}"
    );
    assert!(
        !packer.get(&format!("{parcels}/{}", of(&late))).await.json(200)["promise_missed_at"]
            .is_null()
    );

    get_the_refund(&stage, [&mara, &elias], &packer, &late, parcel, &of(&late)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_of_one_parcel_leaves_the_rest_of_its_order_alone() {
    let stage = Stage::set().await;
    let app = &stage.app;
    let made = stage.live(&stage.aggregated()).await;
    let other = app.live_sale(app.provider("north").await, SaleMode::Hosted).await;
    let mara = app.shopper("mara").await;
    mara.hold(&made, 0, 2).await;
    mara.hold(&other, 1, 1).await;
    let number = mara.place().await.json(201)["number"].as_str().unwrap().to_owned();
    mara.pay(&number, crate::support::shop::APPROVE).await.json(201);
    let order = mara.order(&number).await;
    let parcel = |order: &Value, promised: bool| {
        order["parcels"]
            .as_array()
            .unwrap()
            .iter()
            .find(|p| p["promised_ship_by"].is_string() == promised)
            .unwrap()
            .clone()
    };
    let support = app.staff("support").await;
    support
        .post(
            &format!("/api/v1/orders/{number}/refunds"),
            &json!({"reason": "A scratch", "amount_minor": 1870}),
        )
        .await
        .json(201);

    app.platform.clock.advance(Duration::days(9));
    assert_eq!(orders::flag_missed_promises(&app.platform).await.unwrap(), 1);
    let id = parcel(&order, true)["id"].as_str().unwrap().to_owned();
    let after = mara
        .post(&format!("/api/v1/me/orders/{number}/parcels/{id}/refund"), &json!({}))
        .await
        .json(200);
    // Of 187.00 in all, a tenth was back already: of the parcel's 98.00, 9.80.
    assert_eq!(after["refunds"][1]["amount"]["amount"], 9800 - 980);
    assert_eq!(
        (&parcel(&after, true)["state"], &parcel(&after, false)["state"]),
        (&json!("cancelled"), &json!("to_ship"))
    );
    assert_eq!(app.stock().await, (0, 1), "its units are back, the other's are not");
    let told = app.told("refund.succeeded").await;
    let last = told.last().unwrap();
    assert_eq!(
        (
            &last["parcel_id"],
            &last["lines"][0]["quantity"],
            last["lines"].as_array().unwrap().len()
        ),
        (&json!(id), &json!(2), 1)
    );
    // The rest goes back in the ordinary way, and takes nothing twice.
    support
        .post(&format!("/api/v1/orders/{number}/refunds"), &json!({"reason": "The rest"}))
        .await
        .json(201);
    let order = mara.order(&number).await;
    assert_eq!((&order["refunded"], app.stock().await), (&order["total"], (0, 0)));
    app.run_jobs().await;
}

async fn promised_date_is_told(
    stage: &Stage,
    shopper: &Client,
    number: &str,
    parcel: &Value,
    promised: OffsetDateTime,
) {
    assert_eq!(
        (&parcel["promised_ship_by"], &parcel["refund_offered"]),
        (&json!(at(promised)), &json!(false))
    );
    assert!(shopper.get(&format!("/orders/{number}")).await.text.contains("Ships by"));
    assert!(texts(&stage.emails("order_confirmed").await).contains("ships by"));
    assert!(texts(&stage.emails("provider_new_order").await).contains("Promised to ship by"));
}

/// The shopper may wait, and may take the money later; others may not.
async fn get_the_refund(
    stage: &Stage,
    [mara, elias]: [&Client; 2],
    packer: &Client,
    late: &str,
    parcel: &Value,
    parcel_of_provider: &str,
) {
    let parcel_id = parcel["id"].as_str().unwrap();
    let refund = format!("/api/v1/me/orders/{late}/parcels/{parcel_id}/refund");
    let page = mara.get(&format!("/orders/{late}")).await;
    assert!(page.expect(200).contains("Not shipped on time") && page.text.contains("Get a refund"));
    elias.post(&refund, &json!({})).await.problem(404);
    let action = format!("/orders/{late}/parcels/{parcel_id}/refund");
    assert_eq!(mara.get(&action).await.location(), format!("/orders/{late}"));
    assert_eq!(mara.form(&action, &[]).await.location(), format!("/orders/{late}"));
    let order = mara.order(late).await;
    assert_eq!(
        (&order["refunded"], &order["parcels"][0]["state"]),
        (&order["total"], &json!("cancelled"))
    );
    assert_eq!(
        (&order["refunds"][0]["parcel_id"], &order["parcels"][0]["refund_offered"]),
        (&parcel["id"], &json!(false))
    );
    let again = mara.post(&refund, &json!({})).await.json(200);
    assert_eq!(again["refunds"].as_array().unwrap().len(), 1, "asked again, it is the same refund");
    assert_eq!(stage.app.stock().await, (0, 1));
    assert!(mara.get(&format!("/orders/{late}")).await.text.contains("Your refund is on its way"));
    assert_eq!(stage.emails("refunded").await.len(), 1);
    packer
        .post(
            &format!("/api/v1/providers/{}/parcels/{parcel_of_provider}/shipments", stage.tenant),
            &json!({"carrier": "DHL", "tracking_number": "2"}),
        )
        .await
        .problem(409);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sale_below_its_target_refunds_everyone_once_if_it_said_so() {
    let stage = Stage::set().await;
    let app = &stage.app;
    let refund = json!({"when_target_missed": "refund"});
    assert_eq!(stage.refused(&stage.with(&refund)).await, ["when_target_missed"]);
    let mut input = stage.aggregated(); // 10 is its target
    input["when_target_missed"] = json!("refund");
    let sale = stage.live(&input).await;
    let page = app.anonymous().get(&format!("/sales/{}", sale.slug)).await;
    assert!(page.expect(200).contains("you get your money back"), "{}", page.text);
    let mara = app.shopper("mara").await;
    let number = mara.buy(&sale, 2).await;
    app.run_jobs().await;
    let check = async || {
        smp::sales::check_targets(&app.platform).await.unwrap();
        app.run_jobs().await;
        app.told("sale.target_missed").await.len()
    };
    assert_eq!(check().await, 0, "it has not ended");

    stage.advance(stage.ends_at - app.platform.clock.now() + Duration::hours(2));
    assert_eq!((check().await, check().await), (1, 1));
    let order = mara.order(&number).await;
    assert_eq!((&order["refunded"], &order["status"]), (&order["total"], &json!("refunded")));
    assert_eq!(order["refunds"][0]["reason"], "The sale did not reach its target.");
    assert_eq!(order["refunds"].as_array().unwrap().len(), 1);
    assert_eq!(order["parcels"][0]["state"], "cancelled");
    assert_eq!(stage.emails("refunded").await.len(), 1);
}
