//! Buying from a live sale, below and over HTTP.

use serde_json::json;
use smp::{
    kernel::{AccountId, Error},
    stock::{self, Allocator, Hold, HoldOutcome, HoldRequest, ItemCheck},
};

use super::{Client, TestApp, client::Answer, sales::LiveSale};

impl LiveSale {
    /// A request for units of the sale's item `nth` that does not join the waitlist.
    pub fn request(&self, nth: usize, account: AccountId, quantity: i32, key: &str) -> HoldRequest {
        HoldRequest {
            account,
            sale_slug: self.slug.clone(),
            sale_item_id: self.items[nth],
            quantity,
            idempotency_key: key.to_owned(),
            visit_id: None,
            wait: false,
            accept_fewer: false,
        }
    }
}

/// Holds units; panics when the request joins the waitlist.
pub async fn hold(allocator: &Allocator, request: HoldRequest) -> Result<Hold, Error> {
    match allocator.hold(request).await? {
        HoldOutcome::Held(hold) => Ok(hold),
        waiting @ HoldOutcome::Waiting(..) => panic!("joined the waitlist: {waiting:?}"),
    }
}

/// Buys over HTTP, as a press of Buy does.
pub async fn buy(client: &Client, sale: &LiveSale, nth: usize, quantity: i64) -> Answer {
    client
        .post(
            &format!("/api/v1/sales/{}/holds", sale.slug),
            &json!({"sale_item_id": sale.items[nth], "quantity": quantity}),
        )
        .await
}

/// Checks that each stock row of a sale is the sum of its holds and its waitlist.
pub async fn assert_stock_agrees(app: &TestApp, sale: &LiveSale) -> Vec<ItemCheck> {
    let checked = stock::check(&app.platform, Some(&sale.slug), None).await.unwrap();
    assert!(
        checked.iter().all(ItemCheck::agrees),
        "a stock row is not the sum of its holds: {checked:?}"
    );
    checked
}
