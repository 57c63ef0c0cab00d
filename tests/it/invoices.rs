//! Invoices and credit notes: one for each cause, with numbers without a gap, from whoever issues them, and
//! never changed.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use smp::{
    events::Event,
    invoices,
    kernel::{Clock, TenantId},
    platform::Platform,
    sales::SaleMode::Hosted,
};
use sqlx::Connection;
use time::{Duration, OffsetDateTime, macros::datetime};
use uuid::Uuid;

use crate::support::{Client, TestApp, shop::APPROVE, stage::Stage};

const PRICE: i64 = 4900;

/// What an invoice needs of its issuer.
fn data() -> Value {
    json!({
        "invoiced_by": "smp",
        "legal_name": "Kiln & Co. GmbH",
        "line1": "Ofenweg 1",
        "postal_code": "10115",
        "city": "Berlin",
        "country": "DE",
        "tax_id": "DE123456789",
        "register": "HRB 12345, Berlin",
        "number_prefix": "KILN",
        "tax_rate_ppm": 190_000,
    })
}

fn path_of(tenant: TenantId) -> String {
    format!("/api/v1/providers/{tenant}/invoicing")
}

/// A provider with everything that its invoices need, and its owner.
async fn issuer(app: &TestApp, slug: &str) -> (TenantId, Client) {
    let tenant = app.provider(slug).await;
    let owner = app.member(tenant, "owner").await;
    owner.put_newest(&path_of(tenant), &data()).await.json(200);
    app.run_jobs().await;
    (tenant, owner)
}

async fn invoices_of(client: &Client, number: &str) -> Value {
    client.get(&format!("/api/v1/me/orders/{number}/invoices")).await.json(200)
}

fn numbers(list: &Value) -> Vec<String> {
    let items = list["items"].as_array().unwrap();
    items.iter().map(|one| one["number"].as_str().unwrap().to_owned()).collect()
}

fn event(app: &TestApp, tenant: TenantId, kind: &str, payload: Value) -> Event {
    Event {
        tenant_id: tenant,
        id: Uuid::now_v7(),
        kind: kind.to_owned(),
        payload,
        created_at: app.platform.clock.now(),
        of_rehearsal: false,
    }
}

