//! `.sqlx` says of every query what the migrated database says of it.

use std::path::Path;

use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqlSafeStr};

use crate::support::cluster;

#[tokio::test]
async fn committed_descriptions_fit_the_migrations() {
    let database = cluster::fresh_database().await;
    let mut conn = PgConnection::connect(&database.owner_url).await.unwrap();
    let mut described = 0;
    for entry in Path::new(env!("CARGO_MANIFEST_DIR")).join(".sqlx").read_dir().unwrap() {
        let file = entry.unwrap().path();
        let mut committed: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        let query = committed["query"].as_str().unwrap().to_owned();
        let found = conn
            .describe(AssertSqlSafe(query.clone()).into_sql_str())
            .await
            .unwrap_or_else(|error| panic!("{error} in\n{query}"));
        assert_eq!(
            serde_json::to_value(found).unwrap(),
            committed["describe"].take(),
            "{} is outdated: run `make sqlx`",
            file.display()
        );
        described += 1;
    }
    assert!(described > 0, "there are no committed queries");
}
