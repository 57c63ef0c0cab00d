//! Emails to shoppers who hold units: their clock, which stood still while the sale was paused, runs
//! again.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::json;

use super::{
    email_contexts,
    emails::{self, EmailDraft, Readers},
    messages,
};
use crate::{
    access::accounts,
    events::Event,
    kernel::{AccountId, HoldId, Result, SaleId, SaleItemId},
    platform::{Platform, PublicPath},
    providers::Themes,
    sales::{self, NotOpen},
    stock,
};

#[derive(Deserialize)]
struct ResumedPayload {
    sale_id: SaleId,
    /// Of one item.
    lines: Vec<ResumedLine>,
}

#[derive(Deserialize)]
struct ResumedLine {
    account_id: AccountId,
    hold_id: HoldId,
    sale_item_id: SaleItemId,
    quantity: i32,
}

/// Tells each shopper until when to pay. Nobody is told who paid meanwhile, or whose clock stands
/// still again.
pub async fn resumed(platform: &Platform, themes: &Themes, event: &Event) -> Result<()> {
    let resumed: ResumedPayload =
        serde_json::from_value(event.payload.clone()).map_err(anyhow::Error::from)?;
    let tenant = event.tenant_id;
    let mut tx = platform.db.platform("holds resumed").await?;
    let Some(sale) = sales::published_by_id(&mut tx, tenant, resumed.sale_id).await? else {
        return Ok(());
    };
    let holds: Vec<HoldId> = resumed.lines.iter().map(|line| line.hold_id).collect();
    let clocks = stock::clocks(&mut tx, &holds).await?;
    let mut of_accounts: HashMap<AccountId, Vec<(&ResumedLine, time::OffsetDateTime)>> =
        HashMap::new();
    for line in &resumed.lines {
        if let Some(clock) = clocks.get(&line.hold_id).filter(|clock| clock.stopped_at.is_none()) {
            of_accounts.entry(line.account_id).or_default().push((line, clock.expires_at));
        }
    }
    let ids: Vec<AccountId> = of_accounts.keys().copied().collect();
    let branding = themes.branding_of(&mut tx, tenant).await?;
    let standing = match sale.check_open(platform.clock.now()) {
        Err(NotOpen::Cancelled) => "cancelled",
        Err(NotOpen::Ended) => "ended",
        _ => "open",
    };
    let recipients = accounts::by_ids(&mut tx, &ids).await?;
    let readers = Readers::among(&mut tx, &recipients).await?;
    let mut queued = vec![];
    for to in &recipients {
        let held = of_accounts.get(&to.id).into_iter().flatten();
        // Of several holds, the one that expires first says the time.
        let Some((first, expires_at)) = held.clone().min_by_key(|(_, expires_at)| *expires_at)
        else {
            continue;
        };
        let draft = EmailDraft {
            tenant,
            to,
            template: "hold_resumed",
            context: json!({
                "sale": {"title": sale.content.title, "provider_name": sale.provider_name},
                "standing": standing,
                "item_name": sale.item(first.sale_item_id).map(|item| &item.name),
                "quantity": held.map(|(line, _)| line.quantity).sum::<i32>(),
                "expires_at": email_contexts::rfc3339(*expires_at),
                "url": platform.public_url(PublicPath::Cart),
            }),
            dedupe_key: format!("hold_resumed:{}:{}", event.id, to.id),
        };
        queued.push(emails::render(platform, &branding, &readers, draft)?);
    }
    messages::queue_all(&mut tx, queued).await?;
    tx.commit().await?;
    Ok(())
}
