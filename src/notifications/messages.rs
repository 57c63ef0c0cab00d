//! Messages: each is one email or SMS to one person, kept and sent by a job.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use uuid::Uuid;

use super::sms_sending::{self, HandedOver, SmsKey};
use crate::{
    events,
    kernel::{AccountId, MessageId, Result, TenantId},
    platform::{Mailer, Platform, mailer::Email},
};

/// The job that sends a message, and the same in the lane for bulk.
pub const SEND: &str = "message_send";
pub const SEND_BULK: &str = "message_send_bulk";

/// Templates of what goes to thousands at once.
const BULK_TEMPLATES: [&str; 10] = [
    "hold_resumed",
    "registered",
    "rest_reminder",
    "sale_cancelled",
    "sale_reminder",
    "sale_started",
    "waitlist_closed",
    "waitlist_offer",
    "waitlist_offer_lapsed",
    "welcome",
];

/// Templates whose messages contain a secret (an invitation's link, a code), which only the recipient
/// may read.
pub const SECRET_TEMPLATES: [&str; 5] =
    ["cash_code", "invitation", "phone_code", "purchase_code", "voucher_issued"];

/// Emails that strangers can cause, and how many of each one address is sent within a day. Further
/// ones are kept as failed. `messages_recipient_idx` has the same templates.
pub const PER_RECIPIENT_A_DAY: [(&str, i64); 8] = [
    ("conversation_message", 200),
    ("invitation", 10),
    ("order_lapsed", 20),
    ("registered", 50),
    ("waitlist_closed", 50),
    ("waitlist_offer", 50),
    ("waitlist_offer_lapsed", 50),
    ("welcome", 3),
];

/// An SMS has no subject; lists show its beginning instead.
const SMS_SUBJECT_CHARS: usize = 60;
/// Lists show this of an SMS with a secret.
const SECRET_SMS_SUBJECT: &str = "Your code";

/// A message to be queued.
pub struct NewMessage<'a> {
    /// Whose branding it has.
    pub tenant: TenantId,
    pub account: Option<AccountId>,
    pub recipient: &'a str,
    pub template: &'a str,
    pub content: MessageContent,
    /// A second message with the same key is not sent.
    pub dedupe_key: String,
}

pub enum MessageContent {
    Email { subject: String, text: String, html: String },
    Sms { text: String },
}

/// The payload of the job [`SEND`].
#[derive(Serialize, Deserialize)]
pub struct MessageJob {
    pub tenant_id: TenantId,
    pub message_id: MessageId,
}

/// Queues a message, unless there is one with its dedupe key.
pub async fn queue(conn: &mut PgConnection, message: NewMessage<'_>) -> Result<()> {
    queue_all(conn, vec![message]).await
}

/// Queues many messages of one tenant and template at once, except those whose dedupe key exists
/// already.
pub async fn queue_all(conn: &mut PgConnection, messages: Vec<NewMessage<'_>>) -> Result<()> {
    let Some(first) = messages.first() else { return Ok(()) };
    let round = events::round_of(conn, first.tenant).await?;
    queue_from_round(conn, messages, round).await
}

/// The same, the first of them in this round of the queue.
pub async fn queue_from_round(
    conn: &mut PgConnection,
    messages: Vec<NewMessage<'_>>,
    round: i32,
) -> Result<()> {
    let Some(first) = messages.first() else { return Ok(()) };
    let is_bulk = BULK_TEMPLATES.contains(&first.template);
    let mut quota = Quota::of(conn, &messages).await?;
    let mut columns = MessageColumns::default();
    for message in messages {
        let refusal = quota.as_mut().and_then(|quota| quota.take(message.recipient));
        columns.add(message, refusal);
    }
    let queued = sqlx::query_as!(
        MessageJob,
        r#"
        WITH added AS (
            INSERT INTO messages (
                tenant_id, id, account_id, channel, recipient, template, subject, body_text,
                body_html, dedupe_key, error, state
            )
            SELECT new.*, CASE WHEN refusal IS NULL THEN 'queued' ELSE 'failed' END
            FROM UNNEST(
                $1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[],
                $8::text[], $9::text[], $10::text[], $11::text[]
            ) AS new (tenant, id, account, channel, recipient, template, subject, body_text,
                      body_html, dedupe_key, refusal)
            ON CONFLICT ON CONSTRAINT messages_dedupe_key DO NOTHING
            RETURNING tenant_id, id, state
        )
        SELECT tenant_id AS "tenant_id!: TenantId", id AS "message_id!: MessageId"
        FROM added WHERE state = 'queued'
        "#,
        &columns.tenants,
        &columns.ids,
        &columns.accounts as &[Option<Uuid>],
        &columns.channels,
        &columns.recipients,
        &columns.templates,
        &columns.subjects,
        &columns.texts,
        &columns.htmls as &[Option<String>],
        &columns.dedupe_keys,
        &columns.refusals as &[Option<String>],
    )
    .fetch_all(&mut *conn)
    .await?;
    events::enqueue_all(conn, if is_bulk { SEND_BULK } else { SEND }, round, &queued).await
}

/// Messages as the columns of an INSERT.
#[derive(Default)]
struct MessageColumns {
    tenants: Vec<Uuid>,
    ids: Vec<Uuid>,
    accounts: Vec<Option<Uuid>>,
    channels: Vec<String>,
    recipients: Vec<String>,
    templates: Vec<String>,
    subjects: Vec<String>,
    texts: Vec<String>,
    htmls: Vec<Option<String>>,
    dedupe_keys: Vec<String>,
    /// Why a message is not sent at all.
    refusals: Vec<Option<String>>,
}

