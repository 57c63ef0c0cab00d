//! The server process of a cluster: creating the cluster, starting, watching and stopping the
//! server.

use std::{
    fs::{self, File},
    io::{Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use sqlx::{ConnectOptions, Connection, PgConnection, postgres::PgConnectOptions};
use tokio::{
    process::{Child, Command},
    time::{sleep, timeout},
};

use super::paths::{self, ClusterPaths};

/// The cluster's owner, a superuser.
pub const OWNER: &str = "smp_owner";
/// A start may take this long, crash recovery included.
pub const START_LIMIT: Duration = Duration::from_mins(1);
pub const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// A fast shutdown may take this long; after it the server is killed.
const STOP_LIMIT: Duration = Duration::from_secs(20);
const CONNECT_LIMIT: Duration = Duration::from_secs(2);
/// A longer log is renamed to `pg.log.1` at the start.
const LOG_BYTES_MAX: u64 = 10 << 20;
/// Lines of the log that an error shows.
const LOG_TAIL_LINES: usize = 20;
/// Larger than any process id, so that Postgres takes a lock file with it for that of a dead server.
const NO_PROCESS: &str = "2147483646";

/// `fsync` and `synchronous_commit` keep their defaults: on.
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
    // Compiling a query would take longer than running it.
    "jit=off",
    "timezone=UTC",
    "log_timezone=UTC",
    "logging_collector=off",
    "log_line_prefix=%m [%p] ",
    // The details of an error may contain a customer's data.
    "log_error_verbosity=terse",
];

#[derive(Debug)]
pub struct Server {
    pub pid: i32,
    /// `None` for a server that an earlier smp started.
    pub child: Option<Child>,
}

impl Server {
    /// Starts the server of a cluster that has none.
    pub async fn start(paths: &ClusterPaths, deadline: Instant) -> anyhow::Result<Self> {
        disown_stale_files(paths)?;
        let (pid, child) = start_server(paths, &paths.binaries()?, deadline).await?;
        Ok(Self { pid, child: Some(child) })
    }

    pub async fn end(&mut self) -> anyhow::Result<()> {
        for (signal, limit) in [(Signal::SIGINT, STOP_LIMIT), (Signal::SIGQUIT, STOP_LIMIT / 4)] {
            if self.has_ended() {
                return Ok(());
            }
            // Fails only if the server has just ended.
            let _ = kill(Pid::from_raw(self.pid), signal);
            let deadline = Instant::now() + limit;
            while Instant::now() < deadline {
                if self.has_ended() {
                    return Ok(());
                }
                sleep(POLL_INTERVAL).await;
            }
            tracing::warn!(
                "the database server {} did not stop within {limit:?} of {signal}",
                self.pid
            );
        }
        bail!("the database server {} does not stop; look at pg.log in the data folder", self.pid)
    }

    pub fn has_ended(&mut self) -> bool {
        match &mut self.child {
            Some(child) => !matches!(child.try_wait(), Ok(None)),
            None => !is_running(self.pid),
        }
    }
}

/// `postmaster.pid`, which a running server writes into its folder.
pub struct PidFile {
    pub pid: i32,
    pub sockets: PathBuf,
}

impl PidFile {
    pub fn of(cluster: &Path) -> Option<Self> {
        let text = fs::read_to_string(cluster.join("postmaster.pid")).ok()?;
        let mut lines = text.lines();
        let pid = lines.next()?.trim().parse().ok().filter(|pid| *pid > 0)?;
        // Process id, folder, start time, port, folder of the socket.
        Some(Self { pid, sockets: lines.nth(3).unwrap_or_default().into() })
    }
}

/// A zombie does not count as running.
fn is_running(pid: i32) -> bool {
    let zombie = || {
        fs::read_to_string(format!("/proc/{pid}/stat"))
            .is_ok_and(|stat| stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('Z')))
    };
    kill(Pid::from_raw(pid), None).is_ok() && !zombie()
}

