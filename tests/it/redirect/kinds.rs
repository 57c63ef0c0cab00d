//! All four kinds in a provider's own cart: a honeymoon reservation from the click to its half
//! cancellation, a voucher whose code comes later, a made-to-order sale.

use serde_json::{Value, json};
use smp::sales::SaleMode::Redirect;
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

use super::{Cart, click, purchase};
use crate::support::{Client, sales::LiveSale, stage::Stage};

fn at(time: OffsetDateTime) -> String {
    time.format(&Rfc3339).unwrap()
}

fn day(time: OffsetDateTime) -> String {
    at(time.to_offset(time::UtcOffset::UTC))[..10].to_owned()
}

/// The stage's sale in the provider's own cart.
fn in_own_cart(stage: &Stage, changes: &Value) -> Value {
    let mut input = stage.with(changes);
    input["mode"] = json!(<&str>::from(Redirect));
    input["redirect_url"] = json!("https://cart.example/buy");
    input
}

async fn token_for(shopper: &Client, sale: &LiveSale, quantity: i32) -> String {
    let url: url::Url =
        click(shopper, sale, 0, quantity).await.json(201)["url"].as_str().unwrap().parse().unwrap();
    url.query_pairs().find(|(name, _)| name == "click_token").unwrap().1.into_owned()
}

