//! `demo.json` in the data folder: where everything is and who can sign in.

use std::path::Path;

use anyhow::Context;
use serde::{Deserialize, Serialize};
use smp::platform::{Platform, PortalPath, PublicPath};

use crate::world::{Mode, Sale, Stage, World};

#[derive(Debug, Serialize, Deserialize)]
pub struct Summary {
    pub base_url: String,
    /// As the application's role.
    pub database_url: String,
    pub portal_url: String,
    pub outbox_url: String,
    pub logins: Vec<Login>,
    pub sales: SaleUrls,
    /// A key of the provider that sells through its own cart.
    pub api_key: String,
    pub api_key_tenant: String,
    pub cart_url: String,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Login {
    pub role: String,
    /// The provider's slug; null for SMP's staff and shoppers.
    pub tenant: Option<String>,
    pub email: String,
    pub password: String,
}

/// Sale pages to look at.
#[derive(Debug, Serialize, Deserialize)]
pub struct SaleUrls {
    pub hosted: String,
    pub redirect: String,
    pub upcoming: String,
}

impl Summary {
    pub fn new(
        platform: &Platform,
        world: &World,
        database_url: &str,
        cart_url: String,
        api_key: String,
    ) -> anyhow::Result<Self> {
        let first = world.providers.first().context("the demo has no providers")?;
        let shopper = world.people.shoppers.first().context("the demo has no shoppers")?;
        let login = |role: &str, tenant: Option<&str>, email: &str| Login {
            role: role.to_owned(),
            tenant: tenant.map(str::to_owned),
            email: email.to_owned(),
            password: world.people.password.clone(),
        };
        let team = first.profile.team.iter().map(|m| login(&m.role, Some(&first.slug), &m.email));
        let staff = world.people.staff.iter().map(|m| login(&m.role, None, &m.email));
        let sale_url = |wanted: fn(&Sale) -> bool| {
            let mut sales = world.providers.iter().flat_map(|provider| &provider.sales);
            let found = sales.find(|sale| sale.stage == Stage::Approved && wanted(sale));
            platform.public_url(PublicPath::Sale { slug: found.map_or("", |sale| &sale.slug) })
        };
        Ok(Self {
            base_url: platform.config.base_url.clone(),
            database_url: database_url.to_owned(),
            portal_url: platform.portal_url(PortalPath::Home),
            outbox_url: platform.public_url(PublicPath::Outbox),
            logins: team.chain(staff).chain([login("shopper", None, &shopper.email)]).collect(),
            sales: SaleUrls {
                hosted: sale_url(|sale| sale.is_live() && sale.mode == Mode::Hosted),
                redirect: sale_url(|sale| sale.is_live() && sale.mode == Mode::Redirect),
                upcoming: sale_url(|sale| sale.starts_in_minutes > 0),
            },
            api_key,
            api_key_tenant: world.own_cart()?.slug.clone(),
            cart_url,
        })
    }

    /// What an earlier start wrote; none if there is no such file or it is not readable.
    pub fn read(file: &Path) -> Option<Self> {
        serde_json::from_slice(&std::fs::read(file).ok()?).ok()
    }

    pub fn write(&self, file: &Path) -> anyhow::Result<()> {
        std::fs::write(file, serde_json::to_string_pretty(self)? + "\n")
            .with_context(|| format!("{} cannot be written", file.display()))
    }

    /// The same for the terminal.
    pub fn table(&self, password: &str, file: &Path) -> String {
        let mut lines = vec![
            String::new(),
            "  The demo is ready. Every account has the same password.".to_owned(),
            String::new(),
        ];
        let mut line = |name: &str, value: &str| lines.push(format!("  {name:<18} {value}"));
        line("Shop", &format!("{}/", self.base_url));
        line("Portal", &self.portal_url);
        line("Live, hosted", &self.sales.hosted);
        line("Live, redirect", &self.sales.redirect);
        line("Upcoming", &self.sales.upcoming);
        line("Mail and SMS", &self.outbox_url);
        line("Provider's cart", &self.cart_url);
        line("API", &format!("{}/docs", self.base_url));
        line("API key", &format!("{} ({})", self.api_key, self.api_key_tenant));
        line("Password", password);
        for login in &self.logins {
            let tenant = login.tenant.as_ref().map(|slug| format!("   ({slug})"));
            line(&login.role, &format!("{}{}", login.email, tenant.unwrap_or_default()));
        }
        line("Also in", &file.display().to_string());
        lines.push("\n  Ctrl-C stops everything.\n".to_owned());
        lines.join("\n")
    }
}
