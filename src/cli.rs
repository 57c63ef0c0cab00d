//! Every command of `smp`.

mod rehearse;
mod stock;

use std::{path::PathBuf, process::ExitCode, sync::Arc};

use anyhow::Context;
use clap::{Parser, Subcommand};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{
    access::accounts::{self, NewAccount},
    http,
    kernel::Clock,
    platform::{
        Broker, Config, Db, DedicatedPool, Limits, Mailer, Objects, Parts, Platform, Sms, config,
        db, embedded_postgres::EmbeddedPostgres, objects::ObjectsConfig, telemetry, timekeeper,
    },
    worker,
};

/// The database's name in the embedded cluster.
const DATABASE: &str = "smp";

/// A flash-sale marketplace that never oversells.
#[derive(Parser)]
#[command(version, after_help = settings_help())]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve pages, portal and API; runs the worker too
    Serve {
        /// Leave jobs to `smp worker`
        #[arg(long)]
        no_worker: bool,
    },
    /// Run jobs only
    Worker,
    /// Apply migrations
    Migrate,
    /// Serve a demo world on embedded defaults
    Demo,
    /// Tenant packs
    Tenants {
        #[command(subcommand)]
        command: TenantsCommand,
    },
    /// Write the API's description to openapi/smp.json
    Openapi {
        /// Only compare, and fail when it differs
        #[arg(long)]
        check: bool,
    },
    /// Accounts
    Account {
        #[command(subcommand)]
        command: AccountCommand,
    },
    Rehearse(rehearse::Rehearse),
    /// Stock
    Stock {
        #[command(subcommand)]
        command: StockCommand,
    },
    /// The receipt of a sale
    Receipt {
        #[command(subcommand)]
        command: ReceiptCommand,
    },
    /// The demo provider's own cart, a separate shop
    #[command(hide = true)]
    DemoCart {
        #[arg(long)]
        port: u16,
        #[arg(long)]
        smp: String,
        /// From the environment, so that it stands in no list of processes
        #[arg(long, env = "SMP_DEMO_CART_KEY", hide_env_values = true)]
        key: String,
        #[arg(long)]
        name: String,
    },
    /// Run the embedded database alone and print its address
    #[command(hide = true)]
    Postgres {
        /// For databases of tests: faster, and lost when the machine stops
        #[arg(long)]
        without_fsync: bool,
    },
}

#[derive(Subcommand)]
enum TenantsCommand {
    /// Apply every pack of a folder, or one pack
    Apply { dir: PathBuf },
}

#[derive(Subcommand)]
enum StockCommand {
    /// Hold the counters against the holds; ends with 1 when they differ
    Check {
        /// Only this sale
        #[arg(long)]
        sale: Option<String>,
        #[arg(long)]
        json: bool,
    },
}

#[derive(Subcommand)]
enum ReceiptCommand {
    /// Write a sale's receipt to standard output, over or not
    Write {
        #[arg(long)]
        sale: String,
    },
    /// Check a receipt from the file alone: never more sold than published, nobody overtaken; ends
    /// with 1 when it does not hold
    Verify { file: PathBuf },
}

#[derive(Subcommand)]
enum AccountCommand {
    /// Create an account, with a role of SMP's team if given; the password is read from
    /// SMP_PASSWORD
    Create {
        #[arg(long)]
        email: String,
        #[arg(long)]
        name: String,
        /// admin, manager, marketing, support or finance
        #[arg(long)]
        role: Option<String>,
    },
}

fn settings_help() -> String {
    let lines = config::SETTINGS
        .iter()
        .map(|(key, meaning)| format!("  {:<20} {meaning}", key.to_uppercase()));
    format!(
        "Settings, from the environment or smp.toml (keys in lower case):\n{}",
        lines.collect::<Vec<_>>().join("\n")
    )
}

