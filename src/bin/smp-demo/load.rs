//! Loads the world: every provider goes through the same invitation, vetting, upload, review and
//! approval as a real one. The clock is set back meanwhile, so that sales which began before today
//! can be submitted before they begin.

use std::time::Duration as StdDuration;

use anyhow::{Context, ensure};
use futures_util::{StreamExt, TryStreamExt};
use reqwest::Method;
use serde_json::{Value, json};
use smp::{
    access::{
        Actor,
        accounts::{self, NewAccount},
        audit,
    },
    kernel::TenantId,
    platform::Platform,
    providers::apply_packs,
};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{
    cart, contract,
    person::Person,
    traffic,
    world::{Mode, Picture, Provider, Sale, SaleItem, Slot, Stage, World},
};

/// The world is prepared as if this long ago.
const PREPARED_AGO: Duration = Duration::days(6);
/// Action of the audit log's entry that says the world is complete.
const LOADED: &str = "demo_loaded";
/// Longest wait for an invitation's email.
const MAIL_WAIT: StdDuration = StdDuration::from_secs(30);
const MAIL_POLL: StdDuration = StdDuration::from_millis(50);
/// Pictures uploaded at the same time; each costs the server a core while it is rendered.
const UPLOADS_AT_ONCE: usize = 2;
/// What every provider of the demo says in its application that it expects to sell.
const EXPECTED_MONTHLY_UNITS: i32 = 200;
/// Every requirement that a provider's application answers.
const REQUIREMENTS: [&str; 4] =
    ["business_registration", "references", "product_category", "regions"];

/// Whether the world was loaded completely.
pub async fn is_loaded(platform: &Platform, world: &World) -> anyhow::Result<bool> {
    let slugs: Vec<&str> = world.providers.iter().map(|provider| &*provider.slug).collect();
    let mut tx = platform.db.platform("demo").await?;
    let loaded: bool =
        sqlx::query_scalar("SELECT EXISTS (SELECT FROM audit_log WHERE action = $1)")
            .bind(LOADED)
            .fetch_one(&mut *tx)
            .await?;
    let begun: bool =
        sqlx::query_scalar("SELECT EXISTS (SELECT FROM providers WHERE slug = ANY($1))")
            .bind(slugs)
            .fetch_one(&mut *tx)
            .await?;
    ensure!(
        loaded || !begun,
        "an earlier start ended while it loaded the demo world; remove {} (or empty the database) \
         and start again",
        platform.config.data.display()
    );
    Ok(loaded)
}

/// Loads everything; returns the API key of the provider with a cart of its own.
pub async fn world(
    platform: &Platform,
    world: &World,
    cart_origin: &str,
) -> anyhow::Result<String> {
    let real_now = platform.clock.now();
    platform.clock.advance(-PREPARED_AGO);
    let loaded = Loader::prepare(platform, world, cart_origin, real_now).await;
    // Also after an error.
    platform.clock.reset_shift();
    let (key, published) = loaded?;
    let visited = traffic::run(platform, world, real_now, &published, &key).await;
    platform.clock.reset_shift();
    visited.context("the demo's visitors")?;
    let mut tx = platform.db.platform("demo").await?;
    audit::record(&mut tx, Actor::System, TenantId::PLATFORM, LOADED, "demo", &()).await?;
    tx.commit().await?;
    Ok(key)
}

/// A published sale and the access points that lead to it.
pub struct Published<'w> {
    pub tenant: String,
    pub provider: &'w Provider,
    pub sale: &'w Sale,
    pub access_codes: Vec<String>,
}

struct Loader<'w> {
    platform: &'w Platform,
    world: &'w World,
    /// SMP's API as this machine reaches it.
    base: String,
    cart_origin: &'w str,
    real_now: OffsetDateTime,
    manager: Person,
}

/// A provider's id and its offers by key, as the API returned them.
struct Catalogue {
    tenant: String,
    offers: Vec<(String, Value)>,
}

impl<'w> Loader<'w> {
    /// Accounts, providers, offers and sales; returns the API key and what was published.
    async fn prepare(
        platform: &'w Platform,
        world: &'w World,
        cart_origin: &'w str,
        real_now: OffsetDateTime,
    ) -> anyhow::Result<(String, Vec<Published<'w>>)> {
        create_accounts(platform, world).await?;
        let base = format!("http://127.0.0.1:{}", platform.config.port);
        let manager =
            Person::signed_in(&base, world.staff("manager")?, &world.people.password).await?;
        let loader = Self { platform, world, base, cart_origin, real_now, manager };
        contract::publish(&loader.manager).await.context("publishing the contract")?;
        let finance =
            Person::signed_in(&loader.base, world.staff("finance")?, &world.people.password)
                .await?;
        let commission = json!({"ppm": world.people.commission_ppm});
        finance.put("/api/v1/commission-rules", &commission).await?;
        let mut published = vec![];
        let mut key = String::new();
        for provider in &world.providers {
            let (tenant, owner) = loader
                .onboard(provider)
                .await
                .with_context(|| format!("onboarding {}", provider.slug))?;
            if provider.profile.own_cart {
                key = api_key(&owner, &tenant).await?;
            }
            apply_packs(platform, &provider.folder).await?;
            loader.publish(provider, tenant, &mut published).await?;
        }
        Ok((key, published))
    }

