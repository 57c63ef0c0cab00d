//! The four kinds of sale, each from its draft to what the buyer has in hand; the proof of
//! inventory; and what is refused of each.

use serde_json::{Value, json};
use smp::{
    kernel::{SaleId, SaleItemId, TenantId},
    orders,
    sales::SaleMode,
};
use time::{
    Duration, OffsetDateTime, format_description::well_known::Rfc3339, macros::format_description,
};
use uuid::Uuid;

use crate::support::{
    Client, TestApp,
    client::Answer,
    sales::{LiveSale, decide, plain_offer, sale_input, sale_path, submit},
    supply::{ready_picture, upload},
};

/// A provider with an editor, SMP's manager, an offer, and the input of a hosted sale that starts
/// in an hour and ends in a day.
struct Stage {
    app: TestApp,
    tenant: TenantId,
    editor: Client,
    manager: Client,
    input: Value,
    ends_at: OffsetDateTime,
}

impl Stage {
    async fn set() -> Self {
        let app = TestApp::start().await;
        let tenant = app.provider("kiln").await;
        let (editor, manager) = (app.member(tenant, "editor").await, app.staff("manager").await);
        let offer = plain_offer(&editor, tenant).await;
        let now = app.platform.clock.now();
        let ends_at = now + Duration::days(1);
        let input = sale_input(&offer, SaleMode::Hosted, now + Duration::hours(1), ends_at);
        Self { app, tenant, editor, manager, input, ends_at }
    }

    fn sales(&self) -> String {
        format!("/api/v1/providers/{}/sales", self.tenant)
    }

    /// The input with some of its fields changed.
    fn with(&self, changes: &Value) -> Value {
        let mut input = self.input.clone();
        for (name, value) in changes.as_object().unwrap() {
            input[name] = value.clone();
        }
        input
    }

    /// The same, with fields changed of its first item.
    fn with_item(&self, kind: &str, changes: &Value) -> Value {
        let mut input = self.with(&json!({"kind": kind}));
        for (name, value) in changes.as_object().unwrap() {
            input["items"][0][name] = value.clone();
        }
        input
    }

    fn aggregated(&self) -> Value {
        self.with(&json!({"kind": "aggregated", "target_quantity": 10, "ship_min_days": 3, "ship_max_days": 7}))
    }

    /// The first item in two slots, each with a capacity of its own: days after the sale's end.
    fn reservation(&self, slots: &[(i64, i64, i32)]) -> Value {
        let item = |(first, last, capacity): &(i64, i64, i32)| {
            let mut item = self.input["items"][0].clone();
            item["slot_starts_on"] = day(self.ends_at + Duration::days(*first));
            item["slot_ends_on"] = day(self.ends_at + Duration::days(*last));
            item["capacity"] = json!(capacity);
            item
        };
        self.with(
            &json!({"kind": "reservation", "items": slots.iter().map(item).collect::<Vec<_>>()}),
        )
    }

    fn voucher(&self) -> Value {
        self.with(&json!({"kind": "voucher", "voucher_valid_days": 365}))
    }

    async fn refused(&self, input: &Value) -> Vec<String> {
        self.editor.post(&self.sales(), input).await.wrong_fields()
    }

    /// The sale of an input, drafted and submitted.
    async fn submitted(&self, input: &Value) -> (String, Value) {
        let sale = self.editor.post(&self.sales(), input).await.json(201);
        let path = sale_path(self.tenant, &sale);
        let revision = submit(&self.editor, &path).await;
        (path, revision)
    }