/// Runs the command of the arguments.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("smp: the runtime cannot start: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(cli.command)) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("smp: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> anyhow::Result<ExitCode> {
    let config = Config::load()?;
    telemetry::start_logs(&config);
    telemetry::metrics();
    // Before anything is started, so that a signal at any time ends in a clean stop.
    let stop = CancellationToken::new();
    stop_on_signal(&stop);
    match command {
        Command::Serve { no_worker } => {
            let house = House::open(config, &stop).await?;
            let served = serve(&house.platform, !no_worker, async { Ok(()) }).await;
            house.close().await?;
            served?;
        }
        Command::Worker => {
            let house = House::open(config, &stop).await?;
            let worked = worker::run(&house.platform).await;
            house.close().await?;
            worked?;
        }
        Command::Migrate => House::open_migrated(config, &stop).await?.close().await?,
        Command::Demo => demo(config, &stop).await?,
        Command::Tenants { command: TenantsCommand::Apply { dir } } => {
            let house = House::open(config, &stop).await?;
            let applied = crate::providers::packs::apply(&house.platform, &dir).await;
            house.close().await?;
            for line in applied? {
                println!("{line}");
            }
        }
        Command::Openapi { check } => return openapi(config, check).await,
        Command::Account { command: AccountCommand::Create { email, name, role } } => {
            let house = House::open(config, &stop).await?;
            let created = create_account(&house.platform, &email, &name, role.as_deref()).await;
            house.close().await?;
            println!("{}", created?);
        }
        Command::Rehearse(args) => {
            let house = House::open(config, &stop).await?;
            let rehearsed = rehearse::run(&house.platform, &args).await;
            house.close().await?;
            rehearsed?;
        }
        Command::Stock { command: StockCommand::Check { sale, json } } => {
            let house = House::open(config, &stop).await?;
            let checked = stock::check(&house.platform, sale.as_deref(), json).await;
            house.close().await?;
            return checked;
        }
        Command::Receipt { command: ReceiptCommand::Write { sale } } => {
            let house = House::open(config, &stop).await?;
            let written = stock::receipt(&house.platform, &sale).await;
            house.close().await?;
            print!("{}", written?);
        }
        Command::Receipt { command: ReceiptCommand::Verify { file } } => {
            return stock::verify(&file);
        }
        Command::DemoCart { port, smp, key, name } => {
            crate::demo::cart::run(crate::demo::cart::CartConfig {
                port,
                smp_url: smp,
                api_key: key,
                shop_name: name,
            })
            .await?;
        }
        Command::Postgres { without_fsync } => {
            let postgres = EmbeddedPostgres::start(&config.data).await?;
            if without_fsync {
                db::without_fsync(&postgres.url("smp_owner", "postgres")).await?;
            }
            postgres.ensure_database(DATABASE).await?;
            db::migrate(&postgres.url("smp_owner", DATABASE)).await?;
            println!("DATABASE_URL={}", postgres.url("smp_owner", DATABASE));
            stop.cancelled().await;
            postgres.stop().await?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The platform and the embedded parts it stands on.
pub struct House {
    pub platform: Platform,
    postgres: Option<EmbeddedPostgres>,
}

impl House {
    /// Opens everything; an embedded database is migrated on the way, another one must have been.
    pub async fn open(config: Config, stop: &CancellationToken) -> anyhow::Result<Self> {
        let migrate = config.database_url.is_none();
        Self::open_with(config, migrate, stop).await
    }

    /// Opens everything, migrating whatever database it is.
    pub async fn open_migrated(config: Config, stop: &CancellationToken) -> anyhow::Result<Self> {
        Self::open_with(config, true, stop).await
    }

    async fn open_with(
        config: Config,
        migrate: bool,
        stop: &CancellationToken,
    ) -> anyhow::Result<Self> {
        let (owner_url, app_url, postgres) = match &config.database_url {
            Some(url) => (url.clone(), url.clone(), None),
            None => {
                let postgres = EmbeddedPostgres::start(&config.data)
                    .await
                    .context("the embedded database did not start")?;
                postgres.ensure_database(DATABASE).await?;
                (
                    postgres.url("smp_owner", DATABASE),
                    postgres.url("smp_app", DATABASE),
                    Some(postgres),
                )
            }
        };
        if migrate {
            db::migrate(&owner_url).await?;
        }
        let platform = platform(config, &app_url, stop).await?;
        Ok(Self { platform, postgres })
    }

    /// The address of the database as the application's role sees it.
    pub fn app_database_url(&self) -> String {
        match (&self.postgres, &self.platform.config.database_url) {
            (Some(postgres), _) => postgres.url("smp_app", DATABASE),
            (None, url) => url.clone().unwrap_or_default(),
        }
    }

    /// Closes connections and stops what was started.
    pub async fn close(self) -> anyhow::Result<()> {
        self.platform.shutdown.cancel();
        self.platform.dedicated.db().close().await;
        self.platform.db.close().await;
        if let Some(postgres) = self.postgres {
            postgres.stop().await?;
        }
        Ok(())
    }
}

/// Connects every part that `config` names, on a database that is there and migrated.
pub async fn platform(
    config: Config,
    database_url: &str,
    stop: &CancellationToken,
) -> anyhow::Result<Platform> {
    platform_with(config, database_url, Clock::default(), stop).await
}

/// The same, with the clock that the machine has.
pub async fn platform_with(
    config: Config,
    database_url: &str,
    clock: Clock,
    stop: &CancellationToken,
) -> anyhow::Result<Platform> {
    let db = Db::connect(database_url).await?;
    timekeeper::set(&db, &clock)
        .await
        .map_err(|error| anyhow::anyhow!("the database's clock cannot be read: {error:?}"))?;
    tokio::spawn(timekeeper::keep(db.clone(), clock.clone(), stop.clone()));
    let broker = match &config.redis_url {
        Some(url) => Broker::redis(url).await.context("REDIS_URL cannot be reached")?,
        None => Broker::in_process(),
    };
    assemble(config, db, broker, clock, stop)
}

fn assemble(
    config: Config,
    db: Db,
    broker: Broker,
    clock: Clock,
    stop: &CancellationToken,
) -> anyhow::Result<Platform> {
    let local = format!("http://127.0.0.1:{}", config.port);
    let objects = ObjectsConfig {
        endpoint: config.s3_endpoint.clone(),
        public_endpoint: config.s3_public_endpoint.clone(),
        bucket: config.s3_bucket.clone(),
        region: config.s3_region.clone(),
        access_key: config.s3_access_key.clone(),
        secret_key: config.s3_secret_key.clone(),
    };
    Ok(Platform::new(Parts {
        dedicated: DedicatedPool::beside(&db)?,
        db,
        limits: Limits::new(broker.clone(), clock.clone()),
        broker,
        objects: Objects::connect(&objects, &local, &config.base_url),
        mailer: Mailer::connect(config.smtp_url.as_deref(), &config.mail_from)
            .context("SMTP_URL")?,
        sms: Sms::connect(config.sms.clone())?,
        clock,
        shutdown: stop.clone(),
        config,
    }))
}

/// A platform that can be described and not used.
fn describing(config: Config) -> anyhow::Result<Platform> {
    let url = "postgres://nobody@127.0.0.1/none";
    assemble(
        config,
        Db::lazy(url)?,
        Broker::in_process(),
        Clock::default(),
        &CancellationToken::new(),
    )
}

/// Serves until a signal; `once_up` runs beside it as soon as the port is open.
async fn serve(
    platform: &Platform,
    with_worker: bool,
    once_up: impl Future<Output = anyhow::Result<()>>,
) -> anyhow::Result<()> {
    let address = format!("{}:{}", platform.config.host, platform.config.port);
    let listener = TcpListener::bind(&address)
        .await
        .with_context(|| format!("cannot listen on {address}; set SMP_PORT to another port"))?;
    tracing::info!("serving {} ({:?})", platform.config.base_url, listener.local_addr());
    let server =
        http::serve(listener, Arc::new(http::server(platform).await?), platform.shutdown.clone());
    let work = async {
        if with_worker {
            worker::run(platform).await
        } else {
            platform.shutdown.cancelled().await;
            Ok(())
        }
    };
    let up = async {
        let up = async {
            platform.objects.ensure_bucket().await.context("the bucket for files")?;
            once_up.await
        }
        .await;
        if up.is_err() {
            platform.shutdown.cancel();
        }
        up
    };
    let ((), worked, up) = tokio::join!(server, work, up);
    up?;
    worked
}

async fn demo(config: Config, stop: &CancellationToken) -> anyhow::Result<()> {
    let house = House::open_migrated(config, stop).await?;
    let database_url = house.app_database_url();
    let mut cart = None;
    let served = serve(&house.platform, true, async {
        let up = stop.run_until_cancelled(crate::demo::run(&house.platform, &database_url)).await;
        cart = Some(up.context("stopped before the demo was ready")??);
        Ok(())
    })
    .await;
    if let Some(mut cart) = cart {
        cart.kill().await?;
    }
    house.close().await?;
    served
}

/// Writes or checks openapi/smp.json.
async fn openapi(config: Config, check: bool) -> anyhow::Result<ExitCode> {
    let fresh = http::openapi(&describing(config)?)?;
    let path = std::path::Path::new("openapi/smp.json");
    if check {
        if std::fs::read_to_string(path).unwrap_or_default() == fresh {
            return Ok(ExitCode::SUCCESS);
        }
        eprintln!(
            "openapi/smp.json is not what the code describes; run `smp openapi` and commit it"
        );
        return Ok(ExitCode::FAILURE);
    }
    std::fs::create_dir_all("openapi")?;
    std::fs::write(path, fresh)?;
    Ok(ExitCode::SUCCESS)
}

async fn create_account(
    platform: &Platform,
    email: &str,
    name: &str,
    role: Option<&str>,
) -> anyhow::Result<String> {
    let password =
        std::env::var("SMP_PASSWORD").context("set SMP_PASSWORD to the new account's password")?;
    let mut tx = platform.db.platform("account create").await?;
    let new = NewAccount::parse(email, name, &password).map_err(|error| {
        anyhow::anyhow!("{}", serde_json::to_string(&error.problem().errors).unwrap_or_default())
    })?;
    let account = accounts::create(&mut tx, new, platform.clock.now()).await?;
    if let Some(role) = role {
        anyhow::ensure!(
            ["admin", "manager", "marketing", "support", "finance"].contains(&role),
            "{role:?} is no role of SMP's team; use admin, manager, marketing, support or finance"
        );
        accounts::grant_staff_role(&mut tx, account.id, role).await?;
    }
    tx.commit().await?;
    Ok(format!("{} {}", account.id, account.email))
}

fn stop_on_signal(stop: &CancellationToken) {
    let stop = stop.clone();
    tokio::spawn(async move {
        wait_for_signal().await;
        stop.cancel();
    });
}

/// Ctrl-C or SIGTERM.
async fn wait_for_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! { _ = tokio::signal::ctrl_c() => {}, _ = terminate.recv() => {} }
        }
        Err(_) => drop(tokio::signal::ctrl_c().await),
    }
}