    /// From the invitation to the approval, with the whole team.
    async fn onboard(&self, provider: &Provider) -> anyhow::Result<(String, Person)> {
        let (profile, review) = (&provider.profile, &self.world.review);
        let support = &provider.settings.support;
        let invitation = json!({
            "name": provider.settings.name, "slug": provider.slug, "country": profile.country,
            "product_category": profile.product_category,
            "owner_email": provider.member("owner")?.email,
        });
        let invited = self.manager.post("/api/v1/providers", &invitation).await?;
        let tenant = invited["id"].as_str().context("a provider without an id")?.to_owned();
        let path = format!("/api/v1/providers/{tenant}");
        let owner = self.accept(provider, "owner").await?;
        let application = json!({
            "registration_number": profile.registration_number, "about": profile.about,
            "references": profile.references, "regions": profile.regions,
            "support_email": support.email, "support_phone": support.phone,
            "selling_mode": if profile.own_cart { "both" } else { "hosted" },
            "monthly_units": EXPECTED_MONTHLY_UNITS,
        });
        let form = format!("{path}/application");
        owner.edit(Method::PATCH, &form, &form, &application).await?;
        owner.post(&form, &json!({})).await?;
        self.manager.post(&format!("{form}/review"), &json!({})).await?;
        let page = json!({"support_url": support.url});
        owner.edit(Method::PATCH, &path, &path, &page).await?;
        let met = json!({"decision": "met", "note": review.requirement_note});
        for requirement in REQUIREMENTS {
            self.manager.put(&format!("{path}/requirements/{requirement}"), &met).await?;
        }
        if profile.own_cart {
            let origins = json!({"cart_origins": [self.cart_origin]});
            let at = format!("{path}/cart-origins");
            self.manager.edit(Method::PUT, &at, &path, &origins).await?;
        }
        if let Some(invoicing) = &profile.invoicing {
            let at = format!("{path}/invoicing");
            owner.edit(Method::PUT, &at, &at, &json!(invoicing)).await?;
        }
        let decision = json!({"decision": "approve", "reason": review.provider_approval});
        self.manager.post(&format!("{path}/decision"), &decision).await?;
        let names = [provider.member("owner")?.name.as_str(), self.world.staff_name("manager")?];
        contract::sign(&owner, &self.manager, &path, names)
            .await
            .context("signing the contract")?;
        for member in profile.team.iter().filter(|member| member.role != "owner") {
            let invitation = json!({"email": member.email, "role": member.role});
            owner.post(&format!("{path}/members"), &invitation).await?;
            self.accept(provider, &member.role).await?;
        }
        Ok((tenant, owner))
    }

    /// Finds the invitation in the mail and accepts it.
    async fn accept(&self, provider: &Provider, role: &str) -> anyhow::Result<Person> {
        let invited = provider.member(role)?;
        let token = invitation_token(self.platform, &invited.email);
        let token = tokio::time::timeout(MAIL_WAIT, token)
            .await
            .with_context(|| format!("no invitation was sent to {}", invited.email))??;
        let person = Person::new(&self.base)?;
        let account = json!({"name": invited.name, "password": self.world.people.password});
        person.post(&format!("/api/v1/invitations/{token}/accept"), &account).await?;
        Ok(person)
    }

    /// Writes a provider's offers and sales; adds the approved ones to `published`.
    async fn publish(
        &self,
        provider: &'w Provider,
        tenant: String,
        published: &mut Vec<Published<'w>>,
    ) -> anyhow::Result<()> {
        let password = &self.world.people.password;
        let editor = &provider.member("editor")?.email;
        let editor = Person::signed_in(&self.base, editor, password).await?;
        let offers = write_offers(&editor, &tenant, provider)
            .await
            .with_context(|| format!("the offers of {}", provider.slug))?;
        let catalogue = Catalogue { tenant, offers };
        for sale in &provider.sales {
            let codes = self
                .write_sale(&editor, &catalogue, sale)
                .await
                .with_context(|| format!("the sale {}", sale.slug))?;
            if let Some(access_codes) = codes {
                let tenant = catalogue.tenant.clone();
                published.push(Published { tenant, provider, sale, access_codes });
            }
        }
        Ok(())
    }

