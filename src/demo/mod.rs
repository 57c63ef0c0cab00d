//! The demo: a world of three fictional providers, loaded through SMP's own API by its own people,
//! and served.

pub mod cart;
mod load;
mod person;
pub mod pictures;
mod traffic;
pub mod world;

use std::{path::Path, process::Stdio};

use anyhow::Context;
use serde::{Deserialize, Serialize};
use tokio::process::{Child, Command};

use crate::platform::Platform;

/// The provider's cart listens this far above SMP's port.
const CART_PORT_ABOVE: u16 = 1000;

/// What `$SMP_DATA/demo.json` tells.
#[derive(Debug, Serialize, Deserialize)]
pub struct Summary {
    pub base_url: String,
    /// As the application's role.
    pub database_url: String,
    pub portal_url: String,
    pub outbox_url: String,
    pub logins: Vec<Login>,
    pub sales: Sales,
    /// A key of the provider that sells through its own cart.
    pub api_key: String,
    pub api_key_tenant: String,
    pub cart_url: String,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Login {
    pub role: String,
    /// The provider's slug; null for SMP's team and shoppers.
    pub tenant: Option<String>,
    pub email: String,
    pub password: String,
}

/// Addresses of sales to look at.
#[derive(Debug, Serialize, Deserialize)]
pub struct Sales {
    pub hosted: String,
    pub redirect: String,
    pub upcoming: String,
}

/// Where the provider's cart of an SMP on `port` is.
fn cart_origin(port: u16) -> String {
    let port = port.checked_add(CART_PORT_ABOVE).unwrap_or(port - CART_PORT_ABOVE);
    format!("http://127.0.0.1:{port}")
}

/// Loads the world unless it is there, starts the provider's cart, and tells where everything is.
pub async fn run(platform: &Platform, database_url: &str) -> anyhow::Result<Child> {
    let file = platform.config.data.join("demo.json");
    let before: Option<Summary> =
        std::fs::read(&file).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let cart = cart_origin(platform.config.port);
    let api_key = match (load::is_loaded(platform).await?, before) {
        (true, Some(before)) => {
            load::renew(platform).await?;
            before.api_key
        }
        (true, None) => {
            anyhow::bail!(
                "the demo world is in the database, but {} is gone; remove {} to start anew",
                file.display(),
                platform.config.data.display()
            )
        }
        (false, _) => load::world(platform, &cart).await?,
    };
    let summary = summary(platform, database_url, cart.clone(), api_key);
    std::fs::write(&file, serde_json::to_string_pretty(&summary)? + "\n")
        .with_context(|| format!("cannot write {}", file.display()))?;
    let child = start_cart(platform, &cart, &summary.api_key)?;
    println!("{}", table(&summary, &file));
    Ok(child)
}

fn summary(platform: &Platform, database_url: &str, cart_url: String, api_key: String) -> Summary {
    let people =
        world::PROVIDERS[0].team.iter().map(|person| (person, Some(world::PROVIDERS[0].slug)));
    let people = people
        .chain(world::STAFF.iter().map(|person| (person, None)))
        .chain(world::SHOPPERS.iter().take(1).map(|person| (person, None)));
    let sale = |wanted: fn(&world::Sale) -> bool| {
        let found = world::PROVIDERS
            .iter()
            .flat_map(|p| p.sales)
            .find(|sale| sale.stage == world::Stage::Approved && wanted(sale));
        platform.url(&format!("/sales/{}", found.map_or("", |sale| sale.slug)))
    };
    Summary {
        base_url: platform.config.base_url.clone(),
        database_url: database_url.to_owned(),
        portal_url: platform.url("/portal/"),
        outbox_url: platform.url("/dev/outbox"),
        logins: people
            .map(|(person, tenant)| Login {
                role: person.role.to_owned(),
                tenant: tenant.map(str::to_owned),
                email: person.email.to_owned(),
                password: world::PASSWORD.to_owned(),
            })
            .collect(),
        sales: Sales {
            hosted: sale(|s| s.is_live() && s.mode == world::Mode::Hosted),
            redirect: sale(|s| s.is_live() && s.mode == world::Mode::Redirect),
            upcoming: sale(|s| s.starts_in_minutes > 0),
        },
        api_key,
        api_key_tenant: world::PROVIDERS
            .iter()
            .find(|p| p.has_cart)
            .map_or("", |p| p.slug)
            .to_owned(),
        cart_url,
    }
}

/// The provider's cart, a process of its own, ended with ours.
fn start_cart(platform: &Platform, origin: &str, key: &str) -> anyhow::Result<Child> {
    let provider = world::PROVIDERS
        .iter()
        .find(|p| p.has_cart)
        .context("no provider of the demo has a cart")?;
    let port = origin.rsplit(':').next().unwrap_or_default();
    let smp = format!("http://127.0.0.1:{}", platform.config.port);
    Command::new(std::env::current_exe()?)
        .args(["demo-cart", "--port", port, "--smp", &smp, "--name", provider.name])
        .env("SMP_DEMO_CART_KEY", key)
        // Nothing is ever written to it: its end tells the cart that we are gone, however that came
        // about.
        .stdin(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .context("the provider's cart did not start")
}

fn table(summary: &Summary, file: &Path) -> String {
    let mut lines = vec![
        String::new(),
        "  SMP's demo is ready. Everybody's password is the same.".to_owned(),
        String::new(),
    ];
    let mut line = |name: &str, value: &str| lines.push(format!("  {name:<18} {value}"));
    line("Shop", &format!("{}/", summary.base_url));
    line("Portal", &summary.portal_url);
    line("Live, hosted", &summary.sales.hosted);
    line("Live, redirect", &summary.sales.redirect);
    line("Upcoming", &summary.sales.upcoming);
    line("Mail and SMS", &summary.outbox_url);
    line("Provider's cart", &summary.cart_url);
    line("API", &format!("{}/docs", summary.base_url));
    line("API key", &format!("{} ({})", summary.api_key, summary.api_key_tenant));
    line("Password", world::PASSWORD);
    for login in &summary.logins {
        line(
            &login.role,
            &format!(
                "{}{}",
                login.email,
                login.tenant.as_ref().map(|t| format!("   ({t})")).unwrap_or_default()
            ),
        );
    }
    line("Also in", &file.display().to_string());
    lines.push("\n  Ctrl-C stops all of it.\n".to_owned());
    lines.join("\n")
}

impl world::Sale {
    /// Whether it runs at the moment of loading.
    fn is_live(&self) -> bool {
        self.starts_in_minutes < 0 && self.ends_in_minutes > 0
    }
}
