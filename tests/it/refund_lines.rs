//! Refunds by line and quantity: what they cost, what becomes of the units, who may make them, and what
//! happens when a gateway refuses one.

use reqwest::Method;
use serde_json::{Value, json};
use smp::{kernel::TenantId, notifications, sales::SaleMode::Hosted};
use time::Duration;

use crate::support::{Client, TestApp, client::Answer, sales::LiveSale, shop::APPROVE};

/// Two units at €49 and one at €89, paid, in one parcel that waits to be packed.
pub(super) struct Counter {
    pub(super) app: TestApp,
    tenant: TenantId,
    sale: LiveSale,
    pub(super) mara: Client,
    support: Client,
    packer: Client,
    pub(super) number: String,
}

impl Counter {
    pub(super) async fn set() -> Self {
        let app = TestApp::start().await;
        let tenant = app.provider("north").await;
        let sale = app.live_sale(tenant, Hosted).await;
        let mara = app.shopper("mara").await;
        mara.hold(&sale, 0, 2).await;
        mara.hold(&sale, 1, 1).await;
        let number = mara.place().await.json(201)["number"].as_str().unwrap().to_owned();
        mara.pay(&number, APPROVE).await.json(201);
        let (support, packer) =
            (app.staff("support").await, app.member(tenant, "fulfilment").await);
        Self { app, tenant, sale, mara, support, packer, number }
    }

    pub(super) async fn parcel(&self) -> Value {
        self.mara.order(&self.number).await["parcels"][0].clone()
    }

    /// The id of the line with this many units.
    pub(super) async fn line(&self, quantity: i32) -> Value {
        let parcel = self.parcel().await;
        let lines = parcel["lines"].as_array().unwrap();
        lines.iter().find(|line| line["quantity"] == quantity).unwrap()["id"].clone()
    }

    pub(super) async fn refund(&self, body: &Value) -> Answer {
        self.support.post(&format!("/api/v1/orders/{}/refunds", self.number), body).await
    }

    pub(super) async fn refund_lines(&self, lines: Value) -> Answer {
        self.refund(&json!({"reason": "Sorry!", "lines": lines})).await
    }

    fn parcel_path(&self, parcel: &Value) -> String {
        let id = parcel["id"].as_str().unwrap();
        format!("/api/v1/providers/{}/parcels/{id}", self.tenant)
    }

    async fn ship(&self) {
        let path = format!("{}/shipments", self.parcel_path(&self.parcel().await));
        let shipment = json!({"carrier": "DHL", "tracking_number": "1"});
        self.packer.post(&path, &shipment).await.json(201);
    }

    /// The gateway refuses every refund from now on, or takes them again.
    pub(super) async fn break_gateway(&self, broken: bool) {
        let sql = if broken {
            "UPDATE sandbox_payments SET amount_minor = 1 RETURNING to_jsonb(id)"
        } else {
            "UPDATE sandbox_payments SET amount_minor = 18700 RETURNING to_jsonb(id)"
        };
        assert!(!self.app.query(sql).await.is_empty());
    }

