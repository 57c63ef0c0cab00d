//! The one door to the database: a transaction is opened in a scope, and row-level security reads
//! the scope.

use std::{
    str::FromStr,
    time::{Duration, Instant},
};

use anyhow::Context;
use sqlx::{
    AssertSqlSafe, Connection, PgConnection, PgPool, Postgres, SqlSafeStr, Transaction,
    migrate::{MigrateError, Migrator},
    postgres::{PgConnectOptions, PgPoolOptions},
};
use time::OffsetDateTime;

use crate::kernel::{AccountId, Result, TenantId};

/// A transaction in a scope. Commit it with [`Transaction::commit`]; dropped, it rolls back.
pub type Tx = Transaction<'static, Postgres>;

/// Migrations, compiled in.
pub static MIGRATIONS: Migrator = sqlx::migrate!();

/// For statements that look up rows by keys. Their plans are made once for all, and those made
/// while a table was small must not walk through it when it has grown.
pub const BY_KEYS: [(&str, &str); 2] =
    [("enable_seqscan", "off"), ("plan_cache_mode", "force_generic_plan")];

/// Connections of one node at most.
const POOL_CONNECTIONS_MAX: u32 = 32;
/// A request waits no longer for a connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// Connections that do not end in this time have nobody at the other end.
const CLOSE_LIMIT: Duration = Duration::from_secs(3);
/// A connection of a pool of its own ends when it was not used for so long.
const APART_IDLE: Duration = Duration::from_secs(30);
/// A connection that does not answer in this time is dead: nobody may ever say so when a network
/// was cut.
const PING_TIMEOUT: Duration = Duration::from_secs(1);
/// Writes an empty word into the database's log. Its commit waits for the disk, which then has all
/// that stands before it. (Without a transaction of its own it would be one with whatever comes
/// after it in the same round trip.)
const FLUSH: &str = "BEGIN; SELECT pg_logical_emit_message(true, 'smp', ''); COMMIT";
/// Asks for nothing.
const PING: &str = "SELECT";
/// Of every connection. A node that falls silent in the middle of a transaction, because it died or
/// its network did, keeps what it has locked no longer than this from the other nodes.
const SESSION: &str = "SET ROLE smp_app; SET client_min_messages = error; SET random_page_cost = 1.1; SET idle_in_transaction_session_timeout = '10s'; SET tcp_user_timeout = '10s'; \
    SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3";

/// Connections as the application's role. There is no way to a connection but through a scope.
#[derive(Clone, Debug)]
pub struct Db {
    pool: PgPool,
}

impl Db {
    /// Connects; whatever role the URL names, statements run as `smp_app`, which owns nothing and
    /// cannot bypass a policy.
    pub async fn connect(url: &str) -> anyhow::Result<Self> {
        let options = PgConnectOptions::from_str(url).context("DATABASE_URL cannot be read")?;
        let pool = PgPoolOptions::new()
            .max_connections(POOL_CONNECTIONS_MAX)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .after_connect(|conn, _| {
                Box::pin(async move { sqlx::raw_sql(SESSION).execute(conn).await.map(drop) })
            })
            .test_before_acquire(false)
            .before_acquire(|conn, _| {
                Box::pin(async move {
                    let silent = |_| sqlx::Error::Io(std::io::ErrorKind::TimedOut.into());
                    match tokio::time::timeout(PING_TIMEOUT, sqlx::raw_sql(PING).execute(conn))
                        .await
                        .map_err(silent)?
                    {
                        // What is left of a transaction that failed at its beginning refuses; it
                        // ends with the connection.
                        Err(sqlx::Error::Database(_)) => Ok(false),
                        answer => answer.map(|_| true),
                    }
                })
            })
            .connect_with(options)
            .await
            .context("cannot reach the database, or it was never migrated (run `smp migrate`)")?;
        let bypasses: bool = sqlx::query_scalar(
            "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user",
        )
        .fetch_one(&pool)
        .await?;
        anyhow::ensure!(
            !bypasses,
            "the role smp_app may bypass row-level security; take that right from it"
        );
        // The role belongs to the whole server, so that it is there says nothing of this database.
        // A table of the rebuilt schema is asked for: databases of older versions lack it.
        let migrated: bool =
            sqlx::query_scalar("SELECT to_regclass('public.registration_mailings') IS NOT NULL")
                .fetch_one(&pool)
                .await?;
        anyhow::ensure!(
            migrated,
            "the database was never migrated, or by an older version (run `smp migrate`)"
        );
        Ok(Self { pool })
    }

