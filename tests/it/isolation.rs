//! Row-level security, for every table the catalogue has: a query without any tenant condition
//! returns only the scope's rows.

use serde_json::Value;
use smp::kernel::TenantId;
use sqlx::{AssertSqlSafe, PgConnection, Row};

use crate::support::TestApp;

/// Tables without tenants, each with the reason why no policy stands before it.
const OPEN: &[(&str, &str)] = &[
    ("accounts", "a person belongs to no tenant; only access reads it"),
    ("message_choices", "read for accounts of every scope a message is written in"),
    ("account_tokens", "found by the hash of a secret"),
    ("known_devices", "of an account, as sessions are"),
    ("sessions", "found by the hash of a secret"),
    ("staff", "SMP's own team"),
    ("external_identities", "of a person; only access reads it"),
    ("passkeys", "of a person; only access reads it"),
    ("passkey_challenges", "found by the hash of a secret"),
    ("second_factors", "of an account, as sessions are"),
    ("recovery_codes", "of an account, as sessions are"),
    ("pending_sign_ins", "found by the hash of a secret"),
    ("second_factor_tries", "of an account, as sessions are"),
    ("staff_seen", "SMP's own team"),
    ("staff_invitations", "SMP's own team"),
    ("phone_code_sends", "codes are counted by number and network, of whatever account"),
    ("phone_stops", "a number that answered STOP is of no account"),
    ("_sqlx_migrations", "the application's role has no right to it"),
];

struct Table {
    name: String,
    has_tenant: bool,
    has_account: bool,
    secured: bool,
    policies: i64,
}

async fn tables(conn: &mut PgConnection) -> Vec<Table> {
    let rows = sqlx::query(
        "SELECT c.relname::text AS name, c.relrowsecurity AND c.relforcerowsecurity AS secured,
                (SELECT count(*) FROM pg_policy p WHERE p.polrelid = c.oid) AS policies,
                EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id') AS has_tenant,
                EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'account_id') AS has_account
         FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') ORDER BY 1",
    );
    rows.fetch_all(conn)
        .await
        .unwrap()
        .into_iter()
        .map(|r| Table {
            name: r.get("name"),
            has_tenant: r.get("has_tenant"),
            has_account: r.get("has_account"),
            secured: r.get("secured"),
            policies: r.get("policies"),
        })
        .collect()
}