/// Takes a number, and commits it or not.
async fn take(platform: Platform, issuer: TenantId, at: OffsetDateTime, commits: bool) -> String {
    let mut tx = platform.db.tenant(issuer).await.unwrap();
    let number = invoices::next_number(&mut tx, issuer, "KILN", "Europe/Berlin", at).await.unwrap();
    if commits {
        tx.commit().await.unwrap();
    } else {
        tx.rollback().await.unwrap();
    }
    number
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_have_no_gap_and_no_twin_on_two_nodes() {
    let app = TestApp::start().await;
    let other = app.another_node(Clock::default()).await;
    let tenant = app.provider("kiln").await;
    let at = datetime!(2026-06-01 12:00 UTC);
    // A node dies with a number in hand.
    let mut dying = other.db.tenant(tenant).await.unwrap();
    let lost = invoices::next_number(&mut dying, tenant, "KILN", "UTC", at).await.unwrap();
    assert_eq!(lost, "KILN-2026-000001");
    let backend: i32 =
        sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut *dying).await.unwrap();

    let takers: Vec<_> = (0..64)
        .map(|nth| {
            let node = if nth % 2 == 0 { &app.platform } else { &other };
            let commits = nth % 5 != 0;
            let taking = tokio::spawn(take(node.clone(), tenant, at, commits));
            (commits, taking)
        })
        .collect();
    let mut owner = sqlx::PgConnection::connect(&app.owner_url).await.unwrap();
    sqlx::query("SELECT pg_terminate_backend($1)").bind(backend).execute(&mut owner).await.unwrap();
    drop(dying);

    let mut kept = vec![];
    for (commits, taking) in takers {
        let number = taking.await.unwrap();
        if commits {
            kept.push(number);
        }
    }
    let expected: BTreeSet<String> =
        (1..=kept.len()).map(|nth| format!("KILN-2026-{nth:06}")).collect();
    assert_eq!(kept.len(), 51);
    assert_eq!(kept.into_iter().collect::<BTreeSet<_>>(), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_begin_anew_per_issuer_and_with_the_issuers_year() {
    let app = TestApp::start().await;
    let (kiln, loom) = (app.provider("kiln").await, app.provider("loom").await);
    let take = async |issuer, at| take(app.platform.clone(), issuer, at, true).await;
    let summer = datetime!(2026-06-01 12:00 UTC);
    assert_eq!(take(kiln, summer).await, "KILN-2026-000001");
    assert_eq!(take(kiln, summer).await, "KILN-2026-000002");
    assert_eq!(take(loom, summer).await, "KILN-2026-000001");
    assert_eq!(take(kiln, datetime!(2026-12-31 22:59 UTC)).await, "KILN-2026-000003");
    assert_eq!(
        take(kiln, datetime!(2026-12-31 23:00 UTC)).await,
        "KILN-2027-000001",
        "it is midnight in Berlin"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_has_one_invoice_and_each_refund_a_credit_note() {
    let app = TestApp::start().await;
    let (tenant, owner) = issuer(&app, "kiln").await;
    let sale = app.live_sale(tenant, Hosted).await;
    let (mara, eve) = (app.shopper("mara").await, app.shopper("eve").await);
    let number = mara.buy(&sale, 2).await;
    app.run_jobs().await;
    let list = invoices_of(&mara, &number).await;
    assert_eq!((&list["by_provider"], &list["waiting"]), (&json!([]), &json!([])));
    let invoice = &list["items"][0];
    let issued = invoice["number"].as_str().unwrap().to_owned();
    assert!(issued.starts_with("KILN-20") && issued.ends_with("-000001"), "{issued}");
    assert_eq!(invoice["total"], json!({"amount": 2 * PRICE, "currency": "EUR"}));
    // 9800 × 19/119 = 1564.7.
    assert_eq!(
        (&invoice["net"]["amount"], &invoice["tax"]["amount"]),
        (&json!(8235), &json!(1565))
    );
    assert_eq!(invoice["issuer"]["legal_name"], "Kiln & Co. GmbH");
    assert_eq!(invoice["buyer"]["address"]["name"], "Mara Lind");

    let page = format!("/orders/{number}/invoices/{issued}");
    let shown = mara.get(&page).await;
    assert!(shown.expect(200).contains("Kiln &amp; Co. GmbH"), "{}", shown.text);
    assert!(shown.text.contains("€98.00") && shown.text.contains("19 %"), "{}", shown.text);
    let pdf = mara.get(&format!("{page}.pdf")).await;
    pdf.expect(200);
    assert_eq!(pdf.headers["content-type"], "application/pdf");
    assert!(pdf.text.starts_with("%PDF-"));
    let order = mara.get(&format!("/orders/{number}")).await;
    assert!(order.text.contains(&format!("Invoice {issued}")), "{}", order.text);
    eve.get(&page).await.expect(404);
    eve.get(&format!("/api/v1/me/orders/{number}/invoices")).await.expect(404);
    let emails = app
        .query("SELECT to_jsonb(body_text) FROM messages WHERE template = 'invoice_issued'")
        .await;
    assert_eq!(emails.len(), 1);
    assert!(emails[0].as_str().unwrap().contains(&page), "{emails:?}");

    let support = app.staff("support").await;
    let refunds = format!("/api/v1/orders/{number}/refunds");
    let part = json!({"reason": "A chip", "amount_minor": 1000});
    support.post(&refunds, &part).await.json(201);
    app.run_jobs().await;
    support.post(&refunds, &json!({"reason": "All of it"})).await.json(201);
    app.run_jobs().await;
    let list = invoices_of(&mara, &number).await;
    let items = list["items"].as_array().unwrap();
    let kinds: Vec<&Value> = items.iter().map(|one| &one["kind"]).collect();
    assert_eq!(kinds, ["invoice", "credit_note", "credit_note"]);
    assert_eq!(items[1]["total"]["amount"], 1000);
    assert_eq!(items[1]["corrects_number"], issued);
    let back = |field: &str| -> i64 {
        items[1..].iter().map(|one| one[field]["amount"].as_i64().unwrap()).sum()
    };
    assert_eq!((back("total"), back("tax"), back("net")), (9800, 1565, 8235));

    let own = format!("/api/v1/providers/{tenant}/invoices");
    let all = owner.get(&own).await.json(200);
    assert_eq!(all["items"].as_array().unwrap().len(), 3);
    let notes = owner.get(&format!("{own}?kind=credit_note&q={number}")).await.json(200);
    assert_eq!(notes["items"].as_array().unwrap().len(), 2);
    let csv = owner.get(&format!("{own}.csv")).await;
    assert!(csv.expect(200).contains("-8800"), "{}", csv.text);
    let id = all["items"][0]["id"].as_str().unwrap();
    assert_eq!(owner.get(&format!("{own}/{id}")).await.json(200), all["items"][0]);
    owner.get(&format!("{own}/{id}/pdf")).await.expect(200);
    app.member(tenant, "fulfilment").await.get(&own).await.expect(403);
    let staff = support.get(&format!("/api/v1/orders/{number}/invoices")).await.json(200);
    assert_eq!(numbers(&staff), numbers(&list));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_of_units_is_credited_on_their_line() {
    let app = TestApp::start().await;
    let (tenant, _) = issuer(&app, "kiln").await;
    let sale = app.live_sale(tenant, Hosted).await;
    let mara = app.shopper("mara").await;
    mara.hold(&sale, 0, 1).await;
    mara.hold(&sale, 1, 1).await;
    let number = mara.place().await.json(201)["number"].as_str().unwrap().to_owned();
    mara.pay(&number, APPROVE).await.json(201);
    app.run_jobs().await;
    let order = mara.order(&number).await;
    let lines = order["parcels"][0]["lines"].as_array().unwrap();
    let dear = lines.iter().find(|line| line["unit_price"]["amount"] == 8900).unwrap();
    let line = json!({"line_id": dear["id"], "quantity": 1, "restock": "lost"});
    let refund = json!({"reason": "Broken", "lines": [line]});
    let refunds = format!("/api/v1/orders/{number}/refunds");
    app.staff("support").await.post(&refunds, &refund).await.json(201);
    app.run_jobs().await;
    let credited = "SELECT jsonb_path_query_array(lines, '$[*].gross_minor') FROM invoices
                    WHERE kind = 'credit_note'";
    assert_eq!(app.query(credited).await, [json!([8900])]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_two_nodes_hear_twice_makes_one_invoice() {
    let app = TestApp::start().await;
    let (tenant, owner) = issuer(&app, "kiln").await;
    let sale = app.live_sale(tenant, Hosted).await;
    for nth in 0..6 {
        app.shopper(&format!("shopper {nth}")).await.buy(&sale, 1).await;
    }
    let other = app.another_node(Clock::default()).await;
    let mut hearing = vec![];
    for payload in app.told("order.confirmed").await {
        let event = event(&app, tenant, "order.confirmed", payload);
        for node in [&app.platform, &other, &app.platform, &other] {
            let (node, event) = (node.clone(), event.clone());
            hearing.push(tokio::spawn(async move { invoices::on_event(&node, &event).await }));
        }
    }
    for heard in hearing {
        heard.await.unwrap().unwrap();
    }
    let list = owner.get(&format!("/api/v1/providers/{tenant}/invoices")).await.json(200);
    let found: BTreeSet<String> =
        numbers(&list).into_iter().map(|number| number[number.len() - 6..].to_owned()).collect();
    let expected: BTreeSet<String> = (1..=6).map(|nth| format!("{nth:06}")).collect();
    assert_eq!((numbers(&list).len(), found), (6, expected));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invoice_waits_for_the_providers_data_and_has_the_rate_of_its_sale() {
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let (owner, editor) = (app.member(tenant, "owner").await, app.member(tenant, "editor").await);
    let path = path_of(tenant);
    let sale = app.live_sale(tenant, Hosted).await;
    let (mara, support) = (app.shopper("mara").await, app.staff("support").await);
    let number = mara.buy(&sale, 1).await;
    support
        .post(
            &format!("/api/v1/orders/{number}/refunds"),
            &json!({"reason": "x", "amount_minor": 100}),
        )
        .await
        .json(201);
    app.run_jobs().await;
    let list = invoices_of(&mara, &number).await;
    assert_eq!((&list["items"], &list["waiting"]), (&json!([]), &json!(["Kiln"])));
    let asked = owner.get(&path).await.json(200);
    assert_eq!((&asked["waiting"], &asked["version"]), (&json!(1), &json!(0)));
    let missing = ["legal_name", "line1", "city", "country", "number_prefix"];
    assert_eq!(asked["missing"], json!(missing));

    editor.put_newest(&path, &data()).await.expect(403);
    let without = |field: &str| {
        let mut body = data();
        body[field] = Value::Null;
        body
    };
    assert_eq!(owner.put_newest(&path, &without("tax_id")).await.wrong_fields(), ["tax_id"]);
    // Not complete: it goes on waiting.
    owner.put_newest(&path, &without("city")).await.json(200);
    app.run_jobs().await;
    assert_eq!(invoices_of(&mara, &number).await["items"], json!([]));
    owner.put_newest(&path, &data()).await.json(200);
    app.run_jobs().await;
    let list = invoices_of(&mara, &number).await;
    let items = list["items"].as_array().unwrap();
    assert_eq!(items.len(), 2, "the credit note waited with its invoice");
    assert_eq!(items[0]["shows_tax"], false, "no rate was set when it was sold");
    assert_eq!(items[1]["total"]["amount"], 100);
    assert_eq!(owner.get(&path).await.json(200)["waiting"], 0);
    let page = format!("/orders/{number}/invoices/{}", numbers(&list)[0]);
    let shown = mara.get(&page).await;
    assert!(shown.text.contains("Prices as charged; no tax is shown."), "{}", shown.text);

    let mut body = data();
    body["number_prefix"] = json!("OTHER");
    assert_eq!(owner.put_newest(&path, &body).await.wrong_fields(), ["number_prefix"]);
    let audit = "SELECT to_jsonb(subject) FROM audit_log WHERE action = 'invoicing_set'";
    assert_eq!(app.query(audit).await, ["provider kiln", "provider kiln"]);
    let loom = app.provider("loom").await;
    let taken = app.member(loom, "owner").await.put_newest(&path_of(loom), &data()).await;
    assert_eq!(taken.wrong_fields(), ["number_prefix"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_issues_its_invoices_gets_none_from_smp() {
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let owner = app.member(tenant, "owner").await;
    let sale = app.live_sale(tenant, Hosted).await;
    let (mara, eve) = (app.shopper("mara").await, app.shopper("eve").await);
    let waiting = mara.buy(&sale, 1).await;
    app.run_jobs().await;
    let by_itself = json!({"invoiced_by": "provider"});
    owner.put_newest(&path_of(tenant), &by_itself).await.json(200);
    let number = eve.buy(&sale, 1).await;
    app.run_jobs().await;
    for (shopper, number) in [(&mara, &waiting), (&eve, &number)] {
        let list = invoices_of(shopper, number).await;
        assert_eq!((&list["items"], &list["by_provider"]), (&json!([]), &json!(["Kiln"])));
        let page = shopper.get(&format!("/orders/{number}")).await;
        assert!(page.text.contains("The invoice comes from Kiln."), "{}", page.text);
    }
    // What was left to the provider stays with it, and so do its refunds.
    owner.put_newest(&path_of(tenant), &data()).await.json(200);
    let support = app.staff("support").await;
    let refund = json!({"reason": "Broken"});
    support.post(&format!("/api/v1/orders/{number}/refunds"), &refund).await.json(201);
    app.run_jobs().await;
    assert_eq!(invoices_of(&eve, &number).await["items"], json!([]));
    assert_eq!(app.query("SELECT to_jsonb(number) FROM invoices").await, [] as [Value; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deposit_has_a_receipt_and_the_whole_an_invoice() {
    let stage = Stage::set().await;
    let app = &stage.app;
    let owner = app.member(stage.tenant, "owner").await;
    owner.put_newest(&path_of(stage.tenant), &data()).await.json(200);
    let mut input = stage.with(&json!({}));
    let due = (stage.ends_at + Duration::days(20)).date();
    input["items"][0]["deposit_minor"] = json!(900);
    input["items"][0]["rest_due_on"] = json!(due.to_string());
    input["items"][0]["deposit_refundable"] = json!(true);
    let sale = stage.live(&input).await;
    let (mara, eve) = (app.shopper("mara").await, app.shopper("eve").await);
    let number = mara.buy(&sale, 1).await;
    app.run_jobs().await;
    let list = invoices_of(&mara, &number).await;
    assert_eq!((&list["items"], &list["waiting"]), (&json!([]), &json!([])));
    let receipts = stage.emails("order_confirmed").await;
    let text = serde_json::to_string(&receipts).unwrap();
    assert!(text.contains("The invoice is made once the rest is paid."), "{text}");

    mara.pay(&number, APPROVE).await.json(201);
    app.run_jobs().await;
    let list = invoices_of(&mara, &number).await;
    assert_eq!(list["items"][0]["total"]["amount"], PRICE);
    assert_eq!(list["items"].as_array().unwrap().len(), 1);

    // What of a deposit was refunded is credited once the whole is invoiced.
    let other = eve.buy(&sale, 1).await;
    let goodwill = json!({"reason": "A delay", "amount_minor": 100});
    let refunds = format!("/api/v1/orders/{other}/refunds");
    app.staff("support").await.post(&refunds, &goodwill).await.json(201);
    app.run_jobs().await;
    assert_eq!(invoices_of(&eve, &other).await["items"], json!([]));
    eve.pay(&other, APPROVE).await.json(201);
    app.run_jobs().await;
    let list = invoices_of(&eve, &other).await;
    let items = list["items"].as_array().unwrap();
    let totals: Vec<&Value> = items.iter().map(|one| &one["total"]["amount"]).collect();
    assert_eq!(totals, [&json!(PRICE), &json!(100)]);
    assert_eq!(items[1]["kind"], "credit_note");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_at_the_door_has_a_credit_note() {
    let app = TestApp::start().await;
    let (tenant, _) = issuer(&app, "kiln").await;
    let sale = app.live_sale(tenant, Hosted).await;
    let mara = app.shopper("mara").await;
    let number = mara.buy(&sale, 1).await;
    app.run_jobs().await;
    let confirmed = app.told("order.confirmed").await.remove(0);
    let news = json!({"order_id": confirmed["order_id"], "parcel_id": confirmed["parcel_id"]});
    let refused = event(&app, tenant, "payment.refused", news);
    invoices::on_event(&app.platform, &refused).await.unwrap();
    let list = invoices_of(&mara, &number).await;
    assert_eq!(numbers(&list).len(), 1, "what was paid is refunded, and that has a credit note");

    let in_cash = "UPDATE payments SET gateway = 'cash_on_delivery', state = 'due' RETURNING to_jsonb(gateway)";
    assert_eq!(app.query(in_cash).await, [smp::payments::CASH]);
    for _ in 0..2 {
        invoices::on_event(&app.platform, &refused).await.unwrap();
    }
    let list = invoices_of(&mara, &number).await;
    let items = list["items"].as_array().unwrap();
    assert_eq!(items.len(), 2);
    assert_eq!(items[1]["total"]["amount"], PRICE);

    // Cancelled before it was sent.
    let other = mara.buy(&sale, 1).await;
    app.run_jobs().await;
    let confirmed = app.told("order.confirmed").await.remove(1);
    let news = json!({"order_id": confirmed["order_id"], "parcel_id": confirmed["parcel_id"]});
    let called_off = "UPDATE payments SET gateway = 'cash_on_delivery', state = 'cancelled'
                      WHERE state = 'succeeded' RETURNING to_jsonb(gateway)";
    assert_eq!(app.query(called_off).await, [smp::payments::CASH]);
    let withdrawn = event(&app, tenant, "order.withdrawn", news);
    invoices::on_event(&app.platform, &withdrawn).await.unwrap();
    assert_eq!(numbers(&invoices_of(&mara, &other).await).len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_can_change_an_invoice() {
    let app = TestApp::start().await;
    let (tenant, _) = issuer(&app, "kiln").await;
    let sale = app.live_sale(tenant, Hosted).await;
    app.shopper("mara").await.buy(&sale, 1).await;
    app.run_jobs().await;
    for statement in ["UPDATE invoices SET gross_minor = 1", "DELETE FROM invoices"] {
        let mut tx = app.platform.db.platform("test").await.unwrap();
        let refused = sqlx::query(statement).execute(&mut *tx).await.unwrap_err();
        assert!(refused.to_string().contains("permission denied"), "{refused}");
    }
    assert_eq!(app.query("SELECT to_jsonb(gross_minor) FROM invoices").await, [PRICE]);
}
