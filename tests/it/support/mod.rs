//! `TestApp`: a server on a database of its own, and a client per role.

pub mod client;
pub mod cluster;
pub mod factor;
pub mod mail;
pub mod oidc;
pub mod sales;
pub mod shop;
pub mod stage;
pub mod stock;
pub mod supply;

use std::{collections::BTreeMap, path::Path, sync::Arc};

use serde_json::{Value, json};
use smp::{
    access::{
        Sessions,
        accounts::{self, NewAccount},
    },
    cli, http,
    kernel::{AccountId, Clock, TenantId},
    platform::{Config, Platform},
    providers::Themes,
    sales::SaleCache,
    stock::Allocator,
    worker,
};
use tokio::net::TcpListener;

pub use client::Client;

pub const PASSWORD: &str = "correct horse battery";
/// Every role of a provider's team and of SMP's.
pub const PROVIDER_ROLES: [&str; 5] = ["owner", "editor", "fulfilment", "analyst", "cashier"];
pub const STAFF_ROLES: [&str; 5] = ["admin", "manager", "marketing", "support", "finance"];

pub struct TestApp {
    pub platform: Platform,
    pub themes: Themes,
    /// An allocator beside the server's own: what another node would have.
    pub allocator: Allocator,
    pub base: String,
    operators_base: String,
    /// A connection URL as the owner of the schema, past row-level security, to look at what really
    /// is there.
    pub owner_url: String,
    app_url: String,
    data: std::path::PathBuf,
}

fn config(port: u16, data: &Path, settings: &[(&str, &str)]) -> Config {
    let values = [
        ("smp_port", port.to_string()),
        ("smp_data", data.to_string_lossy().into_owned()),
        ("smp_secret", "a secret for tests, long enough to pass".to_owned()),
        // Tests move clocks by days, and most are not about this.
        ("smp_second_factor", "optional".to_owned()),
        ("smp_tenants_dir", concat!(env!("CARGO_MANIFEST_DIR"), "/tenants").to_owned()),
    ];
    let mut values: BTreeMap<String, String> =
        values.into_iter().map(|(k, v)| (k.to_owned(), v)).collect();
    values.extend(settings.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())));
    Config::check(&values, vec![]).unwrap()
}

/// Jobs that are due.
const DUE: &str = "
    SELECT to_jsonb(id) FROM graphile_worker._private_jobs WHERE is_available AND run_at <= now()
    UNION ALL
    SELECT to_jsonb(id) FROM graphile_worker_bulk._private_jobs WHERE is_available AND run_at <= now()";
/// Jobs whose last try failed.
const FAILED: &str = "
    SELECT jsonb_build_object('payload', payload, 'error', last_error)
    FROM graphile_worker._private_jobs WHERE last_error IS NOT NULL
    UNION ALL
    SELECT jsonb_build_object('payload', payload, 'error', last_error)
    FROM graphile_worker_bulk._private_jobs WHERE last_error IS NOT NULL";

impl TestApp {
    /// A server on a random port, on a fresh clone of the migrated template database.
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// The same with settings of its own, by their names in the environment, in lower case.
    pub async fn start_with(settings: &[(&str, &str)]) -> Self {
        // Before the first request, as `smp serve` does: metrics look their recorder up once.
        smp::platform::telemetry::metrics();
        let database = cluster::fresh_database().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let data = std::env::temp_dir().join(format!("smp-test-{}", uuid::Uuid::now_v7()));
        let config = config(port, &data, settings);
        let platform =
            cli::platform(config, &database.app_url, &tokio_util::sync::CancellationToken::new())
                .await
                .unwrap();
        let themes = Themes::new(&platform).unwrap();
        let http::Endpoints { public, operators } =
            http::endpoints(&platform, &themes).await.unwrap();
        let limits = http::ConnectionLimits::of(&platform.config);
        tokio::spawn(http::serve(listener, Arc::new(public), limits, platform.shutdown.clone()));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let operators_base = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(http::serve(listener, Arc::new(operators), limits, platform.shutdown.clone()));
        platform.objects.ensure_bucket().await.unwrap();
        let allocator =
            Allocator::new(&platform, &SaleCache::new(&platform), &Sessions::new(&platform));
        Self {
            platform,
            themes,
            allocator,
            base: format!("http://127.0.0.1:{port}"),
            operators_base,
            owner_url: database.owner_url,
            app_url: database.app_url,
            data,
        }
    }

    /// The allocator of another node: the same database, nothing else in common.
    pub async fn another_allocator(&self) -> Allocator {
        let platform = self.another_node(Clock::default()).await;
        Allocator::new(&platform, &SaleCache::new(&platform), &Sessions::new(&platform))
    }