    /// Writes a sale and takes it as far as its stage; returns the codes of its access points if
    /// it was approved.
    async fn write_sale(
        &self,
        editor: &Person,
        catalogue: &Catalogue,
        sale: &Sale,
    ) -> anyhow::Result<Option<Vec<String>>> {
        let offer = catalogue.offers.iter().find(|(key, _)| *key == sale.offer);
        let (_, offer) = offer.context("a sale without an offer")?;
        let path = format!("/api/v1/providers/{}/sales", catalogue.tenant);
        let evidence = &self.world.review.evidence;
        let input = sale_input(sale, offer, evidence, self.cart_origin, self.real_now)?;
        let created = editor.post(&path, &input).await?;
        let path = format!("{path}/{}", created["id"].as_str().context("a sale without an id")?);
        if sale.stage == Stage::Draft {
            return Ok(None);
        }
        let note = json!({"note": sale.note});
        let revision = editor.post(&format!("{path}/submit"), &note).await?;
        if sale.stage == Stage::Submitted {
            return Ok(None);
        }
        approve(&self.manager, self.world, &path, &revision).await?;
        if sale.featured {
            self.manager.put(&format!("{path}/featured"), &json!({"featured": true})).await?;
        }
        let mut codes = vec![];
        for point in &sale.access_points {
            let point = json!({"placement": point.placement, "name": point.name});
            let created = self.manager.post(&format!("{path}/access-points"), &point).await?;
            codes.push(created["code"].as_str().unwrap_or_default().to_owned());
        }
        Ok(Some(codes))
    }
}

async fn create_accounts(platform: &Platform, world: &World) -> anyhow::Result<()> {
    let people = &world.people;
    let now = platform.clock.now();
    for member in &people.staff {
        let new = NewAccount::parse(&member.email, &member.name, &people.password).await?;
        let mut tx = platform.db.platform("demo").await?;
        let account = accounts::create(&mut tx, new, now).await?;
        accounts::grant_staff_role(&mut tx, account.id, &member.role).await?;
        tx.commit().await?;
    }
    for shopper in &people.shoppers {
        let new = NewAccount::parse(&shopper.email, &shopper.name, &people.password).await?;
        let mut tx = platform.db.platform("demo").await?;
        accounts::create(&mut tx, new, now).await?;
        tx.commit().await?;
    }
    Ok(())
}

async fn invitation_token(platform: &Platform, email: &str) -> anyhow::Result<String> {
    loop {
        let mut tx = platform.db.platform("demo").await?;
        let body: Option<String> = sqlx::query_scalar(
            "SELECT body_text FROM messages WHERE recipient = $1 AND template = 'invitation'
             ORDER BY created_at DESC LIMIT 1",
        )
        .bind(email)
        .fetch_optional(&mut *tx)
        .await?;
        drop(tx);
        let link = body.as_deref().and_then(|body| body.split_once("/portal/invitations/"));
        if let Some((_, rest)) = link {
            return Ok(rest.split_whitespace().next().unwrap_or_default().to_owned());
        }
        tokio::time::sleep(MAIL_POLL).await;
    }
}

/// A key for the provider's cart to report purchases with.
async fn api_key(owner: &Person, tenant: &str) -> anyhow::Result<String> {
    let key = json!({"name": "Web shop", "scopes": ["postbacks"]});
    let created = owner.post(&format!("/api/v1/providers/{tenant}/api-keys"), &key).await?;
    Ok(created["secret"].as_str().context("an API key without its secret")?.to_owned())
}

/// Uploads the pictures and writes the offers; returns them as the API did, by key.
async fn write_offers(
    editor: &Person,
    tenant: &str,
    provider: &Provider,
) -> anyhow::Result<Vec<(String, Value)>> {
    let mut offers = vec![];
    for offer in &provider.offers {
        let asset_ids: Vec<String> = futures_util::stream::iter(&offer.pictures)
            .map(|picture| upload(editor, tenant, provider, picture))
            .buffered(UPLOADS_AT_ONCE)
            .try_collect()
            .await?;
        let items: Vec<Value> = offer
            .items
            .iter()
            .map(|item| {
                json!({
                    "sku": item.sku, "name": item.name, "attributes": item.attributes,
                    "price_minor": item.price_minor, "compare_at_minor": item.compare_at_minor,
                })
            })
            .collect();
        let terms = offer.terms.as_ref().unwrap_or(&provider.profile.terms);
        let input = json!({
            "title": offer.title, "summary": offer.summary, "description": offer.description,
            "terms": terms, "currency": offer.currency, "items": items, "asset_ids": asset_ids,
        });
        let path = format!("/api/v1/providers/{tenant}/offers");
        offers.push((offer.key.clone(), editor.post(&path, &input).await?));
    }
    Ok(offers)
}

