//! Deposits: a part of the price that is due at once, as a draft is checked and a page shows it.
//! `deposits.rs` beside this folder pays them.

use serde_json::{Value, json};
use time::Duration;

use super::day;
use crate::support::stage::Stage;

#[tokio::test(flavor = "multi_thread")]
async fn an_item_may_ask_for_a_deposit_in_the_providers_own_cart() {
    let stage = Stage::set().await;
    let due = day(stage.ends_at + Duration::days(5));
    let with = |changes: Value| {
        let mut input = stage.with_item("while_supplies_last", &changes);
        input["mode"] = json!("redirect");
        input["redirect_url"] = json!("https://cart.example/buy");
        input
    };
    for (changes, field) in [
        (json!({"deposit_minor": 0, "rest_due_on": due}), "items.0.deposit_minor"),
        (json!({"deposit_minor": 4900, "rest_due_on": due}), "items.0.deposit_minor"),
        (json!({"deposit_minor": 900}), "items.0.rest_due_on"),
        (json!({"rest_due_on": due}), "items.0.deposit_minor"),
        (json!({"deposit_minor": 900, "rest_due_on": day(stage.ends_at)}), "items.0.rest_due_on"),
    ] {
        assert_eq!(stage.refused(&with(changes.clone())).await, [field], "{changes}");
    }
    let deposit = json!({"deposit_minor": 900, "rest_due_on": due});
    // What becomes of the deposit is for the provider's own terms.
    let mut refundable = with(deposit.clone());
    refundable["items"][0]["deposit_refundable"] = json!(true);
    assert_eq!(stage.refused(&refundable).await, ["items.0.deposit_refundable"]);
    // The rest of a package is due when it begins, at the latest.
    let mut package = stage.reservation(&[(5, 7, 4)]);
    package["mode"] = json!("redirect");
    package["redirect_url"] = json!("https://cart.example/buy");
    package["items"][0]["deposit_minor"] = json!(900);
    package["items"][0]["rest_due_on"] = day(stage.ends_at + Duration::days(6));
    assert!(stage.refused(&package).await.contains(&"items.0.rest_due_on".to_owned()));

    let sale = stage.publish(&with(deposit)).await;
    let draft = stage.editor.get(&sale.path).await.json(200);
    assert_eq!(
        (&draft["items"][0]["deposit_minor"], &draft["items"][0]["rest_due_on"]),
        (&json!(900), &due)
    );
    let shown = stage.shown(&sale.slug).await;
    assert_eq!(
        (&shown["items"][0]["deposit"], &shown["items"][0]["rest_due_on"]),
        (&json!({"amount": 900, "currency": "EUR"}), &due)
    );
    assert_eq!(shown["items"][1]["deposit"], Value::Null);
    stage.advance(Duration::hours(2));
    let page = stage.app.anonymous().get(&format!("/sales/{}", sale.slug)).await;
    let text = page.expect(200);
    assert!(text.contains("Deposit due when you buy") && text.contains("9.00"), "{text}");
    // A copy keeps it.
    let copy = stage.editor.post(&format!("{}/duplicate", sale.path), &json!({})).await.json(201);
    assert_eq!(copy["items"][0]["deposit_minor"], 900);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hosted_sale_takes_deposits_where_the_rest_can_be_waited_for() {
    let stage = Stage::set().await;
    let after = |days: i64| day(stage.ends_at + Duration::days(days));
    let with_deposit = |mut input: Value, days: i64| {
        input["items"][0]["deposit_minor"] = json!(900);
        input["items"][0]["rest_due_on"] = after(days);
        input
    };
    // Three days of waiting end before the package begins, and before the last day to ship.
    let package = stage.reservation(&[(9, 11, 4)]);
    assert_eq!(stage.refused(&with_deposit(package.clone(), 7)).await, ["items.0.rest_due_on"]);
    stage.editor.post(&stage.sales(), &with_deposit(package, 6)).await.json(201);
    assert_eq!(stage.refused(&with_deposit(stage.aggregated(), 5)).await, ["items.0.rest_due_on"]);
    stage.editor.post(&stage.sales(), &with_deposit(stage.aggregated(), 4)).await.json(201);
    // A code cannot wait for the rest.
    let voucher = stage.editor.post(&stage.sales(), &with_deposit(stage.voucher(), 5)).await;
    assert_eq!(voucher.wrong_fields(), ["items.0.deposit_minor"]);
    assert!(voucher.text.contains("issued when its whole price is paid"), "{}", voucher.text);
    let alone = stage.with_item("while_supplies_last", &json!({"deposit_refundable": true}));
    assert_eq!(stage.refused(&alone).await, ["items.0.deposit_refundable"]);

    // Shoppers read what becomes of the deposit before they buy.
    let hosted = with_deposit(stage.with(&json!({})), 10);
    let kept = stage.live(&hosted).await;
    assert_eq!(stage.shown(&kept.slug).await["items"][0]["deposit_refundable"], false);
    let page = stage.app.anonymous().get(&format!("/sales/{}", kept.slug)).await;
    let text = page.expect(200);
    assert!(text.contains("the deposit is not refunded"), "{text}");
    assert!(text.contains(r#"data-deposit-minor="900""#), "{text}");
}
