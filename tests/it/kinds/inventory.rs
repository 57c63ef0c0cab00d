//! The proof of inventory: stock never exceeds what a manager verified.

use serde_json::{Value, json};
use time::Duration;
use uuid::Uuid;

use crate::support::{
    client::Answer,
    sales::{decide_proofs, submit, verify},
    stage::{Stage, at, texts},
    supply::{ready_picture, upload},
};

impl Stage {
    /// Approves a revision, without a word on its proofs.
    async fn approve_only(&self, path: &str, revision: &Value) -> Answer {
        let body = json!({
            "decision": "approve",
            "reason": "Counted.",
            "content_hash": revision["content_hash"],
        });
        self.manager
            .post(&format!("{path}/revisions/{}/decision", revision["id"].as_str().unwrap()), &body)
            .await
    }

    /// Verifies these quantities of a revision's items, in their order.
    async fn verify(&self, path: &str, revision: &Value, quantities: &[i64]) -> Answer {
        let items = revision["content"]["items"].as_array().unwrap().iter().zip(quantities);
        let proof = |(item, quantity): (&Value, &i64)| json!({"sale_item_id": item["sale_item_id"], "decision": "verify", "quantity": quantity});
        decide_proofs(&self.manager, path, revision, items.map(proof).collect()).await
    }

