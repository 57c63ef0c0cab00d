//! `smp-demo`: SMP with a demo world in it. The world is read from `tenants/`, loaded through SMP's
//! own API by the people in it, and served until Ctrl-C. A later start renews the sales that have
//! ended.

mod cart;
mod contract;
mod load;
mod person;
mod renew;
mod summary;
mod traffic;
mod world;

use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Parser;
use smp::{
    cli,
    platform::{Config, ConfigProblems, Platform},
};
use tokio::process::Child;

use self::{summary::Summary, world::World};

/// Many small pieces are allocated and freed in every request, which mimalloc does faster than the
/// system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Serve SMP with a demo world, loaded from the tenants folder on the first start
///
/// Settings are those of `smp`; see `smp --help`.
#[derive(Parser)]
#[command(version)]
struct Cli {}

fn main() -> ExitCode {
    let Cli {} = Cli::parse();
    cli::run_program("smp-demo", settings, async |config, stop| {
        let world = World::read(&config.tenants_dir)?;
        let installation = cli::Installation::open_migrated(config, &stop).await?;
        let database_url = installation.app_database_url();
        let mut cart = None;
        let once_up = async {
            let prepared = prepare(&installation.platform, &world, &database_url);
            let prepared = stop.run_until_cancelled(prepared).await;
            cart = Some(prepared.context("stopped before the demo was ready")??);
            Ok(())
        };
        let served = installation.serve(true, once_up).await;
        if let Some(mut cart) = cart {
            cart.kill().await?;
        }
        installation.close().await?;
        served?;
        Ok(ExitCode::SUCCESS)
    })
}

/// The settings, and no second factor for the people of the demo, whose passwords everyone knows,
/// unless SMP_SECOND_FACTOR asks for one.
fn settings() -> Result<Config, ConfigProblems> {
    let mut config = Config::load()?;
    config.second_factor_required &= std::env::var_os("SMP_SECOND_FACTOR").is_some();
    Ok(config)
}

/// Loads the world unless it is there already, starts the provider's cart, and says where
/// everything is.
async fn prepare(platform: &Platform, world: &World, database_url: &str) -> anyhow::Result<Child> {
    let file = platform.config.data.join("demo.json");
    let earlier = Summary::read(&file);
    let cart_origin = cart::origin(platform.config.port);
    let api_key = match (load::is_loaded(platform, world).await?, earlier) {
        (true, Some(earlier)) => {
            renew::ended_sales(platform, world).await?;
            earlier.api_key
        }
        (true, None) => bail!(
            "the demo world is in the database, but {} is gone; remove {} to start anew",
            file.display(),
            platform.config.data.display()
        ),
        (false, _) => load::world(platform, world, &cart_origin).await?,
    };
    let summary = Summary::new(platform, world, database_url, cart_origin, api_key)?;
    summary.write(&file)?;
    let cart = cart::start(platform, world, &summary)?;
    println!("{}", summary.table(&world.people.password, &file));
    Ok(cart)
}
