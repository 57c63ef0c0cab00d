//! The pages of a payment that is under way: other tabs, the bank, the wait.

use serde_json::json;
use smp::sales::SaleMode;
use time::Duration;

use super::{
    checkout::{order, press_pay},
    says, shop,
};
use crate::support::TestApp;

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_in_an_outdated_tab_charges_nothing_and_says_why() {
    let app = TestApp::start().await;
    let (_, sale) = shop(&app, SaleMode::Hosted).await;
    let client = app.shopper("mara").await;
    let first = order(&client, &sale).await;
    let asked = press_pay(&client, &first).await;
    let same = press_pay(&client, &first).await;
    assert_eq!(same.location(), asked.location(), "a second press is the same payment");
    app.platform.clock.advance(Duration::seconds(15));
    let asked_again = press_pay(&client, &first).await;
    assert_ne!(asked_again.location(), asked.location());
    let late = client.get(asked.location()).await;
    assert_eq!(late.location(), format!("/checkout/{first}/payment"));
    let ended = ["That payment has ended", "Nothing was charged for it"];
    says(&client.get(late.location()).await, 200, &ended);
    let bank = client.get(asked_again.location()).await;
    says(&client.get(bank.location()).await, 200, &["Confirm the payment"]);

    let second = order(&client, &sale).await;
    assert_ne!(first, second);
    assert_eq!(press_pay(&client, &first).await.location(), "/cart");
    let replaced = format!("a newer order took the place of {first}");
    let waiting = format!("Order {second} is waiting for payment");
    says(&client.get("/cart").await, 200, &[&replaced, &waiting]);
    let charged = "SELECT to_jsonb(count(*)) FROM payments WHERE state = 'succeeded'";
    assert_eq!(app.query(charged).await, [json!(0)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn units_stay_while_the_bank_asks_and_its_page_says_so() {
    let app = TestApp::start().await;
    let (_, sale) = shop(&app, SaleMode::Hosted).await;
    let client = app.shopper("mara").await;
    let number = order(&client, &sale).await;
    app.platform.clock.advance(Duration::seconds(590));
    let asked = press_pay(&client, &number).await;
    app.platform.clock.advance(Duration::seconds(60));
    smp::stock::expire_due(&app.platform).await.unwrap();
    says(
        &client.get(&format!("/checkout/{number}/payment")).await,
        200,
        &["Pay €", "data-hold-time"],
    );
    let payment = asked.location().rsplit('/').next().unwrap().to_owned();
    client.at_bank(&payment, "approve").await.expect(303);
    assert_eq!(client.get(asked.location()).await.location(), format!("/orders/{number}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn presses_at_once_lead_to_one_payment_and_the_wait_is_shown() {
    let app = TestApp::start().await;
    let (_, sale) = shop(&app, SaleMode::Hosted).await;
    let client = app.shopper("mara").await;
    let number = order(&client, &sale).await;
    let presses = (0..4).map(|_| press_pay(&client, &number));
    let led: std::collections::BTreeSet<String> = futures_util::future::join_all(presses)
        .await
        .iter()
        .map(|answer| answer.location().to_owned())
        .collect();
    assert_eq!(led.len(), 1, "{led:?}");
    let step = led.first().unwrap();
    let payment = step.rsplit('/').next().unwrap();
    client.at_bank(payment, "approve_late").await.expect(303);
    let refresh = format!(r#"content="3; url={step}?asked"#);
    says(&client.get(step).await, 200, &["We are asking your bank", &refresh]);
    let long = client.get(&format!("{step}?asked=20")).await;
    says(&long, 200, &["takes longer than usual", "email you"]);
    assert!(!long.text.contains("http-equiv"), "{}", long.text);
    // Whoever comes to pay again, or presses Pay in another tab, waits too.
    assert_eq!(client.get(&format!("/checkout/{number}/payment")).await.location(), step.as_str());
    assert_eq!(press_pay(&client, &number).await.location(), step.as_str());
    app.platform.clock.advance(Duration::seconds(25));
    smp::orders::look_up_due(&app.platform).await.unwrap();
    assert_eq!(client.get(step).await.location(), format!("/orders/{number}"));
}
