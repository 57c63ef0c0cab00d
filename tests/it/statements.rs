//! Payouts to providers: what has matured is drafted once, approved by a second person, and sent once, by
//! transfer or in a bank file.

use serde_json::{Value, json};
use smp::{
    kernel::{Clock, OrderId, TenantId},
    ledger::{self, LedgerAccount, LedgerEntry, LedgerTransfer, TransferKind},
    sales::SaleMode::Hosted,
    statements,
};
use time::Duration;
use uuid::Uuid;

use crate::support::{Client, TestApp};

const IBAN: &str = "DE89 3704 0044 0532 0130 00";
const BANK: [(&str, &str); 3] = [
    ("smp_bank_holder", "SMP & Sons"),
    ("smp_bank_iban", "GB82 WEST 1234 5698 7654 32"),
    ("smp_bank_bic", "DEUTDEFF500"),
];
const PROVIDER_BALANCE: &str = "SELECT to_jsonb(balance_minor) FROM provider_payables";

/// Posts what SMP owes a provider since some days, in EUR cents; a negative amount is a refund.
async fn owe(app: &TestApp, tenant: TenantId, order: Option<OrderId>, minor: i64, days_ago: i64) {
    let entry = |account, tenant, amount_minor| LedgerEntry {
        account,
        tenant,
        gateway: String::new(),
        parcel: None,
        line: None,
        amount_minor,
    };
    let transfer = LedgerTransfer {
        key: format!("test:{}", Uuid::now_v7()),
        kind: if minor < 0 { TransferKind::Refund } else { TransferKind::Sale },
        currency: "EUR".to_owned(),
        order,
        payment: None,
        note: "Test".to_owned(),
        entries: vec![
            entry(LedgerAccount::ProviderPayable, tenant, -minor),
            entry(LedgerAccount::GatewayCash, TenantId::PLATFORM, minor),
        ],
    };
    let at = app.platform.clock.now() - Duration::days(days_ago);
    let mut tx = app.platform.db.platform("test").await.unwrap();
    ledger::post(&mut tx, &[transfer], at).await.unwrap();
    tx.commit().await.unwrap();
}

/// A provider's owner, and two people of finance.
struct Payouts {
    app: TestApp,
    tenant: TenantId,
    owner: Client,
    drafts: Client,
    approves: Client,
}

impl Payouts {
    async fn start(settings: &[(&str, &str)]) -> Self {
        let app = TestApp::start_with(settings).await;
        let tenant = app.provider("kiln").await;
        let owner = app.member(tenant, "owner").await;
        let (drafts, approves) = (app.staff("finance").await, app.staff("finance").await);
        Self { app, tenant, owner, drafts, approves }
    }

    /// The provider has a test account at the sandbox.
    async fn with_account(self) -> Self {
        let path = format!("/api/v1/providers/{}/payouts/onboarding", self.tenant);
        self.owner.post(&path, &json!({})).await.json(200);
        self
    }

    /// What is drafted now.
    async fn draft(&self) -> Vec<Value> {
        let made = self.drafts.post("/api/v1/statements", &json!({})).await.json(200);
        made["items"].as_array().unwrap().clone()
    }

    /// The path of the one statement that is drafted now, once it was approved.
    async fn approved(&self) -> String {
        let drafted = self.draft().await;
        assert_eq!(drafted.len(), 1);
        let path = self.path(&drafted[0]);
        self.approves.post(&format!("{path}/approval"), &json!({})).await.json(200);
        path
    }

    fn path(&self, statement: &Value) -> String {
        let id = statement["id"].as_str().unwrap();
        format!("/api/v1/providers/{}/statements/{id}", self.tenant)
    }
}

