//! The ledger: what sales, refunds, cash and disputes post, what commission is taken, and what its recount
//! and the comparison with gateways' reports find.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use smp::{
    kernel::{DisputeId, Money, TenantId},
    ledger::{
        self, DisputeStep, DisputedMoney, LedgerAccount, LedgerEntry, LedgerTransfer, TransferKind,
    },
    payments::{self, CASH},
    sales::SaleMode::Hosted,
};
use time::Duration;

use crate::support::{Client, TestApp, sales::LiveSale, shop::APPROVE, stage::Stage};

const PHONE: &str = "+49 151 1234 5667";

/// What stands in each account, over all of the ledger.
async fn balances(app: &TestApp) -> BTreeMap<String, i64> {
    let rows = app
        .query(
            "SELECT jsonb_build_object('account', account, 'sum', sum(amount_minor))
             FROM ledger_entries GROUP BY account HAVING sum(amount_minor) <> 0",
        )
        .await;
    let entry =
        |row: Value| (row["account"].as_str().unwrap().to_owned(), row["sum"].as_i64().unwrap());
    rows.into_iter().map(entry).collect()
}

fn accounts<const N: usize>(expected: [(&str, i64); N]) -> BTreeMap<String, i64> {
    expected.into_iter().map(|(account, sum)| (account.to_owned(), sum)).collect()
}

/// What is owed to providers, by the kept balances.
async fn owed(app: &TestApp) -> i64 {
    let sums = app
        .query("SELECT to_jsonb(coalesce(sum(balance_minor), 0)::bigint) FROM provider_payables")
        .await;
    sums[0].as_i64().unwrap()
}

async fn assert_agrees(app: &TestApp) {
    let found = ledger::check(&app.platform).await.unwrap();
    assert!(found.is_empty(), "{found:?}");
}

async fn set_rule(finance: &Client, rule: Value) -> Value {
    finance.put("/api/v1/commission-rules", &rule).await.json(200)
}

async fn refund(app: &TestApp, number: &str, body: Value) {
    let support = app.staff("support").await;
    support.post(&format!("/api/v1/orders/{number}/refunds"), &body).await.json(201);
}

