//! The only way to the database: a transaction is opened in a scope, and row-level security reads the
//! scope.

use std::{
    str::FromStr,
    time::{Duration, Instant},
};

use anyhow::Context;
use sqlx::{
    AssertSqlSafe, Connection, PgConnection, PgPool, Postgres, SqlSafeStr, Transaction,
    migrate::{MigrateError, Migrator},
    postgres::{PgConnectOptions, PgListener, PgPoolOptions},
};
use time::OffsetDateTime;

use crate::kernel::{AccountId, Result, TenantId};

/// A transaction in a scope. Commit it with [`Transaction::commit`]; dropped, it rolls back.
pub type Tx = Transaction<'static, Postgres>;

/// Migrations, compiled in.
pub static MIGRATIONS: Migrator = sqlx::migrate!();

/// Planner settings for statements that look up rows by key. Postgres plans such a statement once;
/// a plan made while a table is small must not scan the table when it has grown.
pub const BY_KEYS: [(&str, &str); 2] =
    [("enable_seqscan", "off"), ("plan_cache_mode", "force_generic_plan")];

/// Planner settings for taking jobs from the queue: in the order of their index, whatever the
/// statistics say. After a wave they are of an empty queue, and each batch would sort all that waits.
pub const IN_ORDER: [(&str, &str); 4] = [
    ("enable_seqscan", "off"),
    ("enable_bitmapscan", "off"),
    ("enable_sort", "off"),
    ("plan_cache_mode", "force_generic_plan"),
];

/// The schemas of the job queue. Bulk has its own: who takes jobs of a queue reads past those of other
/// lanes in it.
pub const JOB_QUEUES: [&str; 2] = ["graphile_worker", "graphile_worker_bulk"];

/// Connections of one node at most.
const POOL_CONNECTIONS_MAX: u32 = 32;
/// A request waits for a connection no longer than this.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// A connection that takes longer to close has no peer any more.
const CLOSE_LIMIT: Duration = Duration::from_secs(3);
/// After this long unused, a connection of a separate pool is closed.
const SEPARATE_POOL_IDLE: Duration = Duration::from_secs(30);
/// A connection that does not answer in this time is dead: after a network was cut, nothing else may
/// ever tell.
const PING_TIMEOUT: Duration = Duration::from_secs(1);
/// Writes an empty message into the write-ahead log. Its commit waits for the disk, which then has
/// everything written before it. (Without a transaction of its own it would share one with whatever
/// follows in the same round trip.)
const FLUSH: &str = "BEGIN; SELECT pg_logical_emit_message(true, 'smp', ''); COMMIT";
/// The cheapest statement.
const PING: &str = "SELECT";
/// Settings of every connection. If a node dies in the middle of a transaction, or its network does,
/// the other nodes get its locks after these timeouts.
const SESSION: &str = "SET ROLE smp_app; SET client_min_messages = error; \
    SET random_page_cost = 1.1; SET idle_in_transaction_session_timeout = '10s'; \
    SET tcp_user_timeout = '10s'; SET tcp_keepalives_idle = 10; \
    SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3";

/// Connections as the application's role. A scope is the only way to get one.
#[derive(Clone, Debug)]
pub struct Db {
    pool: PgPool,
}

