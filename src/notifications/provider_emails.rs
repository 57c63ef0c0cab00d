//! Emails about a provider's vetting and its API keys: to SMP's managers and to the provider's owners.

use serde_json::{Value, json};
use sqlx::PgConnection;

use super::{
    email_contexts as contexts,
    emails::{self, GroupEmail},
    payload::{EventPayload, required},
};
use crate::{
    access::accounts,
    events::Event,
    kernel::{Result, TenantId},
    platform::{Platform, PortalPath},
    providers::{self, Provider, Themes},
};

/// An application waits for SMP.
pub async fn applied(platform: &Platform, themes: &Themes, event: &Event) -> Result<()> {
    let tenant = event.tenant_id;
    let mut tx = platform.db.platform("provider applied").await?;
    let provider = providers::get(&mut tx, tenant).await?;
    let context = json!({
        "provider": context(&provider),
        "url": platform.portal_url(PortalPath::StaffProvider { tenant }),
    });
    to_managers(platform, themes, &mut tx, event, "provider_applied", context).await?;
    tx.commit().await?;
    Ok(())
}

/// SMP approved, rejected, suspended, reinstated or reopened a provider.
pub async fn decided(
    platform: &Platform,
    themes: &Themes,
    event: &Event,
    payload: &EventPayload,
) -> Result<()> {
    let mut tx = platform.db.platform("provider decided").await?;
    let provider = providers::get(&mut tx, event.tenant_id).await?;
    let url = platform.portal_url(PortalPath::Provider { provider_slug: &provider.slug });
    let context = json!({
        "provider": context(&provider),
        "decision": event.kind.trim_start_matches("provider."),
        "reason": payload.reason,
        "url": url,
    });
    to_owners(platform, themes, &mut tx, event, "provider_decided", context).await?;
    tx.commit().await?;
    Ok(())
}

/// SMP did not accept a provider's answer to a requirement.
pub async fn requirement_refused(
    platform: &Platform,
    themes: &Themes,
    event: &Event,
    payload: &EventPayload,
) -> Result<()> {
    let title = required(payload.title.as_deref(), "title")?;
    let mut tx = platform.db.platform("requirement refused").await?;
    let provider = providers::get(&mut tx, event.tenant_id).await?;
    let context = json!({
        "provider": context(&provider),
        "requirement": title,
        "note": payload.note,
        "url": application_url(platform, &provider),
    });
    to_owners(platform, themes, &mut tx, event, "requirement_refused", context).await?;
    tx.commit().await?;
    Ok(())
}

/// SMP needs more before it can decide on an application.
pub async fn more_wanted(
    platform: &Platform,
    themes: &Themes,
    event: &Event,
    payload: &EventPayload,
) -> Result<()> {
    let mut tx = platform.db.platform("more wanted").await?;
    let provider = providers::get(&mut tx, event.tenant_id).await?;
    let context = json!({
        "provider": context(&provider),
        "note": required(payload.note.as_deref(), "note")?,
        "url": application_url(platform, &provider),
    });
    to_owners(platform, themes, &mut tx, event, "application_more_wanted", context).await?;
    tx.commit().await?;
    Ok(())
}

/// A provider answered what SMP asked for, or a requirement: SMP checks it.
pub async fn answered(
    platform: &Platform,
    themes: &Themes,
    event: &Event,
    payload: &EventPayload,
) -> Result<()> {
    let tenant = event.tenant_id;
    let mut tx = platform.db.platform("vetting answered").await?;
    let provider = providers::get(&mut tx, tenant).await?;
    let context = json!({
        "provider": context(&provider),
        "requirement": payload.title,
        "url": platform.portal_url(PortalPath::StaffProvider { tenant }),
    });
    to_managers(platform, themes, &mut tx, event, "application_answered", context).await?;
    tx.commit().await?;
    Ok(())
}

