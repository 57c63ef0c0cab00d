//! Holds over HTTP, their refusals, and how they are resolved.

use std::time::Duration;

use serde_json::json;
use smp::{
    kernel::{AccountId, Error, HoldId, TenantId},
    platform::{Platform, broker::Notice},
    sales::SaleMode,
    stock::{self, Allocator, Hold, HoldRequest},
};
use sqlx::AssertSqlSafe;
use tokio::task::JoinSet;

use crate::support::{
    TestApp,
    sales::LiveSale,
    stock::{assert_stock_agrees, buy, hold},
};

/// The code of a conflict.
pub fn code(result: Result<Hold, Error>) -> &'static str {
    match result {
        Err(Error::Conflict { code, .. }) => code,
        other => panic!("not a conflict: {other:?}"),
    }
}

/// Holds, and retries while the node is busy, as clients do.
pub async fn hold_patiently(allocator: &Allocator, request: &HoldRequest) -> Result<Hold, Error> {
    loop {
        match hold(allocator, request.clone()).await {
            Err(Error::Unavailable { .. }) => tokio::time::sleep(Duration::from_millis(50)).await,
            outcome => return outcome,
        }
    }
}

/// Sells an open hold; false when it is over.
pub async fn sell(platform: &Platform, tenant: TenantId, hold: HoldId) -> bool {
    let mut tx = platform.db.tenant(tenant).await.unwrap();
    // The stock row is locked first, as by whatever moves a hold.
    let lock = "SELECT FROM stock WHERE tenant_id = $1 AND sale_item_id = (
        SELECT sale_item_id FROM holds WHERE tenant_id = $1 AND id = $2) FOR UPDATE";
    sqlx::query(lock).bind(tenant.0).bind(hold.0).execute(&mut *tx).await.unwrap();
    let is_open = "SELECT EXISTS (SELECT FROM holds WHERE id = $1 AND state = 'held')";
    let is_open: bool = sqlx::query_scalar(is_open).bind(hold.0).fetch_one(&mut *tx).await.unwrap();
    let baskets = [vec![(tenant, hold)]];
    let sold = is_open
        && stock::sell_all(&mut tx, &baskets, platform.clock.now()).await.unwrap() == [true];
    tx.commit().await.unwrap();
    sold
}

pub async fn return_units(
    platform: &Platform,
    tenant: TenantId,
    hold: HoldId,
    quantity: i32,
) -> Result<(), Error> {
    let mut tx = platform.db.tenant(tenant).await?;
    stock::return_units(&mut tx, tenant, hold, quantity, platform.clock.now()).await?;
    tx.commit().await?;
    Ok(())
}

/// The units (held, sold) of an item. Each stock row must be the sum of its holds, and count every
/// hold ever made.
pub async fn counted(app: &TestApp, sale: &LiveSale, nth: usize) -> (i64, i64) {
    let checked = assert_stock_agrees(app, sale).await;
    let mut tx = app.platform.db.platform("test").await.unwrap();
    let missed = "
        SELECT count(*) FROM stock k WHERE holds_made <> (
            SELECT count(*) FROM holds h WHERE h.sale_item_id = k.sale_item_id
        )";
    let missed: i64 = sqlx::query_scalar(missed).fetch_one(&mut *tx).await.unwrap();
    assert_eq!(missed, 0, "holds_made is not the number of holds");
    checked
        .iter()
        .find(|check| check.sale_item_id == sale.items[nth])
        .map(|check| (check.held, check.sold))
        .unwrap()
}

