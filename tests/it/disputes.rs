//! Answers to disputes: evidence that support drafts and finance submits, and what is refused. How it is sent to
//! Stripe stands in `tests/peers/test_connect.py`.

use reqwest::Method;
use serde_json::{Value, json};
use smp::sales::SaleMode::Hosted;

use crate::support::{Client, TestApp, client::Answer};

const DISPUTE: &str = "/api/v1/disputes/01980000-0000-7000-8000-000000000001";

/// An order that was shipped, and whose payment is disputed; its number.
async fn disputed(app: &TestApp) -> String {
    let north = app.provider("north").await;
    let sale = app.live_sale(north, Hosted).await;
    let number = app.shopper("mara").await.buy(&sale, 2).await;
    let packer = app.member(north, "fulfilment").await;
    let parcels = format!("/api/v1/providers/{north}/parcels");
    let list = packer.get(&parcels).await.json(200);
    let path = format!("{parcels}/{}/shipments", list["items"][0]["id"].as_str().unwrap());
    let shipment = json!({"carrier": "DHL", "tracking_number": "00340434161094"});
    packer.post(&path, &shipment).await.json(201);
    app.query(
        "INSERT INTO disputes (id, gateway, reference, payment_id, order_id, amount_minor, currency,
             reason, state, evidence_due_at, opened_at, check_at, looked_at, updated_at)
         SELECT '01980000-0000-7000-8000-000000000001', 'stripe', 'du_1', p.id, p.order_id,
                p.amount_minor, p.currency, 'product_not_received', 'needs_response',
                now() + interval '7 days', now(), now(), now(), now()
         FROM payments p RETURNING to_jsonb(order_id)",
    )
    .await;
    number
}

async fn save(client: &Client, version: i64, body: &Value) -> Answer {
    client.edit(Method::PUT, &format!("{DISPUTE}/evidence"), version, body).await
}

async fn submit(client: &Client, version: i64) -> Answer {
    client.edit(Method::POST, &format!("{DISPUTE}/submission"), version, &json!({})).await
}

#[tokio::test(flavor = "multi_thread")]
async fn evidence_begins_with_what_the_order_says_and_support_drafts_it() {
    let app = TestApp::start().await;
    let number = disputed(&app).await;
    let (finance, support) = (app.staff("finance").await, app.staff("support").await);
    let path = format!("{DISPUTE}/evidence");
    let prefilled = support.get(&path).await.json(200);
    let text = |field: &str| prefilled[field].as_str().unwrap().to_owned();
    assert_eq!((&prefilled["version"], &prefilled["editable"]), (&json!(0), &json!(true)));
    assert_eq!(
        (text("shipping_carrier"), text("shipping_tracking_number")),
        ("DHL".to_owned(), "00340434161094".to_owned())
    );
    assert!(text("product_description").starts_with("2 × "), "{prefilled}");
    assert!(text("receipt").contains(&number) && text("receipt").contains("€98.00"), "{prefilled}");
    assert!(text("customer_email").contains('@') && !text("customer_name").is_empty());
    assert!(!text("shipping_date").is_empty());

    let draft = json!({"customer_name": " Mara Lind ", "uncategorized_text": "It was signed for."});
    let saved = save(&support, 0, &draft).await.json(200);
    assert_eq!((&saved["version"], &saved["customer_name"]), (&json!(1), &json!("Mara Lind")));
    assert_eq!(
        (&saved["receipt"], &saved["being_sent"]),
        (&json!(""), &json!(false)),
        "what is left out is empty"
    );
    assert_eq!(
        save(&support, 0, &draft).await.json(200)["version"],
        2,
        "the same again is no conflict"
    );
    let other = json!({"uncategorized_text": "It was not."});
    let stale = save(&finance, 1, &other).await;
    assert_eq!(stale.problem(412), "changed_meanwhile");
    assert_eq!(finance.get(&path).await.json(200)["uncategorized_text"], "It was signed for.");

    assert!(submit(&support, 2).await.expect(403).contains("submit evidence"));
    support.post(&format!("{DISPUTE}/acceptance"), &json!({})).await.expect(403);
    let marketing = app.staff("marketing").await;
    marketing.get(&path).await.expect(403);
    save(&marketing, 2, &draft).await.expect(403);
    // Nothing is noted as sent where there is no Stripe to send it to.
    submit(&finance, 2).await.expect(503);
    assert_eq!(finance.get(&path).await.json(200)["being_sent"], false);
    let audit = "SELECT to_jsonb(action) FROM audit_log WHERE action LIKE 'dispute_%'";
    assert_eq!(
        app.query(audit).await,
        [json!("dispute_evidence_set"), json!("dispute_evidence_set")]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn evidence_that_a_bank_does_not_take_is_refused_with_what_to_do() {
    let app = TestApp::start().await;
    disputed(&app).await;
    let finance = app.staff("finance").await;
    let long = "x".repeat(20_001);
    let wrong = json!({
        "product_description": long, "customer_email": "nobody", "shipping_carrier": "D\nHL",
        "receipt": "x".repeat(15_000), "uncategorized_text": "x".repeat(5_000),
    });
    let fields =
        ["product_description", "shipping_carrier", "customer_email", "uncategorized_text"];
    assert_eq!(save(&finance, 0, &wrong).await.wrong_fields(), fields);
    let unknown = save(&finance, 0, &json!({"receipt_file": "file_1"})).await;
    assert_eq!(unknown.wrong_fields(), ["receipt_file"]);
    assert_eq!(submit(&finance, 0).await.problem(409), "evidence_missing");
    save(&finance, 0, &json!({})).await.json(200);
    assert_eq!(
        submit(&finance, 0).await.problem(409),
        "evidence_missing",
        "there is nothing in it"
    );
    let draft = json!({"uncategorized_text": "It was signed for."});
    save(&finance, 1, &draft).await.json(200);
    assert_eq!(submit(&finance, 0).await.problem(412), "changed_meanwhile");

    let accept = format!("{DISPUTE}/acceptance");
    let codes = async |state: &'static str| {
        app.query(state).await;
        (
            save(&finance, 1, &draft).await.problem(409),
            submit(&finance, 1).await.problem(409),
            finance.post(&accept, &json!({})).await,
        )
    };
    let all = |code: &str| (code.to_owned(), code.to_owned());
    let late =
        "UPDATE disputes SET evidence_due_at = now() - interval '1 hour' RETURNING to_jsonb(id)";
    let (saved, sent, accepted) = codes(late).await;
    assert_eq!((saved, sent), all("evidence_late"));
    accepted.expect(503);
    let reviewed =
        "UPDATE disputes SET state = 'under_review', submissions = 1 RETURNING to_jsonb(id)";
    let (saved, sent, accepted) = codes(reviewed).await;
    assert_eq!((saved, sent), all("evidence_submitted"));
    assert_eq!(accepted.problem(409), "evidence_submitted");
    let asked = "UPDATE disputes SET state = 'warning_under_review' RETURNING to_jsonb(id)";
    assert_eq!(codes(asked).await.2.problem(409), "dispute_not_acceptable");
    let won = "UPDATE disputes SET state = 'won', closed_at = now() RETURNING to_jsonb(id)";
    let (saved, sent, accepted) = codes(won).await;
    assert_eq!((saved, sent), all("dispute_closed"));
    assert_eq!(accepted.problem(409), "dispute_closed");
    let read = finance.get(&format!("{DISPUTE}/evidence")).await.json(200);
    assert_eq!(
        (&read["editable"], &read["uncategorized_text"]),
        (&json!(false), &draft["uncategorized_text"])
    );
}
