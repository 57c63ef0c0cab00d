//! A sale's way: drafted, submitted, sent back, approved, shown, edited, halted, cancelled. What is
//! approved is what is shown.

use serde_json::{Value, json};
use smp::{
    kernel::{AccountId, TenantId},
    platform::broker::Notice,
    sales::{Content, SaleMode},
    stock::HoldRequest,
};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

use crate::support::{
    Client, TestApp,
    sales::{decide, plain_offer, sale_input, sale_path, submit},
};

/// A provider with an editor, SMP's manager, an offer, and a hosted sale's draft that starts in an
/// hour and ends in a day.
struct Stage {
    app: TestApp,
    tenant: TenantId,
    editor: Client,
    manager: Client,
    offer: Value,
    input: Value,
}

impl Stage {
    async fn set() -> Self {
        let app = TestApp::start().await;
        let tenant = app.provider("kiln").await;
        let (editor, manager) = (app.member(tenant, "editor").await, app.staff("manager").await);
        let offer = plain_offer(&editor, tenant).await;
        let now = app.platform.clock.now();
        let input =
            sale_input(&offer, SaleMode::Hosted, now + Duration::hours(1), now + Duration::days(1));
        Self { app, tenant, editor, manager, offer, input }
    }

    fn sales(&self) -> String {
        format!("/api/v1/providers/{}/sales", self.tenant)
    }

    /// The sale's draft and its path.
    async fn draft(&self) -> (Value, String) {
        let sale = self.editor.post(&self.sales(), &self.input).await.json(201);
        let path = sale_path(self.tenant, &sale);
        (sale, path)
    }

    /// The sale, approved, and its path.
    async fn approved(&self) -> (Value, String) {
        let (_, path) = self.draft().await;
        let revision = submit(&self.editor, &path).await;
        decide(&self.manager, &path, &revision, "approve").await.json(200);
        (self.editor.get(&path).await.json(200), path)
    }

    async fn events(&self) -> Vec<Value> {
        self.app
            .query("SELECT to_jsonb(type) FROM events WHERE type LIKE 'sale.%' ORDER BY sequence")
            .await
    }

    /// The input with some of its fields changed.
    fn with(&self, changes: &Value) -> Value {
        let mut input = self.input.clone();
        for (name, value) in changes.as_object().unwrap() {
            input[name] = value.clone();
        }
        input
    }
}

