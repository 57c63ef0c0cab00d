//! SMS about the start of a sale, to those of its mailings' recipients who asked for them.

use serde_json::json;
use sqlx::PgConnection;
use time::Duration;

use super::{
    email_contexts as contexts, sms_recipients,
    sms_texts::{self, SmsDraft},
};
use crate::{
    access::preferences::MessageKind,
    kernel::{AccountId, Result},
    platform::Platform,
    providers::Branding,
    sales::PublishedSale,
};

/// An SMS of a start is of no use later than this after it.
const OF_USE: Duration = Duration::hours(1);

/// Queues the SMS `template` (`sale_started` or `start_reminder`) of a sale to those of the accounts who
/// want it. Another start of the same sale is told of again.
pub async fn queue(
    conn: &mut PgConnection,
    platform: &Platform,
    branding: &Branding,
    sale: &PublishedSale,
    accounts: &[AccountId],
    template: &'static str,
) -> Result<()> {
    let recipients = sms_recipients::of(conn, accounts, MessageKind::Reminders).await?;
    let starts_at = sale.content.starts_at;
    let mut queued = vec![];
    for (account, to) in &recipients {
        let draft = SmsDraft {
            tenant: sale.tenant,
            account: Some(*account),
            phone: &to.phone,
            template,
            context: json!({"sale": contexts::sale(platform, sale)}),
            locale: to.locale.as_deref(),
            time_zone: to.time_zone.as_deref(),
            dedupe_key: format!(
                "{template}_sms:{}:{account}:{}",
                sale.id,
                starts_at.unix_timestamp()
            ),
        };
        queued.push(sms_texts::render(platform, branding, draft)?);
    }
    let not_after = sale.content.ends_at.min(starts_at + OF_USE);
    sms_texts::queue_all(conn, queued, not_after).await
}
