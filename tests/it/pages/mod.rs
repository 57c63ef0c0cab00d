//! Hosted pages, as a browser without scripts uses them.

mod address;
mod checkout;
mod choosing;
mod live;
mod order;
mod paying;
mod press;
mod register;
mod resuming;
mod sale;
mod site;
mod terms;

use smp::{kernel::TenantId, sales::SaleMode};
use sqlx::AssertSqlSafe;

use crate::support::{Client, TestApp, client::Answer, sales::LiveSale};

/// A provider with a live sale.
pub async fn shop(app: &TestApp, mode: SaleMode) -> (TenantId, LiveSale) {
    let tenant = app.provider("atelier").await;
    let sale = app.live_sale(tenant, mode).await;
    (tenant, sale)
}

/// Runs SQL as the owner of the schema.
async fn change(app: &TestApp, sql: impl Into<String>) {
    let pool = sqlx::PgPool::connect(&app.owner_url).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(sql.into())).execute(&pool).await.unwrap();
    pool.close().await;
}

/// Presses Buy for the first item of a sale.
async fn buy(client: &Client, sale: &LiveSale, quantity: &str, key: &str) -> Answer {
    let item = sale.items[0].to_string();
    client
        .form(
            &format!("/sales/{}/buy", sale.slug),
            &[("sale_item_id", &item), ("quantity", quantity), ("idempotency_key", key)],
        )
        .await
}

/// The text between `before` and the next quotation mark in a page.
fn after<'a>(page: &'a str, before: &str) -> &'a str {
    page.split_once(before)
        .unwrap_or_else(|| panic!("no {before} in {page}"))
        .1
        .split('"')
        .next()
        .unwrap()
}

/// Asserts that an answer is an HTML page with this status and all these texts.
#[track_caller]
pub fn says(answer: &Answer, status: u16, texts: &[&str]) {
    let page = answer.expect(status);
    assert!(answer.headers["content-type"].to_str().unwrap().starts_with("text/html"), "{page}");
    for text in texts {
        assert!(page.contains(text), "no {text:?} in {page}");
    }
}
