//! The server under measurement, and wrk.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use sqlx::{Connection, PgConnection};

use crate::mail::MailServer;

const SMP: &str = env!("CARGO_BIN_EXE_smp");
const SMP_DEMO: &str = env!("CARGO_BIN_EXE_smp-demo");

/// A running `smp` process.
pub struct Node {
    pub url: String,
    process: Child,
    database_url: String,
}

/// The demo's data, served by one node, and its folder.
pub struct World {
    pub node: Node,
    pub live_slug: String,
    data: PathBuf,
    demo: Value,
}

/// A prepared rehearsal.
#[derive(Clone)]
pub struct Prepared {
    pub slug: String,
    pub url: String,
    pub body: String,
    pub tokens: Vec<String>,
}

/// What wrk measured.
#[derive(Debug)]
pub struct Measured {
    pub rate: f64,
    pub p99_ms: f64,
}

fn free_port() -> Result<u16> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

fn smp(data: &Path, port: u16) -> Command {
    set_up(Command::new(SMP), data, port)
}

fn set_up(mut command: Command, data: &Path, port: u16) -> Command {
    command
        .env("SMP_DATA", data)
        .env("SMP_PORT", port.to_string())
        .env("SMP_LOG", "warn")
        // wrk and the listeners are one client.
        .env("SMP_CONNECTIONS", "20000")
        .env("SMP_CONNECTIONS_PER_CLIENT", "20000")
        .env_remove("DATABASE_URL")
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    command
}

