//! What becomes of a payment when answers are lost, late, repeated, wrong or forged, and when the server
//! ends between any two steps.

use reqwest::Method;
use serde_json::{Value, json};
use smp::{
    kernel::{AccountId, Money, OrderId, PaymentId},
    orders,
    payments::{
        self, BankAnswer, NewPayment,
        gateway::{Attempt, PayingShopper, RawNotice, Subject},
    },
    sales::SaleMode::Hosted,
};
use time::Duration;

use crate::support::{
    Client, TestApp,
    client::Answer,
    shop::{APPROVE, AT_BANK, DECLINE},
};

const PAYMENTS: &str = "SELECT to_jsonb(count(*)) FROM payments";
const REFUNDS: &str = "SELECT to_jsonb(count(*)) FROM refunds";
const NOTICES: &str = "SELECT to_jsonb(count(*)) FROM gateway_notices";

/// A shopper with an order of one unit to pay.
struct Desk {
    app: TestApp,
    mara: Client,
    number: String,
}

impl Desk {
    async fn set() -> Self {
        let app = TestApp::start().await;
        let sale = app.live_sale(app.provider("north").await, Hosted).await;
        let mara = app.shopper("mara").await;
        mara.hold(&sale, 0, 1).await;
        let number = mara.place().await.json(201)["number"].as_str().unwrap().to_owned();
        Self { app, mara, number }
    }

    async fn state(&self) -> String {
        self.mara.order(&self.number).await["state"].as_str().unwrap().to_owned()
    }

    async fn payment(&self, id: &str) -> String {
        self.mara.payment(&self.number, id).await["state"].as_str().unwrap().to_owned()
    }

    /// The states of a payment and of the order.
    async fn both(&self, payment: &str) -> [String; 2] {
        [self.payment(payment).await, self.state().await]
    }

    /// Lets time pass, and the clock's look-ups be done.
    async fn wait(&self, seconds: i64) {
        self.app.platform.clock.advance(Duration::seconds(seconds));
        orders::look_up_due(&self.app.platform).await.unwrap();
    }

    /// The customer answers at the bank, and nobody hears of it.
    async fn answer_silently(&self, payment: &str, answer: BankAnswer) {
        let now = self.app.platform.clock.now();
        let mut tx = self.app.platform.db.platform("test").await.unwrap();
        let id: PaymentId = payment.parse().unwrap();
        assert!(payments::answer_at_bank(&mut tx, id, answer, now).await.unwrap());
        tx.commit().await.unwrap();
    }

    async fn post_notice(&self, gateway: &str, notice: &RawNotice) -> Answer {
        let gateways = self.app.anonymous();
        let path = format!("/api/v1/payments/{gateway}/notices");
        gateways.send(gateways.request(Method::POST, &path).body(notice.body.clone())).await
    }

    fn notice(&self, subject: Subject) -> RawNotice {
        payments::sandbox_notice(&self.app.platform.config, subject).unwrap()
    }

    /// An attempt that is recorded while its process ends before it calls the gateway.
    async fn record_only(&self) -> Attempt {
        let rows = self.app.query("SELECT to_jsonb(o) FROM orders o").await;
        let order: OrderId = rows[0]["id"].as_str().unwrap().parse().unwrap();
        let account: AccountId = rows[0]["account_id"].as_str().unwrap().parse().unwrap();
        let now = self.app.platform.clock.now();
        let attempt = Attempt {
            payment: PaymentId::new(),
            amount: Money::new(4900, "EUR"),
            order_number: self.number.clone(),
            shopper: PayingShopper {
                name: "Mara Lind".to_owned(),
                email: "mara@test.example".to_owned(),
                country: "DE".to_owned(),
            },
            return_url: format!("{}/", self.app.base),
            phone: String::new(),
        };
        let mut tx = self.app.platform.db.platform("test").await.unwrap();
        let new = NewPayment {
            id: attempt.payment,
            order,
            account,
            gateway: payments::SANDBOX,
            part: payments::PaymentPart::Whole,
            amount: &attempt.amount,
            look_at: now + Duration::seconds(20),
            wait_until: now + Duration::minutes(10),
        };
        payments::create_all(&mut tx, &[new], now).await.unwrap();
        tx.commit().await.unwrap();
        attempt
    }

