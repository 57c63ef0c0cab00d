//! What a provider reports is kept as it was received, and the order it comes in does not matter.

use serde_json::{Value, json};
use smp::sales::SaleMode::Redirect;
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

use super::{Cart, click, purchase, token};
use crate::support::{Client, TestApp};

fn at(time: OffsetDateTime) -> String {
    time.format(&Rfc3339).unwrap()
}

/// The reports of a provider, newest first.
async fn reports(owner: &Client, tenant: smp::kernel::TenantId, query: &str) -> Vec<Value> {
    let path = format!("/api/v1/providers/{tenant}/reports{query}");
    owner.get(&path).await.json(200)["items"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_in_any_order_end_in_the_same_state() {
    let app = TestApp::start().await;
    let north = app.provider("north").await;
    let sale = app.live_sale(north, Redirect).await;
    let (cart, mara) = (Cart::of(&app, north).await, app.shopper("mara").await);
    let now = app.platform.clock.now();
    let orders = [[0, 1, 2, 3, 4], [4, 3, 2, 1, 0], [2, 0, 4, 1, 3], [3, 1, 4, 0, 2]];
    let mut ends = vec![];
    for (nth, order) in orders.iter().enumerate() {
        let token = token(&mara, &sale).await;
        let reference = format!("O-{nth}");
        let mut bought = purchase(&token, &reference);
        bought["quantity"] = json!(2);
        bought["amount_minor"] = json!(9801);
        let all = [
            ("purchases", bought),
            (
                "updates",
                json!({"reference": reference, "update_reference": "u1", "occurred_at": at(now), "tracking_url": "https://cart.example/t/2", "confirmed": true, "confirmation_number": "B1"}),
            ),
            (
                "updates",
                json!({"reference": reference, "update_reference": "u2", "occurred_at": at(now + Duration::hours(1)), "tracking_url": "https://cart.example/t/3", "ships_on": "2027-03-01", "code": "HELLO-1"}),
            ),
            (
                "reversals",
                json!({"reference": reference, "reversal_reference": "r1", "quantity": 1, "reason": "One too many"}),
            ),
            (
                "reversals",
                json!({"reference": reference, "reversal_reference": "r2", "amount_minor": 100, "reason": "A scratch"}),
            ),
        ];
        for index in order.iter().chain(order) {
            let (what, body) = &all[*index];
            let answer = cart.report(what, body).await;
            assert!(answer.status.is_success(), "{}", answer.text);
        }
        let list = app
            .member(north, "analyst")
            .await
            .get(&format!("/api/v1/providers/{north}/conversions?limit=1"))
            .await
            .json(200);
        let mut end = list["items"][0].clone();
        for field in ["id", "reference", "reported_at", "reversed_at"] {
            end.as_object_mut().unwrap().remove(field);
        }
        ends.push(end);
    }
    assert_eq!(
        (&ends[0]["state"], &ends[0]["reversed_quantity"], &ends[0]["reversed"]["amount"]),
        (&json!("partly_reversed"), &json!(1), &json!(5000))
    );
    assert_eq!(
        (&ends[0]["tracking_url"], &ends[0]["ships_on"], &ends[0]["confirmation_number"]),
        (&json!("https://cart.example/t/3"), &json!("2027-03-01"), &json!("B1"))
    );
    for end in &ends {
        assert_eq!(end, &ends[0]);
    }
    let owner = app.member(north, "owner").await;
    let kept = reports(&owner, north, "?reference=O-1").await;
    assert_eq!(kept.len(), 5, "each report is kept once");
    assert!(kept.iter().all(|of| of["received"] == 2 && of["standing"] == "matched"), "{kept:?}");
    assert!(!kept.iter().any(|of| of.to_string().contains("HELLO-1")), "a code stays sealed");
    assert_eq!(app.told("conversion.reported").await.len(), 4);
    let given_back: i64 = app
        .told("conversion.reversed")
        .await
        .iter()
        .map(|event| event["amount_minor"].as_i64().unwrap())
        .sum();
    assert_eq!(given_back, 4 * 5000, "each part is told of once");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_is_kept_with_the_reason() {
    let app = TestApp::start().await;
    let (north, south) = (app.provider("north").await, app.provider("south").await);
    let sale = app.live_sale(north, Redirect).await;
    let (cart, thief) = (Cart::of(&app, north).await, Cart::of(&app, south).await);
    let token = token(&app.anonymous(), &sale).await;

    let foreign = thief.report("purchases", &purchase(&token, "T-1")).await;
    assert!(foreign.text.contains("another provider"), "{}", foreign.text);
    let forged = cart.report("purchases", &purchase("noise.noise", "T-1")).await;
    assert!(forged.text.contains("Is not a click token that SMP signed"), "{}", forged.text);
    let mut other_item = purchase(&token, "T-2");
    other_item["item"] = json!(sale.items[1]);
    assert_eq!(cart.report("purchases", &other_item).await.wrong_fields(), ["item"]);
    for (days, field) in [(-1, "purchased_at"), (2, "purchased_at")] {
        let mut body = purchase(&token, "T-3");
        body["purchased_at"] = json!(at(app.platform.clock.now() + Duration::days(days)));
        assert_eq!(cart.report("purchases", &body).await.wrong_fields(), [field]);
    }
    app.platform.clock.advance(Duration::days(31));
    let stale = cart.report("purchases", &purchase(&token, "T-4")).await;
    assert!(stale.text.contains("older than 30 days"), "{}", stale.text);
    assert_eq!(stale.wrong_fields(), ["click_token"]);
    let mut late = purchase(&token, "T-4");
    late["purchased_at"] = json!(at(app.platform.clock.now() - Duration::days(30)));
    cart.report("purchases", &late).await.json(201);

    for (body, field) in [
        (
            json!({"reference": "T-4", "reason": "x", "quantity": 2, "reversal_reference": "r"}),
            "quantity",
        ),
        (
            json!({"reference": "T-4", "reason": "x", "amount_minor": 4901, "reversal_reference": "r"}),
            "amount_minor",
        ),
        (json!({"reference": "T-4", "reason": "x", "quantity": 1}), "reversal_reference"),
        (json!({"reference": "T-4", "reason": " "}), "reason"),
    ] {
        assert_eq!(cart.report("reversals", &body).await.wrong_fields(), [field], "{body}");
    }
    let update = json!({"reference": "T-4", "update_reference": "u", "occurred_at": at(app.platform.clock.now())});
    assert_eq!(cart.report("updates", &update).await.wrong_fields(), ["update"]);
    let mut confirms = update.clone();
    confirms["confirmed"] = json!(true);
    cart.report("updates", &confirms).await.json(200);
    confirms["confirmation_number"] = json!("B-2");
    let differs = cart.report("updates", &confirms).await;
    assert_eq!(differs.problem(409), "reference_used");
    assert!(differs.text.contains("confirmation_number"), "{}", differs.text);

    let owner = app.member(north, "owner").await;
    let unmatched = reports(&owner, north, "?standing=unmatched&limit=100").await;
    assert_eq!(unmatched.len(), 11, "{unmatched:?}");
    assert!(unmatched.iter().all(|of| of["problem"].as_str().unwrap().len() > 10));
    let of_south = reports(&app.member(south, "owner").await, south, "").await;
    assert_eq!((of_south.len(), &of_south[0]["fields"]["amount_minor"]), (1, &json!(4900)));
    app.member(south, "owner")
        .await
        .get(&format!("/api/v1/providers/{north}/reports"))
        .await
        .problem(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pixel_counts_once_its_provider_confirms_it() {
    let app = TestApp::start().await;
    let north = app.provider("north").await;
    let sale = app.live_sale(north, Redirect).await;
    let (owner, mara) = (app.member(north, "owner").await, app.shopper("mara").await);
    let path = format!("/api/v1/providers/{north}");
    let pixel = owner.get(&format!("{path}/integration")).await.json(200)["pixel_url"].clone();
    let pixel = url::Url::parse(pixel.as_str().unwrap()).unwrap().path().to_owned();
    let token = token(&mara, &sale).await;
    for query in [
        format!("?click={token}&reference=P-1&quantity=1&amount=4900&currency=EUR"),
        "?click=noise&reference=P-2&quantity=1&amount=4900&currency=EUR".to_owned(),
        "?quantity=x".to_owned(),
        String::new(),
    ] {
        let image = app.anonymous().get(&format!("{pixel}{query}")).await;
        image.expect(200);
        assert_eq!(image.headers["content-type"], "image/gif");
    }
    app.anonymous().get("/pixel/noise.gif?click=x").await.expect(200);
    let kept = reports(&owner, north, "").await;
    assert_eq!(kept.len(), 4, "{kept:?}");
    assert!(kept.iter().all(|of| of["channel"] == "pixel"));
    assert_eq!(kept.iter().filter(|of| of["standing"] == "matched").count(), 1);

    assert!(app.told("conversion.reported").await.is_empty(), "it counts nowhere yet");
    let list = owner.get(&format!("{path}/conversions")).await.json(200);
    let first = &list["items"][0];
    assert_eq!((&first["state"], &first["channel"]), (&json!("unconfirmed"), &json!("pixel")));
    let mine = mara.get("/account").await;
    assert!(mine.expect(200).contains("Not confirmed by the seller yet"));
    let confirm = format!("{path}/conversions/{}/confirm", first["id"].as_str().unwrap());
    app.member(north, "analyst").await.post(&confirm, &Value::Null).await.problem(403);
    for _ in 0..2 {
        let confirmed = owner.post(&confirm, &Value::Null).await.json(200);
        assert_eq!(confirmed["state"], "confirmed");
    }
    assert_eq!(app.told("conversion.reported").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_click_of_the_provider_itself_counts_nowhere() {
    let app = TestApp::start().await;
    let north = app.provider("north").await;
    let sale = app.live_sale(north, Redirect).await;
    let (owner, cart) = (app.member(north, "owner").await, Cart::of(&app, north).await);
    let path = format!("/api/v1/providers/{north}");
    let made =
        owner.post(&format!("{path}/test-clicks"), &json!({"sale_id": sale.id})).await.json(201);
    assert!(made["url"].as_str().unwrap().starts_with("https://cart.example/buy?click_token="));
    let body = purchase(made["click_token"].as_str().unwrap(), "TEST-1");
    assert_eq!(cart.report("purchases", &body).await.json(201)["test"], true);
    let reversal = json!({"reference": "TEST-1", "reason": "Tried it"});
    cart.report("reversals", &reversal).await.json(200);
    let kept = reports(&owner, north, "").await;
    assert!(kept.len() == 2 && kept.iter().all(|of| of["test"] == true), "{kept:?}");
    for kind in ["click_out.created", "conversion.reported", "conversion.reversed"] {
        assert!(app.told(kind).await.is_empty(), "{kind}");
    }
    let hosted = app.live_sale(app.provider("south").await, smp::sales::SaleMode::Hosted).await;
    let foreign = json!({"sale_id": hosted.id});
    owner.post(&format!("{path}/test-clicks"), &foreign).await.problem(404);
    click(&app.anonymous(), &sale, 0, 1).await.json(201);
}
