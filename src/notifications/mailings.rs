//! Mailings to all shoppers who registered for a sale: a reminder before its start, a notice at it.
//! There are thousands of recipients, so a mailing is rendered once and written in batches. Each
//! batch is taken, written and marked in one transaction: a crash loses and repeats nothing.

use futures_util::StreamExt;
use serde_json::json;
use sqlx::PgConnection;

use super::{
    calendars, email_contexts as contexts, emails,
    messages::{self, NewMessage},
    start_texts,
};
use crate::{
    access::accounts::{self, Account},
    events,
    kernel::{AccountId, Result},
    platform::{Placeholders, Platform},
    providers::{RenderedEmail, Themes},
    sales::{self, MailingKind, PublishedSale, RegistrationMailing},
};

/// Most emails written in one transaction.
pub const BATCH: i64 = 500;
/// Mailings that a node writes at the same time.
const AT_ONCE: usize = 4;

/// Writes every mailing that is due. Any number of nodes may do so at once: each takes shoppers
/// that no other node has taken.
pub async fn write_due(platform: &Platform, themes: &Themes) -> Result<()> {
    let mut tx = platform.db.platform("mailings due").await?;
    let due = RegistrationMailing::due(&mut tx, platform.clock.now()).await?;
    drop(tx);
    // Side by side: a large mailing, or a broken template, holds up no other provider's.
    futures_util::stream::iter(due)
        .for_each_concurrent(AT_ONCE, |mailing| async move {
            if let Err(error) = write_mailing(platform, themes, &mailing).await {
                tracing::error!(
                    ?error,
                    sale = %mailing.sale,
                    kind = <&str>::from(mailing.kind),
                    "a mailing to registered shoppers could not be written; trying again"
                );
            }
        })
        .await;
    Ok(())
}

async fn write_mailing(
    platform: &Platform,
    themes: &Themes,
    mailing: &RegistrationMailing,
) -> Result<()> {
    let mut written = Written::default();
    loop {
        let mut tx = platform.db.platform_by_keys("mailing").await?;
        let batch = write_batch(&mut tx, platform, themes, mailing, written).await?;
        tx.commit().await?;
        match batch {
            Some(more) => written = more,
            None => break,
        }
    }
    let mut tx = platform.db.platform("mailing done").await?;
    mailing.finish(&mut tx, platform.clock.now()).await?;
    tx.commit().await?;
    Ok(())
}

/// How far a mailing has come in this go.
#[derive(Debug, Clone, Copy, Default)]
pub struct Written {
    last: Option<AccountId>,
    emails: usize,
}

/// Writes the emails to the next [`BATCH`] shoppers and marks them as notified. Returns how far it
/// has come; None when there was nobody left. Platform scope; nothing has happened until the
/// transaction commits.
pub async fn write_batch(
    conn: &mut PgConnection,
    platform: &Platform,
    themes: &Themes,
    mailing: &RegistrationMailing,
    written: Written,
) -> Result<Option<Written>> {
    let Some(sale) = mailing.lock_sale(conn, platform.clock.now()).await? else {
        return Ok(None);
    };
    let taken = mailing.take_recipients(conn, written.last, BATCH).await?;
    let Some(last) = taken.last().copied() else { return Ok(None) };
    let emails = written.emails + taken.len();
    let template = EmailTemplate::new(platform, themes, conn, mailing, &sale).await?;
    let name = template_name(mailing.kind);
    let starts_at = mailing.starts_at.unix_timestamp();
    let recipients = accounts::by_ids(conn, &taken).await?;
    let key = |to: &Account| format!("{name}:{}:{}:{starts_at}", mailing.sale, to.id);
    let queued = recipients.iter().map(|to| NewMessage {
        tenant: mailing.tenant,
        account: Some(to.id),
        recipient: &to.email,
        template: name,
        content: template.render(&to.name, &to.email).into(),
        dedupe_key: key(to),
    });
    // The first emails of another mailing go before the later ones of this.
    messages::queue_from_round(conn, queued.collect(), events::rounds(written.emails)).await?;
    if mailing.kind != MailingKind::Reminder {
        let branding = themes.branding_of(conn, mailing.tenant).await?;
        start_texts::queue(conn, platform, &branding, &sale, &taken, name).await?;
    }
    if mailing.kind != MailingKind::Start {
        let keys: Vec<String> = recipients.iter().map(key).collect();
        let calendar = sales::start_calendar(platform, &sale);
        calendars::attach(conn, mailing.tenant, &keys, &calendar).await?;
    }
    Ok(Some(Written { last: Some(last), emails }))
}

fn template_name(kind: MailingKind) -> &'static str {
    match kind {
        MailingKind::Reminder => "sale_reminder",
        MailingKind::Start => "sale_started",
    }
}

/// An email rendered once, with placeholders for its recipient's name and address.
struct EmailTemplate {
    email: RenderedEmail,
    placeholders: Placeholders,
}

impl EmailTemplate {
    async fn new(
        platform: &Platform,
        themes: &Themes,
        conn: &mut PgConnection,
        mailing: &RegistrationMailing,
        sale: &PublishedSale,
    ) -> Result<Self> {
        let placeholders = Placeholders::default();
        let branding = themes.branding_of(conn, mailing.tenant).await?;
        let recipient =
            json!({"name": placeholders.mark("name"), "email": placeholders.mark("email")});
        let context = json!({"sale": contexts::sale(platform, sale)});
        let context = emails::complete_context(platform, &branding, &recipient, context);
        let email = branding.theme.email(template_name(mailing.kind), &context)?;
        Ok(Self { email, placeholders })
    }

    fn render(&self, name: &str, address: &str) -> RenderedEmail {
        let fill = |text: &str, name: &str, address: &str| {
            self.placeholders.fill(text, |placeholder| match placeholder {
                "name" => name,
                _ => address,
            })
        };
        let escape = handlebars::html_escape;
        RenderedEmail {
            subject: fill(&self.email.subject, name, address),
            text: fill(&self.email.text, name, address),
            html: fill(&self.email.html, &escape(name), &escape(address)),
        }
    }
}
