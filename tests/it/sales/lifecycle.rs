//! A sale from its draft to its end: what is approved is what shoppers see.

use serde_json::{Value, json};
use smp::{kernel::AccountId, platform::broker::Notice, stock::HoldRequest};
use time::Duration;

use crate::support::{
    sales::{decide, submit},
    stage::Stage,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_sale_goes_from_draft_to_storefront() {
    let stage = Stage::set().await;
    let (sale, path) = stage.draft().await;
    assert_eq!(
        (&sale["state"], &sale["phase"], &sale["slug"]),
        (&json!("draft"), &Value::Null, &json!("stoneware-at-dawn"))
    );
    assert_eq!(
        sale["page_url"],
        format!("{}/sales/stoneware-at-dawn", stage.app.platform.config.base_url)
    );
    let visitor = stage.app.anonymous();
    visitor.get("/api/v1/sales/stoneware-at-dawn").await.problem(404);

    let revision = submit(&stage.editor, &path).await;
    assert_eq!(
        (&revision["number"], &revision["state"], &revision["submitted_by_name"]),
        (&json!(1), &json!("submitted"), &json!("editor"))
    );
    assert_eq!(revision["content"]["items"][0]["price_minor"], 4900);
    let preview = format!(
        "{}/preview/{}/{}",
        stage.app.platform.config.base_url,
        stage.tenant,
        revision["id"].as_str().unwrap()
    );
    assert_eq!(revision["preview_url"], preview);
    let in_review = stage.editor.get(&path).await.json(200);
    assert_eq!(
        (&in_review["state"], &in_review["in_review"], &in_review["has_unsubmitted_changes"]),
        (&json!("submitted"), &json!(true), &json!(false))
    );
    assert_eq!(
        stage.editor.put_newest(&path, &stage.input).await.problem(409),
        "already_submitted"
    );
    assert_eq!(
        stage.editor.post(&format!("{path}/submit"), &json!({})).await.problem(409),
        "already_submitted"
    );
    visitor.get("/api/v1/sales/stoneware-at-dawn").await.problem(404);

    let sent_back = decide(&stage.manager, &path, &revision, "request_changes").await.json(200);
    assert_eq!(
        (&sent_back["state"], &sent_back["decided_by_name"]),
        (&json!("changes_requested"), &json!("manager"))
    );
    let sale = stage.editor.get(&path).await.json(200);
    assert_eq!(sale["state"], "changes_requested");
    assert_eq!(
        (&sale["last_decision"]["decision"], &sale["last_decision"]["reason"]),
        (&json!("request_changes"), &json!("Looked at with care."))
    );

    stage.editor.put_newest(&path, &stage.with(&json!({"hold_seconds": 300}))).await.json(200);
    let revision = submit(&stage.editor, &path).await;
    assert_eq!(revision["number"], 2);
    let mut notices = stage.app.platform.broker.subscribe();
    decide(&stage.manager, &path, &revision, "approve").await.json(200);
    assert_eq!(
        notices.recv().await.unwrap(),
        Notice::SaleChanged { slug: "stoneware-at-dawn".to_owned() }
    );
    let sale = stage.editor.get(&path).await.json(200);
    assert_eq!((&sale["state"], &sale["phase"]), (&json!("approved"), &json!("countdown")));
    assert_eq!(sale["items"][1]["stock"], json!({"capacity": 5, "held": 0, "sold": 0}));
    assert_eq!(
        decide(&stage.manager, &path, &revision, "reject").await.problem(409),
        "already_decided"
    );

    let shown = visitor.get("/api/v1/sales/stoneware-at-dawn").await.json(200);
    assert_eq!(
        (&shown["phase"], &shown["provider_name"], &shown["items"][0]["available"]),
        (&json!("countdown"), &json!("Kiln"), &json!(20))
    );
    assert_eq!(
        (&shown["from_price"]["amount"], &shown["compare_at"]["amount"]),
        (&json!(4900), &json!(6900))
    );
    stage.app.platform.clock.advance(Duration::minutes(61));
    assert_eq!(visitor.get("/api/v1/sales").await.json(200)["items"][0]["phase"], "live");
    stage.app.platform.clock.advance(Duration::days(1));
    assert_eq!(visitor.get("/api/v1/sales").await.json(200)["items"], json!([]));
    assert_eq!(visitor.get("/api/v1/sales/stoneware-at-dawn").await.json(200)["phase"], "ended");
    assert_eq!(
        stage.events().await,
        [
            "sale.submitted",
            "sale.changes_requested",
            "sale.submitted",
            "sale.stock_verified",
            "sale.approved"
        ]
    );
    stage.app.run_jobs().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn shoppers_see_the_approved_revision_until_another_is_approved() {
    let stage = Stage::set().await;
    let (sale, path) = stage.approved().await;
    let slug = sale["slug"].as_str().unwrap();
    let visitor = stage.app.anonymous();
    let shown = visitor.get(&format!("/api/v1/sales/{slug}")).await.json(200);
    assert_eq!(sale["has_unsubmitted_changes"], false);
    assert_eq!(
        stage.editor.post(&format!("{path}/submit"), &json!({})).await.problem(409),
        "nothing_changed"
    );

    // An edit of the offer, and one of the sale: shoppers see neither.
    let mut offer = stage.offer.clone();
    let assets = json!([stage.offer["assets"][0]["id"]]);
    let items: Vec<Value> = offer["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| {
            json!({
                "id": item["id"],
                "sku": item["sku"],
                "name": "Renamed",
                "attributes": {},
                "price_minor": 4000,
            })
        })
        .collect();
    offer = json!({
        "title": "Stoneware at dusk",
        "summary": "",
        "description": "",
        "terms": "",
        "currency": "EUR",
        "items": items,
        "asset_ids": assets,
    });
    stage
        .editor
        .put_newest(
            &format!(
                "/api/v1/providers/{}/offers/{}",
                stage.tenant,
                stage.offer["id"].as_str().unwrap()
            ),
            &offer,
        )
        .await
        .json(200);
    assert_eq!(stage.editor.get(&path).await.json(200)["has_unsubmitted_changes"], true);
    let mut cheaper = stage.input.clone();
    cheaper["items"][0]["price_minor"] = json!(100);
    let edited = stage.editor.put_newest(&path, &cheaper).await.json(200);
    assert_eq!(
        (&edited["state"], &edited["has_unsubmitted_changes"], &edited["title"]),
        (&json!("approved"), &json!(true), &json!("Stoneware at dusk"))
    );
    let same = |mut shown: Value| {
        shown["server_time"] = Value::Null;
        shown
    };
    assert_eq!(
        same(visitor.get(&format!("/api/v1/sales/{slug}")).await.json(200)),
        same(shown.clone())
    );

    // While the new revision is in review, and after it was rejected, the sale stays approved.
    let revision = submit(&stage.editor, &path).await;
    let side_by_side = stage
        .manager
        .get(&format!("{path}/revisions/{}", revision["id"].as_str().unwrap()))
        .await
        .json(200);
    assert_eq!(
        (&side_by_side["revision"]["title"], &side_by_side["approved"]["title"]),
        (&json!("Stoneware at dusk"), &json!("Stoneware at dawn"))
    );
    decide(&stage.manager, &path, &revision, "reject").await.json(200);
    let sale = stage.editor.get(&path).await.json(200);
    assert_eq!(
        (&sale["state"], &sale["last_decision"]["decision"]),
        (&json!("approved"), &json!("reject"))
    );
    assert_eq!(same(visitor.get(&format!("/api/v1/sales/{slug}")).await.json(200)), same(shown));

    let revision = submit(&stage.editor, &path).await;
    decide(&stage.manager, &path, &revision, "approve").await.json(200);
    let now_shown = visitor.get(&format!("/api/v1/sales/{slug}")).await.json(200);
    assert_eq!(
        (&now_shown["title"], &now_shown["items"][0]["price"]["amount"]),
        (&json!("Stoneware at dusk"), &json!(100))
    );
    assert_eq!(
        stage.editor.get(&format!("{path}/revisions")).await.json(200)["items"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_published_sale_keeps_its_mode_slug_items_and_taken_units() {
    let stage = Stage::set().await;
    let app = &stage.app;
    let (sale, path) = stage.approved().await;
    assert_eq!(
        stage
            .editor
            .put_newest(
                &path,
                &stage.with(&json!({"mode": "redirect", "redirect_url": "https://cart.example/"}))
            )
            .await
            .wrong_fields(),
        ["mode"]
    );
    assert_eq!(
        stage
            .editor
            .put_newest(&path, &stage.with(&json!({"slug": "another"})))
            .await
            .wrong_fields(),
        ["slug"]
    );
    let refused = stage
        .editor
        .put_newest(&path, &stage.with(&json!({"items": [stage.input["items"][0]]})))
        .await;
    assert_eq!(refused.wrong_fields(), ["items"]);
    assert!(refused.text.contains("Slate"), "{}", refused.text);

    // The capacity of a running sale cannot go below what is held and sold.
    app.platform.clock.advance(Duration::hours(2));
    let item: uuid::Uuid = sale["items"][0]["id"].as_str().unwrap().parse().unwrap();
    for _ in 0..3 {
        let request = HoldRequest {
            sale_slug: sale["slug"].as_str().unwrap().to_owned(),
            sale_item_id: smp::kernel::SaleItemId(item),
            account: AccountId::new(),
            quantity: 2,
            idempotency_key: "k".to_owned(),
            visit_id: None,
            wait: false,
            accept_fewer: false,
        };
        app.allocator.hold(request).await.unwrap();
    }
    let capacity = |capacity: i32| {
        let mut input = stage.input.clone();
        input["items"][0]["capacity"] = json!(capacity);
        input
    };
    stage.editor.put_newest(&path, &capacity(5)).await.json(200);
    let revision = submit(&stage.editor, &path).await;
    let refused = decide(&stage.manager, &path, &revision, "approve").await;
    assert!(
        refused.problem(409) == "capacity_below_taken" && refused.text.contains("6 of Sand"),
        "{}",
        refused.text
    );
    stage.editor.post(&format!("{path}/withdraw"), &json!({})).await.json(200);
    assert_eq!(stage.editor.get(&path).await.json(200)["state"], "approved");
    stage.editor.put_newest(&path, &capacity(6)).await.json(200);
    let revision = submit(&stage.editor, &path).await;
    decide(&stage.manager, &path, &revision, "approve").await.json(200);
    let sale = stage.editor.get(&path).await.json(200);
    assert_eq!(sale["items"][0]["stock"], json!({"capacity": 6, "held": 6, "sold": 0}));
    assert_eq!(sale["items"][0]["id"], json!(item), "an item keeps its id");
    let shown = app
        .anonymous()
        .get(&format!("/api/v1/sales/{}", sale["slug"].as_str().unwrap()))
        .await
        .json(200);
    assert_eq!((&shown["phase"], &shown["items"][0]["available"]), (&json!("live"), &json!(0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manager_halts_resumes_features_and_cancels() {
    let stage = Stage::set().await;
    let (_, draft) = stage.draft().await;
    let reason = json!({"reason": "A wrong price."});
    for action in ["halt", "cancel"] {
        assert_eq!(
            stage.manager.post(&format!("{draft}/{action}"), &reason).await.problem(409),
            "not_published"
        );
    }
    assert_eq!(
        stage
            .manager
            .put(&format!("{draft}/featured"), &json!({"featured": true}))
            .await
            .problem(409),
        "not_published"
    );
    let (sale, path) = stage.approved().await;
    let shop = format!("/api/v1/sales/{}", sale["slug"].as_str().unwrap());
    let visitor = stage.app.anonymous();

    assert_eq!(
        stage.manager.post(&format!("{path}/halt"), &json!({"reason": " "})).await.wrong_fields(),
        ["reason"]
    );
    let marketing = stage.app.staff("marketing").await;
    marketing.post(&format!("{path}/halt"), &reason).await.problem(403);
    let halted = stage.manager.post(&format!("{path}/halt"), &reason).await.json(200);
    assert_eq!(
        (&halted["state"], &halted["halt_reason"], &halted["phase"]),
        (&json!("halted"), &json!("A wrong price."), &Value::Null)
    );
    assert_eq!(visitor.get(&shop).await.json(200)["halted"], true);
    assert_eq!(stage.manager.post(&format!("{path}/halt"), &reason).await.problem(409), "halted");

    // A correction of a halted sale is approved while the sale stays halted.
    let mut right = stage.input.clone();
    right["items"][0]["price_minor"] = json!(4500);
    stage.editor.put_newest(&path, &right).await.json(200);
    let revision = submit(&stage.editor, &path).await;
    decide(&stage.manager, &path, &revision, "approve").await.json(200);
    assert_eq!(stage.editor.get(&path).await.json(200)["state"], "halted");
    assert_eq!(
        stage.manager.post(&format!("{path}/resume"), &json!({})).await.json(200)["state"],
        "approved"
    );
    assert_eq!(
        stage.manager.post(&format!("{path}/resume"), &json!({})).await.problem(409),
        "not_halted"
    );
    assert_eq!(audited_sale_actions(&stage).await, ["sale_halt", "sale_resume"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_sale_is_featured_at_a_time_and_a_cancelled_one_is_over() {
    let stage = Stage::set().await;
    let (_, path) = stage.approved().await;
    let reason = json!({"reason": "A wrong price."});
    let mut right = stage.input.clone();
    right["items"][0]["price_minor"] = json!(4500);
    let marketing = stage.app.staff("marketing").await;
    assert_eq!(
        marketing
            .put(
                &format!("{path}/featured"),
                &json!({
                    "featured": true,
                })
            )
            .await
            .json(200)["featured"],
        true
    );
    let (_, second) = stage.approved().await;
    marketing.put(&format!("{second}/featured"), &json!({"featured": true})).await.json(200);
    assert_eq!(stage.editor.get(&path).await.json(200)["featured"], false, "one at a time");
    marketing.post(&format!("{second}/cancel"), &reason).await.problem(403);

    stage.editor.put_newest(&second, &right).await.json(200);
    let open = submit(&stage.editor, &second).await;
    let cancelled = stage.manager.post(&format!("{second}/cancel"), &reason).await.json(200);
    assert_eq!(
        (&cancelled["state"], &cancelled["featured"], &cancelled["in_review"]),
        (&json!("cancelled"), &json!(false), &json!(false))
    );
    assert_eq!(
        decide(&stage.manager, &second, &open, "approve").await.problem(409),
        "already_decided"
    );
    assert_eq!(stage.editor.put_newest(&second, &right).await.problem(409), "cancelled");
    assert_eq!(
        stage.manager.post(&format!("{second}/cancel"), &reason).await.problem(409),
        "cancelled"
    );
    stage
        .app
        .anonymous()
        .get(&format!("/api/v1/sales/{}", cancelled["slug"].as_str().unwrap()))
        .await
        .problem(404);
    let events = stage.events().await;
    assert!(
        events.ends_with(&[
            json!("sale.submitted"),
            json!("sale.withdrawn"),
            json!("sale.cancelled")
        ]),
        "{events:?}"
    );
    let featured_displaced_featured = ["sale_feature"; 3];
    let audited = audited_sale_actions(&stage).await;
    assert_eq!(audited, [&featured_displaced_featured[..], &["sale_cancel"]].concat());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sale_featured_before_comes_back_unless_it_is_over() {
    let stage = Stage::set().await;
    let marketing = stage.app.staff("marketing").await;
    let feature = async |path: &str, featured: bool| {
        marketing.put(&format!("{path}/featured"), &json!({"featured": featured})).await.json(200)
    };
    let is_featured = async |path: &str| stage.editor.get(path).await.json(200)["featured"] == true;
    let [first, second, third] =
        [stage.approved().await.1, stage.approved().await.1, stage.approved().await.1];
    for path in [&first, &second, &third] {
        feature(path, true).await;
    }
    let shown = feature(&third, false).await;
    assert_eq!((&shown["featured"], &shown["featured_at"]), (&json!(false), &Value::Null));
    assert!(is_featured(&second).await && !is_featured(&first).await);
    feature(&third, false).await;
    assert!(is_featured(&second).await, "a repeat changes nothing");

    let reason = json!({"reason": "A wrong price."});
    stage.manager.post(&format!("{first}/cancel"), &reason).await.json(200);
    feature(&second, false).await;
    assert!(!is_featured(&first).await && !is_featured(&second).await);

    let slug = feature(&second, true).await["slug"].as_str().unwrap().to_owned();
    feature(&third, true).await;
    stage.manager.post(&format!("{third}/cancel"), &reason).await.json(200);
    let home = stage.app.anonymous().get("/").await;
    let (_, lead) = home.expect(200).split_once("class=\"feature\"").expect("a featured sale");
    let (lead, _) = lead.split_once("</section>").unwrap();
    assert!(lead.contains(&format!("/sales/{slug}\"")), "{lead}");

    let fourth = stage.approved().await.1;
    feature(&fourth, true).await;
    stage.advance(Duration::days(3));
    feature(&fourth, false).await;
    assert!(!is_featured(&second).await, "it has ended");
}

async fn audited_sale_actions(stage: &Stage) -> Vec<Value> {
    stage
        .app
        .query(
            "SELECT to_jsonb(action) FROM audit_log
             WHERE action IN ('sale_halt', 'sale_resume', 'sale_cancel', 'sale_feature')
             ORDER BY created_at",
        )
        .await
}