    /// Connects at the first use, which never comes: for describing the API.
    pub fn lazy(url: &str) -> anyhow::Result<Self> {
        Ok(Self { pool: PgPoolOptions::new().connect_lazy(url)? })
    }

    /// The same database through connections of its own, at most so many, which end when they are
    /// not needed for a while. They begin with these settings.
    #[must_use]
    pub fn apart(&self, connections_max: u32, settings: &[(&str, &str)]) -> Self {
        let options =
            self.pool.options().clone().max_connections(connections_max).idle_timeout(APART_IDLE);
        Self {
            pool: options.connect_lazy_with(
                (*self.pool.connect_options()).clone().options(settings.iter().copied()),
            ),
        }
    }

    /// One provider's rows.
    pub async fn tenant(&self, tenant: TenantId) -> Result<Tx> {
        self.begin("tenant", &format!("SET LOCAL smp.tenant = '{tenant}'")).await
    }

    /// One provider's rows, and a first statement that travels with the scope and gives back no
    /// rows, such as a lock. Only ids may stand in it.
    pub async fn tenant_then(&self, tenant: TenantId, first: &str) -> Result<Tx> {
        self.begin("tenant", &format!("SET LOCAL smp.tenant = '{tenant}'; {first}")).await
    }

    /// Commits a provider's transaction, and begins the next on its connection, in one round trip.
    /// What was locked is free before the disk has what was written, so that nobody else waits for
    /// that; this returns when the disk has it, and all that was committed before it, by whomever.
    /// When it fails, what was written may stand or not, as with any commit.
    pub async fn commit_and_begin(tx: &mut Tx, tenant: TenantId) -> Result<()> {
        let statement = format!(
            "SET LOCAL synchronous_commit = off; COMMIT; {FLUSH}; {}",
            begin("tenant", &format!("SET LOCAL smp.tenant = '{tenant}'"))
        );
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut **tx).await?;
        Ok(())
    }

    /// One shopper's rows and what is published; without an account, only what is published.
    pub async fn shopper(&self, account: Option<AccountId>) -> Result<Tx> {
        let account = account.map(|a| a.to_string()).unwrap_or_default();
        self.begin("shopper", &format!("SET LOCAL smp.account = '{account}'")).await
    }

    /// Every row: SMP's own work. `purpose` says what for, and shows in `pg_stat_activity`.
    pub async fn platform(&self, purpose: &'static str) -> Result<Tx> {
        debug_assert!(!purpose.contains('\''), "the purpose stands in quotes");
        self.begin("platform", &format!("SET LOCAL application_name = 'smp {purpose}'")).await
    }

    /// The same for statements that look up rows by keys, and that everyone waits for.
    pub async fn platform_by_keys(&self, purpose: &'static str) -> Result<Tx> {
        debug_assert!(!purpose.contains('\''), "the purpose stands in quotes");
        self.begin(
            "platform",
            &format!("SET LOCAL application_name = 'smp {purpose}'; {}", by_keys()),
        )
        .await
    }

    /// The pool, for the job queue's own bookkeeping (it reads no tenant's table).
    pub(crate) fn queue_pool(&self) -> PgPool {
        self.pool.clone()
    }

    /// Returns when the disk has all that was committed before, by whomever.
    pub async fn flush(&self) -> Result<()> {
        sqlx::raw_sql(FLUSH).execute(&self.pool).await?;
        Ok(())
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> bool {
        sqlx::query("SELECT 1").execute(&self.pool).await.is_ok()
    }

    /// The database's clock, and how long it took to ask.
    pub async fn time(&self) -> Result<(OffsetDateTime, Duration)> {
        let mut conn = self.pool.acquire().await?;
        let asked = Instant::now();
        let time = sqlx::query_scalar("SELECT clock_timestamp()").fetch_one(&mut *conn).await?;
        Ok((time, asked.elapsed()))
    }

    /// Ends the connections; those that answer nobody are not waited for.
    pub async fn close(&self) {
        let _ = tokio::time::timeout(CLOSE_LIMIT, self.pool.close()).await;
    }

    /// Begin and scope travel together: one round trip. The values are a fixed word and a UUID, so
    /// nothing can be injected.
    async fn begin(&self, scope: &'static str, detail: &str) -> Result<Tx> {
        let conn = self.pool.acquire().await?;
        let statement = AssertSqlSafe(begin(scope, detail)).into_sql_str();
        // On a task of its own: were it given up half-way, the connection would go back to the pool
        // with an open transaction that nobody knows of, and with all that it has locked.
        let begun = tokio::spawn(Transaction::begin(conn, Some(statement)));
        Ok(begun.await.map_err(anyhow::Error::from)??)
    }
}

