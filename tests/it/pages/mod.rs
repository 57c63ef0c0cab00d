//! Hosted pages, as a browser without scripts meets them.

mod around;
mod checkout;
mod register;
mod sale;

use smp::{kernel::TenantId, sales::SaleMode};
use sqlx::AssertSqlSafe;

use crate::support::{Client, TestApp, client::Answer, sales::LiveSale};

/// A provider with a live sale.
async fn shop(app: &TestApp, mode: SaleMode) -> (TenantId, LiveSale) {
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

/// The value of an attribute that follows `before` in a page.
fn after<'a>(page: &'a str, before: &str) -> &'a str {
    page.split_once(before)
        .unwrap_or_else(|| panic!("no {before} in {page}"))
        .1
        .split('"')
        .next()
        .unwrap()
}

/// An HTML page of this status whose words are all there.
#[track_caller]
fn says(answer: &Answer, status: u16, words: &[&str]) {
    let text = answer.expect(status);
    assert!(answer.headers["content-type"].to_str().unwrap().starts_with("text/html"), "{text}");
    for word in words {
        assert!(text.contains(word), "no {word:?} in {text}");
    }
}
