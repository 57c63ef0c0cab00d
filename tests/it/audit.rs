//! The audit log: found by who, what, where and when, and the same as CSV.

use serde_json::json;

use crate::support::stage::Stage;

#[tokio::test(flavor = "multi_thread")]
async fn entries_are_found_and_exported() {
    let stage = Stage::set().await;
    let (_, path) = stage.draft().await;
    stage.editor.put_newest(&path, &stage.with(&json!({"hold_seconds": 900}))).await.json(200);
    let found = async |query: &str| {
        let list = stage.manager.get(&format!("/api/v1/audit?{query}")).await.json(200);
        let actions = list["items"].as_array().unwrap().iter();
        actions.map(|entry| entry["action"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let id = path.rsplit('/').next().unwrap();
    assert_eq!(found(&format!("q={id}")).await, ["sale_update", "sale_create"]);
    assert_eq!(found("action=sale_update").await, ["sale_update"]);
    assert_eq!(found("action=sale_update&by=EDITOR").await, ["sale_update"]);
    assert!(found("action=sale_update&by=nobody").await.is_empty());
    assert!(found(&format!("tenant={}", uuid::Uuid::nil())).await.is_empty());
    assert!(found("until=2020-01-01T00:00:00Z").await.is_empty());
    assert_eq!(found("action=sale_update&since=2020-01-01T00:00:00Z").await.len(), 1);
    let backwards = "/api/v1/audit?since=2021-01-01T00:00:00Z&until=2020-01-01T00:00:00Z";
    assert_eq!(stage.manager.get(backwards).await.wrong_fields(), ["until"]);

    let csv = stage.manager.get("/api/v1/audit.csv?action=sale_update").await;
    csv.expect(200);
    let lines: Vec<&str> = csv.text.lines().collect();
    assert_eq!(lines[0], "\u{feff}time,by,by_kind,provider,action,subject,details");
    assert_eq!(lines.len(), 2, "{}", csv.text);
    assert!(lines[1].contains(&format!("editor,account,Kiln,sale_update,sale {id},")));
    stage.editor.get("/api/v1/audit.csv").await.problem(403);
}
