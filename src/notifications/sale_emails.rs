//! Emails about a sale: to a shopper who registered, and to its provider and SMP's managers.

use serde_json::json;

use super::{
    email_contexts as contexts,
    emails::{self, EmailDraft},
    payload::{EventPayload, required},
};
use crate::{
    access::accounts,
    events::Event,
    kernel::{Result, SaleId, TenantId},
    platform::{Platform, PortalPath},
    providers::{self, Themes},
    sales::{self, REMINDER_BEFORE},
};

pub async fn registered(
    platform: &Platform,
    themes: &Themes,
    event: &Event,
    payload: &EventPayload,
) -> Result<()> {
    let tenant = event.tenant_id;
    let (id, account) =
        (required(payload.sale_id, "sale")?, required(payload.account_id, "account")?);
    let mut tx = platform.db.platform("registration").await?;
    // A shopper who has withdrawn in the meantime gets no confirmation.
    let (true, Some(sale)) = (
        sales::registered(&mut tx, tenant, id, account).await?,
        sales::published_by_id(&mut tx, tenant, id).await?,
    ) else {
        return Ok(());
    };
    let to = accounts::by_id(&mut tx, account).await?;
    let until_start = sale.content.starts_at - platform.clock.now();
    let draft = EmailDraft {
        tenant,
        to: &to,
        template: "registered",
        context: json!({
            "sale": contexts::sale(platform, &sale),
            "started": !until_start.is_positive(),
            "reminder": until_start > REMINDER_BEFORE,
        }),
        dedupe_key: format!("registered:{}", event.id),
    };
    emails::queue(platform, themes, &mut tx, draft).await?;
    tx.commit().await?;
    Ok(())
}

pub async fn review_decided(
    platform: &Platform,
    themes: &Themes,
    event: &Event,
    payload: &EventPayload,
) -> Result<()> {
    let decision = match event.kind.as_str() {
        "sale.approved" => "approve",
        "sale.changes_requested" => "request_changes",
        _ => "reject",
    };
    let (tenant, sale) = (event.tenant_id, required(payload.sale_id, "sale")?);
    let revision = required(payload.revision_id, "revision")?;
    let mut tx = platform.db.platform("review").await?;
    let published = sales::published_by_id(&mut tx, tenant, sale).await?;
    let starts_at = published.map(|published| contexts::rfc3339(published.content.starts_at));
    let provider_slug = providers::get(&mut tx, tenant).await?.slug;
    let url = platform.portal_url(PortalPath::ProviderSale { provider_slug: &provider_slug, sale });
    for member in accounts::of_members(&mut tx, tenant, &["owner", "editor"]).await? {
        let draft = EmailDraft {
            tenant,
            to: &member,
            template: "review_decided",
            context: json!({
                "sale": {"title": payload.title},
                "decision": decision,
                "reason": payload.reason,
                "decided_by_name": "SMP",
                "starts_at": starts_at,
                "url": url,
            }),
            dedupe_key: format!("review_decided:{revision}:{decision}:{}", member.id),
        };
        emails::queue(platform, themes, &mut tx, draft).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// A sale was halted: SMP's managers and the provider's owners are told why.
pub async fn halted(
    platform: &Platform,
    themes: &Themes,
    event: &Event,
    sale: SaleId,
    reason: Option<&str>,
) -> Result<()> {
    let tenant = event.tenant_id;
    let mut tx = platform.db.platform("sale halted").await?;
    let Some(sale) = sales::published_by_id(&mut tx, tenant, sale).await? else { return Ok(()) };
    let staff_url = platform.portal_url(PortalPath::StaffSale { tenant, sale: sale.id });
    let owner_url = platform
        .portal_url(PortalPath::ProviderSale { provider_slug: &sale.provider_slug, sale: sale.id });
    let staff = accounts::of_staff(&mut tx, &["manager", "admin"]).await?;
    let owners = accounts::of_members(&mut tx, tenant, &["owner"]).await?;
    let staff = staff.iter().map(|person| (person, &staff_url));
    for (person, url) in staff.chain(owners.iter().map(|person| (person, &owner_url))) {
        let draft = EmailDraft {
            tenant: TenantId::PLATFORM,
            to: person,
            template: "sale_halted",
            context: json!({
                "sale": {"title": sale.content.title, "provider_name": sale.provider_name},
                "reason": reason,
                "url": url,
            }),
            dedupe_key: format!("sale_halted:{}:{}", event.id, person.id),
        };
        emails::queue(platform, themes, &mut tx, draft).await?;
    }
    tx.commit().await?;
    Ok(())
}
