//! Cash on delivery: its code guessed, shared, used for another order, expired and sent too often; and
//! what the provider notes at the door.

use serde_json::{Value, json};
use smp::{
    kernel::{AccountId, Error, FieldError, Money, PaymentId, Result},
    payments::{
        CASH, Cash, cash_limit_of,
        gateway::{Attempt, Begun, Gateway, NextAction, Outcome, PayingShopper},
    },
    sales::SaleMode::Hosted,
};
use time::Duration;
use uuid::Uuid;

use crate::support::{Client, TestApp, sales::LiveSale, shop::APPROVE};

const PHONE: &str = "+49 151 1234 5667";

/// An order whose payment in cash was recorded and not begun.
struct Pending {
    account: AccountId,
    number: String,
    begun: Begun,
}

impl Pending {
    async fn of(app: &TestApp, shopper: &Client, sale: &LiveSale) -> Self {
        shopper.hold(sale, 0, 1).await;
        let order = shopper.place().await.json(201);
        let number = order["number"].as_str().unwrap().to_owned();
        Self::again(app, number, order["total"]["amount"].as_i64().unwrap()).await
    }

    /// Another payment of the same order, instead of the one before.
    async fn again(app: &TestApp, number: String, amount: i64) -> Self {
        let payment = PaymentId::new();
        let mut tx = app.platform.db.platform("test").await.unwrap();
        sqlx::query("UPDATE payments SET state = 'cancelled' WHERE state = 'created'")
            .execute(&mut *tx)
            .await
            .unwrap();
        let (account, _order): (Uuid, Uuid) = sqlx::query_as(
            "INSERT INTO payments (id, order_id, account_id, gateway, amount_minor, currency, reference)
             SELECT $1, id, account_id, $2, $3, currency, '' FROM orders WHERE number = $4
             RETURNING account_id, order_id",
        )
        .bind(payment.0)
        .bind(CASH)
        .bind(amount)
        .bind(&number)
        .fetch_one(&mut *tx)
        .await
        .unwrap();
        tx.commit().await.unwrap();
        let amount = Money::new(amount, "EUR");
        let begun = Begun { payment, reference: String::new(), amount };
        Self { account: AccountId(account), number, begun }
    }

    async fn begin(&self, app: &TestApp, phone: &str) -> Result<Outcome> {
        let attempt = Attempt {
            payment: self.begun.payment,
            amount: self.begun.amount.clone(),
            order_number: self.number.clone(),
            shopper: PayingShopper {
                name: "Mara Lind".to_owned(),
                email: "mara@shopper.example".to_owned(),
                country: "DE".to_owned(),
            },
            return_url: String::new(),
            phone: phone.to_owned(),
        };
        Cash.begin(&app.platform, &attempt).await
    }

    /// Begins it; the code of its SMS.
    async fn sent(&self, app: &TestApp) -> String {
        let outcome = self.begin(app, PHONE).await.unwrap();
        assert!(matches!(outcome, Outcome::RequiresAction { .. }), "{outcome:?}");
        newest_code(app).await
    }

    async fn submit(&self, app: &TestApp, code: &str) -> Result<Outcome> {
        Cash.submit_code(&app.platform, &self.begun, code).await
    }

    async fn resend(&self, app: &TestApp) -> Result<Outcome> {
        Cash.resend_code(&app.platform, &self.begun).await
    }

    async fn look_up(&self, app: &TestApp) -> Outcome {
        Cash.look_up(&app.platform, &self.begun).await.unwrap()
    }
}

/// The code of the newest SMS.
async fn newest_code(app: &TestApp) -> String {
    app.run_jobs().await;
    let messages = app
        .query(
            "SELECT jsonb_build_object('to', recipient, 'subject', subject, 'text', body_text)
             FROM messages WHERE template = 'cash_code' ORDER BY created_at DESC, id DESC LIMIT 1",
        )
        .await;
    assert_eq!(
        (&messages[0]["to"], &messages[0]["subject"]),
        (&json!("+4915112345667"), &json!("Your code"))
    );
    messages[0]["text"].as_str().unwrap()[..6].to_owned()
}

/// A code that is not this one.
fn other_than(code: &str) -> String {
    format!("{:06}", (code.parse::<u32>().unwrap() + 1) % 1_000_000)
}

fn refused(outcome: Result<Outcome>) -> (&'static str, String) {
    match outcome {
        Err(Error::Conflict { code, detail }) => (code, detail),
        other => panic!("{other:?}"),
    }
}

