//! Sending a message, and what may still hold it back: its recipient or SMP has switched messages of
//! its kind off since it was queued.

use sqlx::PgConnection;

use super::{
    catalogue::{self, MessageAudience, MessageEntry},
    emails,
    messages::MessageJob,
    sms_sending::{self, HandedOver, SmsKey},
};
use crate::{
    access::preferences::{self, MessageChannel},
    kernel::{AccountId, Result, TenantId},
    platform::{Mailer, Platform, mailer::Email},
    providers::{self, DEFAULT_PACK, Themes},
};

/// A message that is to be sent.
struct QueuedMessage {
    account: Option<AccountId>,
    channel: String,
    recipient: String,
    template: String,
    subject: String,
    body_text: String,
    body_html: Option<String>,
    /// A calendar file that an email brings.
    calendar: Option<String>,
    /// SMP has switched it off for everyone.
    is_switched_off: bool,
    /// Mail to the address came back, or its owner complained of it.
    is_suppressed: bool,
}

/// Whose name an email carries, and where replies to it go.
#[derive(Default)]
struct Letterhead {
    name: Option<String>,
    reply_to: Option<String>,
}

/// Sends a queued message. A crash between sending it and recording that sends a second copy with
/// the same Message-ID.
pub async fn send(platform: &Platform, themes: &Themes, job: &MessageJob) -> Result<()> {
    let mut tx = platform.db.platform("message send").await?;
    let Some(message) = find(&mut tx, job).await? else { return Ok(()) };
    if let Some(reason) = held_back(&mut tx, &message).await? {
        withhold(&mut tx, job, reason).await?;
        tx.commit().await?;
        return Ok(());
    }
    let has_left = if message.channel == "sms" {
        tx.commit().await?;
        let key = SmsKey { tenant: job.tenant_id, message: job.message_id };
        match sms_sending::hand_over(platform, key).await? {
            HandedOver::Kept => false,
            HandedOver::Noted => return Ok(()),
        }
    } else {
        let letterhead = letterhead(&mut tx, themes, job.tenant_id, &message.template).await?;
        tx.commit().await?;
        let unsubscribe_url = match message.account {
            Some(account) if catalogue::entry(&message.template).is_ok() => {
                emails::unsubscribe_url(platform, &message.template, account)?
            }
            _ => None,
        };
        let email = Email {
            to: message.recipient,
            subject: message.subject,
            text: message.body_text,
            html: message.body_html.unwrap_or_default(),
            id: job.message_id.0,
            from_name: letterhead.name,
            reply_to: letterhead.reply_to,
            unsubscribe_url,
            calendar: message.calendar,
        };
        platform.mailer.send(email).await?;
        matches!(platform.mailer, Mailer::Smtp { .. })
    };
    note_sent(platform, job, has_left).await
}

async fn find(conn: &mut PgConnection, job: &MessageJob) -> Result<Option<QueuedMessage>> {
    let message = sqlx::query_as!(
        QueuedMessage,
        r#"
        SELECT account_id AS "account: AccountId", channel, recipient, template, subject, body_text,
               body_html, calendar,
               EXISTS (SELECT FROM switched_off_messages o WHERE o.template = m.template)
                   AS "is_switched_off!",
               EXISTS (SELECT FROM suppressed_addresses s WHERE s.address = lower(m.recipient))
                   AS "is_suppressed!"
        FROM messages m WHERE tenant_id = $1 AND id = $2 AND state = 'queued'
        "#,
        job.tenant_id.0,
        job.message_id.0,
    );
    Ok(message.fetch_optional(conn).await?)
}

/// Why a message must not leave; None for one that is always sent.
async fn held_back(
    conn: &mut PgConnection,
    message: &QueuedMessage,
) -> Result<Option<&'static str>> {
    // One of an earlier version, whose entry is gone, was always sent.
    let entry = catalogue::entry(&message.template).ok();
    let Some(kind) = entry.and_then(MessageEntry::optional_kind) else { return Ok(None) };
    if message.is_switched_off {
        return Ok(Some("not sent: SMP has switched this message off"));
    }
    if message.is_suppressed {
        return Ok(Some("not sent: mail to this address came back, or its owner complained of it"));
    }
    let channel = match message.channel.as_str() {
        "sms" => MessageChannel::Sms,
        _ => MessageChannel::Email,
    };
    let Some(account) = message.account else { return Ok(None) };
    if preferences::wants(conn, account, kind, channel).await? {
        return Ok(None);
    }
    Ok(Some("not sent: the recipient has switched messages of this kind off"))
}

async fn withhold(conn: &mut PgConnection, job: &MessageJob, reason: &str) -> Result<()> {
    sqlx::query!(
        "UPDATE messages SET state = 'withheld', error = $3 WHERE tenant_id = $1 AND id = $2",
        job.tenant_id.0,
        job.message_id.0,
        reason,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What goes to shoppers carries the provider's name; what goes to teams, SMP's. A pack that names no
/// sender of its own has the provider's name and SMP's address for replies.
async fn letterhead(
    conn: &mut PgConnection,
    themes: &Themes,
    tenant: TenantId,
    template: &str,
) -> Result<Letterhead> {
    let default = themes.default_branding();
    let for_shoppers =
        catalogue::entry(template).is_ok_and(|entry| entry.audience == MessageAudience::Shoppers);
    if tenant == TenantId::PLATFORM || !for_shoppers {
        let reply_to = Some(default.settings.email.sender_address.clone());
        return Ok(Letterhead { name: None, reply_to });
    }
    let branding = themes.branding_of(conn, tenant).await?;
    let sender = &branding.settings.email;
    let is_own =
        branding.slug != DEFAULT_PACK && sender.sender_name != default.settings.email.sender_name;
    let name =
        if is_own { sender.sender_name.clone() } else { providers::get(conn, tenant).await?.name };
    Ok(Letterhead { name: Some(name), reply_to: Some(sender.sender_address.clone()) })
}

async fn note_sent(platform: &Platform, job: &MessageJob, has_left: bool) -> Result<()> {
    let mut tx = platform.db.platform("message sent").await?;
    // Once a message has left, only its recipient keeps the secret in it. A notice that it came back
    // may have been faster than this.
    sqlx::query!(
        r#"
        UPDATE messages SET state = CASE WHEN state = 'queued' THEN 'sent' ELSE state END,
            sent_at = $3, error = CASE WHEN state = 'queued' THEN NULL ELSE error END,
            body_text = CASE WHEN $4 AND template = ANY($5)
                THEN '(sent; only the recipient has its secret)' ELSE body_text END,
            body_html = CASE WHEN $4 AND template = ANY($5) THEN NULL ELSE body_html END
        WHERE tenant_id = $1 AND id = $2
        "#,
        job.tenant_id.0,
        job.message_id.0,
        platform.clock.now(),
        has_left,
        &catalogue::secrets(),
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(())
}

/// Records why a message could not be sent; the job tries again.
pub async fn note_failure(platform: &Platform, job: &MessageJob, error: &str) -> Result<()> {
    let mut tx = platform.db.platform("message failed").await?;
    sqlx::query!(
        "UPDATE messages SET error = $3 WHERE tenant_id = $1 AND id = $2",
        job.tenant_id.0,
        job.message_id.0,
        error
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(())
}
