//! What a cancelled sale calls off because nothing was paid for it yet: orders in cash on delivery.

use serde_json::{Value, json};
use smp::{
    kernel::{OrderId, TenantId},
    ledger,
    orders::{self, SaleRefund},
    payments::CASH,
    sales::SaleMode::Hosted,
};
use uuid::Uuid;

use crate::support::{Client, TestApp, sales::LiveSale, shop::APPROVE};

const PHONE: &str = "+49 151 1234 5667";

/// The code of the newest SMS.
async fn newest_code(app: &TestApp) -> String {
    app.run_jobs().await;
    let newest = "SELECT to_jsonb(body_text) FROM messages WHERE template = 'cash_code'
                  ORDER BY created_at DESC, id DESC LIMIT 1";
    app.query(newest).await[0].as_str().unwrap()[..6].to_owned()
}

/// An order of what a shopper holds, confirmed by its code; its number.
async fn order_in_cash(app: &TestApp, shopper: &Client) -> String {
    let order = shopper.place().await.json(201);
    let number = order["number"].as_str().unwrap().to_owned();
    let payments = format!("/api/v1/me/orders/{number}/payments");
    let begun = shopper.post(&payments, &json!({"gateway": CASH, "phone": PHONE})).await.json(201);
    let code = newest_code(app).await;
    let path = format!("{payments}/{}/code", begun["id"].as_str().unwrap());
    shopper.post(&path, &json!({"code": code})).await.json(200);
    number
}

/// An order of one unit of a sale that is to be paid in cash; its number.
async fn in_cash(app: &TestApp, shopper: &Client, sale: &LiveSale) -> String {
    shopper.hold(sale, 0, 1).await;
    order_in_cash(app, shopper).await
}

/// Cancels a sale of a provider, and has everything done that follows.
async fn cancel_sale(app: &TestApp, tenant: TenantId, sale: &LiveSale) {
    let manager = app.staff("manager").await;
    let path = format!("/api/v1/providers/{tenant}/sales/{}/cancel", sale.id);
    manager.post(&path, &json!({"reason": "The kiln broke."})).await.json(200);
    app.run_jobs().await;
}