/// Whether `pid` is a running server of this cluster; process ids are reused.
pub fn is_server_of(pid: i32, cluster: &Path) -> bool {
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
fn disown_stale_files(paths: &ClusterPaths) -> anyhow::Result<()> {
    let path = paths.cluster.join("postmaster.pid");
    if let Some(stale) = PidFile::of(&paths.cluster).filter(|file| is_running(file.pid)) {
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
    } else if path.exists() && PidFile::of(&paths.cluster).is_none() {
        // Truncated by a full disk or a power cut; Postgres would refuse to start.
        fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
    }
    for name in [".s.PGSQL.5432", ".s.PGSQL.5432.lock"] {
        let path = paths.sockets.join(name);
        if path.exists() {
            fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
        }
    }
    Ok(())
}

/// Creates the cluster under another name and renames it, so that an interrupted start leaves no
/// half-made cluster.
pub async fn init_cluster(paths: &ClusterPaths, binaries: &Path) -> anyhow::Result<()> {
    let unfinished = &paths.unfinished;
    let mut complaint = String::new();
    // Some systems lack C.UTF-8; C sorts the same way.
    for locale in ["C.UTF-8", "C"] {
        if unfinished.exists() {
            fs::remove_dir_all(unfinished).with_context(|| {
                format!("cannot remove {}, left by an interrupted start", unfinished.display())
            })?;
        }
        paths::private_dir(unfinished, paths.user)?;
        let mut initdb = program(paths, &binaries.join("initdb"));
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
            return fs::rename(unfinished, &paths.cluster)
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

/// A Postgres program, run as the cluster's user and out of reach of the terminal's Ctrl-C.
fn program(paths: &ClusterPaths, path: &Path) -> Command {
    let mut command = Command::new(path);
    command.process_group(0).stdin(Stdio::null()).current_dir("/");
    if let Some((uid, gid)) = paths.user {
        command.uid(uid).gid(gid);
    }
    command
}

/// Starts the server and waits until it accepts connections, crash recovery included.
async fn start_server(
    paths: &ClusterPaths,
    binaries: &Path,
    deadline: Instant,
) -> anyhow::Result<(i32, Child)> {
    if fs::metadata(&paths.log).is_ok_and(|log| log.len() > LOG_BYTES_MAX) {
        fs::rename(&paths.log, paths.log.with_extension("log.1"))
            .with_context(|| format!("cannot put {} aside", paths.log.display()))?;
    }
    loop {
        let mut log = File::options()
            .append(true)
            .create(true)
            .open(&paths.log)
            .with_context(|| format!("cannot write {}", paths.log.display()))?;
        let log_start = log.seek(SeekFrom::End(0))?;
        let mut server = program(paths, &binaries.join("postgres"));
        server
            .arg("-D")
            .arg(&paths.cluster)
            .arg("-k")
            .arg(&paths.sockets)
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
            if accepts(&paths.sockets).await {
                return Ok((pid, child));
            }
            if Instant::now() > deadline {
                let _ = kill(Pid::from_raw(pid), Signal::SIGINT);
                bail!(
                    "the database does not accept connections after {START_LIMIT:?}\n{}",
                    log_tail(&paths.log, log_start)
                );
            }
            sleep(POLL_INTERVAL).await;
        };
        let said = log_tail(&paths.log, log_start);
        // The children of a killed server finish their work before they exit.
        if !said.contains("pre-existing shared memory block") || Instant::now() > deadline {
            bail!("the database server ended ({ended})\n{said}");
        }
        sleep(POLL_INTERVAL * 10).await;
    }
}

/// Whether a server answers on the socket in `sockets`.
pub async fn accepts(sockets: &Path) -> bool {
    let Ok(options) = socket_url(sockets, OWNER, "postgres").parse::<PgConnectOptions>() else {
        return false;
    };
    let options = options.disable_statement_logging();
    match timeout(CONNECT_LIMIT, PgConnection::connect_with(&options)).await {
        Ok(Ok(conn)) => conn.close().await.is_ok(),
        _ => false,
    }
}

pub fn socket_url(sockets: &Path, user: &str, database: &str) -> String {
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

/// The last lines of the log from byte `from` on, for an error message.
pub fn log_tail(log: &Path, from: u64) -> String {
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