/// [`BY_KEYS`] for a transaction, at its beginning.
pub fn by_keys() -> String {
    BY_KEYS.map(|(setting, value)| format!("SET LOCAL {setting} = {value}")).join("; ")
}

fn begin(scope: &'static str, detail: &str) -> String {
    format!("BEGIN; SET LOCAL smp.scope = '{scope}'; {detail}")
}

/// Applies migrations as the role of `url`, the owner of the schema, and readies the job queue.
/// Nodes may race; one waits for the other.
pub async fn migrate(url: &str) -> anyhow::Result<()> {
    let pool = PgPoolOptions::new()
        .max_connections(4)
        .connect(url)
        .await
        .context("cannot reach the database to migrate it")?;
    MIGRATIONS.run(&pool).await.map_err(explain)?;
    graphile_worker::WorkerOptions::default()
        .schema("graphile_worker")
        .pg_pool(pool.clone())
        .init()
        .await
        .context("the job queue's schema could not be made")?;
    let mut conn = pool.acquire().await?;
    open_queue(&mut conn).await?;
    drop(conn);
    pool.close().await;
    Ok(())
}

/// Says what a failed migration means for the database, and what to do about it.
fn explain(error: MigrateError) -> anyhow::Error {
    let oldest = MIGRATIONS.iter().next().map_or(0, |migration| migration.version);
    let advice = match error {
        MigrateError::VersionMissing(applied) if applied < oldest => {
            "the database was created by an older version of smp. The schema was rebuilt before \
             the first release, so it cannot be migrated. Remove the data folder (.smp, or the one \
             SMP_DATA names), or drop the database that DATABASE_URL names and create it empty; \
             then start again"
        }
        MigrateError::VersionMissing(_) => {
            "the database was migrated by a newer version of smp; run that version or a later one"
        }
        MigrateError::VersionMismatch(_) => {
            "a migration was changed after it had been applied to the database. Undo the change \
             and add a migration instead; or, if the data can be lost, remove the data folder \
             (.smp, or the one SMP_DATA names), or create the database anew"
        }
        _ => "a migration failed; the database is as it was before it",
    };
    anyhow::Error::new(error).context(advice)
}

/// Has a whole server no longer wait for its disk. What it holds is lost when the machine stops:
/// for tests alone.
pub async fn without_fsync(url: &str) -> anyhow::Result<()> {
    let mut conn = PgConnection::connect(url).await?;
    for statement in ["ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()"] {
        sqlx::raw_sql(statement).execute(&mut conn).await?;
    }
    Ok(conn.close().await?)
}

/// Lets the application's role work with the job queue, whose tables have row-level security on and
/// no policies.
async fn open_queue(conn: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::raw_sql(
        r"
        GRANT USAGE ON SCHEMA graphile_worker TO smp_app;
        GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA graphile_worker TO smp_app;
        GRANT USAGE ON ALL SEQUENCES IN SCHEMA graphile_worker TO smp_app;
        GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA graphile_worker TO smp_app;
        DO $$
        DECLARE queue_table regclass;
        BEGIN
            FOR queue_table IN
                SELECT c.oid FROM pg_class c
                WHERE c.relnamespace = 'graphile_worker'::regnamespace AND c.relkind = 'r' AND c.relrowsecurity
                  AND NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'smp_queue')
            LOOP
                EXECUTE format('CREATE POLICY smp_queue ON %s TO smp_app USING (true)', queue_table);
            END LOOP;
        END $$;
        ",
    )
    .execute(conn)
    .await?;
    Ok(())
}