/// What of cash is to be collected by the ledger, in minor units.
async fn to_collect(app: &TestApp) -> Value {
    let sum = "SELECT to_jsonb(coalesce(sum(amount_minor), 0)::bigint) FROM ledger_entries
               WHERE account = 'cash_to_collect'";
    app.query(sum).await.remove(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_in_cash_is_called_off_with_its_sale_and_what_was_shipped_stays() {
    let app = TestApp::start().await;
    let north = app.provider("north").await;
    let sale = app.live_sale(north, Hosted).await;
    let (mara, eve) = (app.shopper("mara").await, app.shopper("eve").await);
    let shipped = in_cash(&app, &eve, &sale).await;
    let packer = app.member(north, "fulfilment").await;
    let parcels = format!("/api/v1/providers/{north}/parcels");
    let id = packer.get(&parcels).await.json(200)["items"][0]["id"].as_str().unwrap().to_owned();
    let shipment = json!({"carrier": "DHL", "tracking_number": "1"});
    packer.post(&format!("{parcels}/{id}/shipments"), &shipment).await.json(201);
    let number = in_cash(&app, &mara, &sale).await;
    assert_eq!((to_collect(&app).await, app.stock().await), (json!(9800), (0, 2)));

    cancel_sale(&app, north, &sale).await;
    let order = mara.order(&number).await;
    assert_eq!((&order["state"], &order["status"]), (&json!("cancelled"), &json!("cancelled")));
    assert_eq!((&order["cash_due"], &order["refunds"]), (&Value::Null, &json!([])));
    assert_eq!(order["parcels"][0]["status"], "cancelled");
    assert_eq!(order["payments"][0]["state"], "cancelled");
    let history = mara.get(&format!("/api/v1/me/orders/{number}/history")).await.json(200);
    assert!(history.to_string().contains("because its sale was cancelled"), "{history}");
    let kept = eve.order(&shipped).await;
    assert_eq!((&kept["status"], &kept["cash_due"]["amount"]), (&json!("shipped"), &json!(4900)));
    assert_eq!((to_collect(&app).await, app.stock().await), (json!(4900), (0, 1)));
    assert!(ledger::check(&app.platform).await.unwrap().is_empty());

    let own = packer.get(&parcels).await.json(200)["items"][0].clone();
    assert_eq!((&own["status"], &own["cash"]), (&json!("cancelled"), &Value::Null));
    let told = app.told("order.called_off").await;
    assert_eq!((told.len(), &told[0]["reason"]), (1, &json!("sale_cancelled")), "{told:?}");
    let emails = app
        .query("SELECT jsonb_build_array(template, body_text) FROM messages ORDER BY template")
        .await;
    let of = |template: &str| -> Vec<&str> {
        let found = emails.iter().filter(|email| email[0] == template);
        found.map(|email| email[1].as_str().unwrap()).collect()
    };
    let called_off = of("order_called_off");
    assert_eq!(called_off.len(), 1, "{emails:?}");
    assert!(called_off[0].contains("Nothing was charged"), "{called_off:?}");
    let cancelled = of("sale_cancelled");
    let of_mara = cancelled.iter().find(|text| text.contains(&number)).unwrap();
    assert!(of_mara.contains("pay nothing") && !of_mara.contains("get back"), "{of_mara}");
    let packers = of("provider_parcel_cancelled");
    assert_eq!(packers.len(), 1, "{packers:?}");
    assert!(packers[0].contains("nothing is to be collected"), "{packers:?}");

    // A repeat of the event changes nothing.
    let job = SaleRefund {
        tenant_id: north,
        sale_id: sale.id,
        target_missed: false,
        order_id: None,
        after: OrderId(Uuid::nil()),
    };
    orders::refund_cancelled_sale(&app.platform, job).await.unwrap();
    app.run_jobs().await;
    assert_eq!(app.told("order.called_off").await.len(), 1);
    assert_eq!((to_collect(&app).await, app.stock().await), (json!(4900), (0, 1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parcel_in_cash_is_called_off_and_the_others_are_still_delivered() {
    let app = TestApp::start().await;
    let (north, south) = (app.provider("north").await, app.provider("south").await);
    let (linen, cups) = (app.live_sale(north, Hosted).await, app.live_sale(south, Hosted).await);
    let mara = app.shopper("mara").await;
    mara.hold(&linen, 0, 1).await;
    mara.hold(&cups, 1, 1).await;
    let number = order_in_cash(&app, &mara).await;
    cancel_sale(&app, south, &cups).await;

    let order = mara.order(&number).await;
    assert_eq!(
        (&order["status"], &order["cash_due"]["amount"]),
        (&json!("confirmed"), &json!(4900))
    );
    assert_eq!((to_collect(&app).await, app.stock().await), (json!(4900), (0, 1)));
    let packer = app.member(north, "fulfilment").await;
    let parcels = format!("/api/v1/providers/{north}/parcels");
    let list = packer.get(&parcels).await.json(200);
    let path = format!("{parcels}/{}", list["items"][0]["id"].as_str().unwrap());
    let shipment = json!({"carrier": "DHL", "tracking_number": "1"});
    packer.post(&format!("{path}/shipments"), &shipment).await.json(201);
    packer.post(&format!("{path}/cash"), &json!({"outcome": "collected"})).await.json(200);
    let order = mara.order(&number).await;
    assert_eq!(
        (&order["payments"][0]["state"], &order["status"]),
        (&json!("collected"), &json!("shipped"))
    );
    // What was called off was never paid, so it cannot be refunded.
    let more = json!({"reason": "Sorry!", "amount_minor": 4901});
    let refunds = format!("/api/v1/orders/{number}/refunds");
    let support = app.staff("support").await;
    assert_eq!(support.post(&refunds, &more).await.wrong_fields(), ["amount_minor"]);
    assert!(ledger::check(&app.platform).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_bank_paid_back_is_called_off_without_a_refund() {
    let app = TestApp::start().await;
    let north = app.provider("north").await;
    let sale = app.live_sale(north, Hosted).await;
    let mara = app.shopper("mara").await;
    mara.hold(&sale, 0, 1).await;
    let number = mara.place().await.json(201)["number"].as_str().unwrap().to_owned();
    mara.pay(&number, APPROVE).await.json(201);
    app.query(
        "INSERT INTO disputes (id, gateway, reference, payment_id, order_id, amount_minor, currency,
             reason, state, opened_at, closed_at, check_at, looked_at, updated_at)
         SELECT '01980000-0000-7000-8000-000000000001', 'stripe', 'du_1', p.id, p.order_id,
                p.amount_minor, p.currency, 'fraudulent', 'lost', now(), now(), now(), now(), now()
         FROM payments p RETURNING to_jsonb(order_id)",
    )
    .await;
    cancel_sale(&app, north, &sale).await;
    let order = mara.order(&number).await;
    assert_eq!((&order["state"], &order["refunds"]), (&json!("cancelled"), &json!([])));
    assert_eq!(app.stock().await, (0, 0));
    let told = "SELECT to_jsonb(template) FROM messages WHERE template = 'order_called_off'";
    assert_eq!(app.query(told).await, [] as [Value; 0], "nobody says that nothing was charged");
}
