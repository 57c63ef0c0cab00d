//! Refunds that fail after they were made: the money is owed again, and what followed of them stands.

use reqwest::Method;
use serde_json::{Value, json};
use smp::{ledger, payments};

use crate::refund_lines::Counter;

impl Counter {
    /// The gateway tells of a refund; it is looked up.
    async fn hear_of(&self, refund: &Value) {
        let id = refund["id"].as_str().unwrap().parse().unwrap();
        let subject = payments::gateway::Subject::Refund(id);
        let notice = payments::sandbox_notice(&self.app.platform.config, subject).unwrap();
        let gateway = self.app.anonymous();
        let path = "/api/v1/payments/sandbox/notices";
        gateway.send(gateway.request(Method::POST, path).body(notice.body)).await.expect(200);
    }

    /// What the ledger posted of refunds, at gateways.
    async fn posted(&self) -> Vec<Value> {
        let posted =
            "SELECT jsonb_build_array(split_part(t.key, ':', 1), e.gateway, e.amount_minor)
                      FROM ledger_transfers t JOIN ledger_entries e ON e.transfer_id = t.id
                      WHERE t.key LIKE 'refund%' AND e.account = 'gateway_cash' ORDER BY t.id";
        self.app.query(posted).await
    }

    async fn ledger_agrees(&self) {
        let found = ledger::check(&self.app.platform).await.unwrap();
        assert!(found.is_empty(), "{found:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_fails_after_it_was_made_is_owed_again_and_its_units_stay_on_sale() {
    let shop = Counter::set().await;
    let finance = shop.app.staff("finance").await;
    let lines = json!([{"line_id": shop.line(2).await, "quantity": 1, "restock": "never_sold"}]);
    let made = shop.refund_lines(lines).await.json(201);
    assert_eq!((&made["state"], shop.app.stock().await), (&json!("succeeded"), (0, 2)));
    shop.hear_of(&made).await;
    assert_eq!(shop.mara.order(&shop.number).await["refunds"][0]["state"], "succeeded");

    shop.break_gateway(true).await;
    for _ in 0..2 {
        shop.hear_of(&made).await;
    }
    let order = shop.mara.order(&shop.number).await;
    assert_eq!(
        (&order["refunds"][0]["state"], &order["refunded"]["amount"]),
        (&json!("failed"), &json!(0))
    );
    assert_eq!(
        shop.posted().await,
        [json!(["refund", "sandbox", -4900]), json!(["refund-failed", "sandbox", 4900])]
    );
    shop.ledger_agrees().await;
    assert_eq!(shop.app.told("refund.failed").await.len(), 1);
    assert_eq!(shop.emails("refund_failed").await.len(), 1);
    assert!(!shop.emails("staff_refund_failed").await.is_empty());
    let list = async || finance.get("/api/v1/refunds/failed").await.json(200)["items"].clone();
    assert_eq!(list().await[0]["id"], made["id"]);

    // The unit is back on sale, so it is neither packed nor refunded once more.
    assert_eq!(shop.app.stock().await, (0, 2));
    let parcel = shop.parcel().await;
    let kept = parcel["lines"].as_array().unwrap();
    assert!(kept.iter().any(|line| line["quantity"] == 2 && line["refunded_quantity"] == 1));
    let both = json!([{"line_id": shop.line(2).await, "quantity": 2, "restock": "never_sold"}]);
    assert_eq!(shop.refund_lines(both).await.wrong_fields(), ["lines.0.quantity"]);

    // A try that is refused keeps it listed; one that is taken moves money alone.
    let retry = async |id: &Value| {
        let path = format!("/api/v1/refunds/{}/retry", id.as_str().unwrap());
        finance.post(&path, &json!({})).await.json(201)
    };
    let again = retry(&made["id"]).await;
    assert_eq!((&again["state"], &list().await[0]["id"]), (&json!("failed"), &again["id"]));
    let path = format!("/api/v1/refunds/{}/settle-elsewhere", again["id"].as_str().unwrap());
    let paid = finance.post(&path, &json!({"note": "By transfer, 4711."})).await.json(200);
    assert_eq!(paid["state"], "settled_elsewhere");
    assert_eq!(list().await, json!([]));
    assert_eq!(shop.app.stock().await, (0, 2));
    assert_eq!(shop.mara.order(&shop.number).await["refunded"]["amount"], 4900);
    assert_eq!(shop.posted().await[2], json!(["refund", "elsewhere", -4900]));
    shop.ledger_agrees().await;
    shop.emails("refunded").await;
    let credited = "SELECT to_jsonb(quantity) FROM interactions WHERE kind = 'refund'";
    assert_eq!(shop.app.query(credited).await, [json!(1)], "figures count it once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_of_everything_that_came_back_is_made_another_way_or_anew() {
    let shop = Counter::set().await;
    let finance = shop.app.staff("finance").await;
    let made = shop.refund(&json!({"reason": "Broken"})).await.json(201);
    assert_eq!(shop.app.stock().await, (0, 0));
    shop.break_gateway(true).await;
    shop.hear_of(&made).await;
    assert_eq!(shop.mara.order(&shop.number).await["refunded"]["amount"], 0);
    assert_eq!(shop.parcel().await["state"], "cancelled");
    let path = format!("/api/v1/refunds/{}/settle-elsewhere", made["id"].as_str().unwrap());
    let paid = finance.post(&path, &json!({"note": "In cash."})).await.json(200);
    assert_eq!(paid["state"], "settled_elsewhere");
    let order = shop.mara.order(&shop.number).await;
    assert_eq!((&order["refunded"], &order["status"]), (&order["total"], &json!("refunded")));
    let gateways: Vec<Value> = shop.posted().await.iter().map(|one| one[1].clone()).collect();
    assert_eq!(gateways, ["sandbox", "sandbox", "elsewhere"], "the same refund is posted again");
    shop.ledger_agrees().await;
    shop.hear_of(&made).await;
    assert_eq!(shop.app.told("refund.failed").await.len(), 1, "what was paid elsewhere stays");

    // Refunded anew, by an amount and then everything that is left: no unit comes back twice.
    let shop = Counter::set().await;
    let made = shop.refund(&json!({"reason": "Broken"})).await.json(201);
    shop.break_gateway(true).await;
    shop.hear_of(&made).await;
    shop.app.query("DELETE FROM sandbox_refunds RETURNING to_jsonb(id)").await;
    shop.break_gateway(false).await;
    for body in [json!({"reason": "Broken", "amount_minor": 100}), json!({"reason": "Broken"})] {
        assert_eq!(shop.refund(&body).await.json(201)["state"], "succeeded");
    }
    assert_eq!(shop.mara.order(&shop.number).await["refunded"]["amount"], 18_700);
    assert_eq!(shop.app.stock().await, (0, 0));
    shop.ledger_agrees().await;
}
