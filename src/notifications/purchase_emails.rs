//! Emails about purchases in providers' own carts: to the shopper, and to the provider and SMP when
//! little of a guarantee is left.

use serde_json::{Value, json};

use super::{
    emails::{self, EmailDraft, GroupEmail},
    payload::{EventPayload, required},
};
use crate::{
    access::accounts,
    events::Event,
    kernel::{Result, TenantId},
    platform::{Platform, PortalPath, PublicPath},
    providers::{self, Themes},
    redirect,
    sales::{self, SaleKind},
};

/// Tells the shopper, if they were signed in when they left for the cart, that a purchase was
/// recorded or confirmed, that something became known of it, or that it was reversed.
pub async fn news(
    platform: &Platform,
    themes: &Themes,
    event: &Event,
    payload: &EventPayload,
) -> Result<()> {
    let news = event.kind.trim_start_matches("conversion.");
    queue(platform, themes, event, payload, "purchase_news", news).await
}

/// Brings the code that the provider issued.
pub async fn code(
    platform: &Platform,
    themes: &Themes,
    event: &Event,
    payload: &EventPayload,
) -> Result<()> {
    queue(platform, themes, event, payload, "purchase_code", "code").await
}

async fn queue(
    platform: &Platform,
    themes: &Themes,
    event: &Event,
    payload: &EventPayload,
    template: &'static str,
    news: &str,
) -> Result<()> {
    let tenant = event.tenant_id;
    let id = required(payload.conversion_id, "conversion")?;
    let Some((account, mine)) = redirect::shoppers_conversion(platform, tenant, id).await? else {
        return Ok(());
    };
    let mut purchase: Value = serde_json::to_value(&mine).map_err(anyhow::Error::from)?;
    if template != "purchase_code" {
        // A code is in no email but its own, which is blanked once it is sent.
        purchase["code"] = Value::Null;
    }
    purchase["is_reservation"] = (mine.kind == SaleKind::Reservation).into();
    purchase["is_voucher"] = (mine.kind == SaleKind::Voucher).into();
    let mut tx = platform.db.platform("purchase").await?;
    let to = accounts::by_id(&mut tx, account).await?;
    let draft = EmailDraft {
        tenant,
        to: &to,
        template,
        context: json!({
            "purchase": purchase,
            "news": news,
            "url": platform.public_url(PublicPath::Account),
        }),
        dedupe_key: format!("{template}:{}", event.id),
    };
    emails::queue(platform, themes, &mut tx, draft).await?;
    tx.commit().await?;
    Ok(())
}

/// Most of what the provider guarantees of an item is reported as bought: the provider may raise
/// its guarantee, and SMP should know.
pub async fn guarantee_nearly_used(
    platform: &Platform,
    themes: &Themes,
    event: &Event,
    payload: &EventPayload,
) -> Result<()> {
    let tenant = event.tenant_id;
    let sale_id = required(payload.sale_id, "sale")?;
    let item = required(payload.sale_item_id, "item")?;
    let mut tx = platform.db.platform("guarantee nearly used").await?;
    let Some(sale) = sales::published_by_id(&mut tx, tenant, sale_id).await? else { return Ok(()) };
    let provider = providers::get(&mut tx, tenant).await?;
    let context = |url: String| {
        json!({
            "sale": {"title": sale.content.title, "provider_name": sale.provider_name},
            "item_name": sale.item(item).map_or("", |item| item.name.as_str()),
            "guaranteed": payload.guaranteed,
            "reported": payload.reported,
            "sells_out": sale.content.sold_out_at_guarantee,
            "url": url,
        })
    };
    let of_provider = PortalPath::ProviderSale { provider_slug: &provider.slug, sale: sale_id };
    let teams = [
        (
            accounts::of_members(&mut tx, tenant, &["owner", "editor"]).await?,
            platform.portal_url(of_provider),
        ),
        (
            accounts::of_staff(&mut tx, &["manager", "admin"]).await?,
            platform.portal_url(PortalPath::StaffSale { tenant, sale: sale_id }),
        ),
    ];
    for (to, url) in teams {
        let email = GroupEmail {
            tenant: TenantId::PLATFORM,
            to: &to,
            template: "guarantee_nearly_used",
            context: context(url),
            dedupe_key: event.id.to_string(),
        };
        emails::queue_each(platform, themes, &mut tx, email).await?;
    }
    tx.commit().await?;
    Ok(())
}
