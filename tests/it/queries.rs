//! `.sqlx` says of every query what the migrated database says of it.

use std::path::Path;

use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqlSafeStr};

use crate::support::cluster;

/// Forgets whether a column may be null where its query says so itself (`name!`, `name?`): there the
/// database's answer is not used, and with outer joins it depends on the plan.
fn without_overridden(mut described: Value) -> Value {
    let names: Vec<String> = described["columns"]
        .as_array()
        .unwrap()
        .iter()
        .map(|column| column["name"].as_str().unwrap().to_owned())
        .collect();
    for (index, name) in names.iter().enumerate() {
        if name.contains(['!', '?']) {
            described["nullable"][index] = Value::Null;
        }
    }
    described
}

#[tokio::test]
async fn committed_descriptions_fit_the_migrations() {
    let database = cluster::fresh_database().await;
    let mut conn = PgConnection::connect(&database.owner_url).await.unwrap();
    let (mut described, mut outdated) = (0, vec![]);
    for entry in Path::new(env!("CARGO_MANIFEST_DIR")).join(".sqlx").read_dir().unwrap() {
        let file = entry.unwrap().path();
        let mut committed: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        let query = committed["query"].as_str().unwrap().to_owned();
        let found = conn.describe(AssertSqlSafe(query.clone()).into_sql_str()).await;
        let found = found.map(|found| without_overridden(serde_json::to_value(found).unwrap()));
        if found.as_ref().ok() != Some(&without_overridden(committed["describe"].take())) {
            outdated.push(format!("{}\n{query}\n{found:?}", file.display()));
        }
        described += 1;
    }
    assert!(described > 0, "there are no committed queries");
    assert!(outdated.is_empty(), "run `make sqlx`; outdated:\n{}", outdated.join("\n"));
}
