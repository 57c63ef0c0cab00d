//! Builds the world: every provider goes through the same invitation, vetting, upload, review and
//! approval as a real one. The clock is set back while it happens, so that sales which began before
//! today can be submitted before they begin.

use anyhow::Context;
use futures_util::{StreamExt, TryStreamExt};
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

use super::{
    person::Person,
    pictures, traffic,
    world::{self, Kind, Provider, Sale, Stage},
};
use crate::{
    access::{
        Actor,
        accounts::{self, NewAccount},
        audit,
    },
    kernel::TenantId,
    platform::Platform,
};

/// The world is prepared as if this long ago.
const PREPARED_AGO: Duration = Duration::days(6);
/// The note in the audit log that says the world is whole.
const LOADED: &str = "demo_loaded";
/// An invitation's mail is there within this.
const MAIL_WAIT: std::time::Duration = std::time::Duration::from_secs(30);
/// Pictures drawn at the same time.
const DRAWING_AT_ONCE: usize = 2;
const PICTURE_PX: (u32, u32) = (1600, 1200);

/// Whether the world was loaded whole.
pub async fn is_loaded(platform: &Platform) -> anyhow::Result<bool> {
    let mut tx = platform.db.platform("demo").await?;
    let loaded: bool =
        sqlx::query_scalar("SELECT EXISTS (SELECT FROM audit_log WHERE action = $1)")
            .bind(LOADED)
            .fetch_one(&mut *tx)
            .await?;
    let begun: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM providers WHERE slug = $1)")
        .bind(world::PROVIDERS[0].slug)
        .fetch_one(&mut *tx)
        .await?;
    anyhow::ensure!(
        loaded || !begun,
        "an earlier start ended while it loaded the demo world; remove {} (or empty the database) and start again",
        platform.config.data.display()
    );
    Ok(loaded)
}

/// Loads everything; returns the API key of the provider with a cart of its own.
pub async fn world(platform: &Platform, cart_origin: &str) -> anyhow::Result<String> {
    let real_now = platform.clock.now();
    platform.clock.advance(-PREPARED_AGO);
    let loaded = prepare(platform, cart_origin, real_now).await;
    // Whatever happened, the clock goes right again.
    platform.clock.set_right();
    let (key, stages) = loaded?;
    let shown = traffic::run(platform, real_now, &stages, &key).await;
    platform.clock.set_right();
    shown.context("the demo's visitors")?;
    let mut tx = platform.db.platform("demo").await?;
    audit::record(&mut tx, Actor::System, TenantId::PLATFORM, LOADED, "demo", &()).await?;
    tx.commit().await?;
    Ok(key)
}

/// A published sale and the access points that lead to it.
pub struct Staged {
    pub tenant: String,
    pub sale: &'static Sale,
    pub provider: &'static Provider,
    pub access_codes: Vec<String>,
}

async fn prepare(
    platform: &Platform,
    cart_origin: &str,
    real_now: OffsetDateTime,
) -> anyhow::Result<(String, Vec<Staged>)> {
    let base = format!("http://127.0.0.1:{}", platform.config.port);
    create_accounts(platform).await?;
    let manager = Person::signed_in(&base, staff("manager"), world::PASSWORD).await?;
    let mut stages = vec![];
    let mut key = String::new();
    for provider in world::PROVIDERS {
        let (tenant, owner) = onboard(platform, &base, &manager, provider, cart_origin)
            .await
            .with_context(|| format!("onboarding {}", provider.name))?;
        if provider.has_cart {
            let made = owner
                .post(
                    &format!("/api/v1/providers/{tenant}/api-keys"),
                    &json!({"name": "Web shop", "scopes": ["postbacks"]}),
                )
                .await?;
            made["secret"].as_str().context("an API key without its secret")?.clone_into(&mut key);
        }
        crate::providers::packs::apply(platform, &platform.config.tenants_dir.join(provider.slug))
            .await?;
        let editor = Person::signed_in(&base, member(provider, "editor"), world::PASSWORD).await?;
        let offers = bring_offers(&editor, &tenant, provider)
            .await
            .with_context(|| format!("the offers of {}", provider.name))?;
        for sale in provider.sales {
            let codes =
                bring_sale(&editor, &manager, &tenant, sale, &offers, cart_origin, real_now)
                    .await
                    .with_context(|| format!("the sale {}", sale.slug))?;
            if let Some(access_codes) = codes {
                stages.push(Staged { tenant: tenant.clone(), sale, provider, access_codes });
            }
        }
    }
    Ok((key, stages))
}

