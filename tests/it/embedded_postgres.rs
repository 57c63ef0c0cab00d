//! The embedded database survives what happens to programs: a kill, a crash, a reused process id, a
//! second start.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use smp::platform::embedded_postgres::{EmbeddedPostgres, OWNER};
use sqlx::{Connection, PgConnection};

/// A data folder that is removed at the end.
struct Folder(PathBuf);

impl Folder {
    /// The path has a space in it, and anyone may enter.
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("smp test {name} {}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        Self(path)
    }

    /// The cluster's process id, from its own file.
    fn postmaster(&self) -> Option<i32> {
        fs::read_to_string(self.0.join("pg/postmaster.pid")).ok()?.lines().next()?.parse().ok()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

async fn connect(server: &EmbeddedPostgres) -> PgConnection {
    PgConnection::connect(&server.url(OWNER, "shop")).await.expect("the database answers")
}

async fn notes(server: &EmbeddedPostgres) -> Vec<String> {
    sqlx::query_scalar("SELECT words FROM note ORDER BY 1")
        .fetch_all(&mut connect(server).await)
        .await
        .expect("the table is there")
}

async fn note(server: &EmbeddedPostgres, words: &str) {
    server.ensure_database("shop").await.expect("the database is made once");
    let mut conn = connect(server).await;
    sqlx::query("CREATE TABLE IF NOT EXISTS note (words text)")
        .execute(&mut conn)
        .await
        .expect("creates");
    sqlx::query("INSERT INTO note VALUES ($1)")
        .bind(words)
        .execute(&mut conn)
        .await
        .expect("writes");
}

fn runs(pid: i32) -> bool {
    let zombie =
        fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| stat.contains(") Z "));
    kill(Pid::from_raw(pid), None).is_ok() && !zombie
}

async fn start(data: &Path) -> EmbeddedPostgres {
    EmbeddedPostgres::start(data).await.expect("starts")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_committed_survives_a_killed_server() {
    let folder = Folder::new("kill");
    let server = start(&folder.0).await;
    note(&server, "before").await;
    let pid = folder.postmaster().expect("a server runs");
    kill(Pid::from_raw(pid), Signal::SIGKILL).expect("kills");
    drop(server);

    let server = start(&folder.0).await;
    assert_ne!(folder.postmaster(), Some(pid));
    assert_eq!(notes(&server).await, ["before"]);
    note(&server, "after").await;
    let pid = folder.postmaster().expect("a server runs");
    server.stop().await.expect("stops");
    assert!(!runs(pid), "the server is gone");
    assert_eq!(folder.postmaster(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_is_started_again_by_its_smp() {
    let folder = Folder::new("again");
    let server = start(&folder.0).await;
    note(&server, "before").await;
    let pid = folder.postmaster().expect("a server runs");
    kill(Pid::from_raw(pid), Signal::SIGKILL).expect("kills");
    let began = std::time::Instant::now();
    while folder.postmaster().is_none_or(|new| new == pid)
        || PgConnection::connect(&server.url(OWNER, "shop")).await.is_err()
    {
        assert!(began.elapsed().as_secs() < 30, "it is not started again");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    note(&server, "since").await;
    assert_eq!(notes(&server).await, ["before", "since"]);
    let pid = folder.postmaster().expect("a server runs");
    server.stop().await.expect("stops");
    assert!(!runs(pid), "the server is gone, and is not started again");
    assert_eq!(folder.postmaster(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_start_attaches_and_does_not_stop_what_it_did_not_start() {
    let folder = Folder::new("attach");
    let (first, second) = tokio::join!(start(&folder.0), start(&folder.0));
    assert_ne!(first.is_owner(), second.is_owner());
    let (owner, guest) = if first.is_owner() { (first, second) } else { (second, first) };
    note(&owner, "seen by both").await;
    assert_eq!(notes(&guest).await, ["seen by both"]);
    assert_eq!(owner.url(OWNER, "shop"), guest.url(OWNER, "shop"));
    guest.stop().await.expect("does nothing");
    assert_eq!(notes(&owner).await, ["seen by both"]);
    owner.stop().await.expect("stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_pid_file_that_names_someone_elses_process_does_not_stop_a_start() {
    let folder = Folder::new("stale");
    let server = start(&folder.0).await;
    note(&server, "kept").await;
    let pid = folder.postmaster().expect("a server runs");
    let pid_file = fs::read_to_string(folder.0.join("pg/postmaster.pid")).expect("reads");
    kill(Pid::from_raw(pid), Signal::SIGKILL).expect("kills");
    drop(server);
    let mut stranger =
        Command::new("sleep").arg("300").stdin(Stdio::null()).spawn().expect("sleeps");
    fs::write(
        folder.0.join("pg/postmaster.pid"),
        pid_file.replacen(&pid.to_string(), &stranger.id().to_string(), 1),
    )
    .expect("writes");

    let server = start(&folder.0).await;
    assert_eq!(notes(&server).await, ["kept"]);
    assert!(stranger.try_wait().expect("waits").is_none(), "the stranger is left alone");
    server.stop().await.expect("stops");
    stranger.kill().expect("kills");
    stranger.wait().expect("waits");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_whose_smp_was_killed_is_taken_over_and_stopped() {
    let folder = Folder::new("orphan");
    let mut smp = Command::new(env!("CARGO_BIN_EXE_smp"))
        .arg("postgres")
        .env("SMP_DATA", &folder.0)
        .stdout(Stdio::piped())
        .spawn()
        .expect("runs");
    let mut said = String::new();
    BufReader::new(smp.stdout.take().expect("is piped"))
        .read_line(&mut said)
        .expect("says where the database is");
    assert!(said.starts_with("DATABASE_URL=postgres://"), "{said}");
    let pid = folder.postmaster().expect("a server runs");
    let guest = start(&folder.0).await;
    assert!(!guest.is_owner());
    note(&guest, "kept").await;
    smp.kill().expect("kills");
    smp.wait().expect("waits");

    let server = start(&folder.0).await;
    assert_eq!(folder.postmaster(), Some(pid), "no second server was started");
    assert!(server.is_owner());
    assert_eq!(notes(&server).await, ["kept"]);
    server.stop().await.expect("stops");
    assert!(!runs(pid), "the server is gone");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_path_too_long_for_a_socket_and_an_interrupted_initdb_are_no_obstacle() {
    let folder = Folder::new("long");
    let data = folder.0.join("a folder with a long name ".repeat(4));
    fs::create_dir_all(data.join("pg.new/base")).expect("makes");
    fs::write(data.join("pg.new/PG_VERSION"), "15\n").expect("writes");
    let server = start(&data).await;
    note(&server, "fits").await;
    assert_eq!(notes(&server).await, ["fits"]);
    let psql = Command::new("psql")
        .args([&server.url(OWNER, "shop"), "-Atc", "SELECT words FROM note"])
        .output();
    if let Ok(psql) = psql {
        assert_eq!(
            String::from_utf8_lossy(&psql.stdout).trim(),
            "fits",
            "{}",
            String::from_utf8_lossy(&psql.stderr)
        );
    }
    server.stop().await.expect("stops");
    assert!(!data.join("pg.new").exists());
}
