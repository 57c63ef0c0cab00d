//! Emails about a sale: to a shopper who registered, and to its provider and SMP's managers.

use serde_json::json;

use super::{
    calendars, email_contexts as contexts,
    emails::{self, EmailDraft, GroupEmail},
    payload::{EventPayload, required},
};
use crate::{
    access::accounts,
    events::Event,
    kernel::{Error, Result, RevisionId, TenantId},
    platform::{Platform, PortalPath},
    providers::{self, Themes},
    sales::{self, REMINDER_BEFORE, RevisionState},
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
    let key = draft.dedupe_key.clone();
    emails::queue(platform, themes, &mut tx, draft).await?;
    if until_start.is_positive() {
        let calendar = sales::start_calendar(platform, &sale);
        calendars::attach(&mut tx, tenant, &[key], &calendar).await?;
    }
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

/// A sale was halted or cancelled: SMP's managers and the provider's owners are told why.
pub async fn stopped(
    platform: &Platform,
    themes: &Themes,
    event: &Event,
    payload: &EventPayload,
) -> Result<()> {
    let tenant = event.tenant_id;
    let id = required(payload.sale_id, "sale")?;
    let mut tx = platform.db.platform("sale stopped").await?;
    let Some(sale) = sales::published_by_id(&mut tx, tenant, id).await? else { return Ok(()) };
    let staff_url = platform.portal_url(PortalPath::StaffSale { tenant, sale: sale.id });
    let owner_url = platform
        .portal_url(PortalPath::ProviderSale { provider_slug: &sale.provider_slug, sale: sale.id });
    let staff = accounts::of_staff(&mut tx, &["manager", "admin"]).await?;
    let owners = accounts::of_members(&mut tx, tenant, &["owner"]).await?;
    for (to, url) in [(&staff, staff_url), (&owners, owner_url)] {
        let email = GroupEmail {
            tenant: TenantId::PLATFORM,
            to,
            template: "sale_halted",
            context: json!({
                "sale": {"title": sale.content.title, "provider_name": sale.provider_name},
                "cancelled": event.kind == "sale.cancelled",
                "by_provider": payload.by_provider,
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

/// A revision waits for SMP's decision.
pub async fn submitted(
    platform: &Platform,
    themes: &Themes,
    event: &Event,
    payload: &EventPayload,
) -> Result<()> {
    let (tenant, sale) = (event.tenant_id, required(payload.sale_id, "sale")?);
    let revision = RevisionId(required(payload.revision_id, "revision")?);
    let mut tx = platform.db.platform("sale submitted").await?;
    let submitted = match sales::revision(&mut tx, tenant, revision).await {
        Ok(submitted) if submitted.state == RevisionState::Submitted => submitted,
        // It was decided, withdrawn or deleted with its sale meanwhile.
        Ok(_) | Err(Error::NotFound(_)) => return Ok(()),
        Err(error) => return Err(error),
    };
    let email = GroupEmail {
        tenant: TenantId::PLATFORM,
        to: &accounts::of_staff(&mut tx, &["manager", "admin"]).await?,
        template: "sale_submitted",
        context: json!({
            "sale": {
                "title": submitted.content.title,
                "provider_name": providers::get(&mut tx, tenant).await?.name,
                "starts_at": contexts::rfc3339(submitted.content.starts_at),
            },
            "note": submitted.note,
            "url": platform.portal_url(PortalPath::StaffReview { tenant, sale, revision }),
        }),
        dedupe_key: revision.to_string(),
    };
    emails::queue_each(platform, themes, &mut tx, email).await?;
    tx.commit().await?;
    Ok(())
}
