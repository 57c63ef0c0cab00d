//! The embedded database: a private Postgres cluster under the data folder, reached through a unix
//! socket only.
//!
//! One smp owns a cluster at a time, by the lock on `pg.lock`; others of the same folder attach to
//! it. The server runs in a process group of its own, so it outlives an smp that was killed, and
//! the next owner takes it over. A server that ends by itself is started again by its owner.

mod place;

use std::{
    fs::{self, File, TryLockError},
    io::{Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    process::Stdio,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, bail, ensure};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, postgres::PgConnectOptions};
use tokio::{
    process::{Child, Command},
    sync::Mutex,
    task::JoinHandle,
    time::{sleep, timeout},
};

use place::Place;

/// The cluster's owner, a superuser.
pub const OWNER: &str = "smp_owner";

/// Starting, crash recovery included, takes no longer.
const START_LIMIT: Duration = Duration::from_mins(1);
/// Stopping politely takes no longer.
const STOP_LIMIT: Duration = Duration::from_secs(20);
/// A try to connect takes no longer.
const CONNECT_LIMIT: Duration = Duration::from_secs(2);
const POLL: Duration = Duration::from_millis(50);
/// How soon a server that ended by itself is started again, and tried again when that fails.
const WATCHED_EVERY: Duration = Duration::from_millis(250);
const RESTART_PAUSE: Duration = Duration::from_secs(1);
/// A longer log is put aside at the start, as `pg.log.1`.
const LOG_BYTES_MAX: u64 = 10 << 20;
/// Lines of the log shown when the start fails.
const LOG_TAIL_LINES: usize = 20;
/// Above every process id there is, so that Postgres takes a lock file that names it for a dead
/// server's.
const NO_PROCESS: &str = "2147483646";

/// Durability is left as it comes: `fsync` and `synchronous_commit` on.
const SETTINGS: &[&str] = &[
    "listen_addresses=",
    "port=5432",
    "max_connections=200",
    "shared_buffers=256MB",
    "effective_cache_size=1GB",
    "random_page_cost=1.1",
    "min_wal_size=256MB",
    "max_wal_size=2GB",
    "checkpoint_timeout=15min",
    "wal_compression=on",
    // Compiling a query costs more than any of ours takes.
    "jit=off",
    "timezone=UTC",
    "log_timezone=UTC",
    "logging_collector=off",
    "log_line_prefix=%m [%p] ",
    // The details of an error may hold a customer's data.
    "log_error_verbosity=terse",
];

/// A private Postgres cluster under the data folder. Dropped without [`EmbeddedPostgres::stop`], it
/// is told to stop and not waited for.
#[derive(Debug)]
pub struct EmbeddedPostgres {
    sockets: PathBuf,
    /// `None` when another smp owns the cluster.
    owned: Option<Owned>,
}

#[derive(Debug)]
struct Owned {
    server: Arc<Mutex<Server>>,
    /// Starts the server again.
    guard: JoinHandle<()>,
    /// Held as long as the server is ours.
    _lock: File,
}

#[derive(Debug)]
struct Server {
    pid: i32,
    /// `None` for a server that an earlier smp started.
    child: Option<Child>,
}

