//! What shoppers hold while a sale is halted or its provider suspended, and after a cancellation:
//! it can be paid, its clock stands still, and nobody waits in vain.

use serde_json::{Value, json};
use smp::{
    kernel::{AccountId, TenantId},
    orders,
    sales::SaleMode,
    stock,
};
use time::Duration;

use crate::{
    receipt::receipt,
    support::{
        Client, TestApp,
        sales::{LiveSale, decide, submit},
        shop::APPROVE,
        stage::{Stage, texts},
        stock::{assert_stock_agrees, buy},
    },
    waitlist::wait,
};

/// A live sale, with its manager.
struct Halting {
    app: TestApp,
    tenant: TenantId,
    sale: LiveSale,
    manager: Client,
}

impl Halting {
    async fn set() -> Self {
        let app = TestApp::start().await;
        let tenant = app.provider("kiln").await;
        let sale = app.live_sale(tenant, SaleMode::Hosted).await;
        let manager = app.staff("manager").await;
        Self { app, tenant, sale, manager }
    }

    fn path(&self) -> String {
        format!("/api/v1/providers/{}/sales/{}", self.tenant, self.sale.id)
    }

    async fn halt(&self) {
        let reason = json!({"reason": "The pictures are of another item."});
        self.manager.post(&format!("{}/halt", self.path()), &reason).await.json(200);
        self.clockwork().await;
    }

    async fn resume(&self) {
        self.manager.post(&format!("{}/resume", self.path()), &json!({})).await.json(200);
        self.clockwork().await;
    }

    /// What runs by the clock.
    async fn clockwork(&self) {
        stock::expire_due(&self.app.platform).await.unwrap();
        orders::cancel_overdue(&self.app.platform).await.unwrap();
    }

    async fn wait(&self, seconds: i64) {
        self.app.platform.clock.advance(Duration::seconds(seconds));
        self.clockwork().await;
    }
}

async fn placed(shopper: &Client) -> String {
    shopper.place().await.json(201)["number"].as_str().unwrap().to_owned()
}

