//! What the product page says of a sale's terms and of its end.

use std::time::Duration;

use serde_json::json;
use smp::sales::SaleMode;
use time::Duration as Span;

use super::{says, shop};
use crate::support::TestApp;

#[tokio::test(flavor = "multi_thread")]
async fn the_limit_per_person_is_said_to_be_of_each_item() {
    let app = TestApp::start().await;
    let (_, sale) = shop(&app, SaleMode::Hosted).await; // two items, 2 of each a shopper
    let ada = app.shopper("ada").await;
    let page = ada.get(&format!("/sales/{}", sale.slug)).await;
    says(&page, 200, &["At most 2 of each per person"]);
    // It is as the page says: who has two of one item may buy two of the other.
    ada.hold(&sale, 0, 2).await;
    ada.hold(&sale, 1, 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sale_cancelled_before_its_start_is_not_said_to_have_ended() {
    let app = TestApp::start().await;
    let (tenant, sale) = shop(&app, SaleMode::Hosted).await;
    app.platform.clock.advance(Span::days(-2));
    let cancel = format!("/api/v1/providers/{tenant}/sales/{}/cancel", sale.id);
    let manager = app.staff("manager").await;
    manager.post(&cancel, &json!({"reason": "The kiln broke."})).await.json(200);

    let (visitor, path) = (app.anonymous(), format!("/sales/{}", sale.slug));
    let mut page = visitor.get(&path).await;
    for _ in 0..50 {
        // Pages follow a sale within moments.
        if !page.text.contains(r#"data-state="announced""#) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        page = visitor.get(&path).await;
    }
    says(&page, 200, &[r#"data-state="cancelled""#, "Cancelled on", "This sale was cancelled"]);
}