    /// Another node on the same database, on a machine with this clock.
    pub async fn another_node(&self, clock: Clock) -> Platform {
        cli::platform_with(
            self.platform.config.clone(),
            &self.app_url,
            clock,
            &self.platform.shutdown,
        )
        .await
        .unwrap()
    }

    /// Another node on the same database, with settings of its own.
    pub async fn node_with(&self, settings: &[(&str, &str)]) -> Platform {
        let config = config(self.platform.config.port, &self.data, settings);
        cli::platform(config, &self.app_url, &self.platform.shutdown).await.unwrap()
    }

    /// A client that is signed in as nobody.
    pub fn anonymous(&self) -> Client {
        Client::new(&self.base)
    }

    /// A client of the operators' listener.
    pub fn operator(&self) -> Client {
        Client::new(&self.operators_base)
    }

    /// A client signed in as a new account without roles.
    pub async fn shopper(&self, name: &str) -> Client {
        self.account(name, &[]).await.0
    }

    /// A client signed in as SMP's `role`.
    pub async fn staff(&self, role: &str) -> Client {
        let role = role.to_owned();
        self.account(&role.clone(), &[role]).await.0
    }

    /// A new account with roles of SMP's team, and a client signed in as it.
    pub async fn account(&self, name: &str, staff_roles: &[String]) -> (Client, AccountId) {
        let email =
            format!("{}-{}@test.example", name.replace(' ', "."), uuid::Uuid::now_v7().simple());
        let mut tx = self.platform.db.platform("test").await.unwrap();
        let new = NewAccount::parse(&email, name, PASSWORD).await.unwrap();
        let account = accounts::create(&mut tx, new, self.platform.clock.now()).await.unwrap();
        for role in staff_roles {
            accounts::grant_staff_role(&mut tx, account.id, role).await.unwrap();
        }
        tx.commit().await.unwrap();
        let mut client = self.anonymous();
        client.sign_in(&email, PASSWORD).await;
        (client, account.id)
    }

    /// An approved provider with a contract in force, without going through its vetting and its
    /// signatures (both have tests of their own).
    pub async fn provider(&self, slug: &str) -> TenantId {
        let tenant = TenantId::new();
        let mut tx = self.platform.db.tenant(tenant).await.unwrap();
        sqlx::query(
            "INSERT INTO providers (tenant_id, slug, name, state, country, support_email, support_phone, cart_origins, contract_until)
             VALUES ($1, $2, initcap($2), 'approved', 'DE', 'help@' || $2 || '.example', '+49301234567', ARRAY['https://cart.example', 'http://127.0.0.1:9'], '9999-12-31T00:00:00Z')",
        )
        .bind(tenant.0)
        .bind(slug)
        .execute(&mut *tx)
        .await
        .unwrap();
        tx.commit().await.unwrap();
        tenant
    }

    /// A client signed in as a new member of `tenant` with `role`.
    pub async fn member(&self, tenant: TenantId, role: &str) -> Client {
        let (mut client, account) = self.account(role, &[]).await;
        let mut tx = self.platform.db.tenant(tenant).await.unwrap();
        sqlx::query("INSERT INTO members (tenant_id, account_id, role) VALUES ($1, $2, $3)")
            .bind(tenant.0)
            .bind(account.0)
            .bind(role)
            .execute(&mut *tx)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        // Sign in again: the session read before has no role.
        let me = client.get("/api/v1/me").await.json(200);
        client.sign_in(me["account"]["email"].as_str().unwrap(), PASSWORD).await;
        client
    }

    /// Runs every job that is due, until none is left; a job that fails fails the test.
    pub async fn run_jobs(&self) {
        let lanes = worker::lanes(&self.platform, &self.themes).await.unwrap();
        // A job of one lane may cause one of another.
        while !self.query(DUE).await.is_empty() {
            for lane in &lanes {
                lane.run_once().await.unwrap();
            }
        }
        let failed = self.query(FAILED).await;
        assert!(failed.is_empty(), "jobs failed: {}", json!(failed));
    }

    /// The one JSON column of a query, as the owner of the schema.
    pub async fn query(&self, sql: &'static str) -> Vec<Value> {
        let pool = sqlx::PgPool::connect(&self.owner_url).await.unwrap();
        let rows = sqlx::query_scalar(sql).fetch_all(&pool).await.unwrap();
        pool.close().await;
        rows
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.platform.shutdown.cancel();
        let _ = std::fs::remove_dir_all(&self.data);
    }
}
