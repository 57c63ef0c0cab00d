//! SMS about an offer to shoppers on a waitlist who asked for them: by email alone, ten minutes are no offer.

use serde_json::json;
use sqlx::PgConnection;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{
    sms_recipients,
    sms_texts::{self, SmsDraft},
};
use crate::{
    access::preferences::MessageKind,
    kernel::{AccountId, HoldId, Result},
    platform::{Platform, PublicPath},
    providers::Branding,
    sales::PublishedSale,
};

/// The template, which the email has too.
const TEMPLATE: &str = "waitlist_offer";

/// An offer, to be told by SMS as well.
#[derive(Debug, Clone)]
pub struct TextedOffer {
    pub account: AccountId,
    pub hold: HoldId,
    pub quantity: i32,
    /// RFC 3339.
    pub expires_at: String,
}

/// Queues the SMS of offers made at one moment to those of the shoppers who want them.
pub async fn queue(
    conn: &mut PgConnection,
    platform: &Platform,
    branding: &Branding,
    sale: &PublishedSale,
    offers: &[TextedOffer],
) -> Result<()> {
    let Some(first) = offers.first() else { return Ok(()) };
    let not_after =
        OffsetDateTime::parse(&first.expires_at, &Rfc3339).map_err(anyhow::Error::from)?;
    let accounts: Vec<AccountId> = offers.iter().map(|offer| offer.account).collect();
    let recipients = sms_recipients::of(conn, &accounts, MessageKind::Waitlist).await?;
    let mut queued = vec![];
    for offer in offers {
        let Some(to) = recipients.get(&offer.account) else { continue };
        let draft = SmsDraft {
            tenant: sale.tenant,
            account: Some(offer.account),
            phone: &to.phone,
            template: TEMPLATE,
            context: json!({
                "sale": {"title": sale.content.title},
                "quantity": offer.quantity,
                "expires_at": offer.expires_at,
                "url": platform.public_url(PublicPath::Cart),
            }),
            locale: to.locale.as_deref(),
            time_zone: to.time_zone.as_deref(),
            dedupe_key: format!("{TEMPLATE}_sms:{}", offer.hold),
        };
        queued.push(sms_texts::render(platform, branding, draft)?);
    }
    sms_texts::queue_all(conn, queued, not_after).await
}