fn at(time: OffsetDateTime) -> String {
    time.format(&Rfc3339).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sale_goes_from_draft_to_the_shelf() {
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
    assert_eq!(stage.editor.put(&path, &stage.input).await.problem(409), "already_submitted");
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

    stage.editor.put(&path, &stage.with(&json!({"hold_seconds": 300}))).await.json(200);
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
async fn what_is_approved_is_shown_whatever_is_edited_later() {
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

    // The offer, then the sale: neither shows.
    let mut offer = stage.offer.clone();
    let assets = json!([]);
    let items: Vec<Value> = offer["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| json!({"id": item["id"], "sku": item["sku"], "name": "Renamed", "attributes": {}, "price_minor": 4000}))
        .collect();
    offer = json!({"title": "Stoneware at dusk", "summary": "", "description": "", "terms": "", "currency": "EUR", "items": items, "asset_ids": assets});
    stage
        .editor
        .put(
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
    let edited = stage.editor.put(&path, &cheaper).await.json(200);
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

    // In review, and when it is turned down, the sale stays approved and on the shelf.
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
async fn a_decision_is_on_the_content_that_was_read() {
    let stage = Stage::set().await;
    let (_, path) = stage.draft().await;
    let revision = submit(&stage.editor, &path).await;
    let decision = format!("{path}/revisions/{}/decision", revision["id"].as_str().unwrap());
    let stale = json!({"decision": "approve", "content_hash": "0000"});
    assert_eq!(stage.manager.post(&decision, &stale).await.problem(409), "content_changed");
    for verdict in ["request_changes", "reject"] {
        let silent =
            json!({"decision": verdict, "reason": " ", "content_hash": revision["content_hash"]});
        assert_eq!(stage.manager.post(&decision, &silent).await.wrong_fields(), ["reason"]);
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
    stage
        .manager
        .post(&decision, &json!({"decision": "approve", "content_hash": revision["content_hash"]}))
        .await
        .json(200);

    // The hash is that of the stored content, and does not hang on the order of its keys.
    let stored =
        stage.app.query("SELECT jsonb_build_array(content, content_hash) FROM revisions").await;
    let content: Content = serde_json::from_value(stored[0][0].clone()).unwrap();
    assert_eq!(stored[0][1], content.hash());
    let audit =
        stage.app.query("SELECT details FROM audit_log WHERE action = 'review_decide'").await;
    assert_eq!((audit.len(), &audit[0]["content_hash"]), (1, &stored[0][1]));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_queue_shows_the_longest_wait_first() {
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
    assert_eq!(
        (&queue["open_count"], &queue["items"][0]["revision"]["tenant"]["name"]),
        (&json!(2), &json!("Loom"))
    );
    assert!(queue["items"][0]["age_seconds"].as_i64().unwrap() >= 600);
    let next = stage
        .manager
        .get(&format!("/api/v1/reviews?cursor={}", queue["next_cursor"].as_str().unwrap()))
        .await
        .json(200);
    assert_eq!(
        (&next["items"][0]["revision"]["id"], &next["next_cursor"]),
        (&revision["id"], &Value::Null)
    );
    assert!(next["items"][0]["revision"].get("content").is_none(), "a list carries no content");
    stage.editor.get("/api/v1/reviews").await.problem(403);

    let taken_back = stage.editor.post(&format!("{path}/withdraw"), &json!({})).await.json(200);
    assert_eq!((&taken_back["state"], &taken_back["in_review"]), (&json!("draft"), &json!(false)));
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
async fn bad_input_names_the_field_and_the_remedy() {
    let stage = Stage::set().await;
    let now = stage.app.platform.clock.now();
    let [one, two] = [&stage.input["items"][0], &stage.input["items"][1]];
    let changed = |field: &str, value: Value| {
        let mut item = one.clone();
        item[field] = value;
        json!({"items": [item]})
    };
    let elsewhere = stage.app.provider("loom").await;
    let foreign = plain_offer(&stage.app.member(elsewhere, "owner").await, elsewhere).await;
    for (changes, field) in [
        (json!({"ends_at": stage.input["starts_at"]}), "ends_at"),
        (json!({"ends_at": at(now + Duration::days(62))}), "ends_at"),
        (json!({"starts_at": "tomorrow"}), "starts_at"),
        (json!({"hold_seconds": 29}), "hold_seconds"),
        (json!({"hold_seconds": 3601}), "hold_seconds"),
        (json!({"kind": "lottery"}), "kind"),
        (json!({"mode": "auction"}), "mode"),
        (json!({"slug": "Not a slug"}), "slug"),
        (json!({"countries": ["DE", "Atlantis"]}), "countries.1"),
        (json!({"items": []}), "items"),
        (json!({"items": [one, two, one]}), "items.2.item_id"),
        (changed("item_id", foreign["items"][0]["id"].clone()), "items.0.item_id"),
        (changed("price_minor", json!(0)), "items.0.price_minor"),
        (changed("capacity", json!(0)), "items.0.capacity"),
        (changed("limit_per_shopper", json!(1001)), "items.0.limit_per_shopper"),
        (json!({"offer_id": foreign["id"]}), "offer_id"),
        (json!({"redirect_url": "https://cart.example/buy"}), "redirect_url"),
        (json!({"state": "approved"}), "state"),
    ] {
        assert_eq!(
            stage.editor.post(&stage.sales(), &stage.with(&changes)).await.wrong_fields(),
            [field],
            "{changes}"
        );
    }
    for url in [
        json!(null),
        json!("not a url"),
        json!("https://evil.example/buy"),
        json!("https://cart.example.evil.example/"),
        json!("javascript:alert(1)"),
    ] {
        let refused = stage
            .editor
            .post(&stage.sales(), &stage.with(&json!({"mode": "redirect", "redirect_url": url})))
            .await;
        assert_eq!(refused.wrong_fields(), ["redirect_url"], "{url}");
    }
    let refused = stage
        .editor
        .post(
            &stage.sales(),
            &stage.with(&json!({"mode": "redirect", "redirect_url": "https://evil.example/"})),
        )
        .await;
    assert!(
        refused.text.contains("https://cart.example"),
        "the approved origins are named: {}",
        refused.text
    );
    stage.editor.post(&stage.sales(), &stage.with(&json!({"slug": "taken"}))).await.json(201);
    assert_eq!(
        stage
            .editor
            .post(&stage.sales(), &stage.with(&json!({"slug": "taken"})))
            .await
            .wrong_fields(),
        ["slug"]
    );
    assert_eq!(
        stage.editor.get(&stage.sales()).await.json(200)["items"].as_array().unwrap().len(),
        1,
        "what was refused left nothing behind"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_can_be_sold_is_submitted_and_approved() {
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
    assert_eq!(stage.editor.put(&path, &stage.input).await.problem(409), "rejected");
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

#[tokio::test(flavor = "multi_thread")]
async fn what_shoppers_rely_on_stays_in_a_published_sale() {
    let stage = Stage::set().await;
    let app = &stage.app;
    let (sale, path) = stage.approved().await;
    assert_eq!(
        stage
            .editor
            .put(
                &path,
                &stage.with(&json!({"mode": "redirect", "redirect_url": "https://cart.example/"}))
            )
            .await
            .wrong_fields(),
        ["mode"]
    );
    assert_eq!(
        stage.editor.put(&path, &stage.with(&json!({"slug": "another"}))).await.wrong_fields(),
        ["slug"]
    );
    let refused =
        stage.editor.put(&path, &stage.with(&json!({"items": [stage.input["items"][0]]}))).await;
    assert_eq!(refused.wrong_fields(), ["items"]);
    assert!(refused.text.contains("Slate"), "{}", refused.text);

    // The running sale keeps its start, and its capacity cannot go below what is taken.
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
    stage.editor.put(&path, &capacity(5)).await.json(200);
    let revision = submit(&stage.editor, &path).await;
    let refused = decide(&stage.manager, &path, &revision, "approve").await;
    assert!(
        refused.problem(409) == "capacity_below_taken" && refused.text.contains("6 of Sand"),
        "{}",
        refused.text
    );
    stage.editor.post(&format!("{path}/withdraw"), &json!({})).await.json(200);
    assert_eq!(stage.editor.get(&path).await.json(200)["state"], "approved");
    stage.editor.put(&path, &capacity(6)).await.json(200);
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
    let because = json!({"reason": "A wrong price."});
    for deed in ["halt", "cancel"] {
        assert_eq!(
            stage.manager.post(&format!("{draft}/{deed}"), &because).await.problem(409),
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
    stage.editor.post(&format!("{path}/halt"), &because).await.problem(403);
    let halted = stage.manager.post(&format!("{path}/halt"), &because).await.json(200);
    assert_eq!(
        (&halted["state"], &halted["halt_reason"], &halted["phase"]),
        (&json!("halted"), &json!("A wrong price."), &Value::Null)
    );
    assert_eq!(visitor.get(&shop).await.json(200)["halted"], true);
    assert_eq!(stage.manager.post(&format!("{path}/halt"), &because).await.problem(409), "halted");

    // A halted sale can be put right: its correction is approved while it stays halted.
    let mut right = stage.input.clone();
    right["items"][0]["price_minor"] = json!(4500);
    stage.editor.put(&path, &right).await.json(200);
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

    let marketing = stage.app.staff("marketing").await;
    assert_eq!(
        marketing.put(&format!("{path}/featured"), &json!({"featured": true})).await.json(200)["featured"],
        true
    );
    let (_, second) = stage.approved().await;
    marketing.put(&format!("{second}/featured"), &json!({"featured": true})).await.json(200);
    assert_eq!(stage.editor.get(&path).await.json(200)["featured"], false, "one at a time");
    marketing.post(&format!("{second}/cancel"), &because).await.problem(403);

    stage.editor.put(&second, &right).await.json(200);
    let open = submit(&stage.editor, &second).await;
    let cancelled = stage.manager.post(&format!("{second}/cancel"), &because).await.json(200);
    assert_eq!(
        (&cancelled["state"], &cancelled["featured"], &cancelled["in_review"]),
        (&json!("cancelled"), &json!(false), &json!(false))
    );
    assert_eq!(
        decide(&stage.manager, &second, &open, "approve").await.problem(409),
        "already_decided"
    );
    assert_eq!(stage.editor.put(&second, &right).await.problem(409), "cancelled");
    assert_eq!(
        stage.manager.post(&format!("{second}/cancel"), &because).await.problem(409),
        "cancelled"
    );
    visitor
        .get(&format!("/api/v1/sales/{}", cancelled["slug"].as_str().unwrap()))
        .await
        .problem(404);
    let deeds = stage.events().await;
    assert!(
        deeds.ends_with(&[
            json!("sale.submitted"),
            json!("sale.withdrawn"),
            json!("sale.cancelled")
        ]),
        "{deeds:?}"
    );
    let audited = stage
        .app
        .query("SELECT to_jsonb(action) FROM audit_log WHERE action IN ('sale_halt', 'sale_resume', 'sale_cancel', 'sale_feature') ORDER BY created_at")
        .await;
    assert_eq!(
        audited,
        ["sale_halt", "sale_resume", "sale_feature", "sale_feature", "sale_cancel"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_searched_filtered_and_paged() {
    let stage = Stage::set().await;
    let (approved, _) = stage.approved().await;
    let (draft, _) = stage.draft().await;
    let ids = |page: &Value| {
        page["items"].as_array().unwrap().iter().map(|sale| sale["id"].clone()).collect::<Vec<_>>()
    };
    let page = stage.editor.get(&format!("{}?limit=1", stage.sales())).await.json(200);
    assert_eq!(ids(&page), [draft["id"].clone()]);
    let next = stage
        .editor
        .get(&format!("{}?limit=1&cursor={}", stage.sales(), page["next_cursor"].as_str().unwrap()))
        .await
        .json(200);
    assert_eq!((ids(&next), &next["next_cursor"]), (vec![approved["id"].clone()], &Value::Null));
    for (query, expected) in [
        ("state=approved", vec![&approved]),
        ("state=halted", vec![]),
        ("q=at%20dawn", vec![&draft, &approved]),
        ("q=STONEWARE", vec![&draft, &approved]),
        ("q=%25", vec![]),
        ("q=porcelain", vec![]),
    ] {
        let found = stage.editor.get(&format!("{}?{query}", stage.sales())).await.json(200);
        assert_eq!(
            ids(&found),
            expected.iter().map(|sale| sale["id"].clone()).collect::<Vec<_>>(),
            "{query}"
        );
    }
    assert_eq!(
        stage.editor.get(&format!("{}?state=sold", stage.sales())).await.wrong_fields(),
        ["state"]
    );

    let overview = "/api/v1/sales-overview";
    for (query, count) in [
        ("", 2),
        ("q=kiln", 2),
        ("phase=countdown", 1),
        ("phase=live", 0),
        ("state=draft&q=stone", 1),
        ("q=nobody", 0),
    ] {
        assert_eq!(
            ids(&stage.manager.get(&format!("{overview}?{query}")).await.json(200)).len(),
            count,
            "{query}"
        );
    }
    stage.app.platform.clock.advance(Duration::hours(2));
    assert_eq!(
        ids(&stage.manager.get(&format!("{overview}?phase=live")).await.json(200)),
        [approved["id"].clone()]
    );
    stage.app.query("UPDATE stock SET sold = capacity RETURNING to_jsonb(sold)").await;
    assert_eq!(
        ids(&stage.manager.get(&format!("{overview}?phase=sold_out")).await.json(200)),
        [approved["id"].clone()]
    );
    let shown = stage
        .app
        .anonymous()
        .get(&format!("/api/v1/sales/{}", approved["slug"].as_str().unwrap()))
        .await
        .json(200);
    assert_eq!(shown["phase"], "sold_out", "both ways to the phase agree");
    stage.editor.get(overview).await.problem(403);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_access_point_is_a_short_link_until_it_is_retired() {
    let stage = Stage::set().await;
    let (_, path) = stage.draft().await;
    let points = format!("{path}/access-points");
    let made = stage
        .editor
        .post(&points, &json!({"placement": "newsletter", "name": " November letter "}))
        .await
        .json(201);
    let code = made["code"].as_str().unwrap();
    assert_eq!(
        (code.len(), &made["name"], &made["state"]),
        (8, &json!("November letter"), &json!("active"))
    );
    assert_eq!(made["url"], format!("{}/a/{code}", stage.app.platform.config.base_url));
    let landing = stage
        .editor
        .post(&points, &json!({"placement": "landing", "name": "Campaign"}))
        .await
        .json(201);
    assert_eq!(
        landing["url"],
        format!("{}/l/{}", stage.app.platform.config.base_url, landing["code"].as_str().unwrap())
    );
    stage
        .app
        .query("DELETE FROM access_points WHERE placement = 'landing' RETURNING to_jsonb(code)")
        .await;
    assert_eq!(
        stage
            .editor
            .post(&points, &json!({"placement": "billboard", "name": ""}))
            .await
            .wrong_fields(),
        ["placement"]
    );
    assert_eq!(
        stage.editor.post(&points, &json!({"placement": "other", "name": ""})).await.wrong_fields(),
        ["name"]
    );
    stage
        .app
        .staff("marketing")
        .await
        .post(&points, &json!({"placement": "social", "name": "Post"}))
        .await
        .json(201);
    stage
        .app
        .member(stage.tenant, "analyst")
        .await
        .post(&points, &json!({"placement": "social", "name": "Post"}))
        .await
        .problem(403);
    let retire = format!("{points}/{}/retire", made["id"].as_str().unwrap());
    for _ in 0..2 {
        assert_eq!(stage.editor.post(&retire, &json!({})).await.json(200)["state"], "retired");
    }
    let list = stage.editor.get(&points).await.json(200);
    assert_eq!(
        list["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|point| point["state"].as_str().unwrap())
            .collect::<Vec<_>>(),
        ["active", "retired"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn another_providers_sale_does_not_exist() {
    let stage = Stage::set().await;
    let (sale, path) = stage.approved().await;
    let revision =
        stage.editor.get(&format!("{path}/revisions")).await.json(200)["items"][0].clone();
    let other = stage.app.provider("loom").await;
    let thief = stage.app.member(other, "owner").await;
    thief.get(&path).await.problem(404);
    thief.put(&path, &stage.input).await.problem(404);
    // Their own tenant in the path, our sale behind it.
    let borrowed = sale_path(other, &sale);
    thief.get(&borrowed).await.problem(404);
    assert_eq!(thief.put(&borrowed, &stage.input).await.problem(404), "not_found");
    for deed in ["submit", "withdraw"] {
        thief.post(&format!("{borrowed}/{deed}"), &json!({})).await.problem(404);
    }
    thief.get(&format!("{borrowed}/revisions")).await.problem(404);
    thief.get(&format!("{borrowed}/access-points")).await.problem(404);
    thief
        .post(&format!("{borrowed}/access-points"), &json!({"placement": "other", "name": "x"}))
        .await
        .problem(404);
    let because = json!({"reason": "Why not."});
    stage.manager.post(&format!("{borrowed}/halt"), &because).await.problem(404);
    stage
        .manager
        .put(&format!("{borrowed}/featured"), &json!({"featured": true}))
        .await
        .problem(404);
    decide(&stage.manager, &borrowed, &revision, "approve").await.problem(404);
    // Our revision behind another sale of ours.
    let (_, second) = stage.draft().await;
    stage
        .manager
        .get(&format!("{second}/revisions/{}", revision["id"].as_str().unwrap()))
        .await
        .problem(404);
    decide(&stage.manager, &second, &revision, "approve").await.problem(404);
}
