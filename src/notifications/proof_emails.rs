//! Emails about proofs of inventory that a manager refused, or that less stock reopened.

use serde_json::json;

use super::{
    emails::{self, GroupEmail},
    payload::{EventPayload, required},
};
use crate::{
    access::accounts,
    events::Event,
    kernel::{Result, TenantId},
    platform::{Platform, PortalPath},
    providers::{self, Themes},
};

/// Tells the provider, and SMP's managers when no manager did it.
pub async fn not_accepted(
    platform: &Platform,
    themes: &Themes,
    event: &Event,
    payload: &EventPayload,
) -> Result<()> {
    let (tenant, sale) = (event.tenant_id, required(payload.sale_id, "sale")?);
    let is_reopened = event.kind == "proof.reopened";
    let mut tx = platform.db.platform("proof not accepted").await?;
    let provider = providers::get(&mut tx, tenant).await?;
    let own_url =
        platform.portal_url(PortalPath::ProviderSale { provider_slug: &provider.slug, sale });
    let staff_url = platform.portal_url(PortalPath::StaffSale { tenant, sale });
    let team = accounts::of_members(&mut tx, tenant, &["owner", "editor"]).await?;
    let staff = if is_reopened {
        accounts::of_staff(&mut tx, &["manager", "admin"]).await?
    } else {
        vec![]
    };
    for (to, url, is_provider) in [(&team, own_url, true), (&staff, staff_url, false)] {
        let email = GroupEmail {
            tenant: TenantId::PLATFORM,
            to,
            template: "proof_not_accepted",
            context: json!({
                "sale": {"title": payload.title, "provider_name": provider.name},
                "item_name": payload.name,
                "reopened": is_reopened,
                "to_provider": is_provider,
                "reason": payload.reason,
                "url": url,
            }),
            dedupe_key: event.id.to_string(),
        };
        emails::queue_each(platform, themes, &mut tx, email).await?;
    }
    tx.commit().await?;
    Ok(())
}