/// A provider's owner enters a bank account, long enough ago to be paid to.
async fn enter_bank_account(app: &TestApp, tenant: TenantId, owner: &Client) {
    let path = format!("/api/v1/providers/{tenant}/bank-account");
    let account = json!({"holder": "Kiln & Co", "iban": IBAN, "bic": "COBADEFF"});
    owner.put(&path, &account).await.json(200);
    app.query(
        "UPDATE bank_accounts SET changed_at = changed_at - interval '4 days' RETURNING to_jsonb(bic)",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_matured_is_approved_by_a_second_person_and_paid() {
    let payouts = Payouts::start(&[]).await.with_account().await;
    let Payouts { app, tenant, owner, drafts, approves } = &payouts;
    owe(app, *tenant, None, 5_000, 20).await;
    owe(app, *tenant, None, 7_000, 2).await;
    let drafted = payouts.draft().await;
    assert_eq!(drafted.len(), 1);
    assert_eq!(drafted[0]["amount"], json!({"amount": 5_000, "currency": "EUR"}));
    assert_eq!(drafted[0]["state"], "drafted");
    assert!(payouts.draft().await.is_empty(), "an entry is in one statement");
    let path = payouts.path(&drafted[0]);

    let (approval, transfer) = (format!("{path}/approval"), format!("{path}/transfer"));
    assert_eq!(approves.post(&transfer, &json!({})).await.problem(409), "not_approved");
    assert_eq!(drafts.post(&approval, &json!({})).await.problem(409), "second_person");
    owner.post(&approval, &json!({})).await.expect(403);
    let approved = approves.post(&approval, &json!({})).await.json(200);
    assert_eq!(
        (&approved["state"], &approved["approved_by"]),
        (&json!("approved"), &json!("finance"))
    );
    assert_eq!(approves.post(&approval, &json!({})).await.problem(409), "already_approved");

    let sent = drafts.post(&transfer, &json!({})).await.json(200);
    assert_eq!((&sent["state"], &sent["method"]), (&json!("sent"), &json!("connect")));
    let again = approves.post(&transfer, &json!({})).await.json(200);
    assert_eq!(again["reference"], sent["reference"], "it is sent once");
    assert_eq!(app.query(PROVIDER_BALANCE).await, [7_000]);
    app.run_jobs().await;
    let told =
        app.query("SELECT to_jsonb(subject) FROM messages WHERE template = 'statement_sent'").await;
    assert_eq!(told, ["SMP is paying you €50.00"]);

    let outcome = format!("{path}/outcome");
    let paid = drafts.post(&outcome, &json!({"outcome": "paid"})).await.json(200);
    assert_eq!(paid["state"], "paid");
    let shown = owner.get(&path).await.json(200);
    assert_eq!(shown["lines"][0]["kind"], "sale");
    assert_eq!(shown["lines"][0]["amount"]["amount"], 5_000);
    let csv = owner.get(&format!("{path}/lines.csv")).await;
    assert!(csv.expect(200).contains(",sale,,,Test,5000,EUR"), "{}", csv.text);

    let balance = owner.get(&format!("/api/v1/providers/{tenant}/payouts/balance")).await.json(200);
    let balance = &balance["items"][0];
    assert_eq!(balance["owed"]["amount"], 7_000);
    assert_eq!(balance["ready"]["amount"], 0);
    assert_eq!(balance["upcoming"][0]["amount"]["amount"], 7_000);
    let steps =
        "SELECT to_jsonb(action) FROM audit_log WHERE action LIKE 'statement_%' ORDER BY id";
    assert_eq!(
        app.query(steps).await,
        ["statement_draft", "statement_approve", "statement_send", "statement_settle"]
    );
    let other = app.member(app.provider("loom").await, "owner").await;
    other.get(&path).await.expect(404);
    app.member(*tenant, "editor").await.get(&path).await.expect(403);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_debt_is_carried_until_sales_pay_it() {
    let payouts = Payouts::start(&[]).await;
    let Payouts { app, tenant, .. } = &payouts;
    owe(app, *tenant, None, 5_000, 30).await;
    owe(app, *tenant, None, -6_000, 10).await;
    assert!(payouts.draft().await.is_empty());
    owe(app, *tenant, None, 4_000, 15).await;
    let drafted = payouts.draft().await;
    assert_eq!(drafted[0]["amount"]["amount"], 3_000);
    assert_eq!(drafted[0]["lines"], 3);
    assert_eq!(drafted[0]["carried"]["amount"], -1_000, "what had matured a week ago");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_waits_for_its_dispute_and_for_its_shipment() {
    let payouts = Payouts::start(&[]).await;
    let Payouts { app, tenant, .. } = &payouts;
    let sale = app.live_sale(*tenant, Hosted).await;
    let number = app.shopper("mara").await.buy(&sale, 1).await;
    let order = app.query("SELECT to_jsonb(id) FROM orders").await[0].clone();
    let order: OrderId = order.as_str().unwrap().parse().unwrap();
    owe(app, *tenant, Some(order), 5_000, 40).await;
    let lines = "SELECT to_jsonb(order_number) FROM statement_lines WHERE order_number IS NOT NULL";
    payouts.draft().await;
    assert_eq!(app.query(lines).await, [] as [Value; 0], "it is not shipped");

    app.query(
        "UPDATE orders SET confirmed_at = confirmed_at - interval '40 days' RETURNING to_jsonb(id)",
    )
    .await;
    app.query("UPDATE parcels SET state = 'delivered' RETURNING to_jsonb(id)").await;
    app.query(
        "INSERT INTO disputes (id, gateway, reference, payment_id, order_id, amount_minor, currency,
             reason, state, opened_at, check_at, looked_at, updated_at)
         SELECT gen_random_uuid(), 'stripe', 'du_1', p.id, p.order_id, p.amount_minor, p.currency,
             'fraudulent', 'needs_response', now(), now(), now(), now()
         FROM payments p RETURNING to_jsonb(id)",
    )
    .await;
    payouts.draft().await;
    assert_eq!(app.query(lines).await, [] as [Value; 0], "it is disputed");

    app.query("UPDATE disputes SET state = 'won', closed_at = now() RETURNING to_jsonb(id)").await;
    app.query(
        "INSERT INTO refunds (id, order_id, payment_id, account_id, amount_minor, currency, reason,
             requested_by, state, failed_at)
         SELECT gen_random_uuid(), order_id, id, gen_random_uuid(), 100, currency, 'goodwill',
             gen_random_uuid(), 'failed', now()
         FROM payments RETURNING to_jsonb(id)",
    )
    .await;
    payouts.draft().await;
    assert_eq!(app.query(lines).await, [] as [Value; 0], "its refund failed and is to be retried");

    app.query("UPDATE refunds SET state = 'settled_elsewhere' RETURNING to_jsonb(id)").await;
    assert_eq!(payouts.draft().await.len(), 1);
    assert!(app.query(lines).await.contains(&json!(number)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_failed_is_owed_again_and_sent_once_more() {
    let payouts = Payouts::start(&[]).await.with_account().await;
    let Payouts { app, tenant, drafts, approves, .. } = &payouts;
    owe(app, *tenant, None, 5_000, 20).await;
    let path = payouts.approved().await;
    let (transfer, outcome) = (format!("{path}/transfer"), format!("{path}/outcome"));
    let failure = json!({"outcome": "failed", "reason": "The account is closed"});
    assert_eq!(drafts.post(&outcome, &failure).await.problem(409), "not_sent");
    let first = drafts.post(&transfer, &json!({})).await.json(200);
    assert_eq!(app.query(PROVIDER_BALANCE).await, [0]);
    let unexplained = json!({"outcome": "failed"});
    assert_eq!(drafts.post(&outcome, &unexplained).await.wrong_fields(), ["reason"]);

    let failed = drafts.post(&outcome, &failure).await.json(200);
    assert_eq!((&failed["state"], &failed["failure"]), (&json!("failed"), &failure["reason"]));
    assert_eq!(app.query(PROVIDER_BALANCE).await, [5_000]);
    app.run_jobs().await;
    let told = "SELECT to_jsonb(count(*)) FROM messages WHERE template = 'statement_failed'";
    assert_eq!(app.query(told).await, [3], "the owner, and two of finance");
    assert!(payouts.draft().await.is_empty(), "its entries stay with it");

    assert_eq!(drafts.post(&transfer, &json!({})).await.problem(409), "payment_failed");
    let retry = format!("{path}/retry");
    let again = drafts.post(&retry, &json!({})).await.json(200);
    assert_eq!((&again["state"], &again["attempt"]), (&json!("approved"), &json!(2)));
    assert_eq!(approves.post(&retry, &json!({})).await.problem(409), "not_failed");
    let none = json!({});
    let (one, two) = tokio::join!(drafts.post(&transfer, &none), approves.post(&transfer, &none));
    let (one, two) = (one.json(200), two.json(200));
    assert_eq!(one["reference"], two["reference"]);
    assert_ne!(one["reference"], first["reference"]);
    assert_eq!(app.query(PROVIDER_BALANCE).await, [0]);
    let posted =
        "SELECT to_jsonb(kind) FROM ledger_transfers WHERE kind LIKE 'payout%' ORDER BY posted_at";
    assert_eq!(app.query(posted).await, ["payout", "payout_failed", "payout"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_no_account_is_paid_by_bank_file() {
    let payouts = Payouts::start(&BANK).await;
    let Payouts { app, tenant, owner, drafts, approves } = &payouts;
    owe(app, *tenant, None, 5_025, 20).await;
    let path = payouts.approved().await;
    let refused = drafts.post(&format!("{path}/transfer"), &json!({})).await;
    assert_eq!(refused.problem(409), "payouts_not_ready");
    let files = "/api/v1/bank-files";
    let euros = json!({"currency": "EUR"});
    let refused = drafts.post(files, &euros).await;
    assert_eq!(refused.problem(409), "nothing_to_pay");
    assert!(refused.text.contains("has not entered a bank account"), "{}", refused.text);
    assert_eq!(drafts.post(files, &json!({"currency": "XXX"})).await.wrong_fields(), ["currency"]);

    let own = format!("/api/v1/providers/{tenant}/bank-account");
    assert_eq!(owner.get(&own).await.json(200)["account"], Value::Null);
    let wrong = json!({"holder": "", "iban": "DE89 3704 0044 0532 0130 01", "bic": "X"});
    assert_eq!(owner.put(&own, &wrong).await.wrong_fields(), ["holder", "iban", "bic"]);
    let right = json!({"holder": "Kiln & Co", "iban": IBAN, "bic": "cobadeff"});
    drafts.put(&own, &right).await.expect(403);
    let kept = owner.put(&own, &right).await.json(200);
    assert_eq!(kept["account"]["iban"], "DE•• •••• 3000");
    let compact = IBAN.replace(' ', "");
    let stored = "SELECT to_jsonb(b) || to_jsonb(l) FROM bank_accounts b, audit_log l
        WHERE l.action = 'bank_account_set'";
    let stored = app.query(stored).await;
    assert!(stored.len() == 1 && !stored[0].to_string().contains(&compact), "{stored:?}");
    app.run_jobs().await;
    let told = "SELECT to_jsonb(subject) FROM messages WHERE template = 'bank_account_changed'";
    assert_eq!(app.query(told).await, ["The bank account of Kiln was changed"]);
    let refused = drafts.post(files, &euros).await;
    assert_eq!(refused.problem(409), "nothing_to_pay");
    assert!(refused.text.contains("changed its bank account"), "{}", refused.text);

    app.query(
        "UPDATE bank_accounts SET changed_at = changed_at - interval '3 days' RETURNING to_jsonb(bic)",
    )
    .await;
    let made = drafts.post(files, &euros).await.json(200);
    assert_eq!(made["file"]["amount"], json!({"amount": 5_025, "currency": "EUR"}));
    assert_eq!((&made["file"]["payments"], &made["left_out"]), (&json!(1), &json!([])));
    let file = format!("{files}/{}", made["file"]["id"].as_str().unwrap());
    let xml = approves.get(&file).await;
    for part in [
        "pain.001.001.09",
        &format!("<IBAN>{compact}</IBAN>"),
        "<InstdAmt Ccy=\"EUR\">50.25</InstdAmt>",
        "<Nm>Kiln &amp; Co</Nm>",
        "<Nm>SMP &amp; Sons</Nm>",
    ] {
        assert!(xml.expect(200).contains(part), "{part}: {}", xml.text);
    }
    assert_eq!(approves.get(&file).await.text, xml.text, "the same bytes");
    app.staff("manager").await.get(&file).await.expect(403);
    owner.get(&file).await.expect(403);
    assert_eq!(drafts.post(files, &euros).await.problem(409), "nothing_to_pay");
    let sent = owner.get(&path).await.json(200);
    assert_eq!(
        (&sent["statement"]["state"], &sent["statement"]["method"]),
        (&json!("sent"), &json!("bank"))
    );
    let refused = drafts.post(&format!("{path}/transfer"), &json!({})).await;
    assert_eq!(refused.problem(409), "sent_by_bank");
    assert_eq!(app.query(PROVIDER_BALANCE).await, [0]);
    let listed = drafts.get(files).await.json(200);
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_that_is_not_taken_back_stays_sent() {
    let payouts = Payouts::start(&[]).await.with_account().await;
    let Payouts { app, tenant, drafts, .. } = &payouts;
    owe(app, *tenant, None, 5_000, 20).await;
    let path = payouts.approved().await;
    drafts.post(&format!("{path}/transfer"), &json!({})).await.json(200);
    // Stripe is not set up here, so its transfer cannot be taken back.
    app.query("UPDATE statements SET gateway = 'stripe' RETURNING to_jsonb(id)").await;
    let failure = json!({"outcome": "failed", "reason": "The account is closed"});
    let outcome = format!("{path}/outcome");
    drafts.post(&outcome, &failure).await.expect(503);
    assert_eq!(app.query("SELECT to_jsonb(state) FROM statements").await, ["sent"]);
    assert_eq!(app.query(PROVIDER_BALANCE).await, [0], "it is not owed again");
    app.query("UPDATE statements SET gateway = 'sandbox' RETURNING to_jsonb(id)").await;
    drafts.post(&outcome, &failure).await.json(200);
    assert_eq!(app.query(PROVIDER_BALANCE).await, [5_000]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_asks_for_again_is_finished_by_its_job() {
    let payouts = Payouts::start(&[]).await.with_account().await;
    let Payouts { app, tenant, drafts, .. } = &payouts;
    owe(app, *tenant, None, 5_000, 20).await;
    let path = payouts.approved().await;
    let failure = json!({"outcome": "failed", "reason": "The account is closed"});
    for (what, body, state, owed) in
        [("transfer", json!({}), "sent", 0), ("outcome", failure, "failed", 5_000)]
    {
        // Stripe is not set up here, so it gives no answer.
        let begun =
            "UPDATE statements SET gateway = 'stripe', method = 'connect' RETURNING to_jsonb(id)";
        app.query(begun).await;
        drafts.post(&format!("{path}/{what}"), &body).await.expect(503);
        app.query("UPDATE statements SET gateway = 'sandbox' RETURNING to_jsonb(id)").await;
        let due = "UPDATE graphile_worker._private_jobs SET run_at = now()
            WHERE key LIKE 'statement_%' AND locked_at IS NULL RETURNING to_jsonb(key)";
        assert_eq!(app.query(due).await.len(), 1, "{what}");
        app.run_jobs().await;
        assert_eq!(app.query("SELECT to_jsonb(state) FROM statements").await, [state]);
        assert_eq!(app.query(PROVIDER_BALANCE).await, [owed]);
        assert!(app.query(due).await.is_empty(), "{what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_run_pays_what_is_owed_by_now() {
    let payouts = Payouts::start(&[]).await;
    let Payouts { app, tenant, .. } = &payouts;
    owe(app, *tenant, None, 5_000, 40).await;
    owe(app, *tenant, None, -2_000, 0).await;
    statements::draft_due(&app.platform).await.unwrap();
    let drafted = "SELECT to_jsonb(amount_minor) FROM statements";
    assert_eq!(app.query(drafted).await, [3_000], "the refund came after Monday");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_is_not_sent_when_less_is_owed_by_now() {
    let payouts = Payouts::start(&BANK).await;
    let Payouts { app, tenant, owner, drafts, .. } = &payouts;
    owe(app, *tenant, None, 5_000, 20).await;
    let path = payouts.approved().await;
    enter_bank_account(app, *tenant, owner).await;
    owe(app, *tenant, None, -2_000, 0).await;
    let (files, euros) = ("/api/v1/bank-files", json!({"currency": "EUR"}));
    let refused = drafts.post(files, &euros).await;
    assert_eq!(refused.problem(409), "nothing_to_pay");
    assert!(refused.text.contains("€30.00"), "{}", refused.text);

    let payouts = payouts.with_account().await;
    let Payouts { app, tenant, drafts, .. } = &payouts;
    let transfer = format!("{path}/transfer");
    let refused = drafts.post(&transfer, &json!({})).await;
    assert_eq!(refused.problem(409), "owed_less");
    for amount in ["€50.00", "€30.00"] {
        assert!(refused.text.contains(amount), "{}", refused.text);
    }
    assert_eq!(app.query(PROVIDER_BALANCE).await, [3_000]);
    owe(app, *tenant, None, 2_000, 0).await;
    drafts.post(&transfer, &json!({})).await.json(200);
    assert_eq!(app.query(PROVIDER_BALANCE).await, [0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_failure_keeps_no_other_provider_from_its_money() {
    let payouts = Payouts::start(&BANK).await;
    let Payouts { app, tenant, owner, drafts, approves } = &payouts;
    let loom = app.provider("loom").await;
    owe(app, *tenant, None, 5_000, 40).await;
    owe(app, loom, None, 6_000, 40).await;
    app.query("ALTER TABLE statements ADD CONSTRAINT broken CHECK (amount_minor <> 5000)").await;
    statements::draft_due(&app.platform).await.unwrap_err();
    let drafted = "SELECT to_jsonb(amount_minor) FROM statements ORDER BY amount_minor";
    assert_eq!(app.query(drafted).await, [6_000]);
    app.query("ALTER TABLE statements DROP CONSTRAINT broken").await;
    owe(app, loom, None, 7_000, 40).await;
    statements::draft_due(&app.platform).await.unwrap();
    assert_eq!(
        app.query(drafted).await,
        [5_000, 6_000],
        "the run was not over, and loom had its own"
    );

    for id in app.query("SELECT to_jsonb(tenant_id || '/statements/' || id) FROM statements").await
    {
        let path = format!("/api/v1/providers/{}/approval", id.as_str().unwrap());
        approves.post(&path, &json!({})).await.json(200);
    }
    enter_bank_account(app, *tenant, owner).await;
    enter_bank_account(app, loom, &app.member(loom, "owner").await).await;
    app.query(
        "UPDATE bank_accounts SET iban_sealed = sha256(iban_sealed)
         WHERE tenant_id = (SELECT tenant_id FROM statements WHERE amount_minor = 5000)
         RETURNING to_jsonb(bic)",
    )
    .await;
    let made = drafts.post("/api/v1/bank-files", &json!({"currency": "EUR"})).await.json(200);
    assert_eq!(made["file"]["amount"]["amount"], 6_000);
    assert_eq!(made["left_out"].as_array().unwrap().len(), 1);
    assert_eq!(made["left_out"][0]["amount"]["amount"], 5_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_bank_account_of_smps_no_file_is_made() {
    let payouts = Payouts::start(&[]).await;
    let refused = payouts.drafts.post("/api/v1/bank-files", &json!({"currency": "EUR"})).await;
    assert_eq!(refused.problem(409), "bank_not_set_up");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_at_once_draft_one() {
    let payouts = Payouts::start(&[]).await;
    let Payouts { app, tenant, .. } = &payouts;
    let node = app.another_node(Clock::default()).await;
    for _ in 0..20 {
        owe(app, *tenant, None, 300, 40).await;
    }
    let (one, two) =
        tokio::join!(statements::draft_due(&app.platform), statements::draft_due(&node));
    one.unwrap();
    two.unwrap();
    let drafted = "SELECT to_jsonb(amount_minor) FROM statements";
    assert_eq!(app.query(drafted).await, [6_000]);
    owe(app, *tenant, None, 9_000, 40).await;
    statements::draft_due(&node).await.unwrap();
    assert_eq!(app.query(drafted).await, [6_000], "the run of this week is over");
    let (_, by) = app.account("finance", &[]).await;
    let (one, two) = tokio::join!(
        statements::draft_all(&app.platform, None, Some(by)),
        statements::draft_all(&node, Some(*tenant), Some(by)),
    );
    assert_eq!(one.unwrap().len() + two.unwrap().len(), 1);
}