fn wrong_field(outcome: Result<Outcome>) -> String {
    match outcome {
        Err(Error::Invalid(fields)) => match &fields[..] {
            [FieldError { field, .. }] => field.clone(),
            more => panic!("{more:?}"),
        },
        other => panic!("{other:?}"),
    }
}

async fn shop() -> (TestApp, LiveSale, Client) {
    let app = TestApp::start().await;
    let sale = app.live_sale(app.provider("north").await, Hosted).await;
    let mara = app.shopper("mara").await;
    (app, sale, mara)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_confirms_its_payment_once_and_a_repeat_changes_nothing() {
    let (app, sale, mara) = shop().await;
    let pending = Pending::of(&app, &mara, &sale).await;
    assert!(matches!(pending.look_up(&app).await, Outcome::Failed { .. }), "never begun");
    for bad in ["", "0151 1234", "+49 x", "+1"] {
        assert_eq!(wrong_field(pending.begin(&app, bad).await), "phone", "{bad}");
    }
    let code = pending.sent(&app).await;
    let outcome = pending.begin(&app, PHONE).await.unwrap();
    let Outcome::RequiresAction { action: NextAction::Code { sent_to }, .. } = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(sent_to, "+49 ••• 67");
    assert_eq!(newest_code(&app).await, code, "a repeated beginning sends no second code");
    for bad in ["", "12345", "1234567", "12345a"] {
        assert_eq!(wrong_field(pending.submit(&app, bad).await), "code", "{bad}");
    }
    let typed = format!(" {} {} ", &code[..3], &code[3..]);
    assert!(matches!(pending.submit(&app, &typed).await.unwrap(), Outcome::Due { .. }));
    assert!(matches!(pending.submit(&app, &code).await.unwrap(), Outcome::Due { .. }));
    assert!(matches!(pending.look_up(&app).await, Outcome::Due { .. }));
    assert_eq!(refused(pending.submit(&app, &other_than(&code)).await).0, "code_used");
    assert_eq!(refused(pending.resend(&app).await).0, "code_used");
    let void = Cash.void(&app.platform, &pending.begun).await.unwrap();
    assert!(matches!(void, Outcome::Due { .. }), "{void:?}");

    // Nothing but the message to the shopper has the code.
    let kept = app
        .query(
            "SELECT jsonb_build_object('c', (SELECT jsonb_agg(c) FROM cash_codes c),
                 'e', (SELECT jsonb_agg(e.payload) FROM events e))",
        )
        .await;
    assert!(!kept[0].to_string().contains(&format!("\"{code}")), "{}", kept[0]);
    assert_eq!(kept[0]["c"][0]["sealed_text"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_cannot_be_guessed() {
    let (app, sale, mara) = shop().await;
    let pending = Pending::of(&app, &mara, &sale).await;
    let code = pending.sent(&app).await;
    let guess = other_than(&code);
    for left in ["4 tries", "3 tries", "2 tries", "1 try", "last try"] {
        let (reason, detail) = refused(pending.submit(&app, &guess).await);
        assert!(reason == "code_wrong" && detail.contains(left), "{reason}: {detail}");
    }
    assert_eq!(refused(pending.submit(&app, &code).await).0, "code_expired");
    assert!(matches!(pending.look_up(&app).await, Outcome::RequiresAction { .. }));
    app.platform.clock.advance(Duration::seconds(31));
    pending.resend(&app).await.unwrap();
    let second = newest_code(&app).await;
    assert!(matches!(pending.submit(&app, &second).await.unwrap(), Outcome::Due { .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_at_the_same_time_have_five_tries_together() {
    let (app, sale, mara) = shop().await;
    let pending = Pending::of(&app, &mara, &sale).await;
    let guess = other_than(&pending.sent(&app).await);
    let guesses = (0..12).map(|_| pending.submit(&app, &guess));
    let outcomes = futures_util::future::join_all(guesses).await;
    let codes: Vec<_> = outcomes.into_iter().map(|outcome| refused(outcome).0).collect();
    assert_eq!(codes.iter().filter(|code| **code == "code_wrong").count(), 5, "{codes:?}");
    assert_eq!(codes.iter().filter(|code| **code == "code_expired").count(), 7, "{codes:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_for_one_order_and_one_shopper() {
    let (app, sale, mara) = shop().await;
    let first = Pending::of(&app, &mara, &sale).await;
    let of_first = first.sent(&app).await;
    // Another payment of the same amount, as for another order of hers.
    let second = Pending::again(&app, first.number.clone(), first.begun.amount.amount).await;
    let of_second = second.sent(&app).await;
    if of_first != of_second {
        let (reason, detail) = refused(second.submit(&app, &of_first).await);
        assert!(reason == "code_for_other_order" && detail.contains("4 tries"), "{detail}");
    }
    // Shared with somebody else, it is simply wrong there.
    let noor = app.shopper("noor").await;
    let theirs = Pending::of(&app, &noor, &sale).await;
    let of_theirs = theirs.sent(&app).await;
    if of_first != of_theirs {
        assert_eq!(refused(theirs.submit(&app, &of_first).await).0, "code_wrong");
    }
    assert!(matches!(first.submit(&app, &of_first).await.unwrap(), Outcome::Due { .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_amount_that_changed_needs_another_code() {
    let (app, sale, mara) = shop().await;
    let pending = Pending::of(&app, &mara, &sale).await;
    let code = pending.sent(&app).await;
    let mut tx = app.platform.db.platform("test").await.unwrap();
    sqlx::query("UPDATE payments SET amount_minor = amount_minor + 1 WHERE id = $1")
        .bind(pending.begun.payment.0)
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(refused(pending.submit(&app, &code).await).0, "code_wrong");
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_expire_and_are_sent_again_three_times() {
    let (app, sale, mara) = shop().await;
    let pending = Pending::of(&app, &mara, &sale).await;
    let first = pending.sent(&app).await;
    let (reason, detail) = refused(pending.resend(&app).await);
    assert!(reason == "too_many_codes" && detail.contains("Wait"), "{detail}");
    app.platform.clock.advance(Duration::minutes(10));
    assert_eq!(refused(pending.submit(&app, &first).await).0, "code_expired");
    for _ in 0..3 {
        pending.resend(&app).await.unwrap();
        app.platform.clock.advance(Duration::seconds(30));
    }
    let (reason, detail) = refused(pending.resend(&app).await);
    assert!(reason == "too_many_codes" && detail.contains("another way to pay"), "{detail}");
    let newest = newest_code(&app).await;
    if newest != first {
        let (reason, detail) = refused(pending.submit(&app, &first).await);
        assert!(reason == "code_expired" && detail.contains("newer"), "{detail}");
    }
    // Past its time and the grace, the payment has failed.
    app.platform.clock.advance(Duration::minutes(15));
    assert!(matches!(pending.look_up(&app).await, Outcome::Failed { .. }));
    assert_eq!(refused(pending.submit(&app, &newest).await).0, "code_expired");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_gets_ten_codes_a_day_and_a_void_payment_none() {
    let (app, sale, mara) = shop().await;
    let first = Pending::of(&app, &mara, &sale).await;
    let code = first.sent(&app).await;
    let void = Cash.void(&app.platform, &first.begun).await.unwrap();
    assert!(matches!(void, Outcome::Failed { .. }), "{void:?}");
    assert_eq!(refused(first.submit(&app, &code).await).0, "code_expired");
    assert_eq!(refused(first.resend(&app).await).0, "code_expired");
    for _ in 0..9 {
        Pending::again(&app, first.number.clone(), 4900).await.sent(&app).await;
    }
    let eleventh = Pending::again(&app, first.number.clone(), 4900).await;
    let (reason, detail) = refused(eleventh.begin(&app, PHONE).await);
    assert!(reason == "too_many_codes" && detail.contains("tomorrow"), "{detail}");
    app.platform.clock.advance(Duration::days(1));
    assert!(eleventh.begin(&app, PHONE).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_confirmed_by_its_code_and_the_emails_say_what_is_due() {
    let (app, sale, mara) = shop().await;
    mara.hold(&sale, 0, 1).await;
    let order = mara.place().await.json(201);
    let number = order["number"].as_str().unwrap();
    let payments = format!("/api/v1/me/orders/{number}/payments");
    let body = json!({"gateway": CASH, "phone": "no phone"});
    assert_eq!(mara.post(&payments, &body).await.wrong_fields(), ["phone"]);
    let begun = mara.post(&payments, &json!({"gateway": CASH, "phone": PHONE})).await.json(201);
    assert_eq!(
        (&begun["state"], &begun["action"]["kind"], &begun["action"]["sent_to"]),
        (&json!("requires_action"), &json!("code"), &json!("+49 ••• 67"))
    );
    let code = newest_code(&app).await;
    let path = format!("{payments}/{}/code", begun["id"].as_str().unwrap());
    let wrong = json!({"code": other_than(&code)});
    assert_eq!(mara.post(&path, &wrong).await.problem(409), "code_wrong");
    assert_eq!(
        mara.post(&format!("{path}/resend"), &json!({})).await.problem(409),
        "too_many_codes"
    );
    let done = mara.post(&path, &json!({"code": code})).await.json(200);
    assert_eq!(done["state"], "due");
    let order = mara.order(number).await;
    assert_eq!((&order["state"], &order["cash_due"]), (&json!("confirmed"), &order["total"]));
    assert_eq!(app.stock().await, (0, 1));
    app.run_jobs().await;
    let emails = app
        .query(
            "SELECT to_jsonb(body_text) FROM messages
             WHERE template IN ('order_confirmed', 'provider_new_order')",
        )
        .await;
    assert!(
        emails
            .iter()
            .any(|text| text.as_str().unwrap().contains("You pay €49.00 in cash on delivery"))
    );
    assert!(!emails.iter().any(|text| text.as_str().unwrap().contains("paid")), "{emails:?}");
}

/// An order that is confirmed and paid in cash: bought as usual, and changed then.
async fn confirmed(app: &TestApp, shopper: &Client, sale: &LiveSale) -> String {
    let number = shopper.buy(sale, 1).await;
    let mut tx = app.platform.db.platform("test").await.unwrap();
    sqlx::query("UPDATE payments SET gateway = $1, state = 'due' WHERE state = 'succeeded'")
        .bind(CASH)
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    number
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_notes_what_became_of_a_parcel_at_the_door() {
    let app = TestApp::start().await;
    let north = app.provider("north").await;
    let sale = app.live_sale(north, Hosted).await;
    let mara = app.shopper("mara").await;
    let number = confirmed(&app, &mara, &sale).await;
    let packer = app.member(north, "fulfilment").await;
    let parcels = format!("/api/v1/providers/{north}/parcels");
    let parcel = packer.get(&parcels).await.json(200)["items"][0].clone();
    assert_eq!(parcel["cash"]["amount"], parcel["subtotal"]);
    let path = format!("{parcels}/{}", parcel["id"].as_str().unwrap());
    let note = async |outcome: &str| {
        packer.post(&format!("{path}/cash"), &json!({"outcome": outcome})).await
    };
    assert_eq!(mara.order(&number).await["cash_due"], parcel["subtotal"]);
    assert_eq!(note("collected").await.problem(409), "not_shipped");
    assert_eq!(note("stolen").await.wrong_fields(), ["outcome"]);
    let shipment = json!({"carrier": "DHL", "tracking_number": "1"});
    packer.post(&format!("{path}/shipments"), &shipment).await.json(201);

    assert_eq!(note("refused").await.json(200)["status"], "refused_at_door");
    let again = note("refused").await.json(200);
    assert_eq!(
        (&again["cash"]["outcome"], &again["state"]),
        (&json!("refused"), &json!("cancelled"))
    );
    assert_eq!(again["shipments"][0]["state"], "returned_to_sender");
    assert_eq!(note("collected").await.problem(409), "cash_noted");
    let order = mara.order(&number).await;
    assert_eq!((&order["status"], &order["cash_due"]), (&json!("refused_at_door"), &Value::Null));
    assert_eq!(order["payments"][0]["state"], "refused");
    assert_eq!(app.stock().await, (0, 1), "what was shipped does not go back on sale by itself");
    assert_eq!(app.told("payment.refused").await.len(), 1);
    let audit = app.staff("manager").await.get("/api/v1/audit?action=parcel_cash_note").await;
    assert_eq!(audit.json(200)["items"].as_array().unwrap().len(), 1);

    // It counts against the next time.
    let account = Pending::again(&app, number, 4900).await.account;
    let mut tx = app.platform.db.platform("test").await.unwrap();
    let limit = cash_limit_of(&mut tx, account, "EUR", app.platform.clock.now()).await.unwrap();
    assert_eq!(limit, 15_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_collected_settles_the_payment_and_others_have_nothing_to_note() {
    let app = TestApp::start().await;
    let (north, south) = (app.provider("north").await, app.provider("south").await);
    let sale = app.live_sale(north, Hosted).await;
    let mara = app.shopper("mara").await;
    let number = confirmed(&app, &mara, &sale).await;
    let packer = app.member(north, "fulfilment").await;
    let parcels = format!("/api/v1/providers/{north}/parcels");
    let id = packer.get(&parcels).await.json(200)["items"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("{parcels}/{id}");
    packer
        .post(&format!("{path}/shipments"), &json!({"carrier": "DHL", "tracking_number": "1"}))
        .await
        .json(201);
    let collected = json!({"outcome": "collected"});
    let stranger = app.member(south, "fulfilment").await;
    stranger.post(&format!("{path}/cash"), &collected).await.expect(404);
    let foreign = format!("/api/v1/providers/{south}/parcels/{id}/cash");
    stranger.post(&foreign, &collected).await.expect(404);
    let noted = packer.post(&format!("{path}/cash"), &collected).await.json(200);
    assert_eq!(
        (&noted["cash"]["outcome"], &noted["state"]),
        (&json!("collected"), &json!("shipped"))
    );
    let order = mara.order(&number).await;
    assert_eq!(
        (&order["payments"][0]["state"], &order["cash_due"]),
        (&json!("collected"), &Value::Null)
    );
    let told = app.told("payment.collected").await;
    assert_eq!((told.len(), &told[0]["amount_minor"]), (1, &json!(4900)));

    // What was paid otherwise has nothing to collect.
    let noor = app.shopper("noor").await;
    noor.buy(&sale, 1).await;
    let newest = packer.get(&parcels).await.json(200)["items"][0].clone();
    assert_eq!(newest["cash"], Value::Null);
    let path = format!("{parcels}/{}/cash", newest["id"].as_str().unwrap());
    assert_eq!(packer.post(&path, &collected).await.problem(409), "not_cash");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_refused_at_the_door_cannot_be_refunded() {
    let app = TestApp::start().await;
    let (north, south) = (app.provider("north").await, app.provider("south").await);
    let (linen, cups) = (app.live_sale(north, Hosted).await, app.live_sale(south, Hosted).await);
    let mara = app.shopper("mara").await;
    mara.hold(&linen, 0, 1).await;
    mara.hold(&cups, 1, 1).await;
    let number = mara.place().await.json(201)["number"].as_str().unwrap().to_owned();
    mara.pay(&number, APPROVE).await.json(201);
    let in_cash = "UPDATE payments SET gateway = 'cash_on_delivery', state = 'due'
                   RETURNING to_jsonb(gateway)";
    assert_eq!(app.query(in_cash).await, [CASH]);
    for (tenant, outcome) in [(north, "collected"), (south, "refused")] {
        let packer = app.member(tenant, "fulfilment").await;
        let parcels = format!("/api/v1/providers/{tenant}/parcels");
        let list = packer.get(&parcels).await.json(200);
        let path = format!("{parcels}/{}", list["items"][0]["id"].as_str().unwrap());
        let shipment = json!({"carrier": "DHL", "tracking_number": "1"});
        packer.post(&format!("{path}/shipments"), &shipment).await.json(201);
        packer.post(&format!("{path}/cash"), &json!({"outcome": outcome})).await.json(200);
    }
    let order = mara.order(&number).await;
    assert_eq!(order["payments"][0]["state"], "collected");

    let support = app.staff("support").await;
    let refunds = format!("/api/v1/orders/{number}/refunds");
    let parcels = order["parcels"].as_array().unwrap();
    let of_south = parcels.iter().find(|parcel| parcel["provider_slug"] == "south").unwrap();
    let line = &of_south["lines"][0]["id"];
    let lines = json!([{"line_id": line, "quantity": 1, "restock": "came_back"}]);
    let units = json!({"reason": "Sorry!", "lines": lines});
    assert_eq!(support.post(&refunds, &units).await.wrong_fields(), ["lines.0.line_id"]);
    let more = json!({"reason": "Sorry!", "amount_minor": 4901});
    assert_eq!(support.post(&refunds, &more).await.wrong_fields(), ["amount_minor"]);

    // Everything is what was collected. The provider has it, and gives it back itself.
    let refund = support.post(&refunds, &json!({"reason": "Sorry!"})).await.json(201);
    assert_eq!((&refund["amount"]["amount"], &refund["state"]), (&json!(4900), &json!("failed")));
    let settle = format!("/api/v1/refunds/{}/settle-elsewhere", refund["id"].as_str().unwrap());
    let finance = app.staff("finance").await;
    finance.post(&settle, &json!({"note": "North paid it back."})).await.json(200);
    let told = app.told("refund.succeeded").await;
    let amount = |event: &Value| event["amount_minor"].as_i64().unwrap();
    assert_eq!(told.iter().map(amount).max(), Some(4900), "{told:?}");
    assert_eq!(told.iter().map(amount).sum::<i64>(), 4900, "{told:?}");
    assert_eq!(support.post(&refunds, &units).await.problem(409), "already_refunded");
}
