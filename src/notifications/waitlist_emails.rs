//! Emails to shoppers on a waitlist: it is their turn, their offer has ended, the waitlist is closed.

use serde::Deserialize;
use serde_json::json;

use super::{
    cancelled_sale_emails,
    emails::{self, EmailDraft, Readers},
    messages,
    offer_texts::{self, TextedOffer},
};
use crate::{
    access::accounts::{self, Account},
    events::Event,
    kernel::{AccountId, HoldId, Result, SaleId, SaleItemId, WaitlistId},
    platform::{Platform, PublicPath},
    providers::Themes,
    sales, stock,
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
    let readers = Readers::among(&mut tx, &accounts).await?;
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
        queued.push(emails::render(platform, &branding, &readers, draft)?);
    }
    messages::queue_all(&mut tx, queued).await?;
    offer_texts::queue(&mut tx, platform, &branding, &sale, &texted(&offers, &accounts)).await?;
    tx.commit().await?;
    Ok(())
}

/// The offers as their SMS tell of them: those to accounts that still exist.
fn texted(offers: &OffersPayload, accounts: &[Account]) -> Vec<TextedOffer> {
    let exists = |id: AccountId| accounts.iter().any(|account| account.id == id);
    let lines = offers.lines.iter().filter(|offer| exists(offer.account_id));
    lines
        .map(|offer| TextedOffer {
            account: offer.account_id,
            hold: offer.hold_id,
            quantity: offer.quantity,
            expires_at: offers.expires_at.clone(),
        })
        .collect()
}

#[derive(Deserialize)]
struct ExpiredPayload {
    sale_id: SaleId,
    lines: Vec<OfferPayload>,
}

/// Holds expired: those among them that were offers have lapsed.
pub async fn lapsed(platform: &Platform, themes: &Themes, event: &Event) -> Result<()> {
    let expired: ExpiredPayload =
        serde_json::from_value(event.payload.clone()).map_err(anyhow::Error::from)?;
    let tenant = event.tenant_id;
    let ids: Vec<HoldId> = expired.lines.iter().map(|line| line.hold_id).collect();
    let mut tx = platform.db.platform("waitlist offers lapsed").await?;
    let offers = stock::lapsed_offers(&mut tx, tenant, &ids).await?;
    let sale = sales::published_by_id(&mut tx, tenant, expired.sale_id).await?;
    let Some(sale) = sale.filter(|sale| !offers.is_empty() && !sale.rehearsal) else {
        return Ok(());
    };
    let lines: Vec<&OfferPayload> =
        expired.lines.iter().filter(|line| offers.contains(&line.hold_id)).collect();
    let accounts: Vec<AccountId> = lines.iter().map(|line| line.account_id).collect();
    let accounts = accounts::by_ids(&mut tx, &accounts).await?;
    let branding = themes.branding_of(&mut tx, tenant).await?;
    let readers = Readers::among(&mut tx, &accounts).await?;
    let mut queued = vec![];
    for line in lines {
        let Some(to) = accounts.iter().find(|account| account.id == line.account_id) else {
            continue;
        };
        let draft = EmailDraft {
            tenant,
            to,
            template: "waitlist_offer_lapsed",
            context: json!({
                "sale": {"title": sale.content.title, "provider_name": sale.provider_name},
                "item_name": sale.item(line.sale_item_id).map(|item| &item.name),
                "quantity": line.quantity,
                "url": platform.public_url(PublicPath::Sale { slug: &sale.slug }),
            }),
            dedupe_key: format!("waitlist_offer_lapsed:{}", line.hold_id),
        };
        queued.push(emails::render(platform, &branding, &readers, draft)?);
    }
    messages::queue_all(&mut tx, queued).await?;
    tx.commit().await?;
    Ok(())
}

#[derive(Deserialize)]
struct ClosedPayload {
    sale_id: SaleId,
    sale_item_id: SaleItemId,
    /// `ended` or `cancelled`.
    reason: String,
    lines: Vec<ClosedEntryPayload>,
}

#[derive(Deserialize)]
struct ClosedEntryPayload {
    entry_id: WaitlistId,
    account_id: AccountId,
}

/// The sale is over, so nobody waits for it any more.
pub async fn closed(platform: &Platform, themes: &Themes, event: &Event) -> Result<()> {
    let closed: ClosedPayload =
        serde_json::from_value(event.payload.clone()).map_err(anyhow::Error::from)?;
    let tenant = event.tenant_id;
    let mut tx = platform.db.platform("waitlist closed").await?;
    let Some(sale) = sales::published_by_id(&mut tx, tenant, closed.sale_id).await? else {
        return Ok(());
    };
    let template = match closed.reason.as_str() {
        "cancelled" => cancelled_sale_emails::TEMPLATE,
        _ => "waitlist_closed",
    };
    let accounts: Vec<AccountId> = closed.lines.iter().map(|entry| entry.account_id).collect();
    let accounts = accounts::by_ids(&mut tx, &accounts).await?;
    let branding = themes.branding_of(&mut tx, tenant).await?;
    let readers = Readers::among(&mut tx, &accounts).await?;
    let mut queued = vec![];
    for entry in &closed.lines {
        let Some(to) = accounts.iter().find(|account| account.id == entry.account_id) else {
            continue;
        };
        let draft = EmailDraft {
            tenant,
            to,
            template,
            context: json!({
                "sale": cancelled_sale_emails::context(&sale),
                "item_name": sale.item(closed.sale_item_id).map(|item| &item.name),
                "waiting": true,
                "url": platform.public_url(PublicPath::Home),
            }),
            dedupe_key: format!("{template}:{}", entry.entry_id),
        };
        queued.push(emails::render(platform, &branding, &readers, draft)?);
    }
    messages::queue_all(&mut tx, queued).await?;
    tx.commit().await?;
    Ok(())
}
