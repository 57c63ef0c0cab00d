//! Outgoing email: by SMTP, or kept for `/dev/outbox`.

use std::{error::Error, sync::Arc};

use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{
        Attachment, Mailbox, MultiPart,
        dkim::{DkimCanonicalization, DkimCanonicalizationType, DkimConfig},
        header::{ContentType, Header, HeaderName, HeaderValue},
    },
    transport::smtp::PoolConfig,
};

use super::config::DkimSettings;

/// Connections to the mail server at most; `worker` sends as many emails at once.
const CONNECTIONS_MAX: u32 = 28;
/// A longer name of a sender is cut, in characters.
const NAME_CHARS_MAX: usize = 64;
/// What a signature covers. Those of unsubscribing must be among them (RFC 8058). The `Content-Type` of an
/// email of several parts belongs to its body for lettre, which would name it as signed and not sign it.
const SIGNED_HEADERS: [&str; 9] = [
    "From",
    "To",
    "Reply-To",
    "Subject",
    "Date",
    "Message-ID",
    "MIME-Version",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
];
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
    /// In whose name it is sent, from the configured address; None: the configured name.
    pub from_name: Option<String>,
    /// Where replies go.
    pub reply_to: Option<String>,
    /// Where its recipient gets no more of its kind by one request (RFC 8058).
    pub unsubscribe_url: Option<String>,
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
        /// What signs every email.
        dkim: Option<Arc<DkimConfig>>,
    },
}

impl Mailer {
    pub fn connect(
        smtp_url: Option<&str>,
        from: &str,
        dkim: Option<&DkimSettings>,
    ) -> anyhow::Result<Self> {
        let Some(url) = smtp_url else { return Ok(Self::Kept) };
        Ok(Self::Smtp {
            transport: AsyncSmtpTransport::<Tokio1Executor>::from_url(url)?
                .pool_config(PoolConfig::new().max_size(CONNECTIONS_MAX))
                .build(),
            from: from.parse()?,
            dkim: dkim.map(signature).transpose()?.map(Arc::new),
        })
    }

    /// Hands the email to the server. An error is worth a retry.
    pub async fn send(&self, email: Email) -> anyhow::Result<()> {
        let Self::Smtp { transport, from, dkim } = self else { return Ok(()) };
        transport.send(compose(from, dkim.as_deref(), email)?).await?;
        Ok(())
    }
}

/// The email as it goes over the wire.
fn compose(from: &Mailbox, dkim: Option<&DkimConfig>, email: Email) -> anyhow::Result<Message> {
    let domain = from.email.domain();
    let name = email.from_name.as_deref().map(one_line).filter(|name| !name.is_empty());
    let sender = Mailbox::new(name.or_else(|| from.name.clone()), from.email.clone());
    let mut builder = Message::builder()
        .from(sender)
        .to(Mailbox::new(None, email.to.parse()?))
        .subject(email.subject)
        .message_id(Some(format!("<{}@{domain}>", email.id)));
    if let Some(reply_to) = email.reply_to {
        builder = builder.reply_to(Mailbox::new(None, reply_to.parse()?));
    }
    if let Some(url) = email.unsubscribe_url {
        builder = builder.header(ListUnsubscribe(url)).header(ListUnsubscribePost);
    }
    let text = MultiPart::alternative_plain_html(email.text, email.html);
    let parts = match email.calendar {
        None => text,
        Some(calendar) => {
            let kind = ContentType::parse(CALENDAR)?;
            let file = Attachment::new("start.ics".to_owned()).body(calendar, kind);
            MultiPart::mixed().multipart(text).singlepart(file)
        }
    };
    let mut message = builder.multipart(parts)?;
    if let Some(dkim) = dkim {
        message.sign(dkim);
    }
    Ok(message)
}

/// Relaxed, as servers on the way fold headers anew.
fn signature(settings: &DkimSettings) -> anyhow::Result<DkimConfig> {
    Ok(DkimConfig::new(
        settings.selector.clone(),
        settings.domain.clone(),
        settings.signing_key()?,
        SIGNED_HEADERS.map(HeaderName::new_from_ascii_str).to_vec(),
        DkimCanonicalization {
            header: DkimCanonicalizationType::Relaxed,
            body: DkimCanonicalizationType::Relaxed,
        },
    ))
}