impl EmbeddedPostgres {
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
            sleep(POLL).await;
        }
    }

    /// With the lock in hand: takes over the server that a killed smp left behind, or starts one.
    async fn own(data: &Path, mut lock: File, deadline: Instant) -> anyhow::Result<Self> {
        let place = Place::of(data)?;
        // A server that is stopping, or that dies meanwhile, ends this loop; one that starts up is
        // waited for.
        while let Some(left) =
            PidFile::of(&place.cluster).filter(|file| is_server_of(file.pid, &place.cluster))
        {
            if accepts(&left.sockets).await {
                tracing::info!(
                    "took over the database server {} that an earlier smp left running",
                    left.pid
                );
                write_note(&mut lock, &left.sockets)?;
                return Ok(Self {
                    sockets: left.sockets,
                    owned: Some(Owned::new(Server { pid: left.pid, child: None }, place, lock)),
                });
            }
            ensure!(
                Instant::now() < deadline,
                "the database server {} does not answer; stop it, then try again\n{}",
                left.pid,
                log_tail(&place.log, 0)
            );
            sleep(POLL).await;
        }
        if !place.cluster.exists() {
            init_cluster(&place, &place.binaries()?).await?;
        }
        let server = Server::start(&place, deadline).await?;
        write_note(&mut lock, &place.sockets)?;
        Ok(Self { sockets: place.sockets.clone(), owned: Some(Owned::new(server, place, lock)) })
    }

    /// Address of `database` for `user`; sqlx, libpq and what builds on it all read it. The
    /// cluster's owner is [`OWNER`].
    pub fn url(&self, user: &str, database: &str) -> String {
        socket_url(&self.sockets, user, database)
    }

    /// Creates the database unless it is there.
    pub async fn ensure_database(&self, name: &str) -> anyhow::Result<()> {
        let mut conn = PgConnection::connect(&self.url(OWNER, "postgres"))
            .await
            .context("cannot reach the embedded database")?;
        let there = "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)";
        if !sqlx::query_scalar::<_, bool>(there).bind(name).fetch_one(&mut conn).await? {
            let create = format!("CREATE DATABASE \"{}\"", name.replace('"', "\"\""));
            let created = sqlx::query(AssertSqlSafe(create)).execute(&mut conn).await;
            // Another process may have been quicker.
            if created.is_err()
                && !sqlx::query_scalar::<_, bool>(there).bind(name).fetch_one(&mut conn).await?
            {
                created.with_context(|| format!("cannot create the database {name}"))?;
            }
        }
        conn.close().await.context("cannot close the connection to the embedded database")
    }

    /// Whether this process runs the server, and not another smp.
    pub fn is_owner(&self) -> bool {
        self.owned.is_some()
    }

    /// Fast shutdown: open transactions are rolled back, and what is committed is on disk. Waits up
    /// to 20 s, then forces it. Does nothing when attached.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        let Some(owned) = self.owned.take() else { return Ok(()) };
        // A restart that is under way ends first.
        let mut server = owned.server.lock().await;
        owned.guard.abort();
        // Goes only when it is empty: a folder under the temp folder should not stay behind.
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
        // Locked: it is being started at this moment. The next owner takes it over.
        if let Ok(mut server) = owned.server.try_lock()
            && !server.has_ended()
        {
            let _ = kill(Pid::from_raw(server.pid), Signal::SIGINT);
        }
    }
}

impl Owned {
    fn new(server: Server, place: Place, lock: File) -> Self {
        let server = Arc::new(Mutex::new(server));
        let guard = tokio::spawn(watch_over(server.clone(), place));
        Self { server, guard, _lock: lock }
    }
}

/// Starts the server again whenever it ended by itself: killed, crashed, or out of disk.
async fn watch_over(server: Arc<Mutex<Server>>, place: Place) {
    loop {
        sleep(WATCHED_EVERY).await;
        let mut server = server.lock().await;
        if !server.has_ended() {
            continue;
        }
        tracing::error!("the database server {} ended by itself; it is started again", server.pid);
        match Server::start(&place, Instant::now() + START_LIMIT).await {
            Ok(started) => *server = started,
            Err(error) => {
                drop(server);
                tracing::error!("the database server cannot be started again now: {error:#}");
                sleep(RESTART_PAUSE).await;
            }
        }
    }
}

impl Server {
    /// Starts a server in the place, which has a cluster and no server.
    async fn start(place: &Place, deadline: Instant) -> anyhow::Result<Self> {
        disown_stale_files(place)?;
        let (pid, child) = start_server(place, &place.binaries()?, deadline).await?;
        Ok(Self { pid, child: Some(child) })
    }

    async fn end(&mut self) -> anyhow::Result<()> {
        for (signal, limit) in [(Signal::SIGINT, STOP_LIMIT), (Signal::SIGQUIT, STOP_LIMIT / 4)] {
            if self.has_ended() {
                return Ok(());
            }
            // Fails only when the server has just ended.
            let _ = kill(Pid::from_raw(self.pid), signal);
            let deadline = Instant::now() + limit;
            while Instant::now() < deadline {
                if self.has_ended() {
                    return Ok(());
                }
                sleep(POLL).await;
            }
            tracing::warn!(
                "the database server {} did not stop within {limit:?} of {signal}",
                self.pid
            );
        }
        bail!("the database server {} does not stop; look at pg.log in the data folder", self.pid)
    }

