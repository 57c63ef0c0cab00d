//! Emails to shoppers about a sale that was cancelled: those who had registered and those who had
//! bought. Who was on the waitlist is told when it is closed. There may be many of them, so they
//! are read and written in batches; a repeat writes nobody a second email.

use serde_json::{Value, json};

use super::{
    calendars,
    emails::{self, EmailDraft, GroupEmail, Readers},
    mailings::BATCH,
    messages,
    payload::{EventPayload, required},
};
use crate::{
    access::accounts,
    events::Event,
    kernel::{AccountId, OrderId, Result},
    orders,
    platform::{Platform, PublicPath},
    providers::Themes,
    sales::{self, PublishedSale},
};

pub const TEMPLATE: &str = "sale_cancelled";

pub async fn cancelled(
    platform: &Platform,
    themes: &Themes,
    event: &Event,
    payload: &EventPayload,
) -> Result<()> {
    let id = required(payload.sale_id, "sale")?;
    let mut tx = platform.db.platform("sale cancelled").await?;
    let sale = sales::published_by_id(&mut tx, event.tenant_id, id).await?;
    drop(tx);
    let Some(sale) = sale else { return Ok(()) };
    tell_buyers(platform, themes, &sale).await?;
    tell_registered(platform, themes, &sale).await
}

/// What the email says of a sale.
pub fn context(sale: &PublishedSale) -> Value {
    json!({"title": sale.content.title, "provider_name": sale.provider_name})
}

async fn tell_registered(platform: &Platform, themes: &Themes, sale: &PublishedSale) -> Result<()> {
    let mut after = AccountId(uuid::Uuid::nil());
    loop {
        let mut tx = platform.db.platform("sale cancelled").await?;
        let registered =
            sales::registered_after(&mut tx, sale.tenant, sale.id, after, BATCH).await?;
        let Some(last) = registered.last() else { return Ok(()) };
        after = *last;
        let email = GroupEmail {
            tenant: sale.tenant,
            to: &accounts::by_ids(&mut tx, &registered).await?,
            template: TEMPLATE,
            context: json!({
                "sale": context(sale),
                "url": platform.public_url(PublicPath::Home),
            }),
            dedupe_key: sale.id.to_string(),
        };
        let keys = emails::queue_each(platform, themes, &mut tx, email).await?;
        // It strikes the start out where a calendar has it.
        let calendar = sales::start_calendar(platform, sale);
        calendars::attach(&mut tx, sale.tenant, &keys, &calendar).await?;
        tx.commit().await?;
    }
}

async fn tell_buyers(platform: &Platform, themes: &Themes, sale: &PublishedSale) -> Result<()> {
    let mut after = OrderId(uuid::Uuid::nil());
    loop {
        let mut tx = platform.db.platform("sale cancelled").await?;
        let bought = orders::paid_with_sale(&mut tx, sale.tenant, sale.id, after, BATCH).await?;
        let Some(last) = bought.last() else { return Ok(()) };
        after = last.id;
        let branding = themes.branding_of(&mut tx, sale.tenant).await?;
        let ids: Vec<AccountId> = bought.iter().map(|order| order.account).collect();
        let buyers = accounts::by_ids(&mut tx, &ids).await?;
        let readers = Readers::among(&mut tx, &buyers).await?;
        // At the address of the order, which need not be the account's.
        let addressed = bought.iter().filter_map(|order| {
            let buyer = buyers.iter().find(|buyer| buyer.id == order.account)?;
            Some((emails::addressed(buyer.clone(), &order.email), order))
        });
        let addressed: Vec<_> = addressed.collect();
        let mut queued = vec![];
        for (to, order) in &addressed {
            let draft = EmailDraft {
                tenant: sale.tenant,
                to,
                template: TEMPLATE,
                context: json!({
                    "sale": context(sale),
                    "order_number": order.number,
                    "in_cash": order.in_cash,
                    "url": platform.public_url(PublicPath::Order { number: &order.number }),
                }),
                dedupe_key: format!("{TEMPLATE}:{}:{}", sale.id, order.number),
            };
            queued.push(emails::render(platform, &branding, &readers, draft)?);
        }
        messages::queue_all(&mut tx, queued).await?;
        tx.commit().await?;
    }
}
