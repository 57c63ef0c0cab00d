//! Emails about a provider's vetting: to SMP's managers and to the provider's owners.

use serde_json::{Value, json};
use sqlx::PgConnection;

use super::{
    email_contexts as contexts,
    emails::{self, TeamEmail},
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
    let email = TeamEmail {
        tenant: TenantId::PLATFORM,
        to: &accounts::of_staff(&mut tx, &["manager", "admin"]).await?,
        template: "provider_applied",
        context: json!({
            "provider": context(&provider),
            "url": platform.portal_url(PortalPath::StaffProvider { tenant }),
        }),
        dedupe_key: event.id.to_string(),
    };
    emails::queue_each(platform, themes, &mut tx, email).await?;
    tx.commit().await?;
    Ok(())
}

/// SMP approved, rejected, suspended or reinstated a provider.
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

/// SMP did not accept what a provider said about a requirement.
pub async fn requirement_refused(
    platform: &Platform,
    themes: &Themes,
    event: &Event,
    payload: &EventPayload,
) -> Result<()> {
    let kind = required(payload.kind.as_deref(), "kind")?;
    let mut tx = platform.db.platform("requirement refused").await?;
    let provider = providers::get(&mut tx, event.tenant_id).await?;
    let url =
        platform.portal_url(PortalPath::ProviderApplication { provider_slug: &provider.slug });
    let context = json!({
        "provider": context(&provider),
        "requirement": kind.replace('_', " "),
        "note": payload.note,
        "url": url,
    });
    to_owners(platform, themes, &mut tx, event, "requirement_refused", context).await?;
    tx.commit().await?;
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
    let email = TeamEmail {
        tenant: TenantId::PLATFORM,
        to: &accounts::of_members(conn, event.tenant_id, &["owner"]).await?,
        template,
        context,
        dedupe_key: event.id.to_string(),
    };
    emails::queue_each(platform, themes, conn, email).await
}

fn context(provider: &Provider) -> Value {
    json!({
        "name": provider.name,
        "product_category": provider.product_category,
        "country_name": contexts::country_name(&provider.country),
    })
}
