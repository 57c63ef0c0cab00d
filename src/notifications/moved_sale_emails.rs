//! Emails to shoppers about a sale whose times changed: those who registered, wait in its waitlist or hold
//! units. There may be many of them, so they are read and written in batches; a repeat writes nobody a
//! second email.

use serde_json::json;

use super::{
    calendars, email_contexts as contexts,
    emails::{self, GroupEmail},
    mailings::BATCH,
    payload::{EventPayload, MovedFrom, required},
};
use crate::{
    access::accounts,
    events::Event,
    kernel::{AccountId, Result},
    platform::Platform,
    providers::Themes,
    sales::{self, PublishedSale},
    stock,
};

const TEMPLATE: &str = "sale_moved";

/// An approval changed the times of a sale that shoppers knew.
pub async fn moved(
    platform: &Platform,
    themes: &Themes,
    event: &Event,
    payload: &EventPayload,
) -> Result<()> {
    let Some(before) = &payload.moved_from else { return Ok(()) };
    let id = required(payload.sale_id, "sale")?;
    let mut tx = platform.db.platform("sale moved").await?;
    let sale = sales::published_by_id(&mut tx, event.tenant_id, id).await?;
    drop(tx);
    // It was moved again, or cancelled: another email says so.
    let revision = required(payload.revision_id, "revision")?;
    let Some(sale) = sale.filter(|sale| sale.revision.0 == revision && !sale.rehearsal) else {
        return Ok(());
    };
    if sale.state == sales::SaleState::Cancelled {
        return Ok(());
    }
    for registered in [true, false] {
        tell(platform, themes, &sale, before, registered).await?;
    }
    Ok(())
}

/// Tells those who registered, or those who wait or hold. Who does both gets the first email alone.
async fn tell(
    platform: &Platform,
    themes: &Themes,
    sale: &PublishedSale,
    before: &MovedFrom,
    registered: bool,
) -> Result<()> {
    let items: Vec<_> = sale.content.items.iter().map(|item| item.sale_item_id).collect();
    let mut after = AccountId(uuid::Uuid::nil());
    loop {
        let mut tx = platform.db.platform("sale moved").await?;
        let found = if registered {
            sales::registered_after(&mut tx, sale.tenant, sale.id, after, BATCH).await?
        } else {
            stock::waiting_or_holding_after(&mut tx, sale.tenant, &items, after, BATCH).await?
        };
        let Some(last) = found.last() else { return Ok(()) };
        after = *last;
        let email = GroupEmail {
            tenant: sale.tenant,
            to: &accounts::by_ids(&mut tx, &found).await?,
            template: TEMPLATE,
            context: json!({
                "sale": contexts::sale(platform, sale),
                "before": before,
                "registered": registered,
            }),
            dedupe_key: sale.revision.to_string(),
        };
        let keys = emails::queue_each(platform, themes, &mut tx, email).await?;
        if registered && sale.content.starts_at > platform.clock.now() {
            // It moves the start where a calendar has it.
            let calendar = sales::start_calendar(platform, sale);
            calendars::attach(&mut tx, sale.tenant, &keys, &calendar).await?;
        }
        tx.commit().await?;
    }
}
