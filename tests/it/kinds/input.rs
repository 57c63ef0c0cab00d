//! What each kind of sale requires of its input.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{sales::decide, stage::Stage};

#[tokio::test(flavor = "multi_thread")]
async fn each_kind_requires_its_own_fields_and_refuses_the_others() {
    let stage = Stage::set().await;
    let aggregated = |changes: &Value| {
        let mut input = stage.aggregated();
        for (name, value) in changes.as_object().unwrap() {
            input[name] = value.clone();
        }
        input
    };
    assert_eq!(
        stage.refused(&stage.with(&json!({"kind": "aggregated"}))).await,
        ["target_quantity", "ship_min_days", "ship_max_days"]
    );
    assert_eq!(
        stage.refused(&stage.with(&json!({"kind": "voucher"}))).await,
        ["voucher_valid_days"]
    );
    assert_eq!(
        stage.refused(&stage.with(&json!({"kind": "reservation"}))).await,
        [
            "items.0.slot_starts_on",
            "items.0.slot_ends_on",
            "items.1.slot_starts_on",
            "items.1.slot_ends_on"
        ]
    );
    for (input, field) in [
        (aggregated(&json!({"target_quantity": 26})), "target_quantity"),
        (aggregated(&json!({"target_quantity": 0})), "target_quantity"),
        (aggregated(&json!({"ship_min_days": -1})), "ship_min_days"),
        (aggregated(&json!({"ship_max_days": 366})), "ship_max_days"),
        (aggregated(&json!({"ship_min_days": 15})), "ship_max_days"),
        (aggregated(&json!({"voucher_valid_days": 3})), "voucher_valid_days"),
        (stage.with(&json!({"target_quantity": 3})), "target_quantity"),
        (stage.with(&json!({"kind": "voucher", "voucher_valid_days": 0})), "voucher_valid_days"),
        (stage.with(&json!({"kind": "voucher", "voucher_valid_days": 4000})), "voucher_valid_days"),
        (
            stage.with_item("while_supplies_last", &json!({"slot_starts_on": "2027-02-05"})),
            "items.0.slot_starts_on",
        ),
        (stage.reservation(&[(0, 2, 1)]), "items.0.slot_starts_on"),
        (stage.reservation(&[(-30, 2, 1)]), "items.0.slot_starts_on"),
        (stage.reservation(&[(5, 4, 1)]), "items.0.slot_ends_on"),
        (stage.reservation(&[(5, 500, 1)]), "items.0.slot_ends_on"),
        (stage.reservation(&[(5, 6, 1), (8, 9, 1), (5, 6, 2)]), "items.2.item_id"),
        (
            stage.with_item("while_supplies_last", &json!({"guaranteed_quantity": 19})),
            "items.0.guaranteed_quantity",
        ),
        (
            stage.with_item("while_supplies_last", &json!({"evidence": "x".repeat(1001)})),
            "items.0.evidence",
        ),
        (
            stage.with_item("while_supplies_last", &json!({"evidence_asset_id": Uuid::now_v7()})),
            "items.0.evidence_asset_id",
        ),
        (
            stage.with_item("while_supplies_last", &json!({"slot_starts_on": "soon"})),
            "items.0.slot_starts_on",
        ),
    ] {
        assert_eq!(stage.refused(&input).await, [field], "{input}");
    }
    let mut guaranteed = stage.aggregated();
    guaranteed["items"][0]["guaranteed_quantity"] = json!(50);
    assert_eq!(stage.refused(&guaranteed).await, ["items.0.guaranteed_quantity"]);
    let message =
        stage.editor.post(&stage.sales(), &aggregated(&json!({"target_quantity": 26}))).await.text;
    assert!(message.contains("Is above the cap of 25"), "{message}");

    // Only a sale in a provider's own cart sells out at what the provider guarantees.
    let mut input = stage.voucher();
    input["sold_out_at_guarantee"] = json!(true);
    assert_eq!(stage.refused(&input).await, ["sold_out_at_guarantee"]);

    // A published sale keeps its kind, and its slots.
    let (path, revision) = stage.submitted(&stage.reservation(&[(5, 6, 4), (8, 9, 2)])).await;
    decide(&stage.manager, &path, &revision, "approve").await.json(200);
    assert_eq!(
        stage
            .editor
            .put_newest(&path, &stage.reservation(&[(5, 6, 4), (8, 10, 2)]))
            .await
            .wrong_fields(),
        ["items"]
    );
    assert_eq!(
        stage.editor.put_newest(&path, &stage.input).await.wrong_fields(),
        ["kind", "items", "items"]
    );
    let more = stage
        .editor
        .put_newest(&path, &stage.reservation(&[(8, 9, 2), (5, 6, 4), (12, 13, 1)]))
        .await
        .json(200);
    assert_eq!(more["items"].as_array().unwrap().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn content_frozen_before_there_were_kinds_still_reads() {
    let stage = Stage::set().await;
    let (path, revision) = stage.submitted(&stage.input).await;
    let frozen = stage.app.query("SELECT content FROM revisions").await.remove(0);
    let new = [
        "slot",
        "guaranteed_quantity",
        "evidence_asset_id",
        "target_quantity",
        "ship_min_days",
        "voucher_valid_days",
    ];
    assert!(
        new.iter().all(|name| frozen.get(name).is_none() && frozen["items"][0].get(name).is_none()),
        "{frozen}"
    );
    decide(&stage.manager, &path, &revision, "approve").await.json(200);
    assert_eq!(stage.editor.get(&path).await.json(200)["has_unsubmitted_changes"], false);
}
