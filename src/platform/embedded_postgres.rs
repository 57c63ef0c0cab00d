//! The embedded database: a private Postgres cluster under the data folder, reached through a unix
//! socket only.
//!
//! One smp owns a cluster at a time, by the lock on `pg.lock`; others of the same folder attach to
//! it. The server runs in a process group of its own, so it outlives an smp that was killed, and
//! the next owner takes it over. A server that ends by itself is started again by its owner.

mod paths;
mod server;

use std::{
    fs::{self, File, TryLockError},
    io::{Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio::{sync::Mutex, task::JoinHandle, time::sleep};

use paths::ClusterPaths;
pub use server::OWNER;
use server::{
    POLL_INTERVAL, PidFile, START_LIMIT, Server, accepts, init_cluster, is_server_of, log_tail,
    socket_url,
};

/// How soon a server that ended by itself is started again, and how soon a failed restart is
/// repeated.
const WATCH_INTERVAL: Duration = Duration::from_millis(250);
const RESTART_PAUSE: Duration = Duration::from_secs(1);

/// A private Postgres cluster under the data folder. Dropping it without [`EmbeddedPostgres::stop`]
/// tells the server to stop and does not wait.
#[derive(Debug)]
pub struct EmbeddedPostgres {
    sockets: PathBuf,
    /// `None` when another smp owns the cluster.
    owned: Option<OwnedServer>,
}

#[derive(Debug)]
struct OwnedServer {
    server: Arc<Mutex<Server>>,
    /// Restarts the server when it ends by itself.
    guard: JoinHandle<()>,
    /// Held for as long as this process owns the server.
    _lock: File,
}

impl EmbeddedPostgres {
    /// Whether `data` has a cluster, or says where it is.
    pub fn exists(data: &Path) -> bool {
        data.join("pg").exists() || data.join("pg.home").exists()
    }

    /// Starts the cluster of `data` (creating it the first time), or attaches to the one another
    /// smp of the same folder runs. Returns when it accepts connections, after 60 s at the latest.
    pub async fn start(data: &Path) -> anyhow::Result<Self> {
        fs::create_dir_all(data).with_context(|| {
            format!(
                "cannot make the data folder {}; set SMP_DATA to a folder you may write to",
                data.display()
            )
        })?;
        let data =
            fs::canonicalize(data).with_context(|| format!("cannot look at {}", data.display()))?;
        let lock_path = data.join("pg.lock");
        let lock =
            File::options().read(true).write(true).create(true).truncate(false).open(&lock_path);
        let lock = lock.with_context(|| {
            format!("cannot open {}; is the data folder another user's?", lock_path.display())
        })?;
        let deadline = Instant::now() + START_LIMIT;
        loop {
            match lock.try_lock() {
                Ok(()) => return Self::own(&data, lock, deadline).await,
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) => {
                    return Err(error)
                        .with_context(|| format!("cannot lock {}", lock_path.display()));
                }
            }
            let note = fs::read_to_string(&lock_path).unwrap_or_default();
            let (owner, sockets) = note.split_once('\n').unwrap_or_default();
            if !sockets.is_empty() && accepts(Path::new(sockets.trim_end())).await {
                return Ok(Self { sockets: sockets.trim_end().into(), owned: None });
            }
            ensure!(
                Instant::now() < deadline,
                "process {owner} holds {}, but its database does not answer; stop that process, then try again\n{}",
                lock_path.display(),
                log_tail(&data.join("pg.log"), 0),
            );
            sleep(POLL_INTERVAL).await;
        }
    }

    /// Holding the lock, takes over the server that a killed smp left behind, or starts one.
    async fn own(data: &Path, mut lock: File, deadline: Instant) -> anyhow::Result<Self> {
        let paths = ClusterPaths::of(data)?;
        // The loop ends when a server accepts connections or has stopped.
        while let Some(left) =
            PidFile::of(&paths.cluster).filter(|file| is_server_of(file.pid, &paths.cluster))
        {
            if accepts(&left.sockets).await {
                tracing::info!(
                    "took over the database server {} that an earlier smp left running",
                    left.pid
                );
                write_note(&mut lock, &left.sockets)?;
                return Ok(Self {
                    sockets: left.sockets,
                    owned: Some(OwnedServer::new(
                        Server { pid: left.pid, child: None },
                        paths,
                        lock,
                    )),
                });
            }
            ensure!(
                Instant::now() < deadline,
                "the database server {} does not answer; stop it, then try again\n{}",
                left.pid,
                log_tail(&paths.log, 0)
            );
            sleep(POLL_INTERVAL).await;
        }
        if !paths.cluster.exists() {
            init_cluster(&paths, &paths.binaries()?).await?;
        }
        let server = Server::start(&paths, deadline).await?;
        write_note(&mut lock, &paths.sockets)?;
        Ok(Self {
            sockets: paths.sockets.clone(),
            owned: Some(OwnedServer::new(server, paths, lock)),
        })
    }

    /// The URL of `database` for `user`, as sqlx and libpq read it. The cluster's owner is [`OWNER`].
    pub fn url(&self, user: &str, database: &str) -> String {
        socket_url(&self.sockets, user, database)
    }

    /// Creates the database unless it exists.
    pub async fn ensure_database(&self, name: &str) -> anyhow::Result<()> {
        let mut conn = PgConnection::connect(&self.url(OWNER, "postgres"))
            .await
            .context("cannot reach the embedded database")?;
        let there = "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)";
        if !sqlx::query_scalar::<_, bool>(there).bind(name).fetch_one(&mut conn).await? {
            let create = format!("CREATE DATABASE \"{}\"", name.replace('"', "\"\""));
            let created = sqlx::query(AssertSqlSafe(create)).execute(&mut conn).await;
            // Another process may have created it first.
            if created.is_err()
                && !sqlx::query_scalar::<_, bool>(there).bind(name).fetch_one(&mut conn).await?
            {
                created.with_context(|| format!("cannot create the database {name}"))?;
            }
        }
        conn.close().await.context("cannot close the connection to the embedded database")
    }

    /// Whether this process owns the server, rather than another smp.
    pub fn is_owner(&self) -> bool {
        self.owned.is_some()
    }

    /// Fast shutdown: rolls back open transactions. Waits up to 20 s, then kills the server. Does
    /// nothing if another smp owns it.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        let Some(owned) = self.owned.take() else { return Ok(()) };
        // Waits for a restart in progress.
        let mut server = owned.server.lock().await;
        owned.guard.abort();
        // A folder under /var/tmp should not stay behind; only an empty one is removed.
        let sockets = std::mem::take(&mut self.sockets);
        server.end().await?;
        let _ = fs::remove_dir(sockets);
        Ok(())
    }
}

