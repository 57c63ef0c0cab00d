//! The delivery address: fields by country, and countries that something does not ship to.

use serde_json::json;
use smp::{platform::broker::Notice, sales::SaleMode};

use super::{buy, checkout::address_with, says, shop};
use crate::support::{Client, TestApp, client::Answer};

/// A page once it has a text, or as it is after a while: pages follow a sale within moments.
async fn once_it_says(client: &Client, path: &str, text: &str) -> Answer {
    let mut shown = client.get(path).await;
    for _ in 0..50 {
        if shown.text.contains(text) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        shown = client.get(path).await;
    }
    shown
}

#[tokio::test(flavor = "multi_thread")]
async fn checkout_never_changes_the_country() {
    let app = TestApp::start().await;
    let (tenant, sale) = shop(&app, SaleMode::Hosted).await;
    let client = app.shopper("mara").await;
    buy(&client, &sale, "1", "k").await.expect(303);
    let first = client.get("/checkout").await;
    says(&first, 200, &[r#"<option value="">Choose a country</option>"#]);
    assert!(!first.text.contains(" selected"), "nothing is chosen for a first-time shopper");
    let unchosen = client.form("/checkout", &address_with(&[("country", "")])).await;
    says(&unchosen, 422, &["Choose the country"]);
    client
        .form(
            "/checkout",
            &address_with(&[("country", "IE"), ("city", "Dublin"), ("postal_code", "")]),
        )
        .await
        .expect(303);

    app.edit_content(tenant, sale.id, "countries", json!(["DE", "AT"])).await;
    app.platform.broker.publish(Notice::SaleChanged { slug: sale.slug.clone() }).await;
    let conflict = [
        "Not everything ships to Ireland",
        "ships to Germany and Austria",
        r#"<option value="IE" selected>Ireland"#,
        r#"value="Dublin""#,
    ];
    let shown = once_it_says(&client, "/checkout", conflict[0]).await;
    says(&shown, 200, &conflict);
    let page = format!("/sales/{}", sale.slug);
    let before_buying = "Doesn’t ship to Ireland</strong>";
    let shown = once_it_says(&client, &page, before_buying).await;
    says(&shown, 200, &[before_buying, "Ships to Germany and Austria only."]);
    let visitor = app.anonymous().get(&page).await;
    says(&visitor, 200, &["Ships to Germany and Austria only."]);
    assert!(!visitor.text.contains("Doesn’t ship to"), "nobody knows where a visitor lives");
    let refused = client
        .form("/checkout", &address_with(&[("country", "IE"), ("postal_code", "D02 AF30")]))
        .await;
    says(&refused, 422, &["does not ship to Ireland; it ships to Germany, Austria", conflict[2]]);
    client.form("/checkout", &address_with(&[("country", "DE")])).await.expect(303);
    let page = client.get(&page).await;
    assert!(!page.expect(200).contains("Doesn’t ship to"), "the last order went to Germany");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_has_a_state_where_addresses_have_one() {
    let app = TestApp::start().await;
    let (_, sale) = shop(&app, SaleMode::Hosted).await;
    let client = app.shopper("mara").await;
    buy(&client, &sale, "1", "k").await.expect(303);
    let american = [("country", "US"), ("city", "Springfield"), ("postal_code", "62701")];
    let refused = client.form("/checkout", &address_with(&american)).await;
    says(&refused, 422, &["Choose the state", "ZIP code", r#"<option value="IL">Illinois"#]);
    let complete = address_with(&[american.as_slice(), &[("region", "Illinois")]].concat());
    let placed = client.form("/checkout", &complete).await;
    placed.expect(303);
    says(&client.get(placed.location()).await, 200, &["IL", "Change the address"]);
    says(&client.get("/checkout").await, 200, &[r#"<option value="IL" selected>Illinois"#]);
    let elsewhere = address_with(&[american.as_slice(), &[("region", "TX")]].concat());
    let refused = client.form("/checkout", &elsewhere).await;
    says(&refused, 422, &["62701 is not in Texas; check both"]);

    // Without JavaScript a button brings the fields of another country, and keeps what was typed.
    let japanese = address_with(&[("country", "JP"), ("update", "country")]);
    let shown = client.form("/checkout", &japanese).await;
    says(&shown, 200, &["Prefecture", "Tokyo (東京都)", r#"value="Lindenallee 14""#]);
    assert!(!shown.text.contains(r#"name="city""#), "Japanese addresses have no separate city");
}
