//! On a later start, sales that should be live and have ended go through review again, with a
//! window around now.

use anyhow::Context;
use reqwest::Method;
use serde_json::json;
use smp::platform::Platform;
use time::Duration;
use uuid::Uuid;

use crate::{
    cart,
    load::{approve, sale_input},
    person::Person,
    world::{Kind, Provider, Sale, Stage, World},
};

/// The clock is set back to this long before a renewed sale starts, to submit it in time.
const SUBMITTED_BEFORE_START: Duration = Duration::minutes(5);

pub async fn ended_sales(platform: &Platform, world: &World) -> anyhow::Result<()> {
    for provider in &world.providers {
        for sale in provider.sales.iter().filter(|sale| is_renewable(sale)) {
            if let Some((tenant, id)) = ended(platform, sale).await? {
                let path = format!("/api/v1/providers/{tenant}");
                let renewed = renew(platform, world, provider, sale, &path, id).await;
                platform.clock.reset_shift();
                renewed.with_context(|| format!("renewing the sale {}", sale.slug))?;
            }
        }
    }
    Ok(())
}

/// A reservation is not: its dates were sold as they are.
fn is_renewable(sale: &Sale) -> bool {
    sale.stage == Stage::Approved && sale.ends_in_minutes > 0 && sale.kind != Kind::Reservation
}

/// Tenant and id of the sale, if it has ended.
async fn ended(platform: &Platform, sale: &Sale) -> anyhow::Result<Option<(Uuid, Uuid)>> {
    let mut tx = platform.db.platform("demo").await?;
    let row = sqlx::query_as(
        "SELECT tenant_id, id FROM sales WHERE slug = $1 AND ends_at <= $2 AND state = 'approved'",
    )
    .bind(&sale.slug)
    .bind(platform.clock.now())
    .fetch_optional(&mut *tx)
    .await?;
    Ok(row)
}

async fn renew(
    platform: &Platform,
    world: &World,
    provider: &Provider,
    sale: &Sale,
    tenant_path: &str,
    id: Uuid,
) -> anyhow::Result<()> {
    let base = format!("http://127.0.0.1:{}", platform.config.port);
    let password = &world.people.password;
    let real_now = platform.clock.now();
    let editor = Person::signed_in(&base, &provider.member("editor")?.email, password).await?;
    let manager = Person::signed_in(&base, world.staff("manager")?, password).await?;
    let path = format!("{tenant_path}/sales/{id}");
    let before = editor.get(&path).await?;
    let offer_id = before["offer_id"].as_str().context("a sale without an offer")?;
    let offer = editor.get(&format!("{tenant_path}/offers/{offer_id}")).await?;
    // The cart's address was approved with the rest of the sale.
    let cart_origin = before["redirect_url"]
        .as_str()
        .and_then(|url| url.strip_suffix(cart::PATH))
        .unwrap_or_default();
    let input = sale_input(sale, &offer, &world.review.evidence, cart_origin, real_now)?;
    let before_start = Duration::minutes(sale.starts_in_minutes.min(0)) - SUBMITTED_BEFORE_START;
    platform.clock.advance(before_start);
    editor.edit(Method::PUT, &path, &path, &input).await?;
    let note = json!({"note": world.review.renewal_note});
    let revision = editor.post(&format!("{path}/submit"), &note).await?;
    approve(&manager, world, &path, &revision).await
}