impl Drop for EmbeddedPostgres {
    fn drop(&mut self) {
        let Some(owned) = &self.owned else { return };
        owned.guard.abort();
        // If it is locked, the server is being started; the next owner takes it over.
        if let Ok(mut server) = owned.server.try_lock()
            && !server.has_ended()
        {
            let _ = kill(Pid::from_raw(server.pid), Signal::SIGINT);
        }
    }
}

impl OwnedServer {
    fn new(server: Server, paths: ClusterPaths, lock: File) -> Self {
        let server = Arc::new(Mutex::new(server));
        let guard = tokio::spawn(watch_over(server.clone(), paths));
        Self { server, guard, _lock: lock }
    }
}

/// Restarts the server whenever it ended by itself: killed, crashed, or out of disk space.
async fn watch_over(server: Arc<Mutex<Server>>, paths: ClusterPaths) {
    loop {
        sleep(WATCH_INTERVAL).await;
        let mut server = server.lock().await;
        if !server.has_ended() {
            continue;
        }
        tracing::error!("the database server {} ended by itself; starting it again", server.pid);
        match Server::start(&paths, Instant::now() + START_LIMIT).await {
            Ok(started) => *server = started,
            Err(error) => {
                drop(server);
                tracing::error!("cannot restart the database server: {error:#}");
                sleep(RESTART_PAUSE).await;
            }
        }
    }
}

/// Writes where other processes find this server: the owner's process id, then the socket's folder.
fn write_note(lock: &mut File, sockets: &Path) -> anyhow::Result<()> {
    let write = |lock: &mut File| {
        lock.set_len(0)?;
        lock.seek(SeekFrom::Start(0))?;
        lock.write_all(format!("{}\n{}\n", std::process::id(), sockets.display()).as_bytes())
    };
    write(lock).context("cannot write pg.lock in the data folder; is the disk full?")
}