/// Puts one row into every tenant table for this tenant, past policies, foreign keys and triggers,
/// with values made from the column types.
async fn fill(conn: &mut PgConnection, tables: &[Table], tenant: TenantId) {
    sqlx::query("SET session_replication_role = replica").execute(&mut *conn).await.unwrap();
    for table in tables.iter().filter(|t| t.has_tenant) {
        let columns = sqlx::query(
            "SELECT a.attname::text AS name, format_type(a.atttypid, a.atttypmod) AS type, pg_get_constraintdef(k.oid) AS check_text
             FROM pg_attribute a
             LEFT JOIN pg_constraint k ON k.conrelid = a.attrelid AND k.contype = 'c' AND k.conkey = ARRAY[a.attnum] AND pg_get_constraintdef(k.oid) LIKE '%ARRAY[%'
             WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attnotnull AND NOT a.atthasdef",
        )
        .bind(&table.name)
        .fetch_all(&mut *conn)
        .await
        .unwrap();
        let (mut names, mut values) = (vec![], vec![]);
        for column in columns {
            let (name, kind, check): (String, String, Option<String>) =
                (column.get("name"), column.get("type"), column.get("check_text"));
            let first_word =
                check.as_deref().and_then(|c| c.split('\'').nth(1)).map(|word| format!("'{word}'"));
            let value = match (name.as_str(), kind.as_str()) {
                ("tenant_id", _) => format!("'{tenant}'"),
                ("country", _) => "'DE'".to_owned(),
                ("currency", _) => "'EUR'".to_owned(),
                ("ends_at", _) => "now() + interval '1 day'".to_owned(),
                (_, "uuid") => "gen_random_uuid()".to_owned(),
                (_, "text") => {
                    first_word.unwrap_or_else(|| format!("'x-{}'", &tenant.to_string()[24..]))
                }
                (_, "integer" | "bigint" | "smallint") => "1".to_owned(),
                (_, "json" | "jsonb" | "text[]") => "'{}'".to_owned(),
                (_, "bytea") => format!("'\\x{}'", tenant.0.simple()),
                (_, "boolean") => "false".to_owned(),
                (_, "timestamp with time zone") => "now()".to_owned(),
                (_, "date") => "current_date".to_owned(),
                (name, kind) => {
                    panic!("{}.{name}: teach this test a value of type {kind}", table.name)
                }
            };
            names.push(name);
            values.push(value);
        }
        let sql = format!(
            "INSERT INTO {} ({}) VALUES ({})",
            table.name,
            names.join(", "),
            values.join(", ")
        );
        sqlx::query(AssertSqlSafe(sql.clone()))
            .execute(&mut *conn)
            .await
            .unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
}

/// The tenants whose rows a query without any condition sees.
async fn seen(conn: &mut PgConnection, table: &str) -> Vec<uuid::Uuid> {
    sqlx::query_scalar(AssertSqlSafe(format!("SELECT DISTINCT tenant_id FROM {table}")))
        .fetch_all(conn)
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_table_stands_behind_its_policies() {
    let app = TestApp::start().await;
    let mut owner = <PgConnection as sqlx::Connection>::connect(&app.owner_url).await.unwrap();
    let tables = tables(&mut owner).await;
    assert!(
        tables.iter().filter(|t| t.has_tenant).count() >= 30,
        "the catalogue query finds too few tables"
    );
    for table in &tables {
        let open = OPEN.iter().any(|(name, _)| *name == table.name);
        assert!(
            open || (table.secured && table.policies > 0),
            "{} has no policy: CALL protect('{}', …) in its migration",
            table.name,
            table.name
        );
        assert!(!(open && table.has_tenant), "{} has a tenant and must not be open", table.name);
    }
    let without = "SELECT to_jsonb(c.relname) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
            AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'p' AND a.attnum = ANY (k.conkey))";
    assert_eq!(
        app.query(without).await,
        [] as [Value; 0],
        "the schema shards by tenant: the primary key has to have it"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_that_forgets_its_tenant_returns_its_scopes_rows_alone() {
    let app = TestApp::start().await;
    let mut owner = <PgConnection as sqlx::Connection>::connect(&app.owner_url).await.unwrap();
    let tables = tables(&mut owner).await;
    let (ours, theirs) = (TenantId::new(), TenantId::new());
    fill(&mut owner, &tables, ours).await;
    fill(&mut owner, &tables, theirs).await;
    for table in tables.iter().filter(|t| t.has_tenant) {
        let name = &table.name;
        assert_eq!(seen(&mut owner, name).await.len(), 2, "{name} was not filled");
        let mut tx = app.platform.db.tenant(ours).await.unwrap();
        assert_eq!(seen(&mut tx, name).await, [ours.0], "{name} in the tenant's scope");
        drop(tx);
        if table.has_account {
            let mut tx =
                app.platform.db.shopper(Some(smp::kernel::AccountId::new())).await.unwrap();
            assert_eq!(
                seen(&mut tx, name).await,
                [] as [uuid::Uuid; 0],
                "{name} in the scope of a shopper who owns none of it"
            );
        }
        let mut tx = app.platform.db.platform("test").await.unwrap();
        assert_eq!(seen(&mut tx, name).await.len(), 2, "{name} in the platform's scope");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_cannot_write_into_another() {
    let app = TestApp::start().await;
    let (ours, theirs) = (app.provider("ours").await, app.provider("theirs").await);
    let mut tx = app.platform.db.tenant(ours).await.unwrap();
    let moved =
        sqlx::query("UPDATE providers SET about = 'ours now'").execute(&mut *tx).await.unwrap();
    assert_eq!(moved.rows_affected(), 1);
    let planted =
        sqlx::query("INSERT INTO requirements (tenant_id, code) VALUES ($1, 'references')")
            .bind(theirs.0)
            .execute(&mut *tx)
            .await;
    assert!(planted.unwrap_err().to_string().contains("row-level security"));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_scope_there_are_no_rows_and_the_role_cannot_help_itself() {
    let app = TestApp::start().await;
    app.provider("ours").await;
    let mut owner = <PgConnection as sqlx::Connection>::connect(&app.owner_url).await.unwrap();
    let tables = tables(&mut owner).await;
    sqlx::query("SET ROLE smp_app").execute(&mut owner).await.unwrap();
    for table in tables.iter().filter(|t| t.has_tenant) {
        assert_eq!(seen(&mut owner, &table.name).await, [] as [uuid::Uuid; 0], "{}", table.name);
    }
    let role: Vec<Value> = app
        .query("SELECT jsonb_build_object('super', rolsuper, 'bypass', rolbypassrls, 'createrole', rolcreaterole) FROM pg_roles WHERE rolname = 'smp_app'")
        .await;
    assert_eq!(role, [serde_json::json!({"super": false, "bypass": false, "createrole": false})]);
    for forbidden in [
        "ALTER TABLE providers DISABLE ROW LEVEL SECURITY",
        "DROP POLICY tenant ON providers",
        "DELETE FROM audit_log",
        "UPDATE events SET type = ''",
    ] {
        assert!(sqlx::query(forbidden).execute(&mut owner).await.is_err(), "{forbidden}");
    }
}
