//! Payouts: nothing hosted is approved or sells for a provider that cannot be paid, where Stripe moves money;
//! a sandbox account for everywhere else; and disputes, which keep from refunds.

use serde_json::{Value, json};
use smp::{
    events,
    kernel::TenantId,
    payouts,
    platform::{Platform, broker::Notice},
    sales::SaleMode::{Hosted, Redirect},
};

use crate::support::{
    TestApp,
    sales::{decide, sale_input, submit},
    stage::Stage,
};

/// Stripe's keys that move money, and an address at which nobody answers.
const LIVE: [(&str, &str); 4] = [
    ("stripe_secret_key", "sk_live_1"),
    ("stripe_publishable_key", "pk_live_1"),
    ("stripe_webhook_secret", "whsec_1"),
    ("stripe_api_url", "http://127.0.0.1:9/"),
];
const TEST_MODE: [(&str, &str); 4] = [
    ("stripe_secret_key", "sk_test_1"),
    ("stripe_publishable_key", "pk_test_1"),
    ("stripe_webhook_secret", "whsec_1"),
    ("stripe_api_url", "http://127.0.0.1:9/"),
];
const NEW_ACCOUNT: &str = "
    INSERT INTO payout_accounts (tenant_id, gateway, reference, state, requirements, country, check_at,
        looked_at, created_at, updated_at)
    SELECT tenant_id, 'stripe', 'acct_1', 'restricted',
           '{\"currently_due\": [\"external_account\"], \"past_due\": []}', 'DE', now(), now(), now(), now()
    FROM providers RETURNING to_jsonb(reference)";
const ENABLED: &str =
    "UPDATE payout_accounts SET state = 'enabled', requirements = '{}' RETURNING to_jsonb(state)";