/// A paid order of two providers; its number.
async fn two_providers(app: &TestApp) -> String {
    let (north, south) = (app.provider("north").await, app.provider("south").await);
    let (linen, cups) = (app.live_sale(north, Hosted).await, app.live_sale(south, Hosted).await);
    let mara = app.shopper("mara").await;
    mara.hold(&linen, 0, 2).await;
    mara.hold(&cups, 1, 1).await;
    let number = mara.place().await.json(201)["number"].as_str().unwrap().to_owned();
    mara.pay(&number, APPROVE).await.json(201);
    number
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sale_of_two_providers_is_refunded_in_parts_to_nothing() {
    let app = TestApp::start().await;
    let finance = app.staff("finance").await;
    set_rule(&finance, json!({"ppm": 125_000})).await;
    let number = two_providers(&app).await;
    // An eighth of €98.00 and of €89.00, which is 11.125.
    let (whole, commission) = (2 * 4900 + 8900, 1225 + 1113);
    assert_eq!(
        balances(&app).await,
        accounts([
            ("commission", -commission),
            ("gateway_cash", whole),
            ("provider_payable", commission - whole),
        ])
    );
    assert_eq!(owed(&app).await, whole - commission);
    assert_agrees(&app).await;

    for amount in [333, 1, 5000] {
        refund(&app, &number, json!({"reason": "Broken", "amount_minor": amount})).await;
        assert_agrees(&app).await;
    }
    let after = balances(&app).await;
    assert_eq!(after["gateway_cash"], whole - 5334);
    assert_eq!(after["commission"] + after["provider_payable"], 5334 - whole);

    refund(&app, &number, json!({"reason": "Broken"})).await;
    assert_eq!(balances(&app).await, accounts([]));
    assert_eq!(owed(&app).await, 0);
    assert_agrees(&app).await;

    let support = app.staff("support").await;
    let shown = support.get(&format!("/api/v1/orders/{number}/ledger")).await.json(200);
    let transfers = shown["transfers"].as_array().unwrap();
    let kinds: Vec<&str> = transfers.iter().map(|one| one["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["sale", "refund", "refund", "refund", "refund"]);
    for transfer in transfers {
        let entries = transfer["entries"].as_array().unwrap();
        let sum: i64 = entries.iter().map(|one| one["amount"]["amount"].as_i64().unwrap()).sum();
        assert_eq!(sum, 0, "{transfer}");
    }
    let seller = |entry: &Value| entry["provider_name"].is_string();
    assert!(transfers[0]["entries"].as_array().unwrap().iter().any(seller), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_of_units_is_borne_by_the_providers_of_these_units() {
    let app = TestApp::start().await;
    set_rule(&app.staff("finance").await, json!({"ppm": 100_000})).await;
    let number = two_providers(&app).await;
    let support = app.staff("support").await;
    let lines = app.query("SELECT to_jsonb(id) FROM order_lines").await;
    assert_eq!(lines.len(), 2);
    // One of two units at €49.00, and the only one at €89.00.
    let one = |line: &Value| json!({"line_id": line, "quantity": 1, "restock": "lost"});
    let body = json!({"reason": "Broken", "lines": lines.iter().map(one).collect::<Vec<_>>()});
    let path = format!("/api/v1/orders/{number}/refunds");
    assert_eq!(support.post(&path, &body).await.json(201)["amount"]["amount"], 4900 + 8900);
    let borne = "SELECT to_jsonb(sum(e.amount_minor)::bigint)
                 FROM ledger_entries e JOIN ledger_transfers t ON t.id = e.transfer_id
                 WHERE t.kind = 'refund' AND e.account IN ('commission', 'provider_payable')
                 GROUP BY e.tenant_id ORDER BY 1";
    assert_eq!(app.query(borne).await, [json!(4900), json!(8900)]);
    assert_eq!(
        balances(&app).await,
        accounts([("commission", -490), ("gateway_cash", 4900), ("provider_payable", -4410)])
    );
    assert_agrees(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_most_specific_rule_counts_and_a_change_moves_nothing_that_was_confirmed() {
    let app = TestApp::start().await;
    let finance = app.staff("finance").await;
    let north = app.provider("north").await;
    let sale = app.live_sale(north, Hosted).await;
    let mara = app.shopper("mara").await;
    set_rule(&finance, json!({"ppm": 100_000})).await;
    set_rule(&finance, json!({"ppm": 50_000, "kind": "voucher"})).await;
    let of_north = json!({
        "ppm": 20_000, "provider_id": north, "currency": "EUR", "fixed_minor": 30,
    });
    let rules = set_rule(&finance, of_north).await;
    assert_eq!(rules["items"].as_array().unwrap().len(), 3);
    let number = mara.buy(&sale, 2).await;
    let frozen = "SELECT to_jsonb(amount_minor) FROM line_commissions ORDER BY amount_minor";
    // 2 % of €98.00, and €0.30 for each of two.
    assert_eq!(app.query(frozen).await, [json!(196 + 60)]);

    let of_sale = json!({"ppm": 0, "provider_id": north, "sale_id": sale.id});
    set_rule(&finance, of_sale).await;
    assert_eq!(balances(&app).await["commission"], -256, "it was confirmed under another rule");
    refund(&app, &number, json!({"reason": "Broken", "amount_minor": 4900})).await;
    assert_eq!(balances(&app).await["commission"], -128);
    let noor = app.shopper("noor").await;
    noor.buy(&sale, 1).await;
    assert_eq!(app.query(frozen).await, [json!(0), json!(256)]);

    let id = rules["items"][0]["id"].as_str().unwrap();
    let path = format!("/api/v1/commission-rules/{id}");
    finance.delete(&path).await.expect(204);
    finance.delete(&path).await.expect(404);
    let audit = "SELECT to_jsonb(action) FROM audit_log WHERE action LIKE 'commission_rule_%'";
    assert_eq!(app.query(audit).await.len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_cannot_be_is_refused_with_every_wrong_field() {
    let app = TestApp::start().await;
    let finance = app.staff("finance").await;
    let wrong = json!({
        "ppm": 1_000_001, "fixed_minor": 5, "kind": "voucher",
        "sale_id": "01980000-0000-7000-8000-000000000001",
    });
    let refused = finance.put("/api/v1/commission-rules", &wrong).await;
    assert_eq!(refused.wrong_fields(), ["ppm", "currency", "provider_id", "kind"]);
    let support = app.staff("support").await;
    support.get("/api/v1/commission-rules").await.expect(403);
    support.put("/api/v1/commission-rules", &json!({"ppm": 0})).await.expect(403);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deposit_and_its_rest_take_the_commission_once() {
    let stage = Stage::set().await;
    let app = &stage.app;
    set_rule(&app.staff("finance").await, json!({"ppm": 100_000})).await;
    let mut input = stage.with(&json!({}));
    let item = &mut input["items"][0];
    item["deposit_minor"] = json!(900);
    let due = (stage.ends_at + Duration::days(20)).to_offset(time::UtcOffset::UTC).date();
    item["rest_due_on"] = json!(due.to_string());
    item["deposit_refundable"] = json!(true);
    let sale = stage.live(&input).await;
    let mara = app.shopper("mara").await;
    let number = mara.buy(&sale, 1).await;
    assert_eq!(
        balances(app).await,
        accounts([("commission", -90), ("gateway_cash", 900), ("provider_payable", -810)])
    );
    refund(app, &number, json!({"reason": "Sorry", "amount_minor": 100})).await;
    mara.pay(&number, APPROVE).await.json(201);
    assert_eq!(
        balances(app).await,
        accounts([("commission", -480), ("gateway_cash", 4800), ("provider_payable", -4320)])
    );
    assert_agrees(app).await;
    refund(app, &number, json!({"reason": "Sorry"})).await;
    assert_eq!(balances(app).await, accounts([]));
    assert_agrees(app).await;
}

/// An order that is paid in cash on delivery; its number.
async fn in_cash(app: &TestApp, shopper: &Client, sale: &LiveSale) -> String {
    shopper.hold(sale, 0, 1).await;
    let number = shopper.place().await.json(201)["number"].as_str().unwrap().to_owned();
    let payments = format!("/api/v1/me/orders/{number}/payments");
    let begun = shopper.post(&payments, &json!({"gateway": CASH, "phone": PHONE})).await.json(201);
    app.run_jobs().await;
    let sent = app
        .query(
            "SELECT to_jsonb(body_text) FROM messages WHERE template = 'cash_code'
             ORDER BY created_at DESC, id DESC LIMIT 1",
        )
        .await;
    let code = &sent[0].as_str().unwrap()[..6];
    let path = format!("{payments}/{}/code", begun["id"].as_str().unwrap());
    assert_eq!(shopper.post(&path, &json!({"code": code})).await.json(200)["state"], "due");
    number
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_collects_cash_owes_the_commission_and_a_refused_parcel_nothing() {
    let app = TestApp::start().await;
    set_rule(&app.staff("finance").await, json!({"ppm": 100_000})).await;
    let north = app.provider("north").await;
    let sale = app.live_sale(north, Hosted).await;
    let packer = app.member(north, "fulfilment").await;
    let parcels = format!("/api/v1/providers/{north}/parcels");
    let note = async |number: &str, outcome: &str| {
        let list = packer.get(&parcels).await.json(200);
        let items = list["items"].as_array().unwrap();
        let found = items.iter().find(|parcel| parcel["order_number"] == number).unwrap();
        let path = format!("{parcels}/{}", found["id"].as_str().unwrap());
        let shipment = json!({"carrier": "DHL", "tracking_number": number});
        packer.post(&format!("{path}/shipments"), &shipment).await.json(201);
        packer.post(&format!("{path}/cash"), &json!({"outcome": outcome})).await.json(200);
    };
    let refused = in_cash(&app, &app.shopper("mara").await, &sale).await;
    assert_eq!(
        balances(&app).await,
        accounts([("cash_to_collect", 4900), ("commission", -490), ("provider_payable", -4410)])
    );
    note(&refused, "refused").await;
    assert_eq!(balances(&app).await, accounts([]));

    let collected = in_cash(&app, &app.shopper("noor").await, &sale).await;
    note(&collected, "collected").await;
    assert_eq!(balances(&app).await, accounts([("commission", -490), ("provider_payable", 490)]));
    assert_eq!(owed(&app).await, -490, "the provider owes it");
    assert_agrees(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dispute_moves_its_money_once_and_its_providers_bear_what_is_lost() {
    let app = TestApp::start().await;
    set_rule(&app.staff("finance").await, json!({"ppm": 100_000})).await;
    let sale = app.live_sale(app.provider("north").await, Hosted).await;
    app.shopper("mara").await.buy(&sale, 1).await;
    let ids = app
        .query("SELECT jsonb_build_object('payment', id, 'order', order_id) FROM payments")
        .await;
    let amount = Money::new(4900, "EUR");
    let disputed = |nth: u128| DisputedMoney {
        dispute: DisputeId(uuid::Uuid::from_u128(nth)),
        order: ids[0]["order"].as_str().unwrap().parse().unwrap(),
        payment: ids[0]["payment"].as_str().unwrap().parse().unwrap(),
        gateway: "stripe",
        amount: &amount,
    };
    let post = async |nth, step| {
        let mut tx = app.platform.db.platform("test").await.unwrap();
        let now = app.platform.clock.now();
        ledger::post_dispute(&mut tx, &disputed(nth), step, now).await.unwrap();
        tx.commit().await.unwrap();
    };
    let sold = balances(&app).await;
    for _ in 0..2 {
        post(1, DisputeStep::Opened).await;
        assert_eq!(balances(&app).await["disputes"], 4900);
    }
    post(1, DisputeStep::Won).await;
    assert_eq!(balances(&app).await, sold);
    for step in [DisputeStep::Opened, DisputeStep::Lost, DisputeStep::Lost] {
        post(2, step).await;
    }
    assert_eq!(
        balances(&app).await,
        accounts([("commission", -490), ("provider_payable", 490)]),
        "gateways' cash of both gateways together is gone"
    );
    assert_agrees(&app).await;
}

fn transfer(key: &str, amounts: [i64; 2], tenant: TenantId) -> LedgerTransfer {
    let entry =
        |account, amount| LedgerEntry { tenant, ..LedgerEntry::of_smp(account, "", amount) };
    LedgerTransfer {
        key: key.to_owned(),
        kind: TransferKind::Adjustment,
        currency: "EUR".to_owned(),
        order: None,
        payment: None,
        note: String::new(),
        entries: vec![
            entry(LedgerAccount::ProviderPayable, amounts[0]),
            entry(LedgerAccount::Rounding, amounts[1]),
        ],
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_is_posted_once_and_what_is_not_balanced_or_too_much_is_refused() {
    let app = TestApp::start().await;
    let north = app.provider("north").await;
    let now = app.platform.clock.now();
    let post = async |transfers: &[LedgerTransfer]| {
        let mut tx = app.platform.db.platform("test").await.unwrap();
        ledger::post(&mut tx, transfers, now).await?;
        tx.commit().await.map_err(smp::kernel::Error::from)
    };
    let once = transfer("once", [-700, 700], north);
    post(&[once.clone(), once.clone()]).await.unwrap();
    post(&[once]).await.unwrap();
    assert_eq!(owed(&app).await, 700);
    assert!(post(&[transfer("unbalanced", [-700, 699], north)]).await.is_err());
    post(&[transfer("nothing", [0, 0], north)]).await.unwrap();

    let cap = 9_000_000_000_000_000_i64;
    post(&[transfer("cap", [-(cap - 700), cap - 700], north)]).await.unwrap();
    assert_eq!(owed(&app).await, cap);
    assert!(post(&[transfer("above", [-1, 1], north)]).await.is_err());
    post(&[transfer("back", [cap, -cap], north)]).await.unwrap();
    post(&[transfer("below", [cap, -cap], north)]).await.unwrap();
    assert_eq!(owed(&app).await, -cap, "below zero, the provider owes it");
    assert_agrees(&app).await;
    let count = app.query("SELECT to_jsonb(count(*)) FROM ledger_transfers").await;
    assert_eq!(count, [json!(4)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_in_the_ledger_is_changed_by_the_application() {
    let app = TestApp::start().await;
    let sale = app.live_sale(app.provider("north").await, Hosted).await;
    app.shopper("mara").await.buy(&sale, 1).await;
    for statement in [
        "UPDATE ledger_entries SET amount_minor = amount_minor + 1",
        "DELETE FROM ledger_entries",
        "UPDATE ledger_transfers SET note = 'other'",
        "UPDATE line_commissions SET amount_minor = 0",
    ] {
        let mut tx = app.platform.db.platform("test").await.unwrap();
        let refused = sqlx::query(statement).execute(&mut *tx).await.unwrap_err();
        assert!(refused.to_string().contains("permission denied"), "{refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_differs_is_found_told_once_and_explained() {
    let app = TestApp::start().await;
    let finance = app.staff("finance").await;
    let sale = app.live_sale(app.provider("north").await, Hosted).await;
    app.shopper("mara").await.buy(&sale, 1).await;
    ledger::watch(&app.platform).await.unwrap();
    let open = async || finance.get("/api/v1/ledger-differences?state=open").await.json(200);
    assert_eq!(open().await["items"], json!([]));

    app.query("UPDATE payments SET amount_minor = 4901 RETURNING to_jsonb(id)").await;
    app.query("UPDATE provider_payables SET balance_minor = 1 RETURNING to_jsonb(currency)").await;
    let kinds: Vec<&str> =
        ledger::check(&app.platform).await.unwrap().iter().map(|found| found.kind.into()).collect();
    assert_eq!(kinds, ["payment", "balance"]);
    for _ in 0..2 {
        ledger::watch(&app.platform).await.unwrap();
    }
    app.run_jobs().await;
    let told = "SELECT to_jsonb(subject) FROM messages WHERE template = 'ledger_differences'";
    assert_eq!(app.query(told).await, ["2 amounts do not agree with our books"]);
    let found = open().await;
    let payment =
        found["items"].as_array().unwrap().iter().find(|one| one["kind"] == "payment").unwrap();
    assert_eq!(
        (&payment["expected"]["amount"], &payment["found"]["amount"]),
        (&json!(4901), &json!(4900))
    );
    let path = format!("/api/v1/ledger-differences/{}/note", payment["id"].as_str().unwrap());
    assert_eq!(finance.put(&path, &json!({"note": " "})).await.wrong_fields(), ["note"]);
    let explained = finance.put(&path, &json!({"note": "Corrected by hand"})).await.json(200);
    assert_eq!(explained["state"], "explained");
    assert_eq!(open().await["items"].as_array().unwrap().len(), 1);
    app.staff("support").await.get("/api/v1/ledger-differences").await.expect(403);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_banks_report_is_compared_with_the_books() {
    let app = TestApp::start().await;
    let sale = app.live_sale(app.provider("north").await, Hosted).await;
    let number = app.shopper("mara").await.buy(&sale, 2).await;
    refund(&app, &number, json!({"reason": "Broken", "amount_minor": 900})).await;
    // What is younger than an hour may not be booked yet.
    app.query("DELETE FROM sandbox_refunds RETURNING to_jsonb(id)").await;
    assert!(payments::reconcile(&app.platform).await.unwrap().is_empty());
    app.platform.clock.advance(Duration::hours(3));
    app.query("UPDATE sandbox_payments SET amount_minor = 9700 RETURNING to_jsonb(id)").await;
    let found = payments::reconcile(&app.platform).await.unwrap();
    let amounts: Vec<_> = found.iter().map(|one| (one.expected_minor, one.found_minor)).collect();
    assert_eq!(amounts, [(Some(9800), Some(9700)), (Some(900), None)]);
    assert_eq!(payments::reconcile(&app.platform).await.unwrap().len(), 2);
    let kept = app.query("SELECT to_jsonb(source) FROM ledger_differences").await;
    assert_eq!(kept, ["sandbox", "sandbox"], "each is kept once");
}
