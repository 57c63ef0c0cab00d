//! Orders with a deposit: paid in two parts, reminded of the second, ended without it, and refunded.

use serde_json::{Value, json};
use smp::{
    kernel::{Money, PaymentId},
    orders::{self, AppliedOutcome},
    payments::gateway::{Outcome, Taken},
};
use time::{Duration, OffsetDateTime};

use crate::support::{
    Client, PASSWORD,
    sales::LiveSale,
    shop::APPROVE,
    stage::{Stage, texts},
};

/// The rest is due this long after the sale's end.
const DUE_AFTER: i64 = 20;
const PRICE: i64 = 4900;
const DEPOSIT: i64 = 900;
const REST: i64 = PRICE - DEPOSIT;

/// A hosted sale whose first item asks for a deposit, its packer and a shopper.
struct Shop {
    stage: Stage,
    sale: LiveSale,
    packer: Client,
    mara: Client,
    email: String,
}

impl Shop {
    async fn open(refundable: bool) -> Self {
        let stage = Stage::set().await;
        let mut input = stage.with(&json!({}));
        let item = &mut input["items"][0];
        item["deposit_minor"] = json!(DEPOSIT);
        item["rest_due_on"] = json!(due_on(&stage));
        item["deposit_refundable"] = json!(refundable);
        item["limit_per_shopper"] = json!(3);
        let sale = stage.live(&input).await;
        let packer = stage.app.member(stage.tenant, "fulfilment").await;
        let mara = stage.app.shopper("mara").await;
        let me = mara.get("/api/v1/me").await.json(200);
        let email = me["account"]["email"].as_str().unwrap().to_owned();
        Self { stage, sale, packer, mara, email }
    }

    /// An order of `quantity` units whose deposit is paid; its number.
    async fn order(&self, quantity: i32) -> String {
        self.mara.hold(&self.sale, 0, quantity).await;
        let number = self.mara.place().await.json(201)["number"].as_str().unwrap().to_owned();
        assert_eq!(self.mara.pay(&number, APPROVE).await.json(201)["state"], "succeeded");
        number
    }

    /// Lets the time pass until so many days before the rest is due, and runs what the clock runs; how
    /// many orders it saw to.
    async fn days_before(&mut self, days: i64) -> u64 {
        let clock = &self.stage.app.platform.clock;
        let then = self.stage.ends_at + Duration::days(DUE_AFTER - days);
        clock.advance(then - clock.now());
        // Sessions end after a while.
        self.mara.sign_in(&self.email, PASSWORD).await;
        orders::run_rest_clock(&self.stage.app.platform).await.unwrap()
    }

    /// The parcel of an order, as its packer sees it.
    async fn parcel(&self, number: &str) -> Value {
        let path = format!("/api/v1/providers/{}/parcels", self.stage.tenant);
        let list = self.packer.get(&path).await.json(200);
        let items = list["items"].as_array().unwrap();
        items.iter().find(|parcel| parcel["order_number"] == number).unwrap().clone()
    }

    /// Where a parcel's shipments are made.
    fn shipments(&self, parcel: &Value) -> String {
        let id = parcel["id"].as_str().unwrap();
        format!("/api/v1/providers/{}/parcels/{id}/shipments", self.stage.tenant)
    }
}

fn due_on(stage: &Stage) -> String {
    (stage.ends_at + Duration::days(DUE_AFTER)).to_offset(time::UtcOffset::UTC).date().to_string()
}

fn eur(amount: i64) -> Value {
    json!({"amount": amount, "currency": "EUR"})
}