/// Applies the gate of a node, and tells the test's own node, which is not on that node's broker.
async fn apply(node: &Platform, stage: &Stage) {
    payouts::apply_gate(node).await.unwrap();
    let notice = Notice::ProviderChanged { tenant: stage.tenant };
    stage.app.platform.broker.publish(notice).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_hosted_sale_is_approved_for_a_provider_that_cannot_be_paid() {
    let stage = Stage::set().await;
    let live = stage.app.node_with(&LIVE).await;
    let (_, path) = stage.draft().await;
    let revision = submit(&stage.editor, &path).await;
    apply(&live, &stage).await;
    assert_eq!(stage.editor.get(&path).await.json(200)["payouts_ready"], false);
    let refused = decide(&stage.manager, &path, &revision, "approve").await;
    assert_eq!(refused.problem(409), "payouts_not_ready");
    assert!(refused.text.contains("has not set up its payouts"), "{}", refused.text);

    stage.app.query(NEW_ACCOUNT).await;
    apply(&live, &stage).await;
    let refused = decide(&stage.manager, &path, &revision, "approve").await;
    assert_eq!(refused.problem(409), "payouts_not_ready");
    assert!(refused.text.contains("a bank account for payouts"), "{}", refused.text);

    stage.app.query(ENABLED).await;
    apply(&live, &stage).await;
    decide(&stage.manager, &path, &revision, "approve").await.json(200);
    assert_eq!(stage.editor.get(&path).await.json(200)["payouts_ready"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_sells_elsewhere_needs_no_payouts() {
    let stage = Stage::set().await;
    let live = stage.app.node_with(&LIVE).await;
    apply(&live, &stage).await;
    let starts_at = stage.ends_at - time::Duration::hours(20);
    let input = sale_input(&stage.offer, Redirect, starts_at, stage.ends_at);
    let (path, revision) = stage.submitted(&input).await;
    assert_eq!(stage.editor.get(&path).await.json(200)["payouts_ready"], true);
    decide(&stage.manager, &path, &revision, "approve").await.json(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_live_sale_stops_and_goes_on_with_what_can_be_paid() {
    let stage = Stage::set().await;
    let live = stage.app.node_with(&LIVE).await;
    let sale = stage.live(&stage.input).await;
    let ada = stage.app.shopper("Ada").await;
    let holds = format!("/api/v1/sales/{}/holds", sale.slug);
    let hold = json!({"sale_item_id": sale.items[0], "quantity": 1});
    let listed =
        async || stage.app.anonymous().get("/api/v1/sales").await.json(200)["items"].clone();

    apply(&live, &stage).await;
    let refused = ada.post(&holds, &hold).await;
    assert_eq!(refused.problem(409), "halted");
    assert!(refused.text.contains("This seller is not selling at the moment"), "{}", refused.text);
    assert_eq!(stage.shown(&sale.slug).await["halted"], true);
    assert_eq!(listed().await, json!([]));

    stage.app.query(NEW_ACCOUNT).await;
    stage.app.query(ENABLED).await;
    apply(&live, &stage).await;
    ada.post(&holds, &hold).await.json(201);
    assert_eq!(listed().await.as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_no_money_moves_nobody_asks() {
    let stage = Stage::set().await;
    apply(&stage.app.node_with(&LIVE).await, &stage).await;
    let blocked = "SELECT to_jsonb(payouts_blocked IS NOT NULL) FROM providers";
    assert_eq!(stage.app.query(blocked).await, [true]);
    apply(&stage.app.node_with(&TEST_MODE).await, &stage).await;
    assert_eq!(stage.app.query(blocked).await, [false], "test mode");
    apply(&stage.app.node_with(&LIVE).await, &stage).await;
    apply(&stage.app.platform, &stage).await;
    assert_eq!(stage.app.query(blocked).await, [false], "the sandbox");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sandbox_account_is_enabled_with_one_press() {
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let (owner, editor) = (app.member(tenant, "owner").await, app.member(tenant, "editor").await);
    let finance = app.staff("finance").await;
    let path = format!("/api/v1/providers/{tenant}/payouts");
    let none = owner.get(&path).await.json(200);
    assert_eq!((&none["state"], &none["sandbox"]), (&json!("none"), &json!(true)));
    assert_eq!(none["required"], false);
    editor.get(&path).await.expect(403);
    let dashboard = format!("{path}/dashboard");
    assert_eq!(owner.post(&dashboard, &json!({})).await.problem(409), "no_payout_dashboard");

    editor.post(&format!("{path}/onboarding"), &json!({})).await.expect(403);
    for _ in 0..2 {
        let begun = owner.post(&format!("{path}/onboarding"), &json!({})).await.json(200);
        assert_eq!((&begun["url"], &begun["account"]["state"]), (&Value::Null, &json!("enabled")));
        assert_eq!(begun["account"]["missing"], Value::Null);
    }
    let audit = "SELECT to_jsonb(subject) FROM audit_log WHERE action = 'payout_onboarding_create'";
    assert_eq!(app.query(audit).await, ["provider kiln"], "once");

    app.provider("loom").await;
    let states = async |query: &str| {
        let list = finance.get(&format!("/api/v1/payout-accounts{query}")).await.json(200);
        let items = list["items"].as_array().unwrap().clone();
        items.into_iter().map(|one| one["provider"]["slug"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(states("").await.len(), 2);
    assert_eq!(states("?state=enabled").await, ["kiln"]);
    assert_eq!(states("?state=none").await, ["loom"]);
    owner.get("/api/v1/payout-accounts").await.expect(403);
}

/// The one order's dispute, as it stands.
const DISPUTED: &str = "
    INSERT INTO disputes (id, gateway, reference, payment_id, order_id, amount_minor, currency, reason,
        state, evidence_due_at, opened_at, check_at, looked_at, updated_at)
    SELECT '01980000-0000-7000-8000-000000000001', 'stripe', 'du_1', p.id, p.order_id, p.amount_minor,
           p.currency, 'product_not_received', 'needs_response', now() + interval '7 days', now(), now(),
           now(), now()
    FROM payments p RETURNING to_jsonb(order_id)";

#[tokio::test(flavor = "multi_thread")]
async fn a_dispute_is_told_and_keeps_from_refunds_until_it_is_won() {
    let app = TestApp::start().await;
    let sale = app.live_sale(app.provider("north").await, Hosted).await;
    let mara = app.shopper("mara").await;
    let number = mara.buy(&sale, 1).await;
    let (finance, support) = (app.staff("finance").await, app.staff("support").await);
    let order = app.query(DISPUTED).await[0].clone();
    let payload = json!({
        "dispute_id": "01980000-0000-7000-8000-000000000001",
        "order_id": order,
        "amount": {"amount": 4900, "currency": "EUR"},
        "reason": "product not received",
    });
    let mut tx = app.platform.db.platform("test").await.unwrap();
    events::publish(&mut tx, TenantId::PLATFORM, "dispute.opened", &payload).await.unwrap();
    tx.commit().await.unwrap();
    app.run_jobs().await;
    let told =
        app.query("SELECT to_jsonb(subject) FROM messages WHERE template = 'dispute_opened'").await;
    assert_eq!(told, [json!(format!("A payment of order {number} is disputed"))]);
    let history = finance.get(&format!("/api/v1/orders/{number}/history")).await.json(200);
    assert!(
        history.to_string().contains("A dispute of €49.00 was opened: product not received"),
        "{history}"
    );
    let own = mara.get(&format!("/api/v1/me/orders/{number}/history")).await.json(200);
    assert!(!own.to_string().contains("dispute"), "{own}");

    let list = finance.get("/api/v1/disputes?open=true").await.json(200);
    let found = &list["items"][0];
    assert_eq!((&found["order_number"], &found["needs_response"]), (&json!(number), &json!(true)));
    let path = format!("/api/v1/disputes/{}", found["id"].as_str().unwrap());
    let shown = finance.get(&path).await.json(200);
    let url = shown["dashboard_url"].as_str().unwrap();
    assert!(url.starts_with("https://dashboard.stripe.com/") && url.ends_with("/du_1"), "{url}");
    app.staff("marketing").await.get(&path).await.expect(403);
    let closed = finance.get("/api/v1/disputes?open=false").await.json(200);
    assert_eq!(closed["items"], json!([]));

    let refunds = format!("/api/v1/orders/{number}/refunds");
    let refund = json!({"reason": "Broken on arrival"});
    assert_eq!(support.post(&refunds, &refund).await.problem(409), "disputed");
    app.query("UPDATE disputes SET state = 'lost', closed_at = now() RETURNING to_jsonb(id)").await;
    assert_eq!(support.post(&refunds, &refund).await.problem(409), "disputed");
    app.query("UPDATE disputes SET state = 'won' RETURNING to_jsonb(id)").await;
    support.post(&refunds, &refund).await.json(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_lost_dispute_paid_back_is_not_refunded_again_and_the_remainder_is() {
    let app = TestApp::start().await;
    let sale = app.live_sale(app.provider("north").await, Hosted).await;
    let mara = app.shopper("mara").await;
    let number = mara.buy(&sale, 1).await;
    let support = app.staff("support").await;
    app.query(DISPUTED).await;
    // Of €49.00 the bank paid €20.00 back.
    app.query(
        "UPDATE disputes SET amount_minor = 2000, state = 'lost', closed_at = now()
         RETURNING to_jsonb(id)",
    )
    .await;
    let refunds = format!("/api/v1/orders/{number}/refunds");
    let of = |amount: i64| json!({"reason": "Broken on arrival", "amount_minor": amount});
    let refused = support.post(&refunds, &of(2901)).await;
    assert_eq!(refused.wrong_fields(), ["amount_minor"]);
    let why = refused.json(422).to_string();
    assert!(why.contains("has paid €20.00 back in a dispute") && why.contains("€29.00"), "{why}");
    let line = mara.order(&number).await["parcels"][0]["lines"][0]["id"].clone();
    let lines = json!([{"line_id": line, "quantity": 1, "restock": "never_sold"}]);
    let units = json!({"reason": "Broken on arrival", "lines": lines});
    assert_eq!(support.post(&refunds, &units).await.wrong_fields(), ["lines"]);

    support.post(&refunds, &of(900)).await.json(201);
    assert_eq!(app.stock().await, (0, 1), "goodwill moves no units");
    let rest = support.post(&refunds, &json!({"reason": "Broken on arrival"})).await.json(201);
    assert_eq!((&rest["amount"]["amount"], &rest["state"]), (&json!(2000), &json!("succeeded")));
    assert_eq!(app.stock().await, (0, 0), "everything was given back");
    let nothing = support.post(&refunds, &of(1)).await;
    assert!(nothing.expect(409).contains("has paid €20.00 of this order back"), "{}", nothing.text);
    assert_eq!(nothing.problem(409), "disputed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shopper_who_cancels_gets_back_what_the_bank_did_not_pay_back() {
    let app = TestApp::start().await;
    let sale = app.live_sale(app.provider("north").await, Hosted).await;
    let mara = app.shopper("mara").await;
    let number = mara.buy(&sale, 1).await;
    app.query(DISPUTED).await;
    let cancel = format!("/api/v1/me/orders/{number}/cancel");
    assert_eq!(mara.post(&cancel, &json!({})).await.problem(409), "disputed");
    app.query(
        "UPDATE disputes SET amount_minor = 2000, state = 'lost', closed_at = now()
         RETURNING to_jsonb(id)",
    )
    .await;
    let order = mara.post(&cancel, &json!({})).await.json(200);
    assert_eq!(
        (&order["state"], &order["refunded"]["amount"]),
        (&json!("cancelled"), &json!(2900))
    );
    assert_eq!(app.stock().await, (0, 0));
}