async fn change(app: &TestApp, sql: &str) {
    let mut tx = app.platform.db.platform("test").await.unwrap();
    sqlx::query(AssertSqlSafe(sql.to_owned())).execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shopper_holds_units_lists_and_releases_them() {
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let sale = app.live_sale(tenant, SaleMode::Hosted).await;
    let (ada, bob) = (app.shopper("ada").await, app.shopper("bob").await);
    buy(&app.anonymous(), &sale, 0, 1).await.problem(401);

    let hold = buy(&ada, &sale, 0, 2).await.json(201);
    assert_eq!(hold["unit_price"], json!({"amount": 4900, "currency": "EUR"}));
    assert_eq!(
        (&hold["item_name"], &hold["state"], &hold["quantity"], &hold["sale_slug"]),
        (&json!("Sand"), &json!("held"), &json!(2), &json!(sale.slug))
    );
    let list = ada.get("/api/v1/me/holds").await.json(200);
    assert_eq!(
        (list["items"].as_array().unwrap().len(), &list["items"][0]["id"]),
        (1, &hold["id"])
    );
    assert_eq!(bob.get("/api/v1/me/holds").await.json(200)["items"], json!([]));
    assert_eq!(counted(&app, &sale, 0).await, (2, 0));

    let path = format!("/api/v1/me/holds/{}", hold["id"].as_str().unwrap());
    bob.delete(&path).await.problem(404);
    ada.delete(&path).await.expect(204);
    assert_eq!(ada.delete(&path).await.problem(409), "not_held");
    assert_eq!(counted(&app, &sale, 0).await, (0, 0));
    let events = app
        .query(
            "SELECT jsonb_build_array(type, coalesce(payload->'quantity', payload->'units'))
             FROM events WHERE type LIKE 'hold.%' ORDER BY sequence",
        )
        .await;
    assert_eq!(events, [json!(["hold.created", 2]), json!(["hold.released", 2])]);
    app.run_jobs().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_hold_says_why() {
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let sale = app.live_sale(tenant, SaleMode::Hosted).await;
    let other = app.live_sale(tenant, SaleMode::Redirect).await;
    let ada = app.shopper("ada").await;
    for quantity in [0, -1] {
        assert_eq!(buy(&ada, &sale, 0, quantity).await.wrong_fields(), ["quantity"]);
    }
    assert_eq!(
        ada.post(&format!("/api/v1/sales/{}/holds", sale.slug), &json!({"quantity": "2"}))
            .await
            .wrong_fields(),
        ["sale_item_id", "quantity"]
    );
    assert_eq!(
        buy(
            &ada,
            &LiveSale { slug: sale.slug.clone(), id: sale.id, items: other.items.clone() },
            0,
            1
        )
        .await
        .wrong_fields(),
        ["sale_item_id"]
    );
    ada.post("/api/v1/sales/nowhere/holds", &json!({"sale_item_id": sale.items[0], "quantity": 1}))
        .await
        .problem(404);
    assert_eq!(buy(&ada, &other, 0, 1).await.problem(409), "redirect_sale");
    let key = ada
        .request(reqwest::Method::POST, &format!("/api/v1/sales/{}/holds", sale.slug))
        .header("Idempotency-Key", "k".repeat(101));
    assert_eq!(
        ada.send(key.json(&json!({"sale_item_id": sale.items[0], "quantity": 1})))
            .await
            .wrong_fields(),
        ["Idempotency-Key"]
    );

    let refused = buy(&ada, &sale, 0, 3).await;
    assert_eq!(refused.problem(409), "limit_reached");
    assert!(refused.text.contains("Choose 2 or fewer"), "{}", refused.text);
    buy(&ada, &sale, 0, 1).await.json(201);
    let refused = buy(&ada, &sale, 0, 2).await;
    assert!(
        refused.problem(409) == "limit_reached" && refused.text.contains("1 more"),
        "{}",
        refused.text
    );
    for account in [AccountId::new(), AccountId::new()] {
        hold(&app.allocator, sale.request(1, account, 2, "k")).await.unwrap();
    }
    let without_waiting = json!({"sale_item_id": sale.items[1], "quantity": 2, "wait": false});
    let refused = ada.post(&format!("/api/v1/sales/{}/holds", sale.slug), &without_waiting).await;
    assert!(
        refused.problem(409) == "sold_out" && refused.text.contains("Only 1"),
        "{}",
        refused.text
    );
    buy(&ada, &sale, 1, 1).await.json(201);
    assert_eq!(
        code(hold(&app.allocator, sale.request(1, AccountId::new(), 1, "k")).await),
        "sold_out"
    );

    let clock = &app.platform.clock;
    clock.advance(time::Duration::hours(-2));
    let refused = buy(&ada, &sale, 0, 1).await;
    assert!(
        refused.problem(409) == "not_started" && refused.text.contains("starts at 20"),
        "{}",
        refused.text
    );
    clock.advance(time::Duration::hours(30));
    assert_eq!(buy(&ada, &sale, 0, 1).await.problem(409), "ended");
    clock.advance(time::Duration::hours(-28));
    for (sql, expected) in [
        ("UPDATE sales SET state = 'halted'", "halted"),
        ("UPDATE sales SET state = 'cancelled'", "cancelled"),
        ("UPDATE sales SET state = 'approved'; UPDATE providers SET state = 'suspended'", "halted"),
    ] {
        for sql in sql.split("; ") {
            change(&app, sql).await;
        }
        app.platform.broker.publish(Notice::SaleChanged { slug: sale.slug.clone() }).await;
        tokio::time::sleep(Duration::from_millis(50)).await; // the notice has arrived
        assert_eq!(buy(&ada, &sale, 0, 1).await.problem(409), expected);
    }
    assert_eq!(counted(&app, &sale, 0).await, (1, 0), "a refusal changes nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_key_makes_one_hold_even_at_the_same_time() {
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let sale = app.live_sale(tenant, SaleMode::Hosted).await;
    let ada = AccountId::new();
    let mut tries = JoinSet::new();
    for _ in 0..20 {
        let (allocator, request) = (app.allocator.clone(), sale.request(0, ada, 2, "press"));
        tries.spawn(async move { hold_patiently(&allocator, &request).await.unwrap().id });
    }
    let ids = tries.join_all().await;
    assert!(ids.iter().all(|id| *id == ids[0]), "one key made several holds");
    assert_eq!(counted(&app, &sale, 0).await, (2, 0));
    assert_eq!(
        code(hold(&app.allocator, sale.request(0, ada, 1, "press")).await),
        "idempotency_conflict"
    );

    // The outcome stays the same after the sale is over, and the same key of another shopper makes
    // another hold.
    hold(&app.allocator, sale.request(0, AccountId::new(), 1, "press")).await.unwrap();
    change(&app, "UPDATE sales SET state = 'cancelled'").await;
    assert_eq!(hold(&app.allocator, sale.request(0, ada, 2, "press")).await.unwrap().id, ids[0]);
    assert_eq!(code(hold(&app.allocator, sale.request(0, ada, 1, "other")).await), "cancelled");
}

#[tokio::test(flavor = "multi_thread")]
async fn units_come_back_when_a_hold_expires_or_is_refunded() {
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let sale = app.live_sale(tenant, SaleMode::Hosted).await;
    let platform = &app.platform;
    let [lost, bought] = [AccountId::new(), AccountId::new()];
    let lost = hold(&app.allocator, sale.request(0, lost, 2, "k")).await.unwrap();
    let first = hold(&app.allocator, sale.request(0, bought, 2, "k")).await.unwrap();
    assert_eq!(stock::expire_due(platform).await.unwrap(), 0);

    // A hold past its time that is not marked as expired yet can be sold, once.
    platform.clock.advance(time::Duration::seconds(601));
    assert!(sell(platform, tenant, first.id).await);
    assert!(!sell(platform, tenant, first.id).await, "sold twice");
    assert_eq!(stock::expire_due(platform).await.unwrap(), 1);
    assert_eq!(stock::expire_due(platform).await.unwrap(), 0);
    assert!(!sell(platform, tenant, lost.id).await, "sold after it expired");
    assert_eq!(counted(&app, &sale, 0).await, (0, 2));

    return_units(platform, tenant, first.id, 1).await.unwrap();
    assert!(matches!(
        return_units(platform, tenant, first.id, 2).await,
        Err(Error::Conflict { code: "not_sold", .. })
    ));
    assert!(matches!(
        return_units(platform, tenant, lost.id, 1).await,
        Err(Error::Conflict { code: "not_sold", .. })
    ));
    assert!(matches!(
        return_units(platform, tenant, HoldId::new(), 1).await,
        Err(Error::NotFound(_))
    ));
    assert_eq!(counted(&app, &sale, 0).await, (0, 1));
    // Returned units no longer count towards the limit.
    hold(&app.allocator, sale.request(0, bought, 1, "again")).await.unwrap();
    assert_eq!(
        code(hold(&app.allocator, sale.request(0, bought, 1, "more")).await),
        "limit_reached"
    );
    let expired = app.query("SELECT payload FROM events WHERE type = 'hold.expired'").await;
    assert_eq!((expired.len(), &expired[0]["lines"][0]["hold_id"]), (1, &json!(lost.id)));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_run_expires_the_due_holds_of_all_tenants() {
    let app = TestApp::start().await;
    let platform = &app.platform;
    let mut sales = vec![];
    for name in ["kiln", "loom", "mill"] {
        let tenant = app.provider(name).await;
        sales.push((tenant, app.live_sale(tenant, SaleMode::Hosted).await));
    }
    let mut kept = vec![];
    for (tenant, sale) in &sales {
        for nth in 0..sale.items.len() {
            hold(&app.allocator, sale.request(nth, AccountId::new(), 1, "k")).await.unwrap();
        }
        let hold = hold(&app.allocator, sale.request(0, AccountId::new(), 1, "k")).await.unwrap();
        let mut tx = platform.db.tenant(*tenant).await.unwrap();
        stock::pause_expiry(
            &mut tx,
            &[hold.id],
            platform.clock.now() + time::Duration::minutes(20),
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
        kept.push(hold.id);
    }
    let items: usize = sales.iter().map(|(_, sale)| sale.items.len()).sum();
    platform.clock.advance(time::Duration::seconds(601));
    assert_eq!(stock::expire_due(platform).await.unwrap(), items as u64);
    assert_eq!(stock::expire_due(platform).await.unwrap(), 0, "a hold expired during its payment");
    platform.clock.advance(time::Duration::minutes(20));
    assert_eq!(stock::expire_due(platform).await.unwrap(), kept.len() as u64);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shopper_who_buys_too_often_learns_when_to_retry() {
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let sale = app.live_sale(tenant, SaleMode::Hosted).await;
    let (ada, bob) = (app.shopper("ada").await, app.shopper("bob").await);
    let mut refused = None;
    for _ in 0..40 {
        let answer = buy(&ada, &sale, 0, 3).await;
        if answer.status.as_u16() == 429 {
            refused = Some(answer);
            break;
        }
        assert_eq!(answer.problem(409), "limit_reached");
    }
    let refused = refused.expect("no request was refused");
    assert_eq!(refused.problem(429), "too_many");
    let seconds: i64 = refused.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=11).contains(&seconds), "{seconds}");
    buy(&bob, &sale, 0, 1).await.json(201);
    app.platform.clock.advance(time::Duration::seconds(20));
    buy(&ada, &sale, 0, 1).await.json(201);
    assert_eq!(counted(&app, &sale, 0).await, (2, 0), "a refusal changes nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_monitor_halts_a_sale_whose_stock_is_not_the_sum_of_its_holds() {
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let sale = app.live_sale(tenant, SaleMode::Hosted).await;
    let (ada, manager) = (app.shopper("ada").await, app.staff("manager").await);
    buy(&ada, &sale, 0, 1).await.json(201);
    assert!(stock::watch(&app.platform).await.unwrap().is_empty());
    let base = format!("/api/v1/providers/{tenant}/sales/{}", sale.id);
    assert_eq!(manager.get(&format!("{base}/stock")).await.json(200)["agrees"], true);

    change(&app, "UPDATE stock SET held = held + 1").await;
    let report = manager.get(&format!("{base}/stock")).await.json(200);
    assert_eq!((&report["agrees"], &report["items"][0]["held"]), (&json!(false), &json!(2)));
    assert_eq!(stock::watch(&app.platform).await.unwrap(), std::slice::from_ref(&sale.slug));
    assert!(stock::watch(&app.platform).await.unwrap().is_empty(), "it was halted twice");
    assert_eq!(buy(&ada, &sale, 0, 1).await.problem(409), "halted");
    let view = manager.get(&base).await.json(200);
    assert!(
        view["state"] == "halted"
            && view["halt_reason"].as_str().unwrap().contains("stock monitor"),
        "{view}"
    );
    app.run_jobs().await;
    let alerts =
        app.query("SELECT to_jsonb(template) FROM messages WHERE template = 'sale_halted'").await;
    assert!(!alerts.is_empty(), "no email was sent");
    change(&app, "UPDATE stock SET held = 1 WHERE held > 0").await;
    change(&app, &format!("UPDATE stock SET held = 0 WHERE sale_item_id = '{}'", sale.items[1]))
        .await;
    manager.post(&format!("{base}/resume"), &json!({})).await.json(200);
    buy(&ada, &sale, 0, 1).await.json(201);
}