fn taken(amount: i64) -> Outcome {
    Outcome::Succeeded(Taken {
        reference: "bank-1".to_owned(),
        amount: Money::new(amount, "EUR"),
        method: None,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_paid_in_two_parts_and_shipped_after_the_second() {
    let shop = Shop::open(false).await;
    let (app, mara) = (&shop.stage.app, &shop.mara);
    mara.hold(&shop.sale, 0, 3).await;
    let checkout = mara.get("/checkout").await;
    let text = checkout.expect(200);
    assert!(text.contains("€27.00") && text.contains("€120.00"), "{text}");
    assert!(text.contains("the deposit of €27.00 is not refunded"), "{text}");
    let placed = mara.place().await.json(201);
    let number = placed["number"].as_str().unwrap();
    assert_eq!(
        (&placed["total"], &placed["due_now"], &placed["rest"], &placed["paid"]),
        (&eur(3 * PRICE), &eur(3 * DEPOSIT), &eur(3 * REST), &eur(0))
    );
    assert_eq!(
        (&placed["rest_due_on"], &placed["rest_is_due"], &placed["kept_if_unpaid"]),
        (&json!(due_on(&shop.stage)), &json!(false), &eur(3 * DEPOSIT))
    );
    let page = mara.get(&format!("/checkout/{number}/payment")).await;
    assert!(page.expect(200).contains("Pay €27.00 now"), "{}", page.text);
    // Cash is for whole orders.
    let payments = format!("/api/v1/me/orders/{number}/payments");
    let cash = json!({"gateway": "cash_on_delivery", "phone": "+49 151 1234 5667"});
    assert_eq!(mara.post(&payments, &cash).await.wrong_fields(), ["gateway"]);

    let deposit = mara.pay(number, APPROVE).await.json(201);
    assert_eq!((&deposit["part"], &deposit["amount"]), (&json!("deposit"), &eur(3 * DEPOSIT)));
    let order = mara.order(number).await;
    assert_eq!(
        (&order["state"], &order["status"], &order["parcels"][0]["status"]),
        (&json!("confirmed"), &json!("deposit_paid"), &json!("awaiting_rest"))
    );
    assert_eq!((&order["paid"], &order["rest_is_due"]), (&eur(3 * DEPOSIT), &json!(true)));
    assert_eq!(app.stock().await, (0, 3));
    let parcel = shop.parcel(number).await;
    assert_eq!(
        (&parcel["rest"]["amount"], &parcel["rest"]["is_due"]),
        (&eur(3 * REST), &json!(true))
    );
    let shipments = shop.shipments(&parcel);
    let shipment = json!({"carrier": "DHL", "tracking_number": "1"});
    assert_eq!(shop.packer.post(&shipments, &shipment).await.problem(409), "rest_due");
    let page = mara.get(&format!("/orders/{number}")).await;
    assert!(page.expect(200).contains("Pay the rest, €120.00"), "{}", page.text);
    let confirmed = texts(&shop.stage.emails("order_confirmed").await);
    assert!(confirmed.contains("We received your deposit") && confirmed.contains("€120.00"));
    assert!(!confirmed.contains("confirmed and paid"), "{confirmed}");

    pay_the_rest(&shop, &parcel, number, &cash).await;
}

/// Pays the rest of an order whose deposit is paid; its parcel can then be shipped.
async fn pay_the_rest(shop: &Shop, parcel: &Value, number: &str, cash: &Value) {
    let (app, mara) = (&shop.stage.app, &shop.mara);
    let payments = format!("/api/v1/me/orders/{number}/payments");
    let shipments = shop.shipments(parcel);
    let shipment = json!({"carrier": "DHL", "tracking_number": "1"});
    assert_eq!(mara.post(&payments, cash).await.wrong_fields(), ["gateway"]);
    let page = mara.get(&format!("/checkout/{number}/payment")).await;
    assert!(page.expect(200).contains("Pay the rest, €120.00"), "{}", page.text);
    let rest = mara.pay(number, APPROVE).await.json(201);
    assert_eq!((&rest["part"], &rest["amount"]), (&json!("rest"), &eur(3 * REST)));
    let order = mara.order(number).await;
    assert_eq!(
        (&order["status"], &order["paid"], &order["rest_is_due"]),
        (&json!("confirmed"), &order["total"], &json!(false))
    );
    assert_eq!(mara.pay(number, APPROVE).await.problem(409), "already_paid");
    // Late news of the same payment changes nothing.
    let id: PaymentId = rest["id"].as_str().unwrap().parse().unwrap();
    let again = orders::apply(&app.platform, id, taken(3 * REST)).await.unwrap();
    assert_eq!(again, AppliedOutcome::Settled);
    assert_eq!(app.told("order.rest_paid").await.len(), 1);
    shop.packer.post(&shipments, &shipment).await.json(201);
    assert_eq!(
        texts(&shop.stage.emails("rest_paid").await).matches("The order is paid").count(),
        1
    );

    let counted = app
        .query(
            "SELECT jsonb_build_object('units', sum(quantity), 'amount', sum(amount_minor))
             FROM interactions WHERE kind = 'purchase'",
        )
        .await;
    assert_eq!(counted[0], json!({"units": 3, "amount": 3 * PRICE}));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reservation_is_booked_when_its_rest_is_paid() {
    let stage = Stage::set().await;
    let day = |at: OffsetDateTime| at.to_offset(time::UtcOffset::UTC).date().to_string();
    let mut input = stage.with(&json!({"kind": "reservation"}));
    let mut item = input["items"][0].clone();
    item["slot_starts_on"] = json!(day(stage.ends_at + Duration::days(30)));
    item["slot_ends_on"] = json!(day(stage.ends_at + Duration::days(32)));
    item["deposit_minor"] = json!(DEPOSIT);
    item["rest_due_on"] = json!(due_on(&stage));
    input["items"] = json!([item]);
    let sale = stage.live(&input).await;
    let mara = stage.app.shopper("mara").await;
    let number = mara.buy(&sale, 1).await;
    let order = mara.order(&number).await;
    assert_eq!(
        (&order["state"], &order["status"], &order["parcels"][0]["status"]),
        (&json!("confirmed"), &json!("deposit_paid"), &json!("awaiting_rest"))
    );
    mara.pay(&number, APPROVE).await.json(201);
    let order = mara.order(&number).await;
    assert_eq!(
        (&order["state"], &order["status"], &order["parcels"][0]["status"]),
        (&json!("fulfilled"), &json!("booked"), &json!("booked"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn shoppers_are_reminded_three_times_and_each_time_once() {
    let mut shop = Shop::open(true).await;
    let number = shop.order(1).await;
    assert_eq!(shop.days_before(15).await, 0);
    for (days, words) in [(14, "is due by"), (3, "is due by"), (0, "is due today")] {
        assert_eq!(shop.days_before(days).await, 1, "{days} days before");
        let platform = &shop.stage.app.platform;
        let runs = (0..3).map(|_| orders::run_rest_clock(platform));
        let again = futures_util::future::join_all(runs).await;
        assert!(again.into_iter().all(|seen_to| seen_to.unwrap() == 0));
        let emails = shop.stage.emails("rest_reminder").await;
        let newest = emails.last().unwrap()["text"].as_str().unwrap();
        assert!(newest.contains(words) && newest.contains("€40.00"), "{newest}");
        assert!(newest.contains("the deposit of €9.00 is refunded"), "{newest}");
        assert!(newest.contains(&format!("/checkout/{number}/payment")), "{newest}");
    }
    assert_eq!(shop.stage.emails("rest_reminder").await.len(), 3);
    // In the days after, it is still taken.
    assert_eq!(shop.days_before(-3).await, 0);
    shop.mara.pay(&number, APPROVE).await.json(201);
    assert_eq!(shop.days_before(-4).await, 0);
    assert_eq!(shop.mara.order(&number).await["status"], "confirmed");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_rest_an_order_ends_and_the_deposit_is_kept() {
    let mut shop = Shop::open(false).await;
    let number = shop.order(2).await;
    assert_eq!(shop.days_before(-3).await, 1, "the reminder that was missed");
    let rest = shop.mara.begin(&number).await;
    shop.stage.advance(Duration::hours(1));
    assert_eq!(shop.days_before(-4).await, 1);
    let order = shop.mara.order(&number).await;
    assert_eq!((&order["state"], &order["status"]), (&json!("cancelled"), &json!("cancelled")));
    assert_eq!((&order["refunded"], &order["paid"]), (&eur(0), &eur(2 * DEPOSIT)));
    assert_eq!(shop.stage.app.stock().await, (0, 0));
    let lapsed = shop.stage.app.told("order.lapsed").await;
    assert_eq!((lapsed.len(), &lapsed[0]["lines"][0]["quantity"]), (1, &json!(2)));
    let email = texts(&shop.stage.emails("rest_lapsed").await);
    assert!(email.contains("€18.00 of the deposit is not refunded"), "{email}");
    let back = shop
        .stage
        .app
        .query("SELECT to_jsonb(sum(quantity)) FROM interactions WHERE kind = 'refund'")
        .await;
    assert_eq!(back[0], json!(2), "it is no purchase any more");
    assert_eq!(shop.stage.emails("refunded").await.len(), 0);
    assert_eq!(shop.stage.emails("provider_order_lapsed").await.len(), 1);
    let page = shop.mara.get(&format!("/orders/{number}")).await;
    assert!(page.expect(200).contains("is not refunded, as said when you"), "{}", page.text);
    // It cannot be paid any more, and money that comes goes back.
    assert_eq!(shop.mara.pay(&number, APPROVE).await.problem(409), "order_cancelled");
    let id: PaymentId = rest.parse().unwrap();
    let late = orders::apply(&shop.stage.app.platform, id, taken(2 * REST)).await.unwrap();
    assert_eq!(late, AppliedOutcome::Over);
    assert_eq!(shop.mara.order(&number).await["paid"], eur(2 * DEPOSIT));
    assert_eq!(shop.days_before(-5).await, 0);
    // Out of goodwill the deposit goes back after all, and no unit with it.
    let support = shop.stage.app.staff("support").await;
    let path = format!("/api/v1/orders/{number}/refunds");
    support.post(&path, &json!({"reason": "Goodwill"})).await.json(201);
    assert_eq!(shop.mara.order(&number).await["refunded"], eur(2 * DEPOSIT));
    assert_eq!(shop.stage.app.stock().await, (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refundable_deposit_goes_back_when_the_order_ends() {
    let mut shop = Shop::open(true).await;
    let number = shop.order(2).await;
    assert_eq!(shop.days_before(-4).await, 1);
    let order = shop.mara.order(&number).await;
    assert_eq!((&order["state"], &order["status"]), (&json!("cancelled"), &json!("refunded")));
    assert_eq!(order["refunded"], eur(2 * DEPOSIT));
    assert_eq!(shop.stage.app.stock().await, (0, 0), "the units came back once");
    let told = shop.stage.app.told("refund.succeeded").await;
    assert_eq!(
        (told.len(), &told[0]["lines"][0]["quantity"], &told[0]["lines"][0]["amount_minor"]),
        (1, &json!(2), &json!(2 * DEPOSIT))
    );
    let email = texts(&shop.stage.emails("rest_lapsed").await);
    assert!(email.contains("€18.00 of what you paid goes back"), "{email}");
    assert_eq!(shop.stage.emails("refunded").await.len(), 0, "one email says it");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_paid_whole_goes_back_when_the_rest_of_the_order_is_not_paid() {
    let mut shop = Shop::open(false).await;
    shop.mara.hold(&shop.sale, 0, 1).await;
    shop.mara.hold(&shop.sale, 1, 1).await;
    let order = shop.mara.place().await.json(201);
    let number = order["number"].as_str().unwrap().to_owned();
    assert_eq!(
        (&order["due_now"], &order["rest"], &order["kept_if_unpaid"]),
        (&eur(DEPOSIT + 8900), &eur(REST), &eur(DEPOSIT))
    );
    shop.mara.pay(&number, APPROVE).await.json(201);
    assert_eq!(shop.days_before(-4).await, 1);
    let order = shop.mara.order(&number).await;
    assert_eq!((&order["status"], &order["refunded"]), (&json!("cancelled"), &eur(8900)));
    assert_eq!(shop.stage.app.stock().await, (0, 0));
    let page = shop.mara.get(&format!("/orders/{number}")).await;
    assert!(page.expect(200).contains("What is left of the deposit"), "{}", page.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rest_of_another_amount_goes_back_and_is_still_due() {
    let shop = Shop::open(false).await;
    let number = shop.order(1).await;
    let payment = shop.mara.begin(&number).await;
    let id: PaymentId = payment.parse().unwrap();
    let platform = &shop.stage.app.platform;
    let outcome = orders::apply(platform, id, taken(REST - 1)).await.unwrap();
    assert_eq!(outcome, AppliedOutcome::Over);
    let order = shop.mara.order(&number).await;
    assert_eq!(
        (&order["status"], &order["paid"], &order["refunded"]),
        (&json!("deposit_paid"), &eur(DEPOSIT), &eur(0))
    );
    assert_eq!(shop.stage.app.stock().await, (0, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_goes_to_the_newest_payment_first() {
    let shop = Shop::open(false).await;
    let number = shop.order(1).await;
    let support = shop.stage.app.staff("support").await;
    let path = format!("/api/v1/orders/{number}/refunds");
    let some = |amount: i64| json!({"reason": "Scratched", "amount_minor": amount});
    // Of a deposit there is no more than the deposit.
    assert_eq!(support.post(&path, &some(DEPOSIT + 1)).await.wrong_fields(), ["amount_minor"]);
    shop.mara.pay(&number, APPROVE).await.json(201);
    support.post(&path, &some(100)).await.json(201);
    support.post(&path, &json!({"reason": "Broken"})).await.json(201);
    let order = shop.mara.order(&number).await;
    assert_eq!((&order["status"], &order["refunded"]), (&json!("refunded"), &order["total"]));
    let mut amounts: Vec<i64> = order["refunds"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["amount"]["amount"].as_i64().unwrap())
        .collect();
    amounts.sort_unstable();
    assert_eq!(amounts, [100, DEPOSIT, REST - 100]);
    let parts = shop
        .stage
        .app
        .query(
            "SELECT jsonb_build_array(p.part, sum(r.amount_minor)) FROM refunds r
             JOIN payments p ON p.id = r.payment_id GROUP BY p.part ORDER BY p.part",
        )
        .await;
    assert_eq!(parts, [json!(["deposit", DEPOSIT]), json!(["rest", REST])]);
    assert_eq!(shop.stage.app.stock().await, (0, 0));
    assert_eq!(
        support.post(&path, &json!({"reason": "Again"})).await.problem(409),
        "already_refunded"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_cancels_before_it_is_shipped_gets_both_parts_back() {
    let shop = Shop::open(true).await;
    let number = shop.order(1).await;
    shop.mara.pay(&number, APPROVE).await.json(201);
    let cancel = format!("/api/v1/me/orders/{number}/cancel");
    let order = shop.mara.post(&cancel, &json!({})).await.json(200);
    assert_eq!((&order["status"], &order["refunded"]), (&json!("refunded"), &order["total"]));
    assert_eq!(order["refunds"].as_array().unwrap().len(), 2);
    assert_eq!(shop.stage.app.stock().await, (0, 0));
    let email = texts(&shop.stage.emails("order_cancelled").await);
    assert!(email.contains("€49.00 goes back"), "{email}");
    // With the deposit alone, it is the deposit.
    let second = shop.order(1).await;
    let cancel = format!("/api/v1/me/orders/{second}/cancel");
    let order = shop.mara.post(&cancel, &json!({})).await.json(200);
    assert_eq!((&order["status"], &order["refunded"]), (&json!("refunded"), &eur(DEPOSIT)));
    assert_eq!(shop.mara.pay(&second, APPROVE).await.problem(409), "order_cancelled");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deposit_that_is_not_refundable_stays_when_the_shopper_cancels() {
    let shop = Shop::open(false).await;
    let number = shop.order(1).await;
    shop.mara.pay(&number, APPROVE).await.json(201);
    let page = shop.mara.get(&format!("/orders/{number}/cancel")).await;
    let text = page.expect(200);
    assert!(
        text.contains("refund €40.00") && text.contains("€9.00 of your deposit is not"),
        "{text}"
    );
    let cancel = format!("/api/v1/me/orders/{number}/cancel");
    let order = shop.mara.post(&cancel, &json!({})).await.json(200);
    assert_eq!((&order["status"], &order["refunded"]), (&json!("cancelled"), &eur(REST)));
    let app = &shop.stage.app;
    assert_eq!(app.stock().await, (0, 0), "the units come back all the same");
    let owed = "SELECT to_jsonb(sum(e.amount_minor)::bigint) FROM ledger_entries e
                WHERE e.account IN ('provider_payable', 'commission')";
    assert_eq!(app.query(owed).await, [json!(-DEPOSIT)], "the provider has earned it");
    let email = texts(&shop.stage.emails("order_cancelled").await);
    assert!(
        email.contains("€40.00 goes back") && email.contains("€9.00 of your deposit"),
        "{email}"
    );
    assert!(!email.contains("Nothing was charged"), "{email}");

    // With the deposit alone, nothing goes back.
    let second = shop.order(1).await;
    let cancel = format!("/api/v1/me/orders/{second}/cancel");
    let order = shop.mara.post(&cancel, &json!({})).await.json(200);
    assert_eq!((&order["state"], &order["refunded"]), (&json!("cancelled"), &eur(0)));
    assert_eq!((&order["refunds"], app.stock().await), (&json!([]), (0, 0)));
    let shown = shop.mara.get(&format!("/orders/{second}")).await;
    let text = shown.expect(200);
    assert!(text.contains("is not refunded") && !text.contains("was not paid in time"), "{text}");
    // What SMP gives back later moves no unit twice.
    let refund = json!({"reason": "Sorry!"});
    let support = app.staff("support").await;
    support.post(&format!("/api/v1/orders/{second}/refunds"), &refund).await.json(201);
    assert_eq!(app.stock().await, (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn units_that_were_refunded_before_come_back_once() {
    let shop = Shop::open(false).await;
    let number = shop.order(3).await;
    shop.mara.pay(&number, APPROVE).await.json(201);
    let app = &shop.stage.app;
    let line = shop.mara.order(&number).await["parcels"][0]["lines"][0]["id"].clone();
    let lines = json!([{"line_id": line, "quantity": 1, "restock": "never_sold"}]);
    let refund = json!({"reason": "One is broken.", "lines": lines});
    let support = app.staff("support").await;
    support.post(&format!("/api/v1/orders/{number}/refunds"), &refund).await.json(201);
    assert_eq!(app.stock().await, (0, 2));
    let cancel = format!("/api/v1/me/orders/{number}/cancel");
    let order = shop.mara.post(&cancel, &json!({})).await.json(200);
    // Of three deposits, which are not refunded, one went back with its unit.
    assert_eq!(order["refunded"], eur(3 * PRICE - 2 * DEPOSIT));
    assert_eq!(app.stock().await, (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_sale_gives_a_deposit_back_whatever_its_terms() {
    let shop = Shop::open(false).await;
    let number = shop.order(1).await;
    let app = &shop.stage.app;
    let manager = app.staff("manager").await;
    let path = format!("/api/v1/providers/{}/sales/{}/cancel", shop.stage.tenant, shop.sale.id);
    manager.post(&path, &json!({"reason": "The kiln broke."})).await.json(200);
    app.run_jobs().await;
    assert_eq!(shop.mara.order(&number).await["refunded"], eur(DEPOSIT));
    assert_eq!(app.stock().await, (0, 0));
}
