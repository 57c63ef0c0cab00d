//! Customer service and feedback.

use serde_json::json;
use smp::sales::SaleMode::{Hosted, Redirect};

use crate::support::TestApp;

#[tokio::test(flavor = "multi_thread")]
async fn customer_service_answers_a_shopper_and_sees_the_order() {
    let app = TestApp::start().await;
    let north = app.provider("north").await;
    let sale = app.live_sale(north, Hosted).await;
    let (mara, support) = (app.shopper("mara").await, app.staff("support").await);
    let number = mara.buy(&sale, 1).await;
    let asked = json!({"order_number": number, "subject": "Another colour?", "body": "Can I have Clay instead?"});
    let conversation = mara.post("/api/v1/me/conversations", &asked).await.json(201);
    assert_eq!(
        (&conversation["state"], &conversation["provider_name"], &conversation["customer_name"]),
        (&json!("open"), &json!("North"), &json!("mara"))
    );
    let id = conversation["id"].as_str().unwrap();

    let queue = support.get("/api/v1/conversations?state=open").await.json(200);
    assert_eq!(
        (&queue["items"][0]["id"], &queue["items"][0]["messages"][0]["body"]),
        (&json!(id), &json!("Can I have Clay instead?"))
    );
    for (q, count) in [("colour", 1), (&number.to_lowercase(), 1), ("mara", 1), ("nothing", 0)] {
        assert_eq!(
            support.get(&format!("/api/v1/conversations?q={q}")).await.json(200)["items"]
                .as_array()
                .unwrap()
                .len(),
            count,
            "{q}"
        );
    }
    let seen = support.get(&format!("/api/v1/conversations/{id}")).await.json(200);
    assert_eq!(
        (&seen["order"]["number"], &seen["order"]["total"]["amount"]),
        (&json!(number), &json!(4900))
    );

    let answered = support
        .post(&format!("/api/v1/conversations/{id}/messages"), &json!({"body": "With pleasure."}))
        .await
        .json(200);
    assert_eq!(
        (
            &answered["state"],
            &answered["messages"][1]["author"],
            &answered["messages"][1]["author_name"]
        ),
        (&json!("waiting"), &json!("support"), &json!("support"))
    );
    assert_eq!(
        support.post(&format!("/api/v1/conversations/{id}/resolve"), &json!({})).await.json(200)["state"],
        "resolved"
    );
    support.post(&format!("/api/v1/conversations/{id}/resolve"), &json!({})).await.json(200);
    // A new message opens it again.
    let reopened = mara
        .post(&format!("/api/v1/me/conversations/{id}/messages"), &json!({"body": "Thank you!"}))
        .await
        .json(200);
    assert_eq!(
        (
            &reopened["state"],
            reopened["messages"].as_array().unwrap().len(),
            reopened.get("order").is_none_or(serde_json::Value::is_null)
        ),
        (&json!("open"), 3, true)
    );
    // What is sent twice is there once.
    let again = mara.post("/api/v1/me/conversations", &asked).await.json(201);
    assert_eq!(again["id"], json!(id));
    let thanks = json!({"body": "Thank you!"});
    let again =
        mara.post(&format!("/api/v1/me/conversations/{id}/messages"), &thanks).await.json(200);
    let bodies = again["messages"].as_array().unwrap().iter();
    assert_eq!(bodies.filter(|message| message["body"] == thanks["body"]).count(), 1);
    let mine = mara.get("/api/v1/me/conversations").await.json(200);
    assert_eq!(
        (mine["items"].as_array().unwrap().len(), &mine["items"][0]["messages"][0]["body"]),
        (1, &json!("Thank you!"))
    );
    let told: Vec<_> =
        app.told("conversation.message").await.iter().map(|e| e["author"].clone()).collect();
    assert_eq!(told, ["shopper", "support", "shopper"]);
    let audit = app.query("SELECT to_jsonb(action) FROM audit_log WHERE action LIKE 'staff_conversation%' ORDER BY id").await;
    assert_eq!(audit, ["staff_conversation_reply", "staff_conversation_resolve"]);
    app.run_jobs().await;
    let emails = app
        .query("SELECT to_jsonb(body_text) FROM messages WHERE template = 'conversation_reply'")
        .await;
    assert!(
        emails.len() == 1 && emails[0].as_str().unwrap().contains("With pleasure."),
        "{emails:?}"
    );
    // Customer service is told of what the shopper wrote.
    let told = app
        .query("SELECT to_jsonb(body_text) FROM messages WHERE template = 'conversation_message'")
        .await;
    let text = json!(told).to_string();
    assert!(text.contains("Thank you!") && text.contains("/portal/smp/conversations/"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_its_shopper_and_customer_service_see_a_conversation() {
    let app = TestApp::start().await;
    let sale = app.live_sale(app.provider("north").await, Hosted).await;
    let (mara, eve) = (app.shopper("mara").await, app.shopper("eve").await);
    let number = mara.buy(&sale, 1).await;
    let general = mara
        .post(
            "/api/v1/me/conversations",
            &json!({"subject": "An invoice", "body": "For my company"}),
        )
        .await
        .json(201);
    assert_eq!((&general["order_number"], &general["provider_name"]), (&json!(null), &json!(null)));
    let id = general["id"].as_str().unwrap();
    eve.get(&format!("/api/v1/me/conversations/{id}")).await.problem(404);
    eve.post(&format!("/api/v1/me/conversations/{id}/messages"), &json!({"body": "Me too"}))
        .await
        .problem(404);
    assert_eq!(eve.get("/api/v1/me/conversations").await.json(200)["items"], json!([]));
    eve.get("/api/v1/conversations").await.problem(403);
    app.staff("finance").await.get(&format!("/api/v1/conversations/{id}")).await.problem(403);
    app.anonymous()
        .post("/api/v1/me/conversations", &json!({"subject": "a", "body": "b"}))
        .await
        .problem(401);

    let foreign = json!({"order_number": number, "subject": " ", "body": ""});
    assert_eq!(
        eve.post("/api/v1/me/conversations", &foreign).await.wrong_fields(),
        ["subject", "body", "order_number"]
    );
    let long = json!({"body": "x".repeat(5001)});
    assert_eq!(
        mara.post(&format!("/api/v1/me/conversations/{id}/messages"), &long).await.wrong_fields(),
        ["body"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn feedback_needs_a_purchase_and_is_given_once() {
    let app = TestApp::start().await;
    let north = app.provider("north").await;
    let (hosted, redirect) =
        (app.live_sale(north, Hosted).await, app.live_sale(north, Redirect).await);
    let (mara, eve) = (app.shopper("mara").await, app.shopper("eve").await);
    let give = |client, sale: &str, rating: i32| {
        let client: &crate::support::Client = client;
        let body = json!({"sale_slug": sale, "rating": rating, "comments": "Lovely bowls"});
        async move { client.post("/api/v1/me/feedback", &body).await }
    };
    assert_eq!(give(&mara, &hosted.slug, 5).await.problem(409), "not_bought");
    // Holding units is not buying them.
    eve.hold(&hosted, 0, 1).await;
    eve.place().await.json(201);
    assert_eq!(give(&eve, &hosted.slug, 5).await.problem(409), "not_bought");

    let number = mara.buy(&hosted, 1).await;
    assert_eq!(give(&mara, &hosted.slug, 6).await.wrong_fields(), ["rating"]);
    give(&mara, "no-such-sale", 5).await.problem(404);
    let foreign =
        json!({"sale_slug": hosted.slug, "order_number": "SMP-1", "rating": 5, "comments": ""});
    assert_eq!(mara.post("/api/v1/me/feedback", &foreign).await.problem(409), "not_bought");
    let with_order = json!({"sale_slug": hosted.slug, "order_number": number, "rating": 5, "comments": "Lovely bowls"});
    assert_eq!(mara.post("/api/v1/me/feedback", &with_order).await.json(201)["rating"], 5);
    assert_eq!(give(&mara, &hosted.slug, 1).await.problem(409), "already_given");

    // In a redirect sale, a click-out is enough.
    assert_eq!(give(&mara, &redirect.slug, 4).await.problem(409), "not_bought");
    mara.post(
        &format!("/api/v1/sales/{}/click-outs", redirect.slug),
        &json!({"sale_item_id": redirect.items[0], "quantity": 1}),
    )
    .await
    .json(201);
    give(&mara, &redirect.slug, 4).await.json(201);

    let list = app.staff("marketing").await.get("/api/v1/feedback").await.json(200);
    let first = &list["items"][0];
    assert_eq!(
        (&first["rating"], &first["sale_title"], &first["provider_name"], &first["customer_name"]),
        (&json!(4), &json!("Stoneware at dawn"), &json!("North"), &json!("mara"))
    );
    assert_eq!(list["items"].as_array().unwrap().len(), 2);
    app.staff("finance").await.get("/api/v1/feedback").await.problem(403);
    assert_eq!(app.told("feedback.received").await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn customer_service_is_told_of_each_message_of_a_shopper() {
    let app = TestApp::start().await;
    let (mara, support) = (app.shopper("mara").await, app.staff("support").await);
    let asked = json!({"subject": "Another colour?", "body": "Can I have Clay instead?"});
    let asked = mara.post("/api/v1/me/conversations", &asked).await.json(201);
    let messages = format!("conversations/{}/messages", asked["id"].as_str().unwrap());
    let told = async || {
        app.run_jobs().await;
        app.query(
            "SELECT to_jsonb(body_text) FROM messages \
             WHERE template = 'conversation_message' AND recipient LIKE 'support%' ORDER BY id",
        )
        .await
    };
    let first = told().await;
    assert_eq!(first.len(), 1, "{first:?}");
    assert!(first[0].as_str().unwrap().contains("Can I have Clay instead?"), "{first:?}");

    let more = json!({"body": "Or Slate?"});
    mara.post(&format!("/api/v1/me/{messages}"), &more).await.json(200);
    let answer = json!({"body": "With pleasure."});
    support.post(&format!("/api/v1/{messages}"), &answer).await.json(200);
    let all = told().await;
    assert_eq!(all.len(), 2, "what customer service writes is told to the shopper: {all:?}");
    assert!(all[1].as_str().unwrap().contains("Or Slate?"), "{all:?}");
}
