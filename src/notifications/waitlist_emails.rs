//! Emails to shoppers on a waitlist whose turn it is.

use serde::Deserialize;
use serde_json::json;

use super::{
    emails::{self, EmailDraft},
    messages,
};
use crate::{
    access::accounts,
    events::Event,
    kernel::{AccountId, HoldId, Result, SaleId, SaleItemId},
    platform::{Platform, PublicPath},
    providers::Themes,
    sales,
};

#[derive(Deserialize)]
struct OffersPayload {
    sale_id: SaleId,
    expires_at: String,
    /// One for each offer.
    lines: Vec<OfferPayload>,
}

#[derive(Deserialize)]
struct OfferPayload {
    account_id: AccountId,
    hold_id: HoldId,
    sale_item_id: SaleItemId,
    quantity: i32,
}

/// Units are held for these shoppers until the offer expires.
pub async fn offered(platform: &Platform, themes: &Themes, event: &Event) -> Result<()> {
    let offers: OffersPayload =
        serde_json::from_value(event.payload.clone()).map_err(anyhow::Error::from)?;
    let tenant = event.tenant_id;
    let mut tx = platform.db.platform("waitlist offer").await?;
    let Some(sale) = sales::published_by_id(&mut tx, tenant, offers.sale_id).await? else {
        return Ok(());
    };
    let ids: Vec<AccountId> = offers.lines.iter().map(|offer| offer.account_id).collect();
    let accounts = accounts::by_ids(&mut tx, &ids).await?;
    let branding = themes.branding_of(&mut tx, tenant).await?;
    let mut queued = vec![];
    for offer in &offers.lines {
        // The account may have been closed in the meantime.
        let Some(to) = accounts.iter().find(|account| account.id == offer.account_id) else {
            continue;
        };
        let draft = EmailDraft {
            tenant,
            to,
            template: "waitlist_offer",
            context: json!({
                "sale": {"title": sale.content.title, "provider_name": sale.provider_name},
                "item_name": sale.item(offer.sale_item_id).map(|item| &item.name),
                "quantity": offer.quantity,
                "expires_at": offers.expires_at,
                "url": platform.public_url(PublicPath::Cart),
            }),
            dedupe_key: format!("waitlist_offer:{}", offer.hold_id),
        };
        queued.push(emails::render(platform, &branding, draft)?);
    }
    messages::queue_all(&mut tx, queued).await?;
    tx.commit().await?;
    Ok(())
}
