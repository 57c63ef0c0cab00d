//! The review of sales: the queue, the decision on the content that was read, and what can be
//! approved.

use serde_json::{Value, json};
use smp::sales::{Content, SaleMode};
use time::Duration;

use crate::support::{
    sales::{decide, plain_offer, sale_input, sale_path, submit, verify},
    stage::{Stage, at},
    supply::{described_picture, offer_input, ready_picture},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_is_on_the_content_that_was_read() {
    let stage = Stage::set().await;
    let (_, path) = stage.draft().await;
    let revision = submit(&stage.editor, &path).await;
    let decision = format!("{path}/revisions/{}/decision", revision["id"].as_str().unwrap());
    let stale = json!({"decision": "approve", "content_hash": "0000"});
    assert_eq!(stage.manager.post(&decision, &stale).await.problem(409), "content_changed");
    for decided in ["request_changes", "reject"] {
        let without_reason =
            json!({"decision": decided, "reason": " ", "content_hash": revision["content_hash"]});
        assert_eq!(stage.manager.post(&decision, &without_reason).await.wrong_fields(), ["reason"]);
    }
    assert_eq!(
        stage
            .manager
            .post(&decision, &json!({"decision": "maybe", "content_hash": "x"}))
            .await
            .wrong_fields(),
        ["decision"]
    );
    stage.editor.post(&decision, &stale).await.problem(403);
    verify(&stage.manager, &path, &revision).await.json(200);
    stage
        .manager
        .post(&decision, &json!({"decision": "approve", "content_hash": revision["content_hash"]}))
        .await
        .json(200);

    // The hash is that of the stored content, whatever the order of its keys.
    let stored =
        stage.app.query("SELECT jsonb_build_array(content, content_hash) FROM revisions").await;
    let content: Content = serde_json::from_value(stored[0][0].clone()).unwrap();
    assert_eq!(stored[0][1], content.hash());
    let audit =
        stage.app.query("SELECT details FROM audit_log WHERE action = 'review_decide'").await;
    assert_eq!((audit.len(), &audit[0]["content_hash"]), (1, &stored[0][1]));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_queue_shows_the_next_to_start_first() {
    let stage = Stage::set().await;
    let other = stage.app.provider("loom").await;
    let weaver = stage.app.member(other, "owner").await;
    let offer = plain_offer(&weaver, other).await;
    let now = stage.app.platform.clock.now();
    let input =
        sale_input(&offer, SaleMode::Hosted, now + Duration::hours(5), now + Duration::days(1));
    let theirs = weaver.post(&format!("/api/v1/providers/{other}/sales"), &input).await.json(201);
    submit(&weaver, &sale_path(other, &theirs)).await;
    stage.app.platform.clock.advance(Duration::minutes(10));
    let (ours, path) = stage.draft().await;
    assert!(ours["slug"].as_str().unwrap().starts_with("stoneware-at-dawn-"), "{}", ours["slug"]);
    let revision = submit(&stage.editor, &path).await;

    let queue = stage.manager.get("/api/v1/reviews?limit=1").await.json(200);
    let first = &queue["items"][0]["revision"];
    assert_eq!((&queue["open_count"], &first["id"]), (&json!(2), &revision["id"]));
    assert_eq!(
        (&first["kind"], &first["starts_at"]),
        (&json!("while_supplies_last"), &revision["content"]["starts_at"])
    );
    let next = stage
        .manager
        .get(&format!("/api/v1/reviews?cursor={}", queue["next_cursor"].as_str().unwrap()))
        .await
        .json(200);
    assert_eq!(
        (&next["items"][0]["revision"]["tenant"]["name"], &next["next_cursor"]),
        (&json!("Loom"), &Value::Null)
    );
    assert!(next["items"][0]["age_seconds"].as_i64().unwrap() >= 600);
    assert!(next["items"][0]["revision"].get("content").is_none(), "a list carries no content");
    stage.editor.get("/api/v1/reviews").await.problem(403);

    let withdrawn = stage.editor.post(&format!("{path}/withdraw"), &json!({})).await.json(200);
    assert_eq!((&withdrawn["state"], &withdrawn["in_review"]), (&json!("draft"), &json!(false)));
    assert_eq!(
        stage.editor.post(&format!("{path}/withdraw"), &json!({})).await.problem(409),
        "not_submitted"
    );
    assert_eq!(
        decide(&stage.manager, &path, &revision, "approve").await.problem(409),
        "already_decided"
    );
    assert_eq!(stage.manager.get("/api/v1/reviews").await.json(200)["open_count"], 1);
    assert_eq!(
        stage.manager.get("/api/v1/reviews?state=withdrawn").await.json(200)["items"][0]["revision"]
            ["id"],
        revision["id"]
    );
    submit(&stage.editor, &path).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sale_is_submitted_with_pictures_that_are_described() {
    let stage = Stage::set().await;
    let (editor, tenant) = (&stage.editor, stage.tenant);
    let offers = format!("/api/v1/providers/{tenant}/offers");
    let mut input = offer_input("PIC", &[]);
    let offer = editor.post(&offers, &input).await.json(201);
    let now = stage.app.platform.clock.now();
    let (starts_at, ends_at) = (now + Duration::hours(1), now + Duration::days(1));
    let sale = sale_input(&offer, SaleMode::Hosted, starts_at, ends_at);
    let sale = editor.post(&stage.sales(), &sale).await.json(201);
    let submit_to = format!("{}/submit", sale_path(tenant, &sale));
    assert_eq!(editor.post(&submit_to, &json!({})).await.wrong_fields(), ["assets"]);

    let bare = ready_picture(editor, tenant).await;
    input["asset_ids"] = json!([described_picture(editor, tenant).await, bare["id"]]);
    let offer_path = format!("{offers}/{}", offer["id"].as_str().unwrap());
    for (given, made) in
        input["items"].as_array_mut().unwrap().iter_mut().zip(offer["items"].as_array().unwrap())
    {
        given["id"] = made["id"].clone();
    }
    editor.put_newest(&offer_path, &input).await.json(200);
    let refused = editor.post(&submit_to, &json!({})).await;
    assert!(refused.text.contains("Picture 2"), "{}", refused.text);
    assert_eq!(refused.wrong_fields(), ["assets.1.alt"]);
    let bare = format!("/api/v1/providers/{tenant}/assets/{}", bare["id"].as_str().unwrap());
    editor.patch_newest(&bare, &json!({"alt": "Folded linen"})).await.json(200);
    editor.post(&submit_to, &json!({})).await.json(200);
    let pinned = "SELECT to_jsonb(length(picture->>'sha256'))
                  FROM revisions, jsonb_array_elements(content->'assets') picture";
    assert_eq!(stage.app.query(pinned).await, [64, 64], "what is approved is these bytes");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sale_that_could_not_sell_is_neither_submitted_nor_approved() {
    let stage = Stage::set().await;
    let app = &stage.app;
    let now = app.platform.clock.now();
    let past = stage.with(&json!({"starts_at": at(now - Duration::hours(1))}));
    let sale = stage.editor.post(&stage.sales(), &past).await.json(201);
    assert_eq!(
        stage
            .editor
            .post(&format!("{}/submit", sale_path(stage.tenant, &sale)), &json!({}))
            .await
            .wrong_fields(),
        ["starts_at"]
    );

    let redirect = sale_input(
        &stage.offer,
        SaleMode::Redirect,
        now + Duration::hours(1),
        now + Duration::days(1),
    );
    let redirect = stage.editor.post(&stage.sales(), &redirect).await.json(201);
    let redirect = sale_path(stage.tenant, &redirect);
    let revision = submit(&stage.editor, &redirect).await;
    app.query("UPDATE providers SET cart_origins = '{}' RETURNING to_jsonb(slug)").await;
    assert_eq!(
        decide(&stage.manager, &redirect, &revision, "approve").await.problem(409),
        "origin_not_approved"
    );
    stage.editor.post(&format!("{redirect}/withdraw"), &json!({})).await.json(200);
    assert_eq!(
        stage.editor.post(&format!("{redirect}/submit"), &json!({})).await.wrong_fields(),
        ["redirect_url"]
    );

    let (_, path) = stage.draft().await;
    let revision = submit(&stage.editor, &path).await;
    app.platform.clock.advance(Duration::days(2));
    assert_eq!(
        decide(&stage.manager, &path, &revision, "approve").await.problem(409),
        "window_over"
    );
    app.platform.clock.advance(Duration::days(-2));
    app.query("UPDATE providers SET state = 'suspended' RETURNING to_jsonb(slug)").await;
    assert_eq!(
        decide(&stage.manager, &path, &revision, "approve").await.problem(409),
        "provider_suspended"
    );
    decide(&stage.manager, &path, &revision, "reject").await.json(200);
    assert_eq!(stage.editor.put_newest(&path, &stage.input).await.problem(409), "rejected");
    let (_, path) = stage.draft().await;
    assert_eq!(
        stage.editor.post(&format!("{path}/submit"), &json!({})).await.problem(409),
        "provider_suspended"
    );
    app.query("UPDATE providers SET state = 'under_review' RETURNING to_jsonb(slug)").await;
    assert_eq!(
        stage.editor.post(&format!("{path}/submit"), &json!({})).await.problem(409),
        "provider_not_approved"
    );
    app.query("UPDATE providers SET state = 'approved' RETURNING to_jsonb(slug)").await;
    stage
        .editor
        .post(
            &format!(
                "/api/v1/providers/{}/offers/{}/archive",
                stage.tenant,
                stage.offer["id"].as_str().unwrap()
            ),
            &json!({}),
        )
        .await
        .json(200);
    assert_eq!(
        stage.editor.post(&format!("{path}/submit"), &json!({})).await.problem(409),
        "offer_archived"
    );
}
