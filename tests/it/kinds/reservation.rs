//! Dated packages: each slot with a capacity of its own.

use serde_json::{Value, json};
use time::Duration;

use super::day;
use crate::support::stage::Stage;

#[tokio::test(flavor = "multi_thread")]
async fn a_reservation_sells_dates_each_with_its_own_capacity() {
    let stage = Stage::set().await;
    let app = &stage.app;
    let sale = stage.live(&stage.reservation(&[(5, 7, 4), (12, 14, 1)])).await;
    let shown = stage.shown(&sale.slug).await;
    assert_eq!(
        (&shown["items"][0]["available"], &shown["items"][1]["available"]),
        (&json!(4), &json!(1))
    );
    assert_eq!(shown["items"][1]["slot_starts_on"], day(stage.ends_at + Duration::days(12)));
    let page = app.anonymous().get(&format!("/sales/{}", sale.slug)).await;
    assert!(page.expect(200).contains("Choose your dates"));

    let (mara, elias) = (app.shopper("mara").await, app.shopper("elias").await);
    mara.hold(&sale, 1, 1).await;
    let body = json!({"sale_item_id": sale.items[1], "quantity": 1});
    assert_eq!(
        elias.post(&format!("/api/v1/sales/{}/holds", sale.slug), &body).await.json(202)["state"],
        "waiting"
    );
    elias.hold(&sale, 0, 1).await;
    let year = (stage.ends_at + Duration::days(14)).year().to_string();
    let dates = |text: &str| text.contains(" to ") && text.contains(&year);
    let cart = mara.get("/cart").await;
    assert!(dates(cart.expect(200)), "{}", cart.text);
    assert!(dates(mara.get("/checkout").await.expect(200)));
    let number = mara.place().await.json(201)["number"].as_str().unwrap().to_owned();
    mara.pay(&number, crate::support::shop::APPROVE).await.json(201);
    let line = mara.order(&number).await["parcels"][0]["lines"][0].clone();
    assert_eq!(
        (&line["slot_starts_on"], &line["slot_ends_on"]),
        (&shown["items"][1]["slot_starts_on"], &shown["items"][1]["slot_ends_on"])
    );
    let order = mara.order(&number).await;
    assert_eq!(
        (&order["status"], &order["parcels"][0]["status"]),
        (&json!("booked"), &json!("booked")),
        "a reservation is confirmed, and there is nothing to ship"
    );
    let order_page = mara.get(&format!("/orders/{number}")).await;
    assert!(dates(order_page.expect(200)));
    let parcels = app
        .member(stage.tenant, "fulfilment")
        .await
        .get(&format!("/api/v1/providers/{}/parcels", stage.tenant))
        .await
        .json(200);
    assert_eq!(parcels["items"][0]["lines"][0]["slot_starts_on"], line["slot_starts_on"]);
    let said = |emails: Vec<Value>| {
        !emails.is_empty() && emails.iter().all(|email| dates(email["text"].as_str().unwrap()))
    };
    assert!(
        said(stage.emails("order_confirmed").await)
            && said(stage.emails("provider_new_order").await)
    );
}
