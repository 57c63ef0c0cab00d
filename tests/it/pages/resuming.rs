//! The checkout's form goes on where it was left, and asks whom the order is billed to.

use serde_json::json;
use smp::sales::SaleMode;

use super::{after, buy, checkout::address_with, says, shop};
use crate::support::{PASSWORD, TestApp};

#[tokio::test(flavor = "multi_thread")]
async fn a_checkout_goes_on_in_another_browser() {
    let app = TestApp::start().await;
    let (_, sale) = shop(&app, SaleMode::Hosted).await;
    let client = app.shopper("mara").await;
    buy(&client, &sale, "1", "k").await.expect(303);
    assert!(!client.get("/cart").await.text.contains("Continue checkout"));
    let page = client.get("/checkout").await;
    let checkout = after(page.expect(200), r#"data-checkout=""#).to_owned();
    // What the script of the page sends.
    let typed = json!({"fields": {"shipping.line1": "Weg zum Glück 7", "vat_id": "DE1"}});
    client.patch(&format!("/api/v1/me/checkouts/{checkout}"), &typed).await.json(200);
    // What is sent and refused is kept as well.
    let wrong = address_with(&[("line1", "Weg zum Glück 8"), ("city", ""), ("checkout", "x")]);
    client.form("/checkout", &wrong).await.expect(422);

    let me = client.get("/api/v1/me").await.json(200);
    let mut other = app.anonymous();
    other.sign_in(me["account"]["email"].as_str().unwrap(), PASSWORD).await;
    let cart = other.get("/cart").await;
    says(&cart, 200, &["Continue checkout", "/checkout?hold"]);
    let shown = other.get("/checkout").await;
    says(&shown, 200, &["Weg zum Glück 8", r#"value="DE1""#, r#"value="10435""#, &checkout]);
    let fixed = address_with(&[("vat_id", "DE123456789")]);
    other.form("/checkout", &fixed).await.expect(303);
    let states = app.query("SELECT to_jsonb(state) FROM checkouts").await;
    assert_eq!(states, [json!("placed")]);
    // Back from the payment, the form has what the order has.
    says(&client.get("/checkout").await, 200, &["DE123456789", "Lindenallee 14"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_may_be_billed_to_another_address() {
    let app = TestApp::start().await;
    let (_, sale) = shop(&app, SaleMode::Hosted).await;
    let client = app.shopper("mara").await;
    buy(&client, &sale, "1", "k").await.expect(303);
    let first = client.get("/checkout").await;
    says(&first, 200, &[r#"value="yes" checked"#, "do not verify it with the authority"]);
    let billed = |more: &[(&'static str, &'static str)]| {
        let other = [("billing_same", "no"), ("billing_name", "Lind GmbH")];
        let place = [("billing_line1", "Am Markt 1"), ("billing_country", "AT")];
        address_with(&[&other[..], &place[..], more].concat())
    };
    let refused = client.form("/checkout", &billed(&[("vat_id", "AT1")])).await;
    let said = [
        r#"value="no" checked"#,
        r##"href="#billing_postal_code""##,
        "Enter the city",
        "VAT ids that begin with AT look like ATU12345678",
        r#"value="Lind GmbH""#,
    ];
    says(&refused, 422, &said);
    // Without JavaScript, a button brings the fields of the country.
    let american = billed(&[("billing_country", "US"), ("update", "billing_country")]);
    let american: Vec<_> =
        american.into_iter().filter(|pair| *pair != ("billing_country", "AT")).collect();
    let shown = client.form("/checkout", &american).await;
    says(&shown, 200, &[r#"<option value="TX">Texas"#, r#"name="billing_region""#]);

    let complete = billed(&[
        ("billing_city", "Wien"),
        ("billing_postal_code", "1010"),
        ("vat_id", "ATU12345678"),
    ]);
    let placed = client.form("/checkout", &complete).await;
    placed.expect(303);
    let number = placed.location().split('/').nth(2).unwrap().to_owned();
    let facts = ["Billing address", "Lind GmbH", "1010 Wien", "Austria", "VAT ID ATU12345678"];
    says(&client.get(placed.location()).await, 200, &facts);
    says(&client.get(&format!("/orders/{number}")).await, 200, &facts);
    // It is there again for the next order.
    let again = client.get("/checkout").await;
    says(&again, 200, &[r#"value="no" checked"#, r#"value="Lind GmbH""#, "ATU12345678"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_payment_page_begins_with_the_way_that_the_checkout_chose() {
    let app = TestApp::start().await;
    let (_, sale) = shop(&app, SaleMode::Hosted).await;
    let client = app.shopper("mara").await;
    let checkout = client.open_checkout(&client.hold(&sale, 0, 1).await).await;
    let path = format!("/api/v1/me/checkouts/{}", checkout["id"].as_str().unwrap());
    let chosen = json!({"fields": {"payment_method": "cash_on_delivery"}});
    client.patch(&path, &chosen).await.expect(200);
    let placed = client.form("/checkout", &address_with(&[])).await;
    let selected = r#"value="cash_on_delivery" required checked"#;
    let page = client.get(placed.location()).await;
    says(&page, 200, &[selected, r#"value="sandbox""#]);
    // The shopper's last word counts.
    let other = client.form(placed.location(), &[("gateway", "barter")]).await;
    assert!(!other.expect(422).contains(selected), "{}", other.text);
}
