//! One Postgres for all tests of a run, and a clone of a migrated template for each test.
//! `SMP_TEST_DATABASE_URL` names a server to use instead of the embedded one.

use std::sync::OnceLock;

use smp::platform::{db, embedded_postgres::EmbeddedPostgres};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio::sync::OnceCell;

/// Names carry the checkout they belong to, so that two can test on one server.
fn prefix() -> String {
    format!(
        "test_{}",
        &smp::kernel::token::content_hash(env!("CARGO_MANIFEST_DIR").as_bytes())[..8]
    )
}

fn template() -> String {
    format!("{}_template", prefix())
}

pub struct Database {
    pub owner_url: String,
    pub app_url: String,
}

struct Cluster {
    embedded: Option<EmbeddedPostgres>,
    external: Option<url::Url>,
}

impl Cluster {
    fn url(&self, user: &str, database: &str) -> String {
        match (&self.embedded, &self.external) {
            (Some(embedded), _) => embedded.url(user, database),
            (None, Some(url)) => {
                let mut url = url.clone();
                url.set_path(database);
                url.into()
            }
            (None, None) => unreachable!("a cluster is one or the other"),
        }
    }
}

static CLUSTER: OnceCell<Cluster> = OnceCell::const_new();
/// Cloning a template needs it to itself.
static CLONING: OnceLock<tokio::sync::Mutex<()>> = OnceLock::new();

/// A database nobody else uses.
pub async fn fresh_database() -> Database {
    let cluster = CLUSTER.get_or_init(start).await;
    let name = format!("{}_{}", prefix(), uuid::Uuid::now_v7().simple());
    let _turn = CLONING.get_or_init(Default::default).lock().await;
    let mut admin = PgConnection::connect(&cluster.url("smp_owner", "postgres")).await.unwrap();
    // Takes a third of the processor's time that PostgreSQL's usual way through its log takes.
    let clone = format!("CREATE DATABASE {name} TEMPLATE {} STRATEGY file_copy", template());
    sqlx::query(AssertSqlSafe(clone)).execute(&mut admin).await.unwrap();
    admin.close().await.unwrap();
    Database { owner_url: cluster.url("smp_owner", &name), app_url: cluster.url("smp_app", &name) }
}

async fn start() -> Cluster {
    let cluster = match std::env::var("SMP_TEST_DATABASE_URL") {
        Ok(url) => Cluster { embedded: None, external: Some(url.parse().unwrap()) },
        Err(_) => {
            let data = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("target/test-data");
            std::fs::create_dir_all(&data).unwrap();
            Cluster {
                embedded: Some(EmbeddedPostgres::start(&data).await.unwrap()),
                external: None,
            }
        }
    };
    let mut admin = PgConnection::connect(&cluster.url("smp_owner", "postgres")).await.unwrap();
    let left_over: Vec<String> =
        sqlx::query_scalar("SELECT datname FROM pg_database WHERE starts_with(datname, $1)")
            .bind(prefix())
            .fetch_all(&mut admin)
            .await
            .unwrap();
    for name in left_over {
        sqlx::query(AssertSqlSafe(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")))
            .execute(&mut admin)
            .await
            .unwrap();
    }
    sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {}", template())))
        .execute(&mut admin)
        .await
        .unwrap();
    db::migrate(&cluster.url("smp_owner", &template())).await.unwrap();
    cluster
}