    fn has_ended(&mut self) -> bool {
        match &mut self.child {
            Some(child) => !matches!(child.try_wait(), Ok(None)),
            None => !is_running(self.pid),
        }
    }
}

/// What a running server writes into its folder.
struct PidFile {
    pid: i32,
    sockets: PathBuf,
}

impl PidFile {
    fn of(cluster: &Path) -> Option<Self> {
        let text = fs::read_to_string(cluster.join("postmaster.pid")).ok()?;
        let mut lines = text.lines();
        let pid = lines.next()?.trim().parse().ok().filter(|pid| *pid > 0)?;
        // Process id, folder, start time, port, folder of the socket.
        Some(Self { pid, sockets: lines.nth(3).unwrap_or_default().into() })
    }
}

/// A process that has ended but was not waited for does not count.
fn is_running(pid: i32) -> bool {
    let zombie = || {
        fs::read_to_string(format!("/proc/{pid}/stat"))
            .is_ok_and(|stat| stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('Z')))
    };
    kill(Pid::from_raw(pid), None).is_ok() && !zombie()
}

/// Whether `pid` runs and is a server of this very cluster; process ids are used again.
fn is_server_of(pid: i32, cluster: &Path) -> bool {
    if !is_running(pid) {
        return false;
    }
    if Path::new("/proc/self/cwd").exists() {
        return fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|folder| folder == cluster);
    }
    let listed = std::process::Command::new("ps")
        .args(["-ww", "-o", "args=", "-p", &pid.to_string()])
        .output();
    listed.is_ok_and(|output| {
        String::from_utf8_lossy(&output.stdout).contains(&*cluster.to_string_lossy())
    })
}

/// Postgres refuses to start when a lock file names a process that runs, whatever that process is.
///
/// `postmaster.pid` is not removed: it also names the shared memory, by which Postgres notices that
/// children of the dead server still work on the files.
fn disown_stale_files(place: &Place) -> anyhow::Result<()> {
    let path = place.cluster.join("postmaster.pid");
    if let Some(stale) = PidFile::of(&place.cluster).filter(|file| is_running(file.pid)) {
        tracing::info!(
            "process {} is not this folder's database server; its entry in {} is stale",
            stale.pid,
            path.display()
        );
        let text =
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let rest = text.split_once('\n').map_or("", |(_, rest)| rest);
        fs::write(&path, format!("{NO_PROCESS}\n{rest}"))
            .with_context(|| format!("cannot write {}", path.display()))?;
    } else if path.exists() && PidFile::of(&place.cluster).is_none() {
        // Cut short by a full disk or a power cut; PostgreSQL would give up on it.
        fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
    }
    for name in [".s.PGSQL.5432", ".s.PGSQL.5432.lock"] {
        let path = place.sockets.join(name);
        if path.exists() {
            fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
        }
    }
    Ok(())
}

