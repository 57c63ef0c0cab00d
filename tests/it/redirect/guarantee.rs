//! Reported purchases count against what a provider guarantees.

use serde_json::{Value, json};
use smp::sales::SaleMode::Redirect;
use time::Duration;

use super::{Cart, click, purchase};
use crate::support::{
    Client, TestApp,
    sales::{EVIDENCE, LiveSale, decide, plain_offer, sale_input, sale_path, submit},
};

/// A live sale of ten guaranteed units of its first item, that sells out at its guarantee if
/// `sells_out`.
async fn guaranteed(app: &TestApp, tenant: smp::kernel::TenantId, sells_out: bool) -> LiveSale {
    let now = app.platform.clock.now();
    app.platform.clock.advance(Duration::hours(-2));
    let (editor, manager) = (app.member(tenant, "editor").await, app.staff("manager").await);
    let offer = plain_offer(&editor, tenant).await;
    let (from, until) = (now - Duration::hours(1), now + Duration::days(1));
    let mut input = sale_input(&offer, Redirect, from, until);
    input["items"] = json!([{
        "item_id": offer["items"][0]["id"], "price_minor": 4900, "capacity": 10,
        "guaranteed_quantity": 10, "limit_per_shopper": 5, "evidence": EVIDENCE,
    }]);
    input["sold_out_at_guarantee"] = json!(sells_out);
    let sale = editor.post(&format!("/api/v1/providers/{tenant}/sales"), &input).await.json(201);
    assert_eq!(sale["sold_out_at_guarantee"], sells_out);
    let path = sale_path(tenant, &sale);
    let revision = submit(&editor, &path).await;
    decide(&manager, &path, &revision, "approve").await.json(200);
    app.platform.clock.advance(Duration::hours(2));
    let id = |value: &Value| value["id"].as_str().unwrap().parse::<uuid::Uuid>().unwrap();
    LiveSale {
        slug: sale["slug"].as_str().unwrap().to_owned(),
        id: smp::kernel::SaleId(id(&sale)),
        items: vec![smp::kernel::SaleItemId(id(&sale["items"][0]))],
    }
}

async fn buy(cart: &Cart, shopper: &Client, sale: &LiveSale, reference: &str, quantity: i32) {
    let url: url::Url =
        click(shopper, sale, 0, quantity).await.json(201)["url"].as_str().unwrap().parse().unwrap();
    let token = url.query_pairs().find(|(name, _)| name == "click_token").unwrap().1.into_owned();
    let mut body = purchase(&token, reference);
    body["quantity"] = json!(quantity);
    cart.report("purchases", &body).await.json(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sale_sells_out_at_its_guarantee_and_warns_before() {
    let app = TestApp::start().await;
    let north = app.provider("north").await;
    let sale = guaranteed(&app, north, true).await;
    let (cart, shopper) = (Cart::of(&app, north).await, app.anonymous());
    let owner = app.member(north, "owner").await;
    let reported = async || {
        let path = format!("/api/v1/providers/{north}/sales/{}", sale.id);
        owner.get(&path).await.json(200)["items"][0]["reported_quantity"].clone()
    };
    buy(&cart, &shopper, &sale, "G-1", 5).await;
    assert!(app.told("guarantee.nearly_used").await.is_empty());
    buy(&cart, &shopper, &sale, "G-2", 3).await;
    let warned = app.told("guarantee.nearly_used").await;
    assert_eq!((warned.len(), &warned[0]["reported"]), (1, &json!(8)));
    // Back below the warning and above it again: once is enough.
    let back = json!({"reference": "G-2", "reversal_reference": "r", "quantity": 1, "reason": "x"});
    cart.report("reversals", &back).await.json(200);
    assert_eq!(reported().await, 7);
    buy(&cart, &shopper, &sale, "G-3", 2).await;
    assert_eq!(app.told("guarantee.nearly_used").await.len(), 1);

    // More than is guaranteed is still recorded.
    buy(&cart, &shopper, &sale, "G-4", 3).await;
    assert_eq!(reported().await, 12);
    let refused = click(&shopper, &sale, 0, 1).await;
    assert_eq!(refused.problem(409), "sold_out");
    let shown = shopper.get(&format!("/api/v1/sales/{}", sale.slug)).await.json(200);
    assert_eq!((&shown["phase"], &shown["items"][0]["available"]), (&json!("sold_out"), &json!(0)));
    let page = shopper.get(&format!("/sales/{}", sale.slug)).await;
    let page = page.expect(200);
    assert!(page.contains("Sold out") && !page.contains("Join the waitlist"), "{page}");
    let list = owner.get(&format!("/api/v1/providers/{north}/sales?phase=sold_out")).await;
    assert_eq!(list.json(200)["items"].as_array().unwrap().len(), 1);

    cart.report("reversals", &json!({"reference": "G-1", "reason": "x"})).await.json(200);
    assert_eq!(reported().await, 7);
    click(&shopper, &sale, 0, 1).await.json(201);
    app.run_jobs().await;
    let emails = app
        .query("SELECT to_jsonb(recipient) FROM messages WHERE template = 'guarantee_nearly_used'")
        .await;
    assert!(emails.len() >= 2, "the provider and a manager are told: {emails:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sale_goes_on_above_its_guarantee_unless_its_provider_stops_there() {
    let app = TestApp::start().await;
    let north = app.provider("north").await;
    let sale = guaranteed(&app, north, false).await;
    let (cart, shopper) = (Cart::of(&app, north).await, app.anonymous());
    for (reference, quantity) in [("G-1", 5), ("G-2", 5), ("G-3", 5)] {
        buy(&cart, &shopper, &sale, reference, quantity).await;
    }
    let shown = shopper.get(&format!("/api/v1/sales/{}", sale.slug)).await.json(200);
    assert_eq!((&shown["phase"], &shown["items"][0]["available"]), (&json!("live"), &Value::Null));
}