impl Db {
    /// Connects. Whatever role the URL names, statements run as `smp_app`, which owns nothing and
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
                        // The connection is still in a transaction that failed at its beginning;
                        // both end together.
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
            "the role smp_app may bypass row-level security; revoke BYPASSRLS and SUPERUSER from it"
        );
        // The role belongs to the whole server, so its existence does not tell whether this database
        // was migrated. Databases of older versions lack this table of the rebuilt schema.
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

    /// Connects on first use, which never comes: for describing the API.
    pub fn lazy(url: &str) -> anyhow::Result<Self> {
        Ok(Self { pool: PgPoolOptions::new().connect_lazy(url)? })
    }

    /// A separate pool for the same database. Its connections start with `settings`, and are closed
    /// when they are not used for a while.
    #[must_use]
    pub fn separate_pool(&self, connections_max: u32, settings: &[(&str, &str)]) -> Self {
        let options = self
            .pool
            .options()
            .clone()
            .max_connections(connections_max)
            .idle_timeout(SEPARATE_POOL_IDLE);
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

    /// One provider's rows, with a first statement in the same round trip. It returns no rows (a
    /// lock, for example), and may contain no values but ids.
    pub async fn tenant_then(&self, tenant: TenantId, first: &str) -> Result<Tx> {
        self.begin("tenant", &format!("SET LOCAL smp.tenant = '{tenant}'; {first}")).await
    }

    /// Commits a provider's transaction and begins the next one on its connection, in one round trip.
    /// Locks are released before the disk has the changes, so that nobody waits for the disk while
    /// holding up others. This returns when the disk has them, and everything committed earlier by
    /// anyone. If it fails, the changes may or may not be committed, as with any commit.
    pub async fn commit_and_begin(tx: &mut Tx, tenant: TenantId) -> Result<()> {
        let statement = format!(
            "SET LOCAL synchronous_commit = off; COMMIT; {FLUSH}; {}",
            begin("tenant", &format!("SET LOCAL smp.tenant = '{tenant}'"))
        );
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut **tx).await?;
        Ok(())
    }

    /// One shopper's rows and everything published; without an account, only what is published.
    pub async fn shopper(&self, account: Option<AccountId>) -> Result<Tx> {
        let account = account.map(|a| a.to_string()).unwrap_or_default();
        self.begin("shopper", &format!("SET LOCAL smp.account = '{account}'")).await
    }

    /// Every row, for SMP's own work. `purpose` appears in `pg_stat_activity`.
    pub async fn platform(&self, purpose: &'static str) -> Result<Tx> {
        debug_assert!(!purpose.contains('\''), "the purpose is quoted");
        self.begin("platform", &format!("SET LOCAL application_name = 'smp {purpose}'")).await
    }

    /// The same, for statements on the hot path that look up rows by key.
    pub async fn platform_by_keys(&self, purpose: &'static str) -> Result<Tx> {
        debug_assert!(!purpose.contains('\''), "the purpose is quoted");
        self.begin(
            "platform",
            &format!("SET LOCAL application_name = 'smp {purpose}'; {}", by_keys()),
        )
        .await
    }

    /// The pool, for the bookkeeping of the job queue, which reads no tenant's table.
    pub(crate) fn queue_pool(&self) -> PgPool {
        self.pool.clone()
    }

    /// A connection of its own that hears what transactions tell on a channel (`pg_notify`). Once it is
    /// lost, `try_recv` answers with nothing.
    pub async fn listen(&self, channel: &str) -> Result<PgListener> {
        let mut listener = PgListener::connect_with(&self.separate_pool(1, &[]).pool).await?;
        listener.eager_reconnect(false);
        listener.listen(channel).await?;
        Ok(listener)
    }

    /// Returns when the disk has everything that anyone committed before.
    pub async fn flush(&self) -> Result<()> {
        sqlx::raw_sql(FLUSH).execute(&self.pool).await?;
        Ok(())
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> bool {
        sqlx::query("SELECT 1").execute(&self.pool).await.is_ok()
    }

    /// The database's clock, and the duration of the query.
    pub async fn time(&self) -> Result<(OffsetDateTime, Duration)> {
        let mut conn = self.pool.acquire().await?;
        let asked = Instant::now();
        let time = sqlx::query_scalar("SELECT clock_timestamp()").fetch_one(&mut *conn).await?;
        Ok((time, asked.elapsed()))
    }

    /// Closes the connections, without waiting for dead ones.
    pub async fn close(&self) {
        let _ = tokio::time::timeout(CLOSE_LIMIT, self.pool.close()).await;
    }

    /// Begins a transaction and sets its scope in one round trip. The values are constants and UUIDs,
    /// so nothing can be injected.
    async fn begin(&self, scope: &'static str, detail: &str) -> Result<Tx> {
        let conn = self.pool.acquire().await?;
        let statement = AssertSqlSafe(begin(scope, detail)).into_sql_str();
        // In a task of its own: if the caller were dropped half-way, the connection would go back to
        // the pool with an open transaction and its locks.
        let begun = tokio::spawn(Transaction::begin(conn, Some(statement)));
        Ok(begun.await.map_err(anyhow::Error::from)??)
    }
}

/// [`BY_KEYS`] as statements for the beginning of a transaction.
pub fn by_keys() -> String {
    BY_KEYS.map(|(setting, value)| format!("SET LOCAL {setting} = {value}")).join("; ")
}

fn begin(scope: &'static str, detail: &str) -> String {
    format!("BEGIN; SET LOCAL smp.scope = '{scope}'; {detail}")
}

/// Applies migrations as the role of `url`, the owner of the schema, and prepares the job queue. If
/// several nodes do it at once, they take turns.
pub async fn migrate(url: &str) -> anyhow::Result<()> {
    let pool = PgPoolOptions::new()
        .max_connections(4)
        .connect(url)
        .await
        .context("cannot reach the database to migrate it")?;
    MIGRATIONS.run(&pool).await.map_err(explain)?;
    let mut conn = pool.acquire().await?;
    for queue in JOB_QUEUES {
        graphile_worker::WorkerOptions::default()
            .schema(queue)
            .pg_pool(pool.clone())
            .init()
            .await
            .with_context(|| format!("cannot create the schema {queue} of the job queue"))?;
        open_queue(&mut conn, queue).await?;
    }
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
        _ => "a migration failed and was rolled back",
    };
    anyhow::Error::new(error).context(advice)
}

/// Turns off fsync for the whole server, and what only makes sense with it or takes time from short-lived
/// databases. Its data is lost when the machine stops: for tests only.
pub async fn without_fsync(url: &str) -> anyhow::Result<()> {
    let mut conn = PgConnection::connect(url).await?;
    for statement in [
        "ALTER SYSTEM SET fsync = off",
        "ALTER SYSTEM SET full_page_writes = off",
        "ALTER SYSTEM SET wal_compression = off",
        "ALTER SYSTEM SET autovacuum = off",
        "SELECT pg_reload_conf()",
    ] {
        sqlx::raw_sql(statement).execute(&mut conn).await?;
    }
    Ok(conn.close().await?)
}

/// Grants the application's role access to the job queue, whose tables have row-level security and
/// no policies.
async fn open_queue(conn: &mut PgConnection, queue: &str) -> sqlx::Result<()> {
    let statements = r"
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
    ";
    sqlx::raw_sql(sqlx::AssertSqlSafe(statements.replace("graphile_worker", queue)))
        .execute(conn)
        .await?;
    Ok(())
}
