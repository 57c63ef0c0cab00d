//! What a counter remembers, and what it must not: expected shoppers are known before they come,
//! and others decide meanwhile.

use std::time::Duration;

use serde_json::json;
use smp::{
    kernel::{AccountId, Error, TenantId},
    sales::SaleMode,
    stock::{self, Allocator, Hold, HoldOutcome, HoldRequest},
};

use crate::support::{
    TestApp,
    sales::{LiveSale, sale_path},
};

/// In this time a counter that was opened has read ahead who is expected, and a press has come to
/// the item's lock.
const A_MOMENT: Duration = Duration::from_millis(400);

fn press(sale: &LiveSale, item: usize, account: AccountId, key: &str) -> HoldRequest {
    HoldRequest {
        sale_slug: sale.slug.clone(),
        sale_item_id: sale.items[item],
        account,
        quantity: 1,
        idempotency_key: key.to_owned(),
        visit_id: None,
        wait: false,
        accept_fewer: false,
    }
}

async fn hold(allocator: &Allocator, request: HoldRequest) -> Hold {
    match allocator.hold(request).await.unwrap() {
        HoldOutcome::Held(hold) => hold,
        HoldOutcome::Waiting(..) => panic!("put in line"),
    }
}

async fn refused(allocator: &Allocator, request: HoldRequest) -> &'static str {
    match allocator.hold(request).await {
        Err(Error::Conflict { code, .. }) => code,
        other => panic!("not refused: {other:?}"),
    }
}

/// Someone who registered for the sale.
async fn registered(app: &TestApp, tenant: TenantId, sale: &LiveSale) -> AccountId {
    let account = AccountId::new();
    let mut tx = app.platform.db.tenant(tenant).await.unwrap();
    let register = sqlx::query(
        "INSERT INTO registrations (tenant_id, sale_id, account_id, created_at) VALUES ($1, $2, $3, now())",
    );
    register.bind(tenant.0).bind(sale.id.0).bind(account.0).execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    account
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_new_when_read_ahead_is_not_new_for_ever() {
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let sale = app.live_sale(tenant, SaleMode::Hosted).await; // 2 a shopper
    let expected = registered(&app, tenant, &sale).await;
    let other_node = app.another_allocator().await;
    for allocator in [&app.allocator, &other_node] {
        hold(allocator, press(&sale, 0, AccountId::new(), "opens the counter")).await;
    }
    tokio::time::sleep(A_MOMENT).await;
    // Another key each time: the same one would be refused by the table, whatever a counter
    // remembers.
    let first =
        hold(&app.allocator, HoldRequest { quantity: 2, ..press(&sale, 0, expected, "a") }).await;
    assert_eq!(
        refused(&other_node, press(&sale, 0, expected, "b")).await,
        "limit_reached",
        "new to the other node still"
    );
    let again =
        hold(&other_node, HoldRequest { quantity: 2, ..press(&sale, 0, expected, "a") }).await;
    assert_eq!(again.id, first.id, "the other node sold once more to the same key");
    stock::release(&app.platform, expected, first.id).await.unwrap();
    hold(&app.allocator, press(&sale, 0, expected, "c")).await;
    hold(&other_node, press(&sale, 0, expected, "d")).await;
    for allocator in [&app.allocator, &other_node] {
        assert_eq!(refused(allocator, press(&sale, 0, expected, "e")).await, "limit_reached");
    }
    assert!(
        stock::check(&app.platform, Some(&sale.slug), None)
            .await
            .unwrap()
            .iter()
            .all(stock::ItemCheck::agrees)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newcomers_key_from_another_counter_is_refused_and_the_group_served() {
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let sale = app.live_sale(tenant, SaleMode::Hosted).await;
    let expected = registered(&app, tenant, &sale).await;
    for item in [0, 1] {
        hold(&app.allocator, press(&sale, item, AccountId::new(), "opens the counter")).await;
    }
    tokio::time::sleep(A_MOMENT).await;
    hold(&app.allocator, press(&sale, 0, expected, "used")).await;
    let (again, other) = tokio::join!(
        refused(&app.allocator, press(&sale, 1, expected, "used")),
        hold(&app.allocator, press(&sale, 1, AccountId::new(), "new"))
    );
    assert_eq!((again, other.quantity), ("idempotency_conflict", 1));
}

/// As while another node is at work on the item, or died and its lock with it only later.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_halted_while_a_group_waits_for_the_lock_is_not_sold() {
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let sale = app.live_sale(tenant, SaleMode::Hosted).await;
    let manager = app.staff("manager").await;
    hold(&app.allocator, press(&sale, 0, AccountId::new(), "opens the counter")).await;
    let lock = format!("SELECT FROM stock WHERE sale_item_id = '{}' FOR UPDATE", sale.items[0]);
    let locked = app.platform.db.tenant_then(tenant, &lock).await.unwrap();
    let allocator = app.allocator.clone();
    let waiting = press(&sale, 0, AccountId::new(), "waits");
    let waiting = tokio::spawn(async move { refused(&allocator, waiting).await });
    tokio::time::sleep(A_MOMENT).await;
    let path = sale_path(tenant, &json!({"id": sale.id}));
    manager
        .post(&format!("{path}/halt"), &json!({"reason": "The pictures are of another item."}))
        .await
        .json(200);
    assert!(!waiting.is_finished(), "it did not wait for the lock");
    locked.rollback().await.unwrap();
    assert_eq!(waiting.await.unwrap(), "halted");
}