    async fn count(&self, query: &'static str) -> i64 {
        self.app.query(query).await[0].as_i64().unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bank_that_does_not_answer_is_asked_again() {
    let desk = Desk::set().await;
    let id = desk.mara.begin(&desk.number).await;
    let step = desk.mara.at_bank(&id, "time_out").await;
    assert_eq!(step.location(), format!("/checkout/{}/payments/{id}", desk.number));
    assert_eq!(desk.payment(&id).await, "processing");
    let page = desk.mara.get(step.location()).await;
    assert!(page.expect(200).contains("We are asking your bank"), "{}", page.text);
    // Nobody knows, so nothing can be begun or cancelled.
    assert_eq!(desk.mara.pay(&desk.number, APPROVE).await.problem(409), "payment_under_way");
    let cancel = format!("/api/v1/me/orders/{}/cancel", desk.number);
    assert_eq!(desk.mara.post(&cancel, &json!({})).await.problem(409), "payment_under_way");
    desk.wait(21).await;
    assert_eq!(desk.payment(&id).await, "processing");
    desk.wait(61).await;
    assert_eq!(desk.state().await, "confirmed");
    assert_eq!(desk.app.told("order.confirmed").await.len(), 1);
    desk.app.run_jobs().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_approval_confirms_the_order() {
    let desk = Desk::set().await;
    let id = desk.mara.begin(&desk.number).await;
    desk.mara.at_bank(&id, "approve_late").await.expect(303);
    assert_eq!(desk.payment(&id).await, "processing");
    assert_eq!(desk.mara.pay(&desk.number, APPROVE).await.problem(409), "payment_under_way");
    desk.wait(25).await;
    assert_eq!(desk.both(&id).await, ["succeeded", "confirmed"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_asks_the_bank_first() {
    let desk = Desk::set().await;
    let id = desk.mara.begin(&desk.number).await;
    desk.answer_silently(&id, BankAnswer::Approve).await;
    let cancel = format!("/api/v1/me/orders/{}/cancel", desk.number);
    // It turns out to be paid: what was paid goes back.
    assert_eq!(desk.mara.post(&cancel, &json!({})).await.json(200)["status"], "refunded");
    assert_eq!(desk.both(&id).await, ["succeeded", "cancelled"]);
    assert_eq!(desk.count(REFUNDS).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_tabs_one_pays() {
    let desk = Desk::set().await;
    let first = desk.mara.begin(&desk.number).await;
    desk.answer_silently(&first, BankAnswer::Approve).await;
    // The second tab begins another payment: the first one turns out to be paid.
    assert_eq!(desk.mara.pay(&desk.number, AT_BANK).await.problem(409), "already_paid");
    assert_eq!(desk.payment(&first).await, "succeeded");
    assert_eq!((desk.count(PAYMENTS).await, desk.count(REFUNDS).await), (1, 0));
    assert_eq!(desk.state().await, "confirmed");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_amount_or_currency_confirms_nothing_and_goes_back() {
    for change in [
        "UPDATE sandbox_payments SET amount_minor = amount_minor + 100 RETURNING to_jsonb(id)",
        "UPDATE sandbox_payments SET currency = 'USD' RETURNING to_jsonb(id)",
    ] {
        let desk = Desk::set().await;
        let id = desk.mara.begin(&desk.number).await;
        desk.app.query(change).await;
        desk.mara.at_bank(&id, "approve").await.expect(303);
        let payment = desk.mara.payment(&desk.number, &id).await;
        assert_eq!(payment["state"], "failed", "{change}");
        let failure = payment["failure"].as_str().unwrap();
        assert!(failure.contains("was charged instead of €49.00"), "{failure}");
        assert_eq!(desk.state().await, "awaiting_payment");
        // Heard again, it does not go back twice.
        let subject = Subject::Payment(id.parse().unwrap());
        desk.post_notice("sandbox", &desk.notice(subject)).await.expect(200);
        assert_eq!(desk.count(REFUNDS).await, 1);
        let audit = "SELECT to_jsonb(a) FROM audit_log a WHERE action = 'payment_mismatch'";
        assert_eq!(desk.app.query(audit).await.len(), 1);
        let page = desk.mara.get(&format!("/checkout/{}/payment", desk.number)).await;
        page.expect(200);
        let page = page.main();
        assert!(page.contains("we pay it back") && !page.contains("Nothing was charged"), "{page}");
        desk.app.run_jobs().await;
        let order = desk.mara.order(&desk.number).await;
        assert_eq!(
            (&order["refunds"][0]["state"], &order["refunded"]["amount"]),
            (&json!("succeeded"), &json!(0)),
            "the order was not paid with it"
        );
        let told = "SELECT to_jsonb(body_text) FROM messages WHERE template = 'refunded'";
        let told = desk.app.query(told).await;
        assert!(told[0].as_str().unwrap().contains("was charged instead of"), "{told:?}");
        assert_eq!(desk.mara.pay(&desk.number, APPROVE).await.json(201)["state"], "succeeded");
        assert_eq!(desk.state().await, "confirmed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn notices_are_believed_only_when_signed_and_handled_once() {
    let desk = Desk::set().await;
    let id = desk.mara.begin(&desk.number).await;
    desk.answer_silently(&id, BankAnswer::Approve).await;
    let about = Subject::Payment(id.parse().unwrap());

    let forged = RawNotice { headers: vec![], body: b"{\"payment\": \"x\"}.abc".to_vec() };
    desk.post_notice("sandbox", &forged).await.expect(400);
    let mut changed = desk.notice(about);
    changed.body[10] ^= 1;
    desk.post_notice("sandbox", &changed).await.expect(400);
    desk.post_notice("barter", &desk.notice(about)).await.expect(404);
    assert_eq!(desk.count(NOTICES).await, 0);
    assert_eq!(desk.state().await, "awaiting_payment");

    // Of a payment that is not kept here, and of none.
    for foreign in [Subject::Payment(PaymentId::new()), Subject::Other] {
        desk.post_notice("sandbox", &desk.notice(foreign)).await.expect(200);
    }
    let notice = desk.notice(about);
    for _ in 0..3 {
        desk.post_notice("sandbox", &notice).await.expect(200);
    }
    // A stale one, of a payment that has ended.
    desk.post_notice("sandbox", &desk.notice(about)).await.expect(200);
    assert_eq!(desk.both(&id).await, ["succeeded", "confirmed"]);
    assert_eq!((desk.count(NOTICES).await, desk.count(REFUNDS).await), (4, 0));
    assert_eq!(desk.app.told("order.confirmed").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_that_cannot_be_looked_up_is_to_be_repeated() {
    let desk = Desk::set().await;
    let id = desk.mara.begin(&desk.number).await;
    desk.answer_silently(&id, BankAnswer::TimeOut).await;
    let notice = desk.notice(Subject::Payment(id.parse().unwrap()));
    desk.post_notice("sandbox", &notice).await.expect(503);
    desk.app.platform.clock.advance(Duration::seconds(31));
    desk.post_notice("sandbox", &notice).await.expect(200);
    assert_eq!(desk.state().await, "confirmed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_return_by_form_comes_from_another_site_and_is_looked_up() {
    let desk = Desk::set().await;
    let id = desk.mara.begin(&desk.number).await;
    desk.answer_silently(&id, BankAnswer::Approve).await;
    let stranger = desk.app.anonymous();
    let from_elsewhere = |path: &str| {
        let post = stranger.request(Method::POST, path).header("Sec-Fetch-Site", "cross-site");
        stranger.send(post.body("not signed"))
    };
    from_elsewhere(&format!("/sandbox/bank/{id}")).await.expect(403);
    from_elsewhere(&format!("/checkout/{}/payment", desk.number)).await.expect(403);
    let back = from_elsewhere(&format!("/payments/return/sandbox/{id}")).await;
    assert_eq!(back.location(), format!("/checkout/{}/payments/{id}", desk.number));
    assert_eq!(desk.state().await, "confirmed");
    from_elsewhere(&format!("/payments/return/sandbox/{}", PaymentId::new())).await.expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_ends_between_any_two_steps_loses_and_doubles_nothing() {
    // After the attempt was recorded, before the gateway was called.
    let desk = Desk::set().await;
    let attempt = desk.record_only().await;
    assert_eq!(desk.mara.pay(&desk.number, APPROVE).await.problem(409), "payment_under_way");
    desk.wait(21).await;
    assert_eq!(desk.payment(&attempt.payment.to_string()).await, "failed");
    assert_eq!(desk.mara.pay(&desk.number, APPROVE).await.json(201)["state"], "succeeded");

    // After the gateway took the money, before its answer was applied.
    let desk = Desk::set().await;
    let attempt = desk.record_only().await;
    let now = desk.app.platform.clock.now();
    let mut tx = desk.app.platform.db.platform("test").await.unwrap();
    payments::answer_beforehand(&mut tx, &[(&attempt, BankAnswer::Approve)], now).await.unwrap();
    tx.commit().await.unwrap();
    desk.wait(21).await;
    assert_eq!(desk.state().await, "confirmed");
    desk.wait(3600).await;
    assert_eq!((desk.count(PAYMENTS).await, desk.count(REFUNDS).await), (1, 0));

    // After a notice was recorded, before it was looked up: the clock does, and the notice again.
    let desk = Desk::set().await;
    let id = desk.mara.begin(&desk.number).await;
    desk.answer_silently(&id, BankAnswer::Approve).await;
    let payment: PaymentId = id.parse().unwrap();
    let notice = desk.notice(Subject::Payment(payment));
    let gateway = payments::gateway(payments::SANDBOX).unwrap();
    let seen = gateway.observe(&desk.app.platform.config, &notice).unwrap();
    let now = desk.app.platform.clock.now();
    let mut tx = desk.app.platform.db.platform("test").await.unwrap();
    assert!(!payments::record_notice(&mut tx, payments::SANDBOX, &seen, now).await.unwrap());
    payments::look_at_now(&mut tx, payment, now).await.unwrap();
    tx.commit().await.unwrap();
    desk.wait(1).await;
    assert_eq!(desk.state().await, "confirmed");
    desk.post_notice("sandbox", &notice).await.expect(200);
    assert_eq!(desk.app.told("order.confirmed").await.len(), 1);
    desk.app.run_jobs().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn late_money_pays_for_free_units_and_goes_back_from_a_cancelled_order() {
    let desk = Desk::set().await;
    let id = desk.mara.begin(&desk.number).await;
    desk.app.platform.clock.advance(Duration::minutes(11));
    assert_eq!(smp::stock::expire_due(&desk.app.platform).await.unwrap(), 1);
    desk.mara.at_bank(&id, "approve").await.expect(303);
    assert_eq!((desk.state().await.as_str(), desk.app.stock().await), ("confirmed", (0, 1)));

    let desk = Desk::set().await;
    let id = desk.mara.begin(&desk.number).await;
    desk.answer_silently(&id, BankAnswer::Approve).await;
    desk.app.platform.clock.advance(Duration::minutes(16));
    smp::stock::expire_due(&desk.app.platform).await.unwrap();
    assert_eq!(orders::cancel_overdue(&desk.app.platform).await.unwrap(), 1);
    assert_eq!(desk.both(&id).await, ["cancelled", "cancelled"]);
    // The job that voids it finds that it was paid.
    desk.app.run_jobs().await;
    desk.post_notice("sandbox", &desk.notice(Subject::Payment(id.parse().unwrap())))
        .await
        .expect(200);
    desk.app.run_jobs().await;
    let refunds = desk.mara.order(&desk.number).await["refunds"].clone();
    let refund = |n: usize| (refunds[n]["state"].clone(), refunds[n]["amount"]["amount"].clone());
    assert_eq!(refund(0), (json!("succeeded"), json!(4900)));
    assert_eq!(refunds.as_array().unwrap().len(), 1);
    let told = "SELECT to_jsonb(template) FROM messages WHERE template = 'refunded'";
    assert_eq!(desk.app.query(told).await.len(), 1);
    assert_eq!(desk.app.stock().await, (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pending_refund_is_looked_up_until_it_is_settled_or_too_old() {
    let refund = async |desk: &Desk| -> Value {
        let id = desk.mara.begin(&desk.number).await;
        desk.mara.at_bank(&id, "approve_refund_late").await.expect(303);
        let support = desk.app.staff("support").await;
        let path = format!("/api/v1/orders/{}/refunds", desk.number);
        support.post(&path, &json!({"reason": "A scratch"})).await.json(201)
    };
    let desk = Desk::set().await;
    assert_eq!(refund(&desk).await["state"], "pending");
    assert_eq!(desk.app.told("refund.succeeded").await.len(), 0);
    desk.wait(25).await;
    let order = desk.mara.order(&desk.number).await;
    assert_eq!(
        (&order["refunds"][0]["state"], &order["status"]),
        (&json!("succeeded"), &json!("refunded"))
    );
    desk.wait(3600).await;
    assert_eq!(desk.app.told("refund.succeeded").await.len(), 1);

    let desk = Desk::set().await;
    let pending = refund(&desk).await;
    let back = "UPDATE refunds SET created_at = created_at - interval '15 days'
                RETURNING to_jsonb(id)";
    desk.app.query(back).await;
    let id = pending["id"].as_str().unwrap().parse().unwrap();
    orders::settle_refund(&desk.app.platform, id).await.unwrap();
    let order = desk.mara.order(&desk.number).await;
    assert_eq!(
        (&order["refunds"][0]["state"], &order["refunded"]["amount"]),
        (&json!("failed"), &json!(0))
    );
    assert_eq!(desk.app.told("refund.failed").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_sandbox_takes_an_answer_and_an_older_outcome_changes_nothing() {
    let desk = Desk::set().await;
    let path = format!("/api/v1/me/orders/{}/payments", desk.number);
    let wrong = json!({"gateway": "sandbox", "sandbox_answer": "maybe"});
    desk.mara.post(&path, &wrong).await.expect(422);
    let failed = desk.mara.pay(&desk.number, DECLINE).await.json(201);
    let paid = desk.mara.pay(&desk.number, APPROVE).await.json(201);
    let late = payments::gateway::Outcome::Failed {
        reference: String::new(),
        reason: "An older answer.".to_owned(),
    };
    let working = payments::gateway::Outcome::Processing { reference: "late".to_owned() };
    let id = paid["id"].as_str().unwrap().parse().unwrap();
    for outcome in [late, working] {
        let applied = orders::apply(&desk.app.platform, id, outcome).await.unwrap();
        assert_eq!(applied, orders::AppliedOutcome::Settled);
    }
    assert_eq!(desk.payment(paid["id"].as_str().unwrap()).await, "succeeded");
    assert_eq!(desk.payment(failed["id"].as_str().unwrap()).await, "failed");
    assert_eq!(desk.state().await, "confirmed");
}
