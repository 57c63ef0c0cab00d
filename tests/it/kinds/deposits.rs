//! Deposits: a part of the price that is due at once, in a provider's own cart.

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
    // SMP's checkout would take the whole price.
    let deposit = json!({"deposit_minor": 900, "rest_due_on": due});
    let hosted = stage.with_item("while_supplies_last", &deposit);
    let refused = stage.editor.post(&stage.sales(), &hosted).await;
    assert_eq!(refused.wrong_fields(), ["items.0.deposit_minor"]);
    assert!(refused.text.contains("cannot charge deposits yet"), "{}", refused.text);
    // The rest of a package is due when it begins, at the latest.
    let mut package = stage.reservation(&[(5, 7, 4)]);
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
