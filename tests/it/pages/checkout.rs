//! From the cart to the parcel: address, payment, the bank's confirmation, the order, help and
//! feedback.

use serde_json::json;
use smp::{platform::broker::Notice, sales::SaleMode};
use time::Duration;

use super::{after, buy, change, says, shop};
use crate::support::{Client, PASSWORD, TestApp, client::Answer, sales::LiveSale};

const ADDRESS: [(&str, &str); 6] = [
    ("email", "mara@example.com"),
    ("name", "Mara Lind"),
    ("line1", "Lindenallee 14"),
    ("postal_code", "10435"),
    ("city", "Berlin"),
    ("country", "DE"),
];

/// Holds a unit and places the order; answers its number.
pub async fn order(client: &Client, sale: &LiveSale) -> String {
    assert_eq!(buy(client, sale, "1", &uuid::Uuid::now_v7().to_string()).await.location(), "/cart");
    let placed = client.form("/checkout", &ADDRESS).await;
    placed.expect(303);
    placed
        .location()
        .strip_prefix("/checkout/")
        .unwrap()
        .strip_suffix("/payment")
        .unwrap()
        .to_owned()
}

/// Presses Pay.
pub async fn press_pay(client: &Client, number: &str) -> Answer {
    client.form(&format!("/checkout/{number}/payment"), &[("gateway", "sandbox")]).await
}