/// What each recipient of an email that strangers can cause may still be sent today.
struct Quota {
    most: i64,
    sent: HashMap<String, i64>,
}

impl Quota {
    /// The quota of the recipients of these messages, which have one template; None if it has none.
    async fn of(conn: &mut PgConnection, messages: &[NewMessage<'_>]) -> Result<Option<Self>> {
        let template = messages.first().map_or("", |message| message.template);
        let limit = PER_RECIPIENT_A_DAY.iter().find(|(limited, _)| *limited == template);
        let Some((_, most)) = limit else { return Ok(None) };
        let mut recipients: Vec<&str> = messages.iter().map(|message| message.recipient).collect();
        recipients.sort_unstable();
        recipients.dedup();
        // Two that are written at the same time count each other. What goes to thousands may miss some.
        if let [recipient] = recipients[..] {
            sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended($1 || ' ' || $2, 0))")
                .bind(template)
                .bind(recipient)
                .execute(&mut *conn)
                .await?;
        }
        let rows = sqlx::query!(
            r#"
            SELECT recipient, count(*) AS "sent!" FROM messages
            WHERE recipient = ANY($1) AND template = $2 AND created_at > now() - interval '1 day'
                AND template IN ('conversation_message', 'invitation', 'order_lapsed', 'registered',
                                 'waitlist_closed', 'waitlist_offer', 'waitlist_offer_lapsed',
                                 'welcome')
            GROUP BY recipient
            "#,
            &recipients as &[&str],
            template,
        )
        .fetch_all(&mut *conn)
        .await?;
        let sent = rows.into_iter().map(|row| (row.recipient, row.sent)).collect();
        Ok(Some(Self { most: *most, sent }))
    }

    /// Counts a message. Why it is not sent, when it is one too many.
    fn take(&mut self, recipient: &str) -> Option<String> {
        let sent = self.sent.entry(recipient.to_owned()).or_default();
        *sent += 1;
        (*sent > self.most).then(|| {
            format!("not sent: an address gets at most {} emails of this kind a day", self.most)
        })
    }
}

impl MessageColumns {
    fn add(&mut self, message: NewMessage<'_>, refusal: Option<String>) {
        let is_secret = SECRET_TEMPLATES.contains(&message.template);
        let (channel, subject, text, html) = match message.content {
            // What nobody is sent keeps no secret.
            MessageContent::Email { subject, .. } if refusal.is_some() && is_secret => {
                ("email", subject, "(not sent)".to_owned(), None)
            }
            MessageContent::Email { subject, text, html } => ("email", subject, text, Some(html)),
            MessageContent::Sms { text } if is_secret => {
                ("sms", SECRET_SMS_SUBJECT.to_owned(), text, None)
            }
            MessageContent::Sms { text } => {
                ("sms", text.chars().take(SMS_SUBJECT_CHARS).collect(), text, None)
            }
        };
        self.tenants.push(message.tenant.0);
        self.ids.push(MessageId::new().0);
        self.accounts.push(message.account.map(|account| account.0));
        self.channels.push(channel.to_owned());
        self.recipients.push(message.recipient.to_owned());
        self.templates.push(message.template.to_owned());
        self.subjects.push(subject.trim().to_owned());
        self.texts.push(text);
        self.htmls.push(html);
        self.dedupe_keys.push(message.dedupe_key);
        self.refusals.push(refusal);
    }
}

/// Sends a queued message. A crash between sending it and recording that sends a second copy with
/// the same Message-ID.
pub async fn send(platform: &Platform, job: &MessageJob) -> Result<()> {
    let mut tx = platform.db.platform("message send").await?;
    let message = sqlx::query!(
        "
        SELECT channel, recipient, subject, body_text, body_html, calendar FROM messages
        WHERE tenant_id = $1 AND id = $2 AND state = 'queued'
        ",
        job.tenant_id.0,
        job.message_id.0,
    )
    .fetch_optional(&mut *tx)
    .await?;
    tx.commit().await?;
    let Some(message) = message else { return Ok(()) };
    let has_left = if message.channel == "sms" {
        let key = SmsKey { tenant: job.tenant_id, message: job.message_id };
        match sms_sending::hand_over(platform, key).await? {
            HandedOver::Kept => false,
            HandedOver::Noted => return Ok(()),
        }
    } else {
        let email = Email {
            to: message.recipient,
            subject: message.subject,
            text: message.body_text,
            html: message.body_html.unwrap_or_default(),
            id: job.message_id.0,
            calendar: message.calendar,
        };
        platform.mailer.send(email).await?;
        matches!(platform.mailer, Mailer::Smtp { .. })
    };
    let mut tx = platform.db.platform("message sent").await?;
    // Once a message has left, only its recipient keeps the secret in it.
    let secret_templates: Vec<String> = SECRET_TEMPLATES.map(str::to_owned).to_vec();
    sqlx::query!(
        r#"
        UPDATE messages SET state = 'sent', sent_at = $3, error = NULL,
            body_text = CASE WHEN $4 AND template = ANY($5)
                THEN '(sent; only the recipient has its secret)' ELSE body_text END,
            body_html = CASE WHEN $4 AND template = ANY($5) THEN NULL ELSE body_html END
        WHERE tenant_id = $1 AND id = $2
        "#,
        job.tenant_id.0,
        job.message_id.0,
        platform.clock.now(),
        has_left,
        &secret_templates,
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
