//! Mailings to all shoppers who registered for a sale, or asked to be reminded of it: reminders before
//! its start, a notice at it.
//! There are thousands of recipients, so a mailing is rendered once and written in batches. Each
//! batch is taken, written and marked in one transaction: a crash loses and repeats nothing.

use std::collections::{HashMap, hash_map::Entry};

use futures_util::StreamExt;
use serde_json::{Value, json};
use sqlx::PgConnection;

use super::{
    calendars, email_contexts as contexts,
    emails::{self, Readers},
    messages::{self, NewMessage},
    start_texts,
};
use crate::{
    access::{
        accounts::{self, Account},
        preferences::{self, MessageChannel, MessageKind},
    },
    events,
    kernel::{AccountId, Result},
    platform::{Placeholders, Platform},
    providers::{Branding, RenderedEmail, Themes},
    sales::{self, MailingKind, RegistrationMailing},
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
    let branding = themes.branding_of(conn, mailing.tenant).await?;
    let name = template_name(mailing.kind);
    let starts_at = mailing.starts_at.unix_timestamp();
    let mut recipients = accounts::by_ids(conn, &taken).await?;
    if mailing.kind == MailingKind::Soon {
        let (kind, channel) = (MessageKind::Reminders, MessageChannel::Email);
        let wanted = preferences::wants_of(conn, &taken, kind, channel).await?;
        recipients.retain(|to| wanted.contains(&to.id));
    }
    let key = |to: &Account| format!("{name}:{}:{}:{starts_at}", mailing.sale, to.id);
    let readers = Readers::among(conn, &recipients).await?;
    // Rendered once for each language and zone of its readers, with their name and without.
    let mut templates: HashMap<(Option<&str>, Option<&str>, bool), EmailTemplate> = HashMap::new();
    let mut queued = vec![];
    for to in &recipients {
        let reader = (readers.locale(to.id), readers.time_zone(to.id), to.is_verified);
        let template = match templates.entry(reader) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => {
                let (locale, zone, is_verified) = *new.key();
                let sale = contexts::sale(platform, &sale);
                let context = json!({"sale": sale, "locale": locale, "time_zone": zone});
                new.insert(EmailTemplate::new(platform, &branding, name, context, is_verified)?)
            }
        };
        let unsubscribe_url = emails::unsubscribe_url(platform, name, to.id)?.unwrap_or_default();
        queued.push(NewMessage {
            tenant: mailing.tenant,
            account: Some(to.id),
            recipient: &to.email,
            template: name,
            content: template.render(to, &unsubscribe_url).into(),
            dedupe_key: key(to),
        });
    }
    // The first emails of another mailing go before the later ones of this.
    messages::queue_from_round(conn, queued, events::rounds(written.emails)).await?;
    if mailing.kind != MailingKind::Reminder {
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
        MailingKind::Soon => "start_reminder",
    }
}

/// An email rendered once, with placeholders for what is its recipient's own.
struct EmailTemplate {
    email: RenderedEmail,
    placeholders: Placeholders,
}

impl EmailTemplate {
    /// `is_named`: with the recipient's name, which only an address that is proved to be theirs may be sent.
    fn new(
        platform: &Platform,
        branding: &Branding,
        name: &str,
        mut context: Value,
        is_named: bool,
    ) -> Result<Self> {
        let placeholders = Placeholders::default();
        let recipient = json!({
            "name": is_named.then(|| placeholders.mark("name")),
            "email": placeholders.mark("email"),
        });
        context["unsubscribe_url"] = placeholders.mark("unsubscribe").into();
        let context = emails::complete_context(platform, branding, &recipient, context);
        let email = branding.theme.email(name, &context)?;
        Ok(Self { email, placeholders })
    }

    fn render(&self, to: &Account, unsubscribe_url: &str) -> RenderedEmail {
        let fill = |text: &str, name: &str, email: &str, url: &str| {
            self.placeholders.fill(text, |placeholder| match placeholder {
                "name" => name,
                "unsubscribe" => url,
                _ => email,
            })
        };
        let escape = handlebars::html_escape;
        let (name, email) = (&to.name, &to.email);
        RenderedEmail {
            subject: fill(&self.email.subject, name, email, unsubscribe_url),
            text: fill(&self.email.text, name, email, unsubscribe_url),
            html: fill(&self.email.html, &escape(name), &escape(email), &escape(unsubscribe_url)),
        }
    }
}