fn until_up(url: &str) -> Result<()> {
    let address = url.trim_start_matches("http://");
    let began = Instant::now();
    while std::net::TcpStream::connect(address).is_err() {
        ensure!(began.elapsed() < Duration::from_mins(1), "{url} does not come up");
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

impl Node {
    /// Another node on the same database, on one half of the cores: the first or the second.
    pub fn beside(first: &Self, half: usize) -> Result<Self> {
        let port = free_port()?;
        let data = std::env::temp_dir().join(format!("smp-bench-node-{port}"));
        let cores = std::thread::available_parallelism()?.get();
        let (from, to) = (half * cores / 2, ((half + 1) * cores / 2).max(half * cores / 2 + 1));
        let mut command = Command::new("taskset");
        command.arg("-c").arg(format!("{from}-{}", to - 1)).arg(SMP).arg("serve");
        Self::run(set_up(command, &data, port), first, port)
    }

    /// Another node on the same database, on all cores, with settings of its own.
    pub fn with(first: &Self, settings: &[(&str, &str)]) -> Result<Self> {
        let port = free_port()?;
        let data = std::env::temp_dir().join(format!("smp-bench-node-{port}"));
        let mut command = smp(&data, port);
        command.arg("serve").envs(settings.iter().copied());
        Self::run(command, first, port)
    }

    fn run(mut command: Command, first: &Self, port: u16) -> Result<Self> {
        let process = command
            .env("DATABASE_URL", &first.database_url)
            .env("SMP_SECRET", "a secret of the benchmark, long enough")
            .spawn()?;
        let url = format!("http://127.0.0.1:{port}");
        until_up(&url)?;
        Ok(Self { url, process, database_url: first.database_url.clone() })
    }

    /// The database as its owner, whom no policy binds.
    pub fn owner_url(&self) -> String {
        self.database_url.replace("smp_app@", "smp_owner@")
    }

    /// Resident memory.
    pub fn resident_kib(&self) -> Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find(|line| line.starts_with("VmRSS")).context("no VmRSS")?;
        Ok(line.split_whitespace().nth(1).context("no number")?.parse()?)
    }

    pub fn stop(mut self) -> Result<()> {
        self.end()
    }

    fn end(&mut self) -> Result<()> {
        if self.process.try_wait()?.is_none() {
            Command::new("kill").args(["-INT", &self.process.id().to_string()]).status()?;
            self.process.wait()?;
        }
        Ok(())
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // Also after a failed measurement.
        let _ = self.end();
    }
}

impl World {
    /// Loads the demo's data into an embedded database of its own.
    pub async fn open() -> Result<Self> {
        let data = std::env::temp_dir().join(format!("smp-bench-{}", std::process::id()));
        Self::start(data, free_port()?, |_| {}).await
    }

    /// The same, which then sends its emails to this server. Loading reads some of them, so they are
    /// kept in files until then.
    pub async fn open_with_mail(mail: &MailServer) -> Result<Self> {
        let Self { node, data, .. } = Self::open().await?;
        let port = node.url.rsplit(':').next().context("no port")?.parse()?;
        node.stop()?;
        Self::start(data, port, |command| {
            command.env("SMTP_URL", mail.url());
        })
        .await
    }

    async fn start(data: PathBuf, port: u16, set: impl FnOnce(&mut Command)) -> Result<Self> {
        let told = data.join("demo.json");
        let written = || fs::metadata(&told).and_then(|told| told.modified()).ok();
        let earlier = written();
        let mut command = set_up(Command::new(SMP_DEMO), &data, port);
        set(command.stdout(Stdio::null()));
        let mut process = command.spawn().context("smp-demo does not start")?;
        let began = Instant::now();
        while written() == earlier {
            ensure!(process.try_wait()?.is_none(), "smp-demo has ended");
            ensure!(
                began.elapsed() < Duration::from_mins(5),
                "the demo's world is not loaded after five minutes"
            );
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        tokio::time::sleep(Duration::from_secs(5)).await; // for the jobs that loading left
        let demo: Value = serde_json::from_str(&fs::read_to_string(told)?)?;
        let live = demo["sales"]["hosted"].as_str().context("no hosted sale")?;
        let live_slug = live.rsplit('/').next().unwrap_or_default().to_owned();
        let database_url = demo["database_url"].as_str().context("no database")?.to_owned();
        let node = Node { url: format!("http://127.0.0.1:{port}"), process, database_url };
        Ok(Self { node, live_slug, data, demo })
    }

    /// Makes the embedded Postgres do now what it would do in the next minutes: vacuum after the last
    /// rush, analyze its tables, and write a checkpoint, after which it reuses the files of its log.
    pub async fn settle(&self) -> Result<()> {
        let mut owner = PgConnection::connect(&self.node.owner_url()).await?;
        for deed in ["VACUUM (ANALYZE)", "CHECKPOINT"] {
            sqlx::query(deed).execute(&mut owner).await?;
        }
        Ok(owner.close().await?)
    }

    fn run(&self, args: &[&str]) -> Result<String> {
        let port = self.node.url.rsplit(':').next().context("no port")?.parse()?;
        let done = smp(&self.data, port).args(args).stderr(Stdio::inherit()).output()?;
        ensure!(done.status.success(), "smp {} failed", args.join(" "));
        Ok(String::from_utf8(done.stdout)?.trim().to_owned())
    }

    pub fn prepare(&self, shoppers: u32, units: u32) -> Result<Prepared> {
        let (tokens, plan) = (self.data.join("tokens"), self.data.join("plan"));
        let (shoppers, units) = (shoppers.to_string(), units.to_string());
        let (tokens_path, plan_path) =
            (tokens.to_string_lossy().into_owned(), plan.to_string_lossy().into_owned());
        let args = [
            "rehearse",
            "--sale",
            &self.live_slug,
            "--shoppers",
            &shoppers,
            "--units",
            &units,
            "--prepare-only",
            "--tokens",
            &tokens_path,
            "--plan",
            &plan_path,
        ];
        let slug = self.run(&args)?;
        let plan: Value = serde_json::from_str(&fs::read_to_string(plan)?)?;
        let tokens = fs::read_to_string(tokens)?.lines().map(str::to_owned).collect();
        Ok(Prepared {
            slug,
            url: plan["url"].as_str().context("no url")?.to_owned(),
            body: plan["body"].as_str().context("no body")?.to_owned(),
            tokens,
        })
    }

    /// The report of `smp stock check`.
    pub fn check(&self, slug: &str) -> Result<Value> {
        Ok(serde_json::from_str(&self.run(&["stock", "check", "--sale", slug, "--json"])?)?)
    }

    /// The demo's shopper holds a unit of the live sale.
    pub async fn press_live(&self) -> Result<()> {
        let http = reqwest::Client::new();
        let cookie = self.shopper_cookie(&http).await?;
        let sale: Value = http
            .get(format!("{}/api/v1/sales/{}", self.node.url, self.live_slug))
            .send()
            .await?
            .json()
            .await?;
        let items = sale["items"].as_array().context("no items")?;
        for item in items {
            let body =
                serde_json::json!({"sale_item_id": item["id"], "quantity": 1, "wait": false});
            let answer = http
                .post(format!("{}/api/v1/sales/{}/holds", self.node.url, self.live_slug))
                .header("Cookie", &cookie)
                .json(&body)
                .send()
                .await?;
            if answer.status() == 201 {
                return Ok(());
            }
        }
        anyhow::bail!("the demo's shopper could hold nothing")
    }

    async fn shopper_cookie(&self, http: &reqwest::Client) -> Result<String> {
        let logins = self.demo["logins"].as_array().context("no logins")?;
        let shopper =
            logins.iter().find(|login| login["role"] == "shopper").context("no shopper")?;
        let body = serde_json::json!({"email": shopper["email"], "password": shopper["password"]});
        let answer =
            http.post(format!("{}/api/v1/session", self.node.url)).json(&body).send().await?;
        let cookie = answer
            .headers()
            .get("set-cookie")
            .and_then(|cookie| cookie.to_str().ok())
            .context("no cookie")?;
        Ok(cookie.split(';').next().unwrap_or_default().to_owned())
    }

    /// The rival's rate on the same database.
    pub fn rival(&self, sale: &Prepared) -> Result<Measured> {
        let port = free_port()?;
        let url = format!("http://127.0.0.1:{port}");
        let mut rival = Command::new(std::env::current_exe()?)
            .arg("rival")
            .env("RIVAL_PORT", port.to_string())
            .env("DATABASE_URL", &self.node.database_url)
            .env("RIVAL_SALE", &sale.slug)
            .spawn()?;
        until_up(&url)?;
        let theirs = Prepared { url: format!("{url}/holds"), ..sale.clone() };
        greet(&theirs)?;
        let measured = wrk(&theirs.url, Some(&theirs), 256, 4);
        rival.kill()?;
        rival.wait()?;
        measured
    }

    pub fn close(self) -> Result<()> {
        let data = self.data.clone();
        self.node.stop()?;
        let _ = fs::remove_dir_all(data);
        Ok(())
    }
}

/// A Lua script of wrk, and beside it the tokens that it reads. Dropped, both are removed.
struct Script(PathBuf);

impl Drop for Script {
    fn drop(&mut self) {
        let _ = fs::remove_file(self.0.with_extension("tokens"));
        let _ = fs::remove_file(&self.0);
    }
}

/// Each request is the next shopper's, a Buy or a product page.
fn script(sale: &Prepared, method: &str) -> Result<Script> {
    static SCRIPTS: AtomicU32 = AtomicU32::new(0); // two clients must not use the same shoppers
    let path = std::env::temp_dir().join(format!(
        "smp-bench-{}-{}.lua",
        std::process::id(),
        SCRIPTS.fetch_add(1, Ordering::Relaxed)
    ));
    let tokens = path.with_extension("tokens");
    fs::write(&tokens, sale.tokens.join("\n"))?;
    let mut file = fs::File::create(&path)?;
    writeln!(
        file,
        r#"local threads = 0
function setup(thread) thread:set("nth", threads); threads = threads + 1; end
function init(args)
  requests = {{}}
  local line = 0
  for token in io.lines("{tokens}") do
    if line % 2 == nth then
      requests[#requests + 1] = wrk.format("{method}", nil, {{["Content-Type"] = "application/json", ["Cookie"] = "smp_session=" .. token}}, [[{body}]])
    end
    line = line + 1
  end
  at = 0
end
function request() at = at + 1; if at > #requests then at = 1 end; return requests[at]; end
"#,
        tokens = tokens.display(),
        body = sale.body
    )?;
    Ok(Script(path))
}

/// Sends a request of every shopper to a server, so that it has cached their sessions, as it has
/// those of shoppers who look at a page before they buy.
pub fn greet(sale: &Prepared) -> Result<()> {
    let script = script(sale, "GET")?;
    // A slow machine needs longer.
    for duration in ["-d4s", "-d8s", "-d16s", "-d32s"] {
        let done = Command::new("wrk")
            .args(["-t2", "-c128", duration, "--latency", "-s"])
            .arg(&script.0)
            .arg(&sale.url)
            .output()
            .context("wrk")?;
        let text = String::from_utf8_lossy(&done.stdout);
        read(&text, &sale.url)?;
        let asked: usize = text
            .lines()
            .find_map(|line| line.split_once(" requests in")?.0.trim().parse().ok())
            .context("wrk counts nothing")?;
        if asked >= sale.tokens.len() {
            return Ok(());
        }
    }
    anyhow::bail!("{} shoppers were not met in half a minute", sale.tokens.len())
}

/// Measures a URL; with a sale, every request is another shopper's Buy, and a response other than
/// success fails the run.
pub fn wrk(url: &str, sale: Option<&Prepared>, connections: u32, seconds: u64) -> Result<Measured> {
    let mut command = Command::new("wrk");
    command.args(["-t2", &format!("-c{connections}"), &format!("-d{seconds}s"), "--latency"]);
    let script = sale.map(|sale| script(sale, "POST")).transpose()?;
    if let Some(script) = &script {
        command.arg("-s").arg(&script.0);
    }
    let done = command.arg(url).output().context("wrk is missing (Debian: apt-get install wrk)")?;
    read(&String::from_utf8_lossy(&done.stdout), url)
}

/// The product page for a signed-in shopper who has visited it before.
pub fn wrk_page(
    world: &World,
    shopper: &Prepared,
    connections: u32,
    seconds: u64,
) -> Result<Measured> {
    let url = format!("{}/sales/{}", world.node.url, world.live_slug);
    let session = format!("smp_session={}", shopper.tokens[0]);
    let first = Command::new("curl")
        // A person's browser: programs are counted as no visit and get no cookie.
        .args(["-A", "Mozilla/5.0", "-s", "-D", "-", "-o", "/dev/null"])
        .args(["-H", &format!("Cookie: {session}"), &url])
        .output()?;
    let head = String::from_utf8_lossy(&first.stdout).into_owned();
    let cookies = head
        .lines()
        .filter(|line| line.to_lowercase().starts_with("set-cookie:"))
        .map(|line| line[11..].split(';').next().unwrap_or_default().trim().to_owned());
    let all: Vec<String> = std::iter::once(session).chain(cookies).collect();
    ensure!(all.iter().any(|cookie| cookie.starts_with("smp_visit=")), "no visit began:\n{head}");
    let done = Command::new("wrk")
        .args([
            "-t2",
            &format!("-c{connections}"),
            &format!("-d{seconds}s"),
            "--latency",
            "-H",
            &format!("Cookie: {}", all.join("; ")),
            &url,
        ])
        .output()
        .context("wrk is missing (Debian: apt-get install wrk)")?;
    read(&String::from_utf8_lossy(&done.stdout), &url)
}

fn read(text: &str, url: &str) -> Result<Measured> {
    let line = |start: &str| {
        text.lines().find(|line| line.trim().starts_with(start)).map(|line| line.trim().to_owned())
    };
    let rate = line("Requests/sec:")
        .and_then(|line| line.split_whitespace().nth(1)?.parse().ok())
        .with_context(|| format!("wrk says nothing of {url}:\n{text}"))?;
    let p99 = line("99%")
        .and_then(|line| milliseconds(line.split_whitespace().nth(1)?))
        .context("no p99")?;
    ensure!(
        line("Non-2xx").is_none() && line("Socket errors").is_none(),
        "{url}: {}",
        text.replace('\n', " ")
    );
    Ok(Measured { rate, p99_ms: p99 })
}

fn milliseconds(text: &str) -> Option<f64> {
    let (number, factor) = match text {
        text if text.ends_with("us") => (text.trim_end_matches("us"), 0.001),
        text if text.ends_with("ms") => (text.trim_end_matches("ms"), 1.0),
        text => (text.trim_end_matches('s'), 1000.0),
    };
    Some(number.parse::<f64>().ok()? * factor)
}