/// Somebody wrote a comment that both sides read: the others of both sides are told, at most once an
/// hour for each side that writes, so that a quick exchange is one email.
pub async fn commented(
    platform: &Platform,
    themes: &Themes,
    event: &Event,
    payload: &EventPayload,
) -> Result<()> {
    let tenant = event.tenant_id;
    let author = required(payload.by, "by")?;
    let mut tx = platform.db.platform("vetting commented").await?;
    let provider = providers::get(&mut tx, tenant).await?;
    let (mut to, url) = if payload.by_provider {
        let to = accounts::of_staff(&mut tx, &["manager", "admin"]).await?;
        (to, platform.portal_url(PortalPath::StaffProvider { tenant }))
    } else {
        let to = accounts::of_members(&mut tx, tenant, &["owner"]).await?;
        (to, application_url(platform, &provider))
    };
    to.retain(|reader| reader.id != author);
    let context = json!({
        "provider": context(&provider),
        "author": accounts::names(&mut tx, &[author]).await?.remove(&author),
        "by_smp": !payload.by_provider,
        "requirement": payload.title,
        "text": required(payload.note.as_deref(), "note")?,
        "url": url,
    });
    let hour = event.created_at.unix_timestamp() / 3600;
    let email = GroupEmail {
        tenant: TenantId::PLATFORM,
        to: &to,
        template: "vetting_commented",
        context,
        dedupe_key: format!("{tenant}:{}:{hour}", payload.by_provider),
    };
    emails::queue_each(platform, themes, &mut tx, email).await?;
    tx.commit().await?;
    Ok(())
}

/// A requirement expires soon, or has expired.
pub async fn requirement_expiry(
    platform: &Platform,
    themes: &Themes,
    event: &Event,
    payload: &EventPayload,
) -> Result<()> {
    let title = required(payload.title.as_deref(), "title")?;
    let mut tx = platform.db.platform("requirement expiry").await?;
    let provider = providers::get(&mut tx, event.tenant_id).await?;
    let context = json!({
        "provider": context(&provider),
        "requirement": title,
        "expired": event.kind == "requirement.expired",
        "expires_at": required(payload.expires_at.as_deref(), "expires_at")?,
        "grace_ends_at": payload.grace_ends_at,
        "url": application_url(platform, &provider),
    });
    to_owners(platform, themes, &mut tx, event, "requirement_expiry", context).await?;
    tx.commit().await?;
    Ok(())
}

/// An API key was created, or rotated: the owners are told, so that none is made behind their backs.
pub async fn key_made(
    platform: &Platform,
    themes: &Themes,
    event: &Event,
    payload: &EventPayload,
) -> Result<()> {
    let mut tx = platform.db.platform("API key made").await?;
    let provider = providers::get(&mut tx, event.tenant_id).await?;
    let by = required(payload.by, "by")?;
    let context = json!({
        "provider": context(&provider),
        "key_name": required(payload.key_name.as_deref(), "key_name")?,
        "rotated": event.kind == "api_key.rotated",
        "scopes": payload.scopes.join(", "),
        "by": accounts::names(&mut tx, &[by]).await?.remove(&by),
        "url": platform.portal_url(PortalPath::ProviderApiKeys { provider_slug: &provider.slug }),
    });
    to_owners(platform, themes, &mut tx, event, "api_key_made", context).await?;
    tx.commit().await?;
    Ok(())
}

fn application_url(platform: &Platform, provider: &Provider) -> String {
    platform.portal_url(PortalPath::ProviderApplication { provider_slug: &provider.slug })
}

async fn to_managers(
    platform: &Platform,
    themes: &Themes,
    conn: &mut PgConnection,
    event: &Event,
    template: &'static str,
    context: Value,
) -> Result<()> {
    let email = GroupEmail {
        tenant: TenantId::PLATFORM,
        to: &accounts::of_staff(conn, &["manager", "admin"]).await?,
        template,
        context,
        dedupe_key: event.id.to_string(),
    };
    emails::queue_each(platform, themes, conn, email).await?;
    Ok(())
}

async fn to_owners(
    platform: &Platform,
    themes: &Themes,
    conn: &mut PgConnection,
    event: &Event,
    template: &'static str,
    context: Value,
) -> Result<()> {
    let email = GroupEmail {
        tenant: TenantId::PLATFORM,
        to: &accounts::of_members(conn, event.tenant_id, &["owner"]).await?,
        template,
        context,
        dedupe_key: event.id.to_string(),
    };
    emails::queue_each(platform, themes, conn, email).await?;
    Ok(())
}

fn context(provider: &Provider) -> Value {
    json!({
        "name": provider.name,
        "product_category": provider.product_category,
        "country_name": contexts::country_name(&provider.country),
    })
}