/// Makes the cluster beside its place and moves it there, so that an interrupted start leaves
/// nothing half made.
async fn init_cluster(place: &Place, binaries: &Path) -> anyhow::Result<()> {
    let unfinished = &place.unfinished;
    let mut complaint = String::new();
    // Not every system has C.UTF-8; C sorts the same way.
    for locale in ["C.UTF-8", "C"] {
        if unfinished.exists() {
            fs::remove_dir_all(unfinished).with_context(|| {
                format!("cannot remove {}, left by an interrupted start", unfinished.display())
            })?;
        }
        place::private_dir(unfinished, place.user)?;
        let mut initdb = program(place, &binaries.join("initdb"));
        initdb.arg("-D").arg(unfinished).args([
            "-U",
            OWNER,
            "--auth=trust",
            "--encoding=UTF8",
            "--no-instructions",
            "--data-checksums",
        ]);
        let output = initdb
            .arg(format!("--locale={locale}"))
            .output()
            .await
            .with_context(|| format!("cannot run initdb of {}", binaries.display()))?;
        if output.status.success() {
            return fs::rename(unfinished, &place.cluster)
                .with_context(|| format!("cannot rename {} to pg", unfinished.display()));
        }
        complaint = format!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    bail!("initdb of {} failed:\n{}", binaries.display(), complaint.trim_end())
}

/// A program of Postgres's, as the cluster's user and out of reach of the terminal's Ctrl-C.
fn program(place: &Place, path: &Path) -> Command {
    let mut command = Command::new(path);
    command.process_group(0).stdin(Stdio::null()).current_dir("/");
    if let Some((uid, gid)) = place.user {
        command.uid(uid).gid(gid);
    }
    command
}

/// Starts the server and waits until it accepts connections, crash recovery included.
async fn start_server(
    place: &Place,
    binaries: &Path,
    deadline: Instant,
) -> anyhow::Result<(i32, Child)> {
    if fs::metadata(&place.log).is_ok_and(|log| log.len() > LOG_BYTES_MAX) {
        fs::rename(&place.log, place.log.with_extension("log.1"))
            .with_context(|| format!("cannot put {} aside", place.log.display()))?;
    }
    loop {
        let mut log = File::options()
            .append(true)
            .create(true)
            .open(&place.log)
            .with_context(|| format!("cannot write {}", place.log.display()))?;
        let log_start = log.seek(SeekFrom::End(0))?;
        let mut server = program(place, &binaries.join("postgres"));
        server
            .arg("-D")
            .arg(&place.cluster)
            .arg("-k")
            .arg(&place.sockets)
            .args(SETTINGS.iter().flat_map(|setting| ["-c", setting]));
        server.stdout(log.try_clone()?).stderr(log);
        let mut child = server
            .spawn()
            .with_context(|| format!("cannot run postgres of {}", binaries.display()))?;
        let pid = child
            .id()
            .and_then(|pid| i32::try_from(pid).ok())
            .context("the database server ended at once")?;
        let ended = loop {
            if let Some(status) = child.try_wait()? {
                break status;
            }
            if accepts(&place.sockets).await {
                return Ok((pid, child));
            }
            if Instant::now() > deadline {
                let _ = kill(Pid::from_raw(pid), Signal::SIGINT);
                bail!(
                    "the database does not accept connections after {START_LIMIT:?}\n{}",
                    log_tail(&place.log, log_start)
                );
            }
            sleep(POLL).await;
        };
        let said = log_tail(&place.log, log_start);
        // Children of a killed server finish what they do before they notice.
        if !said.contains("pre-existing shared memory block") || Instant::now() > deadline {
            bail!("the database server ended ({ended})\n{said}");
        }
        sleep(POLL * 10).await;
    }
}

/// Whether a server answers behind the socket in `sockets`.
async fn accepts(sockets: &Path) -> bool {
    let Ok(options) = socket_url(sockets, OWNER, "postgres").parse::<PgConnectOptions>() else {
        return false;
    };
    let options = options.disable_statement_logging();
    match timeout(CONNECT_LIMIT, PgConnection::connect_with(&options)).await {
        Ok(Ok(conn)) => conn.close().await.is_ok(),
        _ => false,
    }
}

fn socket_url(sockets: &Path, user: &str, database: &str) -> String {
    let folder = escape(&sockets.to_string_lossy());
    format!("postgres://{}@localhost:5432/{}?host={folder}", escape(user), escape(database))
}

fn escape(text: &str) -> String {
    text.bytes()
        .map(|b| {
            if b.is_ascii_alphanumeric() || b"-._~/".contains(&b) {
                char::from(b).to_string()
            } else {
                format!("%{b:02X}")
            }
        })
        .collect()
}

/// Tells those who come later whom to attach to: process id, then the socket's folder.
fn write_note(lock: &mut File, sockets: &Path) -> anyhow::Result<()> {
    let write = |lock: &mut File| {
        lock.set_len(0)?;
        lock.seek(SeekFrom::Start(0))?;
        lock.write_all(format!("{}\n{}\n", std::process::id(), sockets.display()).as_bytes())
    };
    write(lock).context("cannot write pg.lock in the data folder; is the disk full?")
}

/// The last lines of the log from byte `from` on, for an error message.
fn log_tail(log: &Path, from: u64) -> String {
    let read = || -> std::io::Result<String> {
        let mut file = File::open(log)?;
        let from = from.max(file.metadata()?.len().saturating_sub(64 << 10));
        file.seek(SeekFrom::Start(from))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    let text = read().unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    format!(
        "The end of {}:\n{}",
        log.display(),
        lines[lines.len().saturating_sub(LOG_TAIL_LINES)..].join("\n")
    )
}
