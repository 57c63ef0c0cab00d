//! The provider's own cart: another program, `demo-cart`, which knows nothing of SMP but its
//! address. It gets its shop's catalogue as a file and ends with this program.

use std::{collections::BTreeMap, process::Stdio};

use anyhow::Context;
use serde_json::{Value, json};
use smp::platform::Platform;
use tokio::process::{Child, Command};

use crate::{
    summary::Summary,
    world::{Mode, Provider, SaleItem, World},
};

/// Path of the cart's page below its origin; the approved redirect URL of every redirect sale.
pub const PATH: &str = "/cart";
/// The cart listens this far above SMP's port.
const PORT_ABOVE: u16 = 1000;

/// Origin of the cart beside an SMP on `port`.
pub fn origin(port: u16) -> String {
    let port = port.checked_add(PORT_ABOVE).unwrap_or(port - PORT_ABOVE);
    format!("http://127.0.0.1:{port}")
}

/// Starts `demo-cart`, which stands beside this program's file.
pub fn start(platform: &Platform, world: &World, summary: &Summary) -> anyhow::Result<Child> {
    let program = std::env::current_exe()?.with_file_name("demo-cart");
    let catalogue = platform.config.data.join("demo-cart.json");
    std::fs::write(&catalogue, format!("{:#}\n", catalogue_of(world.own_cart()?)))
        .with_context(|| format!("{} cannot be written", catalogue.display()))?;
    let port = summary.cart_url.rsplit(':').next().unwrap_or_default();
    Command::new(&program)
        .args(["--port", port, "--smp", &format!("http://127.0.0.1:{}", platform.config.port)])
        .arg("--catalogue")
        .arg(&catalogue)
        .env("SMP_DEMO_CART_KEY", &summary.api_key)
        // Nothing is ever written to it: when this program ends in any way, the pipe ends, and with
        // it the cart.
        .stdin(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("{} does not start; build it first", program.display()))
}

/// The shop's articles at the price it asks now: that of its redirect sale if there is one.
fn catalogue_of(provider: &Provider) -> Value {
    let redirect = provider.sales.iter().filter(|sale| sale.mode == Mode::Redirect);
    let on_sale: BTreeMap<&str, &SaleItem> =
        redirect.flat_map(|sale| &sale.items).map(|item| (item.sku.as_str(), item)).collect();
    let articles: Vec<Value> = provider
        .offers
        .iter()
        .flat_map(|offer| offer.items.iter().map(move |item| (offer, item)))
        .map(|(offer, item)| {
            json!({
                "sku": item.sku,
                "title": offer.title,
                "name": item.name,
                "price_minor": on_sale
                    .get(item.sku.as_str())
                    .map_or(item.price_minor, |sold| sold.price_minor),
                "currency": offer.currency,
                "nights": on_sale
                    .get(item.sku.as_str())
                    .and_then(|sold| sold.slot)
                    .map(|slot| slot.nights),
            })
        })
        .collect();
    let support = &provider.settings.support;
    json!({
        "shop": provider.settings.name,
        "email": support.email,
        "phone": support.phone,
        "articles": articles,
    })
}