/// The email of SMP's `role`.
pub fn staff(role: &str) -> &'static str {
    world::STAFF.iter().find(|p| p.role == role).map_or("", |p| p.email)
}

/// The email of a provider's `role`.
pub fn member(provider: &Provider, role: &str) -> &'static str {
    provider.team.iter().find(|p| p.role == role).map_or("", |p| p.email)
}

async fn create_accounts(platform: &Platform) -> anyhow::Result<()> {
    let mut tx = platform.db.platform("demo").await?;
    for person in world::STAFF.iter().chain(&world::SHOPPERS) {
        let new = NewAccount::parse(person.email, person.name, world::PASSWORD)?;
        let account = accounts::create(&mut tx, new, platform.clock.now()).await?;
        if person.role != "shopper" {
            accounts::grant_staff_role(&mut tx, account.id, person.role).await?;
        }
    }
    tx.commit().await?;
    Ok(())
}

/// From the invitation to the approval, with the whole team aboard.
async fn onboard(
    platform: &Platform,
    base: &str,
    manager: &Person,
    provider: &Provider,
    cart_origin: &str,
) -> anyhow::Result<(String, Person)> {
    let email = member(provider, "owner");
    let invited = manager
        .post(
            "/api/v1/providers",
            &json!({"name": provider.name, "slug": provider.slug, "country": provider.country, "product_category": provider.product_category, "owner_email": email}),
        )
        .await?;
    let tenant = invited["id"].as_str().context("a provider without id")?.to_owned();
    let path = format!("/api/v1/providers/{tenant}");
    let owner = accept(platform, base, provider, "owner").await?;
    let application = json!({
        "registration_number": provider.registration_number, "about": provider.about, "references": provider.references, "regions": provider.regions,
        "support_email": provider.support_email, "support_phone": provider.support_phone,
    });
    owner.post(&format!("{path}/application"), &application).await?;
    owner.patch(&path, &json!({"support_url": provider.support_url})).await?;
    for kind in ["business_registration", "references", "product_category", "regions"] {
        manager
            .put(
                &format!("{path}/requirements/{kind}"),
                &json!({"decision": "met", "note": "Seen and in order."}),
            )
            .await?;
    }
    if provider.has_cart {
        manager
            .put(&format!("{path}/cart-origins"), &json!({"cart_origins": [cart_origin]}))
            .await?;
    }
    manager
        .post(
            &format!("{path}/decision"),
            &json!({"decision": "approve", "reason": "Visited and vetted."}),
        )
        .await?;
    for person in provider.team.iter().filter(|person| person.role != "owner") {
        owner
            .post(&format!("{path}/members"), &json!({"email": person.email, "role": person.role}))
            .await?;
        accept(platform, base, provider, person.role).await?;
    }
    Ok((tenant, owner))
}

/// Finds the invitation in the mail and accepts it.
async fn accept(
    platform: &Platform,
    base: &str,
    provider: &Provider,
    role: &str,
) -> anyhow::Result<Person> {
    let invited = provider.team.iter().find(|p| p.role == role).context("a role nobody has")?;
    let token = tokio::time::timeout(MAIL_WAIT, invitation_token(platform, invited.email))
        .await
        .context("the invitation's mail did not come")??;
    let person = Person::new(base)?;
    person
        .post(
            &format!("/api/v1/invitations/{token}/accept"),
            &json!({"name": invited.name, "password": world::PASSWORD}),
        )
        .await?;
    Ok(person)
}

