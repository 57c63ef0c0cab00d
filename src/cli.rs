//! Every command of `smp`.

mod installation;
mod ledger;
mod rehearse;
mod second_factor;
mod stock;
mod team;

use std::{path::PathBuf, process::ExitCode};

use anyhow::Context;
use clap::{Parser, Subcommand};
use tokio_util::sync::CancellationToken;

use self::installation::{DATABASE, describing};
pub use self::installation::{Installation, platform, platform_with};
use crate::{
    access::accounts::{self, NewAccount},
    http,
    platform::{
        Config, ConfigProblems, Platform, config, db, embedded_postgres::EmbeddedPostgres,
        telemetry,
    },
    providers::{Themes, apply_packs},
    worker,
};

/// A flash-sale marketplace that never oversells.
#[derive(Parser)]
#[command(version, after_help = settings_help())]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve pages, portal and API, and run jobs
    Serve {
        /// Leave jobs to `smp worker`
        #[arg(long)]
        no_worker: bool,
    },
    /// Run jobs only
    Worker,
    /// Apply migrations
    Migrate,
    /// Tenant packs
    Tenants {
        #[command(subcommand)]
        command: TenantsCommand,
    },
    /// Write the API's description to openapi/smp.json
    Openapi {
        /// Only compare; exits 1 if it differs
        #[arg(long)]
        check: bool,
    },
    /// Accounts, and SMP's own team
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
    /// The ledger
    Ledger {
        #[command(subcommand)]
        command: ledger::LedgerCommand,
    },
    /// The receipt of a sale
    Receipt {
        #[command(subcommand)]
        command: ReceiptCommand,
    },
    /// Run the embedded database alone and print its address
    #[command(hide = true)]
    Postgres {
        /// For test databases: faster, but lost when the machine stops
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
    /// Compare the stock counters with the holds; exits 1 if they differ
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
    /// Write a sale's receipt to standard output; the sale need not be over
    Write {
        #[arg(long)]
        sale: String,
    },
    /// Verify a receipt from its file alone: never more sold than published, nobody overtaken;
    /// exits 1 if that is not so
    Verify { file: PathBuf },
}

#[derive(Subcommand)]
enum AccountCommand {
    /// Create an account, optionally with a role in SMP's team; the password is read from
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
    /// Remove the second factor of somebody who lost it; they are told by email
    ResetFactor {
        #[arg(long)]
        email: String,
        /// How the person proved who they are; for the audit log
        #[arg(long)]
        reason: String,
    },
    #[command(flatten)]
    Team(team::TeamCommand),
}

impl Command {
    /// Whether the command leaves the installation's settings as they are: it stores no secret.
    const fn only_reads(&self) -> bool {
        matches!(
            self,
            Self::Tenants { .. }
                | Self::Openapi { .. }
                | Self::Rehearse(_)
                | Self::Stock { .. }
                | Self::Ledger { .. }
                | Self::Receipt { .. }
                | Self::Account { command: AccountCommand::Team(_) }
        )
    }
}

fn settings_help() -> String {
    let lines =
        config::settings().map(|(key, meaning)| format!("  {:<20} {meaning}", key.to_uppercase()));
    format!(
        "Settings, from the environment or smp.toml (keys in lower case):\n{}",
        lines.collect::<Vec<_>>().join("\n")
    )
}

/// Runs the command that the arguments name.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let settings = if cli.command.only_reads() { Config::load_to_read } else { Config::load };
    run_program("smp", settings, async |config, stop| run(cli.command, config, stop).await)
}

/// Runs `program` with the settings that `settings` finds, logs and metrics, until it is done. `stop`
/// is cancelled by Ctrl-C and SIGTERM; an error goes to standard error under the program's name.
pub fn run_program(
    name: &str,
    settings: fn() -> Result<Config, ConfigProblems>,
    program: impl AsyncFnOnce(Config, CancellationToken) -> anyhow::Result<ExitCode>,
) -> ExitCode {
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("{name}: the runtime cannot start: {error}");
            return ExitCode::FAILURE;
        }
    };
    let done = runtime.block_on(async {
        let config = settings()?;
        telemetry::start_logs(&config);
        telemetry::metrics();
        // Before anything else starts, so that a signal at any time ends in a clean stop.
        let stop = CancellationToken::new();
        stop_on_signal(&stop);
        program(config, stop).await
    });
    done.unwrap_or_else(|error| {
        eprintln!("{name}: {error:#}");
        ExitCode::FAILURE
    })
}

async fn run(
    command: Command,
    config: Config,
    stop: CancellationToken,
) -> anyhow::Result<ExitCode> {
    match command {
        Command::Serve { no_worker } => {
            let installation = Installation::open(config, &stop).await?;
            let served = installation.serve(!no_worker, async { Ok(()) }).await;
            installation.close().await?;
            served?;
        }
        Command::Worker => {
            let installation = Installation::open(config, &stop).await?;
            let worked = match Themes::new(&installation.platform) {
                Ok(themes) => worker::run(&installation.platform, &themes).await,
                Err(error) => Err(error),
            };
            installation.close().await?;
            worked?;
        }
        Command::Migrate => Installation::open_migrated(config, &stop).await?.close().await?,
        Command::Tenants { command: TenantsCommand::Apply { dir } } => {
            let installation = Installation::open_existing(config, &stop).await?;
            let applied = apply_packs(&installation.platform, &dir).await;
            installation.close().await?;
            for line in applied? {
                println!("{line}");
            }
        }
        Command::Openapi { check } => return openapi(config, check).await,
        Command::Account { command: AccountCommand::Create { email, name, role } } => {
            let installation = Installation::open(config, &stop).await?;
            let created =
                create_account(&installation.platform, &email, &name, role.as_deref()).await;
            installation.close().await?;
            println!("{}", created?);
        }
        Command::Account { command: AccountCommand::ResetFactor { email, reason } } => {
            let installation = Installation::open_existing(config, &stop).await?;
            let reset = second_factor::reset(&installation.platform, &email, &reason).await;
            installation.close().await?;
            println!("{}", reset?);
        }
        Command::Account { command: AccountCommand::Team(command) } => {
            let installation = Installation::open_existing(config, &stop).await?;
            let done = team::run(&installation.platform, &command).await;
            installation.close().await?;
            println!("{}", done?);
        }
        Command::Rehearse(args) => {
            let installation = Installation::open_existing(config, &stop).await?;
            let rehearsed = rehearse::run(&installation.platform, &args).await;
            installation.close().await?;
            rehearsed?;
        }
        Command::Stock { command: StockCommand::Check { sale, json } } => {
            let installation = Installation::open_existing(config, &stop).await?;
            let checked = stock::check(&installation.platform, sale.as_deref(), json).await;
            installation.close().await?;
            return checked;
        }
        Command::Ledger { command } => {
            let installation = Installation::open_existing(config, &stop).await?;
            let checked = ledger::run(&installation.platform, &command).await;
            installation.close().await?;
            return checked;
        }
        Command::Receipt { command: ReceiptCommand::Write { sale } } => {
            let installation = Installation::open_existing(config, &stop).await?;
            let written = stock::receipt(&installation.platform, &sale).await;
            installation.close().await?;
            print!("{}", written?);
        }
        Command::Receipt { command: ReceiptCommand::Verify { file } } => {
            return stock::verify(&file);
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
    let new = NewAccount::parse(email, name, &password).await.map_err(|error| {
        anyhow::anyhow!("{}", serde_json::to_string(&error.problem().errors).unwrap_or_default())
    })?;
    let mut tx = platform.db.platform("account create").await?;
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