async fn upload(
    editor: &Person,
    tenant: &str,
    provider: &Provider,
    picture: &Picture,
) -> anyhow::Result<String> {
    let file = provider.picture_file(picture);
    let bytes = tokio::fs::read(&file)
        .await
        .with_context(|| format!("{} cannot be read", file.display()))?;
    let path = format!("/api/v1/providers/{tenant}/assets");
    let announced = json!({
        "filename": picture.file, "content_type": "image/webp", "size_bytes": bytes.len(),
    });
    let created = editor.post(&path, &announced).await?;
    editor.upload(&created["upload"], bytes).await?;
    let id = created["asset"]["id"].as_str().context("an asset without an id")?.to_owned();
    editor.post(&format!("{path}/{id}/complete"), &Value::Null).await?;
    let at = format!("{path}/{id}");
    editor.edit(Method::PATCH, &at, &at, &json!({"alt": picture.alt})).await?;
    Ok(id)
}

pub async fn approve(
    manager: &Person,
    world: &World,
    sale_path: &str,
    revision: &Value,
) -> anyhow::Result<()> {
    let id = revision["id"].as_str().context("a revision without an id")?;
    let proof = |item: &Value| {
        json!({
            "sale_item_id": item["sale_item_id"], "decision": "verify",
            "quantity": item["guaranteed_quantity"].as_i64().or(item["capacity"].as_i64()),
        })
    };
    let items = revision["content"]["items"].as_array().into_iter().flatten();
    let proofs = json!({
        "content_hash": revision["content_hash"], "proofs": items.map(proof).collect::<Vec<_>>(),
    });
    manager.post(&format!("{sale_path}/revisions/{id}/proofs"), &proofs).await?;
    let decision = json!({
        "decision": "approve", "reason": world.review.sale_approval,
        "content_hash": revision["content_hash"],
    });
    manager.post(&format!("{sale_path}/revisions/{id}/decision"), &decision).await?;
    Ok(())
}

/// A sale as the API takes it, of `offer` as the API returned it.
pub fn sale_input(
    sale: &Sale,
    offer: &Value,
    evidence: &str,
    cart_origin: &str,
    real_now: OffsetDateTime,
) -> anyhow::Result<Value> {
    let items = sale.items.iter().map(|item| item_input(item, offer, evidence, real_now));
    let at = |minutes: i64| {
        (real_now + Duration::minutes(minutes))
            .replace_second(0)
            .unwrap_or(real_now)
            .replace_nanosecond(0)
            .unwrap_or(real_now)
            .format(&Rfc3339)
    };
    let registration = sale.registration.as_ref();
    let redirect_url =
        (sale.mode == Mode::Redirect).then(|| format!("{cart_origin}{}", cart::PATH));
    let mut input = json!({
        "slug": sale.slug, "offer_id": offer["id"], "mode": sale.mode, "kind": sale.kind,
        "starts_at": at(sale.starts_in_minutes)?, "ends_at": at(sale.ends_in_minutes)?,
        "hold_seconds": sale.hold_seconds, "redirect_url": redirect_url,
        "countries": sale.countries, "items": items.collect::<Vec<_>>(),
        "registration_opens_at": registration.map(|r| at(r.opens_in_minutes)).transpose()?,
        "registration_closes_at": registration.map(|r| at(r.closes_in_minutes)).transpose()?,
        "registered_only": registration.is_some_and(|r| r.registered_only),
    });
    let of_kind = [
        ("target_quantity", sale.target_quantity),
        ("ship_min_days", sale.ship_min_days),
        ("ship_max_days", sale.ship_max_days),
        ("voucher_valid_days", sale.voucher_valid_days),
    ];
    for (field, value) in of_kind {
        if let Some(value) = value {
            input[field] = value.into();
        }
    }
    if sale.sold_out_at_guarantee {
        input["sold_out_at_guarantee"] = true.into();
    }
    Ok(input)
}

fn item_input(item: &SaleItem, offer: &Value, evidence: &str, real_now: OffsetDateTime) -> Value {
    let known = offer["items"].as_array().into_iter().flatten();
    let id = known.filter(|known| known["sku"] == item.sku).map(|known| known["id"].clone()).next();
    let mut input = json!({
        "item_id": id, "price_minor": item.price_minor, "capacity": item.capacity,
        "limit_per_shopper": item.limit_per_shopper, "evidence": evidence,
    });
    if let Some(Slot { starts_in_days, nights }) = item.slot {
        let day = |days: i64| (real_now + Duration::days(days)).date().to_string();
        input["slot_starts_on"] = day(starts_in_days).into();
        input["slot_ends_on"] = day(starts_in_days + nights).into();
    }
    input
}