fn text_of(page: &str) -> String {
    page.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_honeymoon_is_reserved_confirmed_later_and_half_cancelled() {
    let stage = Stage::set().await;
    let (app, tenant) = (&stage.app, stage.tenant);
    let mut package = stage.input["items"][0].clone();
    package["slot_starts_on"] = json!(day(stage.ends_at + Duration::days(60)));
    package["slot_ends_on"] = json!(day(stage.ends_at + Duration::days(67)));
    package["capacity"] = json!(10);
    let input = in_own_cart(&stage, &json!({"kind": "reservation", "items": [package]}));
    let sale = stage.live(&input).await;
    let (cart, mara) = (Cart::of(app, tenant).await, app.shopper("mara").await);
    let owner = app.member(tenant, "owner").await;
    let page = mara.get(&format!("/sales/{}", sale.slug)).await;
    let page = text_of(page.expect(200));
    assert!(page.contains("Reserve at ") && page.contains("confirms the reservation"), "{page}");
    assert!(!page.contains("Buy at ") && !page.contains("ships and is responsible"), "{page}");

    // Two places, in the provider's own cart.
    let token = token_for(&mara, &sale, 2).await;
    let mut body = purchase(&token, "B539023-1207");
    body["quantity"] = json!(2);
    body["amount_minor"] = json!(9800);
    body.as_object_mut().unwrap().remove("tracking_url");
    cart.report("purchases", &body).await.json(201);
    let account = async || text_of(mara.get("/account").await.expect(200));
    let page = account().await;
    assert!(page.contains("Reservation:") && page.contains("Reported"), "{page}");

    // Confirmed two days later, with a link.
    stage.advance(Duration::days(2));
    let update = json!({
        "reference": "B539023-1207", "update_reference": "confirmation",
        "occurred_at": at(app.platform.clock.now()), "confirmed": true,
        "confirmation_number": "A400921-8765", "tracking_url": "https://cart.example/r/1207",
    });
    cart.report("updates", &update).await.json(200);
    let page = account().await;
    assert!(page.contains("Confirmed ") && page.contains("A400921-8765"), "{page}");
    assert!(page.contains("https://cart.example/r/1207") && page.contains("See it at"), "{page}");

    // Half of it is cancelled.
    let half = json!({
        "reference": "B539023-1207", "reversal_reference": "one place", "quantity": 1,
        "reason": "One of two places cancelled",
    });
    cart.report("reversals", &half).await.json(200);
    cart.report("reversals", &half).await.json(200);
    let page = account().await;
    assert!(page.contains("Partly cancelled") && page.contains("One of two places"), "{page}");
    let mine = mara.get("/api/v1/me/conversions").await.json(200)["items"][0].clone();
    assert_eq!(
        (&mine["kind"], &mine["state"], &mine["slot_starts_on"]),
        (
            &json!("reservation"),
            &json!("partly_reversed"),
            &json!(day(stage.ends_at + Duration::days(60)))
        )
    );

    // The provider's list, the statistics and the counter of the proof agree.
    let list = owner.get(&format!("/api/v1/providers/{tenant}/conversions")).await.json(200);
    let row = &list["items"][0];
    assert_eq!(
        (&row["state"], &row["reversed_quantity"], &row["reversed"]["amount"]),
        (&json!("partly_reversed"), &json!(1), &json!(4900))
    );
    app.run_jobs().await;
    let path = format!("/api/v1/providers/{tenant}/sales/{}", sale.id);
    let figures = owner.get(&format!("{path}/statistics")).await.json(200)["totals"].clone();
    assert_eq!((&figures["purchases"], &figures["units"]), (&json!(1), &json!(1)), "{figures}");
    assert_eq!(
        figures["revenue"]["reported"],
        json!([{"amount": 4900, "currency": "EUR"}]),
        "{figures}"
    );
    assert_eq!(owner.get(&path).await.json(200)["items"][0]["reported_quantity"], 1);

    // The shopper was told of each step, as of a reservation.
    let emails = stage.emails("purchase_news").await;
    assert_eq!(emails.len(), 3, "{emails:?}");
    let texts: Vec<String> =
        emails.iter().map(|email| text_of(email["text"].as_str().unwrap())).collect();
    for words in [
        "has reported your reservation",
        "has confirmed your reservation",
        "a part of your reservation was cancelled",
    ] {
        assert!(texts.iter().any(|text| text.contains(words)), "{words}: {texts:?}");
    }
    let rest = json!({"reference": "B539023-1207", "reason": "Cancelled"});
    assert_eq!(cart.report("reversals", &rest).await.json(200)["state"], "reversed");
    app.run_jobs().await;
    let figures = owner.get(&format!("{path}/statistics")).await.json(200)["totals"].clone();
    assert_eq!((&figures["purchases"], &figures["units"]), (&json!(0), &json!(0)), "{figures}");
    assert_eq!(owner.get(&path).await.json(200)["items"][0]["reported_quantity"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_voucher_s_code_comes_later_and_only_the_shopper_sees_it() {
    let stage = Stage::set().await;
    let (app, tenant) = (&stage.app, stage.tenant);
    let input = in_own_cart(&stage, &json!({"kind": "voucher", "voucher_valid_days": 365}));
    let sale = stage.live(&input).await;
    let (cart, mara) = (Cart::of(app, tenant).await, app.shopper("mara").await);
    let page = mara.get(&format!("/sales/{}", sale.slug)).await;
    let page = text_of(page.expect(200));
    assert!(page.contains("Buy voucher at ") && page.contains("issues the code"), "{page}");
    let token = token_for(&mara, &sale, 1).await;
    cart.report("purchases", &purchase(&token, "V-1")).await.json(201);
    let update = json!({
        "reference": "V-1", "update_reference": "code",
        "occurred_at": at(app.platform.clock.now()), "code": "GLOW-7714",
    });
    let answer = cart.report("updates", &update).await;
    assert_eq!(answer.json(200)["has_code"], true);
    assert!(!answer.text.contains("GLOW-7714"), "{}", answer.text);
    cart.report("updates", &update).await.json(200);
    let account = mara.get("/account").await;
    assert!(account.expect(200).contains("GLOW-7714"));
    let emails = stage.emails("purchase_code").await;
    assert_eq!(emails.len(), 1);
    assert!(emails[0].to_string().contains("GLOW-7714"), "{emails:?}");
    let news = stage.emails("purchase_news").await;
    assert!(!news.is_empty() && !json!(news).to_string().contains("GLOW-7714"), "{news:?}");
    let stored = app
        .query(
            "SELECT to_jsonb(count(*)) FROM (
            SELECT 1 FROM reports WHERE fields::text LIKE '%GLOW%'
            UNION ALL SELECT 1 FROM events WHERE payload::text LIKE '%GLOW%'
            UNION ALL SELECT 1 FROM audit_log WHERE details::text LIKE '%GLOW%') found",
        )
        .await;
    assert_eq!(stored, [json!(0)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_made_to_order_sale_says_who_ships_by_when() {
    let stage = Stage::set().await;
    let input = in_own_cart(
        &stage,
        &json!({
            "kind": "aggregated", "target_quantity": 10, "ship_min_days": 28, "ship_max_days": 42,
        }),
    );
    let sale = stage.live(&input).await;
    let shown = stage.shown(&sale.slug).await;
    assert_eq!(
        (&shown["kind"], &shown["target_quantity"], &shown["ordered_quantity"]),
        (&json!("aggregated"), &json!(10), &Value::Null)
    );
    let page = stage.app.anonymous().get(&format!("/sales/{}", sale.slug)).await;
    let page = text_of(page.expect(200));
    assert!(
        page.contains("4 to 6 weeks") && page.contains("is responsible for that date"),
        "{page}"
    );
    assert!(!page.contains("ordered so far") && !page.contains("choose a refund"), "{page}");
}