/// A name without line breaks, controls and characters that turn the direction of text, so that it can
/// neither end its header nor hide the address behind it.
fn one_line(name: &str) -> String {
    let is_odd = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    let name: String = name.chars().map(|c| if is_odd(c) { ' ' } else { c }).collect();
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    name.chars().take(NAME_CHARS_MAX).collect()
}

/// `List-Unsubscribe` with one address, which must not be folded or encoded.
#[derive(Clone)]
struct ListUnsubscribe(String);

impl Header for ListUnsubscribe {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("List-Unsubscribe")
    }

    fn parse(text: &str) -> Result<Self, Box<dyn Error + Send + Sync>> {
        Ok(Self(text.trim_matches(['<', '>']).to_owned()))
    }

    fn display(&self) -> HeaderValue {
        let value = format!("<{}>", self.0);
        HeaderValue::dangerous_new_pre_encoded(Self::name(), value.clone(), value)
    }
}

/// Says that a POST to that address is enough.
#[derive(Clone)]
struct ListUnsubscribePost;

impl Header for ListUnsubscribePost {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("List-Unsubscribe-Post")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "List-Unsubscribe=One-Click".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn composed(from_name: Option<&str>, unsubscribe_url: Option<&str>) -> String {
        let from = "\"SMP\" <no-reply@smp.example>".parse().unwrap();
        let email = Email {
            to: "mara@example.com".to_owned(),
            subject: "Hello".to_owned(),
            text: "Hello".to_owned(),
            html: "<p>Hello</p>".to_owned(),
            id: uuid::Uuid::nil(),
            from_name: from_name.map(str::to_owned),
            reply_to: Some("shop@larkmoor.example".to_owned()),
            unsubscribe_url: unsubscribe_url.map(str::to_owned),
            calendar: None,
        };
        let message = compose(&from, None, email).unwrap();
        String::from_utf8(message.formatted()).unwrap()
    }

    /// The value of a header; None if there is none.
    fn header(message: &str, name: &str) -> Option<String> {
        let head = message.split("\r\n\r\n").next().unwrap().replace("\r\n ", " ");
        head.lines().find_map(|line| Some(line.strip_prefix(&format!("{name}: "))?.to_owned()))
    }

    #[test]
    fn an_email_is_in_the_providers_name_from_the_platforms_address() {
        let message = composed(Some("Larkmoor"), None);
        assert_eq!(header(&message, "From").unwrap(), "Larkmoor <no-reply@smp.example>");
        assert_eq!(header(&message, "Reply-To").unwrap(), "shop@larkmoor.example");
        assert_eq!(header(&message, "List-Unsubscribe"), None);
        let unnamed = composed(None, None);
        assert_eq!(header(&unnamed, "From").unwrap(), "SMP <no-reply@smp.example>");
    }

    #[test]
    fn a_name_ends_no_header_and_hides_no_address() {
        for name in ["A\r\nBcc: all@evil.example", "A\u{202e}moc.knab\u{2066}", "\u{200b}", "\n"] {
            let message = composed(Some(name), None);
            assert_eq!(header(&message, "Bcc"), None, "{name:?}: {message}");
            assert!(header(&message, "From").unwrap().ends_with("<no-reply@smp.example>"));
        }
        let long = composed(Some(&"ä".repeat(500)), None);
        assert!(header(&long, "From").unwrap().ends_with("<no-reply@smp.example>"), "{long}");
    }

    #[test]
    fn one_request_is_enough_to_unsubscribe() {
        let url = format!("https://smp.example/unsubscribe/{}", "a".repeat(150));
        let message = composed(None, Some(&url));
        assert_eq!(header(&message, "List-Unsubscribe").unwrap(), format!("<{url}>"));
        let post = header(&message, "List-Unsubscribe-Post").unwrap();
        assert_eq!(post, "List-Unsubscribe=One-Click");
    }
}
