//! Drafts made from other sales, and which sales can be deleted.

use serde_json::{Value, json};
use smp::sales::SaleMode;
use time::Duration;

use crate::support::{
    TestApp,
    sales::{sale_path, submit},
    stage::Stage,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_sale_is_duplicated_and_a_draft_is_deleted() {
    let stage = Stage::set().await;
    let (sale, path) = stage.approved().await;
    stage.advance(Duration::days(3));
    let copy = stage.editor.post(&format!("{path}/duplicate"), &json!({})).await.json(201);
    assert_eq!(
        (&copy["state"], &copy["items"][0]["price"], &copy["items"][1]["capacity"]),
        (&json!("draft"), &sale["items"][0]["price"], &sale["items"][1]["capacity"])
    );
    assert_ne!(copy["slug"], sale["slug"]);
    let at = |value: &Value| {
        time::OffsetDateTime::parse(
            value.as_str().unwrap(),
            &time::format_description::well_known::Rfc3339,
        )
        .unwrap()
    };
    let moved = at(&copy["starts_at"]) - at(&sale["starts_at"]);
    assert_eq!(moved, Duration::weeks(1), "by whole weeks into the future");
    assert_eq!(at(&copy["ends_at"]) - at(&sale["ends_at"]), moved);
    // The copy can go live as it is.
    let copied = sale_path(stage.tenant, &copy);
    stage.approve(&copied).await;
    assert_eq!(stage.editor.delete(&copied).await.problem(409), "published");

    let copy = stage.editor.post(&format!("{path}/duplicate"), &json!({})).await.json(201);
    let draft = sale_path(stage.tenant, &copy);
    submit(&stage.editor, &draft).await;
    assert_eq!(stage.editor.delete(&draft).await.problem(409), "already_submitted");
    stage.editor.post(&format!("{draft}/withdraw"), &json!({})).await.json(200);
    let analyst = stage.app.member(stage.tenant, "analyst").await;
    analyst.delete(&draft).await.problem(403);
    stage.editor.delete(&draft).await.expect(204);
    stage.editor.get(&draft).await.problem(404);
    // The first sale has ended, and nobody took part in it.
    assert_eq!(stage.editor.get(&path).await.json(200)["can_be_deleted"], true);
    stage.editor.delete(&path).await.expect(204);
    stage
        .app
        .anonymous()
        .get(&format!("/sales/{}", sale["slug"].as_str().unwrap()))
        .await
        .expect(404);
    let audited = stage
        .app
        .query(
            "SELECT to_jsonb(action) FROM audit_log
             WHERE action IN ('sale_duplicate', 'sale_delete') ORDER BY created_at",
        )
        .await;
    assert_eq!(audited, ["sale_duplicate", "sale_duplicate", "sale_delete", "sale_delete"]);
    stage.app.run_jobs().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_published_sale_is_deleted_only_when_it_is_over_and_nobody_took_part() {
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let sale = app.live_sale(tenant, SaleMode::Hosted).await; // 20 Sand, 5 Slate, 2 a shopper
    let path = format!("/api/v1/providers/{tenant}/sales/{}", sale.id);
    let reason = json!({"reason": "A wrong price."});
    let owner = app.member(tenant, "owner").await;
    let can_be_deleted = async || owner.get(&path).await.json(200)["can_be_deleted"].clone();
    let shopper = app.shopper("ada").await;
    let page = format!("/sales/{}", sale.slug);
    shopper.get(&page).await.expect(200);
    assert_eq!(can_be_deleted().await, false);
    assert_eq!(owner.delete(&path).await.problem(409), "published");

    // A hold is enough, even one that was given back.
    let hold = shopper.hold(&sale, 0, 1).await["id"].to_string();
    shopper.delete(&format!("/api/v1/me/holds/{}", hold.trim_matches('"'))).await.expect(204);
    owner.post(&format!("{path}/cancel"), &reason).await.json(200);
    assert_eq!(can_be_deleted().await, false);
    assert_eq!(owner.delete(&path).await.problem(409), "sale_used");
    shopper.get(&page).await.expect(200);

    let other = app.live_sale(tenant, SaleMode::Hosted).await;
    let path = format!("/api/v1/providers/{}/sales/{}", tenant, other.id);
    shopper.get(&format!("/sales/{}", other.slug)).await.expect(200);
    shopper.post(&format!("/api/v1/sales/{}/favourite", other.slug), &json!({})).await.json(200);
    owner.post(&format!("{path}/cancel"), &reason).await.json(200);
    owner.delete(&path).await.expect(204);
    owner.get(&path).await.problem(404);
    let gone = async {
        while shopper.get(&format!("/sales/{}", other.slug)).await.status != 404 {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(5), gone).await.expect("the page stays");
    shopper.get("/account").await.expect(200);
    assert_eq!(app.query("SELECT to_jsonb(count(*)) FROM stock").await, [json!(2)]);
    app.run_jobs().await;
}