async fn invitation_token(platform: &Platform, email: &str) -> anyhow::Result<String> {
    loop {
        let mut tx = platform.db.platform("demo").await?;
        let body: Option<String> =
            sqlx::query_scalar("SELECT body_text FROM messages WHERE recipient = $1 AND template = 'invitation' ORDER BY created_at DESC LIMIT 1")
                .bind(email)
                .fetch_optional(&mut *tx)
                .await?;
        drop(tx);
        if let Some((_, rest)) =
            body.as_deref().and_then(|body| body.split_once("/portal/invitations/"))
        {
            return Ok(rest.split_whitespace().next().unwrap_or_default().to_owned());
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

/// Draws and uploads the pictures, and writes the offers; returns them as the API gave them, by
/// key.
async fn bring_offers(
    editor: &Person,
    tenant: &str,
    provider: &'static Provider,
) -> anyhow::Result<Vec<(&'static str, Value)>> {
    let mut offers = vec![];
    for offer in provider.offers {
        let asset_ids: Vec<String> = futures_util::stream::iter(offer.pictures)
            .map(|picture| bring_picture(editor, tenant, picture))
            .buffered(DRAWING_AT_ONCE)
            .try_collect()
            .await?;
        let items: Vec<Value> = offer
            .items
            .iter()
            .map(|item| {
                let attributes: std::collections::BTreeMap<_, _> = item.attributes.iter().copied().collect();
                json!({"sku": item.sku, "name": item.name, "attributes": attributes, "price_minor": item.price_minor, "compare_at_minor": item.compare_at_minor})
            })
            .collect();
        let body = json!({
            "title": offer.title, "summary": offer.summary, "description": offer.description, "terms": offer.terms, "currency": offer.currency,
            "items": items, "asset_ids": asset_ids,
        });
        offers.push((
            offer.key,
            editor.post(&format!("/api/v1/providers/{tenant}/offers"), &body).await?,
        ));
    }
    Ok(offers)
}

async fn bring_picture(
    editor: &Person,
    tenant: &str,
    picture: &'static world::Picture,
) -> anyhow::Result<String> {
    let bytes = tokio::task::spawn_blocking(|| {
        pictures::draw(picture.subject, picture.variant, PICTURE_PX.0, PICTURE_PX.1)
    })
    .await?;
    let path = format!("/api/v1/providers/{tenant}/assets");
    let made = editor.post(&path, &json!({"filename": picture.filename, "content_type": "image/jpeg", "size_bytes": bytes.len()})).await?;
    editor.upload(&made["upload"], bytes).await?;
    let id = made["asset"]["id"].as_str().context("an asset without id")?.to_owned();
    editor.post(&format!("{path}/{id}/complete"), &Value::Null).await?;
    editor.patch(&format!("{path}/{id}"), &json!({"alt": picture.alt})).await?;
    Ok(id)
}

/// Writes a sale and takes it as far as its stage; returns its access points' codes when it was
/// approved.
async fn bring_sale(
    editor: &Person,
    manager: &Person,
    tenant: &str,
    sale: &Sale,
    offers: &[(&str, Value)],
    cart_origin: &str,
    real_now: OffsetDateTime,
) -> anyhow::Result<Option<Vec<String>>> {
    let offer = &offers.iter().find(|(key, _)| *key == sale.offer).context("a sale of no offer")?.1;
    let path = format!("/api/v1/providers/{tenant}/sales");
    let made = editor.post(&path, &sale_input(sale, offer, cart_origin, real_now)?).await?;
    let path = format!("{path}/{}", made["id"].as_str().context("a sale without id")?);
    if sale.stage == Stage::Draft {
        return Ok(None);
    }
    let revision = editor.post(&format!("{path}/submit"), &json!({"note": sale.note})).await?;
    if sale.stage == Stage::Submitted {
        return Ok(None);
    }
    approve(manager, &path, &revision).await?;
    if sale.featured {
        manager.put(&format!("{path}/featured"), &json!({"featured": true})).await?;
    }
    let mut codes = vec![];
    for point in sale.access_points {
        let made = manager
            .post(
                &format!("{path}/access-points"),
                &json!({"placement": point.placement, "name": point.name}),
            )
            .await?;
        codes.push(made["code"].as_str().unwrap_or_default().to_owned());
    }
    Ok(Some(codes))
}

async fn approve(manager: &Person, sale_path: &str, revision: &Value) -> anyhow::Result<()> {
    let id = revision["id"].as_str().context("a revision without id")?;
    let decision = json!({"decision": "approve", "reason": "Checked against the samples and the stock list.", "content_hash": revision["content_hash"]});
    manager.post(&format!("{sale_path}/revisions/{id}/decision"), &decision).await?;
    Ok(())
}

fn sale_input(
    sale: &Sale,
    offer: &Value,
    cart_origin: &str,
    real_now: OffsetDateTime,
) -> anyhow::Result<Value> {
    let item_id = |sku: &str| {
        offer["items"]
            .as_array()
            .into_iter()
            .flatten()
            .find(|item| item["sku"] == sku)
            .map(|item| item["id"].clone())
    };
    let plain = |item: &world::SaleItem| json!({"item_id": item_id(item.sku), "price_minor": item.price_minor, "capacity": item.capacity, "limit_per_shopper": item.limit_per_shopper});
    let items: Vec<Value> = match sale.kind {
        Kind::Reservation { slots } => slots
            .iter()
            .filter_map(|slot| {
                Some(dated(
                    plain(sale.items.iter().find(|item| item.sku == slot.sku)?),
                    slot,
                    real_now,
                ))
            })
            .collect(),
        _ => sale.items.iter().map(plain).collect(),
    };
    let at = |minutes: i64| {
        (real_now + Duration::minutes(minutes))
            .replace_second(0)
            .unwrap_or(real_now)
            .replace_nanosecond(0)
            .unwrap_or(real_now)
            .format(&Rfc3339)
    };
    let redirect = sale.mode == world::Mode::Redirect;
    let mut input = json!({
        "slug": sale.slug, "offer_id": offer["id"], "mode": if redirect { "redirect" } else { "hosted" }, "kind": "while_supplies_last",
        "starts_at": at(sale.starts_in_minutes)?, "ends_at": at(sale.ends_in_minutes)?, "hold_seconds": sale.hold_seconds,
        "redirect_url": redirect.then(|| format!("{cart_origin}{}", world::CART_PATH)), "countries": sale.countries, "items": items,
        "registration_opens_at": sale.registration.map(|window| at(window.opens_in_minutes)).transpose()?,
        "registration_closes_at": sale.registration.map(|window| at(window.closes_in_minutes)).transpose()?,
        "registered_only": sale.registration.is_some_and(|window| window.only),
    });
    let of_kind = match sale.kind {
        Kind::WhileSuppliesLast => json!({}),
        Kind::Aggregated { target, ship_days: (first, last) } => {
            json!({"kind": "aggregated", "target_quantity": target, "ship_min_days": first, "ship_max_days": last})
        }
        Kind::Reservation { .. } => json!({"kind": "reservation"}),
        Kind::Voucher { valid_days } => {
            json!({"kind": "voucher", "voucher_valid_days": valid_days})
        }
    };
    for (field, value) in of_kind.as_object().into_iter().flatten() {
        input[field] = value.clone();
    }
    Ok(input)
}

/// An item in a slot.
fn dated(mut item: Value, slot: &world::Slot, real_now: OffsetDateTime) -> Value {
    let day = |days: i64| (real_now + Duration::days(days)).date().to_string();
    item["slot_starts_on"] = day(slot.starts_in_days).into();
    item["slot_ends_on"] = day(slot.starts_in_days + slot.nights).into();
    item["capacity"] = slot.capacity.into();
    item
}

/// On a later start: sales that should be live and have ended meanwhile go through review again
/// with a window around now.
pub async fn renew(platform: &Platform) -> anyhow::Result<()> {
    let base = format!("http://127.0.0.1:{}", platform.config.port);
    let real_now = platform.clock.now();
    for provider in world::PROVIDERS {
        // Dates were sold as they are: a reservation ends for good.
        let renewed = |sale: &&world::Sale| {
            sale.stage == Stage::Approved
                && sale.ends_in_minutes > 0
                && !matches!(sale.kind, Kind::Reservation { .. })
        };
        for sale in provider.sales.iter().filter(renewed) {
            let mut tx = platform.db.platform("demo").await?;
            let row: Option<(uuid::Uuid, uuid::Uuid)> =
                sqlx::query_as("SELECT tenant_id, id FROM sales WHERE slug = $1 AND ends_at <= $2 AND state = 'approved'")
                    .bind(sale.slug)
                    .bind(real_now)
                    .fetch_optional(&mut *tx)
                    .await?;
            drop(tx);
            let Some((tenant, id)) = row else { continue };
            let path = format!("/api/v1/providers/{tenant}/sales/{id}");
            let editor =
                Person::signed_in(&base, member(provider, "editor"), world::PASSWORD).await?;
            let manager = Person::signed_in(&base, staff("manager"), world::PASSWORD).await?;
            let before = editor.get(&path).await?;
            let offer = editor
                .get(&format!(
                    "/api/v1/providers/{tenant}/offers/{}",
                    before["offer_id"].as_str().unwrap_or_default()
                ))
                .await?;
            // The address of the cart was approved with the rest.
            let origin = before["redirect_url"]
                .as_str()
                .and_then(|url| url.strip_suffix(world::CART_PATH))
                .unwrap_or_default();
            let input = sale_input(sale, &offer, origin, real_now)?;
            platform.clock.advance(Duration::minutes(sale.starts_in_minutes.min(0) - 5));
            let renewed = async {
                editor.put(&path, &input).await?;
                let revision = editor
                    .post(&format!("{path}/submit"), &json!({"note": "The same again."}))
                    .await?;
                approve(&manager, &path, &revision).await
            }
            .await;
            platform.clock.set_right();
            renewed.with_context(|| format!("renewing the sale {}", sale.slug))?;
        }
    }
    Ok(())
}