    /// The sale of an input, approved and on.
    async fn live(&self, input: &Value) -> LiveSale {
        let (path, revision) = self.submitted(input).await;
        decide(&self.manager, &path, &revision, "approve").await.json(200);
        self.app.platform.clock.advance(Duration::hours(2));
        let sale = self.editor.get(&path).await.json(200);
        let id = |value: &Value| value["id"].as_str().unwrap().parse::<Uuid>().unwrap();
        LiveSale {
            slug: sale["slug"].as_str().unwrap().to_owned(),
            id: SaleId(id(&sale)),
            items: sale["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|item| SaleItemId(id(item)))
                .collect(),
        }
    }

    async fn approve_with(&self, path: &str, revision: &Value, verified: &Value) -> Answer {
        let body = json!({"decision": "approve", "reason": "Counted.", "content_hash": revision["content_hash"], "verified": verified});
        self.manager
            .post(&format!("{path}/revisions/{}/decision", revision["id"].as_str().unwrap()), &body)
            .await
    }

    async fn shown(&self, sale: &LiveSale) -> Value {
        self.app.anonymous().get(&format!("/api/v1/sales/{}", sale.slug)).await.json(200)
    }

    /// Text of every letter of a template.
    async fn letters(&self, template: &str) -> Vec<Value> {
        self.app.run_jobs().await;
        let all = self.app.query("SELECT jsonb_build_object('template', template, 'to', recipient, 'text', body_text) FROM messages ORDER BY id").await;
        all.into_iter().filter(|letter| letter["template"] == template).collect()
    }
}

fn day(at: OffsetDateTime) -> Value {
    json!(
        at.to_offset(time::UtcOffset::UTC)
            .date()
            .format(format_description!("[year]-[month]-[day]"))
            .unwrap()
    )
}

fn at(time: OffsetDateTime) -> String {
    time.format(&Rfc3339).unwrap()
}

fn texts(letters: &[Value]) -> String {
    letters.iter().map(|letter| letter["text"].as_str().unwrap()).collect::<Vec<_>>().join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn each_kind_asks_for_its_own_fields_and_refuses_the_others() {
    let stage = Stage::set().await;
    let aggregated = |changes: &Value| {
        let mut input = stage.aggregated();
        for (name, value) in changes.as_object().unwrap() {
            input[name] = value.clone();
        }
        input
    };
    assert_eq!(
        stage.refused(&stage.with(&json!({"kind": "aggregated"}))).await,
        ["target_quantity", "ship_min_days", "ship_max_days"]
    );
    assert_eq!(
        stage.refused(&stage.with(&json!({"kind": "voucher"}))).await,
        ["voucher_valid_days"]
    );
    assert_eq!(
        stage.refused(&stage.with(&json!({"kind": "reservation"}))).await,
        [
            "items.0.slot_starts_on",
            "items.0.slot_ends_on",
            "items.1.slot_starts_on",
            "items.1.slot_ends_on"
        ]
    );
    for (input, field) in [
        (aggregated(&json!({"target_quantity": 26})), "target_quantity"),
        (aggregated(&json!({"target_quantity": 0})), "target_quantity"),
        (aggregated(&json!({"ship_min_days": -1})), "ship_min_days"),
        (aggregated(&json!({"ship_max_days": 366})), "ship_max_days"),
        (aggregated(&json!({"ship_min_days": 15})), "ship_max_days"),
        (aggregated(&json!({"voucher_valid_days": 3})), "voucher_valid_days"),
        (stage.with(&json!({"target_quantity": 3})), "target_quantity"),
        (stage.with(&json!({"kind": "voucher", "voucher_valid_days": 0})), "voucher_valid_days"),
        (stage.with(&json!({"kind": "voucher", "voucher_valid_days": 4000})), "voucher_valid_days"),
        (
            stage.with_item("while_supplies_last", &json!({"slot_starts_on": "2027-02-05"})),
            "items.0.slot_starts_on",
        ),
        (stage.reservation(&[(0, 2, 1)]), "items.0.slot_starts_on"),
        (stage.reservation(&[(-30, 2, 1)]), "items.0.slot_starts_on"),
        (stage.reservation(&[(5, 4, 1)]), "items.0.slot_ends_on"),
        (stage.reservation(&[(5, 500, 1)]), "items.0.slot_ends_on"),
        (stage.reservation(&[(5, 6, 1), (8, 9, 1), (5, 6, 2)]), "items.2.item_id"),
        (
            stage.with_item("while_supplies_last", &json!({"guaranteed_quantity": 19})),
            "items.0.guaranteed_quantity",
        ),
        (
            stage.with_item("while_supplies_last", &json!({"evidence": "x".repeat(1001)})),
            "items.0.evidence",
        ),
        (
            stage.with_item("while_supplies_last", &json!({"evidence_asset_id": Uuid::now_v7()})),
            "items.0.evidence_asset_id",
        ),
        (
            stage.with_item("while_supplies_last", &json!({"slot_starts_on": "soon"})),
            "items.0.slot_starts_on",
        ),
    ] {
        assert_eq!(stage.refused(&input).await, [field], "{input}");
    }
    let mut guaranteed = stage.aggregated();
    guaranteed["items"][0]["guaranteed_quantity"] = json!(50);
    assert_eq!(stage.refused(&guaranteed).await, ["items.0.guaranteed_quantity"]);
    let message =
        stage.editor.post(&stage.sales(), &aggregated(&json!({"target_quantity": 26}))).await.text;
    assert!(message.contains("the cap, which is the capacity of all items: 25"), "{message}");

    // A provider's own cart sells while supplies last; the other kinds are promises about orders
    // SMP takes.
    for mut input in [stage.aggregated(), stage.reservation(&[(5, 6, 1)]), stage.voucher()] {
        input["mode"] = json!("redirect");
        input["redirect_url"] = json!("https://cart.example/buy");
        assert_eq!(stage.refused(&input).await, ["kind"]);
    }

    // A published sale keeps its kind, and its slots.
    let (path, revision) = stage.submitted(&stage.reservation(&[(5, 6, 4), (8, 9, 2)])).await;
    decide(&stage.manager, &path, &revision, "approve").await.json(200);
    assert_eq!(
        stage.editor.put(&path, &stage.reservation(&[(5, 6, 4), (8, 10, 2)])).await.wrong_fields(),
        ["items"]
    );
    assert_eq!(
        stage.editor.put(&path, &stage.input).await.wrong_fields(),
        ["kind", "items", "items"]
    );
    let more = stage
        .editor
        .put(&path, &stage.reservation(&[(8, 9, 2), (5, 6, 4), (12, 13, 1)]))
        .await
        .json(200);
    assert_eq!(more["items"].as_array().unwrap().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_aggregated_sale_promises_a_date_and_offers_the_money_back_when_it_is_missed() {
    let stage = Stage::set().await;
    let app = &stage.app;
    let sale = stage.live(&stage.aggregated()).await;
    let packer = app.member(stage.tenant, "fulfilment").await;
    let promised = stage.ends_at + Duration::days(7);
    let shown = stage.shown(&sale).await;
    assert_eq!(
        (&shown["kind"], &shown["target_quantity"], &shown["ordered_quantity"]),
        (&json!("aggregated"), &json!(10), &json!(0))
    );
    assert_eq!(shown["promised_ship_by"], at(promised));
    let page = app.anonymous().get(&format!("/sales/{}", sale.slug)).await;
    assert!(
        page.expect(200).contains("<strong>0 of 10</strong> ordered so far")
            && page.text.contains("in 3 to 7 days"),
        "{}",
        page.text
    );

    let (mara, elias) = (app.shopper("mara").await, app.shopper("elias").await);
    let (late, sent) = (mara.buy(&sale, 2).await, elias.buy(&sale, 1).await);
    assert_eq!(stage.shown(&sale).await["ordered_quantity"], 3);
    app.platform
        .broker
        .publish(smp::platform::broker::Notice::SaleChanged { slug: sale.slug.clone() })
        .await;
    tokio::time::sleep(std::time::Duration::from_millis(600)).await;
    assert!(
        app.anonymous()
            .get(&format!("/sales/{}", sale.slug))
            .await
            .text
            .contains("<strong>3 of 10</strong>")
    );
    let order = mara.order(&late).await;
    let parcel = &order["parcels"][0];
    assert_eq!(
        (&parcel["promised_ship_by"], &parcel["refund_offered"]),
        (&json!(at(promised)), &json!(false))
    );
    assert!(mara.get(&format!("/orders/{late}")).await.text.contains("Ships by"));
    assert!(texts(&stage.letters("order_confirmed").await).contains("ships by"));
    assert!(texts(&stage.letters("provider_new_order").await).contains("Promised to ship by"));
    let parcels = format!("/api/v1/providers/{}/parcels", stage.tenant);
    let list = packer.get(&parcels).await.json(200);
    assert!(
        list["items"]
            .as_array()
            .unwrap()
            .iter()
            .all(|parcel| parcel["promised_ship_by"] == at(promised))
    );

    // Before its time nothing is missed, and what was sent is never missed.
    let refund =
        format!("/api/v1/me/orders/{late}/parcels/{}/refund", parcel["id"].as_str().unwrap());
    assert_eq!(orders::flag_missed_promises(&app.platform).await.unwrap(), 0);
    assert_eq!(mara.post(&refund, &json!({})).await.problem(409), "promise_not_missed");
    let of = |number: &str| {
        list["items"]
            .as_array()
            .unwrap()
            .iter()
            .find(|parcel| parcel["order_number"] == number)
            .unwrap()["id"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    packer
        .post(
            &format!("{parcels}/{}/shipments", of(&sent)),
            &json!({"carrier": "DHL", "tracking_number": "1"}),
        )
        .await
        .json(201);
    app.platform.clock.advance(promised - app.platform.clock.now() + Duration::seconds(1));
    // However many nodes look, each parcel is told of once.
    let found =
        futures_util::future::join_all((0..4).map(|_| orders::flag_missed_promises(&app.platform)))
            .await;
    assert_eq!(found.into_iter().map(Result::unwrap).sum::<u64>(), 1);
    assert_eq!(orders::flag_missed_promises(&app.platform).await.unwrap(), 0);
    let told = app.told("parcel.promise_missed").await;
    assert_eq!((told.len(), &told[0]["order_number"]), (1, &json!(late)));
    let letters = stage.letters("promise_missed").await;
    assert!(
        letters.len() == 1
            && letters[0]["to"].as_str().unwrap().starts_with("mara")
            && texts(&letters).contains("Get a refund"),
        "{letters:?}"
    );
    assert!(
        !packer.get(&format!("{parcels}/{}", of(&late))).await.json(200)["promise_missed_at"]
            .is_null()
    );

    // The shopper may wait, and may take the money later; others may not.
    let page = mara.get(&format!("/orders/{late}")).await;
    assert!(page.expect(200).contains("Not shipped on time") && page.text.contains("Get a refund"));
    elias.post(&refund, &json!({})).await.problem(404);
    let action = format!("/orders/{late}/parcels/{}/refund", parcel["id"].as_str().unwrap());
    assert_eq!(mara.get(&action).await.location(), format!("/orders/{late}"));
    assert_eq!(mara.form(&action, &[]).await.location(), format!("/orders/{late}"));
    let order = mara.order(&late).await;
    assert_eq!(
        (&order["refunded"], &order["parcels"][0]["state"]),
        (&order["total"], &json!("cancelled"))
    );
    assert_eq!(
        (&order["refunds"][0]["parcel_id"], &order["parcels"][0]["refund_offered"]),
        (&parcel["id"], &json!(false))
    );
    let again = mara.post(&refund, &json!({})).await.json(200);
    assert_eq!(again["refunds"].as_array().unwrap().len(), 1, "asked again, it is the same refund");
    assert_eq!(app.stock().await, (0, 1));
    assert!(mara.get(&format!("/orders/{late}")).await.text.contains("Your refund is on its way"));
    assert_eq!(stage.letters("refunded").await.len(), 1);
    packer
        .post(
            &format!("{parcels}/{}/shipments", of(&late)),
            &json!({"carrier": "DHL", "tracking_number": "2"}),
        )
        .await
        .problem(409);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_of_one_parcel_leaves_the_rest_of_its_order_alone() {
    let stage = Stage::set().await;
    let app = &stage.app;
    let made = stage.live(&stage.aggregated()).await;
    let other = app.live_sale(app.provider("north").await, SaleMode::Hosted).await;
    let mara = app.shopper("mara").await;
    mara.hold(&made, 0, 2).await;
    mara.hold(&other, 1, 1).await;
    let number = mara.place().await.json(201)["number"].as_str().unwrap().to_owned();
    mara.pay(&number, crate::support::shop::CARD_OK).await.json(201);
    let order = mara.order(&number).await;
    let parcel = |order: &Value, promised: bool| {
        order["parcels"]
            .as_array()
            .unwrap()
            .iter()
            .find(|p| p["promised_ship_by"].is_string() == promised)
            .unwrap()
            .clone()
    };
    let support = app.staff("support").await;
    support
        .post(
            &format!("/api/v1/orders/{number}/refunds"),
            &json!({"reason": "A scratch", "amount_minor": 1870}),
        )
        .await
        .json(201);

    app.platform.clock.advance(Duration::days(9));
    assert_eq!(orders::flag_missed_promises(&app.platform).await.unwrap(), 1);
    let id = parcel(&order, true)["id"].as_str().unwrap().to_owned();
    let after = mara
        .post(&format!("/api/v1/me/orders/{number}/parcels/{id}/refund"), &json!({}))
        .await
        .json(200);
    // Of 187.00 in all, a tenth was back already: of the parcel's 98.00, 9.80.
    assert_eq!(after["refunds"][1]["amount"]["amount"], 9800 - 980);
    assert_eq!(
        (&parcel(&after, true)["state"], &parcel(&after, false)["state"]),
        (&json!("cancelled"), &json!("to_ship"))
    );
    assert_eq!(app.stock().await, (0, 1), "its units are back, the other's are not");
    let told = app.told("refund.succeeded").await;
    let last = told.last().unwrap();
    assert_eq!(
        (
            &last["parcel_id"],
            &last["lines"][0]["quantity"],
            last["lines"].as_array().unwrap().len()
        ),
        (&json!(id), &json!(2), 1)
    );
    // The rest goes back in the ordinary way, and takes nothing twice.
    support
        .post(&format!("/api/v1/orders/{number}/refunds"), &json!({"reason": "The rest"}))
        .await
        .json(201);
    let order = mara.order(&number).await;
    assert_eq!((&order["refunded"], app.stock().await), (&order["total"], (0, 0)));
    app.run_jobs().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reservation_sells_dates_each_with_its_own_capacity() {
    let stage = Stage::set().await;
    let app = &stage.app;
    let sale = stage.live(&stage.reservation(&[(5, 7, 4), (12, 14, 1)])).await;
    let shown = stage.shown(&sale).await;
    assert_eq!(
        (&shown["items"][0]["available"], &shown["items"][1]["available"]),
        (&json!(4), &json!(1))
    );
    assert_eq!(shown["items"][1]["slot_starts_on"], day(stage.ends_at + Duration::days(12)));
    let page = app.anonymous().get(&format!("/sales/{}", sale.slug)).await;
    assert!(page.expect(200).contains("Choose your dates"));

    let (mara, elias) = (app.shopper("mara").await, app.shopper("elias").await);
    mara.hold(&sale, 1, 1).await;
    let body = json!({"sale_item_id": sale.items[1], "quantity": 1});
    assert_eq!(
        elias.post(&format!("/api/v1/sales/{}/holds", sale.slug), &body).await.json(202)["state"],
        "waiting"
    );
    elias.hold(&sale, 0, 1).await;
    let year = (stage.ends_at + Duration::days(14)).year().to_string();
    let dates = |text: &str| text.contains(" to ") && text.contains(&year);
    let cart = mara.get("/cart").await;
    assert!(dates(cart.expect(200)), "{}", cart.text);
    assert!(dates(mara.get("/checkout").await.expect(200)));
    let number = mara.place().await.json(201)["number"].as_str().unwrap().to_owned();
    mara.pay(&number, crate::support::shop::CARD_OK).await.json(201);
    let line = mara.order(&number).await["parcels"][0]["lines"][0].clone();
    assert_eq!(
        (&line["slot_starts_on"], &line["slot_ends_on"]),
        (&shown["items"][1]["slot_starts_on"], &shown["items"][1]["slot_ends_on"])
    );
    let order_page = mara.get(&format!("/orders/{number}")).await;
    assert!(dates(order_page.expect(200)));
    let parcels = app
        .member(stage.tenant, "fulfilment")
        .await
        .get(&format!("/api/v1/providers/{}/parcels", stage.tenant))
        .await
        .json(200);
    assert_eq!(parcels["items"][0]["lines"][0]["slot_starts_on"], line["slot_starts_on"]);
    let said = |letters: Vec<Value>| {
        !letters.is_empty() && letters.iter().all(|letter| dates(letter["text"].as_str().unwrap()))
    };
    assert!(
        said(stage.letters("order_confirmed").await)
            && said(stage.letters("provider_new_order").await)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_voucher_is_a_code_that_only_its_buyer_reads() {
    let stage = Stage::set().await;
    let app = &stage.app;
    let sale = stage.live(&stage.voucher()).await;
    let mara = app.shopper("mara").await;
    mara.hold(&sale, 0, 2).await;
    let number = mara.place().await.json(201)["number"].as_str().unwrap().to_owned();
    assert!(mara.get("/checkout").await.expect(200).contains("Your details"));
    let path = format!("/api/v1/me/orders/{number}/vouchers");
    assert_eq!(
        mara.get(&path).await.json(200)["items"],
        json!([]),
        "nothing is issued before it is paid"
    );
    mara.pay(&number, crate::support::shop::CARD_OK).await.json(201);

    let order = mara.order(&number).await;
    assert_eq!(
        (&order["state"], &order["parcels"][0]["state"]),
        (&json!("fulfilled"), &json!("delivered")),
        "nothing is to be sent"
    );
    assert_eq!(order["vouchers"].as_array().unwrap().len(), 2);
    let codes = mara.get(&path).await.json(200)["items"].as_array().unwrap().clone();
    let code = |nth: usize| codes[nth]["code"].as_str().unwrap().to_owned();
    assert!(
        codes.len() == 2
            && code(0) != code(1)
            && code(0).len() == 19
            && code(0).split('-').all(|group| group.len() == 4),
        "{codes:?}"
    );
    assert_eq!(app.told("voucher.issued").await.len(), 2);
    assert!(mara.get(&format!("/orders/{number}")).await.expect(200).contains(&code(1)));
    let letters = stage.letters("voucher_issued").await;
    assert!(
        letters.len() == 1
            && texts(&letters).contains(&code(0))
            && texts(&letters).contains(&code(1)),
        "{letters:?}"
    );

    // Nobody else: another shopper, the provider, SMP's team, the database, the log of events.
    app.shopper("elias").await.get(&path).await.problem(404);
    let support = app.staff("admin").await;
    support.get(&path).await.problem(404);
    let seen = [
        support.get(&format!("/api/v1/orders/{number}")).await.text,
        support.get("/api/v1/messages?limit=100").await.text,
        app.member(stage.tenant, "owner")
            .await
            .get(&format!("/api/v1/providers/{}/parcels", stage.tenant))
            .await
            .text,
        json!(app.query("SELECT to_jsonb(v) FROM vouchers v").await).to_string(),
        json!(app.query("SELECT to_jsonb(e) FROM events e").await).to_string(),
        json!(app.query("SELECT to_jsonb(a) FROM audit_log a").await).to_string(),
    ];
    let hex = |code: &str| hex::encode(code);
    for text in &seen {
        assert!(
            text.len() > 2 && !text.contains(&code(0)) && !text.contains(&hex(&code(0))),
            "{text}"
        );
    }
    let other = app.provider("loom").await;
    let mut tx = app.platform.db.tenant(other).await.unwrap();
    let rows: i64 =
        sqlx::query_scalar("SELECT count(*) FROM vouchers").fetch_one(&mut *tx).await.unwrap();
    drop(tx);
    assert_eq!(rows, 0, "another tenant does not even see that there are any");

    // A refund in part leaves them; the whole refund voids them.
    let refunds = format!("/api/v1/orders/{number}/refunds");
    support.post(&refunds, &json!({"reason": "A kindness", "amount_minor": 100})).await.json(201);
    assert_eq!(mara.order(&number).await["vouchers"][0]["state"], "issued");
    support.post(&refunds, &json!({"reason": "Cannot come"})).await.json(201);
    let order = mara.order(&number).await;
    assert_eq!(
        (
            &order["vouchers"][0]["state"],
            &order["vouchers"][1]["state"],
            &order["parcels"][0]["state"]
        ),
        (&json!("void"), &json!("void"), &json!("cancelled"))
    );
    assert_eq!((app.told("voucher.voided").await.len(), app.stock().await), (2, (0, 0)));
    assert!(mara.get(&format!("/orders/{number}")).await.text.contains("</s> void"));
    app.run_jobs().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn vouchers_beside_goods_are_issued_while_the_goods_are_sent() {
    let stage = Stage::set().await;
    let app = &stage.app;
    let voucher = stage.live(&stage.voucher()).await;
    let goods = app.live_sale(stage.tenant, SaleMode::Hosted).await;
    let mara = app.shopper("mara").await;
    mara.hold(&voucher, 0, 1).await;
    mara.hold(&goods, 0, 1).await;
    let number = mara.place().await.json(201)["number"].as_str().unwrap().to_owned();
    mara.pay(&number, crate::support::shop::CARD_OK).await.json(201);
    let order = mara.order(&number).await;
    assert_eq!(
        (&order["state"], &order["parcels"][0]["state"]),
        (&json!("confirmed"), &json!("to_ship"))
    );
    assert_eq!(order["vouchers"].as_array().unwrap().len(), 1);
    app.run_jobs().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stock_never_exceeds_what_a_manager_verified() {
    let stage = Stage::set().await;
    let app = &stage.app;
    let picture = ready_picture(&stage.editor, stage.tenant).await;
    let pdf = upload(
        &stage.editor,
        stage.tenant,
        "stock list.pdf",
        "application/pdf",
        b"%PDF-1.4\n%%EOF\n".to_vec(),
    )
    .await;
    let pdf_path =
        format!("/api/v1/providers/{}/assets/{}", stage.tenant, pdf["id"].as_str().unwrap());
    stage.editor.post(&format!("{pdf_path}/complete"), &json!({})).await.json(200);
    let mut input =
        stage.with_item("while_supplies_last", &json!({"guaranteed_quantity": 30, "evidence": "Counted on Monday: 30 boxes.", "evidence_asset_id": pdf["id"]}));
    input["items"][1]["evidence_asset_id"] = picture["id"].clone();
    let (path, revision) = stage.submitted(&input).await;
    let item = &revision["content"]["items"][0];
    assert_eq!(
        (&item["guaranteed_quantity"], &item["evidence"]),
        (&json!(30), &json!("Counted on Monday: 30 boxes."))
    );
    let original = stage.manager.get(&format!("{pdf_path}/original")).await;
    assert_eq!(
        (original.expect(200), original.headers["content-disposition"].to_str().unwrap()),
        ("%PDF-1.4\n%%EOF\n", "attachment; filename*=UTF-8''stock%20list.pdf")
    );
    app.shopper("mara").await.get(&format!("{pdf_path}/original")).await.problem(404);
    assert_eq!(
        stage.editor.delete(&pdf_path).await.problem(409),
        "asset_in_use",
        "evidence stays while it is reviewed"
    );

    // Less than the capacity is not approved, and the answer names item and remedy.
    let id = |nth: usize| revision["content"]["items"][nth]["sale_item_id"].clone();
    let refused = stage
        .approve_with(&path, &revision, &json!([{"sale_item_id": id(0), "quantity": 12}]))
        .await;
    assert_eq!(refused.problem(409), "capacity_above_verified");
    assert!(
        refused.text.contains("20 of Sand would be on sale, but 12 are verified")
            && refused.text.contains("12 at most"),
        "{}",
        refused.text
    );
    let wrong = json!([{"sale_item_id": Uuid::now_v7(), "quantity": 1}, {"sale_item_id": id(0), "quantity": -1}, {"sale_item_id": id(0), "quantity": 20}]);
    let fields = stage.approve_with(&path, &revision, &wrong).await.wrong_fields();
    assert_eq!(
        fields,
        ["verified.0.sale_item_id", "verified.1.quantity", "verified.2.sale_item_id"]
    );
    let unasked = json!({"decision": "reject", "reason": "No.", "content_hash": revision["content_hash"], "verified": [{"sale_item_id": id(0), "quantity": 1}]});
    let decision = format!("{path}/revisions/{}/decision", revision["id"].as_str().unwrap());
    assert_eq!(stage.manager.post(&decision, &unasked).await.wrong_fields(), ["verified"]);
    assert_eq!(stage.editor.get(&path).await.json(200)["state"], "submitted");

    // What is said is kept, and told; what is not said is the capacity.
    stage
        .approve_with(&path, &revision, &json!([{"sale_item_id": id(0), "quantity": 28}]))
        .await
        .json(200);
    let sale = stage.editor.get(&path).await.json(200);
    assert_eq!(
        (&sale["items"][0]["verified_quantity"], &sale["items"][1]["verified_quantity"]),
        (&json!(28), &json!(5))
    );
    let told = &app.told("sale.stock_verified").await[0];
    assert_eq!(
        (
            &told["items"][0]["verified_quantity"],
            &told["items"][0]["guaranteed_quantity"],
            &told["note"]
        ),
        (&json!(28), &json!(30), &json!("Counted."))
    );
    assert_eq!(app.query("SELECT details->'items'->0->'verified_quantity' FROM audit_log WHERE action = 'stock_verify'").await, [json!(28)]);
    // The database holds it too.
    let mut tx = app.platform.db.tenant(stage.tenant).await.unwrap();
    let broken = sqlx::query("UPDATE stock SET capacity = verified + 1")
        .execute(&mut *tx)
        .await
        .unwrap_err();
    assert!(broken.to_string().contains("stock_verified_check"), "{broken}");
    drop(tx);

    // A cap is verified like a stock; a provider's own cart keeps its stock itself.
    let (path, revision) = stage.submitted(&stage.aggregated()).await;
    let cap =
        json!([{"sale_item_id": revision["content"]["items"][0]["sale_item_id"], "quantity": 19}]);
    assert_eq!(
        stage.approve_with(&path, &revision, &cap).await.problem(409),
        "capacity_above_verified"
    );
    let redirect =
        stage.with(&json!({"mode": "redirect", "redirect_url": "https://cart.example/buy"}));
    let (path, revision) = stage.submitted(&redirect).await;
    let one =
        json!([{"sale_item_id": revision["content"]["items"][0]["sale_item_id"], "quantity": 20}]);
    assert_eq!(
        stage.approve_with(&path, &revision, &one).await.wrong_fields(),
        ["verified.0.quantity"]
    );
    decide(&stage.manager, &path, &revision, "approve").await.json(200);
    app.run_jobs().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn content_frozen_before_there_were_kinds_still_reads() {
    let stage = Stage::set().await;
    let (path, revision) = stage.submitted(&stage.input).await;
    let frozen = stage.app.query("SELECT content FROM revisions").await.remove(0);
    let new = [
        "slot",
        "guaranteed_quantity",
        "evidence",
        "evidence_asset_id",
        "target_quantity",
        "ship_min_days",
        "voucher_valid_days",
    ];
    assert!(
        new.iter().all(|name| frozen.get(name).is_none() && frozen["items"][0].get(name).is_none()),
        "{frozen}"
    );
    decide(&stage.manager, &path, &revision, "approve").await.json(200);
    assert_eq!(stage.editor.get(&path).await.json(200)["has_unsubmitted_changes"], false);
}
