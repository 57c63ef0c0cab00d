//! What a writer knows of expected shoppers before they buy, and that it stays exact when other
//! nodes decide meanwhile.

use std::time::Duration;

use serde_json::json;
use smp::{
    kernel::{AccountId, Error, TenantId},
    sales::SaleMode,
    stock::{self, Allocator, Hold, HoldRequest},
};

use crate::support::{
    TestApp,
    sales::{LiveSale, sale_path},
    stock::assert_stock_agrees,
};

/// By then, a writer that was started has read the expected shoppers, and a request has come to the
/// item's lock.
const A_MOMENT: Duration = Duration::from_millis(400);

async fn hold(allocator: &Allocator, request: HoldRequest) -> Hold {
    crate::support::stock::hold(allocator, request).await.unwrap()
}

async fn refused(allocator: &Allocator, request: HoldRequest) -> &'static str {
    match allocator.hold(request).await {
        Err(Error::Conflict { code, .. }) => code,
        other => panic!("not refused: {other:?}"),
    }
}

/// An account that registered for the sale.
async fn registered(app: &TestApp, tenant: TenantId, sale: &LiveSale) -> AccountId {
    let account = AccountId::new();
    let mut tx = app.platform.db.tenant(tenant).await.unwrap();
    let register = sqlx::query(
        "INSERT INTO registrations (tenant_id, sale_id, account_id, created_at)
         VALUES ($1, $2, $3, now())",
    );
    register.bind(tenant.0).bind(sale.id.0).bind(account.0).execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    account
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_time_buyer_read_in_advance_is_one_only_once() {
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let sale = app.live_sale(tenant, SaleMode::Hosted).await; // 2 a shopper
    let expected = registered(&app, tenant, &sale).await;
    let other_node = app.another_allocator().await;
    for allocator in [&app.allocator, &other_node] {
        hold(allocator, sale.request(0, AccountId::new(), 1, "starts the writer")).await;
    }
    tokio::time::sleep(A_MOMENT).await;
    // Another key each time: the table would refuse the same one, whatever a writer knows.
    let first = hold(&app.allocator, sale.request(0, expected, 2, "a")).await;
    assert_eq!(
        refused(&other_node, sale.request(0, expected, 1, "b")).await,
        "limit_reached",
        "the other node still took the shopper for a first-time buyer"
    );
    let again = hold(&other_node, sale.request(0, expected, 2, "a")).await;
    assert_eq!(again.id, first.id, "the other node made a second hold for the same key");
    stock::release(&app.platform, expected, first.id).await.unwrap();
    hold(&app.allocator, sale.request(0, expected, 1, "c")).await;
    hold(&other_node, sale.request(0, expected, 1, "d")).await;
    for allocator in [&app.allocator, &other_node] {
        assert_eq!(refused(allocator, sale.request(0, expected, 1, "e")).await, "limit_reached");
    }
    assert_stock_agrees(&app, &sale).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_used_for_another_item_is_refused_and_the_rest_of_the_group_served() {
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let sale = app.live_sale(tenant, SaleMode::Hosted).await;
    let expected = registered(&app, tenant, &sale).await;
    for item in [0, 1] {
        hold(&app.allocator, sale.request(item, AccountId::new(), 1, "starts the writer")).await;
    }
    tokio::time::sleep(A_MOMENT).await;
    hold(&app.allocator, sale.request(0, expected, 1, "used")).await;
    let (again, other) = tokio::join!(
        refused(&app.allocator, sale.request(1, expected, 1, "used")),
        hold(&app.allocator, sale.request(1, AccountId::new(), 1, "new"))
    );
    assert_eq!((again, other.quantity), ("idempotency_conflict", 1));
}

/// The lock stands for another node at work on the item, or one that died while holding it.
#[tokio::test(flavor = "multi_thread")]
async fn a_sale_halted_while_a_group_waits_for_the_lock_sells_nothing() {
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let sale = app.live_sale(tenant, SaleMode::Hosted).await;
    let manager = app.staff("manager").await;
    hold(&app.allocator, sale.request(0, AccountId::new(), 1, "starts the writer")).await;
    let lock = format!("SELECT FROM stock WHERE sale_item_id = '{}' FOR UPDATE", sale.items[0]);
    let locked = app.platform.db.tenant_then(tenant, &lock).await.unwrap();
    let allocator = app.allocator.clone();
    let waiting = sale.request(0, AccountId::new(), 1, "waits");
    let waiting = tokio::spawn(async move { refused(&allocator, waiting).await });
    tokio::time::sleep(A_MOMENT).await;
    let path = sale_path(tenant, &json!({"id": sale.id}));
    manager
        .post(&format!("{path}/halt"), &json!({"reason": "The pictures are of another item."}))
        .await
        .json(200);
    assert!(!waiting.is_finished(), "the request did not wait for the lock");
    locked.rollback().await.unwrap();
    assert_eq!(waiting.await.unwrap(), "halted");
}
