//! Letters of the line and of stock: an offer to who is next, an alert to who keeps watch.

use serde::Deserialize;
use serde_json::json;

use super::{
    letters::{Letter, rendered, write},
    messages,
};
use crate::{
    access::accounts,
    events::Event,
    kernel::{AccountId, HoldId, Result, SaleId, SaleItemId, TenantId},
    platform::Platform,
    providers::themes::Themes,
    sales,
};

#[derive(Deserialize)]
struct Offers {
    sale_id: SaleId,
    expires_at: String,
    lines: Vec<Offer>,
}

#[derive(Deserialize)]
struct Offer {
    account_id: AccountId,
    hold_id: HoldId,
    sale_item_id: SaleItemId,
    quantity: i32,
}

/// It is their turn: units are held for them until the offer runs out.
pub async fn offered(platform: &Platform, themes: &Themes, event: &Event) -> Result<()> {
    let offers: Offers =
        serde_json::from_value(event.payload.clone()).map_err(anyhow::Error::from)?;
    let mut tx = platform.db.platform("waitlist offer").await?;
    let Some(sale) = sales::published_by_id(&mut tx, event.tenant_id, offers.sale_id).await? else {
        return Ok(());
    };
    let ids: Vec<AccountId> = offers.lines.iter().map(|offer| offer.account_id).collect();
    let people = accounts::by_ids(&mut tx, &ids).await?;
    let look = themes.of(&mut tx, event.tenant_id).await?;
    let mut letters = vec![];
    for offer in &offers.lines {
        // Who has closed the account since is told nothing.
        let Some(to) = people.iter().find(|person| person.id == offer.account_id) else { continue };
        let context = json!({
            "sale": {"title": sale.content.title, "provider_name": sale.provider_name},
            "item_name": sale.item(offer.sale_item_id).map(|item| &item.name), "quantity": offer.quantity, "expires_at": offers.expires_at,
            "url": platform.url("/cart"),
        });
        let letter = Letter {
            tenant: event.tenant_id,
            to,
            template: "waitlist_offer",
            context,
            dedupe_key: format!("waitlist_offer:{}", offer.hold_id),
        };
        letters.push(rendered(platform, &look, letter)?);
    }
    messages::queue_all(&mut tx, letters).await?;
    tx.commit().await?;
    Ok(())
}

/// A sale was stopped: SMP's managers and the provider's owners are told at once, and why.
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
    let mut people = accounts::of_staff(&mut tx, &["manager", "admin"]).await?;
    people.extend(accounts::of_members(&mut tx, tenant, &["owner"]).await?);
    for person in people {
        let context = json!({
            "sale": {"title": sale.content.title, "provider_name": sale.provider_name}, "reason": reason,
            "url": platform.url(&format!("/portal/providers/{tenant}/sales/{}", sale.id)),
        });
        let dedupe_key = format!("sale_halted:{}:{}", event.id, person.id);
        write(
            platform,
            themes,
            &mut tx,
            Letter {
                tenant: TenantId::PLATFORM,
                to: &person,
                template: "sale_halted",
                context,
                dedupe_key,
            },
        )
        .await?;
    }
    tx.commit().await?;
    Ok(())
}