    async fn proofs(&self, path: &str, revision: &Value) -> Value {
        let path = format!("{path}/revisions/{}/proofs", revision["id"].as_str().unwrap());
        self.editor.get(&path).await.json(200)["items"].clone()
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

    // Nothing is approved before it is verified.
    let id = |nth: usize| revision["content"]["items"][nth]["sale_item_id"].clone();
    assert_eq!(stage.proofs(&path, &revision).await[0]["state"], "open");
    assert_eq!(stage.approve_only(&path, &revision).await.problem(409), "proof_not_verified");

    // Less than the capacity is not approved, and the answer names item and remedy.
    stage.verify(&path, &revision, &[12, 5]).await.json(200);
    let refused = stage.approve_only(&path, &revision).await;
    assert_eq!(refused.problem(409), "capacity_above_verified");
    assert!(
        refused.text.contains("20 of Sand would be on sale, but only 12 are verified")
            && refused.text.contains("at most 12"),
        "{}",
        refused.text
    );
    let wrong = vec![
        json!({"sale_item_id": Uuid::now_v7(), "decision": "verify", "quantity": 1}),
        json!({"sale_item_id": id(0), "decision": "verify", "quantity": -1}),
        json!({"sale_item_id": id(0), "decision": "refuse", "quantity": 20}),
        json!({"sale_item_id": id(1), "decision": "verify"}),
    ];
    let fields = decide_proofs(&stage.manager, &path, &revision, wrong).await.wrong_fields();
    assert_eq!(
        fields,
        [
            "proofs.0.sale_item_id",
            "proofs.1.quantity",
            "proofs.2.sale_item_id",
            "proofs.2.quantity",
            "proofs.2.reason",
            "proofs.3.quantity"
        ]
    );
    let editors = decide_proofs(&stage.editor, &path, &revision, vec![]).await;
    assert_eq!(editors.problem(403), "forbidden");
    assert_eq!(stage.editor.get(&path).await.json(200)["state"], "submitted");

    // What is said is kept, and told.
    stage.verify(&path, &revision, &[30, 6]).await.json(200);
    stage.approve_only(&path, &revision).await.json(200);
    let sale = stage.editor.get(&path).await.json(200);
    assert_eq!(
        (&sale["items"][0]["verified_quantity"], &sale["items"][1]["verified_quantity"]),
        (&json!(30), &json!(6))
    );
    let told = &app.told("sale.stock_verified").await[0];
    assert_eq!(
        (
            &told["items"][0]["verified_quantity"],
            &told["items"][0]["guaranteed_quantity"],
            &told["note"]
        ),
        (&json!(30), &json!(30), &json!("Counted."))
    );
    let audited = app
        .query(
            "SELECT details->'items'->0->'verified_quantity' FROM audit_log
             WHERE action = 'stock_verify'",
        )
        .await;
    assert_eq!(audited, [json!(30)]);
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
async fn a_cap_is_verified_like_stock_and_so_is_a_redirect_sale() {
    let stage = Stage::set().await;
    let (path, revision) = stage.submitted(&stage.aggregated()).await;
    assert_eq!(stage.proofs(&path, &revision).await[0]["guaranteed_quantity"], Value::Null);
    stage.verify(&path, &revision, &[19, 5]).await.json(200);
    assert_eq!(stage.approve_only(&path, &revision).await.problem(409), "capacity_above_verified");
    let redirect =
        stage.with(&json!({"mode": "redirect", "redirect_url": "https://cart.example/buy"}));
    let (path, revision) = stage.submitted(&redirect).await;
    assert_eq!(stage.approve_only(&path, &revision).await.problem(409), "proof_not_verified");
    stage.verify(&path, &revision, &[20, 5]).await.json(200);
    stage.approve_only(&path, &revision).await.json(200);
    assert_eq!(stage.proofs(&path, &revision).await[0]["verified_quantity"], 20);
    stage.app.run_jobs().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sale_without_evidence_is_not_submitted() {
    let stage = Stage::set().await;
    let submit_without = async |mut input: Value, changes: Value| {
        for item in input["items"].as_array_mut().unwrap() {
            item.as_object_mut().unwrap().remove("evidence");
        }
        for (name, value) in changes.as_object().unwrap() {
            input["items"][0][name] = value.clone();
        }
        let sale = stage.editor.post(&stage.sales(), &input).await.json(201);
        let path = format!("{}/{}", stage.sales(), sale["id"].as_str().unwrap());
        stage.editor.post(&format!("{path}/submit"), &json!({})).await
    };
    let redirect =
        stage.with(&json!({"mode": "redirect", "redirect_url": "https://cart.example/buy"}));
    for input in [stage.input.clone(), redirect] {
        let refused = submit_without(input, json!({})).await;
        assert_eq!(refused.wrong_fields(), ["items.0.evidence", "items.1.evidence"]);
        assert!(refused.text.contains("Say how 20 of Sand can be guaranteed"), "{}", refused.text);
    }
    let (pdf, _) = stock_list(&stage).await;
    let document = json!({"evidence_asset_id": pdf["id"]});
    let input = stage.input.clone();
    assert_eq!(submit_without(input, document.clone()).await.wrong_fields(), ["items.1.evidence"]);
    // What is made to order needs words.
    let refused = submit_without(stage.aggregated(), document).await;
    assert_eq!(refused.wrong_fields(), ["items.0.evidence", "items.1.evidence"]);
    assert!(refused.text.contains("shipped within 7 days"), "{}", refused.text);

    // A figure counts for a week.
    let sku = |nth: usize| stage.offer["items"][nth]["sku"].as_str().unwrap();
    let figure =
        |nth: usize| format!("/api/v1/providers/{}/stock-figures/{}", stage.tenant, sku(nth));
    stage.editor.put(&figure(0), &json!({"quantity": 40})).await.json(200);
    let input = stage.with(&json!({"starts_at": later(&stage, 8), "ends_at": later(&stage, 9)}));
    stage.advance(Duration::days(6));
    stage.editor.put(&figure(1), &json!({"quantity": 9})).await.json(200);
    submit_without(input.clone(), json!({})).await.json(200);
    stage.advance(Duration::days(1));
    assert_eq!(submit_without(input, json!({})).await.wrong_fields(), ["items.0.evidence"]);
}

fn later(stage: &Stage, days: i64) -> String {
    at(stage.app.platform.clock.now() + Duration::days(days))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_proof_is_told_and_answered_with_other_evidence() {
    let stage = Stage::set().await;
    let owner = stage.app.member(stage.tenant, "owner").await;
    let (path, revision) = stage.submitted(&stage.input).await;
    let id = &revision["content"]["items"][0]["sale_item_id"];
    let refusal =
        json!({"sale_item_id": id, "decision": "refuse", "reason": "The list is of last year."});
    stage.verify(&path, &revision, &[20, 5]).await.json(200);
    decide_proofs(&stage.manager, &path, &revision, vec![refusal]).await.json(200);
    let refused = stage.approve_only(&path, &revision).await;
    assert_eq!(refused.problem(409), "proof_refused");
    let proof = &stage.proofs(&path, &revision).await[0];
    assert_eq!(
        (&proof["state"], &proof["reason"]),
        (&json!("refused"), &json!("The list is of last year."))
    );
    let emails = stage.emails("proof_not_accepted").await;
    assert_eq!(emails.len(), 2, "owner and editor: {emails:?}");
    assert!(texts(&emails).contains("The list is of last year."));
    drop(owner);

    stage.editor.post(&format!("{path}/withdraw"), &json!({})).await.json(200);
    let mut input = stage.input.clone();
    input["items"][0]["evidence"] = json!("Counted again today.");
    stage.editor.put_newest(&path, &input).await.json(200);
    let revision = submit(&stage.editor, &path).await;
    let states = stage.proofs(&path, &revision).await;
    assert_eq!((&states[0]["state"], &states[1]["state"]), (&json!("open"), &json!("open")));
    verify(&stage.manager, &path, &revision).await.json(200);
    stage.approve_only(&path, &revision).await.json(200);
    stage.app.run_jobs().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_reopens_only_the_proofs_it_concerns() {
    let stage = Stage::set().await;
    let (path, revision) = stage.submitted(&stage.input).await;
    stage.verify(&path, &revision, &[25, 5]).await.json(200);
    stage.approve_only(&path, &revision).await.json(200);
    let states = async |input: &Value| {
        stage.editor.put_newest(&path, input).await.json(200);
        let revision = submit(&stage.editor, &path).await;
        let proofs = stage.proofs(&path, &revision).await;
        stage.editor.post(&format!("{path}/withdraw"), &json!({})).await.json(200);
        [proofs[0]["state"].clone(), proofs[1]["state"].clone()]
    };
    let (open, verified) = (json!("open"), json!("verified"));
    let other_hold = stage.with(&json!({"hold_seconds": 300}));
    assert_eq!(states(&other_hold).await, [verified.clone(), verified.clone()]);
    let mut other = stage.input.clone();
    other["items"][0]["evidence"] = json!("Another list.");
    assert_eq!(states(&other).await, [open.clone(), verified.clone()]);
    let mut more = stage.input.clone();
    more["items"][1]["guaranteed_quantity"] = json!(6);
    assert_eq!(states(&more).await, [verified, open]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_units_are_never_guaranteed_to_two_sales_at_once() {
    let stage = Stage::set().await;
    let (first_path, first) = stage.submitted(&stage.input).await;
    stage.verify(&first_path, &first, &[20, 5]).await.json(200);
    let (second_path, second) = stage.submitted(&stage.input).await;
    stage.verify(&second_path, &second, &[20, 5]).await.json(200);

    // Two managers at once: one of them is refused.
    let (one, other) = tokio::join!(
        stage.approve_only(&first_path, &first),
        stage.approve_only(&second_path, &second)
    );
    let (refused, path, revision) = match (one.status.as_u16(), other.status.as_u16()) {
        (200, 409) => (other, &second_path, &second),
        (409, 200) => (one, &first_path, &first),
        both => panic!("{both:?}: {} {}", one.text, other.text),
    };
    assert_eq!(refused.problem(409), "guaranteed_elsewhere");
    assert!(
        refused.text.contains("20 of Sand are guaranteed here and 20 in the sale")
            && refused.text.contains("Stoneware at dawn"),
        "{}",
        refused.text
    );
    assert_eq!(
        stage.proofs(path, revision).await[0]["guaranteed_elsewhere"][0]["quantity"],
        json!(20)
    );
    // Enough for both: then both.
    stage.verify(path, revision, &[40, 10]).await.json(200);
    stage.approve_only(path, revision).await.json(200);

    // A third after the end of both guarantees the same units.
    let after = stage.with(&json!({"starts_at": later(&stage, 2), "ends_at": later(&stage, 3)}));
    let (path, revision) = stage.submitted(&after).await;
    stage.verify(&path, &revision, &[20, 5]).await.json(200);
    stage.approve_only(&path, &revision).await.json(200);
    // One that was cancelled guarantees nothing any more.
    let beside = stage.with(&json!({"starts_at": later(&stage, 2), "ends_at": later(&stage, 4)}));
    let (beside_path, beside) = stage.submitted(&beside).await;
    stage.verify(&beside_path, &beside, &[20, 5]).await.json(200);
    let refused = stage.approve_only(&beside_path, &beside).await;
    assert_eq!(refused.problem(409), "guaranteed_elsewhere");
    let reason = json!({"reason": "Kiln broke."});
    stage.editor.post(&format!("{path}/cancel"), &reason).await.json(200);
    stage.approve_only(&beside_path, &beside).await.json(200);
    stage.app.run_jobs().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn falling_stock_reopens_a_proof_and_the_sale_goes_on() {
    let stage = Stage::set().await;
    let (path, revision) = stage.submitted(&stage.input).await;
    stage.verify(&path, &revision, &[20, 5]).await.json(200);
    stage.approve_only(&path, &revision).await.json(200);
    let sku = stage.offer["items"][0]["sku"].as_str().unwrap();
    let figures = format!("/api/v1/providers/{}/stock-figures", stage.tenant);
    let figure = format!("{figures}/{sku}");
    stage.editor.put(&figure, &json!({"quantity": 20})).await.json(200);
    assert_eq!(stage.proofs(&path, &revision).await[0]["state"], "verified");
    let reported = stage.editor.put(&figure, &json!({"quantity": 19})).await.json(200);
    assert_eq!((&reported["quantity"], &reported["is_fresh"]), (&json!(19), &json!(true)));
    let proof = &stage.proofs(&path, &revision).await[0];
    assert_eq!(proof["state"], "reopened");
    assert!(proof["reason"].as_str().unwrap().contains("20 are guaranteed"), "{proof}");
    assert_eq!(stage.editor.get(&path).await.json(200)["state"], "approved");
    let emails = stage.emails("proof_not_accepted").await;
    let to: Vec<_> = emails.iter().map(|email| email["to"].as_str().unwrap()).collect();
    assert!(to.iter().any(|to| to.contains("editor")), "{to:?}");
    assert!(to.iter().any(|to| to.contains("manager")), "{to:?}");

    // It is verified again only once there is enough.
    let again = stage.verify(&path, &revision, &[20, 5]).await;
    assert_eq!(again.problem(409), "guarantee_above_stock");
    stage.editor.put(&figure, &json!({"quantity": 21})).await.json(200);
    stage.verify(&path, &revision, &[21, 5]).await.json(200);
    assert_eq!(stage.proofs(&path, &revision).await[0]["state"], "verified");

    let bad = stage.editor.put(&figure, &json!({"quantity": -1})).await;
    assert_eq!(bad.wrong_fields(), ["quantity"]);
    stage.editor.put(&format!("{figures}/NONE"), &json!({"quantity": 1})).await.problem(404);
    let other = stage.app.provider("other").await;
    let foreign = format!("/api/v1/providers/{other}/stock-figures/{sku}");
    stage.editor.put(&foreign, &json!({"quantity": 1})).await.problem(404);
    stage
        .app
        .member(other, "editor")
        .await
        .put(&foreign, &json!({"quantity": 1}))
        .await
        .problem(404);
}
