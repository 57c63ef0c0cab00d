//! Emails of a kind end by a link in one of them, or by one request of a mail program, for whoever holds
//! the link; what is queued already does not leave.

use reqwest::Method;
use serde_json::json;
use smp::notifications;
use time::Duration;

use crate::support::stage::Stage;

/// The link in the reminder that is queued.
async fn link(stage: &Stage) -> String {
    let texts = stage
        .app
        .query("SELECT to_jsonb(body_text) FROM messages WHERE template = 'sale_reminder'")
        .await;
    let text = texts[0].as_str().unwrap();
    let from = text.find("/unsubscribe/").unwrap();
    text[from..].split_whitespace().next().unwrap().to_owned()
}

async fn states(stage: &Stage) -> Vec<serde_json::Value> {
    stage
        .app
        .query("SELECT to_jsonb(state) FROM messages WHERE template = 'sale_reminder' ORDER BY id")
        .await
}

/// A sale with a registered shopper, whose reminder is queued.
async fn with_queued_reminder() -> Stage {
    let (stage, sale) = Stage::with_open_registration().await;
    let ada = stage.app.shopper("ada").await;
    ada.put(&sale.registration(), &json!({})).await.json(201);
    stage.app.run_jobs().await;
    stage.advance(Duration::days(2));
    notifications::write_due(&stage.app.platform, &stage.app.themes).await.unwrap();
    assert_eq!(states(&stage).await, ["queued"]);
    stage
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_queued_when_its_reader_unsubscribes_does_not_leave() {
    let stage = with_queued_reminder().await;
    let (link, anyone) = (link(&stage).await, stage.app.anonymous());
    // Mail programs open links ahead: opening it changes nothing.
    let asked = anyone.get(&link).await;
    assert!(asked.expect(200).contains("Unsubscribe?"), "{}", asked.text);
    let one_click = anyone
        .request(Method::POST, &link)
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body("List-Unsubscribe=One-Click");
    let done = anyone.send(one_click).await;
    assert!(done.expect(200).contains("You are unsubscribed"), "{}", done.text);
    stage.app.run_jobs().await;
    assert_eq!(states(&stage).await, ["withheld"]);
    // Again, by the page's button: the same.
    anyone.form(&link, &[]).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_unsubscribe_gets_it_and_a_link_of_nobody_does_nothing() {
    let stage = with_queued_reminder().await;
    let (link, anyone) = (link(&stage).await, stage.app.anonymous());
    let (account, rest) = link.split_once('.').unwrap();
    let another = format!("/unsubscribe/{}.{rest}", uuid::Uuid::now_v7());
    for wrong in [
        another.as_str(),
        &format!("{account}.team.{}", rest.split_once('.').unwrap().1),
        &link[..link.len() - 2],
        "/unsubscribe/x",
    ] {
        anyone.form(wrong, &[]).await.expect(404);
    }
    stage.app.run_jobs().await;
    assert_eq!(states(&stage).await, ["sent"]);
}
