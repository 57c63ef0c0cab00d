//! Messages: the catalogue, what its emails say, when they may not leave, and what became of them.

mod catalogue;
mod notices;
mod unsubscribing;

use serde_json::{Value, json};
use time::Duration;

use crate::support::{
    shop::{APPROVE, DECLINE},
    stage::{Stage, at, texts},
};

#[tokio::test(flavor = "multi_thread")]
async fn who_registered_and_who_waits_hear_of_new_times_once() {
    let (stage, sale) = Stage::with_open_registration().await;
    let ada = stage.app.shopper("ada").await;
    ada.put(&sale.registration(), &json!({})).await.json(201);
    let (starts, ends) = (stage.ends_at - Duration::days(1), stage.ends_at);
    let moved = stage.with(&json!({
        "slug": null,
        "starts_at": at(starts + Duration::days(2)),
        "ends_at": at(ends + Duration::days(2)),
    }));
    stage.editor.put_newest(&sale.path, &moved).await.json(200);
    stage.approve(&sale.path).await;
    let emails = stage.emails("sale_moved").await;
    assert_eq!(emails.len(), 1, "{emails:?}");
    let text = texts(&emails);
    assert!(text.contains("You stay registered") && text.contains("UTC"), "{text}");
    assert!(text.contains(&sale.slug), "{text}");

    // Another revision with the same times says nothing of them.
    let same = stage.with(&json!({
        "slug": null,
        "hold_seconds": 900,
        "starts_at": at(starts + Duration::days(2)),
        "ends_at": at(ends + Duration::days(2)),
    }));
    stage.editor.put_newest(&sale.path, &same).await.json(200);
    stage.approve(&sale.path).await;
    assert_eq!(stage.emails("sale_moved").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_fails_is_told_once_with_the_time_to_try_again() {
    let stage = Stage::set().await;
    let sale = stage.live(&stage.input).await;
    let mara = stage.app.shopper("mara").await;
    mara.hold(&sale, 0, 1).await;
    let number = mara.place().await.json(201)["number"].as_str().unwrap().to_owned();
    assert_eq!(mara.pay(&number, DECLINE).await.json(201)["state"], "failed");
    let emails = stage.emails("payment_failed").await;
    assert_eq!(emails.len(), 1);
    let text = texts(&emails);
    assert!(text.contains(&number) && text.contains("nothing was charged"), "{text}");
    assert!(text.contains(&format!("/checkout/{number}/payment")), "{text}");
    assert_eq!(mara.pay(&number, DECLINE).await.json(201)["state"], "failed");
    assert_eq!(stage.emails("payment_failed").await.len(), 1, "one is enough");
    assert_eq!(mara.pay(&number, APPROVE).await.json(201)["state"], "succeeded");
    assert_eq!(stage.emails("payment_failed").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn times_are_in_the_zone_that_a_reader_chose_and_else_in_the_providers() {
    let (stage, sale) = Stage::with_open_registration().await;
    for (name, zone) in [("ada", Some("Asia/Tokyo")), ("bob", None)] {
        let (client, account) = stage.app.account(name, &[]).await;
        client.put(&sale.registration(), &json!({})).await.json(201);
        let mut tx = stage.app.platform.db.platform("test").await.unwrap();
        sqlx::query("UPDATE accounts SET time_zone = $2 WHERE id = $1")
            .bind(account.0)
            .bind(zone)
            .execute(&mut *tx)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }
    stage.advance(Duration::days(2));
    smp::notifications::write_due(&stage.app.platform, &stage.app.themes).await.unwrap();
    let emails = stage.emails("sale_reminder").await;
    let of = |name: &str| {
        let to = |email: &&Value| email["to"].as_str().unwrap().starts_with(name);
        emails.iter().find(to).unwrap()["text"].as_str().unwrap().to_owned()
    };
    assert!(of("ada").contains(" JST"), "{}", of("ada"));
    assert!(of("bob").contains(" UTC"), "{}", of("bob"));
}
