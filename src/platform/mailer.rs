//! Outgoing email: by SMTP, or kept for `/dev/outbox`.

use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{Attachment, Mailbox, MultiPart, header::ContentType},
    transport::smtp::PoolConfig,
};

/// Connections to the mail server at most; `worker` sends as many emails at once.
const CONNECTIONS_MAX: u32 = 28;
/// What mail programs take for an entry to be kept, and not for an invitation to be answered.
const CALENDAR: &str = "text/calendar; method=PUBLISH; charset=utf-8";

/// One email to one person.
pub struct Email {
    pub to: String,
    pub subject: String,
    pub text: String,
    pub html: String,
    /// Becomes the Message-ID, by which a receiver recognizes a message that a crash sent twice.
    pub id: uuid::Uuid,
    /// A calendar file (RFC 5545) that it brings.
    pub calendar: Option<String>,
}

#[derive(Clone)]
pub enum Mailer {
    /// Nothing is sent; the message stays in its table.
    Kept,
    Smtp {
        transport: AsyncSmtpTransport<Tokio1Executor>,
        from: Mailbox,
    },
}

impl Mailer {
    pub fn connect(smtp_url: Option<&str>, from: &str) -> anyhow::Result<Self> {
        let Some(url) = smtp_url else { return Ok(Self::Kept) };
        Ok(Self::Smtp {
            transport: AsyncSmtpTransport::<Tokio1Executor>::from_url(url)?
                .pool_config(PoolConfig::new().max_size(CONNECTIONS_MAX))
                .build(),
            from: from.parse()?,
        })
    }

    /// Hands the email to the server. An error is worth a retry.
    pub async fn send(&self, email: Email) -> anyhow::Result<()> {
        let Self::Smtp { transport, from } = self else { return Ok(()) };
        let domain = from.email.domain();
        let text = MultiPart::alternative_plain_html(email.text, email.html);
        let parts = match email.calendar {
            None => text,
            Some(calendar) => {
                let kind = ContentType::parse(CALENDAR)?;
                let file = Attachment::new("start.ics".to_owned()).body(calendar, kind);
                MultiPart::mixed().multipart(text).singlepart(file)
            }
        };
        let message = Message::builder()
            .from(from.clone())
            .to(email.to.parse()?)
            .subject(email.subject)
            .message_id(Some(format!("<{}@{domain}>", email.id)))
            .multipart(parts)?;
        transport.send(message).await?;
        Ok(())
    }
}