    pub(super) async fn emails(&self, template: &str) -> Vec<String> {
        self.app.run_jobs().await;
        let all = "SELECT jsonb_build_array(template, body_text) FROM messages ORDER BY id";
        let all = self.app.query(all).await;
        let of = all.iter().filter(|email| email[0] == template);
        of.map(|email| email[1].as_str().unwrap().to_owned()).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn units_are_refunded_one_by_one_and_add_up_to_the_order() {
    let shop = Counter::set().await;
    let (two, one) = (shop.line(2).await, shop.line(1).await);
    let of_two = json!([{"line_id": two, "quantity": 1, "restock": "never_sold"}]);
    let first = shop.refund_lines(of_two.clone()).await.json(201);
    assert_eq!((&first["amount"]["amount"], &first["state"]), (&json!(4900), &json!("succeeded")));
    assert_eq!(
        (&first["lines"][0]["quantity"], &first["lines"][0]["restock"]),
        (&json!(1), &json!("never_sold"))
    );
    assert_eq!(shop.app.stock().await, (0, 2), "one unit is back on sale");
    let parcel = shop.parcel().await;
    assert_eq!(parcel["state"], "to_ship");
    assert_eq!(
        parcel["lines"]
            .as_array()
            .unwrap()
            .iter()
            .map(|l| l["refunded_quantity"].as_i64().unwrap())
            .sum::<i64>(),
        1
    );
    let told = shop.app.told("refund.succeeded").await;
    assert_eq!((&told[0]["units"], told.len()), (&json!(1), 1));
    assert_eq!(told[0]["lines"].as_array().unwrap().len(), 1);
    let packers = shop.emails("provider_units_refunded").await;
    assert!(packers.len() == 1 && packers[0].contains("1 × "), "{packers:?}");
    let told = shop.emails("refunded").await;
    assert!(told.len() == 1 && told[0].contains("to Test bank"), "{told:?}");

    // The others cannot be sold again; with the last unit the parcel is not sent.
    let rest = json!([
        {"line_id": two, "quantity": 1, "restock": "lost"},
        {"line_id": one, "quantity": 1, "restock": "never_sold"},
    ]);
    assert_eq!(shop.refund_lines(rest).await.json(201)["amount"]["amount"], 4900 + 8900);
    let order = shop.mara.order(&shop.number).await;
    assert_eq!((&order["refunded"], &order["status"]), (&order["total"], &json!("refunded")));
    assert_eq!(order["parcels"][0]["state"], "cancelled");
    assert_eq!(shop.app.stock().await, (0, 1), "the lost unit stays sold");
    assert_eq!(shop.refund_lines(of_two).await.problem(409), "already_refunded");
    assert_eq!(shop.emails("provider_parcel_cancelled").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_units_are_refused_with_their_fields() {
    let shop = Counter::set().await;
    let two = shop.line(2).await;
    let named = |quantity: i32, restock: &str| json!([{"line_id": two, "quantity": quantity, "restock": restock}]);
    let wrong = async |lines: Value| shop.refund_lines(lines).await.wrong_fields();
    assert_eq!(wrong(named(3, "never_sold")).await, ["lines.0.quantity"]);
    assert_eq!(wrong(named(0, "never_sold")).await, ["lines.0.quantity"]);
    assert_eq!(wrong(named(1, "came_back")).await, ["lines.0.restock"]);
    assert_eq!(wrong(json!([])).await, ["lines"]);
    let unknown = json!([{"line_id": shop.sale.id, "quantity": 1, "restock": "lost"}]);
    assert_eq!(wrong(unknown).await, ["lines.0.line_id"]);
    let line = json!({"line_id": two, "quantity": 1, "restock": "lost"});
    assert_eq!(wrong(json!([line, line])).await, ["lines.1.line_id"]);
    let dear = json!([{"line_id": two, "quantity": 1, "restock": "lost", "amount_minor": 9801}]);
    assert_eq!(wrong(dear).await, ["lines.0.amount_minor"]);
    let both = json!({"reason": "x", "amount_minor": 5, "restock": true, "lines": [line]});
    assert_eq!(shop.refund(&both).await.wrong_fields(), ["amount_minor", "restock"]);
    assert_eq!(shop.mara.order(&shop.number).await["refunded"]["amount"], 0);

    // Once it was shipped, it can only have come back or be lost. What came back is sold again.
    shop.ship().await;
    assert_eq!(wrong(named(1, "never_sold")).await, ["lines.0.restock"]);
    shop.refund_lines(named(1, "came_back")).await.json(201);
    assert_eq!(shop.app.stock().await, (0, 2));
    assert_eq!(wrong(named(2, "lost")).await, ["lines.0.quantity"]);
    assert_eq!(shop.parcel().await["state"], "shipped");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_back_after_its_sale_is_not_put_back_on_sale() {
    let shop = Counter::set().await;
    shop.ship().await;
    shop.app.set_state(shop.tenant, "sales", "cancelled").await;
    let lines = json!([{"line_id": shop.line(2).await, "quantity": 2, "restock": "came_back"}]);
    shop.refund_lines(lines).await.json(201);
    assert_eq!(shop.app.stock().await, (0, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn goodwill_moves_no_units_and_leaves_less_of_each_line() {
    let shop = Counter::set().await;
    let two = shop.line(2).await;
    shop.refund(&json!({"reason": "Late", "amount_minor": 1870})).await.json(201);
    assert_eq!(shop.app.stock().await, (0, 3));
    let both = json!([{"line_id": two, "quantity": 2, "restock": "never_sold"}]);
    // A tenth of each line is refunded.
    assert_eq!(shop.refund_lines(both).await.json(201)["amount"]["amount"], 9800 - 980);
    assert_eq!(shop.app.stock().await, (0, 1));
    // The same press is the same refund, and another one is a conflict.
    let one = shop.line(1).await;
    let press = async |restock: &str| {
        let lines = json!([{"line_id": one, "quantity": 1, "restock": restock}]);
        let path = format!("/api/v1/orders/{}/refunds", shop.number);
        let request = shop.support.request(Method::POST, &path).header("Idempotency-Key", "press");
        shop.support.send(request.json(&json!({"reason": "Sorry!", "lines": lines}))).await
    };
    let made = press("lost").await.json(201);
    assert_eq!(press("lost").await.json(201), made);
    assert_eq!(press("never_sold").await.problem(409), "key_reused");
    let order = shop.mara.order(&shop.number).await;
    assert_eq!(order["refunded"], order["total"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn refunded_voucher_units_void_as_many_codes() {
    let app = TestApp::start().await;
    let tenant = app.provider("north").await;
    let sale = app.live_sale(tenant, Hosted).await;
    app.edit_content(tenant, sale.id, "voucher_valid_days", json!(90)).await;
    let mara = app.shopper("mara").await;
    let number = mara.buy(&sale, 2).await;
    let line = mara.order(&number).await["parcels"][0]["lines"][0]["id"].clone();
    let lines = json!([{"line_id": line, "quantity": 1, "restock": "never_sold"}]);
    let body = json!({"reason": "Closed that day", "lines": lines});
    let support = app.staff("support").await;
    support.post(&format!("/api/v1/orders/{number}/refunds"), &body).await.json(201);
    let states = "SELECT to_jsonb(state) FROM vouchers ORDER BY id";
    assert_eq!(app.query(states).await, [json!("issued"), json!("void")]);
    assert_eq!(app.told("voucher.voided").await.len(), 1);
    assert_eq!(app.stock().await, (0, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_refunds_units_of_its_own_parcel_within_its_limits() {
    let shop = Counter::set().await;
    let eve = shop.app.shopper("eve").await;
    let number = eve.buy(&shop.sale, 2).await;
    let parcel = eve.order(&number).await["parcels"][0].clone();
    let path = format!("{}/refunds", shop.parcel_path(&parcel));
    let line = parcel["lines"][0]["id"].clone();
    let body = json!({
        "reason": "Sold twice.",
        "note": "Counted wrong.",
        "lines": [{"line_id": line, "quantity": 1, "restock": "lost"}],
    });
    shop.app.member(shop.tenant, "editor").await.post(&path, &body).await.problem(403);
    let made = shop.packer.post(&path, &body).await.json(201);
    assert_eq!(made["amount"]["amount"], 4900);
    assert_eq!(made["note"], "Counted wrong.");
    let order = eve.get(&format!("/api/v1/me/orders/{number}")).await;
    assert!(order.text.contains("Sold twice.") && !order.text.contains("Counted wrong."));
    let audited = "SELECT to_jsonb(action) FROM audit_log WHERE action = 'parcel_refund_create'";
    assert_eq!(shop.app.query(audited).await.len(), 1);

    // Neither another provider's parcel nor a line of another parcel is its business.
    let other = shop.app.provider("south").await;
    let stranger = shop.app.member(other, "fulfilment").await;
    let foreign = path.replace(&shop.tenant.to_string(), &other.to_string());
    stranger.post(&foreign, &body).await.expect(404);
    let mut strange = body.clone();
    strange["lines"][0]["line_id"] = shop.line(1).await;
    assert_eq!(shop.packer.post(&path, &strange).await.wrong_fields(), ["lines.0.line_id"]);

    // What it has refunded lately counts.
    let spend = "UPDATE refunds SET amount_minor = 491101 WHERE provider_id IS NOT NULL
                 RETURNING to_jsonb(id)";
    assert_eq!(shop.app.query(spend).await.len(), 1);
    let path = format!("{}/refunds", shop.parcel_path(&shop.parcel().await));
    let body = json!({
        "reason": "Broken.",
        "lines": [{"line_id": shop.line(1).await, "quantity": 1, "restock": "lost"}],
    });
    assert_eq!(shop.packer.post(&path, &body).await.problem(409), "refund_limit");
    let older = "UPDATE refunds SET created_at = created_at - interval '31 days'
                 RETURNING to_jsonb(id)";
    shop.app.query(older).await;
    shop.packer.post(&path, &body).await.json(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_refund_is_listed_and_tried_again() {
    let shop = Counter::set().await;
    let finance = shop.app.staff("finance").await;
    shop.break_gateway(true).await;
    let lines = json!([{"line_id": shop.line(2).await, "quantity": 2, "restock": "never_sold"}]);
    let refused = shop.refund_lines(lines.clone()).await.json(201);
    assert_eq!(refused["state"], "failed");
    assert_eq!((shop.app.stock().await, shop.emails("refund_failed").await.len()), ((0, 3), 1));

    let list = async || finance.get("/api/v1/refunds/failed").await.json(200)["items"].clone();
    let listed = list().await;
    assert_eq!(listed[0]["failure"], "More would be refunded than was taken.");
    assert_eq!(listed[0]["order_number"], json!(shop.number));
    let none = finance.get("/api/v1/refunds/failed?gateway=stripe").await.json(200);
    assert_eq!(none["items"], json!([]));
    let young = finance.get("/api/v1/refunds/failed?days=1").await.json(200);
    assert_eq!(young["items"], json!([]));
    shop.support.get("/api/v1/refunds/failed").await.problem(403);

    // Another try that is refused too tells the shopper nothing new, and one that is taken ends it.
    let retry = async |id: &Value| {
        let path = format!("/api/v1/refunds/{}/retry", id.as_str().unwrap());
        finance.post(&path, &json!({})).await
    };
    let again = retry(&refused["id"]).await.json(201);
    assert_eq!(again["state"], "failed");
    assert_eq!(retry(&refused["id"]).await.problem(409), "refund_not_failed");
    assert_eq!(shop.emails("refund_failed").await.len(), 1);
    let listed = list().await;
    assert_eq!((&listed[0]["id"], listed.as_array().unwrap().len()), (&again["id"], 1));

    shop.break_gateway(false).await;
    let made = retry(&again["id"]).await.json(201);
    assert_eq!((&made["state"], &made["amount"]["amount"]), (&json!("succeeded"), &json!(9800)));
    assert_eq!(list().await, json!([]));
    assert_eq!(shop.app.stock().await, (0, 1));
    let order = shop.mara.order(&shop.number).await;
    assert_eq!(order["refunded"]["amount"], 9800);
    let page = shop.mara.get(&format!("/orders/{}", shop.number)).await;
    assert!(!page.expect(200).contains("could not be refunded yet"), "{}", page.text);
    assert_eq!(shop.refund_lines(lines).await.wrong_fields(), ["lines.0.quantity"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_refund_is_reminded_of_and_paid_another_way() {
    let shop = Counter::set().await;
    let finance = shop.app.staff("finance").await;
    shop.break_gateway(true).await;
    let refused = shop.refund(&json!({"reason": "Broken"})).await.json(201);
    let remind = async || {
        notifications::remind_of_failed_refunds(&shop.app.platform, &shop.app.themes)
            .await
            .unwrap();
        shop.emails("staff_refunds_failed").await.len()
    };
    assert_eq!(remind().await, 0, "an email has told of it today");
    shop.app.platform.clock.advance(Duration::hours(25));
    assert_eq!(remind().await, 1);
    assert_eq!(remind().await, 1, "once a day");

    let path = format!("/api/v1/refunds/{}/settle-elsewhere", refused["id"].as_str().unwrap());
    assert_eq!(finance.post(&path, &json!({"note": " "})).await.wrong_fields(), ["note"]);
    let note = json!({"note": "By transfer, 4711."});
    assert_eq!(finance.post(&path, &note).await.json(200)["state"], "settled_elsewhere");
    assert_eq!(finance.post(&path, &note).await.problem(409), "refund_not_failed");
    let order = shop.mara.order(&shop.number).await;
    assert_eq!((&order["refunded"], &order["status"]), (&order["total"], &json!("refunded")));
    assert_eq!(shop.app.stock().await, (0, 0));
    let told = shop.emails("refunded").await;
    assert!(told[0].contains("another way") && !told[0].contains("4711"), "{told:?}");
    shop.app.platform.clock.advance(Duration::days(1));
    assert_eq!(remind().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn money_that_was_refunded_otherwise_is_not_refunded_by_another_try() {
    let shop = Counter::set().await;
    let finance = shop.app.staff("finance").await;
    shop.break_gateway(true).await;
    let refused = shop.refund(&json!({"reason": "Broken"})).await.json(201);
    shop.break_gateway(false).await;
    shop.refund(&json!({"reason": "Broken", "amount_minor": 100})).await.json(201);
    let listed = finance.get("/api/v1/refunds/failed").await.json(200);
    assert_eq!(listed["items"], json!([]), "it asks for more than is left");
    let path = format!("/api/v1/refunds/{}/retry", refused["id"].as_str().unwrap());
    assert_eq!(finance.post(&path, &json!({})).await.problem(409), "refunded_meanwhile");
    assert_eq!(shop.mara.order(&shop.number).await["refunded"]["amount"], 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_sale_refunds_what_was_not_shipped_once() {
    let shop = Counter::set().await;
    // A unit of the first order was refunded before; another order is shipped; a third has another sale.
    let two = shop.line(2).await;
    let lines = json!([{"line_id": two, "quantity": 1, "restock": "never_sold"}]);
    shop.refund_lines(lines).await.json(201);
    let eve = shop.app.shopper("eve").await;
    let shipped = eve.buy(&shop.sale, 1).await;
    let parcel = eve.order(&shipped).await["parcels"][0].clone();
    let path = format!("{}/shipments", shop.parcel_path(&parcel));
    let shipment = json!({"carrier": "DHL", "tracking_number": "2"});
    shop.packer.post(&path, &shipment).await.json(201);
    let south = shop.app.provider("south").await;
    let cups = shop.app.live_sale(south, Hosted).await;
    let noa = shop.app.shopper("noa").await;
    noa.hold(&shop.sale, 0, 1).await;
    noa.hold(&cups, 1, 1).await;
    let mixed = noa.place().await.json(201)["number"].as_str().unwrap().to_owned();
    noa.pay(&mixed, APPROVE).await.json(201);
    // Paid after the cancellation.
    let late = shop.app.shopper("late").await;
    late.hold(&shop.sale, 0, 1).await;
    let late_number = late.place().await.json(201)["number"].as_str().unwrap().to_owned();
    shop.app.run_jobs().await;

    let manager = shop.app.staff("manager").await;
    let path = format!("/api/v1/providers/{}/sales/{}/cancel", shop.tenant, shop.sale.id);
    manager.post(&path, &json!({"reason": "The kiln broke."})).await.json(200);
    shop.app.run_jobs().await;
    late.pay(&late_number, APPROVE).await.json(201);
    shop.app.run_jobs().await;

    let refunded = async |client: &Client, number: &str| {
        let order = client.order(number).await;
        let sum = order["refunded"]["amount"].as_i64().unwrap();
        (sum, order["refunds"].as_array().unwrap().len())
    };
    assert_eq!(refunded(&shop.mara, &shop.number).await, (2 * 4900 + 8900, 2));
    assert_eq!(refunded(&eve, &shipped).await, (0, 0));
    assert_eq!(refunded(&noa, &mixed).await, (4900, 1));
    assert_eq!(refunded(&late, &late_number).await, (4900, 1));
    let order = noa.order(&mixed).await;
    let state = |slug: &str| {
        let parcels = order["parcels"].as_array().unwrap();
        parcels.iter().find(|parcel| parcel["provider_slug"] == slug).unwrap()["state"].clone()
    };
    assert_eq!((state("north"), state("south")), (json!("cancelled"), json!("to_ship")));

    let told = shop.emails("sale_cancelled").await;
    let of = |number: &str| told.iter().filter(|text| text.contains(number)).count();
    assert_eq!((of(&shop.number), of(&shipped), of(&mixed)), (1, 1, 1), "{told:?}");
    // A repeat of the event changes nothing.
    let job = smp::orders::SaleRefund {
        tenant_id: shop.tenant,
        sale_id: shop.sale.id,
        target_missed: false,
        order_id: None,
        after: smp::kernel::OrderId(uuid::Uuid::nil()),
    };
    smp::orders::refund_cancelled_sale(&shop.app.platform, job).await.unwrap();
    shop.app.run_jobs().await;
    assert_eq!(refunded(&noa, &mixed).await, (4900, 1));
    assert_eq!(shop.emails("sale_cancelled").await.len(), told.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_sale_does_not_refund_what_another_provider_kept() {
    let shop = Counter::set().await;
    let south = shop.app.provider("south").await;
    let cups = shop.app.live_sale(south, Hosted).await;
    let noa = shop.app.shopper("noa").await;
    noa.hold(&shop.sale, 0, 1).await;
    noa.hold(&cups, 1, 1).await;
    let number = noa.place().await.json(201)["number"].as_str().unwrap().to_owned();
    noa.pay(&number, APPROVE).await.json(201);
    let order = noa.order(&number).await;
    let parcels = order["parcels"].as_array().unwrap();
    let of_south = parcels.iter().find(|parcel| parcel["provider_slug"] == "south").unwrap();
    // Of €89.00, €39.00 are kept.
    let line = json!({
        "line_id": of_south["lines"][0]["id"],
        "quantity": 1,
        "amount_minor": 5000,
        "restock": "lost",
    });
    let body = json!({"reason": "Scratched.", "lines": [line]});
    shop.support.post(&format!("/api/v1/orders/{number}/refunds"), &body).await.json(201);

    let manager = shop.app.staff("manager").await;
    let path = format!("/api/v1/providers/{}/sales/{}/cancel", shop.tenant, shop.sale.id);
    manager.post(&path, &json!({"reason": "The kiln broke."})).await.json(200);
    shop.app.run_jobs().await;
    let order = noa.order(&number).await;
    assert_eq!(order["refunded"]["amount"], 5000 + 4900);
    assert_eq!(order["refunds"].as_array().unwrap().len(), 2);
}
