//! The proof of inventory: stock never exceeds what a manager verified.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{
    client::Answer,
    sales::decide,
    stage::Stage,
    supply::{ready_picture, upload},
};

impl Stage {
    /// Approves a revision with these verified quantities.
    async fn approve_with(&self, path: &str, revision: &Value, verified: &Value) -> Answer {
        let body = json!({
            "decision": "approve",
            "reason": "Counted.",
            "content_hash": revision["content_hash"],
            "verified": verified,
        });
        self.manager
            .post(&format!("{path}/revisions/{}/decision", revision["id"].as_str().unwrap()), &body)
            .await
    }
}

/// A PDF uploaded as evidence, and its path.
async fn stock_list(stage: &Stage) -> (Value, String) {
    let pdf = upload(
        &stage.editor,
        stage.tenant,
        "stock list.pdf",
        "application/pdf",
        b"%PDF-1.4\n%%EOF\n".to_vec(),
    )
    .await;
    let pdf_path =
        format!("/api/v1/providers/{}/assets/{}", stage.tenant, pdf["id"].as_str().unwrap());
    stage.editor.post(&format!("{pdf_path}/complete"), &json!({})).await.json(200);
    (pdf, pdf_path)
}

#[tokio::test(flavor = "multi_thread")]
async fn stock_never_exceeds_what_a_manager_verified() {
    let stage = Stage::set().await;
    let app = &stage.app;
    let picture = ready_picture(&stage.editor, stage.tenant).await;
    let (pdf, pdf_path) = stock_list(&stage).await;
    let mut input = stage.with_item(
        "while_supplies_last",
        &json!({
            "guaranteed_quantity": 30,
            "evidence": "Counted on Monday: 30 boxes.",
            "evidence_asset_id": pdf["id"],
        }),
    );
    input["items"][1]["evidence_asset_id"] = picture["id"].clone();
    let (path, revision) = stage.submitted(&input).await;
    let item = &revision["content"]["items"][0];
    assert_eq!(
        (&item["guaranteed_quantity"], &item["evidence"]),
        (&json!(30), &json!("Counted on Monday: 30 boxes."))
    );
    let original = stage.manager.get(&format!("{pdf_path}/original")).await;
    assert_eq!(
        (original.expect(200), original.headers["content-disposition"].to_str().unwrap()),
        ("%PDF-1.4\n%%EOF\n", "attachment; filename*=UTF-8''stock%20list.pdf")
    );
    app.shopper("mara").await.get(&format!("{pdf_path}/original")).await.problem(404);
    assert_eq!(
        stage.editor.delete(&pdf_path).await.problem(409),
        "asset_in_use",
        "evidence stays while it is reviewed"
    );

    // Less than the capacity is not approved, and the answer names item and remedy.
    let id = |nth: usize| revision["content"]["items"][nth]["sale_item_id"].clone();
    let refused = stage
        .approve_with(&path, &revision, &json!([{"sale_item_id": id(0), "quantity": 12}]))
        .await;
    assert_eq!(refused.problem(409), "capacity_above_verified");
    assert!(
        refused.text.contains("20 of Sand would be on sale, but only 12 are verified")
            && refused.text.contains("at most 12"),
        "{}",
        refused.text
    );
    let wrong = json!([
        {"sale_item_id": Uuid::now_v7(), "quantity": 1},
        {"sale_item_id": id(0), "quantity": -1},
        {"sale_item_id": id(0), "quantity": 20},
    ]);
    let fields = stage.approve_with(&path, &revision, &wrong).await.wrong_fields();
    assert_eq!(
        fields,
        ["verified.0.sale_item_id", "verified.1.quantity", "verified.2.sale_item_id"]
    );
    let unasked = json!({
        "decision": "reject",
        "reason": "No.",
        "content_hash": revision["content_hash"],
        "verified": [{"sale_item_id": id(0), "quantity": 1}],
    });
    let decision = format!("{path}/revisions/{}/decision", revision["id"].as_str().unwrap());
    assert_eq!(stage.manager.post(&decision, &unasked).await.wrong_fields(), ["verified"]);
    assert_eq!(stage.editor.get(&path).await.json(200)["state"], "submitted");

    // What is said is kept, and told; what is not said is the capacity.
    stage
        .approve_with(&path, &revision, &json!([{"sale_item_id": id(0), "quantity": 28}]))
        .await
        .json(200);
    let sale = stage.editor.get(&path).await.json(200);
    assert_eq!(
        (&sale["items"][0]["verified_quantity"], &sale["items"][1]["verified_quantity"]),
        (&json!(28), &json!(5))
    );
    let told = &app.told("sale.stock_verified").await[0];
    assert_eq!(
        (
            &told["items"][0]["verified_quantity"],
            &told["items"][0]["guaranteed_quantity"],
            &told["note"]
        ),
        (&json!(28), &json!(30), &json!("Counted."))
    );
    let audited = app
        .query(
            "SELECT details->'items'->0->'verified_quantity' FROM audit_log
             WHERE action = 'stock_verify'",
        )
        .await;
    assert_eq!(audited, [json!(28)]);
    // The database holds it too.
    let mut tx = app.platform.db.tenant(stage.tenant).await.unwrap();
    let broken = sqlx::query("UPDATE stock SET capacity = verified + 1")
        .execute(&mut *tx)
        .await
        .unwrap_err();
    assert!(broken.to_string().contains("stock_verified_check"), "{broken}");
    drop(tx);
    app.run_jobs().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cap_is_verified_like_stock_and_a_redirect_sale_is_not() {
    let stage = Stage::set().await;
    let (path, revision) = stage.submitted(&stage.aggregated()).await;
    let cap =
        json!([{"sale_item_id": revision["content"]["items"][0]["sale_item_id"], "quantity": 19}]);
    assert_eq!(
        stage.approve_with(&path, &revision, &cap).await.problem(409),
        "capacity_above_verified"
    );
    let redirect =
        stage.with(&json!({"mode": "redirect", "redirect_url": "https://cart.example/buy"}));
    let (path, revision) = stage.submitted(&redirect).await;
    let one =
        json!([{"sale_item_id": revision["content"]["items"][0]["sale_item_id"], "quantity": 20}]);
    assert_eq!(
        stage.approve_with(&path, &revision, &one).await.wrong_fields(),
        ["verified.0.quantity"]
    );
    decide(&stage.manager, &path, &revision, "approve").await.json(200);
    stage.app.run_jobs().await;
}
