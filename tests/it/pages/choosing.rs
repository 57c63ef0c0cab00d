//! Choosing in the cart what to pay for now, and totals that changed since they were shown.

use serde_json::{Value, json};
use smp::sales::SaleMode;

use super::{says, shop};
use crate::support::{Client, TestApp, client::Answer};

const ADDRESS: [(&str, &str); 6] = [
    ("email", "mara@example.com"),
    ("name", "Mara Lind"),
    ("line1", "Lindenallee 14"),
    ("postal_code", "10435"),
    ("city", "Berlin"),
    ("country", "DE"),
];

fn id(hold: &Value) -> &str {
    hold["id"].as_str().unwrap()
}

/// Sends the address with the total that the page showed.
async fn place(client: &Client, path: &str, total_minor: &str) -> Answer {
    client.form(path, &[ADDRESS.as_slice(), &[("total_minor", total_minor)]].concat()).await
}

/// The number of the order that an answer leads to.
fn number(answer: &Answer) -> String {
    answer.expect(303);
    answer.location().split('/').nth(2).unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shopper_pays_for_some_and_keeps_the_rest() {
    let app = TestApp::start().await;
    let (_, sale) = shop(&app, SaleMode::Hosted).await;
    let client = app.shopper("mara").await;
    let (sand, slate) = (client.hold(&sale, 0, 1).await, client.hold(&sale, 1, 1).await);
    let cart = client.get("/cart").await;
    let boxes = [&sand, &slate].map(|hold| {
        format!(r#"<input type="checkbox" name="hold" value="{}" form="chosen" checked"#, id(hold))
    });
    says(&cart, 200, &[&boxes[0], &boxes[1], "Total of everything", "€138.00"]);

    let chosen = format!("/checkout?chosen=1&hold={}", id(&slate));
    let page = client.get(&chosen).await;
    let action = format!(r#"action="/checkout?hold&#x3D;{}""#, id(&slate));
    says(&page, 200, &["€89.00", r#"name="total_minor" value="8900""#, &action]);
    assert!(!page.text.contains("€49.00"), "{}", page.text);
    let first = number(&place(&client, &chosen, "8900").await);

    // The rest is still there, and ordering it leaves the first order as it is.
    let cart = client.get("/cart").await;
    says(&cart, 200, &[&format!("Order {first} is waiting for payment"), "€49.00", id(&sand)]);
    assert!(!cart.text.contains(id(&slate)) && !cart.text.contains("checkbox"), "{}", cart.text);
    let rest = format!("/checkout?chosen=1&hold={}", id(&sand));
    let second = number(&place(&client, &rest, "4900").await);
    let waiting = [&first, &second].map(|order| format!("Order {order} is waiting for payment"));
    says(&client.get("/cart").await, 200, &[&waiting[0], &waiting[1]]);

    // Changing the address of one order takes nothing from the other.
    let change = client.get(&format!("/checkout?order={first}")).await;
    says(&change, 200, &["€89.00"]);
    assert!(!change.text.contains("€49.00"), "{}", change.text);
    let again = place(&client, &format!("/checkout?order={first}"), "8900").await;
    assert_eq!(number(&again), first);
    client.get("/checkout?order=SMP-0").await.expect(404);
    let stranger = app.shopper("eve").await;
    stranger.get(&format!("/checkout?order={first}")).await.expect(404);
    let totals = "SELECT jsonb_build_array(state, total_minor) FROM orders ORDER BY created_at";
    assert_eq!(
        app.query(totals).await,
        [json!(["awaiting_payment", 8900]), json!(["awaiting_payment", 4900])]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_choice_of_nothing_leads_back_to_the_cart() {
    let app = TestApp::start().await;
    let (_, sale) = shop(&app, SaleMode::Hosted).await;
    let client = app.shopper("mara").await;
    client.hold(&sale, 0, 1).await;
    client.hold(&sale, 1, 1).await;
    assert_eq!(client.get("/checkout?chosen=1").await.location(), "/cart");
    says(&client.get("/cart").await, 200, &["Choose at least one thing to pay for."]);
    assert_eq!(place(&client, "/checkout?chosen=1", "13800").await.location(), "/cart");
    client.get("/checkout?hold=something").await.expect(404);
    assert_eq!(app.query("SELECT to_jsonb(count(*)) FROM orders").await, [json!(0)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_total_than_was_shown_is_refused_and_nothing_typed_is_lost() {
    let app = TestApp::start().await;
    let (_, sale) = shop(&app, SaleMode::Hosted).await;
    let client = app.shopper("mara").await;
    client.hold(&sale, 0, 1).await;
    // Something was added in another tab, or the form was changed.
    let kept = [r#"value="Lindenallee 14""#, r#"name="total_minor" value="4900""#];
    for (shown, told) in [("8900", "and not €89.00"), ("1", "and not €0.01")] {
        let refused = place(&client, "/checkout", shown).await;
        says(&refused, 409, &["The total is €49.00", told, kept[0], kept[1]]);
    }
    for shown in ["", "49.00", "9e9"] {
        let refused = place(&client, "/checkout", shown).await;
        says(&refused, 422, &["total cannot be read", kept[0], kept[1]]);
    }
    assert_eq!(app.query("SELECT to_jsonb(count(*)) FROM orders").await, [json!(0)]);
    number(&place(&client, "/checkout", "4900").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_given_back_meanwhile_is_not_ordered() {
    let app = TestApp::start().await;
    let (_, sale) = shop(&app, SaleMode::Hosted).await;
    let client = app.shopper("mara").await;
    let (sand, slate) = (client.hold(&sale, 0, 1).await, client.hold(&sale, 1, 1).await);
    let both = format!("/checkout?hold={}&hold={}", id(&sand), id(&slate));
    client.form(&format!("/cart/holds/{}/release", id(&slate)), &[]).await.expect(303);
    let refused = place(&client, &both, "13800").await;
    let action = format!(r#"action="/checkout?hold&#x3D;{}""#, id(&sand));
    let shown = ["is not held for you any more", r#"value="Lindenallee 14""#, &action, "€49.00"];
    says(&refused, 409, &shown);
    assert_eq!(app.query("SELECT to_jsonb(count(*)) FROM orders").await, [json!(0)]);

    let rest = format!("/checkout?hold={}", id(&sand));
    number(&place(&client, &rest, "4900").await);
    client.hold(&sale, 1, 1).await;
    let gone = place(&client, &format!("/checkout?hold={}", id(&slate)), "8900").await;
    assert_eq!(gone.location(), "/cart");
}