/// Presses Pay, answers at the test bank, and follows the way back: the answer of the payment's page.
async fn pay(client: &Client, number: &str, answer: &str) -> Answer {
    let step = press_pay(client, number).await;
    if !step.location().starts_with(&format!("/checkout/{number}/payments/")) {
        return step;
    }
    let payment = step.location().rsplit('/').next().unwrap().to_owned();
    let back = client.at_bank(&payment, answer).await;
    assert_eq!(back.location(), step.location());
    client.get(back.location()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shopper_checks_out_pays_and_tracks_the_parcel() {
    let app = TestApp::start().await;
    let (_, sale) = shop(&app, SaleMode::Hosted).await;
    let client = app.shopper("mara").await;
    assert_eq!(client.get("/checkout").await.location(), "/cart");
    assert_eq!(buy(&client, &sale, "2", "k").await.location(), "/cart");
    says(
        &client.get("/checkout").await,
        200,
        &[
            "Delivery address",
            r#"value="mara""#,
            "@test.example",
            "€98.00",
            "Germany",
            r#"data-until=""#,
        ],
    );
    incomplete_address_is_refused(&client).await;
    assert_eq!(app.query("SELECT to_jsonb(count(*)) FROM orders").await, [json!(0)]);

    let placed = client.form("/checkout", &ADDRESS).await;
    let number = placed.location().split('/').nth(2).unwrap().to_owned();
    says(
        &client.get(placed.location()).await,
        200,
        &["Pay €98.00", "Test payments move no real money", &number],
    );
    says(&client.get("/cart").await, 200, &["is waiting for payment", "Finish paying"]);
    says(&client.get("/checkout").await, 200, &[r#"value="10435""#, "€98.00"]);
    let wrong = client.form(placed.location(), &[("gateway", "barter")]).await;
    says(&wrong, 422, &["is not a way to pay here", "Pay €98.00"]);
    for (answer, said) in [
        ("decline", "Your bank declined the payment. Nothing was charged"),
        ("cancel", "You cancelled the payment at your bank. Nothing was charged"),
    ] {
        let declined = pay(&client, &number, answer).await;
        assert_eq!(declined.location(), placed.location());
        says(&client.get(placed.location()).await, 200, &[said, "Pay €98.00"]);
    }

    let asked = press_pay(&client, &number).await;
    asked.expect(303);
    assert!(asked.location().starts_with(&format!("/checkout/{number}/payments/")));
    let bank = client.get(asked.location()).await;
    let stranger = app.anonymous();
    says(
        &stranger.get(bank.location()).await,
        200,
        &["Test bank", "not a real bank", "€98.00", &number],
    );
    stranger.form(bank.location(), &[("answer", "steal")]).await.expect(422);
    let payment = asked.location().rsplit('/').next().unwrap().to_owned();
    // The browser that comes back from the bank may have no session.
    let back = stranger.at_bank(&payment, "approve").await;
    assert_eq!(back.location(), asked.location());
    assert!(stranger.get(back.location()).await.location().starts_with("/sign-in?next="));
    let paid = client.get(asked.location()).await;
    assert_eq!(paid.location(), format!("/orders/{number}"));
    says(
        &client.get(paid.location()).await,
        200,
        &["Thank you for your order", "Paid €98.00", "Lindenallee 14", "Being packed"],
    );
    let again = client.get(paid.location()).await;
    says(&again, 200, &[&number, "Confirmed"]);
    assert!(!again.text.contains("Thank you for your order"));
    assert_eq!(press_pay(&client, &number).await.location(), format!("/orders/{number}"));
    for path in [placed.location(), "/checkout"] {
        assert_eq!(client.get(path).await.location(), format!("/orders/{number}"), "{path}");
        says(
            &client.get(&format!("/orders/{number}")).await,
            200,
            &["is paid already. You were charged once."],
        );
    }
    assert_eq!(client.form("/checkout", &ADDRESS).await.location(), format!("/orders/{number}"));
    assert_eq!(
        app.query("SELECT to_jsonb(count(*)) FROM payments WHERE state = 'succeeded'").await,
        [json!(1)]
    );

    says(
        &client.get(&format!("/orders/{number}/tracking")).await,
        200,
        &["Where is my parcel?", "has not shipped it yet"],
    );
    let account = client.get("/account").await;
    says(&account, 200, &[&number, "Stoneware at dawn", "Sign out", "€98.00"]);
    assert!(!account.text.contains("Open the portal"), "a shopper has no portal");
    let manager = app.staff("manager").await.get("/account").await;
    says(&manager, 200, &["Open the portal", "href=\"/portal/\""]);
    let stranger = app.shopper("eve").await;
    for path in ["", "/tracking", "/help"] {
        says(&stranger.get(&format!("/orders/{number}{path}")).await, 404, &["Page not found"]);
    }
    says(&stranger.get(&format!("/checkout/{number}/payment")).await, 404, &[]);
}

async fn incomplete_address_is_refused(client: &Client) {
    let refused = client
        .form(
            "/checkout",
            &[
                ("email", ""),
                ("name", "Mara Lind"),
                ("line1", "Lindenallee 14"),
                ("city", ""),
                ("country", "DE"),
                ("phone", "12"),
            ],
        )
        .await;
    says(
        &refused,
        422,
        &[
            "Enter an email address",
            "Enter the postal code",
            "Enter the city",
            "Enter the number with its country code",
            r#"value="Lindenallee 14""#,
        ],
    );
    let place = |field: &str| refused.text.find(&format!(r##"href="#{field}""##)).unwrap();
    assert!(place("email") < place("postal_code") && place("postal_code") < place("city"));
}

/// The address, with some fields changed or added.
pub fn address_with<'a>(changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut fields: Vec<(&'a str, &'a str)> = ADDRESS.to_vec();
    fields.retain(|(field, _)| changes.iter().all(|(changed, _)| changed != field));
    fields.extend_from_slice(changes);
    fields
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_typed_survives_an_ended_session() {
    let app = TestApp::start().await;
    let (_, sale) = shop(&app, SaleMode::Hosted).await;
    let client = app.shopper("mara").await;
    let email = client.get("/api/v1/me").await.json(200)["account"]["email"].to_string();
    let email = email.trim_matches('"').to_owned();
    buy(&client, &sale, "1", "k").await.expect(303);
    let typed =
        address_with(&[("line1", "Weg zum Glück 7"), ("postal_code", "1010"), ("country", "AT")]);
    let question = [("subject", "Where is it?"), ("body", "I’m waiting.")];
    for (path, fields, shown) in [
        ("/checkout", typed.as_slice(), "Weg zum Glück 7"),
        ("/help?sale=dawn", question.as_slice(), "I’m waiting."),
    ] {
        client.form("/sign-out", &[]).await.expect(303);
        let to_sign_in = client.form(path, fields).await;
        assert!(to_sign_in.location().starts_with("/sign-in?next="), "{}", to_sign_in.location());
        let sign_in = [("email", email.as_str()), ("password", PASSWORD), ("next", path)];
        assert_eq!(client.form("/sign-in", &sign_in).await.location(), path);
        says(&client.get(path).await, 200, &[shown]);
        // A checkout keeps it; other forms have it once.
        let again = client.get(path).await;
        assert_eq!(again.text.contains(shown), path == "/checkout", "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_currency_in_a_cart_is_an_order_of_its_own() {
    let app = TestApp::start().await;
    let (_, euros) = shop(&app, SaleMode::Hosted).await;
    let other = app.provider("kyoto").await;
    let yen = app.live_sale(other, SaleMode::Hosted).await;
    app.edit_content(other, yen.id, "currency", json!("JPY")).await;
    app.platform.broker.publish(Notice::SaleChanged { slug: yen.slug.clone() }).await;
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    let client = app.shopper("mara").await;
    buy(&client, &euros, "1", "a").await.expect(303);
    buy(&client, &yen, "1", "b").await.expect(303);
    let cart = client.get("/cart").await;
    says(&cart, 200, &["prices in more than one currency", r#"value="JPY""#]);
    assert_eq!(client.get("/checkout").await.location(), "/cart");
    let first = client.get("/checkout?currency=JPY").await;
    says(&first, 200, &[r#"action="/checkout?currency&#x3D;JPY""#]);
    assert!(!first.text.contains("€"), "{}", first.text);
    for currency in ["JPY", "EUR"] {
        let placed = client.form(&format!("/checkout?currency={currency}"), &ADDRESS).await;
        let number = placed.location().split('/').nth(2).unwrap().to_owned();
        let paid = pay(&client, &number, "approve").await;
        assert_eq!(paid.location(), format!("/orders/{number}"));
    }
    let orders = app.query("SELECT to_jsonb(currency) FROM orders ORDER BY created_at").await;
    assert_eq!(orders, [json!("JPY"), json!("EUR")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unpaid_order_can_be_changed_and_cancelled() {
    let app = TestApp::start().await;
    let (_, sale) = shop(&app, SaleMode::Hosted).await;
    let client = app.shopper("mara").await;
    let number = order(&client, &sale).await;
    let payment = format!("/checkout/{number}/payment");
    let steps = [r#"<a href="/cart">Cart</a>"#, r#"<a href="/checkout?order"#, "Cancel this order"];
    says(&client.get(&payment).await, 200, &steps);
    says(&client.get("/cart").await, 200, &["Cancel this order"]);
    let change = format!("/checkout?order={number}");
    let moved = client.form(&change, &address_with(&[("city", "Ulm")])).await;
    assert_eq!(moved.location(), payment, "the same order");
    says(&client.get(&payment).await, 200, &["10435 Ulm"]);
    let cancel = format!("/checkout/{number}/cancel");
    assert_eq!(client.get(&cancel).await.location(), payment);
    app.shopper("eve").await.form(&cancel, &[]).await.expect(404);
    assert_eq!(client.form(&cancel, &[]).await.location(), "/cart");
    says(&client.get("/cart").await, 200, &["is cancelled", "Your cart is empty"]);
    assert_eq!(app.stock().await, (0, 0));
    assert_eq!(client.form(&cancel, &[]).await.location(), "/cart");
    says(&client.get("/cart").await, 200, &["is cancelled already"]);
    let cancelled = ["This order is cancelled", "You cancelled order", "Nothing was charged."];
    says(&press_pay(&client, &number).await, 409, &cancelled);
    let again = order(&client, &sale).await;
    pay(&client, &again, "approve").await.expect(303);
    let late = client.form(&format!("/checkout/{again}/cancel"), &[]).await;
    assert_eq!(late.location(), format!("/orders/{again}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_that_ran_out_is_not_mentioned_once_something_is_held_again() {
    let app = TestApp::start().await;
    let (_, sale) = shop(&app, SaleMode::Hosted).await;
    let client = app.shopper("mara").await;
    client.hold(&sale, 0, 1).await;
    app.platform.clock.advance(Duration::minutes(11));
    says(&client.get("/cart").await, 200, &["Your hold on these ran out"]);
    client.hold(&sale, 1, 1).await;
    let cart = client.get("/cart").await;
    says(&cart, 200, &["Held for you"]);
    assert!(!cart.text.contains("Your hold on these ran out"), "{}", cart.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn holds_not_paid_in_time_are_gone_and_the_page_says_so() {
    let app = TestApp::start().await;
    let (_, sale) = shop(&app, SaleMode::Hosted).await;
    let (late, later) = (app.shopper("late").await, app.shopper("later").await);
    assert_eq!(buy(&late, &sale, "2", "k").await.location(), "/cart");
    let number = order(&later, &sale).await;
    app.platform.clock.advance(Duration::minutes(11));
    let expired = ["Your time ran out", "Nothing was charged.", "Back on sale."];
    let kept = ["Your address is kept for your next order."];
    says(&late.form("/checkout", &ADDRESS).await, 409, &[&expired[..], &kept].concat());
    says(
        &late.get("/cart").await,
        200,
        &["Your hold on these ran out", "2 × Stoneware at dawn", "Nothing was charged"],
    );
    says(&later.get(&format!("/checkout/{number}/payment")).await, 409, &expired);
    says(&press_pay(&later, &number).await, 409, &expired);
    smp::stock::expire_due(&app.platform).await.unwrap();
    smp::orders::cancel_overdue(&app.platform).await.unwrap();
    says(&press_pay(&later, &number).await, 409, &expired);
    assert_eq!(app.query("SELECT to_jsonb(count(*)) FROM payments").await, [json!(0)]);
    assert_eq!(buy(&late, &sale, "2", "again").await.location(), "/cart");
    assert!(!late.get("/cart").await.text.contains("Your hold on these ran out"));
    says(&late.get("/checkout").await, 200, &[r#"value="Lindenallee 14""#]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shopper_asks_for_help_and_gives_feedback_once() {
    let app = TestApp::start().await;
    let (tenant, sale) = shop(&app, SaleMode::Hosted).await;
    let client = app.shopper("mara").await;
    let feedback = format!("/sales/{}/feedback", sale.slug);
    says(&client.get(&feedback).await, 409, &["Feedback is for buyers", "Stoneware at dawn"]);
    says(&client.form(&feedback, &[("rating", "5")]).await, 409, &["Feedback is for buyers"]);
    let number = order(&client, &sale).await;
    assert_eq!(pay(&client, &number, "approve").await.location(), format!("/orders/{number}"));

    let help = format!("/orders/{number}/help");
    says(&client.get(&help).await, 200, &["Help with this order", &format!(r#"action="{help}""#)]);
    says(
        &client.form(&help, &[("subject", "Colour"), ("body", " ")]).await,
        422,
        &["Enter a message", r#"value="Colour""#],
    );
    let asked =
        client.form(&help, &[("subject", "Colour"), ("body", "Is it sand?\n\nOr clay? <b>")]).await;
    asked.expect(303);
    says(
        &client.get(asked.location()).await,
        200,
        &["Colour", "<p>Is it sand?</p>", "Or clay? &lt;b&gt;", "Waiting for our reply", &number],
    );
    client.form(asked.location(), &[("body", "")]).await.expect(422);
    assert_eq!(
        client.form(asked.location(), &[("body", "Sand, please.")]).await.location(),
        asked.location()
    );
    says(&client.get(asked.location()).await, 200, &["Sand, please."]);
    says(&client.get("/help").await, 200, &["Colour", "Your conversations"]);
    says(&app.shopper("eve").await.get(asked.location()).await, 404, &["Page not found"]);
    assert!(
        app.anonymous()
            .get(asked.location())
            .await
            .location()
            .starts_with("/sign-in?next=%2Fconversations%2F")
    );

    change(&app, format!("UPDATE parcels SET state = 'delivered' WHERE tenant_id = '{tenant}'"))
        .await;
    let page = client.get(&format!("/orders/{number}")).await;
    let link = after(&page.text, &format!(r#"href="{feedback}"#)).replace("&#x3D;", "=");
    says(&client.get(&format!("{feedback}{link}")).await, 200, &["How was it?", &number]);
    says(
        &client.form(&feedback, &[("comments", "Lovely"), ("order_number", &number)]).await,
        422,
        &["Choose a rating from 1 to 5", ">Lovely</textarea>"],
    );
    client
        .form(&feedback, &[("rating", "5"), ("comments", "Lovely"), ("order_number", &number)])
        .await
        .expect(303);
    says(
        &client.get(&feedback).await,
        200,
        &["5 of 5", "Lovely", "Your feedback has been sent to our sales team"],
    );
    client.form(&feedback, &[("rating", "1")]).await.expect(303);
    assert_eq!(app.query("SELECT to_jsonb(rating) FROM feedback").await, [json!(5)]);
    assert!(!client.get(&format!("/orders/{number}")).await.text.contains("?order"));
}