async fn held(shopper: &Client) -> Vec<Value> {
    shopper.get("/api/v1/me/holds").await.json(200)["items"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_held_can_be_paid_while_a_sale_is_halted() {
    let stage = Halting::set().await;
    let app = &stage.app;
    let [holds, ordered, at_bank] =
        [app.shopper("ada").await, app.shopper("bob").await, app.shopper("cleo").await];
    for shopper in [&holds, &ordered, &at_bank] {
        shopper.hold(&stage.sale, 0, 1).await;
    }
    let bobs = placed(&ordered).await;
    let cleos = placed(&at_bank).await;
    let payment = at_bank.begin(&cleos).await;

    stage.halt().await;
    // An hour, where a hold lasts ten minutes.
    stage.wait(3600).await;
    assert_eq!(buy(&holds, &stage.sale, 0, 1).await.problem(409), "halted");
    let cart = holds.get("/cart").await;
    assert!(cart.expect(200).contains("your time to pay stands still"), "{}", cart.text);
    assert!(held(&holds).await[0]["stopped_at"].is_string());

    let adas = placed(&holds).await;
    assert_eq!(holds.order(&adas).await["clock_stopped"], true);
    assert!(holds.get(&format!("/checkout/{adas}/payment")).await.expect(200).contains("stands"));
    assert_eq!(holds.pay(&adas, APPROVE).await.json(201)["state"], "succeeded");
    assert_eq!(ordered.pay(&bobs, APPROVE).await.json(201)["state"], "succeeded");
    at_bank.at_bank(&payment, "approve").await.expect(303);
    assert_eq!(at_bank.payment(&cleos, &payment).await["state"], "succeeded");
    assert_eq!(app.stock().await, (0, 3));
    assert_stock_agrees(app, &stage.sale).await;
    app.run_jobs().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn clocks_stand_still_while_a_sale_is_halted_and_run_on_by_themselves() {
    let stage = Halting::set().await;
    let (ada, bob) = (stage.app.shopper("ada").await, stage.app.shopper("bob").await);
    ada.hold(&stage.sale, 0, 1).await;
    bob.hold(&stage.sale, 0, 1).await;
    let number = placed(&bob).await;
    stage.wait(200).await;
    stage.halt().await;
    stage.wait(3600).await;
    stage.resume().await;

    stage.app.run_jobs().await;
    let told = resumption_emails(&stage.app).await;
    let to: Vec<&str> = told.iter().map(|email| email["to"].as_str().unwrap()).collect();
    assert!(to.len() == 2 && to[0].starts_with("ada") && to[1].starts_with("bob"), "{to:?}");
    let said = ["goes on: pay by", "We’re holding 1 × Sand for you until", "/cart"];
    let email = format!("{} {}", told[0]["subject"], told[0]["text"]);
    assert!(said.iter().all(|words| email.contains(words)), "{email}");

    // 400 seconds of 600 are left.
    stage.wait(390).await;
    assert_eq!((held(&ada).await.len(), held(&bob).await.len()), (1, 1));
    assert_eq!(held(&ada).await[0]["stopped_at"], Value::Null);
    assert_eq!(bob.order(&number).await["state"], "awaiting_payment");
    stage.wait(20).await;
    assert_eq!((held(&ada).await.len(), held(&bob).await.len()), (0, 0));
    assert_eq!(bob.pay(&number, APPROVE).await.problem(409), "hold_expired");
    stage.wait(600).await;
    assert_eq!(bob.order(&number).await["state"], "cancelled");
    assert_eq!(stage.app.stock().await, (0, 0));
    assert_stock_agrees(&stage.app, &stage.sale).await;
    stage.app.run_jobs().await;
}

/// What shoppers were told when the clocks of their holds ran again, by recipient.
async fn resumption_emails(app: &TestApp) -> Vec<Value> {
    app.query(
        "SELECT jsonb_build_object('to', recipient, 'subject', subject, 'text', body_text) \
         FROM messages WHERE template = 'hold_resumed' ORDER BY recipient",
    )
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resumption_is_told_to_those_who_still_hold_something() {
    let stage = Halting::set().await;
    let (ada, bob) = (stage.app.shopper("ada").await, stage.app.shopper("bob").await);
    ada.hold(&stage.sale, 0, 1).await;
    ada.hold(&stage.sale, 0, 1).await;
    bob.hold(&stage.sale, 0, 1).await;
    stage.halt().await;
    stage.resume().await;
    // Before the emails are written, Bob pays.
    let number = placed(&bob).await;
    bob.pay(&number, APPROVE).await.json(201);
    stage.app.run_jobs().await;
    let told = resumption_emails(&stage.app).await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0]["to"].as_str().unwrap().starts_with("ada"), "{told:?}");
    assert!(told[0]["text"].as_str().unwrap().contains("2 × Sand"), "{told:?}");

    let reason = json!({"reason": "The kiln broke."});
    stage.halt().await;
    stage.manager.post(&format!("{}/cancel", stage.path()), &reason).await.json(200);
    stage.clockwork().await;
    stage.app.run_jobs().await;
    let told = resumption_emails(&stage.app).await;
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(texts(&told).contains("was cancelled, but you can still buy"), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_halt_that_begins_in_the_last_second_saves_the_hold() {
    let stage = Halting::set().await;
    let ada = stage.app.shopper("ada").await;
    ada.hold(&stage.sale, 0, 1).await;
    stage.app.platform.clock.advance(Duration::seconds(599));
    let reason = json!({"reason": "A wrong price."});
    stage.manager.post(&format!("{}/halt", stage.path()), &reason).await.json(200);
    // The clockwork comes after the hold would have expired, and knows when the halt began.
    stage.wait(5).await;
    assert_eq!(held(&ada).await.len(), 1);
    stage.wait(3600).await;
    let number = placed(&ada).await;
    assert_eq!(ada.pay(&number, APPROVE).await.json(201)["state"], "succeeded");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_from_the_waitlist_stands_while_a_sale_is_halted() {
    let stage = Halting::set().await; // 20 Sand, 5 Slate, 2 a shopper
    let app = &stage.app;
    let (ada, bob) = (app.shopper("ada").await, app.shopper("bob").await);
    for nth in 0..2 {
        let request = wait(&stage.sale, 1, AccountId::new(), 2, &format!("{nth}"));
        app.allocator.hold(request).await.unwrap();
    }
    let hold = buy(&ada, &stage.sale, 1, 1).await.json(201);
    buy(&bob, &stage.sale, 1, 1).await.json(202);
    ada.delete(&format!("/api/v1/me/holds/{}", hold["id"].as_str().unwrap())).await.expect(204);
    assert_eq!(held(&bob).await.len(), 1, "it is Bob's turn");

    stage.halt().await;
    stage.wait(3600).await;
    let page = bob.get(&format!("/sales/{}", stage.sale.slug)).await;
    assert!(page.expect(200).contains("Your time to pay stands still"), "{}", page.text);
    let number = placed(&bob).await;
    assert_eq!(bob.pay(&number, APPROVE).await.json(201)["state"], "succeeded");
    assert_stock_agrees(app, &stage.sale).await;
    app.run_jobs().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_held_can_be_paid_while_its_provider_is_suspended() {
    let stage = Halting::set().await;
    let (ada, bob) = (stage.app.shopper("ada").await, stage.app.shopper("bob").await);
    ada.hold(&stage.sale, 0, 1).await;
    bob.hold(&stage.sale, 0, 1).await;
    let decision = format!("/api/v1/providers/{}/decision", stage.tenant);
    let decide = async |decision_word: &str| {
        let body = json!({"decision": decision_word, "reason": "Late parcels"});
        stage.manager.post(&decision, &body).await.json(200);
        stage.clockwork().await;
    };
    decide("suspend").await;
    stage.wait(3600).await;
    let number = placed(&ada).await;
    assert_eq!(ada.pay(&number, APPROVE).await.json(201)["state"], "succeeded");

    // A sale that is halted as well stays so: both must end before the clocks run.
    stage.halt().await;
    decide("reinstate").await;
    stage.wait(3600).await;
    assert_eq!(held(&bob).await.len(), 1);
    stage.resume().await;
    stage.wait(590).await;
    assert_eq!(held(&bob).await.len(), 1);
    stage.wait(20).await;
    assert_eq!(held(&bob).await.len(), 0);
    stage.app.run_jobs().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_halted_sale_does_not_block_a_cart_of_two() {
    let stage = Halting::set().await;
    let other = stage.app.provider("loom").await;
    let linen = stage.app.live_sale(other, SaleMode::Hosted).await;
    let ada = stage.app.shopper("ada").await;
    ada.hold(&stage.sale, 0, 1).await;
    ada.hold(&linen, 0, 1).await;
    stage.halt().await;
    let number = placed(&ada).await;
    assert_eq!(ada.order(&number).await["clock_stopped"], false, "the other clock runs");
    assert_eq!(ada.pay(&number, APPROVE).await.json(201)["state"], "succeeded");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_held_is_sold_as_it_was_held() {
    let stage = Stage::set().await;
    let app = &stage.app;
    let sale = stage.live(&stage.input).await;
    let (ada, bob) = (app.shopper("ada").await, app.shopper("bob").await);
    let first = ada.hold(&sale, 0, 1).await;
    assert_eq!(first["unit_price"]["amount"], 4900);

    // A dearer revision, for another country, is approved while Ada holds.
    let path = format!("{}/{}", stage.sales(), sale.id);
    let mut dearer = stage.input.clone();
    dearer["items"][0]["price_minor"] = json!(6900);
    dearer["countries"] = json!(["FR"]);
    stage.editor.put_newest(&path, &dearer).await.json(200);
    let revision = submit(&stage.editor, &path).await;
    decide(&stage.manager, &path, &revision, "approve").await.json(200);
    tokio::time::sleep(std::time::Duration::from_millis(100)).await; // the notice has arrived

    assert_eq!(held(&ada).await[0]["unit_price"]["amount"], 4900);
    let cart = ada.get("/cart").await;
    assert!(cart.expect(200).contains("49.00") && !cart.text.contains("69.00"), "{}", cart.text);
    let order = ada.place().await.json(201);
    assert_eq!(order["total"]["amount"], 4900);
    let number = order["number"].as_str().unwrap();
    assert_eq!(ada.pay(number, APPROVE).await.json(201)["amount"]["amount"], 4900);

    assert_eq!(bob.hold(&sale, 0, 1).await["unit_price"]["amount"], 6900);
    assert_eq!(bob.place().await.wrong_fields(), ["shipping_address.country"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_pauses_its_own_sale_and_resumes_what_it_paused_itself() {
    let stage = Stage::set().await;
    let (_, path) = stage.approved().await;
    let reason = json!({"reason": "The kiln broke."});
    let strangers = stage.app.provider("loom").await;
    let stranger = stage.app.member(strangers, "owner").await;
    stranger.post(&format!("{path}/halt"), &reason).await.problem(404);
    let packer = stage.app.member(stage.tenant, "fulfilment").await;
    packer.post(&format!("{path}/halt"), &reason).await.problem(403);
    assert_eq!(
        stage.editor.post(&format!("{path}/halt"), &json!({"reason": " "})).await.wrong_fields(),
        ["reason"]
    );

    let paused = stage.editor.post(&format!("{path}/halt"), &reason).await.json(200);
    assert_eq!(
        (&paused["state"], &paused["halted_by_provider"], paused["stopped_at"].is_string()),
        (&json!("halted"), &json!(true), true)
    );
    let resumed = stage.editor.post(&format!("{path}/resume"), &json!({})).await.json(200);
    assert_eq!((&resumed["state"], &resumed["stopped_at"]), (&json!("approved"), &Value::Null));

    // SMP takes the halt over; now only SMP ends it.
    stage.editor.post(&format!("{path}/halt"), &reason).await.json(200);
    stage.manager.post(&format!("{path}/halt"), &reason).await.json(200);
    for action in ["resume", "cancel"] {
        let body = reason_or_nothing(action);
        let refused = stage.editor.post(&format!("{path}/{action}"), &body).await;
        assert_eq!(refused.problem(409), "halted_by_smp", "{action}");
    }
    stage.manager.post(&format!("{path}/resume"), &json!({})).await.json(200);
    let told = stage.emails("sale_halted").await;
    assert!(texts(&told).contains("paused by its seller") && texts(&told).contains("by SMP"));
}

fn reason_or_nothing(action: &str) -> Value {
    if action == "cancel" { json!({"reason": "The kiln broke."}) } else { json!({}) }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_sale_tells_everyone_and_honours_what_is_held() {
    let (stage, registered) = Stage::with_open_registration().await;
    let app = &stage.app;
    let reader = app.shopper("rita").await;
    reader.put(&registered.registration(), &json!({})).await.json(201);
    stage.advance(Duration::days(3));
    let shown = stage.editor.get(&registered.path).await.json(200);
    let sale = LiveSale {
        slug: registered.slug.clone(),
        id: registered.id,
        items: shown["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| smp::kernel::SaleItemId(item["id"].as_str().unwrap().parse().unwrap()))
            .collect(),
    };
    let [buyer, holder, waiter] =
        [app.shopper("bea").await, app.shopper("hans").await, app.shopper("walt").await];
    let bought = buyer.buy(&sale, 1).await;
    holder.hold(&sale, 1, 1).await;
    for nth in 0..2 {
        let request = wait(&sale, 1, AccountId::new(), 2, &format!("{nth}"));
        app.allocator.hold(request).await.unwrap();
    }
    buy(&waiter, &sale, 1, 1).await.json(202);

    let reason = json!({"reason": "The kiln broke."});
    stage.editor.post(&format!("{}/cancel", registered.path), &reason).await.json(200);
    stock::expire_due(&app.platform).await.unwrap();
    assert_eq!(waiter.get("/api/v1/me/waitlist").await.json(200)["items"], json!([]));
    let page = waiter.get(&format!("/sales/{}", sale.slug)).await;
    assert!(page.expect(200).contains("Cancelled on"), "{}", page.text);
    assert!(!page.main().contains("on the waitlist"), "{}", page.text);

    let told = stage.emails("sale_cancelled").await;
    let to = |name: &str| {
        told.iter().filter(|email| email["to"].as_str().unwrap().starts_with(name)).count()
    };
    assert_eq!((to("rita"), to("bea"), to("walt"), to("hans")), (1, 1, 1, 0), "{told:?}");
    assert!(
        texts(&told).contains(&format!(
            "What of your order {bought} is from this sale and was not sent yet"
        ))
    );
    assert!(texts(&stage.emails("sale_halted").await).contains("was cancelled by its seller"));

    let number = placed(&holder).await;
    assert_eq!(holder.pay(&number, APPROVE).await.json(201)["state"], "succeeded");
    assert_stock_agrees(app, &sale).await;
    // Told once, however often the clock comes round.
    stock::expire_due(&app.platform).await.unwrap();
    assert_eq!(stage.emails("sale_cancelled").await.len(), told.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_waitlist_is_closed_when_its_sale_ends() {
    let stage = Halting::set().await; // 20 Sand, 5 Slate, 2 a shopper; ends in a day
    let app = &stage.app;
    for nth in 0..2 {
        let request = wait(&stage.sale, 1, AccountId::new(), 2, &format!("{nth}"));
        app.allocator.hold(request).await.unwrap();
    }
    let (ada, bob) = (app.shopper("ada").await, app.shopper("bob").await);
    buy(&ada, &stage.sale, 1, 1).await.json(201);
    buy(&bob, &stage.sale, 1, 2).await.json(202);
    app.platform.clock.advance(Duration::days(2));
    let page = bob.get(&format!("/sales/{}", stage.sale.slug)).await;
    assert!(page.expect(200).contains("Ended on"), "{}", page.text);
    assert!(
        !page.main().contains("on the waitlist"),
        "before the clock comes round: {}",
        page.text
    );
    stage.clockwork().await;
    assert_eq!(bob.get("/api/v1/me/waitlist").await.json(200)["items"], json!([]));
    let items = assert_stock_agrees(app, &stage.sale).await;
    assert!(items.iter().all(|item| item.waiting == 0), "{items:?}");
    stage.clockwork().await;
    app.run_jobs().await;
    let told = app
        .query("SELECT to_jsonb(recipient) FROM messages WHERE template = 'waitlist_closed'")
        .await;
    assert_eq!(told.len(), 1, "{told:?}");
    let text = receipt(app, &stage.sale).await;
    assert!(text.contains("\"closed\""), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_that_lapses_and_an_order_that_was_not_paid_are_told() {
    let stage = Halting::set().await;
    let app = &stage.app;
    for nth in 0..2 {
        let request = wait(&stage.sale, 1, AccountId::new(), 2, &format!("{nth}"));
        app.allocator.hold(request).await.unwrap();
    }
    let (ada, bob) = (app.shopper("ada").await, app.shopper("bob").await);
    let hold = buy(&ada, &stage.sale, 1, 1).await.json(201);
    buy(&bob, &stage.sale, 1, 1).await.json(202);
    ada.delete(&format!("/api/v1/me/holds/{}", hold["id"].as_str().unwrap())).await.expect(204);
    let number = placed(&bob).await;
    stage.wait(601).await;
    stage.wait(301).await;
    app.run_jobs().await;
    for template in ["waitlist_offer_lapsed", "order_lapsed"] {
        let told = app
            .query("SELECT jsonb_build_object('template', template, 'to', recipient, 'text', body_text) FROM messages")
            .await;
        let told: Vec<_> = told.iter().filter(|email| email["template"] == template).collect();
        assert_eq!(told.len(), 1, "{template}: {told:?}");
        assert!(told[0]["to"].as_str().unwrap().starts_with("bob"), "{told:?}");
        if template == "order_lapsed" {
            assert!(told[0]["text"].as_str().unwrap().contains(&number), "{told:?}");
        }
    }
}
