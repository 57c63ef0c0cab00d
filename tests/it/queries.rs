//! `.sqlx` says of every query what the migrated database says of it, and no query reads a growing
//! table from end to end.

use std::{
    collections::{BTreeSet, HashMap},
    path::Path,
};

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

/// The committed queries, each with its file and what `.sqlx` says of it.
fn committed() -> Vec<(String, String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(".sqlx");
    let files = folder.read_dir().unwrap().map(|entry| entry.unwrap().path());
    let all: Vec<_> = files
        .map(|file| {
            let said: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
            (file.display().to_string(), said["query"].as_str().unwrap().to_owned(), said)
        })
        .collect();
    assert!(!all.is_empty(), "there are no committed queries");
    all
}

#[tokio::test]
async fn committed_descriptions_fit_the_migrations() {
    let database = cluster::fresh_database().await;
    let mut conn = PgConnection::connect(&database.owner_url).await.unwrap();
    let mut outdated = vec![];
    for (file, query, mut committed) in committed() {
        let found = conn.describe(AssertSqlSafe(query.clone()).into_sql_str()).await;
        let found = found.map(|found| without_overridden(serde_json::to_value(found).unwrap()));
        if found.as_ref().ok() != Some(&without_overridden(committed["describe"].take())) {
            outdated.push(format!("{file}\n{query}\n{found:?}"));
        }
    }
    assert!(outdated.is_empty(), "run `make sqlx`; outdated:\n{}", outdated.join("\n"));
}

/// Tables with a row or a few for each sale, provider, colleague or setting: reading one whole is quick.
const SMALL: &[&str] = &[
    "api_keys",
    "contract_templates",
    "contracts",
    "guaranteed_units",
    "invitations",
    "leases",
    "ledger_differences",
    "offers",
    "providers",
    "rehearsals",
    "requirement_definitions",
    "revisions",
    "sales",
    "sandbox_payments",
    "staff",
    "statements",
    "stock",
    "switched_off_messages",
    "visit_archives",
];
/// Queries that may read another table whole: the table, words of the query, and why.
const WHOLE: &[(&str, &str, &str)] = &[
    ("accounts", "strpos(email", "support searches by a part of a name or an address"),
    (
        "waitlist",
        "FROM waitlist WHERE account_id",
        "a job in bulk, once for an export of one's data",
    ),
];

/// The tables that a plan reads whole, or an index of theirs that does not begin with what is looked
/// up. `leading` has the table and the first column of each index.
fn read_whole(plan: &Value, leading: &HashMap<String, (String, String)>) -> BTreeSet<String> {
    let mut whole = BTreeSet::new();
    if plan["Node Type"] == "Seq Scan" {
        whole.insert(plan["Relation Name"].as_str().unwrap().to_owned());
    }
    let index = plan["Index Name"].as_str().and_then(|name| leading.get(name));
    if let (Some((table, column)), Some(condition)) = (index, plan["Index Cond"].as_str())
        && !condition.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == column)
    {
        whole.insert(table.clone());
    }
    for below in plan["Plans"].as_array().into_iter().flatten() {
        whole.extend(read_whole(below, leading));
    }
    whole
}

/// A connection to a database whose tables have thousands of rows, with plans that look rows up
/// wherever they can, whatever the values.
async fn filled() -> PgConnection {
    let database = cluster::fresh_database().await;
    let mut conn = PgConnection::connect(&database.owner_url).await.unwrap();
    conn.execute(include_str!("queries/fill.sql")).await.unwrap();
    conn.execute(
        "SET ROLE smp_app; SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan",
    )
    .await
    .unwrap();
    conn
}

/// The table and the first column of each index, but of those on few rows.
async fn leading_columns(conn: &mut PgConnection) -> HashMap<String, (String, String)> {
    let indexes: Vec<(String, String, String)> = sqlx::query_as(
        "SELECT i.indexrelid::regclass::text, i.indrelid::regclass::text, a.attname::text
         FROM pg_index i
         JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
         WHERE i.indpred IS NULL",
    )
    .fetch_all(conn)
    .await
    .unwrap();
    indexes.into_iter().map(|(index, table, column)| (index, (table, column))).collect()
}

#[tokio::test]
async fn no_query_reads_a_table_whole_that_grows() {
    let mut conn = filled().await;
    let leading = leading_columns(&mut conn).await;
    let (mut found, mut unused) = (vec![], BTreeSet::from_iter(WHOLE));
    for (file, query, said) in committed() {
        let first = query.split_whitespace().next().unwrap_or_default();
        if !["SELECT", "INSERT", "UPDATE", "DELETE", "WITH"].contains(&first) {
            continue;
        }
        let parameters = said["describe"]["parameters"]["Left"].as_array().map_or(0, Vec::len);
        let values = vec!["NULL"; parameters].join(", ");
        let values = if parameters == 0 { values } else { format!("({values})") };
        let prepared = format!("PREPARE looked_at AS {query}");
        conn.execute(AssertSqlSafe(prepared).into_sql_str()).await.unwrap();
        let explain = format!("EXPLAIN (FORMAT JSON) EXECUTE looked_at{values}");
        let plan: Value =
            sqlx::query_scalar(AssertSqlSafe(explain)).fetch_one(&mut conn).await.unwrap();
        conn.execute("DEALLOCATE looked_at").await.unwrap();
        for table in read_whole(&plan[0]["Plan"], &leading) {
            let may = WHOLE.iter().find(|(of, words, _)| *of == table && query.contains(words));
            if let Some(may) = may {
                unused.remove(may);
            } else if !SMALL.contains(&table.as_str()) {
                found.push(format!("{table}, by {file}\n{query}"));
            }
        }
    }
    assert!(found.is_empty(), "read whole:\n{}", found.join("\n"));
    assert!(unused.is_empty(), "not read whole any more: {unused:?}");
}
